"""Two functions of CVXlab's inner module of this name, which programs replace while they make a Model (MARIO does).

Saddlepoint's own reading of settings calls neither.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def merge_dicts(
    dicts_list: Sequence[Mapping[str, Any] | None], unique_values: bool = False
) -> dict[str, list[Any]]:
    """Key → the values of all mappings, those of lists one by one; unique_values: each once."""
    merged: dict[str, list[Any]] = {}
    for one in dicts_list:
        for key, value in (one or {}).items():
            if value is not None:
                found = merged.setdefault(key, [])
                found += [each for each in _several(value) if not (unique_values and each in found)]
    return merged


def pivot_dataframe_to_data_structure(
    data: Any,
    primary_key: str | int | None = None,
    secondary_key: str | int | None = None,
    merge_dict: bool = False,
    skip_process_str: bool = False,
) -> dict[Any, Any]:
    """The rows of a data frame of settings as a tree: primary key → column → cell, columns from secondary_key on below its cells.

    merge_dict: cells of rows with one key are gathered in lists; skip_process_str: cells stay as they are. ValueError (no such column).
    """
    first = data.columns[0] if primary_key is None else primary_key
    for key in (first, secondary_key):
        if key is not None and key not in data.columns:
            raise ValueError(f"there is no column {key!r}")
    tree: dict[Any, Any] = {}
    cut = list(data.columns).index(secondary_key) if secondary_key is not None else len(data.columns)
    for row in data.to_dict("records"):
        cells = {c: _cell(row[c], skip_process_str) for c in data.columns if c != first and _filled(row[c])}
        own = {c: cells[c] for c in data.columns[:cut] if c in cells}
        known = tree.setdefault(row[first], {})
        tree[row[first]] = merge_dicts([known, own]) if merge_dict else {**known, **own}
        if secondary_key is not None and secondary_key in cells:
            below = {c: cells[c] for c in data.columns[cut + 1 :] if c in cells}
            tree[row[first]].setdefault(secondary_key, {})[cells[secondary_key]] = below
    return tree


def _several(value: Any) -> Iterable[Any]:
    return [value] if isinstance(value, str | bytes) or not isinstance(value, Iterable) else value


def _filled(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, float) and math.isnan(cell))


def _cell(cell: Any, plain: bool) -> Any:
    """A text of YAML as what it says."""
    if plain or not isinstance(cell, str):
        return cell
    import yaml

    try:
        return yaml.safe_load(cell)
    except yaml.YAMLError:
        return cell
