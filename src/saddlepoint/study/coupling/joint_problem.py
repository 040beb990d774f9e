"""The sub-problems of a loop as one problem: what each reads of the others becomes a decision, and so makes products.

How the numbers of a sub-problem depend on what it reads is found by trying: one cell after the other is changed by one, for all
scenarios at once. Where the numbers are no straight lines in what is read there is no such problem, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.errors import Diagnostic, StudyError
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.bilinear.relaxation import matrices
from saddlepoint.study.coupling.blocks import Block
from saddlepoint.study.coupling.coupling import State

_NAMES = ("q", "r", "A", "l", "u", "lb", "ub")
_SAME = 1e-9
_ROUNDING = 1e-13

ReadCell = tuple[str, int]
"""A cell of an exchanged table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JointProblem:
    """problem: of all decisions of the loop; columns: block → its first column; places: exchanged cell → its column."""

    problem: Bilinear
    columns: tuple[int, ...]
    places: Mapping[ReadCell, int]


def joint_problem(blocks: Sequence[Block], start: State) -> JointProblem:
    """The joint problem of a loop for all scenarios; StudyError K721 where it is not linear beside products of two decisions."""
    return joint_parts(blocks, start)[1]


def joint_parts(blocks: Sequence[Block], start: State) -> tuple[list[Affine], JointProblem]:
    """How the numbers of every block depend on what it reads, and the joint problem; StudyError K721."""
    sizes = [block.program.structure.n for block in blocks]
    columns = tuple(np.concatenate([[0], np.cumsum(sizes)]).tolist())
    places = {
        (part.table, int(cell)): first + part.start + k
        for block, first in zip(blocks, columns, strict=False)
        for part in block.program.columns
        if part.table in start
        for k, cell in enumerate(part.cells)
    }
    parts = [Affine.of(block, start, places) for block in blocks]
    joint = JointProblem(problem=_joined(parts, columns, places), columns=columns[:-1], places=places)
    return parts, joint


@dataclass(frozen=True, slots=True)
class Affine:
    """The numbers of one block: those where nothing is read, and how they change with each cell that is read."""

    base: Mapping[str, Array]
    slopes: Mapping[ReadCell, Mapping[str, Array]]

    @classmethod
    def of(cls, block: Block, start: State, places: Mapping[ReadCell, int]) -> Affine:
        refused = _unfit(block)
        if refused:
            raise StudyError(_no_joint(block.problem.key, refused))
        rng = np.random.default_rng(0)
        cells = [place for place in places if place[0] in block.problem.reads]
        origin = {t: v.copy() for t, v in start.items()}
        for table, cell in cells:
            origin[table][:, cell] = 1.0 + rng.random(len(origin[table]))
        at = _numbers(block, origin)
        slopes: dict[ReadCell, Mapping[str, Array]] = {}
        for table, cell in cells:
            moved = {**origin, table: origin[table].copy()}
            moved[table][:, cell] += 1.0
            slopes[table, cell] = {name: _less(new, at[name]) for name, new in _numbers(block, moved).items()}
        _check(block, origin, at, slopes, rng)
        base = {name: _less(at[name], _change(slopes, origin, name, at[name])) for name in _NAMES}
        return cls(
            base, {place: each for place, each in slopes.items() if any(v.any() for v in each.values())}
        )


def _unfit(block: Block) -> str:
    structure = block.program.structure
    if structure.is_integer:
        return "it has integer decisions"
    if structure.is_conic or structure.is_quadratic or block.program.curved or block.program.goals:
        return "it is curved by itself"
    return ""


def _no_joint(key: str, why: str) -> Diagnostic:
    return Diagnostic(
        "K721",
        f"the sub-problem {key!r} cannot be part of a joint problem that is bounded: {why}",
        why="The bound needs sub-problems that are linear, with numbers that are straight lines in what they read.",
        fix="Run it coupled: `starts=8` tries several starts.",
    )


def _numbers(block: Block, state: State) -> dict[str, Array]:
    rows = np.arange(len(next(iter(state.values()))))
    batch = block.bind(state, rows).batch
    found = {
        name: np.broadcast_to(getattr(batch, name), (batch.size, getattr(batch, name).shape[1]))
        for name in _NAMES
    }
    return {**found, "A": matrices(batch)}


def _less(new: Array, old: Array) -> Array:
    """The difference; none where both are infinite, or where it is rounding."""
    endless = np.isinf(new) & np.isinf(old)
    new, old = np.where(endless, 0.0, new), np.where(endless, 0.0, old)
    change = new - old
    rounding = np.isfinite(change) & (np.abs(change) <= _ROUNDING * np.maximum(np.abs(new), np.abs(old)))
    return np.where(rounding, 0.0, change)


def _change(slopes: Mapping[ReadCell, Mapping[str, Array]], state: State, name: str, like: Array) -> Array:
    total = np.zeros_like(like)
    for (table, cell), each in slopes.items():
        value = state[table][:, cell]
        total += each[name] * value.reshape(-1, *(1,) * (like.ndim - 1))
    return total


def _check(
    block: Block,
    origin: State,
    at: Mapping[str, Array],
    slopes: Mapping[ReadCell, Mapping[str, Array]],
    rng: np.random.Generator,
) -> None:
    other = {t: v.copy() for t, v in origin.items()}
    for table, cell in slopes:
        other[table][:, cell] += 3.0 * rng.random(len(other[table])) - 1.5
    step = {t: other[t] - origin[t] for t in origin}
    for name, there in _numbers(block, other).items():
        finite = np.isfinite(there)
        guess = np.where(finite, at[name], 0.0) + _change(slopes, step, name, at[name])
        apart = np.abs(np.where(finite, there, 0.0) - np.where(finite, guess, 0.0))
        if (apart > _SAME * np.maximum(1.0, np.abs(np.where(finite, there, 0.0)))).any():
            raise StudyError(_no_joint(block.problem.key, "its numbers are curved in what it reads"))


