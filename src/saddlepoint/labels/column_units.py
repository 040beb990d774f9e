"""One text for the units of a table whose columns differ: `EUR/MWh; slack: MW`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_OTHERS: Final = re.compile(r"(\w+(?:, \w+)*): (.*)")
_NONE: Final = "-"
_MEASURED: Final = frozenset([
    "values", "mean", "std", "lower", "upper", "price", "price_left", "price_right", "slack", "reduced_cost",
    "right_side", "low", "high", "cost", "plan_left", "plan_right",
])  # fmt: skip
"""Columns of numbers that have a unit; others count, or say yes or no."""


_SHARES: Final = frozenset(["%", "percent", "per cent"])
_TIMES: Final = frozenset([
    "s", "sec", "second", "min", "minute", "h", "hr", "hour", "shift", "d", "day", "wk", "week", "month", "quarter", "a", "y", "yr",
    "year", "period", "season",
])  # fmt: skip


def joined_units(unit: str, others: Mapping[str, str]) -> str:
    """The unit of a table, and those of columns (several names with commas between them) that have another."""
    if not unit and not any(others.values()):
        return ""
    return "; ".join(
        [*([unit] if unit else []), *(f"{names}: {own or _NONE}" for names, own in others.items())]
    )


def column_unit(text: str, column: str) -> str:
    """The unit of one column, "" where it has none."""
    unit, others = _parted(text)
    own = next((one for names, one in others.items() if column in names.split(", ")), unit)
    return "" if column not in _MEASURED or own == _NONE else own


def name_and_unit(name: str, unit: str) -> str:
    """A name with a unit behind it, if there is one: `price [EUR/MWh]`."""
    return f"{name} [{unit}]" if unit else name


def with_unit(column: str, text: str) -> str:
    """The name of a column with its unit; text: the units of its table."""
    return name_and_unit(column, column_unit(text, column))


def main_unit(text: str) -> str:
    """The unit of the columns that a table is for."""
    return _parted(text)[0]


def is_amount(unit: str) -> bool:
    """Whether numbers of a unit may be added up over the items of a set: amounts may, and flows (per time); prices, yields, per
    cents not."""
    _, per, below = unit.casefold().partition("/")
    parts = [part.strip("() ") for part in re.split(r"[/*·]", below)]
    return unit.casefold() not in _SHARES and (
        not per or all(p in _TIMES or p.removesuffix("s") in _TIMES for p in parts)
    )


def _parted(text: str) -> tuple[str, dict[str, str]]:
    parts = text.split("; ")
    found = [match if (match := _OTHERS.fullmatch(part)) and _named(match) else None for part in parts]
    if not all(found[1:]):
        return text, {}
    return parts[0] if found[0] is None else "", {one[1]: one[2] for one in found if one is not None}


def _named(found: re.Match[str]) -> bool:
    return _MEASURED.issuperset(found[1].split(", "))
