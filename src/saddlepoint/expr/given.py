"""The arguments of a word that names sets, read from the syntax of its call."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping

from saddlepoint.errors import ExpressionError, suggest
from saddlepoint.expr.axes import SetView
from saddlepoint.expr.named import Arguments, AxisWord, Takes
from saddlepoint.expr.node import Node
from saddlepoint.expr.parse import signed_number
from saddlepoint.records import dataclass

Refuse = Callable[[str, str, ast.AST, str], ExpressionError]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads arguments; expression and condition: how their syntax becomes nodes; refuse: code, message, part, fix → error."""

    sets: Mapping[str, SetView]
    expression: Callable[[ast.expr], Node]
    condition: Callable[[ast.expr], Node]
    refuse: Refuse

    def given(self, word: AxisWord, part: ast.Call) -> Arguments:
        """The arguments of one call; raises ExpressionError for what is missing, unknown or of another kind."""
        parts = self._parts(word, part)
        nodes: dict[str, Node] = {}
        keys: dict[str, tuple[str, ...]] = {}
        numbers: dict[str, int] = {}
        flags: set[str] = set()
        for name, arg in parts.items():
            match word.takes[name]:
                case Takes.EXPRESSION:
                    nodes[name] = self.expression(arg)
                case Takes.CONDITION:
                    nodes[name] = self.condition(arg)
                case Takes.SET:
                    keys[name] = (self.key(arg),)
                case Takes.SETS:
                    keys[name] = self.keys(arg)
                case Takes.WHOLE:
                    if any(isinstance(n, ast.Name) for n in ast.walk(arg)):
                        nodes[name] = self._data(name, arg)
                    else:
                        numbers[name] = self._whole(name, arg)
                case _:
                    flags |= {name} if self._flag(name, arg) else set()
        items, renamed = self._by_set(word, part)
        return Arguments(
            sets=self.sets,
            nodes=nodes,
            keys=keys,
            numbers=numbers,
            flags=frozenset(flags),
            items=items,
            renamed=renamed,
        )

    def _parts(self, word: AxisWord, part: ast.Call) -> dict[str, ast.expr]:
        names = list(word.takes)
        if len(part.args) > len(names):
            raise self._arity(word, part, f"{len(part.args)} arguments given")
        parts = dict(zip(names, part.args, strict=False))
        for keyword in part.keywords:
            if keyword.arg is None:
                raise self.refuse(
                    "E111", "'**' has no meaning in a formula", part, f"for example {word.example}"
                )
            if keyword.arg in parts:
                raise self._arity(word, part, f"{keyword.arg} is given twice")
            if keyword.arg in names:
                parts[keyword.arg] = keyword.value
            elif word.by_set is None or keyword.arg not in self.sets:
                known = [*names, *(self.sets if word.by_set is not None else ())]
                message = f"{word.name} has no argument {keyword.arg!r}"
                raise self.refuse("E111", message, keyword.value, suggest(keyword.arg, known))
        missing = [n for n in names[: word.needed] if n not in parts]
        if missing:
            raise self._arity(word, part, f"{' and '.join(missing)} missing")
        return parts

    def _arity(self, word: AxisWord, part: ast.Call, what: str) -> ExpressionError:
        takes = ", ".join(f"{n} ({k.value})" for n, k in word.takes.items())
        return self.refuse("E111", f"{word.name} takes {takes}: {what}", part, f"for example {word.example}")

    def _by_set(self, word: AxisWord, part: ast.Call) -> tuple[Mapping[str, int], Mapping[str, str]]:
        if word.by_set is None:
            return {}, {}
        named = {k.arg: k.value for k in part.keywords if k.arg is not None and k.arg in self.sets}
        if not named:
            raise self.refuse("E111", f"{word.name} names no set", part, f"for example {word.example}")
        if word.by_set is Takes.SET:
            return {}, {key: self.key(value) for key, value in named.items()}
        return {key: self.item(key, value) for key, value in named.items()}, {}

    def keys(self, part: ast.expr) -> tuple[str, ...]:
        """The sets of over=: one, or several in parentheses."""
        parts = part.elts if isinstance(part, ast.Tuple | ast.List) else [part]
        found = tuple(self.key(p) for p in parts)
        if not found:
            raise self.refuse("E111", "over names no set", part, "name one: over=Hours")
        if len(set(found)) < len(found):
            raise self.refuse("E122", "a set is named twice", part, "name every set once")
        return found

    def key(self, part: ast.expr) -> str:
        """The key of a set, as a name or in quotes."""
        name = (
            part.id if isinstance(part, ast.Name) else part.value if isinstance(part, ast.Constant) else None
        )
        if not isinstance(name, str):
            raise self.refuse(
                "E120", "the key of a set must stand here", part, "write its name, in quotes if it has spaces"
            )
        if name not in self.sets:
            raise self.refuse("E120", f"there is no set {name!r}", part, suggest(name, self.sets))
        return name

    def item(self, key: str, part: ast.expr) -> int:
        """The place of an item of a set: its label in quotes, or first or last."""
        axis = self.sets[key].axis
        if isinstance(part, ast.Name) and part.id in ("first", "last"):
            return 0 if part.id == "first" else len(axis) - 1
        label = str(part.value) if isinstance(part, ast.Constant) else None
        if label is None:
            raise self.refuse(
                "E123",
                f"an item of {key} must stand here",
                part,
                "write its label in quotes, or first or last",
            )
        if label not in axis.positions:
            raise self.refuse("E123", f"{label!r} is not an item of {key}", part, suggest(label, axis.items))
        return axis.positions[label]

    def _whole(self, name: str, part: ast.expr) -> int:
        number = signed_number(part)
        if type(number) is int:
            return number
        raise self.refuse("E208", f"{name} must be a whole number", part, "write the number itself")

    def _data(self, name: str, part: ast.expr) -> Node:
        node = self.expression(part)
        if node.facts.decision:
            raise self.refuse("E205", f"{name} must be data", part, "use a table of whole numbers")
        return node

    def _flag(self, name: str, part: ast.expr) -> bool:
        if isinstance(part, ast.Constant) and isinstance(part.value, bool):
            return part.value
        raise self.refuse("E208", f"{name} must be True or False", part, f"write {name}=True")
