# pyright: basic
"""Compiled sparse dual simplex: Devex weights, bound flipping, cost shifting (Koberstein 2005; Hall & McKinnon 2005)."""

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import DONE, INACCURATE, INF, INFEASIBLE, LIMIT, inner
from saddlepoint.solve.kernels.jit_dictionary import PIVOT, wrong
from saddlepoint.solve.kernels.jit_sparse_factor import btran, ftran
from saddlepoint.solve.kernels.jit_sparse_state import (
    FIXED,
    LEAST_WEIGHT,
    dictionary_row,
    entering_direction,
    exchange,
    judge,
    move,
    squared,
    worst_row,
)
from saddlepoint.solve.kernels.jit_sparse_vector import add, clear, size

REFACTOR = -1
"""What a phase returns when the basis is to be factorised anew before it goes on."""
DRIFT = 1e-7
"""Row and column of the dictionary give the pivot twice; from this relative difference on the factors are too old."""


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


@inner
def gather(room, sign):
    """The nonbasic variables whose reduced cost falls along the dual step, put into room.candidates; their number."""
    row, standing = room.row, room.standing
    count = 0
    for k in range(size(row)):
        v = row.index[k]
        a = sign * row.value[v]
        code = standing.code[v]
        if abs(a) <= PIVOT:
            continue
        if code == ZERO or (code == LOWER and a > 0.0) or (code == UPPER and a < 0.0):
            room.candidates[count] = v
            count += 1
    return count


@inner
def pass_group(room, count, slack):
    """Harris' two passes over the candidates: (best variable or −1, bound of the step, slope lost when all are passed)."""
    row, standing, sides, candidates = room.row, room.standing, room.sides, room.candidates
    d = standing.reduced
    bound = INF
    for c in range(count):
        v = candidates[c]
        bound = min(bound, (abs(d[v]) + slack) / abs(row.value[v]))
    q, most, drop = -1, 0.0, 0.0
    for c in range(count):
        v = candidates[c]
        a = abs(row.value[v])
        if abs(d[v]) / a <= bound:
            drop += a * (sides.hi[v] - sides.lo[v])
            if a > most:
                most = a
                q = v
    return q, bound, drop


@inner
def entering(room, count, slope, tol_p, tol_d):
    """The variable that enters, or −1; those passed before stand at the end of the candidates: (variable, first passed)."""
    row, standing, candidates = room.row, room.standing, room.candidates
    d = standing.reduced
    passed = count
    while count > 0:
        q, bound, drop = pass_group(room, count, tol_d)
        if slope - drop <= tol_p:
            return q, count
        c, before = 0, count
        while c < count:
            v = candidates[c]
            if abs(d[v]) / abs(row.value[v]) <= bound:
                count -= 1
                candidates[c] = candidates[count]
                candidates[count] = v
            else:
                c += 1
        if count == before:
            # what is no number passes nothing
            return q, count
        slope -= drop
    return -1, passed


@inner
def flip_passed(room, slot, n, first, count, tol_p):
    """Variables that were passed go to their other bounds; the basic ones follow."""
    standing, sides, matrix, vector = room.standing, room.sides, room.matrix, room.other
    clear(vector)
    for c in range(first, count):
        v = room.candidates[c]
        step = sides.hi[v] - sides.lo[v]
        if standing.code[v] == UPPER:
            standing.code[v], standing.value[v], step = LOWER, sides.lo[v], -step
        else:
            standing.code[v], standing.value[v] = UPPER, sides.hi[v]
        if v >= n:
            add(vector, v - n, -step)
        else:
            for e in range(matrix.start[v], matrix.start[v + 1]):
                add(vector, matrix.row[e], matrix.value[e] * step)
    ftran(room.factor, slot, room.changes, vector, room.search)
    move(standing, sides, vector, 1.0, tol_p)
    clear(vector)


@inner
def update_reduced(room, leaving, step):
    """d −= step × row; what rounding or Harris' slack made wrong gets a shifted cost (Koberstein 2005, § 6.2.3)."""
    row, standing = room.row, room.standing
    d, code = standing.reduced, standing.code
    for k in range(size(row) if step != 0.0 else 0):
        v = row.index[k]
        d[v] -= step * row.value[v]
        if wrong(d[v], code[v]) > 0.0 and code[v] != FIXED:
            room.cost[v] -= d[v]
            d[v] = 0.0
    d[leaving] = -step


@inner
def update_weights(room, r, length):
    """Weights of the new basis; length: of the leaving row of B⁻¹, squared.

    Those of other rows are bounds from below (Devex, Harris 1973): exact ones take a third solve, and save a tenth of the exchanges.
    """
    column, weight = room.column, room.standing.weight
    pivot = column.value[r]
    for k in range(size(column)):
        i = column.index[k]
        ratio = column.value[i] / pivot
        weight[i] = max(weight[i], ratio * ratio * length)
    weight[r] = max(length / (pivot * pivot), LEAST_WEIGHT)


@inner
def dual_phase(room, slot, n, tol_p, tol_d, limit):
    """Exchanges until the basis is primal feasible or the factors are old: (outcome or REFACTOR, pivots, row).

    INFEASIBLE comes with the row that proves it in room.row; the third number is 1 + its variable, negative where that
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
        btran(room.factor, slot, room.changes, rho, room.search)
        length = squared(rho)
        standing.weight[r] = max(length, LEAST_WEIGHT)
        dictionary_row(room.matrix, n, standing.code, rho, room.row)
        count = gather(room, sign)
        q, first = entering(room, count, abs(x - target), tol_p, tol_d)
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
        update_weights(room, r, length)
        step = (x - target) / column.value[r]
        move(standing, sides, column, step, tol_p)
        standing.value[q] += step
        standing.value[leaving] = target
        more = exchange(room, r, q, UPPER if above else LOWER)
        judge(standing, sides, r, tol_p)
        if not more:
            return REFACTOR, it + 1, 0.0
    return LIMIT, limit, 0.0
