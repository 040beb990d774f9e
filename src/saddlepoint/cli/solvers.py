"""`saddle solvers`: what can be called."""

from __future__ import annotations

import click

from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import print_json, print_rows
from saddlepoint.records import excerpt


@click.command("solvers")
@json_option
def command(as_json: bool) -> None:
    """List the solvers that --solver may name: what they take, whether installed, what to install."""
    from saddlepoint.solve.route.stages.solver_table import solvers

    lines = solvers()
    if as_json:
        names = ("name", "classes", "installed", "version", "extra")
        print_json({"solvers": [excerpt(line, *names) for line in lines]})
        return
    rows = [
        (
            line.name,
            ", ".join(line.classes),
            (line.version or "yes") if line.installed else "no",
            f"pip install 'saddlepoint[{line.extra}]'" if line.extra and not line.installed else "",
        )
        for line in lines
    ]
    print_rows(("solver", "problems", "installed", "to install"), rows)
