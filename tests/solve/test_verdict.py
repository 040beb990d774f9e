"""The public door: plans from elsewhere, with and without prices, right, worse, broken, in any units."""

import numpy as np
import pytest
from scipy import sparse

import saddlepoint
from saddlepoint.errors import SaddleError, SolveError
from saddlepoint.solve.solution import Options

C, A, TOP = np.array([3.0, 2.0]), np.array([[1.0, 1.0], [2.0, 1.0]]), np.array([4.0, 6.1])


def verdict(x=None, **changed):
    return saddlepoint.certify(C, A, u=TOP, lb=0, maximise=True, x=x, rows=["steel", "hours"], **changed)


def test_without_a_plan_the_program_is_solved() -> None:
    found = verdict()
    assert found.word == "optimal" and found.exit_code == 0
    np.testing.assert_allclose(found.x, [2.1, 1.9])
    np.testing.assert_allclose(found.y, [1, 1])
    assert found.objective == pytest.approx(10.1) and found.gap <= 1e-9


def test_limits_that_give_way_by_a_hair_are_told() -> None:
    """Six sources of one, six sinks, the first of which asks for 1.000009."""
    one, ones = np.eye(6), np.ones(6)
    rows = np.vstack([np.kron(one, ones), np.kron(ones, one)])
    cost = (np.arange(6)[:, None] * np.arange(6) % 3 + 1.0).ravel()
    low, high = np.r_[np.full(6, -np.inf), 1 + 9e-6, ones[1:]], np.r_[ones, np.full(6, np.inf)]
    found = saddlepoint.certify(cost, rows, low, high, 0)
    assert found.word == "optimal" and found.gives_way == pytest.approx(8e-7, rel=0.1)
    assert found.sentences[0].startswith("Optimal within the tolerance only: no plan keeps all limits")
    assert "give way by up to 8e-07 of themselves" in str(found)
    given = str(saddlepoint.certify(cost, rows, low, high, 0, x=found.x))
    assert "Optimal within the tolerance only" in given and "off by" in given
    exactly = saddlepoint.certify(cost, rows, low, high, 0, options=Options(exact=True))
    assert exactly.word == "infeasible" and exactly.exit_code == 3
    assert "there is a plan within the tolerance" in str(exactly) and "No plan is better" not in str(exactly)


def test_prices_in_the_sense_of_the_problem_prove_a_plan() -> None:
    found = verdict([2.1, 1.9], y=[1, 1])
    assert found.word == "optimal" and "Its own prices" in str(found)
    found = verdict([2.1, 1.9], y=[-1, 1])
    assert found.word == "optimal" and "Its own prices do not prove it." in str(found)
    assert "Our own prices prove it." in str(found)


@pytest.mark.parametrize(
    ("x", "word"), [([2, 1.9], "suboptimal"), ([2.2, 1.9], "broken"), ([0, 0], "suboptimal")]
)
def test_worse_and_broken_plans(x, word) -> None:
    found = verdict(x)
    assert found.word == word and found.exit_code == 4
    if word == "suboptimal":
        assert found.bound == pytest.approx(10.1)
        assert found.gap == pytest.approx(abs(found.objective - 10.1) / max(abs(found.objective), 1e-10))
    else:
        assert [m.name for m in found.misses] == ["hours", "steel"]
        assert "row hours: 6.3 > 6.1" in str(found)


@pytest.mark.parametrize("unit", [1e-9, 1e-3, 1e6, 1e9])
def test_every_row_is_measured_in_its_own_unit(unit) -> None:
    """A row in millionths beside one in billions: breaking it by 5 % is breaking it."""
    rows = np.array([[1.0, 1.0], [unit, unit / 2]])
    for factor, word in ((1.0, "optimal"), (1.05, "broken")):
        x = [2.1, 1.9] if factor == 1 else [2.1 * 1.05, 4 - 2.1 * 1.05]
        found = saddlepoint.certify(C, rows, u=[4, 3.05 * unit], lb=0, maximise=True, x=x)
        assert found.word == word, str(found)
    assert [m.name for m in found.misses] == ["r1"]


