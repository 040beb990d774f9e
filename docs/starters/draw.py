"""The pictures of the starters, from their plans: python docs/starters/draw.py"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.report import plots_style

HERE = Path(__file__).parent
COLOURS = (*plots_style.COLOURS, "#F0E442", "#999999", "#882255")


def wide(result: Any, table: str, row: str, column: str, where: str = "") -> Any:
    """A table as rows by columns, in the order of its items."""
    frame = result.table(table).to_pandas()
    frame = frame.query(where) if where else frame
    rows, columns = frame[row].unique(), frame[column].unique()
    return (
        frame.groupby([row, column], sort=False)["values"]
        .sum()
        .unstack()
        .reindex(index=rows, columns=columns)
        .fillna(0)
    )


def stacked(ax: Any, frame: Any, width: float = 0.9) -> None:
    below = np.zeros(len(frame))
    for colour, name in zip(COLOURS, frame.columns, strict=False):
        ax.bar(range(len(frame)), frame[name], width, bottom=below, color=colour, label=name)
        below += frame[name].to_numpy()
    ax.set_xticks(range(len(frame)), frame.index)
    ax.set_ylim(0, 1.3 * below.max())
    ax.legend(frameon=False, fontsize=7, ncols=5, loc="upper center", columnspacing=1.0, handlelength=1.2)


def energy_storage(result: Any, axes: Any) -> None:
    for ax, price in zip(axes, ("low", "high"), strict=True):
        stacked(ax, wide(result, "generation", "Hours", "Tech", f"Prices == '{price}'"), 1.0)
        level = result.table("level").to_pandas().query(f"Prices == '{price}'")["values"].to_numpy()
        ax.plot(level, color="#333333", lw=1.5, label="in the battery [MWh]")
        ax.set_title(f"{price} price of carbon dioxide")
        ax.set_xticks(range(0, 24, 4), range(1, 25, 4))
        ax.set_xlabel("hour")
        ax.set_ylim(0, 1.25 * max(level.max(), ax.get_ylim()[1] / 1.3))
        ax.legend(frameon=False, fontsize=7, ncols=2, loc="upper center")
    axes[0].set_ylabel("MW")


def unit_commitment(result: Any, axes: Any) -> None:
    stacked(axes[0], wide(result, "generation", "Hours", "Units"), 1.0)
    axes[0].set_title("load of each unit [MW]")
    axes[0].set_xticks(range(0, 24, 4), range(1, 25, 4))
    on = wide(result, "on", "Units", "Hours")
    axes[1].imshow(on, aspect="auto", cmap="Blues", vmin=0, vmax=1.3)
    axes[1].set_yticks(range(len(on)), on.index)
    axes[1].set_xticks(range(0, 24, 4), range(1, 25, 4))
    axes[1].set_title("units that run")
    for ax in axes:
        ax.set_xlabel("hour")


def lot_sizing(result: Any, axes: Any) -> None:
    for ax, table, title in zip(
        axes, ("production", "stock"), ("lots", "stock at the end of the week"), strict=True
    ):
        frame = result.table(table).to_pandas()
        frame["what"] = frame["Products"] + " " + frame["Plants"]
        weeks = frame.groupby(["Weeks", "what"], sort=False)["values"].sum().unstack()
        stacked(ax, weeks)
        ax.set_title(title)
        ax.set_xlabel("week")
    axes[0].set_ylabel("pieces")


def backlog(result: Any, axes: Any) -> None:
    for ax, product in zip(axes, ("bikes", "scooters"), strict=True):
        made, kept, owed = (
            result.table(t).to_pandas().query(f"Products == '{product}'")["values"].to_numpy()
            for t in ("production", "stock", "backlog")
        )
        months = np.arange(1, len(made) + 1)
        ax.bar(months, kept, color=COLOURS[2], label="kept")
        ax.bar(months, -owed, color=COLOURS[3], label="owed")
        ax.plot(months, made, "o-", color=COLOURS[0], label="made")
        ax.axhline(0, color="black", lw=0.8)
        ax.set_title(product)
        ax.set_xlabel("month")
        ax.legend(frameon=False, fontsize=8)


def food_manufacture(result: Any, axes: Any) -> None:
    for ax, table, title in zip(axes, ("refining", "stock"), ("refined [t]", "kept [t]"), strict=True):
        stacked(ax, wide(result, table, "Months", "Oils"))
        ax.set_title(title)


def input_output(result: Any, axes: Any) -> None:
    frame = result.table("output").to_pandas()
    frame["what"] = frame["Regions"] + " " + frame["Sectors"]
    both = frame.pivot(index="what", columns="Cases", values="values")
    axes[0].barh(both.index, both["observed"], color=COLOURS[0])
    axes[0].set_title("output, observed")
    axes[1].barh(both.index, both["more"] - both["observed"], color=COLOURS[1])
    axes[1].set_title("more, for 100 of farming in L")
    axes[1].set_yticklabels([])


def portfolio(result: Any, axes: Any) -> None:
    stacked(axes[0], wide(result, "shares", "Targets", "Assets"), 0.6)
    axes[0].set_title("shares")
    risk, expected = (result.reports[k].to_pandas()["values"] for k in ("risk", "expected"))
    axes[1].plot(risk, expected, "o-", color=COLOURS[0])
    axes[1].set_xlabel("standard deviation [%]")
    axes[1].set_ylabel("expected return [%]")
    axes[1].set_title("efficient frontier")


def workforce(result: Any, axes: Any) -> None:
    duty = result.reports["on_duty"].to_pandas()
    days = duty.groupby(["Days", "Shifts"], sort=False)["values"].sum().unstack()[["early", "late", "night"]]
    stacked(axes[0], days)
    axes[0].set_title("people on duty")
    stacked(axes[1], wide(result, "people", "Days", "Teams"))
    axes[1].set_title("people whose week begins")


def capacity(result: Any, axes: Any) -> None:
    stacked(axes[0], wide(result, "production", "Markets", "Products"))
    axes[0].set_title("made in each market [pieces]")
    axes[0].tick_params(axis="x", rotation=60)
    left = result.reports["result"].to_pandas()
    colours = [COLOURS[0] if v >= 0 else COLOURS[3] for v in left["values"]]
    axes[1].barh(left["Markets"], left["values"], color=colours)
    axes[1].axvline(0, color="black", lw=0.8)
    axes[1].set_title("what it leaves [EUR]")
    axes[1].invert_yaxis()


PICTURES: tuple[Callable[[Any, Any], None], ...] = (
    capacity, energy_storage, unit_commitment, lot_sizing, backlog, food_manufacture, input_output, portfolio, workforce,
)  # fmt: skip


def main() -> None:
    for draw in PICTURES:
        name = draw.__name__
        with tempfile.TemporaryDirectory() as room:
            result = saddlepoint.open(copy_example(name, Path(room) / name)).solve()
        figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
        draw(result, axes)
        for ax in axes:
            ax.spines[["top", "right"]].set_visible(False)
        figure.savefig(HERE / "pictures" / f"{name}.png", dpi=90)
        plt.close(figure)


if __name__ == "__main__":
    main()
