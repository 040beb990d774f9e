"""Linear problems of boxes in one session of HiGHS, each from the basis of the one before: their answers are judged by who asks, so nothing else is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.adapters.highs_model import in_own_thread, linear_model, silent_highs
from saddlepoint.solve.bilinear.safety import proves_empty
from saddlepoint.solve.route.units.scaling import in_wild_units, scale

_SETTINGS: dict[str, Any] = {
    "presolve": "off",
    "solver": "simplex",
    "small_matrix_value": 1e-12,
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}


def solved_hot(batch: Batch) -> tuple[Array, Array, Mask]:
    """x (S, n), multipliers of the rows or Farkas vectors y (S, m), and (S,) which of the linear problems are solved; NaN and 0 where nothing is known.

    In units that suit each, where numbers are of sizes that HiGHS's absolute tolerances hide.
    """
    if not in_wild_units(batch):
        return in_own_thread(lambda: _solved(batch))
    units = scale(batch)
    x, y, answered = in_own_thread(lambda: _solved(units.apply(batch)))
    return x * units.column, y * units.row, answered


def _solved(batch: Batch) -> tuple[Array, Array, Mask]:
    import highspy

    words = highspy.HighsModelStatus
    S, n, m = batch.size, batch.structure.n, batch.structure.m
    x, y = np.full((S, n), np.nan), np.zeros((S, m))
    answered, none = np.zeros(S, np.bool_), np.zeros(S, np.bool_)
    highs, basis = silent_highs(_SETTINGS), None
    for s in range(S):
        word = _run(highs, batch, s, basis)
        if word not in (words.kOptimal, words.kInfeasible):
            word = _run(highs, batch, s, None)
        if word == words.kOptimal:
            found = highs.getSolution()
            x[s], y[s], answered[s] = found.col_value, found.row_dual, True
        elif word == words.kInfeasible:
            _, there, ray = highs.getDualRay()
            if there:
                y[s], none[s] = ray, True
        basis = highs.getBasis() if answered[s] or none[s] else None
    _turned(batch, y, np.flatnonzero(none))
    return x, y, answered


def _run(highs: Any, batch: Batch, s: int, basis: Any) -> Any:
    """The word of HiGHS about problem s."""
    pattern = batch.structure.A
    values = (batch.row(name, s) for name in ("q", "lb", "ub", "l", "u"))
    highs.passModel(linear_model((pattern.indptr, pattern.indices, batch.row("A", s)), *values))
    if basis is not None and basis.valid:
        highs.setBasis(basis)
    highs.run()
    return highs.getModelStatus()


def _turned(batch: Batch, y: Array, none: Index) -> None:
    """HiGHS does not fix the sign of its rays: those that prove nothing are turned round."""
    if len(none):
        proven = proves_empty(batch.take(none), y[none])
        y[none[~proven]] *= -1.0
