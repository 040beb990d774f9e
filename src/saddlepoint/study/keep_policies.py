"""Policies into the store, as a run: means over histories under the names of plans and prices, what each costs among the outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.labels import Domain, Table
from saddlepoint.records import excerpt
from saddlepoint.solve.solution import Status
from saddlepoint.store import RunRecord, Store, price_table, stage
from saddlepoint.store.run_records import ScenarioRecords
from saddlepoint.study.policies import Policy
from saddlepoint.study.running.plan import Plan
from saddlepoint.study.scenarios.chunks import with_axes

QUANTILES: Final = {"cost_least": 0.0, "cost_5": 0.05, "cost_50": 0.5, "cost_95": 0.95, "cost_greatest": 1.0}
"""Column of the outcomes → level of the cost over the histories."""
CLOSE: Final = 1e-6
"""The gap of a policy that is optimal, where its cost is exact."""


def keep_policies(
    store: Store, plan: Plan, found: Sequence[Policy], record: RunRecord, seconds: float
) -> int:
    """Write policies as one run that `history`, `show`, reports and comparisons read; its number. StoreError.

    Decided tables hold the mean over histories in each stage and outcome, price tables the price weighed by the outcome's probability; an
    outcome's `objective` is the expected amount, `half_width` that of its 95 % confidence interval (0: exact), `bound` what no
    policy beats.
    """
    with stage(store, record, partial=plan.is_partial) as staged:
        for one in found:
            scenarios = plan.model.problem(one.problem).scenarios
            with staged.chunk(f"{one.problem}:{one.scenario}"):
                for name, table in _tables(one):
                    staged.put(replace(table, key=name), scenarios.names, with_axes(table.domain, scenarios))
                staged.scenarios(_outcome(one, scenarios))
        staged.finish(seconds, 0)
        return staged.run


def _tables(one: Policy) -> Iterator[tuple[str, Table]]:
    yield from one.tables.items()
    for name, table in one.prices.items():
        yield price_table(name, one.problem), table


def _outcome(one: Policy, scenarios: Domain) -> ScenarioRecords:
    at = next(k for k in range(scenarios.size) if ", ".join(scenarios.coordinates(k)) == one.scenario)
    proven = one.exact and one.gap <= CLOSE
    numbers = {
        "objective": one.amount,
        **excerpt(one, "bound", "half_width", "histories"),
        "followed": one.paths,
        "iterations": one.passes,
        "seconds": one.seconds,
    }
    numbers |= {name: one.quantile(level) for name, level in QUANTILES.items()}
    blank = dict.fromkeys(("rel_prim", "rel_dual", "gap", "unc"), np.nan)
    if one.exact:
        blank["gap"] = one.gap
    made: dict[str, Array] = {name: np.array([float(v)]) for name, v in (numbers | blank).items()}
    made["iterations"] = np.array([one.passes])
    return ScenarioRecords(
        problem=one.problem,
        domain=scenarios,
        positions=np.array([at]),
        status=(Status.OPTIMAL if proven else Status.FEASIBLE).word,
        solver={"tree": "tree of histories", "cuts": "cuts"}[one.route],
        route=one.reason,
        numbers=made,
    )
