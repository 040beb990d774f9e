"""The L-shaped method: first decisions by cuts, outcomes in the batch kernel, steps held back by levels.

Sources: R. M. Van Slyke, R. Wets, SIAM J. Appl. Math. 17 (1969) 638–663; multi-cut: J. R. Birge, F. V. Louveaux, EJOR 34 (1988) 384–392;
box: J. Linderoth, S. Wright, Comput. Optim. Appl. 24 (2003) 207–250; aggregation: S. Trukhanov, L. Ntaimo, A. Schaefer, EJOR 206
(2010) 395–406; levels: C. Lemaréchal, A. Nemirovskii, Y. Nesterov (1995).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from itertools import repeat
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import Cut, NoCut, Pass
from saddlepoint.solve.decomposition.master import Master
from saddlepoint.solve.decomposition.mean_problem import first_guess
from saddlepoint.solve.decomposition.passes import Journal, Journals, Passes, lateness, sampled
from saddlepoint.solve.decomposition.two_stage import OutcomeChunk, TwoStage, recourse_problems, without_whole
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.kernels.answer import Basis
from saddlepoint.solve.solution import BoundBy, Options, Solution, Status
from saddlepoint.solve.solve import solve

MOST_PASSES: Final = 400
SAMPLE: Final = 20_000
"""Outcomes on which the first decision is sought before all of them are asked."""
SAMPLE_GAP: Final = 1e-4
"""At which gap the sample is left: its points then lie far enough apart to hold the bound of all outcomes."""
LEVEL: Final = 0.5
"""Where between the bound and the best cost the next decision is sought."""
PATIENCE: Final = 2
"""Levels in a row that may find nothing better before a box is tried: where what is missing costs a thousand times what is bought (20-term), they never do."""
FIRST_BOX: Final = 0.1
"""Half the width of the first box, in the size of the best decision."""
MOST_GROUPS: Final = 64
RELAXED_GAP: Final = 1e-6
"""At which gap decisions that may be broken are left for whole ones."""
NOISE: Final = 1e-14
"""Part of the largest decision below which another is rounding."""
WHOLE: Final = 1e-6
"""How far a whole decision may be from a whole number."""
WIDEST: Final = 1e8
"""Half the width of the widest box in which decisions are sought that the cuts do not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStageAnswer:
    """A first decision with its proof.

    x: (n,), NaN where there is none; objective: its expected cost, of certified plans of every outcome; bound: below which no
    decision costs, recomputed from multipliers of every outcome; costs: (S,) of the outcomes (without those of x);
    certified: how many outcomes have a certified plan at x; lost: the largest share by which a multiplier fell short; y, z:
    multipliers of the rows and bounds of x alone; weights: cuts that carry the bound, with their multipliers; points: where all
    outcomes were asked; groups: (S,) the cut that each outcome is counted in, basis: from which the kernel started; passes: how
    often all
    outcomes were solved; words: what a reader should know.
    """

    status: Status
    x: Array
    objective: float
    bound: float
    costs: Array
    certified: int
    passes: int
    y: Array
    z: Array
    weights: tuple[tuple[Cut, float], ...] = ()
    points: tuple[Array, ...] = ()
    groups: Index = field(default_factory=lambda: np.zeros(0, np.int64))
    basis: Basis | None = None
    bound_by: BoundBy = BoundBy.OWN
    words: str = ""

    @property
    def gap(self) -> float:
        """How far the cost may be from the best, relative to it."""
        return abs(self.objective - self.bound) / max(abs(self.objective), 1e-10)


