"""Loops of sub-problems whose orbits and limits are known in closed form."""

import numpy as np
import pytest

HYBRID = {"first": "endogenous", "second": "exogenous"}, {"first": "exogenous", "second": "endogenous"}
S = {"P": {"description": "plants"}, "S": {"description": "scenarios", "split_problem": True}}


@pytest.fixture
def loop(small):
    """Two sub-problems over plants and scenarios: `x_t` decided by the first, `y_t` by the second; data `a_t`."""

    def make(first, second, a, given=None):
        variable = {"P": {"dim": "cols"}}
        tables = {
            "x_t": (HYBRID[0], {"x": variable}, ("P", "S")),
            "y_t": (HYBRID[1], {"y": variable}, ("P", "S")),
            "a_t": ("exogenous", {"a": variable}, ("P", "S")),
        }
        problem = {"first": first, "second": second}
        a = np.asarray(a, dtype=float)
        items = {"P": [f"p{k}" for k in range(a.shape[0])], "S": [f"s{k}" for k in range(a.shape[1])]}
        return small(items, tables, problem, {"a_t": a, **(given or {})}, S)

    return make


def words(run, key="first"):
    return run.certificates[key].columns["status"].tolist()


A = np.array([[1.0, 2.0, -3.0], [0.5, 4.0, 1.0]])


def test_a_contraction_reaches_its_limit(loop) -> None:
    """x = a + 0.3 y, y = x − 0.2 a: x = 0.94 a / 0.7."""
    lab = loop({"expressions": ["x == a + 0.3 * y"]}, {"expressions": ["y == x - 0.2 * a"]}, A)
    run = lab.solve()
    assert words(run) == words(run, "second") == ["fixed_point"] * 3 and run.exit_code == 0
    np.testing.assert_allclose(run.table("x_t").values, 0.94 / 0.7 * A, rtol=3e-6)
    np.testing.assert_allclose(run.table("y_t").values, (0.94 / 0.7 - 0.2) * A, rtol=3e-6)


def test_limits_that_give_way_by_a_hair_do_so_in_a_loop_too(loop) -> None:
    """x = a + 0.3 y twice, a hair (4e-7) apart, with an objective of nothing: the sweeps had an answer, and the fixed point no certificate."""
    side = "(a + 0.3 * y)"
    first = {
        "objective": [f"Minimize(sum(x - {side}))"],
        "expressions": [f"x == {side}", f"x == 1.0000004 * {side}"],
    }
    run = loop(first, {"expressions": ["y == x - 0.2 * a"]}, np.abs(A)).solve()
    assert words(run) == words(run, "second") == ["fixed_point"] * 3 and run.exit_code == 0
    assert (run.certificates["first"].columns["gives_way"] > 1e-7).all()
    assert (run.certificates["second"].columns["gives_way"] == 0).all()
    np.testing.assert_allclose(run.table("x_t").values, 0.94 / 0.7 * np.abs(A), rtol=3e-6)


@pytest.mark.parametrize("how", [{}, {"limit": 200}])
def test_a_slow_contraction_is_swept_while_it_comes_nearer(loop, how) -> None:
    """x = a + 0.9 y, y = 0.9 x: the error shrinks by 0.81 a sweep, so 1e-6 takes about 65 of them."""
    lab = loop({"expressions": ["x == a + 0.9 * y"]}, {"expressions": ["y == 0.9 * x"]}, A)
    short = lab.solve(limit=20)
    assert words(short) == ["not_converged"] * 3 and short.exit_code == 4
    assert np.isnan(short.table("x_t").values).all()
    long = lab.solve(**how)
    assert words(long) == ["fixed_point"] * 3
    np.testing.assert_allclose(long.table("x_t").values, A / 0.19, rtol=1e-5)
    (coupled,) = long.coupled.values()
    assert coupled.trace.iterations.min() > 40 and coupled.trace.iterations.max() < 90


def test_sweeps_that_come_no_nearer_end_at_the_usual_limit(loop) -> None:
    """x = a − y, y = x: x jumps between a and 0 for ever, and x = a + y, y = 1.01 x grows slowly."""
    jumping = loop({"expressions": ["x == a - y"]}, {"expressions": ["y == x"]}, A).solve(
        scheme="damped", damping=1.0
    )
    growing = loop({"expressions": ["x == a + y"]}, {"expressions": ["y == 1.01 * x"]}, A).solve()
    for run in (jumping, growing):
        assert words(run) == ["not_converged"] * 3
        (coupled,) = run.coupled.values()
        assert coupled.trace.iterations.max() <= 20


BELOW = "below the thresholds"


def notes(run) -> list[str]:
    (coupled,) = run.coupled.values()
    return [n for a in coupled.answers.values() for n in a.solution.messages.values()] + [
        *coupled.notes.values()
    ]


def test_a_doubt_that_is_settled_leaves_no_message(loop) -> None:
    """With wide thresholds the sweeps are below them long before the certificate holds."""
    lab = loop({"expressions": ["x == a + 0.9 * y"]}, {"expressions": ["y == 0.9 * x"]}, A)
    short = lab.solve(relative_tolerance=0.5, limit=12)
    assert words(short) == ["not_converged"] * 3 and all(BELOW in n for n in notes(short)) and notes(short)
    long = lab.solve(relative_tolerance=0.5, limit=300)
    assert words(long) == ["fixed_point"] * 3 and not notes(long)


