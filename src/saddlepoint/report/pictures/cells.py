"""A table of the database as an array over its sets, each with what is known of the set: scenarios, order, numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import Diagnostic, UsageError, suggest
from saddlepoint.labels.column_units import column_unit, is_amount, main_unit
from saddlepoint.printing.grid import EXACT, rounding_floor
from saddlepoint.records import dataclass
from saddlepoint.report.run_summary import PLANNED
from saddlepoint.store import CatalogueEntry, Store, catalogue, last_outcomes, show_rows
from saddlepoint.store.identifiers import (
    COST_RANGE,
    INPUT_RANGE,
    PRICE,
    PRICE_RANGE,
    REDUCED_COST,
    REPORT,
    fold,
)
from saddlepoint.store.sets import items_of_sets
from saddlepoint.store.totals import largest_size

MOST_CELLS: Final = 20_000_000
"""More cells than this are not laid out in memory."""
DimensionKind = Literal["scenario", "outcome", "ordered", "category"]
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NUMBERED: Final = re.compile(r"(\D*?)(-?\d+(?:\.\d+)?)(\D*)", re.ASCII)
_TIMES: Final = re.compile(r"hour|day|week|month|year|time|period|season|date|slot|step|stage")
_VALUE_COLUMNS: Final = (
    *("values", "price", "reduced_cost", "change", "objective", "mean", "price_right", "plan_right"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One set of a table: its items in order; numbers: where they stand on a scale, None for mere names.

    kind: `scenario` or `outcome` (one item alone comes true), else `ordered` (time and other scales) or `category`; time: whether
    the scale is one of time.
    """

    name: str
    items: tuple[str, ...]
    kind: DimensionKind
    numbers: Array | None = None
    dates: bool = False
    time: bool = False

    def __len__(self) -> int:
        return len(self.items)

    @property
    def apart(self) -> bool:
        """Whether its items exclude each other, so that nothing is added up over them."""
        return self.kind in ("scenario", "outcome")


_TITLES: Final = {
    PRICE: "price of ",
    REDUCED_COST: "reduced cost of ",
    REPORT: "",
    PRICE_RANGE: "range of the price of ",
    COST_RANGE: "range of the cost of ",
    INPUT_RANGE: "range of the input ",
}
"""How the name of a table of results begins → what people say for it."""


def title_of(table: str) -> str:
    """A table's name as people say it."""
    prefix = next((one for one in _TITLES if table.startswith(one)), "")
    return _TITLES.get(prefix, "") + table.removeprefix(prefix).replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotData:
    """The numbers of one column of a table, shape (items of each dimension); NaN where there is no row.

    price: whether they are prices; amounts: whether it makes sense to pile them up.
    """

    table: str
    column: str
    dimensions: tuple[Dimension, ...]
    values: Array
    unit: str = ""
    description: str = ""
    price: bool = False
    amounts: bool = False

    @property
    def title(self) -> str:
        """The table's name as people say it."""
        return title_of(self.table)

    @property
    def value(self) -> str:
        """What the numbers are called on an axis."""
        return self.title if self.column == "values" else self.column.replace("_", " ")

    def pruned(self) -> PlotData:
        """Without items that have no number at all."""
        cells = self
        for k, one in enumerate(self.dimensions):
            others = tuple(j for j in range(len(self.dimensions)) if j != k)
            there = np.flatnonzero(np.isfinite(cells.values).any(axis=others))
            if 0 < len(there) < len(one):
                cells = cells.take(k, there.tolist())
        return cells

    def take(self, dimension: int, places: Sequence[int]) -> PlotData:
        """The cells at some items of a dimension."""
        old = self.dimensions[dimension]
        numbers = None if old.numbers is None else old.numbers[list(places)]
        new = replace(old, items=tuple(old.items[k] for k in places), numbers=numbers)
        dimensions = (*self.dimensions[:dimension], new, *self.dimensions[dimension + 1 :])
        return replace(self, dimensions=dimensions, values=np.take(self.values, list(places), axis=dimension))

    def moved(self, order: Sequence[int]) -> PlotData:
        """The same with the dimensions in another order."""
        return replace(
            self,
            dimensions=tuple(self.dimensions[k] for k in order),
            values=np.transpose(self.values, list(order)),
        )

    def squeezed(self) -> tuple[PlotData, dict[str, str]]:
        """Without dimensions of one item; what these are."""
        fixed = {d.name: d.items[0] for d in self.dimensions if len(d) == 1}
        kept = tuple(d for d in self.dimensions if len(d) != 1)
        shape = tuple(len(d) for d in kept)
        return replace(self, dimensions=kept, values=self.values.reshape(shape)), fixed