ProductColumns = Mapping[tuple[int, int], int]
"""Two columns → the place of their product."""


def _joined(parts: Sequence[Affine], columns: Sequence[int], places: Mapping[ReadCell, int]) -> Bilinear:
    pairs: dict[tuple[int, int], int] = {}
    for part, first in zip(parts, columns, strict=False):
        for place, each in part.slopes.items():
            for column in np.flatnonzero(each["q"].any(axis=0) | each["A"].any(axis=(0, 1))):
                pairs.setdefault((places[place], first + int(column)), len(pairs))
    shape = len(parts[0].base["q"]), columns[-1], len(pairs)
    rows = [_rows(part, first, places, pairs, shape) for part, first in zip(parts, columns, strict=False)]
    A, B, l, u = (np.concatenate([part[k] for part in rows], axis=1) for k in range(4))
    q, p, r = _objective(parts, columns, places, pairs, shape)
    lb = np.concatenate([np.where(_moving(x, "lb"), -np.inf, x.base["lb"]) for x in parts], axis=1)
    ub = np.concatenate([np.where(_moving(x, "ub"), np.inf, x.base["ub"]) for x in parts], axis=1)
    left, right = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    return Bilinear(q=q, p=p, r=r, A=A, B=B, l=l, u=u, lb=lb, ub=ub, left=left, right=right)


def _objective(
    parts: Sequence[Affine],
    columns: Sequence[int],
    places: Mapping[ReadCell, int],
    pairs: ProductColumns,
    shape: tuple[int, int, int],
) -> tuple[Array, Array, Array]:
    S, n, K = shape
    q, p, r = np.zeros((S, n)), np.zeros((S, K)), np.zeros(S)
    for part, first in zip(parts, columns, strict=False):
        q[:, first : first + part.base["q"].shape[1]] += part.base["q"]
        r += part.base["r"][:, 0]
        for place, each in part.slopes.items():
            q[:, places[place]] += each["r"][:, 0]
            for column in np.flatnonzero(each["q"].any(axis=0)):
                p[:, pairs[places[place], first + int(column)]] += each["q"][:, column]
    return q, p, r


def _rows(
    part: Affine,
    first: int,
    places: Mapping[ReadCell, int],
    pairs: ProductColumns,
    shape: tuple[int, int, int],
) -> tuple[Array, Array, Array, Array]:
    """A, B, l, u of one block: bounds that move with what is read are rows, and sides that move apart are rows of their own."""
    S, n, K = shape
    own, m = part.base["q"].shape[1], part.base["l"].shape[1]
    A, B = np.zeros((S, m + own, n)), np.zeros((S, m + own, K))
    A[:, :m, first : first + own] = part.base["A"]
    A[:, m + np.arange(own), first + np.arange(own)] = 1.0
    for place, each in part.slopes.items():
        for column in np.flatnonzero(each["A"].any(axis=(0, 1))):
            B[:, :m, pairs[places[place], first + int(column)]] += each["A"][:, :, column]
    moves = {side: _moves(part, side, bound, places, (S, m + own, n)) for side, bound in _SIDES}
    sides = {side: np.concatenate([part.base[side], part.base[bound]], axis=1) for side, bound in _SIDES}
    wanted = {side: np.concatenate([np.ones(m, dtype=bool), _moving(part, bound)]) for side, bound in _SIDES}
    there = {side: np.isfinite(sides[side]).any(axis=0) & wanted[side] for side, _ in _SIDES}
    # a row whose sides move together is one row: an equation stays one
    both = there["l"] & there["u"] & (moves["l"] == moves["u"]).all(axis=(0, 2))
    made: list[tuple[Array, Array, Array, Array]] = []
    for kept, low, high in (
        (both, True, True),
        (there["l"] & ~both, True, False),
        (there["u"] & ~both, False, True),
    ):
        at = np.flatnonzero(kept)
        endless = np.full((S, len(at)), np.inf)
        l = sides["l"][:, at] if low else -endless
        u = sides["u"][:, at] if high else endless
        made.append(((A + moves["l" if low else "u"])[:, at], B[:, at], l, u))
    whole = [np.concatenate(parts, axis=1) for parts in zip(*made, strict=True)]
    return whole[0], whole[1], whole[2], whole[3]


_SIDES = (("l", "lb"), ("u", "ub"))


def _moves(
    part: Affine, side: str, bound: str, places: Mapping[ReadCell, int], shape: tuple[int, int, int]
) -> Array:
    """What is read, brought to the left, of a side of every row and of the bounds that are rows."""
    move = np.zeros(shape)
    for place, each in part.slopes.items():
        move[:, :, places[place]] -= np.concatenate([each[side], each[bound]], axis=1)
    return move


def _moving(part: Affine, name: str) -> Mask:
    """(k,) which numbers of an array move with what is read."""
    moves = np.zeros(part.base[name].shape[1], dtype=bool)
    for each in part.slopes.values():
        moves |= each[name].any(axis=0)
    return moves


def of_block(blocks: Sequence[Block], joint: JointProblem, x: Array) -> dict[str, Array]:
    """Problem → its decisions (S, own columns) of a joint point."""
    ends: Sequence[int] = [*joint.columns[1:], x.shape[1]]
    return {block.problem.key: x[:, a:b] for block, a, b in zip(blocks, joint.columns, ends, strict=True)}
