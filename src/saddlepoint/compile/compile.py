"""A problem into arrays, once for all its scenarios."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.graph import Cones, Rows
from saddlepoint.algebra.structure import Cone, ConeKind, Pattern, Structure
from saddlepoint.algebra.terms import Terms
from saddlepoint.algebra.uniform import uniform
from saddlepoint.arrays import Array, Index, Integers, Mask
from saddlepoint.compile.assemble import Entries, by_column, hessian, matrix, vector
from saddlepoint.compile.convexity import check, relied_on
from saddlepoint.compile.curved import curved_goals, curved_rows
from saddlepoint.compile.endless import endless
from saddlepoint.compile.form import Form, Tables
from saddlepoint.compile.layout import Layout, infinite, layout_of
from saddlepoint.compile.lifting import NONE_PARAMETRIC, Datum, Parametric, lift, occurrences, rely_on
from saddlepoint.compile.native import native_form
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.presence import existing_cells, presence, present_cells, restrict, without_empty
from saddlepoint.compile.products import declared_products, product_columns, unsolved, with_product_columns
from saddlepoint.compile.program import Program, RowBlock, Varying
from saddlepoint.compile.rows import Renaming, renamed_columns, split_rows, split_terms
from saddlepoint.errors import CompileError, ExpressionError
from saddlepoint.expr.asked_for import AskedWhere, cell_by_cell
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.node import Chance, Node, Relation
from saddlepoint.model.model import Constraint, Model, Problem
from saddlepoint.model.price_units import PriceUnits, price_units
from saddlepoint.model.row_domain import row_domain

Compiler = Literal["native", "cvxpy"]


def compile_problem(
    problem: Problem,
    model: Model,
    numbers: Numbers,
    route: Compiler | None = None,
    parametric: Parametric = NONE_PARAMETRIC,
    products: bool = False,
) -> Program:
    """The Program of one problem.

    numbers: what it reads, for the scenarios whose zeros and signs decide pattern and convexity. route: "cvxpy" lets
    CVXPY make the cone form; None does so only where some operator has no graph form. parametric: tables that `bind` may be
    given anew, as `current` of the Numbers. products: whether products of two continuous decisions are taken, as columns of which no row
    says what they are (C850 where not). Raises ExpressionError (data
    without a value), CompileError (not convex, operator without the form asked for, cvxpy not installed).
    """
    relations = [(c, _plain(c)) for c in problem.constraints]
    nodes = [o.goal.node for o in problem.objectives] + [n for _, r in relations for n in r.sides]
    nodes += [r.where for _, r in relations if r.where is not None]
    nodes += list(problem.exists.values())
    declared = declared_products(nodes)
    if declared and not products:
        raise CompileError(unsolved(declared, problem.title))
    foreign = foreign_operators(nodes)
    through = route == "cvxpy" or (route is None and bool(foreign))
    data, slots = lift(nodes, numbers, _asked([r for _, r in relations], nodes), parametric)
    stated = [r for _, r in relations]
    data = _checked(problem, stated, data)
    layout = layout_of(problem, model, data)
    there = [present_cells(r, data) for r in stated]
    places = [p.cells for p in there]
    multiplied = None
    if through:
        form = _through_cvxpy(problem, stated, layout.tables, data, layout.count)
        rows = [restrict(one, cells) for one, cells in zip(form.stated, places, strict=True)]
    else:
        form = native_form(problem, stated, places, layout.tables, data, layout.count)
        form, multiplied = with_product_columns(form) if declared else (form, None)
        rows = list(form.stated)
    if problem.exists and not through:
        for k, (one, relation) in enumerate(relations):
            rows[k], there[k] = without_empty(rows[k], there[k], one, row_domain(relation.facts))
    units = price_units(problem, model.tables)
    blocks = _row_blocks([c for c, _ in relations], [p.cells for p in there], units)
    layout = replace(
        layout, blocks=tuple(replace(b, cost_unit=units.costs.get(b.table, "")) for b in layout.blocks)
    )
    program = _program(problem, layout, form, rows, blocks, data, slots)
    program = replace(
        program,
        curved=curved_rows(stated, blocks, data),
        goals=curved_goals([o.goal for o in problem.objectives], data),
        products=None if multiplied is None else product_columns(multiplied, _renaming(layout)),
        presence=presence(there, [b.size for b in blocks], len(program.scale)),
        notes=(_note(foreign),) if through else (),
    )
    return replace(program, absences=_absences(problem, model, data, program))


def _checked(problem: Problem, relations: Sequence[Relation], data: Mapping[int, Datum]) -> dict[int, Datum]:
    """The data, with the signs that convexity relies on. ExpressionError (endless numbers), CompileError (not convex)."""
    if wrong := endless(relations, [o.goal.node for o in problem.objectives], data):
        raise ExpressionError(wrong)
    if found := check(problem, data):
        raise CompileError(found)
    needed = relied_on(problem, data)
    return {
        k: rely_on(d, d.sign) if k in needed and d.sign is not Sign.UNKNOWN else d for k, d in data.items()
    }


def _asked(relations: Sequence[Relation], tops: Sequence[Node]) -> Mapping[int, AskedWhere]:
    """The data (by id) that are asked for only where the condition of a relation holds: they stand in that relation alone, and
    nowhere in it below a sum or a shift."""
    found: dict[int, tuple[AskedWhere, int]] = {}
    for relation in relations:
        if relation.where is not None:
            asked = AskedWhere(relation.where, relation.facts)
            for node, times in Counter(map(id, cell_by_cell(relation))).items():
                found[node] = (asked, times)
    if not found:
        return {}
    seen = Counter(id(node) for top in tops for node in occurrences(top))
    return {key: asked for key, (asked, times) in found.items() if seen[key] == times}


def _absences(problem: Problem, model: Model, data: Mapping[int, Datum], program: Program) -> Index | None:
    """(n,) the slot that is 0 in scenarios in which a column's cell does not exist, −1 for columns of all scenarios."""
    if not problem.exists:
        return None
    out = np.full(program.structure.n, -1, np.int64)
    for block in program.columns:
        if block.table in problem.exists:
            there = existing_cells(problem.exists[block.table], model.tables[block.table].rest, data)
            held = there.slots[np.searchsorted(there.cells, block.cells)]
            out[block.start : block.start + block.size] = held
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
    problem: Problem, relations: Sequence[Relation], tables: Tables, data: Mapping[int, Datum], fresh: int
) -> Form:
    from saddlepoint.compile.cvxpy_form import cvxpy_form

    return cvxpy_form(problem, relations, tables, data, fresh)


