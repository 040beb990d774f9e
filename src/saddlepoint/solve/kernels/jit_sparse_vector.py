# pyright: basic
"""Compiled sparse vectors, and triangular solves that cost what their answers hold (Gilbert & Peierls 1988).

Indices are uint32: a signed one is asked before each use whether it counts from the end, a third of the time of the kernel.
"""

from typing import Any, NamedTuple

import numpy as np

from saddlepoint.solve.kernels.jit_codes import inner, making

CROWDED = 0.5
"""From so many filled rows on, as a part of the core, a pass over the core is cheaper than the search for those they reach."""


class Sparse(NamedTuple):
    """A vector (m,) with the list of rows that may be filled: value (m,), index (m + 1,), whether a row is there (m,).

    The last entry of `index` is their number: the fewer arrays a record has, the shorter it compiles.
    """

    value: Any
    index: Any
    there: Any


class Triangle(NamedTuple):
    """A triangular matrix as a graph: solving row p changes the rows index[begin[p] : end[p]] by value × it.

    rank: the rows of the core, in an order in which all changes of a row come before it is solved; inverse: (m,), the
    reciprocals of the diagonal; inside: (m,), whether a row is of the core. by_rows: whether the rows outside are solved
    before the core, as those of the transpose are, or after it.
    """

    begin: Any
    end: Any
    rank: Any
    index: Any
    value: Any
    inverse: Any
    inside: Any
    by_rows: Any


@making
def blank_sparse(m):
    return Sparse(np.zeros(m), np.zeros(m + 1, np.uint32), np.zeros(m, np.uint8))


@making
def blank_search(m):
    """What the search of reached rows works on, (4, m): whether seen, their order, a stack, and the place in each."""
    return np.zeros((4, m), np.uint32)


@inner
def size(vector):
    """How many rows may be filled."""
    return vector.index[len(vector.index) - 1]


@inner
def resize(vector, filled):
    vector.index[len(vector.index) - 1] = filled


@inner
def clear(vector):
    """Zero again, at the cost of what is filled."""
    value, index, there = vector
    for k in range(size(vector)):
        value[index[k]] = 0.0
        there[index[k]] = 0
    resize(vector, 0)


@inner
def include(vector, i):
    """Row i is there from now on."""
    filled = size(vector)
    vector.there[i] = 1
    vector.index[filled] = i
    resize(vector, filled + 1)


@inner
def add(vector, i, amount):
    """Add to row i."""
    if not vector.there[i]:
        include(vector, i)
    vector.value[i] += amount


@inner
def recount(vector):
    """Make the list of filled rows anew after a pass over all rows."""
    value, index, there = vector
    filled = 0
    for i in range(len(value)):
        there[i] = value[i] != 0.0
        index[filled] = i
        filled += np.int64(there[i])
    resize(vector, filled)


@inner
def reach(graph, vector, search):
    """All rows that the filled ones change, so ordered that each comes before those it changes; returns where they begin.

    Depth first, without recursion; a row that changes none is in its place at once.
    """
    begin, end, target = graph.begin, graph.end, graph.index
    seen, order, stack, place = search[0], search[1], search[2], search[3]
    top = len(order)
    for k in range(size(vector)):
        root = vector.index[k]
        if seen[root]:
            continue
        if begin[root] == end[root]:
            seen[root] = 1
            top -= 1
            order[top] = root
            continue
        depth = 0
        t = root
        stack[0] = root
        place[0] = begin[root]
        seen[root] = 1
        while depth >= 0:
            p = stack[depth]
            e = place[depth]
            last = end[p]
            while e < last:
                t = target[e]
                if not seen[t]:
                    seen[t] = 1
                    if begin[t] < end[t]:
                        break
                    top -= 1
                    order[top] = t
                e += 1
            if e < last:
                place[depth] = e + 1
                depth += 1
                stack[depth] = t
                place[depth] = begin[t]
            else:
                top -= 1
                order[top] = p
                depth -= 1
    return top


@inner
def step(graph, value, p):
    """Row p is final (after its division): take it out of the rows it changes."""
    if value[p] != 0.0:
        value[p] *= graph.inverse[p]
        t = value[p]
        for e in range(graph.begin[p], graph.end[p]):
            value[graph.index[e]] -= graph.value[e] * t


@inner
def spread(graph, vector, p):
    """The same with the list of filled rows kept."""
    value = vector.value
    if value[p] != 0.0:
        value[p] *= graph.inverse[p]
        t = value[p]
        for e in range(graph.begin[p], graph.end[p]):
            add(vector, graph.index[e], -graph.value[e] * t)


@inner
def pass_core(graph, vector):
    """Solve in place by a pass over all rows of the core; the others change rows of it (by rows), or are changed by them."""
    if graph.by_rows:
        for k in range(size(vector)):
            if not graph.inside[vector.index[k]]:
                spread(graph, vector, vector.index[k])
    for k in range(len(graph.rank)):
        spread(graph, vector, graph.rank[k])
    if not graph.by_rows:
        for k in range(size(vector)):
            p = vector.index[k]
            if not graph.inside[p]:
                vector.value[p] *= graph.inverse[p]


@inner
def solve_triangle(graph, vector, search):
    """Solve in place."""
    if size(vector) > CROWDED * len(graph.rank):
        pass_core(graph, vector)
        return
    value = vector.value
    m = len(value)
    top = reach(graph, vector, search)
    for k in range(top, m):
        p = search[1, k]
        search[0, p] = 0
        step(graph, value, p)
        if not vector.there[p]:
            include(vector, p)


@inner
def solve_unit(graph, vector, search):
    """Solve in place with a diagonal of ones: nothing is to be done where no filled row changes another."""
    for k in range(size(vector)):
        p = vector.index[k]
        if graph.begin[p] < graph.end[p]:
            solve_triangle(graph, vector, search)
            break
