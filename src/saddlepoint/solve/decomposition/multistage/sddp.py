"""Stochastic dual dynamic programming: forward along sampled histories, backward with cuts of our own proven bounds.

Sources: M. V. F. Pereira, L. M. V. G. Pinto, Math. Programming 52 (1991) 359–375; A. Shapiro, EJOR 209 (2011) 63–72; over all
histories of a small tree it is the nested decomposition of J. R. Birge, Operations Research 33 (1985) 989–1007.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import field
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import NoCut, depths
from saddlepoint.solve.decomposition.multistage.paths import Step, every_history, sampled_histories
from saddlepoint.solve.decomposition.multistage.problem import MultistageProblem
from saddlepoint.solve.decomposition.multistage.stage_form import FutureCost, StageForm, released
from saddlepoint.solve.decomposition.multistage.stage_plans import StagePlans, stage_plans
from saddlepoint.solve.proof.weak_duality import LOST, proven, safe_bound
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve

FEW: Final = 256
"""Histories of a tree up to which every pass goes along all of them."""
TRIALS: Final = 16
"""Histories of a pass where there are more."""
MOST_PASSES: Final = 1_000
STALLED: Final = 15
"""Passes without progress of the bound after which a search along samples ends."""
PROGRESS: Final = 1e-5
"""What counts as progress of the bound, relative."""


@dataclass(slots=True, kw_only=True)
class PolicySearch:
    """A search under way. futures: the cuts that stand for what comes after each stage; bounds: after each pass."""

    problem: MultistageProblem
    options: Options
    futures: list[FutureCost]
    forms: list[StageForm]
    versions: list[int]
    bounds: list[float] = field(default_factory=list[float])
    solved: int = 0
    passes: int = 0
    infeasible: bool = False

    @classmethod
    def begun(cls, problem: MultistageProblem, options: Options) -> PolicySearch:
        return cls._of(problem, options, [FutureCost(width=len(s.passed_on)) for s in problem.stages[:-1]])

    @classmethod
    def after(cls, problem: MultistageProblem, other: PolicySearch) -> PolicySearch:
        """The search of a problem whose first decisions alone differ, with the cuts of another (and for it: they stand for later stages)."""
        return cls._of(problem, other.options, other.futures)

    @classmethod
    def _of(cls, problem: MultistageProblem, options: Options, futures: list[FutureCost]) -> PolicySearch:
        forms = [StageForm.of(s, f) for s, f in zip(problem.stages, [*futures, None], strict=True)]
        versions = [*(f.version for f in futures), 0]
        return cls(problem=problem, options=options, futures=futures, forms=forms, versions=versions)

    @property
    def bound(self) -> float:
        return max(self.bounds, default=-np.inf)

    @property
    def version(self) -> int:
        """A number that grows whenever a cut is new, or takes part again."""
        return sum(f.version for f in self.futures)

    def form(self, t: int) -> StageForm:
        """Stage t with the cuts that it has now."""
        if t < len(self.futures) and self.versions[t] != self.futures[t].version:
            self.forms[t] = StageForm.of(self.problem.stages[t], self.futures[t])
            self.versions[t] = self.futures[t].version
        return self.forms[t]

    def plans(self, t: int, x: Array, which: Index) -> StagePlans:
        """Problems of stage t at x (N, n_in) in the outcomes `which` (N,)."""
        self.solved += len(which)
        return stage_plans(self.form(t), x, which, self.options)

    def follow(self, histories: Sequence[Step]) -> list[Array]:
        """Forward: what comes into every stage along histories; cut short where one has no plan, or none that is known."""
        states = [np.zeros((1, 0))]
        for t, stage in enumerate(self.problem.stages[:-1]):
            step = histories[t]
            x = states[t][step.origin]
            found = self.plans(t, x, step.which)
            if found.lacking.any():
                break
            states.append(stage.left(x, found.y[:, : stage.n]))
        return states

    def back(self, states: list[Array]) -> None:
        """Backward: cuts at all states, from the last stage to the first; then the bound."""
        for t in range(len(states) - 1, 0, -1):
            self._cut(t, np.unique(states[t], axis=0))
        self._bounded()

    def _cut(self, t: int, x: Array) -> None:
        stage, form, future = self.problem.stages[t], self.form(t), self.futures[t - 1]
        k, r = len(x), stage.outcomes
        points, which = np.repeat(x, r, axis=0), np.tile(np.arange(r), k)
        found = self.plans(t, points, which)
        slopes = form.slopes(found.multipliers, which)
        good: Mask = np.logical_not(found.lacking.reshape(k, r).any(axis=1))
        if found.none.any():
            _feasibility(future, form, points, which, found, slopes)
        if form.blind or not good.any():
            return
        value, lost = proven(form.batch(points, which), found.multipliers)
        sure = good[:, None] & (lost.reshape(k, r) <= LOST)
        if (good[:, None] & ~sure).any():
            raise NoCut(
                f"the multipliers of a stage prove nothing (a reduced cost is off by {lost.max():.1e})"
            )
        mean = value.reshape(k, r)[good] @ stage.shares
        slope = np.einsum("krn,r->kn", slopes.reshape(k, r, -1)[good], stage.shares)
        at = x[good]
        future.add(mean - np.einsum("kn,kn->k", slope, at), slope, at)

    def _bounded(self) -> None:
        """The bound that the first stage proves with its cuts."""
        stage, form = self.problem.stages[0], self.form(0)
        which = np.arange(stage.outcomes)
        x = np.zeros((len(which), 0))
        found = self.plans(0, x, which)
        if found.none.any():
            self.infeasible = True
        elif not (form.blind or found.unknown.any()):
            value = safe_bound(form.batch(x, which), found.multipliers)
            self.bounds.append(float(value @ stage.shares) + self.problem.constant)


def _feasibility(
    future: FutureCost, form: StageForm, points: Array, which: Index, found: StagePlans, slopes: Array
) -> None:
    """Cuts off states at which some outcome has no plan, each in its own units."""
    rows = np.flatnonzero(found.none)
    value = depths(form.batch(points[rows], which[rows]), found.multipliers[rows])
    size = np.maximum(np.abs(slopes[rows]).max(axis=1, initial=0.0), 1e-300)
    fine = value > 0
    if not fine.any():
        raise NoCut("a stage has no plan, and no proof of it was found")
    slope, value = slopes[rows] / size[:, None], value / size
    constant = value - np.einsum("kn,kn->k", slope, points[rows])
    _, once = np.unique(np.round(np.column_stack([constant, slope])[fine], 9), axis=0, return_index=True)
    future.cut_off(constant[fine][once], slope[fine][once])


def least_costs(search: PolicySearch) -> None:
    """Numbers that later stages never cost less than, where there are some: every state within its bounds is let come."""
    stages = search.problem.stages
    least = 0.0
    for t in range(len(stages) - 1, 0, -1):
        low, high = _reach(search.problem, t)
        batch = released(stages[t], low, high)
        least += float(safe_bound(batch, solve(batch, search.options).y) @ stages[t].shares)
        search.futures[t - 1].least = least
        search.futures[t - 1].version += 1
        if not np.isfinite(least):
            return


def _reach(problem: MultistageProblem, t: int) -> tuple[Array, Array]:
    """Between which bounds what comes into stage t lies."""
    low, high = np.zeros(0), np.zeros(0)
    for stage in problem.stages[:t]:
        low = np.concatenate([low, stage.lb.min(axis=0)])[stage.passed_on]
        high = np.concatenate([high, stage.ub.max(axis=0)])[stage.passed_on]
    return low, high


def begun(problem: MultistageProblem, options: Options) -> PolicySearch:
    """A search without any cut yet."""
    search = PolicySearch.begun(problem, options)
    least_costs(search)
    return search


def search_on(
    search: PolicySearch,
    generator: np.random.Generator,
    passes: int = MOST_PASSES,
    seconds: Callable[[], float] | None = None,
) -> bool:
    """Cuts until none is new along all histories (of a small tree), or the bound rises no more along samples; whether it came to that. Raises
    NoCut.

    seconds: what is left of a time limit (one pass is made whatever it says); passes: at most.
    """
    problem, stop = search.problem, search.options.stop
    every = every_history(problem) if problem.nodes[-1] <= FEW else None
    start = len(search.bounds)
    for k in range(passes):
        ended = (seconds is not None and seconds() <= 0) or (stop is not None and stop())
        if ended and (k or search.passes):
            return False
        before = search.version
        search.back(search.follow(every or sampled_histories(problem, TRIALS, generator)))
        search.passes += 1
        if search.infeasible or (
            search.version == before if every is not None else _stalled(search.bounds[start:])
        ):
            return True
    return False


def _stalled(bounds: list[float]) -> bool:
    if len(bounds) <= STALLED:
        return False
    return max(bounds) - max(bounds[:-STALLED]) <= PROGRESS * max(abs(bounds[-1]), 1e-10)
