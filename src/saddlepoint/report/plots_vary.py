"""The picture of an optimum over one datum or several: objective, plans and prices between the points where they change their course."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.report.plots_style import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    figure,
    frame,
    legend,
    quantity,
    shown_in_legend,
)
from saddlepoint.study.diagnosis.vary import Curve

TOLD: Final = 14
"""More curves are drawn thin, without a legend."""
SMOOTH: Final = 25
"""Points of a quadratic piece."""
PIECES: Final = 8
"""A single curve of at most so many pieces says its slopes."""


def vary_picture(curves: Sequence[Curve], asked: tuple[float, float], units: Mapping[str, str]) -> Any:
    """The curves of one datum, a panel for each problem and below it one for each course of the first curve; grey where no scenario has a
    plan, a dotted line at the data as they are. units: problem → the unit of its objective."""
    problems = list(dict.fromkeys(c.problem for c in curves))
    own = {problem: [c for c in curves if c.problem == problem] for problem in problems}
    courses = [(problem, name) for problem in problems for name in own[problem][0].courses]
    panels = [(problem, "") for problem in problems] + courses
    made, axes = figure(8.0, 1.0 + 3.8 * len(problems) + 2.6 * len(courses), len(panels))
    for ax, (problem, name) in zip([axes] if len(panels) == 1 else axes, panels, strict=True):
        if name:
            _course(ax, own[problem][0], name, asked)
        else:
            _panel(ax, own[problem], asked, units.get(problem, ""))
    return made


def _axis_name(curve: Curve) -> str:
    if curve.mode == "factor":
        return f"factor of {curve.datum}"
    return quantity(curve.datum if curve.mode == "number" else f"added to {curve.datum}", curve.unit)


def _panel(ax: Any, curves: Sequence[Curve], asked: tuple[float, float], unit: str) -> None:
    first = curves[0]
    datum, there = first.datum.replace("_", " "), [c for c in curves if len(c.at)]
    title = f"{first.problem}: optimum over {datum}" if first.problem else f"Optimum over {datum}"
    frame(ax, title, _axis_name(first), quantity("objective", unit))
    for k, curve in enumerate(there):
        _line(ax, curve, k, told=len(there) <= TOLD)
    ax.set_xlim(*asked)
    _no_plan(ax, there, asked)
    if asked[0] <= first.now <= asked[1]:
        ax.axvline(first.now, color=GREY, linestyle=":", linewidth=1.2, label="as it is")
    if len(there) == 1 and there[0].is_straight and len(first.slope) <= PIECES:
        _slopes(ax, there[0])
    if ax.get_legend_handles_labels()[0]:
        legend(ax)


def _line(ax: Any, curve: Curve, k: int, told: bool) -> None:
    colour, line = COLOURS[k % len(COLOURS)], LINES[k % len(LINES)]
    thin = {"color": COLOURS[0], "linewidth": 0.7, "alpha": 0.5}
    label = ", ".join(curve.scenario) if told and curve.scenario else None
    at = _between(curve)
    ax.plot(
        at,
        curve.value(at),
        label=label,
        clip_on=False,
        **({"color": colour, "linestyle": line} if told else thin),
    )
    if told:
        marker = MARKERS[k % len(MARKERS)]
        ax.plot(curve.at, curve.objective, marker, color=colour, markersize=5, clip_on=False)


def _between(curve: Curve) -> Array:
    """The points of a curve, and more between them where it bends."""
    if curve.is_straight or len(curve.at) < 2:
        return curve.at
    parts = [np.linspace(a, b, SMOOTH) for a, b in itertools.pairwise(curve.at.tolist())]
    return np.concatenate(parts)


def _course(ax: Any, curve: Curve, name: str, asked: tuple[float, float]) -> None:
    """The cells of a plan or of prices that change, those that change most."""
    course = curve.courses[name]
    who = f" ({', '.join(curve.scenario)})" if curve.scenario else ""
    frame(ax, f"{name.replace('_', ' ')}{who}", _axis_name(curve), quantity(name, course.unit))
    spread = course.spread
    moving = np.argsort(-spread, kind="stable")[: len(COLOURS)]
    at = np.column_stack([curve.at[:-1], curve.at[1:]]).reshape(-1)
    shown = [k for k in sorted(moving.tolist()) if spread[k] > 0] or moving[:1].tolist()
    for j, k in enumerate(shown):
        label = ", ".join(course.domain.coordinates(int(course.cells[k]))) or name
        style = {"color": COLOURS[j], "linestyle": LINES[j % len(LINES)]}
        ax.plot(at, course.numbers[:, :, k].reshape(-1), label=shown_in_legend(label), **style)
    left = len(course.cells) - len(shown)
    if left > 0:
        ax.plot([], [], " ", label=f"{left} more change less")
    ax.set_xlim(*asked)
    if ax.get_legend_handles_labels()[0]:
        legend(ax)


def _no_plan(ax: Any, there: Sequence[Curve], asked: tuple[float, float]) -> None:
    """Grey where the interval asked for lies outside every curve."""
    low = min((float(c.at[0]) for c in there), default=asked[1])
    high = max((float(c.at[-1]) for c in there), default=asked[1])
    room = 1e-9 * (asked[1] - asked[0])
    spans = [(a, b) for a, b in ((asked[0], low), (high, asked[1])) if b - a > room]
    for k, (a, b) in enumerate(spans):
        ax.axvspan(a, b, color="#eeeeee", zorder=0, label=None if k else "no plan")


def _slopes(ax: Any, curve: Curve) -> None:
    for k, slope in enumerate(curve.slope.tolist()):
        middle = (float(curve.at[k : k + 2].mean()), float(curve.objective[k : k + 2].mean()))
        ax.annotate(
            f"slope {slope:.4g}".replace("-", "−"),
            middle,
            xytext=(10, 8),
            textcoords="offset points",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
        )
