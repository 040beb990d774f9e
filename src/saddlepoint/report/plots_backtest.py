"""Pictures of a back-test: levels against what came, coverage with limits, the curve of cost, coverage and regret."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from saddlepoint.printing.grid import percent
from saddlepoint.promises import Backtest, JudgedBuffer, PromiseCurve
from saddlepoint.report.plots_style import (
    COLOURS,
    GREY,
    LINES,
    figure,
    frame,
    legend,
    legend_above,
    time_ticks,
)

MOST_LEVELS = 3


def backtest_picture(found: Backtest, unit: str = "units", money: str = "money") -> Any:
    """Four pictures in one figure."""
    made, axes = figure(13.0, 9.0, 2, 2)
    _levels(axes[0, 0], found, unit)
    _coverage(axes[0, 1], found)
    _misses(axes[1, 0], found)
    _curve(axes[1, 1], found, money)
    return made


def _shown(found: Backtest) -> Sequence[JudgedBuffer]:
    """The best, the first broken one and the dearest: what there is to see."""
    best = found.best
    broken = next((o for o in reversed(found.judged) if o.word == "broken"), None)
    dear = max(found.judged, key=lambda o: o.level, default=None)
    chosen = [o for o in (best, broken, dear, *found.judged) if o is not None]
    return list({o.buffer: o for o in chosen}.values())[:MOST_LEVELS]


def _levels(ax: Any, found: Backtest, unit: str) -> None:
    place = found.places + 1
    ax.plot(place, found.actual, lw=0, marker="o", ms=3, color=GREY, label="what came")
    for k, one in enumerate(_shown(found)):
        level, missed = found.levels[one.buffer], found.misses[one.buffer]
        ax.step(place, level, where="mid", lw=1.4, color=COLOURS[k], ls=LINES[k], label=one.buffer)
        ax.scatter(
            place[missed], found.actual[missed], s=34, facecolors="none", edgecolors=COLOURS[k], lw=1.2
        )
    frame(
        ax,
        "Promised levels and what came (circles: misses)",
        time_ticks(ax, found.history, found.places.tolist()),
        unit,
    )
    legend_above(ax)


def _coverage(ax: Any, found: Backtest) -> None:
    judged = sorted(found.judged, key=lambda o: o.reached)
    row = np.arange(len(judged))
    for k, one in zip(row.tolist(), judged, strict=True):
        colour = COLOURS[1] if one.word == "broken" or one.since else COLOURS[0]
        ax.plot([100 * one.low, 100 * one.high], [k, k], color=colour, lw=2.2)
        ax.plot(100 * one.reached, k, marker="o", ms=5, color=colour)
    ax.axvline(100 * found.promise, color="black", lw=1.0, ls="--")
    ax.set_yticks(row, [one.buffer for one in judged], fontsize=8)
    ax.set_ylim(-0.6, len(judged) - 0.4)
    frame(ax, "Reached, with 95 % limits (orange: broken or alarm)", "periods covered, %", "")


def _misses(ax: Any, found: Backtest) -> None:
    place, tail = found.places + 1, 1.0 - found.promise
    ax.plot(place, tail * np.arange(1, len(place) + 1), color="black", lw=1.0, ls="--", label="promised")
    for k, one in enumerate(_shown(found)):
        ax.step(
            place,
            np.cumsum(found.misses[one.buffer]),
            where="mid",
            lw=1.4,
            color=COLOURS[k],
            ls=LINES[k],
            label=one.buffer,
        )
    frame(ax, "Misses so far", time_ticks(ax, found.history, found.places.tolist()), "misses")
    ax.yaxis.get_major_locator().set_params(integer=True)
    legend_above(ax)


def _curve(ax: Any, found: Backtest, money: str) -> None:
    for one in found.judged:
        colour = COLOURS[1] if one.word == "broken" or one.since else COLOURS[0]
        ax.scatter(100 * one.reached, one.regret, color=colour, s=26, zorder=3)
    ax.axvline(100 * found.promise, color="black", lw=1.0, ls="--")
    ax.margins(0.12)
    middle = sum(ax.get_xlim()) / 2.0
    for k, one in enumerate(sorted(_shown(found), key=lambda o: o.regret)):
        left = 100 * one.reached > middle
        ax.annotate(
            one.buffer,
            (100 * one.reached, one.regret),
            xytext=(-6 if left else 6, -12 if k == 0 else 6),
            textcoords="offset points",
            ha="right" if left else "left",
            fontsize=8,
        )
    frame(ax, "Coverage and regret against hindsight", "periods covered, %", f"regret per period ({money})")


def curve_picture(curve: PromiseCurve, unit: str = "units", money: str = "money") -> Any:
    """Misses against promises with their bounds, and cost of misses: regret against misses with both bounds."""
    made, axes = figure(13.0, 5.0, 1, 2)
    _bounds(axes[0], curve)
    _frontier(axes[1], curve, money)
    made.suptitle(
        f"{curve.history.name}: {curve.buffer}, {curve.judges} judges; levels in {unit}", fontsize=10
    )
    return made


def _bounds(ax: Any, curve: PromiseCurve) -> None:
    place = np.arange(len(curve.promises))
    sure = f"at most, with {percent(curve.confidence)} % for all at once"
    ax.fill_between(place, 0.0, 100 * curve.missed_most, color=COLOURS[0], alpha=0.12, lw=0)
    ax.plot(place, 100 * curve.missed_most, color=COLOURS[0], lw=1.4, label=sure)
    ax.plot(place, 100 * curve.missed_expected, color=COLOURS[0], lw=1.2, ls=":", label="at most, on average")
    ax.plot(place, 100 * curve.missed, color=COLOURS[0], lw=0, marker="o", ms=5, label="missed")
    ax.plot(place, 100 * (1.0 - curve.promises), color="black", lw=1.0, ls="--", label="promised")
    named = [
        f"{percent(p)}\n{level:.5g}"
        for p, level in zip(curve.promises.tolist(), curve.level.tolist(), strict=True)
    ]
    ax.set_xticks(place, named, fontsize=8)
    frame(ax, "Misses of each promise", "promise, %, and its level", "periods missed, %")
    legend(ax, loc="upper right")


def _frontier(ax: Any, curve: PromiseCurve, money: str) -> None:
    ax.plot(100 * curve.missed, curve.regret, color=COLOURS[0], lw=1.4, marker="o", ms=5, label="as judged")
    if np.isfinite(curve.regret_most).all():
        ax.plot(
            100 * curve.missed_most,
            curve.regret_most,
            color=COLOURS[1],
            lw=1.4,
            marker="s",
            ms=4,
            label="bounds of both",
        )
    best = curve.least_regret
    for k in dict.fromkeys((0, best, len(curve.promises) - 1)):
        at = (100 * curve.missed[k], curve.regret[k])
        ax.annotate(
            f"{percent(curve.promises[k])} %", at, xytext=(6, 6), textcoords="offset points", fontsize=8
        )
    ax.margins(0.12)
    frame(ax, "Regret against misses, by promise", "periods missed, %", f"regret per period ({money})")
    legend(ax, loc="best")
