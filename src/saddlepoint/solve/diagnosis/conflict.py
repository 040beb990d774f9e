"""An irreducible infeasible set of one scenario: sides that exclude each other, of which none can be missed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.exact_conflict import exact_support
from saddlepoint.solve.diagnosis.extreme_ray import extreme_ray
from saddlepoint.solve.proof.farkas import farkas
from saddlepoint.solve.proof.irreducible import Support, alone, irreducible
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve

PATIENCE = 60.0
"""Seconds that deletion may take in all, where nobody says otherwise."""
LIKELY = 1e-7
"""Weights of a Farkas vector below this part of its largest do not say that a row is needed."""


MANY_COLUMNS = 20_000
"""With more columns no solver is asked about a set that algebra has shown, if its sum is not what cancellation leaves."""
CANCELS = 1e-6
"""Of the terms of a Farkas sum: a result below this part of them may be what rounding has left."""
FEW_ROWS = 100
"""Linear sets that algebra leaves open are searched by deletion up to so many rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IrreducibleSet:
    """Sides of one scenario that exclude each other.

    y: (m,) of the rows, z: (n,) of the column bounds: > 0 the lower side, < 0 the upper side belongs to the set, 0 neither; of a
    linear problem they are a Farkas vector. crossed: columns whose own bounds exclude each other. proven: whether it is shown
    that the set is infeasible and that without any one of its members it is not. by: how: "algebra" (the gradients have one dependency, in floats or in
    rational arithmetic) or "deletion" (it was solved without each). whole: whether integrality is needed for the contradiction; cones: whether curved
    parts are.
    """

    y: Array
    z: Array
    crossed: Index
    proven: bool
    by: Literal["algebra", "deletion"]
    whole: bool = False
    cones: bool = False

    @property
    def size(self) -> int:
        """The number of sides."""
        return int(np.count_nonzero(self.y) + np.count_nonzero(self.z) + 2 * len(self.crossed))


