"""HiGHS once more, another way: no presolve, no symmetry, no restarts, another seed, told the plan to beat."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.solve.adapters.highs import HighsSession
from saddlepoint.solve.interfaces import in_turn
from saddlepoint.solve.solution import Options, Solution

ANOTHER_WAY = {
    "presolve": "off",
    "mip_detect_symmetry": False,
    "mip_allow_restart": False,
    "random_seed": 7,
}


def solve_highs_again(batch: Batch, options: Options, start: Array) -> Solution:
    """Solve one mixed-integer linear scenario by settings that share little with the usual ones, from a plan (n,)."""
    options = replace(options, settings={**options.settings, **ANOTHER_WAY})
    return in_turn(batch, lambda: _FromPlan(batch, options, start), options.stop)


class _FromPlan(HighsSession):
    """A session that knows a plan when it starts."""

    def __init__(self, batch: Batch, options: Options, start: Array) -> None:
        super().__init__(batch, options)
        self._start = start

    def _bring(self, s: int) -> bool:
        import highspy

        good = super()._bring(s)
        plan: Any = highspy.HighsSolution()
        plan.col_value = self._start.tolist()
        self._highs.setSolution(plan)
        return good
