# pyright: basic
"""Compiled interior-point method for second-order cones from a cold start, on the homogeneous embedding.

min ½xᵀQx + qᵀx, Ex = b, Gx − h ∈ K with K of half-lines and second-order cones; multipliers y and z. Mehrotra's
predictor and corrector in the scaling of Nesterov & Todd (1997), the embedding of Andersen & Ye (1999) with a quadratic
objective (Goulart & Chen 2024). A problem without plan ends at a Farkas vector in (y, z).
"""

from typing import Any, NamedTuple

from saddlepoint.solve.kernels.answer import BASIC, LOWER, UPPER
from saddlepoint.solve.kernels.jit_codes import DONE, INF, INFEASIBLE, LIMIT, inlined, inner
from saddlepoint.solve.kernels.jit_cone_arithmetic import (
    ahead,
    correct_cone,
    reach_of_cone,
    scale_cone,
    unscale_cone,
)
from saddlepoint.solve.kernels.jit_cone_sides import activity, add_images, add_normal, images
from saddlepoint.solve.kernels.jit_cone_state import EQUAL, add, along, factorise, substitute

STEPS = 50
CLOSE = 1e-9
"""Residuals and gap, relative to their terms, at which the method ends."""
GONE = 1e-9
"""Where τ is so small beside κ and no Farkas vector is near, the objective falls without end."""
NEARLY_NOTHING = 1e-3
"""An objective below this, in units in which sides and costs are near 1, is zero as far as gaps go."""
BACK = 0.99
"""Part of the way to the boundary of the cones."""


class Interior(NamedTuple):
    """The iterate: x, y, s and z (half-lines, then cones), tk: τ and κ."""

    x: Any
    y: Any
    s: Any
    z: Any
    tk: Any


class InteriorRoom(NamedTuple):
    """now, affine, final, fixed: iterate, directions, the part of a direction that goes with τ; residual: of the same
    shape; scaling w (K,) with eta² (k,) of every cone; spares of the length of s and of x, y."""

    now: Any
    affine: Any
    final: Any
    fixed: Any
    residual: Any
    w: Any
    eta: Any
    ds: Any
    spare: Any
    image: Any
    px: Any
    right: Any
    found: Any


@inner
def begin(problem, lines, now):
    """The point in the middle of the cones."""
    now.x[:] = 0.0
    now.y[:] = 0.0
    now.s[:] = 1.0
    now.z[:] = 1.0
    count = lines.count[0]
    for c in range(len(problem.gram)):
        for r in range(problem.first[c] + 1, problem.first[c + 1]):
            now.s[count + r] = 0.0
            now.z[count + r] = 0.0
    now.tk[:] = 1.0


@inner
def measure_dual(problem, lines, room):
    """Residual of stationarity; returns its largest entry, that of Eᵀy + Gᵀz alone, xᵀQx, qᵀx, Σ|qx| and the largest price."""
    now, residual = room.now, room.residual
    x, tau, q = now.x, now.tk[0], problem.sides.cost
    residual.x[:] = 0.0
    add_images(problem, lines, now.z, -1.0, residual.x)
    largest = 0.0
    for e in range(lines.count[1]):
        add_normal(problem.D, lines.equal[e], -now.y[e], residual.x)
        largest = max(largest, abs(now.y[e]))
    for i in range(lines.count[0] + len(problem.g)):
        largest = max(largest, abs(now.z[i]))
    slope, stray, quadratic, linear, terms = 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(len(x)):
        room.px[j] = along(problem.Q[j], x)
        stray = max(stray, abs(residual.x[j]))
        residual.x[j] += room.px[j] + q[j] * tau
        slope = max(slope, abs(residual.x[j]))
        quadratic += x[j] * room.px[j]
        linear += q[j] * x[j]
        terms += abs(q[j] * x[j])
        largest = max(largest, abs(q[j]) * tau)
    return slope, stray, quadratic, linear, terms, largest


