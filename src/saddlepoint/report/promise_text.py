"""A plan that comes from a history, as text and as plain data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from saddlepoint.printing.grid import number, percent
from saddlepoint.promises import PromisedPlan
from saddlepoint.report.backtest_tables import backtest_data, blind_spots
from saddlepoint.report.fit_tables import fit_data, fit_text


def promise_text(made: Sequence[PromisedPlan], width: int | None = None) -> str:
    """The fit, then what each plan promises and how that would have been kept."""
    return "\n".join([fit_text(made[0].fit, width), "", *(line for one in made for line in _lines(one))])


def _lines(one: PromisedPlan) -> list[str]:
    demand = one.dispatch.demand
    assert demand is not None
    title = demand.rule.name
    lines = [
        f"Promise: {percent(demand.reliability)} % by {title}: D_eff {number(one.dispatch.level)}, "
        f"cost {number(one.dispatch.cost)}, price {number(one.dispatch.price)}"
    ]
    if one.expected is not None and one.fit.law is not None:
        found = one.expected
        fill = (
            ""
            if math.isnan(float(found.fill))
            else f", {percent(float(found.fill), 5)} % of the volume served"
        )
        lines.append(
            f"  under {one.fit.law.law}: covered with {percent(float(found.cycle), 4)} %, "
            f"{number(float(found.short))} short on average{fill}"
        )
    if one.tested is None:
        lines.append("  the history is too short to tell how such promises were kept")
    elif one.tested.judged:
        judged, count = one.tested.judged[0], len(one.tested.places)
        lines.append(f"  over the last {count} values: {judged.sentence(demand.reliability)}")
        lines += [f"  {line}" for line in blind_spots(one.tested) if line]
    return lines


def promise_data(one: PromisedPlan) -> dict[str, Any]:
    """The fit and the back-test as names and numbers."""
    found = one.expected
    return {
        "fit": fit_data(one.fit),
        "expected": None
        if found is None
        else {k: float(getattr(found, k)) for k in ("sold", "short", "over", "fill", "cycle")},
        "backtest": None if one.tested is None else backtest_data(one.tested),
    }
