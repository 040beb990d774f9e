"""Relations that do not hold everywhere: which of their cells have a row, and in which scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from saddlepoint.algebra.graph import Rows
from saddlepoint.algebra.terms import gather
from saddlepoint.arrays import Index, Mask
from saddlepoint.compile.lifting import Datum
from saddlepoint.errors import CompileError, Diagnostic
from saddlepoint.expr.node import Node, Relation
from saddlepoint.expr.value import dense
from saddlepoint.labels import Domain
from saddlepoint.model.model import Constraint
from saddlepoint.model.row_domain import row_domain

_SHOWN = 5
ROUNDING = 1e-12
"""Beside the size of the numbers that are added, so much is rounding."""


@dataclass(frozen=True, slots=True)
class Present:
    """The cells of a relation that have a row in some scenario (None = all), and for every row the data slot that is 0
    where it has none, −1 for rows of all scenarios."""

    cells: Index | None
    slots: Index


def present_cells(relation: Relation, data: Mapping[int, Datum]) -> Present:
    """Where a relation has rows; data: what the compiler knows of its condition."""
    size = int(np.prod(relation.facts.shape))
    if relation.where is None:
        return Present(None, np.full(size, -1, np.int64))
    datum = data[id(relation.where)]
    if datum.lifted is None:
        cells = np.flatnonzero(dense(datum.terms))
        return Present(None if len(cells) == size else cells, np.full(len(cells), -1, np.int64))
    cells = np.flatnonzero(datum.lifted.possible)
    return Present(None if len(cells) == size else cells, datum.lifted.first + cells)


@dataclass(frozen=True, slots=True)
class Existing:
    """Cells of a decided table, in the order of its domain within one scenario: which exist in some scenario, and the data
    slot that is 0 where a cell does not, −1 where no data decide."""

    cells_mask: Mask
    slots: Index


def existing_cells(condition: Node, domain: Domain, data: Mapping[int, Datum]) -> Existing:
    """Where a decided table has cells; condition: over its sets, by rank; domain: the same sets in the table's order."""
    datum = data[id(condition)]
    own = row_domain(condition.facts)
    lengths, names = own.shape, own.names
    order = [names.index(a.name) for a in domain.axes]
    slots = np.full(domain.size, -1, np.int64)
    if datum.lifted is None:
        mask = dense(datum.terms) != 0
    else:
        mask = datum.lifted.possible
        slots = datum.lifted.first + np.arange(domain.size)
    return Existing(
        np.reshape(mask, lengths).transpose(order).reshape(-1),
        np.reshape(slots, lengths).transpose(order).reshape(-1),
    )


def without_empty(rows: Rows, present: Present, constraint: Constraint, domain: Domain) -> Present:
    """The rows that hold a decision: one that holds none says something of data only, and goes if that is true.

    rows: all cells of the relation. Raises CompileError (C108) where it is false, with the first cells.
    """
    parts = (rows.terms, *rows.more)
    keeps, sums, size = (np.zeros(domain.size, dtype=bool), np.zeros(domain.size), np.zeros(domain.size))
    for terms in parts:
        fixed = (terms.col < 0) & (True if terms.slots is None else (terms.slots < 0).all(axis=1))
        keeps[terms.row[~fixed]] = True
        np.add.at(sums, terms.row[fixed], terms.coef[fixed])
        np.add.at(size, terms.row[fixed], np.abs(terms.coef[fixed]))
    cells = np.arange(domain.size) if present.cells is None else present.cells
    slack = ROUNDING * size
    holds = (sums >= rows.lower - slack) & (sums <= rows.upper + slack)
    false = cells[~keeps[cells] & ~holds[cells] & (present.slots < 0)]
    if len(false):
        raise CompileError(_nothing_left(constraint, domain, false))
    stay = keeps[cells] | ~holds[cells]
    return present if stay.all() else Present(cells[stay], present.slots[stay])


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
    terms, *more = (gather(t, cells, (len(cells),)) for t in (rows.terms, *rows.more))
    return Rows(terms, rows.lower, rows.upper, tuple(more))


def presence(blocks: Sequence[Present], rows: int) -> Index | None:
    """The slots of all rows, shape (rows,), those that operators added included; None where all rows always are."""
    if all((b.slots < 0).all() for b in blocks):
        return None
    out = np.full(rows, -1, np.int64)
    known = np.concatenate([b.slots for b in blocks])
    out[: len(known)] = known
    return out
