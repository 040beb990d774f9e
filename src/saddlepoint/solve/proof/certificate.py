"""Whether plans and prices are what their statuses claim, recomputed from the Batch by our own arithmetic.

The formulas and the reasons for their denominators are in docs/design/certificates.md.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.proof.farkas import farkas, ray
from saddlepoint.solve.proof.flat_cones import without_flat_cones
from saddlepoint.solve.proof.residuals import Measures, dot, measure, plan_cost
from saddlepoint.solve.solution import Certificates, Status

__all__ = [
    "INTEGER_GAP",
    "check_claims",
    "fix_integers",
    "measure",
    "plan_cost",
    "replace_bounds",
    "support_of_sides",
]


INTEGER_GAP = 1e-6
"""What `optimal` asks of |p − b| / max(|p|, 1e-10), plan and bound of an integer problem."""


def check_claims(
    batch: Batch,
    x: Array,
    y: Array,
    z: Array,
    w: Array,
    status: NDArray[np.int8],
    bound: Array | None = None,
    *,
    tolerance: float = 1e-6,
    hair: float | None = None,
    spread: Array | None = None,
) -> Certificates:
    """Check every scenario's claim: optima by `measure`, infeasibility by Farkas vectors, unboundedness by rays.

    x, z: (S, n); y: (S, m); w: (S, rows of F); status: (S,), values of Status; bound: (S,), lower
    bounds of a mixed-integer problem on its objective without the constant r, whose optimum must lie within INTEGER_GAP of them; of a FEASIBLE plan
    only feasibility is asked. Where whole numbers leave cones without an inside, whose prices have no end, those of the bounds that are left will do. hair: as for `farkas` (default: the tolerance); spread: as for `measure`.
    """
    out = {name: np.full(batch.size, np.nan) for name in ("rel_prim", "rel_dual", "gap", "unc", "gives_way")}
    verified = np.zeros(batch.size, np.bool_)
    optimal = np.flatnonzero(
        (status == Status.OPTIMAL) | (status == Status.FIXED_POINT) | (status == Status.FEASIBLE)
    )
    if len(optimal):
        part = batch if len(optimal) == batch.size else batch.take(optimal)
        at = slice(None) if part is batch else optimal
        whole = np.where(batch.structure.integer, np.round(x), x) if batch.structure.is_integer else x
        near = None if spread is None else spread[at]
        fixed = fix_integers(part, x[at])
        found = measure(fixed, whole[at], y[at], z[at], w[at], near)
        passed = found.within(tolerance)
        if batch.structure.is_integer and batch.structure.is_conic and not passed.all():
            plain = without_flat_cones(fixed)
            if plain is not fixed:
                other = measure(plain, whole[at], y[at], z[at], w[at], near)
                found, passed = _the_ones_that_pass(found, passed, other, tolerance)
        gap = found.gap
        if batch.structure.is_integer:
            gap, strict = _bound_gap(part, found, whole[at], y[at], None if bound is None else bound[at])
            passed &= strict <= INTEGER_GAP
            passed |= (status[at] == Status.FEASIBLE) & (found.rel_prim <= tolerance)
            passed &= np.all(np.abs(whole[at] - x[at]) <= tolerance, axis=1)
            outside = _outside_bounds(part, whole[at])
            found = replace(found, rel_prim=np.fmax(found.rel_prim, outside))
            passed &= outside <= tolerance
        out["rel_prim"][at], out["rel_dual"][at] = found.rel_prim, found.rel_dual
        out["gap"][at], out["unc"][at], verified[at] = gap, found.unc, passed
        out["gives_way"][at] = 0.0
    _certify_evidence(batch, (x, y, w), status, tolerance if hair is None else hair, out, verified)
    return Certificates(**out, verified=verified)


def _the_ones_that_pass(
    found: Measures, passed: Mask, other: Measures, tolerance: float
) -> tuple[Measures, Mask]:
    """Measures of one problem, in scenarios that pass there or not in the other."""
    there = other.within(tolerance) & ~passed
    joined = {
        name: np.where(there, getattr(other, name), getattr(found, name)) for name in Measures.__slots__
    }
    return Measures(**joined), passed | there


def _outside_bounds(batch: Batch, whole: Array) -> Array:
    """(S,) by which part of itself, or of one, a whole number lies outside its bounds, which `fix_integers` no longer has."""
    out = np.maximum(batch.lb - whole, whole - batch.ub) / np.maximum(1.0, np.abs(whole))
    return np.asarray(np.where(batch.structure.integer, np.maximum(out, 0.0), 0.0).max(axis=1, initial=0.0))


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
    relaxed = Structure(P=s.P, A=s.A, F=s.F, cones=s.cones, integer=np.zeros(s.n, np.bool_))
    b = batch
    return Batch(
        structure=relaxed, size=b.size, P=b.P, q=b.q, r=b.r, A=b.A, l=b.l, u=b.u, lb=lb, ub=ub, F=b.F, g=b.g
    )


def support_of_sides(y: Array, low: Array, high: Array) -> Array:
    """Σ low·y⁺ − high·y⁻ over the finite sides, (S,)."""
    low, high = np.where(np.isfinite(low), low, 0.0), np.where(np.isfinite(high), high, 0.0)
    return dot(low, np.maximum(y, 0.0)) + dot(high, np.minimum(y, 0.0))


def _bound_gap(batch: Batch, found: Measures, x: Array, y: Array, bound: Array | None) -> tuple[Array, Array]:
    """How far the plan lies from the bound (of costs without the constant), |p − b| / max(|p|, floor), and the same without the
    constant in |p| where that is less: a constant hides no gap."""
    if bound is None:
        unknown = np.full(batch.size, np.nan)
        return unknown, unknown
    from saddlepoint.solve.proof.integer_bound import gap_floor

    cost, floor = plan_cost(replace(batch, r=np.zeros((1, 1))), x), gap_floor(batch, x, y)
    with np.errstate(invalid="ignore"):
        apart, size = np.abs(cost - bound), np.abs(found.objective)
        return apart / np.maximum(size, floor), apart / np.maximum(np.minimum(size, np.abs(cost)), floor)


def _certify_evidence(
    batch: Batch,
    vectors: tuple[Array, Array, Array],
    status: NDArray[np.int8],
    hair: float,
    out: dict[str, Array],
    verified: Mask,
) -> None:
    x, y, w = vectors
    for claim in (Status.INFEASIBLE, Status.UNBOUNDED):
        for s in np.flatnonzero(status == claim):
            one = batch.take(np.array([s]))
            found = farkas(one, y[s], w[s], hair) if claim is Status.INFEASIBLE else ray(one, x[s])
            out["rel_prim"][s], out["rel_dual"][s] = found.rel_prim, found.rel_dual
            out["gap"][s] = out["unc"][s] = 0.0 if found.holds else np.nan
            verified[s] = found.holds
