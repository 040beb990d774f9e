"""A planned run from start to store: every piece staged as it comes, swapped in at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.columnar import Columnar, concat
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.errors import Diagnostic
from saddlepoint.labels import Domain
from saddlepoint.model.lone_signs import lone_signs
from saddlepoint.records import dataclass
from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import RESIDUALS, Status
from saddlepoint.store import Outcomes, RunRecord, Store, stage
from saddlepoint.store.staging import Staged
from saddlepoint.study.coupling.coupling import Coupled, JointProof, Progress
from saddlepoint.study.results.result import Result, exit_code, recorded_statuses
from saddlepoint.study.results.write_results import keep_draws, keep_piece, keep_unread
from saddlepoint.study.running.plan import Plan
from saddlepoint.study.running.run import Piece, run
from saddlepoint.study.running.spread import HERE, Spread
from saddlepoint.study.running.staged import refuse_policies


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopOutcome(Columnar):
    """What became of a loop of sub-problems in S scenarios.

    problems: their keys; scenarios: their domain; which: (S,) positions in it; joint: (S,) objectives added up, NaN
    where there is none; found: (S,) different certified fixed points seen; proof: of the joint problem.
    """

    problems: tuple[str, ...]
    scenarios: Domain
    which: Index
    joint: Array
    found: Index
    proof: JointProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A finished run. counts: problem → status word → number of scenarios; residual: the largest of all certificates
    of answered scenarios, without the gap of integer searches to their bound, which is gap, a part of the objective; messages:
    what went wrong or is doubtful, by problem and scenario labels; run: its id in the store;
    warnings: what of the inputs is ignored, or has a doubtful sign; inputs: where they came from, where that needs a word."""

    run: int
    exit_code: int
    seconds: float
    counts: Mapping[str, Mapping[str, int]]
    residual: float
    messages: tuple[str, ...] = ()
    announcements: tuple[str, ...] = ()
    loops: tuple[LoopOutcome, ...] = field(default=(), repr=False)
    warnings: tuple[Diagnostic, ...] = ()
    inputs: str = ""
    gap: float = 0.0

    def _repr_html_(self) -> str:
        from saddlepoint.printing.html import html_table

        rows = [(key, word, n) for key, words in self.counts.items() for word, n in words.items()]
        sentence = f"Run {self.run} took {self.seconds:.3g} s; the largest residual of all answers is {self.residual:.1e}."
        said = " ".join((sentence, *self.messages[:3]))
        return html_table(said, ("problem", "status", "scenarios"), rows, len(rows))


MOST_MESSAGES = 20


