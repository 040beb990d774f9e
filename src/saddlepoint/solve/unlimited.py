"""Limits so far away that they count as none, told by relation, cell and scenario: nobody drops a number silently."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from saddlepoint.algebra.columnar import Notes
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.solve.proof.infeasibility import place, row_block
from saddlepoint.solve.route.inspection.validate import INFINITE

MOST_SCENARIOS, MOST_NAMED = 100, 3


def unlimited(bound: BoundProgram) -> Mapping[int, str]:
    """Scenario → the finite limits of its relations from 1e20 on, which solvers take for no limit."""
    program, said = bound.program, Notes()
    stated = sum(block.size for block in program.rows)
    sides = np.abs(bound.rhs[:, :stated])
    if not sides.max(initial=0.0) >= INFINITE:
        return said
    single = program.col_of[:stated] >= 0
    sides[:, single] /= np.abs(program.scale[:stated][single])
    far = (sides >= INFINITE) & np.isfinite(sides)
    if bound.absent is not None:
        far = far & ~bound.absent[:, :stated]
    shared = len(sides) < bound.batch.size
    for s in range(min(bound.batch.size, MOST_SCENARIOS)):
        row = 0 if shared else s
        found = np.flatnonzero(far[row])
        named = []
        for k in found[:MOST_NAMED].tolist():
            block = row_block(program, k)
            if block is not None:
                where = place(block.name, block.domain.coordinates(int(block.cells[k - block.start])))
                named.append(f"the limit of {where} is {bound.rhs[row, k]:g}")
        if named:
            more = f" (and {len(found) - len(named)} more)" if len(found) > len(named) else ""
            said[s] = (
                f"{'; '.join(named)}{more}: from 1e20 on that is none; write inf, or choose a larger unit"
            )
    return said
