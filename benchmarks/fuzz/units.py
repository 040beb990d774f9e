"""In which units a model is handed over."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from benchmarks.fuzz.case import Units

SPREADS = ("plain", "mild", "rows", "columns", "objective", "both", "wild")
_LOG2 = 3.3219


def draw_units(
    rng: Generator, spread: str, rows: int, columns: int, blocks: tuple[int, ...], fixed: np.ndarray
) -> Units:
    """Units that are powers of two, so that scaled numbers are exact; a fixed column (a whole number) keeps unit one.

    mild: 1e±3 everywhere; rows, columns, objective: 1e±9 there only; both: 1e±5 everywhere; wild: 1e±9 everywhere.
    """
    reach = {
        "plain": (0, 0, 0),
        "mild": (3, 3, 3),
        "rows": (9, 0, 0),
        "columns": (0, 9, 0),
        "objective": (0, 0, 9),
        "both": (5, 5, 5),
        "wild": (9, 9, 9),
    }[spread]
    row, column, objective = (_powers(rng, r, k) for r, k in zip(reach, (rows, columns, 1), strict=True))
    block = np.repeat(_powers(rng, reach[0], len(blocks)), blocks) if blocks else np.zeros(0)
    return Units(row, np.where(fixed, 1.0, column), block, float(objective[0]))


def _powers(rng: Generator, decades: float, count: int) -> np.ndarray:
    """Independent powers of two over ± so many decades; now and then one for all."""
    exponents = np.round(rng.uniform(-decades, decades, count) * _LOG2)
    if rng.random() < 0.2 and count:
        exponents = np.repeat(exponents[:1], count)
    return np.exp2(exponents)
