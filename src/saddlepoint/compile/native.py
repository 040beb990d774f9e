"""Our own compiler: the graph forms of a problem's relations and objectives, as terms over its columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from saddlepoint.algebra.graph import Graph, Rows
from saddlepoint.algebra.terms import Terms, broadcast, negative, scale, total, zero
from saddlepoint.arrays import Mask
from saddlepoint.compile.form import Form, Tables, sides
from saddlepoint.compile.lifting import Datum
from saddlepoint.compile.lower import align, lower, summands, variable_terms
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node, Relation, Variable
from saddlepoint.model.model import Problem


def native_form(
    problem: Problem, relations: Sequence[Relation], tables: Tables, data: Mapping[int, Datum], fresh: int
) -> Form:
    """The problem as terms over our columns; fresh: the first column that is free for those of operators."""
    build = _Lowering(data, tables.start, tables.used, frozenset(problem.exists))
    objective, fresh, grown = build.objective(problem, fresh)
    stated, fresh, more = build.relations(relations, fresh)
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
    """Nodes → Terms with this problem's data and columns."""

    data: Mapping[int, Datum]
    start: Mapping[str, int]
    used: Mask
    sparse: frozenset[str]

    def node(self, node: Node, fresh: int, quadratic: bool = False) -> Graph:
        return lower(node, self._given, self._decided, fresh, quadratic)

    def _given(self, node: Node) -> Terms | None:
        datum = self.data.get(id(node))
        return None if datum is None else datum.terms

    def _decided(self, variable: Variable) -> Terms:
        terms = variable_terms(variable, self.start[variable.table])
        return terms.keep(self.used[terms.col]) if variable.table in self.sparse else terms

    def objective(self, problem: Problem, fresh: int) -> tuple[tuple[Terms, ...], int, Graph]:
        """The summands of the objectives (also over repeats), each one cell, together to be minimised."""
        parts: list[Terms] = []
        graph = Graph(zero((1, 1)), fresh)
        for objective in problem.objectives:
            goal = objective.goal.node
            every = tuple(range(len(goal.facts.shape)))
            own, graph = self._sum(goal, goal.facts, graph, quadratic=True)
            parts += [
                scale(total(p, every).reshape((1, 1)), float(objective.goal.sense)) for p in own if p.nnz
            ]
        return tuple(parts), graph.fresh, graph

    def relations(self, relations: Sequence[Relation], fresh: int) -> tuple[list[Rows], int, Graph]:
        """left − right of every relation, with its bounds."""
        stated: list[Rows] = []
        graph = Graph(zero((1, 1)), fresh)
        for relation in relations:
            left, graph = self._sum(relation.left, relation.facts, graph)
            right, graph = self._sum(relation.right, relation.facts, graph)
            parts = [p for p in (*left, *(negative(r) for r in right)) if p.nnz]
            parts = parts or [zero(relation.facts.shape)]
            stated.append(Rows(parts[0], *sides(relation.symbol), tuple(parts[1:])))
        return stated, graph.fresh, graph

    def _sum(
        self, node: Node, target: Facts, grown: Graph, quadratic: bool = False
    ) -> tuple[list[Terms], Graph]:
        """The summands of a node, in the target's shape, and the rows and cones with theirs."""
        parts: list[Terms] = []
        for one, factor in summands(node):
            graph = self.node(one, grown.fresh, quadratic)
            grown = Graph(
                grown.value,
                graph.fresh,
                (*grown.rows, *graph.rows),
                (*grown.cones, *graph.cones),
                whole=(*grown.whole, *graph.whole),
            )
            parts.append(broadcast(align(scale(graph.value, factor), one.facts, target), target.shape))
        return parts, grown
