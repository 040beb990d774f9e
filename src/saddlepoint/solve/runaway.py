"""Problems with cones whose plans run away: no ray proves that they have no end, and the message says so by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from saddlepoint.compile.bind import BoundProgram
from saddlepoint.solve.proof.infeasibility import column_block, place
from saddlepoint.solve.proof.sizes import far_away
from saddlepoint.solve.solution import Solution, Status

MOST_SCENARIOS = 100


def runaway_notes(bound: BoundProgram, solution: Solution) -> Mapping[int, str]:
    """Scenario → which decision grows beyond all numbers of the data, where no answer was certified and the plans found do so."""
    said = dict[int, str]()
    for s in np.flatnonzero(solution.status == Status.UNVERIFIED).tolist()[:MOST_SCENARIOS]:
        x = solution.x[s]
        if not np.isfinite(x).all() or not far_away(bound.batch.take(np.array([s])), x[None])[0]:
            continue
        known = column_block(bound.program, int(np.argmax(np.abs(x))))
        what = "a decision" if known is None else place(known[0].table, known[0].domain.coordinates(known[1]))
        said[s] = (
            f"the plans found run away, {what} to {np.abs(x).max():.1e}: the objective may have no end along a curve, as √x has none, "
            "which no ray proves; bound what may not grow for ever"
        )
    return said
