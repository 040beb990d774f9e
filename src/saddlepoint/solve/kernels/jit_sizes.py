# pyright: basic
"""Compiled sums of absolute terms: what residuals of linear and quadratic answers are measured by."""

from saddlepoint.solve.kernels.jit_codes import summing


@summing
def sizes(D, cost, point, prices, row_size, column_size):
    """What the terms of activities and of stationarity add up to in absolute value."""
    m, n = D.shape
    for j in range(n):
        column_size[j] = abs(cost[j])
    for i in range(m):
        row = D[i]
        v = 0.0
        f = abs(prices[n + i])
        for j in range(n):
            v += abs(row[j] * point[j])
            column_size[j] += f * abs(row[j])
        row_size[i] = v
