"""The items of sets: their names and labels, from the tabs of sets.xlsx or from memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from saddlepoint.declare.fields import Findings
from saddlepoint.declare.spec import ItemList, SetItems, SetSpec, Spec
from saddlepoint.errors import Mark, nearest, suggest
from saddlepoint.files import Sheet, as_labels, explain_letters, tab_name
from saddlepoint.files.sheet import NoResult
from saddlepoint.labels.axis import MIDNIGHT, same_instant

PARENT: Final = "parent"


def set_tab(key: str) -> str:
    """The name of a set's tab in sets.xlsx, as a workbook can hold it."""
    return tab_name(f"_set_{key.upper()}")


def titles_of(spec: SetSpec) -> tuple[str, ...]:
    """The columns of a set's tab: names, one per filter, one per aggregation."""
    filters = [f"{spec.key}_{name}" for name in spec.filters]
    return (f"{spec.key}_Name", *filters, *(f"{spec.key}_agg_{name}" for name in spec.aggregations))


def parent_column(key: str) -> str:
    """The column of a set's tab that makes its items a tree: of every item its parent, blank at a root."""
    return f"{key}_parent"


def _tree(
    key: str, names: Sequence[str], parents: Sequence[str], marks: Callable[[int], Mark], found: Findings
) -> tuple[int, ...] | None:
    """The place of every item's parent, −1 at a root; None where no item has one. S070 (no item), S071 (a circle)."""
    if not any(parents):
        return None
    places = {name: k for k, name in enumerate(names)}
    tree = [places.get(parent, -1) if parent else -1 for parent in parents]
    for k, parent in enumerate(parents):
        if parent and parent not in places:
            message = f"the parent {parent!r} of {names[k]!r} is no item of {key!r}"
            found.error("S070", message, marks(k), fix=suggest(parent, names))
    for k in range(len(tree)):
        here, steps = tree[k], 0
        while here >= 0 and here != k and steps <= len(tree):
            here, steps = tree[here], steps + 1
        if here == k:
            message = f"{names[k]!r} of {key!r} is among its own ancestors"
            found.error(
                "S071", message, marks(k), fix="One item of the circle must be a root: clear its parent."
            )
            return None
    return tuple(tree)


def items_of(spec: Spec, sheets: Mapping[str, Sheet], source: str, found: Findings) -> tuple[SetItems, ...]:
    """The items of every set in declared order; sheets: set key → Sheet. Findings S002–S011.

    A copied set repeats the items, filters and aggregations of its source.
    """
    items: dict[str, SetItems] = {}
    for each in spec.sets:
        sheet = sheets.get(each.key)
        if each.copy_from is not None:
            if sheet is not None:
                why = f"{each.key!r} repeats the items of {each.copy_from!r}."
                place = sheet.mark(-1) if sheet.header else Mark(sheet.source)
                found.warn("S011", f"the tab of {each.key!r} is ignored", place, why, "Delete it.")
        elif each.items is not None:
            items[each.key] = _written(each, each.items, found)
        elif each.groups is not None:
            continue
        elif sheet is None:
            fix = (
                f"Add a tab {set_tab(each.key)!r} with the column {each.key}_Name; `lab.template()` makes it."
            )
            found.error("S002", f"the set {each.key!r} has no items", Mark(source), fix=fix)
        else:
            items[each.key] = _items(each, sheet, found)
    items |= {
        each.key: _grouped(each, items[each.groups[0]])
        for each in spec.sets
        if each.groups and each.groups[0] in items
    }
    return tuple(
        items[each.key] if each.copy_from is None else _copy(each, items[each.copy_from])
        for each in spec.sets
        if (each.copy_from or each.key) in items
    )


def follow(spec: SetSpec, known: Mapping[str, SetItems]) -> SetItems | None:
    """The items of a copy or of a grouping, from those of its source; None where the source has none."""
    if spec.groups is not None:
        return _grouped(spec, known[spec.groups[0]]) if spec.groups[0] in known else None
    return _copy(spec, known[spec.copy_from]) if spec.copy_from and spec.copy_from in known else None


def tree_of(key: str, names: Sequence[str], parents: Sequence[str], mark: Mark) -> tuple[int, ...] | None:
    """The place of every item's parent; DeclareError S070, S071."""
    found = Findings()
    tree = _tree(key, names, parents, lambda _: mark, found)
    found.check()
    return tree