@dataclass(slots=True, kw_only=True)
class CutSearch:
    """A search under way: the best decision so far, what it costs, and below which no decision can cost."""

    problem: TwoStage
    passes: Passes
    master: Master
    tolerance: float
    best: Array | None = None
    cost: float = np.inf
    bound: float = -np.inf
    last: Solution | None = field(default=None)
    latest: Array | None = None
    radius: float = 1.0
    box: float = FIRST_BOX
    failed: int = 0

    @property
    def closed(self) -> bool:
        if not np.isfinite(self.cost):
            return False
        return self.cost - self.bound <= self.tolerance * _size(self.problem, self.cost)

    @property
    def in_box(self) -> bool:
        """Whether levels have failed so often that a box around the best decision, wider and narrower as it goes, takes their place."""
        return self.failed > PATIENCE

    def ask(self, x: Array) -> None:
        """Ask all outcomes at x, without what is rounding in it: in an outcome where a side depends on it alone, that would be all there is."""
        first = self.problem.first
        x = np.where(np.abs(x) <= NOISE * np.abs(x).max(initial=0.0), 0.0, x)
        x = np.clip(x, first.lb[0], first.ub[0])
        self.take(x, self.passes.at(x))

    def take(self, x: Array, found: Pass) -> None:
        """What all outcomes say at x."""
        first = self.problem.first
        cost = float(first.q[0] @ x + first.r[0, 0]) + found.cost
        self.latest, better = x, cost < self.cost and self._whole_where_it_must_be(x)
        if self.in_box:
            self.box *= 2.0 if better else 0.5
        elif better:
            self.failed = 0
        self.failed += not better
        if better:
            self.best, self.cost = x, cost
        self.master.cuts += found.cuts

    def _whole_where_it_must_be(self, x: Array) -> bool:
        whole = x[self.problem.first.structure.integer]
        return bool((np.abs(whole - np.round(whole)) <= WHOLE).all())

    def ahead(self) -> Array | None:
        """Where to ask next; None where the search is over (closed, or no decision is left)."""
        self.last, self.bound = self._bounded()
        if self.closed:
            return None
        if not self.last.answered[0]:
            runs = self.last.status[0] in (Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)
            centre = self.latest if self.best is None else self.best
            return self._within_reach(centre) if runs and centre is not None else None
        return self._next(self.last)

    def _within_reach(self, centre: Array) -> Array | None:
        """The best decision by the cuts so far in a growing box, where they alone let decisions run away; None where no box is wide enough."""
        while self.radius < WIDEST:
            self.radius *= 4.0
            found = self.master.within(centre, self.radius)
            if found is not None:
                return found
        return None

    def _bounded(self) -> tuple[Solution, float]:
        found, bound = self.master.bound()
        return found, max(self.bound, bound if self.master.groups else -np.inf)

    def _next(self, found: Solution) -> Array:
        n = self.problem.n
        if self.best is None or self.problem.first.structure.is_integer or not self.master.groups:
            return found.x[0, :n]
        if self.in_box and (found_near := self.master.within(self.best, self.box)) is not None:
            return found_near
        near = self.master.nearest(self.best, self.bound + LEVEL * (self.cost - self.bound))
        return found.x[0, :n] if near is None else near


def l_shaped(
    problem: TwoStage,
    options: Options | None = None,
    tolerance: float = 5e-7,
    start: Array | None = None,
    groups: int = MOST_GROUPS,
    journals: Journals | None = None,
) -> TwoStageAnswer:
    """The best first decision, to a relative gap, with a certificate of its own.

    groups: cuts of a pass at most: 1 joins all outcomes in one, as many as outcomes give each its own; journals: where every pass is written
    down ("sample …", with its size, and "all"): a search that finds passes there goes on from them.

    Linear problems; whole columns among the first ones, and among the others where the first are all yes or no (`unfit` says what else there
    is). Where the
    method cannot go on (an outcome without end, multipliers that prove nothing) the status is UNVERIFIED and the words say why.
    """
    options = options or Options()
    deadline = Deadline.of(options)
    if next(problem.chunks()).batch.structure.integer[problem.n :].any():
        return _whole(problem, options, tolerance, journals)
    x = start if start is not None else _start(problem, options)
    if isinstance(x, Status):
        return _blank(problem, x, "no first decision was found to begin with")
    journal = journals or (lambda part: None)
    try:
        seeds = [x]
        if problem.size > 4 * SAMPLE:
            small = sampled(problem, SAMPLE)
            own = journal(f"sample {len(small.sources)} {small.size}")
            seeds = _seeds(_search(small, deadline.within(options), SAMPLE_GAP, [x], groups, own), x)
        search = _search(problem, deadline.within(options), tolerance, seeds, groups, journal("all"))
    except NoCut as words:
        return _blank(problem, Status.UNVERIFIED, str(words))
    return _judged(search, options)


