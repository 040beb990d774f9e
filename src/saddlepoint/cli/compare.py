"""`saddle compare`: do two results agree?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import echo, print_json
from saddlepoint.cli.places import ResultPlace, remember_place, tell_stale
from saddlepoint.cli.spelling import comma_list
from saddlepoint.printing.sentences import how_many, some_of
from saddlepoint.records import excerpt

if TYPE_CHECKING:
    from saddlepoint.study.results.compare import Comparison, Difference, TableRows
    from saddlepoint.study.results.sums import ItemChange, SumDifference


MOST_CELLS: Final = 100_000
"""Cells and rows of a table that a workbook lists; the first tab has their number in any case."""


MOST_ITEMS: Final = 8
MOST_SUMS: Final = 20


@click.command("compare")
@click.argument("first", metavar="A", callback=remember_place)
@click.argument("second", metavar="B", callback=remember_place)
@click.option("--tolerance", type=click.FloatRange(0.0), help="Both tolerances at once.")
@click.option("--relative", type=click.FloatRange(0.0), default=1e-6, show_default=True, help="Tolerance.")
@click.option("--absolute", type=click.FloatRange(0.0), default=1e-9, show_default=True, help="Tolerance.")
@click.option(
    "--by", help="Sums along these sets too, or along groups of their items (Tech, or Tech.fuel,Hours)."
)
@click.option("--xlsx", type=click.Path(path_type=Path), help="Write the differences to a workbook too.")
@click.option("--force", is_flag=True, help="Overwrite a workbook that exists.")
@json_option
def command(
    first: ResultPlace,
    second: ResultPlace,
    tolerance: float | None,
    relative: float,
    absolute: float,
    by: str | None,
    xlsx: Path | None,
    force: bool,
    as_json: bool,
) -> int:
    """Compare two folders, databases, exports, kept runs or scenarios: objectives, report, tables, cells, statuses.

    \b
    saddle compare my_plan@base my_plan          a kept run and the current results
    saddle compare my_plan:low,low my_plan:high,high    two scenarios
    saddle compare my_plan@base my_plan --by Tech       sums along a set

    Numbers are equal if they differ by at most ABSOLUTE + RELATIVE times the larger one; --tolerance 0.01 lets a hundredth
    of the larger one pass, and 0.01 more. Results of certified runs are equal too within their residuals, relative to the
    largest number of their column (--absolute 0: not). The exit code is 0 if
    everything agrees and 1 if something differs.
    """
    from saddlepoint.study.results.compare import compare
    from saddlepoint.study.results.sums import item_changes, read_groups, sum_differences

    if tolerance is not None:
        relative = absolute = tolerance
    one, other = _results(first), _results(second)
    _tell_stale(first, second)
    found = compare(one, other, relative, absolute)
    items = item_changes(one, other)
    keys = comma_list(by or "")
    groups = {**read_groups(first.path, first.run), **read_groups(second.path, second.run)} if keys else {}
    sums = sum_differences(one, other, keys, groups, relative, absolute) if keys else ()
    if xlsx is not None:
        from saddlepoint.report.differences import write_differences

        write_differences(xlsx, compare(one, other, relative, absolute, most=MOST_CELLS), force)
    if as_json:
        print_json(_all_data(found, items, sums))
    else:
        *lines, last = _lines(found)
        echo("\n".join([*lines, *_sums(sums), *_items(items), last]))
    return 0 if found.same else 1


def _tell_stale(*places: ResultPlace) -> None:
    """Say of each folder whose results are older than its model that they are."""
    from saddlepoint.store import database_of

    for place in dict.fromkeys(places):
        if place.path.is_dir() and database_of(place.path).is_file():
            with place.store() as store:
                tell_stale(place, store)


def _items(changes: Sequence[ItemChange]) -> Iterator[str]:
    """Which items came and which went, some of many."""
    for change in changes:
        for word, items in (("gone", change.gone), ("new", change.new)):
            if items:
                yield f"{change.key}: {word} {some_of(items, MOST_ITEMS)}"


def _sums(sums: Sequence[SumDifference]) -> Iterator[str]:
    """The sums that differ, table by table."""
    for table in dict.fromkeys(one.table for one in sums):
        own = [one for one in sums if one.table == table]
        yield f"{table}, sums:"
        yield from (f"  {_row(one.labels)}: {_both(one.first, one.second)}" for one in own[:MOST_SUMS])
        if len(own) > MOST_SUMS:
            yield f"  … and {len(own) - MOST_SUMS:,} more"


def _all_data(
    found: Comparison, items: Sequence[ItemChange], sums: Sequence[SumDifference]
) -> dict[str, Any]:
    """The comparison as plain data."""
    return {
        "same": found.same,
        "tables": found.compared,
        "differences": [_data(d) for d in found.differences],
        "items": [{"set": i.key, "gone": i.gone, "new": i.new} for i in items],
        "sums": [excerpt(s, "table", "labels", "first", "second") for s in sums],
    }


def _results(place: ResultPlace) -> Mapping[str, TableRows]:
    from saddlepoint.study.results.compare import read_results

    return read_results(place.path, place.run, place.scenario)


def _data(difference: Difference) -> dict[str, Any]:
    names = ("table", "kind", "missing", "missing_rows", "extra", "extra_rows", "count", "largest")
    sample = [
        {"labels": labels, "column": column, "first": a, "second": b}
        for labels, column, a, b in difference.sample
    ]
    return {**excerpt(difference, *names), "sample": sample}


def _lines(found: Comparison) -> list[str]:
    lines = [line for each in found.differences for line in _described(each)]
    if found.same:
        return [f"The same: {found.compared} tables, {found.cells} cells."]
    return [*lines, f"Different: {how_many(len(found.differences), 'table')}."]


def _described(each: Difference) -> list[str]:
    whole = {
        "only_first": "only in the first",
        "only_second": "only in the second",
        "columns": "has other columns",
    }
    if each.kind in whole:
        return [f"{each.table}: {whole[each.kind]}"]
    parts = [f"{how_many(each.missing, 'row')} only in the first"] if each.missing else []
    parts += [f"{how_many(each.extra, 'row')} only in the second"] if each.extra else []
    parts += [f"{how_many(each.count, 'cell')} differ{'s' if each.count == 1 else ''}"] if each.count else []
    parts += [f"by up to {each.largest:.6g}"] if each.largest else []
    lines = [f"{each.table}: {', '.join(parts)}"]
    lines += _one_sided("first", each.missing_rows, each.missing)
    lines += _one_sided("second", each.extra_rows, each.extra)
    for labels, column, a, b in each.sample:
        where = [text for text in (_row(labels), column if column != "values" else "") if text]
        told = _binds(a, b) if column == "binding" else _both(a, b)
        lines.append(f"  {', '.join(where) or 'value'}: {told}")
    return lines


def _both(a: object, b: object) -> str:
    """Two cells, and of numbers how far the second lies from the first."""
    from saddlepoint.printing.grid import number, rounding
    from saddlepoint.study.results.compare import share

    if not isinstance(a, float) or not isinstance(b, float):
        return f"{_cell(a)} and {_cell(b)}"
    least = rounding((a, b))
    a, b = (0.0 if abs(n) < least else n for n in (a, b))
    part = share(a, b)
    shown = f" ({part:+.2%})" if part is not None else ""
    return f"{number(a)} and {number(b)}: {'+' if b > a else ''}{number(b - a)}{shown}"


def _cell(value: object) -> str:
    from saddlepoint.printing.grid import number

    if value is None:
        return "–"
    return number(value) if isinstance(value, float) else repr(value)


def _one_sided(side: str, rows: tuple[tuple[str, ...], ...], count: int) -> list[str]:
    more = [f"  … and {count - len(rows)} more only in the {side}"] if count > len(rows) else []
    return [*(f"  {_row(labels) or 'its row'}: only in the {side}" for labels in rows), *more]


def _row(labels: tuple[str, ...]) -> str:
    return " / ".join(label for label in labels if label)


def _binds(first: object, second: object) -> str:
    return (
        f"binds in the {'first' if first else 'second'} only"
        if bool(first) != bool(second)
        else _both(first, second)
    )
