"""A loop under way as one frozen record, and how a record follows from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import Solution, Status
from saddlepoint.study.coupling.blocks import Block
from saddlepoint.study.coupling.coupling import Coupling, State
from saddlepoint.study.coupling.iterates import no_iterates
from saddlepoint.study.coupling.schemes import Memory

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Loop:
    """What stays the same from sweep to sweep. tables: those that the stopping test looks at."""

    blocks: tuple[Block, ...]
    settings: Coupling
    tables: tuple[str, ...]

    @property
    def curved(self) -> bool:
        """Whether some sub-problem has curved costs or cones, so that plans are known to the root of a gap only."""
        shapes = [b.program.structure for b in self.blocks]
        return any(s.is_quadratic or s.is_conic for s in shapes)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopState:
    """A loop under way, for S scenarios.

    state: the newest numbers; reached, begun: those after the last and the first sweep; active: scenarios under way;
    iterates: of each block its newest answers; bounds: of each block its batch for the active scenarios; notes: scenario →
    what fails; changes: a row (S, tables) per sweep after the first; ways: the same as the kernel saw them (S, sweeps,
    tables), NaN where it did not; memory: of the scheme; exact: a curved loop reached a point below its thresholds: from
    then on curved answers are made exact, for an interior point's plan of a flat optimum is known to the root of
    its tolerance only; sizes: of every cell the largest so far; movements: (S,) per sweep after the first
    (study.coupling.standing); certified: (S,) every sub-problem is optimal at the newest point, which may still move.
    """

    state: State
    reached: State
    begun: State
    active: Index
    status: NDArray[np.int8]
    iterates: tuple[Solution, ...]
    bounds: tuple[BoundProgram | None, ...]
    notes: Mapping[int, str]
    changes: tuple[Array, ...]
    ways: Array
    thresholds: Array
    iterations: Index
    signatures: tuple[Array, ...]
    memory: Memory
    exact: bool
    sizes: State
    movements: tuple[Array, ...]
    certified: Mask


def nothing_swept(loop: Loop, start: State) -> LoopState:
    """The record before the first sweep."""
    size, state = len(next(iter(start.values()))), dict(start)
    return LoopState(
        state=state,
        reached=state,
        begun={},
        active=np.arange(size),
        status=np.full(size, Status.NOT_CONVERGED, np.int8),
        iterates=tuple(no_iterates(b.program.structure, size) for b in loop.blocks),
        bounds=(None,) * len(loop.blocks),
        notes={},
        changes=(),
        ways=np.zeros((size, 0, 0)),
        thresholds=np.zeros((size, len(loop.tables))),
        iterations=np.zeros(size, np.int64),
        signatures=(),
        memory=(),
        exact=False,
        sizes={},
        movements=(),
        certified=np.zeros(size, np.bool_),
    )


def put_rows(values: NDArray[T], rows: Index, new: NDArray[T]) -> NDArray[T]:
    """The values with new ones in some rows."""
    out = values.copy()
    out[rows] = new
    return out


def leaving(now: LoopState, active: Index) -> LoopState:
    """Only these go on."""
    bounds = (None,) * len(now.bounds) if len(active) < len(now.active) else now.bounds
    return replace(now, active=active, bounds=bounds)


def recorded_changes(now: LoopState) -> Array:
    """(S, sweeps, tables): what the loop recorded, and where the kernel had the scenario what that did."""
    size, tables = now.thresholds.shape
    swept = np.stack(now.changes, axis=1) if now.changes else np.zeros((size, 0, tables))
    ways = now.ways
    if not ways.shape[1]:
        return swept
    out = np.full((size, max(swept.shape[1], ways.shape[1]), tables), np.nan)
    out[:, : ways.shape[1]] = ways
    own = np.isnan(ways).all(axis=(1, 2))
    out[own, : swept.shape[1]] = swept[own]
    used = ~np.isnan(out).all(axis=(0, 2))
    return out[:, : int(np.flatnonzero(used).max(initial=-1)) + 1]


def watched(blocks: Sequence[Block], settings: Coupling) -> tuple[str, ...]:
    """The tables that the stopping test looks at."""
    tables = [t for p in blocks for t in p.problem.decides]
    chosen = tables if settings.check is None else [t for t in tables if t in settings.check]
    return tuple(t for t in chosen if t not in settings.skip)
