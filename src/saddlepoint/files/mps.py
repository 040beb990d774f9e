"""MPS and QPS text, strictly: every number a number, every name known, nothing skipped.

Source of the rules: the MPS format as documented by IBM (1971 ff.) and, for QUADOBJ, by Maros and Mészáros (1999).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field
from typing import Final, TypeVar

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import Diagnostic, FileError, Mark, suggest
from saddlepoint.records import dataclass

INF: Final = np.inf
HUGE: Final = 1e100
"""Numbers from here on have no product that 64 bits hold."""
LIMITLESS: Final = 1e20
"""From here on a side means that there is none in files of these formats, and nowhere else."""
Key = TypeVar("Key")
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|[-+]?inf(inity)?", re.I | re.A)
_MOST: Final = 20
REFUSED: Final = "refused"
"""The section of lines below a heading that is not known: it is told once."""
_FIXED: Final = ((1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61))


@dataclass(slots=True, kw_only=True)
class Draft:
    """A program while its file is read; names → positions, entries by (row, column); lenient: a right-hand side may be told again."""

    name: str = ""
    maximise: bool = False
    has_sense: bool = False
    constant: float = 0.0
    objective: str | None = None
    ignored: set[str] = field(default_factory=set[str])
    rows: dict[str, int] = field(default_factory=dict[str, int])
    kinds: list[str] = field(default_factory=list[str])
    columns: dict[str, int] = field(default_factory=dict[str, int])
    costs: list[float] = field(default_factory=list[float])
    lower: list[float] = field(default_factory=list[float])
    upper: list[float] = field(default_factory=list[float])
    whole: list[bool] = field(default_factory=list[bool])
    entries: dict[tuple[int, int], float] = field(default_factory=dict[tuple[int, int], float])
    curvature: dict[tuple[int, int], float] = field(default_factory=dict[tuple[int, int], float])
    rhs: dict[int, float] = field(default_factory=dict[int, float])
    ranges: dict[int, float] = field(default_factory=dict[int, float])
    bounded: set[tuple[int, str]] = field(default_factory=set[tuple[int, str]])
    costed: set[int] = field(default_factory=set[int])
    vectors: dict[str, str] = field(default_factory=dict[str, str])
    notes: list[str] = field(default_factory=list[str])
    lenient: bool = False

    def sides(self) -> tuple[Array, Array]:
        """Lower and upper side of every row."""
        l, u = np.full(len(self.kinds), -INF), np.full(len(self.kinds), INF)
        for i, kind in enumerate(self.kinds):
            b, width = self.rhs.get(i, 0.0), self.ranges.get(i)
            if kind != "L":
                l[i] = b
            if kind != "G":
                u[i] = b
            if width is None:
                continue
            if kind == "L" or (kind == "E" and width < 0):
                l[i] = b - abs(width)
            else:
                u[i] = b + abs(width)
        return l, u


class BadLine(Exception):
    """A line that cannot be taken; its finding."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        self.code, self.message, self.fix = code, message, fix
        super().__init__(message)

    def at(self, mark: Mark) -> Diagnostic:
        """The finding, with the line where it is."""
        return Diagnostic(self.code, self.message, mark, fix=self.fix)


def parse_mps(text: str, source: str, lenient: bool = False) -> Draft:
    """The program of an MPS text in free form or, where that cannot be, in fixed columns; FileError F060–F064.

    lenient: a right-hand side that is told again with the same number is a note, no error (cores of SMPS have such lines).
    """
    draft, found = _read(text, source, str.split, lenient)
    if not found:
        return draft
    fixed, other = _read(text, source, _columns, lenient)
    if not other:
        return fixed
    raise FileError(found[:_MOST])


def _columns(line: str) -> list[str]:
    """The six fields of fixed form; blank ones left out, names may hold blanks."""
    return [part for a, b in _FIXED if (part := line[a:b].strip())]