def read_cells_of(
    store: Store,
    table: str,
    where: Mapping[str, Sequence[str]] | None = None,
    column: str | None = None,
    outcomes: Collection[str] = (),
) -> PlotData:
    """The cells of a table, of the chosen labels only.

    column: which numbers (default: values, price, reduced cost); outcomes: the sets whose items are outcomes.
    UsageError X521 (no such column of numbers), X522 (no row left), X523 (too many cells), StoreError.
    """
    with store.snapshot():
        single = {name: labels[0] for name, labels in (where or {}).items() if len(labels) == 1}
        shown = show_rows(store, table, single)
        entries = {one.name: one for one in catalogue(store)}
        info = entries.get(table, CatalogueEntry(table, "result"))
        known = items_of_sets(store)
        kinds = kinds_of_sets(store, outcomes)
        header = list(shown.header)
        rows = _chosen(shown.rows, header, where or {})
        if rows and info.kind == "result" and _is_blank(header, rows):
            raise UsageError(_no_plan(store, table))
        value = _column(table, header, rows, column) if rows else 0
        largest = _largest(store, entries.values(), info, header[value])
    labels = [k for k, name in enumerate(header) if name.endswith("_Name")]
    if not rows:
        asked = ", ".join(f"{k}={'|'.join(v)}" for k, v in (where or {}).items())
        raise UsageError.of(
            "X522",
            f"table {table!r} has no row{f' with {asked}' if asked else ''}",
            fix="Look at its labels with `saddle show DIR TABLE`.",
        )
    axes = [_items(header[k], [row[k] for row in rows], known) for k in labels]
    if math.prod(map(len, axes)) > MOST_CELLS:
        raise UsageError.of(
            "X523",
            f"{math.prod(map(len, axes)):,} cells are too many for one picture",
            fix="Choose labels with where.",
        )
    values = np.full(tuple(map(len, axes)), np.nan)
    codes: list[Any] = []
    for k, items in zip(labels, axes, strict=True):
        at = {item: place for place, item in enumerate(items)}
        codes.append(np.fromiter((at[str(row[k])] for row in rows), dtype=np.int64, count=len(rows)))
    numbers = _numbers(rows, header, value, largest)
    values[tuple(codes)] = numbers if labels else numbers[0]
    names = [header[k].removesuffix("_Name") for k in labels]
    dimensions = tuple(
        dimension(name, items, kinds.of(name)) for name, items in zip(names, axes, strict=True)
    )
    return PlotData(
        table=table, column=header[value], dimensions=dimensions, values=values, unit=column_unit(info.unit, header[value]),
        description=info.description, price=header[value] == "price",
        amounts=header[value] == "values" and info.kind == "result" and piled(table, info.unit),
    )  # fmt: skip


def _numbers(rows: Sequence[Sequence[Any]], header: Sequence[str], value: int, largest: float) -> Array:
    """The numbers of one column, NaN where there is none; what is rounding beside the largest is 0."""
    numbers = np.array([math.nan if row[value] is None else float(row[value]) for row in rows])
    if largest:
        binds = [bool(row[header.index("binding")]) for row in rows] if "binding" in header else False
        floor = np.where(binds, rounding_floor(largest, EXACT), rounding_floor(largest))
        numbers[np.abs(numbers) < floor] = 0.0
    return numbers


def piled(table: str, unit: str) -> bool:
    """Whether it makes sense to pile up the results of a table: decisions without a unit may be amounts, figures without one are shares."""
    return bool(unit or not table.startswith(REPORT)) and is_amount(main_unit(unit))


@dataclass(frozen=True, slots=True)
class SetKinds:
    """The sets of which one item alone comes true, folded."""

    scenarios: frozenset[str]
    outcomes: frozenset[str]

    def of(self, name: str) -> DimensionKind | None:
        """What is known of a set before its labels are read; None where they decide."""
        key = fold(name)
        return "scenario" if key in self.scenarios else "outcome" if key in self.outcomes else None


def kinds_of_sets(store: Store, outcomes: Collection[str]) -> SetKinds:
    """The sets that tell the scenarios of a database apart, and those of outcomes. StoreError."""
    names = [n for n in store.columns("_scenarios") if n.endswith("_Name")]
    return SetKinds(frozenset(fold(n.removesuffix("_Name")) for n in names), frozenset(map(fold, outcomes)))


def _largest(store: Store, entries: Iterable[CatalogueEntry], info: CatalogueEntry, column: str) -> float:
    """The largest of the results beside which those of a column may be rounding: of prices all with the same unit; 0 of inputs."""
    if info.kind != "result":
        return 0.0
    names = [info.name]
    if column in ("price", "reduced_cost"):
        names = [e.name for e in entries if e.unit == info.unit and store.has(e.name)]
    return max((largest_size(store, name, column) for name in names), default=0.0)


