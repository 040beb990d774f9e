"""Multipliers that move together: of many thousand prices a few lines remain, bound together by few conditions.

In a transport problem all prices of places that used routes connect move alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass

WAYS = 4
"""Random null vectors by whose coordinates lines are told apart."""
ALIKE = 1e-8
"""How near unit vectors are to be one line, or rows one condition."""
DUST = 1e-10
"""Part of the terms of a sum below which it is rounding."""
ONE = 1e-9
"""A ratio as near to one is one."""
MOVES = 1e-7
"""Part of the largest coordinate of a null vector from which on a multiplier counts as moving."""
STILL = 1e-10
"""The same of one that a basis gives."""
EXACT = 1e-13
"""What is left of the conditions, in the size of the vectors, when the projection ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLines:
    """Lines τ (L,) of variables v = factor · τ[line]; line (k,) is −1 for those that do not move.

    conditions: sparse (rows, L), no two rows alike, conditions · τ = 0; low, high: (L,) how far each may fall and grow; made_up: (L,)
    lines of bounds' multipliers alone, each in one condition.
    """

    line: Index
    factor: Array
    conditions: Any
    low: Array
    high: Array
    made_up: Mask

    def parts(self) -> list[Index]:
        """The lines in groups that share no condition."""
        from scipy.sparse.csgraph import connected_components

        shared = abs(self.conditions)
        _, label = connected_components(shared.T.tocsr() @ shared, directed=False)
        order = np.argsort(label, kind="stable")
        return np.split(order, np.searchsorted(label[order], np.arange(1, label.max(initial=0) + 1)))

    def take(self, part: Index) -> PriceLines:
        """Some lines that share no condition with others; variables are left out."""
        own = self.conditions[:, part]
        return PriceLines(
            line=np.zeros(0, np.int64),
            factor=np.zeros(0),
            conditions=own[np.flatnonzero(np.diff(own.indptr))],
            low=self.low[part],
            high=self.high[part],
            made_up=self.made_up[part],
        )


def null_vectors(conditions: Any, count: int) -> Array:
    """`count` random vectors of the null space of a sparse matrix (conditions, coordinates): (coordinates, count)."""
    from scipy import sparse
    from scipy.sparse.linalg import splu

    width = conditions.shape[1]
    way = np.random.default_rng(0).standard_normal((width, count))
    if conditions.shape[0] == 0 or not conditions.nnz:
        return way
    size = np.asarray(abs(conditions).max(axis=0).todense()).ravel()
    unit = np.where(size > 0, size, 1.0)
    scaled = (conditions @ sparse.diags(1.0 / unit)).tocsc()
    height = np.asarray(abs(scaled).max(axis=1).todense()).ravel()
    scaled = (
        sparse.diags(np.where(height > 0, 1.0 / np.where(height > 0, height, 1.0), 1.0)) @ scaled
    ).tocsc()
    k = scaled.shape[0]
    system = sparse.bmat(
        [[sparse.identity(width), scaled.T], [scaled, -1e-10 * sparse.identity(k)]], format="csc"
    )
    factor = splu(system, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.1, options={"SymmetricMode": True})
    for _ in range(20):
        way = factor.solve(np.vstack([way, np.zeros((k, count))]))[:width]
        if np.abs(scaled @ way).max(initial=0.0) <= EXACT * max(1e-6, float(np.abs(way).max(initial=0.0))):
            break
    return np.where(np.abs(way).max(axis=1, keepdims=True) > MOVES, way / unit[:, None], 0.0)


def ways_of_basis(a: Any, basic: Mask, rows: Array, bounds: Array) -> Array | None:
    """Random ways (m, WAYS) in which prices of rows may move at an optimal basis; None where that is not one of this plan.

    The prices are those of a basis plus B⁻ᵀ times the reduced costs of basic variables that stand at a bound. a: sparse (m, n);
    basic: (n + m,); rows (m,), bounds (n,): which side is active.
    """
    from scipy import sparse
    from scipy.sparse.linalg import splu

    m, n = a.shape
    state = np.concatenate([bounds, rows])
    if int(basic.sum()) != m or (~basic & (state == 0.0)).any():
        return None
    columns, own = np.flatnonzero(basic[:n]), np.flatnonzero(basic[n:])
    unit = sparse.csc_array((-np.ones(len(own)), (own, np.arange(len(own)))), shape=(m, len(own)))
    matrix = sparse.csc_array(sparse.hstack([a[:, columns], unit]))
    at_bound = np.concatenate([state[columns], rows[own]]) != 0.0
    if not at_bound.any():
        return np.zeros((m, WAYS))
    size = np.asarray(abs(matrix).max(axis=0).todense()).ravel()
    right = np.random.default_rng(0).standard_normal((m, WAYS)) * (size * at_bound)[:, None]
    try:
        way = np.asarray(splu(matrix).solve(right, trans="T"))
    except RuntimeError:
        return None
    left = np.abs(matrix.T @ way - right)
    terms = abs(matrix).T @ np.abs(way)
    if not np.isfinite(way).all() or (left > 1e-10 * np.maximum(terms, np.abs(right))).any():
        return None
    height = np.asarray(abs(matrix).max(axis=1).todense()).ravel()
    worth = np.abs(way).max(axis=1) * height
    return np.where((worth > STILL * worth.max())[:, None], way, 0.0)


