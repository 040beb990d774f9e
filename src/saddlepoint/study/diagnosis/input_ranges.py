"""How far each number of the inputs may move until the slope of the objective in it changes, for linear problems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram, bind
from saddlepoint.compile.feeds import Feeds
from saddlepoint.errors import StudyError
from saddlepoint.labels import Table
from saddlepoint.labels.by_row import columns_at
from saddlepoint.records import dataclass, excerpt
from saddlepoint.solve.diagnosis.basis_paths import BasisPath
from saddlepoint.solve.diagnosis.cell_lines import (
    CellSlopes,
    apart_from_bounds,
    contested,
    cost_lines,
    of_scenario,
    row_places,
    side_lines,
    walk_cells,
)
from saddlepoint.solve.diagnosis.ranges import alike
from saddlepoint.solve.kernels.cache import available
from saddlepoint.solve.kernels.walks import BasisDictionary, MovingNumbers
from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.solve.solve import solve
from saddlepoint.solve.vertex import OptimalVertex, vertex_of
from saddlepoint.store.identifiers import input_range_table
from saddlepoint.study.diagnosis.case import Parametrised, case_of, case_with
from saddlepoint.study.diagnosis.followed_cells import CellFollower, moved_by_several, reached
from saddlepoint.study.results.result import Result
from saddlepoint.study.running.plan import Plan
from saddlepoint.study.running.run import Piece
from saddlepoint.study.running.tables import Located, everywhere, positions
from saddlepoint.study.scenarios.chunks import box

CURVED: Final = "stand in a formula that is not straight in them, or in a condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRanges:
    """Of one input table, S scenarios by its k cells within one: value; low, high, the ends; slope_left, slope_right of the
    objective in the user's sense, down to and up to them (infinite: no plan, or no finite optimum, beyond); of a cell that
    multiplies decisions the slopes at
    its value, and how far the basis of the plan stays optimal. NaN where nothing is told. left: why → (k,) which cells are left out in
    some scenario."""

    value: Array
    low: Array
    high: Array
    slope_left: Array
    slope_right: Array
    left: dict[str, Mask]


def input_ranges(case: Parametrised, answer: Answer | None = None) -> Mapping[str, InputRanges]:
    """Input table → the ranges of its cells, for every table of numbers that a linear problem reads; none of another problem.

    answer: of the same scenarios, that they need not be solved again. StudyError K907 without numba.
    """
    s = case.program.structure
    if s.is_integer or s.is_quadratic or s.is_conic:
        return {}
    if not available():
        fix = "Install the extra `fast`: pip install 'saddlepoint[fast]'."
        raise StudyError.of("K907", "ranges of cells of the inputs need numba", fix=fix)
    bound = bind(case.program, case.numbers)
    solution = _solution(bound, answer)
    keys = [key for key, source in case.sources.items() if source.column == "values"]
    out = {key: _blank(solution.basic.shape[0], case.cells(key).size) for key in keys}
    apart = contested(case.program)
    search = _RangesOfCells(case, bound, apart, out)
    for rows, batch_vertex in _vertices(bound, solution, apart):
        dictionary = BasisDictionary.of(batch_vertex)
        for k, place in enumerate(rows.tolist()):
            search.scenario(place, dictionary, batch_vertex, k)
    return out


def _solution(bound: BoundProgram, answer: Answer | None) -> Solution:
    """The answers at hand where they are of the same rows and columns, else new ones."""
    if answer is not None:
        one, other = answer.program, bound.program
        same = one.structure.n == other.structure.n and np.array_equal(one.row_of, other.row_of)
        if same and np.array_equal(one.col_of, other.col_of):
            return answer.solution
    return solve(bound.batch, Options())


def _blank(scenarios: int, cells: int) -> InputRanges:
    names = ("value", "low", "high", "slope_left", "slope_right")
    return InputRanges(left={}, **{name: np.full((scenarios, cells), np.nan) for name in names})


def _vertices(bound: BoundProgram, solution: Solution, apart: Index) -> Iterator[tuple[Index, OptimalVertex]]:
    """Answered scenarios with their vertex, those of one basis together; rows `apart` are rows of its matrix."""
    for rows in alike(bound.batch, solution):
        if not len(apart):
            vertex = vertex_of(bound.batch.take(rows), solution.basic[rows[0]], solution.x[rows])
            if vertex is not None:
                yield rows, vertex
            continue
        for k in rows.tolist():
            one = of_scenario(bound, k)
            batch, basic = apart_from_bounds(one, apart, solution.basic[k], solution.x[k], solution.z[k])
            vertex = vertex_of(batch, basic, solution.x[[k]])
            if vertex is not None:
                yield np.array([k]), vertex


class _RangesOfCells:
    """Writes the ranges of scenario after scenario. apart: rows of one column that are rows of the matrix."""

    def __init__(
        self, case: Parametrised, bound: BoundProgram, apart: Index, out: dict[str, InputRanges]
    ) -> None:
        self._case, self._bound, self._out = case, bound, out
        self._places = row_places(case.program, apart)
        self._follower = CellFollower(case, bound, apart, self._places)
        self._sense = float(case.program.sense or 1)

    def scenario(self, place: int, dictionary: BasisDictionary, vertex: OptimalVertex, s: int) -> None:
        """The cells of one scenario, the s-th of a vertex."""
        start = dictionary.start(vertex, s)
        path = BasisPath(dictionary, vertex, s, self._bound.program.structure.n)
        for key, found in self._out.items():
            feed = self._case.feeds(key, place)
            constant = np.asarray(feed.r.todense()).reshape(-1)
            found.value[place] = self._case.values(key, place)
            if not feed.exact or _decides_presence(self._case, key):
                _leave_out(found, CURVED, np.arange(len(constant)))
                continue
            followed = moved_by_several(feed)
            costs = np.flatnonzero(reached(feed.q) & ~followed)
            sides = np.flatnonzero(~reached(feed.q) & ~followed)
            lines = self._side_lines(feed, sides, place, vertex), cost_lines(feed.q[:, costs])
            for cells, one in zip((sides, costs), walk_cells(start, vertex, s, *lines), strict=True):
                _write(found, place, cells, one, constant[cells], self._sense)
            cells = np.flatnonzero(followed)
            told = self._follower.follow(key, cells, feed, place, path)
            _write(found, place, cells, told.slopes, constant[cells], self._sense)
            for why in dict.fromkeys(filter(None, told.why)):
                _leave_out(found, why, cells[[reason == why for reason in told.why]])

    def _side_lines(self, feed: Feeds, cells: Index, place: int, vertex: OptimalVertex) -> MovingNumbers:
        absent = self._bound.absent
        gone = None if absent is None else absent[min(place, len(absent) - 1)]
        return side_lines(feed.rhs[:, cells], self._places, gone, vertex.value.shape[1])


def _leave_out(found: InputRanges, why: str, cells: Index) -> None:
    found.left.setdefault(why, np.zeros(found.value.shape[1], np.bool_))[cells] = True


def _decides_presence(case: Parametrised, key: str) -> bool:
    """Whether a table stands in a condition, which decides what is there."""
    program = case.program
    slots = [a for a in (program.presence, program.absences) if a is not None]
    for lifted in program.lifted:
        if key not in lifted.tables:
            continue
        asked = lifted.asked
        if asked is not None and asked.where.reads(key):
            return True
        if any(((a >= lifted.first) & (a < lifted.first + lifted.size)).any() for a in slots):
            return True
    return False


def _write(
    found: InputRanges, place: int, cells: Index, one: CellSlopes, constant: Array, sense: float
) -> None:
    value = found.value[place, cells]
    end = np.where(one.known, one.end, np.nan)
    end = np.where(np.abs(end) <= 1e-12 * np.maximum(1.0, np.abs(value)), 0.0, end)
    slope = sense * np.where(one.known, one.slope + constant, np.nan) + 0.0
    found.low[place, cells], found.high[place, cells] = value + end[0], value + end[1]
    found.slope_left[place, cells], found.slope_right[place, cells] = slope


def input_range_tables(
    case: Parametrised,
    problem: str,
    answer: Answer,
    found: Mapping[str, InputRanges],
    at: Located | None = None,
) -> Iterator[Table]:
    """One table for each input table: every cell of which something is told, in every scenario."""
    scenarios, which = at or everywhere(answer)
    for key, ranges in found.items():
        told = ~np.isnan(ranges.slope_left) | ~np.isnan(ranges.slope_right)
        if not told.any():
            continue
        rest = case.cells(key)
        domain = rest * scenarios.without(rest.names)
        where = positions(rest, scenarios, domain, np.arange(rest.size), which)
        columns = excerpt(ranges, "value", "low", "high", "slope_left", "slope_right")
        known = ~np.isnan(ranges.slope_left) & ~np.isnan(ranges.slope_right)
        numbers = columns_at(domain.size, where, columns | {"exact": known})
        info = case.model.tables[key]
        yield Table(
            input_range_table(key, problem),
            domain,
            numbers,
            rows=np.sort(where[told]),
            unit=info.spec.unit,
            description=info.spec.description,
        )


def piece_input_ranges(plan: Plan, piece: Piece) -> tuple[tuple[Table, ...], Mapping[str, str]]:
    """The tables of one piece of a run, and sentences about what is left out, by input table."""
    tables: list[Table] = []
    left: dict[str, str] = {}
    for key in piece.ranges:
        answer = piece.answers[key]
        case = case_with(plan, key, answer.which, piece.given)
        found = input_ranges(case, answer)
        tables += input_range_tables(case, key, answer, found, box(answer.program.scenarios, answer.which))
        left |= dict(left_out(found))
    return tuple(tables), left


def result_input_ranges(result: Result) -> Mapping[str, Table]:
    """The tables of a result in memory, by the names that they are stored by."""
    out: dict[str, Table] = {}
    for key in result.ranges:
        answer = result.answers[key]
        case = case_of(result.plan, key, answer.which, result)
        found = input_ranges(case, answer)
        out |= {table.key: table for table in input_range_tables(case, key, answer, found)}
    return out


def left_out(found: Mapping[str, InputRanges]) -> Iterator[tuple[str, str]]:
    """Input table → which of its cells have no ranges, and why."""
    for key, ranges in found.items():
        reasons = " and ".join(f"{cells.sum():,} of its cells {why}" for why, cells in ranges.left.items())
        if reasons:
            rest = "how far they may move is not told; runs in scenarios.yml solve for other numbers"
            yield key, f"{key}: {reasons}: {rest}"
