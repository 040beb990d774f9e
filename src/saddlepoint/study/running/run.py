"""A whole model: its groups of problems in order, chunk by chunk of scenarios."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.errors import Diagnostic, SolveError, StudyError
from saddlepoint.labels import Domain, Table
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass
from saddlepoint.solve.interfaces import L_SHAPED, Kernel
from saddlepoint.solve.label import Answer, label
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.solve.solve import solve
from saddlepoint.study.coupling.coupling import Coupled, Progress
from saddlepoint.study.coupling.mask_dependents import dependents, mask, mask_loop, without_gaps
from saddlepoint.study.coupling.order import Group
from saddlepoint.study.running.chunk_size import chunk_size, scenarios_at_once
from saddlepoint.study.running.plan import (
    Plan,
    Request,
    SearchResources,
    kernels_for,
    kernels_of,
    known_numbers,
    numbers_of,
    own_scenarios,
)
from saddlepoint.study.running.spread import HERE, Spread
from saddlepoint.study.running.staged import refuse_policies
from saddlepoint.study.running.tables import rest_to_table, table_to_rest
from saddlepoint.study.scenarios.chunks import chunks

if TYPE_CHECKING:
    from saddlepoint.solve.decomposition.passes import Journal
    from saddlepoint.solve.diagnosis.ranges import Ranges

StepsOf = Callable[[str], "Journal"]
"""Where a long search writes down its steps, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """The answers of one group for one chunk of scenarios; name: group and chunk, the same in every run; ranges: how far they
    hold, where that was asked for and the problem is linear; given: the numbers that it has read, where ranges were asked for; tables: what
    else is to be kept."""

    name: str
    answers: Mapping[str, Answer]
    coupled: Coupled | None = None
    ranges: Mapping[str, Ranges] = field(default_factory=dict[str, "Ranges"])
    given: Mapping[str, Array] = field(default_factory=dict[str, Array])
    tables: tuple[Table, ...] = ()


def run(
    plan: Plan,
    progress: Progress | None = None,
    done: frozenset[str] = frozenset(),
    spread: Spread = HERE,
    steps: StepsOf | None = None,
) -> Iterator[Piece]:
    """The pieces of a run, in order.

    done: names of pieces that are known already; those that no later group reads are left out. Of a problem that is solved
    several times the last answers count. spread: where chunks are solved (here, or on other machines: study.running.remote);
    steps: where long searches inside a scenario are written down. Raises what compile, bind, solve and couple raise, and
    StudyError (K107) where a problem reads what nobody has decided or given.
    """
    refuse_policies(plan.model)
    flat = known_numbers(plan)
    gaps: dict[str, Array] = {}
    for k, group in enumerate(plan.order.groups):
        later = {
            t for g in plan.order.groups[k + 1 :] for p in g.problems for t in plan.model.problem(p).reads
        }
        read = plan.order.mode != "parallel" and bool(later)
        again = any(set(group.problems) & set(g.problems) for g in plan.order.groups[k + 1 :])
        solve_group = _loop if group.loop else partial(_alone, steps=steps)
        with _naming_cells(plan.fetched.warnings):
            for piece in solve_group(plan, group, flat, progress, frozenset() if read else done, spread):
                known = _masked(plan.model, piece, gaps) if gaps else piece
                if not again:
                    yield known
                if read:
                    _publish(plan.model, known, later, flat, gaps)


@contextmanager
def _naming_cells(warnings: Sequence[Diagnostic]) -> Generator[None]:
    """With a number that cannot be computed with (L101) the cells of the inputs are told that hold such ones (D013)."""
    try:
        yield
    except SolveError as error:
        odd = [found for found in warnings if found.code == "D013"]
        if odd and any(found.code == "L101" for found in error.diagnostics):
            raise SolveError([*error.diagnostics, *odd]) from error
        raise


