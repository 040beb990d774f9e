"""One answer, many ways to it: batch or one by one, update or rebuild, solver against solver, route against route."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import saddlepoint
from saddlepoint.compile.bind import bind, rebind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.solve.solve import solve
from saddlepoint.study.running.plan import numbers_of

S = 7


def lab(seed: int, curved: bool = False) -> saddlepoint.Lab:
    """Three products, two resources, seven scenarios in which costs, stocks and the matrix differ; some are infeasible."""
    rng = np.random.default_rng(seed)
    cols, split = {"P": {"dim": "cols"}}, ["P", "S"]
    variables = {
        "t": {"type": "endogenous", "coordinates": split, "variables_info": {"x": {**cols, "nonneg": True}}},
        "c_t": {"type": "exogenous", "coordinates": split, "variables_info": {"c": cols}},
        "low_t": {"type": "exogenous", "coordinates": split, "variables_info": {"low": cols}},
        "q_t": {"type": "exogenous", "coordinates": ["P"], "variables_info": {"q": cols}},
        "b_t": {
            "type": "exogenous",
            "coordinates": ["R", "S"],
            "variables_info": {"b": {"R": {"dim": "rows"}}},
        },
        "A_t": {
            "type": "exogenous",
            "coordinates": ["R", *split],
            "variables_info": {"A": {"R": {"dim": "rows"}, **cols}},
        },
    }
    goal = "Maximize(c @ tran(x))" if not curved else "Maximize(c @ tran(x) - sum(mult(q, square(x))))"
    data = {
        "c_t": rng.uniform(1, 9, (3, S)),
        "low_t": rng.uniform(0, 1.1, (3, S)),
        "q_t": rng.uniform(0.1, 1, 3),
        "b_t": rng.uniform(2, 8, (2, S)),
        "A_t": rng.uniform(0.5, 3, (2, 3, S)),
    }
    return saddlepoint.define(
        sets={"P": {}, "R": {}, "S": {"split_problem": True}},
        variables=variables,
        problem={"objective": [goal], "expressions": [{"stock": "A @ tran(x) <= b"}, {"least": "x >= low"}]},
        items={"P": ["p0", "p1", "p2"], "R": ["r0", "r1"], "S": [f"s{k}" for k in range(S)]},
        data=data,
    )


def numbers(run):
    status = run.certificates[""].columns["status"]
    parts = (run.table("t").values, run.price("stock").columns["price"], run.price("least").columns["price"])
    return status.tolist(), [run.objective[""], *parts]


def same(one, other, tolerance=1e-7) -> None:
    assert one[0] == other[0]
    for a, b in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("curved", [False, True])
def test_feasible_and_infeasible_scenarios_are_both_there(curved) -> None:
    """The tests below would prove little if every scenario ended the same way."""
    assert {w for seed in range(4) for w in numbers(lab(seed, curved).solve())[0]} == {
        "optimal",
        "infeasible",
    }


@pytest.mark.parametrize("curved", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_batch_against_one_by_one(seed, curved) -> None:
    model = lab(seed, curved)
    tolerance = 1e-5 if curved else 1e-7
    whole = numbers(model.solve())
    same(numbers(model.solve(chunk=1)), whole, tolerance)
    same(numbers(model.solve(chunk=3)), whole, tolerance)
    same(numbers(model.solve(workers=2)), whole, tolerance)
    for s in range(S):
        alone = model.solve(scenarios=f"s{s}")
        np.testing.assert_allclose(
            alone.table("t").values[:, s], whole[1][1][:, s], rtol=tolerance, atol=tolerance
        )


@pytest.mark.parametrize("curved", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_solver_against_solver(seed, curved) -> None:
    model = lab(seed, curved)
    ours = numbers(model.solve())
    for solver in ("clarabel", "piqp") if curved else ("highs", "clarabel"):
        same(numbers(model.solve(solver=solver)), ours, 2e-5)


@pytest.mark.parametrize("curved", [False, True])
@pytest.mark.parametrize("seed", range(2))
def test_native_against_cvxpy(seed, curved) -> None:
    """The same numbers through CVXPY's cone form, scenario statuses and objectives."""
    model = lab(seed, curved)
    planned = model.plan(model.inputs())
    (problem,) = planned.model.problems
    flat = {k: t.columns["values"] for k, t in planned.fetched.tables.items()}
    read = numbers_of(problem, planned, flat)
    found = []
    for route in (None, "cvxpy"):
        answer = solve(bind(compile_problem(problem, planned.model, read, route), read).batch)
        found.append((answer.status, answer.objective))
    assert (found[0][0] == found[1][0]).all()
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-5, atol=1e-5)


@given(st.integers(0, 2**32 - 1), st.sets(st.sampled_from(["c_t", "low_t", "b_t", "A_t"]), min_size=1))
@settings(max_examples=25, deadline=None)
def test_an_update_is_a_rebuild(seed, tables) -> None:
    """Newer numbers of some tables, written over a bound problem or bound from scratch: the same arrays."""
    one, two = lab(seed + 1), lab(seed)
    old, new = ({k: t.columns["values"] for k, t in m.inputs().tables.items()} for m in (one, two))
    planned = one.plan(one.inputs())
    (problem,) = planned.model.problems
    mixed = {**old, **{k: new[k] for k in tables}}
    program = compile_problem(problem, planned.model, numbers_of(problem, planned, old))
    before = bind(program, numbers_of(problem, planned, old))
    updated = rebind(before, numbers_of(problem, planned, mixed), tables).batch
    rebuilt = bind(program, numbers_of(problem, planned, mixed)).batch
    for name in ("P", "q", "r", "A", "l", "u", "lb", "ub", "F", "g"):
        np.testing.assert_array_equal(getattr(updated, name), getattr(rebuilt, name))
    assert not np.array_equal(before.data, rebind(before, numbers_of(problem, planned, mixed), tables).data)
