"""The least changes of data with which a scenario has a plan, each verified by solving again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.lacking_parts import lacking_parts
from saddlepoint.solve.diagnosis.least_change import LeastChange, least_change, least_violation
from saddlepoint.solve.solution import Options
from saddlepoint.study.diagnosis.amounts import Move, repair_of
from saddlepoint.study.diagnosis.case import Parametrised
from saddlepoint.study.diagnosis.levers import joined_levers, lever_units, levers_of, movable, room_of
from saddlepoint.study.diagnosis.repair import Repair, RepairWishes
from saddlepoint.study.diagnosis.trial import Trial

ROUNDS = 8
"""Linearisations of a table that multiplies decisions, or that a formula bends."""
MANY = 2_000
"""From so many columns on the parts without a plan are looked for first."""
SUSPECTS = 2
"""Cells of a table that stand apart and are tried alone."""
SINGLES = 12
"""Cells of a table, those furthest from its median first, that are tried alone to see whether one of them suffices."""
SMALL = 2_000
"""With more columns only cells that stand apart are tried alone."""
CLOSE = 1e-6
"""Of an excess may be left by rounding."""
SINGLES_TOLD = 3
"""Of those of a table that suffice the likeliest are told."""
FEW_CELLS = 3
"""Where more cells than this change, one factor for the whole table is tried too."""


def repairs(
    case: Parametrised,
    scenario: int,
    keys: Sequence[str],
    excess: tuple[Array, float],
    wishes: RepairWishes,
    options: Options,
    enough: Callable[[], bool],
    aim: bool = True,
) -> Iterator[Repair]:
    """Repairs of one infeasible scenario of a case, as they are found: each table alone, then all together, then single cells that suffice.

    keys: what may be moved (keys of the case's sources); excess: of the conflict (`conflicts.excess`); enough: asked before every
    attempt whether to stop; aim: whether the objective of the repaired scenario is to be found too.
    """
    usable = [k for k in keys if wishes.allow(case.sources[k].table) and len(movable(case, k, scenario))]
    bound = case.bound(scenario)
    trial = Trial(case=case, scenario=scenario, bound=bound, wishes=wishes, options=options, aim=aim)
    few = {k: len(movable(case, k, scenario)) if trial.is_large else 0 for k in usable}
    usable.sort(key=lambda k: (not trial.is_straight(k), few[k]))
    if bound.program.structure.n > MANY:
        trial = replace(trial, within=lacking_parts(bound.batch))
    search = _RepairSearch(trial=trial)
    found: list[Repair] = [] if trial.is_large else list(_of_suspects(search, usable, enough))
    yield from found
    for k, key in enumerate(usable):
        if enough() and (found or (trial.is_large and k)):
            return
        repair = search.by_cells([key])
        if repair is None and not enough():
            repair = search.past_zero(key)
        if repair is None or any(_alike(repair, other) for other in found):
            continue
        found.append(repair)
        yield repair
        if sum(len(c.cells) for c in repair.changes) > FEW_CELLS and not enough():
            factor = search.by_factor(key)
            if factor is not None:
                yield factor
    straight = [k for k in usable if trial.is_straight(k)]
    if len(straight) > 1 and not (enough() and (found or trial.is_large)):
        together = search.by_cells(straight)
        if together is not None and len(together.tables) > 1:
            yield together
    if bound.program.structure.n <= SMALL:
        yield from _of_singles(search, straight, excess, found, enough)


def _of_suspects(search: _RepairSearch, keys: Sequence[str], enough: Callable[[], bool]) -> Iterator[Repair]:
    """Repairs of one cell that stands apart from the others of its table: what is most likely wrong is no dearer to change than
    they are."""
    for key in keys:
        trial = search.trial
        values = trial.values(key)
        apart = trial.apart(key)
        for cell in np.argsort(-apart, kind="stable")[: min(SUSPECTS, int((apart > 0).sum()))].tolist():
            if enough():
                return
            own = replace(trial, only=np.array([cell]), past_zero=bool(values[cell] < 0))
            if len(lever_units(own, key)[0]):
                repair = replace(search, trial=own).by_cells([key])
                if repair is not None and repair.verified:
                    yield repair


def _of_singles(
    search: _RepairSearch,
    keys: Sequence[str],
    excess: tuple[Array, float],
    found: Sequence[Repair],
    enough: Callable[[], bool],
) -> Iterator[Repair]:
    """Repairs of one cell each, beside those found: the least change of a table by parts of its
    numbers is seldom of the cell with a digit too few, which has to grow by the largest part of all."""
    trial = search.trial
    for key in keys:
        suffice: list[Repair] = []
        for cell in _furthest(trial, key, *excess)[:SINGLES].tolist():
            if enough():
                break
            repair = replace(search, trial=replace(trial, only=np.array([cell]))).by_cells([key])
            if repair is not None and repair.verified and not any(_alike(repair, other) for other in found):
                suffice.append(repair)
        yield from sorted(suffice, key=lambda r: r.order)[:SINGLES_TOLD]


def _furthest(trial: Trial, key: str, weights: Array, excess: float) -> Index:
    """The cells of a table that can take away the excess of a conflict, as far as they may move; those furthest from the median
    of its numbers first."""
    cells, unit = lever_units(trial, key)
    sides = trial.feeds(key).rhs[:, cells]
    low, high = room_of(trial.values(key), cells, unit, share=trial.is_share(key))
    rate = sides.T @ weights * unit
    room = np.where(rate == 0, 0.0, np.where(rate > 0, -low, high))
    able = (abs(sides).T @ np.abs(weights) > 0) & (np.abs(rate) * room >= excess * (1 - CLOSE))
    kept = np.flatnonzero(able)
    apart = np.abs(np.log(unit[kept] / np.median(unit))) if len(kept) else unit[kept]
    return cells[kept][np.argsort(-apart, kind="stable")]


def _alike(one: Repair, other: Repair) -> bool:
    """Whether two repairs change the same cell, alone."""
    first, second = one.changes[0], other.changes[0]
    same = len(one.changes) == len(other.changes) == 1 and first.table == second.table
    return same and len(first.cells) == len(second.cells) == 1 and first.cells[0] == second.cells[0]


@dataclass(slots=True, kw_only=True)
class _RepairSearch:
    """The search of one scenario; the plan beside which products are linearised is found once."""

    trial: Trial
    _start: Array | None = None

    def past_zero(self, key: str) -> Repair | None:
        """The least change of a table in which zeros may grow and what is negative may become positive: a number or a sign that
        is wrong."""
        freer = replace(self, trial=replace(self.trial, past_zero=True))
        cells, _ = lever_units(freer.trial, key)
        values = freer.trial.values(key)[cells]
        return freer.by_cells([key]) if values.any() and (values <= 0).any() else None

    def by_cells(self, keys: Sequence[str]) -> Repair | None:
        """The least change of single cells of some tables."""
        return self._parts_first(lambda one: one._cells(keys))

    def _parts_first(self, seek: Callable[[_RepairSearch], Repair | None]) -> Repair | None:
        """What is found for the parts without a plan; for all of the problem if that breaks others."""
        found = seek(self)
        if self.trial.within is None or (found is not None and found.verified):
            return found
        return seek(replace(self, trial=replace(self.trial, within=None)))

    def _cells(self, keys: Sequence[str]) -> Repair | None:
        trial = self.trial
        units = {k: lever_units(trial, k) for k in keys}
        moves: dict[str, Move] = {k: (cells, None, unit) for k, (cells, unit) in units.items()}
        if all(trial.is_straight(k) for k in keys):
            parts = [levers_of(trial, k, c, u, trial.feeds(k), None) for k, (c, u) in units.items()]
            return self._told(moves, trial.least(trial.bound, joined_levers(parts)), "cells")
        (key,) = keys
        moved = self._bent(key, *units[key], None)
        return None if moved is None else repair_of(trial, moves, moved, "cells", False)

    def _told(
        self, moves: Mapping[str, Move], found: LeastChange | None, kind: Literal["cells", "factor"]
    ) -> Repair | None:
        """The repair of a least change."""
        return None if found is None else repair_of(self.trial, moves, found.by, kind, found.least, found.x)

    def by_factor(self, key: str) -> Repair | None:
        """The least change of a whole table by one factor."""
        return self._parts_first(lambda one: one._factor(key))

    def _factor(self, key: str) -> Repair | None:
        trial = self.trial
        cells, _ = lever_units(trial, key)
        values = trial.values(key)[cells]
        if not values.any():
            return None
        moves: dict[str, Move] = {key: (cells, values, np.abs(values))}
        if trial.is_straight(key):
            levers = levers_of(trial, key, cells, np.abs(values), trial.feeds(key), values)
            return self._told(moves, trial.least(trial.bound, levers), "factor")
        moved = self._bent(key, cells, np.abs(values), values)
        return None if moved is None else repair_of(trial, moves, moved, "factor", False)

    def _bent(self, key: str, cells: Index, unit: Array, along: Array | None) -> Array | None:
        """Movements of a table that multiplies decisions or that a formula bends: linearised again and again, then shortened."""
        return next(
            (
                found
                for x in self._starts(key, cells)
                if (found := self._bent_from(x, key, cells, unit, along)) is not None
            ),
            None,
        )

    def _starts(self, key: str, cells: Index) -> Iterator[Array]:
        """Plans beside which products are linearised: one that breaks only rows whose coefficients the table feeds, then the one
        that breaks all rows least."""
        options = Options(stop=self.trial.options.stop)
        own = least_violation(self.trial.bound, options, self._fed(key, cells))
        if own is not None:
            yield own
        if self._start is None:
            self._start = least_violation(self.trial.bound, options)
        if self._start is not None:
            yield self._start

    def _fed(self, key: str, cells: Index) -> Mask:
        """(R,) the user's rows whose coefficients or sides some cells of a table feed."""
        feed, program = self.trial.feeds(key), self.trial.case.program
        entries = np.asarray(abs(feed.A[:, cells]).sum(axis=1)).reshape(-1) > 0
        solver = np.zeros(program.structure.m + 1, dtype=bool)
        solver[program.structure.A.indices[entries]] = True
        sides = np.asarray(abs(feed.rhs[:, cells]).sum(axis=1)).reshape(-1) > 0
        return sides | (solver[program.row_of] & (program.row_of >= 0))

    def _bent_from(self, x: Array, key: str, cells: Index, unit: Array, along: Array | None) -> Array | None:
        """The same from one plan."""
        total = np.zeros(len(cells) if along is None else 1)
        size = unit if along is None else along
        for _ in range(ROUNDS):
            bound = self.trial.changed({key: (cells, total * size)})
            if bound is None:
                return None
            if self.trial.solved(bound, aim=False) is not None and total.any():
                return self._shortened(key, cells, size, total)
            feed = self.trial.feeds_at(key, bound, {key: (cells, total * size)})
            levers = levers_of(self.trial, key, cells, unit, feed, along, x)
            moved = least_change(bound, levers, Options(stop=self.trial.options.stop))
            if moved is None:
                return None
            total = np.maximum(total + moved.by, -1.0)
            x = moved.x
        return None

    def _shortened(self, key: str, cells: Index, size: Array, total: Array) -> Array:
        """The smallest part of a movement that suffices, by halving."""
        low, high = 0.0, 1.0
        for _ in range(20):
            middle = (low + high) / 2
            bound = self.trial.changed({key: (cells, middle * total * size)})
            enough = bound is not None and self.trial.solved(bound, aim=False) is not None
            low, high = (low, middle) if enough else (middle, high)
        return high * total
