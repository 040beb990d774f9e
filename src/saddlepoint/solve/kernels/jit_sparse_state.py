# pyright: basic
"""Compiled state of the sparse simplex: values, reduced costs, and what one exchange of variables changes."""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.answer import BASIC, FIXED, LOWER, UPPER, ZERO
from saddlepoint.solve.kernels.jit_codes import INF, at, folded, inner, making, put
from saddlepoint.solve.kernels.jit_dictionary import blank_sides
from saddlepoint.solve.kernels.jit_sparse_changes import blank_changes, forget
from saddlepoint.solve.kernels.jit_sparse_factor import (
    AT_WORK,
    blank_factor,
    btran,
    factorise,
    ftran,
    load_column,
)
from saddlepoint.solve.kernels.jit_sparse_order import ScaledMatrix, blank_order
from saddlepoint.solve.kernels.jit_sparse_vector import (
    add,
    blank_sparse,
    clear,
    include,
    recount,
    resize,
    size,
)
from saddlepoint.solve.kernels.jit_vertex import blank_vertex

FREE = 2.0
"""The sign of a reduced cost that should be 0."""
NONBASIC = np.uint64(1 << LOWER | 1 << UPPER | 1 << ZERO | 1 << FIXED)
"""The codes of variables that are not in the basis, as bits."""
ENTERING = np.uint64(1 << LOWER | 1 << UPPER | 1 << ZERO)
"""The codes of those that may enter it."""
LEAST_WEIGHT = 1e-4
"""Steepest-edge weights are no smaller (Forrest & Goldfarb 1992 keep them positive in rounding)."""


class SparseStanding(NamedTuple):
    """All variables (n + m,): code, the sign of its reduced cost (`sign_of`), value (of the nonbasic ones: where they
    stand), reduced cost. Rows of the basis (m,):
    head, the variable; moved, those that may hold another one than their own (Sparse); weight, of Devex; merit, infeasibility² /
    weight. suspects: a list of rows that holds all with a merit; leading: one that holds all with a merit above `cut` (1,);
    count: (2,), their lengths; listed: (m,), in which
    of them a row is, as bits."""

    code: Any
    sign: Any
    value: Any
    reduced: Any
    head: Any
    moved: Any
    weight: Any
    merit: Any
    suspects: Any
    leading: Any
    cut: Any
    listed: Any
    count: Any


class SparseStart(NamedTuple):
    """What every scenario starts from: codes (n + m,), and head, moved and weights of the rows of the basis (m,)."""

    code: Any
    head: Any
    moved: Any
    weight: Any


class Candidates(NamedTuple):
    """Variables that may enter (n + m,), with |entry of the dictionary's row| and |reduced cost| of each side by side."""

    variable: Any
    rate: Any
    reduced: Any


class SparseWorkspace(NamedTuple):
    """The work space of one thread; row: a row of the dictionary, over all variables (n + m,)."""

    matrix: Any
    sides: Any
    cost: Any
    start: Any
    standing: Any
    factor: Any
    changes: Any
    order: Any
    rho: Any
    column: Any
    other: Any
    row: Any
    candidates: Any
    keep: Any
    vertex: Any


@making
def blank_standing(n, m):
    size = n + m
    return SparseStanding(
        np.zeros(size, np.int8),
        np.zeros(size),
        np.zeros(size),
        np.zeros(size),
        np.zeros(m, np.uint32),
        blank_sparse(m),
        np.ones(m),
        np.zeros(m),
        np.zeros(m, np.uint32),
        np.zeros(m, np.uint32),
        np.zeros(1),
        np.zeros(m, np.uint8),
        np.zeros(2, np.int64),
    )


