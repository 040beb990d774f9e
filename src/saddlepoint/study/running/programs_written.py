"""The compiled problems as programs that other solvers read: one for each problem and scenario, in the user's names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.program import ColumnBlock, Program, RowBlock
from saddlepoint.errors import Diagnostic, UsageError
from saddlepoint.files.programs import ProgramFile
from saddlepoint.labels import Domain
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.model.model import Problem, TableInfo
from saddlepoint.printing.sentences import some_of
from saddlepoint.study.running.plan import Plan, numbers_of

SHOWN = 5


def program_files(plan: Plan) -> Iterator[tuple[str, ProgramFile]]:
    """What each problem is in each scenario of a plan, with a name: "problem scenario".

    UsageError X700 for a problem with cones (norms, exponentials, …), X701 for one that is no single program (objectives with
    priorities, a loop of sub-problems). Raises what compile raises.
    """
    found = [d for problem in plan.model.problems for d in _several(problem, plan)]
    if found:
        raise UsageError(found)
    flat = flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    numbers = [(problem, numbers_of(problem, plan, flat)) for problem in plan.model.problems]
    bounds = [(p, n.which, bind(compile_problem(p, plan.model, n), n)) for p, n in numbers]
    if cones := [d for problem, _, bound in bounds for d in _conic(problem, bound.program)]:
        raise UsageError(cones)
    for problem, which, bound in bounds:
        for s, place in enumerate(which.tolist()):
            labels = problem.scenarios.coordinates(place) if problem.scenarios.axes else ()
            parts = [problem.key or plan.model.name, *labels]
            yield " ".join(parts), _file(" ".join(parts), bound, s, plan.model.tables)


def _several(problem: Problem, plan: Plan) -> Iterator[Diagnostic]:
    why = None
    if problem.ranks:
        why = "its objectives have priorities: each stage is a program whose limits are answers of the stage before"
    elif any(v.exchanged for v in problem.variables.values()):
        why = "it reads what other sub-problems decide"
    if why:
        fix = "Weigh the objectives into one, or state the sub-problems as one problem."
        yield Diagnostic("X701", f"{problem.title} is no single program", why=why, fix=fix)


def _conic(problem: Problem, program: Program) -> Iterator[Diagnostic]:
    if not program.structure.is_conic:
        return
    starts = {curved.start for curved in program.curved}
    names = [block.name for block in program.rows if block.start in starts]
    names += ["the objective"] if program.goals else []
    kinds = ", ".join(sorted({cone.kind.value.replace("_", " ") for cone in program.structure.cones}))
    yield Diagnostic(
        "X700",
        f"{problem.title} has cones ({kinds}), for which MPS and LP files have no words: {some_of(names, SHOWN)}",
        why="These files hold linear relations, whole numbers, and squares in the objective.",
        fix="Say it linearly (abs and max are linear), or keep the squares in the objective.",
    )


def _file(name: str, bound: BoundProgram, s: int, tables: Mapping[str, TableInfo]) -> ProgramFile:
    program, batch = bound.program, bound.batch
    structure, sense = program.structure, -1.0 if program.sense < 0 else 1.0
    return ProgramFile(
        name=name,
        maximise=sense < 0,
        constant=sense * float(batch.row("r", s)[0]),
        columns=tuple(_columns(program, tables)),
        rows=tuple(_rows(program)),
        c=sense * batch.row("q", s) + 0.0,
        A=_entries(structure.A, batch, "A", s),
        P=_scaled(_entries(structure.P, batch, "P", s), sense),
        l=batch.row("l", s),
        u=batch.row("u", s),
        lb=batch.row("lb", s),
        ub=batch.row("ub", s),
        whole=structure.integer,
    )


def _entries(pattern: Pattern, batch: Batch, name: str, s: int) -> tuple[Index, Index, Array]:
    return pattern.indices.astype(np.int64), pattern.columns(), batch.row(name, s)


def _scaled(entries: tuple[Index, Index, Array], factor: float) -> tuple[Index, Index, Array]:
    row, column, number = entries
    return row, column, number * factor


def _columns(program: Program, tables: Mapping[str, TableInfo]) -> Iterator[str]:
    for block in program.columns:
        variables = tables[block.table].spec.variables if block.table in tables else ()
        yield from _cells(variables[0].name if len(variables) == 1 else block.table, block)
    yield from (f"added_{k + 1}" for k in range(program.auxiliary))


def _rows(program: Program) -> Iterator[str]:
    """Names of the solver's rows: those that bound a single column are bounds."""
    stated = [name for block in program.rows for name in _cells(block.name, block)]
    more = (f"added_row_{k + 1}" for k in range(len(program.row_of) - len(stated)))
    names = [*stated, *more]
    order = np.argsort(program.row_of[program.row_of >= 0])
    kept = np.flatnonzero(program.row_of >= 0)[order]
    return (names[k] for k in kept.tolist())


def _cells(name: str, block: ColumnBlock | RowBlock) -> Iterable[str]:
    domain: Domain = block.domain
    if not domain.axes:
        return [name] * block.size
    codes = np.unravel_index(block.cells, domain.shape)
    labels = [[axis.items[k] for k in code.tolist()] for axis, code in zip(domain.axes, codes, strict=True)]
    return [f"{name}({','.join(cell)})" for cell in zip(*labels, strict=True)]
