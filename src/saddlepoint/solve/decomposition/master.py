"""The problem of the first decision: its own rows, and the cuts so far in place of the outcomes."""

from __future__ import annotations

from dataclasses import field, replace
from typing import Final

import numpy as np

from saddlepoint.algebra.products import dense
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import Cut
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.proof.weak_duality import proven
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.solve.solve import solve

NOTHING_LOST: Final = 1e-9
"""By how much a reduced cost may point the wrong way in multipliers whose own bound is taken; else it is that of the certified answer."""
NOISE: Final = 1e-12
"""An entry of a cut below this part of its largest is rounding."""


@dataclass(slots=True)
class Master:
    """Columns x, then one per group of outcomes; cuts accumulate. The time limit of the options is that of all its problems together, from now on."""

    first: Batch
    options: Options
    cuts: list[Cut] = field(default_factory=list[Cut])
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = Deadline.of(self.options)

    @property
    def groups(self) -> tuple[int, ...]:
        """The groups that have a cut."""
        return tuple(sorted({cut.group for cut in self.cuts if cut.group >= 0}))

    def problem(self) -> Batch:
        """The problem with its cuts, a minimisation of one scenario."""
        return self._with(self.first.q[0], np.zeros(0), np.zeros((0, 0)), np.zeros(0), np.zeros(0))

    def bound(self) -> tuple[Solution, float]:
        """The answer of the problem with its cuts, and the bound that its multipliers prove (that of the solver's tree, proven
        likewise, with whole columns)."""
        batch = self.problem()
        found = solve(batch, self.deadline.within(self.options))
        if not found.answered[0]:
            return found, -np.inf
        if batch.structure.is_integer:
            return found, float(found.bound[0])
        value, lost = proven(batch, found.y)
        return found, float(value[0]) if lost[0] <= NOTHING_LOST else float(found.bound[0])

    def within(self, centre: Array, radius: float) -> Array | None:
        """The best x by the cuts so far no further than `radius` (in its own size) from a centre; None if there is none."""
        batch, n = self.problem(), self.first.structure.n
        reach = radius * np.maximum(1.0, np.abs(centre))
        lb, ub = batch.lb.copy(), batch.ub.copy()
        whole = self.first.structure.integer
        low, high = centre - reach, centre + reach
        lb[0, :n] = np.maximum(lb[0, :n], np.where(whole, np.floor(low), low))
        ub[0, :n] = np.minimum(ub[0, :n], np.where(whole, np.ceil(high), high))
        found = solve(replace(batch, lb=lb, ub=ub), self.deadline.within(self.options))
        return found.x[0, :n] if found.answered[0] else None

    def nearest(self, centre: Array, level: float) -> Array | None:
        """The x nearest to a centre (largest deviation, each in its own size) where the cuts promise at most `level`; None if there is
        none. Source: C. Lemaréchal, A. Nemirovskii, Y. Nesterov, Math. Programming 69 (1995) 111–147."""
        n, width = self.first.structure.n, len(self.groups)
        lb, ub = self.first.lb[0], self.first.ub[0]
        range_ = np.where(np.isfinite(ub - lb), ub - lb, np.maximum(np.abs(centre), 1.0))
        size = np.where(range_ > 0, range_, 1.0)
        away = np.zeros((2 * n + 1, n + width + 1))
        away[:n, :n], away[n : 2 * n, :n] = np.diag(1 / size), np.diag(-1 / size)
        away[: 2 * n, -1] = -1.0
        away[-1, :n], away[-1, n : n + width] = self.first.q[0], 1.0
        most = np.concatenate([centre / size, -centre / size, [level - float(self.first.r[0, 0])]])
        cost = np.zeros(n + width + 1)
        cost[-1] = 1.0
        batch = self._with(cost[:n], cost[n + width :], away, np.full(2 * n + 1, -np.inf), most, priced=False)
        found = solve(batch, self.deadline.within(self.options))
        return found.x[0, :n] if found.answered[0] else None

    def _with(
        self, costs: Array, more: Array, rows: Array, low: Array, high: Array, priced: bool = True
    ) -> Batch:
        """The problem with further columns (of these costs, at least 0) and rows over all columns."""
        s, groups = self.first.structure, self.groups
        n, width = s.n, len(groups)
        total = n + width + len(more)
        own = np.zeros((s.m, total))
        own[:, :n] = dense(s.A, self.first.A[0])
        place = {group: n + k for k, group in enumerate(groups)}
        cut = np.zeros((len(self.cuts), total))
        least = np.full(len(self.cuts), -np.inf)
        most = np.full(len(self.cuts), np.inf)
        for k, one in enumerate(self.cuts):
            slope = np.where(np.abs(one.slope) > NOISE * np.abs(one.slope).max(initial=0.0), one.slope, 0.0)
            cut[k, :n] = slope if one.group < 0 else -slope
            if one.group < 0:
                most[k] = float(slope @ one.at) - one.value
            else:
                cut[k, place[one.group]] = 1.0
                least[k] = one.value - float(slope @ one.at)
        whole = np.concatenate([own, cut, rows.reshape(-1, total)])
        free = np.full(width, np.inf)
        return dense_batch(
            whole,
            q=np.concatenate([costs, np.full(width, 1.0 if priced else 0.0), more]),
            r=float(self.first.r[0, 0]) if priced else 0.0,
            l=np.concatenate([self.first.l[0], least, low]),
            u=np.concatenate([self.first.u[0], most, high]),
            lb=np.concatenate([self.first.lb[0], -free, np.zeros(len(more))]),
            ub=np.concatenate([self.first.ub[0], free, np.full(len(more), np.inf)]),
            integer=np.concatenate([s.integer & priced, np.zeros(total - n, bool)]),
        )

    def weights(self, found: Solution) -> list[tuple[Cut, float]]:
        """The cuts that carry the bound, each with its multiplier: those of one group add up to 1, those of feasibility are ≤ 0."""
        first = self.first.structure.m
        lam = found.y[0, first : first + len(self.cuts)]
        return [(cut, float(v)) for cut, v in zip(self.cuts, lam, strict=True) if v != 0]


def dense_batch(
    rows: Array, *, q: Array, r: float, l: Array, u: Array, lb: Array, ub: Array, integer: Mask
) -> Batch:
    """A linear program of one scenario, its matrix given with all zeros."""
    column, row = np.nonzero(rows.T)
    return Batch.linear(
        Pattern.of(row, column, (rows.shape[0], rows.shape[1])), rows.T[column, row][None], integer=integer, q=q[None],
        r=np.array([[r]]), l=l[None], u=u[None], lb=lb[None], ub=ub[None],
    )  # fmt: skip
