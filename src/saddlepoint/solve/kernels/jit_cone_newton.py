# pyright: basic
"""Compiled Newton's method on the optimality conditions of a guessed active set, which is changed on the way.

Columns and rows at a side, and cones on whose boundary the point lies, are equations; of the others the multiplier is
zero. After every step, what violates its side joins and what has the wrong sign leaves (primal-dual active sets:
Hintermüller, Ito & Kunisch 2003).
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER
from saddlepoint.solve.kernels.jit_codes import ACCEPTED, inlined, inner
from saddlepoint.solve.kernels.jit_cone_state import add, along, factorise, substitute

LEAST = 1e-13
"""A pivot below this part of the largest entry says that the equations are dependent."""

WEAK = 1e-9
"""An entry below this, in units in which they are near 1, cannot restore what a held row lacks."""


class NewtonRoom(NamedTuple):
    """slope (n,): q + Qx; rest (n,): the gradient of the Lagrangian without bounds; size (n + m,): what the terms of rest,
    then of activities add up to; v (K,): Fx + g; length, reach (k,): ‖v̄‖ and the size of its terms; gradient, turn
    (k, n): F₁ − F̄ᵀu and F̄ᵀu, u = v̄ / ‖v̄‖; equations."""

    slope: Any
    rest: Any
    size: Any
    v: Any
    length: Any
    reach: Any
    gradient: Any
    turn: Any
    equations: Any
    order: Any
    step: Any
    found: Any


@inner
def evaluate_columns(Q, cost, value, slope, size):
    """q + Qx and what its terms add up to."""
    n = len(slope)
    for j in range(n):
        v = cost[j]
        total = abs(v)
        row = Q[j]
        for k in range(n):
            v += row[k] * value[k]
            total += abs(row[k] * value[k])
        slope[j] = v
        size[j] = total


@inner
def evaluate_rows(D, value, price, rest, size):
    """Activities Dx with their sizes; rest −= Dᵀy."""
    m, n = D.shape
    for i in range(m):
        row = D[i]
        v = 0.0
        total = 0.0
        for j in range(n):
            t = row[j] * value[j]
            v += t
            total += abs(t)
        value[n + i] = v
        size[n + i] = total
        y = price[n + i]
        if y != 0.0:
            for j in range(n):
                rest[j] -= y * row[j]
                size[j] += abs(y * row[j])


@inner
def evaluate_cone(F, g, value, height, v, gradient, turn, rest, size):
    """One cone: v = Fx + g, ‖v̄‖ and the gradients; rest −= w₁ · gradient. Returns ‖v̄‖ and the size of the terms of v."""
    n = len(gradient)
    x = value[:n]
    reach = 0.0
    total = 0.0
    for r in range(len(v)):
        v[r] = g[r] + along(F[r], x)
        reach = max(reach, abs(g[r]))
        if r > 0:
            total += v[r] * v[r]
    length = np.sqrt(total)
    turn[:] = 0.0
    if length > 0.0:
        for r in range(1, len(v)):
            add(turn, v[r] / length, F[r])
    for j in range(n):
        gradient[j] = F[0, j] - turn[j]
        reach = max(reach, abs(F[0, j] * x[j]))
        rest[j] -= height * gradient[j]
        size[j] += height * (abs(F[0, j]) + abs(turn[j]))
    return length, reach


@inlined
def evaluate(problem, point, room):
    """All functions and gradients at the point; rest of columns at a bound is their multiplier."""
    value, price, rest, size = point.value, point.price, room.rest, room.size
    n = len(rest)
    evaluate_columns(problem.Q, problem.sides.cost, value, room.slope, size)
    for j in range(n):
        rest[j] = room.slope[j]
    evaluate_rows(problem.D, value, price, rest, size)
    first = problem.first
    for c in range(len(point.height)):
        a, b = first[c], first[c + 1]
        length, reach = evaluate_cone(
            problem.F[a:b],
            problem.g[a:b],
            value,
            point.height[c],
            room.v[a:b],
            room.gradient[c],
            room.turn[c],
            rest,
            size,
        )
        room.length[c] = length
        room.reach[c] = max(reach, length)


@inner
def next_code(code, value, low, high, price, apart, wrong):
    """Where a column or row stands next; apart, wrong: what of a violation and of a price may be rounding."""
    if code == BASIC:
        if value < low - apart:
            return LOWER
        return UPPER if value > high + apart else BASIC
    if (code == LOWER and price < -wrong) or (code == UPPER and price > wrong):
        return BASIC
    return code


@inner
def judge(problem, point, room):
    """Whether the conditions hold to rounding; what stands on the wrong side changes it."""
    value, price, code, rest, size = point.value, point.price, point.code, room.rest, room.size
    low, high = problem.sides.lo, problem.sides.hi
    n = len(rest)
    fine = True
    for i in range(len(value)):
        if i < n:
            wrong = ACCEPTED * size[i]
            apart = ACCEPTED * (1e-3 + abs(value[i]))
            price[i] = rest[i]
            if code[i] == BASIC:
                fine &= abs(rest[i]) <= wrong
                price[i] = 0.0
        else:
            wrong = ACCEPTED * (1e-3 + abs(price[i]))
            apart = ACCEPTED * size[i]
        if code[i] != BASIC:
            side = high[i] if code[i] == UPPER else low[i]
            fine &= abs(value[i] - side) <= apart + ACCEPTED * abs(side)
        now = next_code(code[i], value[i], low[i], high[i], price[i], apart, wrong)
        fine &= now == code[i]
        code[i] = now
    first, height, bent = problem.first, point.height, point.bent
    for c in range(len(height)):
        over = room.v[first[c]] - room.length[c]
        apart = ACCEPTED * room.reach[c]
        if bent[c]:
            fine &= abs(over) <= apart
            if height[c] < 0.0:
                bent[c] = False
                fine = False
        elif over < -apart:
            bent[c] = True
            fine = False
    return fine


@inner
def choose(problem, point, room):
    """The free columns, what is held at a side (rows, then cones as m + c), and the steps of the other columns.

    Returns how many of each; (−1, ·) where a cone has no gradient, or more is held than there are columns.
    """
    low, high, code = problem.sides.lo, problem.sides.hi, point.code
    m, n = problem.D.shape
    free, held = room.equations.free, room.equations.held
    frees = 0
    for j in range(n):
        if code[j] == BASIC:
            free[frees] = j
            frees += 1
            room.step[j] = 0.0
        else:
            room.step[j] = (high[j] if code[j] == UPPER else low[j]) - point.value[j]
    helds = 0
    for i in range(m):
        if code[n + i] != BASIC:
            held[helds] = i
            helds += 1
    for c in range(len(point.bent)):
        if point.bent[c]:
            held[helds] = m + c
            helds += 1
            if not room.length[c] > 0.0 and problem.first[c + 1] - problem.first[c] > 1:
                return -1, 0
    return (frees if helds <= n else -1), helds


@inner
def held_function(problem, point, room, held):
    """Gradient, and what is missing to its side, of a held row or (m + c) cone."""
    m, n = problem.D.shape
    if held < m:
        side = problem.sides.hi[n + held] if point.code[n + held] == UPPER else problem.sides.lo[n + held]
        return problem.D[held], side - point.value[n + held]
    c = held - m
    return room.gradient[c], room.length[c] - room.v[problem.first[c]]


@inner
def release(problem, point, room, frees, helds):
    """Where more is held than is free: frees the column whose price first vanishes as the multipliers move (the ratio test of
    the dual simplex method). False where there is none."""
    K, free, held = room.equations.K, room.equations.free, room.equations.held
    n = len(room.step)
    for h in range(helds):
        normal, missing = held_function(problem, point, room, held[h])
        for k in range(n):
            K[h, k] = normal[k]
            missing -= normal[k] * room.step[k]
        room.found[h] = missing
    for a in range(frees):
        p = a
        for h in range(a + 1, helds):
            if abs(K[h, free[a]]) > abs(K[p, free[a]]):
                p = h
        pivot = K[p, free[a]]
        if pivot == 0.0:
            return False
        for k in range(n):
            K[a, k], K[p, k] = K[p, k], K[a, k]
        room.found[a], room.found[p] = room.found[p], room.found[a]
        for h in range(a + 1, helds):
            f = K[h, free[a]] / pivot
            if f != 0.0:
                add(K[h], -f, K[a, :n])
                room.found[h] -= f * room.found[a]
    best, chosen = np.inf, -1
    up = room.found[frees] > 0.0
    for j in range(n):
        a = K[frees, j] if up else -K[frees, j]
        code = point.code[j]
        if room.step[j] == 0.0 and ((code == LOWER and a > WEAK) or (code == UPPER and a < -WEAK)):
            ratio = room.rest[j] / a
            if ratio < best:
                best, chosen = ratio, j
    if chosen < 0:
        return False
    point.code[chosen] = BASIC
    return True


@inner
def border(normal, target, step, equations, at, frees):
    """One held function into row and column `at` of the equations: normal · Δx = target."""
    K, right, free = equations.K, equations.right, equations.free
    for b in range(frees):
        v = normal[free[b]]
        K[at, b] = v
        K[b, at] = -v
    for k in range(len(step)):
        target -= normal[k] * step[k]
    right[at] = target


@inner
def bend(gram, turn, weight, step, equations, frees):
    """The curvature of one cone's boundary, w₁ / ‖v̄‖ · (F̄ᵀF̄ − F̄ᵀu uᵀF̄), into the equations."""
    K, right, free = equations.K, equations.right, equations.free
    for a in range(frees):
        row = gram[free[a]]
        f = turn[free[a]]
        for b in range(frees):
            K[a, b] += weight * (row[free[b]] - f * turn[free[b]])
        for k in range(len(step)):
            if step[k] != 0.0:
                right[a] -= weight * (row[k] - f * turn[k]) * step[k]


