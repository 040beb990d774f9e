"""The picture of ranges: how far each number may move, as bars around the number as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.report.plots_style import COLOURS, GREY, figure, frame
from saddlepoint.report.ranges_text import COSTS, INPUTS, PRICES, RangeKind, RangeTable

MOST: Final = 25
"""Numbers that a panel shows, those with the largest prices (amounts)."""


def ranges_picture(found: Sequence[RangeTable]) -> Any:
    """A panel of right-hand sides with prices and one of costs; bars from low to high in units of the number itself."""
    panels = [(title, rows) for title, kind in _PANELS if (rows := _rows(found, kind))]
    if not panels:
        panels = [("No number but 0 has a price or an amount", [])]
    height = sum(1.2 + 0.28 * max(4, len(rows)) for _, rows in panels)
    made, axes = figure(8.0, height, len(panels))
    for ax, (title, rows) in zip([axes] if len(panels) == 1 else axes, panels, strict=True):
        _panel(ax, title, rows)
    return made


_PANELS: Final = (
    ("How far right-hand sides may move while their prices hold", PRICES),
    ("How far costs may move while the plan holds", COSTS),
    ("How far inputs may move while the slope of the objective holds", INPUTS),
)
_Row = tuple[str, float, float, float, float]
"""Name, size of its price or amount, number, low, high."""


def _rows(found: Sequence[RangeTable], kind: RangeKind) -> list[_Row]:
    out: list[_Row] = []
    left, right = kind.slopes
    for one in found:
        if one.kind is not kind:
            continue
        names = [
            ", ".join(map(str, labels)) for labels in zip(*(one.column(n) for n in one.labels), strict=True)
        ]
        names = names or [""] * len(one.shown.rows)
        columns = [one.column(c) for c in (left, right, kind.number, "low", "high")]
        for name, *numbers in zip(names, *columns, strict=True):
            if any(v is None for v in numbers):
                continue
            below, above, now, low, high = map(float, numbers)
            size = max(abs(below), abs(above))
            if size > 0 and now != 0:
                out.append((f"{one.of} ({name})" if name else one.of, size, now, low, high))
    return sorted(out, key=lambda row: -row[1])[:MOST]


def _panel(ax: Any, title: str, rows: Sequence[_Row]) -> None:
    frame(ax, title, "number in % of what it is (dotted); those of 0 are left out", "")
    ax.grid(visible=False, axis="y")
    ends = np.array([_relative(now, end) for *_, now, low, high in rows for end in (low, high)])
    finite = ends[np.isfinite(ends)]
    edge = min(300.0, 1.3 * max(20.0, float(np.abs(finite - 100).max(initial=0.0))))
    for k, (_, _, now, low, high) in enumerate(rows):
        a, b = sorted((_relative(now, low), _relative(now, high)))
        start, stop = max(a, 100 - edge), min(b, 100 + edge)
        ax.plot([start, stop], [k, k], color=COLOURS[0], linewidth=5, solid_capstyle="butt", alpha=0.75)
        for end, whole, marker in ((start, a, "<"), (stop, b, ">")):
            if end != whole:
                ax.plot([end], [k], marker=marker, color=COLOURS[0], markersize=9, clip_on=False)
    ax.axvline(100, color=GREY, linestyle=":", linewidth=1.2)
    ax.set_yticks(range(len(rows)), [row[0] for row in rows], fontsize=8, parse_math=False)
    ax.set_xlim(100 - edge, 100 + edge)
    ax.invert_yaxis()


def _relative(now: float, end: float) -> float:
    """An end in per cent of the number, which is not 0."""
    return 100.0 * end / now