def _plain(constraint: Constraint) -> Relation:
    if isinstance(constraint.relation, Chance):
        raise CompileError.of(
            "C104",
            f"the chance constraint {constraint.name!r} has not been rewritten",
            constraint.mark,
            fix="Rewrite the problem before compiling it (rewrite.chance).",
        )
    return constraint.relation


def _row_blocks(
    constraints: Sequence[Constraint], cells: Sequence[Index | None], units: PriceUnits
) -> tuple[RowBlock, ...]:
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
                unit=units.relations.get(one.name, ""),
                price_unit=units.prices.get(one.name, ""),
            )
        )
        start += size
    return tuple(blocks)


def _program(
    problem: Problem,
    layout: Layout,
    form: Form,
    stated: Sequence[Rows],
    blocks: tuple[RowBlock, ...],
    data: Mapping[int, Datum],
    slots: int,
) -> Program:
    auxiliary = form.fresh - layout.count
    n = len(layout.ub) + auxiliary
    names = _renaming(layout)
    goal = [renamed_columns(part, names) for part in form.objective]
    p_pattern, p_values = hessian(goal, n)
    divided = [split_terms(part) for part in goal]
    split = split_rows([*stated, *form.rows], names, n)
    f_pattern, f_values, g_values, cone_list = _cone_rows(form.cones, names, n)
    structure = Structure(
        P=p_pattern,
        A=split.pattern,
        F=f_pattern,
        cones=cone_list,
        integer=_extended(layout.integer, _whole(form.whole, layout.count, auxiliary)),
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
        solver=split.solver,
        scale=split.scale,
        lower=split.lower,
        upper=split.upper,
        lb=_extended(_least(layout.nonneg), -infinite(auxiliary)),
        ub=_extended(layout.ub, infinite(auxiliary)),
        columns=layout.blocks,
        rows=blocks,
        auxiliary=auxiliary,
        lifted=tuple(d.lifted for d in data.values() if d.lifted is not None),
        slots=slots,
        sense=problem.sense,
        scenarios=problem.scenarios,
    )


def _renaming(layout: Layout) -> Renaming | None:
    return None if layout.used is None else Renaming(layout.used, layout.count)


def _whole(columns: Sequence[Integers], first: int, count: int) -> Mask:
    """Which of the columns that operators added (from `first` on) are whole."""
    out = np.zeros(count, dtype=bool)
    for part in columns:
        out[part - first] = True
    return out


def _least(nonneg: Mask) -> Array:
    """The implicit lower bounds of columns, kept once where they are the same."""
    if nonneg.all():
        return uniform(np.float64(0.0), len(nonneg))
    return np.where(nonneg, 0.0, -np.inf)


def _extended(array: NDArray[Any], more: NDArray[Any]) -> NDArray[Any]:
    """The array of the columns in use and of those that operators added."""
    return np.concatenate([array, more]) if len(more) else array


def _affine(terms: Terms) -> Terms:
    return terms if terms.second is None else terms.keep(terms.second < 0)


def _cone_rows(
    cones: Sequence[Cones], renamed: Renaming | None, n: int
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
