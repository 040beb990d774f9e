"""Plans of one row of supply at known prices, with the residuals of their optimality conditions, in one compiled pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from saddlepoint.solve.kernels import cache
from saddlepoint.solve.kernels.conditions import Scales

Floats = NDArray[np.float64]


def solve(pieces: tuple[Floats, ...], scales: Scales, demand: Floats, price: Floats) -> tuple[Floats, Floats]:
    """Plans (s, m) and residuals (6, s) of demands (s,) at their prices (s,); no piece may have one price throughout.

    pieces: marginal cost at the start of each piece, output per price, 2α, β, lower, upper, (m,) each. Raises ImportError
    without numba.
    """
    x, residuals = np.empty((len(demand), len(pieces[0]))), np.empty((6, len(demand)))
    cache.load("dispatch").dispatch(pieces, scales, demand, price, x, residuals)
    cache.note("dispatch")
    return x, residuals
