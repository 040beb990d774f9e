"""Text of one formula → a checked syntax tree; nothing is ever executed.

The grammar is Python's expression grammar, cut down to names, numbers, arithmetic, calls by name and comparisons.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from saddlepoint.errors import Diagnostic, ExpressionError, Mark

MAX_LENGTH: Final = 20_000
MAX_DEPTH: Final = 60

_ALLOWED: Final = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.Call,
    ast.keyword,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.Add,
    ast.Sub,
    ast.Mult,
    ast.Div,
    ast.MatMult,
    ast.Pow,
    ast.USub,
    ast.UAdd,
    ast.Eq,
    ast.LtE,
    ast.GtE,
    ast.Lt,
    ast.Gt,
    ast.NotEq,
)

_REFUSED: Final[Mapping[type[ast.AST], str]] = {
    ast.Attribute: "an attribute (a dot after a name)",
    ast.Lambda: "a lambda",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a comprehension",
    ast.Subscript: "an index in brackets",
    ast.BoolOp: "'and' / 'or'",
    ast.IfExp: "'if … else'",
    ast.NamedExpr: "an assignment",
    ast.JoinedStr: "a format string",
    ast.Tuple: "a tuple",
    ast.List: "a list",
    ast.Dict: "a dictionary",
    ast.Set: "a set",
    ast.Starred: "a star argument",
    ast.Await: "'await'",
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that keeps the rules of the grammar.

    text: as written; body: its syntax tree; mark: where it begins.
    """

    text: str
    body: ast.expr
    mark: Mark

    def at(self, part: ast.AST) -> Mark:
        """The place of one part of the formula."""
        start = _characters(self.text, getattr(part, "col_offset", 0))
        end = _characters(self.text, getattr(part, "end_col_offset", None) or 0)
        mark = self.mark
        base = mark.start if mark.text is not None else 0
        return replace(
            mark,
            column=None if mark.column is None else mark.column + start,
            text=self.text if mark.text is None else mark.text,
            start=base + start,
            end=base + max(end, start + 1),
        )

    @property
    def names(self) -> frozenset[str]:
        """All names used, but for those of called operators."""
        called = {id(n.func) for n in ast.walk(self.body) if isinstance(n, ast.Call)}
        found = (n for n in ast.walk(self.body) if isinstance(n, ast.Name) and id(n) not in called)
        return frozenset(n.id for n in found)


def parse(text: str, mark: Mark | None = None) -> Formula:
    """Read one formula.

    Raises ExpressionError with every offence: empty or too long text, a syntax error, constructs outside the
    grammar, chained or strict comparisons, text constants, numbers that overflow.
    """
    place = mark or Mark(text=text, line=1, column=1)
    refusal = _refuse_early(text, place)
    if refusal is not None:
        raise ExpressionError(refusal)
    stripped = text.strip()
    lead = len(text) - len(text.lstrip())
    place = replace(
        place,
        column=None if place.column is None else place.column + lead,
        start=place.start + lead,
    )
    formula = Formula(stripped, _tree(stripped, place), place)
    found = list(_offences(formula))
    if found:
        raise ExpressionError(found)
    return formula


def _refuse_early(text: str, mark: Mark) -> Diagnostic | None:
    if not text.strip():
        return Diagnostic(
            "E101", "the formula is empty", mark, fix="write an expression, or remove the entry"
        )
    if len(text) > MAX_LENGTH or "\x00" in text:
        return Diagnostic(
            "E106",
            f"the formula has {len(text)} characters; at most {MAX_LENGTH} printable ones are read",
            replace(mark, text=None),
            fix="split it into several expressions, or put the numbers into a table",
        )
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    if deepest > MAX_DEPTH:
        return Diagnostic(
            "E106",
            f"the formula nests parentheses {deepest} deep; at most {MAX_DEPTH} levels are read",
            replace(mark, text=None),
            fix="split it into several expressions",
        )
    return None


