# pyright: basic
"""Text and LaTeX of expressions: the law of reading back, golden texts, precedence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saddlepoint.errors import SaddleError
from saddlepoint.expr.build import constraint, expression, relation
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.goals import goals
from saddlepoint.expr.named import number_node
from saddlepoint.expr.node import Variable
from saddlepoint.expr.parse import parse
from saddlepoint.expr.scope import Scope
from saddlepoint.expr.show import latex, latex_problem, text
from saddlepoint.expr.words import RECORDS

ONE: Any = np.zeros((1, 1), np.int64)
NAMES = {"x": True, "y": True, "a": False, "b": False, "c_0": False}
SCOPE = Scope(
    {
        n: Variable(
            name=n,
            table=f"t_{n}",
            facts=Facts(decision=d),
            role="decision" if d else "data",
            cells=ONE,
            place=ONE,
        )
        for n, d in NAMES.items()
    }
)


def read(formula):
    return expression(parse(formula), SCOPE)


names = st.sampled_from([*NAMES, "2", "0.5", "1e-07", "3e20"])
formulas = st.recursive(
    names,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "@", "**"]), inner).map(
            lambda t: f"({t[0]}) {t[1]} ({t[2]})"
        ),
        inner.map(lambda t: f"-({t})"),
        st.tuples(st.sampled_from(["square", "tran", "sum", "abs", "exp", "sqrt"]), inner).map(
            lambda t: f"{t[0]}({t[1]})"
        ),
        st.tuples(inner, inner).map(lambda t: f"maximum({t[0]}, {t[1]})"),
        inner.map(lambda t: f"power({t}, 1.5)"),
        inner.map(lambda t: f"sum({t}, 0)"),
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(formulas)
def test_reading_what_is_shown_gives_what_was_shown(formula):
    try:
        node = read(formula)
    except SaddleError:
        return
    shown = text(node)
    assert text(read(shown)) == shown
    assert same(read(shown), node)
    assert latex(node).count("{") == latex(node).count("}")
    assert latex(node).count("\\left(") == latex(node).count("\\right)")


def same(left, right):
    """Equal trees, but for nested sums, which reading flattens."""
    a, b = evaluated(left), evaluated(right)
    return np.isnan(a) == np.isnan(b) and (np.isnan(a) or np.isclose(a, b, rtol=1e-9))


def evaluated(node):
    values = {"x": 1.3, "y": 0.7, "a": 2.1, "b": 0.4, "c_0": 1.9}

    def of(n):
        if n.number is not None:
            return np.full((1, 1, 1), n.number)
        if n.variable is not None:
            return np.full((1, 1, 1), values[n.variable.name])
        with np.errstate(all="ignore"):
            try:
                return n.operator.value(tuple(of(a) for a in n.args), n.options)
            except Exception:
                return np.full((1, 1, 1), np.nan)

    found = float(np.ravel(of(node))[0])
    return found if np.isfinite(found) else np.nan


def test_a_number_without_end_is_shown():
    numbers = [number_node(n) for n in (np.inf, -np.inf, 1e300, 3.0)]
    assert [text(n) for n in numbers] == ["inf", "-inf", "1e+300", "3"]
    assert [latex(n) for n in numbers] == ["\\infty", "-\\infty", "10^{300}", "3"]


@pytest.mark.parametrize(
    ("formula", "shown", "math"),
    [
        ("a-(b-x)", "a - (b - x)", "a - \\left(b - x\\right)"),
        ("a - b - 2", "a - b - 2", "a - b - 2"),
        ("x / (a * b)", "x / (a * b)", "\\frac{x}{a \\, b}"),
        ("x / a / b", "x / a / b", "\\frac{\\frac{x}{a}}{b}"),
        ("-(a + x) * 2", "-(a + x) * 2", "-\\left(a + x\\right) \\cdot 2"),
        ("tran(a - x)", "tran(a - x)", "\\left(a - x\\right)^{\\top}"),
        ("(a + b) ** -2", "(a + b) ** -2", "{\\left(a + b\\right)}^{-2}"),
        ("sum(x, 0) + c_0", "sum(x, 0) + c_0", "\\sum\\nolimits_{0} x + c_{\\mathrm{0}}"),
        ("square(x - a)", "square(x - a)", "(x - a)^2"),
        ("2 * (x - 1e-7)", "2 * (x - 1e-07)", "2 \\, \\left(x - 10^{-7}\\right)"),
    ],
)
def test_golden(formula, shown, math):
    node = read(formula)
    assert text(node) == shown
    assert latex(node) == math


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_every_operator_has_latex(record):
    count = max(record.arity[0], 1)
    shown = record.written(tuple("abc"[:count]), tuple(record.options.values()))
    assert "a" in shown
    assert shown.count("{") == shown.count("}")


def test_relations_and_goals():
    assert text(relation(parse("x*2>=a+ 1"), SCOPE)) == "x * 2 >= a + 1"
    assert text(goals(parse("Maximize(-x)"), SCOPE)[0]) == "Maximize(-x)"
    assert latex(relation(parse("x <= a"), SCOPE)) == "x \\le a"


@pytest.mark.parametrize(
    "formula",
    [
        "chance(x >= a, 0.9)",
        "chance(x >= a, 0.9, joint=equal)",
        "chance(x >= a, 0.9, joint=cheapest, cost=b * 2)",
        "chance(x >= a, 0.9, joint=vine, cost=2, seen=c_0)",
    ],
)
def test_a_promise_is_read_back_whole(formula):
    assert text(constraint(parse(formula), SCOPE)) == formula


def test_a_whole_problem():
    minimised = goals(parse("Minimize(a * x)"), SCOPE)
    rows = [("need", relation(parse("x + y >= b"), SCOPE)), ("c_2", relation(parse("y == 1"), SCOPE))]
    assert latex_problem(minimised, rows, ["x", "y"]) == (
        "\\begin{aligned}\n"
        "\\min_{x, y} \\quad & a \\, x \\\\\n"
        "\\text{s.t.} \\quad & x + y \\ge b && \\text{(need)} \\\\\n"
        " & y = 1 && \\text{(c\\_2)}\n"
        "\\end{aligned}"
    )
