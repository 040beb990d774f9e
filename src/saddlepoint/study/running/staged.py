"""Outcomes along stages in a plan: refused where one plan is asked for, explained with the route that a policy takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.errors import Diagnostic, StudyError
from saddlepoint.model.model import Model
from saddlepoint.solve.route.stages.choose import Route

if TYPE_CHECKING:
    from saddlepoint.solve.decomposition.multistage.split import StageLabels


def refuse_policies(model: Model) -> None:
    """StudyError K832 where decisions follow outcomes along stages: there is no one plan."""
    if (found := needed_policy(model)) is not None:
        raise StudyError(found)


def needed_policy(model: Model) -> Diagnostic | None:
    """Why a model has a policy and no one plan; None where it has a plan."""
    for key, one in model.sets.items():
        along = one.along
        followed = [t for t in model.tables.values() if t.spec.kind == "endogenous" and key in t.rest.names]
        if along and followed:
            message = f"{followed[0].spec.key!r} follows {key} along {along}: what is decided depends on what came before"
            why = f"In every item of {along} one of {key} comes true, so that there is a policy and no one plan."
            fix = "Ask for the policy: `lab.policy()`."
            return Diagnostic("K832", message, followed[0].spec.mark, why=why, fix=fix)
    return None


def staged_labels(program: Program, model: Model, numbers: Numbers) -> tuple[str, list[StageLabels]] | None:
    """The set of outcomes along stages, and for each scenario what every column follows; None where no decision follows such."""
    from saddlepoint.compile.outcome_columns import stage_columns
    from saddlepoint.expr.outcomes import probabilities
    from saddlepoint.expr.value import value
    from saddlepoint.solve.decomposition.multistage.split import StageLabels

    columns = stage_columns(program, model)
    if columns is None:
        return None
    key, stage, outcome = columns
    likely = value(probabilities(model.sets[key].view), numbers.of)
    count = len(model.sets[model.sets[key].along].axis)
    labels = [
        StageLabels(stage=stage, outcome=outcome, shares=np.tile(one.reshape(-1), (count, 1)))
        for one in np.broadcast_to(likely, (numbers.size, *likely.shape[1:]))
    ]
    return key, labels


def policy_route(program: Program, model: Model, numbers: Numbers) -> Route | None:
    """How `lab.policy()` goes about the first scenario; None where no decision follows outcomes along stages."""
    if not any(s.along for s in model.sets.values()):
        return None
    from saddlepoint.compile.bind import bind
    from saddlepoint.solve.decomposition.multistage.solve_policy import chosen_route
    from saddlepoint.solve.decomposition.multistage.split import stages_of

    first = numbers.take(np.arange(1))
    labels = staged_labels(program, model, first)
    if labels is None:
        return None
    parts = stages_of(bind(program, first).batch, 0, labels[1][0])
    if isinstance(parts, str):
        return Route("policy", f"none: {parts}", ())
    _, reason = chosen_route(parts.problem)
    return Route("policy", f"a policy (`saddle policy`): {reason}", ())
