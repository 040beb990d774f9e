"""Relations that do not hold everywhere: which of their cells have a row, and in which scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from saddlepoint.algebra.cells import gather
from saddlepoint.algebra.graph import Rows
from saddlepoint.algebra.terms import Terms, negative
from saddlepoint.arrays import Index
from saddlepoint.compile.lifting import Datum
from saddlepoint.errors import CompileError, Diagnostic
from saddlepoint.expr.node import Node, Relation
from saddlepoint.labels import Domain
from saddlepoint.model.model import Constraint
from saddlepoint.model.row_domain import row_domain
from saddlepoint.records import dataclass

_SHOWN = 5
ROUNDING = 1e-12
"""Beside the size of the numbers that are added, so much is rounding."""


@dataclass(frozen=True, slots=True)
class Present:
    """The cells of a relation that have a row in some scenario (None = all), and for every row the data slot that is 0
    where it has none, −1 for rows of all scenarios (None = all are)."""

    cells: Index | None
    slots: Index | None = None


def present_cells(relation: Relation, data: Mapping[int, Datum]) -> Present:
    """Where a relation has rows; data: what the compiler knows of its condition."""
    if relation.where is None:
        return Present(None)
    datum = data[id(relation.where)]
    if datum.lifted is None:
        return Present(None if datum.terms.rowwise else datum.terms.row)
    cells = np.flatnonzero(datum.lifted.possible)
    slots = datum.lifted.first + cells
    return Present(None if len(cells) == datum.lifted.size else cells, slots)


@dataclass(frozen=True, slots=True)
class Existing:
    """The cells of a decided table that exist in some scenario, increasing, in the order of its domain within one scenario,
    and for each the data slot that is 0 where it does not; −1 where no data decide."""

    cells: Index
    slots: Index


def existing_cells(condition: Node, domain: Domain, data: Mapping[int, Datum]) -> Existing:
    """Where a decided table has cells; condition: over its sets, by rank; domain: the same sets in the table's order."""
    datum = data[id(condition)]
    own = row_domain(condition.facts)
    if datum.lifted is None:
        found, slots = datum.terms.row, np.full(datum.terms.nnz, -1, np.int64)
    else:
        found = np.flatnonzero(datum.lifted.possible)
        slots = datum.lifted.first + found
    if own.names == domain.names or not domain.axes:
        return Existing(found, slots)
    codes = dict(zip(own.names, np.unravel_index(found, own.shape), strict=True))
    cells = np.ravel_multi_index(tuple(codes[n] for n in domain.names), domain.shape).astype(np.int64)
    order = np.argsort(cells)
    return Existing(cells[order], slots[order])


def without_empty(
    rows: Rows, present: Present, constraint: Constraint, domain: Domain
) -> tuple[Rows, Present]:
    """The rows that hold a decision: one that holds none says something of data only, and goes if that is true.

    rows: those of the cells that are present. Raises CompileError (C108) where it is false, with the first cells.
    """
    count = rows.terms.size
    keeps, sums, size = np.zeros(count, dtype=bool), np.zeros(count), np.zeros(count)
    for terms in (rows.terms, *rows.more, *map(negative, rows.less)):
        fixed = (terms.col < 0) & (True if terms.slots is None else (terms.slots < 0).all(axis=1))
        keeps[terms.row[~fixed]] = True
        if fixed.any():
            np.add.at(sums, terms.row[fixed], terms.coef[fixed])
            np.add.at(size, terms.row[fixed], np.abs(terms.coef[fixed]))
    if keeps.all():
        return rows, present
    slack = ROUNDING * size
    low, high = sums >= -slack, sums <= slack
    holds = {"==": low & high, "<=": high, ">=": low}[rows.symbol]
    always = True if present.slots is None else present.slots < 0
    false = np.flatnonzero(~keeps & ~holds & always)
    if len(false):
        raise CompileError(
            _nothing_left(constraint, domain, false if present.cells is None else present.cells[false])
        )
    stay = np.flatnonzero(keeps | ~holds)
    if len(stay) == count:
        return rows, present
    cells = stay if present.cells is None else present.cells[stay]
    return restrict(rows, stay), Present(cells, None if present.slots is None else present.slots[stay])


def _nothing_left(constraint: Constraint, domain: Domain, cells: Index) -> Diagnostic:
    shown = "; ".join(", ".join(domain.coordinates(int(c))) or "its one row" for c in cells[:_SHOWN].tolist())
    more = f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else ""
    return Diagnostic(
        "C108",
        f"the relation {constraint.name!r} cannot hold at {shown}{more}: no decision is left there",
        constraint.mark,
        why="the cells that it adds up do not exist (where), and what remains is data",
        fix="Let a cell exist there, change the data, or restrict the relation with where.",
    )


def restrict(rows: Rows, cells: Index | None) -> Rows:
    """Only the rows of these cells."""
    if cells is None:
        return rows

    def of(terms: Terms) -> Terms:
        return gather(terms, cells, (len(cells),))

    return Rows(of(rows.terms), rows.symbol, tuple(map(of, rows.more)), less=tuple(map(of, rows.less)))


def presence(blocks: Sequence[Present], sizes: Sequence[int], rows: int) -> Index | None:
    """The slots of all rows, shape (rows,), those that operators added included; None where all rows always are. sizes: the
    rows of every block."""
    if all(b.slots is None for b in blocks):
        return None
    out = np.full(rows, -1, np.int64)
    start = 0
    for block, size in zip(blocks, sizes, strict=True):
        if block.slots is not None:
            out[start : start + size] = block.slots
        start += size
    return out
