"""Tables of production under uncertain demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.planning import CONDITIONS, TOLERANCE, Coverage, Dispatch, ServiceValue, Sweep
from saddlepoint.printing.grid import Grid, number, numerals, rounded_together
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
"""Longer tables are cut; files have all rows."""


def machines(answer: Dispatch) -> Grid:
    """One row per machine: coefficients, bounds, production and slacks."""
    columns = answer.table()
    shown = {HEADINGS[k]: columns[k] for k in _PHYSICAL if k in columns}
    return _of_columns(f"Plan: {_called(answer)}", shown)


def machine_table(answer: Dispatch) -> Grid:
    """One row per machine: production, prices of its bounds, marginal cost, cost and shares."""
    columns = answer.table()
    shares = {k: np.round(100.0 * columns[k], 2) for k in ("cost_share", "production_share")}
    shown = {HEADINGS[k]: {**columns, **shares}[k] for k in _MONEY}
    return _of_columns(f"Prices and costs: {_called(answer)}, λ = {number(answer.price)}", shown)


def summary(answers: Sequence[Dispatch]) -> Grid:
    """One column per buffer: what is covered, what it costs, the price of one more unit, the verdict."""
    titles = ("D_eff", "production Σx", "total cost", "  variable", "  fixed", "price λ", "capacity left")
    columns = [[*titles, "  kink from", "  kink to", "worst KKT residual"]]
    for a in answers:
        figures = [a.level, a.production, a.cost, a.objective, a.fixed_cost, a.price]
        figures += [a.fleet.capacity - a.production, *a.price_range]
        columns.append([*numerals(figures), f"{a.certificate.worst.max():.1e}"])
    kinks = any(left != right for left, right in (a.price_range for a in answers))
    rows = [row for row in zip(*columns, strict=True) if kinks or "kink" not in row[0]]
    return Grid(title="Summary", header=["", *map(_called, answers)], rows=rows, texts=1)


def condition_table(answer: Dispatch, tolerance: float = TOLERANCE) -> Grid:
    """Every optimality condition with its residual and verdict."""
    found = answer.certificate.residuals()
    rows = [
        (text, "holds" if found[name] <= tolerance else "FAILS", f"{found[name] + 0.0:.2e}")
        for name, text, _ in CONDITIONS
    ]
    title = f"KKT conditions: {_called(answer)}, tolerance {tolerance:g}"
    return Grid(title=title, header=("condition", "verdict", "relative residual"), rows=rows, texts=2)


def ladder_table(rungs: Sequence[Rung], mean: float) -> Grid:
    """The buffers from the lowest level up, those that cannot be applied last."""
    levels = rounded_together([r.level for r in rungs])
    above = rounded_together([None if r.level is None else r.level - mean for r in rungs])
    rows = [
        (r.buffer.name, level, more, r.remark or r.buffer.assumption)
        for r, level, more in zip(rungs, levels, above, strict=True)
    ]
    return Grid(title="Buffers", header=("buffer", "D_eff", "above mean", "assumes"), rows=rows)


def sweep_table(found: Sweep, complete: bool = True) -> Grid:
    """Costs and levels of every demand of a sweep."""
    return _of_columns("Sweep", found.table(complete))


def coverage_table(found: Coverage) -> Grid:
    """The probability that the production covers demand, under each assumption."""
    percent = round(100 * found.confidence, 6)
    header = ("assumption", "kind", "probability", "simulated", f"{percent:g} % interval from", "to")
    rows = [(r.buffer.name, r.kind, r.probability, r.simulated, r.low, r.high) for r in found.lines]
    title = f"Coverage of {number(found.production)} ({found.draws:,} draws, seed {found.seed})"
    return Grid(title=title, header=header, rows=rows)


def value_table(value: ServiceValue) -> Grid:
    """What the promise costs."""
    rows = [
        ("dC/dp (per unit of probability)", value.reliability),
        ("one point of service more, exactly", value.next_point),
        ("one point of service less saves", value.last_point),
        ("dC/dμ (one more unit of mean demand)", value.mean),
        ("dC/dσ (one more unit of scatter)", value.std),
        ("the whole buffer, against the mean alone", value.buffer_cost),
    ]
    return Grid(title="What the promise costs", header=("", "money"), rows=rows)


def tables_text(*tables: Grid, width: int | None = None) -> str:
    """Tables one below the other, within so many columns of a terminal; width None: nothing is folded."""
    return "\n\n".join("\n".join(table.lines(width)) for table in tables)


def _of_columns(title: str, columns: Mapping[str, Any]) -> Grid:
    """A table of columns of arrays; more than MOST_ROWS rows are cut with a note."""
    kept = [
        values[:MOST_ROWS].tolist() if hasattr(values, "tolist") else values[:MOST_ROWS]
        for values in columns.values()
    ]
    more = len(next(iter(columns.values()), ())) - MOST_ROWS
    note = f"{more:,} rows more (files have all of them)" if more > 0 else ""
    return Grid(title=title, header=list(columns), rows=list(zip(*kept, strict=True)), note=note)


def _called(answer: Dispatch) -> str:
    return "certain demand" if answer.demand is None else answer.demand.buffer
