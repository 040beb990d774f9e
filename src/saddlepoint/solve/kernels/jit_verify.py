# pyright: basic
"""Compiled check of a quadratic answer on the data themselves: gradients, activities, bounds and signs."""

from typing import Any, NamedTuple

from saddlepoint.solve.kernels.answer import BASIC, FIXED, LOWER, UPPER
from saddlepoint.solve.kernels.jit_codes import (
    ACCEPTED,
    inlined,
    inner,
    summing,
)
from saddlepoint.solve.kernels.jit_dictionary import product
from saddlepoint.solve.kernels.jit_pairs import times_now
from saddlepoint.solve.kernels.jit_sizes import sizes

PAIR_FLOOR = 1e-12
"""What a residual on the data may always be, relative to the sizes of points and of multipliers."""
CLEAN = 1e-13
"""Residuals below this are not refined: a rounding of those sizes."""


class Check(NamedTuple):
    """Point, prices and codes of all variables (n + m,), and the sums on the data: z (n,), activity (m,), their sizes."""

    point: Any
    prices: Any
    code: Any
    z: Any
    activity: Any
    z_size: Any
    row_size: Any


@inner
def spread(pair, state, check):
    """Values x, s into point, multipliers z, y into prices, both in the order of variables."""
    kind, known, value = state.kind, state.known, state.value
    point, prices, code = check.point, check.prices, check.code
    for k in range(len(pair)):
        v = pair[k]
        if kind[k] == BASIC:
            point[v] = value[k]
            prices[v] = 0.0
            code[v] = BASIC
        else:
            point[v] = known[k]
            prices[v] = value[k]
            code[v] = LOWER if kind[k] == FIXED else kind[k]


@summing
def gradients(Q, D, cost, point, prices, z, activity):
    """z = Qx + q − Dᵀy and activities Dx."""
    m, n = D.shape
    product(Q, point, z)
    product(D, point, activity)
    for j in range(n):
        z[j] += cost[j]
    for i in range(m):
        f = prices[n + i]
        if f != 0.0:
            row = D[i]
            for j in range(n):
                z[j] -= f * row[j]


@summing
def magnitudes(Q, D, cost, point, prices, z_size, row_size):
    """What the terms of z and of the activities add up to in absolute value."""
    sizes(D, cost, point, prices, row_size, z_size)
    n = len(z_size)
    for j in range(n):
        row = Q[j]
        v = 0.0
        for k in range(n):
            v += abs(row[k] * point[k])
        z_size[j] += v


@inner
def refine(file, pair, state, sides, z, activity):
    """One correction of the dependent sides by the residuals on the data (iterative refinement)."""
    kind, value, source = state.kind, state.value, state.source
    lo, hi = sides.lo, sides.hi
    n = len(z)
    for k in range(len(pair)):
        v = pair[k]
        source[k] = 0.0
        if v < n and kind[k] == BASIC:
            source[k] = -z[v]
        elif v >= n and kind[k] != BASIC:
            source[k] = (hi[v] if kind[k] == UPPER else lo[v]) - activity[v - n]
    times_now(file, source, file.there)
    for i in range(len(pair)):
        value[i] += file.there[i]


@inner
def invites(multiplier, code):
    """By how much a multiplier has the sign that its side does not allow; ≤ 0 where it has not."""
    return -multiplier if code == LOWER else (multiplier if code == UPPER else abs(multiplier))


@inner
def columns_hold(sides, check, floor_p, floor_d):
    """Bounds and signs of the columns, to 1e-9 of what each adds up to, above a floor; what holds becomes exact."""
    point, code, z, z_size = check.point, check.code, check.z, check.z_size
    lo, hi = sides.lo, sides.hi
    for j in range(len(z)):
        slack = ACCEPTED * z_size[j] + floor_d
        room = ACCEPTED * abs(point[j]) + floor_p
        if not (point[j] >= lo[j] - room and point[j] <= hi[j] + room):
            return False
        if code[j] == BASIC:
            if not (abs(z[j]) <= slack):
                return False
            z[j] = 0.0
            point[j] = min(max(point[j], lo[j]), hi[j])
        elif lo[j] < hi[j]:
            wrong = invites(z[j], code[j])
            if not (wrong <= slack):
                return False
            if wrong > 0.0:
                z[j] = 0.0
    return True


@inner
def rows_hold(sides, check, floor_p, floor_d):
    """The same of the rows."""
    prices, code, activity, row_size = check.prices, check.code, check.activity, check.row_size
    lo, hi = sides.lo, sides.hi
    n = len(check.z)
    for i in range(len(activity)):
        v = n + i
        slack = ACCEPTED * row_size[i] + floor_p
        low = hi[v] if code[v] == UPPER else lo[v]
        high = lo[v] if code[v] == LOWER else hi[v]
        if not (activity[i] >= low - slack and activity[i] <= high + slack):
            return False
        if code[v] != BASIC and lo[v] < hi[v]:
            wrong = invites(prices[v], code[v])
            if not (wrong <= floor_d):
                return False
            if wrong > 0.0:
                prices[v] = 0.0
    return True


@inlined
def verify(room, big_p, big_d):
    """Whether the point of the pivots, refined once where it is not clean, holds on the data themselves; point and prices stand in `check`."""
    file, pair, check, sides = room.file, room.tableau.pair, room.check, room.sides
    spread(pair, room.state, check)
    gradients(room.Q, room.D, sides.cost, check.point, check.prices, check.z, check.activity)
    check.z_size[:] = 0.0
    check.row_size[:] = 0.0
    clean_p, clean_d = CLEAN * big_p, CLEAN * big_d
    if rows_hold(sides, check, clean_p, clean_d) and columns_hold(sides, check, clean_p, clean_d):
        return True
    refine(file, pair, room.state, sides, check.z, check.activity)
    spread(pair, room.state, check)
    gradients(room.Q, room.D, sides.cost, check.point, check.prices, check.z, check.activity)
    magnitudes(room.Q, room.D, sides.cost, check.point, check.prices, check.z_size, check.row_size)
    if not columns_hold(sides, check, PAIR_FLOOR * big_p, PAIR_FLOOR * big_d):
        return False
    return rows_hold(sides, check, PAIR_FLOOR * big_p, PAIR_FLOOR * big_d)