@inner
def assemble(problem, point, room, frees, helds):
    """The Newton equations of the free columns and of what is held at a side."""
    K, right, free, held = room.equations.K, room.equations.right, room.equations.free, room.equations.held
    Q, step = problem.Q, room.step
    m, n = problem.D.shape
    for a in range(frees):
        row = Q[free[a]]
        v = -room.slope[free[a]]
        for b in range(frees):
            K[a, b] = row[free[b]]
        for k in range(n):
            v -= row[k] * step[k]
        right[a] = v
    for h in range(helds):
        for b in range(helds):
            K[frees + h, frees + b] = 0.0
        normal, missing = held_function(problem, point, room, held[h])
        border(normal, missing, step, room.equations, frees + h, frees)
        if held[h] >= m:
            c = held[h] - m
            if point.height[c] > 0.0 and room.length[c] > 0.0:
                weight = point.height[c] / room.length[c]
                bend(problem.gram[c], room.turn[c], weight, step, room.equations, frees)


@inlined
def advance(problem, point, room):
    """One step to the solution of the equations; False where they have none."""
    frees, helds = choose(problem, point, room)
    while helds > frees:
        if frees < 0 or not release(problem, point, room, frees, helds):
            return False
        frees, helds = choose(problem, point, room)
    assemble(problem, point, room, frees, helds)
    K, right, free, held = room.equations.K, room.equations.right, room.equations.free, room.equations.held
    found, value, price = room.found, point.value, point.price
    size = frees + helds
    if not factorise(K, size, room.order, LEAST):
        return False
    substitute(K, size, room.order, right, found)
    m, n = problem.D.shape
    check = 0.0
    for k in range(size):
        check += 0.0 * found[k]
    for a in range(frees):
        room.step[free[a]] = found[a]
    for j in range(n):
        value[j] += room.step[j]
    price[n:] = 0.0
    point.height[:] = 0.0
    for h in range(helds):
        if held[h] < m:
            price[n + held[h]] = found[frees + h]
        else:
            point.height[held[h] - m] = found[frees + h]
    return check == 0.0


@inlined
def newton(problem, point, room, limit):
    """Steps until the conditions hold; returns whether they do, and how many steps were made."""
    for k in range(limit + 1):
        evaluate(problem, point, room)
        if judge(problem, point, room):
            return True, k
        if k == limit or not advance(problem, point, room):
            return False, k
    return False, limit


@inner
def write_cones(problem, point, room):
    """Multipliers w of the cones' rows: w₁ · (1, −u) on the boundary, else zero."""
    for c in range(len(point.height)):
        a, b = problem.first[c], problem.first[c + 1]
        h = point.height[c]
        for r in range(a, b):
            point.w[r] = 0.0
            if h > 0.0:
                point.w[r] = h if r == a else -h * room.v[r] / room.length[c]
