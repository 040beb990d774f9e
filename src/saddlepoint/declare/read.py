"""A model folder, or values in memory, as a Spec with the items of its sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final, Literal, cast

from saddlepoint.declare.fields import Findings, word
from saddlepoint.declare.items import items_of
from saddlepoint.declare.memory import items_sheet, plant
from saddlepoint.declare.problems import read_problems
from saddlepoint.declare.schema import read_sets, read_tables
from saddlepoint.declare.set_files import SETS, set_sheets
from saddlepoint.declare.spec import SetItems, Spec
from saddlepoint.declare.workbook import TABS, settings_trees
from saddlepoint.errors import NOWHERE, DeclareError, Diagnostic, FileError, Mark, collected, suggest
from saddlepoint.files import Scalar, Sheet, Tree, inside, read_workbook, read_yaml, tab_names
from saddlepoint.records import dataclass

FileFormat = Literal["yaml", "xlsx"]
WORKBOOK: Final = "model_settings.xlsx"


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read: the Spec, the items of its sets (declared order), and warnings for the caller to show."""

    spec: Spec
    items: tuple[SetItems, ...] = ()
    warnings: tuple[Diagnostic, ...] = ()


def read_settings(folder: Path, settings: FileFormat | None = None, lenient: bool = False) -> Reading:
    """The Spec of a model folder, without items; FileError or DeclareError (Y). lenient: as of Spec."""
    found = Findings(lenient)
    form = (
        word(Scalar(settings, NOWHERE), ("yaml", "xlsx"), "settings", found)
        if settings
        else _form(folder, found)
    )
    found.check()
    trees = _yaml_trees(folder) if form == "yaml" else _workbook_trees(folder, found)
    return reading_of(folder.resolve().name, trees, found)


def read_items(folder: Path, spec: Spec) -> Reading:
    """The items of all sets from sets.xlsx or sets/<Set>.csv; FileError or DeclareError (S)."""
    found = Findings(spec.lenient)
    sheets = set_sheets(folder, spec)
    absent = not inside(folder, SETS).exists()
    if absent and not sheets and any(each.needs_items for each in spec.sets):
        fix = "`lab.template()` writes one with a tab per set."
        found.error("S001", f"{SETS} is missing: the sets have no items", Mark(SETS), fix=fix)
        found.check()
    items = items_of(spec, sheets, SETS, found)
    if not absent:
        found.errors = _with_tabs(found.errors, sheets, inside(folder, SETS))
    found.check()
    return Reading(spec, items, tuple(found.warnings))


def from_mapping(
    *,
    sets: object,
    variables: object,
    problem: object,
    items: Mapping[str, object] | None = None,
    name: str = "model",
) -> Reading:
    """The same without files; FileError (YAML text) or DeclareError.

    sets, variables, problem: the content of the three YAML files, as text or dicts. items: set key → list of names,
    mapping or frame of columns (`<Key>_Name`, `<Key>_<filter>`), or rows as mappings; None = no items yet.
    """
    found = Findings()
    given = {"sets": sets, "variables": variables, "problem": problem}
    trees = _all_trees({key: partial(plant, value, key, found) for key, value in given.items()})
    found.check()
    declared = reading_of(name, trees, found)
    if items is None and any(each.needs_items for each in declared.spec.sets):
        return declared
    found = Findings()
    if items is not None and not isinstance(cast(object, items), Mapping):
        fix = "Give a mapping of sets: items={'Tech': ['pv', 'gas']}."
        found.error("S015", f"the items cannot be of the type {type(items).__name__}", Mark("items"), fix=fix)
        found.check()
    whole = _planted_items(declared.spec, items or {}, found)
    found.check()
    return Reading(declared.spec, whole, declared.warnings + tuple(found.warnings))


def _planted_items(spec: Spec, items: Mapping[str, object], found: Findings) -> tuple[SetItems, ...]:
    """The items of all sets from values; S014 for a set that is not there."""
    keys = {each.key for each in spec.sets}
    for key in items:
        if key not in keys:
            found.error("S014", f"there is no set {key!r}", Mark("items"), fix=suggest(key, keys))
    sheets = {key: items_sheet(key, value, found) for key, value in items.items() if key in keys}
    return items_of(spec, {key: sheet for key, sheet in sheets.items() if sheet is not None}, "items", found)


def is_model(folder: Path) -> bool:
    """Whether a folder holds settings of a model, in either form."""
    return any(path.exists() for form in ("yaml", "xlsx") for path in settings_files(folder, form))


