"""`saddle report`: the results as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import beside, folder_argument, open_lab
from saddlepoint.cli.output import echo, from_here


@click.command("report")
@folder_argument
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Page to write [default: DIR/report.html]."
)
@click.option("--no-living", is_flag=True, help="Without the solver in the page: no sliders, a smaller file.")
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def command(folder: Path, settings: Any, output: Path | None, no_living: bool, force: bool) -> None:
    """Write plans, prices, what binds, comparison, mathematics, certificate and provenance as one HTML page.

    The page needs no network and no installation; it can be sent, and printed to PDF. A click on a scenario, an item or a binding
    constraint narrows all of it. A small linear or quadratic model is solved again in the page when a slider is moved.

    \b
    saddle report my_plan
    saddle report my_plan -o plan.html
    """
    place = open_lab(folder, settings).write_report(
        output or beside(folder, "report.html"), living=not no_living, force=force
    )
    echo(f"wrote {from_here(place)} ({place.stat().st_size / 1e6:.1f} MB)")
