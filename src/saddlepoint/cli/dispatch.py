"""`saddle dispatch`: the cheapest plan of a fleet for an uncertain demand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from saddlepoint.cli import planning_options as shared
from saddlepoint.cli.output import echo, page_width, print_json
from saddlepoint.cli.picture_file import PICTURE, save_pictures, sibling_path

PICTURES = ("all", "curves", "plan", "supply", "reliability", "coverage")


@click.command("dispatch")
@shared.fleet_options
@click.option("--mean", type=float, help="Mean demand, in units (taken from --samples if those are given).")
@click.option("--std", type=float, default=0.0, show_default=True, help="Standard deviation of demand.")
@click.option(
    "--reliability",
    "--promise",
    "reliability",
    type=float,
    default=0.95,
    show_default=True,
    help="Probability of covering demand.",
)
@click.option(
    "--buffer", help="Buffers, with commas between them (normal,robust; with --history the one that fits)."
)
@click.option(
    "--history", type=shared.FILE, help="Past demand, instead of --mean and --std (see saddle fit)."
)
@shared.history_columns
@shared.parameter_options
@click.option("--tolerance", type=float, default=1e-9, show_default=True, help="Of the KKT verdict.")
@click.option(
    "--coverage", "with_coverage", is_flag=True, help="The probability that each plan really covers."
)
@click.option("--value", "with_value", is_flag=True, help="What the promise costs, per point of service.")
@click.option(
    "--draws", type=int, default=100_000, show_default=True, help="Draws of the simulated coverage."
)
@click.option("--plot", type=PICTURE, help="Draw a picture (.png, .svg, .pdf).")
@click.option("--picture", type=click.Choice(PICTURES), default="all", show_default=True, help="Which one.")
@click.option("--unit", default="units", show_default=True, help="Unit of demand, for pictures.")
@click.option("--money", default="money", show_default=True, help="Unit of cost, for pictures.")
@shared.output_options
@click.pass_context
def command(context: click.Context, **given: Any) -> None:
    """The cheapest plan that covers an uncertain demand with a given probability, with prices and proof.

    \b
    saddle dispatch --random 5 --seed 42 --mean 300 --std 30 --buffer normal,robust
    saddle dispatch --fleet fleet.csv --mean 300 --std 30 --reliability 0.95 --plot plan.png
    saddle dispatch --fleet fleet.csv --history demand.csv --promise 0.95 --plot plan.png
    """
    from saddlepoint.report.promise_text import promise_data, promise_text

    shared.spare_files(given)
    promises = [] if given["history"] is None else _promises(given)
    answers = [one.dispatch for one in promises] or _answers(given)
    extras, tolerance = [_extras(answer, given) for answer in answers], given["tolerance"]
    if given["as_json"]:
        told = _plain(answers, extras, tolerance)
        if promises:
            told = [{**promise_data(one), **data} for one, data in zip(promises, told, strict=True)]
        print_json({"capacity": answers[0].fleet.capacity, "answers": told})
    else:
        head = [promise_text(promises, page_width())] if promises else []
        echo("\n\n".join([*head, _text(answers, extras, tolerance)]))
    if given["xlsx"] is not None:
        shared.write_tables(given["xlsx"], _sheets(answers), given["force"])
    if given["plot"] is not None:
        save_pictures(_pictures(answers, promises, given), given["force"], given["as_json"])
    if not all(answer.certificate.holds(tolerance) for answer in answers):
        context.exit(4)


def _answers(given: Any) -> list[Any]:
    """The plans for a demand of given mean and scatter, one for each buffer."""
    from saddlepoint.planning import Demand, dispatch

    fleet, parameters = shared.take_fleet(given), shared.take_parameters(given)
    if given["mean"] is None and parameters["samples"] is None:
        raise click.UsageError("Give --mean, or --samples FILE with a buffer that reads them.")
    demand = {name: given[name] for name in ("mean", "std", "reliability")} | parameters
    buffers = shared.take_buffers(given["buffer"] or "normal,robust")
    return [dispatch(fleet, Demand(buffer=name, **demand)) for name in buffers]


def _promises(given: Any) -> list[Any]:
    """The plans for a demand with a past: fitted, planned, and how the promise would have been kept."""
    from saddlepoint.promises import promise

    if given["mean"] is not None or given["samples"] is not None:
        raise click.UsageError("Give --history, or --mean and --std, or --samples; not two of them.")
    fleet, histories = shared.take_fleet(given), shared.take_histories(given)
    if len(histories) != 1:
        raise click.UsageError(
            "A fleet serves one demand: give a file with one history (products added up), without --by."
        )
    buffers = [None] if given["buffer"] is None else shared.take_buffers(given["buffer"])
    return [promise(fleet, histories[0], given["reliability"], name) for name in buffers]


def _extras(answer: Any, given: Any) -> dict[str, Any]:
    from saddlepoint.planning import service_value

    extras: dict[str, Any] = {}
    if given["with_coverage"]:
        extras["coverage"] = _coverage(answer, given)
    if given["with_value"]:
        extras["value"] = service_value(answer.fleet, answer.demand)
    return extras


def _coverage(answer: Any, given: Any) -> Any:
    from saddlepoint.planning import coverage

    return coverage(answer.production, answer.demand, draws=given["draws"], seed=given["seed"])


def _text(answers: list[Any], extras: list[dict[str, Any]], tolerance: float) -> str:
    from saddlepoint.report import planning_tables as report

    width = page_width()
    parts = [report.tables_text(report.summary(answers), width=width)]
    for answer, extra in zip(answers, extras, strict=True):
        tables = [report.machines(answer), report.machine_table(answer)]
        if len(answers) == 1 or not answer.certificate.holds(tolerance):
            tables.append(report.condition_table(answer, tolerance))
        if "coverage" in extra:
            tables.append(report.coverage_table(extra["coverage"]))
        if "value" in extra:
            tables.append(report.value_table(extra["value"]))
        parts += [report.tables_text(*tables, width=width), answer.certificate.verdict(tolerance)]
    return "\n\n".join(parts)


def _plain(answers: list[Any], extras: list[dict[str, Any]], tolerance: float) -> list[dict[str, Any]]:
    from saddlepoint.report.planning_data import answer_data

    return [answer_data(a, tolerance, **extra) for a, extra in zip(answers, extras, strict=True)]


def _sheets(answers: list[Any]) -> dict[str, Any]:
    from saddlepoint.report.planning_data import summary_columns

    plans = {f"plan {answer.demand.buffer}": answer.table() for answer in answers}
    return {"summary": summary_columns(answers), **plans}


def _pictures(answers: list[Any], promises: list[Any], given: Any) -> Iterator[tuple[Path, Any]]:
    """The plan, and beside it the fit and, where there is one, the back-test of a demand with a past."""
    path: Path = given["plot"]
    yield path, _picture(answers, given)
    if promises:
        from saddlepoint.report.plots_backtest import backtest_picture
        from saddlepoint.report.plots_fit import fit_picture

        first, unit = promises[0], given["unit"]
        yield sibling_path(path, "fit"), fit_picture(first.fit, unit)
        if first.tested is not None:
            yield sibling_path(path, "backtest"), backtest_picture(first.tested, unit, given["money"])


def _picture(answers: list[Any], given: Any) -> Any:
    from saddlepoint.report import plots_planning as plots

    unit, money = given["unit"], given["money"]
    match given["picture"]:
        case "curves":
            return plots.cost_curves(answers, unit, money)
        case "plan":
            return plots.plan_bars(answers, unit)
        case "supply":
            return plots.supply_curve(answers, unit, money)
        case "reliability":
            buffers = [answer.demand.buffer for answer in answers]
            return plots.cost_of_reliability(answers[0].fleet, answers[0].demand, buffers, money)
        case "coverage":
            return plots.coverage_points([_coverage(answer, given) for answer in answers])
        case _:
            return plots.overview_picture(answers, unit, money)