def _alone(
    plan: Plan,
    group: Group,
    flat: Mapping[str, Array],
    progress: Progress | None,
    done: frozenset[str],
    spread: Spread,
    steps: StepsOf | None,
) -> Iterator[Piece]:
    problem = plan.model.problem(group.problems[0])
    if problem.ranks:
        yield from _in_order(plan, problem, flat, progress, done, spread)
        return
    numbers = numbers_of(problem, plan, flat)
    request = plan.request
    program = compile_problem(problem, plan.model, numbers, products=request.coupling.starts > 1)
    solver = solve if program.products is None else partial(_with_proof, program)
    step = request.chunk or chunk_size(program)
    resources = SearchResources(spread, steps) if numbers.size == 1 or spread is HERE else None
    kernels = kernels_for(program, plan.model, request, numbers.size, resources)
    if numbers.size == 1 and kernels and kernels[0].name == L_SHAPED:
        spread = HERE  # the outcomes of the one scenario are spread
    waiting: deque[tuple[str, int, BoundProgram, Index]] = deque()

    curved = bool(program.curved or program.goals)

    def tasks() -> Iterator[tuple[Batch, Options, Sequence[Kernel], Formulas | None]]:
        for chunk in chunks(numbers.scenarios, numbers.which, step):
            name = f"{problem.key}:{chunk.start}:{chunk.stop}"
            if name not in done:
                which = numbers.which[chunk]
                bound = bind(program, replace(numbers, which=which))
                waiting.append((name, chunk.stop, bound, which))
                formulas = Formulas(bound) if curved or spread is HERE else None
                yield bound.batch, request.telling_options(problem), kernels, formulas

    for solution in spread(solver, tasks()):
        name, stop, bound, which = waiting.popleft()
        told = _ranges(problem.key, bound, solution) if request.ranges and program.products is None else {}
        given = flat if request.input_ranges else {}
        answer = label(bound, solution, which, request.options_of(problem.key))
        yield Piece(name=name, answers={problem.key: answer}, ranges=told, given=given)
        if progress is not None:
            progress(stop, numbers.size)


def _ranges(problem: str, bound: BoundProgram, solution: Solution) -> Mapping[str, Ranges]:
    from saddlepoint.solve.diagnosis.ranges import ranges_of

    found = ranges_of(bound, solution)
    return {} if found is None else {problem: found}


def _in_order(
    plan: Plan,
    problem: Problem,
    flat: Mapping[str, Array],
    progress: Progress | None,
    done: frozenset[str],
    spread: Spread,
) -> Iterator[Piece]:
    """A problem whose objectives have priorities: all its stages, chunk by chunk."""
    from saddlepoint.study.running.priorities import bound_last, compile_stages, solve_stages

    numbers = numbers_of(problem, plan, flat)
    compiled = compile_stages(problem, plan.model, numbers)
    kernels = kernels_of(plan.request, numbers.size)
    waiting: deque[tuple[str, int, Numbers]] = deque()

    def tasks() -> Iterator[tuple[Any, ...]]:
        step = plan.request.chunk or min(map(chunk_size, compiled.programs))
        for chunk in chunks(numbers.scenarios, numbers.which, step):
            name = f"{problem.key}:{chunk.start}:{chunk.stop}"
            if name not in done:
                part = numbers.take(np.arange(chunk.start, chunk.stop))
                waiting.append((name, chunk.stop, part))
                yield compiled, part, plan.request.options_of(problem.key), kernels

    for levels, solution in spread(solve_stages, tasks()):
        name, stop, part = waiting.popleft()
        answer = label(
            bound_last(compiled, part, levels), solution, part.which, plan.request.options_of(problem.key)
        )
        yield Piece(name=name, answers={problem.key: answer})
        if progress is not None:
            progress(stop, numbers.size)


def _with_proof(
    program: Program, batch: Batch, options: Options, kernels: Sequence[Kernel], formulas: Formulas | None
) -> Solution:
    from saddlepoint.study.running.products import solved_with_proof

    return solved_with_proof(program, batch, options, kernels, formulas)


def _loop(
    plan: Plan,
    group: Group,
    flat: Mapping[str, Array],
    progress: Progress | None,
    done: frozenset[str],
    spread: Spread,
) -> Iterator[Piece]:
    model, request = plan.model, plan.request
    problems, domain, which, outside, given = loop_parts(plan, group, flat)
    decided = {t for p in problems for t in p.decides}
    step = request.chunk or scenarios_at_once(sum(model.tables[t].rest.size for t in decided))
    waiting: deque[tuple[str, int]] = deque()

    def tasks() -> Iterator[tuple[Any, ...]]:
        for chunk in chunks(domain, which, step):
            name = f"{'+'.join(group.problems)}:{chunk.start}:{chunk.stop}"
            if name not in done:
                rows = which[chunk]
                waiting.append((name, chunk.stop))
                told = _within(progress, chunk.start, len(which)) if spread is HERE else None
                numbers = Numbers(outside, domain, rows, {})
                yield problems, model, numbers, {t: v[rows] for t, v in given.items()}, request, told

    for result in spread(_coupled, tasks()):
        name, stop = waiting.popleft()
        yield Piece(name=name, answers=result.answers, coupled=result)
        if progress is not None:
            progress(stop, len(which))


