"""`saddle frontier`: the trade-off between two objectives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import tell
from saddlepoint.cli.picture_file import PICTURE
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options


@click.command("frontier", cls=SolvingCommand)
@folder_argument
@click.argument("objectives", nargs=-1, metavar="[FIRST SECOND]")
@click.option(
    "--points", type=click.IntRange(2), help="Corners of a linear front at most, or points of another."
)
@click.option("--problem", help="The problem, where there are several.")
@click.option("--plot", type=PICTURE, help="Draw the front (.png, .svg, .pdf).")
@click.option("--force", is_flag=True, help="Overwrite the picture if it exists.")
@json_option
@solving_options
def command(
    folder: Path,
    settings: Any,
    objectives: tuple[str, ...],
    points: int | None,
    problem: str | None,
    plot: Path | None,
    force: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Trace the trade-off between two objectives: what one costs in terms of the other.

    FIRST and SECOND are names of lines of the objective (or priority_1, priority_2); without them the two that there are.
    Where both are linear the front is exact: its corners, between which it is straight. Else its points are the best of
    the first at levels of the second.

    \b
    saddle frontier my_plan
    saddle frontier my_plan cost emissions --points 20 --json
    """
    if plot is not None:
        from saddlepoint.cli.planning_options import spare_files

        spare_files({"plot": plot, "force": force})
    from saddlepoint.report.frontier_text import frontier_data, frontier_text

    lab = open_lab(folder, settings, "saddle frontier")
    found = lab.frontier(objectives, points, problem, **solve_arguments(given))
    tell(found, as_json, frontier_data, frontier_text)
    if plot is not None:
        from saddlepoint.report.pictures.special import front_picture
        from saddlepoint.report.plots_style import save

        save(front_picture(found), plot, force)
    return found.exit_code
