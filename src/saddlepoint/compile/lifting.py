"""Data-only parts of formulas: evaluated in numpy for all scenarios at once, before the compiler sees them.

What no scenario changes becomes numbers of the Program; the rest becomes slots of a data vector, which `bind`
fills. Which slots can ever be non-zero decides the pattern.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import numpy as np

from saddlepoint.algebra.cells import broadcast
from saddlepoint.algebra.terms import Terms, constant
from saddlepoint.algebra.terms import data as data_terms
from saddlepoint.arrays import Array, Mask
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Lifted
from saddlepoint.errors import ExpressionError
from saddlepoint.expr.asked_for import AskedWhere, value_where
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.node import Nature, Node, Variable
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.value import aligned, sign_between, sign_of, value
from saddlepoint.records import dataclass

CHUNK_CELLS = 20_000_000
SPARSE_CELLS = 10_000
"""Data of at least so many cells that come from a sparse source are kept as terms, never as a full array."""


@dataclass(frozen=True, slots=True)
class Datum:
    """A data-only node met by the compiler: its terms, its sign over all scenarios, and its slots if it has any.

    span: the least and the largest of its numbers over all scenarios.
    """

    terms: Terms
    sign: Sign
    lifted: Lifted | None
    span: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Parametric:
    """Tables whose numbers `bind` may be given anew; zeros: whether numbers that are 0 now may become others."""

    tables: Collection[str] = ()
    zeros: bool = False

    def moves(self, variable: Variable) -> bool:
        """Whether a variable's zeros may become other numbers."""
        return self.zeros and variable.table in self.tables


NONE_PARAMETRIC: Final = Parametric()


