"""`saddle plot`: the picture of a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import open_lab, path_beside, settings_option
from saddlepoint.cli.output import echo, from_here
from saddlepoint.cli.places import ResultPlace, remember_place
from saddlepoint.cli.spelling import where_of

KINDS = ("area", "lines", "bars", "heat", "duration", "distribution", "band")


@click.command("plot")
@click.argument("place", metavar="DIR[@RUN]", callback=remember_place)
@settings_option
@click.argument("tables", metavar="TABLE [TABLE]", nargs=-1, required=True)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="Picture to write: .png, .svg, .pdf, or .html to click in [default: DIR/TABLE.png].",
)
@click.option("--kind", type=click.Choice(KINDS), help="Another picture than the one that fits the sets.")
@click.option("--x", metavar="SET", help="The set that goes across.")
@click.option(
    "--colour", "--color", metavar="SET", help="The set told apart by colours (in a heat map: downwards)."
)
@click.option("--panels", metavar="SET", help="The set with a panel for each item.")
@click.option("--where", multiple=True, metavar="SET=LABEL,…", help="Only these labels (repeatable).")
@click.option("--column", metavar="NAME", help="Other numbers of the table: slack, price_left, …")
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def command(
    place: ResultPlace,
    settings: Any,
    tables: tuple[str, ...],
    output: Path | None,
    where: tuple[str, ...],
    force: bool,
    **asked: Any,
) -> None:
    """Draw a table of the database. Time becomes areas or lines, names become bars, two sets a heat map, scenarios
    panels, prices over time a duration curve, many scenarios a band or a distribution; two figures of the report a trade-off.
    DIR@RUN draws a kept run.

    \b
    saddle plot my_plan generation
    saddle plot my_plan price_balance --kind lines -o prices.svg
    saddle plot my_plan@base generation
    saddle plot my_plan report_risk report_expected
    saddle plot my_plan _scenarios
    """
    if len(tables) > 2:
        raise click.UsageError("Name one table, or two to draw against each other.")
    from saddlepoint.files.paths import safe_name

    if place.scenario:
        raise click.UsageError(
            f"All scenarios are drawn here, not {place.scenario} alone; --where SET=LABEL chooses one."
        )
    name = "_".join((*tables, place.run) if place.run else tables)
    picture = output or path_beside(place.path, f"{safe_name(name)}.png")
    lab = open_lab(place.path, settings)
    kind = lab.plot(
        tables, picture, where=where_of(where, several=True), force=force, run=place.run or None, **asked
    )
    echo(f"wrote {from_here(picture)} ({kind})")
