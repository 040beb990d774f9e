"""Plans and prices that other programs wrote: HiGHS' solution files, name and value per line, CSV."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import FileError, Mark, suggest
from saddlepoint.files.numbers import cell_number, why_not_number
from saddlepoint.files.text import unpacked_text
from saddlepoint.records import dataclass

_HEADER: Final = ("name", "column", "variable", "value")
_FIRST = re.compile(r"""(?:"[^"]*"|[^,;\t ]+)\s*""")
_WITH_COMMA = re.compile(r"[^,;\t ]+\s*,\s*[-+]?\d+\s*,\s*\d+")
_PREAMBLE = re.compile(
    r"\s*(solution status|objective value|model status|status|objective|(optimal|stopped|integer|infeasible|unbounded)\b.* objective value)\b.*",
    re.I,
)
_FORMS: Final = "Forms that are known: HiGHS' solution file, and a name and a value on each line, as CBC, Gurobi and SCIP write them."
LARGEST: Final = 1 << 30
"""Bytes of a solution file, unpacked."""


@dataclass(frozen=True, slots=True)
class GivenSolution:
    """x: (n,); y: (m,) prices of rows and z: (n,) reduced costs, as the file has them, or None where it has none.

    absent: number of columns that the file does not name; they are taken as 0, as many programs write only what is not.
    """

    x: Array
    y: Array | None
    z: Array | None
    absent: int


def read_solution(path: Path, columns: Sequence[str], rows: Sequence[str]) -> GivenSolution:
    """A solution file for a program with these names; FileError F001–F005, F061, F063, F066, F067.

    HiGHS' form (`# Primal solution values`, `# Columns`), or one name and value per line, apart by blanks, a comma, a semicolon
    or a tab, as CBC, Gurobi and SCIP write them; a row's name gives its price; lines that begin with # and the first lines of CBC and SCIP are passed over.
    """
    text = unpacked_text(path, LARGEST)
    if "# Primal solution values" in text:
        return _of_highs(text, path.name, columns, rows)
    return _of_lines(text, path.name, columns, rows)


def _of_highs(text: str, source: str, columns: Sequence[str], rows: Sequence[str]) -> GivenSolution:
    found: dict[tuple[str, str], dict[str, float]] = {}
    part, block, told = "", "", list[str]()
    for place, line in enumerate(text.splitlines(), 1):
        if line.startswith("# "):
            _check_count(found, (part, block), told, Mark.of_line(source, place, line))
            word, told = [*line[2:].split(), ""][0], line[2:].split()[1:]
            if word in ("Columns", "Rows"):
                block = word
                found[(part, block)] = {}
            else:
                part, block = word, ""
        elif block and line.strip() and part in ("Primal", "Dual"):
            name, _, value = line.strip().rpartition(" ")
            if name in found[(part, block)]:
                mark = Mark.of_line(source, place, line)
                raise FileError.of("F063", f"{name} is there twice", mark, fix="Remove one of them.")
            found[(part, block)][name] = _value(value, source, place, line)
    _check_count(found, (part, block), told, Mark(source))
    return _fitted(found, source, columns, rows)


def _check_count(
    found: dict[tuple[str, str], dict[str, float]], which: tuple[str, str], told: Sequence[str], mark: Mark
) -> None:
    """FileError F066 where a block of HiGHS' form has another number of lines than its heading tells."""
    count = told[0] if which in found and told else ""
    if count.isdigit() and which[0] in ("Primal", "Dual") and int(count) != len(found[which]):
        message = f"the {which[0].lower()} {which[1].lower()} are {len(found[which])} lines, and their heading says {count}"
        raise FileError.of("F066", message, mark, fix="Get the whole file.")


