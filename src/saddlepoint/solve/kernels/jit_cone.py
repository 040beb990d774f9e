# pyright: basic
"""Compiled second-order cone programming: every scenario by Newton's method from a solved neighbour, else from the
interior point of a cold start."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER
from saddlepoint.solve.kernels.cache import writable
from saddlepoint.solve.kernels.jit_codes import (
    CROSSED,
    DONE,
    ENTERED,
    INACCURATE,
    INF,
    INFEASIBLE,
    LIMIT,
    NOT_CONVEX,
    inlined,
    inner,
    put,
)
from saddlepoint.solve.kernels.jit_cone_interior import (
    Interior,
    InteriorRoom,
    begin,
    interior,
    take_point,
)
from saddlepoint.solve.kernels.jit_cone_newton import NewtonRoom, newton, write_cones
from saddlepoint.solve.kernels.jit_cone_sides import Inequalities, list_sides
from saddlepoint.solve.kernels.jit_cone_state import (
    EQUAL,
    ConePoint,
    ConeProblem,
    Equations,
    fill_cones,
)
from saddlepoint.solve.kernels.jit_dictionary import Sides, fill
from saddlepoint.solve.kernels.jit_factor import fill_quadratic, is_convex
from saddlepoint.solve.kernels.jit_vertex import load_scenario

WARM = 12
"""Newton steps from a neighbour, and from an interior point."""
NEAR = (1e-4, 1e-6, 1e-8)
"""The errors at which an interior point says which sides are held; the last is an answer by itself."""


class ConeRoom(NamedTuple):
    """The work space of one thread."""

    problem: Any
    start: Any
    point: Any
    newton: Any
    interior: Any
    lines: Any
    work: Any


def blank_room(n, m, first):
    """The work space, made by the caller: compiled code that makes no array counts no references."""
    k, rows = len(first) - 1, int(first[-1])
    N, L = n + m, 2 * (n + m) + rows
    problem = ConeProblem(
        np.zeros((n, n)),
        np.empty((m, n)),
        np.empty((rows, n)),
        np.empty(rows),
        first,
        np.empty((k, n, n)),
        Sides(np.empty(N), np.empty(N), np.empty(N)),
    )
    lines = Inequalities(
        np.empty(2 * N, np.int64),
        np.empty(2 * N),
        np.empty(L),
        np.empty(n, np.int64),
        np.empty(n),
        np.zeros(2, np.int64),
    )
    return ConeRoom(
        problem=problem,
        start=_blank_point(N, k, rows),
        point=_blank_point(N, k, rows),
        newton=_blank_newton(n, m, k, rows),
        interior=_blank_interior(n, L, k, rows),
        lines=lines,
        work=np.empty((n, n)),
    )


def _blank_point(N, k, rows):
    codes, bent = np.zeros(N, np.int8), np.zeros(k, np.bool_)
    return ConePoint(np.zeros(N), np.zeros(N), codes, np.zeros(k), bent, np.zeros(rows))


def _blank_newton(n, m, k, rows):
    numbers = np.empty((2 * n, 2 * n)), np.empty(2 * n)
    equations = Equations(*numbers, np.empty(n, np.int64), np.empty(m + k, np.int64))
    return NewtonRoom(
        slope=np.empty(n),
        rest=np.empty(n),
        size=np.empty(n + m),
        v=np.empty(rows),
        length=np.empty(k),
        reach=np.empty(k),
        gradient=np.empty((k, n)),
        turn=np.empty((k, n)),
        equations=equations,
        order=np.empty(2 * n, np.int64),
        step=np.empty(n),
        found=np.empty(2 * n),
    )


def _blank_interior(n, L, k, rows):
    now, affine, final, fixed, residual = (
        Interior(np.empty(n), np.empty(n), np.empty(L), np.empty(L), np.empty(2)) for _ in range(5)
    )
    return InteriorRoom(
        now=now,
        affine=affine,
        final=final,
        fixed=fixed,
        residual=residual,
        w=np.empty(rows),
        eta=np.empty(k),
        ds=np.empty(L),
        spare=np.empty(max(L, n)),
        image=np.empty(L),
        px=np.empty(n),
        right=np.empty(2 * n),
        found=np.empty(2 * n),
    )


@inner
def start_at(start, sides, point):
    """The neighbour's answer as a first point; sides that this scenario does not have are not held."""
    put(start.value, point.value)
    put(start.price, point.price)
    put(start.height, point.height)
    for c in range(len(point.bent)):
        point.bent[c] = start.bent[c]
    low, high, code = sides.lo, sides.hi, start.code
    for v in range(len(code)):
        if low[v] == high[v]:
            point.code[v] = EQUAL
        elif (code[v] == UPPER and high[v] < INF) or (code[v] == LOWER and low[v] > -INF):
            point.code[v] = code[v]
        else:
            point.code[v] = BASIC


