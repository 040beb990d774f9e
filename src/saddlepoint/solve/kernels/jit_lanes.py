# pyright: basic
"""Compiled dense simplex on LANES scenarios at a time, each from the dictionary of one known basis.

What it answers is a vertex strictly within all limits that holds on the data themselves: the only optimal basis, which any simplex finds. Ties, weak pivots, what has no plan or no
end, and sides that do not fit are left to the simplex that looks at one scenario.
"""

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER
from saddlepoint.solve.kernels.basis_maps import STRICT
from saddlepoint.solve.kernels.jit_codes import DONE, INF, at, folded, inner, kernel, making
from saddlepoint.solve.kernels.jit_dictionary import SAFE
from saddlepoint.solve.kernels.jit_lanes_pivots import (
    BIG_D,
    BIG_P,
    DUAL,
    LEFT,
    OPTIMAL,
    PHASE,
    PIVOTS,
    LaneRoom,
    iterate,
    take_column,
    turn,
)
from saddlepoint.solve.kernels.jit_vector import (
    LANES,
    choose,
    gather,
    keep,
    larger,
    read,
    scatter,
    size,
    smaller,
    splat,
)
from saddlepoint.solve.kernels.jit_vertex import FLOOR, SHARP


@making
def rows(count):
    """So many rows, of zeros: there is a number everywhere, in dictionaries that no basis was found for, too."""
    return np.zeros((count, LANES))


@making
def blank_room(n, m):
    """The work space of LANES scenarios."""
    N = n + m
    return LaneRoom(
        D=rows(m * n),
        T=rows((m + 2) * n),
        head=rows(m),
        nonbasic=rows(n),
        lo=rows(N),
        hi=rows(N),
        cost=rows(N),
        low_b=rows(m),
        high_b=rows(m),
        xb=rows(m),
        low_n=rows(n),
        high_n=rows(n),
        xn=rows(n),
        way=rows(n),
        row=rows(n),
        column=rows(m + 2),
        point=rows(N),
        price=rows(N),
        stand=rows(N),
        of=rows(4),
    )


@inner
def scaled(array, s, scale, out, place, b):
    """The numbers of scenario s into lane b of rows from `place` on."""
    values = array[at(array, s)]
    for j in range(len(values)):
        out[place + j, b] = values[j] * scale[j]


@folded
def load(data, room, which, first):
    """Sides and costs of LANES scenarios, scaled; what is the same in all of them is read with the first ones. The last one stands in lanes that are left over."""
    n = len(data.column_scale)
    for array, scale, out, place in (
        (data.q, data.column_scale, room.cost, 0),
        (data.lb, data.column_inverse, room.lo, 0),
        (data.ub, data.column_inverse, room.hi, 0),
        (data.l, data.row_scale, room.lo, n),
        (data.u, data.row_scale, room.hi, n),
    ):
        if first == 0 or array.shape[0] > 1:
            for b in range(LANES):
                scaled(array, which[min(first + b, len(which) - 1)], scale, out, place, b)


@folded
def load_matrix(data, room, which, first):
    """The matrices RAC of LANES scenarios; where one is not finite its scenario is left."""
    place, scale = data.A_place, data.A_scale
    for b in range(LANES):
        values = data.A[at(data.A, which[min(first + b, len(which) - 1)])]
        for e in range(len(place)):
            room.D[place[e], b] = values[e] * scale[e]
    check, zero = splat(0.0), splat(0.0)
    for e in range(len(room.D)):
        check = check + zero * read(room.D, e)
    keep(room.of, PHASE, choose(check == zero, read(room.of, PHASE), splat(LEFT)))


@folded
def measure(room, n):
    """Sizes of sides and costs; whoever has them in order begins with the dual simplex."""
    zero, inf = splat(0.0), splat(INF)
    big_p, big_d, check = zero, zero, zero
    for j in range(n):
        cost = read(room.cost, j)
        big_d = larger(size(cost), big_d)
        check = check + zero * cost
    good = check == zero
    for v in range(len(room.lo)):
        lo, hi = read(room.lo, v), read(room.hi, v)
        good = good & (lo <= hi) & (lo < inf) & (hi > -inf)
        big_p = larger(choose(lo > -inf, size(lo), zero), big_p)
        big_p = larger(choose(hi < inf, size(hi), zero), big_p)
    keep(room.of, BIG_P, big_p)
    keep(room.of, BIG_D, big_d)
    keep(room.of, PHASE, choose(good, splat(DUAL), splat(LEFT)))
    keep(room.of, PIVOTS, zero)


