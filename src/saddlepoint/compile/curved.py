"""Constraints that are not affine: what their two sides are worth at a plan.

The compiler writes f(x) ≤ b as f(x) ≤ t, t ≤ b; where the constraint does not bind, t may lie anywhere between. What the
user is told of slack comes from f(x) itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.compile.lifting import Datum
from saddlepoint.compile.lower import summands
from saddlepoint.compile.program import ColumnBlock, Curved, CurvedGoal, RowBlock
from saddlepoint.expr.node import Goal, Nature, Node, Relation, Variable
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.value import aligned, dense

_AFFINE = (Nature.LINEAR, Nature.BILINEAR)
MOST_CELLS = 1_000_000
"""A part of data with more cells is not written out; its constraint keeps the slack of the compiler's own rows."""


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
    return _is_bent(relation.left) or _is_bent(relation.right)


def _is_bent(node: Node) -> bool:
    return any(
        n.operator is not None and n.facts.decision and n.operator.nature not in _AFFINE for n in node.walk()
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
    known = _known((relation.left, relation.right), data)
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
            found.append((node, dense(datum.terms).reshape(1, *node.facts.shape), -1))
    return tuple(found)


def _data(nodes: Sequence[Node]) -> Iterator[Node]:
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        if node.facts.decision:
            waiting.extend(node.args)
        else:
            yield node


def differences(curved: Curved, columns: Sequence[ColumnBlock], data: Array, x: Array) -> Array:
    """left − right of a constraint at plans x (S, n) with data vectors (1 | S, slots): shape (S, rows).

    NaN where the formula has no value at the plan: at the edge of an operator's domain a solver's plan lies a rounding
    error outside it.
    """
    try:
        return _differences(curved, columns, data, x)
    except ValueProblem:
        if len(x) == 1:
            return np.full((1, math.prod(curved.relation.facts.shape)), np.nan)
    one = [slice(s, s + 1) for s in range(len(x))]
    return np.concatenate(
        [differences(curved, columns, data if len(data) == 1 else data[s], x[s]) for s in one]
    )


def _differences(curved: Curved, columns: Sequence[ColumnBlock], data: Array, x: Array) -> Array:
    relation = curved.relation
    with np.errstate(all="ignore"):
        left, right = (
            aligned(v, n.facts, relation.facts)
            for n, v in _values((relation.left, relation.right), curved.data, columns, data, x)
        )
        gap = left - right
    return _rows(gap, curved, len(x))


def violations(curved: Curved, columns: Sequence[ColumnBlock], data: Array, x: Array) -> Array:
    """By how much plans x (S, n) break a constraint, relative to the largest summand of its sides: (S, rows).

    Zero where it holds and where the formula has no value at the plan.
    """
    gap = differences(curved, columns, data, x)
    symbol = curved.relation.symbol
    off = np.abs(gap) if symbol == "==" else np.maximum(0.0, gap if symbol == "<=" else -gap)
    off = np.where(np.isfinite(off), off, 0.0)
    broken = np.flatnonzero((off > 0).any(axis=1))
    out = np.zeros_like(off)
    if len(broken):
        part = data if len(data) == 1 else data[broken]
        size = _sizes(curved, columns, part, x[broken])
        with np.errstate(divide="ignore", invalid="ignore"):
            out[broken] = np.where(off[broken] > 0, off[broken] / size, 0.0)
    return out


def _sizes(curved: Curved, columns: Sequence[ColumnBlock], data: Array, x: Array) -> Array:
    """The largest summand of the two sides, (S, rows)."""
    relation = curved.relation
    parts = [n for side in (relation.left, relation.right) for n, _ in summands(side)]
    size = np.zeros((len(x), *relation.facts.shape))
    with np.errstate(all="ignore"):
        for node, value in _values(parts, curved.data, columns, data, x):
            size = np.maximum(size, np.abs(aligned(value, node.facts, relation.facts)))
    return _rows(size, curved, len(x))


def worth(goals: Sequence[CurvedGoal], columns: Sequence[ColumnBlock], data: Array, x: Array) -> Array | None:
    """The objective, to be minimised, of plans x (S, n) from its formulas: (S,); None where it has no value."""
    total = np.zeros(len(x))
    try:
        with np.errstate(all="ignore"):
            for one in goals:
                for _, value in _values((one.goal.node,), one.data, columns, data, x):
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
) -> Iterator[tuple[Node, Array]]:
    """Every node with its value at plans x (S, n)."""
    given = {id(n): _given(n, fixed, first, data) for n, fixed, first in known}
    blocks = {block.table: block for block in columns}

    def value(node: Node) -> Array:
        found = given.get(id(node))
        if found is not None:
            return found
        if node.variable is not None:
            return _decided(node.variable, blocks[node.variable.table], x)
        assert node.operator is not None
        args = tuple(aligned(value(a), a.facts, node.frame) for a in node.args)
        return node.operator.value(args, node.options)

    for node in nodes:
        yield node, value(node)


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
