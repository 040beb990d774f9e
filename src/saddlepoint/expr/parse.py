"""Text of one formula → a checked syntax tree; nothing is ever executed.

The grammar is Python's expression grammar, cut down to names, numbers, arithmetic, calls by name and comparisons.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeGuard

from saddlepoint.errors import Diagnostic, ExpressionError, Mark
from saddlepoint.records import dataclass

MAX_LENGTH: Final = 20_000
MAX_DEPTH: Final = 60
MAX_LEVELS: Final = 100

_ALLOWED: Final = (
    ast.Expression,
    ast.BinOp,
    ast.UnaryOp,
    ast.Compare,
    ast.Call,
    ast.keyword,
    ast.Name,
    ast.Constant,
)

_ASKING: Final = (ast.Compare, ast.BoolOp, ast.Attribute, ast.Tuple, ast.List)
"""What may stand in a condition beside expressions."""
CONDITIONS: Final = frozenset({"where", "condition"})
"""Arguments that are conditions, by keyword."""
SET_ARGUMENTS: Final = frozenset({"over", "by", "skip", "cyclic", "exact"})
"""Arguments that name sets, or say yes or no, by keyword."""
NAMES_SETS: Final = frozenset(
    (
        *("lag", "lead", "rolling_sum", "at", "rename", "spread", "position", "size", "count", "any"),
        *("all", "price", "slack"),
    )
)
"""Words whose arguments may name sets and items."""
CONDITION_FIRST: Final = frozenset({"count", "any", "all"})
"""Words whose first argument is a condition."""

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


_INSTEAD: Final[Mapping[type[ast.AST], str]] = {
    ast.Attribute: "Write tran(x) for a transpose; names have no dots.",
    ast.Subscript: "Write lag(x, Hours, first=…) or lead(…) for a neighbour along a set, at(x, Tech='gas') for one item.",
    ast.BoolOp: "Write two expressions, one for each condition.",
    ast.IfExp: "Put the choice into the data, or use maximum(), minimum(), pos().",
    ast.GeneratorExp: "Write sum(x, over=Tech) to add along a set; a relation holds for each item of the other sets.",
    ast.ListComp: "Write sum(x, over=Tech) to add along a set; a relation holds for each item of the other sets.",
}

_FOREIGN_SIGNS: Final[Mapping[type[ast.operator], tuple[str, str]]] = {
    ast.BitXor: ("^", "Write ** for a power."),
    ast.Mod: ("%", "Compute the remainder in the data."),
    ast.FloorDiv: ("//", "Write / for a quotient."),
    ast.BitAnd: ("&", "Write two expressions, one for each condition."),
    ast.BitOr: ("|", "Write abs(x) for an absolute value."),
    ast.LShift: ("<<", "Write <= for a relation."),
    ast.RShift: (">>", "Write >= for a relation."),
}


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that keeps the rules of the grammar.

    text: as written; body: its syntax tree; mark: where it begins; names: all names used, but for those of called operators.
    """

    text: str
    body: ast.expr
    mark: Mark
    names: frozenset[str]

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


