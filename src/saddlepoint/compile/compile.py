"""A problem into arrays, once for all its scenarios."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.graph import Cones, Graph, Rows
from saddlepoint.algebra.structure import Cone, ConeKind, Pattern, Structure
from saddlepoint.algebra.terms import Terms, add, broadcast, is_counting, negative, scale, total, zero
from saddlepoint.compile.assemble import Entries, entries, hessian, matrix, varying
from saddlepoint.compile.convexity import check, relied_on
from saddlepoint.compile.curved import curved_rows
from saddlepoint.compile.cvxpy_form import Form, Tables, cvxpy_form
from saddlepoint.compile.lifting import Datum, lift, rely_on
from saddlepoint.compile.lower import align, lower, variable_terms
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import ColumnBlock, Floats, Index, Layer, Program, RowBlock, Varying
from saddlepoint.errors import CompileError, Diagnostic
from saddlepoint.expr.build import Chance
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.node import Node, Relation, Variable
from saddlepoint.labels import Axis, Domain
from saddlepoint.model.model import Constraint, Model, Problem

Route = Literal["native", "cvxpy"]


def compile_problem(problem: Problem, model: Model, numbers: Numbers, route: Route | None = None) -> Program:
    """The Program of one problem.

    numbers: what it reads, for the scenarios whose zeros and signs decide pattern and convexity. route: "cvxpy" lets
    CVXPY make the cone form; None does so only where some operator has no graph form. Raises ExpressionError (data
    without a value), CompileError (not convex, operator without the form asked for, cvxpy not installed).
    """
    relations = [(c, _plain(c)) for c in problem.constraints]
    nodes = [o.goal.node for o in problem.objectives] + [n for _, r in relations for n in (r.left, r.right)]
    foreign = foreign_operators(nodes)
    through = route == "cvxpy" or (route is None and bool(foreign))
    data, slots = lift(nodes, numbers)
    found = check(problem, data)
    if found:
        raise CompileError(found)
    needed = relied_on(problem, data)
    data = {
        k: rely_on(d, d.sign) if k in needed and d.sign is not Sign.UNKNOWN else d for k, d in data.items()
    }
    layout = _columns(problem, model)
    stated = [r for _, r in relations]
    form = (
        _through_cvxpy(problem, stated, layout, data) if through else _native(problem, stated, layout, data)
    )
    blocks = _row_blocks([c for c, _ in relations])
    program = _program(
        problem, layout, form.objective, form.stated, blocks, form.rows, form.cones, form.fresh, data, slots
    )
    program = replace(program, curved=curved_rows(stated, [b.start for b in blocks], data))
    return replace(program, notes=(_note(foreign),)) if through else program


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
    build = _Lowering(data, layout.start)
    objective, fresh, grown = build.objective(problem, layout.count)
    stated, fresh, more = build.relations(relations, fresh)
    return Form(objective, tuple(stated), (*grown.rows, *more.rows), (*grown.cones, *more.cones), fresh)


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


@dataclass(frozen=True, slots=True)
class _Layout:
    """The columns before compression: table → first column, and how many; which are used; bounds and integrality; blocks."""

    start: Mapping[str, int]
    size: Mapping[str, int]
    count: int
    used: NDArray[np.bool_]
    lb: Floats
    ub: Floats
    integer: NDArray[np.bool_]
    blocks: tuple[ColumnBlock, ...]


def _columns(problem: Problem, model: Model) -> _Layout:
    start: dict[str, int] = {}
    count = 0
    for key in problem.decides:
        start[key] = count
        count += model.tables[key].rest.size
    used = np.zeros(count, dtype=bool)
    lb, ub = np.full(count, -np.inf), np.full(count, np.inf)
    integer = np.zeros(count, dtype=bool)
    for variable in problem.variables.values():
        if variable.role == "decision":
            columns = _span(start[variable.table] + variable.place.reshape(-1))
            used[columns] = True
            lb[columns] = np.maximum(lb[columns], 0.0) if variable.nonneg or variable.boolean else lb[columns]
            ub[columns] = 1.0 if variable.boolean else ub[columns]
            integer[columns] |= variable.integer
    size = {key: model.tables[key].rest.size for key in start}
    return _Layout(start, size, count, used, lb, ub, integer, tuple(_blocks(problem, model, start, used)))


def _span(places: Index) -> Index | slice:
    """The places, as a slice where they follow each other."""
    if len(places) and is_counting(places - places[0]):
        return slice(int(places[0]), int(places[0]) + len(places))
    return places


def _blocks(
    problem: Problem, model: Model, start: Mapping[str, int], used: NDArray[np.bool_]
) -> Sequence[ColumnBlock]:
    blocks: list[ColumnBlock] = []
    first = 0
    for key in problem.decides:
        info = model.tables[key]
        cells = np.flatnonzero(used[start[key] : start[key] + info.rest.size])
        blocks.append(ColumnBlock(key, info.rest, first, cells, info.spec.unit, info.spec.description))
        first += len(cells)
    return blocks


@dataclass(frozen=True, slots=True)
class _Lowering:
    """Nodes → Terms with this problem's data and columns."""

    data: Mapping[int, Datum]
    start: Mapping[str, int]

    def node(self, node: Node, fresh: int, quadratic: bool = False) -> Graph:
        return lower(node, self._given, self._decided, fresh, quadratic)

    def _given(self, node: Node) -> Terms | None:
        datum = self.data.get(id(node))
        return None if datum is None else datum.terms

    def _decided(self, variable: Variable) -> Terms:
        return variable_terms(variable, self.start[variable.table])

    def objective(self, problem: Problem, fresh: int) -> tuple[Terms, int, Graph]:
        """The objectives added up (also over repeats), as one cell to be minimised."""
        parts: list[Terms] = []
        rows: list[Rows] = []
        cones: list[Cones] = []
        for objective in problem.objectives:
            graph = self.node(objective.goal.node, fresh, quadratic=True)
            fresh = graph.fresh
            rows += graph.rows
            cones += graph.cones
            whole = total(graph.value, tuple(range(len(graph.value.shape)))).reshape((1, 1))
            parts.append(scale(whole, float(objective.goal.sense)))
        value = add(parts) if parts else zero((1, 1))
        return value, fresh, Graph(value, fresh, tuple(rows), tuple(cones))

    def relations(self, relations: Sequence[Relation], fresh: int) -> tuple[list[Rows], int, Graph]:
        """left − right of every relation, with its bounds."""
        stated: list[Rows] = []
        rows: list[Rows] = []
        cones: list[Cones] = []
        for relation in relations:
            left = self.node(relation.left, fresh)
            right = self.node(relation.right, left.fresh)
            fresh = right.fresh
            rows += [*left.rows, *right.rows]
            cones += [*left.cones, *right.cones]
            stated.append(self._stated(relation, left.value, right.value))
        return stated, fresh, Graph(zero((1, 1)), fresh, tuple(rows), tuple(cones))

    def _stated(self, relation: Relation, left: Terms, right: Terms) -> Rows:
        shape = relation.facts.shape
        parts = [
            broadcast(align(t, n.facts, relation.facts), shape)
            for t, n in ((left, relation.left), (negative(right), relation.right))
            if len(t.row)
        ]
        free = [p for p in parts if p.is_constant]
        linear = [p for p in parts if not p.is_constant]
        return Rows(
            add(linear) if linear else zero(shape),
            *_bounds(relation.symbol),
            add(free) if free else None,
        )