def _written(spec: SetSpec, listed: ItemList, found: Findings) -> SetItems:
    """The items of the settings; S007 for a label that its filter does not allow, S010 for one of no filter."""
    known = {*spec.filters, *spec.aggregations}
    rooted = PARENT not in known and any(PARENT in beside for beside in listed.labels.values())
    known |= {PARENT} if rooted else set()
    for name, beside in listed.labels.items():
        for column, label in beside.items():
            if column not in known:
                fix = suggest(column, known) if known else "Declare it as a filter or an aggregation."
                found.warn("S010", f"{column!r} of the item {name!r} is ignored", spec.mark, fix=fix)
            elif column in spec.filters and label not in spec.filters[column]:
                message = f"{label!r} is no label of the filter {column!r} of {spec.key!r}"
                found.error("S007", message, spec.mark, fix=suggest(label, spec.filters[column]))

    def beside_of(title: str) -> tuple[str, ...]:
        return tuple(listed.labels.get(name, {}).get(title, "") for name in listed.names)

    filters = {title: beside_of(title) for title in spec.filters}
    groups = {title: beside_of(title) for title in spec.aggregations}
    tree = _tree(spec.key, listed.names, beside_of(PARENT), lambda _: spec.mark, found) if rooted else None
    return SetItems(
        spec.key, listed.names, filters=filters, aggregations=groups, mark=spec.mark, parents=tree
    )


def _grouped(spec: SetSpec, source: SetItems) -> SetItems:
    """The distinct labels of a column, in the order in which they appear; blank ones are no group."""
    assert spec.groups is not None
    column = source.filters.get(spec.groups[1]) or source.aggregations.get(spec.groups[1], ())
    return SetItems(spec.key, tuple(dict.fromkeys(label for label in column if label)), mark=spec.mark)


def _copy(spec: SetSpec, items: SetItems) -> SetItems:
    return replace(items, key=spec.key, mark=spec.mark)


def _items(spec: SetSpec, sheet: Sheet, found: Findings) -> SetItems:
    places = {title: sheet.index(title) for title in titles_of(spec)}
    _check_columns(spec, sheet, places, found)
    where = places[f"{spec.key}_Name"]
    if where is None:
        return SetItems(spec.key, ())
    names = _days_or_hours(as_labels(sheet.columns[where]))
    rows = [row for row, name in enumerate(names) if name or not sheet.is_blank_row(row)]
    _check_items(spec, sheet, where, [(row, names[row]) for row in rows], found)
    _check_case(spec, sheet, where, [(row, names[row]) for row in rows], found)

    def labels(title: str) -> tuple[str, ...]:
        k = places[title]
        column = as_labels(sheet.columns[k]) if k is not None else [""] * len(names)
        return tuple(column if len(rows) == len(names) else [column[row] for row in rows])

    def truths(name: str) -> tuple[str, ...]:
        """Labels of a filter; truth values of the workbook in the spelling of the settings."""
        spelt = {label.upper(): label for label in spec.filters[name] if label.upper() in ("TRUE", "FALSE")}
        return tuple(
            spelt.get(label.upper(), label) if spelt else label for label in labels(f"{spec.key}_{name}")
        )

    filters = {name: truths(name) for name in spec.filters}
    for name in spec.filters:
        k = places[f"{spec.key}_{name}"]
        if k is not None:
            _check_labels(spec, name, sheet, k, list(zip(rows, filters[name], strict=True)), found)
    groups = {name: labels(f"{spec.key}_agg_{name}") for name in spec.aggregations}
    kept = tuple(names) if len(rows) == len(names) else tuple(names[row] for row in rows)
    above = sheet.index(parent_column(spec.key))
    tree = None
    if above is not None:
        parents = _days_or_hours(as_labels(sheet.columns[above]))
        tree = _tree(
            spec.key, kept, [parents[row] for row in rows], lambda k: sheet.mark(rows[k], above), found
        )
    return SetItems(
        spec.key, kept, filters=filters, aggregations=groups, mark=sheet.mark(-1, where), parents=tree
    )


def _days_or_hours(names: list[str]) -> list[str]:
    """Instants of one set in one form: days alone if each is a midnight, else all with their clock."""
    dated = (name for name in names if name[:1].isdigit())
    others = {name: other for name in dated if (other := same_instant(name)) is not None}
    if not others or len(set(names)) < len(names):
        return names
    clocks = any(_CLOCK.match(name) and name not in others for name in names)
    return [
        name if name not in others or name.endswith(MIDNIGHT) == clocks else others[name] for name in names
    ]