def parse(text: str, mark: Mark | None = None, *, condition: bool = False) -> Formula:
    """Read one formula, or one condition.

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
        place, column=None if place.column is None else place.column + lead, start=place.start + lead
    )
    body = _tree(stripped, place)
    parts, levels = _parts(body)
    formula = Formula(stripped, body, place, _names(parts))
    if levels > MAX_LEVELS:
        message = f"the formula nests operators more than {MAX_LEVELS} deep"
        raise ExpressionError.of(
            "E106", message, replace(mark or place, text=None), fix="Split it into several expressions."
        )
    found = list(_offences(formula, parts, condition))
    if found:
        raise ExpressionError(found)
    return formula


def _refuse_early(text: str, mark: Mark) -> Diagnostic | None:
    if not text.strip():
        return Diagnostic(
            "E101", "the formula is empty", mark, fix="Write an expression, or remove the entry."
        )
    if len(text) > MAX_LENGTH or "\x00" in text:
        return Diagnostic(
            "E106",
            f"the formula has {len(text)} characters; at most {MAX_LENGTH} printable ones are read",
            replace(mark, text=None),
            fix="Split it into several expressions, or put the numbers into a table.",
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
            fix="Split it into several expressions.",
        )
    return None


def _tree(text: str, mark: Mark) -> ast.expr:
    try:
        return ast.parse(text.replace("\n", " "), mode="eval").body
    except (RecursionError, MemoryError):
        message = "the formula nests too deep, or adds too many terms at once"
        place = replace(mark, text=None)
        raise ExpressionError.of(
            "E106", message, place, fix="Split it into several expressions, or add the terms with sum()."
        ) from None
    except (SyntaxError, ValueError) as error:
        offset = max((getattr(error, "offset", None) or 1) - 1, 0)
        column = None if mark.column is None else mark.column + offset
        place = replace(mark, column=column, start=mark.start + offset, end=mark.start + offset + 1)
        raise ExpressionError.of(
            "E102", f"the formula cannot be read: {_reason(error)}", place, fix=_repair(text, mark)
        ) from None


def _parts(body: ast.expr) -> tuple[list[ast.AST], int]:
    """All parts of a formula but the signs, every one after the part it belongs to, and how deep they nest: a chain of + and −
    is one level. Where they nest too deep, the parts met so far."""
    found: list[ast.AST] = []
    deepest = 0
    waiting: list[tuple[ast.AST, int]] = [(body, 1)]
    while waiting and deepest <= MAX_LEVELS:
        part, level = waiting.pop()
        found.append(part)
        deepest = max(deepest, level + 1)
        chain = part.left if is_sum(part) and is_sum(part.left) else None
        waiting += [(c, level if c is chain else level + 1) for c in _children(part)]
    return found, deepest


def _children(part: ast.AST) -> list[ast.AST]:
    """The parts that a part is made of; signs (an addition, a comparison) have none, and are not among them."""
    found: list[ast.AST] = []
    for name in part._fields:
        value = getattr(part, name, None)
        for one in value if isinstance(value, list) else (value,):
            if isinstance(one, ast.AST) and one._fields:
                found.append(one)
    return found


def _names(parts: Iterable[ast.AST]) -> frozenset[str]:
    called = {id(part.func) for part in parts if isinstance(part, ast.Call)}
    return frozenset(part.id for part in parts if isinstance(part, ast.Name) and id(part) not in called)


def signed_number(part: ast.expr) -> int | float | None:
    """The number that is written here, with a minus before it or without; None where another thing stands."""
    minus = isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.USub)
    inner = part.operand if isinstance(part, ast.UnaryOp) and minus else part
    if not isinstance(inner, ast.Constant) or not isinstance(inner.value, int | float):
        return None
    return -inner.value if minus else inner.value


def is_sum(part: ast.AST) -> TypeGuard[ast.BinOp]:
    """Whether a sum or a difference is written here."""
    return isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub)


def _reason(error: Exception) -> str:
    reason = getattr(error, "msg", None) or str(error) or type(error).__name__
    return str(reason).split(". Maybe you meant")[0].split(". Perhaps you forgot")[0]


def _repair(text: str, mark: Mark) -> str:
    if text.count("(") != text.count(")"):
        if "[" in (mark.text or "")[: mark.start]:
            return "Write the formula in quotes, or on a line of its own after -: within [ ] YAML parts a list at commas."
        return "Count the parentheses: each ( needs its )."
    if _assigns(text):
        return "Write == for an equality."
    if re.search(r"\d[A-Za-z_]", text):
        return "Write a product with its sign: 2 * x."
    if any(c in text for c in "≤≥·×²"):
        return "Write <= and >=, * for a product, ** 2 for a square."
    return "Check operators, commas and parentheses; a product is *, mult() or @."


def _assigns(text: str) -> bool:
    """Whether a single = stands outside all parentheses, where it names no argument."""
    outside, depth = "", 0
    for character in text:
        depth += (character == "(") - (character == ")")
        outside += character if depth == 0 else ""
    return re.search(r"(?<![=<>!])=(?!=)", outside) is not None


@dataclass(frozen=True, slots=True)
class _Places:
    """Parts that stand where more than an expression may: relations of chance, conditions, arguments that name sets."""

    relations: frozenset[int]
    asking: frozenset[int]
    arguments: frozenset[int]

    def takes(self, part: ast.AST) -> bool:
        """Whether the grammar allows the part for the place where it stands."""
        if id(part) in self.asking and (isinstance(part, _ASKING) or _is_word(part)):
            return True
        return id(part) in self.arguments and (isinstance(part, ast.Tuple | ast.List) or _is_word(part))


def _is_word(part: ast.AST) -> bool:
    return isinstance(part, ast.Constant) and isinstance(part.value, str | bool)


def _places(formula: Formula, parts: Iterable[ast.AST], condition: bool) -> _Places:
    relations, asking, arguments = {id(formula.body)}, set[int](), set[int]()
    conditions: list[ast.AST] = [formula.body] if condition else []
    for call in parts:
        if not isinstance(call, ast.Call):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        values = call.args if name in NAMES_SETS else []
        values = [*values, *(k.value for k in call.keywords if name in NAMES_SETS or k.arg in SET_ARGUMENTS)]
        relations |= {id(a) for a in call.args} if name in ("chance", "robust") else set()
        arguments |= {id(v) for v in values}
        arguments |= {id(e) for v in values if isinstance(v, ast.Tuple | ast.List) for e in v.elts}
        conditions += [k.value for k in call.keywords if k.arg in CONDITIONS]
        conditions += call.args[:1] if name in CONDITION_FIRST else []
    for top in conditions:
        asking |= {id(part) for part in ast.walk(top)}
    return _Places(frozenset(relations), frozenset(asking), frozenset(arguments))


def _offences(formula: Formula, parts: Sequence[ast.AST], condition: bool) -> Iterator[Diagnostic]:
    """What keeps no rule of the grammar; of what is refused as a whole, nothing inside."""
    places = _places(formula, parts, condition)
    inside: set[int] = set()
    for part in parts:
        if id(part) in inside:
            inside |= set(map(id, _children(part)))
            continue
        if places.takes(part):
            continue
        if isinstance(part, ast.Compare):
            yield from _comparison(formula, part, id(part) in places.relations)
        elif isinstance(part, ast.Constant):
            yield from _constant(formula, part)
        elif isinstance(part, ast.BinOp) and type(part.op) in _FOREIGN_SIGNS:
            sign, fix = _FOREIGN_SIGNS[type(part.op)]
            yield Diagnostic("E103", f"'{sign}' has no meaning in a formula", formula.at(part), fix=fix)
        elif isinstance(part, ast.Call) and not isinstance(part.func, ast.Name):
            yield _offence(formula, part.func, "only operators can be called, by their plain name")
        elif not isinstance(part, _ALLOWED):
            inside |= set(map(id, _children(part)))
            what = _REFUSED.get(type(part), f"'{type(part).__name__}'")
            fix = _INSTEAD.get(type(part))
            yield _offence(formula, part, f"{what} has no meaning in a formula", fix)


def _offence(formula: Formula, part: ast.AST, message: str, fix: str | None = None) -> Diagnostic:
    return Diagnostic(
        "E103",
        message,
        formula.at(part),
        fix=fix
        or "Use names of variables, numbers, + - * / @ ** and the operators listed by 'saddle operators'.",
    )


def _comparison(formula: Formula, part: ast.Compare, at_top: bool) -> Iterator[Diagnostic]:
    mark = formula.at(part)
    if len(part.ops) > 1:
        yield Diagnostic(
            "E108",
            "a chained comparison is ambiguous here",
            mark,
            fix="Write two expressions, one for each side.",
        )
    elif isinstance(part.ops[0], ast.Lt | ast.Gt):
        wanted = "<=" if isinstance(part.ops[0], ast.Lt) else ">="
        yield Diagnostic(
            "E107",
            "a strict inequality has no meaning for a solver: its set is not closed",
            mark,
            fix=f"Write {wanted}, with a small margin in the data if one is meant.",
        )
    elif isinstance(part.ops[0], ast.NotEq):
        yield Diagnostic("E107", "'!=' is not a convex constraint", mark, fix="Write ==, <= or >=.")
    elif not isinstance(part.ops[0], ast.Eq | ast.LtE | ast.GtE):
        sign = "is" if isinstance(part.ops[0], ast.Is | ast.IsNot) else "in"
        fix = "Compare with ==, <= or >=; in a condition (where:) write Tech in ('pv', 'wind')."
        yield Diagnostic("E103", f"'{sign}' is no relation", mark, fix=fix)
    elif not at_top:
        yield Diagnostic(
            "E103", "a comparison inside an expression has no meaning", mark, fix="Write it on its own."
        )


def _constant(formula: Formula, part: ast.Constant) -> Iterator[Diagnostic]:
    value = part.value
    if value is None or isinstance(value, bool | str | bytes | complex) or value is ...:
        yield _offence(formula, part, f"{ast.unparse(part)[:40]} is not a number")
    elif abs(value) > 1e300:
        yield Diagnostic(
            "E112", "the number overflows", formula.at(part), fix="Scale the units of your data."
        )


def _characters(text: str, offset: int) -> int:
    return len(text.encode()[:offset].decode(errors="ignore")) if not text.isascii() else offset
