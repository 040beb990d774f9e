"""Rotated cones as second-order cones: 2pm ≥ ‖x‖² as ‖(p − 2m, 2x)‖ ≤ p + 2m, exact in binary arithmetic.

Every solver knows the second-order cone, none of ours the rotated one, in which a square keeps its constant ½ apart
from its size.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saddlepoint.algebra.structure import Cone, ConeKind, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class Rotation:
    """first: the rows p of the rotated cones (m is the next); others: the rows x. All rows of F that it leaves stay."""

    first: Index
    others: Index

    @classmethod
    def of(cls, cones: Sequence[Cone]) -> Rotation:
        sizes = np.array([c.size for c in cones], dtype=np.int64)
        starts = np.cumsum(sizes) - sizes
        which = np.array([c.kind is ConeKind.ROTATED for c in cones], dtype=bool)
        inside = np.repeat(which, sizes)
        first = starts[which]
        inside[first] = False
        inside[first + 1] = False
        return cls(first, np.flatnonzero(inside))

    def entries(self, pattern: Pattern) -> tuple[Index, Index, Index, Array]:
        """Row, column, source and factor of every entry after the rotation; sources count the pattern's entries."""
        rows, columns = pattern.indices.astype(np.int64), pattern.columns()
        source = np.arange(pattern.nnz)
        factor = np.ones(pattern.nnz)
        if not len(self.first):
            return rows, columns, source, factor
        kind = np.zeros(pattern.shape[0], np.int8)
        kind[self.first], kind[self.first + 1], kind[self.others] = 1, 2, 3
        of = kind[rows]
        factor[of >= 2] = 2.0
        p, m = np.flatnonzero(of == 1), np.flatnonzero(of == 2)
        return (
            np.concatenate((np.where(of == 2, rows - 1, rows), rows[p] + 1, rows[m])),
            np.concatenate((columns, columns[p], columns[m])),
            np.concatenate((source, p, m)),
            np.concatenate((factor, np.ones(len(p)), np.full(len(m), -2.0))),
        )

    def turn(self, g: Array) -> Array:
        """The constants (…, rows of F) of the second-order cones."""
        out = g.copy()
        p, m = g[..., self.first], g[..., self.first + 1]
        out[..., self.first], out[..., self.first + 1] = p + 2.0 * m, p - 2.0 * m
        out[..., self.others] *= 2.0
        return out

    def back(self, w: Array) -> Array:
        """The multipliers (…, rows of F) of the rotated cones from those of the second-order cones."""
        out = w.copy()
        a, b = w[..., self.first], w[..., self.first + 1]
        out[..., self.first], out[..., self.first + 1] = a + b, 2.0 * (a - b)
        out[..., self.others] *= 2.0
        return out
