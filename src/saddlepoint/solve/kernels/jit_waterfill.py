# pyright: basic
"""Compiled water-filling: separable convex quadratic costs, every variable in at most one row."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import (
    CROSSED,
    DONE,
    INACCURATE,
    INF,
    INFEASIBLE,
    NOT_CONVEX,
    UNBOUNDED,
    at,
    folded,
    inner,
    kernel,
    making,
)
from saddlepoint.solve.kernels.jit_supply import RowVariables, domain, mirror, pour, search, supply


class Instance(NamedTuple):
    """The numbers of one scenario: curvature (n,), q, A, l, u, lb, ub."""

    p: Any
    q: Any
    A: Any
    l: Any
    u: Any
    lb: Any
    ub: Any


class WaterfillWorkspace(NamedTuple):
    """The work space of one thread. rows: all variables in units of a·x, one row behind the other, with member (entries,)
    and factor a; count (m,): how many of each row have a ≠ 0; ends (m, 4): domain of its price and supply where its search
    begins; reached (n,): whether a row holds the variable; p (n,): curvatures; mirrored, t: one row."""

    rows: RowVariables
    member: Any
    factor: Any
    count: Any
    ends: Any
    reached: Any
    p: Any
    mirrored: RowVariables
    t: Any


@making
def blank_row(size):
    return RowVariables(np.empty(size), np.empty(size), np.empty(size), np.empty(size))


@making
def blank_room(n, m, entries):
    return WaterfillWorkspace(
        blank_row(entries),
        np.empty(entries, np.int64),
        np.empty(entries),
        np.empty(m, np.int64),
        np.empty((m, 4)),
        np.empty(n, np.int8),
        np.empty(n),
        blank_row(entries),
        np.empty(entries),
    )


@inner
def part(row, b, e):
    return row.p[b:e], row.q[b:e], row.low[b:e], row.high[b:e]


@inner
def alone(p, q, low, high):
    """The minimiser of ½px² + qx in [low, high]; infinite where there is none."""
    if p > 0.0:
        return min(max(-q / p, low), high)
    if q == 0.0:
        return min(max(0.0, low), high)
    return low if q > 0.0 else high


@inner
def stand(p, q, lb, ub, x):
    """Reduced cost and code of a variable at x, where q already bears the price of its row."""
    z = q + p * x
    if x == lb and x == ub:
        return z, LOWER
    if x == lb:
        return max(z, 0.0), LOWER
    if x == ub:
        return min(z, 0.0), UPPER
    return 0.0, BASIC


@inner
def check_columns(p, q, lb, ub):
    """DONE where all numbers of the columns are usable, else what they are."""
    for j in range(len(p)):
        if not (lb[j] <= ub[j]) or lb[j] == INF or ub[j] == -INF:
            return CROSSED
        if not (abs(p[j]) < INF) or not (abs(q[j]) < INF):
            return INACCURATE
        if p[j] < 0.0:
            return NOT_CONVEX
    return DONE


@inner
def check_rows(l, u):
    """DONE where no side of a row is crossed."""
    for i in range(len(l)):
        if not (l[i] <= u[i]) or l[i] == INF or u[i] == -INF:
            return CROSSED
    return DONE


@inner
def gather(columns, entries, numbers, room, b):
    """The variables of one row in units of a·x, from position b on; returns how many have a ≠ 0, −1 where an a is not finite."""
    rows, member, factor = room.rows, room.member, room.factor
    k = b
    for e in range(len(columns)):
        j = columns[e]
        a = numbers.A[entries[e]]
        if not (abs(a) < INF):
            return -1
        if a != 0.0:
            member[k] = j
            factor[k] = a
            room.reached[j] = 1
            rows.p[k] = numbers.p[j] / a / a
            rows.q[k] = numbers.q[j] / a
            rows.low[k] = (numbers.lb[j] if a > 0.0 else numbers.ub[j]) * a
            rows.high[k] = (numbers.ub[j] if a > 0.0 else numbers.lb[j]) * a
            k += 1
    return k - b


@inner
def diagonal(layout, P, p):
    """The curvature of every variable."""
    for j in range(len(p)):
        p[j] = P[layout.diagonal[j]] if layout.diagonal[j] >= 0 else 0.0


@folded
def arrange(layout, numbers, room):
    """All rows of one scenario, with their domains; DONE, or what is wrong with the columns."""
    room.reached[:] = 0
    outcome = check_columns(numbers.p, numbers.q, numbers.lb, numbers.ub)
    for i in range(len(room.count)):
        b, e = layout.start[i], layout.start[i + 1]
        k = gather(layout.column[b:e], layout.entry[b:e], numbers, room, b)
        room.count[i] = max(k, 0)
        if k < 0:
            outcome = INACCURATE
            continue
        p, q, low, high = part(room.rows, b, b + k)
        row = RowVariables(p, q, low, high)
        first, last = domain(row)
        left, right = supply(row, min(max(0.0, first), last))
        ends = room.ends[i]
        ends[0], ends[1], ends[2], ends[3] = first, last, left, right
    return outcome


@inner
def price_of(row, mirrored, ends, l, u, start, t):
    """The price of a row with its plan in t: (outcome, price or the sign of the side that cannot be met, passes).

    The price nearest to 0 that meets the row; `start`: where it is known, else NaN.
    """
    first, last, left, right = ends[0], ends[1], ends[2], ends[3]
    if first > last or (first > 0.0 and l == -INF) or (last < 0.0 and u == INF):
        return UNBOUNDED, 0.0, 0
    begin = min(max(0.0, first), last)
    target_low = u if begin < 0.0 else l
    target_high = l if begin > 0.0 else u
    up = right < target_low
    if not up and left <= target_high:
        price = pour(row, begin, target_low, target_high, t)
        return (INACCURATE if np.isnan(price) else DONE), price, 0
    target = target_low if up else target_high
    price = pour(row, start, target, target, t) if not np.isnan(start) else np.nan
    passes = 0
    if np.isnan(price):
        sign = 1.0 if up else -1.0
        if up:
            price, passes = search(row, target, begin)
        else:
            mirror(row, mirrored)
            price, passes = search(mirrored, -target, -begin)
        if np.isnan(price):
            return INFEASIBLE, sign, passes
        price = pour(row, sign * price, target, target, t)
    return (INACCURATE if np.isnan(price) else DONE), price, passes


@inner
def write_row(row, member, factor, numbers, price, t, x, z, codes):
    """The variables of one row: values on the bounds themselves where t is at an end, reduced costs, codes."""
    p, q, lb, ub = numbers.p, numbers.q, numbers.lb, numbers.ub
    for v in range(len(t)):
        j = member[v]
        a = factor[v]
        if t[v] == row.low[v]:
            value = lb[j] if a > 0.0 else ub[j]
        elif t[v] == row.high[v]:
            value = ub[j] if a > 0.0 else lb[j]
        else:
            value = t[v] / a
        x[j] = value
        z[j], codes[j] = stand(p[j], q[j] - a * price, lb[j], ub[j], value)


@inner
def free_columns(numbers, reached, x, z, codes):
    """The variables that no row holds."""
    p, q, lb, ub = numbers.p, numbers.q, numbers.lb, numbers.ub
    for j in range(len(p)):
        if reached[j] == 0:
            x[j] = alone(p[j], q[j], lb[j], ub[j])
            z[j], codes[j] = stand(p[j], q[j], lb[j], ub[j], x[j])


@inner
def cost_of(numbers, x, codes):
    """The objective; infinite where a variable has no end. Free variables without cost at 0 get their own code."""
    p, q, lb, ub = numbers.p, numbers.q, numbers.lb, numbers.ub
    total = 0.0
    for j in range(len(p)):
        if not (abs(x[j]) < INF):
            return INF
        total += (0.5 * p[j] * x[j] + q[j]) * x[j]
        if lb[j] == -INF and ub[j] == INF and p[j] == 0.0 and x[j] == 0.0:
            codes[j] = ZERO
    return total


@folded
def solve_rows(layout, numbers, room, start, s, out):
    """All rows of one scenario; the outcome, with plan, prices and reduced costs written into row s of `out`."""
    x, y, z, codes = out.x[s], out.y[s], out.z[s], out.basis[s]
    n, m = len(x), len(y)
    for i in range(m):
        y[i] = 0.0
        codes[n + i] = BASIC
    free_columns(numbers, room.reached, x, z, codes)
    for i in range(m):
        b = layout.start[i]
        e = b + room.count[i]
        p, q, low, high = part(room.rows, b, e)
        row = RowVariables(p, q, low, high)
        p, q, low, high = part(room.mirrored, 0, e - b)
        t = room.t[: e - b]
        outcome, price, passes = price_of(
            row, RowVariables(p, q, low, high), room.ends[i], numbers.l[i], numbers.u[i], start[i], t
        )
        out.iterations[s] += passes
        if outcome == INFEASIBLE:
            y[:] = 0.0
            z[:] = 0.0
            y[i] = price
            for v in range(b, e):
                z[room.member[v]] = -price * room.factor[v]
        if outcome != DONE:
            return outcome
        y[i] = price
        if price != 0.0:
            codes[n + i] = LOWER if price > 0.0 else UPPER
        write_row(row, room.member[b:e], room.factor[b:e], numbers, price, t, x, z, codes)
    out.objective[s] = cost_of(numbers, x, codes)
    return DONE if out.objective[s] < INF else UNBOUNDED


@folded
def solve_one(data, layout, start, room, s, ready, fresh, out):
    """Scenario s, written into row s of `out`; returns whether the columns are usable (looked at where `fresh`)."""
    q, A, l, u, lb, ub = data.q, data.A, data.l, data.u, data.lb, data.ub
    numbers = Instance(
        room.p, q[at(q, s)], A[at(A, s)], l[at(l, s)], u[at(u, s)], lb[at(lb, s)], ub[at(ub, s)]
    )
    if fresh:
        diagonal(layout, data.P[at(data.P, s)], room.p)
        ready = arrange(layout, numbers, room)
    outcome = ready if check_rows(numbers.l, numbers.u) == DONE else CROSSED
    if outcome == DONE:
        outcome = solve_rows(layout, numbers, room, start[at(start, s)], s, out)
        if outcome != DONE:
            out.x[s, :] = np.nan
            out.objective[s] = np.nan
            if outcome != INFEASIBLE:
                out.y[s, :] = np.nan
                out.z[s, :] = np.nan
    out.outcome[s] = outcome
    return ready


@kernel
def waterfill(data, layout, start, shared, out):
    """Solve all scenarios: data as in `form.Data`, layout as in `waterfill.Layout`, answers into `out` (KernelAnswer).

    start: (1|S, m), the price of each row where it is known, else NaN; shared: only sides of rows differ.
    """
    room = blank_room(out.x.shape[1], out.y.shape[1], len(layout.column))
    ready = DONE
    for s in range(len(out.outcome)):
        ready = solve_one(data, layout, start, room, s, ready, s == 0 or not shared, out)
