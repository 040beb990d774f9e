"""Whether plans and prices are what their statuses claim, recomputed from the Batch by our own arithmetic.

The formulas and the reasons for their denominators are in docs/design/certificates.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.products import symmetric_times, times, transposed_times
from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.solve.proof import cones
from saddlepoint.solve.proof.farkas import farkas, ray
from saddlepoint.solve.proof.integer_bound import relative_gap
from saddlepoint.solve.solution import Certificates, Status

Array = NDArray[np.float64]


INTEGER_GAP = 1e-6
"""What `optimal` asks of |p − b| / max(|p|, 1e-10), plan and bound of an integer problem."""
NARROW = 24
"""Up to so many columns a maximum over them is faster column by column than row by row."""


@dataclass(frozen=True, slots=True)
class Measures:
    """The four numbers of S claimed optima, and the objective (with its constant); each (S,)."""

    rel_prim: Array
    rel_dual: Array
    gap: Array
    unc: Array
    objective: Array

    def within(self, tolerance: float) -> NDArray[np.bool_]:
        return (
            (self.rel_prim <= tolerance)
            & (self.rel_dual <= tolerance)
            & (np.abs(self.gap) <= tolerance)
            & (self.unc <= tolerance)
        )


def certify(
    batch: Batch,
    x: Array,
    y: Array,
    z: Array,
    w: Array,
    status: NDArray[np.int8],
    bound: Array | None = None,
    *,
    tolerance: float = 1e-6,
) -> Certificates:
    """Check every scenario's claim: optima by `measure`, infeasibility by Farkas vectors, unboundedness by rays.

    x, z: (S, n); y: (S, m); w: (S, rows of F); status: (S,), values of Status; bound: (S,), lower
    bounds of a mixed-integer problem, whose optimum must lie within INTEGER_GAP of them; of a FEASIBLE plan
    only feasibility is asked.
    """
    out = {name: np.full(batch.size, np.nan) for name in ("rel_prim", "rel_dual", "gap", "unc")}
    verified = np.zeros(batch.size, np.bool_)
    optimal = np.flatnonzero(
        (status == Status.OPTIMAL) | (status == Status.FIXED_POINT) | (status == Status.FEASIBLE)
    )
    if len(optimal):
        part = batch if len(optimal) == batch.size else batch.take(optimal)
        at = slice(None) if part is batch else optimal
        whole = np.where(batch.structure.integer, np.round(x), x) if batch.structure.is_integer else x
        found = measure(fix_integers(part, x[at]), whole[at], y[at], z[at], w[at])
        passed = found.within(tolerance)
        gap = found.gap
        if batch.structure.is_integer:
            gap = _bound_gap(part, found, None if bound is None else bound[at])
            passed &= gap <= INTEGER_GAP
            passed |= (status[at] == Status.FEASIBLE) & (found.rel_prim <= tolerance)
            passed &= np.all(np.abs(whole[at] - x[at]) <= tolerance, axis=1)
        out["rel_prim"][at], out["rel_dual"][at] = found.rel_prim, found.rel_dual
        out["gap"][at], out["unc"][at], verified[at] = gap, found.unc, passed
    _certify_evidence(batch, x, y, w, status, out, verified)
    return Certificates(**out, verified=verified)


def measure(batch: Batch, x: Array, y: Array, z: Array, w: Array) -> Measures:
    """The four numbers of claimed optima (DIMACS errors, Mittelmann 2003, with scale-free denominators, and unc).

    x, z: (S, n); y: (S, m); w: (S, rows of F). Integrality is not looked at.
    """
    structure = batch.structure
    with np.errstate(invalid="ignore", over="ignore"):
        y, z = on_finite_sides(y, batch.l, batch.u), on_finite_sides(z, batch.lb, batch.ub)
        px = symmetric_times(structure.P, batch.P, x)
        ax = times(structure.A, batch.A, x)
        aty = transposed_times(structure.A, batch.A, y)
        r_d = batch.q + px - aty - z
        curved = 0.5 * _dot(x, px) if structure.is_quadratic else 0.0
        primal = curved + _dot(x, batch.q)
        dual = support(y, batch.l, batch.u) + support(z, batch.lb, batch.ub) - curved
        row_miss, bound_miss = _outside(ax, batch.l, batch.u), _outside(x, batch.lb, batch.ub)
        size_prim = np.maximum(
            _largest(ax), _largest(np.where(np.isfinite(batch.lb) | np.isfinite(batch.ub), x, 0.0))
        )
        worst = np.maximum(_largest(row_miss), _largest(bound_miss))
        leak = _dot(np.abs(y), row_miss) + _dot(np.abs(z), bound_miss)
        size_dual = np.maximum(np.maximum(_largest(px), _largest(aty)), _largest(batch.q))
        cone_dual = 0.0
        if structure.is_conic:
            fx = times(structure.F, batch.F, x)
            ftw = transposed_times(structure.F, batch.F, w)
            v = fx + batch.g
            r_d = r_d - ftw
            dual = dual - (w * batch.g).sum(axis=1)
            miss, dual_miss = cones.violation(structure.cones, v), cones.dual_violation(structure.cones, w)
            worst = np.maximum(worst, _largest(miss))
            size_prim = np.maximum(size_prim, _largest(fx))
            leak = leak + _block_leak(structure, miss, w) + _block_leak(structure, dual_miss, v)
            size_dual = np.maximum(size_dual, _largest(ftw))
            cone_dual = _largest(dual_miss)
        sides = _sides(batch)
        s_p, s_d = _unit(sides), dual_unit(batch)
        scale = s_d * s_p + np.abs(primal) + np.abs(dual)
        unc = (leak + _dot(np.abs(r_d), np.abs(x))) / scale
        rel_prim = worst / (s_p + np.maximum(sides, size_prim))
        rel_dual = np.maximum(_largest(r_d), cone_dual) / (s_d + size_dual)
        return Measures(rel_prim, rel_dual, (primal - dual) / scale, unc, primal + batch.r[:, 0])


def plan_cost(batch: Batch, x: Array) -> Array:
    """The objective of plans x (S, n), with its constant, (S,)."""
    px = symmetric_times(batch.structure.P, batch.P, x)
    return (x * (0.5 * px + batch.q)).sum(axis=1) + batch.r[:, 0]


def fix_integers(batch: Batch, x: Array) -> Batch:
    """The batch with its integer columns fixed at the nearest integers of x (S, n)."""
    integer = batch.structure.integer
    if not integer.any():
        return batch
    whole = np.round(x)
    lb, ub = np.where(integer, whole, batch.lb), np.where(integer, whole, batch.ub)
    return replace_bounds(batch, lb, ub)


def replace_bounds(batch: Batch, lb: Array, ub: Array) -> Batch:
    """The batch with other column bounds and no integrality; lb, ub: (1|S, n)."""
    s = batch.structure
    relaxed = Structure(s.P, s.A, s.F, s.cones, np.zeros(s.n, np.bool_))
    b = batch
    return Batch(relaxed, b.size, b.P, b.q, b.r, b.A, b.l, b.u, lb, ub, b.F, b.g)


def on_finite_sides(y: Array, low: Array, high: Array) -> Array:
    """Multipliers without the parts that act on infinite sides; those become a dual residual."""
    bad_low, bad_high = np.isneginf(low), np.isposinf(high)
    if bad_low.any():
        y = np.where(bad_low & (y > 0), 0.0, y)
    return np.where(bad_high & (y < 0), 0.0, y) if bad_high.any() else y


def support(y: Array, low: Array, high: Array) -> Array:
    """Σ low·y⁺ − high·y⁻ over the finite sides, (S,)."""
    low, high = np.where(np.isfinite(low), low, 0.0), np.where(np.isfinite(high), high, 0.0)
    return _dot(low, np.maximum(y, 0.0)) + _dot(high, np.minimum(y, 0.0))


def dual_unit(batch: Batch) -> Array:
    """s_d: the smaller positive of |q|∞ and |P|∞ s_p, at most 1, where s_p is the unit of the sides; (1|S,)."""
    costs, curvature = _largest(batch.q), _largest(batch.P) * _unit(_sides(batch))
    return np.minimum(_unit(costs), _unit(curvature))


def _outside(value: Array, low: Array, high: Array) -> Array:
    return np.maximum(0.0, np.maximum(low - value, value - high))


def _dot(left: Array, right: Array) -> Array:
    """The scalar product of every scenario, (S,); either side may be shared (1, ·)."""
    shape = np.broadcast_shapes(left.shape, right.shape)
    return np.einsum("ij,ij->i", np.broadcast_to(left, shape), np.broadcast_to(right, shape))


def _largest(array: Array) -> Array:
    """The largest absolute value of each scenario, (1|S,)."""
    if array.shape[1] == 0:
        return np.zeros(array.shape[0])
    if array.shape[1] > NARROW:
        return np.maximum(array.max(axis=1), -array.min(axis=1))
    largest = np.abs(array[:, 0])
    for k in range(1, array.shape[1]):
        np.maximum(largest, np.abs(array[:, k]), out=largest)
    return largest


def _sides(batch: Batch) -> Array:
    """|b|∞: the largest finite side of rows, columns and cone rows, (1|S,)."""
    arrays = (batch.l, batch.u, batch.lb, batch.ub, batch.g)
    largest = np.zeros(1)
    for array in arrays:
        largest = np.maximum(largest, _largest(np.where(np.isfinite(array), array, 0.0)))
    return largest


def _unit(size: Array) -> Array:
    return np.minimum(1.0, np.where(size > 0, size, 1.0))


def _block_leak(structure: Structure, miss: Array, other: Array) -> Array:
    first = cones.starts(structure.cones)
    return (miss * np.add.reduceat(np.abs(other), first, axis=1)).sum(axis=1)


def _bound_gap(batch: Batch, found: Measures, bound: Array | None) -> Array:
    """How far the plan lies from the bound, |p − b| / max(|p|, 1e-10)."""
    if bound is None:
        return np.full(batch.size, np.nan)
    return relative_gap(found.objective, bound)


def _certify_evidence(
    batch: Batch,
    x: Array,
    y: Array,
    w: Array,
    status: NDArray[np.int8],
    out: dict[str, Array],
    verified: NDArray[np.bool_],
) -> None:
    for claim in (Status.INFEASIBLE, Status.UNBOUNDED):
        for s in np.flatnonzero(status == claim):
            one = batch.take(np.array([s]))
            found = farkas(one, y[s], w[s]) if claim is Status.INFEASIBLE else ray(one, x[s])
            out["rel_prim"][s], out["rel_dual"][s] = found.rel_prim, found.rel_dual
            out["gap"][s] = out["unc"][s] = 0.0 if found.holds else np.nan
            verified[s] = found.holds
