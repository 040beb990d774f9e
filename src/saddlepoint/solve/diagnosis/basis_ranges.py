"""How far one side or one cost may move until the slope of the optimum changes, for all of them at once, from the basis.

The optimum is convex and piecewise linear in a side, concave in a cost. Its slope just above and just below the number as it is are the
one-sided prices (of a side) and the largest and least amounts (of a cost). A ratio test gives a distance at which the
basis ends (Dantzig 1963, ch. 12); it is the end of the slope, too, unless something else may move at no cost and make room.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.vertex import Lines, OptimalVertex


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Of S scenarios and k numbers, each (S, k): down ≤ 0 ≤ up, how far a number may move while the slope stays what it is on that side;
    slope_down, slope_up, NaN where that slope is not known; open_down, open_up: whether it may hold further than said."""

    down: Array
    up: Array
    slope_down: Array
    slope_up: Array
    open_down: Mask
    open_up: Mask

    @classmethod
    def blank(cls, shape: tuple[int, int], slope: Array | float = np.nan) -> Intervals:
        """Nothing moves anything: no ends."""
        flat, none = np.broadcast_to(np.asarray(slope, np.float64), shape), np.zeros(shape, np.bool_)
        return cls(
            down=np.full(shape, -np.inf),
            up=np.full(shape, np.inf),
            slope_down=flat.copy(),
            slope_up=flat.copy(),
            open_down=none,
            open_up=none.copy(),
        )

    @property
    def unknown(self) -> Mask:
        """(S, k) whether something of a number is not known."""
        return self.open_down | self.open_up


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisRanges:
    """Intervals of the lower and the upper sides of all variables (S, n + m), columns then rows, and of the costs (S, n).

    Both sides of an equality or a fixed column move together, and have the same interval. A side that is infinite has none.
    """

    lower: Intervals
    upper: Intervals
    cost: Intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRanges:
    """Which intervals are wanted: lower, upper: (n + m,) sides of columns and rows; cost: (n,)."""

    lower: Mask
    upper: Mask
    cost: Mask


def basis_ranges(vertex: OptimalVertex, n: int) -> BasisRanges:
    """What the basis shows; open where alternatives may hold the slope for longer. n: the number of columns."""
    moves = _Moves(vertex)
    return BasisRanges(
        lower=_sides(vertex, moves, up=False),
        upper=_sides(vertex, moves, up=True),
        cost=_costs(vertex, moves, n),
    )


