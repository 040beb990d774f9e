"""A problem into arrays, once for all its scenarios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.graph import Cones, Graph, Rows
from saddlepoint.algebra.structure import Cone, ConeKind, Pattern, Structure
from saddlepoint.algebra.terms import Terms, broadcast, negative, scale, span, total, zero
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.assemble import Entries, by_column, hessian, matrix, vector
from saddlepoint.compile.convexity import check, relied_on
from saddlepoint.compile.curved import curved_goals, curved_rows
from saddlepoint.compile.cvxpy_form import cvxpy_form
from saddlepoint.compile.endless import endless
from saddlepoint.compile.form import Form, Tables, sides
from saddlepoint.compile.lifting import Datum, lift, rely_on
from saddlepoint.compile.lower import align, lower, summands, variable_columns, variable_terms
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.presence import existing_cells, presence, present_cells, restrict, without_empty
from saddlepoint.compile.program import ColumnBlock, Program, RowBlock, Varying
from saddlepoint.compile.rows import renamed_columns, split_rows, split_terms
from saddlepoint.errors import CompileError, Diagnostic, ExpressionError
from saddlepoint.expr.build import Chance
from saddlepoint.expr.facts import Facts, Sign
from saddlepoint.expr.node import Node, Relation, Variable
from saddlepoint.model.model import Constraint, Model, Problem
from saddlepoint.model.row_domain import row_domain

Compiler = Literal["native", "cvxpy"]


def compile_problem(
    problem: Problem, model: Model, numbers: Numbers, route: Compiler | None = None
) -> Program:
    """The Program of one problem.

    numbers: what it reads, for the scenarios whose zeros and signs decide pattern and convexity. route: "cvxpy" lets
    CVXPY make the cone form; None does so only where some operator has no graph form. Raises ExpressionError (data
    without a value), CompileError (not convex, operator without the form asked for, cvxpy not installed).
    """
    relations = [(c, _plain(c)) for c in problem.constraints]
    nodes = [o.goal.node for o in problem.objectives] + [n for _, r in relations for n in (r.left, r.right)]
    nodes += [r.where for _, r in relations if r.where is not None]
    nodes += list(problem.exists.values())
    foreign = foreign_operators(nodes)
    through = route == "cvxpy" or (route is None and bool(foreign))
    data, slots = lift(nodes, numbers)
    if wrong := endless([r for _, r in relations], [o.goal.node for o in problem.objectives], data):
        raise ExpressionError(wrong)
    found = check(problem, data)
    if found:
        raise CompileError(found)
    needed = relied_on(problem, data)
    data = {
        k: rely_on(d, d.sign) if k in needed and d.sign is not Sign.UNKNOWN else d for k, d in data.items()
    }
    layout = _columns(problem, model, data)
    stated = [r for _, r in relations]
    form = (
        _through_cvxpy(problem, stated, layout, data) if through else _native(problem, stated, layout, data)
    )
    there = [present_cells(r, data) for r in stated]
    if problem.exists and not through:
        there = [
            without_empty(rows, known, c, row_domain(r.facts))
            for rows, known, (c, r) in zip(form.stated, there, relations, strict=True)
        ]
    blocks = _row_blocks([c for c, _ in relations], [p.cells for p in there])
    rows = [restrict(one, p.cells) for one, p in zip(form.stated, there, strict=True)]
    program = _program(problem, layout, form, rows, blocks, data, slots)
    curved = curved_rows(stated, blocks, data)
    goals = curved_goals([o.goal for o in problem.objectives], data)
    program = replace(program, curved=curved, goals=goals, presence=presence(there, len(program.row_of)))
    program = replace(program, absences=_absences(problem, model, data, program))
    return replace(program, notes=(_note(foreign),)) if through else program


def _absences(problem: Problem, model: Model, data: Mapping[int, Datum], program: Program) -> Index | None:
    """(n,) the slot that is 0 in scenarios in which a column's cell does not exist, −1 for columns of all scenarios."""
    out = np.full(program.structure.n, -1, np.int64)
    for block in program.columns:
        if block.table in problem.exists:
            there = existing_cells(problem.exists[block.table], model.tables[block.table].rest, data)
            out[block.start : block.start + len(block.cells)] = there.slots[block.cells]
    return out if (out >= 0).any() else None


