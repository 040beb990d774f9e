# pyright: basic
"""Compiled trial of known bases on blocks of scenarios, by products.

A block is kept by scenarios last, so that the products run over neighbours in memory. Of every scenario the points of a basis are tried first, of those
that are within all limits its prices. What is strictly within all limits has this basis for its only optimal one (critical regions of parametric
programming, Gal 1995; Best 1996), and is what a simplex or an active-set method finds from anywhere; the others are left to those.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import BASIC, UPPER
from saddlepoint.solve.kernels.basis_maps import EXACT, STRICT
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_codes import DONE, ENTERED, INF, at, dot, inner, put, summing

WIDTH = 256
"""Scenarios of a block: its numbers stay in the processor's nearest caches."""
SIDE_BY_SIDE = 16
"""Scenarios that a loop over a block takes at once: it is run over a multiple of them, what is beyond the last one counts for nothing."""
ROW = WIDTH + SIDE_BY_SIDE + 8
"""Numbers between two rows of a block: not a power of two, which would have all rows meet in a few lines of the cache."""


class ScenarioBlock(NamedTuple):
    """Scenarios side by side, the last axis (WIDTH,).

    given (P + 1, ·): the numbers that move, and zeros; finite (P + 1,): which are finite in all scenarios; picked: those that
    prices are made of, of some scenarios; value (n + m, ·): what a basis makes of them; distance: the least from a limit; near,
    cheap: how large those of points and prices must be, infinite where a scenario is no longer here; big (2, ·): the
    largest side and cost; scenario: its number; chosen: the places of those that were picked; kept: which of these are answered.
    """

    given: Any
    finite: Any
    picked: Any
    value: Any
    distance: Any
    near: Any
    cheap: Any
    big: Any
    scenario: Any
    chosen: Any
    kept: Any


def blank_block(moving, size):
    """Room for so many moving numbers and variables."""
    return ScenarioBlock(
        np.zeros((moving + 1, ROW)),
        np.ones(moving + 1, np.bool_),
        np.zeros((moving + 1, ROW)),
        np.zeros((size, ROW)),
        np.zeros(ROW),
        np.zeros(ROW),
        np.zeros(ROW),
        np.zeros((2, ROW)),
        np.zeros(ROW, np.int64),
        np.zeros(ROW, np.int64),
        np.zeros(ROW, np.int64),
    )


@inner
def padded(count):
    """The next multiple of SIDE_BY_SIDE."""
    return (count + SIDE_BY_SIDE - 1) // SIDE_BY_SIDE * SIDE_BY_SIDE


@inner
def load(array, scale, place, block, width):
    """The numbers of one array that moves (S, k), scaled, into the rows from `place` on; which of them are finite in all scenarios."""
    for j in range(array.shape[1]):
        row, factor = block.given[place + j], scale[j]
        check = 0.0
        for b in range(width):
            row[b] = array[block.scenario[b], j] * factor
            check += 0.0 * row[b]
        block.finite[place + j] = check == 0.0


@inner
def load_block(numbers, maps, block, which, first, width):
    """What moves of some scenarios, and their sizes; what is crossed or no number is not here (`near` is infinite)."""
    n = numbers.q.shape[1]
    for b in range(width):
        block.scenario[b] = which[first + b]
    for place, array, scale in (
        (maps.place[0], numbers.q, maps.scale[:n]),
        (maps.place[1], numbers.lb, maps.inverse[:n]),
        (maps.place[2], numbers.ub, maps.inverse[:n]),
        (maps.place[3], numbers.l, maps.inverse[n:]),
        (maps.place[4], numbers.u, maps.inverse[n:]),
    ):
        if place >= 0:
            load(array, scale, place, block, width)
    bp, bd = block.big[0], block.big[1]
    for b in range(width):
        bp[b], bd[b] = maps.still[0], maps.still[1]
    if maps.place[0] >= 0:
        for j in range(n):
            largest(block.given[maps.place[0] + j], bd, width)
    for v in range(len(maps.lo)):
        if maps.lo_at[v] >= 0 or maps.hi_at[v] >= 0:
            side(maps, block, v, width)
    for b in range(width):
        block.near[b], block.cheap[b] = STRICT * bp[b], STRICT * bd[b]
        if not (bd[b] < INF and bp[b] < INF):
            block.near[b] = INF
    for b in range(width, padded(width)):
        block.near[b] = INF


@inner
def largest(row, big, width):
    """The largest size so far; infinite where a number is none."""
    for b in range(width):
        size = abs(row[b])
        big[b] = max(big[b], size) if size < INF else INF


