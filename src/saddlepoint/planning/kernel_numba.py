"""Plans and residuals in one compiled pass, for `plans(..., engine="numba")`; importing it imports numba."""

from __future__ import annotations

import numba  # pyright: ignore[reportMissingTypeStubs]
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@numba.njit(cache=True, nogil=True)  # pyright: ignore[reportUntypedFunctionDecorator]
def pass_over(
    bottom: Array,
    rate: Array,
    double: Array,
    beta: Array,
    lower: Array,
    upper: Array,
    demand: Array,
    price: Array,
    scales: Array,
    x: Array,
    residuals: Array,
) -> None:
    """Write plans x (s, m) and residuals (6, s) as `fill` and `certify` do, without flat pieces.

    scales: below, largest, unit, size of `Conditions`.
    """
    below, largest, unit, size = scales[0], scales[1], scales[2], scales[3]
    for s in range(len(demand)):
        level, value = demand[s], price[s]
        total = quadratic = linear = earned = spared = worst = outside = 0.0
        for i in range(len(bottom)):
            v = min(max((value - bottom[i]) * rate[i] + lower[i], lower[i]), upper[i])
            x[s, i] = v
            slope = double[i] * v
            rest = value - (slope + beta[i])
            total += v
            quadratic += 0.5 * slope * v
            linear += beta[i] * v
            earned += max(rest, 0.0) * upper[i]
            spared += max(-rest, 0.0) * lower[i]
            up = rest if v < upper[i] else 0.0
            down = -rest if v > lower[i] else 0.0
            worst = max(worst, up, down)
            outside = max(outside, lower[i] - v, v - upper[i])
        over = total - below - level
        dual = value * (level + below) - quadratic - earned + spared
        primal = quadratic + linear
        amount = max(abs(level + below), abs(total)) + size
        tilt = max(abs(value), largest) + unit
        money = abs(primal) + abs(dual) + unit
        residuals[0, s] = max(0.0, -over) / amount
        residuals[1, s] = outside / amount
        residuals[2, s] = worst / tilt
        residuals[3, s] = max(0.0, -value) / tilt
        residuals[4, s] = abs(value * over) / money
        residuals[5, s] = abs(primal - dual) / money
