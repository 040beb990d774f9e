# pyright: basic
"""Compiled block Gauss–Seidel: a linear block and explicit affine equalities, tableau kept between sweeps."""

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import Outcome
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_dictionary import fill, inner, price, refactor
from saddlepoint.solve.kernels.jit_phases import optimise
from saddlepoint.solve.kernels.jit_vertex import load, scatter, verify

DONE, INACCURATE, CROSSED = int(Outcome.DONE), int(Outcome.INACCURATE), int(Outcome.CROSSED)
NOT_CONVERGED, CYCLE = int(Outcome.NOT_CONVERGED), int(Outcome.CYCLE)
L1, L2, LINF, MAX_RELATIVE = 0, 1, 2, 3


@inner
def add(indptr, indices, values, s, w, row, out):
    """out += M w for the sparse matrix M (by columns) of scenario s; `row` picks values of a shared or own array."""
    v = values[s if values.shape[0] > 1 else 0]
    for j in range(len(indptr) - 1):
        f = w[j]
        if f != 0.0:
            for e in range(indptr[j], indptr[j + 1]):
                out[row + indices[e]] += v[e] * f


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
                total[g] = max(total[g], c / size if size > 0.0 else (np.inf if c > 0.0 else 0.0))


@inner
def measure(norm, group_x, x, x_old, group_w, w, w_old, total, first):
    total[:] = 0.0
    accumulate(norm, group_x, x, x_old, total, first)
    accumulate(norm, group_w, w, w_old, total, first)
    if norm == L2:
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


