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
    saddle sql my_plan 'select Products, sum(value) from view_production group by 1'
    saddle sql my_plan 'select * from wide_production limit 10'
    saddle sql my_plan 'select name, sum(value) from view_kept_production group by 1'

    Of each table, view_… has the plain names of its sets and `value`, wide_… the items of one set across, view_kept_… all kept
    runs. In the tables themselves a set is called Products_Name, and "values", a word of SQL, stands in double quotes.
    """
    if place.scenario:
        raise click.UsageError(f"All scenarios are read here, not {place.scenario} alone; where chooses one.")
    with place.store() as store:
        header, rows = store.select(statement)
    if as_json:
        print_json({"columns": header, "rows": rows})
    elif header:
        print_rows(header, rows, exact=True)