def test_whole_numbers() -> None:
    knapsack = {"A": [[5.0, 4.0, 3.0]], "u": [9.0], "lb": 0, "ub": 1, "integer": [True] * 3, "maximise": True}
    assert saddlepoint.certify([6.0, 5.0, 4.0], x=[1, 1, 0], **knapsack).word == "optimal"
    assert saddlepoint.certify([6.0, 5.0, 4.0], x=[0, 1, 1], **knapsack).word == "suboptimal"
    found = saddlepoint.certify([6.0, 5.0, 4.0], x=[1, 0.99, 0], **knapsack)
    assert found.word == "broken" and found.misses[0].kind == "whole number"


def test_quadratic_and_sparse() -> None:
    """min ½(x² + 4y²) − 2x − 4y, x + y ≤ 2: with price λ: x = 2 − λ, y = 1 − λ/4, so λ = 0.8."""
    P, A = sparse.csc_array(np.diag([1.0, 4.0])), sparse.csr_array([[1.0, 1.0]])
    found = saddlepoint.certify([-2.0, -4.0], A, u=2, P=P, x=[1.2, 0.8])
    assert found.word == "optimal" and found.y is not None
    np.testing.assert_allclose(found.y, [-0.8], atol=1e-6)
    assert saddlepoint.certify([-2.0, -4.0], A, u=2, P=P, x=[1.0, 1.0]).word == "suboptimal"
    hollow = {"A": A, "u": 2, "P": np.diag([1.0, -4.0])}
    found = saddlepoint.certify([0.0, 0.0], x=[0, 0], **hollow)
    assert found.word == "feasible" and "not convex" in str(found)
    with pytest.raises(SolveError) as refused:
        saddlepoint.certify([0.0, 0.0], **hollow)
    assert [d.code for d in refused.value.diagnostics] == ["L102"]


def test_programs_without_an_optimum() -> None:
    none = saddlepoint.certify([1.0], [[1.0], [1.0]], l=[2, -np.inf], u=[np.inf, 1], rows=["low", "high"])
    assert none.word == "infeasible" and none.exit_code == 3 and "low" in str(none) and "high" in str(none)
    endless = saddlepoint.certify([-1.0], [[1.0]], l=[0])
    assert endless.word == "unbounded" and endless.exit_code == 3
    assert saddlepoint.certify([-1.0], [[1.0]], l=[0], x=[5]).word == "suboptimal"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"A": [[1.0, 2.0]]}, "X140"),
        ({"u": [1.0, 2.0]}, "X140"),
        ({"P": [[1.0, 2.0, 0], [0, 1, 0], [0, 0, 1]]}, "X140"),
        ({"integer": [True]}, "X140"),
        ({"x": [1.0]}, "X140"),
        ({"columns": ["a"]}, "X140"),
        ({"c": [np.nan, 1, 1]}, "X141"),
        ({"c": ["a", 1, 1]}, "X141"),
        ({"A": [[np.inf, 1, 1]]}, "X141"),
        ({"lb": [np.nan, 1, 1]}, "X141"),
        ({"x": [np.nan, 1, 1]}, "X141"),
        ({"x": ["a", "b", "c"]}, "X141"),
        ({"y": [1.0]}, "X141"),
        ({"options": Options(tolerance=-1.0)}, "X111"),
        ({"options": Options(tolerance=np.nan)}, "X111"),
        ({"options": Options(tolerance=1.0)}, "X111"),
        ({"options": Options(time_limit=0.0)}, "X111"),
        ({"options": Options(tolerance="small")}, "X111"),
        ({"options": Options(workers=0)}, "X111"),
        ({"options": {"tolerance": 1e-7}}, "X111"),
        ({"integer": ["no", "no", "yes"]}, "X141"),
        ({"integer": [0, 1, 2]}, "X141"),
        ({"constant": "five"}, "X141"),
        ({"constant": np.nan}, "X141"),
        ({"c": None}, "X140"),
        ({"x": [0, 0, 0], "options": Options(settings={"threads": "x"})}, "L107"),
        ({"x": [0, 0, 0], "options": Options(settings={"no_such": 1})}, "L106"),
    ],
)
def test_what_does_not_fit_is_said(arguments, code) -> None:
    given = {"c": [1.0, 1.0, 1.0], "A": [[1.0, 1.0, 1.0]], "u": [1.0], **arguments}
    with pytest.raises(SaddleError) as found:
        saddlepoint.certify(**given)
    assert [d.code for d in found.value.diagnostics] == [code]


