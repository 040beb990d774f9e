"""Pictures of production under uncertain demand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.errors import PlanningError
from saddlepoint.planning import Coverage, Demand, Dispatch, Fleet, Sweep
from saddlepoint.report.plots_style import (
    COLOURS,
    GREY,
    LINES,
    MARKERS,
    figure,
    frame,
    legend,
    shown_in_legend,
)
from saddlepoint.uncertain import find

MOST_CURVES: Final = 12
"""More machines than this are not drawn one by one."""
MOST_BARS: Final = 40
MOST_LINES: Final = 14
"""Lines of a sweep; of more an even part is drawn."""
MOST_INSIDE: Final = 4
"""More lines than this have their legend beside the picture."""
MOST_WIDE_BARS: Final = 15
"""Above it plans are marks on the bars of capacity."""

_SWEPT: Final = {
    "mean_demand": ("μ", "Mean demand"),
    "std": ("σ", "Standard deviation of demand"),
    "reliability": ("p", "Reliability"),
}


def cost_curves(
    answers: Sequence[Dispatch], unit: str = "units", money: str = "money", ax: Any = None
) -> Any:
    """Cost of each machine against its production, with the point that each buffer chooses; returns the Figure."""
    made, ax = _place(ax)
    fleet = answers[0].fleet
    shown = _largest(fleet, MOST_CURVES)
    curves: list[Any] = []
    for rank, k in enumerate(shown):
        x = np.linspace(fleet.minimum[k], fleet.maximum[k], 120)
        style = {"color": _colour(rank), "linestyle": _line(rank), "lw": 1.6, "zorder": 2}
        curves += ax.plot(x, _cost_of(fleet, k, x), label=shown_in_legend(str(fleet.names[k])), **style)
    points: list[Any] = []
    for rank, answer in enumerate(answers):
        inside = ("none", "black", "#bbbbbb")[rank % 3]
        style = {"marker": MARKERS[rank % len(MARKERS)], "s": max(150 - 105 * rank, 25), "linewidths": 1.4}
        x, y = answer.plan[shown], answer.costs[shown]
        points.append(
            ax.scatter(x, y, facecolors=inside, edgecolors="black", label=_called(answer), zorder=4, **style)
        )
    note = "" if len(shown) == len(fleet) else f" (the {len(shown)} largest of {len(fleet)})"
    frame(ax, f"Cost curves and chosen points{note}", f"Production of a machine ({unit})", f"Cost ({money})")
    legend(ax, points, loc="upper left")
    chosen = ax.get_legend()
    legend(ax, curves, loc="upper left", bbox_to_anchor=(1.0, 1.0), title="machine")
    ax.add_artist(chosen)
    return made


def cost_against_mean(found: Sweep, unit: str = "units", money: str = "money") -> Any:
    """Cheapest total cost against mean demand, one line per buffer, scatter and reliability; capacity may end it.

    Where the mean is one number, against the scatter, and where this is one too, against the reliability.
    """
    made, ax = _place(None)
    across = next((key for key in _SWEPT if np.ptp(found.varied[key]) > 0.0), "mean_demand")
    groups = _groups(found, across)
    most = max(1, MOST_LINES // len(found.buffers))
    shown = [
        groups[k]
        for k in np.unique(np.linspace(0, len(groups) - 1, min(most, len(groups))).round().astype(int))
    ]
    for rank, name in enumerate(found.buffers):
        for turn, (said, rows) in enumerate(shown):
            style = _sweep_style(rank, turn, len(shown), alone=len(found.buffers) == 1)
            _cost_line(ax, found, name, (across, rows), style, said)
    name = _SWEPT[across][1]
    frame(
        ax,
        f"Total cost against {name.casefold()}",
        name if across == "reliability" else f"{name} ({unit})",
        f"Total cost ({money})",
    )
    if len(found.buffers) * len(shown) > MOST_INSIDE:
        legend(ax, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    else:
        legend(ax, loc="upper left")
    if len(shown) < len(groups):
        made.supxlabel(
            f"{len(shown)} of {len(groups)} lines of each buffer, evenly spread",
            fontsize=8,
            color=GREY,
            x=0.99,
            ha="right",
        )
    return made


def _groups(found: Sweep, across: str) -> list[tuple[str, Any]]:
    """Rows that differ in one of the swept numbers alone, by this number, with what tells them from the others."""
    swept = [(short, found.varied[key]) for key, (short, _) in _SWEPT.items() if key != across]
    keys = np.column_stack([values for _, values in swept])
    groups: list[tuple[str, Any]] = []
    for key in np.unique(keys, axis=0):
        rows = np.flatnonzero((keys == key).all(axis=1))
        parts = [
            f"{short} = {v:g}" for (short, all_), v in zip(swept, key, strict=True) if np.ptp(all_) > 0.0
        ]
        groups.append((", ".join(parts), rows[np.argsort(found.varied[across][rows], kind="stable")]))
    return groups


def _sweep_style(rank: int, turn: int, groups: int, *, alone: bool) -> dict[str, Any]:
    """Colours tell buffers apart; where each has several lines, strokes and marks tell these apart, of a buffer that is alone
    colours too."""
    stroke = turn if groups > 1 else rank
    return {
        "color": _colour(turn if alone else rank),
        "linestyle": _line(stroke),
        "marker": MARKERS[stroke % len(MARKERS)],
        "ms": 5,
        "lw": 1.8,
    }


def _cost_line(
    ax: Any, found: Sweep, name: str, line: tuple[str, Any], style: dict[str, Any], said: str
) -> None:
    """The line of one buffer over a swept number (its name, the rows), with a word where the capacity ends it."""
    across, rows = line
    fit = rows[found.fits[name][rows]]
    mean, cost = found.varied[across][fit], found.cost[name][fit]
    label = find(name).title + (f", {said}" if said else "")
    ax.plot(mean, cost, label=label, markevery=max(1, len(fit) // 25), **style)
    if 0 < len(fit) < len(rows) and not said:
        ax.annotate(
            "next step above capacity", (mean[-1], cost[-1]), xytext=(0, 7), textcoords="offset points", ha="right",
            fontsize=8, color=style["color"],
        )  # fmt: skip
    elif 0 < len(fit) < len(rows):
        ax.plot(mean[-1:], cost[-1:], marker="x", ms=9, mew=2, color=style["color"], linestyle="none")


def supply_curve(
    answers: Sequence[Dispatch], unit: str = "units", money: str = "money", ax: Any = None
) -> Any:
    """Price of the last unit against quantity, with D_eff and λ of each buffer and the capacity."""
    made, ax = _place(ax)
    curve = answers[0].fleet.supply
    quantity, price = curve.quantity, np.maximum(curve.price, 0.0)
    ax.plot(np.append(quantity[0], quantity), np.append(0.0, price), color="black", lw=1.8, zorder=2)
    ax.axvline(curve.capacity, color=GREY, lw=1.2, linestyle=":")
    ax.annotate(
        "capacity",
        (curve.capacity, 0.0),
        xytext=(-4, 4),
        textcoords="offset points",
        rotation=90,
        ha="right",
        va="bottom",
        fontsize=8,
        color=GREY,
    )
    for rank, answer in enumerate(answers):
        level, worth = (
            f"{v:,.{n}f}".replace(",", "\u2009") for v, n in ((answer.level, 1), (answer.price, 2))
        )
        colour, label = _colour(rank), rf"{_called(answer)}: $D_{{\mathrm{{eff}}}}$ = {level}, λ = {worth}"
        ax.vlines(answer.level, 0.0, answer.price, color=colour, linestyle=_line(rank), lw=1.3, zorder=1)
        ax.hlines(answer.price, 0.0, answer.level, color=colour, linestyle=_line(rank), lw=1.3, zorder=1)
        ax.scatter(
            [answer.level],
            [answer.price],
            color=colour,
            marker=MARKERS[rank % len(MARKERS)],
            s=55,
            zorder=4,
            label=label,
        )
    frame(
        ax, "Supply curve", f"Quantity ({unit})", f"Price of the last unit ({money} per {unit.rstrip('s')})"
    )
    ax.set_xlim(left=0.0)
    ax.set_ylim(0.0, float(price.max(initial=1e-9)) / max(0.4, 0.92 - 0.065 * len(answers)))
    legend(ax, loc="upper left", typeset=True)
    return made


def plan_bars(answers: Sequence[Dispatch], unit: str = "units", ax: Any = None) -> Any:
    """Production of each machine under each buffer as bars, in front of its capacity."""
    made, ax = _place(ax)
    fleet = answers[0].fleet
    shown = _largest(fleet, MOST_BARS)
    place, width = np.arange(len(shown)), 0.8 / len(answers)
    free = fleet.maximum[shown]
    ax.bar(place, free, 0.9, color="#eeeeee", edgecolor=GREY, linewidth=0.8, label="capacity", zorder=1)
    low = fleet.minimum[shown]
    if (low > 0.0).any():
        ax.hlines(
            low,
            place - 0.45,
            place + 0.45,
            color=GREY,
            linestyle="--",
            lw=1.0,
            label="least output",
            zorder=3,
        )
    crowded = len(shown) > MOST_WIDE_BARS
    for rank, answer in enumerate(answers):
        output, style = answer.plan[shown], {"color": _colour(rank), "label": _called(answer)}
        if crowded:
            ax.plot(
                place,
                output,
                MARKERS[rank % len(MARKERS)],
                ms=6 if rank == 0 else 5,
                mec="white",
                mew=0.5,
                zorder=4,
                **style,
            )
            continue
        offset = (rank - 0.5 * (len(answers) - 1)) * width
        style |= {"hatch": ("", "//", "..", "xx")[rank % 4], "edgecolor": "white"}
        ax.bar(place + offset, output, 0.92 * width, zorder=2, **style)
    names = [str(fleet.names[k]) for k in shown]
    slanted = len(shown) > 8 or max(map(len, names)) > 12
    turn, size = (90, 6.5) if crowded else (30, 8) if slanted else (0, 8)
    ax.set_xticks(
        place, names, rotation=turn, ha="right" if turn == 30 else "center", fontsize=size, parse_math=False
    )
    note = "" if len(shown) == len(fleet) else f" (the {len(shown)} largest of {len(fleet)})"
    frame(ax, f"Plan by machine{note}", "", f"Production ({unit})")
    ax.grid(visible=False, axis="x")
    ax.set_ylim(0.0, 1.22 * float(free.max()))
    legend(ax, loc="upper right", ncols=2 + len(answers) if len(answers) < 3 else 3)
    return made


def cost_of_reliability(
    fleet: Fleet, demand: Demand, buffers: Sequence[str], money: str = "money", ax: Any = None
) -> Any:
    """Cheapest total cost against the promised reliability, one line per buffer, the promise of `demand` marked."""
    made, ax = _place(ax)
    promised = np.unique(np.concatenate([np.linspace(0.5, 0.99, 99), 1.0 - np.logspace(-2, -4, 40)]))
    for rank, name in enumerate(dict.fromkeys(buffers)):
        levels = np.array([_level(demand.but(buffer=name), p) for p in promised])
        fit = levels <= fleet.capacity
        if not fit.any():
            continue
        cost = fleet.supply.cost_at(np.maximum(levels[fit], 0.0)) + fleet.fixed_cost
        style = {"color": _colour(rank), "linestyle": _line(rank), "lw": 1.8}
        odds = 1.0 / (1.0 - promised[fit])
        ax.plot(odds, cost, label=find(name).title, **style)
        if not fit.all():
            ax.plot(odds[-1], cost[-1], marker="x", ms=8, mew=2, color=_colour(rank))
    now = 1.0 / (1.0 - demand.reliability)
    ax.axvline(now, color=GREY, lw=1.2, linestyle=":")
    ax.annotate(
        f"promise {demand.reliability:.4g}",
        (now, 0.02),
        xycoords=("data", "axes fraction"),
        xytext=(4, 0),
        textcoords="offset points",
        fontsize=8,
        color=GREY,
    )
    ax.set_xscale("log")
    ticks = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999]
    ax.set_xticks([1.0 / (1.0 - p) for p in ticks], [f"{p:g}" for p in ticks])
    ax.minorticks_off()
    frame(ax, "Cost of reliability (× = capacity)", "Probability of covering demand", f"Total cost ({money})")
    legend(ax, loc="upper left")
    return made


def coverage_points(found: Sequence[Coverage]) -> Any:
    """The probability that each production covers demand, under every assumption, with the interval of its simulation."""
    made, ax = _place(None)
    names = list(dict.fromkeys(f"{line.buffer.title} ({line.kind})" for one in found for line in one.lines))
    for rank, one in enumerate(found):
        shift = 0.18 * (rank - 0.5 * (len(found) - 1))
        places = np.array([names.index(f"{line.buffer.title} ({line.kind})") + shift for line in one.lines])
        low, p, high = (
            np.array([getattr(line, k) for line in one.lines]) for k in ("low", "probability", "high")
        )
        colour, label = _colour(rank), f"{one.demand.rule.title}: {one.production:.4g} made"
        ax.scatter(p, places, color=colour, marker=MARKERS[rank % len(MARKERS)], s=46, label=label, zorder=3)
        ax.hlines(places, low, high, color=colour, lw=2.4, alpha=0.5, zorder=2)
    promise = found[0].demand.reliability
    ax.axvline(promise, color=GREY, lw=1.2, linestyle=":")
    ax.annotate(
        f"promise {promise:.4g}", (promise, 1.0), xycoords=("data", "axes fraction"), xytext=(-4, -3),
        textcoords="offset points", ha="right", va="top", fontsize=8, color=GREY,
    )  # fmt: skip
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -1.1)
    frame(ax, "Who keeps the promise (bar: interval of the simulation)", "Probability of covering demand", "")
    legend(ax, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return made


def overview_picture(
    answers: Sequence[Dispatch],
    unit: str = "units",
    money: str = "money",
    buffers: Sequence[str] | None = None,
) -> Any:
    """Four pictures on one page: cost curves, plan, supply curve, and the cost of reliability if it applies."""
    uncertain = [a.demand for a in answers if a.demand is not None]
    made, axes = figure(14.0, 9.5, 2, 2)
    cost_curves(answers, unit, money, axes[0][0])
    plan_bars(answers, unit, axes[0][1])
    supply_curve(answers, unit, money, axes[1][0])
    if uncertain:
        names = buffers or [d.buffer for d in uncertain]
        cost_of_reliability(answers[0].fleet, uncertain[0], names, money, axes[1][1])
    else:
        axes[1][1].set_axis_off()
    return made


def _place(ax: Any) -> tuple[Any, Any]:
    return figure() if ax is None else (ax.figure, ax)


def _colour(rank: int) -> str:
    return COLOURS[rank % len(COLOURS)]


def _line(rank: int) -> Any:
    return LINES[rank % len(LINES)]


def _called(answer: Dispatch) -> str:
    return "certain demand" if answer.demand is None else answer.demand.rule.title


def _largest(fleet: Fleet, most: int) -> Any:
    """Positions of the machines with the greatest capacities, in the order of the fleet."""
    return np.sort(np.argsort(-fleet.maximum, kind="stable")[:most])


def _cost_of(fleet: Fleet, machine: int, outputs: Any) -> Any:
    """Cost of one machine at these outputs, (points,)."""
    everywhere = np.tile(fleet.minimum, (len(outputs), 1))
    everywhere[:, machine] = outputs
    return fleet.costs(fleet.positions(everywhere))[:, machine]


def _level(demand: Demand, p: float) -> float:
    try:
        return demand.but(reliability=float(p)).level
    except PlanningError:
        return np.inf