@inlined
def search(room, warm):
    """From the neighbour, then by interior points that Newton's method makes exact; (outcome, steps)."""
    problem, lines, point = room.problem, room.lines, room.point
    steps, outcome = 0, DONE
    for attempt in range(0 if warm else 1, 1 + len(NEAR)):
        if attempt == 0:
            start_at(room.start, problem.sides, point)
        else:
            if attempt == 1:
                if not list_sides(problem, lines):
                    return LIMIT, steps
                begin(problem, lines, room.interior.now)
            outcome, more = interior(
                problem, lines, room.interior, room.newton.equations, room.newton.order, NEAR[attempt - 1]
            )
            steps += more
            if outcome != DONE:
                break
            take_point(problem, lines, room.interior, point, room.interior.now.tk[0])
        found, more = newton(problem, point, room.newton, WARM)
        steps += more
        if found:
            write_cones(problem, point, room.newton)
            return DONE, steps
    take_point(problem, lines, room.interior, point, room.interior.now.tk[0] if outcome == DONE else 1.0)
    return outcome, steps


@inlined
def write(data, cones, room, s, outcome, out):
    """Row s of the answers, in the user's scale."""
    point = room.point
    row_scale, column_scale = data.row_scale, data.column_scale
    x, y, z, w = out.x[s], out.y[s], out.z[s], out.w[s]
    n = len(column_scale)
    out.outcome[s] = outcome
    if outcome == DONE:
        for j in range(n):
            x[j] = point.value[j] * column_scale[j]
        put(point.code, out.basis[s])
    if outcome in (DONE, INFEASIBLE):
        for j in range(n):
            z[j] = point.price[j] / column_scale[j]
        for i in range(len(row_scale)):
            y[i] = point.price[n + i] * row_scale[i]
        for r in range(len(w)):
            w[r] = point.w[r] * cones.scale[r]


@inlined
def prepare(data, cones, room, s):
    """Matrices of scenario s; DONE, or what is wrong with them."""
    problem = room.problem
    finite = fill(problem.D, data, s)
    finite &= fill_quadratic(problem.Q, data, s)
    finite &= fill_cones(problem, data, cones, s)
    if not finite:
        return INACCURATE
    return DONE if is_convex(problem.Q, room.work) else NOT_CONVEX


@inlined
def solve_one(data, cones, room, s, ready, warm, out):
    """Scenario s, written into row s of `out`."""
    big_p, big_d = load_scenario(data, s, room.problem.sides)
    if big_p < 0.0 or np.isnan(big_d) or ready != DONE:
        out.outcome[s] = CROSSED if big_p < 0.0 else (INACCURATE if ready == DONE else ready)
        return
    outcome, steps = search(room, warm)
    out.iterations[s] = steps
    write(data, cones, room, s, outcome, out)


@njit(cache=writable(), **ENTERED)
def cone(data, cones, room, warm, out):
    """Solve all scenarios: data as in `form.Data`, cones as in `cone.ConeRows`, on a `blank_room`, whose `start` is used where
    warm, answers written into `out` (KernelAnswer)."""
    own = len(data.A) > 1 or len(data.P) > 1 or len(cones.F) > 1
    ready = DONE
    for s in range(len(out.outcome)):
        if s == 0 or own or len(cones.g) > 1:
            ready = prepare(data, cones, room, s)
        solve_one(data, cones, room, s, ready, warm, out)
