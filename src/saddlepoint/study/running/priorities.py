"""Objectives in order of priority: stage after stage, each with the earlier ones held at what they have reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.columnar import Notes
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.errors import StudyError
from saddlepoint.model.model import Model, Problem, Rank
from saddlepoint.model.ranks import stages
from saddlepoint.records import dataclass
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.label import label
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve

ROUNDING = 1e-12
"""Of its size, by so much an objective held at its best may be missed where integers are fixed to whole numbers."""
CURVED = (1e-9, 1e-7)
"""The same where something is curved, as an interior-point method needs an inside; the second where the first gives no answer."""


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of a problem, compiled: one program for each of its ranks, and that of the last objectives."""

    ranks: tuple[Rank, ...]
    programs: tuple[Program, ...]

    @property
    def last(self) -> Program:
        return self.programs[-1]


def compile_stages(problem: Problem, model: Model, numbers: Numbers) -> Stages:
    """All stages of a problem; raises what compile raises."""
    return Stages(problem.ranks, tuple(compile_problem(p, model, numbers) for p in stages(problem)))


def solve_stages(
    compiled: Stages, numbers: Numbers, options: Options, kernels: Sequence[Kernel]
) -> tuple[Mapping[str, Array], Solution]:
    """The levels that the ranks have reached (table → (S, 1)), and the answers of the last stage.

    A scenario in which an earlier stage has no plan has the status of that stage.
    """
    levels, out = _in_turn(compiled, numbers, options, kernels, CURVED[0])
    again = np.flatnonzero(~out.planned & ~np.isin(out.status, _NO_PLAN))
    if not len(again) or not any(_is_curved(p) for p in compiled.programs[:-1]):
        return levels, out
    wider, found = _in_turn(compiled, numbers.take(again), options, kernels, CURVED[1])
    better = found.answered
    for key, column in levels.items():
        column[again[better]] = wider[key][better]
    return levels, out.put(again[better], found.take(np.flatnonzero(better)))


_NO_PLAN = (Status.INFEASIBLE, Status.UNBOUNDED)


def _is_curved(program: Program) -> bool:
    return program.structure.is_quadratic or bool(program.structure.cones)


def _in_turn(
    compiled: Stages, numbers: Numbers, options: Options, kernels: Sequence[Kernel], share: float
) -> tuple[dict[str, Array], Solution]:
    """Stage after stage; share: by which part of its size a curved objective may be missed."""
    levels: dict[str, Array] = {
        r.level.table: np.full((numbers.size, 1), np.inf) * r.sense for r in compiled.ranks
    }
    out = Solution.blank(compiled.last.structure, numbers.size)
    going = np.arange(numbers.size)
    doubtful: dict[int, str] = {}
    for rank, program in zip(compiled.ranks, compiled.programs, strict=False):
        bound, found = _stage(program, numbers, levels, going, options, kernels)
        planned = found.planned
        levels[rank.level.table][going[planned], 0] = _level(found, rank, bound, share)[planned]
        out = out.put(
            going[~planned],
            _ended(found, bound, rank, numbers.which[going], compiled.last).take(np.flatnonzero(~planned)),
        )
        doubtful |= {int(going[s]): rank.name for s in np.flatnonzero(planned & ~found.answered)}
        going = going[planned]
    if len(going):
        out = out.put(going, _stage(compiled.last, numbers, levels, going, options, kernels)[1])
    return levels, _in_doubt(out, doubtful)


def _stage(
    program: Program,
    numbers: Numbers,
    levels: Mapping[str, Array],
    going: Index,
    options: Options,
    kernels: Sequence[Kernel],
) -> tuple[BoundProgram, Solution]:
    part = numbers.exchange(levels).take(going)
    bound = bind(program, part)
    return bound, solve(bound.batch, options, kernels, formulas=Formulas(bound))


def _ended(found: Solution, bound: BoundProgram, rank: Rank, which: Index, last: Program) -> Solution:
    """The answers of a stage without its arrays, with what is said of the scenarios that have no plan."""
    said = label(bound, found, which).solution.messages
    words = {s: said.get(s) or Status(int(status)).sentence for s, status in enumerate(found.status)}
    messages = Notes({s: f"{rank.name}: {text}" for s, text in words.items()})
    none = Solution.blank(last.structure, found.size)
    return replace(found, x=none.x, y=none.y, z=none.z, w=none.w, messages=messages)


def _in_doubt(solution: Solution, doubtful: Mapping[int, str]) -> Solution:
    """Not optimal where an earlier stage has a plan that is not proven to be the best."""
    rows = np.isin(np.arange(solution.size), list(doubtful)) & (solution.status == Status.OPTIMAL)
    said = {
        s: f"{doubtful[s]} is held at a plan that is not proven to be the best"
        for s in np.flatnonzero(rows).tolist()
    }
    status = np.where(rows, np.int8(Status.FEASIBLE), solution.status).astype(np.int8)
    return replace(solution, status=status, messages=Notes({**solution.messages, **said}))


def bound_last(compiled: Stages, numbers: Numbers, levels: Mapping[str, Array]) -> BoundProgram:
    """The last stage with the levels that the earlier ones have reached."""
    return bind(compiled.last, numbers.exchange(levels))


def _level(found: Solution, rank: Rank, bound: BoundProgram, curved: float) -> Array:
    """(S,) what later stages must keep, in the user's sense; no limit where a stage has no plan."""
    if _is_curved(bound.program):
        share, size = curved, _size(found, bound)
    else:
        share, size = ROUNDING if bound.program.structure.is_integer else 0.0, np.abs(found.objective)
    return rank.sense * np.where(found.planned, found.objective + share * size, np.inf)


def _size(found: Solution, bound: BoundProgram) -> Array:
    """(S,) how large the numbers are that an objective adds up."""
    batch, x = bound.batch, np.abs(found.x)
    dearest = np.abs(batch.q).max(axis=1, initial=0.0) * x.max(axis=1, initial=0.0)
    parts = np.broadcast_arrays(np.abs(found.objective), dearest, np.abs(batch.r).reshape(-1))
    return np.max(parts, axis=0)


def refuse_in_loop(problems: Sequence[Problem]) -> None:
    """StudyError K440 for sub-problems of a loop whose objectives have priorities."""
    for problem in problems:
        if problem.ranks:
            raise StudyError.of(
                "K440",
                f"{problem.title} has objectives with priorities and forms a loop with other sub-problems",
                problem.ranks[0].objectives[0].goal.mark,
                why="A fixed point of several goals in order is not defined by the sub-problems alone.",
                fix="Weigh the objectives with factors, or solve the sub-problems in sequence (`mode='sequential'`).",
            )
