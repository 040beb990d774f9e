"""Cells of data that multiply decisions, or move costs and sides at once: how far a basis stays optimal as one of them moves.

As a cell moves by t the basis is B + t u vᵀ. With its inverse (Sherman & Morrison 1950) every value, and every reduced cost, is a polynomial in t
over the same denominator 1 + t vᵀB⁻¹u; the first of them that meets a bound or changes its sign ends the basis.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels.walks import BasisDictionary
from saddlepoint.solve.vertex import OptimalVertex

NOTHING = 1e-11
"""Beside the terms it is made of: a smaller coefficient is rounding."""
MOST_ROWS = 50
"""Rows that are looked at whether they leave no plan."""
LARGEST = 4_000_000
"""Entries of a block of the basis that is looked at whether it has rank one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellRates:
    """What one cell moves, by how much per unit of it. row, column, entry: of the matrix; variable, lower, upper: the sides of variables,
    columns then rows; costed, cost: columns and their costs. Each variable and column but once."""

    row: Index
    column: Index
    entry: Array
    variable: Index
    lower: Array
    upper: Array
    costed: Index
    cost: Array


class BasisInterval(NamedTuple):
    """down ≤ 0 ≤ up: how far the basis stays optimal; slope of the minimum at the cell as it is; whether there is no plan below, and above it."""

    down: float
    up: float
    slope: float
    closed_down: bool
    closed_up: bool


class _Polynomials(NamedTuple):
    """p0 + p1 t + p2 t² + p3 t³ (k,), of which none may be negative."""

    p0: Array
    p1: Array
    p2: Array
    p3: Array

    def first_negative(self, way: float) -> float:
        """The least distance from 0 beyond which one of them is negative, to the right (way 1) or to the left (−1)."""
        found = _quadratic_ends(self.p0, way * self.p1, self.p2)
        cubic = np.flatnonzero(self.p3)
        for k in cubic.tolist():
            found[k] = _cubic_end(self.p0[k], way * self.p1[k], self.p2[k], way * self.p3[k])
        return float(found.min(initial=np.inf))


class BasisPath:
    """One scenario at its optimal basis, which is followed as cells move one at a time. n: the number of columns."""

    def __init__(self, dictionary: BasisDictionary, vertex: OptimalVertex, s: int, n: int) -> None:
        self._n, self._dictionary, self._place = n, dictionary, dictionary.place
        self._value, self._lower, self._upper = vertex.value[s], vertex.lower[s], vertex.upper[s]
        one = vertex.take(s)
        self._low, self._high = one.at_lower[0], one.at_upper[0]
        self._reduced = np.where(one.loose[0], 0.0, one.reduced[0])

    def follow(self, cell: CellRates) -> BasisInterval | None:
        """How far the basis holds; None where the cell moves it by more than one rank, or numbers that multiply each other."""
        at = self._place[cell.column]
        inside = at < 0
        factors = _rank_one(cell.row[inside], -1 - at[inside], cell.entry[inside])
        moved = self._moved_bounds(cell)
        if factors is None or moved is None or moved[at[~inside]].any():
            return None
        change = _Change(self, cell, factors, moved, ~inside)
        conditions = (
            *change.of_values(),
            *change.of_reduced(),
            change.of_denominator(),
            change.of_widths(),
        )
        down, up = (min(part.first_negative(way) for part in conditions) for way in (-1.0, 1.0))
        closed = [end == 0 and change.closed(way) for way, end in ((-1.0, down), (1.0, up))]
        return BasisInterval(-down, up, change.slope(), *closed)

    def _moved_bounds(self, cell: CellRates) -> Array | None:
        """(k,) by how much the variables that are not basic move with their bounds; None where two bounds of a fixed one part."""
        out = np.zeros(len(self._dictionary.others))
        at = self._place[cell.variable]
        here = at >= 0
        v, low, high = cell.variable[here], cell.lower[here], cell.upper[here]
        fixed = self._low[v] & self._high[v]
        if (fixed & (low != high)).any():
            return None
        out[at[here]] = np.where(self._low[v], low, np.where(self._high[v], high, 0.0))
        return out

    def inverse_times(self, row: Index, amount: Array) -> Array:
        """B⁻¹ of a combination of rows (m,)."""
        at = self._place[self._n + row]
        slots = at >= 0
        out = _combined(self._dictionary.columns, at[slots], amount[slots])
        np.add.at(out, -1 - at[~slots], -amount[~slots])
        return out

    def of_rows(self, slots: Array, row: Index) -> Array:
        """What a combination of rows of the dictionary, (k,) by slots, is for rows of the matrix; of those that are basic 0."""
        at = self._place[self._n + row]
        return np.where(at >= 0, slots[np.maximum(at, 0)], 0.0)

    @property
    def dictionary(self) -> BasisDictionary:
        return self._dictionary

    @property
    def place(self) -> Index:
        return self._place

    @property
    def value(self) -> Array:
        return self._value

    @property
    def reduced(self) -> Array:
        return self._reduced

    def gaps(self, v: Index) -> tuple[Array, Array]:
        """How far variables are above their lower and below their upper sides."""
        with np.errstate(invalid="ignore"):
            below = np.where(self._low[v], 0.0, self._value[v] - self._lower[v])
            above = np.where(self._high[v], 0.0, self._upper[v] - self._value[v])
        return below, above

    def stands(self, v: Index) -> tuple[Mask, Mask]:
        """Whether variables are at their lower and at their upper sides."""
        return self._low[v], self._high[v]

    def widths(self, v: Index) -> Array:
        with np.errstate(invalid="ignore"):
            return np.where(self._low[v] & self._high[v], 0.0, self._upper[v] - self._lower[v])

    def prices(self, row: Index) -> Array:
        return self._reduced[self._n + row]


