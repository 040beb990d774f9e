"""Spatial branch and bound over many boxes and all scenarios at once.

Every round takes the most promising boxes of all scenarios, narrows them, solves their linear problems in one batch, bounds each by
its own multipliers, and divides what is left (Tawarmalani & Sahinidis, Mathematical Programming 99 (2004) 563–591).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.boxes import narrowed
from saddlepoint.solve.bilinear.problem import FEASIBLE, Bilinear
from saddlepoint.solve.bilinear.relaxation import fixed, relaxed
from saddlepoint.solve.proof.weak_duality import safe_bound

GAP = 1e-6
AT_ONCE = 2_000
"""Boxes of one round."""
NODES = 20_000
"""Boxes of one scenario, at most."""
_EDGE = 0.15
"""How near to its ends a box is cut, relative to its width."""

Solve = Callable[[Batch], tuple[Array, Array, Mask]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What was found for every scenario of a minimisation. x: (S, n) the best plan, NaN without one; value, bound: (S,); nodes: (S,) boxes looked at;
    bounded: (S,) whether every product has finite bounds, without which nothing is proven."""

    x: Array
    value: Array
    bound: Array
    nodes: Index
    bounded: Mask

    @property
    def gap(self) -> Array:
        """(S,) |value − bound| / max(|value|, 1e-10); 0 where it is proven that there is no plan, NaN where nothing is proven."""
        none = np.isposinf(self.value) & np.isposinf(self.bound)
        with np.errstate(invalid="ignore"):
            gap = np.maximum(self.value - self.bound, 0) / np.maximum(np.abs(self.value), 1e-10)
        return np.where(none, 0.0, np.where(np.isfinite(gap), gap, np.nan))


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


def branch_and_bound(
    problem: Bilinear, solve: Solve, start: Array | None = None, gap: float = GAP, nodes: int = NODES
) -> Proven:
    """The least value of every scenario, with a bound that holds. start: (S, n) plans known already, NaN without one.

    solve: linear problems to (x, y, answered), y the multipliers of the rows or a Farkas vector, in which no trust is put.
    """
    S = problem.size
    low, high, empty = narrowed(problem, problem.lb, problem.ub, rounds=30)
    cover = np.unique(np.concatenate([problem.left, problem.right])).astype(np.int64)
    bounded: Mask = np.all(np.isfinite(low[:, cover]) & np.isfinite(high[:, cover]), axis=1)
    best = Proven(
        x=np.full(problem.q.shape, np.nan),
        value=np.full(S, np.inf),
        bound=np.full(S, -np.inf),
        nodes=np.zeros(S, np.int64),
        bounded=bounded,
    )
    if start is not None:
        _offer(problem, best, np.arange(S), start)
    first = np.flatnonzero(bounded & ~empty)
    best.bound[bounded & empty] = np.inf
    boxes = _Boxes(first, low[first], high[first], np.full(len(first), -np.inf))
    widths = np.maximum(high - low, 1e-12)
    settled = np.full(S, np.inf)
    held = _cover(problem)
    while len(boxes.which):
        known = np.where(np.isfinite(best.value), best.value, 0.0)
        allowed = best.value - gap * np.maximum(np.abs(known), 1e-10)
        done = boxes.bound >= allowed[boxes.which]
        done |= best.nodes[boxes.which] >= nodes
        np.minimum.at(settled, boxes.which[done], boxes.bound[done])
        boxes.keep(~done)
        if not len(boxes.which):
            break
        taken = _most_promising(boxes, AT_ONCE)
        part = boxes.which[taken], boxes.low[taken], boxes.high[taken], boxes.bound[taken]
        boxes.keep(~taken)
        np.add.at(best.nodes, part[0], 1)
        _look(problem, best, boxes, part, solve, widths, held)
    with np.errstate(invalid="ignore"):
        proven = np.where(bounded, np.minimum(settled, best.value), -np.inf)
    best.bound[:] = np.where(bounded & empty, np.inf, proven)
    return best


