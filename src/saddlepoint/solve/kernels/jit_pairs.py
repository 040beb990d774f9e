# pyright: basic
"""Compiled tableau of complementary pairs: what stands where, between what it must lie, and whether that holds.

Pairs k: a column (x_k, z_k) or a row (s_i = A_i x, y_i), with z = Px + q − Aᵀy. Of each pair one side is independent
and known (x or s at a bound, y or z zero), the other dependent: dep = M·ind, M positive semidefinite in any state.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, FIXED, LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import (
    INF,
    inner,
    put,
    summing,
)
from saddlepoint.solve.kernels.jit_dictionary import pivot, product

MOST_KEPT = 24
"""Pivots that are kept beside a tableau: a product with it costs as much as N / 2 of them."""


class Tableau(NamedTuple):
    """M: (N, N); pair (N,): which pair stands where; turned (N,): whether it has been exchanged; spare: (N,) to work in."""

    M: Any
    pair: Any
    turned: Any
    spare: Any


class PivotFile(NamedTuple):
    """Pivots since a tableau was made, in product form (Dantzig & Orchard-Hays 1954): the matrix is that of the tableau with these
    pivots done one after the other.

    M (2, N, N): the tableau of the start, which stays as it is for all scenarios, and one at work; count (2,): how many pivots there are, and which of the
    two they begin from. Of each, row (MOST_KEPT, N): the new row of the pivot, column (MOST_KEPT, N): the old column, at (MOST_KEPT, 2): where. here, there (N,):
    a column and a row of the matrix as it is now; factor (MOST_KEPT,), source (N,): to work in.
    """

    M: Any
    count: Any
    row: Any
    column: Any
    at: Any
    here: Any
    there: Any
    factor: Any
    source: Any


class PositionState(NamedTuple):
    """Of every position (N,): kind (a code of a basis or FIXED), the known side, the dependent side, its shift, and a vector to work in."""

    kind: Any
    known: Any
    value: Any
    shift: Any
    source: Any


def blank_file(size):
    return PivotFile(
        np.empty((2, size, size)),
        np.zeros(2, np.int64),
        np.empty((MOST_KEPT, size)),
        np.empty((MOST_KEPT, size)),
        np.zeros((MOST_KEPT, 2), np.int64),
        np.empty(size),
        np.empty(size),
        np.empty(MOST_KEPT),
        np.empty(size),
    )


def blank_tableau(M):
    """A tableau on the matrix M."""
    size = len(M)
    return Tableau(M, np.empty(size, np.int64), np.empty(size, np.bool_), np.empty(size))


def blank_state(size):
    return PositionState(
        np.empty(size, np.int8), np.empty(size), np.empty(size), np.empty(size), np.empty(size)
    )


@inner
def begin(file, which):
    """No pivots yet, from the tableau of the start (0) or the one at work (1)."""
    file.count[0], file.count[1] = 0, which


@summing
def column_now(file, k, target):
    """Column k of the matrix as it is now."""
    M = file.M[file.count[1]]
    for i in range(len(target)):
        target[i] = M[i, k]
    for t in range(file.count[0]):
        r, c = file.at[t, 0], file.at[t, 1]
        f = file.row[t, k]
        column = file.column[t]
        if c == k:
            for i in range(len(target)):
                target[i] = f * column[i]
        else:
            for i in range(len(target)):
                target[i] += f * column[i]
        target[r] = f


@summing
def row_now(file, r, target):
    """Row r of the matrix as it is now."""
    M = file.M[file.count[1]]
    for j in range(len(target)):
        target[j] = M[r, j]
    for t in range(file.count[0]):
        c, row = file.at[t, 1], file.row[t]
        f = file.column[t, r]
        if file.at[t, 0] == r:
            for j in range(len(target)):
                target[j] = row[j]
        else:
            target[c] = 0.0
            for j in range(len(target)):
                target[j] += f * row[j]


@summing
def exchange_pair(file, r, k, shift):
    """Exchange row r with column k, which stands in `here`; the shifts are a column more."""
    if file.count[0] == MOST_KEPT:
        settle_pivots(file)
    t = file.count[0]
    row, column = file.row[t], file.column[t]
    row_now(file, r, file.there)
    p = 1.0 / file.here[r]
    s = -p * shift[r]
    for j in range(len(row)):
        row[j] = -p * file.there[j]
        column[j] = file.here[j]
        shift[j] += s * file.here[j]
    row[k] = p
    shift[r] = s
    file.at[t, 0], file.at[t, 1] = r, k
    file.count[0] = t + 1


@inner
def settle_pivots(file):
    """The tableau at work as the matrix is now."""
    work = file.M[1]
    if file.count[1] == 0:
        put(file.M[0].reshape(-1), work.reshape(-1))
    for t in range(file.count[0]):
        pivot(work, file.at[t, 0], file.at[t, 1], file.source)
    begin(file, 1)


@summing
def times_now(file, vector, target):
    """The product of the matrix as it is now with a vector, which is used up."""
    M = file.M[file.count[1]]
    N = len(target)
    for t in range(file.count[0] - 1, -1, -1):
        row = file.row[t]
        f = 0.0
        for j in range(N):
            f += row[j] * vector[j]
        file.factor[t] = f
        vector[file.at[t, 1]] = 0.0
    product(M, vector, target)
    for t in range(file.count[0]):
        f, column = file.factor[t], file.column[t]
        for i in range(N):
            target[i] += f * column[i]
        target[file.at[t, 0]] = f


@inner
def swap_pairs(M, r, k, pair, spare):
    """Exchange two pairs at once where a diagonal entry is zero; they change places."""
    pivot(M, r, k, spare)
    pivot(M, k, r, spare)
    pair[r], pair[k] = pair[k], pair[r]


@inner
def limits(kind, low, high):
    """Between what the dependent side of a pair must lie."""
    if kind == BASIC:
        return low, high
    if kind == LOWER:
        return 0.0, INF
    if kind == UPPER:
        return -INF, 0.0
    if kind == FIXED:
        return -INF, INF
    return 0.0, 0.0


@inner
def seat(n, tableau, codes, sides, state):
    """The state of each position and the value of its independent side, on bounds that exist."""
    pair, turned, lo, hi = tableau.pair, tableau.turned, sides.lo, sides.hi
    kind, known = state.kind, state.known
    for k in range(len(pair)):
        v = pair[k]
        if turned[k] == (v < n):
            kind[k] = BASIC
            known[k] = 0.0
            continue
        if lo[v] == hi[v]:
            kind[k] = FIXED
        elif lo[v] == -INF and hi[v] == INF:
            kind[k] = ZERO
        elif lo[v] == -INF or (codes[v] == UPPER and hi[v] < INF):
            kind[k] = UPPER
        else:
            kind[k] = LOWER
        known[k] = hi[v] if kind[k] == UPPER else (0.0 if kind[k] == ZERO else lo[v])


@inner
def values(file, pair, state, cost):
    """All dependent sides on the true data: dep = M·ind, costs carried along."""
    kind, known, value, source = state.kind, state.known, state.value, state.source
    for k in range(len(pair)):
        source[k] = -cost[pair[k]] if kind[k] == BASIC else known[k]
    times_now(file, source, value)
    for i in range(len(pair)):
        if kind[i] != BASIC:
            value[i] += cost[pair[i]]


@inner
def is_solved(pair, state, sides, tol_p, tol_d):
    """Whether every dependent side lies between its limits."""
    kind, value, lo, hi = state.kind, state.value, sides.lo, sides.hi
    for k in range(len(pair)):
        low, high = limits(kind[k], lo[pair[k]], hi[pair[k]])
        tolerance = tol_p if kind[k] == BASIC else tol_d
        if not (value[k] >= low - tolerance and value[k] <= high + tolerance):
            return False
    return True
