"""Whether the quadratic part is convex; solvers answer "solved" when it is not."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.errors import SolveError

SLACK = 1e-8
"""Smallest eigenvalue allowed below zero, after scaling the diagonal to one (rounding of products like BᵀB)."""
DENSE_COLUMNS = 300


def check_convex(batch: Batch) -> None:
    """Raise SolveError (L102) unless P is positive semidefinite in every scenario."""
    pattern = batch.structure.P
    if pattern.nnz == 0:
        return
    bad = np.flatnonzero(~convex(pattern, batch.P))
    if len(bad):
        whose = "" if batch.P.shape[0] == 1 else f" in {len(bad)} scenarios, the first is scenario {bad[0]}"
        raise SolveError.of(
            "L102",
            f"the quadratic part of the objective is not convex{whose}",
            why="a solver would stop at a saddle point and call it optimal",
            fix="Check the signs of the quadratic costs: minimise positive, maximise negative curvature.",
        )


def convex(pattern: Pattern, values: Array) -> Mask:
    """Whether the symmetric matrix of every row of values (1|S, nnz of the upper triangle) is convex."""
    return _curved(pattern, values, SLACK)


def strictly_convex(pattern: Pattern, values: Array) -> Mask:
    """The same, and whether there is more curvature than rounding leaves of none in every direction of the columns that have a part in it."""
    return _curved(pattern, values, -SLACK)


def _curved(pattern: Pattern, values: Array, slack: float) -> Mask:
    columns = pattern.columns()
    on_diagonal = pattern.indices == columns
    diagonal = np.zeros((len(values), pattern.shape[0]))
    diagonal[:, columns[on_diagonal]] = values[:, on_diagonal]
    own = diagonal[:, np.unique(np.concatenate((pattern.indices, columns)))]
    out = np.all(own >= 0 if slack > 0 else own > 0, axis=1)
    if on_diagonal.all():
        return out
    root = np.sqrt(np.maximum(diagonal, 0.0))
    i, j = pattern.indices[~on_diagonal], columns[~on_diagonal]
    off, scale = values[:, ~on_diagonal], root[:, i] * root[:, j]
    out &= np.all(np.abs(off) <= scale * (1 + slack), axis=1)
    unit = np.divide(off, scale, out=np.zeros_like(off), where=scale > 0)
    touched, inverse = np.unique(np.concatenate((i, j)), return_inverse=True)
    i, j = inverse[: len(i)], inverse[len(i) :]
    for s in np.flatnonzero(out):
        out[s] = _positive(len(touched), i, j, unit[s], slack)
    return out


def _positive(size: int, i: Index, j: Index, unit: Array, slack: float) -> bool:
    """Whether I + the off-diagonal entries + slack·I has a Cholesky factor."""
    shift = 1.0 + slack * np.sqrt(size)
    if size <= DENSE_COLUMNS:
        matrix = np.eye(size) * shift
        matrix[i, j] = matrix[j, i] = unit
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            return False
        return True
    return _positive_sparse(size, i, j, unit, shift)


def _positive_sparse(size: int, i: Index, j: Index, unit: Array, shift: float) -> bool:
    """Signs of the pivots of an LU factorisation that keeps to the diagonal (Sylvester's law of inertia)."""
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import splu

    eye = np.arange(size)
    data = np.concatenate((unit, unit, np.full(size, shift)))
    places = (np.concatenate((i, j, eye)), np.concatenate((j, i, eye)))
    matrix = coo_array((data, places), shape=(size, size)).tocsc()
    try:
        factor = splu(
            matrix, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True}
        )
    except RuntimeError:
        return False
    return bool((factor.U.diagonal() > 0).all() and (factor.perm_r == factor.perm_c).all())