def test_exactly() -> None:
    found = saddlepoint.certify(
        [-1.0, -1.0], [[3.0, 1.0], [1.0, 3.0]], u=[0.1, 0.3], lb=0, options=Options(exact=True)
    )
    assert str(found.exact) == "-1/10" and found.word == "optimal" and "The optimum is -0.1" in str(found)
    with pytest.raises(SolveError) as refused:
        saddlepoint.certify([1.0], lb=0, ub=3, integer=[True], options=Options(exact=True))
    assert [d.code for d in refused.value.diagnostics] == ["L120"]


NONE = np.inf
HAIRS = {
    "rows": {"c": [1.0, 1.0], "A": [[1.0, 1.0], [1.0, 1.0]], "l": [1, -NONE], "u": [NONE, 1 - 1e-7], "lb": 0},
    "below 1e-9": {
        "c": [1.0, 1.0],
        "A": [[1.0, 1.0], [1.0, 1.0]],
        "l": [1, -NONE],
        "u": [NONE, 1 - 1e-11],
        "lb": 0,
    },
    "row and bound": {"c": [1.0, 0.0], "A": [[1.0, 0.0]], "l": 1, "lb": 0, "ub": [1 - 1e-7, NONE]},
    "bounds": {"c": [1.0, 1.0], "A": [[0.0, 1.0]], "l": 0, "lb": [1 + 1e-8, 0], "ub": [1, NONE]},
    "curved": {
        "c": [-2.0, -4.0],
        "P": np.eye(2),
        "A": np.ones((2, 2)),
        "l": [1, -NONE],
        "u": [NONE, 1 - 1e-7],
        "lb": 0,
    },
}


@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("program", HAIRS.values(), ids=HAIRS)
def test_a_hair_is_one_rule_for_both_words(program, given) -> None:
    """No plan keeps all limits: within the tolerance there is one, told so, and exactly there is none, whether a plan is given or not."""
    within = saddlepoint.certify(**program)
    assert within.word == "optimal" and 0 < within.gives_way <= 1e-6
    assert within.sentences[0].startswith("Optimal within the tolerance only")
    assert within.sentences[1].startswith("The plan keeps its limits within the tolerance only: ")
    plan = {"x": within.x} if given else {}
    assert saddlepoint.certify(**program, **plan).sentences[:2] == within.sentences[:2]
    exactly = saddlepoint.certify(**program, **plan, options=Options(exact=True))
    assert exactly.word == "infeasible" and exactly.exit_code == 3, str(exactly)
    assert "Proven in rational arithmetic." in exactly.sentences
    assert ("The plan keeps its limits within the tolerance only" in str(exactly)) == given


@pytest.mark.parametrize("given", [False, True])
def test_a_hair_is_seen_in_problems_that_are_not_small(given) -> None:
    """x₀ = 1 beside x₀ = 1 + 1e-10, and 105 rows more; without the second side there is a plan, and nothing is said."""
    rows = np.vstack([np.eye(105), np.eye(1, 105)])
    sides = np.append(np.ones(105), 1 + 1e-10)
    plan = {"x": np.ones(105)} if given else {}
    found = saddlepoint.certify(np.ones(105), rows, sides, sides, **plan)
    assert found.sentences[0].startswith("Optimal within the tolerance only")
    assert 0 < found.gives_way <= 1.1e-10
    sides[-1] = 1.0
    assert saddlepoint.certify(np.ones(105), rows, sides, sides, **plan).sentences[0] == "Optimal: proven."


