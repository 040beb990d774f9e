# pyright: basic
"""Compiled block Gauss–Seidel: a linear block and explicit affine equalities, dictionary kept between sweeps."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import (
    CROSSED,
    CYCLE,
    DONE,
    INACCURATE,
    INF,
    NOT_CONVERGED,
    at,
    dot,
    folded,
    inner,
    kernel,
    making,
    put,
)
from saddlepoint.solve.kernels.jit_dictionary import copy, fill, refactor
from saddlepoint.solve.kernels.jit_vertex import blank_room, load, to_vertex, write

L1, L2, LINF, MAX_RELATIVE = 0, 1, 2, 3
"""The values of `fixed_point.ChangeNorm`."""


class SweepSpace(NamedTuple):
    """What the sweeps of one scenario work on: its numbers with w put in (q, l, u, lb, ub), w (e,) before and after a
    sweep, the points of all sweeps (sweeps + 1, n), and the change of every watched table."""

    q: Any
    l: Any
    u: Any
    lb: Any
    ub: Any
    w: Any
    w_new: Any
    past: Any
    change: Any


@making
def blank_loop(n, m, e, sweeps, tables):
    return SweepSpace(
        np.empty(n),
        np.empty(m),
        np.empty(m),
        np.empty(n),
        np.empty(n),
        np.empty(e),
        np.empty(e),
        np.empty((sweeps + 1, n)),
        np.empty(tables),
    )


@inner
def affine(base, matrix, s, w, out):
    """out = base + M w for the sparse matrix M (by columns) of scenario s."""
    start, row, values = matrix
    put(base[at(base, s)], out)
    v = values[at(values, s)]
    for j in range(len(w)):
        f = w[j]
        if f != 0.0:
            for e in range(start[j], start[j + 1]):
                out[row[e]] += v[e] * f


@inner
def accumulate(norm, group, new, old, total, first):
    """Add the change of each value to the norm of its group; group −1 is not watched."""
    for k in range(len(new)):
        g = group[k]
        if g >= 0:
            c = abs(new[k]) if first else abs(new[k] - old[k])
            if norm == L1:
                total[g] += c
            elif norm == L2:
                total[g] += c * c
            elif norm == LINF:
                total[g] = max(total[g], c)
            elif first:
                total[g] = 1.0
            else:
                size = abs(old[k])
                total[g] = max(total[g], c / size if size > 0.0 else (INF if c > 0.0 else 0.0))


@inner
def measure(rule, x, x_old, w, w_old, total, first):
    """The change of every watched table, or its own norm after the first sweep."""
    total[:] = 0.0
    accumulate(rule.norm, rule.group_x, x, x_old, total, first)
    accumulate(rule.norm, rule.group_w, w, w_old, total, first)
    if rule.norm == L2:
        for g in range(len(total)):
            total[g] = np.sqrt(total[g])


@inner
def distance(a, b):
    """The largest change relative to the largest value."""
    gap = 0.0
    size = 0.0
    for k in range(len(a)):
        gap = max(gap, abs(a[k] - b[k]))
        size = max(size, abs(a[k]), abs(b[k]))
    return gap / size if size > 0.0 else 0.0


@folded
def put_in(data, coupling, loop, s):
    """The numbers of the linear block at w."""
    w = loop.w
    affine(data.q, coupling.cost, s, w, loop.q)
    affine(data.l, coupling.lower, s, w, loop.l)
    affine(data.u, coupling.upper, s, w, loop.u)
    affine(data.lb, coupling.column_lower, s, w, loop.lb)
    affine(data.ub, coupling.column_upper, s, w, loop.ub)


@folded
def give(data, coupling, rule, room, loop, s, k):
    """The point of sweep k in the user's scale, and the w it gives, damped after the first sweep."""
    point, scale, new = room.vertex.point, data.column_scale, loop.past[k]
    w, w_new = loop.w, loop.w_new
    for j in range(len(new)):
        new[j] = point[j] * scale[j]
    affine(coupling.offset, coupling.given, s, new, w_new)
    if k > 0:
        for i in range(len(w)):
            w_new[i] = (1.0 - rule.damping) * w[i] + rule.damping * w_new[i]


