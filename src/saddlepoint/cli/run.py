"""`saddle run`: load, solve, write."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.enough import Enough
from saddlepoint.cli.folder import folder_argument, json_option, open_lab, tell_adoption
from saddlepoint.cli.output import echo, finding_data, from_here, page_width, print_json, print_warnings
from saddlepoint.cli.progress import progress, search_lines
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options
from saddlepoint.cli.spelling import as_typed
from saddlepoint.model.price_units import objective_units
from saddlepoint.records import excerpt

if TYPE_CHECKING:
    from saddlepoint.lab import Lab
    from saddlepoint.study.execute import LoopOutcome, Summary


@click.command("run", cls=SolvingCommand)
@folder_argument
@solving_options
@click.option("--resume", is_flag=True, help="Go on with a run that was killed, if it is the same.")
@click.option(
    "--on",
    metavar="PLACE",
    help="Solve on a dask cluster: local, local:4, or the address of a scheduler that only you can reach.",
)
@click.option(
    "--to",
    type=click.Choice(("database", "parquet")),
    default="database",
    help="Where results go: the database, or a folder results of Parquet files beside it.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PART.db",
    help="Write to this database instead, for saddle merge.",
)
@click.option(
    "--source",
    type=click.Choice(("files", "database")),
    default="files",
    help="Where inputs come from: the input files, or the database as it stands (as CVXlab runs).",
)
@click.option("--name", default="", metavar="NAME", help="Keep inputs and results under this name.")
@click.option("--full", is_flag=True, help="Show every table that fits on a page.")
@click.option("--note", default="", metavar="TEXT", help="What the history says of this run.")
@json_option
def command(
    folder: Path,
    settings: Any,
    source: Any,
    resume: bool,
    on: str | None,
    output: Path | None,
    to: Any,
    name: str,
    note: str,
    full: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Load what changed, solve every scenario, write plans and prices to the database.

    \b
    saddle run my_plan
    saddle run my_plan --scenario low,high --scenario Scenarios_energy=high
    saddle run my_plan --coupled --global
    saddle run my_plan --name base --note "before the new tariff"

    The exit code is 0 if every scenario has a certified answer, 3 if some are infeasible or unbounded, 4 if some
    end with a plan that is not proven to be optimal, did not converge or fail the certificate.
    """
    arguments = solve_arguments(given)
    if as_json:
        arguments.pop("verbose", None)
    lab = open_lab(folder, settings, "saddle run", output, source)
    if not as_json:
        tell_adoption(lab)
    print_warnings(lab.warnings)
    alone = on is None and len(lab.chosen) == 1 and len(lab.study.problems) == 1
    search = (
        _silent
        if as_json
        else search_lines(time.monotonic, alone, limited=arguments.get("time_limit") is not None)
    )
    enough = Enough(search)
    told, asked = (enough.told, enough) if alone else (None if as_json else search, None)
    with progress(quiet=as_json) as report_progress, enough.heard() if alone else nullcontext():
        summary = lab.run(report_progress, resume, on, to, name, note, told, asked, **arguments)
    print_warnings(summary.warnings)
    if as_json:
        print_json(_data(lab, summary))
    else:
        echo(as_typed(_text(lab, summary, full) if to == "database" else _counted(lab, summary)))
    return summary.exit_code


def _silent(_plan: float, _bound: float) -> None:
    """Nothing is said of a search where only JSON is wanted."""


def _text(lab: Lab, summary: Summary, full: bool) -> str:
    count = len(lab.chosen)
    head = f"{lab.model.name}: {count} scenario{'s' if count != 1 else ''}"
    logs = ", with convergence_*.log beside it" if summary.loops else ""
    where = f"Written to {from_here(lab.database)}{logs}."
    said = [summary.inputs] if summary.inputs else []
    return "\n".join(
        [head, *said, *summary.announcements, "", lab.report(summary, page_width(), full) + where]
    )


def _counted(lab: Lab, summary: Summary) -> str:
    """The text of a run whose results are not in the database."""
    lines = [*summary.announcements, *summary.messages]
    for key, words in summary.counts.items():
        found = ", ".join(f"{number} {word.replace('_', ' ')}" for word, number in words.items())
        lines.append(f"{f'Problem {key}' if key else 'The problem'}: {found}")
    lines.append(f"The largest residual of all answers is {summary.residual:.1e}.")
    lines.append(f"Run {summary.run} took {summary.seconds:.2f} s.")
    return "\n".join([*lines, f"Written to {from_here(lab.database.parent / 'results')}."])


def _data(lab: Lab, summary: Summary) -> dict[str, Any]:
    names, units = lab.study.scenarios.names, objective_units(lab.study)
    return {
        **excerpt(summary, "run", "exit_code", "seconds", "inputs"),
        "announcements": [as_typed(said) for said in summary.announcements],
        "counts": summary.counts,
        "largest_residual": summary.residual,
        "largest_gap": summary.gap,
        "messages": summary.messages,
        "warnings": [finding_data(d) for d in summary.warnings],
        "database": str(lab.database),
        "scenarios": [_outcome(names, one, units) for one in lab.outcomes(summary.run)],
        "joint": [point for loop in summary.loops for point in _points(loop)],
    }


def _points(loop: LoopOutcome) -> Iterator[dict[str, Any]]:
    """The fixed points of a loop, one per scenario, beside what is proven of its joint problem."""
    proof = loop.proof
    for s, w in enumerate(loop.which):
        yield {
            "problems": loop.problems,
            "scenario": loop.scenarios.named(int(w)),
            "objective": float(loop.joint[s]),
            "fixed_points_seen": int(loop.found[s]),
            **(
                {}
                if not proof.known[s]
                else {
                    "joint_best": _number(proof.best[s]),
                    "joint_bound": _number(proof.bound[s]),
                    "joint_gap": _number(proof.gap[s]),
                    "another_plan_as_good": bool(proof.tied[s]),
                }
            ),
            **({"unproven": proof.unproven[s]} if s in proof.unproven else {}),
        }


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _outcome(names: tuple[str, ...], one: Any, units: Mapping[str, str]) -> dict[str, Any]:
    return {
        "problem": one.problem,
        "scenario": {name: label for name, label in zip(names, one.labels, strict=True) if label},
        "status": one.status,
        "objective": one.objective,
        "unit": units.get(one.problem, ""),
        "solver": one.solver,
        "iterations": one.iterations,
        "largest_residual": one.residual,
        **({} if one.gap is None else {"bound": one.bound, "gap": one.gap}),
        **({"exact": one.exact} if one.exact else {}),
    }