_Factors = tuple[Index, Array, Index, Array]
"""Rows and u, places of the basis and v."""


class _Change:
    """One cell that moves: what of the basis it changes. outside: entries of columns that are not basic; moved: (k,) their bounds."""

    def __init__(
        self, path: BasisPath, cell: CellRates, factors: _Factors, moved: Array, outside: Mask
    ) -> None:
        self._path, self._cell, self._moved = path, cell, moved
        rows, u, places, v = factors
        d, basic = path.dictionary, path.dictionary.basic
        self._alpha = path.inverse_times(rows, u)
        self._tau = _combined(d.rows, places, v)
        self._kappa = float(v @ self._alpha[places])
        slots = np.flatnonzero(moved)
        loads = cell.entry[outside] * path.value[cell.column[outside]]
        self._g = _combined(d.columns, slots, moved[slots]) - path.inverse_times(cell.row[outside], loads)
        self._held = float(v @ path.value[basic[places]])
        self._gained = float(v @ self._g[places])
        self._worth = float(u @ path.prices(rows))
        at = path.place[cell.costed]
        inside = at < 0
        self._rise = _combined(d.rows, -1 - at[inside], cell.cost[inside])
        self._dearer = float(cell.cost[inside] @ self._alpha[-1 - at[inside]])
        self._e = self._rise.copy()
        np.add.at(self._e, at[~inside], cell.cost[~inside])
        self._outside = outside

    def of_values(self) -> tuple[_Polynomials, ...]:
        """That basic variables keep their lower, and their upper sides."""
        found: list[_Polynomials] = []
        for _, gap, p1, p2 in self._basic_sides:
            kept = np.isfinite(gap)
            found.append(_Polynomials(gap[kept], p1[kept], p2[kept], np.zeros(int(kept.sum()))))
        return tuple(found)

    @cached_property
    def _basic_sides(self) -> tuple[tuple[float, Array, Array, Array], ...]:
        """Of the lower (sign 1) and upper sides (−1) of basic variables: how far they are, and the polynomials' p1 and p2."""
        path, kappa = self._path, self._kappa
        basic = path.dictionary.basic
        low, high = np.zeros(len(basic)), np.zeros(len(basic))
        at = path.place[self._cell.variable]
        low[-1 - at[at < 0]], high[-1 - at[at < 0]] = self._cell.lower[at < 0], self._cell.upper[at < 0]
        first = _sum(self._g, -self._held * self._alpha)
        second = _sum(kappa * self._g, -self._gained * self._alpha)
        below, above = path.gaps(basic)
        found: list[tuple[float, Array, Array, Array]] = []
        for gap, sign, rate in ((below, 1.0, low), (above, -1.0, high)):
            p1 = _sum(_sum(sign * first, -sign * rate), kappa * np.where(np.isfinite(gap), gap, 0.0))
            found.append((sign, gap, p1, _sum(sign * second, -sign * kappa * rate)))
        return tuple(found)

    def closed(self, way: float) -> bool:
        """Whether there is no plan to one side at all: a basic variable leaves its bound that nothing can bring back, or sides cross."""
        widths = self.of_widths()
        if ((widths.p0 == 0) & (way * widths.p1 < 0)).any():
            return True
        for sign, gap, p1, _ in self._basic_sides:
            leaving = np.flatnonzero((gap == 0) & (way * p1 < 0))[:MOST_ROWS]
            if not all(self._gives(place, sign, way) for place in leaving.tolist()):
                return True
        return False

    def _gives(self, place: int, sign: float, way: float) -> bool:
        """Whether a basic variable can be raised (sign 1) or lowered by one that is not basic, there or as soon as the cell moves."""
        path, rows = self._path, self._path.dictionary.rows
        row = np.zeros(rows.shape[1])
        here = slice(rows.indptr[place], rows.indptr[place + 1])
        row[rows.indices[here]] = rows.data[here]
        cell, outside = self._cell, self._outside
        loads = path.of_rows(row, cell.row[outside]) * cell.entry[outside]
        own = _gathered(path.place[cell.column[outside]], loads, len(row))
        soon = _sum(-self._alpha[place] * self._tau, -own)
        entry = sign * np.where(row != 0, row, way * soon)
        low, high = path.stands(path.dictionary.others)
        return bool((((entry > 0) & ~high) | ((entry < 0) & ~low)).any())

    def of_reduced(self) -> tuple[_Polynomials, _Polynomials]:
        """That reduced costs of variables at their lower side do not fall below 0, nor rise above it at their upper ones."""
        path, kappa = self._path, self._kappa
        others = path.dictionary.others
        d = path.reduced[others]
        p1 = _sum(_sum(self._e, kappa * d), -self._worth * self._tau)
        p2 = _sum(kappa * self._e, -self._dearer * self._tau)
        p3 = np.zeros(len(others))
        self._add_columns(p1, p2, p3)
        low, high = path.stands(others)
        at_lower, at_upper = ~high, ~low
        return (
            _Polynomials(*(p[at_lower] for p in (d, p1, p2, p3))),
            _Polynomials(*(-p[at_upper] for p in (d, p1, p2, p3))),
        )

    def _add_columns(self, p1: Array, p2: Array, p3: Array) -> None:
        """What the entries of columns that are not basic add to the polynomials of their reduced costs."""
        path, cell, kappa = self._path, self._cell, self._kappa
        row, entry = cell.row[self._outside], cell.entry[self._outside]
        slot = path.place[cell.column[self._outside]]
        worth = _gathered(slot, path.prices(row) * entry, len(p1))
        dearer = _gathered(slot, path.of_rows(self._rise, row) * entry, len(p1))
        through = _gathered(slot, path.of_rows(self._tau, row) * entry, len(p1))
        p1[:] = _sum(p1, -worth)
        p2[:] = _sum(_sum(p2, -dearer), _sum(-kappa * worth, self._worth * through))
        p3[:] = _sum(-kappa * dearer, self._dearer * through)

    def of_denominator(self) -> _Polynomials:
        """That the basis does not become singular."""
        one, none = np.ones(1), np.zeros(1)
        return _Polynomials(one, np.array([self._kappa]), none, none)

    def of_widths(self) -> _Polynomials:
        """That sides which move do not cross."""
        cell = self._cell
        width, none = self._path.widths(cell.variable), np.zeros(len(cell.variable))
        kept = np.isfinite(width)
        return _Polynomials(width[kept], (cell.upper - cell.lower)[kept], none[kept], none[kept])

    def slope(self) -> float:
        """Of the minimum (Mills 1956)."""
        path, cell = self._path, self._cell
        of_costs = cell.cost @ path.value[cell.costed]
        of_sides = self._moved @ path.reduced[path.dictionary.others]
        of_entries = path.prices(cell.row) * cell.entry @ path.value[cell.column]
        return float(of_costs + of_sides - of_entries)


