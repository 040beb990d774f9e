"""Proofs that there is no plan (a Farkas vector) or no finite optimum (a ray), checked for one scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import KW_ONLY, replace

import numpy as np

from saddlepoint.algebra.products import times, transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.proof import cones
from saddlepoint.solve.proof.exclusion import HAIR, HELD, Exclusion, crossed, exclusion
from saddlepoint.solve.proof.problem_size import SMALL
from saddlepoint.solve.proof.sizes import LEAVES
from saddlepoint.solve.proof.straight import MOST, TRUE, curvature, straight_ray, straight_sum
from saddlepoint.solve.proof.straight_cones import can_be_moved, straight_direction, straight_multipliers

EXACT = 1e-9
"""Tolerance where all constraints are linear: a basis gives such proofs almost exactly."""
NOISE = (1e-12, 1e-9, 1e-7)
"""What may be rounding beside the largest entry of a direction."""
CONIC = 1e-7
"""Tolerance where there are cones, whose proofs come from interior points."""
OUT_OF_REACH = 1e6
"""Times the terms of a proof that those of a column without end would have to be for a plan that its residual does not exclude."""

BESIDE_CONES = 1e12
"""The same beside cones, where no rational arithmetic settles what is left."""
BARELY = 1e-12
"""Part of its terms that a ray may leave where it must be in cones, too, to whose boundary rounding adds that of squares and powers."""


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

    def within(self, limit: float) -> bool:
        """Whether what is left is no more than the limit."""
        return max(self.rel_prim, self.rel_dual) <= limit


def farkas(batch: Batch, y: Array, w: Array, hair: float = HAIR) -> Proof:
    """Whether (y, w) prove that one scenario has no plan even where all sides give way by a hair; the multipliers of the bounds are computed here.

    Sides that cross by more (l > u or lb > ub) need no multipliers and always hold. y: (m,); w: (rows of F,). In columns without the bound that it points to the sum vanishes but for
    rounding, and with cones w is in the dual ones, perhaps after the least moves of both, or it proves nothing of a small linear problem, which rational arithmetic settles; of larger ones
    it still does if it excludes every plan in which no column without end weighs more than `OUT_OF_REACH` times all sides of the proof, of smaller ones with cones `BESIDE_CONES` times.
    """
    apart = _crossed(batch, hair)
    if apart is not None:
        return apart
    if not (np.isfinite(y).all() and np.isfinite(w).all()) or not (y.any() or w.any()):
        return Proof(False)
    sums = exclusion(batch, y[None], w[None])
    if not sums.exceeds(max(hair, HELD), stray=np.inf)[0]:
        return Proof(False)
    s = batch.structure
    outside = _outside(batch, w)
    found = _summed(batch, sums, w, outside)
    if not found.holds or max(found.rel_dual, outside.max(initial=0.0)) <= TRUE:
        return found
    for moved in _moved(batch, sums.y[0], w):
        straight = exclusion(batch, *(part[None] for part in moved))
        beside = _outside(batch, moved[1])
        made = _summed(batch, straight, moved[1], beside)
        exact = max(made.rel_dual, beside.max(initial=0.0)) <= TRUE
        if made.holds and exact and straight.exceeds(max(hair, HELD), stray=np.inf)[0]:
            return made
    if s.is_conic:
        reach = BESIDE_CONES if can_be_moved(batch) else OUT_OF_REACH
        far = sums.out_of_reach(reach, float(outside.sum()), _beside_cones(batch, sums, w))
    else:
        far = sums.out_of_reach(OUT_OF_REACH) & (s.m + s.n > SMALL)
    return replace(found, holds=bool(far[0]))


def _outside(batch: Batch, w: Array) -> Array:
    """(cones,) how far multipliers are outside the dual cones, in parts of themselves."""
    return cones.dual_violation(batch.structure.cones, w[None], np.abs(w)[None])[0]


def _moved(batch: Batch, y: Array, w: Array) -> Iterator[tuple[Array, Array]]:
    """The multipliers after the least moves to where their sum vanishes: of rows alone, and with cones of both."""
    others = transposed_times(batch.structure.F, batch.F, w[None])[0]
    yield straight_sum(batch, y, others), w
    if batch.structure.is_conic and can_be_moved(batch):
        yield from straight_multipliers(batch, y, w)


def _beside_cones(batch: Batch, sums: Exclusion, w: Array) -> float:
    """What the plans of an ordinary size weigh at the multipliers w of cones: a side in one coordinate, of a bound or a constant, makes others as large.

    At y ≥ 1 in ‖(x, y)‖ ≤ s the terms w_x x and w_s s of a plan are of size |w_s|, however small w_y may be.
    """
    s = batch.structure
    met = np.where(sums.z > 0, batch.lb, np.where(sums.z < 0, batch.ub, 0.0))
    sides = np.abs(batch.g[0]) + times(s.F, np.abs(batch.F), np.abs(met))[0]
    starts = cones.starts(s.cones).tolist()
    parts = ((cone, slice(start, start + cone.size)) for cone, start in zip(s.cones, starts, strict=True))
    return sum(float((cones.weights(cone, w[part]) * sides[part]).max()) for cone, part in parts)


def _summed(batch: Batch, sums: Exclusion, w: Array, outside: Array) -> Proof:
    """The proof that sums make, by the residuals of its signs and of its columns, and by how far w is outside the dual cones, (cones,)."""
    rel_prim, rel_dual, value = float(sums.stray_rows[0]), float(sums.stray_columns[0]), float(sums.gain[0])
    rel_prim = max(rel_prim, float(outside.max(initial=0.0)))
    holds = value > 0 and max(rel_prim, rel_dual) <= (CONIC if batch.structure.is_conic else EXACT)
    value = value if value > 0 else 1.0
    return Proof(holds, rel_prim, rel_dual, x=None, y=sums.y[0] / value, z=sums.z[0] / value, w=w / value)


def ray(batch: Batch, x: Array) -> Proof:
    """Whether the direction x (n,) lowers one scenario's objective without end and leaves no constraint.

    Entries that are nothing beside the largest may be a solver's rounding: without them the direction is tried again, and
    judged as strictly. What must vanish along it vanishes but for rounding, perhaps after the least move, or it is no ray: a ridge of 1e-8, or a coefficient
    1e-10 from another, is an end (of problems with cones up to `MOST` rows and columns); without cones the objective falls by more of its terms than that, and than their sum leaves.
    """
    found, fall = _ray(batch, x)
    for least in NOISE:
        if found.holds or not np.isfinite(x).all():
            break
        found, fall = _ray(batch, np.where(np.abs(x) <= least * np.abs(x).max(initial=0.0), 0.0, x))
    if not found.holds:
        return found
    if batch.structure.is_conic:
        return _straight_conic(batch, found)
    assert found.x is not None
    limit = TRUE if np.count_nonzero(found.x) <= MOST else EXACT
    if limit == TRUE and not found.within(min(TRUE, fall)):
        found, fall = _ray(batch, straight_ray(batch, found.x))
    return replace(found, holds=found.holds and found.within(min(limit, fall)))


def _straight_conic(batch: Batch, found: Proof) -> Proof:
    """The proof of a direction of a problem with cones; of those that can be moved the proof of one that leaves nothing but for rounding."""
    assert found.x is not None
    if found.within(BARELY) or not can_be_moved(batch):
        return found
    for x in straight_direction(batch, found.x):
        made, _ = _ray(batch, x)
        if made.holds and made.within(BARELY):
            return made
    return replace(found, holds=False)


def _ray(batch: Batch, x: Array) -> tuple[Proof, float]:
    """The proof that x is, to a solver's tolerance, and the part of the terms of qᵀx by which it is less than 0."""
    if not np.isfinite(x).all() or not x.any():
        return Proof(False), 0.0
    s, q = batch.structure, batch.q[0]
    largest = float(np.abs(x).max())
    down = (x < 0) & np.isfinite(batch.lb[0])
    up = (x > 0) & np.isfinite(batch.ub[0])
    rel_prim = float(np.abs(x[down | up]).max(initial=0.0)) / largest
    x = np.where(down | up, 0.0, x)
    slope = float(q @ x)
    fall = -slope / max(float(np.abs(q) @ np.abs(x)), np.finfo(np.float64).tiny)
    if not fall > (EXACT if s.is_conic else LEAVES * (1 + np.count_nonzero(x))):
        return Proof(False), 0.0
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
    return Proof(max(rel_prim, rel_dual) <= limit, rel_prim, rel_dual, x=x / -slope), fall


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
