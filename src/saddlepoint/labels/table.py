"""Numbers with labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index
from saddlepoint.labels.axis import Domain
from saddlepoint.labels.frames import to_pandas, to_polars, to_xarray

if TYPE_CHECKING:
    import pandas
    import polars
    import xarray


@dataclass(frozen=True, slots=True)
class Table:
    """Columns over a domain, one row per cell, the last axis fastest.

    columns: name → flat array of length domain.size (float64, or text for columns such as `distribution`);
    NaN (or "") marks a missing cell. rows: the flat positions in use, in increasing order; None = all.
    unit: shown in outputs.
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

    def with_values(self, values: Array) -> Table:
        """The same table with other numbers in `values`; shape: the domain's."""
        return replace(self, columns={**self.columns, "values": np.ascontiguousarray(values).reshape(-1)})

    def label_columns(self) -> dict[str, list[str]]:
        """One list of labels per axis, for the rows in use."""
        columns = {name: self.domain.labels(name) for name in self.domain.names}
        if self.rows is None:
            return columns
        return {name: [labels[k] for k in self.rows.tolist()] for name, labels in columns.items()}

    def column(self, name: str) -> NDArray[Any]:
        """One column for the rows in use."""
        column = self.columns[name]
        return column if self.rows is None else column[self.rows]

    def slice(self, where: Mapping[str, str]) -> Table:
        """The part of the table at fixed items of some axes; those axes disappear."""
        index: Sequence[Any] = tuple(
            axis.positions[where[axis.name]] if axis.name in where else slice(None)
            for axis in self.domain.axes
        )
        grid = np.arange(self.domain.size).reshape(self.domain.shape)[index].reshape(-1)
        columns = {name: column[grid] for name, column in self.columns.items()}
        rows = None if self.rows is None else np.flatnonzero(np.isin(grid, self.rows))
        return replace(self, domain=self.domain.without(where), columns=columns, rows=rows)

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame, one row per cell in use; UsageError X131 without pandas."""
        return to_pandas(self)

    def to_polars(self) -> polars.DataFrame:
        """A polars data frame, one row per cell in use; UsageError X131 without polars."""
        return to_polars(self)

    def to_xarray(self) -> xarray.Dataset:
        """An xarray dataset over the axes; UsageError X131 without xarray."""
        return to_xarray(self)
