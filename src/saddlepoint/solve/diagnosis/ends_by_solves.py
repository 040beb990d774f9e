"""What a basis leaves open of ranges: slopes and their ends where several plans or several prices are right, one linear problem each.

At a plan the slope of the optimum as a side moves is the least cost of the directions that leave no active side, that side's variable
being forced to move by one; it holds as long as there is a plan that fits the prices of that direction. For costs plans and directions
change their parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.adapters.highs_model import in_own_thread
from saddlepoint.solve.adapters.highs_moves import MovesSession, Optimum
from saddlepoint.solve.diagnosis.basis_ranges import AskedRanges, BasisRanges, Intervals
from saddlepoint.solve.vertex import AT, OptimalVertex

EndKind = Literal["lower", "upper", "cost"]
_End = tuple[EndKind, int, bool]
"""Of what, of which variable, and whether it grows."""


def solve_ends(
    matrix: Any,
    cost: Array,
    vertex: OptimalVertex,
    basic: Mask,
    ranges: BasisRanges,
    asked: AskedRanges,
    steps: int,
) -> tuple[int, int]:
    """Settle in place what is open of one scenario among what is asked, unknown slopes first; the steps of the simplex method that it
    took, and how many ends stay open as they do not last.

    matrix: A, sparse; cost: (n,); vertex, ranges: of this scenario alone; basic: (n + m,).
    """
    waiting = list(_waiting(ranges, asked))
    if not waiting or steps <= 0:
        return 0, len(waiting)
    search = _OpenEnds(matrix, cost, vertex, basic, ranges)
    return in_own_thread(lambda: search.settle(waiting, steps))


def _waiting(ranges: BasisRanges, asked: AskedRanges) -> Iterator[_End]:
    for slopes in (True, False):
        for kind in ("lower", "upper", "cost"):
            found, mine = getattr(ranges, kind), getattr(asked, kind)
            for up in (False, True):
                unsure = (found.open_up if up else found.open_down)[0] & mine
                unknown = np.isnan((found.slope_up if up else found.slope_down)[0])
                for k in np.flatnonzero(unsure & (unknown if slopes else ~unknown)).tolist():
                    yield kind, k, up


class _OpenEnds:
    def __init__(
        self, matrix: Any, cost: Array, vertex: OptimalVertex, basic: Mask, ranges: BasisRanges
    ) -> None:
        self._n = matrix.shape[1]
        self._rows = matrix.tocsr()
        self._matrix, self._cost, self._basic, self._ranges = matrix, cost, basic, ranges
        self._value, self._reduced = vertex.value[0], np.where(vertex.loose[0], 0.0, vertex.reduced[0])
        self._lower, self._upper = vertex.lower[0], vertex.upper[0]
        self._size, self._worth = vertex.size[0], vertex.worth[0]
        self._sessions: dict[str, MovesSession] = {}

    def settle(self, waiting: list[_End], steps: int) -> tuple[int, int]:
        for k, (kind, v, up) in enumerate(waiting):
            if self._steps >= steps:
                return self._steps, len(waiting) - k
            (self._cost_end if kind == "cost" else self._side_end)(kind, v, up)
        return self._steps, 0

    @property
    def _steps(self) -> int:
        return sum(s.steps for s in self._sessions.values())

    def _session(self, name: str) -> MovesSession:
        if name not in self._sessions:
            self._sessions[name] = MovesSession(self._matrix, self._basic)
        return self._sessions[name]

    def _side_end(self, kind: EndKind, v: int, up: bool) -> None:
        found: Intervals = getattr(self._ranges, kind)
        slope = float((found.slope_up if up else found.slope_down)[0, v])
        reduced, sign = self._reduced, 1.0 if up else -1.0
        if np.isnan(slope):
            move = self._direction(self._value, v, kind, sign)
            if move.status == "infeasible":
                self._write(found, v, up, 0.0, sign * np.inf)
                return
            if move.status != "optimal":
                return
            slope = sign * move.objective
            reduced = np.where(np.abs(move.reduced) <= AT * self._worth, 0.0, move.reduced)
        if self._relaxes(kind, v, up) and abs(slope) <= AT * self._worth[v]:
            self._write(found, v, up, sign * np.inf, 0.0)
            return
        far = self._farthest(reduced, v, kind, up)
        side = (self._upper if kind == "upper" else self._lower)[v]
        if far.status == "optimal":
            end = far.value[v] - side
            self._write(found, v, up, end if abs(end) > AT * self._size[v] else 0.0, slope)
        elif far.status == "unbounded":
            self._write(found, v, up, sign * np.inf, slope)

    def _cost_end(self, kind: EndKind, v: int, up: bool) -> None:
        found, sign = self._ranges.cost, 1.0 if up else -1.0
        amount = float((found.slope_up if up else found.slope_down)[0, v])
        value = self._value
        if np.isnan(amount):
            far = self._farthest(self._reduced, v, kind, not up)
            if far.status == "unbounded":
                self._write(found, v, up, 0.0, -sign * np.inf)
                return
            if far.status != "optimal":
                return
            value, amount = far.value, float(far.value[v])
        move = self._direction(value, v, kind, -sign)
        if move.status == "optimal":
            room = max(0.0, move.objective)
            self._write(found, v, up, sign * room if room > AT * self._worth[v] else 0.0, amount)
        elif move.status == "infeasible":
            self._write(found, v, up, sign * np.inf, amount)

    def _direction(self, value: Array, v: int, kind: EndKind, step: float) -> Optimum:
        """The cheapest direction at a plan that moves variable v by `step`: its side, or (of a cost) itself."""
        low, high = value - self._lower <= AT * self._size, self._upper - value <= AT * self._size
        lower, upper = np.where(low, 0.0, -np.inf), np.where(high, 0.0, np.inf)
        fixed = low[v] and high[v]
        if kind == "cost":
            if lower[v] > step or upper[v] < step:
                return Optimum("infeasible", np.inf, value, self._reduced)
            lower[v] = upper[v] = step
        else:
            lower[v] = step if kind == "lower" or fixed else -np.inf
            upper[v] = step if kind == "upper" or fixed else np.inf
        return self._session("direction").optimum(self._cost, lower, upper)

    def _farthest(self, reduced: Array, v: int, kind: EndKind, up: bool) -> Optimum:
        """The largest (up) or least value of variable v among the plans that fit the reduced costs; of a side, with it gone."""
        lower = np.where(reduced < 0, self._upper, self._lower)
        upper = np.where(reduced > 0, self._lower, self._upper)
        if kind != "cost" and (self._relaxes(kind, v, up) or self._lower[v] == self._upper[v]):
            lower[v], upper[v] = (self._lower[v] if kind == "lower" else self._upper[v]), np.inf
            if not up:
                lower[v], upper[v] = -np.inf, lower[v]
        elif kind != "cost":
            lower[v], upper[v] = self._lower[v], self._upper[v]
        aim = np.zeros(self._n)
        if v < self._n:
            aim[v] = 1.0
        else:
            row = self._rows[[v - self._n]]
            aim[row.indices] = row.data
        return self._session("plan").optimum(-aim if up else aim, lower, upper)

    def _relaxes(self, kind: EndKind, v: int, up: bool) -> bool:
        """Whether moving a side gives its variable more room."""
        return self._lower[v] < self._upper[v] and (kind == "upper") == up

    def _write(self, found: Intervals, v: int, up: bool, end: float, slope: float) -> None:
        if up:
            found.up[0, v], found.slope_up[0, v], found.open_up[0, v] = end, slope, False
        else:
            found.down[0, v], found.slope_down[0, v], found.open_down[0, v] = end, slope, False
