"""Ranges as tables in words: first the prices that are not zero, then the costs of what is used."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.printing.grid import grid
from saddlepoint.records import dataclass
from saddlepoint.store import Shown, Store, catalogue, show_rows
from saddlepoint.store.identifiers import COST_RANGE, INPUT_RANGE, PRICE_RANGE

MOST_ROWS: Final = 12
"""Rows of each table that are shown; the tables in the database have all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeKind:
    """What ranges are of. words: of the number that moves; number: its column; slopes: the columns of what holds, called `slope`."""

    prefix: str
    words: str
    number: str
    slopes: tuple[str, str]
    slope: str


PRICES: Final = RangeKind(
    prefix=PRICE_RANGE,
    words="right-hand side",
    number="right_side",
    slopes=("price_left", "price_right"),
    slope="price",
)
COSTS: Final = RangeKind(
    prefix=COST_RANGE, words="cost", number="cost", slopes=("plan_left", "plan_right"), slope="amount"
)
INPUTS: Final = RangeKind(
    prefix=INPUT_RANGE, words="input", number="value", slopes=("slope_left", "slope_right"), slope="slope"
)
KINDS: Final = (PRICES, COSTS, INPUTS)


@dataclass(frozen=True, slots=True)
class RangeTable:
    """One table of ranges as it is stored. of: the constraint, decided table or input table."""

    of: str
    kind: RangeKind
    shown: Shown

    @property
    def labels(self) -> list[str]:
        return [name for name in self.shown.header if name.endswith("_Name")]

    def column(self, name: str) -> list[Any]:
        """The cells of a column."""
        place = list(self.shown.header).index(name)
        return [row[place] for row in self.shown.rows]


def shown_ranges(store: Store) -> tuple[RangeTable, ...]:
    """All tables of ranges in a store, those of prices first, those of inputs last; StoreError."""
    names = [item.name for item in catalogue(store)]
    return tuple(
        RangeTable(name.removeprefix(kind.prefix), kind, show_rows(store, name))
        for kind in KINDS
        for name in names
        if name.startswith(kind.prefix)
    )


def ranges_text(found: Sequence[RangeTable]) -> Iterator[str]:
    """The tables, and how to read them."""
    if not found:
        yield "No problem of this model has ranges: only linear problems, outside of loops, have them (K740)."
        return
    for one in found:
        rows, count = _worth_telling(one)
        more = f", {count - MOST_ROWS:,} more in the database" if count > MOST_ROWS else ""
        yield f"{one.of}: {one.kind.words} (table {one.kind.prefix}{one.of}){more}"
        if not rows:
            slope = one.kind.slope
            yield f"  no {slope} but 0" if _known(one) else f"  no {slope}: no scenario has a plan"
            yield ""
            continue
        header = [h.removesuffix("_Name") for h in _header(one)]
        yield from grid(header, [_told(one, row) for row in rows], "  ", len(one.labels))
        yield ""
    yield (
        "Between low and the number as it is the price (amount, slope of the objective) is that on the left, up to high that on the right; "
        "exact 0: they hold at least so far."
    )
    if any(one.kind is INPUTS for one in found):
        yield (
            "Of an input that multiplies decisions the slope is that at its value; low and high are how far the same relations bind."
        )


def _header(one: RangeTable) -> list[str]:
    return [h for h in one.shown.header if h != "id"]


def _told(one: RangeTable, row: Sequence[Any]) -> list[Any]:
    return [_said(h, v) for h, v in zip(one.shown.header, row, strict=True) if h != "id"]


def _said(name: str, value: Any) -> Any:
    """A number, or what an infinite one means there."""
    if isinstance(value, float) and math.isinf(value):
        return "no plan" if name.startswith(("price", "slope")) else "no end"
    return value


def _known(one: RangeTable) -> bool:
    return any(v is not None for v in one.column(one.kind.slopes[0]))


def _worth_telling(one: RangeTable) -> tuple[list[Sequence[Any]], int]:
    """The first MOST_ROWS of the rows with a price, or with an amount, the largest first; and how many such rows there are."""
    left, right = (np.array(one.column(name), np.float64) for name in one.kind.slopes)
    sizes = np.fmax(np.abs(left), np.abs(right))
    told = np.flatnonzero(sizes > 0)
    first = told[np.argsort(-sizes[told], kind="stable")[:MOST_ROWS]]
    return [one.shown.rows[k] for k in first.tolist()], len(told)


def ranges_data(found: Sequence[RangeTable]) -> dict[str, Any]:
    """The tables as plain data, whole."""
    return {
        "tables": [
            {
                "of": one.of,
                "kind": one.kind.words,
                "rows": [
                    {h: v for h, v in zip(one.shown.header, row, strict=True) if h != "id"}
                    for row in one.shown.rows
                ],
            }
            for one in found
        ]
    }
