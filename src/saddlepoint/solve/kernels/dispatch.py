"""Plans of one row of supply at known prices, with the residuals of their optimality conditions, in one compiled pass."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.conditions import Scales


def solve(pieces: tuple[Array, ...], scales: Scales, demand: Array, price: Array) -> tuple[Array, Array]:
    """Plans (s, m) and residuals (6, s) of demands (s,) at their prices (s,); no piece may have one price throughout.

    pieces: marginal cost at the start of each piece, output per price, 2α, β, lower, upper, (m,) each. Raises ImportError
    without numba.
    """
    x, residuals = np.empty((len(demand), len(pieces[0]))), np.empty((6, len(demand)))
    cache.load("dispatch").dispatch(pieces, scales, demand, price, x, residuals)
    cache.note("dispatch")
    return x, residuals
