"""Bounds that are meant as no limit: so far beyond all that the rows speak of that they only spoil the digits of plans.

A plan at such a wall may have terms of 1e12 that cancel to a side of 6.5: floats cannot hold it to more than 1e-4. So
the problem is solved without them first; what comes is judged with all bounds.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.route.units.scaling import scale

FAR = 1e6
"""Bounds beyond this multiple of the largest side of a row, in balanced units, are walls."""
FAR_FOR_KERNELS = 1e7
"""Bounds beyond this multiple of what the rows' sides let columns be are walls to a kernel, whose numbers have no units taken off."""


def has_walls(batch: Batch) -> bool:
    """Whether some scenario has bounds that are walls."""
    largest = max(_largest(batch.lb), _largest(batch.ub))
    if largest == 0.0 or not largest > FAR * min(_least(_sizes(side), None) for side in _all(batch)):
        return False
    low, high = _walls(batch)
    return bool(low.any() or high.any())


def without_far_bounds(batch: Batch) -> Batch:
    """The batch without its walls, scenario by scenario."""
    low, high = _walls(batch)
    return replace(batch, lb=np.where(low, -np.inf, batch.lb), ub=np.where(high, np.inf, batch.ub))


def without_walls(batch: Batch) -> Batch:
    """The batch without what are walls to a kernel in any scenario, found without units: dense tableaus lose their digits to them."""
    entries = np.abs(batch.A)
    sides = max(_largest(batch.l), _largest(batch.u))
    least = float(np.min(entries, initial=np.inf, where=entries > 0))
    if not (sides > 0 and np.isfinite(least)):
        return batch
    limit = FAR_FOR_KERNELS * sides / min(least, 1.0)
    if max(_largest(batch.lb), _largest(batch.ub)) <= limit:
        return batch
    return replace(
        batch,
        lb=np.where(batch.lb < -limit, -np.inf, batch.lb),
        ub=np.where(batch.ub > limit, np.inf, batch.ub),
    )


def _walls(batch: Batch) -> tuple[Mask, Mask]:
    """Which lower and upper bounds are walls, (1|S, n) each."""
    inner = scale(batch).apply(batch)
    sides = [_sizes(side).max(axis=1, initial=0.0, keepdims=True) for side in (inner.l, inner.u, inner.g)]
    rows = np.maximum(np.maximum(sides[0], sides[1]), sides[2])
    lower, upper = _sizes(inner.lb), _sizes(inner.ub)
    least = np.minimum(_least(lower, 1), _least(upper, 1))
    size = FAR * np.where(rows > 0, rows, least)
    return lower > size, upper > size


def _least(sizes: Array, axis: int | None) -> Array:
    return sizes.min(axis=axis, initial=np.inf, where=sizes > 0, keepdims=axis is not None)


def _largest(side: Array) -> float:
    return float(_sizes(side).max(initial=0.0))


def _sizes(side: Array) -> Array:
    return np.where(np.isfinite(side), np.abs(side), 0.0)


def _all(batch: Batch) -> tuple[Array, ...]:
    return batch.l, batch.u, batch.lb, batch.ub, batch.g
