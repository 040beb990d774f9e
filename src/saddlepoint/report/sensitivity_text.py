"""Indices of sensitivity as tables, the most important factors first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

from saddlepoint.printing.grid import grid
from saddlepoint.study.sensitivity.analyse import IndexRow, Sensitivity

MOST: Final = 15
"""Factors of a table that are printed."""
MEANS: Final = {
    "mu": "mean elementary effect: what a step through the whole range does",
    "mu_star": "mean absolute elementary effect",
    "sigma": "scatter of the effects: curvature, or dependence on other factors",
    "S1": "share of the variance that the factor explains alone",
    "ST": "share of the variance that goes with the factor, alone and with others",
    "delta": "how far knowing the factor shifts the whole distribution",
}


def sensitivity_text(found: Sensitivity) -> str:
    """The analysis in words and tables: one for every measure and scenario."""
    asked = found.question
    lines = [f"{asked.method}: {found.factors} factors, {found.runs} runs in every scenario"]
    lines += list(_routes(found))
    lines += [f"  {name}: {count} runs have no plan and are left out" for name, count in found.failed.items()]
    lines += [f"  {name}: does not vary, or too few runs have a plan" for name in found.still]
    for measure, scenario, rows in tables(found):
        lines += ["", titled(measure, found.scenarios, scenario), *_table(rows, found.main)]
    used = dict.fromkeys(row.index for row in found.rows)
    lines += ["", *grid(("index", "meaning"), [(index, MEANS[index]) for index in used], "  ")]
    return "\n".join(lines)


def _routes(found: Sensitivity) -> Iterator[str]:
    if found.solved:
        parts = sorted(found.solved.items(), key=lambda part: -part[1])
        yield f"  solved by {', '.join(f'{name} ({count:,})' for name, count in parts)}"
    else:
        yield "  all runs were kept from before"
    if found.uncompiled:
        names = " and ".join(found.uncompiled)
        yield f"  {names}: not compiled on this machine yet, and these runs are too few to pay for it (once, 10–20 s); more runs are faster each"


def tables(found: Sensitivity) -> Iterator[tuple[str, tuple[str, ...], list[IndexRow]]]:
    """Measure, scenario and the rows of every table."""
    groups: dict[tuple[str, tuple[str, ...]], list[IndexRow]] = {}
    for row in found.rows:
        groups.setdefault((row.measure, row.scenario), []).append(row)
    for (measure, scenario), rows in groups.items():
        yield measure, scenario, rows


def ranked_factors(rows: Sequence[IndexRow], main: str) -> list[str]:
    """The factors, that with the largest main index first."""
    values = {row.factor: row.value for row in rows if row.index == main}
    return sorted(values, key=lambda factor: -values[factor])


def titled(measure: str, sets: Sequence[str], scenario: tuple[str, ...]) -> str:
    """A measure with its scenario: objective (Energy=low)."""
    where = ", ".join(f"{name}={label}" for name, label in zip(sets, scenario, strict=True))
    return f"{measure} ({where})" if where else measure


def _table(rows: Sequence[IndexRow], main: str) -> Iterator[str]:
    names = list(dict.fromkeys(row.index for row in rows))
    cells = {(row.factor, row.index): row for row in rows}
    order = ranked_factors(rows, main)
    header = [
        "factor",
        *(title for name in names for title in (name, "±") if title != "±" or _known(rows, name)),
    ]
    body = []
    for factor in order[:MOST]:
        line: list[object] = [factor]
        for name in names:
            row = cells[factor, name]
            line += [row.value, row.half] if _known(rows, name) else [row.value]
        body.append(tuple(line))
    yield from grid(tuple(header), body, "  ")
    if len(order) > MOST:
        yield f"  and {len(order) - MOST} more, in the table _sensitivity"


def _known(rows: Sequence[IndexRow], name: str) -> bool:
    return any(not math.isnan(row.half) for row in rows if row.index == name)