def price_lines(conditions: Any, ways: Array, low: Array, high: Array, rows: int) -> PriceLines:
    """The lines of variables with conditions · v = 0, low ≤ v ≤ high, from ways (k, WAYS) in which they may move.

    The first `rows` variables are prices of rows."""
    from scipy.sparse import csr_array

    line = _groups(ways)
    moving = np.flatnonzero(line >= 0)
    count = int(line.max(initial=-1)) + 1
    factor = _factors(ways, line, count)
    spread = csr_array((factor[moving], (moving, line[moving])), shape=(len(line), count))
    low_, high_ = np.full(count, -np.inf), np.full(count, np.inf)
    ends = np.stack([low[moving], high[moving]]) / factor[moving]
    np.maximum.at(low_, line[moving], ends.min(axis=0))
    np.minimum.at(high_, line[moving], ends.max(axis=0))
    terms = abs(csr_array(conditions)) @ abs(spread)
    size = np.asarray(terms.max(axis=1).todense()).ravel() if terms.nnz else np.zeros(terms.shape[0])
    left = _distinct_rows(csr_array(csr_array(conditions) @ spread), size)
    of_rows = np.zeros(count, np.bool_)
    of_rows[line[:rows][line[:rows] >= 0]] = True
    met = np.bincount(left.indices, minlength=count)
    return PriceLines(
        line=line,
        factor=factor,
        conditions=left,
        low=np.minimum(low_, 0.0),
        high=np.maximum(high_, 0.0),
        made_up=~of_rows & (met == 1),
    )


def _groups(vectors: Array) -> Index:
    """(k,) the number of the line that each vector (k, WAYS) lies on, −1 for zero vectors."""
    size = np.abs(vectors).max(axis=1, initial=0.0)
    there = np.flatnonzero(size > 0)
    out = np.full(len(vectors), -1)
    if not len(there):
        return out
    unit = vectors[there] / size[there, None]
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    mark = unit @ np.random.default_rng(1).standard_normal(unit.shape[1])
    unit, mark = unit * np.where(mark < 0, -1.0, 1.0)[:, None], np.abs(mark)
    order = np.argsort(mark, kind="stable")
    steps = np.abs(np.diff(unit[order], axis=0)).max(axis=1, initial=0.0)
    out[there[order]] = np.concatenate([[0], np.cumsum(steps > ALIKE)])
    return out


def _factors(ways: Array, line: Index, count: int) -> Array:
    """By what each variable moves its line, the largest of a line ±1."""
    moving = np.flatnonzero(line >= 0)
    longest = np.argsort(np.abs(ways[moving]).max(axis=1), kind="stable")
    first = np.zeros(count, np.int64)
    first[line[moving[longest]]] = moving[longest]
    out = np.zeros(len(line))
    lead = ways[first[line[moving]]]
    out[moving] = (ways[moving] * lead).sum(axis=1) / (lead * lead).sum(axis=1)
    return np.where(np.abs(np.abs(out) - 1.0) <= ONE, np.sign(out), out)


def _distinct_rows(matrix: Any, size: Array) -> Any:
    """The rows (CSR) that differ by more than a factor, without what is rounding beside the terms (rows,) they are made of."""
    from scipy.sparse import csr_array

    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    matrix.data[np.abs(matrix.data) <= DUST * size[row]] = 0.0
    matrix.eliminate_zeros()
    filled = matrix[np.flatnonzero(np.diff(matrix.indptr))]
    if not filled.shape[0]:
        return csr_array((0, matrix.shape[1]))
    marks = filled @ np.random.default_rng(2).standard_normal((matrix.shape[1], WAYS))
    _, kept = np.unique(_groups(np.asarray(marks)), return_index=True)
    out = csr_array(filled[np.sort(kept)])
    out.sort_indices()
    return out