@inner
def measure_primal(problem, lines, room):
    """Residuals of equations and cones; returns the largest entry, bᵀy + hᵀz, the sum of its terms and the largest side."""
    now, residual = room.now, room.residual
    tau = now.tk[0]
    images(problem, lines, now.x, residual.s)
    rest, prices, terms, largest = 0.0, 0.0, 0.0, 0.0
    for i in range(lines.count[0] + len(problem.g)):
        h = lines.h[i]
        residual.s[i] -= h * tau + now.s[i]
        rest = max(rest, abs(residual.s[i]))
        prices += h * now.z[i]
        terms += abs(h * now.z[i])
        largest = max(largest, abs(now.s[i]), abs(h) * tau)
    for e in range(lines.count[1]):
        b = lines.b[e]
        residual.y[e] = activity(problem.D, lines.equal[e], now.x) - b * tau
        rest = max(rest, abs(residual.y[e]))
        prices += b * now.y[e]
        terms += abs(b * now.y[e])
        largest = max(largest, abs(b) * tau)
    return rest, prices, terms, largest


@inlined
def measure(problem, lines, room):
    """Residuals of the embedding; returns the largest error of primal, dual and gap relative to their terms, and how far
    the multipliers are from a Farkas vector (∞ where they gain nothing)."""
    slope, stray, quadratic, linear, costs, dual_size = measure_dual(problem, lines, room)
    rest, prices, terms, primal_size = measure_primal(problem, lines, room)
    quadratic /= room.now.tk[0]
    room.residual.tk[0] = prices - linear - quadratic - room.now.tk[1]
    gap = abs(linear + quadratic - prices) / (costs + terms + quadratic + NEARLY_NOTHING * room.now.tk[0])
    error = max(rest / primal_size, slope / dual_size, gap)
    return error, (stray / prices if prices > 0.0 else INF)


@inner
def scale_all(problem, lines, room):
    """The scaling of all cones; False where a point has left them."""
    count = lines.count[0]
    first = problem.first
    for c in range(len(room.eta)):
        a, b = first[c], first[c + 1]
        room.eta[c] = scale_cone(
            room.now.s[count + a : count + b], room.now.z[count + a : count + b], room.w[a:b]
        )
        if not room.eta[c] > 0.0:
            return False
    return True


@inner
def inverse(problem, lines, room, v, out):
    """H⁻¹v, H the square of the scaling."""
    count = lines.count[0]
    for i in range(count):
        out[i] = v[i] * room.now.z[i] / room.now.s[i]
    for c in range(len(room.eta)):
        a, b = problem.first[c], problem.first[c + 1]
        unscale_cone(room.w[a:b], room.eta[c], v[count + a : count + b], out[count + a : count + b])


@inner
def fill_equations(problem, lines, room, K):
    """[Q + GᵀH⁻¹G, −Eᵀ; E, 0]."""
    D, F = problem.D, problem.F
    count, equals = lines.count[0], lines.count[1]
    n = len(room.px)
    for j in range(n):
        for k in range(n):
            K[j, k] = problem.Q[j, k]
    for i in range(count):
        weight = room.now.z[i] / room.now.s[i]
        v = lines.at[i]
        if v < n:
            K[v, v] += weight
        else:
            row = D[v - n]
            for j in range(n):
                if row[j] != 0.0:
                    f = weight * row[j]
                    for k in range(n):
                        K[j, k] += f * row[k]
    for c in range(len(room.eta)):
        a = problem.first[c]
        turned = room.spare[:n]
        for j in range(n):
            turned[j] = room.w[a] * F[a, j]
        for r in range(a + 1, problem.first[c + 1]):
            add(turned, -room.w[r], F[r])
        gram = problem.gram[c]
        scale = 1.0 / room.eta[c]
        for j in range(n):
            for k in range(n):
                K[j, k] += scale * (2.0 * turned[j] * turned[k] - F[a, j] * F[a, k] + gram[j, k])
    for e in range(equals):
        v = lines.equal[e]
        for j in range(n):
            f = (1.0 if v == j else 0.0) if v < n else D[v - n, j]
            K[n + e, j] = f
            K[j, n + e] = -f
        for k in range(equals):
            K[n + e, n + k] = 0.0


