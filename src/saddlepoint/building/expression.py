"""Formulas written in Python: what an expression of a model in the making is, as text."""

from __future__ import annotations

import inspect
import math
from pathlib import Path
from typing import NoReturn

from saddlepoint.declare.spec import FormulaSpec
from saddlepoint.errors import Diagnostic, ExpressionError, Mark
from saddlepoint.files import cell_number, is_number
from saddlepoint.records import dataclass

_OR, _COMPARED, _SUM, _PRODUCT, _MINUS, _POWER, _ATOM = range(7)


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A formula as text, and how tightly it binds."""

    text: str
    level: int = _ATOM
    __array_ufunc__ = None

    def __add__(self, other: object) -> Expression:
        return _joined(self, "+", other, _SUM, _SUM, _PRODUCT)

    def __radd__(self, other: object) -> Expression:
        return _joined(other, "+", self, _SUM, _SUM, _PRODUCT)

    def __sub__(self, other: object) -> Expression:
        return _joined(self, "-", other, _SUM, _SUM, _PRODUCT)

    def __rsub__(self, other: object) -> Expression:
        return _joined(other, "-", self, _SUM, _SUM, _PRODUCT)

    def __mul__(self, other: object) -> Expression:
        return _joined(self, "*", other, _PRODUCT, _PRODUCT, _MINUS)

    def __rmul__(self, other: object) -> Expression:
        return _joined(other, "*", self, _PRODUCT, _PRODUCT, _MINUS)

    def __truediv__(self, other: object) -> Expression:
        return _joined(self, "/", other, _PRODUCT, _PRODUCT, _MINUS)

    def __rtruediv__(self, other: object) -> Expression:
        return _joined(other, "/", self, _PRODUCT, _PRODUCT, _MINUS)

    def __pow__(self, other: object) -> Expression:
        return _joined(self, "**", other, _POWER, _ATOM, _MINUS)

    def __neg__(self) -> Expression:
        return Expression(f"-{_wrapped(self, _MINUS)}", _MINUS)

    def __eq__(self, other: object) -> Expression:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _joined(self, "==", other, _COMPARED, _SUM, _SUM)

    def __le__(self, other: object) -> Expression:
        return _joined(self, "<=", other, _COMPARED, _SUM, _SUM)

    def __ge__(self, other: object) -> Expression:
        return _joined(self, ">=", other, _COMPARED, _SUM, _SUM)

    def __ne__(self, other: object) -> Expression:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _joined(self, "!=", other, _COMPARED, _SUM, _SUM)

    def __lt__(self, other: object) -> Expression:
        return _joined(self, "<", other, _COMPARED, _SUM, _SUM)

    def __gt__(self, other: object) -> Expression:
        return _joined(self, ">", other, _COMPARED, _SUM, _SUM)

    def __and__(self, other: object) -> Expression:
        return _joined(self, "and", other, _OR, _COMPARED, _COMPARED)

    def __or__(self, other: object) -> Expression:
        return _joined(self, "or", other, _OR, _COMPARED, _COMPARED)

    def __invert__(self) -> Expression:
        return Expression(f"not {_wrapped(self, _ATOM)}", _OR)

    def __abs__(self) -> Expression:
        return call("abs", self)

    def __iter__(self) -> NoReturn:
        raise _no_items(self, f"Sum with saddlepoint.sum({self.text}, over=…); relations hold for all items.")

    def __getitem__(self, item: object) -> NoReturn:
        raise _no_items(self, f'Select by set: call("at", {self.text}, Tech="gas"), or where=tech == "gas".')

    def __hash__(self) -> int:
        return hash(self.text)

    def __bool__(self) -> bool:
        raise ExpressionError.of(
            "E370",
            f"{self.text} has no truth value",
            here(self.text),
            why="It is a formula, true or false only once the model is solved.",
            fix="Write 0 <= x and x <= 5 as two relations; join conditions with & and |.",
        )


def _no_items(of: Expression, fix: str) -> ExpressionError:
    return ExpressionError.of(
        "E372",
        f"{of.text} has no items to go through in Python",
        here(of.text),
        why="It is a formula; its items are known only when the model is made.",
        fix=fix,
    )


class AxisSet(Expression):
    """A set of a model; its columns of labels are attributes (`tech.fuel`)."""

    __slots__ = ("key",)

    def __init__(self, key: str) -> None:
        object.__setattr__(self, "key", key)
        super().__init__(key if key.isidentifier() else repr(key))

    def __getattr__(self, name: str) -> Expression:
        if name.startswith("_"):
            raise AttributeError(name)
        return Expression(f"{self.text}.{name}")


def call(word: str, *args: object, **named: object) -> Expression:
    """Any word of the language with its arguments: `call("sqrt", x)`."""
    shown = [_argument(arg) for arg in args] + [
        f"{key}={_argument(value)}" for key, value in named.items() if value is not None
    ]
    return Expression(f"{word}({', '.join(shown)})")


def formula_of(value: object) -> FormulaSpec | None:
    """A value as a formula of its own, with the Python line that says it; None for None."""
    return None if value is None else FormulaSpec(text_of(value), mark=here(text_of(value)))


def text_of(value: object) -> str:
    """An expression, a number or a label as it stands in a formula; ExpressionError E371."""
    return _operand(value).text


def _operand(value: object) -> Expression:
    if isinstance(value, Expression):
        return value
    if isinstance(value, str):
        return Expression(repr(value))
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        return _operand(value.item())  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(value, bool):
        return Expression(str(int(value)))
    if is_number(value):
        number = cell_number(value, endless=True)
        if math.isnan(number):
            fix = "Give a number that fits 64 bits; a table of data may have blank cells."
            raise ExpressionError.of(
                "E371", "a formula cannot hold a number that is missing or too large", here(""), fix=fix
            )
        shown = repr(number).removesuffix(".0")
        return Expression(shown, _MINUS if shown.startswith("-") else _ATOM)
    raise ExpressionError.of(
        "E371",
        f"a value of the type {type(value).__name__} cannot stand in a formula",
        here(""),
        why="Formulas hold numbers, decisions and named data.",
        fix='Name it: cost = m.data("cost", tech, values).',
    )


def _joined(
    left: object, sign: str, right: object, level: int, least_left: int, least_right: int
) -> Expression:
    return Expression(
        f"{_wrapped(_operand(left), least_left)} {sign} {_wrapped(_operand(right), least_right)}", level
    )


def _wrapped(part: Expression, least: int) -> str:
    return part.text if part.level >= least else f"({part.text})"


def _argument(value: object) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_argument, value))})"
    return text_of(value)


def taken_twice(kind: str, name: str, mark: Mark, before: Mark | None) -> Diagnostic:
    """X444: a name that was given before, and where."""
    where = "" if before is None else f" (first in {before.source}:{before.line})"
    return Diagnostic(
        "X444",
        f"two {kind} have the name {name!r}{where}",
        mark,
        why="What was said first would mean what is said now.",
        fix="Give one of them another name; `view` is a second look at the same table.",
    )


def here(shown: str) -> Mark:
    """The first line outside of this package that led here."""
    frame = inspect.currentframe()
    inside = Path(__file__).parents[1]
    while (
        frame is not None
        and frame.f_back is not None
        and Path(frame.f_code.co_filename).is_relative_to(inside)
    ):
        frame = frame.f_back
    assert frame is not None
    return Mark(Path(frame.f_code.co_filename).name, frame.f_lineno, text=shown or None, end=len(shown))
