"""Options that dispatch, sweep and buffers have in common, and what becomes of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import plain_data
from saddlepoint.cli.spelling import comma_list
from saddlepoint.uncertain import PARAMETERS, Parameter, readers

Command = TypeVar("Command", bound=Callable[..., Any])
FILE = click.Path(path_type=Path, dir_okay=False)


def _range(name: str, default: tuple[float, float], of: str) -> Callable[[Any], Any]:
    text, pair = f"Range of {of}.", (float, float)
    return click.option(
        f"--{name}", type=pair, metavar="LOW HIGH", default=default, show_default=True, help=text
    )


_FLEET = (
    click.option(
        "--fleet", "fleet_file", type=FILE, help="CSV or Excel file: name, alpha, beta, gamma, lower, upper."
    ),
    click.option("--tab", help="Sheet of the workbook (the first one if not given)."),
    click.option("--random", "machines", type=int, metavar="N", help="Draw N machines at random instead."),
    click.option("--seed", type=int, default=0, show_default=True, help="Seed of the random fleet."),
    _range("alpha", (0.05, 0.2), "α"),
    _range("beta", (2.0, 5.0), "β"),
    _range("gamma", (10.0, 20.0), "γ"),
    _range("capacity", (50.0, 150.0), "capacities"),
)
_HISTORY = (
    click.option("--by", metavar="COLUMN", help="The column that tells histories apart."),
    click.option(
        "--time",
        metavar="COLUMN",
        help="The column of the times (recognised by its name or its dates if not given).",
    ),
    click.option("--quantity", metavar="COLUMN", help="The column of the values (recognised if not given)."),
)
_SEASON = click.option(
    "--season", type=click.IntRange(min=1), help="Values per season; 1 = none (else looked for)."
)
_OUTPUT = (
    json_option,
    click.option("--xlsx", type=FILE, help="Write the tables to an Excel workbook as well."),
    click.option("--force", is_flag=True, help="Overwrite files that exist."),
)

EXTRA: Final = {name: p for name, p in PARAMETERS.items() if name not in ("mean", "std")}
"""What buffers may read besides mean and standard deviation."""


def _parameter(name: str, parameter: Parameter) -> Callable[[Any], Any]:
    read = readers(name)
    who = f" ({', '.join(read)})" if len(read) <= 3 else ""
    text = f"{parameter.help[0].upper()}{parameter.help[1:]}{who}."
    if parameter.draws:
        text = f"CSV file: {parameter.help}, one column{who}."
        return click.option(f"--{name}", name, type=FILE, help=text)
    return click.option(f"--{name}", name, type=float, help=text)


def fleet_options(command: Command) -> Command:
    """Where the fleet comes from."""
    return _with(command, _FLEET)


def parameter_options(command: Command) -> Command:
    """What buffers need beyond mean, standard deviation and reliability."""
    return _with(command, [_parameter(name, parameter) for name, parameter in EXTRA.items()])


def history_options(command: Command) -> Command:
    """Which columns of a file are a history, and its season."""
    return _with(command, (*_HISTORY, _SEASON))


def history_columns(command: Command) -> Command:
    """Which columns of a file are a history; for commands whose buffers have the option `season`."""
    return _with(command, _HISTORY)


def take_histories(given: Mapping[str, Any]) -> Any:
    """The histories of the file `history`; FileError, PlanningError U541–U544."""
    from saddlepoint.declare.history import read_histories

    season = None if given["season"] is None else int(given["season"])
    return read_histories(given["history"], given["by"], given["time"], given["quantity"], season)


def output_options(command: Command) -> Command:
    """Forms of the answer other than text."""
    return _with(command, _OUTPUT)


def _with(command: Command, options: Sequence[Callable[[Any], Any]]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def spare_files(given: Mapping[str, Any]) -> None:
    """FileError F042 if a file that the command is to write is there, unless --force; before anything is computed."""
    from saddlepoint.files.paths import refuse_taken

    refuse_taken(
        [path for path in (given.get("xlsx"), given.get("plot")) if path is not None], given["force"]
    )


def take_fleet(given: Mapping[str, Any]) -> Any:
    """The Fleet that the options name; click.UsageError unless exactly one source is given."""
    from saddlepoint.planning import Fleet

    if (given["fleet_file"] is None) == (given["machines"] is None):
        raise click.UsageError("Give either --fleet FILE or --random N.")
    if given["fleet_file"] is not None:
        return Fleet.of_file(given["fleet_file"], given["tab"])
    ranges = {name: given[name] for name in ("alpha", "beta", "gamma")}
    return Fleet.random(given["machines"], given["seed"], upper=given["capacity"], **ranges)


def take_parameters(given: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of buffers by name, observed values read from their files; None where not given."""
    return {
        name: _column(given[name], name) if parameter.draws and given[name] is not None else given[name]
        for name, parameter in EXTRA.items()
    }


def _column(path: Path, name: str) -> Any:
    from saddlepoint.errors import Diagnostic, PlanningError
    from saddlepoint.files.delimited import read_csv
    from saddlepoint.files.numbers import to_floats, why_not_number

    sheet = read_csv(path)
    column = sheet.index("values") or 0
    cells = sheet.columns[column] if sheet.columns else []
    floats = to_floats(cells)
    found = [
        Diagnostic(
            "U006",
            f"a cell of {name} is {cells[k]!r}, not a number",
            sheet.mark(k, column),
            why=why_not_number(cells[k])[0],
            fix=why_not_number(cells[k])[1],
        )
        for k in floats.wrong.tolist()
    ]
    if found:
        raise PlanningError(found)
    return floats.values[[k for k in range(len(cells)) if k not in set(floats.blank.tolist())]]


def take_buffers(text: str) -> list[str]:
    """The buffers in a list with commas, each once; click.BadParameter where there is none."""
    found = list(dict.fromkeys(comma_list(text)))
    if not found:
        raise click.BadParameter("name at least one buffer", param_hint="--buffer")
    return found


def numbers(text: str) -> list[float]:
    """Numbers from `50,100,150` or `FIRST:LAST:STEP`; click.BadParameter for anything else."""
    try:
        if ":" not in text:
            return [float(part) for part in text.split(",")]
        first, last, step = (float(part) for part in text.split(":"))
    except ValueError as error:
        raise click.BadParameter(f"{text!r} is neither a list such as 50,100 nor FIRST:LAST:STEP") from error
    if not (step > 0.0 and last >= first and math.isfinite(last - first) and (last - first) / step <= 1e7):
        raise click.BadParameter(f"{text!r} must rise by a positive step, in at most ten million steps")
    return [first + k * step for k in range(math.floor((last - first) / step * (1.0 + 1e-12)) + 1)]


def write_tables(path: Path, tables: Mapping[str, Mapping[str, Any]], force: bool) -> None:
    """Write tables (tab → column → values) to an Excel workbook, whole or not at all; FileError F041, F042."""
    from saddlepoint.files.sheet import Sheet
    from saddlepoint.files.workbook import tab_name, write_workbook

    sheets = [
        Sheet(tab_name(tab), tuple(table), tuple(plain_data(values) for values in table.values()))
        for tab, table in tables.items()
    ]
    write_workbook(path, sheets, force)
