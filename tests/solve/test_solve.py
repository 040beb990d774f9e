"""Solving: every route the same answer, updates equal rebuilds, traps caught, faults contained."""

import math
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint import testing
from saddlepoint.algebra.structure import Cone, ConeKind
from saddlepoint.errors import SolveError
from saddlepoint.solve.adapters.clarabel import solve_clarabel
from saddlepoint.solve.adapters.highs import solve_highs
from saddlepoint.solve.adapters.piqp import solve_piqp
from saddlepoint.solve.interfaces import Kernel, SolverRecord
from saddlepoint.solve.route.stages.choose import Route, choose
from saddlepoint.solve.route.stages.solver_table import problem_class, records, solvers
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve, stages_for

LP_SOLVERS = ("highs", "clarabel", "piqp", "cvxpy:HIGHS", "cvxpy:CLARABEL", "osqp", "scipy")
QP_SOLVERS = ("clarabel", "piqp", "highs", "cvxpy:CLARABEL", "osqp")


def agree(batch, names, tolerance=1e-6):
    found = {name: solve(batch, Options(solver=name)) for name in names}
    first = found[names[0]]
    assert (first.status == Status.OPTIMAL).all()
    for name, other in found.items():
        assert (other.status == Status.OPTIMAL).all(), (name, other.messages, other.certificates)
        scale = 1 + np.abs(first.objective)
        assert (np.abs(other.objective - first.objective) <= tolerance * scale * 10).all(), name
    return found


@pytest.mark.parametrize("seed", range(3))
def test_lp_solvers_agree(randomly, seed):
    found = agree(randomly(seed, size=2), LP_SOLVERS)
    for other in found.values():
        np.testing.assert_allclose(other.y, found["highs"].y, atol=1e-4)
        np.testing.assert_allclose(other.z, found["highs"].z, atol=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_qp_solvers_agree(randomly, seed):
    agree(randomly(seed, size=2, quadratic=True), QP_SOLVERS)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 100_000), st.booleans(), st.integers(1, 9), st.integers(1, 7))
def test_random_problems_are_certified_by_every_own_solver(randomly, seed, quadratic, n, m):
    agree(randomly(seed, n, m, quadratic=quadratic), ("clarabel", "piqp", *(() if quadratic else ("highs",))))


EVERY_NUMBER = ("q", "l u", "lb ub", "A", "q l u lb ub A")


@pytest.mark.parametrize(
    ("solver", "vary"),
    [
        *((solve, vary) for solve in (solve_highs, solve_clarabel, solve_piqp) for vary in EVERY_NUMBER),
        (solve_clarabel, "P"),
        (solve_piqp, "P"),
    ],
)
def test_update_equals_rebuild(randomly, solver, vary):
    batch = randomly(11, size=5, quadratic=solver is not solve_highs)
    rng = np.random.default_rng(1)
    shared = {name: getattr(batch, name)[:1] for name in ("q", "l", "u")}
    changes = {}
    for name in vary.split():
        base = getattr(batch, name)[:1]
        assert base.size, f"nothing to vary in {name}"
        factor = np.cumprod(
            1 + 0.01 * rng.random((5, 1 if name in ("P", "l", "u") else base.shape[1])), axis=0
        )
        changes[name] = base * factor if name not in ("l", "u", "lb", "ub") else getattr(batch, name)
        if name in ("lb", "ub"):
            changes[name] = base + 0.01 * rng.random((5, base.shape[1]))
    batch = replace(batch, **{**shared, **changes})
    together = solver(batch, Options())
    for s in range(5):
        alone = solver(batch.take(np.array([s])), Options())
        assert alone.status[0] == together.status[s]
        for name in ("x", "y", "z"):
            np.testing.assert_allclose(getattr(alone, name)[0], getattr(together, name)[s], atol=2e-5)