def _bounds(symbol: Literal["==", "<=", ">="]) -> tuple[float, float]:
    return {"==": (0.0, 0.0), "<=": (-math.inf, 0.0), ">=": (0.0, math.inf)}[symbol]


def _row_blocks(constraints: Sequence[Constraint]) -> tuple[RowBlock, ...]:
    blocks: list[RowBlock] = []
    start = 0
    for one in constraints:
        relation = _plain(one)
        domain = row_domain(relation)
        blocks.append(
            RowBlock(
                one.name, domain, start, domain.size, relation.symbol, one.text, one.description, one.mark
            )
        )
        start += domain.size
    return tuple(blocks)


def row_domain(relation: Relation) -> Domain:
    """The coordinates of a constraint's rows: its repeats, then the sets of its rows and columns.

    A side without labels longer than 1 gets the axis `row` or `col` with items 1, 2, …; a set that stands on both
    sides gets a second name.
    """
    facts = relation.facts
    axes: list[Axis] = [r.axis for r in facts.repeats]
    for side, name in ((facts.rows, "row"), (facts.cols, "col")):
        if side.labels:
            axes += [
                a if a.name not in {x.name for x in axes} else Axis(f"{a.name}_2", a.items)
                for a in side.labels
            ]
        elif side.length > 1:
            axes.append(Axis(name, tuple(str(k + 1) for k in range(side.length))))
    return Domain(tuple(axes))


