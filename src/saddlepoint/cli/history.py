"""`saddle history`: the runs of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import print_json, print_rows


@click.command("history")
@folder_argument
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Runs at most.")
@json_option
def command(folder: Path, settings: Any, limit: int, as_json: bool) -> None:
    """List the runs of a folder, the newest first: when, what, with which options, how it ended."""
    runs = open_lab(folder, settings).history(limit)
    if as_json:
        names = ("id", "started", "seconds", "command", "options", "versions", "exit")
        names += ("settings_hash", "inputs_hash")
        print_json({"runs": [{name: getattr(run, name) for name in names} for run in runs]})
        return
    rows = [
        (
            run.id,
            run.started,
            "–" if run.seconds is None else f"{run.seconds:.2f}",
            run.command,
            " ".join(f"{k}={v}" for k, v in run.options.items()),
            "did not finish" if run.exit is None else str(run.exit),
        )
        for run in runs
    ]
    print_rows(("run", "started (UTC)", "seconds", "command", "options", "exit"), rows)
