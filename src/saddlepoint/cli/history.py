"""`saddle history`: the runs of a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import print_json, print_rows
from saddlepoint.cli.runs import run_data
from saddlepoint.cli.spelling import as_option
from saddlepoint.printing.sentences import some_of

if TYPE_CHECKING:
    from saddlepoint.study.results.changes import Episode

NAMED = 4
"""Tables and files that are named as changed."""


@click.command("history")
@folder_argument
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Runs at most.")
@json_option
def command(folder: Path, settings: Any, limit: int, as_json: bool) -> None:
    """List the runs of a folder, the newest first: objective, statuses, what changed since the run before, time.

    Changed are settings files and input tables, by the hashes that every run leaves.
    """
    from saddlepoint.model.price_units import objective_units
    from saddlepoint.study.results.changes import episodes

    lab = open_lab(folder, settings)
    with lab.store(readonly=True) as store:
        found = episodes(store, limit)
    units = objective_units(lab.model) if found else {}
    if as_json:
        print_json({"runs": [_data(one, units) for one in found]})
        return
    named = any(one.run.name or one.run.note for one in found)
    header = (
        "run",
        *(("name", "note") if named else ()),
        "started (UTC)",
        "objective",
        "scenarios",
        "changed",
    )
    print_rows((*header, "seconds", "command", "exit"), [tuple(_row(one, named, units)) for one in found])


def _row(one: Episode, named: bool, units: Mapping[str, str]) -> Iterator[str]:
    run = one.run
    yield str(run.id)
    if named:
        yield run.name + ("" if run.kept or not run.name or run.exit is None else " (dropped)")
        yield run.note
    yield run.started[:16].replace("T", " ")
    yield _objective(one, units)
    yield ", ".join(f"{count:,} {word.replace('_', ' ')}" for word, count in one.counts.items())
    yield (some_of(one.changed, NAMED) or "–") if one.changed is not None else "first run"
    yield "–" if run.seconds is None else f"{run.seconds:.2f}"
    yield " ".join([run.command, *_options(run.options)])
    yield "did not finish" if run.exit is None else str(run.exit)


def _options(options: Mapping[str, Any]) -> Iterator[str]:
    """What a run was told, in the spelling of the command line."""
    for name, value in options.items():
        if name == "run":  # of `saddle runs restore`
            yield str(value)
        elif isinstance(value, Mapping):
            yield from (f"--setting {key}={each}" for key, each in value.items())
        elif value is False:
            yield f"--no-{name.replace('_', '-')}"
        else:
            several = isinstance(value, list | tuple)
            yield as_option(f"{name}={','.join(map(str, value)) if several else value!r}")


def _objective(one: Episode, units: Mapping[str, str]) -> str:
    from saddlepoint.printing.grid import gap_text, number

    texts: list[str] = []
    for problem, (least, most) in one.objectives.items():
        shown = number(least) if least == most else f"{number(least)} … {number(most)}"
        shown += f" {units[problem]}" if units.get(problem) else ""
        texts.append(f"{problem}: {shown}" if problem else shown)
    if one.joint_gap is not None:
        texts.append(f"joint gap {gap_text(one.joint_gap)}")
    return "; ".join(texts)


def _data(one: Episode, units: Mapping[str, str]) -> dict[str, Any]:
    return run_data(one.run) | {
        "objectives": one.objectives,
        "objective_units": {problem: units.get(problem, "") for problem in one.objectives},
        "scenarios": one.counts,
        "changed": one.changed,
        "joint_gap": one.joint_gap,
    }
