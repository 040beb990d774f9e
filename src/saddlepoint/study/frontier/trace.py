"""The trade-off between two objectives, traced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from saddlepoint.algebra.columnar import concat
from saddlepoint.arrays import Index, Mask
from saddlepoint.compile.program import ColumnBlock
from saddlepoint.errors import UsageError, suggest
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.model.price_units import goal_units
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import Status
from saddlepoint.study.frontier.corners import corners
from saddlepoint.study.frontier.goals import FIRST, SECOND, trade_off
from saddlepoint.study.frontier.levels import at_levels
from saddlepoint.study.frontier.points import Points, Tracer
from saddlepoint.study.results.result import exit_code
from saddlepoint.study.running.plan import Plan, kernels_of, numbers_of
from saddlepoint.study.running.tables import positions

POINT = "point"
CORNERS = 200
"""Corners of a linear front that are looked for where nothing is said."""
LEVELS = 11
"""Points of a front with curves or integers where nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The trade-off between two objectives in the chosen scenarios.

    names, units, senses: of the objectives ("" where no unit follows; +1 minimised, −1 maximised). form: "corners" (of a linear
    problem: all of them, and between neighbours the front is the straight line) or "levels" (points of a front with curves or
    integers). points: in
    order, the best of the first objective first; proven: (P,) of corners, whether no plan lies beyond the edge that
    begins there. scenarios, which: the domain of the problem's scenarios and those asked for; failed: scenario → why it has
    no front.
    """

    problem: str
    names: tuple[str, str]
    units: tuple[str, str]
    senses: tuple[int, int]
    form: str
    points: Points
    proven: Mask
    scenarios: Domain
    which: Index
    failed: Mapping[int, str]
    statuses: Index
    blocks: Mapping[str, ColumnBlock]

    @property
    def number(self) -> Index:
        """(P,) the place of every point in its scenario's front, from 0."""
        where = self.points.scenario
        first = np.searchsorted(where, where)
        return np.arange(len(where)) - first

    @property
    def table(self) -> Table:
        """The front: the objectives by their names, and `rate`, by what the first changes for one unit more of the second (to
        the next point, or at the point itself), over the scenarios and `point`."""
        p = self.points
        columns = {self.names[0]: p.first, self.names[1]: p.second, "rate": p.rate, "residual": p.residual}
        return self._table(
            "frontier", Domain(()), {k: v[:, None] for k, v in columns.items()}, np.zeros(1, np.int64)
        )

    def plan(self, key: str) -> Table:
        """A decided table at every point of the front, over its sets, the scenarios and `point`; UsageError X101."""
        if key not in self.blocks:
            raise UsageError.of("X101", f"the front has no table {key!r}", fix=suggest(key, self.blocks))
        block = self.blocks[key]
        return self._table(key, block.domain, {"values": self.points.cells[key]}, block.cells)

    def _table(self, key: str, domain: Domain, columns: Mapping[str, Any], cells: Index) -> Table:
        number = self.number
        points = Axis(POINT, tuple(str(k + 1) for k in range(int(number.max(initial=-1)) + 1)))
        over = Domain((*self.scenarios.axes, points))
        whole = Domain((*self.scenarios.axes, points, *domain.axes))
        which = self.which[self.points.scenario] * len(points) + number
        where = positions(domain, over, whole, cells, which)
        out = {name: np.full(whole.size, np.nan) for name in columns}
        for name, values in columns.items():
            out[name][where] = values
        return Table(key, whole, out, rows=np.sort(where.reshape(-1)))

    @property
    def exit_code(self) -> int:
        """0 every scenario has a front; 3 some has no plan; 4 some point or edge is not certified."""
        told = [self.statuses.astype(np.int8)]
        code = exit_code(told)
        return code or (4 if self.form == "corners" and not self._closed else 0)

    @property
    def _closed(self) -> bool:
        where = self.points.scenario
        inside = np.flatnonzero(where[1:] == where[:-1])
        return bool(self.proven[inside].all())


def frontier(
    plan: Plan, names: Sequence[str] = (), points: int | None = None, problem: str | None = None
) -> Frontier:
    """Trace the trade-off between two objectives of a problem in the chosen scenarios.

    names: of the two; points: at most so many corners, or so many levels. Raises UsageError (X440, X441), and what compile,
    bind and solve raise.
    """
    if points is not None and points < 2:
        raise UsageError.of("X441", f"a front has at least two points, not {points}", fix="Ask for more.")
    goals = trade_off(plan.model, names, problem)
    flat = flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    numbers = numbers_of(goals.base, plan, flat)
    tracer = Tracer(
        goals=goals,
        model=plan.model,
        numbers=numbers,
        options=plan.request.options,
        kernels=kernels_of(plan.request, numbers.size),
    )
    ends = [tracer.best(k) for k in (0, 1)]
    good = np.flatnonzero(ends[0].answered & ends[1].answered)
    both = concat([end.take(good) for end in ends])
    form, found, proven = _traced(tracer, both, points)
    units = goal_units(plan.model, goals.problem.key)
    return Frontier(
        problem=goals.problem.key,
        names=goals.names,
        units=(units.get(goals.names[0], ""), units.get(goals.names[1], "")),
        senses=goals.senses,
        form=form,
        points=found,
        proven=proven,
        scenarios=goals.problem.scenarios,
        which=numbers.which,
        failed=dict(_failed(ends, goals.names)),
        statuses=np.where(ends[0].answered, ends[1].status, ends[0].status),
        blocks=tracer.whole.tables,
    )


def _traced(tracer: Tracer, both: Points, points: int | None) -> tuple[str, Points, Mask]:
    shape = tracer.whole.structure
    if shape.is_quadratic or shape.cones or shape.is_integer:
        found = at_levels(tracer, both, points or LEVELS, shape.is_integer) if len(both.first) else both
        return "levels", found, np.ones(len(found.first), dtype=bool)
    found, proven = (
        corners(tracer, both, points or CORNERS) if len(both.first) else (both, np.zeros(0, dtype=bool))
    )
    return "corners", found, proven


def _failed(ends: Sequence[Points], names: Sequence[str]) -> Iterable[tuple[int, str]]:
    """Scenario → why it has no front, where one of the ends has no plan; the objectives by their names."""
    for s in range(len(ends[0].first)):
        for end in ends:
            if not end.answered[s]:
                said = end.messages.get(s) or Status(int(end.status[s])).sentence
                for word, name in zip((FIRST, SECOND), names, strict=True):
                    said = said.replace(f"{word}: ", f"{name}: ")
                yield s, said
                break