@njit(nogil=True, error_model="numpy", cache=writable())
def fixed_point(
    indptr, indices, A, q, l, u, lb, ub, row_scale, column_scale, codes0, limit,
    w0, given_ptr, given_row, given_value,
    q_ptr, q_row, q_value, l_ptr, l_row, l_value, u_ptr, u_row, u_value,
    lb_ptr, lb_row, lb_value, ub_ptr, ub_row, ub_value,
    start, damping, norm, group_x, group_w, absolute, relative, residual, sweeps,
    x, y, z, objective, iterations, outcomes, codes,
    exchanged, changes, first_norms, count, period,
):  # fmt: skip
    """Sweep every scenario to its fixed point; outputs are filled in place."""
    size = x.shape[0]
    n = len(column_scale)
    m = len(row_scale)
    e = w0.shape[1]
    shared = A.shape[0] == 1
    D = np.empty((m, n))
    T0 = np.empty((m + 1, n))
    head0 = np.empty(m, np.int64)
    nonbasic0 = np.empty(n, np.int64)
    side0 = np.empty(n, np.int8)
    T = np.empty((m + 1, n))
    head = np.empty(m, np.int64)
    nonbasic = np.empty(n, np.int64)
    side = np.empty(n, np.int8)
    lo = np.empty(n + m)
    hi = np.empty(n + m)
    cost = np.empty(n + m)
    xn = np.empty(n)
    xb = np.empty(m)
    point = np.empty(n + m)
    prices = np.empty(n + m)
    code = np.empty(n + m, np.int8)
    activity = np.empty(m)
    row_size = np.empty(m)
    column_size = np.empty(n)
    candidates = np.empty(n, np.int64)
    ratios = np.empty(m)
    spare = np.empty(n)
    qs = np.empty((1, n))
    ls = np.empty((1, m))
    us = np.empty((1, m))
    lbs = np.empty((1, n))
    ubs = np.empty((1, n))
    w = np.empty(e)
    w_new = np.empty(e)
    past = np.empty((sweeps + 1, n))
    total = np.empty(changes.shape[2])
    finite = True
    if shared:
        finite = fill(D, indptr, indices, A[0], row_scale, column_scale)
        refactor(D, T0, head0, nonbasic0, side0, codes0, spare)
    for s in range(size):
        if shared:
            T[:, :] = T0
            head[:] = head0
            nonbasic[:] = nonbasic0
            side[:] = side0
        else:
            finite = fill(D, indptr, indices, A[s], row_scale, column_scale)
            refactor(D, T, head, nonbasic, side, codes0, spare)
        w[:] = start[s if start.shape[0] > 1 else 0]
        outcome = NOT_CONVERGED
        calm = False
        k = 0
        for k in range(sweeps):
            qs[0] = q[s if q.shape[0] > 1 else 0]
            ls[0] = l[s if l.shape[0] > 1 else 0]
            us[0] = u[s if u.shape[0] > 1 else 0]
            lbs[0] = lb[s if lb.shape[0] > 1 else 0]
            ubs[0] = ub[s if ub.shape[0] > 1 else 0]
            add(q_ptr, q_row, q_value, s, w, 0, qs[0])
            add(l_ptr, l_row, l_value, s, w, 0, ls[0])
            add(u_ptr, u_row, u_value, s, w, 0, us[0])
            add(lb_ptr, lb_row, lb_value, s, w, 0, lbs[0])
            add(ub_ptr, ub_row, ub_value, s, w, 0, ubs[0])
            big_p, big_d = load(0, qs, ls, us, lbs, ubs, row_scale, column_scale, lo, hi, cost)
            if big_p < 0.0 or np.isnan(big_d) or not finite:
                outcome = CROSSED if big_p < 0.0 else INACCURATE
                break
            sharp = 1e-11
            found = INACCURATE
            for _ in range(4):
                price(T, head, nonbasic, cost)
                found, pivots, _where = optimise(
                    T, head, nonbasic, side, lo, hi, cost, xn, xb, sharp * big_p, sharp * big_d, limit,
                    candidates, ratios, spare,
                )  # fmt: skip
                iterations[s] += pivots
                if found != DONE:
                    break
                scatter(n, head, nonbasic, side, xn, xb, point, code)
                prices[:] = 0.0
                for j in range(n):
                    prices[nonbasic[j]] = T[m, j]
                if verify(
                    D, lo, hi, cost, point, code, prices, 1e-13 * big_p, 1e-13 * big_d, activity, row_size,
                    column_size,
                ):  # fmt: skip
                    break
                found = INACCURATE
                sharp *= 1e-2
                refactor(D, T, head, nonbasic, side, code, spare)
            if found != DONE:
                outcome = found
                break
            new = past[k]
            for j in range(n):
                new[j] = point[j] * column_scale[j]
            w_new[:] = w0[s if w0.shape[0] > 1 else 0]
            add(given_ptr, given_row, given_value, s, new, 0, w_new)
            for i in range(e):
                w_new[i] = (1.0 - damping) * w[i] + damping * w_new[i] if k > 0 else w_new[i]
            if k == 0:
                measure(norm, group_x, new, new, group_w, w_new, w, total, True)
                first_norms[s] = total
            else:
                measure(norm, group_x, new, past[k - 1], group_w, w_new, w, total, False)
                changes[s, k - 1] = total
                calm = True
                for g in range(len(total)):
                    if not (total[g] <= absolute + relative * first_norms[s, g]):
                        calm = False
            settled = distance(w_new, w) <= residual * damping
            w[:] = w_new
            if settled and (k == 0 or (calm and distance(new, past[k - 1]) <= residual)):
                outcome = DONE
                break
            if damping == 1.0 and k > 1:
                for back in range(2, k + 1):
                    if distance(new, past[k - back]) <= residual and distance(new, past[k - 1]) > residual:
                        period[s] = back
                        break
                if period[s] > 0:
                    outcome = CYCLE
                    break
        count[s] = k + 1
        outcomes[s] = outcome
        if outcome in (DONE, NOT_CONVERGED, CYCLE):
            total_cost = 0.0
            for j in range(n):
                x[s, j] = past[k, j]
                z[s, j] = prices[j] / column_scale[j]
                total_cost += qs[0, j] * past[k, j]
            for i in range(m):
                y[s, i] = prices[n + i] * row_scale[i]
            objective[s] = total_cost
            exchanged[s] = w
            codes[s] = code
