"""What every plan of a mixed-integer linear problem costs at least, from any multipliers, by our own arithmetic."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np

from saddlepoint.algebra.products import sparse_matrix, symmetric_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask, distinct
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.exclusion import ROUNDED, weighed
from saddlepoint.solve.proof.residuals import on_finite_sides
from saddlepoint.solve.proof.sizes import LEAVES

SUMMED = 1e-13
"""What a sum may be off by, relative to the sum of the sizes of its terms."""
EPSILON = 2.0**-52
FEASIBLE = 1e-7
"""What a row may be off by, relative to its terms, in a plan met in a tree."""
TERMS = 1e-6
"""Part of the sizes of its terms below which an objective counts as nothing in the gap."""
ROUNDS = 6
"""Passes of bound tightening."""
FINEST = 10**6
"""Costs are multiples of one over at most this number, or no common unit of theirs is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerProgram:
    """One scenario: min qᵀx, l ≤ Ax ≤ u, lb ≤ x ≤ ub, some x whole; A by entries (row, column, value) and as CSC."""

    row: Index
    column: Index
    value: Array
    matrix: Any
    sizes: Any
    q: Array
    l: Array
    u: Array
    lb: Array
    ub: Array
    integer: Mask

    @classmethod
    def of(cls, batch: Batch) -> IntegerProgram:
        """The one scenario of a batch; whole numbers get whole bounds, cones and quadratic costs are not looked at."""
        s = batch.structure
        value = batch.A[0].astype(np.float64)
        matrix = sparse_matrix(s.A, value)
        lb, ub = _whole(batch.lb[0], batch.ub[0], s.integer)
        return cls(
            row=s.A.indices.astype(np.int64),
            column=s.A.columns(),
            value=value,
            matrix=matrix.T,
            sizes=abs(matrix).T,
            q=batch.q[0],
            l=batch.l[0],
            u=batch.u[0],
            lb=lb,
            ub=ub,
            integer=s.integer,
        )


def linear_rows(
    row: Index, column: Index, value: Array, like: IntegerProgram, l: Array, u: Array
) -> IntegerProgram:
    """Other rows over the columns of `like`: entries (row, column, value), sides l, u."""
    from scipy.sparse import csr_matrix

    matrix = csr_matrix((value, (column, row)), shape=(len(like.q), len(l)))
    return replace(like, row=row, column=column, value=value, matrix=matrix, sizes=abs(matrix), l=l, u=u)


def dual_bound(problem: IntegerProgram, y: Array, lb: Array, ub: Array) -> tuple[float, Array]:
    """A lower bound on qᵀx over all plans within lb ≤ x ≤ ub, and the reduced costs, from any multipliers y (m,).

    lᵀy⁺ − uᵀy⁻ + Σⱼ min(dⱼlbⱼ, dⱼubⱼ), d = q − Aᵀy, less what the sums may be off by; −inf where a variable without
    a bound has a reduced cost (Neumaier and Shcherbina 2004, Safe bounds in linear and mixed-integer programming).
    With q = 0 a positive value proves that there is no plan. Multipliers on sides that do not exist are dropped; a reduced cost is none where its sum leaves as
    much (`LEAVES`), and nothing is charged for it: costs that cancel to a part 1e-14 of themselves are 0. Any more, times a bound of 1e12, may be worth all of the objective.
    """
    y = np.where((y > 0) & ~np.isfinite(problem.l) | (y < 0) & ~np.isfinite(problem.u), 0.0, y)
    side = np.where(y > 0, problem.l, np.where(y < 0, problem.u, 0.0))
    d = problem.q - problem.matrix @ y
    size = np.abs(problem.q) + problem.sizes @ np.abs(y)
    at = np.where(d > 0, lb, ub)
    open_ = np.isinf(at)
    rounding = np.abs(d) <= LEAVES * (1.0 + np.diff(problem.matrix.indptr)) * size
    if (open_ & ~rounding).any():
        return -np.inf, d
    d = np.where(rounding, 0.0, d)
    at = np.where(open_, 0.0, at)
    terms = np.concatenate((side * y, d * at))
    return float(terms.sum() - _rounding(terms, np.where(d != 0, size, 0.0) * at)), d


def excludes(problem: IntegerProgram, y: Array, lb: Array, ub: Array) -> bool:
    """Whether multipliers y (m,) prove that no plan lies within lb ≤ x ≤ ub, whatever it costs: by more than the sum may be off by."""
    y = on_finite_sides(y, problem.l, problem.u)
    sides = problem.l[None], problem.u[None], lb[None], ub[None]
    sums = weighed(y[None], -(problem.matrix @ y)[None], (problem.sizes @ np.abs(y))[None], sides)
    return bool(sums.exceeds(ROUNDED)[0])


