"""Parquet files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from saddlepoint.arrays import Index
from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.atomic import replacing
from saddlepoint.files.sheet import Sheet, as_labels
from saddlepoint.records import dataclass


def write_parquet(path: Path, sheet: Sheet, force: bool = True) -> None:
    """Write a Sheet as one Parquet file, atomically; FileError F041, F042, F051 (pyarrow missing)."""
    parquet = _pyarrow(path.name)[1]
    with replacing(path, force) as part:
        parquet.write_table(_table(sheet), part, compression="zstd")


@dataclass(frozen=True, slots=True)
class DictionaryColumn:
    """A column of texts that repeat: the place of each row's text among the items."""

    codes: Index
    items: tuple[str, ...]


def write_columns(path: Path, columns: Mapping[str, NDArray[Any] | DictionaryColumn]) -> None:
    """Write arrays of one length as a Parquet file, atomically, NaN and "" as blanks; FileError F041, F051."""
    arrow, parquet = _pyarrow(path.name)

    def array(column: NDArray[Any] | DictionaryColumn) -> Any:
        if isinstance(column, DictionaryColumn):
            return arrow.DictionaryArray.from_arrays(
                arrow.array(column.codes, arrow.int32()), list(column.items)
            )
        if column.dtype.kind in "UTO":
            return arrow.array(column.tolist(), arrow.string(), mask=column == "")
        return arrow.array(column, from_pandas=True)

    table = arrow.table({name: array(column) for name, column in columns.items()})
    with replacing(path) as part:
        parquet.write_table(table, part, compression="zstd")


def read_parquet(path: Path) -> Sheet:
    """A Parquet file or a partitioned folder as a Sheet; FileError F001, F050, F051."""
    name = path.name
    arrow, parquet = _pyarrow(name)
    if not path.exists():
        raise FileError.of("F001", "there is no such file", Mark(name), fix="Correct the path.")
    try:
        table = parquet.read_table(path)
    except (arrow.ArrowException, OSError, ValueError) as error:
        fix = "Write it again."
        raise FileError.of(
            "F050", f"the Parquet file cannot be read: {error}", Mark(name), fix=fix
        ) from error
    columns = tuple(column.to_pylist() for column in table.columns)
    return Sheet(path.stem, tuple(table.column_names), columns, source=name, cells=False)


def _table(sheet: Sheet) -> Any:
    import pyarrow

    return pyarrow.table({t: _array(cells) for t, cells in zip(sheet.header, sheet.columns, strict=True)})


def _array(cells: list[object]) -> Any:
    """A column of one kind with nulls for blanks; a column of several kinds as texts."""
    import pyarrow

    kinds = {type(cell) for cell in cells if cell is not None and cell != ""}
    if kinds <= {int, float}:
        return pyarrow.array([None if cell is None or cell == "" else cell for cell in cells])
    return pyarrow.array(cells if len(kinds) == 1 and "" not in cells else as_labels(cells))


def _pyarrow(source: str) -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        fix = "Install it: pip install 'saddlepoint[frames]'."
        found = Diagnostic(
            "F051", "Parquet needs the package pyarrow, which is not installed", Mark(source), fix=fix
        )
        raise FileError(found) from error
    return pyarrow, parquet
