"""`saddle policy`: what to decide stage by stage, as outcomes become known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import echo, from_here, print_json
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options


@click.command("policy", cls=SolvingCommand)
@folder_argument
@click.option("--paths", type=click.IntRange(2), help="Histories that estimate the cost [default: 2000].")
@click.option("--policy-seed", type=int, default=0, help="Seed of sampled histories.")
@click.option("--route", type=click.Choice(["tree", "cuts"]), help="All histories as one problem, or SDDP.")
@click.option("--passes", type=click.IntRange(1), help="Passes of cuts, at most [default: 1000].")
@click.option("--worth", is_flag=True, help="Say what knowing (EVPI) and minding outcomes (VSS) is worth.")
@click.option("--name", default="", metavar="NAME", help="Keep inputs and results under this name.")
@click.option("--note", default="", metavar="TEXT", help="What the history says of this run.")
@json_option
@solving_options
def command(
    folder: Path,
    settings: Any,
    paths: int | None,
    policy_seed: int,
    route: Any,
    passes: int | None,
    worth: bool,
    name: str,
    note: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Plan stage by stage where outcomes lie along stages (along:): a proven bound, the cost of the policy, what it decides.

    A small tree of histories is one problem; else cuts stand for what later stages cost (SDDP), and the cost is that of all
    histories or, with its confidence interval, of a sample. What is decided and the prices are stored as the results of a run:
    means over the histories, by stage and outcome. Options as
    in saddle run.
    """
    from saddlepoint.report.policy_text import policy_data, policy_text

    lab = open_lab(folder, settings, "saddle policy")
    found = lab.policy(paths, policy_seed, route, passes, worth, name, note, **solve_arguments(given))
    if as_json:
        print_json({"problems": policy_data(found), "database": str(lab.database)})
        return
    echo(policy_text(found))
    echo(f"Written to {from_here(lab.database)}: means over the histories, by stage and outcome.")
