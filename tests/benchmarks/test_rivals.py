"""Rivals of the batch kernels: those that are installed answer as the kernels do, those that are not are named."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.cones import promises
from benchmarks.kernels import fleet, linear_program, portfolio, product_mix
from benchmarks.rival_solvers import RIVALS, Rival, with_upper_sides
from benchmarks.rivals import RIGHT, certified, errors, line
from saddlepoint.solve.kernels import cone, qp, simplex, waterfill

EXACT = {"Moreau active set", "DAQP", "PIQP", "HiGHS hot", "Clarabel updated"}


PROBLEMS = {
    "LP": (product_mix(4, 3, 16, "rhs+costs"), simplex.solve),
    "QP": (portfolio(4, 3, 16), qp.solve),
    "SOCP": (promises(4, 16, "reliability"), cone.solve),
}
COMPILES = "CVXPYgen"
"""Makes and compiles C code for a minute: measured by the command alone."""


@pytest.mark.parametrize(
    ("rival", "problem"),
    [
        pytest.param(rival, name, id=f"{rival.name} {name}")
        for rival in RIVALS
        for name, (batch, _) in PROBLEMS.items()
        if rival.missing is None and rival.name != COMPILES and rival.takes(batch)
    ],
)
def test_an_installed_rival_answers(rival: Rival, problem: str) -> None:
    batch, solve = PROBLEMS[problem]
    ours = solve(batch)
    plans = rival.prepare(batch, 4)()
    assert plans.shape == (4, 4) and np.isfinite(plans).all()
    if rival.name in EXACT:
        assert errors(batch, plans, ours.objective).max() <= RIGHT
    assert certified(batch, ours) == 1.0
    assert errors(batch, 0.999 * ours.x[:4], ours.objective).min() > RIGHT


def test_a_rival_that_is_not_there_is_named() -> None:
    gone = Rival("Nobody", ("json", "no_such_solver"), RIVALS[0].prepare)
    assert gone.missing == "no_such_solver"
    told = line(gone, "LP", product_mix(2, 2, 4, "rhs"), np.zeros(4), 1.0, True).text()
    assert "not installed (no_such_solver)" in told
    assert replace(gone, modules=("json",)).missing is None
    assert (
        replace(gone, modules=("json",), programs=("no-such-compiler", "cc-nobody-has")).missing
        == "no no-such-compiler"
    )


def test_a_plan_that_is_no_number_is_infinitely_wrong() -> None:
    batch = product_mix(4, 3, 16, "rhs")
    plans = simplex.solve(batch).x[:4].copy()
    plans[2] = np.nan
    found = errors(batch, plans, simplex.solve(batch).objective)
    assert found[[0, 1, 3]].max() <= 1e-12 and np.isinf(found[2])


def test_demand_is_an_upper_side_of_its_negative() -> None:
    batch = fleet(5, 16, True)
    turned = with_upper_sides(batch)
    ours, theirs = waterfill.solve(batch), qp.solve(turned)
    assert np.isfinite(turned.u).all() and ours.objective == pytest.approx(theirs.objective, rel=1e-9)
    assert with_upper_sides(turned) is turned


def test_hot_highs_runs_after_others_had_threads() -> None:
    highspy = pytest.importorskip("highspy")
    batch = product_mix(4, 3, 16, "rhs+costs")
    before = highspy.Highs()
    for name, value in (("output_flag", False), ("threads", 2)):
        before.setOptionValue(name, value)
    before.passModel(linear_program(batch, 0))
    before.run()
    plans = next(rival for rival in RIVALS if rival.name == "HiGHS hot").prepare(batch, 4)()
    assert errors(batch, plans, simplex.solve(batch).objective).max() <= RIGHT
