"""How many rows and columns together a problem may have for what is asked of it."""

from __future__ import annotations

from typing import Final

from saddlepoint.algebra.structure import Batch

SMALL: Final = 200
"""Up to here what floats cannot tell of a problem rational arithmetic can."""
MEDIUM: Final = 1_000
"""Up to here, of linear problems, optima are settled to the last digit, and the least violation of rows is found in rational arithmetic."""
LARGE: Final = 20_000
"""Up to here it is asked at last whether sides are a hair apart."""


def is_small(batch: Batch) -> bool:
    """Whether a batch is linear in its constraints and small enough for rational arithmetic."""
    s = batch.structure
    return not (s.is_conic or s.is_integer) and s.m + s.n <= SMALL