def irreducible_set(
    batch: Batch,
    solution: Solution | None = None,
    options: Options | None = None,
    removable: tuple[Mask, Mask] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> IrreducibleSet | None:
    """An irreducible infeasible set of one infeasible scenario; None where no plan is not certain.

    solution: its answer, with a Farkas vector where it has one; removable: masks of rows (m,) and column bounds (n,) that may be left
    out where cones or integers ask for deletion (None = all rows and no bounds). Linear problems: from an extreme ray
    (Gleeson & Ryan 1990), checked by algebra; others: by deletion in halves (Junker 2004), each subset solved and certified.
    """
    options = options or Options()
    crossed = np.flatnonzero(batch.lb[0] > batch.ub[0])
    none = np.zeros(batch.structure.n)
    if len(crossed):
        return IrreducibleSet(
            y=np.zeros(batch.structure.m), z=none, crossed=crossed[:1], proven=True, by="algebra"
        )
    relaxed = _continuous(batch)
    if not batch.structure.is_conic:
        found = _linear(relaxed, solution, options)
        if found is not None and found.proven:
            return found
        if found is not None and np.count_nonzero(found.y) > FEW_ROWS:
            return found
        if found is not None:
            every = np.ones(batch.structure.m, dtype=bool), np.ones(batch.structure.n, dtype=bool)
            slower = _deleted(relaxed, solution, options, every, clock)
            return found if slower is None else slower
    return _deleted(batch, solution, options, removable, clock)


def _continuous(batch: Batch) -> Batch:
    """The problem without integrality and without objective."""
    s = batch.structure
    plain = replace(s, integer=np.zeros(s.n, dtype=bool)) if s.is_integer else s
    return aimless(replace(batch, structure=plain))


def aimless(batch: Batch) -> Batch:
    """The problem of finding any plan: without objective."""
    s = batch.structure
    empty = Structure(P=type(s.P).empty(s.n, s.n), A=s.A, F=s.F, cones=s.cones, integer=s.integer)
    none = np.zeros((1, 0))
    return replace(batch, structure=empty, P=none, q=np.zeros((1, s.n)), r=np.zeros((1, 1)))


def _linear(batch: Batch, solution: Solution | None, options: Options) -> IrreducibleSet | None:
    """From a Farkas vector of the linear problem, the solution's or a new one; None where there is none."""
    known = solution.y[0] if solution is not None and solution.status[0] == Status.INFEASIBLE else None
    if known is not None and not (np.isfinite(known).all() and known.any()):
        known = None
    best: Support | None = None
    for found in _supports(batch, known, options):
        if found.proven and not _stands(batch, found, options):
            found = replace(found, proven=False)
        held = farkas(batch, found.y, np.zeros(0)).holds
        if (held or found.proven) and (best is None or found.proven):
            best = found
        if best is not None and best.proven:
            break
    if best is not None and not best.proven:
        best = exact_support(batch, options.time_limit) or best
    if best is None:
        return None
    return IrreducibleSet(y=best.y, z=best.z, crossed=np.zeros(0, np.int64), proven=best.proven, by="algebra")


def _supports(batch: Batch, known: Array | None, options: Options) -> Iterator[Support]:
    """From a Farkas vector that is known, a vertex of all of them, and that of solving without objective; each made as it is asked for."""
    few = known is not None and np.count_nonzero(known) <= FEW_ROWS
    if known is not None and few:
        yield from _support_of(batch, known)
    vertex = extreme_ray(batch, options)
    if vertex is not None:
        yield vertex
    if known is not None and not few:
        yield from _support_of(batch, known)
    answer = solve(batch, Options(time_limit=options.time_limit, stop=options.stop))
    if answer.status[0] == Status.INFEASIBLE:
        yield from _support_of(batch, answer.y[0])


def _support_of(batch: Batch, y: Array) -> Iterator[Support]:
    """That of row multipliers, if they are a Farkas vector."""
    proof = farkas(batch, y, np.zeros(0))
    if proof.holds and proof.y is not None and proof.z is not None:
        yield irreducible(batch, proof.y, proof.z)


def _stands(batch: Batch, found: Support, options: Options) -> bool:
    """Whether a solver agrees that the set alone has no plan: where terms cancel, one far away may do."""
    if batch.structure.n > MANY_COLUMNS and not _cancels(batch, found):
        return True
    answer = solve(alone(batch, found.y, found.z), Options(time_limit=options.time_limit, stop=options.stop))
    return answer.status[0] == Status.INFEASIBLE


def _cancels(batch: Batch, found: Support) -> bool:
    """Whether the contradiction of a Farkas vector is small beside the terms of which it is the sum."""
    terms = np.concatenate(
        [
            _terms(found.y, batch.l[0], batch.u[0]),
            _terms(found.z, batch.lb[0], batch.ub[0]),
        ]
    )
    return bool(terms.sum() <= CANCELS * np.abs(terms).sum())


def _terms(weights: Array, low: Array, high: Array) -> Array:
    """Weights times the sides that they stand for."""
    side = np.where(weights > 0, low, np.where(weights < 0, high, 0.0))
    return weights * side


def _deleted(
    batch: Batch,
    solution: Solution | None,
    options: Options,
    removable: tuple[Mask, Mask] | None,
    clock: Callable[[], float],
) -> IrreducibleSet | None:
    """By solving without parts of the rows (QuickXplain), until none can be missed or the time is over."""
    s = batch.structure
    rows, bounds = removable or (np.ones(s.m, dtype=bool), np.zeros(s.n, dtype=bool))
    rows = rows & (np.isfinite(batch.l[0]) | np.isfinite(batch.u[0]))
    bounds = bounds & (np.isfinite(batch.lb[0]) | np.isfinite(batch.ub[0]))
    every = np.concatenate([np.flatnonzero(rows), s.m + np.flatnonzero(bounds)])
    search = _Search(
        batch=aimless(batch),
        every=every,
        options=options,
        clock=clock,
        until=clock() + (options.time_limit or PATIENCE),
    )
    start = _likely(solution, every, s.m)
    if start is None or search.feasible(start) is not False:
        start = every
        if search.feasible(every) is not False:
            return None
    needed = search.needed(start)
    y, z = np.zeros(s.m), np.zeros(s.n)
    for k in needed:
        sides = (batch.l, batch.u, y, k) if k < s.m else (batch.lb, batch.ub, z, k - s.m)
        low, _, out, at = sides
        out[at] = 1.0 if np.isfinite(low[0][at]) else -1.0
    return IrreducibleSet(
        y=y,
        z=z,
        crossed=np.zeros(0, np.int64),
        proven=not (search.late or search.open),
        by="deletion",
        whole=s.is_integer,
        cones=s.is_conic,
    )


def _likely(solution: Solution | None, every: Index, m: int) -> Index | None:
    """The members with weight in the solution's Farkas vector."""
    if solution is None or solution.status[0] != Status.INFEASIBLE or not np.isfinite(solution.y[0]).all():
        return None
    weights = np.concatenate([np.abs(solution.y[0]), np.abs(solution.z[0])])
    if not weights.any():
        return None
    return every[weights[every] > LIKELY * weights.max()]


@dataclass(slots=True, kw_only=True)
class _Search:
    """Subsets of the removable sides, solved one by one. late: whether the time did not suffice; open: whether some subset was
    neither solved nor shown to be infeasible."""

    batch: Batch
    every: Index
    options: Options
    clock: Callable[[], float]
    until: float
    late: bool = False
    open: bool = False

    def feasible(self, kept: Index) -> bool | None:
        """Whether the kept sides, with all that cannot be removed, leave a plan; None = not certain."""
        left = self.until - self.clock()
        if left <= 0 or (self.options.stop is not None and self.options.stop()):
            self.late = True
            return None
        asked = Options(time_limit=left, stop=self.options.stop)
        status = solve(self._only(kept), asked).status[0]
        self.open |= status not in (Status.OPTIMAL, Status.FEASIBLE, Status.INFEASIBLE)
        if status in (Status.OPTIMAL, Status.FEASIBLE):
            return True
        return False if status == Status.INFEASIBLE else None

    def _only(self, kept: Index) -> Batch:
        b, m = self.batch, self.batch.structure.m
        gone = np.ones(m + b.structure.n, dtype=bool)
        gone[kept] = False
        fixed = np.ones_like(gone)
        fixed[self.every] = False
        gone &= ~fixed
        rows, columns = gone[:m], gone[m:]
        return replace(
            b,
            l=np.where(rows, -np.inf, b.l[:1]),
            u=np.where(rows, np.inf, b.u[:1]),
            lb=np.where(columns, -np.inf, b.lb[:1]),
            ub=np.where(columns, np.inf, b.ub[:1]),
        )

    def needed(self, suspects: Index) -> Sequence[int]:
        """A minimal infeasible part of the suspects, which are infeasible together."""
        nothing = np.zeros(0, np.int64)
        return self._explain(nothing, nothing, suspects).tolist()

    def _explain(self, known: Index, added: Index, suspects: Index) -> Index:
        if len(added) and self.feasible(known) is False:
            return known[:0]
        if len(suspects) <= 1 or self.late:
            return suspects
        half = len(suspects) // 2
        first, second = suspects[:half], suspects[half:]
        of_second = self._explain(np.concatenate([known, first]), first, second)
        of_first = self._explain(np.concatenate([known, of_second]), of_second, first)
        return np.concatenate([of_first, of_second])
