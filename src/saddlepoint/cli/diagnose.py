"""`saddle diagnose`: why there is no plan, and what would help."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import tell
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options
from saddlepoint.cli.spelling import comma_list


@click.command("diagnose", cls=SolvingCommand)
@folder_argument
@json_option
@click.option("--protect", metavar="A,B", help="Tables that no repair may change.")
@click.option("--only", metavar="A,B", help="The only tables that repairs may change.")
@click.option(
    "--weight", "weights", multiple=True, metavar="TABLE=W", help="How dear a change of a table is [1]."
)
@click.option("--most", type=click.IntRange(1), help="Scenarios to look into [5].")
@click.option("--patience", type=click.FLOAT, metavar="SECONDS", help="Time for repairs [twice the solve].")
@solving_options
def command(
    folder: Path,
    settings: Any,
    as_json: bool,
    protect: str | None,
    only: str | None,
    weights: tuple[str, ...],
    most: int | None,
    patience: float | None,
    **given: Any,
) -> int:
    """Say why scenarios have no plan, or no finite optimum, and which changes of data would help.

    Nothing is stored. Options as in saddle run. The exit code is 0 if every scenario has an answer, else 3.
    """
    from saddlepoint.report.diagnosis import diagnosis_data, diagnosis_text

    lab = open_lab(folder, settings, "saddle diagnose")
    found = lab.diagnose(
        protect=comma_list(protect or ""),
        only=comma_list(only or ""),
        weights=dict(map(_weight, weights)),
        most=most,
        patience=patience,
        **solve_arguments(given),
    )
    tell(found, as_json, diagnosis_data, diagnosis_text)
    return 0 if found.is_sound else 3


def _weight(text: str) -> tuple[str, float]:
    name, equals, number = text.partition("=")
    try:
        return name.strip(), float(number if equals else "")
    except ValueError:
        raise click.BadParameter(f"{text!r} is not TABLE=NUMBER", param_hint="--weight") from None
