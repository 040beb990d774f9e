"""Which columns of a compiled problem follow an outcome, or the outcomes of a stage."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Index
from saddlepoint.compile.program import Program
from saddlepoint.model.model import Model


def node_columns(program: Program, model: Model) -> tuple[str, Index, Index] | None:
    """The set of outcomes over which decisions run; (n,) the position of the outcome that each column
    follows, −1 where none, −2 for columns that operators added; (items,) the place of each item's parent, −1 without
    one. None where there are several such sets, or none, or where they lie along stages."""
    keys = decided_outcomes(program, model)
    if len(keys) != 1 or model.sets[keys[0]].along:
        return None
    one = model.sets[keys[0]]
    parents = (
        np.full(len(one.axis), -1, np.int64) if one.items.parents is None else np.array(one.items.parents)
    )
    return keys[0], _codes(program, keys[0], keys[0]), parents


def stage_columns(program: Program, model: Model) -> tuple[str, Index, Index] | None:
    """The set of outcomes along stages; (n,) the positions of the stage and of the outcome that each column follows, −1 where none, −2 for
    columns that operators added. None where no decision follows such outcomes, or where further outcomes are decided over."""
    keys = decided_outcomes(program, model)
    if len(keys) != 1 or not model.sets[keys[0]].along:
        return None
    along = model.sets[keys[0]].along
    return keys[0], _codes(program, along, keys[0]), _codes(program, keys[0], keys[0])


def decided_outcomes(program: Program, model: Model) -> list[str]:
    """The sets of outcomes over which decisions run."""
    decided = {name for block in program.columns for name in block.domain.names}
    return [k for k, s in model.sets.items() if s.outcomes is not None and k in decided]


def _codes(program: Program, key: str, outcomes: str) -> Index:
    """(n,) the position in a set of each column that follows the outcomes, −1 of others, −2 of those that operators added."""
    out = np.full(program.structure.n, -2, np.int64)
    for block in program.columns:
        here = slice(block.start, block.start + len(block.cells))
        out[here] = -1
        if outcomes in block.domain:
            codes = np.unravel_index(block.cells, block.domain.shape)
            out[here] = codes[block.domain.position(key)]
    return out