@inner
def side(maps, block, v, width):
    """The sides of one variable into the sizes; infinite where they are crossed or no numbers."""
    big = block.big[0]
    low, high = maps.lo[v], maps.hi[v]
    lows, highs = block.given[maps.lo_at[v]], block.given[maps.hi_at[v]]
    for b in range(width):
        lo = lows[b] if maps.lo_at[v] >= 0 else low
        hi = highs[b] if maps.hi_at[v] >= 0 else high
        if not (lo <= hi) or lo == INF or hi == -INF:
            big[b] = INF
        if lo > -INF:
            big[b] = max(big[b], abs(lo))
        if hi < INF:
            big[b] = max(big[b], abs(hi))


@summing
def begin(base, f0, r0, f1, r1, f2, r2, f3, r3, target, width):
    """A constant and four products."""
    for b in range(width):
        target[b] = base + ((f0 * r0[b] + f1 * r1[b]) + (f2 * r2[b] + f3 * r3[b]))


@summing
def add(f0, r0, f1, r1, f2, r2, f3, r3, target, width):
    """Four products more."""
    for b in range(width):
        target[b] += (f0 * r0[b] + f1 * r1[b]) + (f2 * r2[b] + f3 * r3[b])


@inner
def value_of(maps, k, v, given, target, width):
    """What basis k makes of the numbers of scenarios, for one variable."""
    factor, place, base, count = maps.factor[k, v], maps.place_of[k, v], maps.base[k, v], maps.terms[k, v]
    if count == 0:
        for b in range(width):
            target[b] = base
    for t in range(0, count, 4):
        f0, f1, f2, f3 = factor[t], factor[t + 1], factor[t + 2], factor[t + 3]
        r0, r1 = given[place[t]], given[place[t + 1]]
        r2, r3 = given[place[t + 2]], given[place[t + 3]]
        if t == 0:
            begin(base, f0, r0, f1, r1, f2, r2, f3, r3, target, width)
        else:
            add(f0, r0, f1, r1, f2, r2, f3, r3, target, width)


@inner
def above(limit, place, given, value, distance, width):
    """How far values are above a limit: of every scenario (place), or of all."""
    if place >= 0:
        row = given[place]
        for b in range(width):
            d = value[b] - row[b]
            distance[b] = d if d < distance[b] else distance[b]
    elif limit > -INF:
        for b in range(width):
            d = value[b] - limit
            distance[b] = d if d < distance[b] else distance[b]


@inner
def below(limit, place, given, value, distance, width):
    """How far values are below a limit."""
    if place >= 0:
        row = given[place]
        for b in range(width):
            d = row[b] - value[b]
            distance[b] = d if d < distance[b] else distance[b]
    elif limit < INF:
        for b in range(width):
            d = limit - value[b]
            distance[b] = d if d < distance[b] else distance[b]


@inner
def stands(maps, k, v, block, width):
    """Distance −inf where the side on which a variable is held is infinite."""
    place, distance = maps.hi_at[v] if maps.codes[k, v] == UPPER else maps.lo_at[v], block.distance
    if place >= 0 and not block.finite[place]:
        row = block.given[place]
        for b in range(width):
            if abs(row[b]) == INF:
                distance[b] = -INF


@inner
def points(maps, block, k, width):
    """The basic variables of basis k and how far the nearest is from its limits."""
    distance = block.distance
    for b in range(width):
        distance[b] = INF
    for v in range(len(maps.lo)):
        if maps.codes[k, v] != BASIC:
            stands(maps, k, v, block, width)
        else:
            value = block.value[v]
            value_of(maps, k, v, block.given, value, width)
            above(maps.lo[v], maps.lo_at[v], block.given, value, distance, width)
            below(maps.hi[v], maps.hi_at[v], block.given, value, distance, width)


@inner
def prices(maps, block, k, width):
    """The prices of what basis k holds, and how far the nearest is from inviting, of the scenarios that were picked."""
    distance = block.distance
    for b in range(width):
        distance[b] = INF
    for v in range(len(maps.lo)):
        code = maps.codes[k, v]
        if code != BASIC:
            value = block.value[v]
            value_of(maps, k, v, block.picked, value, width)
            if not maps.fixed[v]:
                sign = -1.0 if code == UPPER else 1.0
                for b in range(width):
                    d = sign * value[b]
                    distance[b] = d if d < distance[b] else distance[b]


@inner
def within_points(maps, block, k, width):
    """The places of scenarios whose points are strictly within all limits of basis k, into `chosen`; returns how many."""
    distance, near, chosen, bp, bd = block.distance, block.near, block.chosen, block.big[0], block.big[1]
    cross_p, cross_d = maps.cross[k, 0], maps.cross[k, 1]
    points(maps, block, k, padded(width))
    found = 0
    for first in range(0, width, SIDE_BY_SIDE):
        if beyond(distance, near, first) > 0:
            for b in range(first, min(first + SIDE_BY_SIDE, width)):
                chosen[found] = b
                exact = (cross_p * bd[b] <= EXACT * bp[b]) & (cross_d * bp[b] <= EXACT * bd[b])
                found += (distance[b] > near[b]) & exact
    return found


