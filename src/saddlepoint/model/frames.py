"""Data given in memory → Sheets, as if read from files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from saddlepoint.errors import DataError, Diagnostic
from saddlepoint.files.sheet import Sheet
from saddlepoint.labels import Table
from saddlepoint.model.model import Model, TableInfo


def sheets_of(model: Model, data: Mapping[str, object]) -> dict[str, Sheet]:
    """Table key → Sheet, from data frames, mappings of columns, Tables, nested lists, or one number.

    A frame or mapping has the columns `<Set>_Name` (or `<Set>`) and `values`; a mapping of item → number, nested lists
    or an array fill the table's cells in the order of its coordinates. Raises DataError (D010, D011).
    """
    found = [
        Diagnostic(
            "D010",
            f"data are given for {key!r}, which is no input table",
            fix=f"inputs: {', '.join(t.key for t in model.inputs)}",
        )
        for key in data
        if key not in {t.key for t in model.inputs}
    ]
    if found:
        raise DataError(found)
    return {t.key: _sheet(t, data[t.key]) for t in model.inputs if t.key in data}


def _sheet(info: TableInfo, value: object) -> Sheet:
    if isinstance(value, Table):
        return _written(
            info, {**value.label_columns(), **{n: value.column(n).tolist() for n in value.columns}}
        )
    if hasattr(value, "columns") and hasattr(value, "__getitem__"):
        frame = cast(Any, value)
        return _written(info, {str(c): list(frame[c]) for c in frame.columns})
    if isinstance(value, Mapping):
        mapping = cast(Mapping[object, object], value)
        if all(_is_column(v) for v in mapping.values()):
            return _written(info, {str(k): _flat(v) for k, v in mapping.items()})
        if len(info.domain.axes) == 1:
            name = info.domain.names[0]
            return _written(info, {name: list(mapping), "values": list(mapping.values())})
    cells = _flat(value)
    if len(cells) != info.domain.size:
        raise DataError(
            Diagnostic(
                "D011",
                f"table {info.key!r} has {info.domain.size} cells ({' × '.join(info.domain.names) or 'one number'}); {len(cells)} are given",
                fix="give a data frame with label columns, or an array in the order of the coordinates",
            )
        )
    return _written(info, {n: list(info.domain.labels(n)) for n in info.domain.names} | {"values": cells})


def _is_column(value: object) -> bool:
    return isinstance(value, list | tuple) or (hasattr(value, "tolist") and hasattr(value, "__len__"))


def _written(info: TableInfo, columns: Mapping[str, list[object]] | Mapping[str, list[Any]]) -> Sheet:
    """Columns named by a set's key get the suffix that files use."""
    named = {
        f"{k}_Name" if k in info.domain.names and f"{k}_Name" not in columns else k: v
        for k, v in columns.items()
    }
    return Sheet(
        info.key, tuple(named), tuple(named.values()), f"data[{info.key!r}]", first_row=1, cells=False
    )


def _flat(value: object) -> list[object]:
    if hasattr(value, "tolist"):
        value = cast(Any, value).tolist()
    if isinstance(value, list | tuple):
        return [cell for part in cast(Iterable[object], value) for cell in _flat(part)]
    return [value]
