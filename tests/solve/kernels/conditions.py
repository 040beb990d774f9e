"""The optimality conditions of one answer of a kernel, in dense matrices."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch


def matrices(batch: Batch, s: int) -> tuple[np.ndarray, np.ndarray]:
    """P (whole, from its upper triangle) and A of one scenario, dense."""
    P, A = np.zeros(batch.structure.P.shape), np.zeros(batch.structure.A.shape)
    P[batch.structure.P.indices, batch.structure.P.columns()] = batch.row("P", s)
    A[batch.structure.A.indices, batch.structure.A.columns()] = batch.row("A", s)
    return np.triu(P) + np.triu(P, 1).T, A


def violation(batch: Batch, x: np.ndarray, y: np.ndarray, z: np.ndarray, s: int) -> float:
    """The largest violation of feasibility, stationarity, signs and complementarity, relative to the data.

    Of the gradient what the last digits of a plan within its limits make of it is no violation: at x = 0 there are no terms.
    """
    P, A = matrices(batch, s)
    q, l, u, lb, ub = (batch.row(k, s) for k in ("q", "l", "u", "lb", "ub"))
    scale_d = max(np.abs(q).max(), (np.abs(P) @ np.abs(x)).max(), np.abs(A.T * y).max(initial=0), 1e-300)
    sides = np.concatenate([l, u, lb, ub])
    given = np.abs(sides[np.isfinite(sides)]).max(initial=0)
    scale_p = max((np.abs(A) @ np.abs(x)).max(initial=0), np.abs(x).max(), given, 1e-12)
    last = 4 * np.finfo(np.float64).eps * given * np.abs(P).sum(axis=1)
    worst = np.maximum(np.abs(P @ x + q - A.T @ y - z) - last, 0.0).max() / scale_d
    for value, dual, low, high in ((A @ x, y, l, u), (x, z, lb, ub)):
        worst = max(
            worst, np.max(low - value, initial=0) / scale_p, np.max(value - high, initial=0) / scale_p
        )
        for v, d, a, b in zip(value, dual, low, high, strict=True):
            end = a if d > 0 else b
            if d != 0:
                worst = max(
                    worst, min(abs(d) / scale_d, abs(v - end) / scale_p if np.isfinite(end) else np.inf)
                )
    return worst