def _program(
    problem: Problem,
    layout: _Layout,
    objective: Terms,
    stated: Sequence[Rows],
    blocks: tuple[RowBlock, ...],
    extra: Sequence[Rows],
    cones: Sequence[Cones],
    fresh: int,
    data: Mapping[int, Datum],
    slots: int,
) -> Program:
    keep = np.concatenate([layout.used, np.ones(fresh - layout.count, dtype=bool)])
    renamed = None if keep.all() else np.where(keep, np.cumsum(keep) - 1, -1)
    n = int(keep.sum())
    auxiliary = fresh - layout.count
    goal = _renamed(objective, renamed)
    p_pattern, p_values = hessian(goal, n)
    linear = np.flatnonzero((goal.col >= 0) & _not_quadratic(goal))
    free = np.flatnonzero(goal.col < 0)
    split = _split_rows([*stated, *extra], renamed, n)
    f_pattern, f_values, g_values, cone_list = _cone_rows(cones, renamed, n)
    pad = np.full(auxiliary, np.inf)
    structure = Structure(
        p_pattern,
        split.pattern,
        f_pattern,
        cone_list,
        np.concatenate([layout.integer[layout.used], np.zeros(auxiliary, dtype=bool)]),
    )
    return Program(
        problem.key,
        structure,
        p_values,
        varying(n, entries(goal, goal.col[linear], linear)),
        varying(1, entries(goal, np.zeros(len(free), np.int64), free)),
        split.values,
        f_values,
        g_values,
        split.rhs,
        split.has_lower,
        split.has_upper,
        split.row_of,
        split.col_of,
        split.scale,
        split.lower,
        split.upper,
        np.concatenate([layout.lb[layout.used], -pad]),
        np.concatenate([layout.ub[layout.used], pad]),
        layout.blocks,
        blocks,
        auxiliary,
        tuple(d.lifted for d in data.values() if d.lifted is not None),
        slots,
        problem.sense,
        problem.scenarios,
    )


def _renamed(terms: Terms, renamed: Index | None) -> Terms:
    """The terms with new column numbers; None: every column keeps its number."""
    if renamed is None:
        return terms
    col = np.where(terms.col >= 0, renamed[terms.col], -1)
    second = None if terms.second is None else np.where(terms.second >= 0, renamed[terms.second], -1)
    return replace(terms, col=col, second=second)


def _not_quadratic(terms: Terms) -> NDArray[np.bool_]:
    return np.ones(len(terms.row), dtype=bool) if terms.second is None else terms.second < 0


@dataclass(frozen=True, slots=True)
class _Block:
    """The rows of one Rows, from row `start` on: their linear terms, or, where each row bounds one column, none.

    free: the constant terms; cols, factor: (size,) the bounded column (−1: none) and its coefficient.
    """

    start: int
    size: int
    linear: Terms
    free: Terms
    cols: Index
    factor: Floats
    has_lower: bool
    has_upper: bool


@dataclass(frozen=True, slots=True)
class _Split:
    """Rows divided into the solver's rows and rows that bound one column."""

    pattern: Pattern
    values: Varying
    rhs: Varying
    row_of: Index
    col_of: Index
    scale: Floats
    has_lower: NDArray[np.bool_]
    has_upper: NDArray[np.bool_]
    lower: tuple[Layer, ...]
    upper: tuple[Layer, ...]