@folded
def refactor(room, n, m, codes):
    """The dictionaries of the basis `codes`, without reduced costs: Gauss–Jordan by rows, the largest pivot of each; a scenario without a safe one is left."""
    zero, one, none = splat(0.0), splat(1.0), splat(-1.0)
    put_rows(room.D, room.T)
    for j in range(n):
        keep(room.nonbasic, j, splat(float(j)))
        keep(room.way, j, one if codes[j] == BASIC else zero)
    for i in range(m):
        keep(room.head, i, splat(float(n + i)))
        if codes[n + i] == BASIC:
            continue
        best, k = splat(SAFE), none
        for j in range(n):
            t = read(room.T, i * n + j)
            keep(room.row, j, t)
            t = size(t) * read(room.way, j)
            k = choose(t > best, splat(float(j)), k)
            best = larger(t, best)
        found, at_k = k >= zero, larger(k, zero)
        keep(room.of, PHASE, choose(found, read(room.of, PHASE), splat(LEFT)))
        take_column(room, m, n, at_k)
        turn(room, m, n, choose(found, splat(float(i)), none), k, gather(room.row, at_k))
        entered = gather(room.nonbasic, at_k)
        scatter(room.way, at_k, choose(found, zero, gather(room.way, at_k)))
        keep(room.head, i, choose(found, entered, splat(float(n + i))))
        scatter(room.nonbasic, at_k, choose(found, splat(float(n + i)), entered))


@inner
def put_rows(source, target):
    """Rows of one array into the first ones of another."""
    for e in range(len(source)):
        keep(target, e, read(source, e))


@folded
def price(room, n, m):
    """Reduced costs d = q_N + Σ q_B T into `row`."""
    for j in range(n):
        keep(room.row, j, gather(room.cost, read(room.nonbasic, j)))
    for i in range(m):
        cost = gather(room.cost, read(room.head, i))
        for j in range(n):
            keep(room.row, j, read(room.row, j) + cost * read(room.T, i * n + j))


@folded
def settle(room, n, m, codes):
    """Nonbasic variables onto finite bounds, boxed ones onto the side that their reduced cost likes; both rows of reduced costs. What is free and not basic is left."""
    zero, one, inf = splat(0.0), splat(1.0), splat(INF)
    tolerance = splat(SHARP) * read(room.of, BIG_D)
    for v in range(n + m):
        keep(room.stand, v, -one if codes[v] == UPPER else one)
    for j in range(n):
        v, d = read(room.nonbasic, j), read(room.row, j)
        low, high = gather(room.lo, v), gather(room.hi, v)
        way = choose(d > tolerance, one, choose(d < -tolerance, -one, gather(room.stand, v)))
        way = choose(high == inf, one, way)
        way = choose(low == -inf, -one, way)
        way = choose(low == high, zero, way)
        free = (low == -inf) & (high == inf)
        keep(room.of, PHASE, choose(free, splat(LEFT), read(room.of, PHASE)))
        keep(room.way, j, way)
        keep(room.xn, j, choose(way < zero, high, low))
        keep(room.low_n, j, low)
        keep(room.high_n, j, high)
        keep(room.T, m * n + j, d)
        keep(room.T, (m + 1) * n + j, size(d) * way)


@folded
def seat(room, n, m):
    """Basic variables x_B = T x_N and their sides."""
    for i in range(m):
        v, x = read(room.head, i), splat(0.0)
        for j in range(n):
            x = x + read(room.T, i * n + j) * read(room.xn, j)
        keep(room.xb, i, x)
        keep(room.low_b, i, gather(room.lo, v))
        keep(room.high_b, i, gather(room.hi, v))


@folded
def strictly_within(room, n, m):
    """What is not strictly within all limits is left."""
    near, cheap = splat(INF), splat(INF)
    for i in range(m):
        x = read(room.xb, i)
        near = smaller(smaller(x - read(room.low_b, i), read(room.high_b, i) - x), near)
    for j in range(n):
        way = read(room.way, j)
        cheap = choose(way == splat(0.0), cheap, smaller(way * read(room.T, m * n + j), cheap))
    inside = (near > splat(STRICT) * read(room.of, BIG_P)) & (cheap > splat(STRICT) * read(room.of, BIG_D))
    keep(room.of, PHASE, choose(inside, read(room.of, PHASE), splat(LEFT)))


