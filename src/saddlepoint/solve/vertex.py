"""The vertex of an optimal basis: its values and prices, and how basic variables move with each of the others.

Variables are the columns and then the activities of the rows, bound together by A x − s = 0. The others (at a bound, not basic) come in lines:
those on one line move the basic variables alike, up to a factor, as columns with one entry do that share a row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass

AT = 1e-9
"""A value is at its bound, a reduced cost at zero, where it is as near beside the terms that it is made of."""
HOLDS = 1e-6
"""Beside the same terms: how far a vertex may be from an optimum."""
DUST = 1e-11
"""Entries of a line below this part of its largest are rounding."""
MOST_ENTRIES = 40_000_000
"""Of all lines together; larger ones are not looked at."""
MOST_DENSE = 3_000
"""Rows up to which a kernel of the basis is inverted as dense where its inverse is full."""
DENSE = 60
"""Rows up to which a kernel of the basis is inverted as dense: sparse matrices cost more than the work."""
MOST_WORK = 1e9
"""Multiplications of one squaring beyond which an inverse counts as full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """How the basic variables move: entries (m, L) sparse, by lines; line: (n + m,) on which each other variable lies, −1 for basic
    ones; factor: (n + m,) by what one of it moves its line. basic: (m,) the variables of the rows of `entries`."""

    entries: Any
    line: Index
    factor: Array
    basic: Index


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimalVertex:
    """S scenarios at one optimal basis of one matrix. value, lower, upper, reduced: (S, n + m), reduced costs of columns and prices
    of rows; size, worth: what the terms of values and of reduced costs add up to; at_lower, at_upper: whether a value is at its bound;
    loose: whether a reduced cost is zero."""

    lines: Lines
    value: Array
    lower: Array
    upper: Array
    reduced: Array
    size: Array
    worth: Array

    def take(self, scenario: int) -> OptimalVertex:
        """One scenario of it."""
        names = ("value", "lower", "upper", "reduced", "size", "worth")
        return replace(self, **{name: getattr(self, name)[[scenario]] for name in names})

    @property
    def at_lower(self) -> Mask:
        return self.value - self.lower <= AT * self.size

    @property
    def at_upper(self) -> Mask:
        return self.upper - self.value <= AT * self.size

    @property
    def loose(self) -> Mask:
        return np.abs(self.reduced) <= AT * self.worth


def matrix_of(batch: Batch, s: int = 0) -> Any:
    """A of one scenario, scipy.sparse by columns, without stored zeros."""
    from scipy.sparse import csc_array

    pattern = batch.structure.A
    own = batch.row("A", s).copy(), pattern.indices.copy(), pattern.indptr.copy()
    made = csc_array(own, shape=pattern.shape)
    made.eliminate_zeros()
    return made


def vertex_of(batch: Batch, basic: Mask, x: Array) -> OptimalVertex | None:
    """The vertex of scenarios that share the matrix and this optimal basis (n + m,); None where it is none, or too large.

    x: (S, n) their plans, which say at which bound the others are. The inverse of the basis is made as a sparse matrix.
    """
    n = batch.structure.n
    columns, rows = np.flatnonzero(basic[:n]), np.flatnonzero(~basic[n:])
    if len(columns) != len(rows) or len(batch.A) > 1:
        return None
    a = matrix_of(batch)
    by_rows = a.tocsr()
    inverse = _inverse(a[:, columns].tocsr()[rows].tocsc())
    if inverse is None:
        return None
    lower = np.hstack([_all(batch.lb, len(x)), _all(batch.l, len(x))])
    upper = np.hstack([_all(batch.ub, len(x)), _all(batch.u, len(x))])
    value = _values(by_rows, inverse, columns, rows, basic, x, lower, upper)
    cost = _all(batch.q, len(x))
    reduced = _reduced(a, inverse, columns, rows, cost)
    lines = _lines(a, by_rows, inverse, columns, rows)
    if lines is None:
        return None
    size = np.hstack([np.abs(value[:, :n]), np.abs(value[:, :n]) @ abs(a).T])
    size = np.maximum(size, 1e-3 * np.abs(value[:, :n]).max(axis=1, keepdims=True, initial=0.0))
    worth = np.hstack([np.abs(cost) + np.abs(reduced[:, n:]) @ abs(a), np.abs(reduced[:, n:])])
    worth = np.maximum(worth, 1e-3 * np.abs(reduced[:, n:]).max(axis=1, keepdims=True, initial=0.0))
    if not _is_optimal(value, lower, upper, reduced, size, worth):
        return None
    return OptimalVertex(
        lines=lines,
        value=value,
        lower=lower,
        upper=upper,
        reduced=reduced,
        size=size,
        worth=worth,
    )


