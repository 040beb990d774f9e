"""The least changes of data with which a scenario has a plan, each verified by solving again."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.feeds import Feeds
from saddlepoint.errors import SaddleError
from saddlepoint.labels import Domain
from saddlepoint.solve.diagnosis.least_change import Levers, least_change, least_violation
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.study.diagnosis.case import Parametrised

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ROUNDS = 8
"""Linearisations of a table that multiplies decisions, or that a formula bends."""
DIGITS = (3, 4, 6, 9)
"""Significant digits that amounts are rounded up to, until the plan is there."""
FEW_CELLS = 3
"""Where more cells than this change, one factor for the whole table is tried too."""


_Move = tuple[Index, Array | None, Array]
"""Cells of a table, the direction along which all move (None = each by itself), and their units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Cells of one table (or column of a distribution) that move by one amount each, or all by one factor.

    cells: flat positions within one scenario, in `domain`; before, after: (k,) their numbers; shared: whether the table has these numbers in all
    scenarios.
    """

    table: str
    column: str
    domain: Domain
    cells: Index
    before: Array
    after: Array
    unit: str = ""
    shared: bool = True

    @property
    def amounts(self) -> Array:
        return self.after - self.before

    @property
    def parts(self) -> Array:
        """The amounts beside the numbers before, NaN where these are 0."""
        with np.errstate(all="ignore"):
            return np.where(self.before != 0, self.amounts / np.abs(self.before), np.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One way to make a scenario feasible. kind: cell by cell, or one factor for a table; least: whether no smaller change of these
    data does it (before rounding); verified: whether the scenario was solved with the changed data and has a certified plan;
    objective: what it is then, NaN where it was not asked; size: the sum of the changes, each beside its number, weighted."""

    changes: tuple[Change, ...]
    kind: Literal["cells", "factor"]
    least: bool
    verified: bool
    objective: float
    size: float

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.table for c in self.changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairWishes:
    """What may be changed. protected: tables that stay; only: tables that may be changed (empty = all); weights: table → how dear a
    change is (1 = as the others)."""

    protected: Collection[str] = ()
    only: Collection[str] = ()
    weights: Mapping[str, float] = field(default_factory=dict[str, float])

    def allow(self, table: str) -> bool:
        return table not in self.protected and (not self.only or table in self.only)


def repairs(
    case: Parametrised,
    scenario: int,
    keys: Sequence[str],
    wishes: RepairWishes,
    options: Options,
    enough: Callable[[], bool],
    aim: bool = True,
) -> Iterator[Repair]:
    """Repairs of one infeasible scenario of a case, as they are found: each table alone, then all together.

    keys: what may be moved (keys of the case's sources); enough: asked before every attempt whether to stop; aim: whether the
    objective of the repaired scenario is to be found too.
    """
    bound = case.bound(scenario)
    usable = [k for k in keys if wishes.allow(case.sources[k].table) and len(_movable(case, k, scenario))]
    usable.sort(key=lambda k: not (case.feeds(k, scenario).exact and case.feeds(k, scenario).only_sides))
    search = _Repairs(case=case, scenario=scenario, bound=bound, wishes=wishes, options=options, aim=aim)
    found: list[Repair] = []
    for key in usable:
        if enough() and found:
            return
        repair = search.by_cells([key])
        if repair is None:
            continue
        found.append(repair)
        yield repair
        if sum(len(c.cells) for c in repair.changes) > FEW_CELLS and not enough():
            factor = search.by_factor(key)
            if factor is not None:
                yield factor
    straight = [k for k in usable if case.feeds(k, scenario).exact and case.feeds(k, scenario).only_sides]
    if len(straight) > 1 and not (enough() and found):
        together = search.by_cells(straight)
        if together is not None and len(together.tables) > 1:
            yield together


def _movable(case: Parametrised, key: str, scenario: int) -> Index:
    """The cells of a table that feed something and that a person would change: zeros only where all are zero."""
    feed = case.feeds(key, scenario)
    reach = np.zeros(case.cells(key).size)
    for part in (feed.rhs, feed.A, feed.F, feed.g):
        reach += np.asarray(abs(part).sum(axis=0)).reshape(-1)
    values = case.values(key, scenario)
    cells = np.flatnonzero((reach > 0) & np.isfinite(values))
    filled = cells[values[cells] != 0]
    return filled if len(filled) else cells