def dimension(name: str, items: Sequence[str], known: DimensionKind | None = None) -> Dimension:
    """A set with what its labels say: dates, numbers, names of months and weekdays stand on a scale. known: its kind, where
    labels do not decide."""
    numbers, dates = _scale(items)
    hint = _TIMES.search(name.casefold()) is not None or name.casefold() in ("t", "h")
    time = numbers is not None and (dates or hint)
    if numbers is not None and not time and _counted(items, numbers):
        numbers = None
    kind = known or ("category" if numbers is None else "ordered")
    return Dimension(name=name, items=tuple(items), kind=kind, numbers=numbers, dates=dates, time=time)


def _counted(items: Sequence[str], numbers: Array) -> bool:
    """Whether labels are numbered names (1, 2, 3; plant1, plant2) rather than places on a scale."""
    return bool((np.diff(numbers) == 1.0).all()) or not items[0].lstrip("-")[:1].isdigit()


def _scale(items: Sequence[str]) -> tuple[Array | None, bool]:
    """Where labels stand on a scale, increasing, and whether they are dates (seconds since 1970); None: nowhere."""
    if len(items) < 2:
        return None, False
    numbers = _dates(items)
    if numbers is not None:
        return numbers, True
    for words in (_MONTHS, _DAYS):
        found = [item.casefold()[:3] for item in items]
        if all(word in words for word in found) and len(set(found)) == len(items):
            places = np.array([words.index(word) for word in found], dtype=np.float64)
            return (places + 1.0, False) if (np.diff(places) > 0).all() else (None, False)
    matched = [_NUMBERED.fullmatch(item) for item in items]
    if all(matched) and len({(m[1], m[3]) for m in matched if m}) == 1:
        numbers = np.array([float(m[2]) for m in matched if m])
        if (np.diff(numbers) > 0).all():
            return numbers, False
    return None, False


def _dates(items: Sequence[str]) -> Array | None:
    if not all(len(item) >= 10 and item[4:5] == "-" and item[7:8] == "-" for item in items):
        return None
    try:
        found = [datetime.fromisoformat(item) for item in items]
    except ValueError:
        return None
    start = datetime(1970, 1, 1)
    numbers = np.array([(each.replace(tzinfo=None) - start).total_seconds() for each in found])
    return numbers if (np.diff(numbers) > 0).all() else None


def _chosen(
    rows: Sequence[tuple[Any, ...]], header: Sequence[str], where: Mapping[str, Sequence[str]]
) -> Sequence[tuple[Any, ...]]:
    at = {fold(name): k for k, name in enumerate(header)}
    for name, labels in where.items():
        place = at.get(fold(f"{name}_Name"), at.get(fold(name)))
        if place is None:
            raise UsageError.of(
                "X524",
                f"the table has no set {name!r}",
                fix=suggest(name, [h.removesuffix("_Name") for h in header if h.endswith("_Name")]),
            )
        wanted = set(labels)
        rows = [row for row in rows if str(row[place]) in wanted]
    return rows


def _items(header: str, labels: Sequence[Any], known: Mapping[str, Sequence[str]]) -> list[str]:
    """The items that occur, in the order of the set where it is known."""
    seen = dict.fromkeys(map(str, labels))
    order = known.get(fold(header.removesuffix("_Name")), ())
    return [item for item in order if item in seen] if set(seen) <= set(order) else list(seen)


def _is_blank(header: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> bool:
    """Whether the columns of results hold nothing."""
    places = [header.index(name) for name in _VALUE_COLUMNS if name in header]
    return bool(places) and all(row[k] is None for row in rows for k in places)


def _no_plan(store: Store, table: str) -> Diagnostic:
    """The finding that a run left a table without numbers (X522)."""
    header, outcomes = last_outcomes(store)
    statuses = dict.fromkeys(str(row[header.index("status")]) for row in outcomes)
    lost = [status for status in statuses if status not in PLANNED]
    why = f"The run has no plan there: {', '.join(lost)}." if lost else "No problem of the run decides it."
    fix = "`lab.diagnose()` says why." if lost else "Look at it with `saddle show DIR TABLE`."
    return Diagnostic("X522", f"table {table!r} has no numbers to draw", why=why, fix=fix)


def _column(table: str, header: Sequence[str], rows: Sequence[tuple[Any, ...]], asked: str | None) -> int:
    """The place of the column of numbers."""
    taken = [k for k, name in enumerate(header) if not name.endswith("_Name") and name != "id"]
    numeric = {header[k]: k for k in taken if any(isinstance(row[k], int | float) for row in rows[:1000])}
    for name in (asked,) if asked else (*_VALUE_COLUMNS, *numeric):
        if name in numeric:
            return numeric[name]
    what = f"numbers {asked!r}" if asked else "numbers"
    raise UsageError.of("X521", f"table {table!r} has no column of {what}", fix=suggest(asked or "", numeric))
