"""Constraints that are not affine: what their two sides are worth at a plan.

The compiler writes f(x) ≤ b as f(x) ≤ t, t ≤ b; where the constraint does not bind, t may lie anywhere between. What the
user is told of slack comes from f(x) itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.compile.lifting import Datum
from saddlepoint.compile.lower import summands
from saddlepoint.compile.program import ColumnBlock, Curved, CurvedGoal, RowBlock
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Goal, Node, Relation, Variable
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.value import aligned, dense_array

MOST_CELLS = 1_000_000
"""A part of data with more cells is not written out; its constraint keeps the slack of the compiler's own rows."""

MOVES = ((1e-15, False), (1e-12, False), (1e-9, False), (1e-9, True), (1e-3, True), (1.0, True))
"""Moves into a domain: up by a part of the largest summand; or, where that is itself a rounding error, to a part of what lies below 0."""
NEAR = 1e-6
"""Beside the largest number of the plan, what lies further below 0 is no rounding error."""


def curved_rows(
    relations: Sequence[Relation], blocks: Sequence[RowBlock], data: Mapping[int, Datum]
) -> tuple[Curved, ...]:
    """The relations that have an operator of decisions which is not affine, with the data they hold."""
    return tuple(
        made
        for one, block in zip(relations, blocks, strict=True)
        if _is_curved(one) and (made := _curved(one, block, data)) is not None
    )


def _is_curved(relation: Relation) -> bool:
    return any(map(_is_bent, relation.sides))


def _is_bent(node: Node) -> bool:
    return any(
        n.operator is not None and n.facts.decision and not n.operator.nature.is_affine for n in node.walk()
    )


def curved_goals(goals: Sequence[Goal], data: Mapping[int, Datum]) -> tuple[CurvedGoal, ...]:
    """The objectives, where one of them is curved: what they are worth is then told from the formulas themselves."""
    if not any(_is_bent(goal.node) for goal in goals):
        return ()
    made = [(goal, _known((goal.node,), data)) for goal in goals]
    if any(known is None for _, known in made):
        return ()
    return tuple(CurvedGoal(goal, known) for goal, known in made if known is not None)


def _curved(relation: Relation, block: RowBlock, data: Mapping[int, Datum]) -> Curved | None:
    known = _known(relation.sides, data)
    return None if known is None else Curved(relation, block.start, known, block.places)


def _known(
    nodes: Sequence[Node], data: Mapping[int, Datum]
) -> tuple[tuple[Node, Array | None, int], ...] | None:
    """The data-only parts of the nodes with their numbers; None where they are too large to be written out."""
    found: list[tuple[Node, Array | None, int]] = []
    for node in _data(nodes):
        datum = data.get(id(node))
        if datum is None or datum.terms.size > MOST_CELLS:
            return None
        if datum.lifted is not None:
            found.append((node, None, datum.lifted.first))
        else:
            found.append((node, dense_array(datum.terms).reshape(1, *node.facts.shape), -1))
    return tuple(found)


def _data(nodes: Sequence[Node]) -> Iterator[Node]:
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node.facts.decision:
            waiting.extend(node.args)
        else:
            yield node


def differences(
    curved: Curved, columns: Sequence[ColumnBlock], data: Array, x: Array, inward: int | None = None
) -> Array:
    """left − right of a constraint at plans x (S, n) with data vectors (1 | S, slots): shape (S, rows).

    NaN where the formula has no value at the plan: at the edge of an operator's domain a solver's plan lies a rounding
    error outside it. inward: as for `worth`.
    """
    try:
        return _differences(curved, columns, data, x, inward)
    except ValueProblem:
        if len(x) == 1:
            return np.full((1, math.prod(curved.relation.facts.shape)), np.nan)
    one = [slice(s, s + 1) for s in range(len(x))]
    return np.concatenate(
        [differences(curved, columns, data if len(data) == 1 else data[s], x[s], inward) for s in one]
    )


def _differences(
    curved: Curved, columns: Sequence[ColumnBlock], data: Array, x: Array, inward: int | None
) -> Array:
    relation = curved.relation
    with np.errstate(all="ignore"):
        left, right = (
            aligned(v, n.facts, relation.facts)
            for n, v in _values(relation.sides, curved.data, columns, data, x, inward)
        )
        gap = left - right
    return _rows(gap, curved, len(x))


def violations(curved: Curved, columns: Sequence[ColumnBlock], data: Array, x: Array) -> Array:
    """By how much plans x (S, n) break a constraint, relative to the largest summand of its sides: (S, rows).

    Zero where it holds. Where the formula has no finite value, the least violation of points a rounding error further
    inside counts; infinity where none of them has a value.
    """
    out = _shares(curved, columns, data, x, None)
    edge = np.flatnonzero(np.isnan(out).any(axis=1))
    if len(edge):
        part, near = data if len(data) == 1 else data[edge], out[edge]
        for inward in range(len(MOVES)):
            found = _shares(curved, columns, part, x[edge], inward)
            near = np.where(np.isnan(out[edge]), np.fmin(near, found), near)
        out[edge] = np.where(np.isnan(near), np.inf, near)
    return out


def _shares(
    curved: Curved, columns: Sequence[ColumnBlock], data: Array, x: Array, inward: int | None
) -> Array:
    """`violations` at the plans, or at points further inside; NaN where the formula has no finite value there."""
    off = _excess(curved, differences(curved, columns, data, x, inward))
    off[~np.isfinite(off)] = np.nan
    broken = np.flatnonzero((off > 0).any(axis=1))
    if len(broken):
        size = _sizes(curved, columns, data if len(data) == 1 else data[broken], x[broken], inward)
        with np.errstate(divide="ignore", invalid="ignore"):
            off[broken] = np.where(off[broken] > 0, off[broken] / size, off[broken])
    return off


