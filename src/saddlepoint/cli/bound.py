"""`saddle bound`: how good a coupled model can get at most, proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import tell
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options


@click.command("bound", cls=SolvingCommand)
@folder_argument
@click.option("--nodes", type=click.IntRange(1), help="Boxes of one scenario, at most [default: 20000].")
@json_option
@solving_options
def command(folder: Path, settings: Any, nodes: int | None, as_json: bool, **given: Any) -> int:
    """Prove how good the sub-problems of a loop can get together, beside the fixed point that the loop comes to.

    The joint problem decides everything at once: what one sub-problem reads of another is a decision there, so that products of two
    decisions stand in it. It is divided into boxes until no box can hold a better plan. Of a small model all fixed points are told as well,
    with whether the loop is drawn to them. The tables _bound and _fixed_points have the result. The exit code is
    3 if some scenarios are proven to have no plan, 4 if a gap is left.

    \b
    saddle bound my_plan
    saddle bound my_plan --scenario low,high --json
    """
    from saddlepoint.report.bound_text import bound_data, bound_text

    found = open_lab(folder, settings, "saddle bound").bound(nodes, **solve_arguments(given))
    tell(found, as_json, bound_data, bound_text)
    return found.exit_code