class _Moves:
    """Limits along the lines: how far basic variables let one move, how far the multiplier of one may change; hard ones stand whatever
    else moves at no cost."""

    def __init__(self, vertex: OptimalVertex) -> None:
        lines: Lines = vertex.lines
        self.basic, self._t = lines.basic, lines.entries
        self._rest = np.flatnonzero(lines.line >= 0)
        self._order = self._rest[np.argsort(lines.line[self._rest], kind="stable")]
        self.line, self.factor = lines.line, lines.factor
        count = lines.entries.shape[1]
        self._starts = np.searchsorted(lines.line[self._order], np.arange(count))
        self._column = np.repeat(np.arange(count), np.diff(self._t.indptr))
        by_rows = self._t.tocsr()
        self._row_of = by_rows
        self._free_lines(vertex)
        self.up, self.down, self.up_hard, self.down_hard = self._along(vertex)
        self.worth_up, self.worth_down = self._worth(vertex)
        self.worth_up_hard = np.where(self.lowers, np.inf, self.worth_up)
        self.worth_down_hard = np.where(self.raises, -np.inf, self.worth_down)

    def _free_lines(self, vertex: OptimalVertex) -> None:
        """Which lines move at no cost, what that lets basic variables do, and which multipliers degenerate ones let move."""
        here = self._order
        positive = self.factor[here] > 0
        free = vertex.loose[:, here]
        rises, falls = free & ~vertex.at_upper[:, here], free & ~vertex.at_lower[:, here]
        forth = self._any_of_line(np.where(positive, rises, falls))
        back = self._any_of_line(np.where(positive, falls, rises))
        t, rows = self._row_of, self._row_of.indices
        grows = t.data > 0
        self.can_rise = _any(np.where(grows, forth[:, rows], back[:, rows]), t.indptr)
        self.can_fall = _any(np.where(grows, back[:, rows], forth[:, rows]), t.indptr)
        t, basic = self._t, self.basic[self._t.indices]
        low, high = vertex.at_lower[:, basic], vertex.at_upper[:, basic]
        grows = t.data > 0
        self.raises = _any(np.where(grows, high, low), t.indptr)
        self.lowers = _any(np.where(grows, low, high), t.indptr)

    def _any_of_line(self, marks: Mask) -> Mask:
        return np.logical_or.reduceat(marks, self._starts, axis=1) if len(self._starts) else marks

    def _along(self, vertex: OptimalVertex) -> tuple[Array, Array, Array, Array]:
        """How far one may move along each line, forth and back, (S, L) each; then the same for hard limits."""
        t, place = self._t, self._t.indices
        basic = self.basic[place]
        above = np.where(vertex.at_upper[:, basic], 0.0, vertex.upper[:, basic] - vertex.value[:, basic])
        below = np.where(vertex.at_lower[:, basic], 0.0, vertex.lower[:, basic] - vertex.value[:, basic])
        above, below = np.maximum(above, 0.0), np.minimum(below, 0.0)
        grows = t.data > 0
        forth, back = np.where(grows, above, below) / t.data, np.where(grows, below, above) / t.data
        up, down = (
            _reduced(np.minimum, forth, t.indptr, np.inf),
            _reduced(np.maximum, back, t.indptr, -np.inf),
        )
        fall, rise = self.can_fall[:, place], self.can_rise[:, place]
        forth = np.where(np.where(grows, fall, rise), np.inf, forth)
        back = np.where(np.where(grows, rise, fall), -np.inf, back)
        hard = _reduced(np.minimum, forth, t.indptr, np.inf), _reduced(np.maximum, back, t.indptr, -np.inf)
        return up, down, *hard

    def _worth(self, vertex: OptimalVertex) -> tuple[Array, Array]:
        """How far the multiplier of each line may grow and fall until a reduced cost changes its sign, (S, L) each."""
        here, factor = self._order, self.factor[self._order]
        low, high = vertex.at_lower[:, here], vertex.at_upper[:, here]
        reduced = np.where(vertex.loose[:, here], 0.0, vertex.reduced[:, here])
        limit = -reduced / factor
        keeps_plus, keeps_minus = ~high, ~low
        positive = factor > 0
        falls = np.where(np.where(positive, keeps_plus, keeps_minus), np.minimum(limit, 0.0), -np.inf)
        grows = np.where(np.where(positive, keeps_minus, keeps_plus), np.maximum(limit, 0.0), np.inf)
        if not len(self._starts):
            return grows, falls
        return np.minimum.reduceat(grows, self._starts, axis=1), np.maximum.reduceat(
            falls, self._starts, axis=1
        )

    def of_cost(self, hard: bool) -> tuple[Array, Array]:
        """How far the cost of each basic variable may fall and grow, (S, m) each."""
        t, line = self._row_of, self._row_of.indices
        top, bottom = (self.worth_up_hard, self.worth_down_hard) if hard else (self.worth_up, self.worth_down)
        grows = t.data > 0
        up = np.where(grows, top[:, line], bottom[:, line]) / t.data
        down = np.where(grows, bottom[:, line], top[:, line]) / t.data
        return _reduced(np.maximum, down, t.indptr, -np.inf), _reduced(np.minimum, up, t.indptr, np.inf)

    def of_others(self) -> tuple[Index, Array, Array, Array, Array]:
        """The variables that are not basic, and how far each may move down and up, then hard, (S, k) each."""
        here = self._rest
        line, factor = self.line[here], self.factor[here]
        ends: list[Array] = []
        for up, down in ((self.up, self.down), (self.up_hard, self.down_hard)):
            with np.errstate(invalid="ignore"):
                forth, back = up[:, line] / factor, down[:, line] / factor
            ends += [np.where(factor > 0, back, forth), np.where(factor > 0, forth, back)]
        return here, ends[0], ends[1], ends[2], ends[3]


def _sides(vertex: OptimalVertex, moves: _Moves, up: bool) -> Intervals:
    """Of the lower sides, or (up) of the upper ones."""
    side, at = (vertex.upper, vertex.at_upper) if up else (vertex.lower, vertex.at_lower)
    shape = vertex.value.shape
    found = Intervals.blank(shape, 0.0)
    _of_basic(vertex, moves, found, side, at, up)
    here, down, above, down_hard, above_hard = moves.of_others()
    _of_others(vertex, found, here, (down, above), (down_hard, above_hard), at, up)
    gone = ~np.isfinite(side)
    for array in (found.down, found.up, found.slope_down, found.slope_up):
        array[gone] = np.nan
    found.open_down[gone] = found.open_up[gone] = False
    return found


