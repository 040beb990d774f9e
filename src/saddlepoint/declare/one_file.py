"""A whole small model in one file: sets, tables, problem, and its data."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Final

from saddlepoint.declare.fields import Findings, fields
from saddlepoint.declare.items import items_of
from saddlepoint.declare.read import Reading, reading_of
from saddlepoint.errors import DeclareError
from saddlepoint.files import Record, Scalar, Tree, cell_number, is_blank, read_yaml
from saddlepoint.files.yamltree import Listing

FILE_KEYS: Final = {
    "sets": "what structure_sets.yml says; every set has its items",
    "tables": "what structure_variables.yml says",
    "problem": "what problem.yml says",
    "data": "the numbers: {table: number, list, or {label: number}}",
}


def read_one_file(path: Path) -> tuple[Reading, dict[str, object]]:
    """The model of a file, and its data by table; FileError, DeclareError (Y, S)."""
    found = Findings()
    tree = read_yaml(path, path.name)
    known = fields(tree, FILE_KEYS, path.name, found)
    for key in ("sets", "tables", "problem"):
        if key not in known:
            found.error(
                "Y001",
                f"{key!r} is missing in {path.name}",
                tree.mark,
                fix=f"Write `{key}:` with what belongs to it.",
            )
    found.check()
    declared = reading_of(path.stem, (known["sets"], known["tables"], known["problem"]), found)
    found = Findings()
    items = items_of(declared.spec, {}, path.name, found)
    found.check()
    return Reading(declared.spec, items, declared.warnings), _data(known.get("data"), path.name)


def _data(node: Tree | None, file: str) -> dict[str, object]:
    """The numbers by table; Y010 where they are not under the keys of their tables."""
    if node is None or (isinstance(node, Scalar) and is_blank(node.text)):
        return {}
    if not isinstance(node, Record):
        fix = "Write the key of each table and its numbers: `demand: {1: 5, 2: 7}`."
        raise DeclareError.of("Y010", f"data of {file} is not made of tables", node.mark, fix=fix)
    return {key.text: _plain(value) for key, value in node.entries}


def _plain(node: Tree) -> object:
    """A tree as dicts, lists, numbers and texts."""
    if isinstance(node, Record):
        return {key.text: _plain(value) for key, value in node.entries}
    if isinstance(node, Listing):
        return [_plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    if is_blank(node.text):
        return None
    value = cell_number(node.text, True)
    return node.text if math.isnan(value) else value
