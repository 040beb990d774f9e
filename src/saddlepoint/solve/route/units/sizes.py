"""In which units a problem's numbers are near one: sizes from its data, then from an answer.

Unknown are the logarithms of the units: one per column and row, one per second-order cone, two per rotated, power or
exponential cone (its automorphisms), one of the objective. Every entry, side, constant and cost asks that it become
one; the least squares of what they ask are the units (Curtis & Reid 1972, with the sides as a column of size one). An
answer tells more: columns then have the size of their numbers, cones are balanced at their point.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch, ConeKind, Structure
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.route.units.balance import Balance, arguments_of

DAMPING = 1e-2
"""How much the least squares are drawn to units of one."""
KNOWN = 8.0
"""The weight of a column's size in an answer beside that of an entry."""
FAINT = 2.0**-30
"""Numbers of an answer below this part of what the data let expect tell no size."""


def balance(batch: Batch, x: Array | None = None, faint: float = FAINT) -> Balance:
    """The units of every scenario; x: (S, n) an earlier answer, NaN where there is none, whose numbers below the part `faint` tell no size."""
    unknowns = _Unknowns(batch.structure, faint)
    parts = [unknowns.of(batch, s, None if x is None else x[s]) for s in range(batch.size)]
    column, row, objective, cone, shift = (np.array([p[k] for p in parts]) for k in range(5))
    return Balance(
        column=column,
        row=row,
        objective=objective[:, None],
        cone=cone,
        shift=shift,
        arguments=arguments_of(batch.structure.cones),
    )


@dataclass(frozen=True)
class _Unknowns:
    """Columns, rows, cones' two parameters, the objective, in this order."""

    structure: Structure
    faint: float

    @cached_property
    def firsts(self) -> Index:
        sizes = np.array([c.size for c in self.structure.cones], dtype=np.int64)
        return np.cumsum(sizes) - sizes

    @cached_property
    def cone_of(self) -> Index:
        return np.repeat(np.arange(len(self.structure.cones)), [c.size for c in self.structure.cones])

    @cached_property
    def shares(self) -> tuple[Array, Array]:
        """How much of its cone's first and second parameter the exponent of every row of F is."""
        first, second = np.ones(self.structure.F.shape[0]), np.zeros(self.structure.F.shape[0])
        for start, cone in zip(self.firsts.tolist(), self.structure.cones, strict=True):
            rows = slice(start, start + cone.size)
            if cone.kind is ConeKind.ROTATED:
                first[rows], second[rows] = 0.5, 0.5
            elif cone.kind is ConeKind.POWER:
                first[start + 2], second[start + 2] = cone.alpha, 1.0 - cone.alpha
            if cone.kind in (ConeKind.ROTATED, ConeKind.POWER):
                first[start : start + 2], second[start : start + 2] = (1.0, 0.0), (0.0, 1.0)
            if cone.kind is ConeKind.EXPONENTIAL:
                first[start + 2], second[start + 2] = 0.0, 1.0
        return first, second

    def of(self, batch: Batch, s: int, x: Array | None) -> tuple[Array, Array, float, Array, Array]:
        one = batch.take(np.array([s]))
        found = self._least_squares(one, None)
        n, m = self.structure.n, self.structure.m
        column, row = found[:n], found[n : n + m]
        pair = found[n + m : -1].reshape(2, -1)
        if x is not None and np.isfinite(x).all():
            size = np.abs(x)
            known = size > self.faint * np.exp2(np.clip(column, -1000, 1000))
            logs = np.log2(np.where(known, size, 1.0))
            found = self._least_squares(one, np.where(known, logs, np.nan))
            column, row = np.where(known, logs, found[:n]), found[n : n + m]
            pair = self._at(one, x, found[n + m : -1].reshape(2, -1))
        return self._units(one, np.round(column), row, pair)

    def _units(
        self, one: Batch, column: Array, row: Array, pair: Array
    ) -> tuple[Array, Array, float, Array, Array]:
        s = self.structure
        row = np.round(_row_units(one, column, row))
        pair = np.round(pair)
        odd = (pair.sum(axis=0) % 2 == 1) & np.array(
            [c.kind is ConeKind.ROTATED for c in s.cones], dtype=bool
        )
        pair[1, odd] += 1.0
        first, second = self.shares
        cone = first * pair[0, self.cone_of] + second * pair[1, self.cone_of]
        shift = (pair[1] - pair[0])[[c.kind is ConeKind.EXPONENTIAL for c in s.cones]]
        units = np.exp2(column)
        i, j = s.P.indices, s.P.columns()
        cost = max(_largest(one.q[0] * units), _largest(one.P[0] * units[i] * units[j]))
        objective = float(np.exp2(-np.round(np.log2(cost)))) if cost > 0 else 1.0
        return units, np.exp2(row), objective, np.exp2(cone), shift

    def _at(self, one: Batch, x: Array, pair: Array) -> Array:
        """The cones' parameters that make the two leading rows of each one at the point x."""
        s = self.structure
        v = times(s.F, one.F, x[None])[0] + one.g[0]
        out = pair.copy()
        for k, (start, cone) in enumerate(zip(self.firsts.tolist(), s.cones, strict=True)):
            for which, place in _LEADING[cone.kind]:
                value = abs(v[start + place])
                if value > self.faint * np.exp2(-pair[which, k]):
                    out[which, k] = -np.log2(value)
            if cone.kind is ConeKind.SECOND_ORDER:
                out[1, k] = out[0, k]
        return out

    def _least_squares(self, one: Batch, known: Array | None) -> Array:
        from scipy.sparse import csr_matrix
        from scipy.sparse.linalg import lsqr

        s = self.structure
        n, m, c = s.n, s.m, len(s.cones)
        rows = _Equations(n + m + 2 * c + 1)
        rows.add(one.A[0], (s.A.columns(), n + s.A.indices.astype(np.int64)))
        low, high = np.isfinite(one.l[0]), np.isfinite(one.u[0])
        rows.add(np.where(low, one.l[0], 0.0), (n + np.arange(m),))
        rows.add(np.where(high & (one.u[0] != one.l[0]), one.u[0], 0.0), (n + np.arange(m),))
        for side in (one.lb[0], one.ub[0]):
            rows.add(np.where(np.isfinite(side), side, 0.0), (np.arange(n),), (-np.ones(n),), 0.5)
        first, second = self.shares
        f = s.F.indices.astype(np.int64)
        a, b = n + m + self.cone_of, n + m + c + self.cone_of
        rows.add(one.F[0], (s.F.columns(), a[f], b[f]), (np.ones(len(f)), first[f], second[f]))
        rows.add(one.g[0], (a, b), (first, second))
        top = np.full(n, n + m + 2 * c)
        rows.add(one.q[0], (np.arange(n), top))
        i, j = s.P.indices.astype(np.int64), s.P.columns()
        rows.add(one.P[0], (i, j, np.full(len(i), n + m + 2 * c)))
        if known is not None:
            there = np.isfinite(known)
            value = np.where(there, np.exp2(np.clip(np.nan_to_num(known), -900, 900)), 0.0)
            rows.add(value, (np.arange(n),), (-np.ones(n),), KNOWN)
        matrix, right = rows.system()
        sparse = csr_matrix(matrix, shape=(len(right), rows.unknowns))
        found = lsqr(sparse, right, damp=DAMPING, iter_lim=500, atol=1e-4, btol=1e-4)[0]
        return np.asarray(found, np.float64)


