"""Typed reading of tree nodes: every wrong node becomes a finding at its place, and reading goes on."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from saddlepoint.declare.spec import FormulaSpec
from saddlepoint.errors import NOWHERE, DeclareError, Diagnostic, Mark, suggest
from saddlepoint.files import Listing, Record, Scalar, Tree, cell_number
from saddlepoint.files.numbers import no_limit

_TRUE: Final = frozenset({"true", "yes", "on", "1"})
_FALSE: Final = frozenset({"false", "no", "off", "0"})


_POINT: Final = "Write a number with a point for decimals."
_NO_LIMIT: Final = (
    "Where no limit is meant, say `blank_fill: inf` at the variable, or write inf into the cells."
)
_YAML_LIMIT: Final = re.compile(r"^([+-]?)\.inf$", re.IGNORECASE)


class Findings:
    """The findings of one reading, in the order in which they come; lenient: what is odd but has a meaning is a warning."""

    def __init__(self, lenient: bool = False) -> None:
        self.lenient = lenient
        self.errors: list[Diagnostic] = []
        self.warnings: list[Diagnostic] = []

    def error(self, code: str, message: str, mark: Mark = NOWHERE, why: str = "", fix: str = "") -> None:
        """Add an error."""
        self.errors.append(Diagnostic(code, message, mark, why=why, fix=fix))

    def warn(self, code: str, message: str, mark: Mark = NOWHERE, why: str = "", fix: str = "") -> None:
        """Add a warning."""
        self.warnings.append(Diagnostic(code, message, mark, why=why, fix=fix, severity="warning"))

    def odd(self, code: str, message: str, mark: Mark = NOWHERE, why: str = "", fix: str = "") -> None:
        """Add what CVXlab passes over: a warning in its folders, an error elsewhere."""
        if self.lenient:
            self.warn(code, message, mark, why, fix)
        else:
            self.error(
                code, message, mark, why, f"{fix} In a folder of CVXlab `lenient=True` passes it over."
            )

    def check(self) -> None:
        """DeclareError with all errors found so far, if there are any."""
        if self.errors:
            raise DeclareError(self.errors)


def empty(node: Tree | None) -> bool:
    """Whether a node is absent or means nothing."""
    return node is None or (isinstance(node, Scalar) and node.empty)


class Fields(dict[str, Tree]):
    """The keys of one record that hold something, each read by its name: `fields.text("unit")` is told as "unit of" its owner."""

    def __init__(self, owner: str, found: Findings) -> None:
        super().__init__()
        self.owner, self.found = owner, found

    def text(self, key: str) -> str:
        return text_in(self.get(key), f"{key} of {self.owner}", self.found)

    def name(self, key: str) -> str | None:
        """A text, None where there is none."""
        return self.text(key) or None

    def word(self, key: str, words: Collection[str]) -> str | None:
        return word(self.get(key), words, f"{key} of {self.owner}", self.found)

    def flag(self, key: str) -> bool:
        return flag(self.get(key), f"{key} of {self.owner}", self.found)

    def real(self, key: str, endless: bool = False) -> float | None:
        return real(self.get(key), f"{key} of {self.owner}", self.found, endless)

    def labels(self, key: str) -> tuple[str, ...]:
        return labels(self.get(key), f"{key} of {self.owner}", self.found)

    def groups(self, key: str) -> dict[str, tuple[str, ...]]:
        return groups(self.get(key), f"{key} of {self.owner}", self.found)

    def formula(self, key: str) -> FormulaSpec | None:
        asked, node = self.text(key), self.get(key)
        return FormulaSpec(asked, mark=node.mark) if node is not None and asked else None


def fields(node: Tree | None, keys: Mapping[str, str], owner: str, found: Findings) -> Fields:
    """The known keys of a record that hold something; Y010 for every other key, nearest names offered."""
    known = Fields(owner, found)
    for key, value in entries(node, owner, found):
        if key.text not in keys:
            message = f"{key.text!r} is no key of {owner}"
            found.error("Y010", message, key.mark, f"Keys: {', '.join(keys)}.", suggest(key.text, keys))
        elif not empty(value):
            known[key.text] = value
    return known


def entries(node: Tree | None, owner: str, found: Findings) -> Iterator[tuple[Scalar, Tree]]:
    """Keys and values of a record, nothing for an empty node; Y011 for a list or a text, Y017 for a blank key."""
    if empty(node) or node is None:
        return
    if not isinstance(node, Record):
        found.error("Y011", f"{owner} must be keys with values, not {_kind(node)}", node.mark, fix=_RECORD)
        return
    for key, value in node.entries:
        if not key.text.strip():
            found.error(
                "Y017", f"a key of {owner} has no text", key.mark, fix="Write a name before the colon."
            )
        else:
            yield key, value


def text_in(node: Tree | None, owner: str, found: Findings) -> str:
    """A text as written, "" where there is none."""
    if empty(node) or node is None:
        return ""
    if isinstance(node, Scalar):
        return node.text.strip()
    fix = "Put the text between quotes if it contains ': ', brackets or braces."
    found.error("Y011", f"{owner} must be text, not {_kind(node)}", node.mark, fix=fix)
    return ""


def word(node: Tree | None, words: Collection[str], owner: str, found: Findings) -> str | None:
    """One of the allowed words, whatever its case; Y014 otherwise."""
    if empty(node) or node is None:
        return None
    chosen = text_in(node, owner, found)
    if chosen.casefold() in words:
        return chosen.casefold()
    if isinstance(node, Scalar):
        why = f"Allowed: {', '.join(words)}."
        found.error("Y014", f"{owner} cannot be {chosen!r}", node.mark, why, suggest(chosen, words))
    return None


def flag(node: Tree | None, owner: str, found: Findings) -> bool:
    """true or false (also yes, no, on, off, 1, 0; any case); Y012 otherwise."""
    if empty(node) or node is None:
        return False
    value = text_in(node, owner, found).casefold()
    if value not in _TRUE and value not in _FALSE and isinstance(node, Scalar):
        found.error(
            "Y012", f"{owner} must be true or false, not {node.text!r}", node.mark, fix="Write true or false."
        )
    return value in _TRUE


def real(node: Tree | None, owner: str, found: Findings, endless: bool = False) -> float | None:
    """A finite number (endless: or inf, .inf, -inf); Y013 otherwise."""
    if empty(node) or node is None:
        return None
    written = text_in(node, owner, found)
    value = cell_number(_YAML_LIMIT.sub(r"\1inf", written) if endless else written, endless)
    if not math.isnan(value):
        return value
    if isinstance(node, Scalar):
        limit = not math.isnan(no_limit(_YAML_LIMIT.sub(r"\1inf", written)))
        what, fix = ("a finite number", _NO_LIMIT) if limit else ("a number", _POINT)
        found.error("Y013", f"{owner} must be {what}, not {node.text!r}", node.mark, fix=fix)
    return None


def items(node: Tree | None) -> tuple[Tree, ...]:
    """The entries of a list, or the one node; none of an empty node."""
    if empty(node) or node is None:
        return ()
    return node.items if isinstance(node, Listing) else (node,)


def labels(node: Tree | None, owner: str, found: Findings) -> tuple[str, ...]:
    """A list of texts, or one text; Y011 for other items, Y018 (a warning) for a repeated one."""
    seen: dict[str, None] = {}
    for item in items(node):
        if not isinstance(item, Scalar):
            found.error(
                "Y011", f"{owner} must be a list of texts; {_kind(item)} is in it", item.mark, fix=_LIST
            )
        elif not item.text.strip():
            found.error(
                "Y017", f"a text in {owner} is blank", item.mark, fix="Write the name, or delete the entry."
            )
        elif item.text in seen:
            found.warn("Y018", f"{item.text!r} is twice in {owner}", item.mark, fix="Delete one of them.")
        else:
            seen[item.text] = None
    return tuple(seen)


def groups(node: Tree | None, owner: str, found: Findings) -> dict[str, tuple[str, ...]]:
    """A record of names, each with a text or a list of texts; Y015 for a name without any."""
    known: dict[str, tuple[str, ...]] = {}
    for key, value in entries(node, owner, found):
        if empty(value):
            fix = f"Write {key.text}: [first label, second label]."
            found.error("Y015", f"{key.text!r} in {owner} names no label", key.mark, fix=fix)
        known[key.text] = labels(value, f"{key.text!r} in {owner}", found)
    return known


def _kind(node: Tree) -> str:
    if isinstance(node, Record):
        return "keys with values"
    if isinstance(node, Listing):
        return "a list"
    return f"the text {node.text!r}"


_RECORD: Final = "Write `name: value` lines, indented below it."
_LIST: Final = "Write [first, second], or one entry per line after '- '."
