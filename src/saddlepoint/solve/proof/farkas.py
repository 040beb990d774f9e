"""Proofs that there is no plan (a Farkas vector) or no finite optimum (a ray), checked for one scenario."""

from __future__ import annotations

from dataclasses import KW_ONLY, replace

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.proof import cones
from saddlepoint.solve.proof.exclusion import HAIR, HELD, crossed, exclusion
from saddlepoint.solve.proof.straight_ray import MOST, TRUE, curvature, straightened

EXACT = 1e-9
"""Tolerance where all constraints are linear: a basis gives such proofs almost exactly."""
NOISE = (1e-12, 1e-9, 1e-7)
"""What may be rounding beside the largest entry of a direction."""
CONIC = 1e-7
"""Tolerance where there are cones, whose proofs come from interior points."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof and its residuals; vectors are scaled so that the proof's value is one.

    Farkas: y (m,), z (n,), w (rows of F). Ray: x (n,). rel_prim: sign and cone violations; rel_dual: what
    should vanish (Aᵀy + Fᵀw + z, or Px), both relative to the size of the terms summed.
    """

    holds: bool
    rel_prim: float = np.nan
    rel_dual: float = np.nan
    _: KW_ONLY
    x: Array | None = None
    y: Array | None = None
    z: Array | None = None
    w: Array | None = None


def farkas(batch: Batch, y: Array, w: Array, hair: float = HAIR) -> Proof:
    """Whether (y, w) prove that one scenario has no plan even where all sides give way by a hair; the multipliers of the bounds are computed here.

    Sides that cross by more (l > u or lb > ub) need no multipliers and always hold. y: (m,); w: (rows of F,).
    """
    apart = _crossed(batch, hair)
    if apart is not None:
        return apart
    if not (np.isfinite(y).all() and np.isfinite(w).all()) or not (y.any() or w.any()):
        return Proof(False)
    sums = exclusion(batch, y[None], w[None])
    if not sums.exceeds(max(hair, HELD), stray=np.inf)[0]:
        return Proof(False)
    clean, kept, value = sums.y[0], sums.z[0], float(sums.gain[0])
    rel_dual = float(sums.stray_columns[0])
    rel_prim = float(sums.stray_rows[0])
    if batch.structure.is_conic:
        outside = cones.dual_violation(batch.structure.cones, w[None], np.abs(w)[None])
        rel_prim = max(rel_prim, float(outside.max(initial=0.0)))
    limit = CONIC if batch.structure.is_conic else EXACT
    holds = max(rel_prim, rel_dual) <= limit
    return Proof(holds, rel_prim, rel_dual, x=None, y=clean / value, z=kept / value, w=w / value)


def ray(batch: Batch, x: Array) -> Proof:
    """Whether the direction x (n,) lowers one scenario's objective without end and leaves no constraint.

    Entries that are nothing beside the largest may be a solver's rounding: without them the direction is tried again, and
    judged as strictly. Without cones what must vanish along it vanishes but for rounding, or it is no ray: a ridge of 1e-8, or a coefficient
    1e-10 from another, is an end.
    """
    found = _ray(batch, x)
    for least in NOISE:
        if found.holds or not np.isfinite(x).all():
            break
        found = _ray(batch, np.where(np.abs(x) <= least * np.abs(x).max(initial=0.0), 0.0, x))
    if not found.holds or batch.structure.is_conic or max(found.rel_prim, found.rel_dual) <= TRUE:
        return found
    assert found.x is not None
    if np.count_nonzero(found.x) > MOST:
        return replace(found, holds=max(found.rel_prim, found.rel_dual) <= EXACT)
    made = _ray(batch, straightened(batch, found.x))
    return replace(made, holds=made.holds and max(made.rel_prim, made.rel_dual) <= TRUE)


def _ray(batch: Batch, x: Array) -> Proof:
    if not np.isfinite(x).all() or not x.any():
        return Proof(False)
    s, q = batch.structure, batch.q[0]
    largest = float(np.abs(x).max())
    down = (x < 0) & np.isfinite(batch.lb[0])
    up = (x > 0) & np.isfinite(batch.ub[0])
    rel_prim = float(np.abs(x[down | up]).max(initial=0.0)) / largest
    x = np.where(down | up, 0.0, x)
    slope = float(q @ x)
    if not -slope > EXACT * float(np.abs(q) @ np.abs(x)):
        return Proof(False)
    ax = times(s.A, batch.A, x[None])[0]
    leaving = np.where(np.isfinite(batch.l[0]), np.maximum(-ax, 0.0), 0.0)
    leaving = np.maximum(leaving, np.where(np.isfinite(batch.u[0]), np.maximum(ax, 0.0), 0.0))
    rel_prim = max(rel_prim, _worst_ratio(leaving, times(s.A, np.abs(batch.A), np.abs(x[None]))[0]))
    if s.is_conic:
        fx = times(s.F, batch.F, x[None])
        size = times(s.F, np.abs(batch.F), np.abs(x[None]))
        rel_prim = max(rel_prim, float(cones.violation(s.cones, fx, size).max(initial=0.0)))
    rel_dual = curvature(batch, x)
    limit = CONIC if s.is_conic or s.is_quadratic else EXACT
    return Proof(max(rel_prim, rel_dual) <= limit, rel_prim, rel_dual, x=x / -slope)


def _crossed(batch: Batch, hair: float) -> Proof | None:
    """Sides that exclude each other: the multiplier one marks the row or column."""
    rows, columns = crossed(batch.l[0], batch.u[0], hair), crossed(batch.lb[0], batch.ub[0], hair)
    if not (rows.any() or columns.any()):
        return None
    y, z = rows.astype(np.float64), columns.astype(np.float64)
    return Proof(True, 0.0, 0.0, x=None, y=y, z=z, w=np.zeros(batch.structure.F.shape[0]))


def _worst_ratio(part: Array, whole: Array) -> float:
    positive = part > 0
    return float((part[positive] / np.maximum(whole[positive], 1e-300)).max(initial=0.0))