def _rounding(terms: Array, columns: Array) -> float:
    """What the sum of the terms may be off by, and the reduced costs in it, each of its column's size."""
    count = int(np.count_nonzero(terms))
    part = min(SUMMED, (8 + count) * EPSILON)
    return part * float(np.abs(terms).sum()) + EPSILON * float(np.abs(columns).sum())


def satisfied(problem: IntegerProgram, x: Array) -> bool:
    """Whether a plan (n,) keeps every row within FEASIBLE of the terms of that row."""
    activity, size = x @ problem.matrix, np.abs(x) @ problem.sizes
    room = FEASIBLE * np.maximum(size, np.maximum(_finite(problem.l), _finite(problem.u)))
    return bool(((activity >= problem.l - room) & (activity <= problem.u + room)).all())


def keeps_whole_rows(problem: IntegerProgram, x: Array) -> bool:
    """Whether x (n,) keeps every row in which whole numbers alone stand, within SUMMED of its terms: nothing that is left to decide could bring it nearer."""
    activity, size = x @ problem.matrix, np.abs(x) @ problem.sizes
    free = np.zeros(len(problem.l), np.bool_)
    free[problem.row[~problem.integer[problem.column]]] = True
    above = activity >= problem.l - SUMMED * (size + _finite(problem.l))
    below = activity <= problem.u + SUMMED * (size + _finite(problem.u))
    return bool((free | (above & below)).all())


def _finite(side: Array) -> Array:
    return np.where(np.isfinite(side), np.abs(side), 0.0)


def tightened(problem: IntegerProgram, lb: Array, ub: Array, cutoff: float = np.inf) -> tuple[Array, Array]:
    """Bounds that every plan within lb ≤ x ≤ ub that costs at most `cutoff` keeps (activity bounds; Savelsbergh 1994).

    They may cross: then there is no such plan.
    """
    row, column, value, l, u = problem.row, problem.column, problem.value, problem.l, problem.u
    priced = np.flatnonzero(problem.q)
    if np.isfinite(cutoff) and len(priced):
        row = np.concatenate((row, np.full(len(priced), len(l))))
        column, value = np.concatenate((column, priced)), np.concatenate((value, problem.q[priced]))
        l, u = np.append(l, -np.inf), np.append(u, cutoff)
    for _ in range(ROUNDS):
        low, high = implied_bounds(row, column, value, l, u, lb, ub)
        low, high = _whole(low, high, problem.integer)
        with np.errstate(invalid="ignore"):
            step = 1e-3 * np.where(
                problem.integer, np.maximum(1.0, np.minimum(np.abs(lb), np.abs(ub))), ub - lb
            )
            better = (low > lb + step) | (high < ub - step)
        better |= np.isinf(lb) & np.isfinite(low) | np.isinf(ub) & np.isfinite(high)
        if not better.any():
            break
        lb, ub = np.where(better, np.maximum(lb, low), lb), np.where(better, np.minimum(ub, high), ub)
        if (lb > ub).any():
            break
    return lb, ub


def step_of_costs(q: Array, integer: Mask) -> float:
    """The largest unit g such that every cost qᵀx of a plan is a multiple of it; 0 where there is none."""
    return common_unit(q[q != 0]) if integer[q != 0].all() else 0.0


def curved_unit(batch: Batch) -> float:
    """The same of the cost ½xᵀPx + qᵀx of one scenario: of squares half the curvature, of products all of it."""
    s, values, q = batch.structure, batch.P[0], batch.q[0]
    i, j = s.P.indices, s.P.columns()
    bent = values != 0
    if not (s.integer[i[bent]].all() and s.integer[j[bent]].all() and s.integer[q != 0].all()):
        return 0.0
    parts = np.where(i == j, 0.5 * values, values)[bent]
    return common_unit(np.concatenate((parts, q[q != 0])))


def common_unit(values: Array) -> float:
    """The largest number that all values, none of them zero, are multiples of, as they are written or in a unit that is a
    power of two; 0 where none is found."""
    sizes = distinct(np.abs(values))
    if not len(sizes) or len(sizes) > 10_000:
        return 0.0
    power = 2.0 ** np.floor(np.log2(sizes.max()))
    return _written_unit(sizes) or power * _written_unit(sizes / power)


