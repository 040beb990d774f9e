"""`saddle ranges`: how far every price and every plan holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import echo, print_json, print_warnings
from saddlepoint.cli.picture_file import picture_options, save_pictures
from saddlepoint.cli.progress import progress
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options
from saddlepoint.cli.spelling import as_typed


@click.command("ranges", cls=SolvingCommand)
@folder_argument
@picture_options("ranges.png", "the ranges")
@json_option
@solving_options
def command(folder: Path, settings: Any, place: Path | None, force: bool, as_json: bool, **given: Any) -> int:
    """Say how far every price and every plan of linear problems holds.

    Runs the model as saddle run --ranges does: beside plans and prices the database holds the tables
    range_price_CONSTRAINT (right-hand sides and the prices down and up to the ends of their ranges) and
    range_cost_TABLE (costs of decisions, and the amounts); with --input-ranges also range_input_TABLE (how
    far each number of an input table may move, and the slopes of the objective). The exit code is that of the run.

    \b
    saddle ranges my_plan
    saddle show my_plan range_price_balance
    saddle ranges my_plan --input-ranges
    """
    from saddlepoint.report.ranges_text import ranges_data, ranges_text, shown_ranges

    lab = open_lab(folder, settings, "saddle ranges")
    arguments = solve_arguments(given)
    arguments["ranges"] = True
    with progress(quiet=as_json) as report_progress:
        summary = lab.run(report_progress, **arguments)
    print_warnings(summary.warnings)
    with lab.store(readonly=True) as store:
        found = shown_ranges(store)
    if as_json:
        print_json(ranges_data(found) | {"messages": summary.messages})
    else:
        echo(as_typed("\n".join([*summary.messages, *ranges_text(found)])))
    if place is not None:
        from saddlepoint.report.plots_ranges import ranges_picture

        save_pictures([(place, ranges_picture(found))], force, as_json)
    return summary.exit_code
