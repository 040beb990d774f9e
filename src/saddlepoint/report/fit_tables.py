"""A fit as tables and sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

from saddlepoint.printing.grid import Grid, number
from saddlepoint.printing.sentences import some_of
from saddlepoint.records import excerpt
from saddlepoint.uncertain.fitting.pattern import ROUNDS
from saddlepoint.uncertain.fitting.values import Fit

_TOLD: Final = 8
"""Values of a kind that are told; the others are counted."""
_EXACT: Final = 1e6
"""Deviations beyond which all other values are as good as exact."""


def fit_text(found: Fit, width: int | None = None) -> str:
    """What follows from time, the candidate laws, outliers, and the recommendation."""
    history = found.history
    head = f"{history.name}: {len(history)} values, {history.time(0)} to {history.time(len(history) - 1)}"
    return "\n".join(
        [
            head,
            *([f"  {history.remark}"] if history.remark else []),
            *(f"  {line}" for line in pattern_lines(found)),
            "",
            *((*laws_table(found).lines(width), "") if found.candidates else ()),
            *_outlier_lines(found),
            *_negative_lines(found),
            f"Recommended: {found.buffer}",
            f"  {found.reason}.",
            f"  the next value: mean {number(found.mean)}, standard deviation {number(found.std)}",
        ]
    )


def pattern_lines(found: Fit) -> list[str]:
    """Trend, season, memory and constancy, each with the test that decided."""
    pattern = found.pattern
    trend = (
        f"{pattern.slope:+.4g} per period ± {pattern.slope_error:.2g}"
        if pattern.slope
        else "none significant"
    )
    season = f"every {pattern.season} values, {_span(found)}" if pattern.season > 1 else "none significant"
    memory = f"{pattern.memory:.2f} of an error carries over" if pattern.memory else "none significant"
    return [
        f"trend   {trend} ({_p(pattern.slope_p)})",
        f"season  {season} ({_too_short(found) or _p(pattern.season_p)})",
        f"memory  {memory} ({_p(pattern.memory_p)})",
        f"stable  {'yes' if pattern.stable >= 0.01 else 'no: the level moves'} ({_p(pattern.stable)})",
    ]


def _too_short(found: Fit) -> str:
    """Why the season that the times suggest was not looked for."""
    season, count = found.history.season or 1, len(found.history)
    if count >= ROUNDS * season:
        return ""
    return f"not tested: {count} values are fewer than {ROUNDS} rounds of {season}"


def _span(found: Fit) -> str:
    effects = found.pattern.effects
    return f"{effects.min():+.4g} to {effects.max():+.4g}"


def _p(value: float) -> str:
    return "not tested" if math.isnan(value) else "p < 0.001" if value < 1e-3 else f"p = {value:.3f}"


def laws_table(found: Fit) -> Grid:
    """The candidate laws, the best first."""
    rows = [
        [
            one.law,
            "  ".join(_estimate(k, v, one.errors[k]) for k, v in one.parameters.items()),
            f"{one.behind:.1f}",
            "refuted" if one.goodness < 0.05 else "",
            f"{one.goodness:.3f}",
        ]
        for one in found.candidates
    ]
    title = "Laws of the next value" if found.pattern.removed else "Laws of the values"
    return Grid(
        title=title,
        header=("law", "parameters ± standard error", "AICc behind", "verdict", "fit p"),
        rows=rows,
        texts=2,
    )


def _estimate(name: str, value: float, error: float) -> str:
    return f"{name} {value:.4g}" + ("" if math.isnan(error) else f" ± {error:.2g}")


def _far(score: float) -> str:
    return f"{score:+.1f} deviations" if abs(score) < _EXACT else "the others repeat exactly"


def _outlier_lines(found: Fit) -> list[str]:
    if not found.outliers:
        return ["Outliers: none"]
    told = [f"{number(o.value)} at {o.time} ({_far(o.score)})" for o in found.outliers]
    return [f"Outliers: {some_of(told, _TOLD)}"]


def _negative_lines(found: Fit) -> list[str]:
    """Values below zero in a history that is not about zero: no demand, but a net of returns."""
    values = found.history.values
    places = [k for k, value in enumerate(values.tolist()) if value < 0.0]
    if not places or found.mean <= 0.0 or 5 * len(places) > len(values):
        return []
    told = some_of([f"{number(float(values[k]))} at {found.history.time(k)}" for k in places], _TOLD)
    return [f"Below zero: {told}. A demand is not negative; net of returns it may be."]


def fit_data(found: Fit) -> dict[str, Any]:
    """The fit as plain data."""
    return {
        **found.provenance(),
        "next": {"mean": found.mean, "std": found.std},
        "laws": [
            {
                "law": c.law,
                "parameters": dict(c.parameters),
                "errors": dict(c.errors),
                "aicc": c.aicc,
                "behind": c.behind,
                "goodness_p": c.goodness,
            }
            for c in found.candidates
        ],
        "outliers": [excerpt(o, "time", "value", "score") for o in found.outliers],
    }


def uncertain_rows(found: Sequence[Fit], by: str | None) -> tuple[list[str], list[list[object]]]:
    """Header and rows of an uncertain table, one row per history; `by` names the column of their names."""
    rows = [one.row() for one in found]
    names = [n for n in ("distribution", "mean", "std", "dof") if any(n in row for row in rows)]
    label = [] if by is None else [f"{by}_Name" if not by.endswith("_Name") else by]
    cells: list[list[object]] = [
        [*([one.history.name] if by is not None else []), *(row.get(n) for n in names)]
        for one, row in zip(found, rows, strict=True)
    ]
    return [*label, *names], cells