def _rank_one(row: Index, place: Index, entry: Array) -> _Factors | None:
    """u and v of a block of the basis that is u vᵀ; None of another."""
    rows, i = np.unique(row, return_inverse=True)
    places, j = np.unique(place, return_inverse=True)
    if not len(rows):
        return rows, np.zeros(0), places, np.zeros(0)
    if len(rows) * len(places) > LARGEST:
        return None
    block = np.zeros((len(rows), len(places)))
    np.add.at(block, (i, j), entry)
    top, left = np.unravel_index(np.abs(block).argmax(), block.shape)
    u, v = block[:, left], block[top] / block[top, left]
    if (np.abs(block - np.outer(u, v)) > 1e-12 * np.abs(block).max()).any():
        return None
    return rows, u, places, v


def _combined(matrix: Any, index: Index, amount: Array) -> Array:
    """Σ amount × column (of a matrix by columns) or row (of one by rows), dense."""
    size = matrix.shape[0] if matrix.format == "csc" else matrix.shape[1]
    out = np.zeros(size)
    for k, a in zip(index.tolist(), amount.tolist(), strict=True):
        here = slice(matrix.indptr[k], matrix.indptr[k + 1])
        out[matrix.indices[here]] += a * matrix.data[here]
    return out


def _gathered(place: Index, amount: Array, size: int) -> Array:
    """Amounts added up at their places."""
    out = np.zeros(size)
    np.add.at(out, place, amount)
    return out


