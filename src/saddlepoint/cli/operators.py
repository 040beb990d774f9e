"""`saddle operators`: the expression language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import echo, print_json, print_rows
from saddlepoint.records import excerpt

if TYPE_CHECKING:
    from saddlepoint.expr.node import Word


@click.command("operators")
@click.argument("name", required=False)
@json_option
def command(name: str | None, as_json: bool) -> None:
    """List the operators of the expression language; with NAME, describe one."""
    from saddlepoint.expr.words import OPERATORS, WORDS

    if name is None:
        if as_json:
            print_json({"operators": [_data(record) for record in WORDS]})
        else:
            rows = [(r.symbol or r.name, _arity(r), r.nature, _first(r.doc)) for r in WORDS]
            print_rows(("operator", "arguments", "nature", "meaning"), rows)
        return
    record = OPERATORS.get(name) or next((r for r in WORDS if name in (r.name, r.symbol)), None)
    if record is None:
        from saddlepoint.errors import suggest

        raise click.BadParameter(
            f"There is no operator {name!r}. {suggest(name, [*OPERATORS, *(r.name for r in WORDS)])}"
        )
    if as_json:
        print_json(_data(record))
        return
    echo("\n".join(_described(record)))


def _described(record: Word) -> list[str]:
    from saddlepoint.expr.axis_words import OVER

    lines = [record.name + (f"   written {record.symbol}" if record.symbol else ""), record.doc, ""]
    lines += [f"arguments  {_arity(record)}", f"nature     {record.nature}", f"group      {record.group}"]
    if record.options:
        lines.append("options    " + ", ".join(f"{k}={v!r}" for k, v in record.options.items()))
    if record.example:
        lines.append(f"example    {record.example}")
    along = OVER.get(record.name)
    if along is not None:
        lines += [f"along sets {along.example}", f"           {along.doc}"]
    return lines


def _arity(record: Word) -> str:
    least, most = record.arity
    return f"{least} or more" if most is None else str(least) if least == most else f"{least} to {most}"


def _first(doc: str) -> str:
    return doc.split(". ", maxsplit=1)[0].split("\n", maxsplit=1)[0].rstrip(".")


def _data(record: Word) -> dict[str, Any]:
    return {
        **excerpt(record, "name", "symbol", "arity"),
        "options": dict(record.options),
        **excerpt(record, "nature", "group", "doc", "example"),
    }
