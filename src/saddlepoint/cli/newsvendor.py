"""`saddle newsvendor`: how much to order when demand is uncertain."""

from __future__ import annotations

from typing import Any

import click

from saddlepoint.cli import planning_options as shared
from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import echo, print_json


@click.command("newsvendor")
@click.option("--mean", type=float, help="Mean demand.")
@click.option("--std", type=float, help="Its standard deviation.")
@click.option(
    "--buffer", default="normal", show_default=True, help="Law or family of the demand (several with commas)."
)
@click.option("--price", type=float, help="Money per unit sold.")
@click.option("--cost", type=float, help="Money per unit ordered.")
@click.option("--salvage", type=float, default=0.0, show_default=True, help="Worth of a unit left over.")
@click.option(
    "--penalty",
    type=float,
    default=0.0,
    show_default=True,
    help="Cost of a unit not served, beside the sale.",
)
@click.option(
    "--fill", type=float, help="Part of the volume to serve (fill rate): the least quantity for it."
)
@shared.parameter_options
@json_option
def command(**given: Any) -> None:
    """The order of largest expected profit, or the least one that serves a part of the volume.

    \b
    saddle newsvendor --mean 300 --std 30 --price 5 --cost 2
    saddle newsvendor --mean 300 --std 30 --buffer normal,gamma,cantelli --price 5 --cost 2 --salvage 0.5
    saddle newsvendor --mean 300 --std 90 --buffer gamma --fill 0.98

    Of a family (cantelli, …) profit, shortage and services are those of its worst law.
    """
    from saddlepoint.uncertain import find
    from saddlepoint.uncertain.newsvendor import UnitPrices, at_fill_rate, newsvendor

    prices = None
    if given["price"] is not None and given["cost"] is not None:
        prices = UnitPrices(
            price=given["price"], cost=given["cost"], salvage=given["salvage"], penalty=given["penalty"]
        )
    if prices is None and given["fill"] is None:
        raise click.UsageError("Give --price and --cost, or --fill.")
    columns = {"mean": given["mean"], "std": given["std"], **shared.take_parameters(given)}
    rows: list[dict[str, Any]] = []
    for name in shared.take_buffers(given["buffer"]):
        rule = find(name)
        read = rule.checked(**columns)
        if given["fill"] is None:
            assert prices is not None
            found = newsvendor(rule, read, prices)
        else:
            found = at_fill_rate(rule, read, given["fill"], prices)
        rows.append(_row(rule, found, prices is not None))
    if given["as_json"]:
        print_json(rows)
        return
    from saddlepoint.printing.grid import grid, number

    header = [
        "buffer",
        "order",
        *(["profit"] if prices is not None else []),
        "sold",
        "short",
        "over",
        "cycle",
        "fill",
    ]
    shown = [[row[t] if t == "buffer" else number(row[t]) for t in header] for row in rows]
    echo("\n".join(grid(header, shown, "", 1)))
    if prices is not None and given["fill"] is None:
        echo(f"critical ratio: {number(prices.ratio)}")
    echo(
        "cycle: part of the periods without a shortage; fill: part of the volume served; families by their worst law."
    )


def _row(rule: Any, found: Any, priced: bool) -> dict[str, Any]:
    told = {name: float(getattr(found.expected, name)) for name in ("sold", "short", "over", "cycle", "fill")}
    earned = {"profit": found.profit} if priced else {}
    return {"buffer": rule.name, "kind": rule.kind, "order": found.quantity, **earned, **told}
