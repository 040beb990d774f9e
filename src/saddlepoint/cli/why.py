"""`saddle why`: why two scenarios, or a kept run and the present data, have different optima."""

from __future__ import annotations

from typing import Any

import click

from saddlepoint.cli.folder import json_option, open_lab, settings_option
from saddlepoint.cli.output import tell
from saddlepoint.cli.places import ResultPlace, remember_place
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options


@click.command("why", cls=SolvingCommand)
@click.argument("first", metavar="A", callback=remember_place)
@click.argument("second", metavar="B", callback=remember_place)
@settings_option
@click.option("--cells", is_flag=True, help="Split by the cells that differ, in place of tables.")
@json_option
@solving_options
def command(
    first: ResultPlace, second: ResultPlace, settings: Any, cells: bool, as_json: bool, **given: Any
) -> None:
    """Say which difference of the data moves the optimum, and the plan, from A to B.

    A and B are scenarios of one model, or kept runs of it: their data are put into the model's formulas one by one, in every
    order, and solved. Nothing is stored. Options as in saddle run.

    \b
    saddle why my_plan:low my_plan:high
    saddle why my_plan@base my_plan
    saddle why my_plan@base:low my_plan:low --cells
    """
    from saddlepoint.report.reasons_text import reasons_data, reasons_text

    if first.path.resolve() != second.path.resolve():
        hint = "Compare two models with saddle compare."
        raise click.UsageError(
            f"{first.path} and {second.path} are two models, and reasons are those of one. {hint}"
        )
    lab = open_lab(first.path, settings, "saddle why")
    arguments = solve_arguments(given)
    found = lab.why(first.scenario, second.scenario, runs=(first.run, second.run), cells=cells, **arguments)
    tell(found, as_json, reasons_data, lambda one: "\n".join(reasons_text(one, *_names(first, second))))


def _names(first: ResultPlace, second: ResultPlace) -> tuple[str, str]:
    """What the two are called."""
    names = [
        ":".join(part for part in (f"@{p.run}" if p.run else "", p.scenario) if part) for p in (first, second)
    ]
    return (names[0] or "A", names[1] or "B") if names[0] != names[1] else ("A", "B")
