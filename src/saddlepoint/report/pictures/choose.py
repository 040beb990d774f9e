"""Which picture fits a table: its sets decide, a person may say otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Literal, get_args

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import UsageError, suggest
from saddlepoint.records import dataclass
from saddlepoint.report.pictures.cells import Dimension, PlotData

PictureKind = Literal["area", "lines", "bars", "heat", "duration", "distribution", "band"]
KINDS: Final = get_args(PictureKind)
MOST_SERIES: Final = 7
"""Colours that are told apart; the series beyond are added up as `other`."""
MOST_LINES: Final = 7
MOST_FACETS: Final = 12
MOST_PLAIN: Final = 6
"""Among more panels than this, those of zeros alone are left out."""
MOST_BARS: Final = 40
LONG: Final = 24
"""From so many items on, prices over time are sorted into a duration curve."""
OTHER: Final = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What is drawn, apart from how: panels of one kind that share their scales.

    x: the horizontal dimension, None where the numbers themselves are; series: what is told apart by colour (in a heat map: the vertical
    one); panels: title → numbers, shape (series, x), (x,) without series, (n,) of a distribution; over: what a distribution or a band
    is counted over; notes: what the picture leaves out.
    """

    kind: PictureKind
    title: str
    x: Dimension | None
    series: Dimension | None
    panels: tuple[tuple[str, Array], ...]
    value: str
    unit: str = ""
    over: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a person says of a picture: its kind, and the sets that go across, into colours and into panels."""

    kind: PictureKind | None = None
    x: str | None = None
    colour: str | None = None
    panels: str | None = None


def choose_picture(cells: PlotData, wishes: Wishes | None = None) -> Picture:
    """The picture of a table; UsageError X524 (no such set), X525 (a kind that the table has no sets for)."""
    wishes = wishes or Wishes()
    cells, fixed = cells.pruned().squeezed()
    x, colour, facets = _roles(cells, wishes)
    kind = wishes.kind or _kind(cells, x, colour, facets)
    if kind in ("distribution", "band"):
        return _spread(cells, kind, x, fixed)
    if x is None and cells.dimensions:
        raise UsageError.of(
            "X525", f"a picture of kind {kind!r} needs a set to go across", fix="Choose another kind."
        )
    notes = _weighted(cells)
    if kind == "heat" and colour is None:
        kind = "bars"
    panels, cells = _panels(cells, x, colour, facets, notes)
    series = None if colour is None else cells.dimensions[colour]
    if series is not None and kind != "heat" and len(series) > MOST_SERIES:
        panels, series = _grouped(panels, series, kind, notes)
    across = None if x is None else cells.dimensions[x]
    if kind == "bars" and across is not None and len(across) > MOST_BARS:
        panels, across = _largest(panels, across, notes)
    return Picture(
        kind=kind,
        title=_title(cells, fixed),
        x=across,
        series=series,
        panels=tuple(panels),
        value=cells.value,
        unit=cells.unit,
        notes=tuple(notes),
    )


def _weighted(cells: PlotData) -> list[str]:
    """What has to be said of the prices of outcomes."""
    names = [d.name for d in cells.dimensions if d.kind == "outcome"]
    return (
        [f"of one unit more in one of {' and '.join(names)} alone, so small where it is unlikely"]
        if cells.price and names
        else []
    )


def _title(cells: PlotData, fixed: dict[str, str]) -> str:
    at = ", ".join(f"{name} {label}" for name, label in fixed.items() if label)
    return " — ".join(
        part for part in (cells.title, cells.description if len(cells.description) < 70 else "", at) if part
    )


def _find(cells: PlotData, name: str) -> int:
    for k, one in enumerate(cells.dimensions):
        if one.name.casefold() == name.casefold():
            return k
    names = [d.name for d in cells.dimensions]
    raise UsageError.of("X524", f"the table has no set {name!r} of several items", fix=suggest(name, names))


def _roles(cells: PlotData, wishes: Wishes) -> tuple[int | None, int | None, list[int]]:
    """The dimension across, that of the colours, and those of the panels."""
    free = list(range(len(cells.dimensions)))
    asked: dict[str, int | None] = {}
    for role in ("x", "colour", "panels"):
        name = getattr(wishes, role)
        asked[role] = None if name is None else _find(cells, name)
        if asked[role] in free:
            free.remove(asked[role])  # pyright: ignore[reportArgumentType]
    x = asked["x"] if asked["x"] is not None else _across(cells, free)
    if x in free:
        free.remove(x)
    colour = asked["colour"] if asked["colour"] is not None else _coloured(cells, free, x)
    if colour in free:
        free.remove(colour)
    facets = ([asked["panels"]] if asked["panels"] is not None else []) + free
    return x, colour, facets


def _across(cells: PlotData, free: Sequence[int]) -> int | None:
    """Time goes across, or else another scale, or the largest set."""
    if not free:
        return None
    d = cells.dimensions
    plain = [k for k in free if not d[k].apart]
    time = [k for k in plain if d[k].time]
    scale = [k for k in plain if d[k].numbers is not None] or [k for k in free if d[k].numbers is not None]
    return max(time or scale or plain or list(free), key=lambda k: len(d[k]))


def _coloured(cells: PlotData, free: Sequence[int], x: int | None) -> int | None:
    """Colours tell technologies apart, or scenarios where there is nothing else."""
    if x is None or not free:
        return None
    d = cells.dimensions
    plain = [k for k in free if not d[k].apart]
    return max(plain or list(free), key=lambda k: (len(d[k]) <= MOST_SERIES, len(d[k])))


def _kind(cells: PlotData, x: int | None, colour: int | None, facets: Sequence[int]) -> PictureKind:
    d, values = cells.dimensions, cells.values
    if x is None:
        return "bars"
    scenarios = [k for k in (x, colour, *facets) if k is not None and d[k].apart]
    if np.prod([len(d[k]) for k in scenarios], dtype=np.int64) > MOST_BARS:
        ordered = not d[x].apart and d[x].numbers is not None
        alone = len(d) - len(scenarios) == 1
        return "band" if ordered and alone else "distribution"
    seen = values[np.isfinite(values)]
    whole = bool(len(seen)) and bool(np.isin(np.round(seen, 9), (0.0, 1.0)).all())
    if d[x].numbers is None:
        many = colour is not None and len(d[colour]) * len(d[x]) > MOST_BARS
        return "heat" if many or (colour is not None and len(d[colour]) > 4) else "bars"
    if cells.price and d[x].time and len(d[x]) >= LONG:
        return "duration"
    if colour is None:
        return "lines" if len(d[x]) > 2 else "bars"
    if d[colour].apart or cells.price or cells.column == "reduced_cost":
        return "lines" if len(d[colour]) <= MOST_LINES else "heat"
    if whole or len(d[colour]) > 3 * MOST_SERIES:
        return "heat"
    additive = cells.amounts and bool((seen >= -1e-9 * max(1.0, float(np.abs(seen).max(initial=0.0)))).all())
    return "area" if additive and d[x].time else "lines" if len(d[colour]) <= MOST_LINES else "heat"


def _panels(
    cells: PlotData, x: int | None, colour: int | None, facets: Sequence[int], notes: list[str]
) -> tuple[list[tuple[str, Array]], PlotData]:
    """One array (series, x) or (x,) for every combination of the panels' items."""
    kept = [k for k in (colour, x) if k is not None]
    order = [*facets, *kept]
    values = np.transpose(cells.values, order) if order else cells.values.reshape(1)
    shape = values.shape[: len(facets)]
    flat = values.reshape((-1, *values.shape[len(facets) :]))
    some = [k for k in range(len(flat)) if np.isfinite(flat[k]).any()]
    empty = [k for k in some if not np.nan_to_num(flat[k]).any()]
    if len(some) > MOST_PLAIN and 0 < len(empty) < len(some):
        some = [k for k in some if k not in set(empty)]
        notes.append(f"{len(empty)} panels hold nothing but zeros")
    if len(some) > MOST_FACETS:
        sets = " and ".join(cells.dimensions[k].name for k in facets)
        notes.append(f"the first {MOST_FACETS} of {len(some)} panels by {sets}; where chooses others")
    panels: list[tuple[str, Array]] = []
    for k in some[:MOST_FACETS]:
        at = np.unravel_index(k, shape) if shape else ()
        labels = [
            f"{cells.dimensions[f].name} {cells.dimensions[f].items[int(i)]}"
            for f, i in zip(facets, at, strict=True)
        ]
        panels.append((", ".join(labels), flat[k]))
    return panels, cells


