"""A diagnosis in words: conflicts, repairs with amounts, rays and the bounds that they lack."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from saddlepoint.labels.cells import boxes
from saddlepoint.records import excerpt
from saddlepoint.report.repair_text import Objectives, repair_lines, repair_sentence
from saddlepoint.study.diagnosis.conflicts import Conflict, Member
from saddlepoint.study.diagnosis.diagnose import Diagnosis, Finding, by_conflict
from saddlepoint.study.diagnosis.endless import Drift, Ray
from saddlepoint.study.diagnosis.repair import Change, Repair

MOST_SHOWN = 8
"""Repairs told of one scenario; the JSON form has all."""


_NUMBER: Final = re.compile(r"(?<![\w.'])(?:[1-9][0-9]*(?:\.[0-9]+)?|0\.[0-9]+)(?![\w'])")
"""A number other than 0 that a formula holds."""


def diagnosis_text(found: Diagnosis) -> str:
    """What is wrong and what would help, for people."""
    if found.is_sound:
        return "Every scenario has a plan and a finite optimum.\n"
    lines: list[str] = []
    for group in by_conflict(found.findings):
        lines += [*_finding(group, found), ""]
    for problem, repairs in found.together.items():
        if repairs and not _told_already(found, problem, repairs):
            title = f" of problem {problem!r}" if problem else ""
            lines += [f"All {found.counts[problem]} scenarios{title} have a plan if you"]
            lines += [*repair_lines([(r, ()) for r in repairs]), ""]
    lines += _more(found)
    spent = f"Solving took {found.seconds[0]:.2f} s, finding out {found.seconds[1]:.2f} s."
    return "\n".join([*lines, spent]) + "\n"


def _more(found: Diagnosis) -> Iterator[str]:
    for problem, count in found.counts.items():
        looked = sum(1 for f in found.findings if f.problem == problem)
        if count > looked:
            where = f" of problem {problem!r}" if problem else ""
            yield (
                f"{count - looked} more scenarios{where} have no answer; `most={count}` looks into all, "
                "`scenarios=LABELS` into some."
            )
            yield ""


def _finding(group: Sequence[Finding], found: Diagnosis) -> Iterator[str]:
    first = group[0]
    yield f"{finding_title(group)}: {first.status.word.replace('_', ' ')}"
    if first.conflict is not None:
        yield from _conflict(first.conflict)
    if first.ray is not None:
        yield from ray_lines(first.ray, found.senses.get(first.problem, 1))
    kinds = by_repair(group)
    for same in kinds:
        head = "" if len(kinds) == 1 else f"{'; '.join(map(scenario_labels, same))}: "
        if same[0].repairs:
            yield f"  {head}There is a plan if you"
            yield from repair_lines(shared_repairs(same)[:MOST_SHOWN])
        if same[0].note:
            yield f"  {head}{same[0].note[0].upper()}{same[0].note[1:]}."


def by_repair(group: Sequence[Finding]) -> list[list[Finding]]:
    """Findings that have the same repairs and notes, together."""
    kinds: dict[tuple[str, ...], list[Finding]] = {}
    for one in group:
        kinds.setdefault((*_sentences(one.repairs), one.note), []).append(one)
    return list(kinds.values())


def _sentences(repairs: Sequence[Repair]) -> list[str]:
    """What tells repairs apart: all their lines but for the objectives."""
    return ["\n".join(repair_lines([(r, ())])) for r in repairs]


def shared_repairs(same: Sequence[Finding]) -> list[tuple[Repair, Objectives]]:
    """The repairs that findings share, each with the objectives that it leads to."""
    return [
        (repair, [(scenario_labels(one), one.repairs[k].objective) for one in same])
        for k, repair in enumerate(same[0].repairs)
    ]


def _told_already(found: Diagnosis, problem: str, repairs: Sequence[Repair]) -> bool:
    """Whether repairs of all scenarios stand above, as every scenario has the same."""
    mine = [f for f in found.findings if f.problem == problem]
    if len(mine) < found.counts[problem] or len(by_repair(mine)) > 1:
        return False
    told = {repair_sentence(r) for r in mine[0].repairs}
    return all(repair_sentence(r) in told for r in repairs)


def finding_title(group: Sequence[Finding]) -> str:
    """The problem and the scenarios of findings."""
    name = f"{group[0].problem}: " if group[0].problem else ""
    return name + "; ".join(map(scenario_labels, group))


def scenario_labels(one: Finding) -> str:
    """The labels of a scenario."""
    return ", ".join(one.scenario) or "the only scenario"


def _conflict(conflict: Conflict) -> Iterator[str]:
    yield "  No plan satisfies all of these together:"
    for member in conflict.members:
        reads = f"  ← {reads_of(member)}" if reads_of(member) else ""
        text = f": {member.text}" if member.kind == "relation" and member.text else ""
        meant = f"  ({member.description})" if member.description else ""
        yield f"    {member}{text}{meant}{reads}"
    yield f"  ({conflict.size} single sides; {conflict.how}.)"


def reads_of(member: Member) -> str:
    """Where the numbers of a relation stand that can be changed: input tables, or the formula itself."""
    if not member.sources and member.kind == "relation" and _NUMBER.search(member.text or ""):
        return "the numbers in the formula"
    return ", ".join(member.sources)


def ray_lines(ray: Ray, sense: int) -> Iterator[str]:
    """How the objective improves without end, and the bounds that end it."""
    goal = "grows" if sense < 0 else "falls"
    yield f"  The objective {goal} without end as"
    for drift in ray.drifts:
        gain = "" if drift.improves else ", which makes room"
        yield f"    {drift} is {drift.direction}{gain}"
    checked = " (solved with it: bounded)" if ray.verified else " (not verified)"
    for k, alternative in enumerate(ray.missing):
        yield f"  {'or' if k else 'It ends with'} {' and '.join(map(_bound, alternative))}{checked}"


def _bound(drift: Drift) -> str:
    side = "an upper" if drift.direction == "increasing" else "a lower"
    sign = "<=" if drift.direction == "increasing" else ">="
    return f"{side} bound on {drift}, such as `{drift.variable or drift.table} {sign} …`"


def diagnosis_data(found: Diagnosis) -> dict[str, Any]:
    """A diagnosis as plain data, for JSON."""
    return {
        "counts": dict(found.counts),
        "findings": [_finding_data(f, found) for f in found.findings],
        "together": {k: [_repair_data(r) for r in v] for k, v in found.together.items()},
        "seconds": {"solve": found.seconds[0], "diagnose": found.seconds[1]},
    }


def _finding_data(one: Finding, found: Diagnosis) -> dict[str, Any]:
    conflict, ray = one.conflict, one.ray
    return {
        "problem": one.problem,
        "scenario": dict(zip(found.axes.get(one.problem, ()), one.scenario, strict=False)),
        "status": one.status.word,
        "conflict": None if conflict is None else _conflict_data(conflict),
        "repairs": [_repair_data(r) for r in one.repairs],
        "ray": None if ray is None else _ray_data(ray),
        "note": one.note,
    }


def _conflict_data(conflict: Conflict) -> dict[str, Any]:
    return {
        **excerpt(conflict, "size", "proven", "how"),
        "members": [
            {
                **excerpt(m, "name", "kind", "side"),
                "formula": m.text,
                "reads": list(m.sources),
                "cells": _boxes_data(m.domain, m.cells),
                "count": len(m.cells),
            }
            for m in conflict.members
        ],
    }


def _boxes_data(domain: Any, cells: Any) -> list[Mapping[str, list[str]]]:
    """Boxes of cells: set → items, of which every combination belongs."""
    return [
        {
            axis.name: [axis.items[int(k)] for k in places]
            for axis, places in zip(domain.axes, box, strict=True)
        }
        for box in boxes(domain, cells)
    ]


def _repair_data(repair: Repair) -> dict[str, Any]:
    return {
        **excerpt(repair, "kind", "least", "verified", "objective", "size"),
        "text": repair_sentence(repair),
        "changes": [_change_data(change) for change in repair.changes],
    }


def _change_data(change: Change) -> dict[str, Any]:
    cells = zip(change.cells, change.before, change.after, strict=True)
    return {
        **excerpt(change, "table", "column", "unit", "shared"),
        "cells": [
            {"at": change.domain.named(int(cell)), "before": float(before), "after": float(after)}
            for cell, before, after in cells
        ],
    }


def _ray_data(ray: Ray) -> dict[str, Any]:
    return {
        "drifts": [_drift_data(d) for d in ray.drifts],
        "missing_bounds": [[_drift_data(d) for d in alternative] for alternative in ray.missing],
        "verified": ray.verified,
    }


def _drift_data(drift: Drift) -> dict[str, Any]:
    return {
        **excerpt(drift, "table", "direction", "improves"),
        "cells": _boxes_data(drift.domain, drift.cells),
    }
