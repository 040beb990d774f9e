"""Every problem of a plan compiled, with its route, before anything is solved."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.program import Program
from saddlepoint.errors import CompileError, Diagnostic, SaddleError
from saddlepoint.model.model import Problem
from saddlepoint.model.ranks import stages
from saddlepoint.solve.route.stages.choose import Route
from saddlepoint.solve.solve import route
from saddlepoint.study.running.chunk_size import chunk_size
from saddlepoint.study.running.plan import Plan, kernels_for, known_numbers, numbers_of
from saddlepoint.study.running.priorities import refuse_in_loop
from saddlepoint.study.running.staged import policy_route

_BY_PROOF: Final = Route(
    "branch and bound",
    "products of two decisions: boxes, divided until none can hold a better plan (`starts=8`)",
    (),
)


def compiled_programs(plan: Plan) -> list[tuple[Problem, Program, Route, int]]:
    """Every problem compiled, with its route and number of scenarios; undecided hybrid tables count as zero.

    Raises what compile and choose raise, all findings of all problems at once.
    """
    hybrid = [t for t in plan.model.tables.values() if t.spec.kind == "hybrid"]
    flat = {t.key: np.zeros(t.domain.size) for t in hybrid} | known_numbers(plan)
    made: list[tuple[Problem, Program, Route, int]] = []
    found: list[Diagnostic] = []
    for group in plan.order.groups:
        if group.loop:
            refuse_in_loop([plan.model.problem(key) for key in group.problems])
    for problem in plan.model.problems:
        try:
            numbers = numbers_of(problem, plan, flat)
            for stage in stages(problem)[:-1]:
                compile_problem(stage, plan.model, numbers)
            program = compile_problem(problem, plan.model, numbers, products=True)
            known = _BY_PROOF if program.products is not None else policy_route(program, plan.model, numbers)
            if known is not None:
                made.append((problem, program, known, numbers.size))
                continue
            chunk = numbers.take(np.arange(min(numbers.size, plan.request.chunk or chunk_size(program))))
            kernels = kernels_for(program, plan.model, plan.request, numbers.size)
            how = route(bind(program, chunk).batch, plan.request.options_of(problem.key), kernels)
            made.append((problem, program, how, numbers.size))
        except SaddleError as error:
            found += error.diagnostics
    if found:
        raise CompileError(found)
    return made
