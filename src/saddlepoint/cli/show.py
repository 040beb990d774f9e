"""`saddle show`: tables of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import echo, page_width, print_json, print_rows
from saddlepoint.cli.places import ResultPlace, remember_place, tell_stale
from saddlepoint.cli.spelling import comma_list, where_of
from saddlepoint.store.tables import entry_of

if TYPE_CHECKING:
    from saddlepoint.store import Store

MOST = 50
"""Rows that are shown without being asked for."""


@click.command("show")
@click.argument("place", metavar="DIR[@RUN]", callback=remember_place)
@click.argument("table", required=False)
@click.option(
    "--where",
    multiple=True,
    metavar="SET=LABEL",
    help="Only rows with this label (repeatable; one of the labels of a set, and of each set).",
)
@click.option(
    "--by",
    metavar="SET,…",
    help="Sums by these sets, or by groups of their items (Set.group); of prices: means.",
)
@click.option("--limit", type=click.IntRange(0), help=f"Rows at most [{MOST}, or an overview]; 0: all.")
@json_option
def command(
    place: ResultPlace,
    table: str | None,
    where: tuple[str, ...],
    by: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Print a table of the database, its last set across where that fits; without TABLE, list the tables.

    Of a long table an overview is printed: totals, sums, the largest entries, the first rows. DIR@RUN shows a kept run.

    \b
    saddle show my_plan production --where Scenarios_energy=low
    saddle show my_plan@base production --by Products
    saddle show my_plan _scenarios
    """
    if place.scenario:
        raise click.UsageError(
            f"All scenarios are read here, not {place.scenario} alone; --where SET=LABEL chooses one."
        )
    chosen = where_of(where)
    with place.store() as store:
        if table is None:
            tell_stale(place, store)
            _list(store, as_json)
            return
        table = _known(store, table)
        said = tell_stale(place, store) if _is_result(store, table) else ""
        if as_json:
            _print_json(store, table, chosen, by, MOST if limit is None else limit, said)
        else:
            _print(store, table, chosen, by, limit)


def _print(store: Store, table: str, chosen: dict[str, list[str]], by: str | None, limit: int | None) -> None:
    from saddlepoint.labels.column_units import main_unit
    from saddlepoint.report.overview import grouped, overview
    from saddlepoint.report.pivots import CELLS, PAGE, laid_out
    from saddlepoint.store import show_rows
    from saddlepoint.store.totals import measure_column

    width = page_width() or PAGE
    if by is not None:
        echo("\n".join(grouped(store, table, _keys(by), chosen, width)))
        return
    known = entry_of(store, table)
    unit = known.unit if known is not None else ""
    numbers = limit is None and measure_column(store.columns(table))
    shown = show_rows(store, table, chosen, CELLS if numbers else (MOST if limit is None else limit) or None)
    for said in [] if shown.total else _unmatched(store, table, chosen):
        echo(said, err=True)
    header, rows = laid_out(shown, unit, width)
    if numbers and (len(rows) > MOST or shown.total > len(shown.rows)):
        echo("\n".join(overview(store, table, chosen, width)))
        echo("\n--limit 0 shows all rows, --by SET sums up, --where SET=LABEL chooses")
        return
    exact = "price" in shown.header or (known is not None and known.kind == "input")
    if main_unit(unit) and not any(title.endswith("]") for title in header):
        echo(f"{table} [{main_unit(unit)}]")
    print_rows(header, rows, width=width, exact=exact)
    if shown.total > len(shown.rows):
        echo(f"… {shown.total - len(shown.rows):,} more rows (--limit 0 shows all)")


def _print_json(
    store: Store, table: str, chosen: dict[str, list[str]], by: str | None, limit: int, said: str
) -> None:
    from saddlepoint.store import show_rows, sums_by

    shown = sums_by(store, table, _keys(by), chosen) if by else show_rows(store, table, chosen, limit or None)
    data = {"table": table, "columns": shown.header, "rows": shown.rows, "total": shown.total}
    print_json(data | ({"stale": said} if said else {}))


def _keys(by: str) -> tuple[str, ...]:
    keys = comma_list(by)
    if not keys:
        raise click.BadParameter(f"{by!r} names no set", param_hint="--by")
    return keys


def _known(store: Store, table: str) -> str:
    """The table's own name, whatever the case of the letters that was typed."""
    from saddlepoint.store import catalogue

    names = [info.name for info in catalogue(store)]
    return table if table in names else next((n for n in names if n.lower() == table.lower()), table)


def _is_result(store: Store, table: str) -> bool:
    from saddlepoint.store import catalogue

    return table == "_scenarios" or any(i.name == table and i.kind == "result" for i in catalogue(store))


def _unmatched(store: Store, table: str, chosen: dict[str, list[str]]) -> list[str]:
    """Which labels of --where stand in no row, and what they may have been meant to be."""
    from saddlepoint.errors import suggest
    from saddlepoint.store import show_rows

    whole = show_rows(store, table)
    found: list[str] = []
    for name, labels in chosen.items():
        column = whole.header.index(f"{name}_Name" if f"{name}_Name" in whole.header else name)
        known = dict.fromkeys(str(row[column]) for row in whole.rows)
        found += [
            f"No row has {name}={label}. {suggest(label, known)}" for label in labels if label not in known
        ]
    return found


def _list(store: Store, as_json: bool) -> None:
    from saddlepoint.files.folder import RESULTS, tables_in
    from saddlepoint.printing.sentences import some_of
    from saddlepoint.store import catalogue

    rows = [(i.name, i.kind, _count(store, i.name), i.unit, i.description) for i in catalogue(store)]
    ours = [name for name in ("_runs", "_scenarios", "_convergence") if store.has(name)]
    rows += [(name, "record", _count(store, name), "", "") for name in ours]
    header = ("table", "kind", "rows", "unit", "description")
    if as_json:
        print_json({"tables": [dict(zip(header, row, strict=True)) for row in rows]})
    elif rows:
        print_rows(header, rows)
        if store.path is not None and (written := tables_in(store.path.parent / RESULTS)):
            echo(f"\nWritten by `saddle run --to parquet` to the folder {RESULTS}: {some_of([*written], 8)}.")
    else:
        echo("The database holds no tables yet; saddle load or saddle run fills it.")


def _count(store: Store, name: str) -> int:
    from saddlepoint.store import show_rows

    return show_rows(store, name, limit=0).total if store.has(name) else 0