@inner
def beyond(distance, margin, first):
    """How many distances are larger than their margins."""
    found = 0
    for b in range(first, first + SIDE_BY_SIDE):
        found += distance[b] > margin[b]
    return found


@inner
def within_prices(maps, block, k, found):
    """Which of the scenarios chosen have prices strictly within, too, into `kept`; returns how many. Prices stand as far apart as the chosen."""
    chosen, kept = block.chosen, block.kept
    for p in range(maps.pricing[0], maps.pricing[1]):
        gather(block.given[p], block.picked[p], chosen, found)
    prices(maps, block, k, padded(found))
    count = 0
    for t in range(found):
        kept[count] = t
        count += block.distance[t] > block.cheap[chosen[t]]
    return count


@inner
def gather(source, target, chosen, count):
    for t in range(count):
        target[t] = source[chosen[t]]


@inner
def close_up(block, width):
    """The scenarios of the block that are still here, next to each other; returns their number."""
    chosen = block.chosen
    left = 0
    for b in range(width):
        chosen[left] = b
        left += block.near[b] < INF
    for row in (block.near, block.cheap, block.big[0], block.big[1]):
        gather(row, row, chosen, left)
    for t in range(left):
        block.scenario[t] = block.scenario[chosen[t]]
    for p in range(block.given.shape[0] - 1):
        gather(block.given[p], block.given[p], chosen, left)
    for b in range(left, padded(left)):
        block.near[b] = INF
    return left


@inner
def by_known_bases(numbers, maps, block, which, first, width, out):
    """Answers of a block of scenarios where a basis holds; the others keep the outcome that they have."""
    load_block(numbers, maps, block, which, first, width)
    here = width
    for k in range(len(maps.codes)):
        found = within_points(maps, block, k, width)
        if found > 0:
            found = within_prices(maps, block, k, found)
            write(numbers, maps, block, k, found, out)
            for t in range(found):
                block.near[block.chosen[block.kept[t]]] = INF
            here -= found
        if 4 * here < 3 * width:
            width = close_up(block, width)
            here = width
        if width == 0:
            return


@inner
def write(numbers, maps, block, k, found, out):
    """The answers of the scenarios that are kept, from basis k, in the user's scale."""
    code = maps.codes[k]
    for t in range(found):
        place = block.kept[t]
        b = block.chosen[place]
        s = block.scenario[b]
        write_columns(maps, code, block, b, place, out.x[s], out.z[s])
        write_rows(maps, code, block, place, len(out.x[s]), out.y[s])
        put(code, out.basis[s])
        q = numbers.q[at(numbers.q, s)]
        out.objective[s] = cost_of(q, maps, code, block, b, place, out.x[s], out.z[s])
        out.outcome[s] = DONE


@inner
def write_columns(maps, code, block, b, place, x, z):
    for v in range(len(x)):
        if code[v] == BASIC:
            x[v], z[v] = block.value[v, b] * maps.scale[v], 0.0
        else:
            x[v] = side_of(maps, code[v], block, v, b) * maps.scale[v]
            z[v] = block.value[v, place] * maps.inverse[v]


@inner
def write_rows(maps, code, block, place, n, y):
    for i in range(len(y)):
        y[i] = 0.0 if code[n + i] == BASIC else block.value[n + i, place] * maps.scale[n + i]


@inner
def side_of(maps, code, block, v, b):
    """Where a variable is held."""
    at_side = maps.hi_at[v] if code == UPPER else maps.lo_at[v]
    if at_side >= 0:
        return block.given[at_side, b]
    return maps.hi[v] if code == UPPER else maps.lo[v]


@inner
def cost_of(q, maps, code, block, b, place, x, z):
    """½xᵀPx + qᵀx = ½(q + z)ᵀx + ½yᵀAx, as z = Px + q − Aᵀy; without P, qᵀx."""
    if not maps.curved:
        return dot(q, x)
    n = len(x)
    total = 0.0
    for j in range(n):
        total += (q[j] + z[j]) * x[j]
    for v in range(n, len(code)):
        if code[v] != BASIC:
            total += block.value[v, place] * side_of(maps, code[v], block, v, b)
    return 0.5 * total


@njit(cache=writable(), **ENTERED)
def known_bases(numbers, maps, block, which, out):
    """Try known bases on the scenarios `which` (count,): numbers as in `basis_maps.Vectors`, maps as in `basis_maps.Maps`, block a `blank_block`; answers of
    those that have one are written into `out` (KernelAnswer)."""
    size = len(which)
    for first in range(0, size, WIDTH):
        by_known_bases(numbers, maps, block, which, first, min(WIDTH, size - first), out)