@folded
def spread(room, n, m):
    """Values, prices and where all variables stand, in their own order."""
    for j in range(n):
        v = read(room.nonbasic, j)
        scatter(room.point, v, read(room.xn, j))
        scatter(room.price, v, read(room.T, m * n + j))
        scatter(room.stand, v, read(room.way, j))
    for i in range(m):
        v = read(room.head, i)
        scatter(room.point, v, read(room.xb, i))
        scatter(room.price, v, splat(0.0))
        scatter(room.stand, v, splat(2.0))


@folded
def verify(room, n, m):
    """What does not hold on the data themselves, to the floor, is left; z = q − Dᵀy goes out at 0…n−1 of prices."""
    zero = splat(0.0)
    floor_p, floor_d = splat(FLOOR) * read(room.of, BIG_P), splat(FLOOR) * read(room.of, BIG_D)
    good = read(room.of, PHASE) == splat(OPTIMAL)
    for j in range(n):
        z, stand = read(room.cost, j), read(room.stand, j)
        for i in range(m):
            z = z - read(room.D, i * n + j) * read(room.price, n + i)
        basic = stand == splat(2.0)
        good = good & (choose(basic, size(z) - floor_d, -z * stand) <= zero)
        keep(room.price, j, choose(basic, zero, z))
    for i in range(m):
        activity = zero
        for j in range(n):
            activity = activity + read(room.D, i * n + j) * read(room.point, j)
        good = good & (size(activity - read(room.point, n + i)) <= floor_p)
    keep(room.of, PHASE, choose(good, splat(OPTIMAL), splat(LEFT)))


@folded
def write(data, room, b, s, out):
    """Lane b into row s of the answers, in the user's scale."""
    n, m = len(data.column_scale), len(data.row_scale)
    x, y, z, basis = out.x[s], out.y[s], out.z[s], out.basis[s]
    total = 0.0
    for j in range(n):
        x[j] = room.point[j, b] * data.column_scale[j]
        z[j] = room.price[j, b] * data.column_inverse[j]
        total += room.cost[j, b] * room.point[j, b]
    for i in range(m):
        y[i] = room.price[n + i, b] * data.row_scale[i]
    for v in range(n + m):
        stand = room.stand[v, b]
        basis[v] = BASIC if stand == 2.0 else (UPPER if stand < 0.0 else LOWER)
    out.objective[s] = total
    out.iterations[s] = int(room.of[PIVOTS, b])
    out.outcome[s] = DONE


@inner
def put_start(source, target):
    """The dictionaries of one room into another, and who has none: for want of a number in its matrix or of a safe pivot."""
    put_rows(source.T, target.T)
    put_rows(source.head, target.head)
    put_rows(source.nonbasic, target.nonbasic)
    keep(target.of, PHASE, read(source.of, PHASE))


@folded
def start(data, room, common, which, first):
    """The dictionaries that all begin from: of each matrix, or kept in `common` of the one that all share. Who was left before stays so, its matrix apart."""
    n, m = len(data.column_scale), len(data.row_scale)
    own, phase = data.A.shape[0] > 1, read(room.of, PHASE)
    keep(room.of, PHASE, splat(DUAL))
    if own or first == 0:
        load_matrix(data, room, which, first)
        refactor(room, n, m, data.basis)
        if not own:
            put_start(room, common)
    else:
        put_start(common, room)
    keep(room.of, PHASE, choose(phase == splat(LEFT), phase, read(room.of, PHASE)))


@kernel
def lanes(data, which, out):
    """Try the scenarios `which` (count,): data as in `form.Data`; those that have a strict optimum are written into their rows of `out` (KernelAnswer), the others
    keep the outcome that they have."""
    n, m = len(data.column_scale), len(data.row_scale)
    room, common = blank_room(n, m), blank_room(n, m)
    for first in range(0, len(which), LANES):
        load(data, room, which, first)
        measure(room, n)
        start(data, room, common, which, first)
        price(room, n, m)
        settle(room, n, m, data.basis)
        seat(room, n, m)
        iterate(room, n, m)
        strictly_within(room, n, m)
        spread(room, n, m)
        verify(room, n, m)
        for b in range(min(LANES, len(which) - first)):
            if room.of[PHASE, b] == OPTIMAL:
                write(data, room, b, which[first + b], out)