@dataclass(slots=True, kw_only=True)
class _Tally:
    """Counts of a run under way."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    loops: list[LoopOutcome] = field(default_factory=list)
    residual: float = 0.0
    gap: float = 0.0
    messages: list[str] = field(default_factory=list)
    unsaid: int = 0
    unsought: dict[str, int] = field(default_factory=dict[str, int])
    left_out: dict[str, str] = field(default_factory=dict[str, str])

    def add(self, piece: Piece) -> None:
        for key, answer in piece.answers.items():
            words = self.counts.setdefault(key, {})
            numbers = np.bincount(answer.solution.status, minlength=len(Status)).tolist()
            for status in Status:
                if numbers[status]:
                    words[status.word] = words.get(status.word, 0) + numbers[status]
            good = answer.answered
            residual, gap = largest_errors(answer)
            self.residual, self.gap = max(self.residual, residual), max(self.gap, gap)
            self._explain(key, piece, good)
        for key, found in piece.ranges.items():
            self.unsought[key] = self.unsought.get(key, 0) + int(found.unsought.sum())
        if piece.coupled is not None:
            self._follow(piece.coupled)

    def with_inputs(self, plan: Plan, piece: Piece) -> Piece:
        """A piece with the tables of how far the numbers of its inputs may move; what is left out is said."""
        from saddlepoint.study.diagnosis.input_ranges import piece_input_ranges

        tables, left = piece_input_ranges(plan, piece)
        self.left_out |= left
        return replace(piece, tables=tables)

    def recall(self, outcomes: Sequence[Outcomes], place: str) -> None:
        """Count what the run had found before it was killed; place: the database. StoreError B004."""
        for one, status in zip(outcomes, recorded_statuses(outcomes, place), strict=True):
            words = self.counts.setdefault(one.problem, {})
            words[one.status] = words.get(one.status, 0) + one.count
            if status in (Status.OPTIMAL, Status.FIXED_POINT):
                self.residual = max(self.residual, one.residual)

    def summary(self, plan: Plan, run: int, code: int, seconds: float) -> Summary:
        """The run that is finished."""
        return Summary(
            run=run,
            exit_code=code,
            seconds=seconds,
            counts=self.counts,
            residual=self.residual,
            gap=self.gap,
            messages=(*self.messages, *self._more(), *self._left(), *self.left_out.values()),
            announcements=plan.announcements,
            loops=tuple(self.loops),
            warnings=(*plan.fetched.warnings, *lone_signs(plan.model, plan.fetched)),
        )

    def _more(self) -> Iterator[str]:
        if self.unsaid:
            yield f"{self.unsaid:,} more: the table _scenarios has status, bound and gap of every scenario"

    def _left(self) -> Iterator[str]:
        for key, count in self.unsought.items():
            if count:
                yield (
                    f"{key + ': ' if key else ''}{count:,} ends of ranges hold at least so far (exact = 0); to find how much further "
                    "would take longer than the solve"
                )

    def _follow(self, coupled: Coupled) -> None:
        """Add a chunk of a loop to what is known of that loop."""
        answer = next(iter(coupled.answers.values()))
        keys = tuple(coupled.answers)
        new = LoopOutcome(
            problems=keys,
            scenarios=answer.program.scenarios,
            which=answer.which,
            joint=coupled.joint,
            found=coupled.found,
            proof=coupled.proof,
        )
        old = next((loop for loop in self.loops if loop.problems == keys), None)
        if old is not None:
            self.loops.remove(old)
            new = concat([old, new])
        self.loops.append(new)

    def _explain(self, key: str, piece: Piece, good: Mask) -> None:
        answer = piece.answers[key]
        notes = piece.coupled.notes if piece.coupled is not None else answer.solution.messages
        doubted = ~good
        doubted[[s for s in answer.solution.messages if good[s]]] = True
        told = np.flatnonzero(doubted)[: max(0, MOST_MESSAGES - len(self.messages))].tolist()
        self.unsaid += int(doubted.sum()) - len(told)
        for s in told:
            labels = (
                ", ".join(answer.program.scenarios.coordinates(int(answer.which[s]))) or "the only scenario"
            )
            held = notes if not good[s] else answer.solution.messages
            text = held.get(s) or Status(int(answer.solution.status[s])).sentence
            self.messages.append(f"{key + ': ' if key else ''}{labels}: {text}")


def execute(
    plan: Plan,
    store: Store,
    record: RunRecord,
    clock: Callable[[], float],
    progress: Progress | None = None,
    resume: bool = False,
    on_coupled: Callable[[Coupled], None] | None = None,
    spread: Spread = HERE,
    results: Path | None = None,
) -> Summary:
    """Run a plan and keep everything it finds; the store shows it only when all is done.

    clock: seconds, monotonic; resume: go on with a killed run of the same command; on_coupled: called with every
    loop's verdict (for logs); spread: as in study.running.run; results: a folder in which the results are written as
    Parquet files (None = into the store). Raises what the stages raise.
    """
    refuse_policies(plan.model)
    begin, tally = clock(), _Tally()
    partial = plan.is_partial or results is not None
    with (
        stage(store, record, partial=partial, resume=resume and results is None) as staged,
        _target(staged, results, record, resume) as target,
    ):
        done = target.done if resume else frozenset[str]()
        tally.recall(target.outcomes() if done else (), store.name)
        for piece in run(plan, progress, done, spread, staged.steps):
            if piece.name in done:
                continue
            kept = tally.with_inputs(plan, piece) if plan.request.input_ranges else piece
            target.keep(plan, kept)
            tally.add(piece)
            if piece.coupled is not None and on_coupled is not None:
                on_coupled(piece.coupled)
        keep_draws(staged, plan)
        keep_unread(staged, plan)
        code = exit_code(_codes(tally))
        seconds = clock() - begin
        staged.finish(seconds, code)
        number = staged.run
    return tally.summary(plan, number, code, seconds)


def largest_errors(answer: Answer) -> tuple[float, float]:
    """The largest residual of the certified scenarios, and of a problem of integers or products the largest gap between a plan
    and the bound of all plans, of plans whose optimality is open, too."""
    found, good = answer.solution.certificates, answer.answered
    planned = answer.solution.planned
    if not answer.program.structure.is_integer and answer.program.products is None:
        return float(found.worst[good].max(initial=0.0)), 0.0
    residuals = [np.abs(getattr(found, name)[good]) for name in RESIDUALS if name != "gap"]
    return float(np.max(residuals, initial=0.0)), float(np.abs(found.gap[planned]).max(initial=0.0))


class Target(Protocol):
    """Where pieces are kept."""

    @property
    def done(self) -> frozenset[str]:
        """The names of the pieces that are kept already."""
        ...

    def outcomes(self) -> tuple[Outcomes, ...]:
        """What they have found."""
        ...

    def keep(self, plan: Plan, piece: Piece) -> None:
        """Keep one more."""
        ...


@dataclass(frozen=True, slots=True)
class _Rows:
    """The stage of the store as a target."""

    staged: Staged

    @property
    def done(self) -> frozenset[str]:
        return self.staged.done

    def outcomes(self) -> tuple[Outcomes, ...]:
        return self.staged.outcomes()

    def keep(self, plan: Plan, piece: Piece) -> None:
        keep_piece(self.staged, plan, piece)


@contextmanager
def _target(staged: Staged, results: Path | None, record: RunRecord, resume: bool) -> Generator[Target]:
    if results is None:
        yield _Rows(staged)
        return
    from saddlepoint.study.results.parquet import parquet_folder

    with parquet_folder(results, record, resume) as folder:
        yield folder


def keep_result(store: Store, result: Result, record: RunRecord) -> Summary:
    """Write a result held in memory into the store, as one run. StoreError."""
    tally = _Tally()
    pieces = [Piece(name="+".join(keys), answers=c.answers, coupled=c) for keys, c in result.coupled.items()]
    looped = {key for keys in result.coupled for key in keys}
    pieces += [Piece(name=key, answers={key: a}) for key, a in result.answers.items() if key not in looped]
    with stage(store, record, partial=result.plan.is_partial) as staged:
        for piece in pieces:
            keep_piece(staged, result.plan, piece)
            tally.add(piece)
        keep_unread(staged, result.plan)
        staged.finish(result.seconds, result.exit_code)
        number = staged.run
    return tally.summary(result.plan, number, result.exit_code, result.seconds)


def _codes(tally: _Tally) -> list[NDArray[np.int8]]:
    return [np.array([Status[w.upper()] for w in words], np.int8) for words in tally.counts.values()]
