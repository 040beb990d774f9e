"""Golden texts: every code of the expression language, as a user's formula would raise it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from saddlepoint.errors import SaddleError

SETS = {"S": -2, "I": 3, "K": 3, "J": 2}
TABLES = {
    "x": ("endogenous", {"S": None, "I": "rows"}),
    "y": ("endogenous", {"S": None, "I": "rows"}),
    "z": ("endogenous", {"S": None, "J": "cols"}),
    "X": ("endogenous", {"S": None, "I": "rows", "J": "cols"}),
    "a": ("exogenous", {"I": "rows"}),
    "k": ("exogenous", {"K": "rows"}),
    "A": ("exogenous", {"I": "rows", "J": "cols"}),
    "Q": ("exogenous", {"I": "rows", "K": "cols"}),
    "n": ("exogenous", {}),
    "u": ("uncertain", {"I": "rows"}),
}

GOLDEN = {
    "": """error E101: problem.yml:1:1: the formula is empty
  fix: Write an expression, or remove the entry.""",
    "x + = 2": """error E102: problem.yml:1:5: the formula cannot be read: invalid syntax
    x + = 2
        ^
  fix: Write == for an equality.""",
    "2x <= 1": """error E102: problem.yml:1:1: the formula cannot be read: invalid decimal literal
    2x <= 1
    ^
  fix: Write a product with its sign: 2 * x.""",
    "x <= 2 and y >= 1": """error E103: problem.yml:1:1: 'and' / 'or' has no meaning in a formula
    x <= 2 and y >= 1
    ^^^^^^^^^^^^^^^^^
  fix: Write two expressions, one for each condition.""",
    "x.T <= 1": """error E103: problem.yml:1:1: an attribute (a dot after a name) has no meaning in a formula
    x.T <= 1
    ^^^
  fix: Write tran(x) for a transpose; names have no dots.""",
    "x[0] <= 1": """error E103: problem.yml:1:1: an index in brackets has no meaning in a formula
    x[0] <= 1
    ^^^^
  fix: Write lag(x, Hours, first=…) or lead(…) for a neighbour along a set, at(x, Tech='gas') for one item.""",
    "x ^ 2 <= 1": """error E103: problem.yml:1:1: '^' has no meaning in a formula
    x ^ 2 <= 1
    ^^^^^
  fix: Write ** for a power.""",
    "x <= 'a'": """error E103: problem.yml:1:6: 'a' is not a number
    x <= 'a'
         ^^^
  fix: Use names of variables, numbers, + - * / @ ** and the operators listed by 'saddle operators'.""",
    "summ(x) <= 1": """error E104: problem.yml:1:1: there is no operator 'summ'
    summ(x) <= 1
    ^^^^
  fix: Did you mean 'sum' or 'sumsq' or 'cumsum'?""",
    "xx <= 1": """error E105: problem.yml:1:1: 'xx' is not a variable of this model
    xx <= 1
    ^^
  fix: Did you mean 'x' or 'X'?""",
    "x(2) <= 1": """error E104: problem.yml:1:1: 'x' is a variable, not an operator
    x(2) <= 1
    ^
  fix: Write * between the factors.""",
    "x < 1": """error E107: problem.yml:1:1: a strict inequality has no meaning for a solver: its set is not closed
    x < 1
    ^^^^^
  fix: Write <=, with a small margin in the data if one is meant.""",
    "x != 1": """error E107: problem.yml:1:1: '!=' is not a convex constraint
    x != 1
    ^^^^^^
  fix: Write ==, <= or >=.""",
    "0 <= x <= 1": """error E108: problem.yml:1:1: a chained comparison is ambiguous here
    0 <= x <= 1
    ^^^^^^^^^^^
  fix: Write two expressions, one for each side.""",
    "sum(x)": """error E109: problem.yml:1:1: an expression must be a relation
    sum(x)
    ^^^^^^
  fix: Compare two sides with ==, <= or >=; an objective belongs under 'objective'.""",
    "Minimize(x) <= 1": """error E110: problem.yml:1:1: Minimize is only for objectives
    Minimize(x) <= 1
    ^^^^^^^^
  fix: Put it under 'objective'.""",
    "sum() <= 1": """error E111: problem.yml:1:1: sum takes 1 argument(s) and the option(s) axis, keepdims; 0 given
    sum() <= 1
    ^^^^^
  fix: Write, for example, sum(x).""",
    "sum(x, ax=1) <= 1": """error E111: problem.yml:1:1: sum has no option 'ax'
    sum(x, ax=1) <= 1
    ^^^^^^^^^^^^
  fix: Did you mean 'x' or 'axis'?""",
    "x <= 1e999": """error E112: problem.yml:1:6: the number overflows
    x <= 1e999
         ^^^^^
  fix: Scale the units of your data.""",
    "x + k <= 1": """error E202: problem.yml:1:1: the rows have equal length (3) but different items: I (i0, …) on the left, K (k0, …) on the right
    x + k <= 1
    ^^^^^
  fix: Use one set (or one filter) on both sides, or a set made with copy_from (in a folder of CVXlab, `lenient=True` aligns by position, as CVXlab does).""",
    "A * tran(X) <= 1": """error E203: problem.yml:1:1: '*' of 3 (I) by 2 (J) and 2 (J) by 3 (I) could mean the elementwise or the matrix product
    A * tran(X) <= 1
    ^^^^^^^^^^^
  fix: Write mult(a, b) for entry by entry, a @ b for the matrix product.""",
    "x * y <= 1": """error E204: problem.yml:1:1: the product of two decisions (x and y) is not convex
    x * y <= 1
    ^^^^^
  fix: Say `products: global` in the problem, which a run with `starts=8` solves with proof; or decide one of them in a sub-problem of its own (a hybrid table) and solve both coupled, which is faster and where 'saddle bound' proves how far from the best the result can be; or use square() / quad_form() for a square, piecewise(…, exact=True) for a curve, domain: boolean for a yes/no factor.""",
    "minv(X) <= 1": """error E205: problem.yml:1:1: minv works on data only, and X is decided here
    minv(X) <= 1
    ^^^^^^^
  fix: Use a data table.""",
    "a / x <= 1": """error E206: problem.yml:1:1: division by a decision is neither linear nor convex
    a / x <= 1
    ^^^^^
  fix: Multiply both sides by the divisor if it is positive, make the divisor data, or write inv_pos(x) for 1/x.""",
    "x ** n <= 1": """error E207: problem.yml:1:1: this power of a decision has no convex form here
    x ** n <= 1
    ^^^^^^
  fix: Write power(x, p) with a number p.""",
    "max(x, y) <= 1": """error E208: problem.yml:1:8: the option 'axis' must be a plain number
    max(x, y) <= 1
           ^
  fix: Write 0 or 1; the larger of two arrays is maximum(a, b), the smaller minimum(a, b).""",
    "a <= 1": """error E209: problem.yml:1:1: this relation holds no decision of its problem: there is nothing to solve for
    a <= 1
    ^^^^^^
  fix: Name a variable of an endogenous table, or check a data rule outside the problem (in a folder of CVXlab, `lenient=True` checks it as CVXlab does).""",
    "huber(x, -1) <= 1": """error E201: problem.yml:1:1: the knee M of huber(x, M) must be a positive number
    huber(x, -1) <= 1
    ^^^^^^^^^^^^
  fix: Write huber(x, 1).""",
    "a <= 1 <= 2": """error E108: problem.yml:1:1: a chained comparison is ambiguous here
    a <= 1 <= 2
    ^^^^^^^^^^^
  fix: Write two expressions, one for each side.""",
    "x <= (1 <= 2)": """error E103: problem.yml:1:7: a comparison inside an expression has no meaning
    x <= (1 <= 2)
          ^^^^^^
  fix: Write it on its own.""",
    "chance(x >= u) <= 1": """error E110: problem.yml:1:1: chance is a constraint of its own
    chance(x >= u) <= 1
    ^^^^^^
  fix: Write it as a whole expression.""",
    'f"a" <= x': """error E103: problem.yml:1:1: a format string has no meaning in a formula
    f"a" <= x
    ^^^^
  fix: Use names of variables, numbers, + - * / @ ** and the operators listed by 'saddle operators'.""",
    "x<=1; y<=2": """error E102: problem.yml:1:5: the formula cannot be read: invalid syntax
    x<=1; y<=2
        ^
  fix: Check operators, commas and parentheses; a product is *, mult() or @.""",
    "exp(x)": """error E109: problem.yml:1:1: an expression must be a relation
    exp(x)
    ^^^^^^
  fix: Compare two sides with ==, <= or >=; an objective belongs under 'objective'.""",
    "lambda: 3": """error E103: problem.yml:1:1: a lambda has no meaning in a formula
    lambda: 3
    ^^^^^^^^^
  fix: Use names of variables, numbers, + - * / @ ** and the operators listed by 'saddle operators'.""",
    "x <= power(y, 0)": """error E201: problem.yml:1:6: the exponent of power(x, p) must be a number with 0.001 <= |p| <= 1000, not 0
    x <= power(y, 0)
         ^^^^^^^^^^^
  fix: Write for example power(x, 1.5).""",
    "quad_form(x, A) <= 1": """error E201: problem.yml:1:1: quad_form needs a vector and a square matrix of its length, not 3 (I) by 1 and 3 (I) by 2 (J)
    quad_form(x, A) <= 1
    ^^^^^^^^^^^^^^^
  fix: Check which sets stand on rows and cols.""",
    "shift(n, 1) @ x <= 1": """error E201: problem.yml:1:1: the first argument must be the length of a set (a constant set_length), not 1 by 1
    shift(n, 1) @ x <= 1
    ^^^^^^^^^^^
  fix: Declare a constant with value: set_length over that set.""",
    "sum(x, 2) <= 1": """error E201: problem.yml:1:1: axis must be 0 (over rows), 1 (over columns) or absent, not 2
    sum(x, 2) <= 1
    ^^^^^^^^^
  fix: Write 0 or 1.""",
    "x if a else y <= 2": """error E103: problem.yml:1:1: 'if … else' has no meaning in a formula
    x if a else y <= 2
    ^^^^^^^^^^^^^^^^^^
  fix: Put the choice into the data, or use maximum(), minimum(), pos().""",
    "sum(i for i in x) <= 1": """error E103: problem.yml:1:4: a comprehension has no meaning in a formula
    sum(i for i in x) <= 1
       ^^^^^^^^^^^^^^
  fix: Write sum(x, over=Tech) to add along a set; a relation holds for each item of the other sets.""",
    "x == (1": """error E102: problem.yml:1:6: the formula cannot be read: '(' was never closed
    x == (1
         ^
  fix: Count the parentheses: each ( needs its ).""",
    '__import__("os").system("ls") <= x': """error E103: problem.yml:1:1: only operators can be called, by their plain name
    __import__("os").system("ls") <= x
    ^^^^^^^^^^^^^^^^^^^^^^^
  fix: Use names of variables, numbers, + - * / @ ** and the operators listed by 'saddle operators'.

error E103: problem.yml:1:25: 'ls' is not a number
    __import__("os").system("ls") <= x
                            ^^^^
  fix: Use names of variables, numbers, + - * / @ ** and the operators listed by 'saddle operators'.

error E103: problem.yml:1:1: an attribute (a dot after a name) has no meaning in a formula
    __import__("os").system("ls") <= x
    ^^^^^^^^^^^^^^^^^^^^^^^
  fix: Write tran(x) for a transpose; names have no dots.""",
    "sum(**x) <= 1": """error E111: problem.yml:1:1: sum takes 1 argument(s) and the option(s) axis, keepdims; 0 given
    sum(**x) <= 1
    ^^^^^^^^
  fix: Write, for example, sum(x).""",
    "x @ a <= 1": """error E201: problem.yml:1:1: a matrix product needs as many columns on the left as rows on the right; left is 3 (I) by 1, right is 3 (I) by 1
    x @ a <= 1
    ^^^^^
  fix: Transpose one operand with tran(), or use mult() for the elementwise product.""",
    "sum(*x) <= 1": """error E103: problem.yml:1:5: a star argument has no meaning in a formula
    sum(*x) <= 1
        ^^
  fix: Use names of variables, numbers, + - * / @ ** and the operators listed by 'saddle operators'.""",
}


def message(case: Callable[..., Any], text: str) -> str:
    with pytest.raises(SaddleError) as raised:
        case(SETS, TABLES, "Minimize(sum(x))", [text])
    return str(raised.value)


@pytest.mark.parametrize("text", GOLDEN)
def test_golden(case: Callable[..., Any], text: str) -> None:
    assert message(case, text) == GOLDEN[text]
