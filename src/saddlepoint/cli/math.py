"""`saddle math`: the mathematics of a model, written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli.folder import folder_argument, open_lab
from saddlepoint.cli.output import echo, from_here


@click.command("math")
@folder_argument
@click.option(
    "--to", "form", type=click.Choice(("md", "html")), help="Markdown with LaTeX, or HTML with MathML."
)
@click.option(
    "--output", "-o", type=click.Path(path_type=Path), help="Write to this file instead of printing."
)
@click.option("--force", is_flag=True, help="Overwrite the file if it exists.")
def command(folder: Path, settings: Any, form: Any, output: Path | None, force: bool) -> None:
    """Write the mathematics of a model: sets, decisions, data, objectives, relations with their domains, bounds, figures.

    It is made from the expressions that are compiled. The page needs no network. Without --to, the ending of the file decides.

    \b
    saddle math my_plan
    saddle math my_plan -o my_plan.html
    """
    from saddlepoint.files.atomic import write_text

    html = output is not None and output.suffix.casefold() in (".html", ".htm")
    shown = open_lab(folder, settings).mathematics(form or ("html" if html else "md"))
    if output is None:
        echo(shown.rstrip("\n"))
        return
    write_text(output, shown, force)
    echo(f"wrote {from_here(output)}")
