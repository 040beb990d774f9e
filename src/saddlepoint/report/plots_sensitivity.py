"""The picture of a sensitivity analysis: the most important factors of every measure, with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.report.plots_style import COLOURS, figure, frame, legend
from saddlepoint.report.sensitivity_text import ranked_factors, tables, titled
from saddlepoint.study.sensitivity.analyse import IndexRow, Sensitivity

FACTORS: Final = 12
SYMBOLS: Final = {"mu_star": "μ*", "sigma": "σ", "delta": "δ", "S1": "S₁", "ST": "Sₜ"}
PANELS: Final = 6
"""Measures and scenarios that have a panel; the others are in the table."""


def sensitivity_picture(found: Sensitivity) -> Any:
    """Bars of the indices, one panel per measure and scenario; of Morris the mean absolute effect beside the scatter."""
    panels = list(tables(found))[:PANELS]
    columns = 1 if len(panels) < 2 else 2
    rows = max(1, -(-len(panels) // columns))
    most = max((len(ranked_factors(part, found.main)) for _, _, part in panels), default=1)
    made, axes = figure(7.0 * columns, (1.4 + 0.42 * min(most, FACTORS)) * rows, rows, columns)
    places = np.atleast_1d(axes).reshape(-1)
    for ax, (measure, scenario, part) in zip(places, panels, strict=False):
        _bars(ax, part, found.main, titled(measure, found.scenarios, scenario).replace("_", " "))
    for ax in places[len(panels) :]:
        ax.set_visible(False)
    return made


def _bars(ax: Any, rows: Sequence[IndexRow], main: str, title: str) -> None:
    cells = {(row.factor, row.index): row for row in rows}
    names = [name for name in dict.fromkeys(row.index for row in rows) if name != "mu"]
    order = ranked_factors(rows, main)[:FACTORS]
    place = np.arange(len(order))[::-1]
    width = 0.8 / len(names)
    for k, name in enumerate(names):
        chosen = [cells[factor, name] for factor in order]
        halves = np.nan_to_num([row.half for row in chosen])
        at = place + (len(names) - 1 - 2 * k) * width / 2
        ax.barh(
            at,
            [row.value for row in chosen],
            height=width * 0.92,
            xerr=halves if halves.any() else None,
            color=COLOURS[k],
            ecolor="#444444",
            capsize=2,
            label=SYMBOLS.get(name, name),
        )
    ax.set_yticks(place, [factor.replace("_", " ") for factor in order], parse_math=False)
    frame(ax, title, " and ".join(SYMBOLS.get(name, name) for name in names), "")
    ax.set_ylim(-0.6, len(order) - 0.4)
    ax.grid(visible=False, axis="y")
    legend(ax, loc="lower right")
