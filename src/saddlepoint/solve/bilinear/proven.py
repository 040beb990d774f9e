"""What a search over boxes has found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.problem import FEASIBLE, Bilinear

SAME = 1e-8
"""Part of a value by which another may be off and counts as the same."""
DIFFERENT = 1e-3
"""Part of the size of a plan by which another one must be off to count as another."""

Solve = Callable[[Batch], tuple[Array, Array, Mask]]
"""Problems to (x, y, answered), y the multipliers of the rows or a Farkas vector, in which no trust is put."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What was found for every scenario of a minimisation. x: (S, n) the best plan, NaN without one; value, bound: (S,); nodes: (S,) boxes looked at;
    bounded: (S,) whether every product has finite bounds, without which nothing is proven; other: (S, n) another plan that was met, NaN without;
    unit: (S,), column: (S, n) what a value and a coordinate of a plan are small beside; off: (S,) by how much the plan breaks the constraints, in these units,
    0 without one; endless: (S,) whether there are plans, one better than the other without end: value and bound are −inf; confirmed: (S,) whether a second
    solver says that there is no better plan, where a gap is left."""

    x: Array
    other: Array
    value: Array
    bound: Array
    nodes: Index
    bounded: Mask
    unit: Array
    column: Array
    off: Array
    endless: Mask
    confirmed: Mask

    @classmethod
    def blank(cls, problem: Bilinear, bounded: Mask) -> Proven:
        """Nothing found yet."""
        S = problem.size
        return cls(
            x=np.full(problem.q.shape, np.nan),
            other=np.full(problem.q.shape, np.nan),
            value=np.full(S, np.inf),
            bound=np.full(S, -np.inf),
            nodes=np.zeros(S, np.int64),
            bounded=bounded,
            unit=np.ones(S),
            column=np.ones_like(problem.q),
            off=np.zeros(S),
            endless=np.zeros(S, bool),
            confirmed=np.zeros(S, bool),
        )

    @property
    def gap(self) -> Array:
        """(S,) |value − bound| / max(|value|, 1e-10 of the unit); 0 where it is proven that there is no plan, NaN where nothing is proven."""
        none = np.isposinf(self.value) & np.isposinf(self.bound)
        with np.errstate(invalid="ignore"):
            gap = np.maximum(self.value - self.bound, 0) / np.maximum(np.abs(self.value), 1e-10 * self.unit)
        return np.where(none, 0.0, np.where(np.isfinite(gap), gap, np.nan))

    def offer(self, problem: Bilinear, which: Index, x: Array) -> None:
        """Take plans x of scenarios `which` that are better than the best known, and one that is as good and differs."""
        if not len(which):
            return
        own = problem.take(which)
        usable: Mask = np.all(np.isfinite(x), axis=1)
        x = np.clip(np.where(usable[:, None], x, 0.0), own.lb, own.ub)
        value = np.where(usable, own.value(x), np.inf)
        near = np.flatnonzero(
            value <= self.value[which] + SAME * np.abs(np.nan_to_num(self.value[which], posinf=0.0))
        )
        if not len(near):
            return
        near = near[own.take(near).violation(x[near]) <= FEASIBLE]
        order = near[np.lexsort((value[near], which[near]))]
        first = order[np.flatnonzero(np.diff(which[order], prepend=-1))]
        better = first[value[first] < self.value[which[first]]]
        self.other[which[better]] = self.x[which[better]]
        self.value[which[better]], self.x[which[better]] = value[better], x[better]
        apart = near[_differ(x[near], self.x[which[near]])]
        self.other[which[apart]] = x[apart]

    def tied(self, problem: Bilinear) -> Mask:
        """(S,) whether another plan was met that is as good, as far as the gap tells."""
        there = np.all(np.isfinite(self.other), axis=1) & np.isfinite(self.value)
        other = np.where(there[:, None], self.other, 0.0)
        value = np.where(there, self.value, 0.0)
        close = problem.value(other) <= value + SAME * np.abs(value)
        return there & close & _differ(other / self.column, np.nan_to_num(self.x) / self.column)

    def cutoff(self, gap: float) -> Array:
        """(S,) what a plan must be below to be worth finding."""
        known = np.where(np.isfinite(self.value), self.value, 0.0)
        return self.value - gap * np.maximum(np.abs(known), 1e-10)


def _differ(x: Array, y: Array) -> Mask:
    """(S,) whether points are apart by more than rounding."""
    size = np.maximum(np.abs(x).max(axis=1, initial=0.0), np.abs(y).max(axis=1, initial=0.0))
    return np.abs(x - y).max(axis=1, initial=0.0) > DIFFERENT * np.maximum(size, 1e-9)
