"""`saddle load`: input files into the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab, tell_adoption
from saddlepoint.cli.output import echo, finding_data, print_json, print_warnings

if TYPE_CHECKING:
    from saddlepoint.model.load import Loading


@click.command("load")
@folder_argument
@click.option("--force", is_flag=True, help="Read the files even if they have not changed.")
@click.option(
    "--accept",
    is_flag=True,
    help="Take the inputs as they stand in the database, if they were changed there.",
)
@json_option
def command(folder: Path, settings: Any, force: bool, accept: bool, as_json: bool) -> None:
    """Bring the database up to date with sets.xlsx and the input files, and say what changed."""
    if force and accept:
        raise click.UsageError("--force reads the files, --accept takes the database: give one of them.")
    lab = open_lab(folder, settings, "saddle load")
    if not as_json:
        tell_adoption(lab)
    loading = lab.load(force, accept)
    print_warnings((*lab.warnings, *loading.fetched.warnings))
    if as_json:
        print_json(_data(loading))
    else:
        echo("\n".join(_lines(loading)))


def _data(loading: Loading) -> dict[str, Any]:
    changes = [
        {"table": c.name, "change": c.kind, "cells": c.count, "sample": c.sample} for c in loading.changes
    ]
    warnings = [finding_data(d) for d in loading.fetched.warnings]
    return {"read": loading.fresh, "changes": changes, "accepted": loading.accepted, "warnings": warnings}


def _lines(loading: Loading) -> list[str]:
    changed = [c for c in loading.changes if c.kind != "same"]
    if loading.accepted:
        return [f"Taken as they stand in the database: {', '.join(loading.accepted)}."]
    if not loading.fresh or not changed:
        return ["Nothing has changed since the last load."]
    words = {"new": "new, {} rows", "values": "{} cells changed", "form": "written anew, {} rows"}
    lines = [f"{c.name}: {words[c.kind].format(c.count)}{_sample(c.sample)}" for c in changed]
    same = len(loading.changes) - len(changed)
    return [*lines, *([f"{same} other tables are unchanged"] if same else [])]


def _sample(sample: tuple[tuple[str, ...], ...]) -> str:
    return f" (first: {', '.join(' / '.join(s) for s in sample[:3])})" if sample else ""
