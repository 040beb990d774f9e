"""Tables of production under uncertain demand, as text for a terminal and as sheets for a workbook."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.planning import CONDITIONS, TOLERANCE, Coverage, Dispatch, ServiceValue, Sweep
from saddlepoint.uncertain import Rung

HEADINGS: Final[Mapping[str, str]] = {
    "name": "machine",
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "lower": "l",
    "upper": "u",
    "production": "x",
    "slack_lower": "x − l",
    "slack_upper": "u − x",
    "nu_upper": "ν⁺",
    "nu_lower": "ν⁻",
    "marginal_cost": "2αx + β",
    "cost": "cost",
    "cost_share": "cost %",
    "production_share": "x %",
}
_PHYSICAL: Final = (
    *("name", "alpha", "beta", "gamma", "lower", "upper"),
    *("production", "slack_lower", "slack_upper"),
)
_MONEY: Final = (
    *("name", "production", "production_share", "nu_upper", "nu_lower"),
    *("marginal_cost", "cost", "cost_share"),
)
MOST_ROWS: Final = 200
"""Longer tables are cut in a terminal; files have all rows."""


def machines(answer: Dispatch) -> Any:
    """One row per machine: coefficients, bounds, production and slacks."""
    columns = answer.table()
    shown = [k for k in _PHYSICAL if k in columns]
    return grid(f"Plan: {_called(answer)}", {k: columns[k] for k in shown}, HEADINGS)


def prices(answer: Dispatch) -> Any:
    """One row per machine: production, prices of its bounds, marginal cost, cost and shares."""
    columns = answer.table()
    shares = {k: 100.0 * columns[k] for k in ("cost_share", "production_share")}
    shown = {k: {**columns, **shares}[k] for k in _MONEY}
    return grid(f"Prices and costs: {_called(answer)}, λ = {number(answer.price)}", shown, HEADINGS)


def summary(answers: Sequence[Dispatch]) -> Any:
    """One column per buffer: what is covered, what it costs, the price of one more unit, the verdict."""
    rows: list[tuple[str, list[str]]] = [
        ("D_eff", [number(a.level) for a in answers]),
        ("production Σx", [number(a.production) for a in answers]),
        ("total cost", [number(a.cost) for a in answers]),
        ("  variable", [number(a.objective) for a in answers]),
        ("  fixed", [number(a.fixed_cost) for a in answers]),
        ("price λ", [_prices(a) for a in answers]),
        ("capacity left", [number(a.fleet.capacity - a.production) for a in answers]),
        ("worst KKT residual", [f"{a.certificate.worst.max():.1e}" for a in answers]),
    ]
    columns: dict[str, Any] = {"": [label for label, _ in rows]}
    for k, answer in enumerate(answers):
        columns[_unique(_called(answer), columns)] = [cells[k] for _, cells in rows]
    return grid("Summary", columns)


def residuals(answer: Dispatch, tolerance: float = TOLERANCE) -> Any:
    """Every optimality condition with its residual and verdict."""
    found = answer.certificate.residuals()
    columns = {
        "condition": [text for _, text, _ in CONDITIONS],
        "residual (relative)": [f"{found[name]:.2e}" for name, _, _ in CONDITIONS],
        "verdict": ["holds" if found[name] <= tolerance else "FAILS" for name, _, _ in CONDITIONS],
    }
    return grid(f"KKT conditions: {_called(answer)}, tolerance {tolerance:g}", columns)


def ladder(rungs: Sequence[Rung], mean: float) -> Any:
    """The buffers from the lowest level up, those that cannot be applied last."""
    columns = {
        "buffer": [r.buffer.name for r in rungs],
        "D_eff": ["–" if r.level is None else f"{r.level:.2f}" for r in rungs],
        "above mean": ["–" if r.level is None else f"{r.level - mean:.2f}" for r in rungs],
        "assumes": [r.remark or r.buffer.assumption for r in rungs],
    }
    return grid("Buffers", columns)


def sweep_table(found: Sweep, complete: bool = True) -> Any:
    """Costs and levels of every demand of a sweep."""
    return grid("Sweep", found.table(complete))


def coverage_table(found: Coverage) -> Any:
    """The probability that the production covers demand, under each assumption."""
    lines = found.lines
    percent = round(100 * found.confidence, 6)
    columns = {
        "assumption": [line.buffer.name for line in lines],
        "kind": [line.kind for line in lines],
        "probability": [f"{line.probability:.6f}" for line in lines],
        "simulated": ["–" if math.isnan(line.simulated) else f"{line.simulated:.6f}" for line in lines],
        f"{percent:g} % interval": [
            "–" if math.isnan(line.low) else f"[{line.low:.6f}, {line.high:.6f}]" for line in lines
        ],
    }
    title = f"Coverage of {found.production:.6g} ({found.draws} draws, seed {found.seed})"
    return grid(title, columns)


def value_table(value: ServiceValue) -> Any:
    """What the promise costs."""
    rows = [
        ("dC/dp (per unit of probability)", value.reliability),
        ("one point of service more, exactly", value.next_point),
        ("one point of service less saves", value.last_point),
        ("dC/dμ (one more unit of mean demand)", value.mean),
        ("dC/dσ (one more unit of scatter)", value.std),
        ("the whole buffer, against the mean alone", value.buffer_cost),
    ]
    shown = ["–" if math.isnan(number_) else number(number_) for _, number_ in rows]
    return grid("What the promise costs", {"": [label for label, _ in rows], "money": shown})


def grid(title: str, columns: Mapping[str, Any], headings: Mapping[str, str] | None = None) -> Any:
    """A rich table of columns; numbers to the right, more than MOST_ROWS rows cut with a note."""
    from rich.table import Table
    from rich.text import Text

    rows = len(next(iter(columns.values()), ()))
    note = None if rows <= MOST_ROWS else f"{rows - MOST_ROWS} rows more (files have all of them)"
    table = Table(
        title=Text(title), title_justify="left", title_style="bold", caption=note, caption_justify="left"
    )
    for name, values in columns.items():
        text = len(values) > 0 and isinstance(values[0], str) and not _looks_like_number(values)
        table.add_column(
            Text((headings or {}).get(name, name)), justify="left" if text else "right", overflow="fold"
        )
    for row in range(min(rows, MOST_ROWS)):
        table.add_row(*(Text(_cell(values[row])) for values in columns.values()))
    return table


def text(*tables: Any, width: int | None = None) -> str:
    """Tables as plain text for a terminal; width None: that of the widest table, so that nothing is cut."""
    from rich.console import Console

    if width is None:
        measure = Console(width=10_000, file=io.StringIO())
        width = max([40, *(measure.measure(table).maximum for table in tables)])
    console = Console(width=width, file=io.StringIO(), color_system=None, force_terminal=False)
    for table in tables:
        console.print(table)
    assert isinstance(console.file, io.StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def number(value: float) -> str:
    """Six decimals, so that every published digit can be compared; ∞ and – as signs."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.6f}" if abs(value) < 1e9 else f"{value:.9g}"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | np.integer):
        return str(value)
    return number(float(value))


def _looks_like_number(values: Sequence[Any]) -> bool:
    return all(str(value).strip("–-−") == "" or str(value)[:1] in "0123456789-−+∞" for value in values)


def _prices(answer: Dispatch) -> str:
    left, right = answer.price_range
    return (
        number(answer.price)
        if left == right
        else f"{number(answer.price)} (kink: {left:g} to {number(right)})"
    )


def _called(answer: Dispatch) -> str:
    return "certain demand" if answer.demand is None else answer.demand.buffer


def _unique(name: str, taken: Mapping[str, object]) -> str:
    while name in taken:
        name += "'"
    return name
