"""A finding, the place it speaks of, and its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Final, Literal

from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the user's material.

    source: file name relative to the model folder, "" when there is none; line and column count from 1;
    cell is "Sheet!B7" for workbooks; text is the source line, and (start, end) the part of it to mark,
    counted from 0.
    """

    source: str = ""
    line: int | None = None
    column: int | None = None
    _: KW_ONLY
    cell: str | None = None
    text: str | None = None
    start: int = 0
    end: int = 0

    @classmethod
    def of_line(cls, source: str, line: int, text: str) -> Mark:
        """A whole line of a file, without a column."""
        return cls(source, line, text=text, end=len(text))

    def __str__(self) -> str:
        if self.cell is not None:
            return f"{self.source}, {self.cell}" if self.source else self.cell
        parts = [self.source or "<input>"]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


NOWHERE: Final = Mark()


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong (message), where (mark), why it matters and how to mend it."""

    code: str
    message: str
    mark: Mark = NOWHERE
    _: KW_ONLY
    why: str = ""
    fix: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        return render(self)


def render(diagnostic: Diagnostic) -> str:
    """The finding as text: place and sentence, the marked source line, why, fix."""
    mark = diagnostic.mark
    place = "" if mark == NOWHERE else f"{mark}: "
    lines = [f"{diagnostic.severity} {diagnostic.code}: {place}{diagnostic.message}"]
    lines += _quote(mark)
    if diagnostic.why:
        lines.append(f"  why: {diagnostic.why}")
    if diagnostic.fix:
        lines.append(f"  fix: {diagnostic.fix}")
    return "\n".join(lines).translate(_OBEYED)


_OBEYED: Final = dict.fromkeys(
    (*range(9), *range(11, 32), *range(127, 160), *range(0x202A, 0x202F)), "\ufffd"
)
"""Characters that a terminal obeys instead of showing them (tab and line end excepted)."""


_WIDEST: Final = 200


def _quote(mark: Mark) -> Sequence[str]:
    if not mark.text:
        return ()
    first = max(0, mark.start - 60) if len(mark.text) > _WIDEST else 0
    text = mark.text[first : first + _WIDEST]
    cut = ("… " if first else "", " …" if first + _WIDEST < len(mark.text) else "")
    start = mark.start - first
    width = max(1, min(mark.end - mark.start, len(text) - start))
    return (f"    {cut[0]}{text}{cut[1]}", "    " + " " * (len(cut[0]) + start) + "^" * width)
