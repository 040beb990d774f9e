"""Spatial branch and bound over many boxes and all scenarios at once.

Every round takes the most promising boxes of all scenarios, narrows them, solves their convex problems in one batch, bounds each by
its own multipliers, and divides what is left (Tawarmalani & Sahinidis, Mathematical Programming 99 (2004) 563–591).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.aggregate import Aggregated, aggregated
from saddlepoint.solve.bilinear.boxes import narrowed
from saddlepoint.solve.bilinear.descents import STARTS, WAVE, Descents
from saddlepoint.solve.bilinear.endless import without_end
from saddlepoint.solve.bilinear.multiplied_rows import with_multiplied_rows
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.bilinear.proven import SAME, Proven, Solve
from saddlepoint.solve.bilinear.relaxation import Kinds, relaxed, tangent
from saddlepoint.solve.bilinear.safety import least_by_signs, lower_bound, proves_empty
from saddlepoint.solve.bilinear.tightening import below_cutoff, by_optimisation, by_reduced_costs
from saddlepoint.solve.bilinear.units import OwnUnits

GAP = 1e-6
AT_ONCE = 2_000
"""Boxes of one round, at most."""
NODES = 20_000
"""Boxes of one scenario, at most."""
_EDGE = 0.15
"""How near to its ends a box is cut, relative to its width."""
_STRICT = 0.01
"""The part of the gap at which boxes are closed: rounding has the rest."""
_ENTRIES = 20_000_000
"""Numbers in the matrices of one round, at most, as they are made."""
_AT_AN_END = 1e-10
"""How near to a bound, relative to its size, a plan of others counts as at it."""
_NARROWINGS = 3
"""Times that intervals are narrowed before the first box is divided, at most, while they become smaller by a tenth."""
_WORTH = 0.9


def branch_and_bound(
    problem: Bilinear,
    solve: Solve,
    start: Array | None = None,
    gap: float = GAP,
    nodes: int = NODES,
    over: Callable[[], bool] | None = None,
) -> Proven:
    """The least value of every scenario, with a bound that holds. start: (S, n) plans known already, NaN without one; over: asked between
    rounds, whether to leave it at the bounds so far."""
    units = OwnUnits.of(problem)
    endless = without_end(units.problem, solve)
    whole = _any_plan(units.problem, endless)
    least = least_by_signs(units.problem)
    search = _BoxSearch(whole, aggregated(whole), solve, least, gap * _STRICT, nodes, over or (lambda: False))
    if start is not None:
        known = np.flatnonzero(np.isfinite(start).all(axis=1))
        search.begin(known, start[known] / units.column[known])
    found = search.run()
    endless &= np.isfinite(found.value)
    value = np.where(endless, -np.inf, found.value * units.objective)
    return replace(
        found,
        x=np.where(endless[:, None], np.nan, found.x * units.column),
        other=np.where(endless[:, None], np.nan, found.other * units.column),
        value=value,
        bound=np.where(endless, -np.inf, found.bound * units.objective),
        unit=units.objective,
        column=units.column,
        off=units.problem.violation(np.nan_to_num(found.x)),
        endless=endless,
    )


def _any_plan(problem: Bilinear, which: Mask) -> Bilinear:
    """The problem without the objective of some scenarios: there any plan will do."""
    if not which.any():
        return problem
    q, p = (np.where(which[:, None], 0.0, part) for part in (problem.q, problem.p))
    return replace(problem, q=q, p=p, r=np.where(which, 0.0, problem.r))


@dataclass(slots=True)
class _Boxes:
    """The boxes that wait: of which scenario, their intervals, a bound from above them."""

    which: Index
    low: Array
    high: Array
    bound: Array

    def keep(self, chosen: Mask) -> None:
        self.which, self.low, self.high = self.which[chosen], self.low[chosen], self.high[chosen]
        self.bound = self.bound[chosen]

    def add(self, which: Index, low: Array, high: Array, bound: Array) -> None:
        self.which = np.concatenate([self.which, which])
        self.low, self.high = np.concatenate([self.low, low]), np.concatenate([self.high, high])
        self.bound = np.concatenate([self.bound, bound])

    def most_promising(self, count: int) -> Mask:
        """The boxes with the least bounds, in turn over the scenarios."""
        if len(self.which) <= count:
            return np.ones(len(self.which), bool)
        order = np.lexsort((self.bound, self.which))
        scenario = self.which[order]
        starts = np.flatnonzero(np.diff(scenario, prepend=-1))
        place = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
        chosen = np.zeros(len(order), bool)
        chosen[order[np.argsort(place, kind="stable")[:count]]] = True
        return chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Relaxed:
    """The convex problems of boxes, solved. batch, flat: themselves and linear ones below them; x, y: their plans and multipliers; point: the columns
    of the problem, inside the box; bound: what y proves; answered: whether there is a plan."""

    batch: Batch
    flat: Batch
    x: Array
    point: Array
    y: Array
    bound: Array
    answered: Mask


class _BoxSearch:
    """A search under way."""

    def __init__(
        self,
        whole: Bilinear,
        small: Aggregated,
        solve: Solve,
        least: Array,
        gap: float,
        nodes: int,
        over: Callable[[], bool],
    ) -> None:
        self.whole, self.problem, self.kept = whole, small.problem, small.kept
        self.solve, self.least, self.gap, self.nodes, self.over = solve, least, gap, nodes, over
        self.kinds = Kinds.of(self.problem)
        self.curved = self.kinds.curved(self.problem)
        low, high, self.empty = narrowed(self.problem, self.problem.lb, self.problem.ub, rounds=30)
        ends = np.isfinite(low) & np.isfinite(high)
        multiplied = np.union1d(self.problem.left, self.problem.right)
        self.ended: Mask = np.all(ends[:, multiplied], axis=1)
        self.best = Proven.blank(whole, np.all(ends | ~self.curved, axis=1))
        self.plans = Descents(whole, small, self.kinds, solve, self.best)
        self.low, self.high = low, high
        if len(self.kinds.planar):
            open_ = np.flatnonzero(self.best.bounded & ~self.empty)
            self.problem = with_multiplied_rows(self.problem, self.kinds, open_, (low, high), solve)
        self.widths = np.maximum(high - low, 1e-12)
        self.settled = np.full(self.problem.size, np.inf)
        planes, rows = 4 * len(self.kinds.planar), self.problem.l.shape[1]
        entries = (rows + planes) * (self.problem.q.shape[1] + len(self.kinds.planar))
        self.at_once = int(np.clip(_ENTRIES // max(1, entries), 1, AT_ONCE))

    def begin(self, which: Index, x: Array) -> None:
        """Offer plans x (N, n) of the problem as it was, and what descends from them: so what they are off by is mended."""
        self.best.offer(self.whole, which, x)
        x, low, high = x[:, self.kept], self.problem.lb[which], self.problem.ub[which]
        for end in (low, high):
            at = np.where(np.isfinite(end), end, 0.0)
            near = np.isfinite(end) & (np.abs(x - at) <= _AT_AN_END * np.maximum(1.0, np.abs(at)))
            x = np.where(near, at, x)
        self.plans.improve(which, np.clip(x, low, high))

    def run(self) -> Proven:
        """Round after round until every box is closed."""
        best = self.best
        first = np.flatnonzero(best.bounded & ~self.empty)
        boxes = _Boxes(first[:0], self.low[:0], self.high[:0], np.zeros(0))
        for start in range(0, len(first), self.at_once):
            part = self._root(first[start : start + self.at_once])
            boxes.add(part.which, part.low, part.high, part.bound)
        # without ends only a bound at once is one: dividing gives none
        none = np.isneginf(boxes.bound) & ~self.ended[boxes.which] & (not self.over())
        best.bounded[boxes.which[none]] = False
        boxes.keep(~none)
        while len(boxes.which):
            spent = (best.nodes[boxes.which] >= self.nodes) | self.over()
            self._settle(boxes, (boxes.bound >= best.cutoff(self.gap)[boxes.which]) | spent)
            taken = boxes.most_promising(self.at_once)
            part = boxes.which[taken], boxes.low[taken], boxes.high[taken], boxes.bound[taken]
            boxes.keep(~taken)
            np.add.at(best.nodes, part[0], 1)
            self._look(boxes, part)
        self._look_for_others(first)
        none = best.bounded & np.isposinf(best.value) & np.isposinf(self.settled)
        proven = np.where(best.bounded, np.minimum(self.settled, best.cutoff(self.gap)), -np.inf)
        best.bound[:] = np.where(none, np.inf, np.maximum(proven, self.least))
        return best

    def _look_for_others(self, which: Index) -> None:
        """Look for plans that are as good as the best and differ: from vertices of what is left of the relaxation that is no worse."""
        which = which[np.isfinite(self.best.value[which]) & ~self.best.tied(self.whole)[which]]
        for start in range(0, len(which), self.at_once):
            if self.over():
                return
            part = which[start : start + self.at_once]
            found = self._relaxed(self.problem.take(part), self.low[part], self.high[part])
            value = self.best.value[part]
            as_good = below_cutoff(found.flat, value + SAME * np.abs(value))
            self.plans.wander(part, as_good, np.random.default_rng(1))

    def _settle(self, boxes: _Boxes, done: Mask) -> None:
        """Leave boxes as they are: what they may hold is no better than their bounds."""
        np.minimum.at(self.settled, boxes.which[done], boxes.bound[done])
        boxes.keep(~done)

    def _root(self, which: Index) -> _Boxes:
        """The boxes of scenarios: good plans first, from the corners too, then the intervals that still may hold better ones."""
        boxes = _Boxes(which, self.low[which], self.high[which], self.least[which])
        self.best.nodes[which] += 1
        for corner in (boxes.low, boxes.high):
            self.plans.improve(boxes.which, np.nan_to_num(corner, posinf=0.0, neginf=0.0))
        for again in range(_NARROWINGS):
            if not len(boxes.which) or self.over():
                break
            found = self._relaxed(self.problem.take(boxes.which), boxes.low, boxes.high)
            good = np.flatnonzero(found.answered)
            self.plans.improve(boxes.which[good], found.point[good])
            boxes.bound = np.maximum(boxes.bound, found.bound)
            if not again and len(self.kinds.planar):
                self._wander(boxes, found)
            open_ = boxes.bound < self.best.cutoff(self.gap)[boxes.which]
            self._settle(boxes, ~open_)
            if not self._narrow(boxes, found.flat.take(np.flatnonzero(open_))):
                break
        return boxes

    def _wander(self, boxes: _Boxes, found: _Relaxed) -> None:
        """Look for better plans where the best known does not meet the bound: a gap that plans close needs no boxes."""
        rng = np.random.default_rng(0)
        for _ in range(STARTS // WAVE):
            missing = found.answered & (boxes.bound < self.best.cutoff(self.gap)[boxes.which])
            open_ = np.flatnonzero(missing)
            if not len(open_) or self.over():
                return
            self.plans.wander(boxes.which[open_], found.batch.take(open_), rng)

    def _narrow(self, boxes: _Boxes, flat: Batch) -> bool:
        """Cut intervals to what the linear problems leave below the best plans; whether that was worth doing."""
        if not len(boxes.which):
            return False
        cutoff = self.best.cutoff(self.gap)[boxes.which]
        before = (boxes.high - boxes.low).sum()
        wanted = self.curved[boxes.which]
        boxes.low, boxes.high, empty = by_optimisation(
            flat, cutoff, (boxes.low, boxes.high), wanted, self.solve
        )
        boxes.keep(~(empty & np.isfinite(self.best.value[boxes.which])))
        return bool((boxes.high - boxes.low).sum() <= _WORTH * before)

    def _relaxed(self, own: Bilinear, low: Array, high: Array) -> _Relaxed:
        """The convex problems of boxes and what their multipliers prove."""
        batch = relaxed(own, self.kinds, low, high)
        x, y, answered = self.solve(batch)
        n = own.q.shape[1]
        x = np.where(answered[:, None], np.nan_to_num(x), 0.0)
        point = np.where(answered[:, None], np.clip(x[:, :n], low, high), 0.5 * (low + high))
        x[:, :n] = point
        flat = tangent(batch, x)
        y = np.nan_to_num(y)
        bound = lower_bound(flat, y)
        return _Relaxed(batch=batch, flat=flat, x=x, point=point, y=y, bound=bound, answered=answered)

    def _look(self, boxes: _Boxes, part: tuple[Index, Array, Array, Array]) -> None:
        """Bound some boxes, offer the plans that they suggest, and divide those that may hold a better one."""
        which, low, high, above = part
        if not len(which):
            return
        low, high, empty = narrowed(self.problem.take(which), low, high, rounds=1)
        alive = np.flatnonzero(~empty)
        which, low, high, above = which[alive], low[alive], high[alive], above[alive]
        if not len(which):
            return
        own = self.problem.take(which)
        found = self._relaxed(own, low, high)
        bound = np.maximum(found.bound, above)
        barren = ~found.answered & proves_empty(found.flat, found.y)
        good = np.flatnonzero(found.answered)
        self.plans.offer(which[good], found.point[good])
        near = good[_first_of_each(which[good], bound[good])]
        self.plans.improve(which[near], found.point[near])
        cutoff = self.best.cutoff(self.gap)[which]
        keep = np.flatnonzero(~barren & (bound < cutoff))
        if not len(keep):
            return
        low, high = by_reduced_costs(
            found.flat.take(keep), found.y[keep], found.bound[keep], cutoff[keep], low[keep], high[keep]
        )
        w = np.where(found.answered[keep, None], found.x[keep, own.q.shape[1] :], np.inf)
        point = np.clip(found.point[keep], low, high)
        self._divide(boxes, own.take(keep), which[keep], (low, high, bound[keep]), point, w)

    def _divide(
        self, boxes: _Boxes, own: Bilinear, which: Index, box: tuple[Array, Array, Array], x: Array, w: Array
    ) -> None:
        """Two boxes of each: cut where a product is farthest from what stands for it."""
        low, high, bound = box
        rows = np.arange(len(which))
        column = self._column(own, which, (low, high), x, w)
        a, b = low[rows, column], high[rows, column]
        # what has no end is cut where the plan is
        edge = _EDGE * np.where(np.isfinite(b - a), b - a, 0.0)
        cut = np.clip(x[rows, column], a + edge, b - edge)
        upper, lower = high.copy(), low.copy()
        upper[rows, column], lower[rows, column] = cut, cut
        boxes.add(
            np.tile(which, 2), np.concatenate([low, lower]), np.concatenate([upper, high]), np.tile(bound, 2)
        )

    def _column(self, own: Bilinear, which: Index, box: tuple[Array, Array], x: Array, w: Array) -> Index:
        low, high = box
        off = np.zeros_like(low)
        at, down = own.left[self.kinds.flat], np.maximum(-own.p[:, self.kinds.flat], 0.0)
        a, b = (np.where(down > 0, end[:, at], 0.0) for end in (low, high))
        off[:, at] = down * (x[:, at] - a) * (b - x[:, at])
        # at an end of its interval a chord is exact: then the widest
        off[:, at] += 1e-9 * down * (b - a) ** 2
        k = self.kinds.planar
        if len(k):
            i, j = own.left[k], own.right[k]
            weight = np.abs(own.p[:, k]) + np.abs(own.B[:, :, k]).sum(axis=1)
            apart = np.where(np.isfinite(w), np.abs(x[:, i] * x[:, j] - w), 1.0) * weight
            apart += 1e-9 * weight * (high - low)[:, i] * (high - low)[:, j]
            rows = np.arange(len(x))
            width = self.widths[which]
            first = (high - low)[:, i] / width[:, i] >= (high - low)[:, j] / width[:, j]
            best = np.argmax(apart, axis=1)
            column = np.where(first[rows, best], i[best], j[best])
            off[rows, column] += apart[rows, best]
        wide = self.curved[which] & (high - low > 1e-11 * np.maximum(1.0, np.abs(low)))
        off = np.where(wide, off, -1.0)
        return np.argmax(off, axis=1)


def _first_of_each(which: Index, bound: Array) -> Index:
    """The position of the least bound of every scenario."""
    order = np.lexsort((bound, which))
    return order[np.flatnonzero(np.diff(which[order], prepend=-1))]
