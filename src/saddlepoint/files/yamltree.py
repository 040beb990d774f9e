"""YAML as a tree of marked texts: nothing is constructed, nothing is guessed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.text import decode, read_text
from saddlepoint.records import dataclass

MAX_BYTES: Final = 8 << 20
MAX_DEPTH: Final = 50
_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as written; plain = without quotes, so that it may mean a number, a truth value or nothing."""

    text: str
    mark: Mark
    plain: bool = True

    @property
    def empty(self) -> bool:
        """Whether it means nothing: no text, `~` or `null` without quotes."""
        return self.plain and self.text in _NULL


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of nodes."""

    items: tuple[Tree, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Record:
    """Keys with values, in the order of the file; no key is there twice."""

    entries: tuple[tuple[Scalar, Tree], ...]
    mark: Mark

    def get(self, key: str) -> Tree | None:
        """The value of a key; None if it is not there."""
        return next((value for name, value in self.entries if name.text == key), None)


Tree = Scalar | Listing | Record


def read_yaml(path: Path, source: str | None = None) -> Tree:
    """The tree of a YAML file; FileError F001–F005 and F010–F018."""
    name = source or path.name
    return parse_yaml(read_text(path, name, MAX_BYTES), name)


def parse_yaml(text: str | bytes, source: str, at: Mark | None = None) -> Tree:
    """The tree of YAML text.

    FileError F010 (syntax), F011 (double key), F012 (anchor, alias), F013 (tag), F014 (several documents), F015
    (tab), F016 (depth), F017 (key that is no text). at: the place given to every node, for YAML that stands in a workbook's cell.
    """
    if isinstance(text, bytes):
        text = decode(text, source)
    lines = text.splitlines()
    return _TreeBuilder(source, lines, at).tree(text)


class _TreeBuilder:
    """Turns the parser's events into a tree and collects what is wrong; used once."""

    def __init__(self, source: str, lines: list[str], at: Mark | None) -> None:
        self.source = source
        self.lines = lines
        self.at = at
        self.found: list[Diagnostic] = []

    def tree(self, text: str) -> Tree:
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            tree = self._documents(yaml.parse(text, Loader=loader))
        except yaml.YAMLError as error:
            deep = _too_deep(self.lines)
            if deep is not None:
                raise FileError([*self.found, self._depth(*deep)]) from error
            self.found.append(self._syntax(error))
            raise FileError(self.found) from error
        if self.found:
            raise FileError(self.found)
        return tree

    def _documents(self, events: Iterator[Any]) -> Tree:
        tree: Tree | None = None
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                if tree is not None:
                    fix = "Keep one document in the file: delete the line '---'."
                    raise FileError(
                        [*self.found, self._finding("F014", "a second document begins here", event, fix=fix)]
                    )
            elif kind in {"ScalarEvent", "SequenceStartEvent", "MappingStartEvent", "AliasEvent"}:
                tree = self._node(event, events, 1)
        return tree if tree is not None else Scalar("", self.at or Mark(self.source, 1, 1))

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Tree:
        kind = type(event).__name__
        self._check_event(event, kind, depth)
        if kind == "ScalarEvent":
            return self._scalar(event)
        if kind == "SequenceStartEvent":
            return self._listing(event, events, depth)
        if kind == "MappingStartEvent":
            return self._record(event, events, depth)
        return Scalar("", self._mark(event))

    def _listing(self, event: Any, events: Iterator[Any], depth: int) -> Listing:
        items: list[Tree] = []
        for inner in events:
            if type(inner).__name__ == "SequenceEndEvent":
                break
            items.append(self._node(inner, events, depth + 1))
        return Listing(tuple(items), self._mark(event))

    def _record(self, event: Any, events: Iterator[Any], depth: int) -> Record:
        entries: list[tuple[Scalar, Tree]] = []
        seen: dict[str, Mark] = {}
        for inner in events:
            if type(inner).__name__ == "MappingEndEvent":
                break
            key = self._node(inner, events, depth + 1)
            value = self._node(next(events), events, depth + 1)
            if not isinstance(key, Scalar):
                fix = "Write the key as text; quote a formula or a text that begins with { or [."
                self.found.append(Diagnostic("F017", "a key must be text", key.mark, fix=fix))
            elif key.text in seen:
                why = f"First: {seen[key.text]}. The later value would silently replace the earlier one."
                message = f"the key {key.text!r} is there twice"
                fix = "Delete or rename one of them."
                self.found.append(Diagnostic("F011", message, key.mark, why=why, fix=fix))
            else:
                seen[key.text] = key.mark
                entries.append((key, value))
        return Record(tuple(entries), self._mark(event))

    def _scalar(self, event: Any) -> Scalar:
        plain = not event.style
        text = str(event.value)
        text = text if text.isascii() else unicodedata.normalize("NFC", text)
        start, end = event.start_mark, event.end_mark
        if self.at is None and text and start.line != end.line:
            return Scalar(" ".join(text.split()), self._folded(start, text), plain)
        mark = self._mark(event)
        if self.at is None and not plain and mark.end - mark.start == len(text) + 2:
            within = mark.start + 1, mark.end - 1
            mark = Mark(mark.source, mark.line, mark.column, text=mark.text, start=within[0], end=within[1])
        return Scalar(text, mark, plain)

    def _folded(self, start: Any, text: str) -> Mark:
        """The place of a text over several lines: its first line, and the whole text joined to mark in."""
        whole = " ".join(text.split())
        return Mark(self.source, start.line + 1, start.column + 1, text=whole, end=len(whole))

    def _mark(self, event: Any) -> Mark:
        if self.at is not None:
            return self.at
        start, end = event.start_mark, event.end_mark
        line = self._line(start.line)
        last = end.column if end.line == start.line else len(line)
        return Mark(
            self.source,
            start.line + 1,
            start.column + 1,
            text=line,
            start=start.column,
            end=max(last, start.column + 1),
        )

    def _check_event(self, event: Any, kind: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise FileError([*self.found, self._depth(event.start_mark.line, event.start_mark.column)])
        if kind == "AliasEvent" or event.anchor is not None:
            sign = f"*{event.anchor}" if kind == "AliasEvent" else f"&{event.anchor}"
            why = (
                "Anchors and aliases hide what a setting is, and can be nested until they exhaust the memory."
            )
            fix = "Write the value out; quote a text that begins with & or *."
            self.found.append(self._finding("F012", f"{sign} is a YAML anchor or alias", event, why, fix))
        tag = getattr(event, "tag", None)
        if tag is not None:
            why = "Tags can make other programs build objects or run code; here they have no meaning."
            fix = "Delete the tag; quote a text that begins with an exclamation mark."
            self.found.append(self._finding("F013", f"{tag!r} is a YAML tag", event, why, fix))

    def _depth(self, line: int, column: int) -> Diagnostic:
        fix = "No setting needs such depth: look for a forgotten bracket."
        return Diagnostic(
            "F016", f"the nesting is deeper than {MAX_DEPTH}", self._point(line, column), fix=fix
        )

    def _point(self, line: int, column: int) -> Mark:
        """One character of the text, counted from 0."""
        text = self._line(line)
        return self.at or Mark(self.source, line + 1, column + 1, text=text, start=column, end=column + 1)

    def _line(self, number: int) -> str:
        return self.lines[number] if number < len(self.lines) else ""

    def _finding(self, code: str, message: str, event: Any, why: str = "", fix: str = "") -> Diagnostic:
        return Diagnostic(code, message, self._mark(event), why=why, fix=fix)

    def _syntax(self, error: Any) -> Diagnostic:
        texts = (getattr(error, name, None) for name in ("problem", "reason"))
        problem = str(next(filter(None, texts), str(error).split("\n")[0]))
        marks = [getattr(error, name, None) for name in ("problem_mark", "context_mark")]
        place = next(filter(None, reversed(marks) if "end of stream" in problem else marks), None)
        if place is None:
            return Diagnostic("F010", f"this is not YAML: {problem}", self.at or Mark(self.source), fix=_HINT)
        line = self._line(place.line)
        column = min(place.column, len(line))
        mark = self._point(place.line, column)
        if "\t" in line[: column + 1]:
            why = "YAML counts spaces to see what belongs together; a tab has no width."
            fix = "Indent with spaces (set the editor to insert 4 spaces for Tab)."
            return Diagnostic("F015", "a tab character where YAML needs spaces", mark, why=why, fix=fix)
        context = getattr(error, "context", None)
        return Diagnostic(
            "F010",
            f"this is not YAML: {problem}",
            mark,
            why=f"It happens {context}." if context else "",
            fix=_HINT,
        )


_HINT: Final = (
    "Check indentation and brackets; put a text that contains ': ', '#', quotes or brackets between quotes."
)


def _too_deep(lines: list[str]) -> tuple[int, int] | None:
    """Line and column of the first bracket that is nested too deeply; None if there is none.

    Asked only of text that the parser refuses: some versions of libyaml stop at a depth of their own, and call that a
    fault of syntax before the events of the outer brackets come.
    """
    depth = 0
    for number, line in enumerate(lines):
        for column, letter in enumerate(line):
            if letter in "[{":
                depth += 1
                if depth > MAX_DEPTH:
                    return number, column
            elif letter in "]}":
                depth -= 1
    return None