def foreign_operators(nodes: Sequence[Node]) -> tuple[str, ...]:
    """Names of the operators on decisions that have no graph form."""
    names = (
        n.operator.name
        for top in nodes
        for n in top.walk()
        if n.operator is not None and n.facts.decision and n.operator.graph is None
    )
    return tuple(dict.fromkeys(names))


def _note(foreign: tuple[str, ...]) -> str:
    if foreign:
        return f"compiled through CVXPY: {', '.join(foreign)} has no graph form of its own"
    return "compiled through CVXPY, as asked"


def _through_cvxpy(
    problem: Problem, relations: Sequence[Relation], layout: _Layout, data: Mapping[int, Datum]
) -> Form:
    tables = Tables(layout.start, layout.size, layout.used, layout.lb)
    return cvxpy_form(problem, relations, tables, data, layout.count)


def _native(
    problem: Problem, relations: Sequence[Relation], layout: _Layout, data: Mapping[int, Datum]
) -> Form:
    sparse = frozenset(problem.exists)
    build = _Lowering(data, layout.start, layout.used, sparse)
    objective, fresh, grown = build.objective(problem, layout.count)
    stated, fresh, more = build.relations(relations, fresh)
    return Form(
        objective=objective,
        stated=tuple(stated),
        rows=(*grown.rows, *more.rows),
        cones=(*grown.cones, *more.cones),
        fresh=fresh,
        whole=(*grown.whole, *more.whole),
    )


def _plain(constraint: Constraint) -> Relation:
    if isinstance(constraint.relation, Chance):
        raise CompileError(
            Diagnostic(
                "C104",
                f"the chance constraint {constraint.name!r} has not been rewritten",
                constraint.mark,
                fix="rewrite the problem before compiling it (rewrite.chance)",
            )
        )
    return constraint.relation


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """The columns before compression: table → first column, and how many; which are used; bounds and integrality; blocks."""

    start: Mapping[str, int]
    size: Mapping[str, int]
    count: int
    used: Mask
    lb: Array
    ub: Array
    integer: Mask
    blocks: tuple[ColumnBlock, ...]


def _columns(problem: Problem, model: Model, data: Mapping[int, Datum]) -> _Layout:
    start: dict[str, int] = {}
    count = 0
    for key in problem.decides:
        start[key] = count
        count += model.tables[key].rest.size
    used = np.zeros(count, dtype=bool)
    decided = [v for v in problem.variables.values() if v.role == "decision"]
    lb, ub = np.full(count, -np.inf), infinite(count)
    if any(v.boolean for v in decided):
        ub = ub.copy()
    integer = np.zeros(count, dtype=bool)
    for variable in decided:
        columns = span(variable_columns(variable, start[variable.table]))
        used[columns] = True
        if variable.nonneg or variable.boolean:
            lb[columns] = 0.0
        if variable.boolean:
            ub[columns] = 1.0
        integer[columns] |= variable.integer
    for name, variable in model.variables.items():
        if variable.nonneg and variable.table in start and name not in problem.variables:
            columns = span(variable_columns(variable, start[variable.table]))
            lb[columns] = np.maximum(lb[columns], 0.0)
    for key in problem.exists:
        here = slice(start[key], start[key] + model.tables[key].rest.size)
        used[here] &= existing_cells(problem.exists[key], model.tables[key].rest, data).cells_mask
    size = {key: model.tables[key].rest.size for key in start}
    return _Layout(
        start=start,
        size=size,
        count=count,
        used=used,
        lb=lb,
        ub=ub,
        integer=integer,
        blocks=tuple(_blocks(problem, model, start, used)),
    )


def _blocks(problem: Problem, model: Model, start: Mapping[str, int], used: Mask) -> Sequence[ColumnBlock]:
    blocks: list[ColumnBlock] = []
    first = 0
    for key in problem.decides:
        info = model.tables[key]
        cells = np.flatnonzero(used[start[key] : start[key] + info.rest.size])
        blocks.append(
            ColumnBlock(
                table=key,
                domain=info.rest,
                start=first,
                cells=cells,
                unit=info.spec.unit,
                description=info.spec.description,
            )
        )
        first += len(cells)
    return blocks


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


