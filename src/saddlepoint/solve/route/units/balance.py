"""The same problem in the units of its own numbers: every cone turned by an automorphism, rows and columns near one.

Automorphisms (the maps of a cone onto itself) take scale out of curvature: the two factors of a rotated or a power cone
may be scaled against each other, an exponential cone may move along its argument. So x² ≤ t with t near 1e-12 or 1e12
is solved as x² ≤ t with t near one (Nesterov & Todd 1997; Chares 2009). Factors are powers of two but for the third row
of a power cone, and the shift of an exponential cone is a multiple of log 2.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

import numpy as np

from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Pattern, Structure
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import Solution

LOG2 = float(np.log(2.0))


@dataclass(frozen=True, kw_only=True)
class Balance:
    """How a balanced batch maps back.

    column (S, n), row (S, m), objective (S, 1), cone (S, rows of F): factors; shift (S, exponential cones): the
    multiples c of log 2 in (x + c·log 2·y, y, 2ᶜ·z), whose 2ᶜ is within `cone`.
    """

    column: Array
    row: Array
    objective: Array
    cone: Array
    shift: Array
    arguments: Index

    def apply(self, batch: Batch) -> Batch:
        """The batch in these units, with numbers of its own for every scenario."""
        s, up = batch.structure, self.objective
        sheared = _Sheared(s.F, self.arguments)
        i, j = s.P.indices, s.P.columns()
        g = batch.g * self.cone
        g[:, self.arguments] += self.shift * LOG2 * (batch.g * self.cone)[:, self.arguments + 1]
        f = batch.F * self.cone[:, s.F.indices] * self.column[:, s.F.columns()]
        return Batch(
            structure=Structure(P=s.P, A=s.A, F=sheared.pattern, cones=s.cones, integer=s.integer),
            size=batch.size,
            P=batch.P * self.column[:, i] * self.column[:, j] * up,
            q=batch.q * self.column * up,
            r=batch.r * up,
            A=batch.A * self.row[:, s.A.indices] * self.column[:, s.A.columns()],
            l=batch.l * self.row,
            u=batch.u * self.row,
            lb=batch.lb / self.column,
            ub=batch.ub / self.column,
            F=sheared.values(f, self.shift),
            g=g,
        )

    def enter(self, answers: Solution) -> Solution:
        """Answers to the original in these units: the inverse of `restore`."""
        w = answers.w.copy()
        w[:, self.arguments + 1] -= self.shift * LOG2 * w[:, self.arguments]
        return replace(
            answers,
            x=answers.x / self.column,
            y=answers.y / self.row * self.objective,
            z=answers.z * (self.column * self.objective),
            w=w / self.cone * self.objective,
            bound=answers.bound * self.objective[:, 0],
        )

    def restore(self, answers: Solution) -> Solution:
        """The answers to the balanced batch in the units of the original."""
        w = answers.w * self.cone / self.objective
        w[:, self.arguments + 1] += self.shift * LOG2 * w[:, self.arguments]
        return replace(
            answers,
            x=answers.x * self.column,
            y=answers.y * self.row / self.objective,
            z=answers.z / (self.column * self.objective),
            w=w,
            bound=answers.bound / self.objective[:, 0],
        )


@dataclass(frozen=True)
class _Sheared:
    """The pattern of F once a multiple of the second row of each exponential cone is added to its first."""

    given: Pattern
    arguments: Index

    @cached_property
    def _moved(self) -> tuple[Index, Index]:
        """Entries of the second rows, and which exponential cone each belongs to."""
        of = np.full(self.given.shape[0], -1, np.int64)
        of[self.arguments + 1] = np.arange(len(self.arguments))
        cone = of[self.given.indices]
        entries = np.flatnonzero(cone >= 0)
        return entries, cone[entries]

    @cached_property
    def _order(self) -> tuple[Index, Index]:
        """Order by column and row of old and moved entries together, and where each new entry begins."""
        entries, _ = self._moved
        rows = np.concatenate((self.given.indices, self.given.indices[entries] - 1)).astype(np.int64)
        columns = np.concatenate((self.given.columns(), self.given.columns()[entries]))
        order = np.lexsort((rows, columns))
        rows, columns = rows[order], columns[order]
        new = np.ones(len(rows), dtype=bool)
        new[1:] = (rows[1:] != rows[:-1]) | (columns[1:] != columns[:-1])
        return order, np.flatnonzero(new)

    @cached_property
    def pattern(self) -> Pattern:
        entries, _ = self._moved
        if not len(entries):
            return self.given
        order, starts = self._order
        place = order[starts]
        rows = np.concatenate((self.given.indices, self.given.indices[entries] - 1))[place]
        columns = np.concatenate((self.given.columns(), self.given.columns()[entries]))[place]
        return Pattern.of(rows, columns, self.given.shape)

    def values(self, scaled: Array, shift: Array) -> Array:
        """Values (S, nnz) of the pattern from those of F after scaling and the shifts (S, exponential cones)."""
        entries, cone = self._moved
        if not len(entries):
            return scaled
        order, starts = self._order
        both = np.concatenate((scaled, shift[:, cone] * LOG2 * scaled[:, entries]), axis=1)
        return np.add.reduceat(both[:, order], starts, axis=1)


def arguments_of(cones: tuple[Cone, ...]) -> Index:
    """The first rows of the exponential cones."""
    sizes = np.array([c.size for c in cones], dtype=np.int64)
    starts = np.cumsum(sizes) - sizes
    return starts[[c.kind is ConeKind.EXPONENTIAL for c in cones]]