@making
def blank_sparse_room(n, m, start, row, row_start, column):
    entries = len(row)
    variables = n + m
    room = 4 * entries + 8 * m
    matrix = ScaledMatrix(
        start.astype(np.uint32),
        row.astype(np.uint32),
        np.empty(entries),
        row_start.astype(np.uint32),
        column.astype(np.uint32),
        np.empty(entries),
    )
    return SparseWorkspace(
        matrix,
        blank_sides(variables),
        np.empty(variables),
        SparseStart(np.zeros(variables, np.int8), np.zeros(m, np.uint32), blank_sparse(m), np.ones(m)),
        blank_standing(n, m),
        blank_factor(n, m, room),
        blank_changes(m, 16 * m),
        blank_order(n, m),
        blank_sparse(m),
        blank_sparse(m),
        blank_sparse(m),
        blank_sparse(variables),
        Candidates(np.empty(variables, np.uint32), np.empty(variables), np.empty(variables)),
        np.empty(variables),
        blank_vertex(n, m),
    )


@inner
def fill_matrix(data, matrix, row_entry, s):
    """The scaled matrix of scenario s by columns and by rows; returns whether it is finite."""
    values = data.A[at(data.A, s)]
    check = 0.0
    for j in range(len(data.column_scale)):
        for e in range(matrix.start[j], matrix.start[j + 1]):
            matrix.value[e] = values[e] * data.row_scale[matrix.row[e]] * data.column_scale[j]
            check += 0.0 * values[e]
    for e in range(len(row_entry)):
        matrix.row_value[e] = matrix.value[row_entry[e]]
    return check == 0.0


@inner
def all_moved(moved):
    clear(moved)
    for i in range(len(moved.there)):
        include(moved, i)


@inner
def heads(standing, codes):
    """The basis of `codes`; returns whether it has as many variables as rows."""
    count = 0
    m = len(standing.head)
    all_moved(standing.moved)
    for v in range(len(codes)):
        standing.code[v] = codes[v]
        if codes[v] == BASIC:
            if count == m:
                return False
            standing.head[count] = v
            count += 1
    return count == m


@inner
def slack_basis(standing):
    """The basis of all rows."""
    m = len(standing.head)
    n = len(standing.code) - m
    for j in range(n):
        standing.code[j] = LOWER
    for i in range(m):
        standing.code[n + i] = BASIC
        standing.head[i] = n + i
    clear(standing.moved)


@inner
def all_weights(room, slot, n):
    """The weights of steepest edge of a basis: the squared length of every row of B⁻¹."""
    for i in range(len(room.start.head)):
        clear(room.rho)
        add(room.rho, i, 1.0)
        btran(room.matrix, room.factor, slot, room.changes, room.rho)
        room.start.weight[i] = max(squared(room.rho), LEAST_WEIGHT)
    clear(room.rho)


@inner
def squared(vector):
    total = 0.0
    for k in range(size(vector)):
        v = vector.value[vector.index[k]]
        total += v * v
    return total


@inner
def is_one(code, wanted):
    """1 for a code among those that `wanted` holds as bits, else 0."""
    return np.uint8((wanted >> np.uint64(code)) & np.uint64(1))


@inner
def sign_of(code):
    """The sign that the reduced cost of a variable should have, ±1; 0 of one that never enters, FREE of one without sides.

    A number to multiply with: which side a variable stands at cannot be guessed by the processor.
    """
    if code == ZERO:
        return FREE
    return 1.0 - code if code != FIXED else 0.0


@inner
def place(standing, sides, v, tolerance):
    """A nonbasic variable onto a finite bound; a boxed one onto the side its reduced cost likes."""
    low, high = sides.lo[v], sides.hi[v]
    code = standing.code[v]
    d = standing.reduced[v]
    if low == high:
        code = FIXED
    elif low == -INF:
        code = ZERO if high == INF else UPPER
    elif high == INF:
        code = LOWER
    else:
        # no branch: which side it is cannot be guessed
        upper = (d < -tolerance) | ((d <= tolerance) & (code == UPPER))
        code = UPPER if upper else LOWER
    standing.code[v] = code
    standing.sign[v] = sign_of(code)
    standing.value[v] = 0.0 if code == ZERO else (high if code == UPPER else low)


@inner
def place_all(standing, sides, tolerance):
    for v in range(len(standing.code)):
        standing.sign[v] = 0.0
        if standing.code[v] != BASIC:
            place(standing, sides, v, tolerance)


