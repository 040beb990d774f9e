"""Golden texts of what only the numbers reveal: data without a value, lost convexity, changed patterns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.errors import SaddleError
from saddlepoint.errors.codes import CODES
from saddlepoint.expr.parse import MAX_LENGTH, MAX_LEVELS, parse

SETS = {"S": -2, "I": 2, "K": 2}
TABLES = {
    "x": ("endogenous", {"S": None, "I": "rows"}),
    "a": ("exogenous", {"S": None, "I": "rows"}),
    "P": ("exogenous", {"I": "rows", "K": "cols"}),
}
ONES = {"a": np.ones((2, 2)), "P": np.eye(2)}


def raised(case, objective, relations=("x >= 0",), data=ONES, route=None):
    with pytest.raises(SaddleError) as found:
        case(SETS, TABLES, objective, list(relations), data).objective(route)
    return str(found.value)


GOLDEN = [
    (
        "Minimize(sum(x / a))",
        {**ONES, "a": np.array([[1, 1], [0, 1]])},
        """error E302: problem.yml:1:18: this part of the data is not a finite number (division by zero, overflow, or a missing value)
    Minimize(sum(x / a))
                     ^
  fix: Check the tables it reads for zeros and blanks.""",
    ),
    (
        "Minimize(sum(minv(P) @ x))",
        {**ONES, "P": np.ones((2, 2))},
        """error E301: problem.yml:1:14: the matrix is singular: it has no inverse
    Minimize(sum(minv(P) @ x))
                 ^^^^^^^
  fix: Look for equal or zero rows.""",
    ),
    (
        "Minimize(quad_form(x, P))",
        {**ONES, "P": np.array([[1.0, 2.0], [2.0, 1.0]])},
        """error E301: problem.yml:1:23: the matrix of a quadratic form is not positive semidefinite (an eigenvalue is -1)
    Minimize(quad_form(x, P))
                          ^
  fix: Give a positive semidefinite matrix: no other gives a convex form.""",
    ),
    (
        "Maximize(sum(square(x)))",
        ONES,
        """error C101: problem.yml:1:10: this part is convex; it must be concave, to be maximised
    Maximize(sum(square(x)))
             ^^^^^^^^^^^^^^
  fix: Rewrite it with convex operators, turn the relation, or move the product into a coupled sub-problem.""",
    ),
    (
        "Minimize(sum(x) + sum(a * square(x)))",
        {**ONES, "a": np.array([[1, 1], [1, -1]])},
        """error C101: problem.yml:1:23: this part is neither convex nor concave by the composition rules; it must be convex, to be minimised
    Minimize(sum(x) + sum(a * square(x)))
                          ^^^^^^^^^^^^^
  why: the data it is multiplied with have both signs, and a curved expression keeps its curvature only under one
  fix: Rewrite it with convex operators, turn the relation, or move the product into a coupled sub-problem.""",
    ),
]


@pytest.mark.parametrize(("objective", "data", "text"), GOLDEN)
def test_golden(case, objective, data, text):
    assert raised(case, objective, data=data) == text


def test_native_route_names_the_operator_without_graph_form(case):
    assert raised(case, "Maximize(harmonic_mean(x))", ["sum(x) <= 1"], route="native") == (
        "error C103: problem.yml:1:10: harmonic_mean has no graph form of its own\n"
        "    Maximize(harmonic_mean(x))\n"
        "             ^^^^^^^^^^^^^^^^\n"
        "  why: problems with this operator are compiled through CVXPY\n"
        "  fix: Install the extra saddlepoint[cvxpy]."
    )


def test_without_cvxpy_the_message_says_what_to_install(case, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "cvxpy", None)
    text = raised(case, "Maximize(harmonic_mean(x))", ["sum(x) <= 1"])
    assert "C103" in text and "saddlepoint[cvxpy]" in text


def test_new_nonzero_and_lost_sign_are_located(case):
    """A second bind with other numbers never gives a wrong answer in silence."""
    built = case(
        SETS, TABLES, "Minimize(sum(a * square(x)))", ["sum(x) >= 1"], {**ONES, "a": [[1, 0], [2, 0]]}
    )
    program = built.compile()
    for numbers, code in (([[1, 1], [2, 0]], "C102"), ([[1, 0], [-2, 0]], "C105")):
        other = replace(built.numbers, flat={**built.numbers.flat, "t_a": np.ravel(numbers).astype(float)})
        with pytest.raises(SaddleError) as found:
            bind(program, other)
        assert found.value.diagnostics[0].code == code
        assert "Minimize(sum(a * square(x)))" in str(found.value)


def test_a_sign_that_nothing_relies_on_may_change(case):
    built = case(
        SETS,
        TABLES,
        "Minimize(sum(maximum(x, a)) + sumsq(x))",
        ["sum(x) >= 1"],
        {**ONES, "a": [[1, 2], [3, 4]]},
    )
    program = built.compile()
    other = replace(built.numbers, flat={**built.numbers.flat, "t_a": np.array([1.0, -1.0, -2.0, 3.0])})
    assert bind(program, other).batch.size == 2
    assert compile_problem(built.problem, built.model, other).slots == program.slots


@pytest.mark.parametrize(
    "text",
    [
        "x" + " + 1" * MAX_LENGTH,
        "(" * 70 + "x" + ")" * 70,
        "-" * (MAX_LEVELS + 5) + "x",
        "x" + " * 2" * (MAX_LEVELS + 5),
    ],
)
def test_too_long_or_too_deep(text):
    with pytest.raises(SaddleError) as found:
        parse(text)
    assert {d.code for d in found.value.diagnostics} == {"E106"}


def test_long_sums_are_no_depth(case):
    text = " + ".join(["x"] * 300)
    built = case(SETS, TABLES, "Minimize(sum(x))", [f"{text} >= 300"], ONES)
    np.testing.assert_allclose(built.objective(), [2.0, 2.0])


def test_hostile_text_is_only_ever_a_finding():
    for text in [
        "9" * 5000,
        "9**9**9**9 <= x",
        "(" * 50_000,
        "a" * 20_000 + "(",
        "\x00x",
        "x if",
        "é²",
        "x\n<=\n1",
        "𝒙 <",
    ]:
        try:
            parse(text)
        except SaddleError as error:
            assert all(d.code in CODES for d in error.diagnostics)
