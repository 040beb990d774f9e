"""A loop of a small LP and explicit affine equalities: the whole fixed point inside one compiled call.

What the two blocks tell each other is found by binding them at zero and at unit vectors; whatever the kernel says is
certified like any other fixed point, so a coupling that is not affine costs time and never truth.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, PatternChanged
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels import cache, fixed_point
from saddlepoint.solve.kernels.fixed_point import ChangeNorm, Exchange, FixedPoint, ScenarioMatrix, Sweeping
from saddlepoint.study.coupling.blocks import Block
from saddlepoint.study.coupling.coupling import Coupling, State
from saddlepoint.study.coupling.norms import ABSOLUTE

MANY = 2_000
"""From so many scenarios on the compiled call gains over a hot solver, once it is compiled."""
WORTH_COMPILING = 20_000
MOST_EXCHANGED = 64
SMALL = 5_000

_NORMS: Mapping[str, ChangeNorm] = {
    "l1": ChangeNorm.L1,
    "l2": ChangeNorm.L2,
    "linf": ChangeNorm.LINF,
    "max_absolute": ChangeNorm.LINF,
    "max_relative": ChangeNorm.MAX_RELATIVE,
}
_ARRAYS = ("q", "l", "u", "lb", "ub")


@dataclass(frozen=True, slots=True)
class KernelLoop:
    """What the kernel found: the state it reached, raw answers of the linear block, and the way."""

    state: State
    found: FixedPoint
    thresholds: Array


def in_kernel(
    parts: Sequence[Block], start: State, settings: Coupling, tables: tuple[str, ...], everywhere: Index
) -> KernelLoop | None:
    """The fixed points of all scenarios, or None where the kernel is not for this loop."""
    if not _fits(parts, settings, len(everywhere)):
        return None
    linear, explicit = parts
    try:
        exchange = _exchange(linear, explicit, start, tables, everywhere)
    except PatternChanged:
        return None
    if exchange is None:
        return None
    bound = linear.bind(_at_zero(start, explicit), everywhere)
    if (
        fixed_point.unsupported_reason(bound.batch) is not None
        or bound.batch.structure.m * bound.batch.structure.n > SMALL
    ):
        return None
    absolute = 0.0 if settings.norm == "max_relative" else ABSOLUTE
    rule = Sweeping(
        sweeps=settings.sweeps + 1,
        norm=_NORMS[settings.norm],
        absolute=absolute,
        relative=settings.relative_tolerance,
    )
    found = fixed_point.solve(bound.batch, exchange, rule, _columns(explicit, start))
    everything = np.arange(len(everywhere))
    good = everything[found.answer.done]
    state = linear.written(found.answer.x[good], start, good)
    state = explicit.written(found.exchanged[good], state, good)
    size = found.first if absolute else np.ones_like(found.first)
    return KernelLoop(state, found, absolute + settings.relative_tolerance * size)


def _fits(parts: Sequence[Block], settings: Coupling, size: int) -> bool:
    if len(parts) != 2 or settings.scheme != "gauss_seidel" or not cache.available() or size < MANY:
        return False
    if any(part.options.names_solvers for part in parts):
        return False
    if not cache.ready("fixed_point") and size < WORTH_COMPILING:
        return False
    linear, explicit = parts[0].program, parts[1].program
    fixed = explicit.sense == 0 and explicit.structure.m == 0 and not explicit.auxiliary
    width = max(linear.structure.n, explicit.structure.n)
    return fixed and linear.sense != 0 and not linear.auxiliary and width <= MOST_EXCHANGED


def _exchange(
    linear: Block, explicit: Block, start: State, tables: tuple[str, ...], everywhere: Index
) -> Exchange | None:
    """Both directions as affine maps; None where the equalities leave a column free or the matrix is exchanged."""
    zero = _at_zero(start, linear)
    base = explicit.bind(zero, everywhere)
    if not np.array_equal(base.batch.lb, base.batch.ub):
        return None
    offset = base.batch.lb
    given = _derivative(explicit, linear, zero, everywhere, ("lb",))
    told = _derivative(linear, explicit, _at_zero(start, explicit), everywhere, (*_ARRAYS, "A"))
    if told["A"] is not None:
        return None
    return Exchange(
        offset=offset,
        given=given["lb"] or ScenarioMatrix.zero(offset.shape[1], linear.program.structure.n),
        group_x=_groups(linear, tables),
        group_w=_groups(explicit, tables),
        cost=told["q"],
        lower=told["l"],
        upper=told["u"],
        column_lower=told["lb"],
        column_upper=told["ub"],
    )


def _derivative(
    part: Block, other: Block, zero: State, everywhere: Index, names: tuple[str, ...]
) -> dict[str, ScenarioMatrix | None]:
    """The derivatives of a part's arrays with respect to the other part's columns (those do not move: None)."""
    base = part.bind(zero, everywhere)
    count = other.program.structure.n
    columns: dict[str, list[Array]] = {name: [] for name in names}
    bound: BoundProgram | None = base
    for k in range(count):
        unit = np.zeros((1, count))
        unit[0, k] = 1.0
        state = other.written(np.repeat(unit, len(everywhere), axis=0), zero, everywhere)
        bound = part.bind(state, everywhere, bound)
        for name in names:
            columns[name].append(_step(getattr(bound.batch, name), getattr(base.batch, name)))
    return {name: _stacked(steps) for name, steps in columns.items()}


def _step(now: Array, before: Array) -> Array:
    with np.errstate(invalid="ignore"):
        moved = np.nan_to_num(now - before, posinf=0.0, neginf=0.0)
    return moved[:1] if len(moved) > 1 and bool((moved == moved[:1]).all()) else moved


def _stacked(steps: Sequence[Array]) -> ScenarioMatrix | None:
    if not any(step.any() for step in steps):
        return None
    size = max(len(step) for step in steps)
    return ScenarioMatrix.dense(np.stack([np.broadcast_to(s, (size, s.shape[1])) for s in steps], axis=2))


def _at_zero(state: State, part: Block) -> dict[str, Array]:
    """The state with the tables that a part decides at zero."""
    decided = part.problem.decides
    return {t: np.zeros_like(v) if t in decided else v for t, v in state.items()}


def _columns(part: Block, state: State) -> Array:
    """The part's columns as the state has them, shape (S, n)."""
    blocks = [state[b.table][:, b.cells] for b in part.program.columns]
    return np.concatenate(blocks, axis=1)


def _groups(part: Block, tables: tuple[str, ...]) -> Index:
    """Per column the place of its table among the watched ones, −1 if it is not watched."""
    groups = [
        np.full(b.size, tables.index(b.table) if b.table in tables else -1, np.int64)
        for b in part.program.columns
    ]
    return np.concatenate(groups)