def _all(numbers: Array, size: int) -> Array:
    return np.broadcast_to(numbers, (size, numbers.shape[1]))


def _values(
    a: Any, inverse: Any, columns: Index, rows: Index, basic: Mask, x: Array, lower: Array, upper: Array
) -> Array:
    """Values of all variables: the others at the bound that is nearest, the basic ones as the rows ask."""
    n = a.shape[1]
    value = np.hstack([x, (a @ x.T).T])
    with np.errstate(invalid="ignore"):
        below = np.abs(value - lower) <= np.abs(upper - value)
    bound = np.where(below, lower, upper)
    value = np.where(basic | ~np.isfinite(bound), value, bound)
    for _ in range(2):
        missing = value[:, n + rows] - (a[rows] @ value[:, :n].T).T
        value[:, columns] += (inverse @ missing.T).T
    kept = np.flatnonzero(basic[n:])
    value[:, n + kept] = (a[kept] @ value[:, :n].T).T
    return value


def _reduced(a: Any, inverse: Any, columns: Index, rows: Index, cost: Array) -> Array:
    """Reduced costs of columns and prices of rows, both of basic variables zero."""
    price = np.zeros((len(cost), a.shape[0]))
    for _ in range(2):
        missing = cost[:, columns] - (a[:, columns].T @ price.T).T
        price[:, rows] += (inverse.T @ missing.T).T
    out = np.hstack([cost - (a.T @ price.T).T, price])
    out[:, columns] = 0.0
    return out


def _is_optimal(value: Array, lower: Array, upper: Array, reduced: Array, size: Array, worth: Array) -> bool:
    """Whether values keep their bounds and reduced costs have their signs, up to rounding."""
    inside = (value >= lower - HOLDS * size) & (value <= upper + HOLDS * size)
    low, high = value - lower <= HOLDS * size, upper - value <= HOLDS * size
    signs = ((reduced >= -HOLDS * worth) | high) & ((reduced <= HOLDS * worth) | low)
    return bool(np.isfinite(value).all() and inside.all() and signs.all())


def _lines(a: Any, by_rows: Any, inverse: Any, columns: Index, rows: Index) -> Lines | None:
    """The lines: one of every row that is not basic, then one of every other variable that does not lie on one of these."""
    from scipy.sparse import csc_array, hstack, vstack

    m, n = a.shape
    basic_rows, others = _apart_from(rows, m), _apart_from(columns, n)
    line, factor = np.full(n + m, -1), np.ones(n + m)
    line[n + rows] = np.arange(len(rows))
    place = np.full(m, -1)
    place[rows] = np.arange(len(rows))
    first = (
        a.indices[np.minimum(a.indptr[others], max(0, a.nnz - 1))]
        if a.nnz
        else np.zeros(len(others), np.int64)
    )
    alone = (np.diff(a.indptr)[others] == 1) & (place[first] >= 0) if a.nnz else np.zeros(len(others), bool)
    single, several = others[alone], others[~alone]
    line[single] = place[first[alone]]
    factor[single] = -a.data[a.indptr[single]]
    line[several] = len(rows) + np.arange(len(several))
    own = a[:, several]
    at_rows, at_basic = own.tocsr()[rows].tocsc(), own.tocsr()[basic_rows].tocsc()
    through = by_rows[basic_rows][:, columns].tocsc()
    if _work(inverse, at_rows) + _work(through, inverse) > MOST_ENTRIES:
        return None
    of_columns = hstack([inverse, -(inverse @ at_rows)], format="csc")
    if _work(through, of_columns) > MOST_ENTRIES:
        return None
    of_rows = csc_array(hstack([csc_array((len(basic_rows), len(rows))), at_basic])) + through @ of_columns
    entries = csc_array(vstack([of_columns, of_rows], format="csc"))
    return Lines(
        entries=_without_dust(entries),
        line=line,
        factor=factor,
        basic=np.concatenate([columns, n + basic_rows]),
    )