def _grouped(
    panels: list[tuple[str, Array]], series: Dimension, kind: PictureKind, notes: list[str]
) -> tuple[list[tuple[str, Array]], Dimension]:
    """The largest series; the others added up where amounts are stacked, else left out."""
    size = np.nansum([np.nansum(np.abs(p), axis=1) for _, p in panels], axis=0)
    most = MOST_SERIES - 1 if kind == "area" else MOST_SERIES
    large = np.sort(np.argsort(-size, kind="stable")[:most])
    rest = np.setdiff1d(np.arange(len(series)), large)
    items = tuple(series.items[int(k)] for k in large)
    if kind == "area":
        grouped = [(t, np.vstack([p[large], np.nansum(p[rest], axis=0, keepdims=True)])) for t, p in panels]
        notes.append(f"{OTHER}: the {len(rest)} smaller of {len(series)} {series.name}, added up")
        return grouped, replace(series, items=(*items, OTHER), numbers=None)
    notes.append(f"the {most} largest of {len(series)} {series.name}")
    return [(t, p[large]) for t, p in panels], replace(series, items=items, numbers=None)


def _largest(
    panels: list[tuple[str, Array]], across: Dimension, notes: list[str]
) -> tuple[list[tuple[str, Array]], Dimension]:
    """The items with the largest bars, in their order."""
    size = np.nansum([np.nansum(np.abs(np.atleast_2d(p)), axis=0) for _, p in panels], axis=0)
    places = np.sort(np.argsort(-size, kind="stable")[:MOST_BARS])
    notes.append(f"the {MOST_BARS} largest of {len(across)} {across.name}")
    numbers = None if across.numbers is None else across.numbers[places]
    items = tuple(across.items[int(k)] for k in places)
    return [(t, p[..., places]) for t, p in panels], replace(across, items=items, numbers=numbers)


