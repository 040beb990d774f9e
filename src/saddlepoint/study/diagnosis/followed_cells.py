"""Cells that multiply decisions, or move costs and sides at once: how far the basis that is optimal holds as one of them moves."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from saddlepoint.algebra.products import transposed_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.feeds import Feeds
from saddlepoint.errors import SaddleError
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.basis_paths import BasisInterval, BasisPath, CellRates
from saddlepoint.solve.diagnosis.cell_lines import CellSlopes, RowPlaces, apart_from_bounds, of_scenario
from saddlepoint.solve.diagnosis.moving_program import with_rows
from saddlepoint.solve.kernels.walks import BasisDictionary
from saddlepoint.solve.proof.farkas import farkas
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from saddlepoint.solve.vertex import vertex_of
from saddlepoint.study.diagnosis.case import Parametrised

SEVERAL: Final = "multiply decisions of several relations at once"
MANY: Final = "multiply decisions, and are more than are followed one by one"
MEET: Final = "stand where several bases meet, of which none could be followed"
NUMBERS = 100_000_000
"""Numbers of bases that are looked at, all cells together, and what a cell costs beside them."""
EACH = 20_000
SOLVED = 2_000_000
"""Columns and rows of problems that are solved again, all together, where the basis at hand does not hold on one side."""
ROUNDING = 1e-9
"""Beside the terms of a sum: what rounding may leave of it."""
STEPS = (1e-6, 1e-4, 1e-8)
"""Beside a cell: how far it is moved to find a basis that holds on that side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedCells:
    """Of k cells: how far they may move, (2, k) as in CellSlopes; why: of each why it is not told, "" where it is."""

    slopes: CellSlopes
    why: list[str]


class CellFollower:
    """Follows the cells of a case one by one, within bounds of effort. apart: the user's rows that are rows of the matrix behind
    the others."""

    def __init__(self, case: Parametrised, bound: BoundProgram, apart: Index, places: RowPlaces) -> None:
        self._case, self._bound, self._apart, self._places = case, bound, apart, places
        s = bound.program.structure
        self._size = s.n + s.m
        self._numbers, self._solved = NUMBERS, SOLVED
        self._columns = np.repeat(np.arange(s.n), np.diff(s.A.indptr))

    def follow(self, key: str, cells: Index, feed: Feeds, place: int, path: BasisPath) -> FollowedCells:
        """Cells of one table in the scenario at a place."""
        end, slope = np.full((2, len(cells)), np.nan), np.full((2, len(cells)), np.nan)
        why = [""] * len(cells)
        own = _FedNumbers(feed)
        for k, cell in enumerate(cells.tolist()):
            if self._numbers <= 0:
                why[k] = MANY
                continue
            self._numbers -= self._size + EACH
            found = self._of_cell(key, cell, self._rates(own, cell, place), place, path)
            if found is None:
                why[k] = SEVERAL
                continue
            end[:, k], slope[:, k] = found
            if np.isnan(slope[:, k]).any():
                why[k] = MEET
        known = ~np.isnan(slope)
        return FollowedCells(slopes=CellSlopes(end=end, slope=slope, known=known), why=why)

    def _of_cell(
        self, key: str, cell: int, rates: CellRates, place: int, path: BasisPath
    ) -> tuple[tuple[float, float], tuple[float, float]] | None:
        """Ends and slopes to the left and to the right; NaN where none is found."""
        found = path.follow(rates)
        if found is None:
            return None
        sides: list[tuple[float, float]] = []
        for way in (-1.0, 1.0):
            sides.append(_told(found, way) or self._beside(key, cell, rates, place, way))
        return (sides[0][0], sides[1][0]), (sides[0][1], sides[1][1])

    def _beside(self, key: str, cell: int, rates: CellRates, place: int, way: float) -> tuple[float, float]:
        """End and slope on one side of a cell by a basis that is optimal there; an infinite slope: there is no plan."""
        values = self._case.values(key, place)
        for step in STEPS:
            if self._solved <= 0:
                break
            self._solved -= self._size
            moved = values.copy()
            moved[cell] += way * step * max(1.0, abs(values[cell]))
            found = self._with_other_numbers(key, moved, rates, place, way)
            if found is not None:
                return found
        return np.nan, np.nan

    def _with_other_numbers(
        self, key: str, moved: Array, rates: CellRates, place: int, way: float
    ) -> tuple[float, float] | None:
        try:
            bound = self._case.changed({key: moved[None]}, place)
        except SaddleError:
            return None
        answer = solve(bound.batch, Options())
        if answer.status[0] == Status.INFEASIBLE:
            here = of_scenario(self._bound, place).batch
            return (0.0, way * np.inf) if _excludes_from(here, bound.batch, answer.y[0]) else None
        basic = answer.basic[0]
        if not answer.answered[0] or basic.sum() != bound.program.structure.m:
            return None
        if len(self._apart):
            _, basic = apart_from_bounds(bound, self._apart, basic, answer.x[0], answer.z[0])
        vertex = vertex_of(self._batch(place), basic, answer.x)
        if vertex is None:
            return None
        n = bound.program.structure.n
        found = BasisPath(BasisDictionary.of(vertex), vertex, 0, n).follow(rates)
        return None if found is None else _told(found, way)

    def _batch(self, place: int) -> Batch:
        one = of_scenario(self._bound, place)
        return with_rows(one, self._apart) if len(self._apart) else one.batch

    def _rates(self, own: _FedNumbers, cell: int, place: int) -> CellRates:
        """What one cell moves, in the variables of a vertex."""
        s, places = self._bound.program.structure, self._places
        at, entry = own.of("A", cell)
        row, rate = own.of("rhs", cell)
        costed, cost = own.of("q", cell)
        if self._bound.absent is not None:
            there = ~self._bound.absent[min(place, len(self._bound.absent) - 1), row]
            row, rate = row[there], rate[there]
        rate = rate / places.scale[row]
        variable, where = np.unique(places.variable[row], return_inverse=True)
        lower, upper = np.zeros(len(variable)), np.zeros(len(variable))
        np.add.at(lower, where, rate * places.lower[row])
        np.add.at(upper, where, rate * places.upper[row])
        return CellRates(
            row=s.A.indices[at].astype(np.int64),
            column=self._columns[at],
            entry=entry,
            variable=variable,
            lower=lower,
            upper=upper,
            costed=costed,
            cost=cost,
        )


