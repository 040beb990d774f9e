"""`saddle backtest`: promised against reached service over a history, for every buffer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from saddlepoint.cli import planning_options as shared
from saddlepoint.cli.output import echo, page_width, print_json
from saddlepoint.cli.picture_file import PICTURE, numbered_paths, save_pictures, sibling_path


@click.command("backtest")
@click.argument("history", type=shared.FILE)
@shared.history_columns
@click.option("--promise", type=float, default=0.95, show_default=True, help="Probability that is promised.")
@click.option("--buffer", help="Buffers, with commas between them (all that the past can feed if not given).")
@click.option(
    "--start", type=click.IntRange(min=2), help="Values before the first promise (half, at least 20)."
)
@click.option(
    "--window", type=click.IntRange(min=2), help="How many of the past values count (all if not given)."
)
@click.option("--raw", is_flag=True, help="Take no trend, season or memory out.")
@click.option(
    "--fleet", "fleet_file", type=shared.FILE, help="What production costs: a fleet as for dispatch."
)
@click.option("--tab", help="Sheet of the workbook of the fleet.")
@click.option(
    "--unit-cost", type=float, default=1.0, show_default=True, help="Money per unit, without a fleet."
)
@click.option(
    "--shortage-cost", type=float, help="Money per unit short (unit cost/(1 − promise) if not given)."
)
@click.option(
    "--curve",
    metavar="BUFFER",
    help="Misses and regret of one buffer over a range of promises, with bounds for the whole of it.",
)
@shared.parameter_options
@click.option("--plot", type=PICTURE, help="Draw levels, coverage, misses, regret (.png, .svg, .pdf).")
@click.option("--unit", default="units", show_default=True, help="Unit of the values, for the picture.")
@click.option("--money", default="money", show_default=True, help="Unit of cost, for the picture.")
@shared.output_options
@click.pass_context
def command(context: click.Context, **given: Any) -> None:
    """Would the promise have been kept? Every buffer promises each value from those before it, and is judged.

    \b
    saddle backtest demand.csv --time Week --promise 0.95 --plot backtest.png
    saddle backtest demand.csv --by Product --buffer conformal,prediction --shortage-cost 12
    saddle backtest demand.csv --curve conformal --upper 500 --plot backtest.png

    The exit code is 4 where no buffer kept the promise of some history.
    """
    from saddlepoint.planning import Fleet
    from saddlepoint.promises import backtest
    from saddlepoint.report.backtest_tables import backtest_data, backtest_text
    from saddlepoint.report.promise_curve_table import curve_data, curve_text

    shared.spare_files(given)
    fleet = None if given["fleet_file"] is None else Fleet.of_file(given["fleet_file"], given["tab"])
    parameters = {k: v for k, v in shared.take_parameters(given).items() if v is not None}
    found = [
        backtest(
            history,
            given["promise"],
            None if given["buffer"] is None else shared.take_buffers(given["buffer"]),
            given["start"],
            given["window"],
            fleet,
            given["unit_cost"],
            given["shortage_cost"],
            pattern=not given["raw"],
            **parameters,
        )
        for history in shared.take_histories(given)
    ]
    curves = [_curve(one.history, fleet, given, parameters) for one in found] if given["curve"] else []
    if given["as_json"]:
        told = [backtest_data(one) for one in found]
        extra = [{"curve": curve_data(one)} for one in curves] or [{} for _ in found]
        print_json([one | more for one, more in zip(told, extra, strict=True)])
    else:
        texts = [backtest_text(one, page_width()) for one in found]
        echo("\n\n".join([*texts, *(curve_text(one, page_width()) for one in curves)]))
    _write(found, curves, given)
    if any(one.best is None for one in found):
        context.exit(4)


def _curve(history: Any, fleet: Any, given: Any, parameters: dict[str, Any]) -> Any:
    from saddlepoint.promises import promise_curve

    return promise_curve(
        history,
        given["curve"],
        promise=given["promise"],
        start=given["start"],
        fleet=fleet,
        unit_cost=given["unit_cost"],
        shortage_cost=given["shortage_cost"],
        pattern=not given["raw"],
        **parameters,
    )


def _write(found: list[Any], curves: list[Any], given: Any) -> None:
    """The workbook and the pictures, where they are asked for."""
    from saddlepoint.report.backtest_tables import origins
    from saddlepoint.report.promise_curve_table import curve_data

    if given["xlsx"] is not None:
        sheets = {
            f"{k + 1} {t}": v
            for k, one in enumerate(found)
            for t, v in (("buffers", one.curve()), ("origins", origins(one)))
        }
        sheets |= {f"{k + 1} curve": curve_data(one)["columns"] for k, one in enumerate(curves)}
        shared.write_tables(given["xlsx"], sheets, given["force"])
    if given["plot"] is not None:
        save_pictures(_pictures(found, curves, given), given["force"], given["as_json"])


def _pictures(found: list[Any], curves: list[Any], given: Any) -> Iterator[tuple[Path, Any]]:
    from saddlepoint.report.plots_backtest import backtest_picture, curve_picture

    unit, money = given["unit"], given["money"]
    for k, place in enumerate(numbered_paths(given["plot"], len(found))):
        yield place, backtest_picture(found[k], unit, money)
        if curves:
            yield sibling_path(place, "curve"), curve_picture(curves[k], unit, money)
