"""`saddle fit`: from a column of past demand to a law, and to the buffer to promise with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from saddlepoint.cli import planning_options as shared
from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import echo, page_width, print_json
from saddlepoint.cli.picture_file import PICTURE, numbered_paths, save_pictures


@click.command("fit")
@click.argument("history", type=shared.FILE)
@shared.history_options
@click.option("--promise", type=float, default=0.95, show_default=True, help="Probability to be promised.")
@click.option(
    "--write",
    type=shared.FILE,
    help="Write an uncertain table (.csv), and beside it where it comes from (.json).",
)
@click.option("--plot", type=PICTURE, help="Draw fan, quantiles, errors, histogram (.png, .svg, .pdf).")
@click.option("--unit", default="units", show_default=True, help="Unit of the values, for the picture.")
@json_option
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def command(**given: Any) -> None:
    """Laws that past values allow for the next one: trend and season, candidates with errors, goodness, outliers.

    \b
    saddle fit demand.csv --time Week --plot fit.png
    saddle fit demand.csv --by Product --time Week --write input_data/demand.csv
    """
    from saddlepoint.report.fit_tables import fit_data, fit_text
    from saddlepoint.uncertain import fit

    written = given["write"]
    beside = None if written is None else written.with_suffix(".json")
    shared.spare_files({**given, "xlsx": written})
    shared.spare_files({**given, "xlsx": beside, "plot": None})
    found = [fit(history, promise=given["promise"]) for history in shared.take_histories(given)]
    if given["as_json"]:
        print_json([fit_data(one) for one in found])
    else:
        echo("\n\n".join(fit_text(one, page_width()) for one in found))
    if written is not None and beside is not None:
        _write(found, given["by"], written, beside, given["force"])
    if given["plot"] is not None:
        from saddlepoint.report.plots_fit import fit_picture

        places = numbered_paths(given["plot"], len(found))
        pictures = (
            (place, fit_picture(one, given["unit"])) for place, one in zip(places, found, strict=True)
        )
        save_pictures(pictures, given["force"], given["as_json"])


def _write(found: list[Any], by: str | None, path: Path, beside: Path, force: bool) -> None:
    import json

    from saddlepoint.cli.output import from_here, plain_data
    from saddlepoint.files.atomic import replacing
    from saddlepoint.files.delimited import write_csv
    from saddlepoint.files.sheet import Sheet
    from saddlepoint.report.fit_tables import uncertain_rows

    header, rows = uncertain_rows(found, by)
    columns = tuple([*cells] for cells in zip(*rows, strict=True))
    write_csv(path, Sheet(path.stem, tuple(header), columns), force=force)
    told = {one.history.name: one.provenance() for one in found}
    with replacing(beside, force) as part:
        part.write_text(json.dumps(plain_data(told), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    echo(f"wrote {from_here(path)} and {from_here(beside)}")
