"""`saddle explain`: the compiled problems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, open_lab
from saddlepoint.cli.solving import SolvingCommand, solving_options, taken


@click.command("explain", cls=SolvingCommand)
@folder_argument
@solving_options
def command(folder: Path, settings: Any, **given: Any) -> None:
    """Describe the compiled problems: sizes, pattern, what varies, route and why; options as in saddle run."""
    click.echo(open_lab(folder, settings, "saddle explain").explain(**taken(given)), nl=False)
