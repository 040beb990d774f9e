"""`saddle scenarios`: which scenarios a model has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import print_json, print_rows


@click.group("scenarios")
def command() -> None:
    """The scenarios of a model: every combination of the items of its split_problem sets."""


@command.command("list")
@folder_argument
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="At most; 0: all.")
@json_option
def listing(folder: Path, settings: Any, limit: int, as_json: bool) -> None:
    """List the scenarios with their positions, as --scenario and --scenarios take them."""
    domain = open_lab(folder, settings).model.scenarios
    count = min(domain.size, limit or domain.size)
    rows = [(k, *domain.coordinates(k)) for k in range(count)]
    if as_json:
        print_json({"sets": domain.names, "scenarios": [list(row[1:]) for row in rows], "total": domain.size})
        return
    if not domain.axes:
        click.echo("One scenario: the model has no split_problem set.")
        return
    print_rows(("position", *domain.names), rows)
    if count < domain.size:
        click.echo(f"… {domain.size - count} more (--limit 0 shows all)")
