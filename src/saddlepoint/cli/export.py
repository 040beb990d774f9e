"""`saddle export`: the database as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import open_lab, path_beside, settings_option
from saddlepoint.cli.output import echo
from saddlepoint.cli.places import ResultPlace, remember_place, tell_stale
from saddlepoint.cli.progress import progress


@click.command("export")
@click.argument("place", metavar="[DIR[@RUN]]", default=".", callback=remember_place)
@settings_option
@click.option(
    "--to",
    "target",
    type=click.Choice(("xlsx", "csv", "parquet", "mps", "lp")),
    default="xlsx",
    show_default=True,
    help="One workbook, a file per table, or the compiled problems for other solvers.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="Workbook or folder to write [default: DIR/export.xlsx, DIR/export]; x.mps or x.lp of a single program.",
)
@click.option("--table", "tables", multiple=True, help="Only this table (repeatable).")
@click.option(
    "--long",
    is_flag=True,
    help="A row per cell in every tab, also where two sets ask for one of them across.",
)
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def command(
    place: ResultPlace,
    settings: Any,
    target: Any,
    output: Path | None,
    tables: tuple[str, ...],
    long: bool,
    force: bool,
) -> None:
    """Write inputs, plans, prices and statuses to a workbook, or to a CSV or Parquet file per table.

    The workbook has a front sheet: what was found, whether it fits the inputs, where it comes from.
    DIR@RUN writes those of a kept run. --to mps|lp writes every problem in every scenario as
    a program, with rows and columns named by relations, variables and items.
    """
    if output is not None and output.suffix.lower() in (".mps", ".lp"):
        _write_program(place, settings, output, force)
        return
    if target in ("mps", "lp"):
        for path in open_lab(place.path, settings).write_programs(
            target, output or path_beside(place.path, "export"), force=force
        ):
            echo(f"wrote {path}")
        return
    file = output or path_beside(place.path, "export.xlsx" if target == "xlsx" else "export")
    lab = open_lab(place.path, settings)
    with place.store() as store:
        tell_stale(place, store)
    with progress(doing="writing", what="rows") as tell:
        written = lab.export(target, file, tables, force, place.run or None, long=long, tell=tell)
    for path in written:
        echo(f"wrote {path}")


def _write_program(place: ResultPlace, settings: Any, output: Path, force: bool) -> None:
    """One program in one file, as its ending says; UsageError X900 where there are several."""
    echo(f"wrote {open_lab(place.path, settings).write_program(output, force=force)}")
