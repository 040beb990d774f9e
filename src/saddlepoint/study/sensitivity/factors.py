"""What is uncertain: cells of input tables, each between bounds or with a distribution of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.declare.spec import Spec, TableSpec
from saddlepoint.errors import Diagnostic, Mark, UsageError, suggest
from saddlepoint.labels import Table
from saddlepoint.model.fetch import Fetched
from saddlepoint.model.model import Model
from saddlepoint.records import dataclass
from saddlepoint.study.scenarios.draws import draw

Width = float | tuple[float, float]
"""How far the cells of a table go: a part of each number to both sides, or from a least to a largest number."""

TAIL = 0.005
"""Probability that is cut off at each end of a distribution: its ends may be infinite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """The cells that vary. cells: table → their flat positions, in the order of the factors; names, groups: of every factor,
    "" = none; spread: how far tables without distributions go, by table."""

    cells: Mapping[str, Index]
    names: tuple[str, ...]
    groups: tuple[str, ...]
    spread: Mapping[str, Width]

    @property
    def size(self) -> int:
        return len(self.names)

    def values(self, tables: Mapping[str, Table], points: Array) -> dict[str, Array]:
        """Table → its numbers at points of the unit cube (n, factors), shape (n, cells). StudyError K214."""
        made: dict[str, Array] = {}
        start = 0
        for key, cells in self.cells.items():
            part = points[:, start : start + len(cells)]
            start += len(cells)
            table = tables[key]
            if "distribution" in table.columns:
                levels = np.full((len(points), table.domain.size), 0.5)
                levels[:, cells] = TAIL + (1.0 - 2.0 * TAIL) * part
                made[key] = draw(table, levels, Mark(key))
                continue
            numbers = np.tile(table.columns["values"], (len(points), 1))
            numbers[:, cells] = _between(numbers[:, cells], part, self.spread[key])
            made[key] = numbers
        return made


def _between(numbers: Array, part: Array, width: Width) -> Array:
    if isinstance(width, tuple):
        return width[0] + (width[1] - width[0]) * part
    return numbers * (1.0 + width * (2.0 * part - 1.0))


def model_factors(
    model: Model, fetched: Fetched, spread: Mapping[str, Width], every: float, group: str | None
) -> Factors:
    """The factors of a model: uncertain tables with distributions, tables that say `uncertainty_enabled`, and those named.

    spread: table → how far its cells go; every: that of tables that only say they are uncertain. group: "table", or
    a set whose items are groups. UsageError X464, X465, X466, X880.
    """
    wanted = _tables(model, spread)
    known = {key: fetched.tables[key] for key in wanted if key in fetched.tables}
    cells = {key: _varying(table, spread.get(key)) for key, table in known.items()}
    cells = {key: places for key, places in cells.items() if len(places)}
    if not cells:
        fix = "Declare tables with `type: uncertain` or `uncertainty_enabled: true`, or name some: `vary=TABLE`."
        raise UsageError.of("X464", "nothing is uncertain in this model", fix=fix)
    names = [(key, known[key].domain.coordinates(int(c))) for key, places in cells.items() for c in places]
    return Factors(
        cells=cells,
        names=tuple(f"{key}[{', '.join(labels)}]" if labels else key for key, labels in names),
        groups=_groups(known, cells, group),
        spread={key: spread.get(key, every) for key in cells},
    )


def without_spread(spec: Spec, tables: Collection[str]) -> Spec:
    """The spec in which these tables are data like any other."""
    from dataclasses import replace

    changed = (replace(t, kind="exogenous") if t.key in tables else t for t in spec.tables)
    return replace(spec, tables=tuple(changed))


def uncertain_tables(spec: Spec, named: Collection[str]) -> tuple[str, ...]:
    """The tables that vary: with distributions, saying `uncertainty_enabled`, or named."""
    return tuple(
        t.key
        for t in spec.tables
        if t.key in named or _has_draws(t) or (t.kind == "exogenous" and t.uncertainty_enabled)
    )


def _tables(model: Model, spread: Mapping[str, Width]) -> list[str]:
    inputs = {t.key: t.spec for t in model.inputs if t.spec.kind in ("exogenous", "uncertain")}
    found = [
        Diagnostic("X465", f"there is no input table {key!r}", fix=suggest(key, inputs))
        for key in spread
        if key not in inputs
    ]
    found += [each for key, width in spread.items() if (each := _wrong_width(key, width)) is not None]
    found += [_drawn_already(inputs[key]) for key in spread if key in inputs and _has_draws(inputs[key])]
    if found:
        raise UsageError(found)
    return [
        key for key, spec in inputs.items() if key in spread or spec.uncertainty_enabled or _has_draws(spec)
    ]


def _has_draws(spec: TableSpec) -> bool:
    return spec.kind == "uncertain" and spec.samples is None


def _drawn_already(spec: TableSpec) -> Diagnostic:
    return Diagnostic(
        "X880",
        f"{spec.key!r} is to vary within bounds, and has distributions already",
        spec.mark,
        why="Its cells are drawn from their distributions, whatever bounds are given for the table.",
        fix=f"Leave {spec.key!r} out of what varies: it varies anyway. For bounds, declare it `type: exogenous` with a number in each cell.",
    )


def _wrong_width(key: str, width: Width) -> Diagnostic | None:
    if isinstance(width, tuple):
        low, high = width
        if -np.inf < low < high < np.inf:
            return None
        message = f"the bounds of {key!r} must be two numbers, the smaller first, not {low:g} and {high:g}"
        return Diagnostic("X465", message, fix="Give the smaller one first.")
    if 0 < width < np.inf:
        return None
    message = f"the spread of {key!r} must be above 0, not {width:g}"
    return Diagnostic("X465", message, fix="Give 0.1 for ± 10 %.")


def _varying(table: Table, width: Width | None) -> Index:
    """Cells with a distribution, or with a number that their width changes."""
    if "distribution" in table.columns:
        return np.flatnonzero(table.columns["distribution"] != "")
    values = table.columns["values"]
    return np.flatnonzero(np.isfinite(values) & (isinstance(width, tuple) | (values != 0)))


def _groups(known: Mapping[str, Table], cells: Mapping[str, Index], group: str | None) -> tuple[str, ...]:
    if group is None:
        return tuple("" for places in cells.values() for _ in places)
    if group == "table":
        return tuple(key for key, places in cells.items() for _ in places)
    sets = sorted({name for key in cells for name in known[key].domain.names})
    if group not in sets:
        message = f"no uncertain table stands over {group!r}"
        raise UsageError.of("X466", message, fix=suggest(group, ["table", *sets]))
    return tuple(_item(known[key], group, int(c)) for key, places in cells.items() for c in places)


def _item(table: Table, group: str, cell: int) -> str:
    names: Sequence[str] = table.domain.names
    return table.domain.coordinates(cell)[list(names).index(group)] if group in names else table.key
