"""The residuals of plans and prices, each relative to the terms of its own row, cone, bound or column.

The formulas and the reasons for their denominators are in docs/design/certificates.md.
"""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.products import symmetric_times, times, transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.proof import compensated, cones
from saddlepoint.solve.proof.sizes import column_terms, far_away, row_terms, symmetric_terms

NEGLIGIBLE = 1e-9
"""Residuals below this part of a cheap lower bound of their row's terms need no exact size."""
ROUNDING = 1e-8
"""Part of the sizes of the objective's terms that counts beside its value: 1e-14 of them at tolerance 1e-6."""
EPSILON = 2.0**-52
"""The part of a term that its rounding may be."""
EXCESS = 1e6
"""Terms beyond this multiple of what plan and prices must be about cancel needlessly; their rounding is no excuse. Those of
cones, whose prices may have to be large, count beyond it but at plans that are far away."""
CANCELLED = 1e3
"""Prices in a column count up to this multiple of its costs, curvature and reduced cost, where it has any; not with cones."""
CANCELS = 1e-6
"""An objective below this part of its terms is evaluated with compensated sums."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residuals:
    """What is left of every condition, relative to its own terms, and the parts of the gap; S scenarios.

    rows: (S, m); bounds, columns: (S, n); cones, dual_cones: (S, cones). value: (S,) the objective with its constant;
    scale: (S,) what products and leaks are relative to; products: (S,) Σ multiplier × slack, which is p − d where
    stationarity holds; leak: (S,) the residuals paid for at the prices and quantities found.
    """

    rows: Array
    bounds: Array
    cones: Array
    columns: Array
    dual_cones: Array
    value: Array
    scale: Array
    products: Array
    leak: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The four numbers of S claimed optima, and the objective (with its constant); each (S,)."""

    rel_prim: Array
    rel_dual: Array
    gap: Array
    unc: Array
    objective: Array

    def within(self, tolerance: float) -> Mask:
        return (
            (self.rel_prim <= tolerance)
            & (self.rel_dual <= tolerance)
            & (np.abs(self.gap) <= tolerance)
            & (self.unc <= tolerance)
        )


def measure(batch: Batch, x: Array, y: Array, z: Array, w: Array, spread: Array | None = None) -> Measures:
    """The four numbers of claimed optima; arguments as of `residuals`. Integrality is not looked at."""
    found = residuals(batch, x, y, z, w, spread)
    return Measures(
        rel_prim=np.maximum(np.maximum(_worst(found.rows), _worst(found.bounds)), _worst(found.cones)),
        rel_dual=np.maximum(_worst(found.columns), _worst(found.dual_cones)),
        gap=_ratio(found.products, found.scale),
        unc=0.5 * _ratio(found.leak, found.scale),
        objective=found.value,
    )


def residuals(batch: Batch, x: Array, y: Array, z: Array, w: Array, spread: Array | None = None) -> Residuals:
    """The residuals of plans x (S, n) with multipliers y (S, m), z (S, n), w (S, rows of F).

    spread: (S, n), how far each number of the plan may be from an optimal one (default: its own size).
    """
    s = batch.structure
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        y, z = on_finite_sides(y, batch.l, batch.u), on_finite_sides(z, batch.lb, batch.ub)
        ax = times(s.A, batch.A, x)
        row_miss, rows = _outside_rows(batch, x, ax)
        bound_miss = _outside(x, batch.lb, batch.ub)
        bounds = _ratio(bound_miss, np.where(x < batch.lb, _size(batch.lb, x), _size(batch.ub, x)))
        z_slack = _slack(x, z, batch.lb, batch.ub)
        far = (z != 0.0) & (np.abs(z_slack) > np.abs(x)) & (bound_miss == 0.0)
        if far.any():
            z, z_slack = np.where(far, 0.0, z), np.where(far, 0.0, z_slack)
        px = symmetric_times(s.P, batch.P, x)
        slope = batch.q + px
        r_d = slope - transposed_times(s.A, batch.A, y) - z
        products = dot(y, _slack(ax, y, batch.l, batch.u)) + dot(z, z_slack)
        leak = dot(np.abs(y), row_miss) + dot(np.abs(z), bound_miss)
        outside = outside_dual = np.zeros((len(x), 0))
        if s.is_conic:
            r_d = r_d - transposed_times(s.F, batch.F, w)
            outside, outside_dual, worth, missed = _of_cones(batch, x, w)
            products, leak = products + worth, leak + missed[0] + missed[1]
        leak = leak + dot(np.abs(r_d), np.abs(x) if spread is None else spread)
        value, own = _value(batch, x, px)
        scale = own + ROUNDING * (dot(np.abs(slope), np.abs(x)) + dot(np.abs(y), np.abs(ax)))
        k = np.flatnonzero(np.maximum(np.abs(products), leak) > NEGLIGIBLE * own)
        if len(k):
            part = batch if len(k) == batch.size else batch.take(k)
            scale[k] = _scale_of(part, (x[k], y[k], z[k], w[k]), px[k], slope[k], own[k])
        if s.is_quadratic and not s.is_conic:
            unaccounted = _unaccounted(batch, x, y, z, value)
            leak, scale = leak + unaccounted, np.where(unaccounted > 0, own, scale)
        columns = _columns(batch, x, y, z, w, r_d, own)
    return Residuals(
        rows=rows,
        bounds=bounds,
        cones=outside,
        columns=columns,
        dual_cones=outside_dual,
        value=value,
        scale=scale,
        products=products,
        leak=leak,
    )


