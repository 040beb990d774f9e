"""`saddle vary`: the optimum over one number of the data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import beside, folder_argument, json_option, open_lab
from saddlepoint.cli.output import echo, from_here, print_json, print_rows
from saddlepoint.cli.picture_file import PICTURE
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options

if TYPE_CHECKING:
    from saddlepoint.study.diagnosis.vary import Curve, Curves


@click.command("vary", cls=SolvingCommand)
@folder_argument
@click.argument("datum", metavar="TABLE[LABELS]")
@click.option("--from", "low", type=click.FLOAT, required=True, help="The least number.")
@click.option("--to", "high", type=click.FLOAT, required=True, help="The greatest number.")
@click.option("--most", type=click.IntRange(1), help="Scenarios of each problem to trace [50].")
@click.option("--plot", is_flag=True, help="Draw the curves, by default in DIR/vary.png.")
@click.option(
    "--output",
    "-o",
    type=PICTURE,
    help="Picture to write: .png, .svg or .pdf; draws the curves.",
)
@json_option
@solving_options
def command(
    folder: Path,
    settings: Any,
    datum: str,
    low: float,
    high: float,
    most: int | None,
    plot: bool,
    output: Path | None,
    as_json: bool,
    **given: Any,
) -> None:
    """Trace the optimum of a linear problem over one number of its data: every point where its slope changes.

    Between two points objective and slope are exact, not sampled. Nothing is stored. Options as in saddle run.

    \b
    saddle vary my_plan co2max --from 0 --to 500
    saddle vary my_plan "capacity[gas]" --from 0 --to 80 -o gas.svg
    """
    lab = open_lab(folder, settings, "saddle vary")
    curves = lab.vary(datum, low, high, most=most, **solve_arguments(given))
    place = output or beside(folder, "vary.png")
    if plot or output:
        _draw(curves, (low, high), place)
    if as_json:
        print_json({"curves": [_data(curve) for curve in curves], "left_out": curves.left_out})
        return
    for curve in curves:
        _print_curve(curve, low, high)
    if curves.left_out:
        echo(f"{curves.left_out} more scenarios read {curves[0].datum}: --most traces more, --scenario some.")
    if plot or output:
        echo(f"wrote {from_here(place)}")


def _draw(curves: Curves, asked: tuple[float, float], place: Path) -> None:
    from saddlepoint.report.plots_style import save
    from saddlepoint.report.plots_vary import vary_picture

    save(vary_picture(curves.traced, asked), place)


def _data(curve: Curve) -> dict[str, Any]:
    names = ("problem", "scenario", "datum", "unit", "now", "at", "objective", "slope", "complete")
    return {name: getattr(curve, name) for name in names}


def _print_curve(curve: Curve, low: float, high: float) -> None:
    unit = f" {curve.unit}" if curve.unit else ""
    who = f"{', '.join(curve.scenario) or 'the only scenario'}"
    echo(f"{curve.problem + ': ' if curve.problem else ''}{who}: {curve.datum} is {curve.now:g}{unit}")
    if not len(curve.at):
        echo("  no plan anywhere in between")
        return
    slopes = [*map(float, curve.slope), None]
    rows = list(zip(map(float, curve.at), map(float, curve.objective), slopes, strict=True))
    print_rows((curve.datum, "objective", "slope after"), rows)
    first, last = float(curve.at[0]), float(curve.at[-1])
    room = 1e-9 * (high - low)
    sides = [f"below {first:g}"] * (first > low + room) + [f"above {last:g}"] * (last < high - room)
    if sides:
        echo(f"  no plan {' or '.join(sides)}")
    if not curve.complete:
        echo("  more pieces than are looked for: there may be others between these points")
