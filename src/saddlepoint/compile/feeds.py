"""Which cell of a table feeds which number of a Program, and how strongly: the way from an entry back to the data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from saddlepoint.algebra.terms import Terms, columns, constant
from saddlepoint.arrays import Array, Index, Integers
from saddlepoint.compile.lower import align
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program, Varying
from saddlepoint.errors import SaddleError
from saddlepoint.expr.node import Node, Variable
from saddlepoint.expr.value import value
from saddlepoint.records import dataclass

if TYPE_CHECKING:
    from scipy.sparse import csr_array

STEP = 1e-6
"""Step of a difference quotient beside the number itself, where a formula is not affine in a table."""
MOST_PROBED = 4_000_000
"""Largest number of cells × results that is probed by differences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Derivatives of a Program's numbers with respect to the cells of one table, within one scenario.

    Each is sparse, (numbers, cells of the table within one scenario). rhs: the constant side of every user's row;
    A, q, r, P, F, g: as in the Batch. exact: whether all numbers are affine in these cells while other data stay.
    """

    table: str
    rhs: csr_array
    A: csr_array
    q: csr_array
    r: csr_array
    P: csr_array
    F: csr_array
    g: csr_array
    exact: bool

    @property
    def only_sides(self) -> bool:
        """Whether the table moves nothing but right-hand sides and constants of cones."""
        return not (self.A.nnz or self.F.nnz or self.P.nnz)


def feeds(program: Program, numbers: Numbers, data: Array, table: str, cells: int) -> Feeds:
    """The feeds of a table into a program that was compiled with it as parametric.

    numbers: of one scenario; data: its slots (slots,); cells: the number of the table's cells within one scenario.
    """
    slope, exact = _slots(program, numbers, table, cells)
    arrays = {name: getattr(program, name) for name in ("rhs", "A", "q", "r", "P", "F", "g")}
    return Feeds(table=table, exact=exact, **{n: _entries(a, data) @ slope for n, a in arrays.items()})


def _entries(array: Varying, data: Array) -> csr_array:
    """Derivatives of an array's numbers with respect to the data slots."""
    from scipy.sparse import coo_array

    rows: list[Index] = []
    cols: list[Integers] = []
    parts: list[Array] = []
    degree = array.slots.shape[1]
    factors = [np.where(array.slots[:, k] >= 0, data[array.slots[:, k]], 1.0) for k in range(degree)]
    for k in range(degree):
        here = array.slots[:, k] >= 0
        others = array.coef.copy()
        for j in range(degree):
            others = others * factors[j] if j != k else others
        rows.append(array.at[here])
        cols.append(array.slots[here, k])
        parts.append(others[here])
    if not rows:
        return coo_array((len(array.base), len(data))).tocsr()
    found = (np.concatenate(parts), (np.concatenate(rows), np.concatenate(cols)))
    return coo_array(found, shape=(len(array.base), len(data))).tocsr()


def _slots(program: Program, numbers: Numbers, table: str, cells: int) -> tuple[csr_array, bool]:
    """Derivatives of the data slots with respect to the cells of a table, and whether none of them is curved."""
    from scipy.sparse import coo_array

    rows: list[Index] = [np.zeros(0, np.int64)]
    cols: list[Integers] = [np.zeros(0, np.int64)]
    parts: list[Array] = [np.zeros(0)]
    exact = True
    for lifted in program.lifted:
        if table not in lifted.tables:
            continue
        row, col, slope, straight = _node(lifted.node, table, numbers)
        exact &= straight
        rows.append(row + lifted.first)
        cols.append(col)
        parts.append(slope)
    found = (np.concatenate(parts), (np.concatenate(rows), np.concatenate(cols)))
    return coo_array(found, shape=(program.slots, cells)).tocsr(), exact


def _node(node: Node, table: str, numbers: Numbers) -> tuple[Index, Integers, Array, bool]:
    """Derivatives of one data-only node: cell of its value, cell of the table, number; whether it is affine."""
    try:
        terms = _affine(node, table, numbers.of)
    except (SaddleError, AssertionError, ValueError, IndexError, TypeError):
        terms = None
    if terms is None:
        return *_probed(node, table, numbers), False
    here = np.flatnonzero(terms.col >= 0)
    return terms.row[here], terms.col[here], terms.coef[here].copy(), True


def _affine(node: Node, table: str, fetch: Callable[[Variable], Array]) -> Terms | None:
    """A node as an affine expression of the table's cells, as if these were decided; None where it is none."""
    if not node.reads(table):
        return constant(value(node, fetch)[0])
    if node.variable is not None:
        return columns(node.facts.shape, node.variable.place.flat)
    record = node.operator
    if record is None or record.graph is None or not record.nature.is_affine:
        return None
    parts: list[Terms] = []
    for arg in node.args:
        part = _affine(arg, table, fetch)
        if part is None:
            return None
        parts.append(align(part, arg.facts, node.frame))
    graph = record.graph(tuple(parts), node.options, 0, False)
    return None if graph.rows or graph.cones or graph.value.is_quadratic else graph.value


def _probed(node: Node, table: str, numbers: Numbers) -> tuple[Index, Index, Array]:
    """Derivatives by central differences, cell by cell; nothing where there are too many.

    A cell that may not move alone (an entry of a matrix that has to stay symmetric) has none.
    """
    views = [v for v in node.variables if v.table == table]
    cells = np.unique(np.concatenate([v.place.flat for v in views]))
    size = int(np.prod(node.facts.shape))
    if len(cells) * size > MOST_PROBED:
        nothing = np.zeros(0, np.int64)
        return nothing, nothing, np.zeros(0)
    flat = np.zeros(int(cells.max()) + 1)
    for view in views:
        flat[view.place.flat] = numbers.of(view)[0].reshape(-1)
    try:
        return _differences(node, table, numbers, flat, cells)
    except SaddleError:
        found = [part for cell in cells if (part := _alone(node, table, numbers, flat, cell)) is not None]
    nothing = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    rows, moved, slopes = zip(nothing, *found, strict=True)
    return np.concatenate(rows), np.concatenate(moved), np.concatenate(slopes)


def _alone(
    node: Node, table: str, numbers: Numbers, flat: Array, cell: np.int64
) -> tuple[Index, Index, Array] | None:
    try:
        return _differences(node, table, numbers, flat, np.array([cell]))
    except SaddleError:
        return None


def _differences(
    node: Node, table: str, numbers: Numbers, flat: Array, cells: Index
) -> tuple[Index, Index, Array]:
    """Central differences of the cells of a table; raises what the node says of data that it refuses."""
    step = STEP * np.maximum(np.abs(flat[cells]), np.abs(flat[cells]).max(initial=0.0) * 1e-3 or 1.0)
    ends: list[Array] = []
    for sign in (1.0, -1.0):
        moved = np.repeat(flat[None], len(cells), axis=0)
        moved[np.arange(len(cells)), cells] += sign * step
        found = value(node, _fetch_with(table, moved, numbers.of))
        ends.append(np.broadcast_to(found, (len(cells), *node.facts.shape)).reshape(len(cells), -1))
    slope = (ends[0] - ends[1]) / (2 * step[:, None])
    k, row = np.nonzero(slope)
    return row, cells[k], slope[k, row]


def _fetch_with(table: str, moved: Array, fetch: Callable[[Variable], Array]) -> Callable[[Variable], Array]:
    return lambda v: moved[:, v.place.array] if v.table == table else fetch(v)