def _whole(
    problem: TwoStage, options: Options, tolerance: float, journals: Journals | None
) -> TwoStageAnswer:
    """The answer where decisions after the outcome are whole: plans, and bounds of every outcome's own search."""
    from saddlepoint.solve.decomposition.whole_recourse import whole_search

    try:
        found = whole_search(problem, options, tolerance, journals)
    except NoCut as words:
        return _blank(problem, Status.UNVERIFIED, str(words))
    passes, best = len(found.relaxed), found.best
    if best is None:
        nothing = found.last is not None and found.last.status[0] == Status.INFEASIBLE
        return _blank(problem, Status.INFEASIBLE if nothing else Status.UNVERIFIED, "", passes)
    by, gap = found.proven_by, found.cost - found.bound
    fine = by.is_proof and gap <= options.tolerance * _size(problem, found.cost)
    m, n = problem.first.structure.m, problem.n
    return TwoStageAnswer(
        status=Status.OPTIMAL if fine else Status.FEASIBLE, x=best.x, objective=found.cost, bound=found.bound, costs=best.costs,
        certified=problem.size, passes=passes, y=np.zeros(m), z=np.zeros(n), bound_by=by,
        words="" if fine else f"the gap is {gap:.3g}; {by.sentence}",
    )  # fmt: skip


def _start(problem: TwoStage, options: Options) -> Array | Status:
    """A first decision; without one the status of the problem."""
    guess = first_guess(problem, options)
    if guess is not None:
        return guess
    found = solve(replace(problem.first, q=np.zeros_like(problem.first.q)), options)
    if found.answered[0]:
        return found.x[0]
    return Status.INFEASIBLE if found.status[0] == Status.INFEASIBLE else Status.UNVERIFIED


def _seeds(small: CutSearch, x: Array) -> list[Array]:
    """Where to ask all outcomes first: the best decision for a sample of them, and the points whose cuts carry its bound, as many as make
    a basis."""
    if small.best is None or small.last is None or not small.last.answered[0]:
        return [x]
    weights: dict[bytes, float] = {}
    points: dict[bytes, Array] = {}
    for cut, weight in small.master.weights(small.last):
        key = cut.at.tobytes()
        points[key] = cut.at
        weights[key] = weights.get(key, 0.0) + abs(weight)
    order = sorted(points, key=lambda key: -weights[key])[: len(x) + 1]
    return [small.best, *(points[key] for key in order if not np.array_equal(points[key], small.best))]


def _search(
    problem: TwoStage,
    options: Options,
    tolerance: float,
    seeds: list[Array],
    most: int,
    journal: Journal | None,
) -> CutSearch:
    """From some first decisions until cost and bound meet. Where some are whole, cuts are sought first as if they were not: they hold for whole ones, too, and
    the problems of the first decision that are trees of their own become few (D. McDaniel, M. Devine, Management Science 24 (1977) 312–319)."""
    inner = replace(options, solver=None, settings={}, workers=1)
    passes = Passes(problem=problem, options=inner, groups=min(problem.size, most), journal=journal)
    search = CutSearch(
        problem=problem, passes=passes, master=Master(problem.first, inner), tolerance=tolerance
    )
    known, late = passes.recalled(), lateness(options)
    for x, found in known:
        search.take(x, found)
    if problem.first.structure.is_integer:
        free = replace(problem, first=without_whole(problem.first))
        loose = CutSearch(
            problem=free, passes=passes, master=Master(free.first, inner), tolerance=RELAXED_GAP
        )
        for x, found in known:
            loose.take(x, found)
        _go_on(loose, known, seeds, late)
        search.master.cuts = list(loose.master.cuts)
        seeds = []
    _go_on(search, known, seeds, late)
    return search


