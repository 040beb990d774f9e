"""Rows with text labels back into arrays over a domain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Index, Mask
from saddlepoint.errors import Diagnostic, StoreError
from saddlepoint.labels import Domain
from saddlepoint.store.connection import Store
from saddlepoint.store.findings import MOST, capped, no_number, repeated, unknown_label
from saddlepoint.store.identifiers import coordinate, quote

ColumnArrays = dict[str, NDArray[Any]]
Column = Sequence[Any]
_NUMERIC: Final = frozenset({float, int, type(None)})


def read_cells(
    store: Store, name: str, domain: Domain, columns: Mapping[str, bool]
) -> tuple[ColumnArrays, Index | None]:
    """Arrays of length domain.size, and the positions that have a row (None = all). StoreError.

    columns: name → whether it is text.
    """
    arrays: ColumnArrays = {
        column: np.full(domain.size, "", dtype=object) if text else np.full(domain.size, np.nan)
        for column, text in columns.items()
    }
    seen = np.zeros(domain.size, dtype=bool)
    found: list[Diagnostic] = []
    place = "id" if "id" in store.columns(name) else "rowid"
    for rows in store.stream(_select(name, domain, list(columns), place)):
        ids, *listed = zip(*rows, strict=True)
        labels, values = listed[: len(domain.axes)], listed[len(domain.axes) :]
        at, flaws = _positions(store, name, domain, ids, labels)
        found += flaws + _repetitions(store, name, domain, ids, at, seen)
        for (column, text), entries in zip(columns.items(), values, strict=True):
            found += _scatter(store, name, column, ids, entries, at, arrays[column], text)
        if len(found) > 50 * MOST:
            break
    if found:
        raise StoreError(capped(found, store))
    tight = {column: array.astype(np.str_) if columns[column] else array for column, array in arrays.items()}
    return tight, None if seen.all() else np.flatnonzero(seen)


def _select(name: str, domain: Domain, columns: Sequence[str], place: str) -> str:
    fields = ", ".join(map(quote, [*map(coordinate, domain.names), *columns]))
    return f"SELECT {place}, {fields} FROM {quote(name)} ORDER BY {place}"


def _positions(
    store: Store, name: str, domain: Domain, ids: Sequence[int], labels: Sequence[Column]
) -> tuple[Index, list[Diagnostic]]:
    at = np.zeros(len(ids), dtype=np.int64)
    bad = np.zeros(len(ids), dtype=bool)
    found: list[Diagnostic] = []
    for axis, column in zip(domain.axes, labels, strict=True):
        codes = np.fromiter(map(axis.positions.get, column, repeat(-1)), dtype=np.int64, count=len(ids))
        at = at * len(axis) + codes
        for k in np.flatnonzero(codes < 0).tolist():
            found.append(unknown_label(store, name, ids[k], coordinate(axis.name), column[k], axis.items))
        bad |= codes < 0
    at[bad] = -1
    return at, found


def _repetitions(
    store: Store, name: str, domain: Domain, ids: Sequence[int], at: Index, seen: Mask
) -> list[Diagnostic]:
    good = np.flatnonzero(at >= 0)
    old, before = seen[at[good]], np.count_nonzero(seen)
    seen[at[good]] = True
    if np.count_nonzero(seen) == before + len(good):
        return []
    first = np.zeros(len(at), dtype=bool)
    first[good[np.unique(at[good], return_index=True)[1]]] = True
    again = good[old | ~first[good]]
    return [repeated(store, name, ids[k], domain.coordinates(int(at[k]))) for k in again.tolist()]


def _scatter(
    store: Store,
    name: str,
    column: str,
    ids: Sequence[int],
    entries: Column,
    at: Index,
    into: NDArray[Any],
    text: bool,
) -> list[Diagnostic]:
    good = at >= 0
    if text:
        texts = ["" if entry is None else str(entry) for entry in entries]
        into[at[good]] = np.array(texts, dtype=object)[good]
        return []
    if not set(map(type, entries)) <= _NUMERIC:
        wrong = [k for k, entry in enumerate(entries) if type(entry) not in _NUMERIC]
        return [no_number(store, name, ids[k], column, entries[k]) for k in wrong]
    numbers = np.array(entries, dtype=np.float64)
    into[at[good]] = numbers[good]
    return []
