"""The numbers of input tables, certain and uncertain, as the flat arrays that problems read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array
from saddlepoint.expr.asked import given_key
from saddlepoint.expr.operators.statistics import COLUMNS, code_of
from saddlepoint.expr.uncertain import column_key
from saddlepoint.labels import Table


def flat_numbers(
    tables: Iterable[Table], defaults: Mapping[str, float] = MappingProxyType({})
) -> dict[str, Array]:
    """What problems read of input tables: table key → numbers; of distributions their codes, and every column.

    defaults: table → what its absent cells stand for; where they lie is told under `given_key`.
    """
    flat: dict[str, Array] = {}
    for table in tables:
        if "values" in table.columns:
            numbers = table.columns["values"]
            if table.key in defaults:
                absent = np.isnan(numbers)
                flat[given_key(table.key)] = (~absent).astype(np.float64)
                numbers = np.where(absent, defaults[table.key], numbers)
            flat[table.key] = numbers
            continue
        flat[table.key] = _codes(table.columns["distribution"])
        for name in COLUMNS:
            blank = np.full(table.domain.size, np.nan)
            flat[column_key(table.key, name)] = table.columns.get(name, blank)
    return flat


def _codes(names: NDArray[Any]) -> Array:
    """Codes of distribution names; 0 for a blank one, which nothing reads."""
    unique, inverse = np.unique(names, return_inverse=True)
    codes = [code_of(str(n)) if str(n) else 0 for n in unique.tolist()]
    return np.array(codes, dtype=np.float64)[inverse]
