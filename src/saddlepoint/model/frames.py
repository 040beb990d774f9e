"""Data given in memory → Sheets, as if read from files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np

from saddlepoint.errors import DataError, Diagnostic, Mark
from saddlepoint.files.numbers import is_missing
from saddlepoint.files.sheet import Sheet
from saddlepoint.labels import Table
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.records import dataclass

_Cell = tuple[tuple[object, ...], object]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Cells with their labels, as they are given: labels that occur twice stay to be found."""

    cells: list[_Cell]


def sheets_of(model: Model, data: Mapping[str, object]) -> dict[str, Sheet]:
    """Table key → Sheet, from data frames, mappings, Tables, arrays, nested lists, or one number.

    A frame or mapping of columns has the columns `<Set>_Name` (or `<Set>`) and `values`. A mapping of labels → number
    (the labels of several coordinates as a tuple, or nested; of an uncertain table `{distribution: normal, mean: 10, …}` in place
    of the number), a pandas Series or wide frame with labels in its index
    and header, and an xarray array fill the cells of their labels. Nested lists and arrays fill the table's cells in the order
    of its coordinates. NaN is a blank cell. Raises DataError (D010, D011).
    """
    if not isinstance(cast(object, data), Mapping):
        fix = "Give a mapping of tables: data={'cost': …}."
        raise DataError.of(
            "D010", f"the data cannot be of the type {type(data).__name__}", Mark("data"), fix=fix
        )
    found = [
        Diagnostic(
            "D010",
            f"data are given for {key!r}, which is no input table",
            fix=f"Name an input: {', '.join(t.key for t in model.inputs)}.",
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
    if hasattr(value, "to_series") and hasattr(value, "indexes"):
        array = cast(Any, value)
        value = array.to_series() if set(array.indexes) == set(array.dims) else array.values
    if hasattr(value, "reset_index"):
        value = _unindexed(info, cast(Any, value))
        if isinstance(value, Labelled):
            return _by_labels(info, value.cells)
    if hasattr(value, "columns") and hasattr(value, "__getitem__"):
        frame = cast(Any, value)
        return _written(info, {str(c): list(frame[c]) for c in frame.columns})
    if isinstance(value, Mapping):
        mapping = cast(Mapping[object, object], value)
        if all(_is_column(v) for v in mapping.values()):
            return _written(info, {str(k): _flat(v) for k, v in mapping.items()})
        return _by_labels(info, list(_cells(mapping)))
    cells = _flat(value)
    if len(cells) != info.domain.size:
        raise _misfit(info, f"{len(cells)} are given")
    return _written(info, {n: list(info.domain.labels(n)) for n in info.domain.names} | {"values": cells})


def _unindexed(info: TableInfo, frame: Any) -> object:
    """A pandas Series or DataFrame whose labels stand in its index (and header): a mapping of labels → number.

    A frame with label columns is given back, with its index as columns if that is named; a Series with the index
    0, 1, 2, … is an array.
    """
    wide = hasattr(frame, "columns")
    labels = {name for n in info.domain.names for name in (n, f"{n}_Name")}
    if wide and ({"values", "distribution"} | labels) & set(frame.columns):
        if labels & set(frame.index.names):
            return frame.reset_index()
        if list(frame.columns) != ["values"] or not info.domain.axes:
            return frame
        wide, frame = False, frame["values"]
    if not wide and frame.index.names == [None] and list(frame.index) == list(range(len(frame))):
        return frame.to_numpy()
    if wide and frame.index.nlevels + frame.columns.nlevels != len(info.domain.axes):
        return frame
    names = [*frame.index.names, *(frame.columns.names if wide else ())]
    places = _places(info, names)
    rows, titles = _paths(frame.index), _paths(frame.columns) if wide else [()]
    numbers = frame.to_numpy().reshape(len(rows), len(titles)).tolist()
    return Labelled(
        [
            (tuple((*row, *title)[k] for k in places), number)
            for row, line in zip(rows, numbers, strict=True)
            for title, number in zip(titles, line, strict=True)
        ]
    )


def _places(info: TableInfo, names: Sequence[object]) -> list[int]:
    """For each coordinate the place of its level among the levels of an index; by order where no level is named."""
    if all(n is None for n in names) and len(names) == len(info.domain.names):
        return list(range(len(names)))
    mine = [str(n).removesuffix("_Name") for n in names]
    absent = [n for n in info.domain.names if n not in mine]
    if len(absent) == 1 and names.count(None) == 1:
        mine[names.index(None)] = absent[0]
    if sorted(mine) != sorted(info.domain.names):
        raise _misfit(info, f"the levels of the index are {', '.join(mine)}")
    return [mine.index(n) for n in info.domain.names]


def _paths(index: Any) -> list[tuple[object, ...]]:
    labels = index.tolist()
    return labels if index.nlevels > 1 else [(each,) for each in labels]


def _cells(mapping: Mapping[object, object], before: tuple[object, ...] = ()) -> Iterable[_Cell]:
    """The labels and the number of every entry of a mapping of tuples of labels, or of nested mappings."""
    for key, value in mapping.items():
        path = (*before, *(cast(tuple[object, ...], key) if isinstance(key, tuple) else (key,)))
        if isinstance(value, Mapping):
            yield from _cells(cast(Mapping[object, object], value), path)
        else:
            yield path, value


def _by_labels(info: TableInfo, cells: Sequence[_Cell]) -> Sheet:
    names = info.domain.names
    if info.distributed and all(len(path) == len(names) + 1 for path, _ in cells):
        return _distributions(info, cells)
    if wrong := [path for path, _ in cells if len(path) != len(names)]:
        raise _misfit(
            info, f"the key {wrong[0]!r} has {len(wrong[0])} label{'' if len(wrong[0]) == 1 else 's'}"
        )
    columns: dict[str, list[object]] = {n: [path[k] for path, _ in cells] for k, n in enumerate(names)}
    return _written(info, columns | {"values": [value for _, value in cells]})


def _distributions(info: TableInfo, cells: Sequence[_Cell]) -> Sheet:
    """Labels, then the name of a column: a row for every cell of the table, blank where a column is not given."""
    rows: dict[tuple[object, ...], dict[str, object]] = {}
    for (*labels, column), value in cells:
        rows.setdefault(tuple(labels), {})[str(column)] = value
    columns: dict[str, list[object]] = {
        n: [place[k] for place in rows] for k, n in enumerate(info.domain.names)
    }
    names = dict.fromkeys(name for row in rows.values() for name in row)
    return _written(info, columns | {name: [row.get(name) for row in rows.values()] for name in names})


def _misfit(info: TableInfo, what: str) -> DataError:
    axes = " × ".join(info.domain.names) or "one number"
    fix = "Give a data frame with label columns, a mapping of labels, or an array in the order of the coordinates."
    if info.distributed:
        fix = "Give columns (labels, distribution, mean, std, …), or a mapping of labels, each with `{distribution: normal, mean: 10, std: 2}`."
    return DataError.of("D011", f"table {info.key!r} has {info.domain.size} cells ({axes}); {what}", fix=fix)


def _is_column(value: object) -> bool:
    return isinstance(value, list | tuple) or (hasattr(value, "tolist") and hasattr(value, "__len__"))


def _written(info: TableInfo, columns: Mapping[str, list[object]] | Mapping[str, list[Any]]) -> Sheet:
    """Columns named by a set's key get the suffix that files use."""
    named: dict[str, list[Any]] = {
        f"{k}_Name" if k in info.domain.names and f"{k}_Name" not in columns else k: v
        for k, v in columns.items()
    }
    given = tuple(_blanked(column) for column in named.values())
    return Sheet(info.key, tuple(named), given, source=f"data[{info.key!r}]", first_row=1, cells=False)


def _blanked(column: list[Any]) -> list[object]:
    """The column with None for what is missing; columns of one kind, which may be long, are not asked cell by cell."""
    kinds = set(map(type, column))
    if kinds <= {str, int}:
        return column
    if kinds != {float}:
        return [None if is_missing(cell) else cell for cell in column]
    missing = np.flatnonzero(np.isnan(np.fromiter(column, np.float64, len(column)))).tolist()
    blanked: list[object] = list(column) if missing else column
    for k in missing:
        blanked[k] = None
    return blanked


def _flat(value: object) -> list[object]:
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return value.reshape(-1).tolist()
    if hasattr(value, "tolist"):
        value = cast(Any, value).tolist()
    if isinstance(value, list | tuple):
        return [cell for part in cast(Iterable[object], value) for cell in _flat(part)]
    return [value]
