"""Two sets of results side by side in sums: along sets, or groups of their items, and the items that came or went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from saddlepoint.errors import UsageError, suggest
from saddlepoint.records import dataclass
from saddlepoint.store import database_of, open_store
from saddlepoint.store.identifiers import REPORT
from saddlepoint.store.sets import stored_sets
from saddlepoint.study.results.compare import TableRows

ItemGroups = Mapping[str, Mapping[str, str]]
"""`Set.group` → item → the group that it is in."""
_TAIL = "_Name"


@dataclass(frozen=True, slots=True)
class SumDifference:
    """A sum that differs: table, its labels, the sum in the first and in the second, None where there is no row."""

    table: str
    labels: tuple[str, ...]
    first: float | None
    second: float | None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """Items of a set that only the first or only the second has."""

    key: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


def read_groups(place: Path, run: str = "") -> ItemGroups:
    """The groups and aggregations of the sets of a database; none of an export. StoreError."""
    database = database_of(place)
    if database.suffix != ".db" or not database.exists():
        return {}
    with open_store(database, readonly=True, run=run or None) as store:
        return {
            f"{one.key}.{name}": dict(zip(one.names, labels, strict=True))
            for one in stored_sets(store)
            for name, labels in (*one.filters.items(), *one.aggregations.items())
        }


def item_changes(first: Mapping[str, TableRows], second: Mapping[str, TableRows]) -> tuple[ItemChange, ...]:
    """The items that came or went, set by set, in tables that both sides have."""
    both = [name for name in first if name in second]
    one, other = _items(first, both), _items(second, both)
    changes = (
        ItemChange(
            key,
            tuple(i for i in one[key] if i not in other[key]),
            tuple(i for i in other[key] if i not in one[key]),
        )
        for key in one
        if key in other
    )
    return tuple(change for change in changes if change.gone or change.new)


def _items(tables: Mapping[str, TableRows], names: Sequence[str]) -> dict[str, dict[str, None]]:
    found: dict[str, dict[str, None]] = {}
    for name in names:
        table = tables[name]
        for k, label in enumerate(table.labels):
            if label.endswith(_TAIL):
                items = found.setdefault(label.removesuffix(_TAIL), {})
                items.update(dict.fromkeys(key[k] for key in table.cells))
    return found


def sum_differences(
    first: Mapping[str, TableRows],
    second: Mapping[str, TableRows],
    by: Sequence[str],
    groups: ItemGroups,
    relative: float = 1e-6,
    absolute: float = 1e-9,
) -> tuple[SumDifference, ...]:
    """Sums of all tables that have these sets, where the two sides differ, the largest difference of a table first.

    by: sets, or `Set.group`. UsageError X760: no table has such a set, or the set no such group.
    """
    _check(first, second, by, groups)
    found: list[SumDifference] = []
    for name in first:
        if name.startswith(REPORT):  # shares and means do not add up
            continue
        one = _sums(first[name], by, groups)
        other = _sums(second[name], by, groups) if name in second else {}
        rows = [
            SumDifference(name, key, one.get(key), other.get(key)) for key in dict.fromkeys([*one, *other])
        ]
        noise = max(tables[name].noise for tables in (first, second) if name in tables)
        least = max(absolute, noise * max(map(abs, (*one.values(), *other.values())), default=0.0))
        differing = [row for row in rows if _differs(row, relative, least if absolute else 0.0)]
        found += sorted(differing, key=lambda row: -abs((row.second or 0.0) - (row.first or 0.0)))
    return tuple(found)


def _differs(row: SumDifference, relative: float, absolute: float) -> bool:
    a, b = row.first or 0.0, row.second or 0.0
    return abs(a - b) > absolute + relative * max(abs(a), abs(b))


def _sums(table: TableRows, by: Sequence[str], groups: ItemGroups) -> dict[tuple[str, ...], float]:
    """The sums of the values of a table; nothing where it has not all of the sets, or no column of values."""
    at = {label.removesuffix(_TAIL).casefold(): k for k, label in enumerate(table.labels)}
    keys = [at.get(key.partition(".")[0].casefold()) for key in by]
    if "values" not in table.columns or None in keys:
        return {}
    value = table.columns.index("values")
    maps = [groups.get(key, {}) if "." in key else None for key in by]
    found: dict[tuple[str, ...], float] = {}
    for labels, cells in table.cells.items():
        if isinstance(cells[value], float):
            own = [labels[k] for k in keys if k is not None]
            key = tuple(i if m is None else m.get(i) or "–" for i, m in zip(own, maps, strict=True))
            found[key] = found.get(key, 0.0) + cells[value]
    return found


def _check(
    first: Mapping[str, TableRows], second: Mapping[str, TableRows], by: Sequence[str], groups: ItemGroups
) -> None:
    tables = [*first.values(), *second.values()]
    sets = {
        label.removesuffix(_TAIL): None for table in tables for label in table.labels if label.endswith(_TAIL)
    }
    for key in by:
        owner, _, group = key.partition(".")
        if owner.casefold() not in {name.casefold() for name in sets}:
            message = f"no table of the results has a set {owner!r}"
            raise UsageError.of("X760", message, fix=suggest(owner, sets))
        if group and key not in groups:
            known = [name for name in groups if name.startswith(f"{owner}.")]
            fix = (
                suggest(key, known)
                if known
                else "Groups are those of databases; their sets say them (`filters`, `aggregations`)."
            )
            raise UsageError.of("X760", f"the set {owner!r} has no group {group!r}", fix=fix)
