"""The proven best of a loop's sub-problems taken together, beside the fixed point that the loop comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.algebra.columnar import Notes
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.numbers import Numbers
from saddlepoint.errors import NOWHERE, Diagnostic, Mark, StudyError
from saddlepoint.labels import Domain
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass, excerpt
from saddlepoint.solve.bilinear.answer import deadline_of
from saddlepoint.solve.bilinear.branch import GAP, NODES
from saddlepoint.solve.bilinear.proven import Proven
from saddlepoint.solve.bilinear.second_route import searched
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.solution import Options
from saddlepoint.study.coupling.blocks import Block
from saddlepoint.study.coupling.coupling import Coupled, JointProof, State, joint_sense
from saddlepoint.study.coupling.fixed_points import FixedPoints, fixed_points
from saddlepoint.study.coupling.joint_problem import JointProblem, joint_problem, of_block

RUN_NODES = 5_000
"""Boxes of one scenario that a run looks at, at most."""


def _why(found: Proven, scenario: int) -> str:
    """Why nothing is proven."""
    if not found.bounded[scenario]:
        return "a decision that is multiplied by another has no finite bounds"
    if found.endless[scenario]:
        return "there is no best: the plans get better without end"
    return "the search came to none within its limits"


@dataclass(frozen=True, slots=True, kw_only=True)
class JointBound:
    """What is proven of a loop, for S scenarios, in the sense of its objectives.

    sense: 1 minimised, −1 maximised; fixed_point: (S,) the joint objective where the loop ended, NaN without a certified one; value: (S,)
    that of the best plan found; bound: (S,) what no plan can beat; gap: (S,) |value − bound| / |value|; nodes: (S,) boxes looked at;
    tied: (S,) whether another plan is as good; points: all fixed points, where the model is small; tables: table → (S, cells) the
    best plan, NaN without one; problems: those of the loop.
    """

    problems: tuple[str, ...]
    sense: int
    scenarios: Domain
    which: Index
    fixed_point: Array
    value: Array
    bound: Array
    gap: Array
    nodes: Index
    tied: Mask
    points: FixedPoints
    tables: Mapping[str, Array]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row per scenario: its labels, fixed_point, best, bound, gap, nodes; None where there is none."""
        gap = np.where(self.empty, np.nan, self.gap)
        columns = {"fixed_point": self.fixed_point, "best": self.value, "bound": self.bound, "gap": gap}
        return [
            {
                **self.scenarios.named(int(row)),
                **{name: float(v[s]) if np.isfinite(v[s]) else None for name, v in columns.items()},
                "nodes": int(self.nodes[s]),
            }
            for s, row in enumerate(self.which)
        ]

    @property
    def point_rows(self) -> list[dict[str, Any]]:
        """A row per fixed point: its labels, its number in the scenario (the best first), joint, drawn, starts, reached,
        complete, and the exchanged tables."""
        made: list[dict[str, Any]] = []
        for s, row in enumerate(self.which):
            labels = self.scenarios.named(int(row))
            ordered = sorted(self.points.of(s), key=lambda p: self.sense * p.joint)
            for k, point in enumerate(ordered):
                told = {"point": k + 1, **excerpt(point, "joint", "drawn", "starts"), "reached": point.first}
                plan = {t: v.tolist() for t, v in point.values.items()}
                made.append(
                    {
                        **labels,
                        **told,
                        "piece": point.piece,
                        "complete": bool(self.points.complete[s]),
                        "tables": plan,
                    }
                )
        return made

    @property
    def open(self) -> Mask:
        """(S,) whether a gap is left: more than GAP and the rounding of the test for it."""
        return ~(self.gap <= 2 * GAP)

    @property
    def empty(self) -> Mask:
        """(S,) whether it is proven that there is no plan."""
        return np.isnan(self.value) & ~self.open

    @property
    def proven(self) -> bool:
        """Whether every scenario is settled, up to GAP."""
        return not self.open.any()

    @property
    def exit_code(self) -> int:
        """0 where every scenario has its best plan, 3 where some have proven to have none, 4 where a gap is left."""
        return 4 if not self.proven else 3 if self.empty.any() else 0