def data_nodes(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The largest data-only parts of expressions, once each."""
    return tuple({id(node): node for top in nodes for node in occurrences(top)}.values())


def occurrences(top: Node) -> Iterator[Node]:
    """The largest data-only parts of an expression, as often as they stand in it."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if node.facts.decision or (is_sparse(node) and not is_source(node)):
            waiting.extend(node.args)
        else:
            yield node


def is_sparse(node: Node) -> bool:
    """Whether a large data-only node follows by sparse arithmetic from an identity, a shift or a diagonal."""
    if node.facts.decision or math.prod(node.facts.shape) < SPARSE_CELLS:
        return False
    if is_source(node):
        return True
    record = node.operator
    if record is None or record.graph is None or not record.nature.is_affine:
        return False
    if record.thin is not None:
        return record.thin(tuple(a.facts for a in node.args))
    if record.nature is Nature.BILINEAR:
        return any(is_sparse(a) for a in node.args)
    return all(is_sparse(a) for a in node.args)


def is_source(node: Node) -> bool:
    """Whether the node itself has sparse numbers: an identity, or a shift by fixed places."""
    if node.variable is not None:
        return node.variable.sparse is not None
    return node.operator is not None and node.operator.sparse is not None and not node.facts.varying


def lift(
    nodes: Iterable[Node],
    numbers: Numbers,
    asked: Mapping[int, AskedWhere] = MappingProxyType({}),
    parametric: Parametric = NONE_PARAMETRIC,
) -> tuple[Mapping[int, Datum], int]:
    """What the compiler needs of every data-only node (by id), and the number of slots used.

    asked: of nodes (by id) whose numbers are asked for under a condition only. parametric: tables that will change.
    Raises ExpressionError where a node has no finite value in some scenario.
    """
    made: dict[int, Datum] = {}
    slots = 0
    for node in data_nodes(nodes):
        datum = _datum(node, numbers, slots, asked.get(id(node)), parametric)
        slots += datum.lifted.size if datum.lifted is not None else 0
        made[id(node)] = datum
    return made, slots


def _datum(
    node: Node, numbers: Numbers, first: int, asked: AskedWhere | None, parametric: Parametric
) -> Datum:
    shape = node.facts.shape
    moves = any(v.exchanged or parametric.moves(v) for v in node.variables)
    if is_sparse(node):
        terms = _source_terms(node, numbers)
        return Datum(terms, sign_of(terms.coef), None)
    given_anew = any(v.table in parametric.tables for v in node.variables)
    varying = node.facts.varying or (asked is not None and asked.where.facts.varying)
    if not (varying or given_anew or moves):
        values = value_where(node, numbers.of, asked, lazily=True)
        span = _span(values)
        return Datum(_fixed(values, shape), sign_between(*span), None, span)
    summary = _summary(node, numbers, asked)
    if summary.same is not None and not given_anew and not moves:
        return Datum(_fixed(summary.same, shape), sign_of(summary.same), None, summary.span)
    possible = summary.nonzero
    if moves:
        possible = possible | _structural(node, numbers, parametric)
    read = [node] if asked is None else [node, asked.where]
    tables = frozenset(v.table for top in read for v in top.variables)
    lifted = Lifted(
        node=node,
        first=first,
        size=int(np.prod(shape)),
        possible=possible.reshape(-1),
        tables=tables,
        asked=asked,
    )
    return Datum(data_terms(shape, first, possible.reshape(-1)), summary.sign, lifted, summary.span)


def _source_terms(node: Node, numbers: Numbers) -> Terms:
    if node.variable is not None and node.variable.sparse is not None:
        return broadcast(node.variable.sparse, node.facts.shape)
    assert node.operator is not None and node.operator.sparse is not None
    args = tuple(aligned(value(a, numbers.of), a.facts, node.facts) for a in node.args)
    try:
        return broadcast(node.operator.sparse(args, node.options), node.facts.shape)
    except ValueProblem as problem:
        raise ExpressionError.of(problem.code, problem.message, node.mark, fix=problem.fix) from None


def _fixed(values: Array, shape: tuple[int, ...]) -> Terms:
    return constant(np.broadcast_to(values, (1, *shape))[0])


@dataclass(frozen=True, slots=True)
class _Summary:
    """Over all scenarios: where some value is not zero, the sign of all, and the values if they are all the same."""

    nonzero: Mask
    sign: Sign
    same: Array | None
    span: tuple[float, float]


def _summary(node: Node, numbers: Numbers, asked: AskedWhere | None) -> _Summary:
    shape = node.facts.shape
    if 0 in shape:
        empty = np.zeros((1, *shape))
        return _Summary(empty[0] != 0, sign_of(empty), empty, (0.0, 0.0))
    size = int(np.prod(shape))
    step = max(1, CHUNK_CELLS // size)
    nonzero = np.zeros(shape, dtype=bool)
    least, most = np.inf, -np.inf
    same: Array | None = None
    for start in range(0, numbers.size, step):
        part = numbers.take(np.arange(start, min(start + step, numbers.size)))
        values = np.broadcast_to(value_where(node, part.of, asked), (part.size, *shape))
        nonzero |= (values != 0).any(axis=0)
        least, most = min(least, float(values.min())), max(most, float(values.max()))
        head = values[:1] if start == 0 else same
        same = head if head is not None and bool((values == head).all()) else None
    return _Summary(nonzero, sign_of(np.array([least, most])), same, (least, most))


def _span(values: Array) -> tuple[float, float]:
    return (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)


def _structural(node: Node, numbers: Numbers, parametric: Parametric) -> Mask:
    """Where a node can be non-zero whatever the tables that move hold: probed with generic numbers."""
    rng = np.random.default_rng(0)

    def generic(variable: Variable) -> Array:
        drawn = rng.uniform(1.0, 2.0, size=(1, *variable.facts.shape))
        if variable.exchanged or parametric.moves(variable):
            return drawn
        return np.where((numbers.of(variable) != 0).any(axis=0, keepdims=True), drawn, 0.0)

    try:
        values = value(node, generic)
    except Exception:
        return np.ones(node.facts.shape, dtype=bool)
    return np.broadcast_to(values != 0, (1, *node.facts.shape))[0]


def rely_on(datum: Datum, sign: Sign) -> Datum:
    """The datum with the sign that convexity relies on, checked again at every bind."""
    return replace(datum, lifted=None if datum.lifted is None else replace(datum.lifted, sign=sign))
