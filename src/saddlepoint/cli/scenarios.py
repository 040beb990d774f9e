"""`saddle scenarios`: which scenarios a model has, what they read, how they differ."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab, settings_option
from saddlepoint.cli.output import echo, print_json, print_rows

if TYPE_CHECKING:
    from saddlepoint.lab import Lab
    from saddlepoint.labels import Domain, Table

_limit = click.option(
    "--limit", type=click.IntRange(0), default=50, show_default=True, help="At most; 0: all."
)
_folder = click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))


class ScenariosGroup(click.Group):
    """The commands about scenarios; a folder in the place of one is told what is missing."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does; UsageError that names the commands where a folder comes first."""
        if args and self.get_command(ctx, args[0]) is None and Path(args[0]).exists():
            known = " or ".join(f"saddle scenarios {name} {args[0]}" for name in self.list_commands(ctx))
            ctx.fail(f"{args[0]!r} is a place, and the command is missing: {known}.")
        return super().resolve_command(ctx, args)


@click.group("scenarios", cls=ScenariosGroup)
def command() -> None:
    """The scenarios of a model: combinations of the items of its split_problem sets, and what scenarios.yml says.

    Runs and draws of scenarios.yml are scenarios too: they have a label of the set Run or Draw.
    """


@command.command("list")
@folder_argument
@_limit
@json_option
def listing(folder: Path, settings: Any, limit: int, as_json: bool) -> None:
    """List the scenarios with their places, as --scenario and --scenarios take them."""
    lab = open_lab(folder, settings)
    domain, chosen = lab.study.scenarios, lab.chosen
    count = min(len(chosen), limit or len(chosen))
    rows = [(k, *domain.coordinates(int(chosen[k]))) for k in range(count)]
    if as_json:
        print_json({"sets": domain.names, "scenarios": [list(row[1:]) for row in rows], "total": len(chosen)})
        return
    if not domain.axes:
        echo("One scenario: the model has no split_problem set.")
        return
    print_rows(("place", *domain.names), rows)
    if count < len(chosen):
        echo(f"… {len(chosen) - count} more (--limit 0 shows all)")


@command.command("show")
@_folder
@settings_option
@click.argument("name")
@_limit
@json_option
def show(folder: Path, settings: Any, name: str, limit: int, as_json: bool) -> None:
    """The numbers that belong to a scenario (labels), or what a run changes (its name)."""
    from saddlepoint.declare.scenarios import BASE
    from saddlepoint.study.scenarios.inputs import readings, scenario_inputs

    lab = open_lab(folder, settings)
    domain, tables = _inputs(lab)
    if any(run.name == name for run in lab.scenarios.runs):
        rows = [
            (d.table, d.column, _cell(d.labels), d.first, d.second)
            for d in scenario_inputs(domain, tables, BASE, name)
        ]
        _print(("table", "column", "cell", BASE, name), rows, limit, as_json, f"{name!r} changes nothing.")
    else:
        rows = [(r.table, r.column, _cell(r.labels), r.number) for r in readings(domain, tables, name)]
        _print(("table", "column", "cell", name), rows, limit, as_json, "No table depends on it.")


@command.command("diff")
@_folder
@settings_option
@click.argument("first")
@click.argument("second")
@_limit
@json_option
def diff(folder: Path, settings: Any, first: str, second: str, limit: int, as_json: bool) -> None:
    """The numbers that two runs, or two scenarios, read differently."""
    from saddlepoint.study.scenarios.inputs import scenario_inputs

    lab = open_lab(folder, settings)
    found = scenario_inputs(*_inputs(lab), first, second)
    rows = [(d.table, d.column, _cell(d.labels), d.first, d.second) for d in found]
    _print(("table", "column", "cell", first, second), rows, limit, as_json, "They read the same numbers.")


def _inputs(lab: Lab) -> tuple[Domain, Collection[Table]]:
    planned = lab.plan(lab.inputs())
    return planned.model.scenarios, planned.fetched.tables.values()


def _cell(labels: Any) -> str:
    return ", ".join(labels.values()) or "·"


def _print(
    header: Sequence[str], rows: list[tuple[Any, ...]], limit: int, as_json: bool, nothing: str
) -> None:
    if as_json:
        print_json({"header": header, "rows": rows})
        return
    if not rows:
        echo(nothing)
        return
    print_rows(header, rows[: limit or len(rows)])
    if limit and len(rows) > limit:
        echo(f"… {len(rows) - limit} more (--limit 0 shows all)")
