"""Tables of any size in a few numbers: how many rows, sums by labels, the largest entries; counted by SQLite."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from saddlepoint.records import dataclass
from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import coordinate, quote, set_table
from saddlepoint.store.tables import RowFilter, Shown, conditions, known_column, table_columns

MEASURES: Final = ("values", "price", "reduced_cost")
"""The column that counts in a table, whichever it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A table in numbers. column: that which counts, "" if there is none; rows: all; given: with a number; nonzero; total (of what
    adds up), least, most: None where no row has a number; binding: of prices, rows that bind."""

    column: str
    rows: int
    given: int = 0
    nonzero: int = 0
    total: float | None = None
    least: float | None = None
    most: float | None = None
    binding: int | None = None


def measure_column(columns: Mapping[str, str]) -> str:
    """The column of a table that holds its numbers; "" if there is none."""
    return next((name for name in MEASURES if name in columns), "")


def adds_up(column: str) -> bool:
    """Whether numbers of this column are amounts, whose sum means something; of prices it is the mean."""
    return column == "values"


def totals(store: Store, name: str, where: RowFilter | None = None) -> Totals:
    """A table in numbers. StoreError B011, B012."""
    columns = table_columns(store, name)
    column = measure_column(columns)
    condition, values = conditions(store, name, where)
    if not column:
        ((rows,),) = store.query(f"SELECT count(*) FROM {quote(name)}{condition}", values)
        return Totals(column="", rows=rows)
    v = quote(column)
    binding = "sum(binding)" if "binding" in columns else "NULL"
    summed = f"sum({v})" if adds_up(column) else "NULL"
    ((rows, given, nonzero, total, least, most, binds),) = store.query(
        f"""SELECT count(*), count({v}), sum({v} <> 0), {summed}, min({v}), max({v}), {binding}
        FROM {quote(name)}{condition}""",
        values,
    )
    return Totals(
        column=column,
        rows=rows,
        given=given,
        nonzero=nonzero or 0,
        total=total,
        least=least,
        most=most,
        binding=None if binds is None else int(binds),
    )


def largest_size(store: Store, name: str, column: str) -> float:
    """The largest absolute number of a column of a table, 0 where it has none. StoreError."""
    if column not in store.columns(name):
        return 0.0
    ((found,),) = store.query(f"SELECT max(abs({quote(column)})) FROM {quote(name)}")
    return float(found) if found is not None and math.isfinite(found) else 0.0


def sums_by(store: Store, name: str, by: Sequence[str], where: RowFilter | None = None) -> Shown:
    """Sums of a table (of prices: means) over all but some coordinates, or over groups of their items (`Set.group`).

    Rows in the order in which the labels occur. StoreError B011, B012.
    """
    columns = table_columns(store, name)
    column = measure_column(columns)
    condition, values = conditions(store, name, where, "t")
    joins, fields, titles = "", [], []
    for k, key in enumerate(by):
        set_key, _, group = key.partition(".")
        label = known_column(store, name, set_key, columns)
        titles.append(key)
        if not group:
            fields.append(f"t.{quote(label)}")
            continue
        own = label.removesuffix("_Name")
        owner = table_columns(store, set_table(own))
        choices = (f"{own}_{group}", f"{own}_agg_{group}")
        grouped = next((c for c in choices if c in owner), choices[0])
        grouped = known_column(store, set_table(own), grouped, owner)
        joins += (
            f" LEFT JOIN {quote(set_table(own))} AS s{k} ON s{k}.{quote(coordinate(own))} = t.{quote(label)}"
        )
        fields.append(f"s{k}.{quote(grouped)}")
    how = "sum" if adds_up(column) else "avg"
    places = ", ".join(str(k + 1) for k in range(len(fields)))
    rows = store.query(
        f"""SELECT {", ".join(fields)}, {how}(t.{quote(column)}) FROM {quote(name)} AS t{joins}{condition}
        GROUP BY {places} ORDER BY min(t.id)""",
        values,
    )
    value = column if how == "sum" else f"mean {column}"
    return Shown((*titles, value), tuple(rows), len(rows))


def largest_rows(store: Store, name: str, where: RowFilter | None = None, limit: int = 5) -> Shown:
    """The rows with the numbers of the largest size. StoreError B011, B012."""
    columns = table_columns(store, name)
    column = measure_column(columns)
    condition, values = conditions(store, name, where)
    rows = store.query(
        f"SELECT * FROM {quote(name)}{condition} ORDER BY abs({quote(column)}) DESC LIMIT ?", (*values, limit)
    )
    return Shown(tuple(columns), tuple(rows), len(rows))


def counts(store: Store, name: str, where: RowFilter | None = None) -> dict[str, int]:
    """Coordinate → how many labels of it occur. StoreError B011, B012."""
    columns = table_columns(store, name)
    labels = [column for column in columns if column.endswith("_Name")]
    condition, values = conditions(store, name, where)
    if not labels:
        return {}
    if not condition and (whole := _whole_sets(store, name, labels)):
        return whole
    fields: list[Any] = [f"count(DISTINCT {quote(label)})" for label in labels]
    (row,) = store.query(f"SELECT {', '.join(fields)} FROM {quote(name)}{condition}", values)
    return {label.removesuffix("_Name"): int(count) for label, count in zip(labels, row, strict=True)}


def _whole_sets(store: Store, name: str, labels: Sequence[str]) -> dict[str, int]:
    """Set → how many items it has, where a table has a row for each of their combinations; empty where not.

    Its rows differ in their labels; to count these takes as long as to sum the table.
    """
    keys = [label.removesuffix("_Name") for label in labels]
    if not all(store.has(set_table(key)) for key in keys):
        return {}
    tables = [name, *map(set_table, keys)]
    (found,) = store.query("SELECT " + ", ".join(f"(SELECT count(*) FROM {quote(one)})" for one in tables))
    rows, *sizes = map(int, found)
    return dict(zip(keys, sizes, strict=True)) if rows == math.prod(sizes) else {}