def _read(
    text: str, source: str, split: Callable[[str], list[str]], lenient: bool
) -> tuple[Draft, list[Diagnostic]]:
    draft, found = Draft(lenient=lenient), list[Diagnostic]()
    section, marker = "", False
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("*"):
            continue
        try:
            if not line[0].isspace():
                section = REFUSED
                section = _section(draft, line.split())
                if section == "ENDATA":
                    break
                continue
            if section == REFUSED:
                continue
            fields = split(line)
            if not fields:
                raise BadLine(
                    "F060", "the line has nothing in the columns of fixed form", "Correct the line."
                )
            if section == "COLUMNS" and len(fields) == 3 and fields[1].strip("'") == "MARKER":
                marker = _marker(fields[2])
            elif section in _TAKERS:
                _TAKERS[section](draft, fields, marker)
            else:
                raise BadLine(
                    "F060", f"a line stands in {section or 'no section'}, where none is meant", "Remove it."
                )
        except BadLine as skip:
            found.append(skip.at(Mark.of_line(source, number, line)))
            if len(found) >= _MOST:
                break
    if section != "ENDATA" and not found:
        fix = "Get the whole file; it must end with ENDATA."
        found.append(Diagnostic("F060", "the file ends without ENDATA", Mark(source), fix=fix))
    if draft.objective is None and not found:
        fix = "Declare an N row in ROWS."
        found.append(Diagnostic("F060", "the file has no objective row", Mark(source), fix=fix))
    return draft, found or _default_bounds(draft, source)


def _section(draft: Draft, words: list[str]) -> str:
    head = words[0].upper()
    if head == "NAME":
        draft.name = " ".join(words[1:])
    elif head == "OBJSENSE" and len(words) > 1:
        _sense(draft, words[1:], False)
    elif head not in (*_TAKERS, "ENDATA"):
        fix = "Known: NAME, OBJSENSE, ROWS, COLUMNS, RHS, RANGES, BOUNDS, QUADOBJ, QMATRIX, QSECTION, ENDATA."
        raise BadLine("F064", f"the section {words[0]} is not taken", fix)
    return head


def _marker(text: str) -> bool:
    word = text.strip("'")
    if word not in ("INTORG", "INTEND"):
        raise BadLine("F060", f"the marker {text} is not known", "Write 'INTORG' or 'INTEND'.")
    return word == "INTORG"


def _sense(draft: Draft, fields: list[str], _marker: bool) -> None:
    word = fields[0].upper()
    if word not in ("MAX", "MIN", "MAXIMIZE", "MINIMIZE"):
        raise BadLine("F060", f"the sense {fields[0]} is not known", "Write MAX or MIN.")
    maximise = word.startswith("MAX")
    if draft.has_sense and maximise != draft.maximise:
        raise BadLine("F063", "the sense is there twice, MAX and MIN", "Leave the one that is meant.")
    draft.maximise, draft.has_sense = maximise, True


def _row(draft: Draft, fields: list[str], _marker: bool) -> None:
    kind = fields[0].upper()
    if len(fields) != 2 or kind not in ("N", "L", "G", "E"):
        raise BadLine("F060", "a row is declared by N, L, G or E and one name", "Correct the line.")
    name = fields[1]
    if name in draft.rows or name == draft.objective or name in draft.ignored:
        raise BadLine("F063", f"the row {name} is there twice", "Rename or remove one of them.")
    if kind != "N":
        draft.rows[name] = len(draft.kinds)
        draft.kinds.append(kind)
    elif draft.objective is None:
        draft.objective = name
    else:
        draft.ignored.add(name)
        draft.notes.append(f"the free row {name} is left out, as is the custom")


