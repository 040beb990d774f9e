"""Our own compiler: the graph forms of a problem's relations and objectives, as terms over its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from saddlepoint.algebra.cells import broadcast, spread_to, total
from saddlepoint.algebra.graph import Graph, Rows
from saddlepoint.algebra.terms import Terms, negative, scale_terms, zero
from saddlepoint.arrays import Index
from saddlepoint.compile.form import Form, Tables
from saddlepoint.compile.lifting import Datum
from saddlepoint.compile.lower import align, lower, summands, variable_terms
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node, Relation, Variable
from saddlepoint.model.model import Problem
from saddlepoint.records import dataclass


def native_form(
    problem: Problem,
    relations: Sequence[Relation],
    places: Sequence[Index | None],
    tables: Tables,
    data: Mapping[int, Datum],
    fresh: int,
) -> Form:
    """The problem as terms over our columns.

    places: the cells of every relation that have a row, None = all; the stated rows are those of these cells alone. fresh: the
    first column that is free for those of operators.
    """
    build = _Lowering(data, tables, {})
    objective, fresh, grown = build.objective(problem, fresh)
    stated, fresh, more = build.relations(relations, places, fresh)
    return Form(
        objective=objective,
        stated=tuple(stated),
        rows=(*grown.rows, *more.rows),
        cones=(*grown.cones, *more.cones),
        fresh=fresh,
        whole=(*grown.whole, *more.whole),
    )


@dataclass(frozen=True, slots=True)
class _Lowering:
    """Nodes → Terms with this problem's data and columns. met: the terms of variables met before, by id."""

    data: Mapping[int, Datum]
    tables: Tables
    met: dict[int, Terms]

    def node(self, node: Node, fresh: int, quadratic: bool = False) -> Graph:
        return lower(node, self._given, self._decided, fresh, quadratic)

    def _given(self, node: Node) -> Terms | None:
        datum = self.data.get(id(node))
        return None if datum is None else datum.terms

    def _decided(self, variable: Variable) -> Terms:
        found = self.met.get(id(variable))
        if found is None:
            found = variable_terms(variable.facts.shape, *self.tables.seen(variable))
            self.met[id(variable)] = found
        return found

    def objective(self, problem: Problem, fresh: int) -> tuple[tuple[Terms, ...], int, Graph]:
        """The summands of the objectives (also over repeats), each one cell, together to be minimised."""
        parts: list[Terms] = []
        graph = Graph(zero((1, 1)), fresh)
        for objective in problem.objectives:
            goal = objective.goal.node
            every = tuple(range(len(goal.facts.shape)))
            own, graph = self._sum(goal, goal.facts, graph, quadratic=True)
            parts += [
                scale_terms(total(p, every).reshape((1, 1)), float(objective.goal.sense))
                for p in own
                if p.nnz
            ]
        return tuple(parts), graph.fresh, graph

    def relations(
        self, relations: Sequence[Relation], places: Sequence[Index | None], fresh: int
    ) -> tuple[list[Rows], int, Graph]:
        """left − right of every relation, with its bounds."""
        stated: list[Rows] = []
        graph = Graph(zero((1, 1)), fresh)
        for relation, cells in zip(relations, places, strict=True):
            left, graph = self._sum(relation.left, relation.facts, graph, cells=cells)
            right, graph = self._sum(relation.right, relation.facts, graph, cells=cells)
            parts = [p for p in (*left, *(negative(r) for r in right if not r.is_constant)) if p.nnz]
            parts = parts or [zero(relation.facts.shape if cells is None else (len(cells),))]
            less = tuple(r for r in right if r.nnz and r.is_constant)
            stated.append(Rows(parts[0], relation.symbol, tuple(parts[1:]), less=less))
        return stated, graph.fresh, graph

    def _sum(
        self, node: Node, target: Facts, grown: Graph, quadratic: bool = False, cells: Index | None = None
    ) -> tuple[list[Terms], Graph]:
        """The summands of a node, in the target's shape (of these cells alone), and the rows and cones with theirs."""
        parts: list[Terms] = []
        for one, factor in summands(node):
            graph = self.node(one, grown.fresh, quadratic)
            if not graph.is_bare:
                grown = Graph(
                    grown.value,
                    graph.fresh,
                    (*grown.rows, *graph.rows),
                    (*grown.cones, *graph.cones),
                    whole=(*grown.whole, *graph.whole),
                )
            elif graph.fresh != grown.fresh:
                grown = replace(grown, fresh=graph.fresh)
            value = align(scale_terms(graph.value, factor), one.facts, target)
            shape = target.shape
            parts.append(broadcast(value, shape) if cells is None else spread_to(value, shape, cells))
        return parts, grown