def _of_lines(text: str, source: str, columns: Sequence[str], rows: Sequence[str]) -> GivenSolution:
    known, priced = set(columns), set(rows)
    plan, prices, width = dict[str, float](), dict[str, float](), 2
    for place, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith(("#", "=")) or _PREAMBLE.fullmatch(bare):
            continue
        fields = _fields(bare)
        if place == 1 and fields and fields[0].casefold() in _HEADER:
            width = len(fields)
            continue
        mark = Mark.of_line(source, place, line)
        if len(fields) > 2 and fields[0] not in known:
            fields = _without_place(fields)
        if len(fields) < 2:
            fix = "Write a name and a number on each line." + ("" if plan or prices else f" {_FORMS}")
            raise FileError.of("F066", "a line is no name and value", mark, fix=fix)
        name = fields[0]
        if len(fields) > width and _WITH_COMMA.fullmatch(bare):
            why = "Its comma may stand for decimals, or part a value from another."
            fix = "Write decimals with a point, and a first line that names all columns."
            raise FileError.of("F061", f"a line has {len(fields) - 1} numbers", mark, why=why, fix=fix)
        if name not in known and name not in priced:
            fix = suggest(name, [*columns, *rows]) + ("" if plan or prices else f" {_FORMS}")
            raise FileError.of("F067", f"the program has no column and no row {name}", mark, fix=fix)
        table = plan if name in known else prices
        if name in table:
            raise FileError.of("F063", f"{name} is there twice", mark, fix="Remove one of them.")
        table[name] = _value(fields[1], source, place, line)
    if not plan:
        fix = "Give HiGHS' solution file, or lines of a column's name and its value."
        raise FileError.of("F066", "the file holds no plan", Mark(source), fix=fix)
    found = {("Primal", "Columns"): plan}
    if prices:
        found[("Dual", "Rows")] = prices
    return _fitted(found, source, columns, rows)


def _fields(line: str) -> list[str]:
    """Name, value and what comes after them; a comma parts them only where it stands after the name, else it may be one of decimals."""
    first = _FIRST.match(line)
    sign = line[first.end() : first.end() + 1] if first else ""
    if sign in (",", ";"):
        parts = next(csv.reader([line], delimiter=sign, skipinitialspace=True))
    elif first and "\t" in first.group():
        parts = line.split("\t")
    else:
        parts = line.split()
    fields = [f.strip().strip('"') for f in parts]
    return [f for f in fields if f and f != "="]


def _without_place(fields: list[str]) -> list[str]:
    """A line of CBC without the place of the column, and the mark of one beyond its bounds."""
    rest = fields[1:] if fields[0] == "**" else fields
    return rest[1:] if rest[0].isdigit() and len(rest) > 2 else fields


def _fitted(
    found: dict[tuple[str, str], dict[str, float]], source: str, columns: Sequence[str], rows: Sequence[str]
) -> GivenSolution:
    plan = found.get(("Primal", "Columns"), {})
    if not plan:
        fix = "Write the solution of a solve that found one."
        raise FileError.of("F066", "the file holds no plan", Mark(source), fix=fix)
    x = _array(plan, columns, "column", source)
    dual_rows, dual_columns = found.get(("Dual", "Rows")), found.get(("Dual", "Columns"))
    y = None if dual_rows is None and dual_columns is None else _array(dual_rows or {}, rows, "row", source)
    z = None if dual_columns is None else _array(dual_columns, columns, "column", source)
    return GivenSolution(x, y, z, len(columns) - len(plan))


def _array(values: dict[str, float], names: Sequence[str], what: str, source: str) -> Array:
    places = {name: k for k, name in enumerate(names)}
    out = np.zeros(len(names))
    for name, value in values.items():
        if name not in places:
            fix = f"{suggest(name, names)} The solution may belong to another program."
            raise FileError.of("F067", f"the program has no {what} {name}", Mark(source), fix=fix)
        out[places[name]] = value
    return out


def _value(text: str, source: str, place: int, line: str) -> float:
    found = cell_number(text)
    if math.isnan(found):
        why, fix = why_not_number(text)
        fix = "Write digits with a decimal point." if "blank" in fix else fix
        mark = Mark.of_line(source, place, line)
        raise FileError.of("F061", f"{text!r} is no number", mark, why=why, fix=fix)
    return found
