"""What knowing all outcomes before, and what minding them in the first decisions, is worth to a policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import NoCut
from saddlepoint.solve.decomposition.multistage.evaluate import NORMAL, evaluated
from saddlepoint.solve.decomposition.multistage.paths import every_history, sampled_histories
from saddlepoint.solve.decomposition.multistage.problem import MultistageProblem, PolicyAnswer, PolicyStage
from saddlepoint.solve.decomposition.multistage.sddp import MOST_PASSES, PolicySearch, search_on
from saddlepoint.solve.decomposition.multistage.tree import tree
from saddlepoint.solve.decomposition.worth import OutcomeWorth, mixed_rows
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve

TOGETHER: Final = 512
"""Histories whose problems are in memory together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyWorth:
    """worth: as for any decision under outcomes; information_width, solution_width: half widths of the 95 % confidence intervals of EVPI and VSS, 0 where they are
    exact; histories: along how many the outcomes were known before."""

    worth: OutcomeWorth
    information_width: float
    solution_width: float
    histories: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorthQuery:
    """What a policy is weighed with. paths, seed: the sample of histories, as for its cost; passes: of the search after deciding for the mean, at
    most; seconds: what is left of a time limit."""

    options: Options
    paths: int
    seed: int
    passes: int = MOST_PASSES
    seconds: Callable[[], float] | None = None


def policy_worth(
    problem: MultistageProblem, answer: PolicyAnswer, search: PolicySearch | None, asked: WorthQuery
) -> PolicyWorth:
    """EVPI and VSS of a policy. search: that it came from, None: the tree of all histories.

    Known before: every history alone (beyond `paths` a sample, compared with what the policy costs along the same ones). The mean: every
    stage with the means of all numbers; the decisions before anything becomes known (stages of one outcome at the beginning) are
    then kept, and the rest is the best policy after them. Source: L. Escudero, A. Garín, M. Merino, G. Pérez, TOP 15 (2007) 48–64.
    """
    which, weights, costs = _compared(problem, answer, asked)
    saved = costs - _seen(problem, which, asked.options)
    information = float(weights @ saved)
    exact = answer.exact and len(costs) == len(answer.path_costs)
    mean = solve(_along(problem, [s.shares[None] for s in problem.stages]), asked.options)
    of_mean, width = answer.cost, 0.0
    if not mean.planned[0]:
        of_mean = np.nan
    elif leading(problem):
        of_mean, width = _of_mean(_held(problem, mean.x[0]), answer, search, asked)
    return PolicyWorth(
        worth=OutcomeWorth(
            here_and_now=answer.cost, wait_and_see=answer.cost - information, mean=float(mean.objective[0]), of_mean=of_mean
        ),
        information_width=0.0 if exact else _half_width(saved), solution_width=width, histories=len(costs),
    )  # fmt: skip


def _half_width(values: Array) -> float:
    return NORMAL * float(np.std(values, ddof=1)) / np.sqrt(len(values)) if len(values) > 1 else np.inf


def _compared(
    problem: MultistageProblem, answer: PolicyAnswer, asked: WorthQuery
) -> tuple[Index, Array, Array]:
    """Histories (N, stages), how likely each is taken to be, and what the policy costs along it."""
    if answer.exact and len(answer.path_costs) <= asked.paths:
        codes = np.arange(len(answer.path_costs))
        sizes = [s.outcomes for s in problem.stages]
        which = np.stack(np.unravel_index(codes, sizes), axis=1)
        return which, answer.path_weights, answer.path_costs
    steps = sampled_histories(problem, asked.paths, np.random.default_rng([asked.seed, 1]))
    which = np.stack([step.which for step in steps], axis=1)
    costs = answer.path_costs
    if answer.exact:
        costs = costs[np.ravel_multi_index(tuple(which.T), [s.outcomes for s in problem.stages])]
    return which, steps[-1].weights, costs


