# pyright: basic
"""Compiled tableau of complementary pairs: what stands where, between what it must lie, and whether that holds.

Pairs k: a column (x_k, z_k) or a row (s_i = A_i x, y_i), with z = Px + q − Aᵀy. Of each pair one side is independent
and known (x or s at a bound, y or z zero), the other dependent: dep = M·ind, M positive semidefinite in any state.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import (
    INF,
    inner,
    put,
    summing,
)
from saddlepoint.solve.kernels.jit_dictionary import pivot

FIXED = 4
"""The state of a pair whose known side has lo = hi: beside the codes of a basis, because its multiplier is free."""


class Tableau(NamedTuple):
    """M: (N, N + 1), the last column holds the shifts; pair (N,): which pair stands where; turned (N,): whether it has been
    exchanged; spare: (N + 1,) to work in."""

    M: Any
    pair: Any
    turned: Any
    spare: Any


class PositionState(NamedTuple):
    """Of every position (N,): kind (a code of a basis or FIXED), the known side, the dependent side, and a vector to work in."""

    kind: Any
    known: Any
    value: Any
    source: Any


def blank_tableau(size):
    return Tableau(
        np.empty((size, size + 1)), np.empty(size, np.int64), np.empty(size, np.bool_), np.empty(size + 1)
    )


def blank_state(size):
    return PositionState(np.empty(size, np.int8), np.empty(size), np.empty(size), np.empty(size))


@inner
def copy_tableau(source, target):
    put(source.M.reshape(-1), target.M.reshape(-1))
    put(source.pair, target.pair)
    put(source.turned, target.turned)


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


@summing
def values(tableau, state, cost):
    """All dependent sides on the true data: dep = M·ind, costs carried along."""
    M, pair = tableau.M, tableau.pair
    kind, known, value, source = state
    N = len(pair)
    for k in range(N):
        source[k] = -cost[pair[k]] if kind[k] == BASIC else known[k]
    for i in range(N):
        row = M[i]
        v = 0.0
        for k in range(N):
            v += row[k] * source[k]
        if kind[i] != BASIC:
            v += cost[pair[i]]
        value[i] = v


@inner
def is_solved(tableau, state, sides, tol_p, tol_d):
    """Whether every dependent side lies between its limits."""
    pair, kind, value, lo, hi = tableau.pair, state.kind, state.value, sides.lo, sides.hi
    for k in range(len(pair)):
        low, high = limits(kind[k], lo[pair[k]], hi[pair[k]])
        tolerance = tol_p if kind[k] == BASIC else tol_d
        if not (value[k] >= low - tolerance and value[k] <= high + tolerance):
            return False
    return True
