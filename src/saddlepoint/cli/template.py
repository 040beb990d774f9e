"""`saddle template`: blanks to fill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, open_lab
from saddlepoint.cli.output import echo, from_here


@click.command("template")
@folder_argument
@click.option(
    "--layout",
    type=click.Choice(("workbook", "workbooks", "csv")),
    default="workbook",
    show_default=True,
    help="One workbook, one workbook per table, or one CSV file per table.",
)
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def command(folder: Path, settings: Any, layout: Any, force: bool) -> None:
    """Write blanks to fill in: first sets.xlsx, and once it is filled, the input tables with their coordinates."""
    from saddlepoint.declare.read import SETS

    first = not (folder / SETS).exists()
    for path in open_lab(folder, settings).template(layout, force):
        echo(f"wrote {from_here(path)}")
    after = f"saddle template {folder}" if first else f"saddle run {folder}"
    echo(f"Next: fill {'it' if first else 'them'} in, then {after}")
