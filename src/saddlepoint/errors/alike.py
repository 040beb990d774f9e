"""Findings that say the same of many cells, told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from saddlepoint.errors.findings import Diagnostic, Mark, render

FEW: Final = 3
"""So many findings that are alike are told one by one."""
NAMED: Final = 3
"""Places of the others that are named, besides the last."""
_OF_DATA: Final = frozenset("DFU")
"""First letters of codes of files and cells; what is wrong with a formula or a setting is told each time."""


def merged_alike(found: Iterable[Diagnostic]) -> list[tuple[Diagnostic, tuple[Diagnostic, ...]]]:
    """The findings in their order, each with the later ones that say the same of other cells of its table or file."""
    keyed = [(_kind(each, k), each) for k, each in enumerate(found)]
    groups: dict[tuple[object, ...], list[Diagnostic]] = {}
    for kind, each in keyed:
        groups.setdefault(kind, []).append(each)
    told: list[tuple[Diagnostic, tuple[Diagnostic, ...]]] = []
    for kind, each in keyed:
        first, *others = groups[kind]
        if len(others) < FEW:
            told.append((each, ()))
        elif each is first:
            told.append((each, tuple(others)))
    return told


def _kind(each: Diagnostic, place: int) -> tuple[object, ...]:
    """What alike findings have in common; of others their place in the list."""
    mark = each.mark
    if each.code[:1] not in _OF_DATA or (mark.line is None and mark.cell is None):
        return (place,)
    return (each.severity, each.code, mark.source, each.why or each.fix)


def render_all(found: Iterable[Diagnostic]) -> str:
    """The text of all findings, those that are alike as one."""
    return "\n\n".join(rendered(first, others) for first, others in merged_alike(found))


def rendered(first: Diagnostic, others: Sequence[Diagnostic]) -> str:
    """The text of a finding, and of how many are like it."""
    if not others:
        return render(first)
    places = list(dict.fromkeys(_place(one.mark, first.mark) for one in others))
    named = ", ".join(places[:NAMED]) + (f", … {places[-1]}" if len(places) > NAMED else "")
    return f"{render(first)}\n  {len(others):,} more like it: {named}"


def _place(mark: Mark, beside: Mark) -> str:
    """A place of the same file as another: a cell, with its tab if it is another, or a line."""
    if mark.cell is None:
        return str(mark) if mark.line is None else f"line {mark.line}"
    tab = (beside.cell or "").partition("!")[0]
    return mark.cell.removeprefix(f"{tab}!")