def _sum(first: Array, second: Array) -> Array:
    """Their sum, 0 where nothing but rounding is left."""
    found = first + second
    return np.where(np.abs(found) <= NOTHING * (np.abs(first) + np.abs(second)), 0.0, found)


def _quadratic_ends(p0: Array, p1: Array, p2: Array) -> Array:
    """(k,) the least t ≥ 0 beyond which p0 + p1 t + p2 t² is negative, p0 ≥ 0; infinite without."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        later = np.where(p2 < 0, -p1 / p2, np.inf)
        start = np.where(p1 < 0, 0.0, np.where(p1 > 0, later, np.where(p2 < 0, 0.0, np.inf)))
        inside = p1 * p1 - 4 * p2 * p0
        q = -0.5 * (p1 + np.copysign(np.sqrt(np.maximum(inside, 0.0)), p1))
        roots = np.stack([q / p2, p0 / q])
        roots = np.where((inside >= 0) & (roots > 0), roots, np.inf).min(axis=0)
        line = np.where(p1 < 0, -p0 / p1, np.inf)
    return np.where(p0 <= 0, start, np.where(p2 == 0, line, roots))


def _cubic_end(p0: float, p1: float, p2: float, p3: float) -> float:
    """The same of a cubic."""
    low = next((c for c in (p0, p1, p2, p3) if c != 0), 0.0)
    if low < 0:
        return 0.0
    roots = np.roots([p3, p2, p1, p0])
    real = np.sort(roots.real[(np.abs(roots.imag) <= 1e-9 * np.abs(roots)) & (roots.real > 0)])
    return float(real[0]) if len(real) else np.inf
