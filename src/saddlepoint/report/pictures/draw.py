"""A Picture as a figure of matplotlib: panels with common scales, one legend outside them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.report.pictures.choose import Picture
from saddlepoint.report.plots_style import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    figure,
    frame,
    legend,
    quantity,
    sequential,
    shown_in_legend,
    thousands,
)

_FEW: Final = 40
"""Up to so many points each has its mark, and amounts are bars rather than areas."""
_ANNOTATED: Final = 120
"""Up to so many cells a heat map says its numbers."""


def draw_picture(picture: Picture) -> Any:
    """The figure of a picture. UsageError X131 without matplotlib."""
    count = max(1, len(picture.panels))
    columns = _columns(count)
    rows = math.ceil(count / columns)
    height = 2.7 if count > 1 else _height(picture)
    made, grid = figure(
        8.4 if columns == 1 else 11.0, height * rows + (0.4 if rows > 1 else 0.0), rows, columns
    )
    axes = np.atleast_1d(np.asarray(grid, dtype=object)).reshape(-1)
    for k, ax in enumerate(axes):
        if k >= len(picture.panels):
            ax.set_axis_off()
            continue
        title, values = picture.panels[k]
        _DRAWN[picture.kind](ax, picture, values)
        frame(
            ax, title, *_axis_names(picture, last=k + columns >= len(picture.panels), first=k % columns == 0)
        )
        ax.title.set_fontsize(10 if count > 1 else 11)
    _share(picture, axes[: len(picture.panels)])
    _finish(made, picture, axes)
    return made


def _columns(count: int) -> int:
    """How many panels stand beside each other."""
    return 1 if count == 1 else 2 if count in (2, 4) else 3


def _height(picture: Picture) -> float:
    """The inches of a picture of one panel: of names below each other as many as they need."""
    series, items = len(picture.series or ()), len(picture.x or ())
    if picture.kind == "heat":
        return max(3.6, 1.4 + 0.24 * series)
    return max(2.4, 1.4 + 0.24 * items * max(1, 0.5 * series)) if _flat(picture) else 4.6


def _flat(picture: Picture) -> bool:
    """Whether bars lie: names are read, not numbers."""
    return picture.kind == "bars" and (picture.x is None or picture.x.numbers is None)


def _axis_names(picture: Picture, *, last: bool, first: bool) -> tuple[str, str]:
    value = quantity(picture.value, picture.unit)
    if picture.kind == "heat":
        return (picture.x.name if picture.x and last else ""), (
            picture.series.name if picture.series and first else ""
        )
    if picture.kind == "distribution":
        return (value if last else ""), (picture.over if first else "")
    if picture.kind == "duration" and picture.x is not None:
        return (f"share of {picture.x.name} [%]" if last else ""), (value if first else "")
    across = picture.x.name if picture.x is not None else ""
    return (
        ((value if last else ""), "")
        if _flat(picture)
        else ((across if last else ""), (value if first else ""))
    )


def _places(picture: Picture) -> Array:
    """Where the items across stand: dates as days, numbers where they are evenly read, else 0, 1, 2, …"""
    x = picture.x
    assert x is not None
    if x.numbers is None:
        return np.arange(len(x), dtype=np.float64)
    return x.numbers / 86_400.0 if x.dates else x.numbers


def _edges(places: Array) -> Array:
    """The borders between places, one more than these."""
    if len(places) == 1:
        return np.array([places[0] - 0.5, places[0] + 0.5])
    middle = 0.5 * (places[1:] + places[:-1])
    first, last = places[0] - (middle[0] - places[0]), places[-1] + (places[-1] - middle[-1])
    return np.concatenate([[first], middle, [last]])


def _scale(ax: Any, picture: Picture) -> None:
    """Ticks of the horizontal axis."""
    x = picture.x
    assert x is not None
    if x.dates:
        from matplotlib import dates

        found = dates.AutoDateLocator(minticks=3, maxticks=7)
        ax.xaxis.set_major_locator(found)
        ax.xaxis.set_major_formatter(dates.ConciseDateFormatter(found))
    elif x.numbers is None or not all(_is_number(item) for item in x.items):
        step = max(1, math.ceil(len(x) / 16))
        turn = sum(map(len, x.items[::step])) > 70
        ax.set_xticks(
            _places(picture)[::step], x.items[::step], rotation=30 if turn else 0, ha="right" if turn else "center",
            parse_math=False,
        )  # fmt: skip
    elif x.time and len(x) <= 16:
        ax.set_xticks(_places(picture), x.items)
    else:
        from matplotlib.ticker import MaxNLocator, StrMethodFormatter

        ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=bool((x.numbers % 1 == 0).all())))
        if x.time:  # a year is no amount
            ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))


def _is_number(item: str) -> bool:
    return item.replace(".", "", 1).replace("-", "", 1).isdigit()


def _area(ax: Any, picture: Picture, values: Array) -> None:
    """Amounts over time, one on the other, each holding through its period."""
    places = _places(picture)
    edges, filled = _edges(places), np.nan_to_num(values)
    below = np.zeros(filled.shape[1])
    for rank, row in enumerate(filled):
        top = below + row
        style = {"color": colour(rank), "linewidth": 0.0, "label": _label(picture, rank), "zorder": 2}
        if len(places) <= _FEW:
            ax.bar(places, row, 0.92 * np.diff(edges), bottom=below, **style)
        else:
            ax.fill_between(edges, np.append(below, below[-1]), np.append(top, top[-1]), step="post", **style)
        below = top
    ax.set_ylim(bottom=0.0)
    ax.set_xlim(edges[0], edges[-1])
    _scale(ax, picture)


def _lines(ax: Any, picture: Picture, values: Array) -> None:
    places = _places(picture)
    for rank, row in enumerate(np.atleast_2d(values)):
        marker = MARKERS[rank % len(MARKERS)] if len(places) <= _FEW else ""
        style = {"color": colour(rank), "linestyle": LINES[rank % len(LINES)], "marker": marker}
        ax.plot(places, row, label=_label(picture, rank), ms=4, lw=1.7, **style)
    _scale(ax, picture)
    _base(ax)


def _bars(ax: Any, picture: Picture, values: Array) -> None:
    from matplotlib.ticker import MaxNLocator

    table = np.atleast_2d(values)
    places = np.arange(table.shape[1]) if picture.x is None or picture.x.numbers is None else _places(picture)
    step = 1.0 if len(places) < 2 else float(np.min(np.diff(places)))
    width = 0.8 * step / len(table)
    flat = _flat(picture)
    for rank, row in enumerate(table):
        at = places + (rank - 0.5 * (len(table) - 1)) * width
        style = {"color": colour(rank), "label": _label(picture, rank), "zorder": 2}
        (ax.barh if flat else ax.bar)(at, row, 0.94 * width, **style)
    if flat:
        names = picture.x.items if picture.x is not None else ("",)
        ax.set_yticks(
            places, [_short(n) for n in names], parse_math=False, fontsize=9 if len(names) < 30 else 7
        )
        ax.set_ylim(len(places) - 0.5, -0.5)
        ax.xaxis.set_major_locator(MaxNLocator(nbins=8 if len(picture.panels) == 1 else 4))
        _say(ax, places, table)
    else:
        _scale(ax, picture)
        _base(ax)


def _say(ax: Any, places: Array, table: Array) -> None:
    """The number at the end of every bar, where one series has few."""
    if len(table) > 1 or len(places) > 15:
        return
    for place, value in zip(places, table[0], strict=True):
        if np.isfinite(value):
            ax.annotate(
                brief(float(value)), (value, place), xytext=(4 if value >= 0 else -4, 0), textcoords="offset points",
                va="center", ha="left" if value >= 0 else "right", fontsize=8, color=GREY,
            )  # fmt: skip
    ax.margins(x=0.12)


def _heat(ax: Any, picture: Picture, values: Array) -> None:
    x, y = picture.x, picture.series
    assert x is not None and y is not None
    low, high = _limits(picture)
    diverging = low < 0.0 < high
    reach = max(-low, high)
    limits = (-reach, reach) if diverging else (low, high)
    places = _places(picture) if x.dates else np.arange(len(x), dtype=np.float64)
    shown = ax.pcolormesh(
        _edges(places), np.arange(len(y) + 1) - 0.5, np.ma.masked_invalid(values), cmap=sequential(diverging=diverging),
        vmin=limits[0], vmax=limits[1], rasterized=values.size > 2_000,
    )  # fmt: skip
    ax.set_facecolor("#f4f4f4")
    step = max(1, math.ceil(len(y) / 40))
    ax.set_yticks(range(0, len(y), step), [_short(n) for n in y.items[::step]], parse_math=False, fontsize=8)
    ax.set_ylim(len(y) - 0.5, -0.5)
    if x.dates:
        _scale(ax, picture)
    else:
        most = 24 if max(map(len, x.items)) <= 3 else 12
        step = max(1, math.ceil(len(x) / most))
        turn = sum(len(n) + 2 for n in x.items[::step]) > 110 / (1 if len(picture.panels) == 1 else 2)
        ax.set_xticks(
            range(0, len(x), step), [_short(n) for n in x.items[::step]], rotation=30 if turn else 0,
            ha="right" if turn else "center", parse_math=False, fontsize=8,
        )  # fmt: skip
    if values.size <= _ANNOTATED and len(picture.panels) == 1:
        _write_cells(ax, values, limits, diverging=diverging)
    ax.saddlepoint_shown = shown


def _write_cells(ax: Any, values: Array, limits: tuple[float, float], *, diverging: bool) -> None:
    span = (limits[1] - limits[0]) or 1.0
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            depth = (value - limits[0]) / span
            dark = abs(depth - 0.5) > 0.35 if diverging else depth > 0.55
            ax.text(
                column,
                row,
                brief(float(value)),
                ha="center",
                va="center",
                fontsize=8,
                color="white" if dark else "black",
            )


def _duration(ax: Any, picture: Picture, values: Array) -> None:
    """Each series sorted, the largest first, over the share of time."""
    for rank, row in enumerate(np.atleast_2d(values)):
        known = np.sort(row[np.isfinite(row)])[::-1]
        if len(known):
            edges = np.linspace(0.0, 100.0, len(known) + 1)
            style = {"color": colour(rank), "linestyle": LINES[rank % len(LINES)], "lw": 1.8}
            ax.plot(
                edges,
                np.append(known, known[-1]),
                drawstyle="steps-post",
                label=_label(picture, rank),
                **style,
            )
    ax.set_xlim(0.0, 100.0)
    _base(ax)


def _distribution(ax: Any, picture: Picture, values: Array) -> None:
    known = values[np.isfinite(values)]
    ax.hist(known, bins=min(60, max(8, int(math.sqrt(len(known))))), color=colour(0), zorder=2)
    middle = float(np.median(known))
    ax.axvline(middle, color=GREY, lw=1.2, linestyle="--", zorder=3)
    ax.annotate(
        f"median {brief(middle)}", (middle, 1.0), xycoords=("data", "axes fraction"), xytext=(4, -2),
        textcoords="offset points", va="top", fontsize=8, color=GREY,
    )  # fmt: skip


def _band(ax: Any, picture: Picture, values: Array) -> None:
    """Over a scale: the median of many scenarios, and the ranges that hold half and nine tenths of them."""
    places = _places(picture)
    known = values[:, np.isfinite(values).any(axis=0)]
    seen = places[np.isfinite(values).any(axis=0)]
    low, quarter, middle, upper, high = np.nanquantile(known, (0.05, 0.25, 0.5, 0.75, 0.95), axis=0)
    ax.fill_between(
        seen, low, high, color=colour(0), alpha=0.2, linewidth=0.0, label=f"90 % of the {picture.over}"
    )
    ax.fill_between(seen, quarter, upper, color=colour(0), alpha=0.35, linewidth=0.0, label="half of them")
    ax.plot(seen, middle, color=colour(0), lw=1.8, label="median")
    _scale(ax, picture)
    _base(ax)


_DRAWN: Final[Mapping[str, Callable[[Any, Picture, Array], None]]] = {
    "area": _area,
    "lines": _lines,
    "bars": _bars,
    "heat": _heat,
    "duration": _duration,
    "distribution": _distribution,
    "band": _band,
}


def _base(ax: Any) -> None:
    """Zero is shown where numbers are of one sign and not far from it."""
    low, high = ax.get_ylim()
    if low > 0.0 and low < 0.5 * high:
        ax.set_ylim(bottom=0.0)
    elif low < 0.0 < high:
        ax.axhline(0.0, color=GREY, lw=0.8, zorder=1)


def _limits(picture: Picture) -> tuple[float, float]:
    known = _known(picture)
    low, high = float(known.min(initial=np.inf)), float(known.max(initial=-np.inf))
    return (0.0 if 0.0 <= low <= 0.5 * high else low), (high if high > low else low + 1.0)


def _whole(picture: Picture) -> bool:
    """Whether the numbers are yes and no."""
    return bool(np.isin(np.round(_known(picture), 9), (0.0, 1.0)).all())


def _known(picture: Picture) -> Array:
    return np.concatenate([p[np.isfinite(p)] for _, p in picture.panels] or [np.zeros(1)])


def _share(picture: Picture, axes: Array) -> None:
    """Panels of one picture have one scale of numbers; where all of these are 0 it has no other mark."""
    which = "x" if _flat(picture) else "y"
    if picture.kind in ("lines", "duration", "bars") and not _known(picture).any():
        for ax in axes:
            ax.set(**{f"{which}lim": (-1.0, 1.0), f"{which}ticks": [0]})
    if len(axes) < 2 or picture.kind in ("heat", "distribution"):
        return
    limits = [getattr(ax, f"get_{which}lim")() for ax in axes]
    for ax in axes:
        ax.set(**{f"{which}lim": (min(a for a, _ in limits), max(b for _, b in limits))})


def _finish(made: Any, picture: Picture, axes: Array) -> None:
    """The title, the legend beside the panels, and what the picture leaves out."""
    many = len(picture.panels) > 1
    if many or picture.title:
        made.suptitle(picture.title, x=0.01, ha="left", fontsize=12, fontweight="bold", parse_math=False)
    if picture.kind == "heat":
        shown = axes[0].saddlepoint_shown
        bar = made.colorbar(shown, ax=list(axes), shrink=0.9, pad=0.01)
        bar.set_label(quantity(picture.value, picture.unit), parse_math=False)
        bar.outline.set_visible(False)
        if _whole(picture):
            bar.set_ticks([0, 1])
        thousands(bar.ax.yaxis)
    elif picture.series is not None or picture.kind == "band":
        handles, _ = axes[0].get_legend_handles_labels()
        stacked = picture.kind == "area"
        legend(
            axes[_columns(max(1, len(picture.panels))) - 1],
            handles[::-1] if stacked else handles, loc="upper left", bbox_to_anchor=(1.0, 1.0),
            title=picture.series.name if picture.series is not None else None,
        )  # fmt: skip
    if picture.notes:
        made.supxlabel("; ".join(picture.notes), fontsize=8, color=GREY, x=0.99, ha="right", parse_math=False)


def colour(rank: int) -> str:
    """The colour of a series."""
    return COLOURS[rank % len(COLOURS)]


def _label(picture: Picture, rank: int) -> str:
    return "" if picture.series is None else shown_in_legend(_short(picture.series.items[rank]))


def _short(name: str, most: int = 32) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def brief(value: float) -> str:
    """A number in four figures, thousands apart."""
    if abs(value) < 1e-9:
        return "0"
    if 1e-3 <= abs(value) < 1e7:
        digits = max(0, 3 - math.floor(math.log10(abs(value))))
        text = f"{value:,.{min(digits, 6)}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text.replace(",", "\u2009").replace("-", "−")
    return f"{value:.3g}".replace("-", "−")
