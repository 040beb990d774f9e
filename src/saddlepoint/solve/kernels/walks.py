"""How far the slope of an optimum holds along many lines of sides and costs, from one optimal basis, in one compiled pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.answer import FIXED, LOWER, UPPER, ZERO
from saddlepoint.solve.vertex import OptimalVertex

SETTLED, GAVE_UP = 1, 0
"""What became of a line."""


class MovingNumbers(NamedTuple):
    """Lines along which numbers move: of each from `start` (Q + 1,) on the variables, and by how much their lower and upper sides grow;
    of costs `lower` is by how much they grow."""

    start: Index
    variable: Index
    lower: Array
    upper: Array

    @classmethod
    def single(cls, variable: Index, lower: Array, upper: Array) -> MovingNumbers:
        """One variable a line."""
        return cls(np.arange(len(variable) + 1), variable.astype(np.int64), lower, upper)

    @property
    def size(self) -> int:
        return len(self.start) - 1

    def part(self, first: int, last: int) -> MovingNumbers:
        """Lines first … last − 1."""
        here = slice(int(self.start[first]), int(self.start[last]))
        moved = self.start[first : last + 1] - self.start[first]
        return MovingNumbers(moved, self.variable[here], self.lower[here], self.upper[here])


class Slopes(NamedTuple):
    """Of each line how far the slope of the optimum holds; the slope (of costs: beyond Σ rate × value at the start), infinite where there is
    no plan or no finite optimum; SETTLED where both are known."""

    end: Array
    slope: Array
    outcome: Index

    @classmethod
    def blank(cls, size: int) -> Slopes:
        return cls(np.full(size, np.nan), np.full(size, np.nan), np.zeros(size, np.int64))

    @property
    def known(self) -> Mask:
        return self.outcome == SETTLED

    def part(self, first: int, last: int) -> Slopes:
        return Slopes(self.end[first:last], self.slope[first:last], self.outcome[first:last])


class WalkStart(NamedTuple):
    """The dictionary at the start, by columns (start, row, value) and by rows (start, slot, value), slots being the places of variables
    that are not basic; of basic rows the room below and above (m,) and the variable; of slots the reduced cost, where they stand and the
    variable (k,); of all variables their place (slot, or −1 − row), the distance of their sides, and what values and reduced costs are
    measured by."""

    column_start: Index
    column_row: Index
    column_value: Array
    row_start: Index
    row_slot: Index
    row_value: Array
    below: Array
    above: Array
    row_variable: Index
    reduced: Array
    code: Index
    slot_variable: Index
    place: Index
    width: Array
    size: Array
    worth: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisDictionary:
    """The dictionary of a basis, (m, k) sparse with one column for each variable that is not basic, and what does not differ between scenarios;
    others: (k,) these variables, basic: (m,)."""

    columns: Any
    rows: Any
    basic: Index
    others: Index
    place: Index

    @classmethod
    def of(cls, vertex: OptimalVertex) -> BasisDictionary:
        """From the lines of a vertex."""
        from scipy.sparse import csc_array

        lines = vertex.lines
        others = np.flatnonzero(lines.line >= 0)
        columns = csc_array(lines.entries[:, lines.line[others]])
        columns.data = columns.data * np.repeat(lines.factor[others], np.diff(columns.indptr))
        place = np.empty(len(lines.line), np.int64)
        place[others] = np.arange(len(others))
        place[lines.basic] = -1 - np.arange(len(lines.basic))
        return cls(columns=columns, rows=columns.tocsr(), basic=lines.basic, others=others, place=place)

    def start(self, vertex: OptimalVertex, s: int) -> WalkStart:
        """The start of walks in scenario s, as compiled code takes it."""
        value, lower, upper = vertex.value[s], vertex.lower[s], vertex.upper[s]
        at_lower, at_upper = value - lower <= 1e-9 * vertex.size[s], upper - value <= 1e-9 * vertex.size[s]
        width = np.where(at_lower & at_upper, 0.0, upper - lower)
        code = np.where(at_lower, LOWER, np.where(at_upper, UPPER, ZERO))
        code[width == 0.0] = FIXED
        reduced = np.where(vertex.loose[s], 0.0, vertex.reduced[s])
        return WalkStart(
            self.columns.indptr.astype(np.int64),
            self.columns.indices.astype(np.int64),
            self.columns.data,
            self.rows.indptr.astype(np.int64),
            self.rows.indices.astype(np.int64),
            self.rows.data,
            np.where(at_lower, 0.0, value - lower)[self.basic],
            np.where(at_upper, 0.0, upper - value)[self.basic],
            self.basic.astype(np.int64),
            reduced[self.others],
            code[self.others].astype(np.int64),
            self.others.astype(np.int64),
            self.place,
            width,
            vertex.size[s],
            vertex.worth[s],
        )


LINES_AT_ONCE = 20_000
"""Lines that one compiled call takes: between them a run can be stopped."""


def walk(
    start: NamedTuple, sides: MovingNumbers, costs: MovingNumbers, most: int
) -> tuple[Slopes, Slopes, int]:
    """Ends and slopes of lines of sides and of costs, and the pivots that were made; no piece begins after `most` pivots,
    and what is left stays unknown.

    Raises ImportError without numba.
    """
    kernel = cache.load("walks")
    of_sides, of_costs, made = Slopes.blank(sides.size), Slopes.blank(costs.size), 0
    for first, last in _pieces(sides.size):
        if made < most:
            made += kernel.walks(
                start,
                sides.part(first, last),
                costs.part(0, 0),
                of_sides.part(first, last),
                of_costs.part(0, 0),
            )
    for first, last in _pieces(costs.size):
        if made < most:
            made += kernel.walks(
                start,
                sides.part(0, 0),
                costs.part(first, last),
                of_sides.part(0, 0),
                of_costs.part(first, last),
            )
    cache.note("walks")
    return of_sides, of_costs, made


def _pieces(size: int) -> Iterator[tuple[int, int]]:
    for first in range(0, size, LINES_AT_ONCE):
        yield first, min(first + LINES_AT_ONCE, size)
