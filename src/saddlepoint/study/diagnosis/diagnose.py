"""Why scenarios have no plan, or no finite optimum, and what would help: conflicts, repairs, rays."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Index, Mask
from saddlepoint.compile.bind import bind
from saddlepoint.errors import Diagnostic, StudyError, suggest
from saddlepoint.model.model import Model
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.conflict import aimless
from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import Status
from saddlepoint.solve.solve import solve
from saddlepoint.study.diagnosis.case import Parametrised, case_of
from saddlepoint.study.diagnosis.conflicts import Conflict, conflict_of, excess, owners, same_members
from saddlepoint.study.diagnosis.endless import Ray, ray_of
from saddlepoint.study.diagnosis.repair import Repair, RepairWishes
from saddlepoint.study.diagnosis.repairs import repairs
from saddlepoint.study.diagnosis.trial import LARGE
from saddlepoint.study.results.result import Result

MOST = 5
"""Scenarios that are looked into, where nobody says otherwise."""
PATIENCE = 20.0
"""Seconds that repairs may take at least, all scenarios together."""
MOST_TOGETHER = 500
"""Scenarios for which a repair of all of them is sought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with one scenario of one problem, and what would help.

    scenario: its labels; status; conflict, repairs: of an infeasible one; ray: of an unbounded one; alike: labels of scenarios
    with the same conflict; note: what could not be said, and why.
    """

    problem: str
    scenario: tuple[str, ...]
    status: Status
    conflict: Conflict | None = None
    repairs: tuple[Repair, ...] = ()
    ray: Ray | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """Of a run: the findings of the scenarios looked into, how many more have no answer, and repairs of all at once.

    counts: problem → number of scenarios without a plan or a finite optimum; together: problem → repairs with which all its infeasible
    scenarios have a plan; axes: names of the scenario sets by problem; seconds: what it took to solve, and to find out.
    """

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]
    together: Mapping[str, tuple[Repair, ...]]
    axes: Mapping[str, tuple[str, ...]]
    senses: Mapping[str, int]
    seconds: tuple[float, float]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong: every scenario looked at has an answer."""
        return not any(self.counts.values())

    def __repr__(self) -> str:
        """What excludes each other in which scenario, a line for each; `saddle diagnose` has the amounts."""
        if self.is_sound:
            return "Diagnosis: every scenario has a plan and a finite optimum"
        return "\n".join(
            [f"Diagnosis: {sum(self.counts.values()):,} without an answer", *map(_in_a_line, self.findings)]
        )


def _in_a_line(one: Finding) -> str:
    """A finding with what excludes each other, and how many repairs are known."""
    words = [*([one.problem] if one.problem else []), ", ".join(one.scenario) or "the only scenario"]
    said = one.status.word.replace("_", " ")
    if one.conflict is not None:
        said += f", as of {'; '.join(map(str, one.conflict.members))}"
        said += f" ({len(one.repairs)} repair{'' if len(one.repairs) == 1 else 's'})"
    return f"  {': '.join(words)}: {said}"


def diagnose(
    result: Result,
    clock: Callable[[], float],
    wishes: RepairWishes | None = None,
    most: int = MOST,
    patience: float | None = None,
) -> Diagnosis:
    """Look into the infeasible and unbounded scenarios of a result.

    most: how many, of each problem; patience: seconds for the repairs (None = twice what solving took, at least PATIENCE). Raises
    what compile raises; StudyError K500 for tables that the model does not have.
    """
    wishes = wishes or RepairWishes()
    _check(wishes, result.plan.model)
    begin = clock()
    allowed = max(PATIENCE, 2 * result.seconds) if patience is None else patience
    enough = _Enough(clock, allowed)
    findings: list[Finding] = []
    counts: dict[str, int] = {}
    together: dict[str, tuple[Repair, ...]] = {}
    for key, answer in result.answers.items():
        bad = np.flatnonzero(np.isin(answer.solution.status, _LOST))
        counts[key] = len(bad)
        if not len(bad):
            continue
        seen = _Seen(result, key, answer, wishes, enough, allowed)
        findings += seen.findings(bad[:most])
        together[key] = tuple(sorted(seen.together(bad), key=lambda r: r.order))
    return Diagnosis(
        findings=tuple(findings),
        counts=counts,
        together=together,
        axes={k: a.program.scenarios.names for k, a in result.answers.items()},
        senses={k: a.program.sense for k, a in result.answers.items()},
        seconds=(result.seconds, clock() - begin),
    )