def test_update_survives_changing_sides_and_infeasible_scenarios(make):
    """Sides that come and go, and a scenario without a plan between two with one."""
    l = np.array([[1.0], [-np.inf], [9.0], [2.0]])
    batch = make([1.0, 2.0], [[1.0, 1.0]], l, [[4.0], [4.0], [np.inf], [2.0]], ub=[3.0, 3.0])
    for solver in ("highs", "clarabel", "piqp"):
        solution = solve(batch, Options(solver=solver))
        words = [Status(int(k)).word for k in solution.status]
        assert words == ["optimal", "optimal", "infeasible", "optimal"], solver
        np.testing.assert_allclose(solution.objective[[0, 1, 3]], [1.0, 0.0, 2.0], atol=1e-6)
        assert np.isnan(solution.objective[2])
        assert solution.certificates.verified.all()


def test_workers_do_not_change_the_answer(randomly):
    batch = randomly(2, size=9)
    one, three = solve(batch), solve(batch, Options(workers=3))
    np.testing.assert_allclose(one.objective, three.objective, rtol=1e-9)
    assert (three.status == Status.OPTIMAL).all()


# ------------------------------------------------------------------ cones


def test_second_order_cone_with_known_answer(make):
    """min t with t ≥ ‖(x − 3, y − 4)‖, x + y = 0: distance 7/√2, price −1/√2."""
    F = [[0, 0, 1.0], [1.0, 0, 0], [0, 1.0, 0]]
    cone = (Cone(ConeKind.SECOND_ORDER, 3),)
    free = [-np.inf] * 3
    batch = make([0, 0, 1.0], [[1.0, 1.0, 0]], [0.0], [0.0], free, F=F, g=[0, -3.0, -4.0], cones=cone)
    for name in ("clarabel", "scs", "cvxpy:CLARABEL"):
        solution = solve(batch, Options(solver=name))
        assert solution.status[0] == Status.OPTIMAL, (name, solution.certificates)
        assert solution.objective[0] == pytest.approx(7 / math.sqrt(2), abs=1e-6)
        assert solution.y[0, 0] == pytest.approx(-1 / math.sqrt(2), abs=1e-5)


def test_exponential_and_power_cones_with_known_answers(make):
    """min z with y·exp(x/y) ≤ z at x = 1, y = 2; max x^0.3 y^0.7 on x + y = 1."""
    exponential = make(
        [0, 0, 1.0], np.eye(3)[:2], [1.0, 2.0], [1.0, 2.0], [-np.inf] * 3, F=np.eye(3), g=[0.0] * 3,
        cones=(Cone(ConeKind.EXPONENTIAL, 3),),
    )  # fmt: skip
    power = make(
        [0, 0, -1.0], [[1.0, 1.0, 0]], [1.0], [1.0], [-np.inf] * 3, F=np.eye(3), g=[0.0] * 3,
        cones=(Cone(ConeKind.POWER, 3, 0.3),),
    )  # fmt: skip
    for batch, value in ((exponential, 2 * math.exp(0.5)), (power, -(0.3**0.3) * 0.7**0.7)):
        for name in ("clarabel", "cvxpy:CLARABEL"):
            solution = solve(batch, Options(solver=name))
            assert solution.status[0] == Status.OPTIMAL, (name, solution.certificates, solution.messages)
            assert solution.objective[0] == pytest.approx(value, abs=1e-6)


def test_conic_infeasible_and_unbounded(make):
    cone = (Cone(ConeKind.SECOND_ORDER, 2),)
    batch = make([1.0], lb=[-np.inf], ub=[1.0], F=[[1.0], [0.0]], g=[0.0, 2.0], cones=cone)
    solution = solve(batch)
    assert solution.status[0] == Status.INFEASIBLE
    assert solution.certificates.verified[0]
    batch = make([-1.0, 0], lb=[-np.inf] * 2, F=np.eye(2), g=[0.0, 0.0], cones=cone)
    solution = solve(batch)
    assert solution.status[0] == Status.UNBOUNDED
    assert solution.certificates.verified[0]