def _of_cones(batch: Batch, x: Array, w: Array) -> tuple[Array, Array, Array, tuple[Array, Array]]:
    """How far slacks and multipliers lie outside the cones, their products, and what that may cost on either side."""
    s = batch.structure
    v = times(s.F, batch.F, x) + batch.g
    size = np.maximum(row_terms(s.F, batch.F, x, np.ones(s.F.shape[0], np.bool_)), np.abs(batch.g))
    outside = cones.violation(s.cones, v, size)
    outside_dual = cones.dual_violation(s.cones, w, np.abs(w))
    missed = _block_leak(batch, outside, size * np.abs(w)), _block_leak(batch, outside_dual, np.abs(w * v))
    return outside, outside_dual, dot(w, v), missed


def _scale_of(
    part: Batch, answer: tuple[Array, Array, Array, Array], px: Array, slope: Array, own: Array
) -> Array:
    """What products are measured by where they are not small beside the objective's own terms (`own`): these, and a rounding of
    all terms, which of what is linear, and far away of cones, is no more than a multiple of the smaller side."""
    x, y, z, w = answer
    terms = dot(np.abs(slope), np.abs(x)) + dot(np.abs(y), times(part.structure.A, np.abs(part.A), np.abs(x)))
    smaller = np.minimum(_costs(part, x, px), _dual_terms(part, x, px, y, z, w))
    most = np.where(smaller > 0, EXCESS * (own + smaller), np.inf)
    terms = np.minimum(terms, most)
    if part.structure.is_conic:
        terms = terms + _worth_of_cones(part, x, w)
        terms = np.where(far_away(part, x), np.minimum(terms, most), terms)
    return own + ROUNDING * terms


def on_finite_sides(y: Array, low: Array, high: Array) -> Array:
    """Multipliers without the parts that act on infinite sides; those become a dual residual."""
    bad_low, bad_high = np.isneginf(low), np.isposinf(high)
    if bad_low.any():
        y = np.where(bad_low & (y > 0), 0.0, y)
    return np.where(bad_high & (y < 0), 0.0, y) if bad_high.any() else y


def plan_cost(batch: Batch, x: Array) -> Array:
    """The objective of plans x (S, n), with its constant, (S,)."""
    return _value(batch, x, symmetric_times(batch.structure.P, batch.P, x))[0]


def _value(batch: Batch, x: Array, px: Array) -> tuple[Array, Array]:
    """The objective with its constant, and its size: the smaller of with and without."""
    terms = x * (0.5 * px + batch.q)
    primal, constant = terms.sum(axis=1), np.broadcast_to(batch.r[:, 0], len(x))
    value = primal + constant
    size = dot(np.abs(x), _curvature_size(batch, x, px) + np.abs(batch.q)) + np.abs(constant)
    doubtful = np.flatnonzero(np.minimum(np.abs(value), np.abs(primal)) < CANCELS * size)
    if len(doubtful):
        part = batch if len(doubtful) == batch.size else batch.take(doubtful)
        value[doubtful] = compensated.compensated_cost(part, x[doubtful])
        if constant.any():
            primal[doubtful] = compensated.compensated_cost(part, x[doubtful], constant=False)
        else:
            primal[doubtful] = value[doubtful]
    return value, np.minimum(np.abs(value), np.abs(primal))


def _curvature_size(batch: Batch, x: Array, px: Array) -> Array:
    """Σ_k |P_jk x_k|, which is |Px| where P is diagonal."""
    p = batch.structure.P
    if bool((p.indices == p.columns()).all()):
        return np.abs(px)
    return symmetric_times(p, np.abs(batch.P), np.abs(x))


def _costs(batch: Batch, x: Array, px: Array) -> Array:
    """The terms of the objective at the plans, (S,)."""
    return dot(np.abs(x), np.abs(px) + np.abs(batch.q))


def _dual_terms(batch: Batch, x: Array, px: Array, y: Array, z: Array, w: Array) -> Array:
    """The terms of the dual objective, (S,): prices times sides, and the curvature."""
    return dot(np.abs(x), 0.5 * np.abs(px)) + dot(np.abs(w), np.abs(batch.g)) + _sides_worth(batch, y, z)


def _sides_worth(batch: Batch, y: Array, z: Array) -> Array:
    """Σ |price × side| of rows and bounds, (S,)."""
    worth = np.zeros(len(y))
    for price, low, high in ((y, batch.l, batch.u), (z, batch.lb, batch.ub)):
        side = np.where(price > 0, low, high)
        worth = worth + dot(np.abs(price), np.where((price != 0) & np.isfinite(side), np.abs(side), 0.0))
    return worth


