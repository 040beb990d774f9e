"""Node → Terms with the columns, rows and cones its operators need."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.graph import Graph
from saddlepoint.algebra.terms import Terms
from saddlepoint.algebra.uniform import uniform
from saddlepoint.arrays import Index
from saddlepoint.compile.program import Places, listed
from saddlepoint.errors import CompileError
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node, Variable
from saddlepoint.expr.operators.linear import ADD, NEGATIVE

DataTerms = Callable[[Node], Terms | None]
ColumnsOf = Callable[[Variable], Terms]


def summands(node: Node, factor: float = 1.0) -> Iterator[tuple[Node, float]]:
    """The nodes whose sum, each with its factor ±1, is this one: long sums are never put together as one array."""
    if not node.facts.decision or (node.operator is not ADD and node.operator is not NEGATIVE):
        yield node, factor
        return
    for arg in node.args:
        yield from summands(arg, -factor if node.operator is NEGATIVE else factor)


def lower(node: Node, data: DataTerms, decided: ColumnsOf, fresh: int, quadratic: bool = False) -> Graph:
    """The graph form of a node.

    data: terms of a data-only node, None where it is to be lowered like a decision (sparse data); decided: terms of a decision
    variable; fresh: first free column; quadratic: whether the result may have quadratic terms (it may along linear operators, in
    an objective).
    """
    known = None if node.facts.decision else data(node)
    if known is not None:
        return Graph(known, fresh)
    if node.variable is not None:
        return Graph(decided(node.variable), fresh)
    record = node.the_operator
    if record.graph is None:
        raise CompileError.of(
            "C103",
            f"{record.name} has no graph form of its own",
            node.mark,
            why="problems with this operator are compiled through CVXPY",
            fix="Install the extra saddlepoint[cvxpy].",
        )
    inside = quadratic and record.nature.is_affine
    frame = node.frame
    parts: list[Graph] = []
    for arg in node.args:
        part = lower(arg, data, decided, fresh, inside)
        fresh = part.fresh
        aligned = align(part.value, arg.facts, frame)
        parts.append(part if aligned is part.value else replace(part, value=aligned))
    own = record.graph(tuple(p.value for p in parts), node.options, fresh, quadratic)
    if all(p.is_bare for p in parts):
        return own
    return Graph(
        own.value,
        own.fresh,
        tuple(r for p in (*parts, own) for r in p.rows),
        tuple(c for p in (*parts, own) for c in p.cones),
        whole=tuple(w for p in (*parts, own) for w in p.whole),
    )


def align(terms: Terms, facts: Facts, target: Facts) -> Terms:
    """The terms with an axis of length 1 for every repeat of the target they lack."""
    have = {r.rank: len(r.axis) for r in facts.repeats}
    lead = tuple(have.get(r.rank, 1) for r in target.repeats)
    shape = (*lead, *terms.shape[-2:])
    if terms.shape == shape:
        return terms
    if math.prod(shape) != terms.size:
        raise AssertionError(f"{terms.shape} does not align with {shape}")
    return terms.reshape(shape)


def variable_terms(shape: tuple[int, ...], cells: Index | None, columns: Places) -> Terms:
    """Terms of a decision variable; cells: those that have a column, flat, None = all."""
    if cells is not None and len(cells) == math.prod(shape):
        cells = None
    each = listed(columns)
    return Terms(shape, cells, each, uniform(np.float64(1.0), len(each)))