@dataclass(slots=True, kw_only=True)
class _Repairs:
    case: Parametrised
    scenario: int
    bound: BoundProgram
    wishes: RepairWishes
    options: Options
    aim: bool
    _start: Array | None = None

    def by_cells(self, keys: Sequence[str]) -> Repair | None:
        """The least change of single cells of some tables."""
        units = {k: self._units(k) for k in keys}
        moves: dict[str, _Move] = {k: (cells, None, unit) for k, (cells, unit) in units.items()}
        straight = all(self._feeds(k).exact and self._feeds(k).only_sides for k in keys)
        if straight:
            levers = _joined([self._levers(k, c, u, self._feeds(k), None) for k, (c, _, u) in moves.items()])
            moved = self._least(self.bound, levers)
            return None if moved is None else self._made(moves, moved, "cells", True)
        (key,) = keys
        cells, _, unit = moves[key]
        by = self._bent(key, cells, unit, None)
        return None if by is None else self._made(moves, by, "cells", False)

    def by_factor(self, key: str) -> Repair | None:
        """The least change of a whole table by one factor."""
        cells, _ = self._units(key)
        values = self.case.values(key, self.scenario)[cells]
        if not values.any():
            return None
        feed = self._feeds(key)
        moves: dict[str, _Move] = {key: (cells, values, np.abs(values))}
        if feed.exact and feed.only_sides:
            moved = self._least(self.bound, self._levers(key, cells, np.abs(values), feed, values))
        else:
            moved = self._bent(key, cells, np.abs(values), values)
        return None if moved is None else self._made(moves, moved, "factor", feed.exact and feed.only_sides)

    def _units(self, key: str) -> tuple[Index, Array]:
        """The cells that may move, and the unit of each: its own size, or the table's where it is 0."""
        cells = _movable(self.case, key, self.scenario)
        size = np.abs(self.case.values(key, self.scenario)[cells])
        usual = float(size[size > 0].mean()) if (size > 0).any() else 1.0
        return cells, np.where(size > 0, size, usual)

    def _feeds(self, key: str) -> Feeds:
        return self.case.feeds(key, self.scenario)

    def _least(self, bound: BoundProgram, levers: Levers) -> Array | None:
        found = least_change(
            bound, levers, Options(time_limit=self.options.time_limit, stop=self.options.stop)
        )
        return None if found is None or not found.by.any() else found.by

    def _levers(
        self, key: str, cells: Index, unit: Array, feed: Feeds, along: Array | None, x: Array | None = None
    ) -> Levers:
        """Levers of single cells, or of all along one direction; x: the plan beside which products are linearised."""
        from scipy.sparse import csr_array

        rhs, g = feed.rhs[:, cells], feed.g[:, cells]
        if x is not None:
            rhs = rhs - _of_products(self.bound, feed, cells, x)
        weight = self.wishes.weights.get(self.case.sources[key].table, 1.0)
        values = self.case.values(key, self.scenario)
        low, high = _room(values, cells, unit)
        if along is None:
            scale = unit[None, :]
            return Levers(
                rhs=csr_array(rhs * scale),
                g=csr_array(g * scale),
                cost=np.full(len(cells), weight),
                low=low,
                high=high,
            )
        column = along[:, None]
        return Levers(
            rhs=csr_array(rhs @ column),
            g=csr_array(g @ column),
            cost=np.full(1, weight),
            low=np.full(1, -1.0),
            high=np.full(1, float(high.min()) if np.isfinite(high).all() else np.inf),
        )

    def _bent(self, key: str, cells: Index, unit: Array, along: Array | None) -> Array | None:
        """Movements of a table that multiplies decisions or that a formula bends: linearised again and again, then shortened."""
        if self._start is None:
            self._start = least_violation(self.bound, Options(stop=self.options.stop))
        x = self._start
        if x is None:
            return None
        total = np.zeros(len(cells) if along is None else 1)
        size = unit if along is None else along
        for _ in range(ROUNDS):
            bound = self._with({key: (cells, total * size)})
            if bound is None:
                return None
            if self._solved(bound, aim=False) is not None and total.any():
                return self._shortened(key, cells, size, total)
            feed = self._feeds_at(key, bound, {key: (cells, total * size)})
            levers = self._levers(key, cells, unit, feed, along, x)
            moved = least_change(bound, levers, Options(stop=self.options.stop))
            if moved is None:
                return None
            total = np.maximum(total + moved.by, -1.0)
            x = moved.x
        return None

    def _feeds_at(self, key: str, bound: BoundProgram, change: Mapping[str, tuple[Index, Array]]) -> Feeds:
        from saddlepoint.compile.feeds import feeds

        case = self.case
        numbers = case.numbers.take(np.array([self.scenario])).exchange(self._moved(change))
        return feeds(case.program, numbers, bound.data[0], key, case.cells(key).size)

    def _shortened(self, key: str, cells: Index, size: Array, total: Array) -> Array:
        """The smallest part of a movement that suffices, by halving."""
        low, high = 0.0, 1.0
        for _ in range(20):
            middle = (low + high) / 2
            bound = self._with({key: (cells, middle * total * size)})
            enough = bound is not None and self._solved(bound, aim=False) is not None
            low, high = (low, middle) if enough else (middle, high)
        return high * total

    def _moved(self, change: Mapping[str, tuple[Index, Array]]) -> Mapping[str, Array]:
        moved: dict[str, Array] = {}
        for key, (cells, amount) in change.items():
            values = self.case.values(key, self.scenario).copy()
            values[cells] += amount
            moved[key] = values[None]
        return moved

    def _with(self, change: Mapping[str, tuple[Index, Array]]) -> BoundProgram | None:
        try:
            return self.case.changed(self._moved(change), self.scenario)
        except SaddleError:
            return None

    def _solved(self, bound: BoundProgram, aim: bool) -> float | None:
        """The objective of the plan that a changed scenario has; None without a certified one."""
        from saddlepoint.solve.diagnosis.conflict import aimless

        batch = bound.batch if aim else aimless(bound.batch)
        asked = Options(time_limit=self.options.time_limit, stop=self.options.stop)
        answer = solve(batch, asked)
        if not answer.planned[0]:
            return None
        sense = float(self.case.program.sense or 1)
        return sense * float(answer.objective[0]) if aim and self.case.program.sense else math.nan

    def _made(
        self,
        moves: Mapping[str, _Move],
        by: Array,
        kind: Literal["cells", "factor"],
        least: bool,
    ) -> Repair | None:
        """The repair with amounts that people would write, as few digits as suffice."""
        for digits in (*DIGITS, None):
            rounded = by if digits is None or kind == "cells" else _rounded(by, digits)
            change = self._amounts(moves, rounded, kind, digits)
            bound = self._with(change)
            objective = None if bound is None else self._solved(bound, self.aim)
            if objective is not None or digits is None:
                changes = tuple(self._change(k, cells, amount) for k, (cells, amount) in change.items())
                size = self._size(moves, by, kind)
                return Repair(
                    changes=tuple(c for c in changes if len(c.cells)),
                    kind=kind,
                    least=least,
                    verified=objective is not None,
                    objective=math.nan if objective is None else objective,
                    size=size,
                )
        return None

    def _size(self, moves: Mapping[str, _Move], by: Array, kind: str) -> float:
        """The sum of the movements, each beside its number, weighted as asked."""
        weights = [self.wishes.weights.get(self.case.sources[k].table, 1.0) for k in moves]
        counts = [1 if kind == "factor" else len(cells) for cells, _, _ in moves.values()]
        return float(np.abs(by) @ np.repeat(weights, counts))

    def _amounts(
        self,
        moves: Mapping[str, _Move],
        by: Array,
        kind: Literal["cells", "factor"],
        digits: int | None,
    ) -> Mapping[str, tuple[Index, Array]]:
        out: dict[str, tuple[Index, Array]] = {}
        start = 0
        for key, (cells, along, unit) in moves.items():
            if kind == "factor":
                assert along is not None
                out[key] = cells, by[0] * along
                continue
            part = by[start : start + len(cells)]
            if digits is not None:
                low, high = _room(self.case.values(key, self.scenario), cells, unit)
                part = np.clip(_rounded(part * unit, digits) / unit, low, high)
            out[key] = cells, part * unit
            start += len(cells)
        return out

    def _change(self, key: str, cells: Index, amount: Array) -> Change:
        source, info = self.case.sources[key], self.case.model.tables[self.case.sources[key].table]
        here = np.flatnonzero(amount)
        before = self.case.values(key, self.scenario)[cells[here]]
        return Change(
            table=source.table,
            column=source.column,
            domain=info.rest,
            cells=cells[here],
            before=before,
            after=before + amount[here],
            unit=info.spec.unit,
            shared=not info.splits.axes,
        )


