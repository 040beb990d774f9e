"""All fixed points of a small loop: the points at which every sub-problem's optimality conditions hold, proven to be all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.complementary import Complementary, all_solutions
from saddlepoint.solve.bilinear.linear import linear_in_any_units
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.study.coupling.blocks import Block
from saddlepoint.study.coupling.coupling import Coupling, State
from saddlepoint.study.coupling.initial_points import extremes
from saddlepoint.study.coupling.joint_problem import Affine, JointProblem, joint_parts
from saddlepoint.study.coupling.loop import iterate

MOST_PAIRS = 40
"""Relations and bounds that may bind, of all sub-problems with an objective; with more the set is not looked for."""
MOST_SCENARIOS = 200
_NEAR = 1e-3
"""How far from a fixed point the loop is started again, relative."""
_TRIES = 4
_STARTS = 8
_BACK = 1e-4
"""How near it must come back, relative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopPoint:
    """A fixed point of one scenario. scenario: its place among those asked for; joint: the objectives added up; values: exchanged
    table → cells;
    drawn: whether the loop, started near it, comes back; starts: how many of those tried end there; first: whether the plain
    start does; piece: whether it is the end of a whole piece of fixed points."""

    scenario: int
    joint: float
    values: Mapping[str, Array]
    drawn: bool
    starts: int
    first: bool
    piece: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPoints:
    """The fixed points of all scenarios. complete: (S,) whether it is proven that there are no others; tried: starts from which
    basins were told; why: that they were not looked for."""

    points: tuple[LoopPoint, ...]
    complete: Mask
    tried: int
    why: str = ""

    def of(self, scenario: int) -> list[LoopPoint]:
        """Those of one scenario."""
        return [p for p in self.points if p.scenario == scenario]


def fixed_points(blocks: Sequence[Block], start: State, sense: int, over: Callable[[], bool]) -> FixedPoints:
    """The complete set where the model is small and only costs and right-hand sides depend on what is read; else why it is not told.

    over: whether the time is over; the set is then not said to be complete.
    """
    size = len(next(iter(start.values())))
    nothing = np.zeros(size, np.bool_)
    parts, joint = joint_parts(blocks, start)
    if (joint.problem.B != 0).any():
        return FixedPoints(
            points=(), complete=nothing, tried=0, why="coefficients of relations depend on what is read"
        )
    problem = _conditions(parts, blocks, joint)
    if len(problem.first) > MOST_PAIRS or size > MOST_SCENARIOS:
        return FixedPoints(points=(), complete=nothing, tried=0, why="the model is too large for that")
    found = all_solutions(problem, linear_in_any_units, over)
    made = [
        _point(blocks, joint, start, s, x, sense, bool(end))
        for s, one in enumerate(found)
        for x, end in zip(one.points, one.ends, strict=True)
    ]
    told, tried = _followed(blocks, start, made)
    return FixedPoints(points=tuple(told), complete=np.array([one.complete for one in found]), tried=tried)


def _point(
    blocks: Sequence[Block], joint: JointProblem, start: State, s: int, x: Array, sense: int, end: bool
) -> LoopPoint:
    state: State = {t: v[s : s + 1] for t, v in start.items()}
    edges = [*joint.columns, len(x)]
    for block, a, b in zip(blocks, edges, edges[1:], strict=False):
        state = block.written(x[None, a:b], state, np.zeros(1, np.int64))
    value = float(joint.problem.take([s]).value(x[None])[0])
    return LoopPoint(
        scenario=s,
        joint=sense * value,
        values={t: v[0] for t, v in state.items()},
        drawn=False,
        starts=0,
        first=False,
        piece=end,
    )


