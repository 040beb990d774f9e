"""Parts of a run, made one by one on many machines, as one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from saddlepoint.errors import Diagnostic, Mark, StudyError
from saddlepoint.store import Outcomes, RunRecord, Store, count_outcomes, history, open_store, stage
from saddlepoint.store.merging import drop_repeated, take_results
from saddlepoint.study.execute import Summary
from saddlepoint.study.results.result import exit_code, recorded_statuses
from saddlepoint.study.running.plan import Plan, own_scenarios


def merge(
    plan: Plan, store: Store, parts: Sequence[Path], record: RunRecord, clock: Callable[[], float]
) -> Summary:
    """Write the results of parts (databases of runs with `database=`) into the store, as one run.

    plan: of all scenarios; clock: seconds, monotonic. StudyError K130 for a part that was made from other inputs or did not
    finish; StoreError (B004 for a part whose statuses are none).
    """
    begin = clock()
    _check(parts, record)
    axes = plan.model.scenarios.names
    with stage(store, record, partial=True) as staged:
        for path in parts:
            with open_store(path, readonly=True) as source:
                take_results(store, staged, source, _last(source).id or 0, axes)
        drop_repeated(store, staged)
        outcomes = staged.outcomes()
        missing = _missing(plan, outcomes)
        staged.partial = bool(missing)
        code = exit_code([recorded_statuses(outcomes, store.name)])
        seconds = clock() - begin
        staged.finish(seconds, code)
        number = staged.run
    residual = max((o.residual for o in outcomes if o.status in ("optimal", "fixed_point")), default=0.0)
    return Summary(
        run=number,
        exit_code=code,
        seconds=seconds,
        counts=_counts(outcomes),
        residual=residual,
        messages=missing,
    )


def _check(parts: Sequence[Path], record: RunRecord) -> None:
    found: list[Diagnostic] = []
    for path in parts:
        with open_store(path, readonly=True) as source:
            last = _last(source)
            if last.id is not None:
                recorded_statuses(count_outcomes(source, last.id), path.name)
        mark = Mark(path.name)
        if last.id is None:
            message, fix = "the part holds no finished run", "Run it again, or leave it out."
            found.append(Diagnostic("K130", message, mark, fix=fix))
        elif (last.settings_hash, last.inputs_hash) != (record.settings_hash, record.inputs_hash):
            message = "the part was made from other settings or inputs"
            found.append(Diagnostic("K130", message, mark, fix="Run it again with the present files."))
    if found:
        raise StudyError(found)


def _last(source: Store) -> RunRecord:
    """The newest finished run that is not just the loading of inputs; id None if there is none."""
    runs = (run for run in history(source) if run.exit is not None and run.command != "load")
    return next(runs, RunRecord("", ""))


def _missing(plan: Plan, outcomes: Sequence[Outcomes]) -> tuple[str, ...]:
    said: list[str] = []
    for problem in plan.model.problems:
        have = sum(o.count for o in outcomes if o.problem == problem.key)
        want = len(own_scenarios(problem, plan))
        if have < want:
            said.append(f"{problem.title}: {want - have} of {want} scenarios are in none of the parts")
    return tuple(said)


def _counts(outcomes: Sequence[Outcomes]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for one in outcomes:
        counts.setdefault(one.problem, {})[one.status] = one.count
    return counts
