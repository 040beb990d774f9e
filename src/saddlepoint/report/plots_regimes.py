"""The picture of regimes: scenarios over the two data that vary most, in the colour of their regime; with one, bars of counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.report.plots_style import COLOURS, MARKERS, figure, frame, legend, quantity
from saddlepoint.study.diagnosis.regimes import Regimes

TOLD: Final = 7
"""Regimes with a colour of their own; the others are grey."""
MOST_POINTS: Final = 20_000


def regimes_picture(found: Sequence[Regimes], units: Mapping[str, str]) -> Any:
    """A panel for each problem; units: table → the unit of its numbers."""
    made, axes = figure(8.0, 1.0 + 4.4 * len(found), len(found))
    for ax, one in zip([axes] if len(found) == 1 else axes, found, strict=True):
        if len(one.data) >= 2:
            _map(ax, one, units)
        else:
            _bars(ax, one)
    return made


def _title(one: Regimes) -> str:
    head = f"{one.problem}: " if one.problem else ""
    return f"{head}{one.count:,} scenarios, {len(one.regimes)} regimes"


def _bars(ax: Any, one: Regimes) -> None:
    sizes = [len(r.scenarios) for r in one.regimes[:30]]
    frame(ax, _title(one), "regime", "scenarios")
    ax.bar(range(1, len(sizes) + 1), sizes, color=COLOURS[0])


def _map(ax: Any, one: Regimes, units: Mapping[str, str]) -> None:
    size = np.maximum(np.abs(one.numbers).max(axis=0), 1e-300)
    first, second = np.sort(np.argsort(-np.ptp(one.numbers, axis=0) / size, kind="stable")[:2])
    names = [quantity(one.data[k], units.get(one.data[k].partition("[")[0], "")) for k in (first, second)]
    frame(ax, _title(one), *names)
    place = np.full(int(one.which.max(initial=0)) + 1, -1)
    place[one.which] = np.arange(len(one.which))
    for k, regime in reversed(list(enumerate(one.regimes))):
        rows = place[regime.scenarios][: max(1, MOST_POINTS // len(one.regimes))]
        own = k < TOLD
        ax.scatter(
            one.numbers[rows, first],
            one.numbers[rows, second],
            s=14,
            color=COLOURS[k] if own else "#bbbbbb",
            marker=MARKERS[k] if own else ".",
            label=f"regime {k + 1}: {len(regime.scenarios):,}" if own else None,
        )
    handles, labels = ax.get_legend_handles_labels()
    if labels:
        legend(ax, handles[::-1], loc="center left", bbox_to_anchor=(1.0, 0.5))
