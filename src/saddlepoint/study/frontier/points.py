"""Points of a trade-off: plans with what both objectives are at them, for many scenarios at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from saddlepoint.algebra.columnar import Columnar, Notes
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.expr.value import evaluate
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.label import Answer, label
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.study.frontier.goals import TradeOff, weight_table
from saddlepoint.study.results.reports import decided_numbers
from saddlepoint.study.running.plan import free_levels
from saddlepoint.study.running.priorities import bound_last, compile_stages, solve_stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Points(Columnar):
    """P points. scenario: (P,) places among the scenarios asked for; first, second: (P,) the objectives in the user's sense,
    NaN where there is no certified plan; rate: (P,) by what the first changes if the second may be one unit larger, NaN
    where that is not known of the point alone; residual: (P,) the largest of the certificate; status: (P,); cells: table →
    (P, its decided cells)."""

    scenario: Index
    first: Array
    second: Array
    rate: Array
    residual: Array
    status: Index
    cells: Mapping[str, Array]
    messages: Notes

    @property
    def answered(self) -> Mask:
        """(P,) whether there is a certified plan."""
        return ~np.isnan(self.first)


@dataclass(frozen=True, kw_only=True)
class Tracer:
    """What solves the problems of one trade-off; numbers: of all scenarios asked for."""

    goals: TradeOff
    model: Model
    numbers: Numbers
    options: Options
    kernels: Sequence[Kernel]

    def best(self, first: int) -> Points:
        """The best of one objective (0 or 1), and then of the other, in every scenario."""
        problem = self.goals.ordered(first)
        numbers = self.numbers.exchange(free_levels(problem, self.numbers.size))
        compiled = compile_stages(problem, self.model, numbers)
        levels, solution = solve_stages(compiled, numbers, self.options, self.kernels)
        answer = label(bound_last(compiled, numbers, levels), solution, numbers.which, self.options)
        return self.points(answer, np.arange(numbers.size))

    def compile(self, problem: Problem, current: Mapping[str, float]) -> Program:
        """A problem as a program; current: data of one cell that it adds, for which other numbers will be given."""
        whole = {key: column(amount, self.numbers.size) for key, amount in current.items()}
        return compile_problem(problem, self.model, self.numbers.exchange(whole))

    def solve(self, program: Program, rows: Index, current: Mapping[str, Array]) -> Answer:
        """The answers of a program in the scenarios at `rows` (which may be there several times), with data of its own."""
        part = self.numbers.take(rows).exchange(
            {key: column(amounts, len(rows)) for key, amounts in current.items()}
        )
        bound = bind(program, part)
        found = solve(bound.batch, self.options, self.kernels, formulas=Formulas(bound))
        return label(bound, found, part.which, self.options)

    def points(self, answer: Answer, rows: Index, rate: Array | None = None) -> Points:
        """The points of an answer for the scenarios at `rows`."""
        numbers = self.numbers.take(rows).exchange(decided_numbers(answer, self.model))
        both = [evaluate(self.goals.value(k), numbers.of).reshape(-1) for k in (0, 1)]
        told = [np.where(answer.answered, np.broadcast_to(v, len(rows)), np.nan) + 0.0 for v in both]
        return Points(
            scenario=rows,
            first=told[0],
            second=told[1],
            rate=np.full(len(rows), np.nan) if rate is None else rate,
            residual=answer.solution.certificates.worst,
            status=answer.solution.status.astype(np.int64),
            cells=answer.values,
            messages=answer.solution.messages,
        )

    @cached_property
    def whole(self) -> Program:
        """The problem with both objectives at once, weighted."""
        return self.compile(self.goals.weighted(), {weight_table(0): 1.0, weight_table(1): 1.0})


def column(amounts: float | Array, size: int) -> Array:
    """Data of one cell for `size` scenarios: (size, 1)."""
    return np.broadcast_to(np.asarray(amounts, dtype=np.float64).reshape(-1, 1), (size, 1)).copy()
