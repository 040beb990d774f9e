"""`saddle template`: blanks to fill."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import folder_argument, open_lab
from saddlepoint.cli.output import echo, from_here

if TYPE_CHECKING:
    from saddlepoint.declare import Templated


@click.command("template")
@folder_argument
@click.option(
    "--layout",
    type=click.Choice(("workbook", "workbooks", "csv")),
    help="One workbook, one workbook per table, or one CSV file per table.",
)
@click.option(
    "--force", is_flag=True, help="Blank inputs anew; the old files are moved to the folder backup."
)
def command(folder: Path, settings: Any, layout: Any, force: bool) -> None:
    """Write files to fill in, or add what they lack: first sets.xlsx, then the input tables with their coordinates.

    Values stay as they are. A copy of every file that changes is kept in the folder backup.
    """
    written = open_lab(folder, settings).template(layout, force)
    for each in written:
        echo(f"wrote {from_here(each.path)}{_added(each)}")
        if each.backup is not None:
            echo(f"  as it was before: {from_here(each.backup)}")
    if not written:
        echo("Nothing is missing: all sets and input tables have their rows.")
        return
    first = any(each.path.name == "sets.xlsx" for each in written)
    after = f"saddle template {folder}" if first else f"saddle run {folder}"
    echo(f"Next: fill {'it' if first else 'them'} in, then {after}")


def _added(each: Templated) -> str:
    if each.backup is None or not each.added:
        return ""
    return ": " + ", ".join(
        f"{name} {count:+d}" if count else f"{name} (new)" for name, count in each.added.items()
    )
