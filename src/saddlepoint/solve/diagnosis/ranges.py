"""Ranges in the user's terms: of the right-hand side behind every price, of the cost behind every plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from saddlepoint.algebra.columnar import Columnar
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram, bounds_without
from saddlepoint.compile.program import Program
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs_moves import cost_of_a_run
from saddlepoint.solve.diagnosis.basis_ranges import AskedRanges, BasisRanges, Intervals, basis_ranges
from saddlepoint.solve.diagnosis.ends_by_solves import solve_ends
from saddlepoint.solve.diagnosis.ends_by_walks import walk_ends
from saddlepoint.solve.kernels.cache import available
from saddlepoint.solve.kernels.walks import BasisDictionary
from saddlepoint.solve.solution import Solution, Status
from saddlepoint.solve.vertex import OptimalVertex, matrix_of, vertex_of

STEPS = 20_000
"""Steps of the simplex method that what a basis leaves open may take, or as many as the solve took."""
PIVOTS_PER_STEP = 100
"""Pivots of compiled walks, which touch few numbers each, that may be made for one such step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranges(Columnar):
    """How far one number of S scenarios may move until the slope of the objective changes; NaN where there is nothing to say.

    Of right-hand sides, (S, user's rows): side, the number; side_low, side_high, the ends; price_left, price_right, the slopes down to and up
    to them. Of costs, (S, n): cost, cost_low, cost_high; plan_left, plan_right, the amounts. side_exact, cost_exact: whether both ends are known; else it
    holds at least so far. unsought: (S,) how many are left so. A slope that is infinite: there is no plan, or no finite optimum, beyond.
    """

    side: Array
    side_low: Array
    side_high: Array
    price_left: Array
    price_right: Array
    side_exact: Mask
    cost: Array
    cost_low: Array
    cost_high: Array
    plan_left: Array
    plan_right: Array
    cost_exact: Mask
    unsought: Index


def ranges_of(bound: BoundProgram, solution: Solution) -> Ranges | None:
    """The ranges of all answered scenarios of a linear problem; None of another.

    Scenarios that share matrix and basis are looked at together. NaN where no basis is known (an interior point), or it is too large.
    """
    program, batch, s = bound.program, bound.batch, bound.batch.structure
    if s.is_integer or s.is_quadratic or s.is_conic:
        return None
    out = _blank(len(solution.x), sum(b.size for b in program.rows), s.n)
    settling = _Settling(max(STEPS, int(solution.iterations.sum())))
    asked = _asked(program)
    for rows in alike(batch, solution):
        part = batch.take(rows)
        vertex = vertex_of(part, solution.basic[rows[0]], solution.x[rows])
        if vertex is None:
            continue
        found = basis_ranges(vertex, s.n)
        out.unsought[rows] = settling.settle(part, solution.basic[rows[0]], vertex, found, asked)
        _write(out, bound, rows, found)
    return out


class _Settling:
    """What bases leave open, scenario after scenario: few ends by linear problems one by one, many by compiled walks, if numba is there.

    steps: of the simplex method that the first may take; pivots: that walks may.
    """

    def __init__(self, steps: int) -> None:
        self._steps, self._pivots = steps, PIVOTS_PER_STEP * steps

    def settle(
        self, part: Batch, basic: Mask, vertex: OptimalVertex, found: BasisRanges, asked: AskedRanges
    ) -> Index:
        """Settle in place what is open of scenarios that share a basis; (S,) how many ends stay open."""
        counts = _open(found, asked)
        matrix, n = matrix_of(part), part.structure.n
        unsought = np.zeros(len(counts), np.int64)
        walks = available() and counts.sum() * cost_of_a_run(n + part.structure.m) > self._steps
        dictionary = BasisDictionary.of(vertex) if walks else None
        for k in np.flatnonzero(counts).tolist():
            one, here = _scenario(found, k), vertex.take(k)
            if dictionary is not None and self._pivots > 0:
                self._pivots -= walk_ends(dictionary, here, one, asked, self._pivots)
            spent, unsought[k] = solve_ends(matrix, part.row("q", k), here, basic, one, asked, self._steps)
            self._steps -= spent
            _put_back(found, k, one)
        return unsought


def _open(found: BasisRanges, asked: AskedRanges) -> Index:
    """(S,) how many ends that are asked for the basis does not settle."""
    kinds = ((found.lower, asked.lower), (found.upper, asked.upper), (found.cost, asked.cost))
    counts = [
        ((part.open_up & mine).sum(axis=1) + (part.open_down & mine).sum(axis=1)) for part, mine in kinds
    ]
    return np.sum(counts, axis=0)


