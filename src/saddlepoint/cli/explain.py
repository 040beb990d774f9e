"""`saddle explain`: the compiled problems."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, open_lab
from saddlepoint.cli.output import echo
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options
from saddlepoint.cli.spelling import as_typed


@click.command("explain", cls=SolvingCommand)
@folder_argument
@click.option("--latex", is_flag=True, help="Print the problems in LaTeX, as the formulas say them.")
@solving_options
def command(folder: Path, settings: Any, latex: bool, **given: Any) -> None:
    """Describe the compiled problems: sizes, pattern, what varies, route and why; options as in saddle run."""
    lab = open_lab(folder, settings, "saddle explain")
    echo((lab.latex() if latex else as_typed(lab.explain(**solve_arguments(given)))).rstrip("\n"))
