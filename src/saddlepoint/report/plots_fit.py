"""Pictures of a fit: the history with its fan, quantiles against the law, errors over time."""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.report.plots_style import COLOURS, GREY, figure, frame, legend, legend_above, time_ticks
from saddlepoint.uncertain import find
from saddlepoint.uncertain.fitting.values import Fit

LEVELS = (0.5, 0.8, 0.95)


def fit_picture(found: Fit, unit: str = "units") -> Any:
    """Four pictures in one figure: fan, quantile plot, errors over time, histogram with the law."""
    made, axes = figure(12.0, 8.0, 2, 2)
    _fan(axes[0, 0], found, unit)
    _quantiles(axes[0, 1], found, unit)
    _errors(axes[1, 0], found, unit)
    _histogram(axes[1, 1], found, unit)
    return made


def _fan(ax: Any, found: Fit, unit: str) -> None:
    history, pattern = found.history, found.pattern
    place = np.arange(1, len(history) + 1)
    ax.plot(place, history.values, color=GREY, lw=1.0, marker="o", ms=2.5, label="observed")
    if pattern.removed:
        ax.plot(place, pattern.fitted, color=COLOURS[0], lw=1.2, label=_taken_out(found))
    after = np.array([place[-1] + 0.5, place[-1] + max(3.0, 0.05 * len(place))])
    for k, p in enumerate(reversed(LEVELS)):
        low, high = (float(np.quantile(pattern.likely, q)) for q in (0.5 - p / 2, 0.5 + p / 2))
        ax.fill_between(
            after, low, high, color=COLOURS[0], alpha=0.15 + 0.12 * k, lw=0, label=f"next: {100 * p:g} %"
        )
    if found.outliers:
        places = [o.place for o in found.outliers]
        ax.scatter(place[places], history.values[places], color=COLOURS[1], s=30, zorder=4, label="outlier")
    axis = time_ticks(ax, history, range(len(history)))
    frame(ax, f"{history.name}: observed, and what comes next", axis, unit)
    legend_above(ax, ncols=2)


def _taken_out(found: Fit) -> str:
    pattern = found.pattern
    parts = {"trend": pattern.slope != 0.0, "season": pattern.season > 1, "memory": pattern.memory != 0.0}
    return ", ".join(name for name, there in parts.items() if there)


def _quantiles(ax: Any, found: Fit, unit: str) -> None:
    values = np.sort(found.pattern.likely)
    share = (np.arange(len(values)) + 0.5) / len(values)
    for k, one in enumerate(found.candidates[:3]):
        buffer, columns = find(one.law), {n: np.asarray(v) for n, v in one.parameters.items()}
        expected = buffer.quantile(columns, share)
        ax.plot(expected, values, lw=0, marker="os^"[k], ms=3.5, color=COLOURS[k], label=one.law, alpha=0.8)
    low, high = float(values[0]), float(values[-1])
    ax.plot([low, high], [low, high], color="black", lw=0.9, zorder=1)
    frame(
        ax, "Quantiles: on the line where the law is right", f"of the law ({unit})", f"of the values ({unit})"
    )
    legend(ax, loc="upper left")


def _errors(ax: Any, found: Fit, unit: str) -> None:
    errors = found.pattern.errors - (0.0 if found.pattern.removed else found.pattern.errors.mean())
    ax.vlines(np.arange(1, len(errors) + 1), 0.0, errors, color=COLOURS[0], lw=1.0)
    ax.axhline(0.0, color="black", lw=0.8)
    axis = time_ticks(ax, found.history, range(len(errors)))
    frame(ax, f"Errors over time (constancy: p = {found.pattern.stable:.2g})", axis, unit)


def _histogram(ax: Any, found: Fit, unit: str) -> None:
    values = found.pattern.likely
    edges = _edges(found, values)
    ax.hist(values, bins=edges, density=True, color="#cfd8dc", edgecolor="white", label="values")
    for k, one in enumerate(found.candidates[:3]):
        buffer, columns = find(one.law), {n: np.asarray(v) for n, v in one.parameters.items()}
        share = np.diff(buffer.coverage(columns, edges)) / np.diff(edges)
        ax.stairs(share, edges, color=COLOURS[k], lw=1.5, label=one.law)
    frame(ax, "Values and laws", f"next value ({unit})", "density")
    legend(ax, loc="upper right")


def _edges(found: Fit, values: Array) -> Array:
    """Bins of Freedman and Diaconis; around whole numbers for counts."""
    if found.candidates and any(find(c.law).whole for c in found.candidates):
        step = max(1.0, np.ceil(np.ptp(values) / 40.0))
        return np.arange(values.min() - 0.5, values.max() + step + 0.5, step)
    return np.asarray(np.histogram_bin_edges(values, bins="fd" if len(values) > 30 else 8), dtype=np.float64)
