"""Settings and items given as Python values or YAML text instead of files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from saddlepoint.declare.fields import Findings
from saddlepoint.errors import Mark
from saddlepoint.files import (
    Listing,
    Record,
    Scalar,
    Sheet,
    Tree,
    as_label,
    cell_number,
    is_missing,
    is_number,
    parse_yaml,
)


def plant(value: object, name: str, found: Findings) -> Tree:
    """A tree from YAML text, or from dicts, lists, texts, numbers, truth values and None; Y060 for other types.

    Marks name the way to the value: `problem['profit']['expressions'][0]`.
    """
    if isinstance(value, str):
        return parse_yaml(value, name)
    return _node(value, name, found, 0)


def items_sheet(key: str, value: object, found: Findings) -> Sheet | None:
    """The items of one set as a Sheet: a list of names, a mapping or frame of columns, or rows as mappings; S015."""
    source = f"items[{key!r}]"
    name = f"{key}_Name"
    if isinstance(value, Mapping):
        return _sheet(cast(Mapping[object, object], value), source, found)
    if hasattr(value, "columns") and hasattr(value, "__getitem__"):
        frame = cast(Any, value)
        return _sheet({column: list(frame[column]) for column in frame.columns}, source, found)
    rows = _listed(value)
    if rows is None:
        fix = "Give a list of names, a mapping of columns, or a data frame."
        found.error("S015", f"the items cannot be of the type {type(value).__name__}", Mark(source), fix=fix)
        return None
    if rows and all(isinstance(row, Mapping) for row in rows):
        records = cast(list[Mapping[object, object]], rows)
        titles = dict.fromkeys(title for record in records for title in record)
        return _sheet({title: [record.get(title) for record in records] for title in titles}, source, found)
    return _sheet({name: rows}, source, found)


def _sheet(columns: Mapping[object, object], source: str, found: Findings) -> Sheet | None:
    lists = [_listed(cells) for cells in columns.values()]
    whole = [cells for cells in lists if cells is not None]
    if len(whole) != len(lists) or len({len(cells) for cells in whole}) > 1:
        fix = "Give one list per column, all of one length."
        found.error("S015", "the columns of the items must be lists of one length", Mark(source), fix=fix)
        return None
    header = tuple(map(str, columns))
    for title, cells in zip(header, whole, strict=True):
        for row, cell in enumerate(cells):
            if isinstance(cell, Iterable) and not isinstance(cell, str):
                place = Mark(f"{source}[{title!r}][{row}]")
                fix = "Give texts or numbers."
                found.error(
                    "S015", f"a name or label cannot be of the type {type(cell).__name__}", place, fix=fix
                )
    given = tuple([None if is_missing(cell) else cell for cell in cells] for cells in whole)
    return Sheet(source, header, given, source=source, first_row=1, cells=False)


def _listed(value: object) -> list[object] | None:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        return None
    return list(cast(Iterable[object], value))


def _node(value: object, path: str, found: Findings, depth: int) -> Tree:
    shown = "" if value is None or isinstance(value, Mapping | list | tuple) else str(value)
    mark = Mark(path, text=shown or None, end=len(shown))
    if value is None:
        return Scalar("", mark)
    if isinstance(value, bool | np.bool_):
        return Scalar("true" if value else "false", mark)
    if isinstance(value, str | int | float):
        return Scalar(str(value), mark, plain=False)
    if is_number(value):
        return Scalar(as_label(cell_number(value, endless=True)) or "nan", mark, plain=False)
    if depth > 50:
        found.error(
            "Y060", "the nesting is deeper than 50", Mark(path), fix="Give settings of the documented form."
        )
    elif isinstance(value, Mapping):
        pairs = cast(Mapping[object, object], value).items()
        entries = [
            (_key(key, path, found), _node(inner, f"{path}[{key!r}]", found, depth + 1))
            for key, inner in pairs
        ]
        return Record(tuple(entries), mark)
    elif isinstance(value, list | tuple):
        items = cast(Sequence[object], value)
        return Listing(
            tuple(_node(item, f"{path}[{k}]", found, depth + 1) for k, item in enumerate(items)), mark
        )
    else:
        fix = "Use dicts, lists, texts, numbers, True, False or None."
        found.error("Y060", f"a setting cannot be of the type {type(value).__name__}", Mark(path), fix=fix)
    return Scalar("", mark)


def _key(key: object, path: str, found: Findings) -> Scalar:
    if not isinstance(key, str | int) or isinstance(key, bool):
        found.error("Y060", f"a key cannot be {key!r}", Mark(path), fix="Use texts as keys.")
    return Scalar(str(key), Mark(f"{path}[{key!r}]"), plain=False)
