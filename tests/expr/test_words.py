"""Every word of the language is a record, and every refusal has its own registered code."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from saddlepoint.cli.commands import saddle
from saddlepoint.errors import ExpressionError
from saddlepoint.errors.codes import CODES
from saddlepoint.expr import refusals
from saddlepoint.expr.build import expression
from saddlepoint.expr.facts import Facts, Side
from saddlepoint.expr.node import Node, Operator, Variable
from saddlepoint.expr.parse import parse
from saddlepoint.expr.refusals import Refusal
from saddlepoint.expr.scope import Scope
from saddlepoint.expr.words import OPERATORS, WORDS
from saddlepoint.labels import Axis
from saddlepoint.model.resolve import RESERVED


def kinds(of: type[Refusal]) -> list[type[Refusal]]:
    return [of, *(k for child in of.__subclasses__() for k in kinds(child))]


def test_every_kind_of_refusal_has_a_registered_code_of_its_own():
    found = [k for k in kinds(Refusal) if k is not Refusal]
    assert {k.__name__ for k in found} == {
        name for name, k in vars(refusals).items() if isinstance(k, type) and issubclass(k, Refusal)
    } - {"Refusal"}
    codes = [k.code for k in found]
    assert sorted(set(codes)) == sorted(codes)
    assert set(codes) <= set(CODES)


def test_every_word_has_one_record():
    names = [w.name for w in WORDS]
    assert sorted(set(names)) == sorted(names)
    assert {"chance", "mean", "std", "quantile", "cvar", "Minimize", "Maximize"} <= set(names)
    assert {r.name for r in OPERATORS.values()} == {w.name for w in WORDS if isinstance(w, Operator)}
    assert set(RESERVED) <= set(OPERATORS) | set(names)


@pytest.mark.parametrize("name", [w.name for w in WORDS])
def test_the_command_line_describes_every_word(name):
    shown = CliRunner().invoke(saddle, ["operators", name])
    assert shown.exit_code == 0
    assert shown.output.startswith(name)


def variable(name: str, rows: Side, cols: Side, decision: bool) -> Variable:
    facts = Facts((), rows, cols, decision=decision)
    cells = np.zeros(facts.shape, dtype=np.int64)
    return Variable(
        name=name, table=name, facts=facts, role="decision" if decision else "data", cells=cells, place=cells
    )


@pytest.fixture(scope="module")
def scope() -> Scope:
    three = Axis("three", ("a", "b", "c"))
    other = Axis("other", ("d", "e", "f"))
    column, square = Side(3, (three,)), Side(3, (three,))
    made = [
        variable("x", column, Side(), True),
        variable("y", column, Side(), True),
        variable("a", Side(3, (other,)), Side(), False),
        variable("w", column, Side(), False),
        variable("P", square, square, False),
        variable("X", square, square, True),
    ]
    return Scope({v.name: v for v in made})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("P @ tran(w)", "E201"),
        ("x + a", "E202"),
        ("P * X", "E203"),
        ("mult(P, diag(P))", "E390"),
        ("P - 2 * diag(X)", "E390"),
        ("tran(w) + diag(P)", "E390"),
        ("mult(x, y)", "E204"),
        ("x @ tran(y)", "E204"),
        ("pow(2, x)", "E207"),
        ("minv(X)", "E205"),
        ("quad_form(x, X)", "E205"),
        ("w / x", "E206"),
        ("x / y", "E206"),
        ("divide(w, x)", "E206"),
        ("x ** w", "E207"),
        ("mean(w)", "E211"),
        ("quantile(w, x)", "E205"),
        ("cvar(w)", "E111"),
    ],
)
def test_the_code_follows_from_what_is_wrong(scope, text, code):
    with pytest.raises(ExpressionError) as caught:
        expression(parse(text), scope)
    assert caught.value.diagnostics[0].code == code


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("w - diag(P)", (3, 1)),
        ("2 * diag(P) + diag(X)", (3, 1)),
        ("P @ diag(P)", (3, 1)),
        ("mult(P, tran(diag(P)))", (3, 3)),
        ("diag(diag(P)) @ X", (3, 3)),
    ],
)
def test_a_diagonal_stands_where_it_has_one_reading(scope, text, shape):
    assert expression(parse(text), scope).facts.shape == shape


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x ** 2", "square"),
        ("pow(x, 0.5)", "sqrt"),
        ("x ** 3", "power"),
        ("w ** 2", "pow"),
        ("w / w", "divide"),
    ],
)
def test_a_sign_stands_for_the_record_that_its_arguments_ask_for(scope, text, name):
    made = expression(parse(text), scope)
    assert isinstance(made, Node)
    assert made.operator is not None
    assert made.operator.name == name