# ------------------------------------------------------------------ traps


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("q", np.nan, "cost of column 1 is nan in scenario 1"),
        ("q", np.inf, "cost of column 1 is inf"),
        ("A", np.nan, "matrix coefficient at row 0, column 1 is nan"),
        ("u", np.nan, "upper side of row 0 is nan"),
        ("l", np.inf, "lower side of row 0 is inf"),
        ("lb", np.inf, "lower bound of column 1 is inf"),
        ("r", np.nan, "constant of the objective is nan"),
    ],
)
def test_numbers_that_are_none_are_located(make, name, value, words):
    batch = make([[1.0, 2.0], [1.0, 2.0]], [[1.0, 1.0]], [1.0], [4.0])
    array = np.tile(getattr(batch, name), (2, 1))
    array[1, min(1, array.shape[1] - 1)] = value
    with pytest.raises(SolveError, match="L101") as caught:
        solve(replace(batch, **{name: array}))
    assert words in str(caught.value)


def test_tiny_coefficients_are_not_dropped(make):
    """HiGHS drops |a| < 1e-9: the bounded problem would be unbounded."""
    batch = make([-1.0], [[1e-10]], None, [1.0])
    solution = solve(batch)
    assert solution.status[0] == Status.OPTIMAL
    assert solution.x[0, 0] == pytest.approx(1e10)


def test_huge_coefficients_are_scaled(make):
    solution = solve(make([-1.0], [[1e16]], None, [1e16]))
    assert solution.status[0] == Status.OPTIMAL
    assert solution.x[0, 0] == pytest.approx(1.0)


def test_sides_of_1e20_and_more_are_sides(make):
    """min x, x >= 2e25 in a row and in a bound; a bound that excludes it; −inf and +inf, which are none."""
    solution = solve(make([1.0], [[1.0]], [2e25], [np.inf], lb=[-np.inf], ub=[3e25]))
    assert solution.x[0, 0] == pytest.approx(2e25)
    assert solve(make([1.0], [[1.0]], [2e25], [3e25], ub=[1.3e20])).status[0] == Status.INFEASIBLE
    assert solve(make([1.0], [[1.0]], [-1.3e20], None, lb=[-np.inf])).objective[0] == pytest.approx(-1.3e20)
    assert solve(make([1.0], [[1.0]], None, None, lb=[-np.inf])).status[0] == Status.UNBOUNDED


@pytest.mark.parametrize("kind", ["lp", "qp", "milp", "socp"])
def test_models_in_units_beyond_1e20(kind, monkeypatch):
    """Rows and columns in units of 1e±25, where every fifth side was an error or none."""
    from benchmarks.fuzz import units
    from benchmarks.fuzz.run import make, play

    drawn = units._powers
    monkeypatch.setattr(units, "_powers", lambda rng, reach, count: drawn(rng, 25 * bool(reach), count))
    models = [make(kind, seed) for seed in range(6)]
    assert any(
        np.abs(model.case.batch().u[np.isfinite(model.case.batch().u)]).max(initial=0) > 1e20
        for model in models
    )
    assert {finding.verdict for model in models for finding in play(model)} == {"right"}


def test_costs_of_a_hundred_millionth_are_solved(make):
    """HiGHS' dual tolerance is absolute: it calls any plan optimal; the scaled attempt is right."""
    solution = solve(make([3e-8, 1e-8], [[1.0, 1.0]], [5.0], None))
    assert solution.status[0] == Status.OPTIMAL
    np.testing.assert_allclose(solution.x[0], [0.0, 5.0], atol=1e-9)