class _Enough:
    """Whether the time for repairs is over, or would be before one more attempt ends that takes as long as the last."""

    def __init__(self, clock: Callable[[], float], allowed: float) -> None:
        self._clock, self._allowed = clock, allowed
        self._begin = self._last = clock()

    def __call__(self) -> bool:
        now = self._clock()
        attempt, self._last = now - self._last, now
        return now + attempt - self._begin > self._allowed


def _by_search(status: Status) -> str:
    """What is said of a problem that multiplies decisions, where the search has shown that there is no best plan."""
    if status is Status.UNBOUNDED:
        return "plans get better without end: give the decisions that are not multiplied lower and upper bounds, too"
    return (
        "no plan keeps all relations, which the search has shown by dividing the ranges of what is multiplied; to see what is missing, and where, let "
        "the relations that may be missed be missed at a price (`soft:` at a relation) and run with `lab.run(starts=8)`: the tables `violation_…` say by how much"
    )


_LOST = (Status.INFEASIBLE, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)


def _check(wishes: RepairWishes, model: Model) -> None:
    known = [t.key for t in model.inputs]
    named = (*wishes.protected, *wishes.only, *wishes.weights)
    found = [
        Diagnostic("K500", f"{name!r} is no input table of this model", fix=suggest(name, known))
        for name in dict.fromkeys(named)
        if name not in known
    ]
    found += [
        Diagnostic(
            "K501",
            f"the weight {weight:g} of {name!r} is not positive",
            fix="Protect a table that must stay.",
        )
        for name, weight in wishes.weights.items()
        if not weight > 0
    ]
    if found:
        raise StudyError(found)


class _Seen:
    """The lost scenarios of one problem, as they are looked into."""

    def __init__(
        self,
        result: Result,
        key: str,
        answer: Answer,
        wishes: RepairWishes,
        enough: Callable[[], bool],
        allowed: float,
    ) -> None:
        self._result, self._key, self._answer, self._wishes = result, key, answer, wishes
        self._enough, self._allowed = enough, allowed
        self._options = result.plan.request.options
        self._found: list[tuple[Parametrised, Finding]] = []

    def findings(self, bad: Index) -> list[Finding]:
        if self._answer.program.products is not None:
            return [replace(self._plain(s), note=_by_search(self._plain(s).status)) for s in bad.tolist()]
        for s in bad.tolist():
            case = case_of(self._result.plan, self._key, self._answer.which[[s]], self._result)
            self._found.append((case, self._finding(case, s)))
        return [f for _, f in self._found]

    def _plain(self, s: int) -> Finding:
        """What is wrong, and nothing more."""
        answer = self._answer
        labels = answer.program.scenarios.coordinates(int(answer.which[s]))
        return Finding(problem=self._key, scenario=labels, status=Status(int(answer.solution.status[s])))

    def _finding(self, case: Parametrised, s: int) -> Finding:
        answer, plain = self._answer, self._plain(s)
        if plain.status is Status.UNBOUNDED:
            ray = ray_of(case, 0, self._options)
            note = "" if ray is not None else "the ray could not be shown in this form of the problem"
            return replace(plain, ray=ray, note=note)
        own = answer.solution.take(np.array([s])) if _alike(case, answer) else None
        found = conflict_of(case, own, self._options)
        if found is None:
            return replace(plain, note="no subset could be shown to be infeasible within the time")
        conflict, raw = found
        rows, _, _ = owners(case.bound(0), raw)
        keys = _candidates(case, rows)
        aim = case.program.structure.n <= LARGE and not case.program.structure.is_integer
        options = self._options
        if case.program.structure.n > LARGE and options.time_limit is None:
            options = replace(options, time_limit=self._allowed)
        made = tuple(
            repairs(case, 0, keys, excess(case.bound(0), raw), self._wishes, options, self._enough, aim)
        )
        kept = sorted((r for r in made if r.verified), key=lambda r: r.order)
        note = "" if kept else _no_repair(keys, case, self._wishes)
        if note and keys and case.program.structure.n > LARGE and self._enough():
            note += " within the time for repairs"
        return replace(plain, conflict=conflict, repairs=tuple(kept), note=note)

    def together(self, bad: Index) -> Iterator[Repair]:
        """Repairs of one table each with which all infeasible scenarios have a plan."""
        infeasible = bad[self._answer.solution.status[bad] == Status.INFEASIBLE]
        if len(infeasible) < 2 or len(infeasible) > MOST_TOGETHER or self._enough():
            return
        tried = [f for _, f in self._found if f.repairs]
        if not tried or len(tried) < min(len(infeasible), len(self._found)):
            return
        case = case_of(self._result.plan, self._key, self._answer.which[infeasible], self._result)
        labels = self._answer.program.scenarios.coordinates
        at = {labels(int(self._answer.which[s])): k for k, s in enumerate(infeasible.tolist())}
        wanted = [{(r.tables, r.kind) for r in f.repairs if len(r.tables) == 1} for f in tried]
        for tables, kind in sorted(set.intersection(*wanted)):
            parts = [next(r for r in f.repairs if (r.tables, r.kind) == (tables, kind)) for f in tried]
            repair = _merged(case, parts, [at[f.scenario] for f in tried])
            if repair is not None:
                yield repair


