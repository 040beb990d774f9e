"""`saddle show`: tables of the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from saddlepoint.cli.folder import json_option, remember
from saddlepoint.cli.output import echo, print_json, print_rows

if TYPE_CHECKING:
    from saddlepoint.store import Store


@click.command("show")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path), callback=remember)
@click.argument("table", required=False)
@click.option("--where", multiple=True, metavar="SET=LABEL", help="Only rows with this label (repeatable).")
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="Rows at most; 0: all.")
@json_option
def command(folder: Path, table: str | None, where: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Print a table of the database, its last set across where that fits; without TABLE, list the tables.

    \b
    saddle show my_plan production --where Scenarios_energy=low
    saddle show my_plan _scenarios
    """
    chosen = _where(where)
    with _store(folder) as store:
        if table is None:
            _list(store, as_json)
            return
        from saddlepoint.store import show_rows

        shown = show_rows(store, table, chosen, limit or None)
        for said in [] if shown.total else _unmatched(store, table, chosen):
            echo(said, err=True)
    if as_json:
        print_json({"table": table, "columns": shown.header, "rows": shown.rows, "total": shown.total})
        return
    from saddlepoint.report.run_summary import laid_out

    print_rows(*laid_out(shown))
    if shown.total > len(shown.rows):
        echo(f"… {shown.total - len(shown.rows)} more rows (--limit 0 shows all)")


def _where(pairs: tuple[str, ...]) -> dict[str, str]:
    chosen: dict[str, str] = {}
    for pair in pairs:
        name, equals, label = pair.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{pair!r} is not SET=LABEL", param_hint="--where")
        chosen[name.strip()] = label.strip()
    return chosen


def _unmatched(store: Store, table: str, chosen: dict[str, str]) -> list[str]:
    """Which labels of --where stand in no row, and what they may have been meant to be."""
    from saddlepoint.errors import suggest
    from saddlepoint.store import show_rows

    whole = show_rows(store, table)
    found: list[str] = []
    for name, label in chosen.items():
        column = whole.header.index(f"{name}_Name" if f"{name}_Name" in whole.header else name)
        known = dict.fromkeys(str(row[column]) for row in whole.rows)
        if label not in known:
            found.append(f"No row has {name}={label}. {suggest(label, known)}")
    return found


def _store(folder: Path) -> Store:
    """The database of a place, which need not be a model folder any more; FileError, StoreError."""
    from saddlepoint.errors import Diagnostic, FileError, Mark
    from saddlepoint.store import database_of, open_store

    if not folder.exists():
        raise FileError(
            Diagnostic("F001", "there is no such folder", Mark(str(folder)), fix="Check the path.")
        )
    return open_store(database_of(folder), readonly=True)


def _list(store: Store, as_json: bool) -> None:
    from saddlepoint.store import catalogue

    rows = [(i.name, i.kind, _count(store, i.name), i.unit, i.description) for i in catalogue(store)]
    ours = [name for name in ("_runs", "_scenarios", "_convergence") if store.has(name)]
    rows += [(name, "record", _count(store, name), "", "") for name in ours]
    header = ("table", "kind", "rows", "unit", "description")
    if as_json:
        print_json({"tables": [dict(zip(header, row, strict=True)) for row in rows]})
    elif rows:
        print_rows(header, [(name, kind, float(count), *more) for name, kind, count, *more in rows])
    else:
        echo("The database holds no tables yet; saddle load or saddle run fills it.")


def _count(store: Store, name: str) -> int:
    from saddlepoint.store import show_rows

    return show_rows(store, name, limit=0).total if store.has(name) else 0
