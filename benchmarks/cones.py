"""Small problems with second-order cones, and the solvers that take many of them, for `benchmarks.rivals`."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern, Structure
from saddlepoint.solve.adapters.cone_form import ConeForm, cone_form

RELIABILITY = 1.645
"""Standard deviations that a row keeps away: 95 % for Normal laws."""


def promises(n: int, size: int, varies: str, seed: int = 0) -> Batch:
    """min cᵀx, μᵀx − z‖Gx‖ ≥ D, 0 ≤ x ≤ 1: costs (by 10 %) and D vary; with varies="reliability" z too, from 88 to 99 %."""
    rng = np.random.default_rng(seed)
    q = rng.uniform(1, 2, n) * np.exp(0.1 * rng.standard_normal((size, n)))
    mu, deviations = rng.uniform(1, 2, n), rng.uniform(0.1, 0.3, n)
    z = rng.uniform(1.2, 2.3, (size, 1)) if varies == "reliability" else np.full((1, 1), RELIABILITY)
    g = np.zeros((size, n + 1))
    g[:, 0] = -rng.uniform(0.3, 0.5, size) * mu.sum()
    F = np.empty((len(z), n, 2))
    F[:, :, 0], F[:, :, 1] = mu, z * deviations
    rows = np.stack([np.zeros(n), np.arange(1, n + 1)], axis=1).astype(np.int32).reshape(-1)
    none = np.zeros((1, 0))
    return Batch(
        structure=Structure(
            P=Pattern.empty(n, n),
            A=Pattern.empty(0, n),
            F=Pattern((n + 1, n), 2 * np.arange(n + 1, dtype=np.int32), rows),
            cones=(Cone(ConeKind.SECOND_ORDER, n + 1),),
            integer=np.zeros(n, np.bool_),
        ),
        size=size,
        P=none,
        q=q,
        r=np.zeros((1, 1)),
        A=none,
        l=none,
        u=none,
        lb=np.zeros((1, n)),
        ub=np.ones((1, n)),
        F=F.reshape(len(z), -1),
        g=g,
    )


def updated_clarabel(batch: Batch, count: int) -> Any:
    """One solver, told only what changes, its own tolerances."""
    import clarabel as package
    from scipy.sparse import csc_matrix

    clarabel: Any = package
    form = cone_form(batch, 0)
    settings: Any = clarabel.DefaultSettings()
    settings.verbose, settings.presolve_enable, settings.max_threads = False, False, 1
    n = batch.structure.n
    indptr, indices = form.pattern
    values, sides = _numbers(form, batch, count)
    matrix = csc_matrix((values[0], indices, indptr), shape=(form.rows, n))
    cones = [clarabel.NonnegativeConeT(form.nonnegatives)]
    cones += [clarabel.SecondOrderConeT(cone.size) for cone in batch.structure.cones]
    q = np.broadcast_to(batch.q, (batch.size, n))
    solver = clarabel.DefaultSolver(csc_matrix((n, n)), q[0], matrix, sides[0], cones, settings)

    def run() -> np.ndarray:
        out = np.empty((count, n))
        for s in range(count):
            if len(values) > 1:
                solver.update(q=q[s], A=values[s], b=sides[s])
            else:
                solver.update(q=q[s], b=sides[s])
            out[s] = solver.solve().x
        return out

    return run


def batched_moreau(batch: Batch, count: int) -> Any:
    """Its batched interior-point method, all scenarios in one call."""
    import moreau
    from scipy.sparse import csc_matrix

    form = cone_form(batch, 0)
    n = batch.structure.n
    indptr, indices = form.pattern
    values, sides = _numbers(form, batch, count)
    stack = [csc_matrix((v, indices, indptr), shape=(form.rows, n)).tocsr() for v in values]
    solver = moreau.CompiledSolver(
        n=n,
        m=form.rows,
        P_row_offsets=np.zeros(n + 1, int),
        P_col_indices=np.zeros(0, int),
        A_row_offsets=stack[0].indptr,
        A_col_indices=stack[0].indices,
        cones=moreau.Cones(
            num_nonneg_cones=form.nonnegatives, so_cone_dims=[c.size for c in batch.structure.cones]
        ),
        settings=moreau.Settings(batch_size=count, solver="ipm", device="cpu"),
    )
    own = len(stack) > 1
    given = np.stack([matrix.data for matrix in stack]) if own else stack[0].data
    curved = np.zeros((count, 0)) if own else np.zeros(0)
    q = np.ascontiguousarray(np.broadcast_to(batch.q, (batch.size, n))[:count])

    def run() -> np.ndarray:
        solver.setup(curved, given)
        return np.asarray(solver.solve(q, sides).x)

    return run


def _numbers(form: ConeForm, batch: Batch, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Matrix values (1|count, nnz) and right-hand sides (count, rows)."""
    own = count if len(batch.F) > 1 else 1
    values = np.stack([form.values(batch, s) for s in range(own)])
    return values, np.stack([form.right_side(batch, s) for s in range(count)])
