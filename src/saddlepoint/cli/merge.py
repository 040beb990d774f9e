"""`saddle merge`: parts of a run as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import json_option, open_lab, settings_option
from saddlepoint.cli.output import echo, from_here, print_json
from saddlepoint.records import excerpt


@click.command("merge")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@settings_option
@click.argument(
    "parts",
    metavar="PART.db...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@json_option
def command(folder: Path, settings: Any, parts: tuple[Path, ...], as_json: bool) -> int:
    """Write the results of parts into the database of the folder, as one run.

    \b
    saddle run my_plan --scenarios 0:500 --output part_0.db
    saddle run my_plan --scenarios 500:1000 --output part_1.db
    saddle merge my_plan part_0.db part_1.db

    Each part may be made on another machine from the same folder. What two parts both have is taken once. Exit codes
    as of saddle run.
    """
    lab = open_lab(folder, settings, "saddle merge")
    summary = lab.merge(parts)
    if as_json:
        print_json(
            {
                **excerpt(summary, "run", "exit_code", "counts"),
                "largest_residual": summary.residual,
                "messages": summary.messages,
                "database": str(lab.database),
            }
        )
        return summary.exit_code
    for key, words in summary.counts.items():
        found = ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in words.items())
        echo(f"{f'Problem {key}' if key else 'The problem'}: {found}")
    for message in summary.messages:
        echo(f"Missing: {message}")
    echo(f"Run {summary.run}: {len(parts)} parts written to {from_here(lab.database)}.")
    return summary.exit_code