def best_joint(
    problems: list[Problem],
    model: Model,
    numbers: Numbers,
    start: State,
    coupled: Coupled,
    options: Options,
    nodes: int = NODES,
) -> JointBound:
    """The best of the joint problem with its bound. StudyError K720 (no common objective), K721 (not bilinear), K851 (no finite bounds)."""
    deadline = deadline_of(options, numbers.size)
    blocks, joint, found = _searched(problems, model, numbers, start, coupled, options, (nodes, deadline))
    if not found.bounded.all():
        raise StudyError(_endless(problems, numbers, found))
    sense = joint_sense(problems)
    plan = of_block(blocks, joint, found.x)
    tables = {t: np.full(v.shape, np.nan) for t, v in start.items()}
    for block in blocks:
        tables = block.written(plan[block.problem.key], tables, np.arange(len(found.x)))
    proof = _proof(found, joint, sense)
    return JointBound(
        problems=tuple(p.key for p in problems),
        sense=sense,
        scenarios=numbers.scenarios,
        which=numbers.which,
        fixed_point=coupled.joint,
        value=proof.best,
        bound=proof.bound,
        gap=found.gap,
        nodes=found.nodes,
        tied=proof.tied,
        points=fixed_points(blocks, start, sense, deadline.over),
        tables=tables,
    )


def with_proof(
    problems: list[Problem], model: Model, numbers: Numbers, start: State, coupled: Coupled, options: Options
) -> Coupled:
    """The verdict on a loop with what is proven of its sub-problems taken together; where there is no bound the reason stands in
    its place."""
    try:
        effort = RUN_NODES, deadline_of(options, numbers.size)
        _, joint, found = _searched(problems, model, numbers, start, coupled, options, effort)
    except StudyError as error:
        none = JointProof.none(len(coupled.joint), error.diagnostics[0].message)
        return replace(coupled, proof=none)
    proof = _proof(found, joint, joint_sense(problems))
    unproven = {s: _why(found, s) for s in np.flatnonzero(~proof.known).tolist()}
    return replace(coupled, proof=replace(proof, unproven=Notes(unproven)))


def _searched(
    problems: list[Problem],
    model: Model,
    numbers: Numbers,
    start: State,
    coupled: Coupled,
    options: Options,
    effort: tuple[int, Deadline],
) -> tuple[list[Block], JointProblem, Proven]:
    """effort: how many boxes at most, and until when."""
    if joint_sense(problems) == 0:
        raise StudyError(_no_objective(problems))
    blocks = [Block.of(p, model, numbers, start, options, ()) for p in problems]
    joint = joint_problem(blocks, start)
    nodes, deadline = effort
    known = _known(blocks, joint, coupled)
    return blocks, joint, searched(joint.problem, deadline, known, nodes=nodes)


def _proof(found: Proven, joint: JointProblem, sense: int) -> JointProof:
    return JointProof(
        best=np.where(np.isfinite(found.value), sense * found.value, np.nan),
        bound=np.where(np.isfinite(found.bound), sense * found.bound, np.nan),
        gap=found.gap,
        boxes=found.nodes,
        tied=found.tied(joint.problem),
        unproven=Notes(),
    )


def _known(blocks: list[Block], joint: JointProblem, coupled: Coupled) -> Array:
    """The point at which the loop ended, as a first plan; NaN where it is none."""
    parts = [coupled.answers[block.problem.key].solution.x for block in blocks]
    wide = np.concatenate(parts, axis=1)
    fits = wide.shape[1] == joint.problem.q.shape[1]
    return wide if fits else np.full((len(wide), joint.problem.q.shape[1]), np.nan)


def _no_objective(problems: list[Problem]) -> Diagnostic:
    keys = ", ".join(repr(p.key) for p in problems)
    return Diagnostic(
        "K720",
        f"the sub-problems {keys} have no common objective",
        why="none has an objective, or some minimise and others maximise: there is nothing that is best for all",
        fix="Give one of them an objective, or let all of them minimise or maximise.",
    )


def _endless(problems: list[Problem], numbers: Numbers, found: Proven) -> Diagnostic:
    first = int(np.flatnonzero(~found.bounded)[0])
    place = ", ".join(numbers.scenarios.coordinates(int(numbers.which[first])))
    fix = "Add relations that keep the exchanged decisions between two numbers."
    return endless_factor("a decision that sub-problems exchange", fix, place)


def endless_factor(named: str, fix: str, place: str = "", mark: Mark = NOWHERE) -> Diagnostic:
    """What is said where a factor of a product of decisions may be as large as it likes. place: the scenario; mark: where it is
    declared."""
    return Diagnostic(
        "K851",
        f"no bound can be proven{f' in {place}' if place else ''}: {named} is multiplied by another decision and has no finite bounds",
        mark,
        why="Every factor of a product of two decisions needs a least and a largest value.",
        fix=fix,
    )