def _look(
    problem: Bilinear,
    best: Proven,
    boxes: _Boxes,
    part: tuple[Index, Array, Array, Array],
    solve: Solve,
    widths: Array,
    held: Index,
) -> None:
    """Bound some boxes, offer the plans that they suggest, and divide those that may hold a better one."""
    which, low, high, above = part
    own = problem.take(which)
    low, high, empty = narrowed(own, low, high, rounds=2)
    alive = np.flatnonzero(~empty)
    if not len(alive):
        return
    own, which, low, high, above = own.take(alive), which[alive], low[alive], high[alive], above[alive]
    batch = relaxed(own, low, high)
    x, y, answered = solve(batch)
    bound = np.maximum(safe_bound(batch, y), above)
    barren = ~answered & (safe_bound(_without_objective(batch), y) > 0)
    n = problem.q.shape[1]
    point = np.where(answered[:, None], np.clip(np.nan_to_num(x[:, :n]), low, high), 0.5 * (low + high))
    good = np.flatnonzero(answered)
    _offer(problem, best, which[good], point[good])
    near = good[_first_of_each(which[good], bound[good])]
    if len(near):
        better, _, found = solve(fixed(own.take(near), held, point[near]))
        _offer(problem, best, which[near][found], better[found])
    left = ~barren & (bound < best.value[which])
    keep = np.flatnonzero(left)
    if len(keep):
        w = np.where(answered[:, None], np.nan_to_num(x[:, n:]), np.inf)
        _divide(
            own.take(keep),
            boxes,
            which[keep],
            (low[keep], high[keep], bound[keep]),
            point[keep],
            w[keep],
            widths,
        )


def _divide(
    own: Bilinear,
    boxes: _Boxes,
    which: Index,
    box: tuple[Array, Array, Array],
    point: Array,
    w: Array,
    widths: Array,
) -> None:
    """Two boxes of each: cut where a product is farthest from its planes, at the wider of its columns."""
    low, high, bound = box
    rows = np.arange(len(which))
    weight = np.abs(own.p) + np.abs(own.B).sum(axis=1)
    off = np.where(np.isfinite(w), np.abs(own.products(point) - w), (high - low)[:, own.left]) * weight
    relative = (high - low) / widths[which]
    narrow = np.maximum(relative[:, own.left], relative[:, own.right])
    k = np.argmax(np.where(narrow > 1e-9, off, -1.0), axis=1)
    i, j = own.left[k], own.right[k]
    column = np.where(relative[rows, i] >= relative[rows, j], i, j)
    a, b = low[rows, column], high[rows, column]
    cut = np.clip(point[rows, column], a + _EDGE * (b - a), b - _EDGE * (b - a))
    upper, lower = high.copy(), low.copy()
    upper[rows, column], lower[rows, column] = cut, cut
    boxes.add(which, low, upper, bound)
    boxes.add(which, lower, high, bound)


def _offer(problem: Bilinear, best: Proven, which: Index, x: Array) -> None:
    """Take plans that are better than the best known of their scenario."""
    if not len(which):
        return
    own = problem.take(which)
    usable: Mask = np.all(np.isfinite(x), axis=1)
    x = np.where(usable[:, None], x, 0.0)
    value = np.where(usable & (own.violation(x) <= FEASIBLE), own.value(x), np.inf)
    for k in np.argsort(value, kind="stable"):
        if value[k] < best.value[which[k]]:
            best.value[which[k]], best.x[which[k]] = value[k], x[k]


def _cover(problem: Bilinear) -> Index:
    """Columns of which every product holds one: those of the left, or of the right, whichever are fewer."""
    left, right = np.unique(problem.left), np.unique(problem.right)
    return left if len(left) <= len(right) else right


def _most_promising(boxes: _Boxes, count: int) -> Mask:
    """The boxes with the least bounds, in turn over the scenarios."""
    order = np.lexsort((boxes.bound, boxes.which))
    scenario = boxes.which[order]
    starts = np.flatnonzero(np.concatenate([[True], scenario[1:] != scenario[:-1]]))
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    chosen = np.zeros(len(order), bool)
    chosen[order[np.argsort(place, kind="stable")[:count]]] = True
    return chosen


def _first_of_each(which: Index, bound: Array) -> Index:
    """The position of the least bound of every scenario."""
    order = np.lexsort((bound, which))
    ordered = which[order]
    return order[np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])[: len(order)])]


def _without_objective(batch: Batch) -> Batch:
    from dataclasses import replace

    return replace(batch, q=np.zeros_like(batch.q), r=np.zeros_like(batch.r))
