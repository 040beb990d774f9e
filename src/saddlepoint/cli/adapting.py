"""`saddle adapting`: what decisions gain by reacting to what is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import tell
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options


@click.command("adapting", cls=SolvingCommand)
@folder_argument
@json_option
@solving_options
def command(folder: Path, settings: Any, as_json: bool, **given: Any) -> int:
    """What decisions gain by reacting to what is seen: the optimum with their rules, without each, and of a static plan.

    For models in which a table says `adapts: demand before Weeks`. A table that must react (a stock that follows demand) is named.

    \b
    saddle adapting my_plan
    """
    from saddlepoint.report.adapting_text import adapting_data, adapting_text

    lab = open_lab(folder, settings, "saddle adapting")
    found = lab.adapting(**solve_arguments(given))
    tell(found, as_json, adapting_data, adapting_text)
    return max(one.exit_code for one in found)
