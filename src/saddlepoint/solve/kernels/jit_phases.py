# pyright: basic
"""Compiled dual and primal simplex on a dictionary, with bounds on every variable."""

from saddlepoint.solve.kernels.answer import LOWER, UPPER, ZERO, Outcome
from saddlepoint.solve.kernels.jit_dictionary import (
    INF,
    PIVOT,
    basics,
    exchange,
    flip,
    inner,
    is_feasible,
    place,
    price,
    wrong,
)

DONE, INFEASIBLE = int(Outcome.DONE), int(Outcome.INFEASIBLE)
UNBOUNDED, LIMIT = int(Outcome.UNBOUNDED), int(Outcome.LIMIT)


@inner
def entering(T, nonbasic, side, tolerance, bland):
    """The column with the most wrong reduced cost (the first variable by number under Bland's rule), or −1."""
    d = T[T.shape[0] - 1]
    k = -1
    if bland:
        for j in range(len(side)):
            if wrong(d[j], side[j]) > tolerance and (k < 0 or nonbasic[j] < nonbasic[k]):
                k = j
        return k
    worst = tolerance
    for j in range(len(side)):
        w = wrong(d[j], side[j])
        if w > worst:
            worst = w
            k = j
    return k


@inner
def leaving_row(head, lo, hi, xb, tolerance, bland):
    """The most infeasible basic row (the first variable by number under Bland's rule), or −1."""
    r = -1
    worst = tolerance
    for i in range(len(head)):
        v = head[i]
        excess = max(lo[v] - xb[i], xb[i] - hi[v])
        if excess > tolerance:
            if bland:
                if r < 0 or v < head[r]:
                    r = i
            elif excess > worst:
                worst = excess
                r = i
    return r


@inner
def dual(T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, candidates, spare):
    """Dual simplex with bound flipping (Maros 2003) and Harris' ratio test, after mirroring wrong reduced costs.

    Returns (outcome, pivots, row): DONE when primal feasible, INFEASIBLE with the row that proves it
    (its complement ~row where the row stands above its upper side).
    """
    m = T.shape[0] - 1
    n = T.shape[1]
    d = T[m]
    for j in range(n):
        if wrong(d[j], side[j]) > 0.0:
            # mirrored rather than zeroed: zeros would make every dual step degenerate
            d[j] = 0.0 if side[j] == ZERO else -d[j]
    stall = 0
    for it in range(limit):
        bland = stall > m + n
        r = leaving_row(head, lo, hi, xb, tol_p, bland)
        if r < 0:
            return DONE, it, -1
        v = head[r]
        up = xb[r] < lo[v]
        row = T[r]
        sign = 1.0 if up else -1.0
        slope = lo[v] - xb[r] if up else xb[r] - hi[v]
        count = 0
        for j in range(n):
            a = abs(row[j]) if side[j] == ZERO else sign * row[j] * (1 - side[j])
            candidates[count] = j
            count += a > PIVOT
        k = -1
        while count > 0:
            slack = 0.0 if bland else tol_d
            bound = INF
            for c in range(count):
                j = candidates[c]
                bound = min(bound, (max(-wrong(d[j], side[j]), 0.0) + slack) / abs(row[j]))
            drop = 0.0
            big = 0.0
            rest = 0
            for c in range(count):
                j = candidates[c]
                a = abs(row[j])
                if max(-wrong(d[j], side[j]), 0.0) <= bound * a:
                    drop += a * (hi[nonbasic[j]] - lo[nonbasic[j]])
                    if bland:
                        if k < 0 or nonbasic[j] < nonbasic[k]:
                            k = j
                    elif a > big:
                        big = a
                        k = j
            if bland or slope - drop <= tol_p:
                break
            for c in range(count):
                j = candidates[c]
                if max(-wrong(d[j], side[j]), 0.0) <= bound * abs(row[j]):
                    flip(T, nonbasic, side, lo, hi, xn, xb, j)
                else:
                    candidates[rest] = j
                    rest += 1
            slope -= drop
            count = rest
            k = -1
        if k < 0:
            return INFEASIBLE, it, r if up else ~r
        if wrong(d[k], side[k]) > 0.0:
            d[k] = 0.0
        stall = stall + 1 if abs(d[k]) <= tol_d else 0
        exchange(T, head, nonbasic, side, xn, xb, r, k, lo[v] if up else hi[v], LOWER if up else UPPER, spare)
    return LIMIT, limit, -1


@inner
def primal(T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, ratios, spare):
    """Primal simplex, Dantzig's rule, Harris' ratio test, Bland's rule after a stall.

    Returns (outcome, pivots, column): DONE when dual feasible, UNBOUNDED with the column of the ray.
    """
    m = T.shape[0] - 1
    n = T.shape[1]
    d = T[m]
    stall = 0
    for it in range(limit):
        bland = stall > m + n
        k = entering(T, nonbasic, side, tol_d, bland)
        if k < 0:
            return DONE, it, -1
        sign = 1.0 if d[k] < 0.0 else -1.0
        room = hi[nonbasic[k]] - lo[nonbasic[k]]
        slack = 0.0 if bland else tol_p
        bound = INF
        for i in range(m):
            a = sign * T[i, k]
            gap = max(hi[head[i]] - xb[i] if a > 0.0 else xb[i] - lo[head[i]], 0.0) + slack
            ratios[i] = gap / abs(a) if abs(a) > PIVOT else INF
            bound = min(bound, ratios[i])
        if bound == INF and room == INF:
            return UNBOUNDED, it, k
        r = -1
        big = 0.0
        step = INF
        for i in range(m):
            a = abs(T[i, k])
            ratio = ratios[i] - slack / a
            if a > PIVOT and ratio <= bound < INF:
                if bland:
                    if r < 0 or head[i] < head[r]:
                        r = i
                        step = ratio
                elif a > big:
                    big = a
                    r = i
                    step = ratio
        step = max(step, 0.0)
        if room <= step:
            flip(T, nonbasic, side, lo, hi, xn, xb, k)
            stall = 0
            continue
        stall = stall + 1 if step * abs(d[k]) <= tol_p * tol_d else 0
        upper = sign * T[r, k] > 0.0
        target = hi[head[r]] if upper else lo[head[r]]
        # a basic variable past its bound within the tolerance leaves where it stands: no step backwards
        if (target - xb[r]) * T[r, k] * sign < 0.0:
            xb[r] = target
        exchange(T, head, nonbasic, side, xn, xb, r, k, target, UPPER if upper else LOWER, spare)
    return LIMIT, limit, -1


@inner
def optimise(T, head, nonbasic, side, lo, hi, cost, xn, xb, tol_p, tol_d, limit, candidates, ratios, spare):
    """From a dictionary with d priced: dual simplex if primal infeasible, then primal simplex.

    Returns (outcome, pivots, row or column of the proof).
    """
    place(T, nonbasic, side, lo, hi, xn, tol_d)
    basics(T, xn, xb)
    pivots = 0
    if not is_feasible(head, lo, hi, xb, tol_p):
        outcome, pivots, where = dual(
            T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, candidates, spare
        )
        if outcome != DONE:
            return outcome, pivots, where
        price(T, head, nonbasic, cost)
    if entering(T, nonbasic, side, tol_d, False) < 0:
        return DONE, pivots, -1
    outcome, more, where = primal(T, head, nonbasic, side, lo, hi, xn, xb, tol_p, tol_d, limit, ratios, spare)
    return outcome, pivots + more, where
