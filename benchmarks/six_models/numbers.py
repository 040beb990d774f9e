"""The starters' own numbers as labelled arrays and as records, for the models of others."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[2] / "examples"


def rows(model: str, table: str) -> list[tuple[tuple[str, ...], float]]:
    """The rows of a table: labels, number."""
    with (EXAMPLES / model / "input_data" / f"{table}.csv").open(encoding="utf-8") as file:
        lines = list(csv.reader(file))[1:]
    return [(tuple(line[:-1]), float(line[-1])) for line in lines if line]


def number(model: str, table: str) -> float:
    return rows(model, table)[0][1]


def records(model: str, table: str) -> list[tuple[str | float, ...]]:
    """The rows of a table as GAMSPy takes them."""
    return [(*labels, value) for labels, value in rows(model, table)]


def array(model: str, table: str, coords: Mapping[str, Sequence[Any]], default: float = float("nan")) -> Any:
    """The numbers of a table over named coordinates, `default` where there is no row."""
    import numpy as np
    import xarray as xr

    places = [{str(item): k for k, item in enumerate(items)} for items in coords.values()]
    values = np.full([len(p) for p in places], default)
    for labels, value in rows(model, table):
        values[tuple(place[label] for place, label in zip(places, labels, strict=True))] = value
    return xr.DataArray(values, coords=dict(coords), dims=list(coords))
