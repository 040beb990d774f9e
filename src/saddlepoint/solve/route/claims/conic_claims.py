"""Is there a plan, and a finite optimum? Answers with proof for one scenario with cones, in balanced units.

The least violation that all rows and cones must be allowed is a problem with a strict plan, so its multipliers exist;
where it is positive they are a Farkas vector (Boyd & Vandenberghe 2004, §5.8, §11.4). What is
infeasible only in the limit it cannot settle.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import dense
from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.arrays import Array
from saddlepoint.solve.adapters.clarabel import solve_clarabel
from saddlepoint.solve.proof.farkas import Proof, farkas, ray
from saddlepoint.solve.route.claims.giving_way import inward, least_way
from saddlepoint.solve.route.polishing.polish_cones import made_exact
from saddlepoint.solve.route.units.sizes import balance
from saddlepoint.solve.solution import Options, Solution, Status

TIGHT = {"tol_feas": 1e-11, "tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "max_iter": 500}
PLAN = 1e-9
"""In balanced units: a violation below it is none."""

DUST = 1e-13
"""Part of the largest multiplier that another may be off by."""
NOISE = 1e-8
"""In the box of the steepest ray: a move below it is none."""


def settle_conic(batch: Batch, options: Options) -> tuple[Status, Proof] | None:
    """INFEASIBLE with a Farkas vector or UNBOUNDED with a ray of one scenario, checked; None where neither is proved."""
    way = least_way(batch, options) if batch.structure.m else None
    if way is not None:
        proof = farkas(batch, way.y, np.zeros(batch.structure.F.shape[0]), options.hair)
        if proof.holds:
            return Status.INFEASIBLE, proof
    units = balance(batch)
    inner = units.apply(batch)
    calm = Options(time_limit=options.time_limit, settings=TIGHT)
    relaxed = violation_problem(inner)
    rough = solve_clarabel(relaxed, calm)
    found = made_exact(relaxed, rough)
    if found.status[0] != Status.OPTIMAL:
        return None
    if found.x[0, -1] > PLAN:
        for vector in (found, _without_dust(found), rough):
            back = units.restore(_multipliers(inner, vector))
            proof = farkas(batch, back.y[0], back.w[0], options.hair)
            if proof.holds:
                return Status.INFEASIBLE, proof
        return None
    if batch.structure.is_integer:  # a relaxation without end proves nothing
        return None
    direction = steepest_ray(inner)
    found = solve_clarabel(direction, calm)
    if found.status[0] != Status.OPTIMAL:
        return None
    moves = np.where(np.abs(found.x[0]) > NOISE, found.x[0], 0.0)
    proof = ray(batch, moves * units.column[0])
    return (Status.UNBOUNDED, proof) if proof.holds else None


def violation_problem(batch: Batch) -> Batch:
    """min τ ≥ 0 with l − τ ≤ Ax ≤ u + τ (as two rows where both sides are finite), Fx + g + τ·e ∈ K, lb ≤ x ≤ ub."""
    s = batch.structure
    low, high = np.flatnonzero(np.isfinite(batch.l[0])), np.flatnonzero(np.isfinite(batch.u[0]))
    a = dense(s.A, batch.A[0])
    rows = np.vstack([a[low], a[high]])
    tau = np.concatenate([np.ones(len(low)), -np.ones(len(high))])
    rows = np.hstack([rows, tau[:, None]])
    into = np.concatenate([np.zeros(0), *(inward(c) for c in s.cones)])
    conic = np.hstack([dense(s.F, batch.F[0]), into[:, None]])
    n, none = s.n + 1, np.array([np.inf])
    a_pattern, a_values = _sparse(rows)
    f_pattern, f_values = _sparse(conic)
    structure = Structure(
        P=Pattern.empty(n, n), A=a_pattern, F=f_pattern, cones=s.cones, integer=np.zeros(n, np.bool_)
    )
    return Batch(
        structure=structure,
        size=1,
        P=np.zeros((1, 0)),
        q=np.eye(1, n, n - 1),
        r=np.zeros((1, 1)),
        A=a_values,
        l=np.concatenate((batch.l[0, low], np.full(len(high), -np.inf)))[None],
        u=np.concatenate((np.full(len(low), np.inf), batch.u[0, high]))[None],
        lb=np.append(batch.lb[0], 0.0)[None],
        ub=np.concatenate((batch.ub[0], none))[None],
        F=f_values,
        g=batch.g,
    )


def steepest_ray(batch: Batch) -> Batch:
    """min qᵀd with −1 ≤ d ≤ 1, Pd = 0, d leaving no finite side and Fd ∈ K."""
    s = batch.structure
    p = dense(s.P, batch.P[0])
    flat = p + np.triu(p, 1).T
    flat = flat[np.any(flat != 0.0, axis=1)]
    a_pattern, a_values = _sparse(np.vstack([dense(s.A, batch.A[0]), flat]))
    zero = np.zeros((1, len(flat)))
    structure = Structure(
        P=Pattern.empty(s.n, s.n), A=a_pattern, F=s.F, cones=s.cones, integer=np.zeros(s.n, np.bool_)
    )
    return Batch(
        structure=structure,
        size=1,
        P=np.zeros((1, 0)),
        q=batch.q,
        r=np.zeros((1, 1)),
        A=a_values,
        l=np.concatenate((np.where(np.isfinite(batch.l), 0.0, batch.l), zero), axis=1),
        u=np.concatenate((np.where(np.isfinite(batch.u), 0.0, batch.u), zero), axis=1),
        lb=np.where(np.isfinite(batch.lb), 0.0, -1.0),
        ub=np.where(np.isfinite(batch.ub), 0.0, 1.0),
        F=batch.F,
        g=np.zeros_like(batch.g),
    )


def _without_dust(found: Solution) -> Solution:
    """With zeros for multipliers that are nothing beside the largest: alone in a column they would be all of its terms."""
    y, w = (np.where(np.abs(v) <= DUST * np.abs(v).max(initial=0.0), 0.0, v) for v in (found.y, found.w))
    return replace(found, y=y, w=w)


def _multipliers(batch: Batch, found: Solution) -> Solution:
    """The multipliers of the least violation as a claim about the batch."""
    out = Solution.blank(batch.structure, 1)
    out.y[0] = 0.0
    low, high = np.flatnonzero(np.isfinite(batch.l[0])), np.flatnonzero(np.isfinite(batch.u[0]))
    out.y[0, low] += found.y[0, : len(low)]
    out.y[0, high] += found.y[0, len(low) :]
    out.x[0], out.z[0], out.w[0] = found.x[0, :-1], found.z[0, :-1], found.w[0]
    return out


def _sparse(matrix: Array) -> tuple[Pattern, Array]:
    columns, rows = np.nonzero(matrix.T)
    return Pattern.of(rows, columns, (matrix.shape[0], matrix.shape[1])), matrix[rows, columns][None]
