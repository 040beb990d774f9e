"""`saddle buffers`: what each assumption asks to be covered."""

from __future__ import annotations

from typing import Any

import click

from saddlepoint.cli import planning_options as shared
from saddlepoint.cli.output import echo, page_width, print_json
from saddlepoint.records import excerpt


@click.command("buffers")
@click.option("--mean", type=float, help="Mean of the uncertain quantity (of --samples if not given).")
@click.option("--std", type=float, help="Its standard deviation (of --samples if not given).")
@click.option(
    "--reliability", type=float, default=0.95, show_default=True, help="Probability of covering it."
)
@shared.parameter_options
@click.option("--explain", metavar="NAME", help="Assumption, formula and source of one buffer.")
@shared.output_options
def command(**given: Any) -> None:
    """The ladder of buffers: the level that covers an uncertain quantity, from the boldest assumption up.

    \b
    saddle buffers --mean 300 --std 30 --reliability 0.95 --dof 5
    saddle buffers --samples demand.csv
    saddle buffers --explain cantelli

    Without numbers: the buffers there are, and what each needs.
    """
    from saddlepoint.uncertain import find, ladder

    if given["explain"] is not None:
        echo(_explained(find(given["explain"])))
        return
    shared.spare_files(given)
    parameters = shared.take_parameters(given)
    if given["mean"] is None and given["std"] is None and all(v is None for v in parameters.values()):
        _list(given)
        return
    mean, std = _moments(given, parameters["samples"])
    rungs = ladder(mean, std, given["reliability"], **parameters)
    rows = [
        {
            "buffer": rung.buffer.name,
            "D_eff": rung.level,
            **excerpt(rung.buffer, "kind", "assumption", "formula", "source"),
            "remark": rung.remark,
        }
        for rung in rungs
    ]
    if given["as_json"]:
        print_json(rows)
    else:
        from saddlepoint.report import planning_tables as report

        echo(report.tables_text(report.ladder_table(rungs, mean), width=page_width()))
    if given["xlsx"] is not None:
        _workbook(rows, given)


def _workbook(rows: list[dict[str, Any]], given: Any) -> None:
    table = {title: [row[title] for row in rows] for title in rows[0]}
    shared.write_tables(given["xlsx"], {"buffers": table}, given["force"])


def _list(given: Any) -> None:
    """The buffers there are, and what each needs."""
    from saddlepoint.printing.grid import Grid
    from saddlepoint.uncertain import BUFFERS

    rows = [
        {
            "buffer": one.name,
            "needs": ", ".join(one.needs),
            "may have": ", ".join(one.optional),
            "assumption": one.assumption,
        }
        for one in BUFFERS
    ]
    if given["as_json"]:
        print_json(rows)
    else:
        cells = [[*row.values()] for row in rows]
        table = Grid(title="Buffers, and what each needs", header=tuple(rows[0]), rows=cells, texts=4)
        echo("\n".join(table.lines(page_width())))
    if given["xlsx"] is not None:
        _workbook(rows, given)


def _moments(given: Any, samples: Any) -> tuple[float, float]:
    """Mean and standard deviation as given, else those of the samples; click.UsageError where there are none."""
    mean, std = given["mean"], given["std"]
    if (mean is None or std is None) and (samples is None or len(samples) < 2):
        raise click.UsageError("Give --mean and --std, or --samples FILE with two values or more.")
    return (
        float(samples.mean()) if mean is None else mean,
        float(samples.std(ddof=1)) if std is None else std,
    )


def _explained(buffer: Any) -> str:
    also = f" (also: {', '.join(buffer.aliases)})" if buffer.aliases else ""
    optional = f"; may have {', '.join(buffer.optional)}" if buffer.optional else ""
    lines = [
        f"{buffer.name}{also}",
        f"  {buffer.doc}",
        f"  assumes: {buffer.assumption}",
        f"  D_eff:   {buffer.formula}",
        f"  needs:   {', '.join(buffer.needs)}{optional}",
        *(f"  where:   {requirement.sentence}" for requirement in buffer.requirements),
        f"  source:  {buffer.source}",
    ]
    return "\n".join(lines)
