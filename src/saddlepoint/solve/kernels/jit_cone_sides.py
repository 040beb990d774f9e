# pyright: basic
"""Compiled half-lines, equations and cones of one scenario: Gx − h ∈ K, Ex = b, with their products."""

from typing import Any, NamedTuple

from saddlepoint.solve.kernels.jit_codes import INF, inner
from saddlepoint.solve.kernels.jit_cone_state import add, along


class Inequalities(NamedTuple):
    """Half-lines sign · (variable `at`) ≥ h of columns, then rows; equal: variables with one number for both sides, b.
    count: how many of each."""

    at: Any
    sign: Any
    h: Any
    equal: Any
    b: Any
    count: Any


@inner
def list_sides(problem, lines):
    """The half-lines and equations of one scenario; False where equations are more than columns."""
    low, high = problem.sides.lo, problem.sides.hi
    at, sign, h = lines.at, lines.sign, lines.h
    count, equals = 0, 0
    for v in range(len(low)):
        if low[v] == high[v]:
            if equals == len(lines.equal):
                return False
            lines.equal[equals] = v
            lines.b[equals] = low[v]
            equals += 1
            continue
        for side in range(2):
            limit = high[v] if side else low[v]
            if abs(limit) < INF:
                at[count] = v
                sign[count] = 1.0 - 2.0 * side
                h[count] = sign[count] * limit
                count += 1
    for r in range(len(problem.g)):
        h[count + r] = -problem.g[r]
    lines.count[0] = count
    lines.count[1] = equals
    return True


@inner
def activity(D, v, x):
    """The value of a column or row at x."""
    n = len(x)
    return x[v] if v < n else along(D[v - n], x)


@inner
def images(problem, lines, x, out):
    """Gx."""
    count = lines.count[0]
    for i in range(count):
        out[i] = lines.sign[i] * activity(problem.D, lines.at[i], x)
    for r in range(len(problem.g)):
        out[count + r] = along(problem.F[r], x)


@inner
def add_normal(D, v, factor, out):
    """out += factor · the gradient of a column or row."""
    n = D.shape[1]
    if v < n:
        out[v] += factor
    else:
        add(out, factor, D[v - n])


@inner
def add_images(problem, lines, z, factor, out):
    """out += factor · Gᵀz."""
    count = lines.count[0]
    for i in range(count):
        add_normal(problem.D, lines.at[i], factor * lines.sign[i] * z[i], out)
    for r in range(len(problem.g)):
        add(out, factor * z[count + r], problem.F[r])