@inlined
def solve_fixed(problem, lines, room, equations, order):
    """The part of a direction that goes with τ: (x, y, z) into room.fixed."""
    fixed, right = room.fixed, room.right
    n, size = len(room.px), lines.count[0] + len(problem.g)
    inverse(problem, lines, room, lines.h, room.spare)
    for j in range(n):
        right[j] = -problem.sides.cost[j]
    add_images(problem, lines, room.spare, 1.0, right)
    for e in range(lines.count[1]):
        right[n + e] = lines.b[e]
    finish(problem, lines, room, equations, order, fixed)
    for i in range(size):
        room.image[i] = lines.h[i] - room.image[i]
    inverse(problem, lines, room, room.image, fixed.z)


@inner
def finish(problem, lines, room, equations, order, out):
    """x and y of a direction from the right-hand side, and Gx into room.image."""
    n = len(room.px)
    substitute(equations.K, n + lines.count[1], order, room.right, room.found)
    for j in range(n):
        out.x[j] = room.found[j]
    for e in range(lines.count[1]):
        out.y[e] = room.found[n + e]
    images(problem, lines, out.x, room.image)


@inner
def direct(problem, lines, room, equations, order, part, dk, out):
    """A direction that takes away `part` of the residuals, with ds of the cones and dk of τκ."""
    now, fixed, residual = room.now, room.fixed, room.residual
    tau, kappa = now.tk[0], now.tk[1]
    q = problem.sides.cost
    n, size, equals = len(room.px), lines.count[0] + len(problem.g), lines.count[1]
    for i in range(size):
        room.image[i] = room.ds[i] + part * residual.s[i]
    inverse(problem, lines, room, room.image, room.spare)
    for j in range(n):
        room.right[j] = -part * residual.x[j]
    add_images(problem, lines, room.spare, -1.0, room.right)
    for e in range(equals):
        room.right[n + e] = -part * residual.y[e]
    finish(problem, lines, room, equations, order, out)
    for i in range(size):
        out.s[i] = room.ds[i] + part * residual.s[i] + room.image[i]
    inverse(problem, lines, room, out.s, out.z)
    top = -part * residual.tk[0] - dk / tau
    below = kappa / tau
    curved = 0.0
    for j in range(n):
        slope = 2.0 * room.px[j] / tau + q[j]
        top += slope * out.x[j]
        below -= slope * fixed.x[j]
        curved += now.x[j] * room.px[j]
    below += curved / (tau * tau)
    for e in range(equals):
        top -= lines.b[e] * out.y[e]
        below += lines.b[e] * fixed.y[e]
    for i in range(size):
        out.z[i] = -out.z[i]
        top -= lines.h[i] * out.z[i]
        below += lines.h[i] * fixed.z[i]
    step = top / below
    for j in range(n):
        out.x[j] += step * fixed.x[j]
    for e in range(equals):
        out.y[e] += step * fixed.y[e]
    for i in range(size):
        out.z[i] += step * fixed.z[i]
    images(problem, lines, out.x, out.s)
    for i in range(size):
        out.s[i] += part * residual.s[i] - lines.h[i] * step
    out.tk[0] = step
    out.tk[1] = -(dk + kappa * step) / tau


@inner
def reach(problem, lines, now, direction):
    """The longest step within all cones, at most ∞."""
    count = lines.count[0]
    most = INF
    for i in range(count):
        if direction.s[i] < 0.0:
            most = min(most, -now.s[i] / direction.s[i])
        if direction.z[i] < 0.0:
            most = min(most, -now.z[i] / direction.z[i])
    for c in range(len(problem.gram)):
        a, b = count + problem.first[c], count + problem.first[c + 1]
        most = min(
            most, reach_of_cone(now.s[a:b], direction.s[a:b]), reach_of_cone(now.z[a:b], direction.z[a:b])
        )
    for k in range(2):
        if direction.tk[k] < 0.0:
            most = min(most, -now.tk[k] / direction.tk[k])
    return most


