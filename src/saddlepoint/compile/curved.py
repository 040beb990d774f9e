"""Constraints that are not affine: what their two sides are worth at a plan.

The compiler writes f(x) ≤ b as f(x) ≤ t, t ≤ b; where the constraint does not bind, t may lie anywhere between. What the
user is told of slack comes from f(x) itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from saddlepoint.compile.lifting import Datum
from saddlepoint.compile.program import ColumnBlock, Curved, Floats, RowBlock
from saddlepoint.expr.node import Nature, Node, Relation, Variable
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
    return any(
        n.operator is not None and n.facts.decision and n.operator.nature not in _AFFINE
        for side in (relation.left, relation.right)
        for n in side.walk()
    )


def _curved(relation: Relation, block: RowBlock, data: Mapping[int, Datum]) -> Curved | None:
    fixed: dict[int, Floats] = {}
    slots: dict[int, int] = {}
    for node in _data(relation):
        datum = data.get(id(node))
        if datum is None or datum.terms.size > MOST_CELLS:
            return None
        if datum.lifted is not None:
            slots[id(node)] = datum.lifted.first
        else:
            fixed[id(node)] = dense(datum.terms).reshape(1, *node.facts.shape)
    return Curved(
        relation,
        block.start,
        tuple((n, fixed.get(id(n)), slots.get(id(n), -1)) for n in _data(relation)),
        block.places,
    )


def _data(relation: Relation) -> Iterator[Node]:
    waiting = [relation.left, relation.right]
    while waiting:
        node = waiting.pop()
        if node.facts.decision:
            waiting.extend(node.args)
        else:
            yield node


def differences(curved: Curved, columns: Sequence[ColumnBlock], data: Floats, x: Floats) -> Floats:
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


def _differences(curved: Curved, columns: Sequence[ColumnBlock], data: Floats, x: Floats) -> Floats:
    given = {id(n): _given(n, fixed, first, data) for n, fixed, first in curved.data}
    blocks = {block.table: block for block in columns}

    def value(node: Node) -> Floats:
        known = given.get(id(node))
        if known is not None:
            return known
        if node.variable is not None:
            return _decided(node.variable, blocks[node.variable.table], x)
        assert node.operator is not None
        args = tuple(aligned(value(a), a.facts, node.frame) for a in node.args)
        return node.operator.value(args, node.options)

    relation = curved.relation
    with np.errstate(all="ignore"):
        left, right = (aligned(value(n), n.facts, relation.facts) for n in (relation.left, relation.right))
        gap = left - right
    every = np.broadcast_to(gap, (len(x), *relation.facts.shape)).reshape(len(x), -1)
    return every if curved.places is None else every[:, curved.places]


def _given(node: Node, fixed: Floats | None, first: int, data: Floats) -> Floats:
    if fixed is not None:
        return fixed
    shape = node.facts.shape
    return data[:, first : first + int(np.prod(shape))].reshape(len(data), *shape)


def _decided(variable: Variable, block: ColumnBlock, x: Floats) -> Floats:
    at = np.searchsorted(block.cells, variable.place)
    held = np.minimum(at, len(block.cells) - 1)
    there = block.cells[held] == variable.place
    found = x[:, block.start + held]
    return found if there.all() else np.where(there, found, 0.0)
