"""Numbers that break a row alone: what rounding carries along a chain of rows, as the level of an empty store from hour to hour."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array

LONGEST = 10_000
"""Rows that are looked at in one plan, at most: a chain as long as a year of hours takes a tenth of a second."""


def without_lone_numbers(batch: Batch, x: Array) -> Array:
    """The plans x (S, n) with zeros for numbers that are the only ones of a row which they break and zero keeps, and for those that are the
    only ones of such a row then.

    No size is asked: whether they were rounding is for the certificate to say.
    """
    out = x.copy()
    for s in range(batch.size):
        _empty(batch, s, out[s])
    return out


def _empty(batch: Batch, s: int, x: Array) -> None:
    """One plan (n,), changed in place. Every row keeps the count and the sum of the columns that are left in it: of one, the sum is it."""
    pattern, a, m = batch.structure.A, batch.row("A", s), batch.structure.m
    low, high = batch.row("l", s), batch.row("u", s)
    columns = pattern.columns()
    terms = a * x[columns]
    there = np.flatnonzero(terms != 0.0)
    rows, held = pattern.indices[there], columns[there]
    count, activity = np.bincount(rows, minlength=m), np.bincount(rows, terms[there], m)
    left = np.bincount(rows, held, m).astype(np.int64)
    kept = (low <= 0.0) & (high >= 0.0)
    free = (batch.row("lb", s) <= 0.0) & (batch.row("ub", s) >= 0.0)
    waiting = np.flatnonzero((count == 1) & kept & ((activity < low) | (activity > high))).tolist()
    for _ in range(LONGEST):
        if not waiting:
            break
        row = waiting.pop()
        if count[row] != 1:
            continue
        column = int(left[row])
        entries = slice(int(pattern.indptr[column]), int(pattern.indptr[column + 1]))
        at, own = pattern.indices[entries], a[entries] * x[column]
        term = float(own[at == row].sum())
        if not free[column] or low[row] <= term <= high[row]:
            continue
        x[column] = 0.0
        met = at[own != 0.0]
        count[met] -= 1
        left[met] -= column
        waiting += met[(count[met] == 1) & kept[met]].tolist()
