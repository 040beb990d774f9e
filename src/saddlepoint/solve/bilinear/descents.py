"""Plans that descend from points: one factor of each product held and the other free, in turn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.solve.bilinear.aggregate import Aggregated
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.bilinear.proven import Proven, Solve
from saddlepoint.solve.bilinear.relaxation import Kinds, descended

_STEPS = 4
_GAIN = 1e-9
"""Part of a value by which a step must better it to be followed by another."""
STARTS = 48
"""Vertices of the relaxation from which plans descend at the root, at most."""
WAVE = 8
"""Of them at once."""


class Descents:
    """Offers points, and what descends from them, to the best plans of a problem. whole: the problem as it was; small: without the columns that follow
    from others; best: the plans known, which are changed."""

    def __init__(self, whole: Bilinear, small: Aggregated, kinds: Kinds, solve: Solve, best: Proven) -> None:
        self._whole, self._small, self._kinds, self._solve = whole, small, kinds, solve
        self._best = best
        problem = small.problem
        sides = problem.left[kinds.planar], problem.right[kinds.planar]
        self._sides = [np.unique(side) for side in sides]
        """Columns of which every planar product holds one: those of the left, and those of the right."""

    def offer(self, which: Index, x: Array) -> None:
        """Offer points x (N, n) of scenarios `which` as they are."""
        if len(which):
            self._best.offer(self._whole, which, self._small.whole(which, x))

    def improve(self, which: Index, x: Array) -> None:
        """Offer points x (N, n) of scenarios `which`, and what descends from them."""
        if not len(which):
            return
        self.offer(which, x)
        own, before = self._small.problem.take(which), np.full(len(which), np.inf)
        for step in range(_STEPS):
            better, _, found = self._solve(descended(own, self._kinds, self._sides[step % 2], x))
            x = np.where(found[:, None], better, x)
            self.offer(which[found], better[found])
            value = np.where(found, own.value(x), before)
            going = np.flatnonzero((value + _GAIN * np.abs(value) < before) | (step == 0))
            if not len(going):
                return
            own, which, x, before = own.take(going), which[going], x[going], value[going]

    def wander(self, which: Index, relaxations: Batch, rng: np.random.Generator) -> None:
        """Offer what descends from the vertices of relaxations (N problems of scenarios `which`) that are best for drawn costs, WAVE of each."""
        n = self._small.problem.q.shape[1]
        drawn = relaxations.take(np.repeat(np.arange(len(which)), WAVE))
        q = np.zeros((drawn.size, drawn.structure.n))
        q[:, :n] = rng.standard_normal((drawn.size, n))
        x, _, found = self._solve(replace(drawn, q=q, r=np.zeros((1, 1))))
        self.improve(np.repeat(which, WAVE)[found], x[found, :n])
