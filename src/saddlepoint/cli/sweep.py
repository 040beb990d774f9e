"""`saddle sweep`: cheapest costs over mean demand, scatter and reliability."""

from __future__ import annotations

from typing import Any

import click

from saddlepoint.cli import planning_options as shared
from saddlepoint.cli.output import echo, page_width, print_json
from saddlepoint.cli.picture_file import PICTURE


@click.command("sweep")
@shared.fleet_options
@click.option("--mean", help="Mean demands: 50,100,150 or FIRST:LAST:STEP; up to the capacity if not given.")
@click.option(
    "--step", type=float, default=50.0, show_default=True, help="Step of the means if --mean is not given."
)
@click.option("--std", default="0", show_default=True, help="Standard deviations, likewise.")
@click.option("--reliability", default="0.95", show_default=True, help="Probabilities, likewise.")
@click.option(
    "--buffer", default="normal,robust", show_default=True, help="Buffers, with commas between them."
)
@shared.parameter_options
@click.option("--all", "every", is_flag=True, help="Keep the rows that do not fit under every buffer.")
@click.option("--plot", type=PICTURE, help="Draw total cost against mean demand (.png, .svg, .pdf).")
@click.option("--unit", default="units", show_default=True, help="Unit of demand, for the picture.")
@click.option("--money", default="money", show_default=True, help="Unit of cost, for the picture.")
@shared.output_options
def command(**given: Any) -> None:
    """Cheapest cost and level to cover for many demands at once, under several buffers.

    \b
    saddle sweep --random 5 --seed 42 --std 30
    saddle sweep --fleet fleet.csv --mean 50:300:10 --std 30 --reliability 0.9,0.95,0.99 --json
    """
    import numpy as np

    from saddlepoint.planning import mean_steps, sweep

    shared.spare_files(given)
    fleet = shared.take_fleet(given)
    if not given["step"] > 0.0:
        raise click.BadParameter("the step must be positive", param_hint="--step")
    means = mean_steps(fleet, given["step"]) if given["mean"] is None else shared.numbers(given["mean"])
    swept = [np.asarray(means), *(np.array(shared.numbers(given[name])) for name in ("std", "reliability"))]
    p, sigma, mu = np.meshgrid(swept[2], swept[1], swept[0], indexing="ij")
    buffers = shared.take_buffers(given["buffer"])
    found = sweep(fleet, mu, sigma, p, buffers, **shared.take_parameters(given))
    table = found.table(complete=not given["every"])
    if given["as_json"]:
        print_json(table)
    else:
        from saddlepoint.report import planning_tables as report

        echo(report.tables_text(report.sweep_table(found, complete=not given["every"]), width=page_width()))
        left_out = len(found) - len(table["mean_demand"])
        if left_out:
            echo(f"{left_out} rows do not fit the capacity under every buffer; --all shows them.")
    if given["xlsx"] is not None:
        shared.write_tables(given["xlsx"], {"sweep": table}, given["force"])
    if given["plot"] is not None:
        from saddlepoint.report import plots_planning as plots
        from saddlepoint.report.plots_style import save

        made = plots.cost_against_mean(found, given["unit"], given["money"])
        save(made, given["plot"], given["force"])
