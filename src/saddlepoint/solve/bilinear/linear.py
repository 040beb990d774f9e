"""The linear and convex quadratic problems of boxes, solved in one batch."""

from __future__ import annotations

from typing import Any

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.bilinear.hot import solved_hot
from saddlepoint.solve.kernels.cache import KernelName, available, loaded, ready

_MANY = 500
"""Problems from which on it pays to load the kernel, or to compile it."""


def linear(batch: Batch) -> tuple[Array, Array, Mask]:
    """x (S, n), multipliers of the rows or Farkas vectors y (S, m), and (S,) which are solved: by the compiled kernel where it
    is at hand or pays."""
    quadratic = batch.structure.is_quadratic
    name: KernelName = "qp" if quadratic else "simplex"
    at_hand = ready(name) if quadratic else loaded(name)
    if at_hand or (batch.size >= _MANY and available()):
        kernel = _kernel(name)
        from saddlepoint.solve.kernels.answer import Outcome

        if kernel.unsupported_reason(batch) is None:
            answer = kernel.solve(batch)
            return answer.x, answer.y, answer.outcome == Outcome.DONE
    if not quadratic and batch.structure.m:
        return solved_hot(batch)
    from saddlepoint.solve.solve import solve

    solution = solve(batch)
    return solution.x, solution.y, solution.answered


def _kernel(name: str) -> Any:
    from saddlepoint.solve.kernels import qp, simplex

    return qp if name == "qp" else simplex
