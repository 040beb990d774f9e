# pyright: basic
"""Compiled dual and primal simplex on a dictionary, with bounds on every variable."""

from saddlepoint.solve.kernels.answer import LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import DONE, INF, INFEASIBLE, LIMIT, UNBOUNDED, inner
from saddlepoint.solve.kernels.jit_dictionary import (
    PIVOT,
    exchange,
    flip,
    is_feasible,
    price,
    product,
    settle,
    wrong,
)


@inner
def entering(d, nonbasic, side, tolerance, bland):
    """The column with the most wrong reduced cost (the first variable by number under Bland's rule), or −1."""
    k = -1
    if bland:
        for j in range(len(side)):
            if wrong(d[j], side[j]) > tolerance and (k < 0 or nonbasic[j] < nonbasic[k]):
                k = j
        return k
    worst = tolerance
    for j in range(len(side)):
        w = wrong(d[j], side[j])
        k = j if w > worst else k
        worst = w if w > worst else worst
    return k


@inner
def leaving_row(head, lo, hi, xb, tolerance, bland):
    """The most infeasible basic row (the first variable by number under Bland's rule), or −1."""
    r = -1
    worst = tolerance
    for i in range(len(head)):
        v = head[i]
        below, above = lo[v] - xb[i], xb[i] - hi[v]
        excess = below if below > above else above
        if bland:
            r = i if excess > tolerance and (r < 0 or v < head[r]) else r
        else:
            r = i if excess > worst else r
            worst = excess if excess > worst else worst
    return r


@inner
def shift_costs(d, side):
    """Wrong reduced costs change their sign: the dual simplex then has a feasible start, the primal one ends it.

    Mirrored rather than zeroed: zeros would make every dual step degenerate.
    """
    for j in range(len(side)):
        if wrong(d[j], side[j]) > 0.0:
            d[j] = 0.0 if side[j] == ZERO else -d[j]


@inner
def eligible(row, side, sign, candidates):
    """The columns whose entry lets the leaving row move back to its bound; returns their number."""
    count = 0
    for j in range(len(side)):
        a = abs(row[j]) if side[j] == ZERO else sign * row[j] * (1 - side[j])
        candidates[count] = j
        count += a > PIVOT
    return count


@inner
def headroom(d, side):
    """How far a reduced cost may still fall before its sign turns wrong."""
    return max(-wrong(d, side), 0.0)


@inner
def ratio_test(row, dictionary, sides, candidates, count, slack, bland):
    """Harris' two passes: the largest pivot among the columns that reach zero within `slack` of the first one.

    Returns (column or −1, bound on the dual step, by how much the slope falls when all of them are passed).
    """
    m = dictionary.T.shape[0] - 1
    d, side, nonbasic = dictionary.T[m], dictionary.side, dictionary.nonbasic
    lo, hi = sides.lo, sides.hi
    bound = INF
    for c in range(count):
        j = candidates[c]
        bound = min(bound, (headroom(d[j], side[j]) + slack) / abs(row[j]))
    k = -1
    drop, big = 0.0, 0.0
    for c in range(count):
        j = candidates[c]
        a = abs(row[j])
        if headroom(d[j], side[j]) / a <= bound:
            drop += a * (hi[nonbasic[j]] - lo[nonbasic[j]])
            if bland:
                if k < 0 or nonbasic[j] < nonbasic[k]:
                    k = j
            elif a > big:
                big = a
                k = j
    return k, bound, drop


@inner
def entering_column(row, dictionary, sides, standing, slope, tol_p, tol_d, candidates, count, bland):
    """The column that enters in a dual step, after sending to their other bounds those the step goes past; or −1.

    While the row is still infeasible after a boxed variable has changed sides, the dual objective goes on rising behind
    its breakpoint: the step becomes longer and pivots are saved (bound flipping, Maros 2003).
    """
    d, side = dictionary.T[dictionary.T.shape[0] - 1], dictionary.side
    while count > 0:
        k, bound, drop = ratio_test(row, dictionary, sides, candidates, count, 0.0 if bland else tol_d, bland)
        if bland or slope - drop <= tol_p:
            return k
        rest = 0
        for c in range(count):
            j = candidates[c]
            if headroom(d[j], side[j]) / abs(row[j]) <= bound:
                flip(dictionary, sides, standing.xn, standing.xb, j)
            else:
                candidates[rest] = j
                rest += 1
        if rest == count:
            # what is no number passes nothing
            return k
        slope -= drop
        count = rest
    return -1


