# pyright: basic
"""Compiled sparse dual simplex: Devex weights, bound flipping, cost shifting (Koberstein 2005; Hall & McKinnon 2005)."""

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, FIXED, LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import DONE, INACCURATE, INF, INFEASIBLE, LIMIT, folded, inner, least
from saddlepoint.solve.kernels.jit_dictionary import PIVOT, wrong
from saddlepoint.solve.kernels.jit_sparse_changes import close_change, note, open_change
from saddlepoint.solve.kernels.jit_sparse_factor import btran, ftran
from saddlepoint.solve.kernels.jit_sparse_leaving import judge, move, worst_row
from saddlepoint.solve.kernels.jit_sparse_state import (
    ENTERING,
    FREE,
    LEAST_WEIGHT,
    dictionary_row,
    entering_direction,
    exchange,
    squared,
)
from saddlepoint.solve.kernels.jit_sparse_vector import add, clear, resize, size

REFACTOR, FULL = -1, -2
"""What a phase returns when the basis is to be factorised anew before it goes on: as its numbers are doubted, or for room."""
DRIFT = 1e-7
"""Row and column of the dictionary give the pivot twice; from this relative difference on the factors are too old."""
WIDER = 1 + 1e-15
"""A bound is no smaller than the ratio it was made of, whatever is rounded."""
ROWS_FIRST = 2.0
"""So much less may the rate of a row be than that of a column before which it enters."""
TIES = 16
"""So many of the variables that stop the dual step together change sides at most, that the one which enters stays between its own."""
LONG = 20
"""Entries of the leaving row of B⁻¹ beyond which an exchange costs more than passing ties, which may save one."""


@inner
def shift_costs(room):
    """Wrong reduced costs change their sign, by a shift of the working costs: the dual simplex has a feasible start.

    Mirrored rather than zeroed: zeros would make every dual step degenerate.
    """
    standing = room.standing
    d = standing.reduced
    for v in range(len(d)):
        code = standing.code[v]
        if code not in (BASIC, FIXED) and wrong(d[v], code) > 0.0:
            shifted = 0.0 if code == ZERO else -d[v]
            room.cost[v] += shifted - d[v]
            d[v] = shifted


@folded
def gather(room, sign, slope, slack):
    """The nonbasic variables whose reduced cost falls along the dual step, put into room.candidates, but for those that it cannot
    reach; their number.

    The step ends before it has passed a variable whose change of sides alone takes all of the `slope`. Without branches: which of them
    falls cannot be guessed.
    """
    row, standing, sides, candidates = room.row, room.standing, room.sides, room.candidates
    variable, rate, reduced = candidates
    count = np.uint64(0)
    for k in range(size(row)):
        v = row.index[k]
        wanted = standing.sign[v]
        falls = sign * wanted * row.value[v]
        variable[count] = v
        count += np.uint64((falls > PIVOT) | ((wanted == FREE) & (falls < -PIVOT)))
    bound = INF
    for c in range(count):
        v = variable[c]
        a, d = abs(row.value[v]), abs(standing.reduced[v])
        rate[c] = a
        reduced[c] = d
        if (a * (sides.hi[v] - sides.lo[v]) >= slope) & (d + slack < bound * a):
            bound = (d + slack) / a
    return within(candidates, count, bound * WIDER) if bound < INF else count


@folded
def within(candidates, count, bound):
    """The candidates that stop the step by `bound` alone, in their order; returns how many there are."""
    variable, rate, reduced = candidates
    kept = np.uint64(0)
    for c in range(count):
        v, a, d = variable[c], rate[c], reduced[c]
        variable[kept] = v
        rate[kept] = a
        reduced[kept] = d
        kept += np.uint64(d <= bound * a)
    return kept


@least
def farthest(candidates, count, slack):
    """How far the dual step may go with every reduced cost wrong by no more than `slack` (the first pass of Harris 1973)."""
    bound = INF
    rate, reduced = candidates.rate, candidates.reduced
    for c in range(count):
        bound = min(bound, (reduced[c] + slack) / rate[c])
    return bound * WIDER