def settings_files(folder: Path, form: FileFormat) -> tuple[Path, ...]:
    """The files of one form of the settings, whether they are there or not."""
    if form == "xlsx":
        return (folder / WORKBOOK,)
    return tuple(_yaml_path(folder, tab) for tab in TABS)


def reading_of(name: str, trees: tuple[Tree, Tree, Tree], found: Findings) -> Reading:
    sets = read_sets(trees[0], found)
    tables = read_tables(trees[1], {each.key for each in sets}, found)
    problems, trust = read_problems(trees[2], found)
    found.check()
    return Reading(
        Spec(name=name, sets=sets, tables=tables, problems=problems, trust=trust, lenient=found.lenient),
        (),
        tuple(found.warnings),
    )


def _form(folder: Path, found: Findings) -> FileFormat:
    """The form that is there; DeclareError Y002 (both; lenient: the workbook), Y003 (none); FileError F001 (no folder)."""
    if not inside(folder, ".").is_dir():
        fix = "Check the path; `saddle new` makes a model folder."
        what = (
            "this is a file, and a model is a folder"
            if inside(folder, ".").exists()
            else "there is no such folder"
        )
        raise FileError.of("F001", what, Mark(str(folder)), fix=fix)
    files = [path.name for path in settings_files(folder, "yaml") if path.exists()]
    workbook = (folder / WORKBOOK).exists()
    mark = Mark(folder.name)
    if files and workbook:
        why = f"It has {', '.join(files)} and {WORKBOOK}; they may differ."
        fix = "Say which to read (`settings='yaml'` or `settings='xlsx'`), or delete the other."
        found.odd("Y002", "the folder holds both forms of the settings", mark, why, fix)
        found.check()
    if not files and not workbook:
        why = f"It has neither {', '.join(f'{tab}.yml' for tab in TABS)} nor {WORKBOOK}."
        fix = "`saddle new` makes a model folder."
        raise DeclareError.of("Y003", "this is not a model folder", mark, why=why, fix=fix)
    return "xlsx" if workbook else "yaml"


def _yaml_path(folder: Path, tab: str) -> Path:
    other = folder / f"{tab}.yaml"
    return other if other.exists() and not (folder / f"{tab}.yml").exists() else folder / f"{tab}.yml"


def _yaml_trees(folder: Path) -> tuple[Tree, Tree, Tree]:
    paths = {path.name: inside(folder, path.name) for path in settings_files(folder, "yaml")}
    missing = [name for name, path in paths.items() if not path.exists()]
    if missing:
        fix = "A model needs all three; `saddle new` writes skeletons."
        raise DeclareError(
            [Diagnostic("Y001", f"{name} is missing", Mark(name), fix=fix) for name in missing]
        )
    return _all_trees({name: partial(read_yaml, path, name) for name, path in paths.items()})


def _all_trees(readers: Mapping[str, Callable[[], Tree]]) -> tuple[Tree, Tree, Tree]:
    """All trees; FileError with the findings of all of them."""
    trees: list[Tree] = []
    errors: list[Diagnostic] = []
    for reader in readers.values():
        with collected(errors):
            trees.append(reader())
    if errors:
        raise FileError(errors)
    return trees[0], trees[1], trees[2]


def _workbook_trees(folder: Path, found: Findings) -> tuple[Tree, Tree, Tree]:
    path = inside(folder, WORKBOOK)
    if not path.exists():
        raise DeclareError.of(
            "Y001",
            f"{WORKBOOK} is missing",
            Mark(WORKBOOK),
            fix="Make it with `saddle new`, in the form of a workbook.",
        )
    sheets = read_workbook(path, TABS, WORKBOOK)
    if len(sheets) < len(TABS):
        there = tab_names(path, WORKBOOK)
        sheets = {**{tab: Sheet(tab, (), ()) for tab in there if tab.casefold() not in TABS}, **sheets}
    return settings_trees(sheets, WORKBOOK, found)


def _with_tabs(errors: list[Diagnostic], sheets: Mapping[str, Sheet], path: Path) -> list[Diagnostic]:
    """Name the tabs that belong to no set where a set has none."""
    if not any(each.code == "S002" for each in errors):
        return errors
    used = {sheet.name for sheet in sheets.values()}
    spare = [tab for tab in tab_names(path, SETS) if tab not in used]
    why = f"Tabs that belong to no set: {', '.join(map(repr, spare))}." if spare else ""
    return [
        Diagnostic(d.code, d.message, d.mark, why=why, fix=d.fix) if d.code == "S002" else d for d in errors
    ]