def _unaccounted(batch: Batch, x: Array, y: Array, z: Array, value: Array) -> Array:
    """What the value of a quadratic objective, or the rounding in it, (S,), is far beyond anything an optimum accounts for, else 0.

    At an optimum it is r + ½(qᵀx + Σ price × side), so no more than the sizes of these terms. Plans along flat directions whose
    curvature cancels down to its rounding are found out so: each of their residuals is small beside the terms cancelled.
    """
    accounted = dot(np.abs(batch.q), np.abs(x)) + _sides_worth(batch, y, z)
    own = np.maximum(np.abs(value - batch.r[:, 0]), _rounded_curvature(batch, x, EXCESS * accounted))
    return np.where((accounted > 0) & (own > EXCESS * accounted), own, 0.0)


def _rounded_curvature(batch: Batch, x: Array, most: Array) -> Array:
    """What xᵀPx may be off by as its terms are rounded, (S,); 0 where it is seen at once that this is no more than `most`."""
    p, s = np.abs(batch.P), batch.structure.P
    entries = 2.0 * s.nnz * p.max(axis=1, initial=0.0)
    rounded = EPSILON * entries * np.abs(x).max(axis=1, initial=0.0) ** 2
    far = np.flatnonzero(rounded > most)
    rounded = np.zeros(len(x))
    if len(far):
        size = np.abs(x[far])
        rounded[far] = EPSILON * dot(size, symmetric_times(s, p if len(p) == 1 else p[far], size))
    return rounded


def _worth_of_cones(batch: Batch, x: Array, w: Array) -> Array:
    """The terms of the cones paid for at their prices, (S,): what rounding them may cost is a part of it."""
    s = batch.structure
    return dot(np.abs(w), times(s.F, np.abs(batch.F), np.abs(x)) + np.abs(batch.g))


def _outside_rows(batch: Batch, x: Array, ax: Array) -> tuple[Array, Array]:
    """The violation of every row, and what it is relative to the row's terms and the side concerned."""
    miss = _outside(ax, batch.l, batch.u)
    side = np.abs(np.where(ax < batch.l, batch.l, batch.u))
    known = np.where(miss > 0.0, side, np.inf)
    open_rows = np.any(miss > NEGLIGIBLE * known, axis=0)
    if open_rows.any():
        known = np.maximum(known, row_terms(batch.structure.A, batch.A, x, open_rows))
    return miss, _ratio(miss, known)


def _columns(batch: Batch, x: Array, y: Array, z: Array, w: Array, r_d: Array, value: Array) -> Array:
    """r_d relative to the largest of the terms q_j, P_jk x_k, a_ij y_i, f_kj w_k and z_j of its column.

    Or, where the column has two bounds, what it can change the objective by beside the objective's value (S,).
    """
    s = batch.structure
    rest = np.abs(r_d)
    known = np.maximum(np.abs(batch.q), np.abs(z))
    unclear = np.any(rest > NEGLIGIBLE * known, axis=0)
    if unclear.any():
        if s.is_quadratic:
            known = np.maximum(known, symmetric_terms(s.P, batch.P, x, unclear))
        terms = np.maximum(known, column_terms(s.A, batch.A, y, unclear))
        if s.is_conic:
            terms = np.maximum(terms, column_terms(s.F, batch.F, w, unclear))
        known = np.where((known > 0) & (not s.is_conic), np.minimum(terms, CANCELLED * known), terms)
        reach = np.maximum(x - batch.lb, batch.ub - x)
        known = np.maximum(known, np.where(reach > 0, value[:, None] / reach, 0.0))
    return _ratio(rest, known)


def _outside(value: Array, low: Array, high: Array) -> Array:
    return np.maximum(0.0, np.maximum(low - value, value - high))


def _slack(value: Array, multiplier: Array, low: Array, high: Array) -> Array:
    """How far the value is from the side on which its multiplier acts; zero where there is no multiplier."""
    side = np.where(multiplier > 0, low, high)
    return np.where(multiplier == 0, 0.0, value - np.where(np.isfinite(side), side, value))


def _size(side: Array, value: Array) -> Array:
    return np.maximum(np.where(np.isfinite(side), np.abs(side), 0.0), np.abs(value))


def _ratio(part: Array, whole: Array) -> Array:
    """part / whole, zero where there is no part, NaN where it is NaN."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(part == 0.0, 0.0, part / whole)


def _worst(array: Array) -> Array:
    return array.max(axis=1, initial=0.0)


def dot(left: Array, right: Array) -> Array:
    """The scalar product of every scenario, (S,); either side may be shared (1, ·)."""
    shape = np.broadcast_shapes(left.shape, right.shape)
    return np.einsum("ij,ij->i", np.broadcast_to(left, shape), np.broadcast_to(right, shape))


def _block_leak(batch: Batch, miss: Array, worth: Array) -> Array:
    first = cones.starts(batch.structure.cones)
    return (miss * np.add.reduceat(worth, first, axis=1)).sum(axis=1)
