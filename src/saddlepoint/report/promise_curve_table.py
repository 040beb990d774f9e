"""The curve over promises as a table, a recommendation in a sentence, and plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from saddlepoint.printing.grid import Grid, percent, rounded_together
from saddlepoint.promises import PromiseCurve
from saddlepoint.records import excerpt


def curve_text(curve: PromiseCurve, width: int | None = None) -> str:
    """One line per promise, what the bounds mean, and what may be chosen by them."""
    sure = f"{percent(curve.confidence)} %"
    known = bool(np.isfinite(curve.regret_most).all())
    rows = [
        [
            f"{percent(p)} %",
            level,
            f"{100 * missed:.1f} %",
            f"{100 * mean:.1f} %",
            f"{100 * most:.1f} %",
            cost,
            regret,
            *([average, worst] if known else []),
        ]
        for p, level, missed, mean, most, cost, regret, average, worst in zip(
            *map(_shown, _NAMES, _columns(curve)), strict=True
        )
    ]
    header = ["promise", "D_eff", "missed", "on average ≤", "at most", "cost", "regret"]
    title = f"{curve.history.name}: promises of {curve.buffer}, fixed by {curve.first} values and judged by {curve.judges}"
    table = Grid(title=title, header=(*header, *(["on average ≤", "at most"] if known else [])), rows=rows)
    return "\n".join([*table.lines(width), "", *_meaning(curve, sure, known), *_choices(curve, sure)])


def _columns(curve: PromiseCurve) -> list[Any]:
    return [getattr(curve, name).tolist() for name in _NAMES]


def _shown(name: str, column: list[float]) -> Sequence[float | None]:
    """Levels and money rounded together; parts are formatted by themselves."""
    return column if name == "promises" or name.startswith("missed") else rounded_together(column)


_NAMES = (
    "promises",
    "level",
    "missed",
    "missed_expected",
    "missed_most",
    "cost",
    "regret",
    "regret_expected",
    "regret_most",
)


def _meaning(curve: PromiseCurve, sure: str, known: bool) -> list[str]:
    lines = [
        f"at most: holds for every line of its column at once with {sure}, whichever is chosen, if values are independent draws of one law",
        "on average ≤: over histories it is not below the truth, if values are exchangeable",
    ]
    if not known:
        lines.append(f"No bound on regret: {curve.no_regret_bound}.")
    return lines


def _choices(curve: PromiseCurve, sure: str) -> list[str]:
    best = curve.least_regret
    lines = [
        f"Least regret: a promise of {percent(curve.promises[best])} % ({curve.regret[best]:.4g} per period, "
        f"missed {100 * curve.missed[best]:.1f} %, at most {100 * curve.missed_most[best]:.1f} %)."
    ]
    for part in (0.1, 0.05):
        place = curve.least_promise(part)
        if place is None:
            lines.append(f"No promise is missed at most {100 * part:g} % with {sure}: too few values judge.")
            break
        more = curve.cost[place] - curve.cost[best]
        lines.append(
            f"Missed at most {100 * part:g} % with {sure}: promise {percent(curve.promises[place])} %, "
            f"D_eff {curve.level[place]:.6g}, cost {more:+.4g} per period beside the least regret."
        )
    return lines


def curve_data(curve: PromiseCurve) -> dict[str, Any]:
    """The curve as names and columns of numbers."""
    return {
        **excerpt(curve, "buffer", "first", "judges", "confidence"),
        "columns": dict(zip(_NAMES, _columns(curve), strict=True)),
    }