def _split_rows(rows: Sequence[Rows], renamed: Index | None, n: int) -> _Split:
    blocks: list[_Block] = []
    count = 0
    for one in rows:
        blocks.append(_block(one, _renamed(one.terms, renamed), count))
        count += one.terms.size
    col_of = _joined([b.cols for b in blocks], np.int64)
    factor = _joined([b.factor for b in blocks], np.float64)
    bounding = col_of >= 0
    row_of = np.where(bounding, -1, np.cumsum(~bounding) - 1)
    terms = _together([(b.linear, b.start) for b in blocks])
    pattern, values = matrix(terms, row_of[terms.row], None, count - int(bounding.sum()), n)
    free = _together([(b.free, b.start) for b in blocks])
    sizes = [b.size for b in blocks]
    has_lower = np.repeat(np.array([b.has_lower for b in blocks], dtype=bool), sizes)
    has_upper = np.repeat(np.array([b.has_upper for b in blocks], dtype=bool), sizes)
    lower = bounding & np.where(factor > 0, has_lower, has_upper)
    upper = bounding & np.where(factor > 0, has_upper, has_lower)
    return _Split(
        pattern,
        values,
        varying(count, Entries(free.row, -free.coef, free.slots)),
        row_of,
        col_of,
        factor,
        has_lower,
        has_upper,
        _layers(np.flatnonzero(lower), col_of, n),
        _layers(np.flatnonzero(upper), col_of, n),
    )


def _joined(parts: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, kind)


def _together(parts: Sequence[tuple[Terms, int]]) -> Terms:
    """The terms of all blocks at their rows."""
    moved = [replace(t, row=t.row + start, shape=(0,), rowwise=False) for t, start in parts if len(t.row)]
    return add(moved) if moved else zero((0,))


def _block(one: Rows, terms: Terms, start: int) -> _Block:
    """One block of rows; those with a single term of fixed coefficient bound a column."""
    size = terms.size
    is_linear = terms.col >= 0
    linear, free = (
        (terms, zero(terms.shape)) if is_linear.all() else (terms.keep(is_linear), terms.keep(~is_linear))
    )
    free = free if one.free is None else add([free, one.free]) if len(free.row) else one.free
    sides = (math.isfinite(one.lower), math.isfinite(one.upper))
    if (
        linear.slots is None
        and len(linear.row) == size
        and is_counting(linear.row)
        and bool(linear.coef.all())
    ):
        return _Block(start, size, zero((0,)), free, linear.col, linear.coef, *sides)
    cols, factor = np.full(size, -1, np.int64), np.ones(size)
    single = np.bincount(linear.row, minlength=size) == 1
    if single.any():
        fixed = Entries(linear.row, linear.coef, linear.slots).fixed
        bounds = single[linear.row] & fixed & (linear.coef != 0)
        cols[linear.row[bounds]] = linear.col[bounds]
        factor[linear.row[bounds]] = linear.coef[bounds]
        linear = linear.keep(~bounds)
    return _Block(start, size, linear, free, cols, factor, *sides)


def _layers(rows: Index, col_of: Index, n: int) -> tuple[Layer, ...]:
    """Rows grouped so that every group bounds a column at most once, in the rows' order."""
    layers: list[Layer] = []
    while len(rows):
        cols = col_of[rows]
        seen = np.zeros(n, dtype=bool)
        seen[cols] = True
        if np.count_nonzero(seen) == len(rows):
            return (*layers, Layer(rows, cols))
        _, first = np.unique(cols, return_index=True)
        first = np.sort(first)
        layers.append(Layer(rows[first], col_of[rows[first]]))
        rows = np.delete(rows, first)
    return tuple(layers)


def _cone_rows(
    cones: Sequence[Cones], renamed: Index | None, n: int
) -> tuple[Pattern, Varying, Varying, tuple[Cone, ...]]:
    start = 0
    parts: list[Terms] = []
    kinds: list[Cone] = []
    for one in cones:
        count, size = one.terms.shape
        parts.append(replace(one.terms, row=one.terms.row + start, shape=(0,)))
        kinds += [Cone(one.kind, size, one.alpha if one.kind is ConeKind.POWER else 0.5)] * count
        start += count * size
    terms = _renamed(add(parts), renamed) if parts else zero((0,))
    linear, free = np.flatnonzero(terms.col >= 0), np.flatnonzero(terms.col < 0)
    pattern, values = matrix(terms, terms.row[linear], linear, start, n)
    return pattern, values, varying(start, entries(terms, terms.row[free], free)), tuple(kinds)