def _written_unit(sizes: Array) -> float:
    parts = [Fraction(float(v)).limit_denominator(FINEST) for v in sizes]
    if any(float(p) != v for p, v in zip(parts, sizes, strict=True)):
        return 0.0
    shared = int(np.lcm.reduce(np.array([p.denominator for p in parts], object)))
    if shared > FINEST:
        return 0.0
    return float(Fraction(int(np.gcd.reduce(np.array([int(p * shared) for p in parts], object))), shared))


def relative_gap(objective: Array, bound: Array, floor: Array | float = 1e-10) -> Array:
    """|p − b| / max(|p|, floor): the customary gap of integer programming, with `gap_floor` for its 1e-10."""
    with np.errstate(invalid="ignore"):
        return np.abs(objective - bound) / np.maximum(np.abs(objective), floor)


def gap_floor(batch: Batch, x: Array, y: Array | None = None) -> Array:
    """Below what an objective counts as nothing in the gap, (S,), in any currency; x: plans (S, n); y: their prices (S, m).

    1e-10 of the least cost of one unit of a number, or of its curvature, so that no cost hides behind a larger one that the plan does not pay; or,
    if that is more, 1e-6 of the sum of the sizes of the terms of the objective and of what the sides of the rows are
    worth at their prices: 1e-12 of these is what their sums and the proof may be off by.
    """
    sizes = np.abs(batch.q), np.abs(batch.P)
    least = np.minimum(*(np.where(v > 0, v, np.inf).min(axis=1, initial=np.inf) for v in sizes))
    curved = np.abs(x * symmetric_times(batch.structure.P, batch.P, x)).sum(axis=1)
    terms = (np.abs(batch.q * x)).sum(axis=1) + curved
    if y is not None:
        side = _finite(np.where(y > 0, batch.l, batch.u))
        terms = terms + (np.abs(np.nan_to_num(y)) * side).sum(axis=1)
    return np.maximum(
        1e-10 * np.where(np.isfinite(least), least, 1.0), TERMS * np.nan_to_num(terms, posinf=0.0)
    )


def implied_bounds(
    row: Index, column: Index, value: Array, l: Array, u: Array, lb: Array, ub: Array
) -> tuple[Array, Array]:
    """Bounds of every column, each from one of its rows and the bounds lb, ub of the others; with room for rounding, and for what `keeps_whole_rows` lets plans miss."""
    up = value > 0
    with np.errstate(invalid="ignore", over="ignore"):
        least = value * np.where(up, lb[column], ub[column])
        most = value * np.where(up, ub[column], lb[column])
    rest_low, err_low = _others(row, least, len(l))
    rest_high, err_high = _others(row, most, len(l))
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        from_upper = (u[row] - rest_low) / value
        from_lower = (l[row] - rest_high) / value
        part = np.clip(4 * (8 + np.bincount(row, minlength=len(l))) * EPSILON, 2 * SUMMED, 10 * SUMMED)[row]
        room_u = part * (np.abs(u[row]) + err_low) / np.abs(value)
        room_l = part * (np.abs(l[row]) + err_high) / np.abs(value)
        above = np.where(up, from_upper + room_u, from_lower + room_l)
        below = np.where(up, from_lower - room_l, from_upper - room_u)
    above, below = np.where(np.isnan(above), np.inf, above), np.where(np.isnan(below), -np.inf, below)
    low, high = lb.copy(), ub.copy()
    np.maximum.at(low, column, below)
    np.minimum.at(high, column, above)
    return low, high


def _others(row: Index, part: Array, rows: int) -> tuple[Array, Array]:
    """For every entry the sum of the other entries of its row (infinite where one of them is), and its size."""
    endless = np.isinf(part)
    count = np.bincount(row, endless.astype(np.float64), rows)
    finite = np.where(endless, 0.0, part)
    total = np.bincount(row, finite, rows)
    size: Array = np.bincount(row, np.abs(finite), rows).astype(np.float64)
    sign = np.where(endless, np.sign(part), 0.0)
    direction = np.bincount(row, sign, rows)
    others = count[row] - endless
    rest = np.where(others > 0, np.where(direction[row] - sign > 0, np.inf, -np.inf), total[row] - finite)
    return rest, size[row]


def _whole(lb: Array, ub: Array, integer: Mask) -> tuple[Array, Array]:
    room = 1e-9
    with np.errstate(invalid="ignore"):
        low = np.where(integer, np.ceil(lb - room * np.maximum(1.0, np.abs(lb))), lb)
        high = np.where(integer, np.floor(ub + room * np.maximum(1.0, np.abs(ub))), ub)
    return np.where(np.isnan(low), lb, low), np.where(np.isnan(high), ub, high)
