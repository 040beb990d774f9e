"""Which cells of a table may be wrong, where some number is: those far from the others, and those of another sign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.model.odd_signs import odd_signs
from saddlepoint.model.outlying import times_apart
from saddlepoint.study.diagnosis.repair import Change

FAR: Final = math.log(30.0)
"""From the median of the others: less than what a check of data warns of, as here something is known to be wrong."""
PART: Final = 0.05
"""No more than this part of a table, and two cells, are suspected; else they are a group of their own."""
SHORT: Final = 32
"""In lines of so many cells, at most, the median is that of the other cells."""
WHOLLY: Final = math.log(1000.0)
"""What a change to 0, or to another sign, counts as."""
CLOSE, NEAR, WIDER = 5, math.log(5.0), 2.0
"""So many others that are close together: a cell is far from this factor on, if that is so many times their spread."""
PAIR: Final = 2
"""Of so few numbers either may be the wrong one; which, the direction tells in which it has to move."""
SOME: Final = 3
"""So many others of one sign make one of the other sign suspicious."""
DISCOUNT: Final = (1.0, 0.05, 0.001)
"""What is unlikely counts for so much where one cell alone is changed: one like the others, one that may be wrong, one that a
check of data warns of."""


def suspicion(values: Array) -> Index:
    """How much the cells of a table (of any shape) stand apart from the others: 0 not, 1 by some factor, 2 by a large one or by
    their sign."""
    glaring = odd_signs(values) | np.isfinite(times_apart(values))
    return np.where(glaring, 2, (_far(values) | _off(values) | _alone(values)).astype(np.int64))


def _alone(values: Array) -> Mask:
    """The one cell of a sign that no other has, of some; whether chance explains it is not asked, as some number is known to be wrong."""
    signs = np.sign(np.where(np.isfinite(values), values, 0.0))
    for sign in (1.0, -1.0):
        mine = signs == sign
        if mine.sum() == 1 and (signs == -sign).sum() >= SOME:
            return mine
    return np.zeros(values.shape, dtype=bool)


def _off(values: Array) -> Mask:
    """The one cell that is further from the others, of which there are some, than these are from each other; of two that are far
    apart both."""
    size = np.abs(values).reshape(-1)
    known = np.flatnonzero((size > 0) & np.isfinite(size))
    off = np.zeros(size.shape, dtype=bool)
    logs = np.log(size[known])
    if len(known) == PAIR:
        off[known] = np.ptp(logs) >= NEAR
    if len(known) > CLOSE:
        k = int(np.argmax(np.abs(logs - np.median(logs))))
        others = np.delete(logs, k)
        apart = abs(logs[k] - np.median(others))
        off[known[k]] = apart >= max(NEAR, WIDER * float(np.ptp(others)))
    return off.reshape(values.shape)


def _far(values: Array) -> Mask:
    """Cells that are far from the median of the whole table, and of every line of three numbers and more that they stand in."""
    size = np.abs(values)
    known = (size > 0) & np.isfinite(size)
    if known.sum() < 2:
        return np.zeros(values.shape, dtype=bool)
    logs = np.where(known, np.log(np.where(known, size, 1.0)), np.nan)
    far = known & _beyond(logs.reshape(1, -1), 2).reshape(logs.shape)
    for axis in range(logs.ndim if logs.ndim > 1 else 0):
        far &= np.moveaxis(_beyond(np.moveaxis(logs, axis, -1), 3), -1, axis)
    few = far.sum() <= max(2, PART * known.sum())
    return far if few else np.zeros(values.shape, dtype=bool)


def _beyond(lines: Array, fewest: int) -> Mask:
    """Whether logarithms lie far from the median of their line (…, k); true in lines of fewer numbers."""
    enough = (np.isfinite(lines).sum(axis=-1) >= fewest)[..., None]
    filled = np.where(enough, lines, 0.0)
    k = lines.shape[-1]
    if 1 < k <= SHORT:
        others = np.where(np.eye(k, dtype=bool), np.nan, filled[..., None, :])
        middle = np.nanmedian(others, axis=-1)
    else:
        middle = np.nanmedian(filled, axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return ~enough | (np.abs(lines - middle) >= FAR)


def unlikely(
    changes: Sequence[Change], weights: Sequence[float], together: bool, tables: Sequence[Array]
) -> float:
    """How unlikely it is that a change mends what is wrong: the logarithms of the factors of its cells added up, each weighted as asked.

    together: all cells of a table move by one factor, which counts as the square root of their number; tables: of each change the
    numbers of its table (of its shape): a single cell that stands apart and moves towards the others is most likely what is
    wrong.
    """
    total, cells = 0.0, 0
    for change, weight in zip(changes, weights, strict=True):
        with np.errstate(all="ignore"):
            ratio = change.after / change.before
            factor = np.where(ratio > 0, np.abs(np.log(ratio)), WHOLLY)
        size = factor.mean() * math.sqrt(len(factor)) if together else factor.sum()
        total += weight * float(size)
        cells += len(factor)
    return total * DISCOUNT[_told(changes[0], tables[0])] if cells == 1 else total


def _told(change: Change, values: Array) -> int:
    """How suspicious the one cell of a change is, 0 where it moves away from the others."""
    cell, before, after = int(change.cells[0]), float(change.before[0]), float(change.after[0])
    others = np.abs(np.delete(values.reshape(-1), cell))
    others = others[(others > 0) & np.isfinite(others)]
    if before * after > 0 and len(others) and (abs(after) > abs(before)) != (abs(before) < np.median(others)):
        return 0
    return int(suspicion(values).reshape(-1)[cell])
