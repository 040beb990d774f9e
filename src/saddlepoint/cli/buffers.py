"""`saddle buffers`: what each assumption asks to be covered."""

from __future__ import annotations

from typing import Any

import click

from saddlepoint.cli import planning_options as shared
from saddlepoint.cli.output import echo, page_width, print_json


@click.command("buffers")
@click.option("--mean", type=float, required=True, help="Mean of the uncertain quantity.")
@click.option("--std", type=float, required=True, help="Its standard deviation.")
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
    saddle buffers --mean 300 --std 30 --explain cantelli
    """
    from saddlepoint.uncertain import find, ladder

    if given["explain"] is not None:
        echo(_explained(find(given["explain"])))
        return
    shared.spare_files(given)
    rungs = ladder(given["mean"], given["std"], given["reliability"], **shared.take_parameters(given))
    rows = [
        {
            "buffer": rung.buffer.name,
            "D_eff": rung.level,
            "kind": rung.buffer.kind,
            "assumption": rung.buffer.assumption,
            "formula": rung.buffer.formula,
            "source": rung.buffer.source,
            "remark": rung.remark,
        }
        for rung in rungs
    ]
    if given["as_json"]:
        print_json(rows)
    else:
        from saddlepoint.report import planning_tables as report

        echo(report.text(report.ladder(rungs, given["mean"]), width=page_width()))
    if given["xlsx"] is not None:
        table = {title: [row[title] for row in rows] for title in rows[0]}
        shared.write_tables(given["xlsx"], {"buffers": table}, given["force"])


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