def _alike(case: Parametrised, answer: Answer) -> bool:
    """Whether the rows and columns of the case are those of the answer, so that its Farkas vector may be used."""
    ours, theirs = case.program, answer.program
    return np.array_equal(ours.row_of, theirs.row_of) and ours.structure.n == theirs.structure.n


def _candidates(case: Parametrised, rows: Mask) -> list[str]:
    """The tables that feed the rows of a conflict: right-hand sides first, then what multiplies decisions there."""
    solver = case.program.row_of[np.flatnonzero(rows)]
    entries = np.isin(case.program.structure.A.indices, solver[solver >= 0])
    sides: list[str] = []
    products: list[str] = []
    for key in case.sources:
        feed = case.feeds(key)
        if np.asarray(abs(feed.rhs).sum(axis=1)).reshape(-1)[rows].any() or feed.g.nnz:
            sides.append(key)
        elif feed.A.nnz and np.asarray(abs(feed.A).sum(axis=1)).reshape(-1)[entries].any():
            products.append(key)
    return sides + products


def _no_repair(keys: Sequence[str], case: Parametrised, wishes: RepairWishes) -> str:
    if not keys:
        return "no input feeds the right-hand sides of these relations: the contradiction is in the formulas"
    allowed = [k for k in keys if wishes.allow(case.sources[k].table)]
    if not allowed:
        names = ", ".join(dict.fromkeys(case.sources[k].table for k in keys))
        return f"every table that could help is protected: {names}"
    names = ", ".join(str(case.sources[k]) for k in allowed)
    return f"no change of {names} alone was found with which there is a plan"


def _merged(case: Parametrised, parts: Sequence[Repair], places: Sequence[int]) -> Repair | None:
    """One repair that holds the largest changes of several, verified in all scenarios of a case.

    places: of the scenario of each part, in the case.
    """
    first = parts[0].changes[0]
    info = case.model.tables[first.table]
    key = next(k for k, s in case.sources.items() if (s.table, s.column) == (first.table, first.column))
    before = case.flat[key]
    amount = np.zeros(len(before))
    for part, scenario in zip(parts, places, strict=True):
        own = case.places(key, scenario)
        for change in part.changes:
            here, at = change.amounts, own[change.cells]
            if (amount[at] * here < 0).any():
                return None
            amount[at] = np.where(np.abs(here) > np.abs(amount[at]), here, amount[at])
    after = before + amount
    moved = np.stack([after[case.places(key, k)] for k in range(case.numbers.size)])
    bound = bind(case.program, replace(case.numbers, current={key: moved}))
    if not solve(aimless(bound.batch)).planned.all():
        return None
    cells = np.flatnonzero(amount)
    change = replace(first, domain=info.domain, cells=cells, before=before[cells], after=after[cells])
    even = np.allclose(change.parts, change.parts[0], rtol=1e-6, equal_nan=True)
    return Repair(
        changes=(change,),
        kind=parts[0].kind if even else "cells",
        least=False,
        verified=True,
        objective=np.nan,
        size=max(p.size for p in parts),
        unlikely=max(p.unlikely for p in parts),
    )


def by_conflict(findings: Sequence[Finding]) -> list[list[Finding]]:
    """Findings that name the same conflict, together."""
    out: list[list[Finding]] = []
    for one in findings:
        for group in out:
            a, b = group[0].conflict, one.conflict
            if group[0].problem == one.problem and a is not None and b is not None and same_members(a, b):
                group.append(one)
                break
        else:
            out.append([one])
    return out
