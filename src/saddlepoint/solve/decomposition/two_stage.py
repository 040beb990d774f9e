"""A problem in two stages: what is decided first, and what follows in each of any number of outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass

CHUNK: Final = 32_768
"""Outcomes that are in memory and in the processor's cache together."""


@dataclass(frozen=True, slots=True)
class OutcomeChunk:
    """Some outcomes: their problems over (x, y), the first columns being x, and how likely each is, (S,)."""

    batch: Batch
    shares: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStage:
    """minimise cᵀx + r + Σ share(o)·Q(x, o), Q(x, o) = min qᵀ(x, y) over the rows and bounds of outcome o.

    first: c, r, the rows and bounds of x alone, one scenario; size: the number of outcomes; chunks: all of them, in the
    same order and the same portions whenever it is called. Costs of x in the outcomes are counted with their shares; bounds
    of x there are not looked at.
    """

    first: Batch
    size: int
    chunks: Callable[[], Iterator[OutcomeChunk]]

    @property
    def n(self) -> int:
        return self.first.structure.n


def in_memory(first: Batch, second: Batch, shares: Array, chunk: int = CHUNK) -> TwoStage:
    """The problem whose outcomes are one Batch over (x, y); shares: (S,)."""

    def chunks() -> Iterator[OutcomeChunk]:
        for start in range(0, second.size, chunk):
            rows = np.arange(start, min(second.size, start + chunk))
            yield OutcomeChunk(_slice(second, rows), shares[rows])

    return TwoStage(first=first, size=second.size, chunks=chunks)


def _slice(batch: Batch, rows: Index) -> Batch:
    """Neighbouring scenarios, as views."""
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    names = ("P", "q", "r", "A", "l", "u", "lb", "ub", "F", "g")
    found = {name: getattr(batch, name) for name in names}
    return replace(batch, size=len(rows), **{k: v if v.shape[0] == 1 else v[part] for k, v in found.items()})


def at(problem: TwoStage, x: Array) -> Iterator[tuple[OutcomeChunk, Batch]]:
    """The outcomes chunk by chunk, with their problems over y once x is decided."""
    for chunk in problem.chunks():
        yield chunk, Recourse.of(chunk.batch.structure, problem.n).at(chunk.batch, x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recourse:
    """The pattern of an outcome's problem taken apart: entries of the columns of x (T), and the pattern of those of y (W)."""

    n: int
    structure: Structure
    of_x: Mask
    x_row: Index
    x_column: Index

    @classmethod
    def of(cls, structure: Structure, n: int) -> Recourse:
        columns = structure.A.columns()
        of_x = columns < n
        start = int(structure.A.indptr[n])
        width = structure.n - n
        pattern = Pattern(
            (structure.m, width), structure.A.indptr[n:] - structure.A.indptr[n], structure.A.indices[start:]
        )
        below = Structure(
            P=Pattern.empty(width, width),
            A=pattern,
            F=Pattern.empty(0, width),
            cones=(),
            integer=structure.integer[n:],
        )
        rows = structure.A.indices.astype(np.int64)
        return cls(n=n, structure=below, of_x=of_x, x_row=rows[of_x], x_column=columns[of_x])

    def at(self, batch: Batch, x: Array) -> Batch:
        """The problems over y once x is decided."""
        taken = self.activity(batch, x)
        return replace(
            batch,
            structure=self.structure,
            q=batch.q[:, self.n :],
            r=batch.r + (batch.q[:, : self.n] @ x)[:, None],
            A=batch.A[:, ~self.of_x],
            l=batch.l - taken,
            u=batch.u - taken,
            lb=batch.lb[:, self.n :],
            ub=batch.ub[:, self.n :],
        )

    def activity(self, batch: Batch, x: Array) -> Array:
        """T x, shape (S | 1, m)."""
        values = batch.A[:, self.of_x]
        out = np.zeros((len(values), self.structure.m))
        for k, (row, column) in enumerate(zip(self.x_row.tolist(), self.x_column.tolist(), strict=True)):
            if x[column]:
                out[:, row] += values[:, k] * x[column]
        return out

    def slopes(self, batch: Batch, y: Array) -> Array:
        """(S, n) how the value of each outcome moves with x, by multipliers (S, m): q of x − Tᵀy."""
        values = batch.A[:, self.of_x]
        if len(values) == 1:
            dense = np.zeros((self.structure.m, self.n))
            dense[self.x_row, self.x_column] = values[0]
            out = -(y @ dense)
        else:
            out = np.zeros((len(y), self.n))
            for k, (row, column) in enumerate(zip(self.x_row.tolist(), self.x_column.tolist(), strict=True)):
                out[:, column] -= values[:, k] * y[:, row]
        return out + batch.q[:, : self.n]