@inner
def correct(problem, lines, room, less):
    """The right-hand side of complementarity, aimed at `less`, with the predictor's second-order term, into room.ds."""
    now, affine = room.now, room.affine
    count = lines.count[0]
    for i in range(count):
        room.ds[i] = now.s[i] + (affine.s[i] * affine.z[i] - less) / now.z[i]
    for c in range(len(room.eta)):
        a, b = problem.first[c], problem.first[c + 1]
        low, high = count + a, count + b
        for r in range(low, high):
            room.ds[r] = now.s[r]
        correct_cone(
            room.w[a:b],
            room.eta[c],
            now.z[low:high],
            affine.s[low:high],
            affine.z[low:high],
            less,
            room.ds[low:high],
        )


@inner
def product_mean(lines, problem, now):
    """μ: the mean of all products of slack and multiplier, τκ among them."""
    size = lines.count[0] + len(problem.g)
    total = now.tk[0] * now.tk[1]
    for i in range(size):
        total += now.s[i] * now.z[i]
    return total / (lines.count[0] + len(problem.gram) + 1)


@inner
def move(now, direction, step):
    """now += step · direction."""
    add(now.x, step, direction.x)
    add(now.y, step, direction.y)
    add(now.s, step, direction.s)
    add(now.z, step, direction.z)
    add(now.tk, step, direction.tk)


@inlined
def interior(problem, lines, room, equations, order, close):
    """Steps until errors are below `close`: DONE, INFEASIBLE with a Farkas vector, or LIMIT; and how many were made."""
    now = room.now
    size = len(now.x) + lines.count[1]
    for k in range(STEPS):
        error, stray = measure(problem, lines, room)
        if error <= close:
            return DONE, k
        if stray <= CLOSE and now.tk[1] > now.tk[0]:
            return INFEASIBLE, k
        endless = now.tk[0] < GONE * now.tk[1] and stray > 1.0
        if endless or not error < INF or not scale_all(problem, lines, room):
            return LIMIT, k
        fill_equations(problem, lines, room, equations.K)
        if not factorise(equations.K, size, order, 0.0):
            return LIMIT, k
        solve_fixed(problem, lines, room, equations, order)
        for i in range(lines.count[0] + len(problem.g)):
            room.ds[i] = now.s[i]
        direct(problem, lines, room, equations, order, 1.0, now.tk[0] * now.tk[1], room.affine)
        first = min(1.0, reach(problem, lines, now, room.affine))
        centre = (1.0 - first) ** 3
        less = centre * product_mean(lines, problem, now)
        correct(problem, lines, room, less)
        dk = now.tk[0] * now.tk[1] + room.affine.tk[0] * room.affine.tk[1] - less
        direct(problem, lines, room, equations, order, 1.0 - centre, dk, room.final)
        step = min(1.0, BACK * reach(problem, lines, now, room.final))
        if not (step > 1e-8):
            return LIMIT, k
        move(now, room.final, step)
    return LIMIT, STEPS


@inner
def take_point(problem, lines, room, point, over):
    """The iterate, divided by `over`, as a point with prices: what is nearer to its side than its multiplier stands at it."""
    now = room.now
    n = len(now.x)
    count = lines.count[0]
    point.price[:] = 0.0
    for j in range(n):
        point.value[j] = now.x[j] / over
    for v in range(len(point.code)):
        point.code[v] = BASIC
    for i in range(count):
        v = lines.at[i]
        point.price[v] += lines.sign[i] * now.z[i] / over
        if now.z[i] > now.s[i]:
            point.code[v] = LOWER if lines.sign[i] > 0.0 else UPPER
    for e in range(lines.count[1]):
        v = lines.equal[e]
        point.price[v] = now.y[e] / over
        point.code[v] = EQUAL
    for c in range(len(point.height)):
        a, b = count + problem.first[c], count + problem.first[c + 1]
        point.height[c] = now.z[a] / over
        point.bent[c] = now.z[a] > now.s[a] - ahead(now.s[a:b])
        for r in range(a, b):
            point.w[r - count] = now.z[r] / over
