"""What the arrays of every room hold; shapes stand in the docstrings of those who take them."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""Numbers."""

Index = NDArray[np.int64]
"""Positions and codes."""

Mask = NDArray[np.bool_]
"""Which."""

Int32 = NDArray[np.int32]
"""Positions as sparse matrices hold them."""

Integers = NDArray[np.integer]
"""Positions of any width."""

Texts = NDArray[np.str_]
"""Labels."""

Objects = NDArray[np.object_]
"""Expressions of another package."""

_Array = TypeVar("_Array", bound=NDArray[Any])


def distinct(values: _Array) -> _Array:
    """The values of an array in order, each once, as a vector; np.unique loads numpy.ma first, which a small run has no use for."""
    ordered: Any = np.sort(values, axis=None)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]
