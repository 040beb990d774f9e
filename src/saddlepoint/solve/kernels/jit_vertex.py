# pyright: basic
"""Compiled way of one scenario to its vertex: loading, phases, and the check of the vertex on the data themselves."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER
from saddlepoint.solve.kernels.jit_codes import (
    ACCEPTED,
    DONE,
    INACCURATE,
    INF,
    LIMIT,
    ROUNDS,
    at,
    folded,
    inner,
    least,
    making,
    summing,
)
from saddlepoint.solve.kernels.jit_dictionary import (
    PINNED,
    Standing,
    blank_dictionary,
    blank_sides,
    is_finite,
    price,
    refactor,
    wrong,
)
from saddlepoint.solve.kernels.jit_phases import optimise
from saddlepoint.solve.kernels.jit_sizes import sizes

SHARP = 1e-11
"""Tolerances of the phases, relative to the largest bound or cost: some hundred roundings."""
FLOOR = 1e-13
"""What a residual on the data may always be, relative to the largest bound or cost: a rounding of that number."""


class Vertex(NamedTuple):
    """The point, prices and codes of all variables (n + m,), and the sums of its check: activities and sizes of rows (m,),
    sizes of columns (n,)."""

    point: Any
    prices: Any
    code: Any
    activity: Any
    row_size: Any
    column_size: Any


class VertexWorkspace(NamedTuple):
    """The work space of one thread: the dense matrix D (m, n), the dictionary of the start and the one at work, the data of
    a scenario, values, the vertex, and what the ratio tests write on."""

    D: Any
    first: Any
    dictionary: Any
    sides: Any
    standing: Any
    vertex: Any
    candidates: Any
    ratios: Any


@making
def blank_vertex(n, m):
    size = n + m
    return Vertex(
        np.empty(size), np.empty(size), np.empty(size, np.int8), np.empty(m), np.empty(m), np.empty(n)
    )


@making
def blank_room(n, m):
    size = n + m
    return VertexWorkspace(
        np.empty((m, n)),
        blank_dictionary(n, m),
        blank_dictionary(n, m),
        blank_sides(size),
        Standing(np.empty(n), np.empty(m)),
        blank_vertex(n, m),
        np.empty(n, np.int64),
        np.empty(m),
    )


@inner
def scatter(dictionary, standing, vertex):
    """Values, status codes and prices of all variables in their own order."""
    T, head, nonbasic, side, _spare = dictionary
    xn, xb = standing
    point, prices, code = vertex.point, vertex.prices, vertex.code
    m, n = len(head), len(nonbasic)
    prices[:] = 0.0
    for j in range(n):
        v = nonbasic[j]
        point[v] = xn[j]
        prices[v] = T[m, j]
        code[v] = LOWER if side[j] == PINNED else side[j]
    for i in range(m):
        v = head[i]
        point[v] = xb[i]
        code[v] = BASIC


@summing
def residuals(D, cost, point, prices, activity):
    """Activities Dx, and stationarity q − Dᵀy at 0…n−1 of prices, whose y stand at n…n+m−1, four rows at once."""
    m, n = D.shape
    whole = m // 4 * 4
    for j in range(n):
        prices[j] = cost[j]
    for i in range(0, whole, 4):
        first, second, third, fourth = D[i], D[i + 1], D[i + 2], D[i + 3]
        f, g, h, k = prices[n + i], prices[n + i + 1], prices[n + i + 2], prices[n + i + 3]
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        for j in range(n):
            v = point[j]
            a += first[j] * v
            b += second[j] * v
            c += third[j] * v
            d += fourth[j] * v
            prices[j] -= (f * first[j] + g * second[j]) + (h * third[j] + k * fourth[j])
        activity[i], activity[i + 1], activity[i + 2], activity[i + 3] = a, b, c, d
    for i in range(whole, m):
        row, f, a = D[i], prices[n + i], 0.0
        for j in range(n):
            a += row[j] * point[j]
            prices[j] -= f * row[j]
        activity[i] = a


@inner
def verify(D, sides, vertex, floor_p, floor_d):
    """Whether the vertex holds on the data themselves: to a floor, or to 1e-9 of what a row or column adds up.

    prices: those of the rows come in at n…n+m−1; z = q − Dᵀy goes out at 0…n−1. Wrong signs within the tolerance
    become zero, basic columns within it are put on their bounds. The sums of sizes are made only where the floor fails.
    """
    n = D.shape[1]
    point, prices = vertex.point, vertex.prices
    if not sign_rows(n, sides, vertex, floor_d):
        return False
    residuals(D, sides.cost, point, prices, vertex.activity)
    if not holds(sides, vertex, floor_p, floor_d, 0.0):
        sizes(D, sides.cost, point, prices, vertex.row_size, vertex.column_size)
        if not holds(sides, vertex, floor_p, floor_d, ACCEPTED):
            return False
    clean_columns(n, sides, vertex)
    return True


@inner
def sign_rows(n, sides, vertex, floor):
    """Whether the prices of the rows have their signs; within the floor wrong ones become zero."""
    code, prices = vertex.code, vertex.prices
    lo, hi = sides.lo, sides.hi
    for i in range(n, len(code)):
        if code[i] == BASIC:
            prices[i] = 0.0
        elif lo[i] != hi[i] and wrong(prices[i], code[i]) > 0.0:
            if not (wrong(prices[i], code[i]) <= floor):
                return False
            prices[i] = 0.0
    return True


@inner
def clean_columns(n, sides, vertex):
    """What is accepted becomes exact: no reduced cost of a basic column or of the wrong sign, no column beyond a bound."""
    point, prices, code = vertex.point, vertex.prices, vertex.code
    lo, hi = sides.lo, sides.hi
    for j in range(n):
        if code[j] == BASIC:
            prices[j] = 0.0
            point[j] = min(max(point[j], lo[j]), hi[j])
        elif lo[j] != hi[j] and wrong(prices[j], code[j]) > 0.0:
            prices[j] = 0.0


@inner
def holds(sides, vertex, floor_p, floor_d, share):
    """Signs of z and bounds of basic columns and of all rows, within floor + share × size."""
    lo, hi = sides.lo, sides.hi
    point, prices, code, activity, row_size, column_size = vertex
    n = len(column_size)
    for j in range(n):
        slack = floor_d if share == 0.0 else share * column_size[j] + floor_d
        if code[j] == BASIC:
            if not (abs(prices[j]) <= slack):
                return False
            slack = share * abs(point[j]) + floor_p
            if not (point[j] >= lo[j] - slack and point[j] <= hi[j] + slack):
                return False
        elif lo[j] != hi[j] and not (wrong(prices[j], code[j]) <= slack):
            return False
    for i in range(len(row_size)):
        v = n + i
        slack = floor_p if share == 0.0 else share * row_size[i] + floor_p
        low = hi[v] if code[v] == UPPER else lo[v]
        high = lo[v] if code[v] == LOWER else hi[v]
        if not (activity[i] >= low - slack and activity[i] <= high + slack):
            return False
    return True


@folded
def load_scenario(data, s, sides):
    """`load` of the numbers of scenario s."""
    q, l, u, lb, ub = data.q, data.l, data.u, data.lb, data.ub
    return load(data, q[at(q, s)], l[at(l, s)], u[at(u, s)], lb[at(lb, s)], ub[at(ub, s)], sides)


@inner
def load(data, q, l, u, lb, ub, sides):
    """Bounds and costs of one scenario, scaled; returns the sizes of bounds and costs.

    The first is −1 where lo ≤ hi fails or a bound is not a number, the second NaN where a cost is not finite.
    """
    lo, hi, cost = sides
    row_scale, scale, inverse = data.row_scale, data.column_scale, data.column_inverse
    n = len(q)
    for j in range(n):
        cost[j] = q[j] * scale[j]
        lo[j] = lb[j] * inverse[j]
        hi[j] = ub[j] * inverse[j]
    for i in range(len(l)):
        cost[n + i] = 0.0
        lo[n + i] = l[i] * row_scale[i]
        hi[n + i] = u[i] * row_scale[i]
    big_p = largest_side(lo, hi) if is_ordered(lo, hi) else -1.0
    return big_p, (largest(cost) if is_finite(cost) else np.nan)


@inner
def is_ordered(lo, hi):
    """Whether lo ≤ hi, below infinity and above minus infinity, and all are numbers."""
    right = 0
    for v in range(len(lo)):
        right += (lo[v] <= hi[v]) & (lo[v] < INF) & (hi[v] > -INF)
    return right == len(lo)


@least
def largest_side(lo, hi):
    """The largest of the sides that there are."""
    size = 0.0
    for v in range(len(lo)):
        size = max(size, abs(lo[v]) if lo[v] > -INF else 0.0, abs(hi[v]) if hi[v] < INF else 0.0)
    return size


@least
def largest(numbers):
    """The largest size of some numbers."""
    size = 0.0
    for v in range(len(numbers)):
        size = max(size, abs(numbers[v]))
    return size


@folded
def to_vertex(room, big_p, big_d, limit):
    """From the dictionary at work to a vertex that holds on the data; a failed check starts again, sharper.

    A proof that there is no plan, or no end, counts from a fresh dictionary only: rounding of many pivots may have made it.
    big_p, big_d: sizes of bounds and costs. Returns (outcome, pivots, row or column of a proof).
    """
    dictionary = room.dictionary
    pivots = 0
    sharp = SHARP
    for _ in range(ROUNDS):
        price(dictionary.T, dictionary.head, dictionary.nonbasic, room.sides.cost)
        outcome, more, where = optimise(
            dictionary,
            room.sides,
            room.standing,
            sharp * big_p,
            sharp * big_d,
            limit,
            room.candidates,
            room.ratios,
        )
        pivots += more
        if outcome == LIMIT or (outcome != DONE and more == 0):
            return outcome, pivots, where
        scatter(dictionary, room.standing, room.vertex)
        if outcome == DONE and verify(room.D, room.sides, room.vertex, FLOOR * big_p, FLOOR * big_d):
            return DONE, pivots, -1
        if outcome == DONE:
            sharp *= 1e-2
        refactor(room.D, dictionary, room.vertex.code)
    return INACCURATE, pivots, -1


@folded
def write(data, room, s, out, outcome, with_point, with_prices):
    """Outcome, and what there is of point and prices in the user's scale, into row s of the answers."""
    point, prices = room.vertex.point, room.vertex.prices
    x, y, z = out.x[s], out.y[s], out.z[s]
    row_scale, column_scale, inverse = data.row_scale, data.column_scale, data.column_inverse
    n = len(column_scale)
    out.outcome[s] = outcome
    if with_point:
        for j in range(n):
            x[j] = point[j] * column_scale[j]
    if with_prices:
        for j in range(n):
            z[j] = prices[j] * inverse[j]
        for i in range(len(row_scale)):
            y[i] = prices[n + i] * row_scale[i]
