"""Whether a presolve would find anything in a linear problem, asked at a hundredth of its price."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Integers


class _OneProblem(NamedTuple):
    """One scenario: costs and bounds of columns (n,), sides of rows (m,); of every entry its row, its number, and the two sides that
    its column's bounds give its term (nnz,)."""

    cost: Array
    lower: Array
    upper: Array
    low: Array
    high: Array
    start: Integers
    row: Integers
    number: Array
    least: Array
    most: Array


def may_reduce(batch: Batch, s: int) -> bool:
    """Whether one of the rules that every presolve begins with applies to scenario s: rows without or with one entry, equations of two, rows
    without sides or that bounds alone decide; columns that are empty, fixed, wanted at a bound that no row forbids, or single and bounded
    by their row more tightly than by themselves (Andersen & Andersen 1995, Presolving in linear programming).

    What remains are duplicates and what sides of prices tell.
    """
    p = _problem(batch, s)
    in_column = np.diff(p.start)
    in_row = np.bincount(p.row, minlength=len(p.low))
    short = (in_row < 2) | ((in_row == 2) & (p.low == p.high)) | (np.isinf(p.low) & np.isinf(p.high))
    if short.any() or not in_column.all() or (p.lower == p.upper).any():
        return True
    return _wanted_at_a_bound(p) or _by_activities(p, np.flatnonzero(in_column == 1))


def _problem(batch: Batch, s: int) -> _OneProblem:
    pattern, number = batch.structure.A, batch.row("A", s)
    lower, upper = batch.row("lb", s), batch.row("ub", s)
    counts = np.diff(pattern.indptr)
    with np.errstate(invalid="ignore"):
        ends = number * np.repeat(lower, counts), number * np.repeat(upper, counts)
    return _OneProblem(
        batch.row("q", s),
        lower,
        upper,
        batch.row("l", s),
        batch.row("u", s),
        pattern.indptr,
        pattern.indices,
        number,
        np.minimum(*ends),
        np.maximum(*ends),
    )


def _wanted_at_a_bound(p: _OneProblem) -> bool:
    """Whether some column gains nothing by growing (or falling), and no row asks it to."""
    below, above = np.isfinite(p.low), np.isfinite(p.high)
    if below.all() and above.all():
        return False
    positive, below, above = p.number > 0, below[p.row], above[p.row]
    first = p.start[:-1]
    more = np.logical_or.reduceat(np.where(positive, below, above), first)
    less = np.logical_or.reduceat(np.where(positive, above, below), first)
    return bool(((p.cost >= 0) & ~more | (p.cost <= 0) & ~less).any())


def _by_activities(p: _OneProblem, single: Index) -> bool:
    """Whether bounds decide a row, or a row the bounds of a column that stands in no other, or such a column is a slack."""
    (least, least_endless), (most, most_endless) = _sums(p, p.least), _sums(p, p.most)
    lowest, highest = np.where(least_endless, -np.inf, least), np.where(most_endless, np.inf, most)
    decided = (lowest >= p.high) | (highest <= p.low) | (lowest >= p.low) & (highest <= p.high)
    if decided.any():
        return True
    idle = single[p.cost[single] == 0]
    rows = p.row[p.start[idle]]
    if (p.low[rows] == p.high[rows]).any():
        return True
    entry = p.start[single]
    row, end = p.row[entry], p.most[entry]
    entry = entry[p.high[row] - _without(least[row], least_endless[row], p.least[entry], -np.inf) <= end]
    row, end = p.row[entry], p.least[entry]
    return bool((p.low[row] - _without(most[row], most_endless[row], p.most[entry], np.inf) >= end).any())


def _sums(p: _OneProblem, terms: Array) -> tuple[Array, Index]:
    """The sums of the finite terms of every row, and how many are not finite; each (m,)."""
    m, endless = len(p.low), np.flatnonzero(np.isinf(terms))
    if len(endless):
        terms = terms.copy()
        terms[endless] = 0.0
    total = np.bincount(p.row, terms, m).astype(np.float64, copy=False)
    return total, np.bincount(p.row[endless], minlength=m)


def _without(total: Array, endless: Index, own: Array, end: float) -> Array:
    """Sums of rows without one of their terms; `end` where another one has no end."""
    alone = np.isinf(own)
    return np.where(endless > alone, end, np.where(alone, total, total - own))
