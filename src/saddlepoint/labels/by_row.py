"""Columns of which only few cells are in use: their numbers alone are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass

FEW = 4
"""Kept by row where there are so many times more cells than rows."""


@dataclass(frozen=True, slots=True, eq=False)
class ByRow(Mapping[str, NDArray[Any]]):
    """Columns of numbers over `size` cells, of which those at `rows` (increasing) are in use, the others NaN.

    given: name → the numbers of the rows. A column over all cells is made when it is asked for.
    """

    size: int
    rows: Index
    given: Mapping[str, Array]

    def __getitem__(self, name: str) -> NDArray[Any]:
        out = np.full(self.size, np.nan)
        out[self.rows] = self.given[name]
        return out

    def __iter__(self) -> Iterator[str]:
        return iter(self.given)

    def __len__(self) -> int:
        return len(self.given)


def columns_at(size: int, where: Index, numbers: Mapping[str, Array | Mask]) -> Mapping[str, NDArray[Any]]:
    """Columns over `size` cells with numbers at the positions `where` (each once, in any shape), NaN elsewhere."""
    flat = where.reshape(-1)
    if len(flat) * FEW < size:
        order = np.argsort(flat)
        given = {
            name: np.broadcast_to(n, where.shape).reshape(-1)[order].astype(np.float64)
            for name, n in numbers.items()
        }
        return ByRow(size, flat[order], given)
    out = {name: np.full(size, np.nan) for name in numbers}
    for name, array in numbers.items():
        out[name][where] = array
    return out
