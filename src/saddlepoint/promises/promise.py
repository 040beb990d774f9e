"""From a history to a plan in one call: fit, buffer, dispatch, and how the promise would have been kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import PlanningError
from saddlepoint.planning import Demand, Dispatch, Fleet, dispatch
from saddlepoint.promises.backtest import backtest
from saddlepoint.promises.judges import enough, first_judge
from saddlepoint.promises.rolling import ORDERED
from saddlepoint.promises.values import Backtest
from saddlepoint.records import dataclass
from saddlepoint.uncertain import Expected, Fit, History, expected, find, fit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PromisedPlan:
    """A plan for the next value of a history, with where its promise comes from.

    expected: sales, shortage and volume served at the plan's level under the fitted law, None where no law holds;
    tested: the same buffer over the history, None where that is too short.
    """

    fit: Fit
    dispatch: Dispatch
    expected: Expected | None
    tested: Backtest | None


def promise(
    fleet: Fleet,
    history: History | Sequence[float] | Array,
    reliability: float = 0.95,
    buffer: str | None = None,
) -> PromisedPlan:
    """The cheapest plan that covers the next value of a history with this reliability.

    buffer: None = the one that the fit recommends. PlanningError P002 (capacity), U004–U006, U541, U542.
    """
    found = fit(history, promise=reliability)
    demand = demand_of(found, reliability, buffer)
    answer = dispatch(fleet, demand)
    tested = None
    if enough(found.history, first_judge(found.history)):
        tested = backtest(found.history, reliability, (demand.rule.name,), fleet=fleet)
    return PromisedPlan(fit=found, dispatch=answer, expected=_expected(found, answer.level), tested=tested)


def demand_of(found: Fit, reliability: float, buffer: str | None = None) -> Demand:
    """The demand that a fit tells of, with the recommended buffer or another; PlanningError U001–U006."""
    if buffer is None or find(buffer).name == found.buffer:
        return Demand(reliability=reliability, buffer=found.buffer, **found.parameters)
    rule = find(buffer)
    dof = found.pattern.freedom
    known: dict[str, Any] = {
        "mean": found.mean,
        "std": found.std,
        "dof": next(
            (c.parameters["dof"] for c in found.candidates if c.law == rule.name == "student-t"), dof
        ),
        "confidence": 0.9,
        "samples": found.history.values if rule.name in ORDERED else found.pattern.likely,
    }
    if found.pattern.season > 1 and "season" in rule.optional:
        known["season"] = float(found.pattern.season)
    read = {k: v for k, v in known.items() if k in rule.needs or (k == "season" and k in known)}
    return Demand(reliability=reliability, buffer=rule.name, **read)


def _expected(found: Fit, level: float) -> Expected | None:
    law = found.law
    if law is None:
        return None
    try:
        return expected(find(law.law), {k: np.asarray(v) for k, v in law.parameters.items()}, level)
    except PlanningError:
        return None
