"""Arrays that repeat one number, which is kept once, as an array of stride 0; places that follow each other, as a slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index, Integers


def uniform(number: Any, size: int) -> NDArray[Any]:
    """One numpy number `size` times, kept once; as np.broadcast_to, ten times faster."""
    return np.ndarray((size,), number.dtype, number.tobytes(), strides=(0,))


def is_uniform(array: NDArray[Any]) -> bool:
    """Whether the array repeats one number that is kept once."""
    return array.strides[:1] == (0,) and len(array) > 0


def no_column(size: int) -> Index:
    """No column, `size` times, in no memory."""
    return uniform(np.int64(-1), size)


def ones(size: int) -> Array:
    return uniform(np.float64(1.0), size)


def taken_each(array: NDArray[Any], which: Index | slice) -> NDArray[Any]:
    """array[which], kept once where one number repeats."""
    if isinstance(which, slice):
        return array[which]
    if len(which) and (is_uniform(array) or is_uniform(which)):
        return uniform(array[which[0]], len(which))
    return array[which]


def entrywise(left: Array, right: Array) -> Array:
    """left · right entry by entry, kept once where both repeat one number."""
    if is_uniform(left) and is_uniform(right):
        return uniform(left[0] * right[0], len(left))
    if is_uniform(left) and left[0] == 1.0:
        return right
    if is_uniform(right) and right[0] == 1.0:
        return left
    return left * right


def joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """One array after the other, kept once where one number repeats in all."""
    if all(is_uniform(p) and p[0] == parts[0][0] for p in parts):
        return uniform(parts[0][0], sum(map(len, parts)))
    return np.concatenate(parts)


def span(places: Integers) -> Integers | slice:
    """The places, as a slice where they follow each other."""
    if not len(places):
        return slice(0, 0)
    first, last = int(places[0]), int(places[-1])
    if last - first == len(places) - 1 and bool((places[1:] > places[:-1]).all()):
        return slice(first, last + 1)
    return places
