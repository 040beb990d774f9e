"""Numbers with labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index
from saddlepoint.errors import UsageError, suggest
from saddlepoint.labels.axis import Domain
from saddlepoint.labels.by_row import ByRow
from saddlepoint.labels.column_units import main_unit
from saddlepoint.labels.frames import to_pandas, to_polars, to_xarray
from saddlepoint.records import dataclass

if TYPE_CHECKING:
    import pandas
    import polars
    import xarray


Label = str | int | float


def _label(given: object) -> str | None:
    """A text, or a number as labels are written, as text; None of anything else."""
    if isinstance(given, str):
        return given
    if isinstance(given, bool) or not isinstance(given, int | float | np.number):
        return None
    return f"{given:.15g}"


def _largest(column: NDArray[Any]) -> float:
    """The size of the largest number of a column; 0 of texts."""
    if column.dtype.kind != "f":
        return 0.0
    return float(np.abs(column[np.isfinite(column)]).max(initial=0.0))


@dataclass(frozen=True, slots=True)
class Table:
    """Columns over a domain, one row per cell, the last axis fastest.

    columns: name → flat array of length domain.size (float64, or text for columns such as `distribution`);
    NaN (or "") marks a missing cell. rows: the flat positions in use, in increasing order; None = all.
    unit: shown in outputs; where columns differ, `EUR/MWh; slack: MW`.
    """

    key: str
    domain: Domain
    columns: Mapping[str, NDArray[Any]]
    _: KW_ONLY
    rows: Index | None = None
    unit: str = ""
    description: str = ""

    @classmethod
    def of(cls, key: str, domain: Domain, values: object, unit: str = "", description: str = "") -> Table:
        """A table with the one column `values`, from anything that broadcasts to the domain's shape."""
        array = np.broadcast_to(np.asarray(values, dtype=np.float64), domain.shape)
        return cls(
            key,
            domain,
            {"values": np.ascontiguousarray(array).reshape(-1)},
            rows=None,
            unit=unit,
            description=description,
        )

    @property
    def values(self) -> Array:
        """The column `values` in the shape of the domain."""
        return self.columns["values"].reshape(self.domain.shape)

    def __len__(self) -> int:
        return self.domain.size if self.rows is None else len(self.rows)

    def __repr__(self) -> str:
        return f"Table({self._sentence()})"

    def _repr_html_(self) -> str:
        from saddlepoint.printing.grid import quieted_prices, rounding_floor
        from saddlepoint.printing.html import MOST_ROWS, html_table

        largest = {name: _largest(self.column(name)) for name in self.columns}
        places = range(self.domain.size) if self.rows is None else self.rows
        rows = [
            tuple(column[place].item() for column in self.columns.values()) for place in places[:MOST_ROWS]
        ]
        quiet = [
            (
                *self.domain.coordinates(int(place)),
                *(
                    0.0
                    if name != "price" and isinstance(cell, float) and abs(cell) < rounding_floor(most)
                    else cell
                    for cell, (name, most) in zip(row, largest.items(), strict=True)
                ),
            )
            for place, row in zip(
                places, quieted_prices(list(self.columns), rows, largest.get("price", 0.0)), strict=False
            )
        ]
        return html_table(self._sentence(), (*self.domain.names, *self.columns), quiet, len(self))

    def _sentence(self) -> str:
        unit = f" [{main_unit(self.unit)}]" if main_unit(self.unit) else ""
        axes = " × ".join(f"{len(axis):,} {axis.name}" for axis in self.domain.axes)
        return f"{self.key}{unit}: {len(self):,} rows" + (f" of {axes}" if axes else "")

    def with_values(self, values: Array) -> Table:
        """The same table with other numbers in `values`; shape: the domain's."""
        return replace(self, columns={**self.columns, "values": np.ascontiguousarray(values).reshape(-1)})

    def label_columns(self) -> dict[str, list[str]]:
        """One list of labels per axis, for the rows in use."""
        if self.rows is None:
            return {name: self.domain.labels(name) for name in self.domain.names}
        codes = np.unravel_index(self.rows, self.domain.shape) if self.domain.axes else ()
        return {
            axis.name: [axis.items[k] for k in code.tolist()]
            for axis, code in zip(self.domain.axes, codes, strict=True)
        }

    def column(self, name: str) -> NDArray[Any]:
        """One column for the rows in use."""
        if (
            isinstance(self.columns, ByRow)
            and self.rows is not None
            and len(self.rows) == len(self.columns.rows)
        ):
            return self.columns.given[name]
        column = self.columns[name]
        return column if self.rows is None else column[self.rows]

    def slice(
        self, where: Mapping[str, Label | Sequence[Label]] | None = None, **labels: Label | Sequence[Label]
    ) -> Table:
        """The part of the table at some items; axes with one label disappear, those with a list keep the listed items.

        `slice(Hours="18")` is `slice({"Hours": "18"})`; numbers count as labels. UsageError X481: no such axis, no such item, no label.
        """
        if where is not None and not isinstance(where, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            names = ", ".join(a.name for a in self.domain.axes)
            fix = (
                f"Give a set and a label, such as slice({{{self.domain.axes[0].name!r}: {self.domain.axes[0].items[0]!r}}})."
                if self.domain.axes
                else ""
            )
            raise UsageError.of(
                "X481", f"{where!r} says no set of {self.key!r} ({names or 'it has none'})", fix=fix
            )
        asked = {name: self._asked(name, given) for name, given in {**(where or {}), **labels}.items()}
        places = {name: self._places(name, found) for name, found in asked.items()}
        size = self.domain.shape
        index = np.ix_(
            *(places.get(a.name, np.arange(n)) for a, n in zip(self.domain.axes, size, strict=True))
        )
        grid = np.arange(self.domain.size).reshape(size)[index].reshape(-1)
        columns = {name: column[grid] for name, column in self.columns.items()}
        rows = None if self.rows is None else np.flatnonzero(np.isin(grid, self.rows))
        gone = [name for name, found in asked.items() if isinstance(found, str)]
        kept = (a.take(places[a.name].tolist()) if a.name in places else a for a in self.domain.axes)
        return replace(self, domain=Domain(tuple(kept)).without(gone), columns=columns, rows=rows)

    def _asked(self, name: str, given: object) -> str | Sequence[str]:
        """One label, or a list of them, as texts; UsageError X481 where it is neither text nor number."""
        found = _label(given)
        if found is not None:
            return found
        many = [_label(each) for each in given] if isinstance(given, Iterable) else [None]
        if None in many:
            message = f"{given!r} is no label of {name!r}, and no list of labels"
            raise UsageError.of("X481", message, fix="Give a label, such as '18', or a list of labels.")
        return [each for each in many if each is not None]

    def _places(self, name: str, labels: str | Sequence[str]) -> Index:
        if name not in self.domain:
            fix = suggest(name, self.domain.names)
            raise UsageError.of("X481", f"the table {self.key!r} does not run over {name!r}", fix=fix)
        axis, wanted = self.domain.axis(name), [labels] if isinstance(labels, str) else labels
        wrong = [label for label in wanted if label not in axis.positions]
        if wrong:
            fix = suggest(str(wrong[0]), axis.items)
            raise UsageError.of("X481", f"{wrong[0]!r} is no item of {name!r} in {self.key!r}", fix=fix)
        return np.array([axis.positions[label] for label in wanted], np.int64)

    def _cells(self) -> dict[str, Any]:
        """The columns of labels, then those of numbers, for the rows in use."""
        return {**self.label_columns(), **{name: self.column(name) for name in self.columns}}

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame, one row per cell in use; UsageError X131 without pandas."""
        return to_pandas(self._cells())

    def to_polars(self) -> polars.DataFrame:
        """A polars data frame, one row per cell in use; UsageError X131 without polars."""
        return to_polars(self._cells())

    def to_xarray(self) -> xarray.Dataset:
        """An xarray dataset over the axes; UsageError X131 without xarray."""
        return to_xarray(self.domain, self.columns, self.unit)
