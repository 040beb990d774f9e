"""scenarios.yml: which scenarios of the product are meant, and which beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any, Final, Literal, cast

from saddlepoint.declare.fields import Fields, Findings, empty, entries, fields, groups, items, labels
from saddlepoint.declare.memory import plant
from saddlepoint.declare.sample import read_sample
from saddlepoint.declare.spec import SampleSpec
from saddlepoint.errors import NOWHERE, Mark, suggest
from saddlepoint.files import Scalar, Sheet, Tree, as_labels, inside, read_csv, read_yaml
from saddlepoint.records import dataclass

SCENARIOS: Final = "scenarios.yml"
BASE: Final = "base"

KEYS: Final[Mapping[str, str]] = {
    "include": "coordinates, each some labels of some sets: only scenarios that fit one of them (default all)",
    "exclude": "coordinates: no scenario that fits one of them",
    "list": "scenarios one by one, each with a label of every split set, or the name of a CSV file with them",
    "overrides": "named changes of input tables: {name: {table, where, set | add | multiply | from}}, or a list of such",
    "runs": "named variants of the data: {name: [override, override]}; later overrides win",
    "sample": "draws of uncertain tables as scenarios: {table, number, method, seed}",
}
CHANGE_KEYS: Final[Mapping[str, str]] = {
    "table": "the input table whose numbers are changed",
    "where": "which cells: {set: label} or {set: [label, label]} (default all)",
    "set": "the new number",
    "add": "what is added to the number",
    "multiply": "by what the number is multiplied",
    "from": "a CSV file of the folder with labels and `values`: the numbers that take the place of the table's own",
    "column": "the column that is changed (default `values`; `mean` in uncertain tables)",
}
ACTIONS: Final = ("set", "add", "multiply")
Action = Literal["set", "add", "multiply"]


@dataclass(frozen=True, slots=True)
class Where:
    """Partial coordinates: set key → labels that fit; a set that is not named fits with every label."""

    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mark: Mark = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """One change of the numbers of a table; column None = `values`, or `mean` where the table is uncertain;
    rows: labels and numbers of a file instead of one number."""

    table: str
    where: Where
    action: Action
    number: float
    column: str | None = None
    mark: Mark = NOWHERE
    rows: Sheet | None = None


@dataclass(frozen=True, slots=True)
class RunSpec:
    """A named variant: the names of its overrides, in the order in which they are applied."""

    name: str
    overrides: tuple[str, ...]
    mark: Mark = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenarios:
    """What scenarios.yml says. listed: None = no list; runs: without the one that changes nothing, `base`."""

    include: tuple[Where, ...] = ()
    exclude: tuple[Where, ...] = ()
    listed: tuple[Where, ...] | None = None
    overrides: Mapping[str, tuple[Override, ...]] = field(default_factory=dict)
    runs: tuple[RunSpec, ...] = ()
    sample: SampleSpec | None = None


def read_scenarios(folder: Path) -> Scenarios:
    """The scenarios of a model folder; nothing beyond the product if it has no scenarios.yml.

    FileError (YAML, CSV); DeclareError Y010–Y018 and K201–K204.
    """
    path = inside(folder, SCENARIOS)
    if not path.exists():
        return Scenarios()
    return _scenarios(read_yaml(path, SCENARIOS), folder)


def scenarios_from(value: object) -> Scenarios:
    """The same from YAML text or dicts; a list must then stand in it, not in a file."""
    found = Findings()
    tree = plant(value, "scenarios", found)
    found.check()
    return _scenarios(tree, None)


def _scenarios(tree: Tree, folder: Path | None) -> Scenarios:
    found = Findings()
    known = fields(tree, KEYS, SCENARIOS, found)
    overrides = {
        key.text: _changes(node, f"override {key.text!r}", key.mark, folder, found)
        for key, node in entries(known.get("overrides"), "overrides", found)
    }
    runs = tuple(_run(key, node, overrides, found) for key, node in entries(known.get("runs"), "runs", found))
    scenarios = Scenarios(
        include=_wheres(known.get("include"), "include", found),
        exclude=_wheres(known.get("exclude"), "exclude", found),
        listed=_listed(known.get("list"), folder, found),
        overrides=overrides,
        runs=runs,
        sample=read_sample(known.get("sample"), found),
    )
    found.check()
    return scenarios


def _wheres(node: Tree | None, owner: str, found: Findings) -> tuple[Where, ...]:
    return tuple(Where(groups(item, owner, found), item.mark) for item in items(node))


def _listed(node: Tree | None, folder: Path | None, found: Findings) -> tuple[Where, ...] | None:
    if empty(node) or node is None:
        return None
    if not isinstance(node, Scalar):
        return _wheres(node, "list", found)
    if folder is None:
        fix = "Write the scenarios into the list."
        found.error("K201", "a list in memory cannot name a file", node.mark, fix=fix)
        return ()
    return _rows(read_csv(inside(folder, node.text.strip()), node.text.strip()))


def _rows(sheet: Sheet) -> tuple[Where, ...]:
    """A CSV file with a column `<Set>` or `<Set>_Name` for each set; a column `id` is ignored."""
    names = [title.removesuffix("_Name") for title in sheet.header]
    columns = [as_labels(cells) for cells in sheet.columns]
    used = [k for k, name in enumerate(names) if name and name.casefold() != "id"]
    return tuple(
        Where({names[k]: (columns[k][row],) for k in used if columns[k][row]}, sheet.mark(row))
        for row in range(len(sheet))
        if any(columns[k][row] for k in used)
    )


def _changes(
    node: Tree, owner: str, mark: Mark, folder: Path | None, found: Findings
) -> tuple[Override, ...]:
    if empty(node):
        fix = "Write {table: <table>, multiply: 1.1}."
        found.error("K202", f"{owner} changes nothing", mark, fix=fix)
    changes = (_change(item, owner, folder, found) for item in items(node))
    return tuple(change for change in changes if change is not None)


def _action(known: Mapping[str, Tree], node: Tree, owner: str, found: Findings) -> Action | None:
    """What a change does; K202 where it says nothing, or several things."""
    actions = [action for action in ACTIONS if action in known]
    if len(actions) == 1:
        return cast(Action, actions[0])
    said = f"says {' and '.join(actions)} at once" if actions else "does not say what to do"
    fix = "Give one of set, add, multiply; a list of changes for several."
    found.error("K202", f"{owner} {said}", node.mark, fix=fix)
    return None


def _change(node: Tree, owner: str, folder: Path | None, found: Findings) -> Override | None:
    known = fields(node, CHANGE_KEYS, owner, found)
    table = known.text("table")
    if not table:
        found.error("K202", f"{owner} names no table", node.mark, fix="Add `table: <table>`.")
    if "from" in known and table:
        return _from_file(known, table, owner, folder, found)
    action = _action(known, node, owner, found)
    number = None if action is None else known.real(action)
    if action is None or number is None or not table:
        return None
    where = Where(known.groups("where"), known.get("where", node).mark)
    column = known.name("column")
    return Override(table=table, where=where, action=action, number=number, column=column, mark=node.mark)


def _from_file(
    known: Fields, table: str, owner: str, folder: Path | None, found: Findings
) -> Override | None:
    """Numbers from a CSV file; K290 beside other actions, and in memory, where there are no files."""
    node = known["from"]
    beside = [key for key in (*ACTIONS, "where") if key in known]
    if beside or folder is None:
        why = "A model in memory has no files." if folder is None else f"It says {' and '.join(beside)} too."
        found.error(
            "K290",
            f"{owner} cannot take numbers from a file",
            node.mark,
            why,
            "Give one of from, set, add, multiply.",
        )
        return None
    name, column = known.text("from"), known.name("column")
    rows = read_csv(inside(folder, name), name)
    return Override(
        table=table, where=Where(), action="set", number=0.0, column=column, mark=node.mark, rows=rows
    )


def _run(key: Scalar, node: Tree, overrides: Mapping[str, Any], found: Findings) -> RunSpec:
    names = labels(node, f"run {key.text!r}", found)
    if key.text == BASE and names:
        why = f"{BASE!r} is the run that changes nothing; it is always there."
        found.error("K203", f"a run cannot be called {BASE!r}", key.mark, why, "Choose another name.")
    for name in names:
        if name not in overrides:
            message = f"run {key.text!r} uses the override {name!r}, which is not declared"
            found.error("K203", message, key.mark, fix=suggest(name, overrides))
    return RunSpec(key.text, names, key.mark)
