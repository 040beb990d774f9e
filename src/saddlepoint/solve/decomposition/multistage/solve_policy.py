"""The best policy of a multistage problem: over the tree of all histories where it is small, else by cuts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Literal

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.solve.decomposition.cuts import NoCut
from saddlepoint.solve.decomposition.multistage.evaluate import evaluated, means
from saddlepoint.solve.decomposition.multistage.paths import every_history
from saddlepoint.solve.decomposition.multistage.problem import MultistageProblem, PolicyAnswer, in_outcomes
from saddlepoint.solve.decomposition.multistage.sddp import FEW, MOST_PASSES, PolicySearch, begun, search_on
from saddlepoint.solve.decomposition.multistage.tree import HistoryTree, tree
from saddlepoint.solve.proof.weak_duality import safe_bound
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve

PolicyRoute = Literal["tree", "cuts"]
MOST_COLUMNS: Final = 20_000
"""Columns of the tree of all histories up to which it is solved as one problem."""


def chosen_route(problem: MultistageProblem) -> tuple[PolicyRoute, str]:
    """The route, and why."""
    width = sum(n * s.n for n, s in zip(problem.nodes, problem.stages, strict=True))
    count = f"{problem.nodes[-1]:,.0f}" if problem.nodes[-1] < 1e9 else f"{problem.nodes[-1]:.1e}"
    if width <= MOST_COLUMNS:
        return "tree", f"its {count} histories are one problem of {width:,.0f} decisions"
    return (
        "cuts",
        f"its {count} histories are too many for one problem: cuts stand for what later stages cost (SDDP)",
    )


def best_policy(
    problem: MultistageProblem,
    options: Options,
    route: PolicyRoute,
    *,
    paths: int,
    seed: int,
    passes: int | None = None,
    seconds: Callable[[], float] | None = None,
) -> tuple[PolicyAnswer, PolicySearch | None] | None:
    """The policy with its bound and its cost, and the search that it came from (None: the tree); None where no policy has a plan in every
    history. Raises NoCut.

    paths: histories along which the cost is estimated where they are too many to follow all; seed: of their sample; seconds: what is
    left of a time limit, which ends the search between passes: the small problems of stages have none of their own.
    """
    if route == "tree":
        answer = _over_tree(problem, options)
        return None if answer is None else (answer, None)
    search, generator = begun(problem, replace(options, time_limit=None)), np.random.default_rng([seed, 0])
    while True:
        ended = search_on(search, generator, (passes or MOST_PASSES) - search.passes, seconds)
        if search.infeasible:
            return None
        answer = evaluated(search, paths, np.random.default_rng([seed, 1]))
        unproven = answer.exact and answer.gap > options.tolerance
        if not ended or not unproven or problem.nodes[-1] <= FEW:
            return answer, search


def _over_tree(problem: MultistageProblem, options: Options) -> PolicyAnswer | None:
    histories = every_history(problem)
    made = tree(problem, histories)
    found = solve(made.batch, options)
    if found.status[0] == Status.INFEASIBLE:
        return None
    if not found.answered[0]:
        raise NoCut(f"the problem of all histories is {Status(int(found.status[0])).word}")
    x, y, z = found.x[0], found.y[0], found.z[0]
    parts = list(zip(problem.stages, histories, strict=True))
    by_history = [1 / step.weights[:, None] for step in histories]
    bound = float(safe_bound(made.batch, found.y)[0])
    return PolicyAnswer(
        bound=bound if np.isfinite(bound) else float(found.bound[0]), cost=float(found.objective[0]), half_width=0.0, exact=True,
        paths=len(histories[-1].which), passes=0, solved=1, cuts=0,
        plans=tuple(means(x[c], t, s.outcomes) for c, (s, t) in zip(made.columns, parts, strict=True)),
        prices=tuple(means(y[r] * w, t, s.outcomes) for r, w, (s, t) in zip(made.rows, by_history, parts, strict=True)),
        reduced=tuple(means(z[c] * w, t, s.outcomes) for c, w, (s, t) in zip(made.columns, by_history, parts, strict=True)),
        bounds=(), path_costs=_path_costs(problem, made, x), path_weights=histories[-1].weights,
    )  # fmt: skip


def _path_costs(problem: MultistageProblem, made: HistoryTree, x: Array) -> Array:
    costs = np.full(1, problem.constant)
    for stage, step, columns in zip(problem.stages, every_history(problem), made.columns, strict=True):
        costs = costs[step.origin] + (x[columns] * in_outcomes(stage.q, step.which)).sum(axis=1)
    return costs
