"""The compiled problem in words: sizes, pattern, what varies, route and reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from saddlepoint.compile.program import Program, Varying
from saddlepoint.expr.show import text
from saddlepoint.labels.column_units import name_and_unit
from saddlepoint.model.model import Constraint, Model, Problem
from saddlepoint.printing.sentences import how_many
from saddlepoint.solve.route.stages.choose import Route
from saddlepoint.study.coupling.order import Order


def explain(model: Model, order: Order, compiled: Iterable[tuple[Problem, Program, Route, int]]) -> str:
    """The whole model: mode, then every problem with its program, route and number of scenarios."""
    many, size = len(model.problems), model.scenarios.size
    lines = [f"Model {model.name}: {how_many(many, 'problem')}, {how_many(size, 'scenario')}"]
    if len(model.problems) > 1:
        lines.append(f"Mode: {order.reason}")
        lines += [f"  {'loop' if g.loop else 'alone'}: {', '.join(g.problems)}" for g in order.groups]
    for problem, program, route, count in compiled:
        lines += ["", *explain_problem(problem, program, route, count)]
    return "\n".join(lines) + "\n"


def explain_problem(problem: Problem, program: Program, route: Route, count: int) -> list[str]:
    """One problem."""
    s = program.structure
    sense = {1: "minimise", -1: "maximise", 0: "no objective"}[program.sense]
    bounding = sum(int((program.row_of[b.start : b.start + b.size] < 0).sum()) for b in program.rows)
    lines = [
        f"{problem.title[0].upper()}{problem.title[1:]}: {program.kind}, {sense}",
        f"  columns     {s.n}" + (f" ({program.auxiliary} added by operators)" if program.auxiliary else ""),
        f"  rows        {s.m}, and {bounding} that bound one variable (kept as bounds, priced as rows)",
        f"  non-zeros   {s.A.nnz} in A"
        + (f", {s.P.nnz} in P" if s.P.nnz else "")
        + (f", {s.F.nnz} in F" if s.F.nnz else ""),
    ]
    if s.cones:
        lines.append(f"  cones       {_cones(program)}")
    if s.is_integer:
        lines.append(f"  integers    {int(s.integer.sum())}")
    lines += [
        f"  scenarios   {count}"
        + (f" over {' × '.join(problem.scenarios.names)}" if problem.scenarios.axes else ""),
        f"  varying     {_varying(program)}",
        f"  route       {route.reason}",
        *(f"  note        {note}" for note in program.notes),
        *_objective(problem),
        *_blocks(program, {c.name: c for c in problem.constraints}),
    ]
    return lines


def _cones(program: Program) -> str:
    kinds: dict[str, int] = {}
    for cone in program.structure.cones:
        kinds[cone.kind.value] = kinds.get(cone.kind.value, 0) + 1
    return ", ".join(f"{n} {k.replace('_', '-')}" for k, n in kinds.items())


def _varying(program: Program) -> str:
    parts: dict[str, Varying] = {
        "costs": program.q,
        "right-hand sides": program.rhs,
        "matrix": program.A,
        "quadratic terms": program.P,
        "cones": program.F,
        "cone offsets": program.g,
    }
    named = [f"{name} ({len(v.at)})" for name, v in parts.items() if not v.is_constant]
    return ", ".join(named) if named else "nothing: one set of numbers for all"


def _objective(problem: Problem) -> list[str]:
    """Each line of the objective, with the sets over whose items it is added up."""
    lines = ["  objective"] if problem.objectives else []
    for stated in problem.every_objective:
        over = " × ".join(r.axis.name for r in stated.goal.node.facts.repeats)
        first = f"priority {stated.priority}: " if problem.ranks else ""
        lines.append(f"    {first}{stated.text}" + (f"  added up over {over}" if over else ""))
    if problem.ranks:
        lines.append(f"    solved in {len(problem.ranks) + 1} stages; what came before is held at its best")
    return lines


def _blocks(program: Program, stated: Mapping[str, Constraint]) -> list[str]:
    lines = ["  variables"]
    for block in program.columns:
        names = " × ".join(block.domain.names) or "one number"
        lines.append(name_and_unit(f"    {block.table}: {block.size} ({names})", block.unit))
    lines.append("  constraints")
    for row in program.rows:
        names = " × ".join(row.domain.names) or "one row"
        lines.append(
            f"    {row.name}: {row.size} ({names})  {row.text}"
            + (f"   # {row.description}" if row.description else "")
        )
        lines += _rewritten(stated[row.name])
    return lines


def _rewritten(constraint: Constraint) -> list[str]:
    """What a chance constraint became, and under which assumption."""
    if not constraint.notes:
        return []
    return [f"      becomes {text(constraint.relation)}", *(f"      {note}" for note in constraint.notes)]
