"""The workbook form of the settings: tabs whose cells hold short YAML become the same trees as the YAML files."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from saddlepoint.declare.fields import Findings, empty
from saddlepoint.declare.problems import FORMULA_KEYS, OBJECTIVE_KEYS, PROBLEM_KEYS
from saddlepoint.declare.schema import SET_KEYS, TABLE_KEYS, VARIABLE_KEYS
from saddlepoint.errors import FileError, Mark, suggest
from saddlepoint.files import Listing, Record, Scalar, Sheet, Tree, as_label, parse_yaml

TABS: Final = ("structure_sets", "structure_variables", "problem")
VARIABLE_UNIT: Final = "variable_unit"
SKIP: Final = "skip"
"""The column whose filled cells switch rows of the settings off."""
NOTES: Final = "notes"
"""A column of free texts."""
_LISTS: Final = frozenset({"coordinates", "aggregations"})
_TREES: Final = frozenset({"filters", "type", "items", "sample"})
_PROBLEM_COLUMNS: Final = (
    "objective",
    "expressions",
    "description",
    *{**FORMULA_KEYS, **OBJECTIVE_KEYS},
    "define",
    "report",
    "operators",
)

Cells = dict[str, Tree]


def settings_trees(sheets: Mapping[str, Sheet], source: str, found: Findings) -> tuple[Tree, Tree, Tree]:
    """The trees of structure_sets, structure_variables and problem; findings Y050–Y054."""
    tabs = {name.casefold(): sheet for name, sheet in sheets.items()}
    missing = [tab for tab in TABS if tab not in tabs]
    for tab in missing:
        fix = f"Add a tab {tab!r}; tabs there are: {', '.join(sheets) or 'none'}."
        found.error("Y050", f"the tab {tab!r} is missing", Mark(source), fix=fix)
    found.check()
    sets = _sets(tabs["structure_sets"], found)
    keys = [key.text for key, _ in sets.entries] if isinstance(sets, Record) else []
    return sets, _variables(tabs["structure_variables"], keys, found), _problems(tabs["problem"], found)


def active_rows(sheet: Sheet) -> list[int]:
    """The rows that are not switched off: those without anything in the column `skip`."""
    k = sheet.index(SKIP)
    return [row for row in range(len(sheet)) if k is None or not as_label(sheet.columns[k][row])]


def _sets(sheet: Sheet, found: Findings) -> Tree:
    merged = _Merger(found)
    for key, cells in _rows(sheet, "set_key", tuple(SET_KEYS), found):
        merged.add(key, cells)
    return merged.record(_start(sheet))


def _variables(sheet: Sheet, sets: list[str], found: Findings) -> Tree:
    shared = [key for key in TABLE_KEYS if key != "variables_info"]
    own = [key for key in VARIABLE_KEYS if key != "unit"]
    columns = (*shared, "variables_info", *own, VARIABLE_UNIT, *sets)
    tables = _Merger(found)
    variables: dict[str, list[tuple[Scalar, Tree]]] = {}
    for key, cells in _rows(sheet, "table_key", columns, found):
        tables.add(key, {name: cells[name] for name in shared if name in cells})
        name = cells.get("variables_info")
        if isinstance(name, Scalar):
            parts = {
                "unit" if k == VARIABLE_UNIT else k: cells[k]
                for k in (*own, VARIABLE_UNIT, *sets)
                if k in cells
            }
            variables.setdefault(key.text, []).append((name, _record(parts, name.mark)))
    for key, entries in variables.items():
        _check_repeats(entries, found)
        tables.put(key, "variables_info", Record(tuple(entries), entries[0][0].mark))
    return tables.record(_start(sheet))


def _check_repeats(entries: list[tuple[Scalar, Tree]], found: Findings) -> None:
    seen: dict[str, Mark] = {}
    for name, _ in entries:
        if name.text in seen:
            why = f"First: {seen[name.text]}."
            found.error(
                "Y016", f"the variable {name.text!r} is declared twice", name.mark, why, "Delete one row."
            )
        seen.setdefault(name.text, name.mark)


def _problems(sheet: Sheet, found: Findings) -> Tree:
    groups: dict[str, tuple[Scalar, list[Cells]]] = {}
    operators: list[tuple[Scalar, Tree]] = []
    for key, cells in _rows(sheet, "problem_key", _PROBLEM_COLUMNS, found, optional=True):
        if "operators" in cells:
            operators.append((Scalar("operators", cells["operators"].mark), cells.pop("operators")))
        if cells:
            groups.setdefault(key.text, (key, []))[1].append(cells)
    unnamed = groups.pop("", None)
    entries = [(key, _problem(rows)) for key, rows in groups.values()]
    if unnamed is not None:
        entries = [*_problem(unnamed[1]).entries, *entries]
    return Record((*entries, *operators[:1]), _start(sheet))


def _problem(rows: list[Cells]) -> Record:
    """One problem; the description of a row belongs to the formula of that row, whatever the order of the rows."""
    lists: dict[str, list[Tree]] = {"objective": [], "expressions": []}
    notes: dict[str, list[Tree]] = {"objective": [], "expressions": []}
    loose: list[Tree] = []
    figures, names = (
        [each for cells in rows for each in _several(cells.get(key))] for key in ("report", "define")
    )
    for cells in rows:
        note = _several(cells.get("description"))
        for name in ("objective", "expressions"):
            formulas = _several(cells.get(name))
            keys = FORMULA_KEYS if name == "expressions" else OBJECTIVE_KEYS
            lists[name] += [_beside(each, cells, keys) for each in formulas]
            taken, note = note[: len(formulas)], note[len(formulas) :]
            notes[name] += [*taken, *(Scalar("", each.mark) for each in formulas[len(taken) :])]
        loose += note
    described = [*notes["objective"], *notes["expressions"], *loose]
    while described and isinstance(described[-1], Scalar) and not described[-1].text:
        described.pop()
    parts = {**lists, "description": described, "define": names, "report": figures}
    entries = [(Scalar(k, v[0].mark), Listing(tuple(v), v[0].mark)) for k, v in parts.items() if v]
    return Record(tuple(entries), entries[0][0].mark)


def _beside(formula: Tree, cells: Cells, keys: Mapping[str, str]) -> Tree:
    """A formula with what stands in its row: condition, sets, penalty, priority."""
    found = [(Scalar(name, node.mark), node) for name in keys if (node := cells.get(name)) is not None]
    if not found or not isinstance(formula, Scalar):
        return formula
    name, _, rest = formula.text.partition(":")
    named = (Scalar(name.strip(), formula.mark), Scalar(rest.strip(), formula.mark))
    return Record((named, *found), formula.mark)


def _several(node: Tree | None) -> list[Tree]:
    return [] if node is None else list(node.items) if isinstance(node, Listing) else [node]


class _Merger:
    """Rows that repeat a key, put together; used once."""

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._keys: dict[str, Scalar] = {}
        self._cells: dict[str, Cells] = {}

    def add(self, key: Scalar, cells: Cells) -> None:
        """Add the cells of a row; descriptions are joined, Y052 where an earlier row of the key says something else."""
        known = self._cells.setdefault(key.text, {})
        self._keys.setdefault(key.text, key)
        for name, value in cells.items():
            first = known.setdefault(name, value)
            if name == "description" and isinstance(first, Scalar) and isinstance(value, Scalar):
                if value.text not in first.text:
                    known[name] = replace(first, text=f"{first.text}; {value.text}")
                continue
            if _plain(first) != _plain(value):
                message = f"{name!r} of {key.text!r} differs from an earlier row"
                why = f"Earlier: {first.mark}."
                self._found.error(
                    "Y052", message, value.mark, why, "Write the same in all rows of a key, or once."
                )

    def put(self, key: str, name: str, value: Tree) -> None:
        """Set one part of a key."""
        self._cells[key][name] = value

    def record(self, mark: Mark) -> Record:
        """All keys with their parts."""
        return Record(
            tuple((key, _record(self._cells[name], key.mark)) for name, key in self._keys.items()), mark
        )


def _plain(node: Tree) -> object:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Listing):
        return tuple(map(_plain, node.items))
    return tuple((key.text, _plain(value)) for key, value in node.entries)


def _record(cells: Cells, mark: Mark) -> Record:
    return Record(tuple((Scalar(name, value.mark), value) for name, value in cells.items()), mark)


def _start(sheet: Sheet) -> Mark:
    return sheet.mark(-1) if sheet.header else Mark(sheet.source, cell=f"{sheet.name}!A1")


def _rows(
    sheet: Sheet, key: str, columns: tuple[str, ...], found: Findings, optional: bool = False
) -> list[tuple[Scalar, Cells]]:
    """Key and filled cells of each row; Y051 for a missing key (optional: the row then has none), Y053 for ignored columns."""
    places = _columns(sheet, key, columns, found, optional)
    if key not in places and not optional:
        return []
    rows: list[tuple[Scalar, Cells]] = []
    for row in range(len(sheet)) if SKIP in columns else active_rows(sheet):
        cells = {
            name: _cell(name, content, sheet.mark(row, k), found)
            for name, k in places.items()
            if name != key and (content := as_label(sheet.columns[k][row]))
        }
        place = places.get(key)
        name = "" if place is None else as_label(sheet.columns[place][row])
        mark = sheet.mark(row, place or 0)
        if name or (cells and optional):
            rows.append((Scalar(name, mark), cells))
        elif cells:
            fix = f"Write the {key} into every row, also where it repeats."
            found.error("Y051", f"the row has no {key}", mark, fix=fix)
    return rows


def _columns(
    sheet: Sheet, key: str, columns: tuple[str, ...], found: Findings, optional: bool
) -> dict[str, int]:
    """Known column → position; Y051 if the column of the keys is missing and not optional, Y053 for others."""
    folded = {name.casefold(): name for name in (*columns[::-1], key)}
    places: dict[str, int] = {}
    for k, title in enumerate(sheet.header):
        name = title if title in columns else folded.get(title.casefold())
        if name is not None:
            places[name] = k
        elif title and title.casefold() not in (SKIP, NOTES):
            why = f"Columns that are read: {', '.join((key, *columns))}."
            message = f"the column {title!r} is ignored"
            found.warn("Y053", message, sheet.mark(-1, k), why, suggest(title, (key, *columns)))
    if key not in places and not optional:
        fix = f"Write {key} into the first row."
        found.error("Y051", f"the column {key!r} is missing", _start(sheet), fix=fix)
    return places


def _cell(name: str, content: str, mark: Mark, found: Findings) -> Tree:
    """One cell as a tree: text stays text, lists and mappings may lack their outer brackets; Y054."""
    reader = _reader(name)
    try:
        return reader(content, mark)
    except FileError as error:
        fix = "Write `key: value, key: value` or `first, second`, with or without outer brackets."
        for each in error.diagnostics:
            found.error("Y054", f"the cell is not short YAML: {each.message}", mark, each.why, fix)
        return Scalar("", mark)


def _reader(name: str) -> Callable[[str, Mark], Tree]:
    if name in ("report", "define"):
        return _figures
    if name in PROBLEM_KEYS:
        return _formulas
    if name in _LISTS:
        return _list
    if name in _TREES or name not in {*SET_KEYS, *TABLE_KEYS, *VARIABLE_KEYS, VARIABLE_UNIT, "operators"}:
        return _mapping
    return _text


def _text(content: str, mark: Mark) -> Tree:
    return Scalar(content, mark, plain=False)


def _formulas(content: str, mark: Mark) -> Tree:
    """Formulas are texts; a list of them stands in brackets."""
    if content.startswith("[") and content.endswith("]"):
        return parse_yaml(content, mark.source, mark)
    return _text(content, mark)


def _figures(content: str, mark: Mark) -> Tree:
    """A figure is `name: expression`, or a record in braces."""
    return parse_yaml(content, mark.source, mark) if content.startswith("{") else _text(content, mark)


def _list(content: str, mark: Mark) -> Tree:
    inner = content if content.startswith(("[", "- ")) else f"[{content}]"
    return _short_yaml(inner, mark)


def _mapping(content: str, mark: Mark) -> Tree:
    if content.startswith(("{", "[")) or ":" not in content:
        return _short_yaml(content, mark)
    lines = content.splitlines()
    if len(lines) > 1 and not any(line.rstrip().endswith(",") for line in lines):
        try:
            return parse_yaml(content, mark.source, mark)
        except FileError:
            pass
    return _short_yaml(f"{{{content}}}", mark)


def _short_yaml(content: str, mark: Mark) -> Tree:
    """YAML; where it is none, or would lose a part, brackets, commas and colons alone divide the texts. FileError."""
    try:
        tree = parse_yaml(content, mark.source, mark)
    except FileError:
        try:
            return parse_yaml(_with_quotes(content), mark.source, mark)
        except FileError:
            pass
        raise
    lossy = any("#" in part for part in _PARTS.split(content)[::2]) or _joined_key(tree)
    return parse_yaml(_with_quotes(content), mark.source, mark) if lossy else tree


def _joined_key(node: Tree) -> bool:
    """Whether a key holds its value, as in `dim:cols`."""
    if isinstance(node, Listing):
        return any(map(_joined_key, node.items))
    if isinstance(node, Scalar):
        return False
    return any((":" in k.text and k.plain and empty(v)) or _joined_key(v) for k, v in node.entries)


_PARTS: Final = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[{}\[\],:])""", re.S)
"""Divides a text: parts without meaning for YAML at even places, quoted texts and signs at odd ones."""
_PLAIN: Final = re.compile(r"[\w.+-][\w .+/()-]*|~")


def _with_quotes(content: str) -> str:
    """The same with every text that YAML could take for something else in quotes, and a space after every colon."""
    parts = _PARTS.split(content)
    plain = (" ".join(part.split()) for part in parts[::2])
    parts[::2] = [p if not p or _PLAIN.fullmatch(p) else json.dumps(p, ensure_ascii=False) for p in plain]
    return " ".join(parts)
