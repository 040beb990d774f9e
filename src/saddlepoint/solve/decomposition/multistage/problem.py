"""A problem in stages: what is decided once the outcome of each is known, given what earlier ones left."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass


def in_outcomes(array: Array, which: Index) -> Array:
    """(N, …) the numbers of a stage, (R | 1, …), in the outcomes `which` (N,); once where all outcomes share them."""
    return array if len(array) == 1 else array[which]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStage:
    """One of R outcomes comes true, then minimise qᵀy over l ≤ T x + W y ≤ u, lb ≤ y ≤ ub; x (n_in,) is what earlier stages left.

    T: (R | 1, m, n_in), W: (R | 1, m, n), q, lb, ub: (R | 1, n), l, u: (R | 1, m); shares: (R,) how likely each outcome is;
    passed_on: (n_out,) places in (x, y) of what later stages look at.
    """

    T: Array
    W: Array
    q: Array
    l: Array
    u: Array
    lb: Array
    ub: Array
    shares: Array
    passed_on: Index

    @property
    def outcomes(self) -> int:
        return len(self.shares)

    @property
    def n_in(self) -> int:
        return self.T.shape[2]

    @property
    def n(self) -> int:
        return self.W.shape[2]

    @property
    def m(self) -> int:
        return self.W.shape[1]

    def left(self, x: Array, y: Array) -> Array:
        """(N, n_out) what is passed on by decisions y (N, n) at x (N, n_in)."""
        return np.concatenate([x, y], axis=1)[:, self.passed_on]


@dataclass(frozen=True, slots=True, kw_only=True)
class MultistageProblem:
    """minimise the expected sum of the costs of all stages, + constant; outcomes of different stages are independent."""

    stages: tuple[PolicyStage, ...]
    constant: float = 0.0

    @property
    def nodes(self) -> tuple[float, ...]:
        """How many histories there are up to each stage."""
        return tuple(np.cumprod([float(s.outcomes) for s in self.stages]).tolist())


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAnswer:
    """What a policy costs, and below which none costs.

    bound: proven by multipliers of our own arithmetic; cost: the mean over paths, expected exactly where `exact`; half_width: of the 95 %
    confidence interval of cost (0 where exact); plans, prices, reduced: per stage (R, n), (R, m), (R, n), the mean over histories
    of what is decided and of the multipliers of rows and bounds in each outcome, NaN where no path came by; paths: how many were
    followed; passes, solved: forward and backward, and stage problems in all; cuts: kept in the end; bounds: after each pass;
    path_costs, path_weights: (paths,).
    """

    bound: float
    cost: float
    half_width: float
    exact: bool
    paths: int
    passes: int
    solved: int
    cuts: int
    plans: tuple[Array, ...]
    prices: tuple[Array, ...]
    reduced: tuple[Array, ...]
    bounds: tuple[float, ...]
    path_costs: Array
    path_weights: Array

    @property
    def gap(self) -> float:
        """How far the cost is above the bound, relative to it."""
        return (self.cost - self.bound) / max(abs(self.cost), 1e-10)
