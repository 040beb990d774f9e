"""`saddle trust`: the user's word that a folder's Python files may be run."""

from __future__ import annotations

from pathlib import Path

import click

from saddlepoint.cli.output import echo


@click.command("trust")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def command(folder: Path) -> None:
    """Remember that user_defined_operators.py and user_defined_constants.py of a folder may be run, as they are now.

    They are programs and run with all your rights: read them first. When they change, they are not run until you say so
    again. --trust of the other commands is for one call.
    """
    from saddlepoint.errors import FileError, Mark
    from saddlepoint.model.language import trust

    if not folder.is_dir():
        raise FileError.of("F001", "there is no such folder", Mark(str(folder)), fix="Check the path.")
    names, place = trust(folder.resolve())
    if place is None:
        echo("The folder has no Python files of its own; there is nothing to trust.")
        return
    echo(f"Trusted as they are now: {', '.join(names)}")
    echo(f"Kept in {place}")
