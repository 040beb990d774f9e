"""The linear problems of boxes, solved in one batch."""

from __future__ import annotations

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.kernels.cache import available, ready

_MANY = 500
"""Linear problems from which on it pays to compile the kernel."""


def linear(batch: Batch) -> tuple[Array, Array, Mask]:
    """x (S, n), multipliers of the rows or Farkas vectors y (S, m), and (S,) which are solved: by the compiled kernel where it
    is at hand or pays."""
    if available() and (ready("simplex") or batch.size >= _MANY):
        from saddlepoint.solve.kernels import simplex
        from saddlepoint.solve.kernels.answer import Outcome

        if simplex.unsupported_reason(batch) is None:
            answer = simplex.solve(batch)
            return answer.x, answer.y, answer.outcome == Outcome.DONE
    from saddlepoint.solve.solve import solve

    solution = solve(batch)
    return solution.x, solution.y, solution.answered
