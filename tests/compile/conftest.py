"""Small models made in memory: sets, tables and formulas → problem and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from saddlepoint.compile.bind import BoundProgram, bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.declare.spec import (
    FormulaSpec,
    ProblemSpec,
    SetItems,
    SetSpec,
    SetUse,
    Spec,
    TableSpec,
    VariableSpec,
)
from saddlepoint.errors import Mark
from saddlepoint.model.model import Model, Problem
from saddlepoint.model.resolve import resolve
from saddlepoint.solve.solution import Solution, Status
from saddlepoint.solve.solve import solve


@dataclass(frozen=True)
class Case:
    """A model of one problem with numbers for all its scenarios."""

    model: Model
    problem: Problem
    numbers: Numbers

    def compile(self, route: str | None = None) -> Program:
        return compile_problem(self.problem, self.model, self.numbers, route)

    def bound(self, route: str | None = None) -> BoundProgram:
        return bind(self.compile(route), self.numbers)

    def solve(self, route: str | None = None) -> tuple[Solution, Program]:
        bound = self.bound(route)
        return solve(bound.batch), bound.program

    def objective(self, route: str | None = None) -> np.ndarray:
        solution, program = self.solve(route)
        assert set(solution.status.tolist()) <= {int(Status.OPTIMAL)}, solution.messages or solution.status
        return solution.objective * (program.sense or 1)


def make(
    sets: Mapping[str, int | str],
    tables: Mapping[str, tuple],
    objective: Sequence[str] | str = (),
    expressions: Sequence[str] = (),
    data: Mapping[str, np.ndarray] | None = None,
    **options: object,
) -> Case:
    """sets: name → number of items (negative: split). tables: variable → (kind, {set: dim}, …VariableSpec fields)."""
    specs = tuple(SetSpec(k, split_problem=n < 0) for k, n in sets.items())
    items = [SetItems(k, tuple(f"{k.lower()}{i}" for i in range(abs(n)))) for k, n in sets.items()]
    made = []
    for name, (kind, dims, *more) in tables.items():
        extra = dict(more[0]) if more else {}
        uses = {s: SetUse(d) for s, d in dims.items() if d is not None}
        variable = VariableSpec(
            name, uses, value=extra.get("value"), blank_fill=None, nonneg=bool(extra.get("nonneg"))
        )
        made.append(
            TableSpec(
                f"t_{name}",
                kind=kind,
                coordinates=tuple(dims),
                domain=extra.get("domain", "real"),
                variables=(variable,),
            )
        )
    goals = (objective,) if isinstance(objective, str) else tuple(objective)
    problem = ProblemSpec(
        "", objectives=tuple(map(_formula, goals)), expressions=tuple(map(_formula, expressions))
    )
    model = resolve(Spec(name="m", sets=specs, tables=tuple(made), problems=(problem,)), items, **options)
    flat = {f"t_{k}": np.asarray(v, float).reshape(-1) for k, v in (data or {}).items()}
    found = model.problems[0]
    numbers = Numbers(flat, found.scenarios, np.arange(found.scenarios.size), {})
    return Case(model, found, numbers)


def _formula(text: str) -> FormulaSpec:
    return FormulaSpec(text, mark=Mark("problem.yml", 1, 1, text=text))


@pytest.fixture
def case():
    return make
