"""`saddle vary`: the optimum over one number of the data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import echo, print_json, print_rows
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options


@click.command("vary", cls=SolvingCommand)
@folder_argument
@click.argument("datum", metavar="TABLE[LABELS]")
@click.option("--from", "low", type=click.FLOAT, required=True, help="The least number.")
@click.option("--to", "high", type=click.FLOAT, required=True, help="The greatest number.")
@json_option
@solving_options
def command(
    folder: Path, settings: Any, datum: str, low: float, high: float, as_json: bool, **given: Any
) -> None:
    """Trace the optimum of a linear problem over one number of its data: every point where its slope changes.

    Between two points objective and slope are exact, not sampled. Nothing is stored. Options as in saddle run.
    """
    curves = open_lab(folder, settings, "saddle vary").vary(datum, low, high, **solve_arguments(given))
    if as_json:
        names = ("problem", "scenario", "datum", "now", "at", "objective", "slope", "complete")
        print_json([{name: getattr(c, name) for name in names} for c in curves])
        return
    for curve in curves:
        echo(f"{', '.join(curve.scenario) or 'the only scenario'}: {curve.datum} is {curve.now:g}")
        if not len(curve.at):
            echo("  no plan anywhere in between")
            continue
        slopes = [*map(float, curve.slope), None]
        rows = list(zip(map(float, curve.at), map(float, curve.objective), slopes, strict=True))
        print_rows((curve.datum, "objective", "slope after"), rows)
