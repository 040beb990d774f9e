"""`saddle regimes`: the scenarios of a sweep by what binds in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import tell
from saddlepoint.cli.picture_file import picture_options, save_pictures
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options


@click.command("regimes", cls=SolvingCommand)
@folder_argument
@click.option("--most", type=click.IntRange(1), default=10, help="Regimes to show [10].")
@picture_options("regimes.png", "the regimes")
@json_option
@solving_options
def command(
    folder: Path, settings: Any, most: int, place: Path | None, force: bool, as_json: bool, **given: Any
) -> None:
    """Group the scenarios of linear problems by optimal basis: what binds, at which prices, the plan as a formula.

    Nothing is stored. Options as in saddle run.

    \b
    saddle regimes my_plan
    saddle regimes my_plan --most 3 -o regimes.svg
    """
    from saddlepoint.report.regimes_text import regimes_data, regimes_text

    lab = open_lab(folder, settings, "saddle regimes")
    found = lab.regimes(**solve_arguments(given))
    tell(found, as_json, regimes_data, lambda all_of: "\n".join(regimes_text(all_of, most)))
    if place is not None:
        from saddlepoint.report.plots_regimes import regimes_picture

        units = {key: info.spec.unit for key, info in lab.model.tables.items()}
        save_pictures([(place, regimes_picture(found, units))], force, as_json)
