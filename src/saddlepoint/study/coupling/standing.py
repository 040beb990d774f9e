"""Whether a point stands still, and whether the sweeps still bring a scenario nearer to one.

A certificate allows a plan that costs a millionth more than the best, and near a flat optimum such a plan is off by the root of
that. So where costs are curved the numbers themselves must stand still.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.study.coupling.coupling import State

NOTHING = 1e-9
"""Part of a table's largest number below which a cell's own size is not measured."""
SLOWEST = 0.99
"""A ratio of two movements beyond which it is not used to tell how far the limit is."""
BACK = 5
"""So many sweeps are looked at to tell whether movements fall."""
FALLING = 0.95
"""Part of the least movement before them to which they must have brought it."""


def largest_sizes(before: State | None, now: State, tables: Sequence[str]) -> State:
    """The largest size that every cell has had."""
    sizes = {t: np.abs(np.nan_to_num(now[t])) for t in tables}
    return sizes if before is None else {t: np.maximum(before[t], v) for t, v in sizes.items()}


def largest_movement(old: State, new: State, sizes: State) -> Array:
    """(S,) the largest movement of a cell between two sweeps, each measured by the largest size it has had."""
    moved = np.zeros(len(next(iter(new.values()))))
    for table, own in sizes.items():
        floor = NOTHING * own.max(axis=1, initial=0.0)[:, None] + np.finfo(float).tiny
        step = np.abs(np.nan_to_num(new[table] - old[table])) / np.maximum(own, floor)
        moved = np.maximum(moved, step.max(axis=1, initial=0.0))
    return moved


def stands(movements: Sequence[Array], tolerance: float) -> Mask:
    """(S,) where what is left of a geometric series of movements is within the tolerance."""
    now = movements[-1]
    if len(movements) == 1:
        return now == 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.clip(np.nan_to_num(now / movements[-2], nan=SLOWEST), 0.0, SLOWEST)
    return now * ratio <= tolerance * (1.0 - ratio)


def falls(movements: Sequence[Array], size: int) -> Mask:
    """(S,) where the last sweeps brought the least movement down; everywhere while there are few sweeps."""
    if len(movements) <= BACK:
        return np.ones(size, np.bool_)
    recent, before = np.stack(movements[-BACK:]), np.stack(movements[:-BACK])
    with np.errstate(invalid="ignore"):
        return np.fmin.reduce(recent) <= FALLING * np.fmin.reduce(before)