def _room(values: Array, cells: Index, unit: Array) -> tuple[Array, Array]:
    """How far cells may move, in units: none changes its sign, and shares stay between 0 and 1."""
    here = values[cells]
    low, high = np.full(len(cells), -np.inf), np.full(len(cells), np.inf)
    low[here > 0] = -1.0
    high[here < 0] = 1.0
    low[here == 0] = 0.0
    known = values[np.isfinite(values)]
    if len(known) > 1 and known.min() >= 0 and known.max() <= 1 and (known != np.round(known)).any():
        high = np.minimum(high, (1.0 - here) / unit)
    return low, high


def _joined(parts: Sequence[Levers]) -> Levers:
    from scipy.sparse import csr_array, hstack

    return Levers(
        rhs=csr_array(hstack([p.rhs for p in parts])),
        g=csr_array(hstack([p.g for p in parts])),
        cost=np.concatenate([p.cost for p in parts]),
        low=np.concatenate([p.low for p in parts]),
        high=np.concatenate([p.high for p in parts]),
    )


def _of_products(bound: BoundProgram, feed: Feeds, cells: Index, x: Array) -> csr_array:
    """(R, k) what one more of a cell adds to the left side of every user's row at the plan x."""
    from scipy.sparse import csr_array

    program = bound.program
    a = program.structure.A
    solver = np.flatnonzero(program.row_of >= 0)
    place = np.zeros(a.shape[0], np.int64)
    place[program.row_of[solver]] = solver
    weights = csr_array(
        (x[a.columns()], (place[a.indices], np.arange(a.nnz))), shape=(len(program.row_of), a.nnz)
    )
    return csr_array(weights @ feed.A[:, cells])


def _rounded(numbers: Array, digits: int) -> Array:
    """Numbers with so many significant digits, away from zero."""
    size = np.abs(numbers)
    with np.errstate(divide="ignore"):
        power = np.floor(np.log10(np.where(size > 0, size, 1.0)))
    step = 10.0 ** (power - digits + 1)
    up = np.ceil(size / step * (1 - 1e-7)) * step
    return np.where(size > 0, np.sign(numbers) * np.array([float(f"{v:.12g}") for v in up]), 0.0)
