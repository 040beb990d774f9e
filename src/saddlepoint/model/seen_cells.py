"""The cells of a table that its variables see, whether a formula reads them or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Mask
from saddlepoint.labels import Table
from saddlepoint.model.fetch import cells_seen
from saddlepoint.model.model import Model, TableInfo


def seen_cells(model: Model, info: TableInfo) -> Mask:
    """Flat mask over the table's domain."""
    return cells_seen(model.variables.values(), info)


def blank_table(model: Model, info: TableInfo) -> Table:
    """A table without numbers over the cells that its variables see."""
    blank = Table.of(info.key, info.domain, np.nan, info.spec.unit, info.spec.description)
    seen = seen_cells(model, info)
    return blank if seen.all() else replace(blank, rows=np.flatnonzero(seen))
