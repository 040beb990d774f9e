"""`saddle explore`: a page over the database."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, open_lab
from saddlepoint.cli.output import echo


@click.command("explore")
@folder_argument
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port to listen at [default: a free one]."
)
@click.option("--no-runs", is_flag=True, help="The page may not start a run.")
@click.option("--browser", is_flag=True, help="Open the page in the browser.")
def command(folder: Path, settings: Any, port: int, no_runs: bool, browser: bool) -> None:
    """Serve a page over the database to this machine, for any number of scenarios: choices are answered at once, a run can be
    started and watched. It listens at 127.0.0.1 only, and answers who has the address it prints. Ctrl-C ends it.

    \b
    saddle explore my_plan
    saddle explore my_plan --browser
    """
    with open_lab(folder, settings).explore(port, runs=not no_runs) as server:
        echo(f"Open {server.address}")
        echo("Ctrl-C ends the page.", err=True)
        if browser:
            click.launch(server.address)
        with suppress(KeyboardInterrupt):
            server.serve_forever(poll_interval=0.25)
