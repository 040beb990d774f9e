"""The history of a folder: what each run found, and what had changed since the run before."""

from __future__ import annotations

from collections.abc import Mapping

from saddlepoint.records import dataclass
from saddlepoint.store import Inputs, RunRecord, Store, history
from saddlepoint.store.runs import joint_gaps, run_objectives
from saddlepoint.store.stale import changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One run. objectives: problem → smallest and largest; counts: status → scenarios of all problems; changed: settings
    files and input tables that were not as in the run before, None for the first run; joint_gap: the largest gap left between the
    best plan of a coupled model and what is proven, None where that was not asked for."""

    run: RunRecord
    objectives: Mapping[str, tuple[float, float]]
    counts: Mapping[str, int]
    changed: tuple[str, ...] | None
    joint_gap: float | None = None


def episodes(store: Store, limit: int | None = None) -> tuple[Episode, ...]:
    """The runs, the newest first. StoreError."""
    with store.snapshot():
        runs = history(store)
        gaps = joint_gaps(store)
        objectives: dict[int, dict[str, tuple[float, float]]] = {}
        counts: dict[int, dict[str, int]] = {}
        for run, problem, status, count, least, most, _ in run_objectives(store):
            words = counts.setdefault(run, {})
            words[status] = words.get(status, 0) + count
            if least is not None:
                old = objectives.setdefault(run, {}).get(problem, (least, most))
                objectives[run][problem] = (min(old[0], least), max(old[1], most))
    return tuple(
        Episode(
            run=run,
            objectives=objectives.get(run.id or 0, {}),
            counts=counts.get(run.id or 0, {}),
            changed=_since(runs[k + 1], run) if k + 1 < len(runs) else None,
            joint_gap=gaps.get(run.id or 0),
        )
        for k, run in enumerate(runs[:limit])
    )


def _since(before: RunRecord, run: RunRecord) -> tuple[str, ...]:
    return tuple(changes(before, Inputs(run.settings_hash, run.inputs_hash, run.contents)))
