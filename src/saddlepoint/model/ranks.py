"""Objectives in order of priority: an earlier one is held at its best while a later one is pursued."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.declare.spec import FormulaSpec, ReportSpec
from saddlepoint.errors import Diagnostic
from saddlepoint.expr.apply import apply
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node, Relation, Variable
from saddlepoint.expr.operators.linear import ADD
from saddlepoint.expr.operators.rearrange import summed
from saddlepoint.labels.positions import Positions
from saddlepoint.model.model import Constraint, Objective, Problem, Rank, Report
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """The objectives of a problem in their order: the ranks that come first with the relations that hold them, the last ones,
    and the figures that tell what every rank has reached."""

    first: tuple[Rank, ...]
    last: tuple[Objective, ...]
    held: tuple[Constraint, ...]
    figures: tuple[Report, ...]


def rank_name(priority: int) -> str:
    """What the relation and the figure of a priority are called."""
    return f"priority_{priority}"


def ranked(objectives: Sequence[Objective]) -> Ranked:
    """The objectives by their priorities, which all of them have; without any, all are the last."""
    order = sorted({o.priority for o in objectives if o.priority is not None})
    if len(order) < 2:
        return Ranked(first=(), last=tuple(objectives), held=(), figures=())
    parts = {p: tuple(o for o in objectives if o.priority == p) for p in order}
    first = tuple(rank_of(rank_name(p), parts[p]) for p in order[:-1])
    return Ranked(
        first=first,
        last=parts[order[-1]],
        held=tuple(held_at_best(rank) for rank in first),
        figures=tuple(_figure(rank_name(p), parts[p]) for p in order),
    )


def rank_of(name: str, objectives: tuple[Objective, ...]) -> Rank:
    """A rank of this name."""
    zero = Positions.counted((1, 1))
    level = Variable(
        name=f"best of {name}", table=f"best {name}", facts=Facts(varying=True), role="data", cells=zero, place=zero,
        exchanged=True,
    )  # fmt: skip
    return Rank(name=name, objectives=objectives, sense=objectives[0].goal.sense, level=level)


def held_at_best(rank: Rank) -> Constraint:
    """The relation that keeps a rank as good as its level says."""
    mark = rank.objectives[0].goal.mark
    whole = objectives_total(rank.objectives)
    level = Node(rank.level.facts, variable=rank.level, mark=mark)
    stated = Relation(
        whole, "<=" if rank.sense > 0 else ">=", level, facts=replace(whole.facts, varying=True), mark=mark
    )
    shown = " + ".join(o.text for o in rank.objectives)
    about = f"{shown} stays at its best"
    return Constraint(name=rank.name, relation=stated, text=about, description="", mark=mark)


def objectives_total(objectives: Sequence[Objective]) -> Node:
    """What the objectives are together: one cell."""
    parts = tuple(_cell(o.goal.node) for o in objectives)
    return parts[0] if len(parts) == 1 else apply(ADD, parts)


def _cell(node: Node) -> Node:
    """The sum of all cells of a node."""
    if node.facts.shape == (1, 1):
        return node
    facts = Facts(decision=node.facts.decision, varying=node.facts.varying)
    shape = node.facts.shape
    index = Positions(shape, tuple((np.zeros(length, np.int64), 0) for length in shape))
    return Node(facts, summed("sum", node.facts, facts, index), (node,), mark=node.mark)


def _figure(name: str, objectives: tuple[Objective, ...]) -> Report:
    shown = " + ".join(o.text for o in objectives)
    return Report(name=name, node=objectives_total(objectives), text=shown, told=True)


def stages(problem: Problem) -> tuple[Problem, ...]:
    """The problems that are solved one after the other: each pursues one rank, with those before it held at their levels."""
    held = [rank.name for rank in problem.ranks]
    return (
        *(
            replace(
                problem,
                objectives=rank.objectives,
                sense=rank.sense,
                ranks=problem.ranks[:k],
                constraints=tuple(c for c in problem.constraints if c.name not in held[k:]),
                reports=(),
            )
            for k, rank in enumerate(problem.ranks)
        ),
        problem,
    )


def unranked(objectives: Sequence[Objective], title: str) -> Iterable[Diagnostic]:
    """A finding for every objective without a priority where others have one."""
    if all(o.priority is None for o in objectives):
        return
    for one in objectives:
        if one.priority is None:
            yield Diagnostic(
                "M440",
                f"{title} has objectives with a priority, and {one.description or one.text} has none",
                one.price.mark if one.price is not None else one.goal.mark,
                fix="Say priority: beside it (1 comes first; objectives of one priority are added up)."
                if one.price is None
                else "Say priority: beside the soft relation: at which priority missing it counts.",
            )


def names_taken(
    order: Ranked, relations: Sequence[FormulaSpec], figures: Sequence[ReportSpec]
) -> Iterable[Diagnostic]:
    """A finding for every relation and figure that has the name of a rank."""
    held = {rank.name.casefold() for rank in order.first}
    told = {one.name.casefold() for one in order.figures}
    stated = [(one.name or "", one.mark, held, "relation") for one in relations]
    stated += [(one.name, one.formula.mark, told, "figure") for one in figures]
    for name, mark, taken, kind in stated:
        if name.casefold() in taken:
            yield Diagnostic(
                "M441",
                f"the name {name!r} is taken: it is that of the {kind} of the objectives with that priority",
                mark,
                fix=f"Rename the {kind}.",
            )
