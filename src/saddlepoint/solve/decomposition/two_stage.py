"""A problem in two stages: what is decided first, and what follows in each of any number of outcomes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass

CHUNK: Final = 32_768
"""Outcomes that are in memory and in the processor's cache together."""
FEWEST: Final = 16
"""Outcomes of a chunk at least, where there are so many."""
_ROUNDED: Final = 4 * float(np.finfo(np.float64).eps)
"""Part of the terms of a side that it may be off by once a decision is taken from it."""
PARTS: Final = 32
"""Into how many chunks outcomes are parted that several threads or machines solve, if these are not too large or small then."""


@dataclass(frozen=True, slots=True)
class OutcomeChunk:
    """Some outcomes: their problems over (x, y), the first columns being x, and how likely each is, (S,)."""

    batch: Batch
    shares: Array


ChunkSource = Callable[[], OutcomeChunk]
"""Makes some of the outcomes, the same ones whenever and wherever it is called; it can be sent to another process."""
ChunkMap = Callable[[Callable[..., Any], Iterable[tuple[Any, ...]]], Iterator[Any]]
"""Applies a function to every chunk and its own further arguments; the results in the order of the chunks."""
Scatter = Callable[[Sequence[ChunkSource]], ChunkMap]
"""Puts chunks where they are to be solved, once, and gives what maps functions over them there."""


def in_this_thread(sources: Sequence[ChunkSource]) -> ChunkMap:
    """In this thread, one chunk in memory at a time."""
    return lambda function, arguments: (
        function(make(), *given) for make, given in zip(sources, arguments, strict=False)
    )


def threads(workers: int) -> Scatter:
    """In threads, one chunk in memory for each."""

    def over(sources: Sequence[ChunkSource]) -> ChunkMap:
        return partial(_in_threads, workers, sources)

    return in_this_thread if workers <= 1 else over


def _in_threads(
    workers: int,
    sources: Sequence[ChunkSource],
    function: Callable[..., Any],
    arguments: Iterable[tuple[Any, ...]],
) -> Iterator[Any]:
    from concurrent.futures import Future, ThreadPoolExecutor

    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for make, given in zip(sources, arguments, strict=False):
            waiting.append(pool.submit(lambda make, given: function(make(), *given), make, given))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStage:
    """minimise cᵀx + r + Σ share(o)·Q(x, o), Q(x, o) = min qᵀ(x, y) over the rows and bounds of outcome o.

    first: c, r, the rows and bounds of x alone, one scenario; sources: the outcomes chunk by chunk, sizes: how many each makes; each:
    maps a function over them, wherever they are. Costs of x in the outcomes are counted with their shares; bounds
    of x there are not looked at.
    """

    first: Batch
    sources: tuple[ChunkSource, ...]
    sizes: tuple[int, ...]
    each: ChunkMap

    @classmethod
    def of(
        cls,
        first: Batch,
        sources: Sequence[ChunkSource],
        sizes: Sequence[int],
        scatter: Scatter = in_this_thread,
    ) -> TwoStage:
        """The problem with its outcomes put where `scatter` says."""
        return cls(first=first, sources=tuple(sources), sizes=tuple(sizes), each=scatter(sources))

    @property
    def n(self) -> int:
        return self.first.structure.n

    @property
    def size(self) -> int:
        """The number of outcomes."""
        return sum(self.sizes)

    @property
    def starts(self) -> tuple[int, ...]:
        """The place of each chunk's first outcome."""
        return tuple(np.cumsum([0, *self.sizes[:-1]]).tolist())

    def chunks(self) -> Iterator[OutcomeChunk]:
        """All outcomes, here."""
        return (make() for make in self.sources)


def in_memory(first: Batch, second: Batch, shares: Array, scatter: Scatter = in_this_thread) -> TwoStage:
    """The problem whose outcomes are one Batch over (x, y); shares: (S,)."""
    chunk = CHUNK if scatter is in_this_thread else min(CHUNK, max(FEWEST, -(-second.size // PARTS)))
    starts = range(0, second.size, chunk)
    rows = [np.arange(start, min(second.size, start + chunk)) for start in starts]
    parts = [OutcomeChunk(_slice(second, some), shares[some]) for some in rows]
    return of_chunks(first, parts, scatter)


def of_chunks(first: Batch, parts: Sequence[OutcomeChunk], scatter: Scatter = in_this_thread) -> TwoStage:
    """The problem whose outcomes are in memory, chunk by chunk."""
    sizes = [part.batch.size for part in parts]
    return TwoStage.of(first, [partial(_given, part) for part in parts], sizes, scatter)


def _given(chunk: OutcomeChunk) -> OutcomeChunk:
    return chunk


def _slice(batch: Batch, rows: Index) -> Batch:
    """Neighbouring scenarios, as views."""
    part = slice(int(rows[0]), int(rows[-1]) + 1)
    names = ("P", "q", "r", "A", "l", "u", "lb", "ub", "F", "g")
    found = {name: getattr(batch, name) for name in names}
    return replace(batch, size=len(rows), **{k: v if v.shape[0] == 1 else v[part] for k, v in found.items()})


def without_whole(batch: Batch) -> Batch:
    """A batch whose columns need not be whole."""
    return replace(batch, structure=replace(batch.structure, integer=np.zeros(batch.structure.n, bool)))


def recourse_problems(chunk: OutcomeChunk, x: Array) -> Batch:
    """The problems of a chunk over y once x is decided."""
    return Recourse.of(chunk.batch.structure, len(x)).at(chunk.batch, x)


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
        values = batch.A[:, self.of_x]
        taken, rounding = self._activity(values, x), _ROUNDED * self._activity(np.abs(values), np.abs(x))
        return replace(
            batch,
            structure=self.structure,
            q=batch.q[:, self.n :],
            r=batch.r + (batch.q[:, : self.n] @ x)[:, None],
            A=batch.A[:, ~self.of_x],
            l=_left(batch.l, taken, rounding),
            u=_left(batch.u, taken, rounding),
            lb=batch.lb[:, self.n :],
            ub=batch.ub[:, self.n :],
        )

    def _activity(self, values: Array, x: Array) -> Array:
        """T x, shape (S | 1, m); values: (S | 1, entries of T)."""
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


def _left(side: Array, taken: Array, rounding: Array) -> Array:
    """What of a side is left, 0 where that is a rounding of its terms."""
    left = side - taken
    noise = np.abs(left) <= rounding
    return np.where(noise, 0.0, left) if noise.any() else left
