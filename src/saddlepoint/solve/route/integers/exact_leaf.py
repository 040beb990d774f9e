"""A leaf of a tree of which floats prove nothing, settled in rational arithmetic where it is small."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.solve.matrices import batch_of_matrices
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.integer_bound import IntegerProgram
from saddlepoint.solve.proof.problem_size import SMALL
from saddlepoint.solve.route.claims.exact_claims import exactly_infeasible

WORDS = 2e6
"""Words of numbers that one leaf may work on, about a second."""


def holds_none_cheaper(problem: IntegerProgram, lb: Array, ub: Array, target: float) -> bool:
    """Whether it is proven that no plan within lb ≤ x ≤ ub, whole numbers or not, costs at most `target` (inf: that there is none)."""
    from scipy.sparse import csr_matrix, vstack

    if sum(problem.matrix.shape) > SMALL:
        return False
    a, l, u = csr_matrix(problem.matrix.T), problem.l, problem.u
    if np.isfinite(target):
        a, l, u = vstack([a, csr_matrix(problem.q[None])]), np.append(l, -np.inf), np.append(u, target)
    leaf = replace(batch_of_matrices(np.zeros(len(lb)), a, l, u), lb=lb[None], ub=ub[None])
    with bounded(words=WORDS):
        return exactly_infeasible(leaf) is not None
