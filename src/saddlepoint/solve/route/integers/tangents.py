"""Half-spaces that hold every plan of a mixed-integer problem with curvature: tangents of its quadratic costs and cones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

import numpy as np

from saddlepoint.algebra.products import sparse_matrix, symmetric_times
from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern, Structure
from saddlepoint.arrays import Array, Index, distinct
from saddlepoint.records import dataclass
from saddlepoint.solve.proof import cones
from saddlepoint.solve.route.units.ranges import column_reach

BELOW = 1e-9
"""How far, relative, a tangent must cut to be kept."""


@dataclass(slots=True)
class Tangents:
    """Half-spaces that hold every plan: rows over the columns x and one column t per separate part of the cost.

    t ≥ x̄ᵀPx − ½x̄ᵀPx̄ for the quadratic cost of a part at x̄; wᵀ(Fx + g) ≥ 0 for w in the dual of a cone.
    """

    batch: Batch
    part: Index = field(init=False)
    parts: int = field(init=False)
    rows: list[tuple[Index, Array, float]] = field(default_factory=list[tuple[Index, Array, float]])
    conic: Any = field(init=False)
    reach: Array = field(init=False)
    starts: Index = field(init=False)
    known: set[bytes] = field(default_factory=set[bytes])

    def __post_init__(self) -> None:
        from scipy.sparse.csgraph import connected_components

        s, n = self.batch.structure, self.batch.structure.n
        self.part, self.parts = np.full(n, -1), 0
        if s.P.nnz:
            used = distinct(np.concatenate((s.P.indices.astype(np.int64), s.P.columns())))
            graph = sparse_matrix(s.P, np.ones(s.P.nnz))
            label = connected_components(graph, directed=False)[1][used]
            self.part[used] = np.unique(label, return_inverse=True)[1]
            self.parts = int(self.part.max()) + 1
        self.reach = column_reach(self.batch)
        self.starts = cones.starts(s.cones)
        self.conic = sparse_matrix(s.F, self.batch.F[0]).tocsr()
        for k, cone in enumerate(s.cones):
            for position in _nonnegative(cone):
                w = np.zeros(cone.size)
                w[position] = 1.0
                self._cone_row(k, w)
            for w in self._chords(k):
                self._cone_row(k, w)

    def at(self, x: Array, point: Array | None = None) -> bool:
        """Add the tangents at x (n,) that the master's plan `point` (its t too) breaks; whether there were any."""
        before = len(self.rows)
        self._quadratic(x, point)
        s = self.batch.structure
        v = self.conic @ x + self.batch.g[0]
        for k, (cone, first) in enumerate(zip(s.cones, self.starts, strict=True)):
            here = v[first : first + cone.size]
            w = _separator(cone, here)
            if point is None or float(w @ here) < -BELOW * float(np.abs(w) @ np.abs(here)):
                self._cone_row(k, w)
        return len(self.rows) > before

    def _chords(self, k: int) -> Iterator[Array]:
        """Half-spaces of a root of whole numbers: |t| ≤ c x^α lies below c x for every x of 0, 1, 2, …, and no tangent says so at 0, where its slope has no end."""
        s, cone = self.batch.structure, self.batch.structure.cones[k]
        if cone.kind not in (ConeKind.ROTATED, ConeKind.POWER) or cone.size != 3:
            return
        first, g = self.starts[k], self.batch.g[0]
        for place in (0, 1):
            row, other = self.conic[first + place], first + 1 - place
            if row.nnz != 1 or self.conic[other].nnz or g[first + place] != 0.0 or g[other] <= 0.0:
                continue
            column, slope = int(row.indices[0]), float(row.data[0])
            if s.integer[column] and self.batch.lb[0, column] >= 0.0 and slope > 0.0:
                at_one = np.zeros(3)
                at_one[place], at_one[1 - place] = slope, g[other]
                for sign in (1.0, -1.0):
                    w = np.zeros(3)
                    w[place], w[2] = _height(cone, at_one) / slope, -sign
                    yield w

    def by_duals(self, w: Array) -> None:
        """Add the half-spaces of dual vectors, moved into the dual cones."""
        if not np.isfinite(w).all():
            return
        s = self.batch.structure
        for k, (cone, first) in enumerate(zip(s.cones, self.starts, strict=True)):
            inside = _into_dual(cone, w[first : first + cone.size].copy())
            if inside is not None:
                self._cone_row(k, inside)

    def master(self) -> Batch:
        """The linear problem with all half-spaces so far; columns x, then t."""
        from scipy.sparse import coo_matrix

        b, s = self.batch, self.batch.structure
        n = s.n + self.parts
        row = [np.full(len(where), s.m + i) for i, (where, _, _) in enumerate(self.rows)]
        i = np.concatenate([s.A.indices.astype(np.int64), *row])
        j = np.concatenate([s.A.columns(), *(where for where, _, _ in self.rows)])
        values = np.concatenate([b.A[0], *(value for _, value, _ in self.rows)])
        matrix: Any = coo_matrix((values, (i, j)), shape=(s.m + len(self.rows), n)).tocsc()
        a = Pattern(
            (s.m + len(self.rows), n), matrix.indptr.astype(np.int32), matrix.indices.astype(np.int32)
        )
        free = np.full((1, self.parts), np.inf)
        integer = np.concatenate((s.integer, np.zeros(self.parts, np.bool_)))
        none = np.zeros((1, 0))
        least = np.array([[side for _, _, side in self.rows]])
        return Batch(
            structure=Structure(P=Pattern.empty(n, n), A=a, F=Pattern.empty(0, n), cones=(), integer=integer),
            size=1,
            P=none,
            q=np.concatenate((b.q, np.ones((1, self.parts))), axis=1),
            r=np.zeros((1, 1)),
            A=np.asarray(matrix.data, np.float64)[None],
            l=np.concatenate((b.l, least), axis=1),
            u=np.concatenate((b.u, np.full((1, len(self.rows)), np.inf)), axis=1),
            lb=np.concatenate((b.lb, np.zeros((1, self.parts))), axis=1),
            ub=np.concatenate((b.ub, free), axis=1),
            F=none,
            g=none,
        )

    def sizes(self) -> Array:
        """How far the columns x and t of the master go, (n + parts,); inf where that is not known."""
        s = self.batch.structure
        i, j = s.P.indices.astype(np.int64), s.P.columns()
        with np.errstate(invalid="ignore", over="ignore"):
            most = np.abs(self.batch.P[0]) * self.reach[i] * self.reach[j]
        costs = np.bincount(self.part[i], most, self.parts).astype(np.float64)
        return np.concatenate((self.reach, costs))

    def with_costs(self, x: Array) -> Array:
        """A plan x (n,) as one of the master: with the quadratic cost of every part."""
        return np.concatenate((x, self._costs(x)[1]))

    def _costs(self, x: Array) -> tuple[Array, Array]:
        """P x, and ½ xᵀPx of every part."""
        px = symmetric_times(self.batch.structure.P, self.batch.P, x[None])[0]
        used = self.part >= 0
        costs: Array = 0.5 * np.bincount(self.part[used], (x * px)[used], self.parts).astype(np.float64)
        return px, costs

    def _quadratic(self, x: Array, point: Array | None) -> None:
        if not self.parts:
            return
        n, used = self.batch.structure.n, self.part >= 0
        px, value = self._costs(x)
        size = np.bincount(self.part[used], np.abs(x * px)[used], self.parts)
        for c in range(self.parts):
            if point is not None and value[c] - point[n + c] <= BELOW * size[c]:
                continue
            where = np.flatnonzero((self.part == c) & (px != 0))
            self._add(np.append(where, n + c), np.append(-px[where], 1.0), -float(value[c]))

    def _cone_row(self, k: int, w: Array) -> None:
        s = self.batch.structure
        first = self.starts[k]
        block = self.conic[first : first + s.cones[k].size]
        coefficients = np.asarray(block.T @ w)
        where = np.flatnonzero(coefficients)
        size = float(np.abs(coefficients).max(initial=0.0))
        if len(where) and size > 0:
            side = -float(w @ self.batch.g[0, first : first + s.cones[k].size])
            self._add(where, coefficients[where] / size, side / size)

    def _add(self, where: Index, coefficients: Array, side: float) -> None:
        """One more half-space, unless it is there: a master's plan may break it by what its solver allows, again and again."""
        name = b"".join((where.tobytes(), coefficients.tobytes(), np.array(side).tobytes()))
        if name not in self.known:
            self.known.add(name)
            self.rows.append((where, coefficients, side))