def _put_back(found: BasisRanges, k: int, one: BasisRanges) -> None:
    """What was settled of one scenario, in its place among all."""
    for name in ("lower", "upper", "cost"):
        whole, part = getattr(found, name), getattr(one, name)
        for f in fields(Intervals):
            getattr(whole, f.name)[k] = getattr(part, f.name)[0]


def _blank(size: int, rows: int, columns: int) -> Ranges:
    made: dict[str, Any] = {"unsought": np.zeros(size, np.int64)}
    for name in (f.name for f in fields(Ranges) if f.name not in made):
        shape = (size, columns if name.startswith(("cost", "plan")) else rows)
        made[name] = np.zeros(shape, np.bool_) if name.endswith("_exact") else np.full(shape, np.nan)
    return Ranges(**made)


def alike(batch: Batch, solution: Solution) -> Iterator[Index]:
    """The answered scenarios with a basis, in groups of one basis (and matrix)."""
    known = (solution.status == Status.OPTIMAL) & (solution.basic.sum(axis=1) == batch.structure.m)
    rows = np.flatnonzero(known)
    if len(batch.A) > 1:
        yield from (rows[k : k + 1] for k in range(len(rows)))
    elif len(rows) == 1:
        yield rows
    elif len(rows):
        packed = np.ascontiguousarray(np.packbits(solution.basic[rows], axis=1))
        _, group = np.unique(packed.view(np.dtype((np.void, packed.shape[1]))), return_inverse=True)
        group = group.reshape(-1)
        order = np.argsort(group, kind="stable")
        yield from np.split(rows[order], np.flatnonzero(np.diff(group[order])) + 1)


def _scenario(found: BasisRanges, k: int) -> BasisRanges:
    def one(part: Intervals) -> Intervals:
        return Intervals(**{f.name: getattr(part, f.name)[[k]] for f in fields(Intervals)})

    return BasisRanges(lower=one(found.lower), upper=one(found.upper), cost=one(found.cost))


def _asked(program: Program) -> AskedRanges:
    """The sides that relations of the user set, and the costs of the columns that stand for decisions."""
    n, m = program.structure.n, program.structure.m
    lower, upper = np.zeros(n + m, np.bool_), np.zeros(n + m, np.bool_)
    stated = sum(b.size for b in program.rows)
    solver = np.flatnonzero(program.row_of[:stated] >= 0)
    lower[n + program.row_of[solver]] = program.has_lower[solver]
    upper[n + program.row_of[solver]] = program.has_upper[solver]
    for layers, marks in ((program.lower, lower), (program.upper, upper)):
        for layer in layers:
            marks[layer.cols] = True
    cost = np.ones(n, np.bool_)
    cost[n - program.auxiliary :] = False
    return AskedRanges(lower=lower, upper=upper, cost=cost)


def _write(out: Ranges, bound: BoundProgram, which: Index, found: BasisRanges) -> None:
    """Write what is known of scenarios (S,), their places in `bound`, in the user's terms."""
    program = bound.program
    sense = float(program.sense or 1)
    rhs = _rows_of(bound.rhs, which)
    stated = out.side.shape[1]
    n = program.structure.n
    solver = np.flatnonzero(program.row_of[:stated] >= 0)
    place = n + program.row_of[solver].astype(np.int64)
    both = [_picked(found.lower, found.upper, name, place, program.has_lower[solver]) for name in _INTERVAL]
    _put_sides(out, which, solver, rhs[:, solver], np.ones(len(solver)), both, sense)
    for upper, layers, part in ((False, program.lower, found.lower), (True, program.upper, found.upper)):
        for layer in layers:
            rows, cols = np.arange(len(program.row_of))[layer.rows], np.arange(n)[layer.cols]
            mine = rows < stated
            rows, cols = rows[mine], cols[mine]
            scale = program.scale[rows]
            numbers = [getattr(part, name)[:, cols] for name in _INTERVAL]
            numbers = _beside_others(bound, which, rows, cols, rhs[:, rows] / scale, numbers, upper)
            _put_sides(out, which, rows, rhs[:, rows], scale, numbers, sense)
    _put_costs(out, which, _rows_of(bound.batch.q, which), found.cost, sense)
    if bound.absent is not None:
        gone = _rows_of(bound.absent, which)[:, :stated]
        for name in ("side", "side_low", "side_high", "price_left", "price_right"):
            array = getattr(out, name)
            array[which] = np.where(gone, np.nan, array[which])