def _seen(problem: MultistageProblem, which: Index, options: Options) -> Array:
    """(N,) what each history costs if it is known before."""
    out = np.empty(len(which))
    for start in range(0, len(which), TOGETHER):
        some = which[start : start + TOGETHER]
        weights = [np.eye(s.outcomes)[some[:, t]] for t, s in enumerate(problem.stages)]
        found = solve(_along(problem, weights), options)
        out[start : start + len(some)] = np.where(found.planned, found.objective, np.nan)
    return out


def _along(problem: MultistageProblem, weights: list[Array]) -> Batch:
    """Problems along histories; weights: per stage (N, outcomes), by which each mixes the numbers of the outcomes."""
    rows: list[Index] = []
    columns: list[Index] = []
    values: list[Array] = []
    size, come, width, height = len(weights[0]), np.zeros(0, np.int64), 0, 0
    for stage, w in zip(problem.stages, weights, strict=True):
        known = np.concatenate([come, width + np.arange(stage.n)])
        for matrix, places in ((stage.T, come), (stage.W, known[len(come) :])):
            i, j = np.nonzero((matrix != 0).any(axis=0))
            rows.append(height + i)
            columns.append(places[j])
            values.append(_mixed(matrix[:, i, j], w))
        come, width, height = known[stage.passed_on], width + stage.n, height + stage.m
    row, column = np.concatenate(rows), np.concatenate(columns)
    order = np.lexsort((row, column))

    def side(name: str) -> Array:
        return _joined([_mixed(getattr(s, name), w) for s, w in zip(problem.stages, weights, strict=True)])

    return Batch.linear(
        Pattern.of(row[order], column[order], (height, width)), _joined(values)[:, order], size=size, q=side("q"),
        r=np.array([[problem.constant]]), l=side("l"), u=side("u"), lb=side("lb"), ub=side("ub"),
    )  # fmt: skip


def _mixed(array: Array, weights: Array) -> Array:
    """The numbers of a stage, once where all outcomes share them."""
    return array if len(array) == 1 else mixed_rows(array, weights)


def _joined(parts: list[Array]) -> Array:
    size = max(len(p) for p in parts)
    return np.concatenate([np.broadcast_to(p, (size, p.shape[1])) for p in parts], axis=1)


def leading(problem: MultistageProblem) -> int:
    """How many stages there are before anything becomes known."""
    counts = [s.outcomes for s in problem.stages]
    return next((t for t, count in enumerate(counts) if count > 1), len(counts))


def _held(problem: MultistageProblem, plan: Array) -> MultistageProblem:
    """The problem whose first decisions are those of a plan."""
    stages: list[PolicyStage] = []
    start = 0
    for t, stage in enumerate(problem.stages):
        own = plan[None, start : start + stage.n]
        stages.append(replace(stage, lb=own, ub=own) if t < leading(problem) else stage)
        start += stage.n
    return replace(problem, stages=tuple(stages))


def _of_mean(
    held: MultistageProblem, answer: PolicyAnswer, search: PolicySearch | None, asked: WorthQuery
) -> tuple[float, float]:
    """What the best policy after the first decisions of the mean costs, and the half width of how it compares; infinite without one, NaN where that is not known."""
    if search is None:
        found = solve(tree(held, every_history(held)).batch, asked.options)
        return (float(found.objective[0]) if found.planned[0] else np.inf), 0.0
    after = PolicySearch.after(held, search)
    try:
        search_on(after, np.random.default_rng([asked.seed, 2]), asked.passes, asked.seconds)
        if after.infeasible:
            return np.inf, 0.0
        policy = evaluated(after, asked.paths, np.random.default_rng([asked.seed, 1]))
    except NoCut:
        return np.nan, 0.0
    more = policy.path_costs - answer.path_costs
    return answer.cost + float(answer.path_weights @ more), 0.0 if answer.exact else _half_width(more)