@inner
def pass_group(sides, n, candidates, count, bound):
    """The candidates that stop the step before `bound`: (where the one of the largest rate stands or −1, slope lost when all are passed).

    Of those that are alike a row enters: it leaves the core of the basis small.
    """
    best, most, drop = np.int64(-1), 0.0, 0.0
    for c in range(count):
        a = candidates.rate[c]
        if candidates.reduced[c] <= bound * a:
            v = candidates.variable[c]
            drop += a * (sides.hi[v] - sides.lo[v])
            if v >= n:
                a *= ROWS_FIRST
            if a > most:
                most = a
                best = np.int64(c)
    return best, drop


@folded
def put_last(candidates, c, count):
    """Candidate c changes places with the last of `count`; returns how many stand before it."""
    variable, rate, reduced = candidates
    count -= np.uint64(1)
    variable[c], variable[count] = variable[count], variable[c]
    rate[c], rate[count] = rate[count], rate[c]
    reduced[c], reduced[count] = reduced[count], reduced[c]
    return count


@inner
def set_aside(candidates, count, bound):
    """Those that stop the step before `bound` change places with the last ones; returns how many are left."""
    c = np.uint64(0)
    while c < count:
        if candidates.reduced[c] <= bound * candidates.rate[c]:
            count = put_last(candidates, c, count)
        else:
            c += np.uint64(1)
    return count


@inner
def pass_ties(sides, candidates, count, best, slope):
    """Where the candidate at `best` would leave its own sides when it enters, those that stop the step no later are passed before it, the
    widest first, until it stays between them; returns how many candidates are left.

    What leaves its sides as it enters has to leave the basis again; there are many ties where a store links hours. slope: of the dual
    objective where the ties stop it, all of which together would make it negative.
    """
    variable, rate, reduced = candidates
    q, a, d = variable[best], rate[best], reduced[best]
    own = a * (sides.hi[q] - sides.lo[q])
    if slope <= own:
        return count
    first, c = count, np.uint64(0)
    while c < first:
        v = variable[c]
        worth = rate[c] * (sides.hi[v] - sides.lo[v])
        if worth > 0.0 and worth < slope and v != q and reduced[c] * a <= d * rate[c]:
            first = put_last(candidates, c, first)
        else:
            c += np.uint64(1)
    for _ in range(TIES):
        widest, at = 0.0, count
        for c in range(first, count):
            worth = rate[c] * (sides.hi[variable[c]] - sides.lo[variable[c]])
            if worth > widest and worth < slope:
                widest = worth
                at = c
        if at == count:
            break
        slope -= widest
        count = put_last(candidates, at, count)
        if slope <= own:
            break
    return count


@folded
def entering(room, n, count, slope, tol_p, tol_d):
    """The variable that enters, or −1; those passed before stand at the end of the candidates: (variable, first passed)."""
    sides, candidates = room.sides, room.candidates
    passed = count
    while count > 0:
        bound = farthest(candidates, count, tol_d)
        best, drop = pass_group(sides, n, candidates, count, bound)
        if best >= 0 and slope - drop <= tol_p:
            q = candidates.variable[best]
            if size(room.rho) > LONG:
                count = pass_ties(sides, candidates, count, best, slope)
            return np.int64(q), count
        before = count
        count = set_aside(candidates, count, bound)
        if count == before:
            # what is no number passes nothing
            return np.int64(-1), count
        slope -= drop
    return np.int64(-1), passed


@folded
def flip_passed(room, slot, n, first, count, tol_p):
    """Variables that were passed go to their other bounds; the basic ones follow."""
    standing, sides, matrix, vector = room.standing, room.sides, room.matrix, room.other
    clear(vector)
    for c in range(first, count):
        v = room.candidates.variable[c]
        step = sides.hi[v] - sides.lo[v]
        if standing.code[v] == UPPER:
            standing.code[v], standing.value[v], step = LOWER, sides.lo[v], -step
        else:
            standing.code[v], standing.value[v] = UPPER, sides.hi[v]
        standing.sign[v] = -standing.sign[v]
        if v >= n:
            add(vector, v - n, -step)
        else:
            for e in range(matrix.start[v], matrix.start[v + 1]):
                add(vector, matrix.row[e], matrix.value[e] * step)
    ftran(room.factor, slot, room.changes, vector)
    move(standing, sides, vector, 1.0, tol_p)
    clear(vector)


