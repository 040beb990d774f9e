"""`saddle sensitivity`: which inputs drive the results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab, path_beside
from saddlepoint.cli.output import echo, from_here, print_json
from saddlepoint.cli.picture_file import PICTURE
from saddlepoint.cli.planning_options import spare_files
from saddlepoint.cli.progress import progress
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options
from saddlepoint.cli.spelling import as_typed
from saddlepoint.records import excerpt

if TYPE_CHECKING:
    from saddlepoint.study.sensitivity.analyse import Sensitivity


@click.command("sensitivity", cls=SolvingCommand)
@folder_argument
@click.option(
    "--method",
    type=click.Choice(("morris", "sobol", "delta", "rbd-fast")),
    default="morris",
    show_default=True,
    help="How factors are ranked.",
)
@click.option(
    "--samples",
    type=click.IntRange(4),
    default=100,
    show_default=True,
    help="Trajectories (Morris), base samples (Sobol), runs (delta, RBD-FAST).",
)
@click.option(
    "--vary",
    multiple=True,
    metavar="TABLE[=WIDTH]",
    help="An input table that varies: cost=0.2 by ± 20 % of its numbers, cost=5:9 from 5 to 9 (repeatable).",
)
@click.option("--spread", type=float, default=0.1, show_default=True, help="Width where none is given.")
@click.option("--group", metavar="table|SET", help="One factor per table, or per item of a set.")
@click.option(
    "--measure", multiple=True, metavar="VARIABLE", help="Measured beside the objective (repeatable)."
)
@click.option(
    "--output", type=PICTURE, help="Picture to write: .png, .svg or .pdf [default: DIR/sensitivity.png]."
)
@click.option("--force", is_flag=True, help="Overwrite the file of --output if it exists.")
@json_option
@solving_options
def command(
    folder: Path,
    settings: Any,
    method: Any,
    samples: int,
    vary: tuple[str, ...],
    spread: float,
    group: str | None,
    measure: tuple[str, ...],
    output: Path | None,
    force: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Say which inputs drive the results: global sensitivity over uncertain tables and bounds.

    Factors are the cells of uncertain tables (their distributions), of tables that say `uncertainty_enabled: true`, and of
    those named by --vary. Every run is a scenario of one batch. Finished parts are kept in the database: the same command goes on
    after it was stopped. The indices are in the table _sensitivity.

    \b
    saddle sensitivity my_plan --vary cost=0.2 --vary demand=80:120
    saddle sensitivity my_plan --method sobol --samples 1024 --group table
    """
    spare_files({"plot": None if as_json else output, "force": force})
    lab = open_lab(folder, settings, "saddle sensitivity")
    seed = given.get("seed") or 0
    arguments = {k: v for k, v in solve_arguments({**given, "seed": None}).items() if v is not None}
    widths = dict(_width(text, spread) for text in vary)
    with progress(quiet=as_json) as report_progress:
        found = lab.sensitivity(
            method,
            samples,
            vary=widths,
            spread=spread,
            group=group,
            measures=measure,
            design_seed=seed,
            progress=report_progress,
            **arguments,
        )
    if as_json:
        print_json({"method": method, **excerpt(found, "runs", "failed", "solved"), "indices": found.table})
    else:
        _tell(found, output or path_beside(folder, "sensitivity.png"))
    return 0


def _tell(found: Sensitivity, place: Path) -> None:
    """Print the indices, and draw them."""
    from saddlepoint.report.plots_sensitivity import PANELS, sensitivity_picture
    from saddlepoint.report.plots_style import save
    from saddlepoint.report.sensitivity_text import sensitivity_text, tables

    echo(as_typed(sensitivity_text(found)))
    if found.rows:
        save(sensitivity_picture(found), place)
        count = sum(1 for _ in tables(found))
        some = f" ({PANELS} of {count} measures and scenarios)" if count > PANELS else ""
        echo(f"\nThe picture is {from_here(place)}{some}.")


def _width(text: str, spread: float) -> tuple[str, float | tuple[float, float]]:
    table, equals, width = text.partition("=")
    low, colon, high = width.partition(":")
    try:
        if colon:
            return table.strip(), (float(low), float(high))
        return table.strip(), float(width) if equals else spread
    except ValueError:
        message = f"{text!r} is not TABLE, TABLE=WIDTH or TABLE=LOW:HIGH"
        raise click.BadParameter(message, param_hint="--vary") from None
