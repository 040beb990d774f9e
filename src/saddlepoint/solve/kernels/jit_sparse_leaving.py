# pyright: basic
"""Compiled choice of the row that leaves: the largest infeasibility² / weight, looked for among few."""

from saddlepoint.solve.kernels.jit_codes import INF, folded, inner
from saddlepoint.solve.kernels.jit_sparse_vector import size

SUSPECT, LEADING = 1, 2
"""The lists a row can be in, as bits of `listed`."""
SHARE = 0.5
"""Rows with more than this part of the largest merit lead; the others wait until none of them is left."""


@inner
def judge(standing, sides, i, tolerance):
    """The merit of row i anew: infeasibility² / weight, 0 within the tolerance."""
    v = standing.head[i]
    x = standing.value[v]
    excess = max(sides.lo[v] - x, x - sides.hi[v])
    standing.merit[i] = 0.0
    if excess > tolerance:
        merit = excess * excess / standing.weight[i]
        standing.merit[i] = merit
        if not standing.listed[i] & SUSPECT:
            enlist(standing, i, standing.suspects, SUSPECT)
        if merit > standing.cut[0] and not standing.listed[i] & LEADING:
            enlist(standing, i, standing.leading, LEADING)


@inner
def enlist(standing, i, rows, which):
    """Row i joins the list `rows`."""
    standing.listed[i] |= which
    rows[standing.count[which - 1]] = i
    standing.count[which - 1] += 1


@inner
def judge_all(standing, sides, tolerance):
    standing.count[:] = 0
    standing.listed[:] = 0
    standing.cut[0] = INF
    for i in range(len(standing.head)):
        judge(standing, sides, i, tolerance)


@inner
def judge_moved(standing, sides, tolerance):
    """After a factorisation, which puts variables into other rows."""
    for k in range(size(standing.moved)):
        judge(standing, sides, standing.moved.index[k], tolerance)


@inner
def best_of(standing, rows, which, least):
    """The row of a list with the largest merit, or −1; those whose merit is no more than `least` leave it."""
    best, r, k = least, -1, 0
    filled = standing.count[which - 1]
    while k < filled:
        i = rows[k]
        merit = standing.merit[i]
        if merit <= least:
            standing.listed[i] &= 3 - which
            filled -= 1
            rows[k] = rows[filled]
            continue
        if merit > best:
            best = merit
            r = i
        k += 1
    standing.count[which - 1] = filled
    return r


@folded
def worst_row(standing):
    """The row with the largest merit, or −1 when all are feasible.

    Only the leading ones are looked at while there is one (as Hall & McKinnon 2005 do, § 4.2): all above the cut are there.
    """
    r = best_of(standing, standing.leading, LEADING, standing.cut[0])
    if r >= 0:
        return r
    r = best_of(standing, standing.suspects, SUSPECT, 0.0)
    if r >= 0:
        standing.cut[0] = SHARE * standing.merit[r]
        for k in range(standing.count[0]):
            i = standing.suspects[k]
            if standing.merit[i] > standing.cut[0]:
                enlist(standing, i, standing.leading, LEADING)
    return r


@inner
def move(standing, sides, column, step, tolerance):
    """x_B −= step × column, and the rows concerned are judged anew."""
    for k in range(size(column)):
        i = column.index[k]
        if column.value[i] != 0.0:
            standing.value[standing.head[i]] -= step * column.value[i]
            judge(standing, sides, i, tolerance)
