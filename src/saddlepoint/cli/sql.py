"""`saddle sql`: a question to the database, in SQL."""

from __future__ import annotations

import click

from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import print_json, print_rows
from saddlepoint.cli.places import ResultPlace, remember_place


@click.command("sql")
@click.argument("place", metavar="DIR[@RUN]", callback=remember_place)
@click.argument("statement", metavar="SELECT")
@json_option
def command(place: ResultPlace, statement: str, as_json: bool) -> None:
    """Answer an SQL statement from the database, which is opened for reading only.

    \b
    saddle sql my_plan 'select Products_Name, sum("values") from production group by 1'
    saddle sql my_plan 'select name, sum("values") from kept_production group by 1'

    The column "values" is a word of SQL and stands in double quotes.
    """
    if place.scenario:
        raise click.UsageError(f"All scenarios are read here, not {place.scenario} alone; where chooses one.")
    with place.store() as store:
        header, rows = store.select(statement)
    if as_json:
        print_json({"columns": header, "rows": rows})
    elif header:
        print_rows(header, rows)
