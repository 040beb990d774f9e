"""Many rows into one table: few statements, each with many rows, labels bound once per block.

Binding costs more than storing. A block of rows is one INSERT whose parameters are numbered, so that the label
of a leading axis is bound once per block and those of the trailing axes once each; see docs/design/store.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Index
from saddlepoint.labels import Axis, Domain
from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import quote

_BLOCK: Final = 128
_PIECE: Final = 8192


def insert_rows(store: Store, into: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Rows of any kind, each with one value per name."""
    width = len(names)
    count = max(1, min(_BLOCK, store.variable_limit // width))
    flat = chain.from_iterable(rows)
    rest: list[tuple[Any, ...]] = []

    def full() -> Iterator[tuple[Any, ...]]:
        while block := tuple(islice(flat, width * count)):
            if len(block) < width * count:
                rest.append(block)
                return
            yield block

    one = "(" + ",".join("?" * width) + ")"
    head = _head(into, names)
    store.executemany(head + ",".join([one] * count), full())
    for block in rest:
        store.execute(head + ",".join([one] * (len(block) // width)), block)


def insert_cells(
    store: Store,
    into: str,
    names: Sequence[str],
    domain: Domain,
    columns: Sequence[NDArray[Any]],
    rows: Index | None = None,
) -> None:
    """The cells of a domain, all of them or those at `rows`: a label per axis, then a value per column.

    names: the columns of the labels, then of the values; columns: arrays of length domain.size, or len(rows). A later
    column without any number is left out: it is NULL by itself.
    """
    labelled = len(names) - len(columns)
    numbered = [k for k, column in enumerate(columns) if k == 0 or _has_numbers(column)]
    names = [*names[:labelled], *(names[labelled + k] for k in numbered)]
    columns = [columns[k] for k in numbered]
    if rows is not None:
        labels = [_labels_at(domain, k, rows) for k in range(len(domain.axes))]
        insert_rows(store, into, names, zip(*labels, *map(scalars, columns), strict=True))
    elif domain.size:
        limit = max(1, min(_BLOCK, store.variable_limit // (len(names) + 1)))
        _insert_product(store, _head(into, names), _cut(domain, limit), scalars_by_row(columns), len(columns))


def _has_numbers(column: NDArray[Any]) -> bool:
    return column.dtype.kind != "f" or not np.isnan(column).all()


def scalars(column: NDArray[Any]) -> Iterator[Any]:
    """The entries of an array as Python scalars, a piece at a time; "" becomes None."""
    if column.dtype.kind == "b":
        column = column.view(
            np.int8
        )  # sqlite3 takes the slow way of adapters for anything but plain int, float, str
    pieces = (column[k : k + _PIECE].tolist() for k in range(0, len(column), _PIECE))
    if column.dtype.kind in "UTO":
        return (entry or None for piece in pieces for entry in piece)
    return chain.from_iterable(pieces)


def scalars_by_row(columns: Sequence[NDArray[Any]]) -> Iterator[Any]:
    """The entries of several columns, row after row."""
    return chain.from_iterable(zip(*map(scalars, columns), strict=True))


def _labels_at(domain: Domain, k: int, rows: Index) -> Iterator[str]:
    items = domain.axes[k].items
    inner = math.prod(domain.shape[k + 1 :])
    pieces = (rows[p : p + _PIECE] // inner % len(items) for p in range(0, len(rows), _PIECE))
    return chain.from_iterable(map(items.__getitem__, piece.tolist()) for piece in pieces)


@dataclass(frozen=True, slots=True)
class _Blocks:
    """A domain cut into blocks: one item of each leading axis × some items of the next × all of the trailing."""

    lead: tuple[Axis, ...]
    pieces: tuple[tuple[str, ...], ...]
    trail: tuple[Axis, ...]

    def template(self, piece: int, columns: int) -> str:
        """The VALUES of one block; parameters: leading labels, the piece, trailing labels, values row by row."""
        lead = [f"?{k + 1}" for k in range(len(self.lead))]
        axes = [self.pieces[piece], *(axis.items for axis in self.trail)] if self.pieces else []
        ranges: list[range] = []
        at = len(lead) + 1
        for items in axes:
            ranges.append(range(at, at + len(items)))
            at += len(items)
        rows: list[str] = []
        for labels in product(*ranges):
            values = range(at + columns * len(rows), at + columns * (len(rows) + 1))
            rows.append("(" + ",".join([*lead, *(f"?{k}" for k in (*labels, *values))]) + ")")
        return ",".join(rows)


def _cut(domain: Domain, limit: int) -> _Blocks:
    axes = domain.axes
    inner, k = 1, len(axes)
    while k > 1 and inner * len(axes[k - 1]) <= limit:
        k -= 1
        inner *= len(axes[k])
    if not axes:
        return _Blocks((), (), ())
    items = axes[k - 1].items
    step = max(1, min(len(items), limit // inner))
    pieces = tuple(items[p : p + step] for p in range(0, len(items), step))
    return _Blocks(axes[: k - 1], pieces, axes[k:])


def _insert_product(store: Store, head: str, blocks: _Blocks, values: Iterator[Any], columns: int) -> None:
    trail = tuple(chain.from_iterable(axis.items for axis in blocks.trail))
    inner = math.prod(len(axis) for axis in blocks.trail)
    pieces = blocks.pieces or ((),)
    whole, last = _even(pieces)
    one = head + blocks.template(0, columns)
    end = head + blocks.template(-1, columns)

    def bound(lead: tuple[str, ...], piece: tuple[str, ...]) -> tuple[Any, ...]:
        return (*lead, *piece, *trail, *islice(values, max(1, len(piece)) * inner * columns))

    leads = product(*(axis.items for axis in blocks.lead))
    if not last:
        store.executemany(one, (bound(lead, piece) for lead in leads for piece in whole))
        return
    for lead in leads:
        store.executemany(one, (bound(lead, piece) for piece in whole))
        store.execute(end, bound(lead, last))


def _even(pieces: tuple[tuple[str, ...], ...]) -> tuple[tuple[tuple[str, ...], ...], tuple[str, ...]]:
    if len(pieces[-1]) == len(pieces[0]):
        return pieces, ()
    return pieces[:-1], pieces[-1]


def _head(into: str, names: Sequence[str]) -> str:
    return f"INSERT INTO {quote(into)} ({', '.join(map(quote, names))}) VALUES "
