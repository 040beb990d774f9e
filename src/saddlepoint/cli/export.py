"""`saddle export`: the database as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, open_lab
from saddlepoint.cli.output import echo


@click.command("export")
@folder_argument
@click.option(
    "--to",
    "target",
    type=click.Choice(("xlsx", "csv", "parquet")),
    default="xlsx",
    show_default=True,
    help="One workbook, or a file per table.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="Workbook or folder to write [default: DIR/export.xlsx, DIR/export].",
)
@click.option("--table", "tables", multiple=True, help="Only this table (repeatable).")
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def command(
    folder: Path, settings: Any, target: Any, output: Path | None, tables: tuple[str, ...], force: bool
) -> None:
    """Write inputs, plans, prices and statuses to a workbook, or to a CSV or Parquet file per table."""
    place = output or folder / ("export.xlsx" if target == "xlsx" else "export")
    for path in open_lab(folder, settings).export(target, place, tables, force):
        echo(f"wrote {path}")