_CLOCK: Final = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")


def _check_columns(spec: SetSpec, sheet: Sheet, places: Mapping[str, int | None], found: Findings) -> None:
    used = {k for k in (*places.values(), sheet.index(parent_column(spec.key))) if k is not None}
    spare = [title for k, title in enumerate(sheet.header) if title and k not in used]
    for title, k in places.items():
        if k is None:
            name = title.endswith("_Name")
            what = "names of its items" if name else "labels that it declares"
            message = f"the column {title!r} is missing: the set {spec.key!r} has no {what}"
            place = sheet.mark(-1) if sheet.header else Mark(sheet.source, cell=f"{sheet.name}!A1")
            found.error(
                "S003" if name else "S004",
                message,
                place,
                fix=suggest(title, spare) if spare else f"Add {title}.",
            )
    for k, title in enumerate(sheet.header):
        if title and k not in used and title.casefold() != "id":
            why = f"Columns that are read: {', '.join(places)}."
            found.warn(
                "S010", f"the column {title!r} is ignored", sheet.mark(-1, k), why, suggest(title, places)
            )


def _check_items(
    spec: SetSpec, sheet: Sheet, column: int, names: list[tuple[int, str]], found: Findings
) -> None:
    """S005 (twice), S006 (no name), S009 (no item at all), S012 (an error value or a formula)."""
    if not names:
        fix = f"Write the items below {spec.key}_Name."
        found.error("S009", f"the set {spec.key!r} has no items", sheet.mark(-1, column), fix=fix)
    cells = sheet.columns[column]
    named = {name for _, name in names}
    if len(named) == len(names) and "" not in named and NoResult not in set(map(type, cells)):
        return
    seen: dict[str, int] = {}
    for row, name in names:
        first = seen.setdefault(name, row)
        if not name:
            fix = "Write the name, or clear the row."
            found.error("S006", f"an item of {spec.key!r} has no name", sheet.mark(row, column), fix=fix)
        elif first != row:
            why = f"First: {sheet.mark(first, column)}."
            message = f"the item {name!r} of {spec.key!r} is there twice"
            found.error("S005", message, sheet.mark(row, column), why, "Delete or rename one of them.")
        elif isinstance(cells[row], NoResult):
            what = "a formula without a stored result" if name.startswith("=") else "an error value"
            message = f"an item of {spec.key!r} is {what}, {name!r}"
            found.error("S012", message, sheet.mark(row, column), fix="Write the name as text.")


def _check_case(
    spec: SetSpec, sheet: Sheet, column: int, names: list[tuple[int, str]], found: Findings
) -> None:
    """S013: items that a person can take for one another."""
    plain = {name for _, name in names}
    if len(set(map(str.casefold, plain))) == len(plain):
        return
    folded: dict[str, str] = {}
    for row, name in names:
        first = folded.setdefault(name.casefold(), name)
        if first != name:
            message = f"the items {first!r} and {name!r} of {spec.key!r} differ only in case"
            fix = "If they are one item, delete one of them; else give them names that cannot be mistaken."
            found.warn("S013", message, sheet.mark(row, column), fix=fix)


def _check_labels(
    spec: SetSpec, name: str, sheet: Sheet, column: int, labels: list[tuple[int, str]], found: Findings
) -> None:
    """S007 (close to a declared label: odd; another one: a warning), S008 (blank)."""
    allowed = spec.filters[name]
    known = {"", *allowed}
    for row, label in labels:
        if label not in known:
            message = f"{label!r} is no label of the filter {name!r} of {spec.key!r}"
            why = f"Allowed: {', '.join(allowed)}. {explain_letters(label)}".rstrip()
            fix = f"{suggest(label, allowed)} New labels are declared in structure_sets."
            if nearest(label, allowed):
                found.odd("S007", message, sheet.mark(row, column), why, fix)
            else:
                why += " No variable that filters by the declared labels sees the item."
                found.warn("S007", message, sheet.mark(row, column), why, fix)
        elif not label and spec.filters:
            why = f"Without a label, no variable that filters by {name!r} would see the item."
            fix = f"Write one of {', '.join(allowed)}."
            found.warn("S008", f"an item of {spec.key!r} has no {name!r}", sheet.mark(row, column), why, fix)
