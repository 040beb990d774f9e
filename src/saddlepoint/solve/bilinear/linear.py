"""The linear and convex quadratic problems of boxes, solved in one batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.bilinear.hot import solved_hot
from saddlepoint.solve.bilinear.safety import proves_empty
from saddlepoint.solve.kernels.cache import available, loaded, ready

_MANY = 500
"""Problems from which on it pays to load the kernel, or to compile it."""


def linear(batch: Batch) -> tuple[Array, Array, Mask]:
    """x (S, n), multipliers of the rows or Farkas vectors y (S, m), and (S,) which are solved: by the compiled kernel where it
    is at hand or pays, else linear ones in one session of HiGHS. For problems in units of their own."""
    quadratic = batch.structure.is_quadratic
    at_hand = ready("qp") if quadratic else loaded("simplex")
    found = _by_kernel(batch, at_hand)
    if found is None and not quadratic and batch.structure.m:
        return solved_hot(batch)
    return found or _by_route(batch)


def linear_in_any_units(batch: Batch) -> tuple[Array, Array, Mask]:
    """The same where numbers may be small beside a solver's tolerances: by the compiled kernel, else by all that a run tries."""
    return _by_kernel(batch, ready("qp" if batch.structure.is_quadratic else "simplex")) or _by_route(batch)


def _by_kernel(batch: Batch, at_hand: bool) -> tuple[Array, Array, Mask] | None:
    """Linear problems that the kernel calls empty without a proof are solved once more, by HiGHS."""
    if not (at_hand or (batch.size >= _MANY and available())):
        return None
    quadratic = batch.structure.is_quadratic
    kernel = _kernel("qp" if quadratic else "simplex")
    from saddlepoint.solve.kernels.answer import Outcome

    if kernel.unsupported_reason(batch) is not None:
        return None
    answer = kernel.solve(batch)
    done = answer.outcome == Outcome.DONE
    return answer.x, answer.y, done if quadratic else _asked_again(batch, answer.x, answer.y, done)


def _by_route(batch: Batch) -> tuple[Array, Array, Mask]:
    from saddlepoint.solve.solve import solve

    solution = solve(batch)
    return solution.x, solution.y, solution.answered


def _asked_again(batch: Batch, x: Array, y: Array, done: Mask) -> Mask:
    """Which are solved, after those that are neither solved nor proven empty got other answers, written into x and y."""
    open_ = np.flatnonzero(~done)
    open_ = open_[~proves_empty(batch.take(open_), y[open_])]
    if not len(open_) or not batch.structure.m:
        return done
    x[open_], y[open_], solved = solved_hot(batch.take(open_))
    done = done.copy()
    done[open_] = solved
    return done


def _kernel(name: str) -> Any:
    from saddlepoint.solve.kernels import qp, simplex

    return qp if name == "qp" else simplex
