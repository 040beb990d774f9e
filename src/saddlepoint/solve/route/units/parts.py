"""Units of the parts of a linear problem that share no row: entries do not say what units of one are beside those of another.

A part whose costs, in units of another's, are below a solver's absolute tolerance is not solved by it. So each gets a unit of its
own, which its sides speak of; where it has none, its bounds; else its costs, as large as those of the others.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Array, Index, Mask

HIDDEN = 1e-7
"""Part of the largest cost below which a solver may not see one."""


def hides_costs(costs: Array) -> Mask:
    """(1|S, 1) whether costs (1|S, n) of a scenario are hidden by its others."""
    size = np.abs(costs)
    least = np.min(size, axis=1, initial=np.inf, where=size > 0, keepdims=True)
    return least < HIDDEN * size.max(axis=1, initial=0.0, keepdims=True)


def spread_of_parts(batch: Batch, row: Array, column: Array) -> tuple[Array, Array]:
    """The unit of every row's and every column's part as a power of 2, (1|S, m) and (1|S, n), where sides are near one; `row` and `column`: the units so far."""
    s = batch.structure
    label = _parts(s)
    of_rows, of_columns = label[: s.m], label[s.m :]
    rows = _middle(of_rows, [side * row for side in (batch.l, batch.u)], len(label))
    bounds = _middle(of_columns, [side / column for side in (batch.lb, batch.ub)], len(label))
    size = np.where(np.isfinite(rows), rows, bounds)
    costs = _middle(of_columns, [batch.q * column], len(label))
    known = np.isfinite(size) & np.isfinite(costs)
    typical = np.max(costs + size, axis=1, initial=-np.inf, where=known, keepdims=True)
    by_costs = np.where(np.isfinite(typical), typical, 0.0) - costs
    size = np.where(np.isfinite(size), size, np.where(np.isfinite(by_costs), by_costs, 0.0))
    return size[:, of_rows], size[:, of_columns]


def _parts(s: Structure) -> Index:
    """To which part each row and then each column belongs, (m + n,)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = s.m + s.n
    entries = np.ones(s.A.nnz), (s.A.indices, s.A.columns() + s.m)
    found: Index = connected_components(coo_array(entries, shape=(size, size)), directed=False)[1]
    return found.astype(np.int64)


def _middle(label: Index, values: list[Array], count: int) -> Array:
    """The mean logarithm, to the base 2, of the sizes that are neither zero nor infinite, of every part, (1|S, count); NaN where there is none."""
    total, number = np.zeros((1, count)), np.zeros((1, count))
    for value in values:
        size = np.abs(value)
        there = np.isfinite(size) & (size > 0)
        logs = np.log2(np.where(there, size, 1.0))
        total = total + _summed(label, logs, count)
        number = number + _summed(label, there.astype(np.float64), count)
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / number


def _summed(label: Index, values: Array, count: int) -> Array:
    sums = [np.bincount(label, weights=row, minlength=count) for row in values]
    return np.stack(sums).astype(np.float64)
