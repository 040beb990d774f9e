"""Cells of data as lines along which sides or costs of a bound program move, and how far the slope of the optimum holds along each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Integers, Mask
from saddlepoint.compile.bind import BoundProgram, bounds_without
from saddlepoint.compile.program import Program, listed
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.moving_program import with_rows
from saddlepoint.solve.kernels.walks import MovingNumbers, Slopes, WalkStart, walk
from saddlepoint.solve.vertex import OptimalVertex

PIVOTS = 10_000_000
"""Of the walks of one scenario's cells, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSlopes:
    """Of k cells: down ≤ 0 ≤ up, how far each may move while the slope of the minimum on that side holds; the slopes; whether they are known. (2, k)
    each, down first."""

    end: Array
    slope: Array
    known: Mask


@dataclass(frozen=True, slots=True)
class RowPlaces:
    """Where the sides of the user's rows stand among the variables of a vertex: variable (R,), scale (R,), and whether a row sets its
    lower and its upper side."""

    variable: Index
    scale: Array
    lower: Mask
    upper: Mask


def contested(program: Program) -> Index:
    """The user's rows that bound a column of which something else bounds the same side: which of them holds it may change."""
    out = np.zeros(len(program.row_of), np.bool_)
    for layers, implicit in ((program.lower, program.lb), (program.upper, program.ub)):
        count = np.isfinite(implicit).astype(np.int64)
        for layer in layers:
            np.add.at(count, listed(layer.cols), 1)
        for layer in layers:
            out[layer.rows] |= count[listed(layer.cols)] > 1
    return np.flatnonzero(out)


def row_places(program: Program, apart: Index) -> RowPlaces:
    """apart: rows of one column that are rows of the matrix, behind the others (`with_rows`)."""
    n, m = program.structure.n, program.structure.m
    variable = np.where(program.row_of >= 0, n + program.row_of, program.col_of).astype(np.int64)
    scale = np.where(program.row_of >= 0, 1.0, program.scale)
    lower, upper = program.has_lower.copy(), program.has_upper.copy()
    single = program.row_of < 0
    lower[single] = upper[single] = False
    for layers, marks in ((program.lower, lower), (program.upper, upper)):
        for layer in layers:
            marks[layer.rows] = True
    variable[apart] = n + m + np.arange(len(apart))
    scale[apart] = 1.0
    lower[apart], upper[apart] = program.has_lower[apart], program.has_upper[apart]
    return RowPlaces(variable, scale, lower, upper)


def apart_from_bounds(
    bound: BoundProgram, apart: Index, basic: Mask, x: Array, z: Array
) -> tuple[Batch, Mask]:
    """One scenario with some rows of one column as rows of the matrix, and its basis: a column that one of them holds is basic, and the
    row takes its place.

    basic: (n + m,); x, z: (n,).
    """
    program = bound.program
    batch = with_rows(bound, apart)
    found = np.append(basic, np.ones(len(apart), np.bool_))
    holds = _holds(bound, apart, x, z)
    for k in np.argsort(-holds, kind="stable")[: np.count_nonzero(holds)].tolist():
        column = program.col_of[apart[k]]
        if not found[column]:
            found[column], found[len(basic) + k] = True, False
    return batch, found


def _holds(bound: BoundProgram, apart: Index, x: Array, z: Array) -> Integers:
    """How well each row holds its column: 2 as an equality, 1 at a side that the reduced cost asks for, 0 not, or where what is left of
    the column's own bounds holds it."""
    program = bound.program
    mask = np.zeros(len(program.row_of), np.bool_)
    mask[apart] = True
    lower, upper = bounds_without(bound, mask)
    column, scale = program.col_of[apart], program.scale[apart]
    side, here = bound.rhs[0, apart] / scale, x[column]
    room = 1e-9 * np.maximum(1.0, np.abs(here))
    none = 1e-9 * max(1.0, np.abs(z).max(initial=0.0))
    rises, falls = z[column] >= -none, z[column] <= none
    below = np.where(scale > 0, program.has_lower[apart], program.has_upper[apart])
    above = np.where(scale > 0, program.has_upper[apart], program.has_lower[apart])
    own = (np.abs(here - lower[0, column]) <= room) & rises
    own |= (np.abs(here - upper[0, column]) <= room) & falls
    there = (np.abs(here - side) <= room) & ~own
    if bound.absent is not None:
        there &= ~bound.absent[0, apart]
    holding = np.where(below & above, 2, (below & rises) | (above & falls))
    return np.where(there, holding, 0)


def side_lines(rates: Any, places: RowPlaces, absent: Mask | None, variables: int) -> MovingNumbers:
    """Lines of cells from the derivatives of the user's rows, (R, k) sparse: each cell falls, then each grows."""
    from scipy.sparse import coo_array, csr_array

    found = rates.tocoo()
    row, cell, rate = found.row, found.col, found.data / places.scale[found.row]
    if absent is not None:
        rate = np.where(absent[row], 0.0, rate)
    moved = rate * places.lower[row] + 1j * rate * places.upper[row]
    shape = (rates.shape[1], variables)
    both: Any = csr_array(coo_array((moved, (cell, places.variable[row])), shape=shape))
    both.sum_duplicates()
    start = np.concatenate([both.indptr, both.nnz + both.indptr[1:]]).astype(np.int64)
    variable = np.tile(both.indices, 2).astype(np.int64)
    low, high = (np.ascontiguousarray(part(both.data)) for part in (np.real, np.imag))
    return MovingNumbers(start, variable, np.concatenate([-low, low]), np.concatenate([-high, high]))


def cost_lines(rates: Any) -> MovingNumbers:
    """Lines of cells from the derivatives of the costs, (n, k) sparse: each cell falls, then each grows."""
    by_cell = rates.T.tocsr()
    start = np.concatenate([by_cell.indptr, by_cell.nnz + by_cell.indptr[1:]]).astype(np.int64)
    variable = np.tile(by_cell.indices, 2).astype(np.int64)
    numbers = np.concatenate([-by_cell.data, by_cell.data])
    return MovingNumbers(start, variable, numbers, numbers)


def walk_cells(
    start: WalkStart, vertex: OptimalVertex, s: int, sides: MovingNumbers, costs: MovingNumbers
) -> tuple[CellSlopes, CellSlopes]:
    """Ends and slopes of cells that move sides, and of those that move costs, in scenario s of a vertex. Raises ImportError without numba."""
    of_sides, of_costs, _ = walk(start, sides, costs, PIVOTS)
    amount = np.zeros(costs.size)
    line = np.repeat(np.arange(costs.size), np.diff(costs.start))
    np.add.at(amount, line, costs.lower * vertex.value[s, costs.variable])
    return _slopes(of_sides), _slopes(of_costs._replace(slope=of_costs.slope + amount))


def _slopes(found: Slopes) -> CellSlopes:
    sign = np.array([[-1.0], [1.0]])
    end, slope = found.end.reshape(2, -1), found.slope.reshape(2, -1)
    return CellSlopes(end=sign * end, slope=sign * slope, known=found.known.reshape(2, -1))


def of_scenario(bound: BoundProgram, s: int) -> BoundProgram:
    """One scenario of a bound program."""
    which = np.array([s])

    def own(array: Array) -> Array:
        return array[np.minimum(which, len(array) - 1)]

    absent = None if bound.absent is None else bound.absent[np.minimum(which, len(bound.absent) - 1)]
    return replace(
        bound, batch=bound.batch.take(which), rhs=own(bound.rhs), data=own(bound.data), absent=absent
    )
