"""`saddle outcomes`: what deciding under outcomes costs, and what knowing them would be worth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import tell
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options


@click.command("outcomes", cls=SolvingCommand)
@folder_argument
@click.option(
    "--sample", is_flag=True, help="The outcomes are a sample: say how far the decision may be off."
)
@json_option
@solving_options
def command(folder: Path, settings: Any, sample: bool, as_json: bool, **given: Any) -> None:
    """Weigh decisions under outcomes: expected amount, distribution, EVPI and VSS; options as in saddle run.

    Nothing is stored. --sample: half of the outcomes decide, the others judge (Mak, Morton & Wood).
    """
    from saddlepoint.report.outcome_text import outcome_data, outcome_text

    found = open_lab(folder, settings, "saddle outcomes").weigh(sample=sample, **solve_arguments(given))
    tell(found, as_json, outcome_data, outcome_text)
