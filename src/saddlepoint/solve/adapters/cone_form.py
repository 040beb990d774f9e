"""The Batch as min ½xᵀPx + qᵀx, Mx + s = b, s ∈ zero × nonnegative × cones: the form of conic solvers."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from saddlepoint.algebra.rotation import Rotation
from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass


@dataclass(frozen=True, kw_only=True)
class ConeForm:
    """Where every row of M comes from; the same for all scenarios whose finite and equal sides are the same.

    equal, lower, upper: rows of A; fixed, floor, ceiling: columns; M stacks equal, fixed (zero cone), lower,
    upper, floor, ceiling (nonnegative cone) and the rows of F. Multipliers z of M follow Px + q + Mᵀz = 0, z ∈ K*.
    """

    structure: Structure
    equal: Index
    lower: Index
    upper: Index
    fixed: Index
    floor: Index
    ceiling: Index

    @property
    def zeros(self) -> int:
        return len(self.equal) + len(self.fixed)

    @property
    def nonnegatives(self) -> int:
        return len(self.lower) + len(self.upper) + len(self.floor) + len(self.ceiling)

    @property
    def rows(self) -> int:
        return self.zeros + self.nonnegatives + self.structure.F.shape[0]

    @cached_property
    def _entries(self) -> tuple[Index, Index, Index, Array]:
        """Row, column, source and sign of every entry of M; sources count A, then F, then one constant 1."""
        s = self.structure
        a_rows, a_columns = s.A.indices.astype(np.int64), s.A.columns()
        rows, columns, sources, signs = [], [], [], []
        offset = 0
        for name, sign in _BLOCKS:
            picked: Index = getattr(self, name)
            if name in ("equal", "lower", "upper"):
                place = np.full(s.m, -1, np.int64)
                place[picked] = np.arange(len(picked))
                kept = np.flatnonzero(place[a_rows] >= 0)
                rows.append(place[a_rows[kept]] + offset)
                columns.append(a_columns[kept])
                sources.append(kept)
            else:
                rows.append(np.arange(len(picked)) + offset)
                columns.append(picked)
                sources.append(np.full(len(picked), s.A.nnz + s.F.nnz))
            signs.append(np.full(len(rows[-1]), sign))
            offset += len(picked)
        row, column, source, factor = self._rotation.entries(s.F)
        rows.append(row + offset)
        columns.append(column)
        sources.append(source + s.A.nnz)
        signs.append(-factor)
        return tuple(np.concatenate(part) for part in (rows, columns, sources, signs))  # pyright: ignore[reportReturnType]

    @cached_property
    def _rotation(self) -> Rotation:
        return Rotation.of(self.structure.cones)

    @cached_property
    def _order(self) -> Index:
        rows, columns, _, _ = self._entries
        return np.lexsort((rows, columns))

    @cached_property
    def _starts(self) -> Index:
        """Where each distinct entry of M begins in the ordered entries; the rotation may make two of one place."""
        rows, columns, _, _ = self._entries
        rows, columns = rows[self._order], columns[self._order]
        new = np.ones(len(rows), dtype=bool)
        new[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        return np.flatnonzero(new)

    @cached_property
    def pattern(self) -> tuple[Index, Index]:
        """indptr and indices of M by columns."""
        rows, columns, _, _ = self._entries
        place = self._order[self._starts]
        counts = np.bincount(columns[place], minlength=self.structure.n)
        return np.concatenate(([0], np.cumsum(counts))), rows[place]

    def values(self, batch: Batch, s: int) -> Array:
        """Values of M for scenario s in the order of `pattern`."""
        _, _, sources, signs = self._entries
        pool = np.concatenate((batch.row("A", s), batch.row("F", s), [1.0]))
        entries = (signs * pool[sources])[self._order]
        return entries if len(self._starts) == len(entries) else np.add.reduceat(entries, self._starts)

    def right_side(self, batch: Batch, s: int) -> Array:
        """b for scenario s."""
        l, u, lb, ub = (batch.row(name, s) for name in ("l", "u", "lb", "ub"))
        parts = (
            u[self.equal],
            ub[self.fixed],
            -l[self.lower],
            u[self.upper],
            -lb[self.floor],
            ub[self.ceiling],
        )
        return np.concatenate((*parts, self._rotation.turn(batch.row("g", s))))

    def multipliers(self, duals: Array) -> tuple[Array, Array, Array]:
        """(y, z, w) of the Batch from the multipliers of the rows of M."""
        s = self.structure
        y, z = np.zeros(s.m), np.zeros(s.n)
        offset = 0
        for name, sign in _BLOCKS:
            picked: Index = getattr(self, name)
            target = y if name in ("equal", "lower", "upper") else z
            target[picked] -= sign * duals[offset : offset + len(picked)]
            offset += len(picked)
        return y, z, self._rotation.back(duals[offset:])


_BLOCKS = (
    ("equal", 1.0),
    ("fixed", 1.0),
    ("lower", -1.0),
    ("upper", 1.0),
    ("floor", -1.0),
    ("ceiling", 1.0),
)


def cone_form(batch: Batch, s: int) -> ConeForm:
    """The cone form that fits the sides of scenario s."""
    l, u, lb, ub = (batch.row(name, s) for name in ("l", "u", "lb", "ub"))
    equal, fixed = (l == u) & np.isfinite(l), (lb == ub) & np.isfinite(lb)
    return ConeForm(
        structure=batch.structure,
        equal=np.flatnonzero(equal),
        lower=np.flatnonzero(np.isfinite(l) & ~equal),
        upper=np.flatnonzero(np.isfinite(u) & ~equal),
        fixed=np.flatnonzero(fixed),
        floor=np.flatnonzero(np.isfinite(lb) & ~fixed),
        ceiling=np.flatnonzero(np.isfinite(ub) & ~fixed),
    )


def sides(batch: Batch, s: int) -> bytes:
    """A key of which sides of scenario s are finite and equal: same key, same cone form."""
    l, u, lb, ub = (batch.row(name, s) for name in ("l", "u", "lb", "ub"))
    masks = [np.isfinite(v) for v in (l, u, lb, ub)] + [l == u, lb == ub]
    return np.packbits(np.concatenate(masks)).tobytes()


def sides_vary(batch: Batch) -> bool:
    """Whether any of l, u, lb, ub differs between scenarios."""
    return max(len(v) for v in (batch.l, batch.u, batch.lb, batch.ub)) > 1
