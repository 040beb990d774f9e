"""The cells of a table that its variables see, whether a formula reads them or not."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Mask
from saddlepoint.model.fetch import all_cells
from saddlepoint.model.model import Model, TableInfo


def seen_cells(model: Model, info: TableInfo) -> Mask:
    """Flat mask over the table's domain."""
    seen = np.zeros(info.domain.size, dtype=bool)
    for variable in model.variables.values():
        if variable.table == info.key:
            seen[all_cells(variable.cells, variable.strides, info)] = True
    return seen
