"""`saddle check`: every finding at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import echo, finding_data, print_findings, print_json
from saddlepoint.printing.sentences import how_many

if TYPE_CHECKING:
    from saddlepoint.errors import Diagnostic


@click.command("check")
@folder_argument
@click.option(
    "--data", is_flag=True, help="Also data that look wrong: far from the others, never read, never joined."
)
@json_option
def command(folder: Path, settings: Any, data: bool, as_json: bool) -> int:
    """Find everything that is wrong before solving: settings, sets, names, formulas, data, convexity.

    The exit code is 1 if there is an error, 0 with warnings only.
    """
    found = _findings(folder, settings, data)
    errors = sum(1 for each in found if each.severity == "error")
    if as_json:
        print_json({"errors": errors, "findings": [finding_data(each) for each in found]})
    else:
        print_findings(found)
        echo(_verdict(folder, errors, len(found) - errors))
    return 1 if errors else 0


def _findings(folder: Path, settings: Any, data: bool) -> tuple[Diagnostic, ...]:
    from saddlepoint.errors import SaddleError

    try:
        return open_lab(folder, settings).check(data)
    except SaddleError as error:
        return error.diagnostics


def _verdict(folder: Path, errors: int, warnings: int) -> str:
    parts = [how_many(count, word) for count, word in ((errors, "error"), (warnings, "warning")) if count]
    name = folder.resolve().name
    return f"{name}: {', '.join(parts)}" if parts else f"{name}: nothing is wrong"
