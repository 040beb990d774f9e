"""The logs of coupled scenarios, as text files."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from saddlepoint.files import safe_name
from saddlepoint.files.atomic import write_log
from saddlepoint.printing.grid import grid
from saddlepoint.solve.solution import Status
from saddlepoint.study.coupling.coupling import Coupled, Coupling

_TITLE: Final = "Convergence of scenario"
MOST = 1_000
"""Scenarios with a file of their own, besides those that fail."""


def log_writer(folder: Path, settings: Coupling) -> Callable[[Coupled], None]:
    """What writes the logs of a run, chunk after chunk, as convergence_<labels>.log into the folder."""
    told = 0

    def write(coupled: Coupled) -> None:
        nonlocal told
        chosen, told = logged(coupled, told), told + len(coupled.found)
        worst = np.max([a.solution.certificates.worst for a in coupled.answers.values()], axis=0)
        certified = coupled.certified
        for s in chosen:
            labels = _labels(coupled, s)
            verdict = _verdict(coupled, s, float(worst[s]) if certified[s] else None)
            name = safe_name("convergence_" + "-".join(labels or ("all",)))
            text = _log(labels, settings, _table(coupled, s), verdict)
            write_log((folder / f"{name}{end}.log" for end in ("", "_saddlepoint")), text, _TITLE)

    return write


def logged(coupled: Coupled, before: int = 0) -> Iterator[int]:
    """Positions of the scenarios that get a log: the first 1,000, and every one that is not certified.

    before: scenarios of the same run that went before these.
    """
    failed = ~coupled.certified
    return (s for s in range(len(failed)) if before + s < MOST or failed[s])


def _log(labels: Sequence[str], settings: Coupling, table: Sequence[str], verdict: Sequence[str]) -> str:
    """Header, the table of changes between sweeps, and the verdict of one scenario."""
    lines = [
        f"{_TITLE} {', '.join(labels) or '(the only one)'}",
        f"norm: {settings.norm}    relative tolerance: {settings.relative_tolerance:g}    scheme: {settings.scheme}",
        _meaning(settings),
        "* = above its threshold",
        "",
        *table,
        "",
        *verdict,
    ]
    return "\n".join(lines) + "\n"


def _labels(coupled: Coupled, scenario: int) -> tuple[str, ...]:
    answer = next(iter(coupled.answers.values()))
    return answer.program.scenarios.coordinates(int(answer.which[scenario]))


def _meaning(settings: Coupling) -> str:
    if settings.norm == "max_relative":
        return "threshold: the relative tolerance; change: the largest relative change of a cell between two sweeps"
    return "threshold: 0.001 + relative tolerance x norm of the table after the first sweep; change: norm of the difference between two sweeps"


def _table(coupled: Coupled, scenario: int) -> list[str]:
    trace = coupled.trace
    sweeps = range(int(trace.iterations[scenario]))
    changes = trace.changes[scenario, : len(sweeps)].T.tolist()
    limits = trace.thresholds[scenario].tolist()
    rows = [
        (table, f"{limit:.3e}", *(_cell(change, limit) for change in own))
        for table, limit, own in zip(trace.tables, limits, changes, strict=True)
    ]
    return grid(("Table", "Thresholds", *(f"Iter_{k}-{k + 1}" for k in sweeps)), rows, texts=1)


def _cell(change: float, limit: float) -> str:
    if math.isnan(change):
        return "-"
    text = "0" if change == 0 else f"{change:.3e}"
    return text + ("*" if change > limit else " ")


def _verdict(coupled: Coupled, scenario: int, worst: float | None) -> list[str]:
    """What the loop says of a scenario; worst: the largest residual of a certified one."""
    lines = [
        f"{key or 'problem'}: {Status(int(a.solution.status[scenario])).sentence}"
        for key, a in coupled.answers.items()
    ]
    if worst is not None:
        lines.append(
            f"Certified: every sub-problem is optimal at the same point; largest residual {worst:.1e}."
        )
        if not np.isnan(coupled.joint[scenario]):
            many = int(coupled.found[scenario])
            seen = "the only start tried" if many <= 1 else f"the best of {many} different fixed points seen"
            lines.append(f"Joint objective {coupled.joint[scenario]:.6f} ({seen}); it may be a local one.")
        if coupled.proof.known[scenario]:
            best, bound = coupled.proof.best[scenario], coupled.proof.bound[scenario]
            lines.append(f"Joint problem: best plan {best:.6f}, proven bound {bound:.6f}.")
    elif scenario in coupled.notes:
        lines.append(f"What fails: {coupled.notes[scenario]}.")
    return lines
