"""The least move after which rows are met: of rays, of multipliers and of plans that a solver's tolerance or the rounding of a walk has left beside them.

One dense least-squares system for the move, in parts of the entries that move; what is left is found with the digits of extended precision, and solved for again.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array

FINE: Final = 1e-12
"""Part of the largest singular value below which rows are one: rows that differ by 1e-10 are two, and must both be met."""
COARSE: Final = 1e-6
"""The same where rows that differ but for a hair are to be met as one; from here on, squares of singular values tell."""
STEPS: Final = 2
"""Times that what is left is solved for again."""


def least_move(rows: Array, point: Array, target: Array, *, apart: float = FINE) -> Array:
    """The point (k,) with the least change, in parts of its entries, after which rows (m, k) times it are the target (m,), where they can be."""
    unit = np.abs(point)
    scaled = rows * unit
    size = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    seen = size > 0
    scaled, wanted = scaled[seen] / size[seen, None], target[seen] / size[seen]
    precise, right = scaled.astype(np.longdouble), wanted.astype(np.longdouble)
    solve = _pseudoinverse(scaled, apart)
    parts = np.sign(point).astype(np.longdouble)
    for _ in range(STEPS):
        parts += solve[0] @ (solve[1] @ (right - precise @ parts).astype(np.float64))
    return (parts * unit).astype(np.float64)


def _pseudoinverse(rows: Array, apart: float) -> tuple[Array, Array]:
    """Two factors of it; coarsely from the eigenvectors of rows times themselves, which is far cheaper."""
    if apart < COARSE:
        u, worth, v = np.linalg.svd(rows, full_matrices=False)
        seen = worth > apart * worth.max(initial=0.0)
        return v[seen].T / worth[seen], u[:, seen].T
    worth, directions = np.linalg.eigh(rows @ rows.T)
    seen = worth > apart**2 * max(1.0, float(worth.max(initial=0.0)))
    return rows.T @ (directions[:, seen] / worth[seen]), directions[:, seen].T
