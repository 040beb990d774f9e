"""Problems of small numbers in units of their own: what counts as nothing must be little beside the problem, not beside 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.boxes import narrowed
from saddlepoint.solve.bilinear.problem import Bilinear

_ROUNDS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnUnits:
    """A problem whose columns, rows and objective are divided by powers of two, none above 1: x = column · x', value = objective · value'.

    Every number of a problem of small numbers is then near 1 at most; a problem of large numbers stays as it is. column: (S, n); objective: (S,).
    """

    problem: Bilinear
    column: Array
    objective: Array

    @classmethod
    def of(cls, problem: Bilinear) -> OwnUnits:
        """The units of a problem, those of every scenario from its own numbers."""
        column = _columns(problem)
        pair = column[:, problem.left] * column[:, problem.right]
        A, B = problem.A * column[:, None, :], problem.B * pair[:, None, :]
        q, p = problem.q * column, problem.p * pair
        row = _power(_row_sizes(A, B))
        objective = _power(np.maximum(_largest(q), _largest(p)))
        return cls(
            problem=replace(
                problem,
                q=q / objective[:, None],
                p=p / objective[:, None],
                r=problem.r / objective,
                A=A / row[:, :, None],
                B=B / row[:, :, None],
                l=problem.l / row,
                u=problem.u / row,
                lb=problem.lb / column,
                ub=problem.ub / column,
            ),
            column=column,
            objective=objective,
        )


def _columns(problem: Bilinear) -> Array:
    """(S, n) the largest size that the bounds of a column allow, with the rows where those have no end; beside them, that of its rows."""
    own = np.isfinite(problem.lb) & np.isfinite(problem.ub)
    if own.all():
        return _power(np.maximum(np.abs(problem.lb), np.abs(problem.ub)))
    low, high, _ = narrowed(problem, problem.lb, problem.ub, rounds=_ROUNDS, margin=0.0)
    low, high = np.where(own, problem.lb, low), np.where(own, problem.ub, high)
    ends = np.maximum(_finite(low), _finite(high))
    closed = np.isfinite(low) & np.isfinite(high)
    known = np.where(closed, ends, 0.0)
    pair = known[:, problem.left] * known[:, problem.right]
    rows = _row_sizes(problem.A * known[:, None, :], problem.B * pair[:, None, :])
    rows = np.maximum(rows, np.maximum(_finite(problem.l), _finite(problem.u)))
    used = problem.A != 0
    with np.errstate(over="ignore"):
        beside = np.where(used, rows[:, :, None] / np.where(used, np.abs(problem.A), 1.0), 0.0)
    return _power(np.where(closed, ends, np.maximum(ends, beside.max(axis=1, initial=0.0))))


def _row_sizes(A: Array, B: Array) -> Array:
    return np.maximum(_largest(A), _largest(B))


def _largest(numbers: Array) -> Array:
    return np.abs(numbers).max(axis=-1, initial=0.0)


def _finite(side: Array) -> Array:
    return np.abs(np.where(np.isfinite(side), side, 0.0))


def _power(size: Array) -> Array:
    """Powers of two near the sizes, 1 for those that are 0, above 1 or near the least number that there is."""
    usable = np.isfinite(size) & (size > 1e-250) & (size < 1.0)
    _, exponent = np.frexp(np.where(usable, size, 0.75))
    return np.ldexp(1.0, exponent)
