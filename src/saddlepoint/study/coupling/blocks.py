"""One sub-problem of a loop: compiled once, bound to the exchanged values again and again."""

from __future__ import annotations

from collections.abc import Sequence

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, PatternChanged, bind, rebind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.solution import Options
from saddlepoint.study.coupling.coupling import State


@dataclass(slots=True, kw_only=True)
class Block:
    """One sub-problem of a loop, compiled; `program` is replaced if exchanged data outgrow its pattern."""

    problem: Problem
    model: Model
    program: Program
    numbers: Numbers
    options: Options
    kernels: Sequence[Kernel] | None

    @classmethod
    def of(
        cls,
        problem: Problem,
        model: Model,
        numbers: Numbers,
        state: State,
        options: Options,
        kernels: Sequence[Kernel] | None,
    ) -> Block:
        """The block compiled for all scenarios with the state's numbers."""
        whole = numbers.exchange({t: state[t] for t in problem.reads if t in state})
        return cls(
            problem=problem,
            model=model,
            program=compile_problem(problem, model, whole),
            numbers=numbers,
            options=options,
            kernels=kernels,
        )

    def bind(self, state: State, active: Index, before: BoundProgram | None = None) -> BoundProgram:
        """The program with the state's numbers for the active scenarios; `before`: bound for the same scenarios."""
        exchanged = {t: state[t] for t in self.problem.reads if t in state}
        numbers = self.numbers.take(active).exchange({t: v[active] for t, v in exchanged.items()})
        try:
            if before is not None and before.program is self.program:
                return rebind(before, numbers, exchanged)
            return bind(self.program, numbers)
        except PatternChanged:
            self.program = compile_problem(self.problem, self.model, self.numbers.exchange(exchanged))
            return bind(self.program, numbers)

    def written(self, x: Array, state: State, rows: Index) -> dict[str, Array]:
        """The state with this block's decisions in these scenarios."""
        new = dict(state)
        for block in self.program.columns:
            if block.table in new:
                table = new[block.table].copy()
                table[rows[:, None], block.cells] = x[:, block.start : block.start + block.size]
                new[block.table] = table
        return new
