"""Spatial branch and bound over many boxes and all scenarios at once.

Every round takes the most promising boxes of all scenarios, narrows them, solves their convex problems in one batch, bounds each by
its own multipliers, and divides what is left (Tawarmalani & Sahinidis, Mathematical Programming 99 (2004) 563–591).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.aggregate import Aggregated, aggregated
from saddlepoint.solve.bilinear.boxes import narrowed
from saddlepoint.solve.bilinear.endless import without_end
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.bilinear.proven import Proven, Solve
from saddlepoint.solve.bilinear.relaxation import Kinds, descended, relaxed, tangent
from saddlepoint.solve.bilinear.safety import lower_bound, proves_empty
from saddlepoint.solve.bilinear.tightening import by_optimisation, by_reduced_costs
from saddlepoint.solve.bilinear.units import OwnUnits

GAP = 1e-6
AT_ONCE = 2_000
"""Boxes of one round."""
NODES = 20_000
"""Boxes of one scenario, at most."""
_EDGE = 0.15
"""How near to its ends a box is cut, relative to its width."""
_STRICT = 0.01
"""The part of the gap at which boxes are closed: rounding has the rest."""
_DESCENTS = 4


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
    search = _BoxSearch(whole, aggregated(whole), solve, gap * _STRICT, nodes, over or (lambda: False))
    if start is not None:
        search.best.offer(whole, np.arange(problem.size), start / units.column)
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


class _BoxSearch:
    """A search under way."""

    def __init__(
        self,
        whole: Bilinear,
        small: Aggregated,
        solve: Solve,
        gap: float,
        nodes: int,
        over: Callable[[], bool],
    ) -> None:
        self.whole, self.small, self.problem = whole, small, small.problem
        self.solve, self.gap, self.nodes, self.over = solve, gap, nodes, over
        self.kinds = Kinds.of(self.problem)
        self.curved = self.kinds.curved(self.problem)
        self.sides = _sides(self.problem, self.kinds)
        low, high, self.empty = narrowed(self.problem, self.problem.lb, self.problem.ub, rounds=30)
        ends = np.isfinite(low) & np.isfinite(high)
        self.best = Proven.blank(whole, np.all(ends | ~self.curved, axis=1))
        self.low, self.high = low, high
        self.widths = np.maximum(high - low, 1e-12)
        self.settled = np.full(self.problem.size, np.inf)

    def run(self) -> Proven:
        """Round after round until every box is closed."""
        best = self.best
        first = np.flatnonzero(best.bounded & ~self.empty)
        boxes = _Boxes(first, self.low[first], self.high[first], np.full(len(first), -np.inf))
        self._root(boxes)
        while len(boxes.which):
            done = boxes.bound >= best.cutoff(self.gap)[boxes.which]
            done |= (best.nodes[boxes.which] >= self.nodes) | self.over()
            np.minimum.at(self.settled, boxes.which[done], boxes.bound[done])
            boxes.keep(~done)
            taken = boxes.most_promising(AT_ONCE)
            part = boxes.which[taken], boxes.low[taken], boxes.high[taken], boxes.bound[taken]
            boxes.keep(~taken)
            np.add.at(best.nodes, part[0], 1)
            self._look(boxes, part)
        none = best.bounded & np.isposinf(best.value) & np.isposinf(self.settled)
        proven = np.minimum(self.settled, best.cutoff(self.gap))
        best.bound[:] = np.where(none, np.inf, np.where(best.bounded, proven, -np.inf))
        return best

    def _root(self, boxes: _Boxes) -> None:
        """Good plans first, from the corners too, then the intervals that still may hold better ones."""
        for corner in (boxes.low, boxes.high):
            self._improve(boxes.which, np.nan_to_num(corner, posinf=0.0, neginf=0.0))
        for _ in range(3):
            if not len(boxes.which) or self.over():
                return
            own = self.problem.take(boxes.which)
            batch = relaxed(own, self.kinds, boxes.low, boxes.high)
            x, _, answered = self.solve(batch)
            x = np.where(answered[:, None], np.nan_to_num(x), 0.0)
            point = np.clip(x[:, : own.q.shape[1]], boxes.low, boxes.high)
            self._improve(boxes.which[answered], point[answered])
            flat = tangent(batch, x)
            cutoff = self.best.cutoff(self.gap)[boxes.which]
            before = (boxes.high - boxes.low).sum()
            wanted = self.curved[boxes.which]
            low, high, empty = by_optimisation(flat, cutoff, (boxes.low, boxes.high), wanted, self.solve)
            boxes.low, boxes.high = low, high
            closed = empty & np.isfinite(self.best.value[boxes.which])
            boxes.keep(~closed)
            if (boxes.high - boxes.low).sum() > 0.9 * before:
                return

    def _improve(self, which: Index, x: Array) -> None:
        """Offer points, and what descends from them."""
        if not len(which):
            return
        self.best.offer(self.whole, which, self.small.whole(which, x))
        own = self.problem.take(which)
        for step in range(_DESCENTS):
            better, _, found = self.solve(descended(own, self.kinds, self.sides[step % 2], x))
            x = np.where(found[:, None], better, x)
            self.best.offer(self.whole, which[found], self.small.whole(which[found], better[found]))

    def _look(self, boxes: _Boxes, part: tuple[Index, Array, Array, Array]) -> None:
        """Bound some boxes, offer the plans that they suggest, and divide those that may hold a better one."""
        which, low, high, above = part
        if not len(which):
            return
        own = self.problem.take(which)
        low, high, empty = narrowed(own, low, high, rounds=1)
        if empty.any():
            alive = np.flatnonzero(~empty)
            own, which, low, high, above = (
                own.take(alive),
                which[alive],
                low[alive],
                high[alive],
                above[alive],
            )
        if not len(which):
            return
        batch = relaxed(own, self.kinds, low, high)
        x, y, answered = self.solve(batch)
        n = own.q.shape[1]
        x = np.where(answered[:, None], np.nan_to_num(x), 0.0)
        point = np.where(answered[:, None], np.clip(x[:, :n], low, high), 0.5 * (low + high))
        x[:, :n] = point
        flat = tangent(batch, x)
        y = np.nan_to_num(y)
        bound = np.maximum(lower_bound(flat, y), above)
        barren = ~answered & proves_empty(flat, y)
        good = np.flatnonzero(answered)
        self.best.offer(self.whole, which[good], self.small.whole(which[good], point[good]))
        near = good[_first_of_each(which[good], bound[good])]
        self._improve(which[near], point[near])
        cutoff = self.best.cutoff(self.gap)[which]
        keep = np.flatnonzero(~barren & (bound < cutoff))
        if not len(keep):
            return
        low, high = by_reduced_costs(
            flat.take(keep), y[keep], bound[keep], cutoff[keep], low[keep], high[keep]
        )
        w = np.where(answered[keep, None], x[keep, n:], np.inf)
        self._divide(
            boxes, own.take(keep), which[keep], (low, high, bound[keep]), np.clip(point[keep], low, high), w
        )

    def _divide(
        self, boxes: _Boxes, own: Bilinear, which: Index, box: tuple[Array, Array, Array], x: Array, w: Array
    ) -> None:
        """Two boxes of each: cut where a product is farthest from what stands for it."""
        low, high, bound = box
        rows = np.arange(len(which))
        column = self._column(own, which, (low, high), x, w)
        a, b = low[rows, column], high[rows, column]
        cut = np.clip(x[rows, column], a + _EDGE * (b - a), b - _EDGE * (b - a))
        upper, lower = high.copy(), low.copy()
        upper[rows, column], lower[rows, column] = cut, cut
        boxes.add(
            np.tile(which, 2), np.concatenate([low, lower]), np.concatenate([upper, high]), np.tile(bound, 2)
        )

    def _column(self, own: Bilinear, which: Index, box: tuple[Array, Array], x: Array, w: Array) -> Index:
        low, high = box
        off = np.zeros_like(low)
        at, p = own.left[self.kinds.flat], own.p[:, self.kinds.flat]
        off[:, at] = np.maximum(-p, 0.0) * (x[:, at] - low[:, at]) * (high[:, at] - x[:, at])
        # at an end of its interval a chord is exact: then the widest
        off[:, at] += 1e-9 * np.maximum(-p, 0.0) * (high[:, at] - low[:, at]) ** 2
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


def _sides(problem: Bilinear, kinds: Kinds) -> tuple[Index, Index]:
    """Columns of which every planar product holds one: those of the left, and those of the right."""
    left, right = problem.left[kinds.planar], problem.right[kinds.planar]
    return np.unique(left), np.unique(right)


def _first_of_each(which: Index, bound: Array) -> Index:
    """The position of the least bound of every scenario."""
    order = np.lexsort((bound, which))
    return order[np.flatnonzero(np.diff(which[order], prepend=-1))]
