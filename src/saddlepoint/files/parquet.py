"""Parquet files, one or partitioned."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.errors import Diagnostic, FileError, Mark
from saddlepoint.files.atomic import replacing
from saddlepoint.files.paths import exists, safe_name
from saddlepoint.files.sheet import Sheet, as_labels


def write_parquet(path: Path, sheet: Sheet) -> None:
    """Write a Sheet as one Parquet file, atomically; FileError F041, F051 (pyarrow missing)."""
    parquet = _pyarrow(path.name)[1]
    with replacing(path) as part:
        parquet.write_table(_table(sheet), part, compression="zstd")


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of texts that repeat: the place of each row's text among the items."""

    codes: NDArray[np.int64]
    items: tuple[str, ...]


def write_columns(path: Path, columns: Mapping[str, NDArray[Any] | Labels]) -> None:
    """Write arrays of one length as a Parquet file, atomically, NaN and "" as blanks; FileError F041, F051."""
    arrow, parquet = _pyarrow(path.name)

    def array(column: NDArray[Any] | Labels) -> Any:
        if isinstance(column, Labels):
            return arrow.DictionaryArray.from_arrays(
                arrow.array(column.codes, arrow.int32()), list(column.items)
            )
        if column.dtype.kind in "UTO":
            return arrow.array(column.tolist(), arrow.string(), mask=column == "")
        return arrow.array(column, from_pandas=True)

    table = arrow.table({name: array(column) for name, column in columns.items()})
    with replacing(path) as part:
        parquet.write_table(table, part, compression="zstd")


def write_partitioned(folder: Path, sheet: Sheet, by: Sequence[str], force: bool = False) -> None:
    """Write a Sheet as a folder of Parquet files split by columns, all or nothing; FileError F041, F042, F051."""
    parquet = _pyarrow(folder.name)[1]
    if folder.exists() and not force:
        raise FileError(exists(folder))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{safe_name(folder.name)}-", dir=folder.parent) as work:
            part = Path(work) / "new"
            parquet.write_to_dataset(_table(sheet), part, partition_cols=list(by))
            if folder.exists():
                folder.replace(Path(work) / "old")
            part.replace(folder)
    except OSError as error:
        message = f"the folder cannot be written: {error.strerror or error}"
        raise FileError(Diagnostic("F041", message, Mark(folder.name))) from error


def read_parquet(path: Path, source: str | None = None) -> Sheet:
    """A Parquet file or a partitioned folder as a Sheet; FileError F001, F050, F051."""
    name = source or path.name
    arrow, parquet = _pyarrow(name)
    if not path.exists():
        raise FileError(Diagnostic("F001", "there is no such file", Mark(name), fix="Correct the path."))
    try:
        table = parquet.read_table(path)
    except (arrow.ArrowException, OSError, ValueError) as error:
        fix = "Write it again."
        raise FileError(
            Diagnostic("F050", f"the Parquet file cannot be read: {error}", Mark(name), fix=fix)
        ) from error
    columns = tuple(column.to_pylist() for column in table.columns)
    return Sheet(path.stem, tuple(table.column_names), columns, name, cells=False)


def remove(path: Path) -> None:
    """Delete a file or a partitioned folder if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


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
        fix = "pip install 'saddlepoint[frames]'"
        found = Diagnostic(
            "F051", "Parquet needs the package pyarrow, which is not installed", Mark(source), fix=fix
        )
        raise FileError(found) from error
    return pyarrow, parquet