def loop_parts(
    plan: Plan, group: Group, flat: Mapping[str, Array]
) -> tuple[list[Problem], Domain, Index, dict[str, Array], dict[str, Array]]:
    """The problems of a loop, their scenarios and which of them, what they read from outside, and the starting values given."""
    model = plan.model
    problems = [model.problem(k) for k in group.problems]
    if any(p.ranks for p in problems):
        from saddlepoint.study.running.priorities import refuse_in_loop

        refuse_in_loop(problems)
    decided = {t for p in problems for t in p.decides}
    domain = _common(problems)
    which = own_scenarios(problems[0], plan)
    outside = {t: flat[t] for p in problems for t in p.reads if t in flat and t not in decided}
    given = {
        t: table_to_rest(plan.fetched.initial[t], model.tables[t], domain)
        for t in decided & set(plan.fetched.initial)
    }
    return problems, domain, which, outside, given


def _coupled(
    problems: Sequence[Problem],
    model: Model,
    numbers: Numbers,
    given: Mapping[str, Array],
    request: Request,
    progress: Progress | None,
) -> Coupled:
    from saddlepoint.study.coupling.couple import couple, starting_state

    every = {p.key: numbers for p in problems}
    begin = starting_state(problems, model, every, given, numbers.size, request.options, request.each)
    found = couple(
        problems,
        model,
        every,
        begin,
        request.coupling,
        request.options,
        request.kernels,
        progress,
        request.each,
    )
    if request.coupling.starts < 2:
        return found
    from saddlepoint.study.coupling.joint import with_proof

    return with_proof(list(problems), model, numbers, begin, found, request.options)


def _within(progress: Progress | None, start: int, total: int) -> Progress | None:
    """What to tell from inside a chunk that begins at `start`."""
    return None if progress is None else lambda done, _: progress(start + done, total)


def _common(problems: Sequence[Problem]) -> Domain:
    """The scenario domain of a loop: each of its problems has it, as each reads what the others decide."""
    domains = {p.scenarios.names: p.scenarios for p in problems}
    if len(domains) == 1:
        return problems[0].scenarios
    keys = ", ".join(repr(p.key) for p in problems)
    raise StudyError.of(
        "K108",
        f"the sub-problems {keys} form a loop but depend on different scenario sets",
        fix="Give every hybrid table of the loop all split sets on which any of them depends.",
    )


def _masked(model: Model, piece: Piece, gaps: Mapping[str, Array]) -> Piece:
    """The piece without the scenarios that read what an earlier problem could not decide."""
    rows = dependents(piece.answers.values(), model, gaps)
    if not rows.any():
        return piece
    said = "not solved: a sub-problem whose decisions it reads has no answer in this scenario"
    if piece.coupled is not None:
        coupled = mask_loop(piece.coupled, rows, said)
        return replace(piece, answers=coupled.answers, coupled=coupled)
    return replace(piece, answers={k: mask(a, rows, said) for k, a in piece.answers.items()})


def _publish(
    model: Model, piece: Piece, read: set[str], flat: dict[str, Array], gaps: dict[str, Array]
) -> None:
    """Make what a piece decided readable for the problems that follow; note in `gaps` what it could not decide."""
    for answer in piece.answers.values():
        for block in answer.program.columns:
            if block.table in read:
                info = model.tables[block.table]
                before = flat.get(block.table, np.full(info.domain.size, np.nan)).copy()
                table: Table = rest_to_table(
                    answer.values[block.table], block, info, answer.program.scenarios, answer.which
                )
                rows = table.rows if table.rows is not None else np.arange(info.domain.size)
                before[rows] = table.columns["values"][rows]
                if not answer.answered.all():
                    unknown = gaps.get(block.table, np.zeros(info.domain.size)) > 0
                    unknown[rows[np.isnan(before[rows])]] = True
                    gaps[block.table] = unknown.astype(np.float64)
                flat[block.table] = before
        for key in gaps.keys() & flat.keys():
            flat[key] = without_gaps(flat[key], gaps[key] > 0)
