# pyright: basic
"""Compiled records of a problem with second-order cones, its numbers in the kernel's units, and a dense solve."""

from typing import Any, NamedTuple

from saddlepoint.solve.kernels.jit_codes import at, inner, summing

EQUAL = 3
"""The code of a column or row whose sides are one number."""


class ConeProblem(NamedTuple):
    """One scenario: curvature Q (n, n), matrix D (m, n) of the rows, F (K, n) and g (K,) of the cones, first (k + 1,) the
    first row of each; gram (k, n, n): F̄ᵀF̄ of the rows after the first; sides: bounds and costs of columns, then rows."""

    Q: Any
    D: Any
    F: Any
    g: Any
    first: Any
    gram: Any
    sides: Any


class ConePoint(NamedTuple):
    """value: columns, then activities, (n + m,); price: z, then y; code: where each stands; height (k,): multiplier w₁ of
    each cone; bent (k,): whether the point is on the cone's boundary; w (K,): multipliers of the cones' rows."""

    value: Any
    price: Any
    code: Any
    height: Any
    bent: Any
    w: Any


class Equations(NamedTuple):
    """A dense system and its right-hand side, both overwritten; which columns and rows (or cones) stand in it."""

    K: Any
    right: Any
    free: Any
    held: Any


@summing
def along(row, x):
    """Σ row · x."""
    total = 0.0
    for j in range(len(x)):
        total += row[j] * x[j]
    return total


@inner
def add(target, factor, row):
    """target += factor · row, as far as the row goes."""
    for j in range(len(row)):
        target[j] += factor * row[j]


@inner
def fill_cones(problem, data, cones, s):
    """F, g and the products F̄ᵀF̄ of scenario s, scaled; returns whether they are finite."""
    F, g, first, gram = problem.F, problem.g, problem.first, problem.gram
    values, sides = cones.F[at(cones.F, s)], cones.g[at(cones.g, s)]
    check = 0.0
    F[:, :] = 0.0
    for e in range(len(cones.row)):
        v = values[cones.source[e]] * cones.factor[e]
        F[cones.row[e], cones.column[e]] += v * cones.scale[cones.row[e]] * data.column_scale[cones.column[e]]
        check += 0.0 * v
    for r in range(len(g)):
        g[r] = sides[r] * cones.scale[r]
        check += 0.0 * g[r]
    gram[:, :, :] = 0.0
    for c in range(len(gram)):
        for r in range(first[c] + 1, first[c + 1]):
            for j in range(F.shape[1]):
                if F[r, j] != 0.0:
                    add(gram[c, j], F[r, j], F[r])
    return check == 0.0


@inner
def factorise(K, size, order, least):
    """LU of the first rows and columns with partial pivoting, in place; order: where each row came from.

    False where no pivot exceeds `least` times the largest entry."""
    largest = 0.0
    for i in range(size):
        order[i] = i
        for j in range(size):
            largest = max(largest, abs(K[i, j]))
    for j in range(size):
        p = j
        for i in range(j + 1, size):
            if abs(K[i, j]) > abs(K[p, j]):
                p = i
        if not (abs(K[p, j]) > least * largest):
            return False
        if p != j:
            order[j], order[p] = order[p], order[j]
            for k in range(size):
                K[j, k], K[p, k] = K[p, k], K[j, k]
        inverse = 1.0 / K[j, j]
        for i in range(j + 1, size):
            f = K[i, j]
            if f != 0.0:
                f *= inverse
                K[i, j] = f
                for k in range(j + 1, size):
                    K[i, k] -= f * K[j, k]
    return True


@inner
def substitute(K, size, order, right, out):
    """What the factorised equations give for a right-hand side, into `out`."""
    for i in range(size):
        v = right[order[i]]
        for k in range(i):
            v -= K[i, k] * out[k]
        out[i] = v
    for i in range(size - 1, -1, -1):
        v = out[i]
        for k in range(i + 1, size):
            v -= K[i, k] * out[k]
        out[i] = v / K[i, i]