@folded
def update_reduced(room, leaving, step):
    """d −= step × row, which is cleared on the way; what rounding or Harris' slack made wrong gets a shifted cost (Koberstein 2005, § 6.2.3)."""
    row, standing = room.row, room.standing
    d, sign = standing.reduced, standing.sign
    for k in range(size(row) if step != 0.0 else 0):
        v = row.index[k]
        moved = d[v] - step * row.value[v]
        row.value[v] = 0.0
        row.there[v] = 0
        d[v] = moved
        if moved * sign[v] < 0.0 or (sign[v] == FREE and moved != 0.0):
            room.cost[v] -= moved
            d[v] = 0.0
    if step != 0.0:
        resize(row, 0)
    d[leaving] = -step


@folded
def follow(room, r, length, step, tolerance):
    """x_B −= step × column, weights of the new basis, and the change of it; returns whether there is room for another.

    length: of the leaving row of B⁻¹, squared. Weights of other rows are bounds from below (Devex, Harris 1973): exact ones
    take a third solve, and save a tenth of the exchanges. All in one pass, as the column is read but once, and cleared on the way.
    """
    standing, sides, changes, column = room.standing, room.sides, room.changes, room.column
    pivot = column.value[r]
    share = length / (pivot * pivot)
    weight = standing.weight
    k, at, bit = open_change(changes, r, pivot)
    for c in range(size(column)):
        i = column.index[c]
        a = column.value[i]
        column.value[i] = 0.0
        column.there[i] = 0
        if a != 0.0:
            at = note(changes, i, a, r, at, bit)
            weight[i] = max(weight[i], a * a * share)
            standing.value[standing.head[i]] -= step * a
            judge(standing, sides, i, tolerance)
    resize(column, 0)
    weight[r] = max(share, LEAST_WEIGHT)
    return close_change(changes, k, at)


@inner
def dual_phase(room, slot, n, tol_p, tol_d, limit):
    """Exchanges until the basis is primal feasible or the factors are old: (outcome, REFACTOR or FULL, pivots, row).

    INFEASIBLE comes with the row of B⁻¹ that proves it in room.rho; the third number is 1 + its variable, negative where that
    stands below its lower side.
    """
    standing, sides, rho, column = room.standing, room.sides, room.rho, room.column
    for it in range(limit):
        r = worst_row(standing)
        if r < 0:
            return DONE, it, 0.0
        leaving = standing.head[r]
        x = standing.value[leaving]
        above = x > sides.hi[leaving]
        sign = 1.0 if above else -1.0
        target = sides.hi[leaving] if above else sides.lo[leaving]
        clear(rho)
        add(rho, r, 1.0)
        btran(room.matrix, room.factor, slot, room.changes, rho)
        length = squared(rho)
        standing.weight[r] = max(length, LEAST_WEIGHT)
        dictionary_row(room.matrix, n, standing.code, ENTERING, rho, room.row)
        slope = abs(x - target)
        count = gather(room, sign, slope, tol_d)
        q, first = entering(room, n, count, slope, tol_p, tol_d)
        if q < 0:
            return (INFEASIBLE if room.changes.count[0] == 0 else REFACTOR), it, sign * (leaving + 1.0)
        entering_direction(room, slot, n, q)
        across = room.row.value[q]
        if abs(column.value[r] - across) > DRIFT * (1.0 + abs(across)):
            return (REFACTOR if room.changes.count[0] > 0 else INACCURATE), it, 0.0
        if first < count:
            flip_passed(room, slot, n, first, count, tol_p)
            x = standing.value[leaving]
        update_reduced(room, leaving, standing.reduced[q] / across)
        standing.reduced[q] = 0.0
        step = (x - target) / column.value[r]
        more = follow(room, r, length, step, tol_p)
        standing.value[q] += step
        standing.value[leaving] = target
        exchange(room, r, q, UPPER if above else LOWER)
        judge(standing, sides, r, tol_p)
        if not more:
            return FULL, it + 1, 0.0
    return LIMIT, limit, 0.0