def test_what_keeps_all_limits_is_optimal_with_and_without_exact() -> None:
    """The optimum at sides that rounding alone is off by, and a plan half a hair outside a side that others keep."""
    program = {"c": [1.0, 1.0], "A": [[3.0, 1.0], [1.0, 3.0]], "l": [0.1, 0.3], "lb": 0}
    for exact in (False, True):
        found = saddlepoint.certify(**program, options=Options(exact=exact))
        assert found.sentences[0] == "Optimal: proven." and found.gives_way == 0
        loose = saddlepoint.certify(**program, x=[0.0, 0.1 - 5e-8], options=Options(exact=exact))
        assert loose.sentences[0] == "Optimal: proven." and "within the tolerance only: row r0" in str(loose)


def test_a_plan_of_whole_numbers_within_the_tolerance_of_none() -> None:
    """x − y = 1e-8 has no whole solution; x = y misses it by less than the tolerance of its terms."""
    program = {
        "c": [1.0, 1.0],
        "A": [[1.0, 1.0], [1.0, -1.0]],
        "l": [0, 1e-8],
        "u": [2.9999999, 1e-8],
        "lb": 0,
        "ub": 5,
    }
    found = saddlepoint.certify(**program, x=[1, 1], integer=[True, True], maximise=True)
    assert found.word == "infeasible" and "off by 1e-08" in str(found)


@pytest.mark.parametrize("plan", [None, [1.0, 0.5], [1.0, 0.50000005]])
def test_limits_that_only_parts_of_whole_numbers_keep(plan) -> None:
    """n + x = 1.5 and x from 0.50000005: with 0.9 for n all is kept, with whole numbers n = 1 within the tolerance only."""
    sides = {"l": [1.5], "u": [1.5], "lb": [0, 0.5 + 5e-8], "ub": [5, 0.9]}
    found = saddlepoint.certify([1.0, 1.0], [[1.0, 1.0]], **sides, x=plan, integer=[True, False])
    assert found.word == "optimal" and 0 < found.gives_way <= 1e-7
    assert found.sentences[0].startswith("Optimal within the tolerance only: no plan keeps all limits")
    kept = saddlepoint.certify([1.0, 1.0], [[1.0, 1.0]], **sides, x=[0.9, 0.6])
    assert kept.sentences[0] == "Optimal: proven." and kept.gives_way == 0


@pytest.mark.parametrize("limit", [{"A": [[2 + 1e-10]], "u": 8}, {"ub": 8 / (2 + 1e-10)}])
def test_a_plan_that_is_better_than_any_that_keeps_the_limits_is_broken(limit) -> None:
    """Within the tolerance of a limit that whole numbers keep only up to 3: there is no better plan to speak of."""
    found = saddlepoint.certify([1.0], lb=0, integer=[True], maximise=True, x=[4.0], **limit)
    assert (found.word, found.exit_code, found.objective, found.bound) == (
        "broken",
        4,
        4.0,
        pytest.approx(3.0),
    )
    assert [miss.relative for miss in found.misses] == [pytest.approx(5e-11, rel=1e-3)]
    assert found.sentences[-1].endswith("no plan that keeps all of them is better than 3.")


def test_the_limits_at_fault_and_the_way_without_end_are_named() -> None:
    names = {"rows": ["low"], "columns": ["x", "y"]}
    none = str(saddlepoint.certify([1.0, 0.0], [[1.0, 1.0]], l=3, lb=0, ub=1, **names))
    assert "The limits that exclude each other: low, bounds of x, bounds of y." in none
    assert "both bounds of x." in str(saddlepoint.certify([1.0, 0.0], [[1.0, 1.0]], lb=[2, 0], ub=1, **names))
    endless = saddlepoint.certify([0.0, -1.0], [[1.0, 0.0]], l=0, lb=0, ub=[1, NONE], **names)
    assert "The objective improves without end along y." in endless.sentences
    assert "along y." in str(
        saddlepoint.certify([0.0, -1.0], [[1.0, 0.0]], l=0, lb=0, ub=[1, NONE], x=[1, 1], **names)
    )