def _go_on(
    search: CutSearch, known: list[tuple[Array, Pass]], seeds: list[Array], late: Callable[[], bool]
) -> None:
    for x in seeds:
        if not any(np.array_equal(x, other) for other, _ in known):
            search.ask(x)
    while (ahead := search.ahead()) is not None and search.passes.count < MOST_PASSES and not late():
        search.ask(ahead)


def _judged(search: CutSearch, options: Options) -> TwoStageAnswer:
    """The answer of a search: the plans of all outcomes at the best decision, solved and certified."""
    problem, found = search.problem, search.last
    assert found is not None
    if search.best is None:
        infeasible = found.status[0] == Status.INFEASIBLE
        words = "" if infeasible else f"the first decisions are {Status(int(found.status[0])).word}"
        return _blank(
            problem, Status.INFEASIBLE if infeasible else Status.UNVERIFIED, words, search.passes.count
        )
    costs, expected, certified = _plans(search, options)
    first = problem.first
    objective = float(first.q[0] @ search.best + first.r[0, 0] + expected)
    m, n = first.structure.m, problem.n
    fine = certified == problem.size and objective - search.bound <= options.tolerance * _size(
        problem, objective
    )
    words = (
        ""
        if fine
        else f"the gap is {objective - search.bound:.3g}; {certified} of {problem.size} outcomes are certified"
    )
    return TwoStageAnswer(
        status=Status.OPTIMAL
        if fine
        else Status.FEASIBLE
        if certified == problem.size
        else Status.UNVERIFIED,
        x=search.best,
        objective=objective,
        bound=search.bound,
        costs=costs,
        certified=certified,
        passes=search.passes.count + 1,
        y=found.y[0, :m],
        z=found.z[0, :n],
        weights=tuple(search.master.weights(found)),
        points=tuple({cut.at.tobytes(): cut.at for cut in search.master.cuts}.values()),
        groups=search.passes.group_of,
        basis=search.passes.basis,
        bound_by=BoundBy(int(found.bound_by[0])) if first.structure.is_integer else BoundBy.OWN,
        words=words,
    )


def _size(problem: TwoStage, cost: float) -> float:
    """What a gap is small beside: the cost without the constant, which says nothing of decisions."""
    return max(abs(cost - float(problem.first.r[0, 0])), abs(cost), 1e-10)


def _plans(search: CutSearch, options: Options) -> tuple[Array, float, int]:
    """Costs of all outcomes at the best decision, what is expected of them, and how many of them are certified."""
    assert search.best is not None
    inner = replace(options, solver=None, settings={}, workers=1)
    costs = np.empty(search.problem.size)
    expected, certified = 0.0, 0
    found = search.problem.each(_judged_chunk, repeat((search.best, inner)))
    for start, (some, share, answered) in zip(search.problem.starts, found, strict=True):
        costs[start : start + len(some)] = some
        expected, certified = expected + share, certified + answered
    return costs, expected, certified


def _judged_chunk(chunk: OutcomeChunk, x: Array, options: Options) -> tuple[Array, float, int]:
    found = solve(recourse_problems(chunk, x), options)
    return found.objective, float(chunk.shares @ found.objective), int(np.count_nonzero(found.answered))


def _blank(problem: TwoStage, status: Status, words: str, passes: int = 0) -> TwoStageAnswer:
    n, m = problem.n, problem.first.structure.m
    none = np.full(n, np.nan)
    return TwoStageAnswer(
        status=status, x=none, objective=np.nan, bound=np.nan, costs=np.full(problem.size, np.nan), certified=0, passes=passes,
        y=np.full(m, np.nan), z=none, words=words,
    )  # fmt: skip


def unfit(first: Batch, second: Batch) -> str | None:
    """Why a problem is not for the method; None where it is."""
    n = first.structure.n
    if second.structure.is_conic or second.structure.is_quadratic or first.structure.is_quadratic:
        return "it is not linear"
    if second.structure.integer[n:].any():
        yes_or_no = first.structure.integer & (first.lb[0] >= 0.0) & (first.ub[0] <= 1.0)
        if not yes_or_no.all():
            return "decisions after the outcome are whole, and not all before it are yes or no"
    return None