def test_non_convex_is_refused(make):
    indefinite = np.array([[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(SolveError, match="L102"):
        solve(make([0.0, 0.0], [[1.0, 1.0]], [1.0], [1.0], P=indefinite))
    with pytest.raises(SolveError, match="L102"):
        solve(make([0.0, 0.0], [[1.0, 1.0]], [1.0], [1.0], P=np.diag([1.0, -1e-3])))


@pytest.mark.parametrize("size", [5, 400])
def test_convexity_of_large_and_small_matrices(size):
    from saddlepoint.algebra.structure import Pattern
    from saddlepoint.solve.proof.convexity import convex

    indices = np.concatenate(([0], np.column_stack((np.arange(size - 1), np.arange(1, size))).ravel()))
    pattern = Pattern(
        (size, size), np.r_[0, np.arange(1, 2 * size, 2)].astype(np.int32), indices.astype(np.int32)
    )
    laplace = np.concatenate(([2.0], np.tile([-1.0, 2.0], size - 1)))
    assert convex(pattern, laplace[None])[0]
    bent = laplace.copy()
    bent[1:4] = (-1.0, 1.0, -1.0)
    bent[0] = 0.5
    assert not convex(pattern, bent[None])[0]
    rank_one = np.ones(3)
    both = Pattern((2, 2), np.array([0, 1, 3], np.int32), np.array([0, 0, 1], np.int32))
    assert convex(both, rank_one[None])[0]


def test_infeasible_or_unbounded_is_resolved(make):
    infeasible = make([-1.0, 0], [[0, 1.0], [0, 1.0]], [2.0, -np.inf], [np.inf, 1.0])
    unbounded = make([-1.0, 0], [[0, 1.0], [1.0, -1.0]], [2.0, -1.0], [np.inf, np.inf])
    for batch, status in ((infeasible, Status.INFEASIBLE), (unbounded, Status.UNBOUNDED)):
        for name in ("highs", "clarabel", "piqp"):
            solution = solve(batch, Options(solver=name))
            assert solution.status[0] == status, name
            assert solution.certificates.verified[0]


def test_unbounded_quadratic(make):
    batch = make([-1.0, -1.0], [[1.0, -1.0]], [-1.0], [1.0], P=np.array([[1.0, -1.0], [-1.0, 1.0]]))
    solution = solve(batch)
    assert solution.status[0] == Status.UNBOUNDED
    assert solution.x[0, 0] == pytest.approx(solution.x[0, 1])


def test_what_needs_no_solver(make):
    lb, ub = np.array([[0.0, 1.0]] * 3), np.array([[2.0, 5.0], [-1.0, 5.0], [np.inf, 5.0]])
    solution = solve(make([-1.0, 2.0], lb=lb, ub=ub))
    assert [Status(int(k)).word for k in solution.status] == ["optimal", "infeasible", "unbounded"]
    assert solution.objective[0] == 0.0
    np.testing.assert_array_equal(solution.z[0], [-1.0, 2.0])
    assert solution.certificates.verified.all()
    assert str(solution.method[0]) == "by inspection"
    empty_row = make([1.0], [[0.0]], [1.0], None)
    assert solve(empty_row).status[0] == Status.INFEASIBLE
    separable = solve(make([-2.0, 2.0], P=np.diag([1.0, 1.0]), ub=[1.5, 3.0]))
    np.testing.assert_allclose(separable.x[0], [1.5, 0.0])
    np.testing.assert_allclose(separable.z[0], [-0.5, 2.0])


# ------------------------------------------------------------------ integers


def test_mixed_integer_prices_bound_and_gap(make):
    """min −5a − 4b, 6a + 4b ≤ 24, a + 2b ≤ 6, a integer: the plan is a = 3, b = 1.5."""
    batch = make([-5.0, -4.0], [[6.0, 4.0], [1.0, 2.0]], None, [24.0, 6.0], integer=[True, False])
    for name in ("highs", "scipy", "cvxpy:HIGHS"):
        solution = solve(batch, Options(solver=name))
        assert solution.status[0] == Status.OPTIMAL, name
        np.testing.assert_allclose(solution.x[0], [3.0, 1.5], atol=1e-9)
        assert solution.objective[0] == pytest.approx(-21.0)
        assert solution.bound[0] == pytest.approx(-21.0, rel=1e-6)
        assert np.isfinite(solution.y[0]).all()


# ------------------------------------------------------------------ routes


def test_routes_and_their_reasons(make, randomly):
    pytest.importorskip("piqp")
    lp, qp = randomly(0, size=3), randomly(0, quadratic=True)
    assert problem_class(lp.structure) == "LP"
    route = choose(lp.structure, 3, Options())
    assert route.name == "highs"
    assert "3 scenarios" in route.reason
    assert choose(qp.structure, 1, Options()).name == "piqp"
    assert choose(qp.structure, 1, Options(time_limit=5.0)).name == "clarabel"
    assert [stage.solver for stage in route.stages][:2] == ["highs", "clarabel"]


@pytest.mark.parametrize(
    ("solver", "code", "words"),
    [
        ("higs", "L103", "Did you mean 'highs'"),
        ("gurobi", "L104", "gurobipy"),
        ("clarabel", "L105", "mixed-integer linear"),
    ],
)
@pytest.mark.usefixtures("without_gurobi")
def test_solvers_that_do_not_fit(make, solver, code, words):
    batch = make([-1.0], [[2.0]], None, [3.0], integer=[True])
    with pytest.raises(SolveError, match=code) as caught:
        solve(batch, Options(solver=solver))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("solver", "kind", "integer", "words"),
    [
        ("ecos", ConeKind.POWER, False, "ecos knows no power cones"),
        ("cvxopt", ConeKind.EXPONENTIAL, False, "cvxopt knows no exponential cones"),
        ("gurobi", ConeKind.EXPONENTIAL, False, "gurobi knows no exponential cones"),
        ("copt", ConeKind.EXPONENTIAL, True, "copt knows no exponential cones beside integers"),
    ],
)
def test_cones_that_a_solver_does_not_know_are_not_tried(solver, kind, integer, words):
    none = np.zeros((0, 3))
    cones = (Cone(kind, 3, 0.5),)
    problem = testing.batch(
        [1.0, 0, 0], none, [], [], 0, 9, None, [integer] * 3, np.eye(3), np.zeros(3), cones
    )
    with pytest.raises(SolveError, match="L105") as caught:
        solve(problem, Options(solver=solver))
    assert words in str(caught.value)
    assert solver not in str(caught.value).split("fix:")[1]


def test_unknown_setting_is_named(randomly):
    with pytest.raises(SolveError, match="L106") as caught:
        solve(randomly(0), Options(settings={"presolv": "off"}))
    assert "presolve" in str(caught.value)


def test_refused_value_of_a_setting_is_an_error(randomly):
    with pytest.raises(SolveError, match="L107"):
        solve(randomly(0), Options(settings={"presolve": "perhaps"}))
    with pytest.raises(SolveError, match="L107"):
        solve(randomly(0, quadratic=True), Options(solver="clarabel", settings={"max_iter": "many"}))


@pytest.mark.usefixtures("without_gurobi")
def test_table_of_solvers():
    table = {line.name: line for line in solvers()}
    assert table["highs"].installed
    assert table["highs"].version
    assert "MILP" in table["highs"].classes
    assert not table["gurobi"].installed
    assert len(table) == len(records())


# ------------------------------------------------------------------ lies, kernels, faults


def liar(change):
    def adapter(batch, options):
        answers = solve_highs(batch, options)
        change(batch, answers)
        return answers

    return adapter


def record(name, adapter):
    return SolverRecord(name, frozenset({"LP"}), "numpy", extra="", adapter=adapter)


def test_a_lying_solver_is_followed_by_an_honest_one(randomly):
    batch = replace(randomly(4, size=3), r=np.array([[0.0], [-1.0], [0.0]]))

    def shift(part, answers):
        answers.x[np.broadcast_to(part.r < 0, answers.x.shape)] += 0.5
        answers.y[np.broadcast_to(part.r < 0, answers.y.shape)] = 0.0
        answers.z[np.broadcast_to(part.r < 0, answers.z.shape)] = 0.0

    lying, honest = record("highs", liar(shift)), record("clarabel", solve_clarabel)
    solution = solve(batch, table=(lying, honest))
    assert (solution.status == Status.OPTIMAL).all()
    assert [str(solution.method[k]) for k in range(solution.size)] == ["highs", "clarabel", "highs"]
    alone = solve(batch, table=(lying,))
    assert [Status(int(k)).word for k in alone.status] == ["optimal", "unverified", "optimal"]
    assert not alone.certificates.verified[1]
    assert list(alone.messages) == [1]
    assert alone.messages[1].startswith("unverified: feasibility is off by ")
    assert "(rel_prim ≤ 1e-06 fails)" in alone.messages[1]


def test_a_limit_of_iterations_is_no_end_of_time(randomly):
    def stops(_, answers):
        answers.status[:] = Status.LIMIT

    table = (record("highs", liar(stops)), record("clarabel", solve_clarabel))
    for limit in (None, 50.0):
        solution = solve(randomly(4), Options(time_limit=limit), table=table)
        assert (solution.status[0], str(solution.method[0])) == (Status.OPTIMAL, "clarabel")


def test_an_attempt_with_a_limit_of_its_own_leaves_time_to_others(make, monkeypatch):
    told = []

    def slow(batch, options):
        told.append(options.time_limit)
        return Solution.blank(batch.structure, batch.size, Status.LIMIT)

    qp = make([-1.0, 1.0], [[1.0, 1.0]], [1.0], [3.0], P=[[2.0, 0.0], [0.0, 1.0]])
    last = replace(choose(qp.structure, 1, Options()).stages[-1], adapter=slow, apart=False)
    assert last.solver == "highs"
    monkeypatch.setattr(
        "saddlepoint.solve.solve.choose", lambda *_: Route(name="highs", reason="", stages=(last,))
    )
    for limit in (None, 60.0, 4.0):
        solve(qp, Options(time_limit=limit), kernels=())
    assert told == [10.0, 10.0, pytest.approx(4.0, rel=0.1)]


def test_the_last_resort_stays_last_in_wild_units(make):
    qp = make([-1e9], [[1e7]], None, [3e9], P=[[2.0]])
    stages = stages_for(qp, choose(qp.structure, 1, Options(time_limit=60.0)).stages)
    assert stages[0].scaled
    assert [stage.manner for stage in stages if stage.solver == "highs"] == ["linear costs", ""]
    assert stages[-1].solver == "highs"


@pytest.mark.parametrize(("share", "manners"), [(1e-13, ("raised costs", "")), (1e-8, ("", "raised costs"))])
def test_costs_of_rare_outcomes_are_seen(make, share, manners):
    # x ≥ 1 from the dear or the cheap source, in a usual and a rare outcome; within HiGHS's tolerance the dear one will do
    lp = make(
        [1.0, 2.0, 2 * share, share],
        [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]],
        [1.0, 1.0],
        None,
        lb=np.zeros(4),
    )
    stages = stages_for(lp, choose(lp.structure, 1, Options()).stages)
    assert tuple(stage.manner for stage in stages[:2]) == manners
    assert stages[0].solver == stages[1].solver == "highs"
    found = solve(lp, kernels=())
    assert found.status[0] == Status.OPTIMAL
    np.testing.assert_allclose(found.x[0], [1.0, 0.0, 0.0, 1.0])
    np.testing.assert_allclose(found.y[0], [1.0, share], rtol=1e-9)


def test_costs_that_cannot_be_raised_stay(make):
    lp = make([1e12, 1e-13], [[1.0, 1.0]], [1.0], None, lb=np.zeros(2))
    stages = stages_for(lp, choose(lp.structure, 1, Options()).stages)
    assert all(stage.manner != "raised costs" for stage in stages)


def test_what_fails_beside_others_is_asked_alone(randomly):
    batch, sizes = randomly(4, size=5), []

    def worse_together(batch, options):
        sizes.append(batch.size)
        answers = solve_highs(batch, options)
        wrong = replace(answers, x=answers.x + 0.1, y=0 * answers.y, z=0 * answers.z)
        return wrong if batch.size > 1 else answers

    table = (replace(record("highs", solve_highs), adapter=worse_together),)
    found = solve(batch, kernels=(), table=table)
    assert (found.status == Status.OPTIMAL).all()
    np.testing.assert_allclose(found.objective, solve(batch).objective, rtol=1e-9)
    assert sizes[-5:] == [1] * 5 and max(sizes) == 5


def test_a_false_claim_of_infeasibility_is_refuted(randomly):
    def claim(_, answers):
        answers.status[:] = Status.INFEASIBLE

    solution = solve(randomly(4), table=(record("highs", liar(claim)),))
    assert solution.status[0] == Status.UNVERIFIED


def test_kernels_come_first_and_are_checked(randomly):
    batch = randomly(4, size=4)
    right = solve_highs(batch, Options())

    def run(_):
        right.x[2] += 1.0
        return right, np.array([True, False, True, True])

    kernel = Kernel("batch", lambda _: "small", run)
    solution = solve(batch, kernels=(kernel,))
    assert (solution.status == Status.OPTIMAL).all()
    assert [str(solution.method[k]) for k in range(solution.size)] == ["batch", "highs", "highs", "batch"]


FAULTY = """
import os, time
from saddlepoint.solve.adapters.highs import solve_highs
def crashes(batch, options):
    if batch.r[0, 0] < 0:
        os._exit(3)
    if batch.r[0, 0] > 0:
        time.sleep(60)
    print("noise on standard output", flush=True)
    return solve_highs(batch, options)
"""


def test_a_crash_or_hang_is_one_scenario(tmp_path, monkeypatch, randomly):
    (tmp_path / "faulty_solver.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(tmp_path)
    import faulty_solver

    monkeypatch.setattr("saddlepoint.solve.adapters.isolate.GRACE", 0.3)
    batch = replace(randomly(4, size=4), r=np.array([[0.0], [-1.0], [1.0], [0.0]]))
    options = Options(isolate=True, time_limit=1.0)
    solution = solve(batch, options, table=(record("highs", faulty_solver.crashes),))
    words = [Status(int(k)).word for k in solution.status]
    assert words == ["optimal", "error", "limit", "optimal"]
    assert "exit code 3" in solution.messages[1]
    assert "time limit" in solution.messages[2]
    sys.modules.pop("faulty_solver")


HUNGRY = """
import numpy as np
from saddlepoint.solve.adapters.highs import solve_highs
def eats(batch, options):
    if batch.r[0, 0] > 0:
        np.ones(3_000_000_000)
    return solve_highs(batch, options)
"""


def test_a_memory_limit_is_one_scenario(tmp_path, monkeypatch, randomly):
    (tmp_path / "hungry_solver.py").write_text(HUNGRY)
    monkeypatch.syspath_prepend(tmp_path)
    import hungry_solver

    batch = replace(randomly(4, size=3), r=np.array([[0.0], [1.0], [0.0]]))
    options = Options(isolate=True, memory_limit=4000.0)
    solution = solve(batch, options, table=(record("highs", hungry_solver.eats),))
    assert [Status(int(k)).word for k in solution.status] == ["optimal", "error", "optimal"]
    assert "Memory" in solution.messages[1]
    sys.modules.pop("hungry_solver")


def test_blank_answers_claim_nothing(randomly):
    answers = Solution.blank(randomly(0).structure, 1)
    assert answers.status[0] == Status.ERROR
    assert np.isnan(answers.x).all()
