"""Equalities d apart have an exact Farkas vector and, below 1e-6, a plan within the tolerance: one rule whoever is asked."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.route.stages.solver_table import records, solvers
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch, skip_without_licence

GAPS = (1e-5, 1e-7, 1e-9, 1e-11, 1e-13)
ROUGH = {r.name for r in records() if r.rough}
CLASSES = {s.name: s.classes for s in solvers() if s.installed and {"LP", "QP"} & {*s.classes}}


def models(d: float, curvature: np.ndarray | None) -> Iterator[Batch]:
    """Rows of two columns, rows of one column, a bound beside a row; one scenario each."""
    one, both = [1.0, 0.0], [1.0, 1.0]
    cost, inf, P = [1.0, 2.0], np.inf, curvature
    yield make_batch(cost, [both, both], [1.0, 1 + d], [1.0, 1 + d], P=P)
    yield make_batch(cost, [one, one, both], [1.0, 1 + d, 3.0], [1.0, 1 + d, inf], P=P)
    yield make_batch(cost, [one, both], [-inf, 3.0], [1.0, inf], lb=[1 + d, 0.0], P=P)


def answers(d: float, options: Options, curvature: np.ndarray | None) -> list[tuple[Status, bool]]:
    found = [solve(batch, options) for batch in models(d, curvature)]
    return [(Status(int(f.status[0])), bool(f.certificates.verified[0])) for f in found]


@pytest.mark.parametrize(
    ("solver", "d"),
    [(solver, d) for solver in (None, "highs", "clarabel", "piqp") for d in GAPS]
    + [(solver, 1e-7) for solver in CLASSES if not solver.startswith("cvxpy:")],
)
def test_the_plan_within_the_tolerance_goes_first(solver: str | None, d: float) -> None:
    skip_without_licence(solver)
    classes = CLASSES.get(solver or "", ("LP", "QP"))
    word = Status.INFEASIBLE if d > 1e-6 else Status.OPTIMAL
    for kind, curvature in (("LP", None), ("QP", np.diag([2.0, 1.0]))):
        if kind in classes:
            found = answers(d, Options(solver=solver), curvature)
            rough = {(Status.UNVERIFIED, False)} if solver in ROUGH else set()
            assert set(found) - rough == {(word, True)}, kind


def test_beside_numbers_of_any_size_only_the_vector_counts() -> None:
    """x ≥ 1e12 + 1 beside x ≤ 1e12: no rounding, and no plan."""
    batch = make_batch([1.0], [[1.0]], [1e12 + 1], [np.inf], [0.0], [1e12])
    assert solve(batch).status[0] == Status.INFEASIBLE


def test_scenarios_of_a_sweep_are_judged_one_by_one() -> None:
    gaps = np.array([0.0, 1e-7, 1e-3, 1e-9])
    sides = np.stack([np.ones(4), 1 + gaps], axis=1)
    batch = make_batch([1.0, 2.0], [[1.0, 1.0], [1.0, 1.0]], sides, sides)
    found = solve(batch)
    assert found.certificates.verified.all()
    assert [Status(int(s)) for s in found.status] == [
        Status.OPTIMAL,
        Status.OPTIMAL,
        Status.INFEASIBLE,
        Status.OPTIMAL,
    ]