def _column(draft: Draft, fields: list[str], marker: bool) -> None:
    if len(fields) not in (3, 5):
        raise BadLine(
            "F060", "a column has its name and one or two pairs of row and number", "Correct the line."
        )
    name = fields[0]
    j = draft.columns.get(name)
    if j is None:
        j = draft.columns[name] = len(draft.costs)
        draft.costs.append(0.0)
        draft.lower.append(0.0)
        draft.upper.append(INF)
        draft.whole.append(marker)
    elif j != len(draft.costs) - 1:
        raise BadLine(
            "F063", f"the column {name} is there twice", "Write all its entries one below the other."
        )
    for row, text in _pairs(fields[1:]):
        value = mps_number(text)
        if row == draft.objective:
            _once(draft.costed, j, f"the cost of {name}")
            draft.costs[j] = value
        elif row not in draft.ignored:
            key = (_known(row, draft.rows, "row"), j)
            if key in draft.entries:
                raise BadLine("F063", f"the entry of {name} in {row} is there twice", "Remove one of them.")
            draft.entries[key] = value


def _rhs(draft: Draft, fields: list[str], _marker: bool) -> None:
    for row, text in _vector(draft, fields, "RHS"):
        value = mps_number(text, endless=row != draft.objective)
        if row == draft.objective:
            draft.constant = -value if value else 0.0
        elif row not in draft.ignored:
            i = _known(row, draft.rows, "row")
            if draft.lenient and draft.rhs.get(i) == value:
                draft.notes.append(f"the right-hand side of {row} is there twice, with the same number")
            else:
                _put(draft.rhs, i, value, f"the right-hand side of {row}")
                _has_side(draft, i, row)


def _range(draft: Draft, fields: list[str], _marker: bool) -> None:
    for row, text in _vector(draft, fields, "RANGES"):
        value = mps_number(text, endless=True)
        if row not in draft.ignored and row != draft.objective:
            i = _known(row, draft.rows, "row")
            _put(draft.ranges, i, value, f"the range of {row}")
            _has_side(draft, i, row)


def _has_side(draft: Draft, i: int, row: str) -> None:
    """BadLine where a row has a range and a right-hand side that means none."""
    away = {"L": 1.0, "G": -1.0}.get(draft.kinds[i], 0.0)
    if i in draft.ranges and away * draft.rhs.get(i, 0.0) >= LIMITLESS:
        fix = f"Write the right-hand side of {row} as a number below 1e20, or leave the range out."
        raise BadLine(
            "F061", f"the range of {row} has no side to start from: its right-hand side means no limit", fix
        )


def _bound(draft: Draft, fields: list[str], _marker: bool) -> None:
    kind = fields[0].upper()
    free = kind in ("FR", "MI", "PL", "BV")
    if kind not in ("UP", "LO", "FX", "UI", "LI") and not free:
        raise BadLine(
            "F064",
            f"a bound of the kind {fields[0]} is not taken",
            "Known: UP, LO, FX, FR, MI, PL, BV, UI, LI.",
        )
    rest = fields[1:]
    if free and len(rest) in (2, 3) and (rest[1] in draft.columns or rest[0] not in draft.columns):
        vector, name = rest[0], rest[1]
    elif free and len(rest) == 1:
        vector, name = "", rest[0]
    elif not free and len(rest) == 3:
        vector, name = rest[0], rest[1]
    elif not free and len(rest) == 2:
        vector, name = "", rest[0]
    else:
        raise BadLine("F060", "a bound has a kind, a set, a column and a number", "Correct the line.")
    _same_vector(draft, "BOUNDS", vector)
    j = _known(name, draft.columns, "column")
    value = 0.0 if free else mps_number(rest[-1], endless=True)
    _set_bound(draft, j, kind, value, name)


def _set_bound(draft: Draft, j: int, kind: str, value: float, name: str) -> None:
    for side in {"UP": "u", "UI": "u", "PL": "u", "LO": "l", "LI": "l", "MI": "l"}.get(kind, "lu"):
        _once(draft.bounded, (j, side), f"the {'upper' if side == 'u' else 'lower'} bound of {name}")
    if kind in ("LO", "LI", "FX"):
        draft.lower[j] = value
    if kind in ("UP", "UI", "FX"):
        draft.upper[j] = value
    if kind in ("MI", "FR"):
        draft.lower[j] = -INF
    if kind in ("UI", "LI", "BV"):
        draft.whole[j] = True
    if kind == "BV":
        draft.upper[j] = 1.0


