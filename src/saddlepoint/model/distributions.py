"""Rows of an uncertain table: is each distribution known, has it what it needs, and do its numbers make sense?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from saddlepoint.arrays import Array, Index, Mask, Texts
from saddlepoint.errors import Diagnostic, Mark, PlanningError
from saddlepoint.expr.operators.statistics import COLUMNS
from saddlepoint.labels import Table
from saddlepoint.model.model import TableInfo

if TYPE_CHECKING:
    from saddlepoint.uncertain import Buffer

_SHOWN = 5
MarkOf = Callable[[int], Mark]


def check_distributions(info: TableInfo, table: Table, read: Mask, where: MarkOf) -> list[Diagnostic]:
    """A finding for every row that is read and has no distribution, an unknown one, or unfit numbers.

    read: flat mask of the rows that formulas read; where: flat position → place. Numbers that no row needs are
    warnings.
    """
    from saddlepoint.uncertain import find

    names: Texts = table.columns["distribution"]
    found: list[Diagnostic] = []
    used: set[str] = set()
    for name in dict.fromkeys(names[read].tolist()):
        rows = np.flatnonzero(read & (names == name))
        if not name:
            found += _listed(info, rows, where, "R104", *_unnamed(info))
            continue
        try:
            buffer = find(name)
        except PlanningError as error:
            fix = error.diagnostics[0].fix
            found += _listed(info, rows, where, "R104", f"names no known distribution: {name!r}", fix)
            continue
        used |= {*buffer.needs, *buffer.optional}
        used -= {"std"} if info.spec.covariance is not None else set()
        found += _of_one(info, table, buffer, rows, where)
    return found or list(_needless(info, table, used))


def _unnamed(info: TableInfo) -> tuple[str, str]:
    """What is said of a row without a distribution, and the remedy."""
    past = info.spec.history
    if past:
        return (
            "has no past values",
            f"Give {past} rows of it, spelt as in the set, or take it out of the set.",
        )
    return "has no distribution", "Name one, such as normal or cantelli."


def _of_one(
    info: TableInfo, table: Table, buffer: Buffer, rows: Index, where: MarkOf
) -> Iterable[Diagnostic]:
    from saddlepoint.uncertain import PARAMETERS

    if "samples" in buffer.needs:
        fix = "Give the table draws (samples: <set>) and the column `values`, or name a distribution."
        yield from _listed(info, rows, where, "R104", f"names {buffer.name!r}, which needs draws", fix)
        return
    columns = {n: table.columns[n][rows] for n in COLUMNS if n in table.columns}
    if info.spec.covariance is not None:
        columns["std"] = np.ones(len(rows))
    blank = [n for n in buffer.needs if n not in columns]
    for name in blank:
        message = f"is {buffer.name!r} and has no column {name!r} ({PARAMETERS[name]})"
        yield from _listed(info, rows[:1], where, "R105", message, f"Add the column {name!r}.")
    if blank:
        return
    have = {
        n: columns[n]
        for n in (*buffer.needs, *buffer.optional)
        if n in columns and not np.isnan(columns[n]).all()
    }
    gaps = np.zeros(len(rows), dtype=bool)
    for name in buffer.needs:
        gap = np.isnan(columns[name])
        gaps |= gap
        if gap.any():
            message = f"is {buffer.name!r} and has no {name!r} ({PARAMETERS[name]})"
            yield from _listed(info, rows[gap], where, "R105", message, "Fill the cell.")
    good = np.flatnonzero(~gaps)
    if len(good):
        yield from _unfit(info, buffer, {n: c[good] for n, c in have.items()}, rows[good], where)


def _unfit(
    info: TableInfo, buffer: Buffer, columns: Mapping[str, Array], rows: Index, where: MarkOf
) -> Iterable[Diagnostic]:
    """What the buffer itself finds, at a level of ½ (the levels of formulas are checked when these meet the data)."""
    found = buffer.findings(columns, np.full(len(rows), 0.5), lambda k: Mark(source="", line=k + 1))
    for finding in found:
        row = rows[(finding.mark.line or 1) - 1]
        message = f"table {info.key!r}, row {row_label(info, int(row))}: {finding.message}"
        fix = finding.fix or "Change the number, or name another distribution ('saddle buffers' lists them)."
        yield replace(finding, message=message, mark=where(int(row)), fix=fix)


def _listed(
    info: TableInfo, rows: Index, where: MarkOf, code: str, text: str, fix: str
) -> Iterable[Diagnostic]:
    for row in rows[:_SHOWN].tolist():
        message = f"table {info.key!r}: the row {row_label(info, row)} {text}"
        yield Diagnostic(code, message, where(row), fix=fix)
    if len(rows) > _SHOWN:
        yield Diagnostic(
            code, f"table {info.key!r}: {len(rows) - _SHOWN} more rows of this kind", where(int(rows[_SHOWN]))
        )


def row_label(info: TableInfo, row: int) -> str:
    """The coordinates of a row in words."""
    return ", ".join(info.domain.coordinates(row)) or "(the only one)"


def _needless(info: TableInfo, table: Table, used: set[str]) -> Iterable[Diagnostic]:
    for name in COLUMNS:
        if name in table.columns and name not in used and not np.isnan(table.columns[name]).all():
            yield Diagnostic(
                "R106",
                f"table {info.key!r} has the column {name!r}, which none of its distributions needs",
                info.spec.mark,
                why="the covariance says it" if name == "std" and info.spec.covariance is not None else "",
                fix="Delete the column, or name a distribution that uses it ('saddle buffers' lists them).",
                severity="warning",
            )