@inner
def basic_values(room, slot, n):
    """x_B = −B⁻¹ N x_N, as Ax − s = 0."""
    matrix, standing, vector = room.matrix, room.standing, room.other
    clear(vector)
    value = vector.value
    for v in range(n):
        x = standing.value[v]
        if standing.code[v] != BASIC and x != 0.0:
            for e in range(matrix.start[v], matrix.start[v + 1]):
                value[matrix.row[e]] -= matrix.value[e] * x
    for i in range(len(value)):
        if standing.code[n + i] != BASIC:
            value[i] += standing.value[n + i]
    recount(vector)
    ftran(room.factor, slot, room.changes, vector)
    for i in range(len(value)):
        standing.value[standing.head[i]] = value[i]
    clear(vector)


@inner
def reduced_costs(room, slot, cost, n):
    """d = c − [A −I]ᵀ B⁻ᵀ c_B; of a row it is its price."""
    matrix, standing, vector = room.matrix, room.standing, room.other
    clear(vector)
    value, d = vector.value, standing.reduced
    for i in range(len(value)):
        value[i] = cost[standing.head[i]]
    recount(vector)
    btran(room.matrix, room.factor, slot, room.changes, vector)
    for v in range(n):
        total = cost[v]
        for e in range(matrix.start[v], matrix.start[v + 1]):
            total -= matrix.value[e] * value[matrix.row[e]]
        d[v] = total
    for i in range(len(value)):
        d[n + i] = cost[n + i] + value[i]
    for i in range(len(value)):
        d[standing.head[i]] = 0.0
    clear(vector)


@folded
def dictionary_row(matrix, n, code, wanted, rho, row):
    """ρᵀ[A −I] over the variables whose codes are `wanted`, as bits. What is not is left out without a branch, which would be guessed
    wrongly."""
    value, index, there = row
    clear(row)
    filled = np.uint64(0)
    for k in range(size(rho)):
        i = rho.index[k]
        r = rho.value[i]
        if r == 0.0:
            continue
        if is_one(code[n + i], wanted):
            value[n + i] = -r
            there[n + i] = 1
            index[filled] = n + i
            filled += np.uint64(1)
        for e in range(matrix.row_start[i], matrix.row_start[i + 1]):
            j = matrix.column[e]
            here = is_one(code[j], wanted)
            index[filled] = j
            filled += np.uint64(here & (there[j] ^ 1))
            there[j] |= here
            value[j] += matrix.row_value[e] * r * here
    resize(row, filled)


@inner
def renew(room, n):
    """Factorise the basis at work anew; weights follow their variables. Returns whether it is regular."""
    standing, keep, moved = room.standing, room.keep, room.standing.moved
    for k in range(size(moved)):
        keep[standing.head[moved.index[k]]] = standing.weight[moved.index[k]]
    forget(room.changes)
    regular = factorise(
        room.matrix,
        n,
        standing.head,
        moved,
        room.factor,
        AT_WORK,
        room.order,
        room.other,
    )
    for k in range(size(moved)):
        standing.weight[moved.index[k]] = keep[standing.head[moved.index[k]]]
    return regular


@inner
def restart(room):
    """The standing of the start, to be worked on."""
    source, target = room.start, room.standing
    put(source.code, target.code)
    put(source.head, target.head)
    clear(target.moved)
    for k in range(size(source.moved)):
        include(target.moved, source.moved.index[k])
    put(source.weight, target.weight)
    forget(room.changes)


@folded
def entering_direction(room, slot, n, q):
    """B⁻¹ a_q into room.column."""
    clear(room.column)
    load_column(room.matrix, n, q, room.column)
    ftran(room.factor, slot, room.changes, room.column)


@folded
def exchange(room, r, q, code):
    """Variable q becomes basic in row r, the one that stood there gets its code."""
    standing, sides = room.standing, room.sides
    leaving = standing.head[r]
    standing.code[leaving] = code if sides.lo[leaving] < sides.hi[leaving] else FIXED
    standing.sign[leaving] = sign_of(standing.code[leaving])
    standing.code[q] = BASIC
    standing.sign[q] = 0.0
    standing.head[r] = q
    if not standing.moved.there[r]:
        include(standing.moved, r)
