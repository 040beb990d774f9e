"""Tables as data frames of other libraries (each imported only when asked for)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from saddlepoint.errors import extra

if TYPE_CHECKING:
    import pandas
    import polars
    import xarray

    from saddlepoint.labels.table import Table


def to_pandas(table: Table) -> pandas.DataFrame:
    """One row per cell: a label column per axis, then the table's columns; UsageError X131 without pandas."""
    with extra("frames"):
        import pandas as pd

    return pd.DataFrame({**table.label_columns(), **{n: table.column(n) for n in table.columns}})


def to_polars(table: Table) -> polars.DataFrame:
    """The same as a polars data frame; UsageError X131 without polars."""
    with extra("frames"):
        import polars as pl

    return pl.DataFrame({**table.label_columns(), **{n: table.column(n) for n in table.columns}})


def to_xarray(table: Table) -> xarray.Dataset:
    """A variable per column over the axes as dimensions; UsageError X131 without xarray."""
    with extra("frames"):
        import xarray as xr

    dims = table.domain.names
    data: dict[str, Any] = {
        name: (
            dims,
            np.asarray(column).reshape(table.domain.shape),
            {"unit": table.unit} if table.unit else {},
        )
        for name, column in table.columns.items()
    }
    return xr.Dataset(data, coords={a.name: list(a.items) for a in table.domain.axes})
