"""What deciding under outcomes is worth: all outcomes known before, deciding for their mean, and the difference."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.mean_problem import mean_problem, whole_problems
from saddlepoint.solve.decomposition.two_stage import TwoStage, recourse_problems
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeWorth:
    """What knowing and what minding outcomes is worth, of a minimisation.

    here_and_now: the best expected cost; wait_and_see: the expected cost were every outcome known before; mean: the cost that
    the mean outcome promises; of_mean: the expected cost of deciding for the mean outcome (infinite if some outcome then has
    no plan).
    """

    here_and_now: float
    wait_and_see: float
    mean: float
    of_mean: float

    @property
    def perfect_information(self) -> float:
        """EVPI: what knowing the outcome before would save."""
        return self.here_and_now - self.wait_and_see

    @property
    def stochastic_solution(self) -> float:
        """VSS: what minding the outcomes saves against deciding for their mean."""
        return self.of_mean - self.here_and_now


def quantile_of(amounts: Array, shares: Array, level: float) -> float:
    """The least of some amounts, each as likely as its share, that is not exceeded with a probability."""
    order = np.argsort(amounts)
    reached = np.cumsum(shares[order]) >= level - 1e-12
    return float(amounts[order][int(np.argmax(reached)) if reached.any() else -1])


def mixed_rows(own: Array, weights: Array) -> Array:
    """(N, k) mixtures of rows (R, k) of numbers by weights (N, R), infinite where any that counts is."""
    finite = np.isfinite(own)
    out = weights @ np.where(finite, own, 0.0)
    for sign in (-np.inf, np.inf):
        out[(weights @ (own == sign)) > 0] = sign
    return out


def outcome_worth(problem: TwoStage, here_and_now: float, options: Options | None = None) -> OutcomeWorth:
    """EVPI and VSS of a problem whose best expected cost is known. Source: J. R. Birge, F. V. Louveaux, Introduction to Stochastic
    Programming (2011), ch. 4."""
    options = options or Options()
    seen = 0.0
    for batch, shares in whole_problems(problem):
        seen += float(shares @ solve(batch, options).objective)
    found = solve(mean_problem(problem), options)
    of_mean = expected_cost(problem, found.x[0, : problem.n], options) if found.planned[0] else np.nan
    return OutcomeWorth(
        here_and_now=here_and_now, wait_and_see=seen, mean=float(found.objective[0]), of_mean=of_mean
    )


def expected_cost(problem: TwoStage, x: Array, options: Options) -> float:
    """The expected cost of a first decision; infinite where an outcome has no plan."""
    total = float(problem.first.q[0] @ x + problem.first.r[0, 0])
    for costs, shares in outcome_costs(problem, x, options):
        total += float(shares @ costs)
    return total


def outcome_costs(problem: TwoStage, x: Array, options: Options) -> Iterator[tuple[Array, Array]]:
    """Costs (infinite without a plan) and shares of all outcomes at a first decision, chunk by chunk."""
    for chunk in problem.chunks():
        found = solve(recourse_problems(chunk, x), options)
        yield np.where(found.planned, found.objective, np.inf), chunk.shares