def _rows_of(array: Any, which: Index) -> Any:
    """The rows of scenarios in an array (1 | S, ·)."""
    return array[np.minimum(which, len(array) - 1)]


def _beside_others(
    bound: BoundProgram,
    which: Index,
    rows: Index,
    cols: Index,
    value: Array,
    numbers: list[Array],
    upper: bool,
) -> list[Array]:
    """Intervals of bounds that are rows of one column each, where other rows or the declaration bound the same columns.

    A bound that is loosened past another one moves nothing, and one that is tightened past another leaves no plan. What is
    fixed by two relations does not move with one of them.
    """
    program, batch = bound.program, bound.batch
    mask = np.zeros(len(program.row_of), np.bool_)
    mask[rows] = True
    low, high = (_rows_of(side, which)[:, cols] for side in bounds_without(bound, mask))
    now_low, now_high = _rows_of(batch.lb, which)[:, cols], _rows_of(batch.ub, which)[:, cols]
    both = program.has_lower[rows] & program.has_upper[rows]
    fixed = now_low == now_high
    if not upper:
        return _limited(numbers, value, low, high, now_low, fixed, both)
    return _mirrored(_limited(_mirrored(numbers), -value, -high, -low, -now_high, fixed, both))


def _mirrored(numbers: list[Array]) -> list[Array]:
    down, up, below, above, unknown = numbers
    return [-up, -down, -above, -below, unknown]


def _limited(
    numbers: list[Array], value: Array, low: Array, high: Array, tightest: Array, fixed: Mask, both: Mask
) -> list[Array]:
    """Of lower bounds `value`; low, high: what else bounds the columns, tightest: the bound as it is; both: of equalities."""
    down, up, below, above, unknown = numbers
    alone, met, slack = fixed & ~both, fixed & (high == tightest), value < tightest
    below = np.where(alone, np.maximum(below, 0.0), below)
    down = np.where(alone & (below == 0), -np.inf, down)
    up = np.where(fixed, np.minimum(up, high - tightest), up)
    above = np.where(met, np.inf, above)
    idle, stuck = ~both & (low >= value), both & (low == value)
    down = np.where(idle, -np.inf, np.maximum(down, np.where(below == 0, -np.inf, low - value)))
    down = np.where(both, np.maximum(down, low - value), down)
    below = np.where(idle, 0.0, np.where(stuck, -np.inf, below))
    up = np.where(slack, tightest - value + np.where(above == 0, up, 0.0), up)
    above = np.where(slack, 0.0, above)
    return [down, up, below, above, unknown & ~(met & (idle | stuck))]


_INTERVAL = ("down", "up", "slope_down", "slope_up", "unknown")


def _picked(lower: Intervals, upper: Intervals, name: str, place: Index, is_lower: Mask) -> Array:
    return np.where(is_lower, getattr(lower, name)[:, place], getattr(upper, name)[:, place])


def _put_sides(
    out: Ranges, which: Index, rows: Index, rhs: Array, scale: Array, numbers: list[Array], sense: float
) -> None:
    """Write the intervals of sides into rows; where the row is its column times a negative number, up is down."""
    down, up, below, above, unknown = numbers
    turned, factor = scale < 0, np.abs(scale)
    at = np.ix_(which, rows)
    out.side[at] = rhs
    out.side_low[at] = rhs - factor * np.where(turned, up, -down)
    out.side_high[at] = rhs + factor * np.where(turned, -down, up)
    sign = np.where(turned, -sense, sense) / factor
    out.price_left[at] = sign * np.where(turned, above, below) + 0.0
    out.price_right[at] = sign * np.where(turned, below, above) + 0.0
    out.side_exact[at] = ~unknown.astype(np.bool_)


def _put_costs(out: Ranges, which: Index, cost: Array, found: Intervals, sense: float) -> None:
    down, up, below, above = found.down, found.up, found.slope_down, found.slope_up
    told = sense * cost + 0.0
    out.cost[which] = told
    out.cost_low[which] = told + (down if sense > 0 else -up)
    out.cost_high[which] = told + (up if sense > 0 else -down)
    out.plan_left[which], out.plan_right[which] = (below, above) if sense > 0 else (above, below)
    out.cost_exact[which] = ~found.unknown