def _tree(text: str, mark: Mark) -> ast.expr:
    try:
        return ast.parse(text.replace("\n", " "), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        offset = max((getattr(error, "offset", None) or 1) - 1, 0)
        column = None if mark.column is None else mark.column + offset
        place = replace(mark, column=column, start=mark.start + offset, end=mark.start + offset + 1)
        raise ExpressionError(
            Diagnostic(
                "E102", f"the formula cannot be read: {_reason(error, text)}", place, fix=_repair(text)
            )
        ) from None


def _reason(error: Exception, text: str) -> str:
    reason = getattr(error, "msg", None) or str(error) or type(error).__name__
    return str(reason).split(". Maybe you meant")[0].split(". Perhaps you forgot")[0]


def _repair(text: str) -> str:
    bare = text.replace("==", "").replace("<=", "").replace(">=", "").replace("!=", "")
    if "=" in bare:
        return "an equality is written =="
    if text.count("(") != text.count(")"):
        return "count the parentheses: each ( needs its )"
    return "check operators, commas and parentheses; a product is *, mult() or @"


def _offences(formula: Formula) -> Iterator[Diagnostic]:
    top = {id(formula.body)} | {
        id(arg)
        for call in _calls(formula.body)
        if isinstance(call.func, ast.Name) and call.func.id == "chance"
        for arg in call.args
    }
    for part in _walk(formula.body):
        if isinstance(part, ast.Compare):
            yield from _comparison(formula, part, id(part) in top)
        elif isinstance(part, ast.Constant):
            yield from _constant(formula, part)
        elif isinstance(part, ast.Call) and not isinstance(part.func, ast.Name):
            yield _offence(formula, part.func, "only operators can be called, by their plain name")
        elif not isinstance(part, _ALLOWED):
            what = _REFUSED.get(type(part), f"'{type(part).__name__}'")
            yield _offence(formula, part, f"{what} has no meaning in a formula")


def _walk(body: ast.expr) -> Iterator[ast.AST]:
    waiting: list[ast.AST] = [body]
    while waiting:
        part = waiting.pop()
        yield part
        if isinstance(part, _ALLOWED):
            waiting.extend(ast.iter_child_nodes(part))


def _calls(body: ast.expr) -> Iterator[ast.Call]:
    return (n for n in ast.walk(body) if isinstance(n, ast.Call))


def _offence(formula: Formula, part: ast.AST, message: str) -> Diagnostic:
    return Diagnostic(
        "E103",
        message,
        formula.at(part),
        fix="use names of variables, numbers, + - * / @ ** and the operators listed by 'saddle operators'",
    )


def _comparison(formula: Formula, part: ast.Compare, at_top: bool) -> Iterator[Diagnostic]:
    mark = formula.at(part)
    if len(part.ops) > 1:
        yield Diagnostic(
            "E108",
            "a chained comparison is ambiguous here",
            mark,
            fix="write two expressions, one for each side",
        )
    elif isinstance(part.ops[0], ast.Lt | ast.Gt):
        wanted = "<=" if isinstance(part.ops[0], ast.Lt) else ">="
        yield Diagnostic(
            "E107",
            "a strict inequality has no meaning for a solver: its set is not closed",
            mark,
            fix=f"write {wanted}, with a small margin in the data if one is meant",
        )
    elif isinstance(part.ops[0], ast.NotEq):
        yield Diagnostic("E107", "'!=' is not a convex constraint", mark, fix="write ==, <= or >=")
    elif not at_top:
        yield Diagnostic(
            "E103", "a comparison inside an expression has no meaning", mark, fix="write it on its own"
        )


def _constant(formula: Formula, part: ast.Constant) -> Iterator[Diagnostic]:
    value = part.value
    if value is None or isinstance(value, bool | str | bytes | complex) or value is ...:
        yield _offence(formula, part, f"{ast.unparse(part)[:40]} is not a number")
    elif abs(value) > 1e300:
        yield Diagnostic("E112", "the number overflows", formula.at(part), fix="scale the units of your data")


def _characters(text: str, offset: int) -> int:
    return len(text.encode()[:offset].decode(errors="ignore")) if not text.isascii() else offset
