"""`saddle vary`: the optimum over one number of the data, or several that move together."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import folder_argument, json_option, open_lab
from saddlepoint.cli.output import echo, print_json, print_rows
from saddlepoint.cli.picture_file import picture_options, save_pictures
from saddlepoint.cli.solving import SolvingCommand, solve_arguments, solving_options
from saddlepoint.model.price_units import objective_units
from saddlepoint.records import excerpt

if TYPE_CHECKING:
    from saddlepoint.study.diagnosis.vary import Course, Curve


@click.command("vary", cls=SolvingCommand)
@folder_argument
@click.argument("datum", metavar="TABLE[LABELS]")
@click.option("--from", "low", type=click.FLOAT, required=True, help="The least number.")
@click.option("--to", "high", type=click.FLOAT, required=True, help="The greatest number.")
@click.option("--factor", is_flag=True, help="Multiply the numbers by FROM … TO.")
@click.option(
    "--of", "of", multiple=True, metavar="NAME", help="Trace a decided table or price_NAME too (repeatable)."
)
@click.option("--most", type=click.IntRange(1), help="Scenarios of each problem to trace [50].")
@picture_options("vary.png", "the curves")
@json_option
@solving_options
def command(
    folder: Path,
    settings: Any,
    datum: str,
    low: float,
    high: float,
    factor: bool,
    of: tuple[str, ...],
    most: int | None,
    place: Path | None,
    force: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Trace the optimum of a linear or quadratic problem over one number of its data, or several together.

    Every point where the optimum changes its course is found; between two points objective, plan and prices are
    exact, not sampled. Several cells (* for all items; + and - between cells) move together: FROM … TO is added to
    the numbers as they are, or multiplies them. Nothing is stored. Options as in saddle run.

    \b
    saddle vary my_plan co2max --from 0 --to 500
    saddle vary my_plan "capacity[gas]" --from 0 --to 80 --of output --of price_co2 -o gas.svg
    saddle vary my_plan "demand[*]" --factor --from 0.8 --to 1.2
    saddle vary my_plan "capacity[gas] - capacity[coal]" --from 0 --to 20
    """
    lab = open_lab(folder, settings, "saddle vary")
    curves = lab.vary(datum, low, high, most=most, factor=factor, of=of, **solve_arguments(given))
    if as_json:
        print_json({"curves": [_data(curve) for curve in curves], "left_out": curves.left_out})
    else:
        for curve in curves:
            _print_curve(curve, low, high)
        if curves.left_out:
            left = f"{curves.left_out} more scenarios read {curves[0].datum}"
            echo(f"{left}: --most traces more, --scenario some.")
    if place is not None:
        from saddlepoint.report.plots_vary import vary_picture

        picture = vary_picture(curves.traced, (low, high), objective_units(lab.model))
        save_pictures([(place, picture)], force, as_json)


def _data(curve: Curve) -> dict[str, Any]:
    names = (
        "problem",
        "scenario",
        "datum",
        "unit",
        "mode",
        "now",
        "at",
        "objective",
        "slope",
        "slope_end",
        "complete",
    )
    courses = {name: _course_data(course) for name, course in curve.courses.items()}
    return excerpt(curve, *names) | {"courses": courses}


def _course_data(course: Course) -> dict[str, Any]:
    """For every cell: the numbers at both ends of each piece."""
    numbers = [course.numbers[:, :, k].tolist() for k in range(len(course.cells))]
    labels = [course.domain.coordinates(int(cell)) for cell in course.cells]
    cells = [{"labels": label, "numbers": part} for label, part in zip(labels, numbers, strict=True)]
    return {"unit": course.unit, "sets": course.domain.names, "cells": cells}


def _print_curve(curve: Curve, low: float, high: float) -> None:
    from saddlepoint.report.curve_text import cells_left_out, curve_table, moved_along

    who = f"{', '.join(curve.scenario) or 'the only scenario'}"
    echo(f"{curve.problem + ': ' if curve.problem else ''}{who}: {moved_along(curve)}")
    if not len(curve.at):
        echo("  no plan anywhere in between")
        return
    print_rows(*curve_table(curve))
    if left := cells_left_out(curve):
        echo(f"  {left} more of what was asked for stay as they are, or change less (--json has all)")
    first, last = float(curve.at[0]), float(curve.at[-1])
    room = 1e-9 * (high - low)
    sides = [f"below {first:g}"] * (first > low + room) + [f"above {last:g}"] * (last < high - room)
    if sides:
        echo(f"  no plan {' or '.join(sides)}")
    if not curve.complete:
        echo("  not every piece was found: there may be others between these points")
