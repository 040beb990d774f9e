"""Repairs in words: how much changes in which table, the largest cells one by one, and where the others are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.labels.cells import in_words
from saddlepoint.printing.grid import letters, number, percent
from saddlepoint.study.diagnosis.repair import Change, Repair

LISTED: Final = 3
"""Cells of a change that are told one by one: the largest."""
PLACES: Final = 3
"""Groups of neighbours by which the others are told."""
UNITS: Final = 100.0
"""A number that grows or falls to so many times is asked about: it is one of another unit, or has digits too many."""
UNIT: Final = "; is its unit right?"
OBJECTIVES: Final = 3
"""Objectives told one by one of scenarios that are repaired alike."""
Objectives = Sequence[tuple[str, float]]
"""Label of a scenario → its objective with the repair, NaN where it was not asked."""


def repair_lines(repairs: Sequence[tuple[Repair, Objectives]]) -> Iterator[str]:
    """Alternatives, each a sentence, with the cells of larger changes below it."""
    for k, (repair, objectives) in enumerate(repairs):
        parts = list(_parts(repair))
        said = ", and ".join(_sentence(c, mine) for c, mine in parts) if parts else _throughout(repair)
        yield f"{'    ' if k == 0 else '    or '}{said}{_cautions(repair)}{_reached(objectives)}"
        for change, mine in parts:
            yield from _cells(change, mine, f"{_name(change)}: " if len(parts) > 1 else "")


def repair_sentence(repair: Repair) -> str:
    """A repair in one line."""
    parts = list(_parts(repair))
    return ", and ".join(_sentence(c, mine) for c, mine in parts) if parts else _throughout(repair)


def _parts(repair: Repair) -> Iterator[tuple[Change, Index]]:
    """For every table the cells that grow, then those that fall; none of a factor."""
    for change in repair.changes if repair.kind == "cells" else ():
        for mine in (np.flatnonzero(change.amounts > 0), np.flatnonzero(change.amounts < 0)):
            if len(mine):
                yield change, mine


def _throughout(repair: Repair) -> str:
    said: list[str] = []
    for change in repair.changes:
        up, part = float(change.parts[0]) > 0, 100 * float(np.nanmean(np.abs(change.parts)))
        asked = UNIT if part >= 100 * (UNITS - 1 if up else 1 - 1 / UNITS) else ""
        said.append(f"{'raise' if up else 'lower'} {_name(change)} by {_size(part)} % throughout{asked}")
    return ", and ".join(said)


def _sentence(change: Change, mine: Index) -> str:
    verb = "raise" if change.amounts[mine[0]] > 0 else "lower"
    if len(mine) == 1:
        return f"{verb} {_name(change)}{_at(change, mine)} by {_moved(change, int(mine[0]))}"
    sizes, unit = np.abs(change.amounts[mine]), _unit(change)
    total = f"{_short(float(sizes.sum()))}{unit} in all"
    if np.allclose(sizes, sizes[0], rtol=1e-6, atol=0.0):
        return f"{verb} {_name(change)}{_at(change, mine)} by {_short(float(sizes[0]))}{unit} each, {total}"
    return f"{verb} {_name(change)} in {len(mine):,} cells by {total}"


def _cells(change: Change, mine: Index, lead: str) -> Iterator[str]:
    """The largest cells of a change one by one, then how many more there are, how much, and where."""
    sizes = np.abs(change.amounts[mine])
    if len(mine) == 1 or np.allclose(sizes, sizes[0], rtol=1e-6, atol=0.0):
        return
    order = np.argsort(-sizes, kind="stable")
    first = order if len(mine) <= LISTED + 1 else order[:LISTED]
    rest = np.sort(order[len(first) :])
    names = [lead + ", ".join(change.domain.coordinates(int(change.cells[mine[k]]))) for k in first]
    last = f"{lead}{len(rest):,} more"
    width = max(map(letters, [*names, last] if len(rest) else names))
    for name, k in zip(names, first.tolist(), strict=True):
        yield f"         {name}{' ' * (width - letters(name))}  by {_moved(change, int(mine[k]))}"
    if len(rest):
        low, high = _short(float(sizes[rest].min())), _short(float(sizes[rest].max()))
        span = low if low == high else f"{low} … {high}"
        total = f"{_short(float(sizes[rest].sum()))}{_unit(change)} in all"
        yield f"         {last}{' ' * (width - letters(last))}  by {span} each, {total}: {_where(change, mine[rest])}"


def _moved(change: Change, k: int) -> str:
    before, after = float(change.before[k]), float(change.after[k])
    asked = UNIT if before * after > 0 and not 1 / UNITS < abs(after / before) < UNITS else ""
    part = f" ({_percent(100 * (after - before) / abs(before))}{asked})" if before else ""
    if before * after < 0 or (before < 0 and after == 0):
        part = " (is its sign right?)"
    return f"{_short(abs(after - before))}{_unit(change)}, from {_short(before)} to {_short(after)}{part}"


def _at(change: Change, mine: Index) -> str:
    where = _where(change, mine)
    return f" ({where})" if where else ""


def _where(change: Change, mine: Index) -> str:
    told = [t for t in in_words(change.domain, change.cells[mine]) if t]
    more = f"; and {len(told) - PLACES} more groups" if len(told) > PLACES + 1 else ""
    kept = told[:PLACES] if more else told
    return "; ".join(kept) + more


def _cautions(repair: Repair) -> str:
    said = [
        text
        for text, on in (
            ("found by search: a smaller change may do", not repair.least),
            ("above 1: only if it is no share", repair.passes_one),
        )
        if on
    ]
    return f" ({'; '.join(said)})" if said else ""


def _reached(objectives: Objectives) -> str:
    known = [(label, value) for label, value in objectives if np.isfinite(value)]
    if not known:
        return ""
    if len(known) == 1 or len({_six(v) for _, v in known}) == 1:
        return f"; the objective is {_six(known[0][1])} then"
    if len(known) <= OBJECTIVES:
        return f"; the objective is {', '.join(f'{_six(v)} ({label})' for label, v in known)} then"
    values = [v for _, v in known]
    return f"; the objective is {_six(min(values))} … {_six(max(values))} then"


def _six(value: float) -> str:
    return number(float(f"{value:.7g}"))


def _name(change: Change) -> str:
    return change.table if change.column == "values" else f"the {change.column} of {change.table}"


def _unit(change: Change) -> str:
    return f" {change.unit}" if change.unit else ""


def _percent(part: float) -> str:
    return f"{part:+,.0f} %" if abs(part) >= 100 else f"{part:+.3g} %"


def _size(part: float) -> str:
    """A percentage without its sign: 99.9 is not 100."""
    return number(round(part)) if part >= 100 else percent(part / 100, 3)


def _short(value: float) -> str:
    return f"{value:.6g}"
