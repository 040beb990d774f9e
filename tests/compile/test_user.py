"""Operators and constants of the user: numpy functions, CVXlab's style, decisions, and what goes wrong."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.errors import SaddleError
from saddlepoint.expr.user import user_constants, user_operators
from saddlepoint.expr.words import OPERATORS
from saddlepoint.files.usercode import load_module
from saddlepoint.model.constants import CONSTANTS

SOURCE = '''
import cvxpy as cp
import numpy as np

def doubled(a):
    """Twice the data."""
    return 2 * np.asarray(a)

def power_of(base: cp.Parameter | cp.Expression, exponent: cp.Parameter) -> cp.Parameter:
    """CVXlab's own example: reads the values, returns a Parameter."""
    if not isinstance(base, cp.Parameter | cp.Expression):
        raise TypeError("cvxpy wanted")
    value = np.power(base.value, exponent.value)
    return cp.Parameter(shape=value.shape, value=value)

def shortfall(x, d):
    return cp.pos(d - x)

def broken(a):
    raise ValueError("no luck")

def reads_value(x, d):
    return np.sqrt(d.value) @ x

def ramp(dimension):
    return np.arange(dimension[0] * dimension[1]).reshape(dimension)

def _private(a):
    return a
'''
SETS = {"S": -2, "T": 2, "I": 3}
TABLES = {
    "x": ("endogenous", {"S": None, "T": None, "I": "rows"}, {"nonneg": True}),
    "d": ("exogenous", {"S": None, "I": "rows"}),
    "e": ("exogenous", {"I": "rows"}),
}
DATA = {"d": np.array([[1.0, 2, 3], [2, 1, 4]]), "e": np.array([2.0, 1, 0.5])}


@pytest.fixture
def functions(tmp_path):
    path = tmp_path / "user_defined_operators.py"
    path.write_text(SOURCE)
    return load_module(path)


def test_only_the_files_own_public_functions_are_taken(functions):
    assert set(functions) == {"doubled", "power_of", "shortfall", "broken", "reads_value", "ramp"}


def test_data_functions_are_evaluated_per_scenario(case, functions):
    operators = {**OPERATORS, **user_operators(functions)}
    built = case(
        SETS, TABLES, "Minimize(sum(x))", ["x >= doubled(d) + power_of(d, e)"], DATA, operators=operators
    )
    expected = 2 * (2 * DATA["d"] + DATA["d"] ** DATA["e"]).sum(axis=1)
    np.testing.assert_allclose(built.objective(), expected)
    assert built.compile().notes == ()
    assert built.problem.constraints[0].relation.facts.rows.name == "I"


def test_functions_of_decisions_go_through_cvxpy(case, functions):
    operators = {**OPERATORS, **user_operators(functions)}
    goal = "Minimize(sum(0.5 * x) + sum(shortfall(x, d)))"
    built = case(SETS, TABLES, goal, ["x <= 1.5"], DATA, operators=operators)
    plain = case(SETS, TABLES, "Minimize(sum(0.5 * x) + sum(pos(d - x)))", ["x <= 1.5"], DATA)
    np.testing.assert_allclose(built.objective(), plain.objective(), rtol=1e-6)
    assert "shortfall" in built.compile().notes[0]


def test_cvxpy_judges_convexity(case, functions):
    operators = {**OPERATORS, **user_operators(functions)}
    built = case(SETS, TABLES, "Maximize(sum(shortfall(x, d)))", ["x <= 1.5"], DATA, operators=operators)
    with pytest.raises(SaddleError, match="C101"):
        built.objective()


@pytest.mark.parametrize(
    ("goal", "text"),
    [
        ("Minimize(sum(x) + sum(broken(d)))", "the user's operator broken failed: ValueError: no luck"),
        (
            "Minimize(sum(reads_value(x, tran(d))))",
            "the user's operator reads_value failed on cvxpy expressions",
        ),
        ("Minimize(sum(x) + doubled(d, d))", "doubled takes 1 argument(s)"),
    ],
)
def test_failures_are_findings(case, functions, goal, text):
    operators = {**OPERATORS, **user_operators(functions)}
    with pytest.raises(SaddleError) as raised:
        case(SETS, TABLES, goal, ["x <= 1.5"], DATA, operators=operators).objective()
    assert text in str(raised.value)
    assert raised.value.diagnostics[0].code in ("E212", "E111")


def test_constants(case, functions):
    constants = {**CONSTANTS, **user_constants(functions)}
    tables = {**TABLES, "r": ("constant", {"I": "rows"}, {"value": "ramp"})}
    built = case(SETS, tables, "Minimize(sum(x))", ["x >= r"], DATA, constants=constants)
    np.testing.assert_allclose(built.objective(), [6.0, 6.0])


def test_a_constant_that_fails(case, functions):
    constants = {**CONSTANTS, **user_constants(functions)}
    tables = {**TABLES, "r": ("constant", {"I": "rows"}, {"value": "broken"})}
    with pytest.raises(SaddleError, match="no luck"):
        case(SETS, tables, "Minimize(sum(x))", ["x >= r"], DATA, constants=constants)


def test_a_file_that_fails(tmp_path):
    path = tmp_path / "user_defined_operators.py"
    path.write_text("import numpy\nx = 1 / 0\n")
    with pytest.raises(SaddleError) as raised:
        load_module(path)
    assert str(raised.value) == (
        "error E213: user_defined_operators.py:2: the Python file 'user_defined_operators.py' fails: "
        "ZeroDivisionError: division by zero\n"
        "    x = 1 / 0\n"
        "    ^^^^^^^^^\n"
        "  fix: Mend the file, or take it out of the model folder."
    )