@inner
def dual(dictionary, sides, standing, tol_p, tol_d, limit, candidates):
    """Dual simplex (Koberstein 2005, ch. 3) from shifted costs; after n + m steps without progress Bland's rule.

    Returns (outcome, pivots, row): DONE when primal feasible, INFEASIBLE with the row that proves it
    (its complement ~row where the row stands above its upper side).
    """
    T, head, side = dictionary.T, dictionary.head, dictionary.side
    lo, hi, xb = sides.lo, sides.hi, standing.xb
    m, n = T.shape[0] - 1, T.shape[1]
    d = T[m]
    shift_costs(d, side)
    stall = 0
    for it in range(limit):
        bland = stall > m + n
        r = leaving_row(head, lo, hi, xb, tol_p, bland)
        if r < 0:
            return DONE, it, -1
        v = head[r]
        up = xb[r] < lo[v]
        slope = lo[v] - xb[r] if up else xb[r] - hi[v]
        count = eligible(T[r], side, 1.0 if up else -1.0, candidates)
        k = entering_column(T[r], dictionary, sides, standing, slope, tol_p, tol_d, candidates, count, bland)
        if k < 0:
            return INFEASIBLE, it, r if up else ~r
        if wrong(d[k], side[k]) > 0.0:
            # Harris' slack has let it past zero: a shift of this cost, taken back by the primal phase
            d[k] = 0.0
        stall = stall + 1 if abs(d[k]) <= tol_d else 0
        exchange(dictionary, standing.xn, xb, r, k, lo[v] if up else hi[v], LOWER if up else UPPER)
    return LIMIT, limit, -1


@inner
def blocking(dictionary, sides, xb, k, sign, slack, bland, ratios):
    """Harris' two passes over the rows: the largest pivot among the basics that stop column k within `slack`.

    Returns (row or −1, step; INF without one).
    """
    T, head = dictionary.T, dictionary.head
    lo, hi = sides.lo, sides.hi
    bound = INF
    for i in range(len(head)):
        a = sign * T[i, k]
        gap = max(hi[head[i]] - xb[i] if a > 0.0 else xb[i] - lo[head[i]], 0.0) + slack
        ratios[i] = gap / abs(a) if abs(a) > PIVOT else INF
        bound = min(bound, ratios[i])
    r = -1
    big = 0.0
    step = INF
    for i in range(len(head)):
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
    return r, max(step, 0.0)


@inner
def primal(dictionary, sides, standing, tol_p, tol_d, limit, ratios):
    """Primal simplex, Dantzig's rule, Harris' ratio test, Bland's rule after n + m steps without progress.

    Returns (outcome, pivots, column): DONE when dual feasible, UNBOUNDED with the column of the ray.
    """
    T, head, nonbasic = dictionary.T, dictionary.head, dictionary.nonbasic
    lo, hi, xn, xb = sides.lo, sides.hi, standing.xn, standing.xb
    m, n = T.shape[0] - 1, T.shape[1]
    d = T[m]
    stall = 0
    for it in range(limit):
        bland = stall > m + n
        k = entering(d, nonbasic, dictionary.side, tol_d, bland)
        if k < 0:
            return DONE, it, -1
        sign = 1.0 if d[k] < 0.0 else -1.0
        room = hi[nonbasic[k]] - lo[nonbasic[k]]
        r, step = blocking(dictionary, sides, xb, k, sign, 0.0 if bland else tol_p, bland, ratios)
        if r < 0 and room == INF:
            return UNBOUNDED, it, k
        if room <= step:
            flip(dictionary, sides, xn, xb, k)
            stall = 0
            continue
        stall = stall + 1 if step * abs(d[k]) <= tol_p * tol_d else 0
        upper = sign * T[r, k] > 0.0
        target = hi[head[r]] if upper else lo[head[r]]
        # a basic variable past its bound within the tolerance leaves where it stands: no step backwards
        if (target - xb[r]) * T[r, k] * sign < 0.0:
            xb[r] = target
        exchange(dictionary, xn, xb, r, k, target, UPPER if upper else LOWER)
    return LIMIT, limit, -1


@inner
def optimise(dictionary, sides, standing, tol_p, tol_d, limit, candidates, ratios):
    """From a dictionary with d priced: dual simplex if primal infeasible, then primal simplex.

    Returns (outcome, pivots, row or column of the proof).
    """
    T, head, nonbasic = dictionary.T, dictionary.head, dictionary.nonbasic
    settle(dictionary, sides, standing.xn, tol_d)
    product(T, standing.xn, standing.xb)
    pivots = 0
    if not is_feasible(head, sides.lo, sides.hi, standing.xb, tol_p):
        outcome, pivots, where = dual(dictionary, sides, standing, tol_p, tol_d, limit, candidates)
        if outcome != DONE:
            return outcome, pivots, where
        price(T, head, nonbasic, sides.cost)
    if entering(T[T.shape[0] - 1], nonbasic, dictionary.side, tol_d, False) < 0:
        return DONE, pivots, -1
    outcome, more, where = primal(dictionary, sides, standing, tol_p, tol_d, limit, ratios)
    return outcome, pivots + more, where