def _excess(curved: Curved, gap: Array) -> Array:
    """By how much a difference left − right breaks the constraint."""
    symbol = curved.relation.symbol
    return np.abs(gap) if symbol == "==" else np.maximum(0.0, gap if symbol == "<=" else -gap)


def _sizes(
    curved: Curved, columns: Sequence[ColumnBlock], data: Array, x: Array, inward: int | None
) -> Array:
    """The largest finite summand of the two sides, (S, rows). ValueProblem where one has no value."""
    relation = curved.relation
    parts = [n for side in relation.sides for n, _ in summands(side)]
    size = np.zeros((len(x), *relation.facts.shape))
    with np.errstate(all="ignore"):
        for node, value in _values(parts, curved.data, columns, data, x, inward):
            part = np.abs(aligned(value, node.facts, relation.facts))
            size = np.maximum(size, np.where(np.isfinite(part), part, 0.0))
    return _rows(size, curved, len(x))


def worth(
    goals: Sequence[CurvedGoal],
    columns: Sequence[ColumnBlock],
    data: Array,
    x: Array,
    inward: int | None = None,
) -> Array | None:
    """The objective, to be minimised, of plans x (S, n) from its formulas: (S,); None where it has no value.

    inward: the first of MOVES by which arguments are moved into the domain of an operator without value there.
    """
    total = np.zeros(len(x))
    try:
        with np.errstate(all="ignore"):
            for one in goals:
                for _, value in _values((one.goal.node,), one.data, columns, data, x, inward):
                    shape = (len(x), *one.goal.node.facts.shape)
                    flat = np.broadcast_to(value, shape).reshape(len(x), -1)
                    total += one.goal.sense * flat.sum(axis=1)
    except ValueProblem:
        return None
    return total


def _rows(array: Array, curved: Curved, size: int) -> Array:
    every = np.broadcast_to(array, (size, *curved.relation.facts.shape)).reshape(size, -1)
    return every if curved.places is None else every[:, curved.places]


def _values(
    nodes: Sequence[Node],
    known: Sequence[tuple[Node, Array | None, int]],
    columns: Sequence[ColumnBlock],
    data: Array,
    x: Array,
    inward: int | None = None,
) -> Iterator[tuple[Node, Array]]:
    """Every node with its value at plans x (S, n); inward: as for `worth`."""
    given = {id(n): _given(n, fixed, first, data) for n, fixed, first in known}
    blocks = {block.table: block for block in columns}

    def value(node: Node) -> Array:
        found = given.get(id(node))
        if found is not None:
            return found
        if node.variable is not None:
            return _decided(node.variable, blocks[node.variable.table], x)
        args = tuple(aligned(value(a), a.facts, node.frame) for a in node.args)
        if inward is None or node.the_operator.nature.is_affine:
            return node.the_operator.value(args, node.options)
        reach = NEAR * np.abs(x).max(axis=1, initial=0.0).reshape(-1, *(1 for _ in node.frame.shape))
        return _moved_inside(node, args, tuple(_size(a, node.frame) for a in node.args), reach, inward)

    def _size(node: Node, frame: Facts) -> Array:
        parts = [np.abs(aligned(value(n), n.facts, frame)) for n, _ in summands(node)]
        return reduce(np.maximum, parts)

    for node in nodes:
        yield node, value(node)


def _moved_inside(
    node: Node, args: tuple[Array, ...], sizes: tuple[Array, ...], reach: Array, first: int
) -> Array:
    """The value of an operator; where it has none, that at arguments moved inside by the first of MOVES that gives one.

    The domains of our curved operators reach upwards without end: a larger argument is further inside. reach: how far below 0 an
    argument may lie to be mirrored.
    """
    operator = node.the_operator
    value: Array | None = None
    tries = [
        args,
        *(tuple(_moved(a, n, reach, m) for a, n in zip(args, sizes, strict=True)) for m in MOVES[first:]),
    ]
    for arguments in tries:
        try:
            found = operator.value(arguments, node.options)
        except ValueProblem:
            continue
        value = found if value is None else np.where(np.isfinite(value), value, found)
        if np.isfinite(value).all():
            return value
    if value is None:
        return operator.value(args, node.options)
    return value


def _moved(argument: Array, size: Array, reach: Array, move: tuple[float, bool]) -> Array:
    part, mirrored = move
    if mirrored:
        return np.where((argument < 0) & (-argument <= reach), -part * argument, argument)
    return argument + np.maximum(part * size, np.finfo(np.float64).tiny)


def _given(node: Node, fixed: Array | None, first: int, data: Array) -> Array:
    if fixed is not None:
        return fixed
    shape = node.facts.shape
    return data[:, first : first + int(np.prod(shape))].reshape(len(data), *shape)


def _decided(variable: Variable, block: ColumnBlock, x: Array) -> Array:
    if not block.size:
        return np.zeros((len(x), *variable.facts.shape))
    place = variable.place.array
    at = np.searchsorted(block.cells, place)
    held = np.minimum(at, block.size - 1)
    there = block.cells[held] == place
    found = x[:, block.start + held]
    return found if there.all() else np.where(there, found, 0.0)