def _conditions(parts: Sequence[Affine], blocks: Sequence[Block], joint: JointProblem) -> Complementary:
    """The conditions of all sub-problems: rows, then for each with an objective its stationarity; columns x, then multipliers."""
    problem: Bilinear = joint.problem
    S, n = problem.q.shape
    sides = [_BlockSides.of(part, first, joint, n) for part, first in zip(parts, joint.columns, strict=True)]
    active = [side for side, block in zip(sides, blocks, strict=True) if block.problem.sense]
    count = sum(side.size for side in active)
    stationary = sum(
        part.base["q"].shape[1] for part, b in zip(parts, blocks, strict=True) if b.problem.sense
    )
    total = sum(side.size for side in sides)
    M = np.zeros((S, total + stationary, n + count))
    l, u = np.full((S, total + stationary), 0.0), np.full((S, total + stationary), np.inf)
    lb, ub = np.full((S, n + count), -np.inf), np.full((S, n + count), np.inf)
    first, second = [], []
    row, condition, multiplier = 0, total, n
    for part, side, block, start in zip(parts, sides, blocks, joint.columns, strict=True):
        own = part.base["q"].shape[1]
        here = slice(row, row + side.size)
        M[:, here, :n], l[:, here] = side.rows, side.low
        u[:, here] = np.where(side.equal, side.low, np.inf)
        if block.problem.sense:
            at = slice(multiplier, multiplier + side.size)
            rows = slice(condition, condition + own)
            M[:, rows, at] = -np.swapaxes(side.rows[:, :, start : start + own], 1, 2)
            for place, each in part.slopes.items():
                M[:, rows, joint.places[place]] += each["q"]
            l[:, rows] = u[:, rows] = -part.base["q"]
            lb[:, at] = np.where(side.equal, -np.inf, 0.0)
            held = np.flatnonzero(~side.equal)
            first += (row + held).tolist()
            second += (multiplier + held).tolist()
            multiplier += side.size
            condition += own
        row += side.size
    return Complementary(
        M=M,
        l=l,
        u=u,
        lb=lb,
        ub=ub,
        first=np.array(first, np.int64),
        second=np.array(second, np.int64),
        told=n,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _BlockSides:
    """The finite sides of a sub-problem's rows and columns as rows·x ≥ low, in all columns; equal: (k,) which of them hold as
    equalities."""

    rows: Array
    low: Array
    equal: Mask

    @property
    def size(self) -> int:
        return self.low.shape[1]

    @classmethod
    def of(cls, part: Affine, first: int, joint: JointProblem, n: int) -> _BlockSides:
        S, own = part.base["q"].shape
        m = part.base["l"].shape[1]
        A = np.zeros((S, m + own, n))
        A[:, :m, first : first + own] = part.base["A"]
        A[:, m + np.arange(own), first + np.arange(own)] = 1.0
        made: list[tuple[Array, Array]] = []
        for row, column, sign in (("l", "lb", 1.0), ("u", "ub", -1.0)):
            ends = np.concatenate([part.base[row], part.base[column]], axis=1)
            moves = np.zeros((S, m + own, n))
            for place, each in part.slopes.items():
                moves[:, :, joint.places[place]] -= np.concatenate([each[row], each[column]], axis=1)
            made.append((sign * (A + moves), sign * ends))
        finite = [np.isfinite(low).all(axis=0) for _, low in made]
        same = (
            finite[0]
            & finite[1]
            & (made[0][0] == -made[1][0]).all(axis=(0, 2))
            & (made[0][1] == -made[1][1]).all(axis=0)
        )
        below, above = np.flatnonzero(finite[0]), np.flatnonzero(finite[1] & ~same)
        rows = np.concatenate([made[0][0][:, below], made[1][0][:, above]], axis=1)
        low = np.concatenate([made[0][1][:, below], made[1][1][:, above]], axis=1)
        return cls(rows=rows, low=low, equal=np.concatenate([same[below], np.zeros(len(above), np.bool_)]))


def _followed(
    blocks: Sequence[Block], start: State, points: Sequence[LoopPoint]
) -> tuple[list[LoopPoint], int]:
    """The points with what the loop does near them, and from its starts."""
    if not points:
        return [], 0
    back = np.ones(len(points), np.bool_)
    rng = np.random.default_rng(3)
    most = max(sum(p.scenario == s for p in points) for s in {p.scenario for p in points})
    for k in range(most):
        chosen = [
            [i for i, p in enumerate(points) if p.scenario == s][k : k + 1]
            for s in range(len(next(iter(start.values()))))
        ]
        for _ in range(_TRIES):
            near = {t: v.copy() for t, v in start.items()}
            for s, one in enumerate(chosen):
                for i in one:
                    for t, v in points[i].values.items():
                        near[t][s] = v + _NEAR * max(
                            1.0, float(np.abs(v).max(initial=0.0))
                        ) * rng.standard_normal(len(v))
            reached = _reached(blocks, near)
            for s, one in enumerate(chosen):
                for i in one:
                    back[i] &= _same(points[i], reached, s)
    begun = [start, *extremes(blocks[0], start, _STARTS - 1, 0)]
    ended = [_reached(blocks, one, first=0 if k == 0 else 1) for k, one in enumerate(begun)]
    return [
        replace(
            p,
            drawn=bool(back[i]),
            starts=sum(_same(p, reached, p.scenario) for reached in ended),
            first=_same(p, ended[0], p.scenario),
        )
        for i, p in enumerate(points)
    ], len(begun)


def _reached(blocks: Sequence[Block], start: State, first: int = 0) -> State:
    """Where plain sweeps end."""
    found = iterate(blocks, start, Coupling(), None, first)
    state: State = {t: v.copy() for t, v in start.items()}
    rows: Index = np.arange(len(found.joint))
    for block in blocks:
        state = block.written(found.answers[block.problem.key].solution.x, state, rows)
    return {t: np.where(found.certified[:, None], v, np.nan) for t, v in state.items()}


def _same(point: LoopPoint, state: State, s: int) -> bool:
    return all(
        bool((np.abs(state[t][s] - v) <= _BACK * max(1.0, float(np.abs(v).max(initial=0.0)))).all())
        for t, v in point.values.items()
    )