def _told(found: BasisInterval, way: float) -> tuple[float, float] | None:
    """End and slope on one side; None where the basis ends at once, and something else may begin."""
    end, closed = (found.down, found.closed_down) if way < 0 else (found.up, found.closed_up)
    if end:
        return end, found.slope
    return (0.0, way * np.inf) if closed else None


def _excludes_from(here: Batch, moved: Batch, y: Array) -> bool:
    """Whether a Farkas vector of a scenario whose cell has moved leaves no plan for all numbers between that and the cell as it is.

    What it is worth is concave in the cell, as the least over a box of what is linear in it; so it is above 0 between, if it is
    not below 0 here.
    """
    found = farkas(moved, y, np.zeros(0))
    if not found.holds or found.y is None:
        return False
    z = -transposed_times(here.structure.A, here.A, found.y[None])[0]
    size = transposed_times(here.structure.A, np.abs(here.A), np.abs(found.y)[None])[0]
    z = np.where(np.abs(z) <= ROUNDING * size, 0.0, z)
    with np.errstate(invalid="ignore"):
        of_rows = np.where(found.y > 0, here.l[0], here.u[0]) * found.y
        of_columns = np.where(z > 0, here.lb[0], here.ub[0]) * z
    terms = np.concatenate([of_rows[found.y != 0], of_columns[z != 0]])
    return bool(np.isfinite(terms).all() and terms.sum() >= -ROUNDING * np.abs(terms).sum())


class _FedNumbers:
    """What cells feed, cell by cell."""

    def __init__(self, feed: Feeds) -> None:
        self._parts: dict[str, Any] = {name: getattr(feed, name).tocsc() for name in ("A", "rhs", "q")}
        for part in self._parts.values():
            part.sum_duplicates()

    def of(self, name: str, cell: int) -> tuple[Index, Array]:
        part = self._parts[name]
        here = slice(part.indptr[cell], part.indptr[cell + 1])
        return part.indices[here].astype(np.int64), part.data[here]


def moved_by_several(feed: Feeds) -> Mask:
    """The cells that multiply decisions in relations, or move costs and sides at once."""
    return reached(feed.A) | (reached(feed.rhs) & reached(feed.q))


def reached(part: Any) -> Mask:
    """(cells,) whether a cell feeds any number."""
    return np.asarray(abs(part).sum(axis=0)).reshape(-1) > 0
