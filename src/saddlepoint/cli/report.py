"""`saddle report`: the results as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import open_lab, path_beside, settings_option
from saddlepoint.cli.output import echo, from_here
from saddlepoint.cli.places import ResultPlace, remember_place


@click.command("report")
@click.argument("place", metavar="[DIR[@RUN]]", default=".", callback=remember_place)
@settings_option
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Page to write [default: DIR/report.html]."
)
@click.option(
    "--against", multiple=True, metavar="RUN", help="A kept run to compare with (repeatable) [all]."
)
@click.option("--no-living", is_flag=True, help="Without the solver in the page: no sliders, a smaller file.")
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def command(
    place: ResultPlace,
    settings: Any,
    output: Path | None,
    against: tuple[str, ...],
    no_living: bool,
    force: bool,
) -> None:
    """Write plans, prices, what binds, comparison, mathematics, certificate and provenance as one HTML page.

    DIR/report.html takes the place of an earlier page of this command; no other file is overwritten without --force.
    The page needs no network and no installation; it can be sent, and printed to PDF. A click on a scenario, an item or a binding
    constraint narrows all of it. A small linear or quadratic model is solved again in the page when a slider is moved.
    DIR@RUN writes the page of a kept run.

    \b
    saddle report my_plan
    saddle report my_plan -o plan.html
    saddle report my_plan@tariff --against base
    """
    from saddlepoint.report.page.document import is_own_page

    made = open_lab(place.path, settings).write_report(
        output or path_beside(place.path, "report.html"),
        living=not no_living,
        force=force or (output is None and is_own_page(path_beside(place.path, "report.html"))),
        run=place.run or None,
        against=against,
    )
    echo(f"wrote {from_here(made)} ({made.stat().st_size / 1e6:.1f} MB)")
