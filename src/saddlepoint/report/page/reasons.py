"""Why scenarios have no plan, or no finite optimum, and what would help, as a section of a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from saddlepoint.printing.html import html_cells
from saddlepoint.report.diagnosis import (
    MOST_SHOWN,
    by_repair,
    finding_title,
    ray_lines,
    reads_of,
    scenario_labels,
    shared_repairs,
)
from saddlepoint.report.repair_text import repair_lines
from saddlepoint.study.diagnosis.conflicts import Conflict
from saddlepoint.study.diagnosis.diagnose import Diagnosis, Finding, by_conflict

TITLE: Final = "Why there is no plan"


def reasons_body(found: Diagnosis) -> str:
    """Conflicts as tables, repairs as lists, rays as sentences; "" where nothing is wrong."""
    if found.is_sound:
        return ""
    return "".join(part for group in by_conflict(found.findings) for part in _finding(group, found))


def reasons_elsewhere(count: int) -> str:
    """What stands there where finding out would take too long, or the inputs are others than those of the run."""
    return f"<p>{count:,} {'scenario has' if count == 1 else 'scenarios have'} no plan or no finite optimum: <code>saddle diagnose</code> says why, and which changes of data would help.</p>"


def _finding(group: Sequence[Finding], found: Diagnosis) -> Iterator[str]:
    first = group[0]
    yield f"<h3>{escape(finding_title(group))}: {escape(first.status.word.replace('_', ' '))}</h3>"
    if first.conflict is not None:
        yield from _conflict(first.conflict)
    if first.ray is not None:
        yield "".join(
            f"<p>{escape(line)}</p>" for line in ray_lines(first.ray, found.senses.get(first.problem, 1))
        )
    kinds = by_repair(group)
    for same in kinds:
        lead = "" if len(kinds) == 1 else f"{'; '.join(map(scenario_labels, same))}: "
        repairs = shared_repairs(same)[:MOST_SHOWN]
        if repairs:
            yield f"<p>{escape(lead)}There is a plan if you do one of these (each was tried by solving again):</p><ol>"
            yield from (f"<li>{_repair(list(repair_lines([one])))}</li>" for one in repairs)
            yield "</ol>"
        if same[0].note:
            yield f"<p>{escape(lead)}{escape(same[0].note[0].upper() + same[0].note[1:])}.</p>"


def _conflict(conflict: Conflict) -> Iterator[str]:
    yield "<p>No plan satisfies all of these together:</p>"
    rows = [
        (
            escape(one.title),
            escape("; ".join(one.places)),
            f"<code>{escape(one.text)}</code>" if one.kind == "relation" else "",
            escape(one.description),
            escape(reads_of(one)),
        )
        for one in conflict.members
    ]
    yield html_cells(("relation", "where", "formula", "meaning", "the numbers are in"), rows, "plain")
    yield f'<p class="quiet">{conflict.size:,} single sides; {escape(conflict.how)}.</p>'


def _repair(lines: Sequence[str]) -> str:
    """A repair with its cells below it."""
    head, *cells = lines
    rows = [[escape(part.strip()) for part in cell.strip().split("  by ")] for cell in cells]
    return escape(head.strip()) + (html_cells(("where", "by"), rows, "plain") if rows else "")
