"""What the arrays of every room hold; shapes stand in the docstrings of those who take them."""

from __future__ import annotations

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
