"""How far a table moved between two sweeps, per scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from saddlepoint.arrays import Array

Norm = Callable[[Array], Array]

ABSOLUTE = 1e-3
"""The part of a threshold that does not depend on the table's size."""


def _max(array: Array) -> Array:
    return np.abs(array).max(axis=1, initial=0.0)


NORMS: Mapping[str, Norm] = MappingProxyType(
    {
        "l1": lambda a: np.abs(a).sum(axis=1),
        "l2": lambda a: np.sqrt((a * a).sum(axis=1)),
        "linf": _max,
        "max_absolute": _max,
        "max_relative": _max,
    }
)
"""Name → norm of the rows of an array (S, cells)."""


def change(name: str, old: Array, new: Array) -> Array:
    """The change between two sweeps, shape (S,); max_relative divides every cell by its old size."""
    moved = np.nan_to_num(new - old)
    if name != "max_relative":
        return NORMS[name](moved)
    size = np.where(np.abs(old) > 0, np.abs(old), np.where(np.abs(new) > 0, np.abs(new), 1.0))
    return _max(moved / size)


def threshold(name: str, first: Array, relative: float) -> Array:
    """Where a table counts as settled, shape (S,), from its numbers after the first sweep."""
    if name == "max_relative":
        return np.full(len(first), relative)
    return ABSOLUTE + relative * NORMS[name](np.nan_to_num(first))
