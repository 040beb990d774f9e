"""The two objectives of a problem that are traded off, and the problems that trace their trade-off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from saddlepoint.errors import NOWHERE, UsageError, suggest
from saddlepoint.expr.apply import apply
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Goal, Node, Variable
from saddlepoint.expr.operators.products import MULTIPLY
from saddlepoint.labels.positions import Positions
from saddlepoint.model.model import Model, Objective, Problem
from saddlepoint.model.ranks import held_at_best, objectives_total, rank_of
from saddlepoint.records import dataclass

FIRST, SECOND = "first objective", "second objective"


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeOff:
    """Two objectives of one problem. names, titles, senses: of the first and the second; base: the problem without any."""

    problem: Problem
    base: Problem
    names: tuple[str, str]
    parts: tuple[tuple[Objective, ...], tuple[Objective, ...]]

    @property
    def senses(self) -> tuple[int, int]:
        """+1 to minimise, −1 to maximise."""
        return self.parts[0][0].goal.sense, self.parts[1][0].goal.sense

    def value(self, k: int) -> Node:
        """What objective k (0 or 1) adds up to, one cell."""
        return objectives_total(self.parts[k])

    def ordered(self, first: int) -> Problem:
        """The problem with one objective (0 or 1) before the other."""
        rank = rank_of((FIRST, SECOND)[first], self.parts[first])
        then = self.parts[1 - first]
        return replace(
            self.base,
            objectives=then,
            sense=then[0].goal.sense,
            ranks=(rank,),
            constraints=(*self.base.constraints, held_at_best(rank)),
        )

    def weighted(self) -> Problem:
        """The problem with both objectives at once, each times a weight that is data (`weight_table`)."""
        made = tuple(_weighted(self.parts[k], k) for k in (0, 1))
        return replace(self.base, objectives=made, sense=1)


def weight_table(k: int) -> str:
    """The key of the data that hold the weight of an objective, 0 or 1."""
    return f"weight of the {(FIRST, SECOND)[k]}"


def _weighted(part: tuple[Objective, ...], k: int) -> Objective:
    zero = Positions.counted((1, 1))
    weight = Variable(
        name=weight_table(k), table=weight_table(k), facts=Facts(varying=True), role="data", cells=zero, place=zero,
        exchanged=True,
    )  # fmt: skip
    mark, sense = part[0].goal.mark, part[0].goal.sense
    node = apply(
        MULTIPLY, (Node(weight.facts, variable=weight, mark=mark), objectives_total(part)), mark=mark
    )
    return Objective(Goal(node, sense, mark), part[0].text, part[0].description)


def trade_off(model: Model, names: Sequence[str] = (), problem: str | None = None) -> TradeOff:
    """The two objectives that names say (of lines of the objective, or priority_1, priority_2, …); without names those of
    the one problem that has two.

    Penalties of soft relations without a priority count with the first. Raises UsageError (X440).
    """
    chosen = _problem(model, problem)
    known = _known(chosen)
    penalties = {} if chosen.ranks else {n: part for n, part in known.items() if part[0].price is not None}
    stated = [n for n in known if n not in penalties]
    if not names and len(stated) != 2:
        raise _unclear(chosen, stated)
    if names and len(names) != 2:
        raise _unclear(chosen, stated, "name two objectives")
    wanted = list(names) or stated
    for one in wanted:
        if one not in known:
            raise UsageError.of("X440", f"{chosen.title} has no objective {one!r}", fix=suggest(one, stated))
    if wanted[0] == wanted[1]:
        raise _unclear(chosen, stated, "name two different objectives")
    first, second = (known[n] for n in wanted)
    loose = [o for part in penalties.values() for o in part]
    loose = [o for o in loose if o.priority is None and o.goal.sense == first[0].goal.sense]
    held = {rank.name for rank in chosen.ranks}
    kept = tuple(c for c in chosen.constraints if c.name not in held)
    base = replace(chosen, objectives=(), ranks=(), constraints=kept, reports=())
    return TradeOff(problem=chosen, base=base, names=(wanted[0], wanted[1]), parts=((*first, *loose), second))


def _problem(model: Model, key: str | None) -> Problem:
    if key is not None:
        known = {p.key: p for p in model.problems}
        if key not in known:
            raise UsageError.of("X440", f"there is no problem {key!r}", fix=suggest(key, known))
        return known[key]
    if len(model.problems) == 1:
        return model.problems[0]
    several = [p for p in model.problems if len(_known(p)) >= 2]
    if len(several) != 1:
        keys = ", ".join(p.key for p in model.problems)
        raise UsageError.of("X440", f"which of the problems {keys} is meant?", fix="Name it.")
    return several[0]


def _known(problem: Problem) -> Mapping[str, tuple[Objective, ...]]:
    """The objectives by name: the priorities where there are several, the lines by their own names, 1, 2, … without one."""
    if problem.ranks:
        last = max(o.priority or 0 for o in problem.objectives)
        ranks = {rank.name: rank.objectives for rank in problem.ranks} | {
            f"priority_{last}": problem.objectives
        }
        if len(ranks) == 2:
            return {_title(key, part): part for key, part in ranks.items()}
        return ranks | {o.name: (o,) for o in problem.every_objective if o.name}
    known: dict[str, tuple[Objective, ...]] = {}
    for k, one in enumerate(problem.objectives, 1):
        known[one.description if one.price is not None else one.name or f"objective {k}"] = (one,)
    return known


def _title(key: str, part: tuple[Objective, ...]) -> str:
    return part[0].name if len(part) == 1 and part[0].name else key


def _unclear(problem: Problem, stated: Sequence[str], why: str = "") -> UsageError:
    have = ", ".join(stated) or "none"
    said = why or f"a trade-off has two objectives, and {problem.title} has {len(stated)}"
    return UsageError.of(
        "X440",
        said,
        problem.objectives[0].goal.mark if problem.objectives else NOWHERE,
        why=f"The objectives of {problem.title}: {have}.",
        fix="Write two lines below objective:, each with a name, or name two of several: `lab.frontier(['cost', 'emissions'])`.",
    )
