"""The picture of an optimum over one datum: straight between the points where its slope changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from saddlepoint.report.plots_style import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    figure,
    frame,
    legend,
    quantity,
    thousands,
)
from saddlepoint.study.diagnosis.vary import Curve

TOLD: Final = 14
"""More curves are drawn thin, without a legend."""
PIECES: Final = 8
"""A single curve of at most so many pieces says its slopes."""


def vary_picture(curves: Sequence[Curve], asked: tuple[float, float]) -> Any:
    """The curves of one datum, a panel for each problem; grey where no scenario has a plan, a dotted line at the number as it is."""
    problems = list(dict.fromkeys(c.problem for c in curves))
    made, axes = figure(8.0, 1.0 + 3.8 * len(problems), len(problems))
    for ax, problem in zip([axes] if len(problems) == 1 else axes, problems, strict=True):
        _panel(ax, [c for c in curves if c.problem == problem], asked)
    return made


def _panel(ax: Any, curves: Sequence[Curve], asked: tuple[float, float]) -> None:
    first = curves[0]
    there = [c for c in curves if len(c.at)]
    title = f"{first.problem}: optimum over {first.datum}" if first.problem else f"Optimum over {first.datum}"
    frame(ax, title, quantity(first.datum, first.unit), "objective")
    for k, curve in enumerate(there):
        _line(ax, curve, k, told=len(there) <= TOLD)
    ax.set_xlim(*asked)
    _no_plan(ax, there, asked)
    if asked[0] <= first.now <= asked[1]:
        ax.axvline(first.now, color=GREY, linestyle=":", linewidth=1.2, label="as it is")
    if len(there) == 1 and len(first.slope) <= PIECES:
        _slopes(ax, there[0])
    thousands(ax.xaxis)
    thousands(ax.yaxis)
    if ax.get_legend_handles_labels()[0]:
        legend(ax)


def _line(ax: Any, curve: Curve, k: int, told: bool) -> None:
    style = {
        "color": COLOURS[k % len(COLOURS)],
        "linestyle": LINES[k % len(LINES)],
        "marker": MARKERS[k % len(MARKERS)],
    }
    thin = {"color": COLOURS[0], "linewidth": 0.7, "alpha": 0.5}
    label = ", ".join(curve.scenario) if told and curve.scenario else None
    ax.plot(curve.at, curve.objective, label=label, markersize=5, clip_on=False, **(style if told else thin))


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