def _row_blocks(constraints: Sequence[Constraint], cells: Sequence[Index | None]) -> tuple[RowBlock, ...]:
    """The rows of every constraint; cells: those of its domain that have a row, None = all."""
    blocks: list[RowBlock] = []
    start = 0
    for one, places in zip(constraints, cells, strict=True):
        relation = _plain(one)
        domain = row_domain(relation.facts)
        size = domain.size if places is None else len(places)
        blocks.append(
            RowBlock(
                name=one.name,
                domain=domain,
                start=start,
                size=size,
                symbol=relation.symbol,
                text=one.text,
                description=one.description,
                mark=one.mark,
                places=places,
            )
        )
        start += size
    return tuple(blocks)


def _program(
    problem: Problem,
    layout: _Layout,
    form: Form,
    stated: Sequence[Rows],
    blocks: tuple[RowBlock, ...],
    data: Mapping[int, Datum],
    slots: int,
) -> Program:
    fresh = form.fresh
    keep = np.concatenate([layout.used, np.ones(fresh - layout.count, dtype=bool)])
    renamed = None if keep.all() else np.where(keep, np.cumsum(keep) - 1, -1)
    n = int(keep.sum())
    auxiliary = fresh - layout.count
    goal = [renamed_columns(part, renamed) for part in form.objective]
    p_pattern, p_values = hessian(goal, n)
    divided = [split_terms(part) for part in goal]
    split = split_rows([*stated, *form.rows], renamed, n)
    f_pattern, f_values, g_values, cone_list = _cone_rows(form.cones, renamed, n)
    structure = Structure(
        P=p_pattern,
        A=split.pattern,
        F=f_pattern,
        cones=cone_list,
        integer=_extended(layout.integer, layout.used, _whole(form.whole, layout.count, auxiliary)),
    )
    return Program(
        problem=problem.key,
        structure=structure,
        P=p_values,
        q=vector(n, [by_column(_affine(linear)) for linear, _ in divided]),
        r=vector(1, [Entries(np.zeros(t.nnz, np.int64), t.coef, t.slots) for _, t in divided]),
        A=split.values,
        F=f_values,
        g=g_values,
        rhs=split.rhs,
        has_lower=split.has_lower,
        has_upper=split.has_upper,
        row_of=split.row_of,
        col_of=split.col_of,
        scale=split.scale,
        lower=split.lower,
        upper=split.upper,
        lb=_extended(layout.lb, layout.used, -infinite(auxiliary)),
        ub=_extended(layout.ub, layout.used, infinite(auxiliary)),
        columns=layout.blocks,
        rows=blocks,
        auxiliary=auxiliary,
        lifted=tuple(d.lifted for d in data.values() if d.lifted is not None),
        slots=slots,
        sense=problem.sense,
        scenarios=problem.scenarios,
    )


def _whole(columns: Sequence[Index], first: int, count: int) -> Mask:
    """Which of the columns that operators added (from `first` on) are whole."""
    out = np.zeros(count, dtype=bool)
    for part in columns:
        out[part - first] = True
    return out


def infinite(size: int) -> Array:
    """+∞ for every column, kept once."""
    return np.broadcast_to(np.float64(np.inf), (size,))


def _extended(array: NDArray[Any], used: Mask, more: NDArray[Any]) -> NDArray[Any]:
    """The array of the columns in use and of those that operators added."""
    if len(more) == 0 and used.all():
        return array
    return np.concatenate([array[used], more])


def _affine(terms: Terms) -> Terms:
    return terms if terms.second is None else terms.keep(terms.second < 0)


def _cone_rows(
    cones: Sequence[Cones], renamed: Index | None, n: int
) -> tuple[Pattern, Varying, Varying, tuple[Cone, ...]]:
    start = 0
    parts: list[Entries] = []
    free: list[Entries] = []
    kinds: list[Cone] = []
    for one in cones:
        count, size = one.terms.shape
        linear, constant = split_terms(renamed_columns(one.terms, renamed))
        parts.append(by_column(linear, start + linear.row))
        free.append(Entries(start + constant.row, constant.coef, constant.slots))
        kinds += [Cone(one.kind, size, one.alpha if one.kind is ConeKind.POWER else 0.5)] * count
        start += count * size
    pattern, values = matrix(parts, start, n)
    return pattern, values, vector(start, free), tuple(kinds)