def _spread(cells: PlotData, kind: PictureKind, x: int | None, fixed: dict[str, str]) -> Picture:
    """How the numbers of many scenarios are distributed: over a scale as a band, else a panel for each item."""
    d = cells.dimensions
    scenario = [k for k, one in enumerate(d) if one.apart]
    plain = [k for k in range(len(d)) if k not in scenario]
    count = int(np.prod([len(d[k]) for k in scenario], dtype=np.int64))
    kinds = [kind for kind in ("scenario", "outcome") if any(d[k].kind == kind for k in scenario)]
    over = " and ".join(f"{kind}s" for kind in kinds)
    notes = [f"{count:,} {over}{', each counted once' if 'outcome' in kinds else ''}", *_weighted(cells)]
    if kind == "band" and x is not None and x in plain:
        values = np.moveaxis(cells.values, x, -1).reshape(-1, len(d[x]))
        panels, across = [("", values)], d[x]
    else:
        kind, across = "distribution", None
        values = np.transpose(cells.values, [*plain, *scenario]).reshape((-1, count))
        shape = [len(d[k]) for k in plain]
        titles = [
            ", ".join(
                d[k].items[int(i)]
                for k, i in zip(plain, np.unravel_index(p, shape) if shape else (), strict=True)
            )
            for p in range(len(values))
        ]
        panels = [(t, v) for t, v in zip(titles, values, strict=True) if np.isfinite(v).any()]
        if len(panels) > MOST_FACETS:
            notes.append(f"the first {MOST_FACETS} of {len(panels)} panels")
    return Picture(
        kind=kind, title=_title(cells, fixed), x=across, series=None, panels=tuple(panels[:MOST_FACETS]),
        value=cells.value, unit=cells.unit, over=over, notes=tuple(notes),
    )  # fmt: skip
