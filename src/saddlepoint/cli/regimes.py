"""`saddle regimes`: the scenarios of a sweep by what binds in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import echo, from_here, print_json
from saddlepoint.cli.picture_file import PICTURE, picture_place
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options
from saddlepoint.cli.spelling import as_typed

if TYPE_CHECKING:
    from saddlepoint.lab import Lab
    from saddlepoint.study.diagnosis.regimes import Regimes


@click.command("regimes", cls=SolvingCommand)
@folder_argument
@click.option("--most", type=click.IntRange(1), default=10, help="Regimes to show [10].")
@click.option("--plot", is_flag=True, help="Draw them, by default in DIR/regimes.png.")
@click.option(
    "--output",
    "-o",
    type=PICTURE,
    help="Picture to write: .png, .svg or .pdf; draws the regimes.",
)
@click.option("--force", is_flag=True, help="Overwrite the picture if it exists.")
@json_option
@solving_options
def command(
    folder: Path,
    settings: Any,
    most: int,
    plot: bool,
    output: Path | None,
    force: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Group the scenarios of linear problems by optimal basis: what binds, at which prices, the plan as a formula.

    Nothing is stored. Options as in saddle run.

    \b
    saddle regimes my_plan
    saddle regimes my_plan --most 3 -o regimes.svg
    """
    from saddlepoint.report.regimes_text import regimes_data, regimes_text

    place = picture_place(folder, "regimes.png", plot, output, force)
    lab = open_lab(folder, settings, "saddle regimes")
    found = lab.regimes(**solve_arguments(given))
    if as_json:
        print_json(regimes_data(found))
    else:
        echo(as_typed("\n".join(regimes_text(found, most))))
    if place is not None:
        _draw(found, lab, place, force)
        if not as_json:
            echo(f"wrote {from_here(place)}")


def _draw(found: tuple[Regimes, ...], lab: Lab, place: Path, force: bool) -> None:
    from saddlepoint.report.plots_regimes import regimes_picture
    from saddlepoint.report.plots_style import save

    units = {key: info.spec.unit for key, info in lab.model.tables.items()}
    save(regimes_picture(found, units), place, force)
