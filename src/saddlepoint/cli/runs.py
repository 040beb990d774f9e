"""`saddle runs`: runs that are kept, beside the current results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import json_option, note_folder
from saddlepoint.cli.output import echo, print_json, print_rows
from saddlepoint.cli.spelling import as_typed
from saddlepoint.records import excerpt

if TYPE_CHECKING:
    from saddlepoint.lab import Lab
    from saddlepoint.store import RunRecord

WORDS = ("list", "keep", "drop", "restore", "show")


@click.command("runs")
@click.argument("word", metavar="[WORD]", required=False, default="list")
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--note", default="", metavar="TEXT", help="With keep: what the history says of the run.")
@json_option
@click.pass_context
def command(
    context: click.Context, word: str, folder: Path | None, name: str | None, note: str, as_json: bool
) -> None:
    """Keep the results of a run under a name, list, show, drop, or restore kept ones.

    \b
    saddle runs list my_plan              the kept runs
    saddle runs keep my_plan base         the current results, and the inputs as loaded, as `base`
    saddle runs show my_plan base         what it was and found
    saddle runs restore my_plan base      its results as the current ones
    saddle runs drop my_plan base         forget its inputs and results

    What is kept is read with my_plan@base in place of my_plan: saddle show my_plan@base, saddle compare my_plan@base my_plan.
    """
    if word not in WORDS:
        if folder is not None:
            raise click.UsageError(f"{word!r} is none of {', '.join(WORDS)}.", context)
        folder, word = Path(word), "list"
    lab = _lab(context, folder or Path())
    if word == "list":
        _list(lab, as_json)
        return
    if name is None:
        raise click.UsageError(f"Which run? saddle runs {word} {folder or 'DIR'} NAME", context)
    if word == "show":
        _show(lab, name, as_json)
        return
    record = lab.keep(name, note) if word == "keep" else getattr(lab, word)(name)
    if as_json:
        print_json(run_data(record))
    else:
        echo(as_typed(_said(word, name, record)))


def _lab(context: click.Context, folder: Path) -> Lab:
    from saddlepoint.cli.folder import open_lab

    note_folder(context, context.command.params[0], folder)
    return open_lab(folder, None, "saddle runs")


def _said(word: str, name: str, record: RunRecord) -> str:
    if word == "keep":
        return f"Run {record.id} is kept as {name}."
    if word == "drop":
        return f"Run {record.id} ({name}) is no longer kept; its line in the history stays."
    return f"The results of {name} are the current ones, as run {record.id}."


def run_data(run: RunRecord) -> dict[str, Any]:
    """A run as plain data."""
    names = ("id", "name", "note", "kept", "started", "seconds", "command", "options", "versions", "exit")
    return excerpt(run, *names, "settings_hash", "inputs_hash")


def _list(lab: Lab, as_json: bool) -> None:
    runs = lab.runs()
    if as_json:
        print_json({"runs": [run_data(run) for run in runs]})
    elif runs:
        rows = [(run.name, str(run.id), run.started[:16].replace("T", " "), run.note) for run in runs]
        print_rows(("name", "run", "started (UTC)", "note"), rows)
    else:
        echo(as_typed("No run is kept; `lab.keep('NAME')` keeps the current results."))


def _show(lab: Lab, name: str, as_json: bool) -> None:
    from saddlepoint.store import count_outcomes

    result = lab.result(name)
    with lab.store(readonly=True, run=name) as store:
        counts = count_outcomes(store, result.record.id or 0) if result.record else ()
    tables = [(info.name, info.kind, info.unit, info.description) for info in result.tables.values()]
    if as_json:
        found = [excerpt(c, "problem", "status", "count") for c in counts]
        header = ("table", "kind", "unit", "description")
        listed = [dict(zip(header, row, strict=True)) for row in tables]
        record = {} if result.record is None else run_data(result.record)
        print_json({**record, "outcomes": found, "tables": listed})
        return
    if (run := result.record) is not None:
        echo(
            f"Run {run.id}, {run.name}, of {run.started[:16].replace('T', ' ')} UTC"
            + (f": {run.note}" if run.note else "")
        )
    for one in counts:
        echo(f"{f'{one.problem}: ' if one.problem else ''}{one.count} {one.status.replace('_', ' ')}")
    print_rows(("table", "kind", "unit", "description"), tables)