def _default_bounds(draft: Draft, source: str) -> list[Diagnostic]:
    """A whole column without any bound is 0 or 1, as is the custom; a negative upper bound alone is read in two ways."""
    sides = {j for j, _ in draft.bounded}
    found = list[Diagnostic]()
    for name, j in draft.columns.items():
        if draft.whole[j] and j not in sides:
            draft.upper[j] = 1.0
        if draft.upper[j] < 0 and (j, "l") not in draft.bounded:
            message = f"{name} has a negative upper bound and no lower one"
            why = "Some readers take it as unlimited below, others keep 0."
            fix = f"Write a bound MI or LO for {name}."
            found.append(Diagnostic("F065", message, Mark(source), why=why, fix=fix))
    return found


def _quadratic(draft: Draft, fields: list[str], full: bool) -> None:
    if len(fields) not in (3, 5):
        raise BadLine("F060", "a quadratic cost has two columns and a number", "Correct the line.")
    i = _known(fields[0], draft.columns, "column")
    for name, text in _pairs(fields[1:]):
        j, value = _known(name, draft.columns, "column"), mps_number(text)
        if not full or i <= j:
            _put(
                draft.curvature,
                (min(i, j), max(i, j)),
                value,
                f"the quadratic cost of {fields[0]} and {name}",
            )


def _pairs(fields: list[str]) -> list[tuple[str, str]]:
    return list(zip(fields[::2], fields[1::2], strict=True))


def _vector(draft: Draft, fields: list[str], section: str) -> list[tuple[str, str]]:
    """Pairs of row and number, whose set may have a name or not."""
    if len(fields) % 2:
        _same_vector(draft, section, fields[0])
        fields = fields[1:]
    else:
        _same_vector(draft, section, "")
    if len(fields) not in (2, 4):
        raise BadLine("F060", f"{section} has one or two pairs of row and number", "Correct the line.")
    return _pairs(fields)


def _same_vector(draft: Draft, section: str, name: str) -> None:
    first = draft.vectors.setdefault(section, name)
    if first != name:
        raise BadLine(
            "F064", f"{section} holds several sets, {first!r} and {name!r}", "Leave the one that is meant."
        )


def _known(name: str, known: dict[str, int], what: str) -> int:
    if name not in known:
        raise BadLine("F062", f"there is no {what} {name}", suggest(name, list(known)))
    return known[name]


def _once(seen: set[Key], key: Key, what: str) -> None:
    if key in seen:
        raise BadLine("F063", f"{what} is there twice", "Remove one of them.")
    seen.add(key)


def _put(table: dict[Key, float], key: Key, value: float, what: str) -> None:
    if key in table:
        raise BadLine("F063", f"{what} is there twice", "Remove one of them.")
    table[key] = value


def mps_number(text: str, endless: bool = False) -> float:
    """A number as MPS has it; what is none is refused, not taken as 0; endless: whether it is a side, which may be infinite."""
    if not _NUMBER.fullmatch(text):
        raise BadLine(
            "F061", f"{text} is no number", "Write digits with a decimal point, such as 1.5 or 1e-3."
        )
    value = float(text)
    if np.isinf(value) and not endless:
        fix = "Only sides may be infinite: bounds, right-hand sides and ranges of rows."
        raise BadLine("F061", f"{text} is no finite number", fix)
    if abs(value) >= HUGE and not endless:
        raise BadLine(
            "F061", f"{text} is too large to be computed with", f"Choose units in which it is below {HUGE:g}."
        )
    return value


_TAKERS: Final[dict[str, Callable[[Draft, list[str], bool], None]]] = {
    "OBJSENSE": _sense,
    "ROWS": _row,
    "COLUMNS": _column,
    "RHS": _rhs,
    "RANGES": _range,
    "BOUNDS": _bound,
    "QUADOBJ": lambda draft, fields, _: _quadratic(draft, fields, full=False),
    "QSECTION": lambda draft, fields, _: _quadratic(draft, fields, full=False),
    "QMATRIX": lambda draft, fields, _: _quadratic(draft, fields, full=True),
}