def _apart_from(places: Index, size: int) -> Index:
    """Those of 0 … size − 1 that are not among the places."""
    left = np.ones(size, np.bool_)
    left[places] = False
    return np.flatnonzero(left)


def _without_dust(entries: Any) -> Any:
    """The lines without what rounding has left in place of zeros."""
    entries.sum_duplicates()
    size = np.zeros(entries.shape[1])
    filled = np.diff(entries.indptr) > 0
    starts = entries.indptr[:-1][filled]
    if len(starts):
        size[filled] = np.maximum.reduceat(np.abs(entries.data), starts)
    column = np.repeat(np.arange(entries.shape[1]), np.diff(entries.indptr))
    entries.data[np.abs(entries.data) <= DUST * size[column]] = 0.0
    entries.eliminate_zeros()
    return entries


def _work(left: Any, right: Any) -> float:
    """Multiplications of a sparse product (both by columns)."""
    return float(np.diff(left.indptr)[right.indices].sum(dtype=np.float64))


def _inverse(kernel: Any) -> Any | None:
    """The inverse of a square sparse matrix, sparse; None where it is singular or too full.

    K = Pᵣᵀ L U P_cᵀ; of a triangular D (I − N) the inverse is (I + N)(I + N²)(I + N⁴)… D⁻¹, which ends as N is nilpotent.
    """
    from scipy.sparse import csc_array
    from scipy.sparse.linalg import splu

    k = kernel.shape[0]
    if k == 0:
        return csc_array((0, 0))
    if k <= DENSE:
        return _dense_inverse(kernel.toarray())
    try:
        factors = splu(kernel)
    except RuntimeError:
        return None
    low, up = _triangular(factors.L), _triangular(factors.U)
    if low is not None and up is not None and _work(up, low) <= MOST_WORK:
        found = (up @ low).tocsr()[:, factors.perm_r][factors.perm_c]
        return csc_array(found)
    if k > MOST_DENSE:
        return None
    return csc_array(factors.solve(np.eye(k)))


def _dense_inverse(kernel: Array) -> Any | None:
    from scipy.sparse import csc_array

    try:
        found = np.linalg.inv(kernel)
    except np.linalg.LinAlgError:
        return None
    return csc_array(np.where(np.abs(found) <= DUST * np.abs(found).max(), 0.0, found))


def _triangular(factor: Any) -> Any | None:
    """The inverse of a sparse triangular matrix, by columns; None where it is too full."""
    from scipy.sparse import csc_array, diags_array, eye_array

    across = factor.diagonal()
    unit: Any = diags_array(1.0 / across)
    power = csc_array(eye_array(factor.shape[0]) - factor @ unit)
    power.eliminate_zeros()
    made = csc_array(eye_array(factor.shape[0]) + power)
    while True:
        if _work(power, power) > MOST_WORK:
            return None
        power = csc_array(power @ power)
        if not power.nnz:
            return csc_array(unit @ made)
        if _work(made, power) > MOST_WORK:
            return None
        made = csc_array(made + made @ power)
