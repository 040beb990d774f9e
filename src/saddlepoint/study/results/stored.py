"""Results as the store has them, current or kept, in the terms of a Result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, field
from typing import Any

from saddlepoint.errors import UsageError, suggest
from saddlepoint.labels import Table
from saddlepoint.records import dataclass
from saddlepoint.store import (
    CatalogueEntry,
    RunRecord,
    Store,
    catalogue,
    history,
    last_outcomes,
    price_table,
    report_table,
)
from saddlepoint.store.findings import table_in_folder
from saddlepoint.store.identifiers import reduced_cost_table
from saddlepoint.store.stored import read_stored


@dataclass(frozen=True, slots=True)
class StoredResult:
    """What a run has left in the store; tables are read when they are asked for.

    record: the run (of current results the newest that wrote some of them), None where there are no results; tables: what
    it read and wrote, by name; outcomes: header and rows of the status of every problem and scenario; variables:
    variable → the table it looks at.
    """

    open: Callable[[], Store] = field(repr=False)
    record: RunRecord | None
    tables: Mapping[str, CatalogueEntry]
    _: KW_ONLY
    outcomes: tuple[tuple[str, ...], tuple[tuple[Any, ...], ...]]
    variables: Mapping[str, str] = field(default_factory=dict[str, str])

    def __repr__(self) -> str:
        return f"StoredResult({self._sentence()})"

    def _repr_html_(self) -> str:
        from saddlepoint.printing.html import html_table

        results = [info for info in self.tables.values() if info.kind == "result"]
        rows = [(info.name, info.unit, info.description) for info in results]
        return html_table(self._sentence(), ("table", "unit", "description"), rows, len(rows))

    def _sentence(self) -> str:
        if self.record is None:
            return "no results"
        run, (header, rows) = self.record, self.outcomes
        words = [row[header.index("status")] for row in rows]
        counts = ", ".join(f"{word}: {words.count(word):,}" for word in dict.fromkeys(words))
        old = next((info.stale for info in self.tables.values() if info.stale), "")
        name = f" ({run.name})" if run.name else ""
        return f"run {run.id}{name} of {run.started[:16].replace('T', ' ')} UTC; {counts}" + (
            f"; stale: {old}" if old else ""
        )

    def table(self, key: str) -> Table:
        """A table by its name, or by that of a variable; UsageError X101, StoreError."""
        name = key if key in self.tables else self.variables.get(key, key)
        if name not in self.tables:
            raise self._unknown(key, name)
        with self.open() as store:
            return read_stored(store, name)

    def _unknown(self, key: str, name: str) -> UsageError:
        with self.open() as store:
            elsewhere = table_in_folder(store, name)
        if elsewhere is not None:
            return UsageError.of(
                "X101", elsewhere.message, elsewhere.mark, why=elsewhere.why, fix=elsewhere.fix
            )
        known = [*self.tables, *(v for v, table in self.variables.items() if table in self.tables)]
        return UsageError.of("X101", f"the run has no table {key!r}", fix=suggest(key, known))

    def price(self, constraint: str, problem: str = "") -> Table:
        """Price, slack and binding of one constraint; UsageError X101, StoreError."""
        return self.table(price_table(constraint, problem))

    def reduced_cost(self, key: str) -> Table:
        """What one more unit of an implicit bound is worth; UsageError X101, StoreError."""
        return self.table(reduced_cost_table(self.variables.get(key, key)))

    def report(self, figure: str, problem: str = "") -> Table:
        """A figure of the report; UsageError X101, StoreError."""
        return self.table(report_table(figure, problem))


def stored_result(open_: Callable[[], Store], variables: Mapping[str, str]) -> StoredResult:
    """The results that a store shows; open_: opens it, as of the run that is wanted. StoreError."""
    with open_() as store, store.snapshot():
        tables = {info.name: info for info in catalogue(store) if store.has(info.name)}
        newest = max((info.run or 0 for info in tables.values() if info.kind == "result"), default=0)
        record = store.run or next((run for run in history(store) if run.id == newest), None)
        return StoredResult(open_, record, tables, outcomes=last_outcomes(store), variables=variables)