def _height(cone: Cone, v: Array) -> float:
    """The largest third coordinate of a rotated or power cone of three beside the first two."""
    if cone.kind is ConeKind.ROTATED:
        return float(np.sqrt(2.0 * v[0] * v[1]))
    return float(v[0] ** cone.alpha * v[1] ** (1.0 - cone.alpha))


def _nonnegative(cone: Cone) -> tuple[int, ...]:
    """The rows of a cone that are never negative."""
    return {
        ConeKind.SECOND_ORDER: (0,),
        ConeKind.ROTATED: (0, 1),
        ConeKind.EXPONENTIAL: (1, 2),
        ConeKind.POWER: (0, 1),
    }[cone.kind]


def _separator(cone: Cone, v: Array) -> Array:
    """The vector of the dual cone whose half-space touches the cone next to v."""
    if cone.kind is ConeKind.SECOND_ORDER:
        size = float(np.linalg.norm(v[1:]))
        return np.concatenate(([1.0], -v[1:] / size if size > 0 else np.zeros(len(v) - 1)))
    scale = max(float(np.abs(v).max()), 1e-12)
    if cone.kind is ConeKind.ROTATED:
        p, m = np.maximum(v[:2], 1e-6 * scale)
        stretch = float(np.linalg.norm(v[2:])) / np.sqrt(2 * p * m)
        return (
            np.concatenate(([stretch * m, stretch * p], -v[2:])) if stretch > 0 else np.array([m, p, *v[2:]])
        )
    if cone.kind is ConeKind.EXPONENTIAL:
        y = max(v[1], 1e-6 * scale)
        r = float(np.clip(v[0] / y, -100.0, 100.0))
        w = np.array([-np.exp(r), -np.exp(r) * (1 - r), 1.0])
        return w / np.abs(w).max()
    x, y = max(v[0], 1e-6 * scale), max(v[1], 1e-6 * scale)
    a, ratio = cone.alpha, y / x
    return np.array([a * ratio ** (1 - a), (1 - a) * ratio**-a, -np.sign(v[2]) if v[2] else 0.0])


def _into_dual(cone: Cone, w: Array) -> Array | None:
    """The vector moved into the dual cone by its last free component; None where there is nothing to keep."""
    if not w.any():
        return None
    if cone.kind is ConeKind.SECOND_ORDER:
        w[0] = max(w[0], float(np.linalg.norm(w[1:])))
        return w
    if cone.kind is ConeKind.ROTATED:
        size = float(np.linalg.norm(w[2:]))
        if w[0] < 0 or w[1] < 0 or (size > 0 and w[0] * w[1] <= 0):
            return None
        if 2 * w[0] * w[1] < size**2:
            w[:2] *= size / np.sqrt(2 * w[0] * w[1])
        return w
    if cone.kind is ConeKind.EXPONENTIAL:
        if w[0] >= 0 or abs(w[1] / w[0]) > 100:
            return None
        w[2] = max(w[2], float(-w[0] * np.exp(w[1] / w[0] - 1)))
        return w
    if min(w[0], w[1]) <= 0:
        return None
    a = cone.alpha
    most = (w[0] / a) ** a * (w[1] / (1 - a)) ** (1 - a)
    w[2] = float(np.clip(w[2], -most, most))
    return w
