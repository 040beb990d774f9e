"""What is measured in every run: objectives, and the cells of chosen decided variables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import Diagnostic, UsageError, suggest
from saddlepoint.expr.node import Variable
from saddlepoint.labels import Domain
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass
from saddlepoint.solve.label import Answer
from saddlepoint.study.running.run import Piece
from saddlepoint.study.scenarios.select import DRAW


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of every run and scenario. variable: None for the objective; cell: its place in the variable, flat."""

    name: str
    problem: str
    variable: Variable | None = None
    cell: int = 0


def measures(model: Model, named: Sequence[str]) -> tuple[Measure, ...]:
    """The objectives of all problems, and every cell of the variables that are named or say `uncertainty_measure`; UsageError
    X468 for a name that no problem decides."""
    marked = [v.name for t in model.tables.values() for v in t.spec.variables if v.uncertainty_measure]
    wanted = dict.fromkeys((*named, *marked))
    owners = {v.name: (p, v) for p in model.problems for v in p.variables.values() if v.role == "decision"}
    wrong = [name for name in wanted if name not in owners]
    if wrong:
        raise UsageError(
            [
                Diagnostic("X468", f"no problem decides a variable {name!r}", fix=suggest(name, owners))
                for name in wrong
            ]
        )
    many = sum(bool(p.objectives) for p in model.problems) > 1
    made = [
        Measure(f"objective of {p.key}" if many else "objective", p.key)
        for p in model.problems
        if p.objectives
    ]
    for name in wanted:
        made += _cells(model, *owners[name])
    return tuple(made)


def _cells(model: Model, problem: Problem, variable: Variable) -> list[Measure]:
    rest = model.tables[variable.table].rest
    flat = variable.place.flat.tolist()
    labels = [", ".join(rest.coordinates(int(place))) for place in flat]
    alone = len(flat) == 1
    return [
        Measure(variable.name if alone else f"{variable.name}[{label}]", problem.key, variable, k)
        for k, label in enumerate(labels)
    ]


def measured(pieces: Iterable[Piece], wanted: Sequence[Measure], draws: int, scenarios: Domain) -> Array:
    """The numbers of every measure, shape (measures, draws, scenarios), NaN where there is no plan; scenarios: without draws."""
    out = np.full((len(wanted), draws, scenarios.size), np.nan)
    for piece in pieces:
        for key, answer in piece.answers.items():
            mine = [(k, m) for k, m in enumerate(wanted) if m.problem == key]
            if mine:
                draw, scenario = _places(answer, scenarios)
                for k, measure in mine:
                    numbers = np.where(answer.answered, _numbers(answer, measure), np.nan)
                    _put(out[k], draw, scenario, numbers)
    return out


def _put(out: Array, draw: Index | None, scenario: Index, numbers: Array) -> None:
    for s in np.unique(scenario).tolist():
        here = scenario == s
        if draw is None:
            out[:, s] = numbers[here][0]
        else:
            out[draw[here], s] = numbers[here]


def _places(answer: Answer, scenarios: Domain) -> tuple[Index | None, Index]:
    """Draw (None: the problem does not depend on it) and scenario of every answer."""
    domain = answer.program.scenarios
    if not domain.axes:
        return None, np.zeros(len(answer.which), dtype=np.int64)
    codes = dict(zip(domain.names, np.unravel_index(answer.which, domain.shape), strict=True))
    flat = np.zeros(len(answer.which), dtype=np.int64)
    for axis in scenarios.axes:
        flat = flat * len(axis) + codes.get(axis.name, np.zeros_like(flat))
    return codes.get(DRAW), flat


def _numbers(answer: Answer, measure: Measure) -> Array:
    if measure.variable is None:
        return answer.objective
    variable = measure.variable
    block = next(b for b in answer.program.columns if b.table == variable.table)
    place = int(variable.place.flat[measure.cell])
    column = int(np.searchsorted(block.cells, place))
    return answer.values[variable.table][:, column]
