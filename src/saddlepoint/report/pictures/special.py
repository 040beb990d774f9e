"""Pictures of what is no table over sets: objectives of scenarios, ways to convergence, trade-offs, scenario trees."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import UsageError
from saddlepoint.report.pictures.cells import PlotData, dimension
from saddlepoint.report.pictures.choose import MOST_FACETS
from saddlepoint.report.pictures.draw import brief, colour
from saddlepoint.report.plots_style import (
    GREY,
    LINES,
    MARKERS,
    figure,
    frame,
    legend,
    quantity,
    shown_in_legend,
)
from saddlepoint.store import Store, last_outcomes
from saddlepoint.store.identifiers import fold
from saddlepoint.store.runs import last_convergence
from saddlepoint.store.sets import items_of_sets

if TYPE_CHECKING:
    from saddlepoint.study.frontier.trace import Frontier

OF_PLANS: Final = "_scenarios"
CONVERGENCE: Final = "_convergence"
MOST_FRONTS: Final = 12


def outcome_cells(store: Store, column: str | None = None, unit: str = "") -> PlotData:
    """The objectives (or another number) of the newest answers over problems and scenarios; unit: of objectives. UsageError X522,
    StoreError."""
    header, rows = last_outcomes(store)
    if not rows:
        raise UsageError.of("X522", "there are no results yet", fix="Solve first: `saddle run DIR`.")
    name = column or "objective"
    if name not in header:
        raise UsageError.of("X521", f"table {OF_PLANS!r} has no column of numbers {name!r}")
    sets = [n for n in header if n.endswith("_Name")]
    named = not sets or any(row[header.index("problem")] for row in rows)
    keys = [k for k, n in enumerate(header) if n.endswith("_Name") or (n == "problem" and named)]
    known = items_of_sets(store)
    places = [
        _places(known.get(fold(header[k].removesuffix("_Name")), ()), (row[k] for row in rows)) for k in keys
    ]
    values = np.full(tuple(map(len, places)), np.nan)
    at = header.index(name)
    for row in rows:
        cell = tuple(found[_label(row[k])] for k, found in zip(keys, places, strict=True))
        values[cell] = np.nan if row[at] is None else float(row[at])
    dimensions = tuple(
        dimension(header[k].removesuffix("_Name"), [*found], None if header[k] == "problem" else "scenario")
        for k, found in zip(keys, places, strict=True)
    )
    return PlotData(
        table=name, column=name, dimensions=dimensions, values=values, unit=unit if name in ("objective", "bound") else "",
        description="of every scenario" if values.size > 1 else "",
    )  # fmt: skip


def _places(items: Sequence[str], cells: Iterable[object]) -> dict[str, int]:
    """The labels that occur, in the order of their set, with their places; unknown ones last."""
    occurring = dict.fromkeys(map(_label, cells))
    ordered = [*(item for item in items if item in occurring), *occurring]
    return {label: k for k, label in enumerate(dict.fromkeys(ordered))}


def _label(cell: object) -> str:
    return "" if cell is None else str(cell)


def convergence_picture(store: Store) -> Any:
    """How far tables still moved, in units of their thresholds, iteration by iteration; a panel for every scenario."""
    header, rows = last_convergence(store)
    names = [n for n in header if n.endswith("_Name")]
    if not rows:
        raise UsageError.of(
            "X522", "no run of coupled problems is recorded", fix="Solve first, with `mode='integrated'`."
        )
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for *labels, iteration, table, change, threshold in rows:
        title = ", ".join(
            f"{n.removesuffix('_Name')} {v}" for n, v in zip(names, labels, strict=True) if v is not None
        )
        if change is not None and threshold:
            panels.setdefault(title, {}).setdefault(str(table), []).append((iteration, change / threshold))
    shown = dict(list(panels.items())[:MOST_FACETS])
    columns = min(3, max(1, len(shown)))
    count = -(-len(shown) // columns)
    made, grid = figure(4.2 * columns + 1.5, 3.0 * count + 0.4, count, columns)
    axes = np.atleast_1d(np.asarray(grid, dtype=object)).reshape(-1)
    tables = list(dict.fromkeys(t for panel in shown.values() for t in panel))
    for k, ax in enumerate(axes):
        if k >= len(shown):
            ax.set_axis_off()
            continue
        title, panel = list(shown.items())[k]
        _one_convergence(ax, panel, tables)
        frame(
            ax,
            title,
            "iteration" if k + columns >= len(shown) else "",
            "change / threshold" if k % columns == 0 else "",
        )
    legend(
        axes[columns - 1 if len(shown) >= columns else 0],
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        title="table",
    )
    made.suptitle("Convergence", x=0.01, ha="left", fontsize=12, fontweight="bold")
    if len(panels) > len(shown):
        made.supxlabel(
            f"the first {len(shown)} of {len(panels)} scenarios", fontsize=8, color=GREY, x=0.99, ha="right"
        )
    return made


def _one_convergence(
    ax: Any, panel: Mapping[str, Sequence[tuple[float, float]]], tables: Sequence[str]
) -> None:
    low = min((c for points in panel.values() for _, c in points if c > 0.0), default=0.1)
    floor = max(0.3 * min(low, 1.0), 1e-9)
    for table in tables:
        rank, points = tables.index(table), panel.get(table, [])
        style = {
            "color": colour(rank),
            "linestyle": LINES[rank % len(LINES)],
            "marker": MARKERS[rank % len(MARKERS)],
        }
        ax.plot(
            [i for i, _ in points], [max(c, floor) for _, c in points], ms=5, lw=1.6, label=table, **style
        )
    ax.axhspan(1e-13, 1.0, color="#009E73", alpha=0.08, linewidth=0.0)
    ax.axhline(1.0, color=GREY, lw=1.0, linestyle=":")
    ax.set_yscale("log")
    ax.set_ylim(bottom=0.6 * floor)
    last = max((i for points in panel.values() for i, _ in points), default=1)
    ax.set_xlim(0.5, last + 0.5)
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True, min_n_ticks=1))


def trade_off_picture(one: PlotData, other: PlotData) -> Any:
    """Two figures of the same scenarios against each other: a front where one scale orders them. UsageError X526."""
    names = [d.name for d in one.dimensions]
    if (
        names != [d.name for d in other.dimensions]
        or one.values.size < 2
        or one.values.shape != other.values.shape
    ):
        raise UsageError.of(
            "X526",
            f"{one.table!r} and {other.table!r} are not over the same scenarios",
            why="A trade-off shows two numbers of every scenario.",
            fix="Choose two figures of the report.",
        )
    made, ax = figure()
    x, y = one.values.reshape(-1), other.values.reshape(-1)
    known = np.isfinite(x) & np.isfinite(y)
    if len(one.dimensions) == 1:
        order = np.flatnonzero(known)[np.argsort(x[known], kind="stable")]
        ax.plot(x[order], y[order], color=colour(0), lw=1.4, zorder=2)
    ax.scatter(x[known], y[known], color=colour(0), s=36 if known.sum() < 200 else 8, zorder=3)
    if known.sum() <= 30:
        rising = known.sum() > 1 and float(np.cov(x[known], y[known])[0, 1]) > 0.0
        for k in np.flatnonzero(known):
            at = np.unravel_index(k, one.values.shape)
            said = ", ".join(d.items[int(i)] for d, i in zip(one.dimensions, at, strict=True))
            ax.annotate(
                said,
                (x[k], y[k]),
                xytext=(6, -11 if rising else 4),
                textcoords="offset points",
                fontsize=8,
                parse_math=False,
            )
    frame(
        ax,
        f"{other.title} against {one.title}",
        quantity(one.value, one.unit),
        quantity(other.value, other.unit),
    )
    ax.margins(0.12)
    return made


def front_picture(found: Frontier) -> Any:
    """The fronts of the scenarios: the first objective against the second; straight between corners, points at levels."""
    made, ax = figure()
    points, names = found.points, found.names
    for rank, scenario in enumerate(np.unique(points.scenario).tolist()[:MOST_FRONTS]):
        mine = points.scenario == scenario
        said = ", ".join(found.scenarios.coordinates(int(found.which[scenario])))
        line = LINES[rank % len(LINES)] if found.form == "corners" else "none"
        style = {
            "color": colour(rank),
            "linestyle": line,
            "marker": MARKERS[rank % len(MARKERS)],
            "ms": 5,
            "lw": 1.7,
        }
        ax.plot(points.second[mine], points.first[mine], label=shown_in_legend(said), **style)
    said = " and ".join(
        f"{name} {'small' if sense > 0 else 'large'}" for name, sense in zip(names, found.senses, strict=True)
    )
    frame(ax, f"Trade-off: {said}", quantity(names[1], found.units[1]), quantity(names[0], found.units[0]))
    many = len(np.unique(points.scenario))
    if many > 1:
        legend(ax, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    if many > MOST_FRONTS:
        made.supxlabel(
            f"the first {MOST_FRONTS} of {many} scenarios", fontsize=8, color=GREY, x=0.99, ha="right"
        )
    return made


def tree_picture(cells: PlotData, tree: str, parents: Sequence[int]) -> Any:
    """The numbers of a table at the nodes of a scenario tree; panels for the other sets.

    tree: the set whose items are the nodes; parents: of every item the place of its parent, −1 at a root.
    """
    place = next(k for k, d in enumerate(cells.dimensions) if d.name == tree)
    nodes = cells.dimensions[place]
    others = [k for k in range(len(cells.dimensions)) if k != place]
    values = np.transpose(cells.values, [*others, place]).reshape(-1, len(nodes))[:6]
    shape = [len(cells.dimensions[k]) for k in others]
    depth, height = _positions(parents)
    columns = min(2, len(values))
    rows = -(-len(values) // columns)
    width = max(5.5, 1.6 * (float(depth.max()) + 1.0)) * columns
    made, grid = figure(width, max(2.6, 0.42 * (float(height.max()) + 2.0)) * rows, rows, columns)
    for k, ax in enumerate(np.atleast_1d(np.asarray(grid, dtype=object)).reshape(-1)):
        ax.set_axis_off()
        if k < len(values):
            at = np.unravel_index(k, shape) if shape else ()
            title = ", ".join(
                f"{cells.dimensions[o].name} {cells.dimensions[o].items[int(i)]}"
                for o, i in zip(others, at, strict=True)
            )
            _one_tree(ax, nodes.items, values[k], parents, depth, height)
            ax.set_title(title, loc="left", fontsize=10, parse_math=False)
    made.suptitle(f"{quantity(cells.value, cells.unit)} on the tree of {tree}", x=0.01, ha="left", fontsize=12,
                  fontweight="bold", parse_math=False)  # fmt: skip
    return made


def _positions(parents: Sequence[int]) -> tuple[Array, Array]:
    """Depth of every node, and its height: leaves one below the other, a node in the middle of its children."""
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(parents):
        children.setdefault(parent, []).append(node)
    depth, height = np.zeros(len(parents)), np.full(len(parents), np.nan)
    leaf = 0.0
    stack: list[tuple[int, bool]] = [(root, False) for root in reversed(children.get(-1, []))]
    while stack:
        node, done = stack.pop()
        below = children.get(node, [])
        depth[node] = 0.0 if parents[node] < 0 else depth[parents[node]] + 1.0
        if not below:
            height[node], leaf = leaf, leaf + 1.0
        elif done:
            height[node] = 0.5 * (height[below[0]] + height[below[-1]])
        else:
            stack.append((node, True))
            stack += [(child, False) for child in reversed(below)]
    return depth, height


def _one_tree(
    ax: Any, names: Sequence[str], values: Array, parents: Sequence[int], depth: Array, height: Array
) -> None:
    known = values[np.isfinite(values)]
    largest = float(np.abs(known).max(initial=0.0)) or 1.0
    for node, parent in enumerate(parents):
        if parent >= 0:
            ax.plot(depth[[parent, node]], height[[parent, node]], color="#bbbbbb", lw=1.2, zorder=1)
    sizes = 30.0 + 420.0 * np.abs(np.nan_to_num(values)) / largest
    colours = [colour(0) if v >= 0 else colour(1) for v in np.nan_to_num(values)]
    ax.scatter(depth, height, s=sizes, c=colours, zorder=2, edgecolors="white")
    if len(names) <= 60:
        for node, name in enumerate(names):
            said = f"{name}\n{brief(float(values[node])) if np.isfinite(values[node]) else '–'}"
            ax.annotate(said, (depth[node], height[node]), xytext=(13, 0), textcoords="offset points", va="center",
                        fontsize=8, parse_math=False)  # fmt: skip
    ax.set_ylim(float(height.max()) + 0.7, -0.7)
    ax.set_xlim(-0.3, float(depth.max()) + 0.9)
