# pyright: basic
"""Compiled plans and residuals of one row of supply at prices that are known from its curve."""

from saddlepoint.solve.kernels.conditions import relative
from saddlepoint.solve.kernels.jit_codes import inner, kernel

relative_one = inner(relative)


@inner
def plan_one(pieces, price, x):
    """The plan at a price, and its sums: Σx, ½Σ2αx², Σβx, Σν⁺u, Σν⁻l, the worst stationarity, the worst bound."""
    bottom, rate, double, beta, lower, upper = pieces
    total = quadratic = linear = earned = spared = worst = outside = 0.0
    for i in range(len(bottom)):
        v = min(max((price - bottom[i]) * rate[i] + lower[i], lower[i]), upper[i])
        x[i] = v
        slope = double[i] * v
        rest = price - (slope + beta[i])
        total += v
        quadratic += 0.5 * slope * v
        linear += beta[i] * v
        earned += max(rest, 0.0) * upper[i]
        spared += max(-rest, 0.0) * lower[i]
        up = rest if v < upper[i] else 0.0
        down = -rest if v > lower[i] else 0.0
        worst = max(worst, up, down)
        outside = max(outside, lower[i] - v, v - upper[i])
    return total, quadratic, linear, earned, spared, worst, outside


@kernel
def dispatch(pieces, scales, demand, price, x, residuals):
    """Write plans x (s, m) and residuals (6, s), without pieces of one price.

    pieces: marginal cost at the start of each piece, output per price, 2α, β, lower, upper, (m,) each.
    """
    for s in range(len(demand)):
        total, quadratic, linear, earned, spared, worst, outside = plan_one(pieces, price[s], x[s])
        dual = price[s] * (demand[s] + scales.below) - quadratic - earned + spared
        found = relative_one(scales, demand[s], price[s], total, quadratic + linear, dual, worst, outside)
        for k in range(6):
            residuals[k, s] = found[k]
