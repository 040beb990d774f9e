"""Laws over random models: two compilers agree, sparse data equal dense data, values equal objectives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.structure import ConeKind
from saddlepoint.compile import lifting
from saddlepoint.solve.solution import Status

SETS = {"S": -2, "T": 2, "I": 3, "J": 2}
TABLES = {
    "x": ("endogenous", {"S": None, "T": None, "I": "rows", "J": "cols"}),
    "y": ("endogenous", {"S": None, "J": "rows"}, {"nonneg": True}),
    "a": ("exogenous", {"S": None, "I": "rows", "J": "cols"}),
    "b": ("exogenous", {"S": None, "T": None, "J": "cols"}),
    "c": ("exogenous", {"I": "rows"}),
    "p": ("exogenous", {"S": None}),
}
AFFINE = [
    "x",
    "(x - a)",
    "(x + tran(y))",
    "mult(b, x)",
    "p * x",
    "b * (p * x)",
    "x @ tran(b)",
    "tran(a) @ x",
    "sum(x, 0)",
    "sum(x - c, 1)",
    "y / p",
    "mult(1 - c, tran(y))",
    "diff(x)",
    "hstack(x, c)",
    "cumsum(x)",
]
CONVEX = [
    "square({})",
    "abs({})",
    "pos({})",
    "norm1({})",
    "sumsq({})",
    "norminf({})",
    "max({})",
    "huber({}, 0.5)",
]
CONVEX += ["exp(0.3 * ({}))", "sum_largest({}, 2)", "square(pos({}))", "p * square({})", "maximum({}, 0.2)"]

affine = st.sampled_from(AFFINE)
convex = st.tuples(st.sampled_from(CONVEX), affine).map(lambda t: t[0].format(t[1]))
BOUNDS = ["x <= 2", "x >= -1.5", "y <= 3", "sum(x) + sum(y) >= 0.5"]


def random_model(case, goals, linear, limit, seed):
    rng = np.random.default_rng(seed)
    data = {
        "a": rng.normal(size=(2, 3, 2)) * (rng.random((2, 3, 2)) > 0.3),
        "b": rng.normal(size=(2, 2, 2)),
        "c": rng.uniform(0, 1, 3),
        "p": rng.uniform(0.5, 2, 2),
    }
    goal = " + ".join(f"sum({g})" for g in goals) + f" + 0.1 * sum({linear})"
    return case(SETS, TABLES, f"Minimize({goal})", [*BOUNDS, f"sum({limit}) <= 40"], data)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(convex, min_size=1, max_size=3), affine, convex, st.integers(0, 10**6))
def test_both_compilers_agree(case, goals, linear, limit, seed):
    built = random_model(case, goals, linear, limit, seed)
    native, program = built.solve()
    through, _ = built.solve("cvxpy")
    assert (native.status == through.status).all()
    solved = native.status == int(Status.OPTIMAL)
    np.testing.assert_allclose(native.objective[solved], through.objective[solved], rtol=2e-6, atol=2e-6)
    assert program.structure.m + len(program.lb) > 0


IDLE = [
    (["max(x @ tran(b))"], "cumsum(x)", "square(pos(cumsum(x)))", 402846),
    (
        ["huber(mult(1 - c, tran(y)), 0.5)", "sum_largest(mult(1 - c, tran(y)), 2)"],
        "tran(a) @ x",
        "square(x @ tran(b))",
        34363,
    ),
    (
        ["p * square(sum(x - c, 1))", "maximum(sum(x - c, 1), 0.2)"],
        "x @ tran(b)",
        "square(pos(p * x))",
        295693,
    ),
    (["square(pos(b * (p * x)))", "pos(cumsum(x))"], "diff(x)", "p * square(y / p)", 295693),
    (["square(tran(a) @ x)", "square(pos(sum(x, 0)))"], "(x - a)", "sumsq((x + tran(y)))", 801002),
    (["huber((x - a), 0.5)"], "y / p", "huber(x, 0.5)", 57055),
]


@pytest.mark.parametrize(("goals", "linear", "limit", "seed"), IDLE)
def test_prices_of_a_relation_that_does_not_bind_are_none(case, goals, linear, limit, seed):
    """Prices of 1e-12 and of the heights of its curves, which cost nothing, were no rounding beside each other: unverified."""
    built = random_model(case, goals, linear, limit, seed)
    native, _ = built.solve()
    through, _ = built.solve("cvxpy")
    assert set(native.status.tolist()) == {int(Status.OPTIMAL)} and native.certificates.verified.all()
    np.testing.assert_allclose(native.objective, through.objective, rtol=2e-6, atol=1e-9)


MULTI = {
    "x": ("endogenous", {"S": None, "I": "rows"}, {"nonneg": True}),
    "z": ("endogenous", {"S": None, "I": "rows"}, {"nonneg": True}),
    "d": ("exogenous", {"S": None, "I": "rows"}),
    "e": ("exogenous", {"S": None}),
    "k": ("exogenous", {}),
    "n": ("constant", {"I": "rows"}, {"value": "set_length"}),
    "unit": ("constant", {"I": "rows"}, {"value": "identity"}),
}
SPARSE = [
    "z == shift(n, k) @ z + x - d",
    "(unit - e * shift(n, 1)) @ z == x - d",
    "(2 * unit - tran(shift(n, -k))) @ z >= d - x",
    "diag(d) @ (unit + unit) @ z >= 1 - x",
    "mult(unit, shift(n, 0)) @ x >= d / 2",
    "(shift(n, 1) @ shift(n, 1)) @ x + z >= d",
]


@pytest.mark.parametrize("relation", SPARSE)
@pytest.mark.parametrize("route", [None, "cvxpy"])
def test_sparse_data_give_what_dense_data_give(case, monkeypatch, relation, route):
    rng = np.random.default_rng(1)
    data = {"d": rng.uniform(0.5, 1, (2, 5)), "e": np.array([0.9, 0.8]), "k": np.ones(1)}
    built = case({"S": -2, "I": 5}, MULTI, "Minimize(sum(x) + 0.1 * sum(z))", [relation, "z <= 9"], data)
    dense, program = built.solve(route)
    monkeypatch.setattr(lifting, "SPARSE_CELLS", 2)
    sparse, other = built.solve(route)
    assert set(dense.status.tolist()) == {int(Status.OPTIMAL)}
    np.testing.assert_allclose(sparse.objective, dense.objective, rtol=1e-9)
    assert sum(lf.size for lf in other.lifted) <= max(12, sum(lf.size for lf in program.lifted))


def test_a_long_horizon_is_never_written_out(case):
    """8,760 × 8,760 would be 77 million cells; the compiled matrix has two terms per hour."""
    hours = 8760
    data = {"d": np.ones((1, hours)), "e": np.ones(1), "k": np.ones(1)}
    built = case(
        {"S": -1, "I": hours},
        MULTI,
        "Minimize(sum(x) + 0.1 * sum(z))",
        ["z == (e * shift(n, k)) @ z + x - d", "x <= 2"],
        data,
    )
    program = built.compile()
    assert program.structure.A.nnz == 3 * hours - 1
    assert built.numbers.flat["t_d"].nbytes * 50 > sum(lf.possible.nbytes for lf in program.lifted)


def test_power_cones_and_exponential_cones_are_used(case):
    built = case(SETS, TABLES, "Minimize(sum(power(x, 1.5)) + sum(exp(x)))", BOUNDS, {})
    kinds = {c.kind for c in built.compile().structure.cones}
    assert kinds == {ConeKind.POWER, ConeKind.EXPONENTIAL}


def test_rows_that_bound_one_column_are_no_rows_for_the_solver(case):
    data = {"a": np.ones((2, 3, 2)), "p": np.ones(2)}
    built = case(SETS, TABLES, "Minimize(sum(x))", ["x >= a", "2 * x <= 8", "-x >= -9", "sum(x) >= 1"], data)
    program = built.compile()
    assert program.structure.m == 2
    assert [len(program.lower), len(program.upper)] == [1, 2]
    np.testing.assert_allclose(built.bound().batch.ub, np.full((1, 12), 4.0))
