"""Which columns of a compiled problem follow an outcome."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.compile.program import Program
from saddlepoint.model.model import Model


def outcome_columns(program: Program, model: Model) -> Index | None:
    """(n,) the position of the outcome that each column follows, −1 where none, −2 for columns that operators added.

    None where no decision runs over outcomes, where several sets of them are decided over, or where they form a tree.
    """
    decided = {name for block in program.columns for name in block.domain.names}
    keys = [k for k, s in model.sets.items() if s.outcomes is not None and k in decided]
    if len(keys) != 1 or model.sets[keys[0]].items.parents is not None:
        return None
    out = np.full(program.structure.n, -2, np.int64)
    for block in program.columns:
        here = slice(block.start, block.start + len(block.cells))
        out[here] = -1
        if keys[0] in block.domain:
            codes = np.unravel_index(block.cells, block.domain.shape)
            out[here] = codes[block.domain.position(keys[0])]
    return out
