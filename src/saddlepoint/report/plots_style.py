"""Colours, markers and frames that all pictures share."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from saddlepoint.errors import FileError, Mark, extra

if TYPE_CHECKING:
    from saddlepoint.uncertain import History

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#000000")
"""The palette of M. Okabe and K. Ito (2008), told apart under every common colour blindness; yellow left out."""
MARKERS: Final = ("o", "s", "^", "D", "v", "P", "X")
LINES: Final = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))
MOST_TIMES: Final = 6
_LEGEND_ROW: Final = 0.08
"""Of the height of an axis."""
GREY: Final = "#6b6b6b"


def figure(width: float = 8.0, height: float = 5.0, rows: int = 1, columns: int = 1) -> tuple[Any, Any]:
    """A figure that needs no window and shows itself in notebooks, and its axes (one, or an array); sizes in inches. UsageError X131."""
    with extra("plots"):
        from matplotlib.figure import Figure

    class ShownFigure(Figure):
        def _repr_png_(self) -> bytes:
            file = io.BytesIO()
            self.savefig(file, format="png")
            return file.getvalue()

    made = ShownFigure(figsize=(width, height), layout="constrained", dpi=120)
    return made, made.subplots(rows, columns)


def quantity(name: str, unit: str = "") -> str:
    """The name of an axis: what is counted, in which unit; underscores are for machines."""
    said = name.replace("_", " ").strip() or name
    return f"{said} [{unit}]" if unit else said


def thousands(axis: Any) -> None:
    """Numbers of an axis with thin spaces between thousands and a true minus; other marks stay as they are."""
    from matplotlib.ticker import FuncFormatter, ScalarFormatter

    def shown(value: float, place: int | None = None) -> str:
        text = f"{value:,.12g}" if abs(value) < 1e12 else f"{value:.6g}"
        return text.replace(",", "\u2009").replace("-", "−")

    if isinstance(axis.get_major_formatter(), ScalarFormatter):
        axis.set_major_formatter(FuncFormatter(shown))


def sequential(*, diverging: bool = False) -> str:
    """The scale of colours of a heat map: even in lightness; through white where numbers have both signs."""
    return "RdBu_r" if diverging else "Blues"


def frame(ax: Any, title: str, x: str, y: str) -> None:
    """Title, axis names, a light grid, thousands apart, and only the two axes that carry numbers."""
    ax.set_title(title, loc="left", fontsize=11, fontweight="bold", parse_math=False)
    ax.set_xlabel(x, parse_math=False)
    ax.set_ylabel(y, parse_math=False)
    ax.grid(visible=True, color="#dddddd", linewidth=0.6)
    ax.set_axisbelow(True)
    thousands(ax.xaxis)
    thousands(ax.yaxis)
    ax.spines[["top", "right"]].set_visible(False)


def legend(ax: Any, handles: Sequence[Any] | None = None, *, typeset: bool = False, **options: Any) -> None:
    """A legend without a box line; none where nothing has a label. typeset: whether its texts are ours and hold formulas."""
    if handles is None and not ax.get_legend_handles_labels()[0]:
        return
    given = {} if handles is None else {"handles": list(handles)}
    made = ax.legend(frameon=True, framealpha=0.9, edgecolor="none", fontsize=9, **given, **options)
    for text in made.get_texts():
        text.set_parse_math(typeset)


def legend_above(ax: Any, **options: Any) -> None:
    """A legend at the upper left with room of its own above what is drawn."""
    legend(ax, loc="upper left", **options)
    columns = int(options.get("ncols", 1))
    rows = -(-len(ax.get_legend_handles_labels()[0]) // columns)
    low, high = ax.get_ylim()
    ax.set_ylim(low, high + (high - low) * _LEGEND_ROW * rows)


def time_ticks(ax: Any, history: History, places: Sequence[int]) -> str:
    """Ticks at some places of a history with its times, where it has some; what the axis is called."""
    if not history.times:
        return "period"
    shown = places[:: max(1, -(-len(places) // MOST_TIMES))]
    ax.set_xticks([k + 1 for k in shown], [history.time(k) for k in shown], fontsize=8)
    return ""


def shown_in_legend(name: str) -> str:
    """A name as a label: matplotlib leaves labels that begin with an underscore out of legends."""
    return f" {name}" if name.startswith("_") else name


def picture_kind(path: Path) -> str:
    """The ending of a picture, without the dot; FileError F041 if pictures have no such ending."""
    kind = path.suffix.lower().lstrip(".") or "png"
    if kind not in ("png", "svg", "pdf"):
        why, fix = "Pictures are .png, .svg or .pdf.", "Give the file one of these endings."
        raise FileError.of("F041", f"{kind!r} is no kind of picture", Mark(path.name), why=why, fix=fix)
    return kind


def save(made: Any, path: Path, force: bool = True) -> None:
    """Write a figure as .png, .svg or .pdf, whole or not at all; FileError F041, F042 (exists, without force)."""
    from saddlepoint.files.atomic import replacing

    kind = picture_kind(path)
    with replacing(path, force) as part:
        made.savefig(part, format=kind)
