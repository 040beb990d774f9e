"""Linear problems in which some products of two decisions stand, for many scenarios."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass

FEASIBLE = 1e-7
"""Relative violation of a row up to which a point counts as a plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bilinear:
    """min qᵀx + pᵀw + r  s.t.  l ≤ Ax + Bw ≤ u,  lb ≤ x ≤ ub,  with w_k = x[left_k] · x[right_k].

    S scenarios, n columns, m rows, K products. q: (S, n); p: (S, K); r: (S,); A: (S, m, n); B: (S, m, K); l, u: (S, m); lb, ub: (S, n);
    left, right: (K,), columns.
    """

    q: Array
    p: Array
    r: Array
    A: Array
    B: Array
    l: Array
    u: Array
    lb: Array
    ub: Array
    left: Index
    right: Index

    @property
    def size(self) -> int:
        """Scenarios."""
        return len(self.q)

    def take(self, rows: Any) -> Bilinear:
        """The problem of some scenarios, in this order; one may come several times."""
        names = ("q", "p", "r", "A", "B", "l", "u", "lb", "ub")
        return replace(self, **{name: getattr(self, name)[rows] for name in names})

    def products(self, x: Array) -> Array:
        """(S, K) w at points (S, n)."""
        return x[:, self.left] * x[:, self.right]

    def value(self, x: Array) -> Array:
        """(S,) the objective at points (S, n)."""
        return _dot(self.q, x) + _dot(self.p, self.products(x)) + self.r

    def violation(self, x: Array) -> Array:
        """(S,) the largest violation of a row or bound at points (S, n), relative to the row's largest term."""
        w = self.products(x)
        activity = np.einsum("smn,sn->sm", self.A, x) + np.einsum("smk,sk->sm", self.B, w)
        sides = (
            np.where(np.isfinite(self.l), np.abs(self.l), 0),
            np.where(np.isfinite(self.u), np.abs(self.u), 0),
        )
        largest = np.abs(self.A * x[:, None, :]).max(axis=2, initial=0)
        largest = np.maximum(largest, np.abs(self.B * w[:, None, :]).max(axis=2, initial=0))
        # a side of a product is meant, however small: a linear row's may be what rounding left of a sum
        meant = (self.B != 0).any(axis=2) & (np.maximum(*sides) > 0)
        scale = np.maximum.reduce([largest, *sides, np.where(meant, 1e-100, 1e-9)])
        rows = np.maximum(self.l - activity, activity - self.u) / scale
        columns = np.maximum(self.lb - x, x - self.ub) / np.maximum(np.abs(x), 1.0)
        return np.maximum(rows.max(axis=1, initial=0), columns.max(axis=1, initial=0))


def _dot(a: Array, b: Array) -> Array:
    return np.einsum("sn,sn->s", a, b)
