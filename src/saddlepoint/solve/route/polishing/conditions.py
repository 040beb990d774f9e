"""The regularised optimality conditions of an active set, factorised: [P + δI, Aᵀ; A, −δI] of its free columns and active rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from saddlepoint.algebra.products import sparse_matrix
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index

LARGEST = 50_000
"""Free columns and active rows together beyond which the conditions are not factorised."""
PIVOTED = 12_000
"""Up to so many of them pivots are chosen by size."""
SMALL = 200
"""Up to so many of them a dense factorisation is faster."""
REGULAR = 1e-8


def regular(batch: Batch) -> float:
    """What is added to curvature: a small part of it, or of entries near one where there is none or more."""
    largest = float(np.abs(batch.P).max(initial=0.0))
    return REGULAR * min(1.0, largest) if largest > 0 else REGULAR


def factorised(
    batch: Batch, free: Index, active: Index
) -> Callable[[Array, Array], tuple[Array, Array]] | None:
    """(residual of stationarity, missing activity) → steps of the free columns and of the active rows' prices; None where they are too many, or the factors fail."""
    if len(free) + len(active) > LARGEST:
        return None
    from scipy.sparse import diags

    s, count, extra = batch.structure, len(free), regular(batch)
    p = sparse_matrix(s.P, batch.P[0])
    a = sparse_matrix(s.A, batch.A[0])[active][:, free]
    p = (p + p.T - diags(p.diagonal()))[free][:, free]
    if count + len(active) <= SMALL:
        matrix = np.zeros((count + len(active),) * 2)
        matrix[:count, :count], matrix[count:, :count] = p.toarray(), a.toarray()
        matrix[:count, count:] = matrix[count:, :count].T
        matrix[np.diag_indices(len(matrix))] += np.where(np.arange(len(matrix)) < count, extra, -REGULAR)
        solve = _dense(matrix)
    else:
        solve = _sparse(p, a, count, len(active), extra)
    if solve is None:
        return None

    def step(stationarity: Array, missing: Array) -> tuple[Array, Array]:
        found = solve(np.concatenate((stationarity, missing)))
        return found[:count], -found[count:]

    return step


def _dense(matrix: Array) -> Callable[[Array], Array] | None:
    from scipy.linalg import lu_factor, lu_solve

    if not len(matrix):
        return lambda right: right
    factors = lu_factor(matrix, check_finite=False)
    return lambda right: np.asarray(lu_solve(factors, right, check_finite=False))


def _sparse(p: object, a: object, count: int, active: int, regular: float) -> Callable[[Array], Array] | None:
    """Pivots of large conditions stay on the diagonal: other ones may fill the factors, and regularised conditions are quasi-definite
    (Vanderbei 1995), for which these suffice."""
    from scipy.sparse import bmat, identity
    from scipy.sparse.linalg import splu

    top = p + regular * identity(count)  # pyright: ignore[reportOperatorIssue]
    matrix = bmat([[top, a.T], [a, -REGULAR * identity(active)]], format="csc")  # pyright: ignore
    diagonal = 0.0 if count + active > PIVOTED else 1e-3
    try:
        factors = splu(
            matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=diagonal, options={"SymmetricMode": True}
        )
    except (RuntimeError, MemoryError):
        return None
    return lambda right: np.asarray(factors.solve(right))