@folded
def is_calm(rule, loop, s, k, found):
    """Whether every watched table moved less than its threshold in sweep k; the movement is recorded."""
    new = loop.past[k]
    first = found.first[s]
    if k == 0:
        measure(rule, new, new, loop.w_new, loop.w, loop.change, True)
        put(loop.change, first)
        return True
    measure(rule, new, loop.past[k - 1], loop.w_new, loop.w, loop.change, False)
    put(loop.change, found.changes[s, k - 1])
    moving = 0
    for g in range(len(first)):
        moving += not (loop.change[g] <= rule.absolute + rule.relative * first[g])
    return moving == 0


@folded
def cycle_length(rule, past, k):
    """How many sweeps ago this point was, where others lie between; 0 where it is new. Damped sweeps are not judged."""
    if rule.damping != 1.0 or k < 2 or distance(past[k], past[k - 1]) <= rule.residual:
        return 0
    for back in range(2, k + 1):
        if distance(past[k], past[k - back]) <= rule.residual:
            return back
    return 0


@folded
def sweep(data, coupling, rule, room, loop, s, k, finite, out):
    """One sweep from w: the linear block, then w; returns the outcome, NOT_CONVERGED where the next one must follow."""
    put_in(data, coupling, loop, s)
    big_p, big_d = load(data, loop.q, loop.l, loop.u, loop.lb, loop.ub, room.sides)
    if big_p < 0.0 or np.isnan(big_d) or not finite:
        return CROSSED if big_p < 0.0 else INACCURATE
    outcome, pivots, _where = to_vertex(room, big_p, big_d, data.limit)
    out.answer.iterations[s] += pivots
    if outcome != DONE:
        return outcome
    give(data, coupling, rule, room, loop, s, k)
    calm = is_calm(rule, loop, s, k, out)
    same_w = distance(loop.w_new, loop.w) <= rule.residual * rule.damping
    put(loop.w_new, loop.w)
    past = loop.past
    if same_w and (k == 0 or (calm and distance(past[k], past[k - 1]) <= rule.residual)):
        return DONE
    out.period[s] = cycle_length(rule, past, k)
    return CYCLE if out.period[s] > 0 else NOT_CONVERGED


@folded
def sweep_all(data, coupling, rule, room, loop, s, finite, out):
    """The sweeps of scenario s, to an end or to their limit."""
    copy(room.first, room.dictionary)
    put(rule.start[at(rule.start, s)], loop.w)
    outcome = NOT_CONVERGED
    k = 0
    while outcome == NOT_CONVERGED and k < rule.sweeps:
        outcome = sweep(data, coupling, rule, room, loop, s, k, finite, out)
        k += 1
    out.sweeps[s] = k
    answered = outcome in (DONE, NOT_CONVERGED, CYCLE)
    write(data, room, s, out.answer, outcome, answered, answered)
    if answered:
        out.answer.objective[s] = dot(loop.q, loop.past[k - 1])
        put(loop.w, out.exchanged[s])
        put(room.vertex.code, out.answer.basis[s])


@kernel
def fixed_point(data, coupling, rule, out):
    """Sweep every scenario to its fixed point: answers written into `out` (FixedPoint)."""
    n, m = len(data.column_scale), len(data.row_scale)
    room = blank_room(n, m)
    loop = blank_loop(n, m, coupling.offset.shape[1], rule.sweeps, out.first.shape[1])
    finite = True
    for s in range(len(out.sweeps)):
        if s == 0 or data.A.shape[0] > 1:
            finite = fill(room.D, data, s)
            refactor(room.D, room.first, data.basis)
        sweep_all(data, coupling, rule, room, loop, s, finite, out)
