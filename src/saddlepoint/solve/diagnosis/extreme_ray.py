"""A vertex of the set of Farkas vectors of a linear problem: its support is an irreducible infeasible set (Gleeson & Ryan 1990)."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.matrices import batch_of_matrices
from saddlepoint.solve.proof.irreducible import Support, is_irreducible
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve

LARGEST = 20_000
"""Rows and columns up to which such a vertex is looked for."""


def extreme_ray(batch: Batch, options: Options) -> Support | None:
    """The support of a basic solution of: Aᵀ(y⁺ − y⁻) + z⁺ − z⁻ = 0, l·y⁺ − u·y⁻ + lb·z⁺ − ub·z⁻ = 1, all ≥ 0, their sum least, each in
    the unit of its row; None where none is found.

    batch: one scenario without cones, integers counted as continuous.
    """
    from scipy.sparse import csc_array, diags_array, hstack, vstack

    s = batch.structure
    if s.n + s.m > LARGEST:
        return None
    a: Any = csc_array((batch.A[0], s.A.indices, s.A.indptr), shape=s.A.shape)
    largest = np.asarray(abs(a).max(axis=1).todense()).reshape(-1)
    unit = np.where(largest > 0, 1.0 / np.where(largest > 0, largest, 1.0), 1.0)
    rows: Any = (diags_array(unit) @ a).T
    eye: Any = diags_array(np.ones(s.n))
    sides = (unit * batch.l[0], unit * batch.u[0], batch.lb[0], batch.ub[0])
    kept = [np.flatnonzero(np.isfinite(side)) for side in sides]
    parts = [
        sign * part.tocsc()[:, k]
        for sign, part, k in zip((1, -1, 1, -1), (rows, rows, eye, eye), kept, strict=True)
    ]
    worth = np.concatenate(
        [sign * side[k] for sign, side, k in zip((1, -1, 1, -1), sides, kept, strict=True)]
    )
    system: Any = vstack([hstack(parts), csc_array(worth[None])], format="csc")
    target = np.append(np.zeros(s.n), 1.0)
    asked = Options(
        solver="highs", settings={"solver": "simplex"}, time_limit=options.time_limit, stop=options.stop
    )
    found = solve(
        batch_of_matrices(np.ones(len(worth)), system, l=target, u=target, lb=np.zeros(len(worth))), asked
    )
    if not found.planned[0]:
        return None
    y, z = np.zeros(s.m), np.zeros(s.n)
    weights = np.split(found.x[0], np.cumsum([len(k) for k in kept])[:-1])
    for out, sign, k, weight in zip((y, y, z, z), (1, -1, 1, -1), kept, weights, strict=True):
        out[k] += sign * weight
    y *= unit
    return Support(y, z, proven=is_irreducible(batch, y, z))