_LEADING = {
    ConeKind.SECOND_ORDER: ((0, 0),),
    ConeKind.ROTATED: ((0, 0), (1, 1)),
    ConeKind.POWER: ((0, 0), (1, 1)),
    ConeKind.EXPONENTIAL: ((0, 1), (1, 2)),
}
"""Which parameter makes which row of a cone one."""


class _Equations:
    """Equations log₂|number| + Σ share · unknown = 0 of the numbers that are not zero."""

    def __init__(self, unknowns: int) -> None:
        self.unknowns = unknowns
        self._parts: list[tuple[Index, Index, Array]] = []
        self._right: list[Array] = []
        self._count = 0

    def add(
        self,
        numbers: Array,
        unknowns: tuple[Index, ...],
        shares: tuple[Array, ...] | None = None,
        weight: float = 1.0,
    ) -> None:
        kept = np.flatnonzero(numbers)
        place = self._count + np.arange(len(kept))
        for k, which in enumerate(unknowns):
            share = np.ones(len(kept)) if shares is None else shares[k][kept]
            self._parts.append((place, which[kept], weight * share))
        self._right.append(-weight * np.log2(np.abs(numbers[kept])))
        self._count += len(kept)

    def system(self) -> tuple[tuple[Array, tuple[Index, Index]], Array]:
        row = np.concatenate([p[0] for p in self._parts])
        col = np.concatenate([p[1] for p in self._parts])
        share = np.concatenate([p[2] for p in self._parts])
        return (share, (row, col)), np.concatenate(self._right)


def _row_units(one: Batch, column: Array, row: Array) -> Array:
    """The exponents that bring the largest of a row's terms and sides to one."""
    s = one.structure
    size = np.zeros(s.m)
    np.maximum.at(size, s.A.indices, np.abs(one.A[0]) * np.exp2(column)[s.A.columns()])
    return np.where(size > 0, -np.log2(np.where(size > 0, size, 1.0)), row)


def _largest(array: Array) -> float:
    return float(np.abs(array).max(initial=0.0))