def test_a_doubt_is_dropped_once_the_thresholds_are_passed_again(loop) -> None:
    """x = a − 1.2 y, y = x: the first step is 7.2 times the first point, −0.2 a; each later one 1.2 times the last."""
    lab = loop({"expressions": ["x == a - 1.2 * y"]}, {"expressions": ["y == x"]}, A)
    early, late = (lab.solve(relative_tolerance=8.0, limit=n) for n in (1, 6))
    assert words(early) == words(late) == ["not_converged"] * 3
    assert all(BELOW in n for n in notes(early)) and notes(early)
    assert not notes(late)


def test_acceleration_needs_fewer_sweeps(loop) -> None:
    lab = loop({"expressions": ["x == a + 0.9 * y"]}, {"expressions": ["y == 0.9 * x"]}, A)
    run = lab.solve(scheme="anderson")
    assert words(run) == ["fixed_point"] * 3
    np.testing.assert_allclose(run.table("x_t").values, A / 0.19, rtol=1e-5)


def test_damping_tames_what_diverges(loop) -> None:
    """x = a − 1.2 y, y = x: the plain error grows by 1.2 with turning sign; with half steps it shrinks to a tenth."""
    lab = loop({"expressions": ["x == a - 1.2 * y"]}, {"expressions": ["y == x"]}, A)
    assert words(lab.solve()) == ["not_converged"] * 3
    run = lab.solve(scheme="damped", damping=0.5)
    assert words(run) == ["fixed_point"] * 3
    np.testing.assert_allclose(run.table("x_t").values, A / 2.2, rtol=1e-5)
    assert words(lab.solve(scheme="auto")) == ["fixed_point"] * 3


def test_a_cycle_of_two_is_named(loop) -> None:
    """max y·x over 0 ≤ x ≤ 1 with y = a − 2x: where 0 < a < 2 the plan jumps between 0 and 1 for ever."""
    a = np.array([[1.0, 3.0, -1.0]])
    first = {"objective": ["Maximize(y @ tran(x))"], "expressions": ["x <= 1", "x >= 0"]}
    run = loop(first, {"expressions": ["y == a - 2 * x"]}, a).solve()
    assert words(run) == ["cycle", "fixed_point", "fixed_point"] and run.exit_code == 4
    np.testing.assert_allclose(run.table("x_t").values, [[np.nan, 1, 0]], atol=1e-9)
    np.testing.assert_allclose(run.table("y_t").values, [[np.nan, 1, -1]], atol=1e-9)
    (coupled,) = run.coupled.values()
    assert "cycle of 2" in coupled.notes[0] and set(coupled.notes) == {0}
    np.testing.assert_allclose(coupled.trace.changes[0, :1, 0], 1.0, atol=1e-9)


def test_where_it_starts_decides_where_it_ends(loop) -> None:
    """max y·x over 0 ≤ x ≤ 1 with y = a + 2x: x = 0 and x = 1 are both fixed points where −2 < a < 0."""
    first = {"objective": ["Maximize(y @ tran(x))"], "expressions": ["x <= 1", "x >= 0"]}
    second = {"expressions": ["y == a + 2 * x"]}
    a = np.array([[-1.0, -1.0]])
    from_nothing = loop(first, second, a).solve()
    np.testing.assert_allclose(from_nothing.table("x_t").values, [[0, 0]], atol=1e-9)
    given = {"x_t": np.array([[0.0, 1.0]]), "y_t": np.array([[-1.0, 1.0]])}
    run = loop(first, second, a, given).solve()
    assert words(run) == ["fixed_point"] * 2
    np.testing.assert_allclose(run.table("x_t").values, [[0, 1]], atol=1e-9)
    both = loop(first, second, a).solve(starts=4)
    np.testing.assert_allclose(both.table("x_t").values, [[1, 1]], atol=1e-9)


def test_a_chain_passes_on_what_it_decides(small) -> None:
    """first: max x with x ≤ a; second: min z with z ≥ 2x: z = 2a, the price of z ≥ 2x is 1, of x ≤ a is 1."""
    variable = {"P": {"dim": "cols"}}
    tables = {
        "x_t": (HYBRID[0], {"x": variable}, ("P", "S")),
        "z_t": ("endogenous", {"z": variable}, ("P", "S")),
        "a_t": ("exogenous", {"a": variable}, ("P", "S")),
    }
    problem = {
        "first": {"objective": ["Maximize(sum(x))"], "expressions": [{"cap": "x <= a"}]},
        "second": {"objective": ["Minimize(sum(z))"], "expressions": [{"need": "z >= 2 * x"}]},
    }
    items = {"P": ["p0", "p1"], "S": ["s0", "s1", "s2"]}
    lab = small(items, tables, problem, {"a_t": A}, S)
    for arguments in ({}, {"chunk": 2}, {"mode": "sequential", "chain": ("first", "second")}):
        run = lab.solve(**arguments)
        assert words(run) == words(run, "second") == ["optimal"] * 3
        np.testing.assert_allclose(run.table("z_t").values, 2 * A, atol=1e-7)
        np.testing.assert_allclose(run.price("need").columns["price"], 1.0, atol=1e-7)
        np.testing.assert_allclose(run.price("cap").columns["price"], 1.0, atol=1e-7)


def test_a_sub_problem_without_answer_stops_its_scenario_only(loop) -> None:
    """x must lie in [0, y] with y = a: where a < 0 there is none."""
    first = {"objective": ["Maximize(sum(x))"], "expressions": ["x <= y", "x >= 0"]}
    run = loop(first, {"expressions": ["y == a + 0 * x"]}, np.array([[1.0, -1.0, 2.0]])).solve()
    assert words(run) == ["fixed_point", "infeasible", "fixed_point"] and run.exit_code in (3, 4)
    np.testing.assert_allclose(run.table("x_t").values, [[1, np.nan, 2]], atol=1e-9)
