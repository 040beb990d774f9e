"""One scenario with other numbers, solved again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.feeds import Feeds
from saddlepoint.errors import SaddleError
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.least_change import LeastChange, Levers, least_change
from saddlepoint.solve.proof.residuals import measure
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.study.diagnosis.case import Parametrised
from saddlepoint.study.diagnosis.repair import NO_UNIT, RepairWishes

LARGE = 20_000
"""With more columns a repair is sought within the time for repairs, and its objective is not computed."""
Changed = Mapping[str, tuple[Index, Array]]
"""Table → cells, and what is added to each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A scenario of a case, of which numbers are tried. aim: whether the objective is to be found too; within: the columns of
    parts in which there is no plan, where some are known; past_zero: whether zeros may grow and what is negative may become
    positive; only: the cells that alone may
    be moved (None = all that feed something)."""

    case: Parametrised
    scenario: int
    bound: BoundProgram
    wishes: RepairWishes
    options: Options
    aim: bool
    within: Mask | None = None
    past_zero: bool = False
    only: Index | None = None

    def values(self, key: str) -> Array:
        """The numbers of a table within the scenario, flat."""
        return self.case.values(key, self.scenario)

    def apart(self, key: str) -> Index:
        """How much the cells of a table within the scenario, flat, stand apart from the others."""
        from saddlepoint.study.diagnosis.suspects import suspicion

        return suspicion(self.values(key).reshape(self.case.cells(key).shape)).reshape(-1)

    def weight(self, key: str) -> float:
        """How dear a change of a table is."""
        return self.wishes.weights.get(self.case.sources[key].table, 1.0)

    def is_share(self, key: str) -> bool:
        """Whether the numbers of a table lie between 0 and 1, some between them, and have no unit, as shares and efficiencies do."""
        known = self.values(key)
        known = known[np.isfinite(known)]
        if self.case.model.tables[self.case.sources[key].table].spec.unit not in NO_UNIT or len(known) < 2:
            return False
        return bool(known.min() >= 0 and known.max() <= 1 and (known != np.round(known)).any())

    def is_straight(self, key: str) -> bool:
        """Whether a table stands on constant sides alone, as it is."""
        return self.feeds(key).exact and self.feeds(key).only_sides

    def feeds(self, key: str) -> Feeds:
        """Which cells of a table feed which numbers of the problem."""
        return self.case.feeds(key, self.scenario)

    def feeds_at(self, key: str, bound: BoundProgram, change: Changed) -> Feeds:
        """The same beside other numbers."""
        from saddlepoint.compile.feeds import feeds

        case = self.case
        numbers = case.numbers.take(np.array([self.scenario])).exchange(self._moved(change))
        return feeds(case.program, numbers, bound.data[0], key, case.cells(key).size)

    def _moved(self, change: Changed) -> Mapping[str, Array]:
        moved: dict[str, Array] = {}
        for key, (cells, amount) in change.items():
            values = self.values(key).copy()
            values[cells] += amount
            moved[key] = values[None]
        return moved

    def changed(self, change: Changed) -> BoundProgram | None:
        """The problem with other numbers; None where these cannot be bound."""
        try:
            return self.case.changed(self._moved(change), self.scenario)
        except SaddleError:
            return None

    @property
    def is_large(self) -> bool:
        """Whether the problem is linear and of so many columns that one attempt takes long."""
        s = self.bound.program.structure
        return s.n > LARGE and not (s.is_integer or s.is_conic)

    @property
    def _asked(self) -> Options:
        """How to solve: large problems by HiGHS' interior point and crossover, as the simplex method is slow without costs."""
        plain = Options(time_limit=self.options.time_limit, stop=self.options.stop)
        return replace(plain, solver="highs", settings={"solver": "ipm"}) if self.is_large else plain

    def solved(self, bound: BoundProgram, aim: bool, plan: Array | None = None) -> float | None:
        """The objective of the plan that a changed scenario has; None without a certified one. plan: (n,) one that should be one
        of a large scenario, whose objective is not asked for: where it keeps all relations nothing need be solved."""
        from saddlepoint.solve.diagnosis.conflict import aimless

        if self.is_large and not aim and plan is not None and self._keeps(bound, plan):
            return math.nan
        batch = bound.batch if aim else aimless(bound.batch)
        answer = solve(batch, self._asked)
        if not answer.planned[0]:
            return None
        sense = float(self.case.program.sense or 1)
        return sense * float(answer.objective[0]) if aim and self.case.program.sense else math.nan

    def _keeps(self, bound: BoundProgram, plan: Array) -> bool:
        """Whether a plan keeps the relations of a changed scenario, by the arithmetic of certificates."""
        s = bound.batch.structure
        if not np.isfinite(plan).all():
            return False
        nothing = np.zeros((1, s.m)), np.zeros((1, s.n)), np.zeros((1, s.F.shape[0]))
        return bool(measure(bound.batch, plan[None], *nothing).rel_prim[0] <= Options().tolerance)

    def least(self, bound: BoundProgram, levers: Levers) -> LeastChange | None:
        """The cheapest movement of the levers, in their units, and a plan there; None where none helps or is needed."""
        found = least_change(bound, levers, self._asked, self.within)
        return None if found is None or not found.by.any() else found