def _of_basic(
    vertex: OptimalVertex, moves: _Moves, found: Intervals, side: Array, at: Mask, up: bool
) -> None:
    """A side that binds nothing: it may be tightened until it meets the value, further where that can give way at no cost."""
    basic = moves.basic
    with np.errstate(invalid="ignore"):
        gap = np.where(at[:, basic], 0.0, vertex.value[:, basic] - side[:, basic])
    gives = moves.can_fall if up else moves.can_rise
    end, slope, unsure = (
        (found.down, found.slope_down, found.open_down) if up else (found.up, found.slope_up, found.open_up)
    )
    end[:, basic] = gap
    unsure[:, basic] = gives | at[:, basic]
    slope[:, basic] = np.where(at[:, basic], np.nan, 0.0)
    fixed = vertex.lower[:, basic] == vertex.upper[:, basic]
    for end, slope, unsure in (
        (found.down, found.slope_down, found.open_down),
        (found.up, found.slope_up, found.open_up),
    ):
        end[:, basic] = np.where(fixed, 0.0, end[:, basic])
        slope[:, basic] = np.where(fixed, np.nan, slope[:, basic])
        unsure[:, basic] |= fixed


def _of_others(
    vertex: OptimalVertex,
    found: Intervals,
    here: Index,
    soft: tuple[Array, Array],
    hard: tuple[Array, Array],
    at: Mask,
    up: bool,
) -> None:
    """A side at which a variable stands; the other side of it may move until the two meet, beyond which there is no plan."""
    stands, price = at[:, here], np.where(vertex.loose[:, here], 0.0, vertex.reduced[:, here])
    fixed = vertex.lower[:, here] == vertex.upper[:, here]
    relaxes_for_nothing = vertex.loose[:, here] & ~fixed
    width = np.where(fixed, np.inf, vertex.upper[:, here] - vertex.lower[:, here])
    ends = ((found.down, found.slope_down, found.open_down), (found.up, found.slope_up, found.open_up))
    for k, (end, slope, unsure) in enumerate(ends):
        tightens = (k == 0) == up
        sign = -1.0 if k == 0 else 1.0
        reach = np.minimum(np.abs(soft[k]), width) if tightens else np.abs(soft[k])
        most = np.minimum(np.abs(hard[k]), width) if tightens else np.abs(hard[k])
        free = np.zeros_like(stands) if tightens else relaxes_for_nothing
        reach, most = np.where(free, np.inf, reach), np.where(free, np.inf, most)
        known = reach > 0
        end[:, here] = np.where(stands, sign * reach, sign * (width if tightens else np.inf))
        slope[:, here] = np.where(stands, np.where(known, price, np.nan), 0.0)
        unsure[:, here] = stands & ((most > reach) | ~known)


def _costs(vertex: OptimalVertex, moves: _Moves, n: int) -> Intervals:
    value = vertex.value[:, :n]
    found = Intervals.blank(value.shape, value)
    own = moves.basic < n
    basic = moves.basic[own]
    down, up = moves.of_cost(hard=False)
    down_hard, up_hard = moves.of_cost(hard=True)
    for end, slope, unsure, soft, hard in (
        (found.down, found.slope_down, found.open_down, down, down_hard),
        (found.up, found.slope_up, found.open_up, up, up_hard),
    ):
        end[:, basic] = soft[:, own]
        known = soft[:, own] != 0
        slope[:, basic] = np.where(known, value[:, basic], np.nan)
        unsure[:, basic] = ~known | (soft[:, own] != hard[:, own])
    here = np.flatnonzero(moves.line[:n] >= 0)
    _costs_of_others(vertex, moves, found, here)
    return found


def _costs_of_others(vertex: OptimalVertex, moves: _Moves, found: Intervals, here: Index) -> None:
    """The cost of a column at its lower bound may grow for ever, and fall by its reduced cost."""
    line, positive = moves.line[here], moves.factor[here] > 0
    reduced = np.where(vertex.loose[:, here], 0.0, vertex.reduced[:, here])
    can_grow = np.where(positive, moves.raises[:, line], moves.lowers[:, line])
    can_fall = np.where(positive, moves.lowers[:, line], moves.raises[:, line])
    low, high = vertex.at_lower[:, here], vertex.at_upper[:, here]
    for end, slope, unsure, held, relief in (
        (found.down, found.slope_down, found.open_down, high, can_grow),
        (found.up, found.slope_up, found.open_up, low, can_fall),
    ):
        known = held | (reduced != 0)
        end[:, here] = np.where(held, end[:, here], -reduced)
        slope[:, here] = np.where(known, slope[:, here], np.nan)
        unsure[:, here] = ~held & (relief | ~known)


def _any(marks: Mask, starts: Any) -> Mask:
    """(S, k) whether any mark of each group is set; groups as in a sparse matrix."""
    return _grouped(np.logical_or, marks, starts, False)


def _reduced(how: np.ufunc, numbers: Array, starts: Any, empty: float) -> Array:
    return _grouped(how, numbers, starts, empty)


def _grouped(how: np.ufunc, numbers: Any, starts: Any, empty: Any) -> Any:
    filled = np.diff(starts) > 0
    out = np.full((len(numbers), len(starts) - 1), empty, numbers.dtype)
    if filled.any():
        out[:, filled] = how.reduceat(numbers, starts[:-1][filled], axis=1)
    return out
