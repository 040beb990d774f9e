"""The integer L-shaped method: yes-or-no decisions before the outcome, whole ones after it.

Source: G. Laporte, F. V. Louveaux, Operations Research Letters 13 (1993) 133–142. A master of yes-or-no columns has two kinds of cuts: those of
the relaxed recourse, which hold everywhere, and where these promise no more, one for each outcome that says what it costs at
this very decision, and at any other not less than its least cost anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from functools import partial
from itertools import repeat
from typing import Any, Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import Cut, NoCut, Pass
from saddlepoint.solve.decomposition.master import Master
from saddlepoint.solve.decomposition.mean_problem import first_guess, with_first_stage
from saddlepoint.solve.decomposition.passes import Journal, Journals, Passes
from saddlepoint.solve.decomposition.two_stage import (
    ChunkSource,
    OutcomeChunk,
    TwoStage,
    recourse_problems,
    without_whole,
)
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.proof.weak_duality import safe_bound
from saddlepoint.solve.solution import BoundBy, Options, Solution, Status
from saddlepoint.solve.solve import solve

MOST_VISITS: Final = 2_000
"""First decisions looked at, at most."""
PROMISE: Final = 1e-7
"""By how much, relative to it, a pass must raise what the cuts promise at a decision for the cuts of relaxed problems to go on alone."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What the outcomes cost at one first decision. x: (n,); costs: (S,) of certified plans (infinite without one); bounds: (S,) below which no
    plan costs; by: (S,) how these were proven."""

    x: Array
    costs: Array
    bounds: Array
    by: Array


@dataclass(slots=True, kw_only=True)
class WholeSearch:
    """A search under way. relaxed: what decisions cost with the outcomes relaxed, by the bytes of x; least: (S,) what each
    outcome costs at least, whatever the decision; shares: (S,); visits: by the bytes of x."""

    problem: TwoStage
    options: Options
    passes: Passes
    master: Master
    least: Array
    shares: Array
    journal: Journal | None = None
    relaxed: dict[bytes, float] = field(default_factory=dict[bytes, float])
    visits: dict[bytes, Visit] = field(default_factory=dict[bytes, Visit])
    best: Visit | None = None
    cost: float = np.inf
    bound: float = -np.inf
    last: Solution | None = None

    def run(self, x: Array, tolerance: float) -> None:
        """From a first decision until cost and bound meet, or nothing new is said."""
        self._recall()
        late = self.passes.deadline.over
        for _ in range(MOST_VISITS):
            new = self._look(np.round(x))
            self.last, bound = self.master.bound()
            if not self.last.planned[0]:
                return
            self.bound = max(self.bound, bound) if self.master.groups else self.bound
            closed = np.isfinite(self.cost) and self.cost - self.bound <= tolerance * abs(self.cost)
            if not new or closed or late():
                return
            x = self.last.x[0, : self.problem.n]

    def _look(self, x: Array) -> bool:
        """Cuts of the relaxed outcomes at x; where they promise no more than was known and could beat the best plan, the outcomes as they
        are. Whether anything is new."""
        known, key = self._promised(x), x.tobytes()
        new = key not in self.relaxed
        if new:
            self._pass(x, self.passes.at(x))
        promise = self.relaxed[key]
        raised = (
            self.best is not None and new and (np.isneginf(known) or promise > known + PROMISE * abs(known))
        )
        if key in self.visits or raised or promise >= self.cost:
            return new
        self._take(self._visited(x))
        return True

    def _pass(self, x: Array, found: Pass) -> None:
        first = self.problem.first
        self.relaxed[x.tobytes()] = float(first.q[0] @ x + first.r[0, 0]) + found.cost
        self.master.cuts += found.cuts

    def _promised(self, x: Array) -> float:
        """What the cuts so far say that x costs at least."""
        last, n = self.last, self.problem.n
        if last is None or not last.planned[0] or not np.array_equal(np.round(last.x[0, :n]), x):
            return -np.inf
        return float(last.objective[0])

    def _visited(self, x: Array) -> Visit:
        parts = list(self.problem.each(_whole_costs, repeat((x, self.passes.deadline.within(self.options)))))
        costs, bounds, by = (np.concatenate([part[k] for part in parts]) for k in range(3))
        visit = Visit(x, costs, bounds, by)
        if self.journal is not None:
            self.journal.add({"x": x, "costs": costs, "bounds": bounds, "by": by})
        return visit

    def _take(self, visit: Visit) -> None:
        self.visits[visit.x.tobytes()] = visit
        first = self.problem.first
        cost = float(first.q[0] @ visit.x + first.r[0, 0] + self.shares @ visit.costs)
        if cost < self.cost:
            self.best, self.cost = visit, cost
        self.master.cuts += list(self._cuts(visit))

    def _cuts(self, visit: Visit) -> list[Cut]:
        """Each outcome costs its bound at this decision, and at any other its least."""
        away = np.where(visit.x > 0.5, 1.0, -1.0)
        if np.isposinf(visit.bounds).any():  # an outcome has no plan here: never this decision again
            return [Cut(group=-1, value=1.0, slope=away, at=visit.x)]
        rise = self.shares * np.maximum(visit.bounds - self.least, 0.0)
        value = self.shares * np.maximum(visit.bounds, self.least)
        return [
            Cut(group=k, value=float(value[k]), slope=rise[k] * away, at=visit.x) for k in range(len(rise))
        ]

    def _recall(self) -> None:
        for x, found in self.passes.recalled():
            self._pass(x, found)
        for step in self.journal.steps() if self.journal is not None else ():
            self._take(Visit(step["x"], step["costs"], step["bounds"], step["by"]))

    @property
    def proven_by(self) -> BoundBy:
        """The weakest of the proofs that the bound rests on."""
        words = [int(w) for visit in self.visits.values() for w in visit.by[np.isfinite(visit.bounds)]]
        last = int(self.last.bound_by[0]) if self.last is not None else int(BoundBy.NONE)
        return BoundBy(max([*words, last]))


def whole_search(
    problem: TwoStage, options: Options, tolerance: float, journals: Journals | None = None
) -> WholeSearch:
    """The search of a problem with whole recourse. Raises NoCut.

    The first columns are yes or no, each outcome has a least cost (`unfit` says whether).
    """
    inner, deadline = replace(options, solver=None, settings={}, workers=1), Deadline.of(options)
    relaxed = _relaxed_problem(problem)
    least, shares = _least(problem, inner)
    if not np.isfinite(least).all():
        raise NoCut("an outcome has no least cost over all first decisions")
    journal, inner = journals or (lambda part: None), deadline.within(inner)
    search = WholeSearch(
        problem=problem, options=inner, least=least, shares=shares, journal=journal("whole"),
        passes=Passes(problem=relaxed, options=inner, groups=problem.size, journal=journal("all")),
        master=Master(problem.first, inner),
    )  # fmt: skip
    guess = first_guess(relaxed, inner)
    if guess is None:
        none = solve(replace(problem.first, q=np.zeros_like(problem.first.q)), inner)
        if not none.planned[0]:
            raise NoCut(f"the first decisions are {Status(int(none.status[0])).word}")
        guess = none.x[0]
    search.run(guess, tolerance)
    return search


def _relaxed_problem(problem: TwoStage) -> TwoStage:
    """The problem whose outcomes have no whole columns; made where the outcomes are."""

    def each(function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        return problem.each(partial(_on_relaxed, function), arguments)

    sources = [partial(_relaxed_chunk, make) for make in problem.sources]
    return replace(problem, sources=tuple(sources), each=each)


def _relaxed_chunk(make: ChunkSource) -> OutcomeChunk:
    chunk = make()
    return replace(chunk, batch=without_whole(chunk.batch))


def _on_relaxed(function: Callable[..., Any], chunk: OutcomeChunk, *given: Any) -> Any:
    return function(replace(chunk, batch=without_whole(chunk.batch)), *given)


def _whole_costs(chunk: OutcomeChunk, x: Array, options: Options) -> tuple[Array, Array, Array]:
    found = solve(recourse_problems(chunk, x), options)
    none = found.status == Status.INFEASIBLE
    if not (found.planned | none).all():
        word = Status(int(found.status[np.flatnonzero(~(found.planned | none))[0]])).word
        raise NoCut(f"an outcome is {word} at a first decision")
    costs = np.where(none, np.inf, found.objective)
    bounds = np.where(none, np.inf, np.where(np.isfinite(found.bound), found.bound, -np.inf))
    return costs, bounds, found.bound_by.astype(np.float64)


def _least(problem: TwoStage, options: Options) -> tuple[Array, Array]:
    """Of every outcome what it costs at least over all first decisions, proven, and its share."""
    parts = list(problem.each(_least_costs, repeat((problem.first, options))))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _least_costs(chunk: OutcomeChunk, first: Batch, options: Options) -> tuple[Array, Array]:
    free = replace(first, q=np.zeros_like(first.q), r=np.zeros_like(first.r))
    batch = without_whole(with_first_stage(free, chunk.batch))
    return safe_bound(batch, solve(batch, options).y), chunk.shares
