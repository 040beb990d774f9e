"""Tables as data frames of other libraries (each imported only when asked for)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from saddlepoint.errors import extra
from saddlepoint.labels.axis import Domain
from saddlepoint.labels.column_units import column_unit

if TYPE_CHECKING:
    import pandas
    import polars
    import xarray


def to_pandas(columns: Mapping[str, Any]) -> pandas.DataFrame:
    """One row per cell, of labels and numbers; UsageError X131 without pandas."""
    with extra("frames"):
        import pandas as pd

    return pd.DataFrame(columns)


def to_polars(columns: Mapping[str, Any]) -> polars.DataFrame:
    """The same as a polars data frame; UsageError X131 without polars."""
    with extra("frames"):
        import polars as pl

    return pl.DataFrame(columns)


def to_xarray(domain: Domain, columns: Mapping[str, Any], unit: str) -> xarray.Dataset:
    """A variable per column of numbers over the axes as dimensions; UsageError X131 without xarray."""
    with extra("frames"):
        import xarray as xr

    units = {name: column_unit(unit, name) for name in columns}
    data: dict[str, Any] = {
        name: (
            domain.names,
            np.asarray(column).reshape(domain.shape),
            {"unit": units[name]} if units[name] else {},
        )
        for name, column in columns.items()
    }
    return xr.Dataset(data, coords={a.name: list(a.items) for a in domain.axes})
