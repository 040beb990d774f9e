"""What a policy costs: along all histories, or along a sample of them with its confidence interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.multistage.paths import Step, every_history, sampled_histories
from saddlepoint.solve.decomposition.multistage.problem import MultistageProblem, PolicyAnswer, in_outcomes
from saddlepoint.solve.decomposition.multistage.sddp import PolicySearch

MOST_NUMBERS: Final = 20_000_000
"""Numbers of plans of all histories up to which every one is followed."""
RESAMPLES: Final = 1_000
"""Means of resamples of the bootstrap."""
NORMAL: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A policy along histories: costs, weights (N,) of the last stage; means over histories per stage and outcome of plans (R, n), multipliers of
    rows (R, m) and of bounds (R, n)."""

    costs: Array
    weights: Array
    plans: tuple[Array, ...]
    prices: tuple[Array, ...]
    reduced: tuple[Array, ...]


def evaluated(
    search: PolicySearch, paths: int, generator: np.random.Generator, most: float = MOST_NUMBERS
) -> PolicyAnswer:
    """The answer of a search; most: numbers of plans up to which all histories are followed. NoCut where a stage has no plan at a
    state that the policy comes to."""
    problem = search.problem
    exact = _numbers(problem) <= most
    histories = every_history(problem) if exact else sampled_histories(problem, paths, generator)
    found = follow_policy(search, histories)
    count = len(found.costs)
    cost = float(found.weights @ found.costs)
    spread = 0.0 if exact else NORMAL * float(np.std(found.costs, ddof=1)) / np.sqrt(count)
    return PolicyAnswer(
        bound=search.bound, cost=cost, half_width=spread, exact=exact, paths=count, passes=search.passes,
        solved=search.solved, cuts=sum(len(f.kept) for f in search.futures), plans=found.plans, prices=found.prices, reduced=found.reduced,
        bounds=tuple(search.bounds), path_costs=found.costs, path_weights=found.weights,
    )  # fmt: skip


def _numbers(problem: MultistageProblem) -> float:
    return sum(n * s.n for n, s in zip(problem.nodes, problem.stages, strict=True))


def follow_policy(search: PolicySearch, histories: Sequence[Step]) -> Followed:
    """Costs and means of the policy that the cuts of a search make."""
    problem = search.problem
    x, costs = np.zeros((1, 0)), np.full(1, problem.constant)
    plans: list[Array] = []
    prices: list[Array] = []
    reduced: list[Array] = []
    for t, (stage, step) in enumerate(zip(problem.stages, histories, strict=True)):
        x = x[step.origin]
        found = search.plans(t, x, step.which)
        found.check_planned()
        y = found.y[:, : stage.n]
        costs = costs[step.origin] + (y * in_outcomes(stage.q, step.which)).sum(axis=1)
        plans.append(means(y, step, stage.outcomes))
        prices.append(means(found.multipliers[:, : stage.m], step, stage.outcomes))
        reduced.append(means(found.reduced[:, : stage.n], step, stage.outcomes))
        x = stage.left(x, y)
    return Followed(
        costs=costs,
        weights=histories[-1].weights,
        plans=tuple(plans),
        prices=tuple(prices),
        reduced=tuple(reduced),
    )


def means(values: Array, step: Step, outcomes: int) -> Array:
    """(outcomes, k) the weighed mean of (N, k) values over the histories that end in each; NaN where none does."""
    total, weight = np.zeros((outcomes, values.shape[1])), np.zeros(outcomes)
    np.add.at(total, step.which, values * step.weights[:, None])
    np.add.at(weight, step.which, step.weights)
    with np.errstate(invalid="ignore"):
        return total / np.where(weight > 0, weight, np.nan)[:, None]


def confident_means(values: Array, level: float) -> tuple[float, float]:
    """What the mean of a sample's law is at most, with a confidence: by the normal law, and by the bootstrap (quantile of the means of resamples)."""
    from scipy.special import ndtri

    count = len(values)
    width = float(ndtri(level)) * float(np.std(values, ddof=1)) / np.sqrt(count)
    weights = np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), RESAMPLES)
    return float(values.mean()) + width, float(np.quantile(weights @ values / count, level))
