"""Coupled sub-problems in one call: a linear block and explicit affine equalities, to the fixed point."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass
from saddlepoint.solve.kernels import cache, simplex
from saddlepoint.solve.kernels.answer import Basis, KernelAnswer
from saddlepoint.solve.kernels.form import contiguous, data, geometric_scales


class ChangeNorm(IntEnum):
    """How the change of a table between two sweeps is measured."""

    L1 = 0
    L2 = 1
    LINF = 2
    MAX_RELATIVE = 3


@dataclass(frozen=True, slots=True)
class ScenarioMatrix:
    """A sparse matrix whose numbers are shared or per scenario: pattern, and values (1|S, nnz) in its order."""

    pattern: Pattern
    values: Array

    @classmethod
    def zero(cls, rows: int, columns: int) -> ScenarioMatrix:
        return cls(Pattern.empty(rows, columns), np.zeros((1, 0)))

    @classmethod
    def dense(cls, matrix: Array) -> ScenarioMatrix:
        """From (rows, columns) or (S, rows, columns); what is zero in all scenarios is left out."""
        stack = matrix[None] if matrix.ndim == 2 else matrix
        columns, rows = np.nonzero((stack != 0).any(axis=0).T)
        return cls(Pattern.of(rows, columns, (stack.shape[1], stack.shape[2])), stack[:, rows, columns])


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What the two blocks tell each other: w = offset + given·x, and each array of the linear block + its part·w.

    offset: (1|S, e); given: (e, n); cost, column_lower, column_upper: (n, e); lower, upper: (m, e); None = the array
    does not depend on w. The constant parts stand in the Batch. group_x (n,), group_w (e,): the number of the table
    a value belongs to in the history, −1 = not watched.
    """

    offset: Array
    given: ScenarioMatrix
    group_x: Index
    group_w: Index
    cost: ScenarioMatrix | None = None
    lower: ScenarioMatrix | None = None
    upper: ScenarioMatrix | None = None
    column_lower: ScenarioMatrix | None = None
    column_upper: ScenarioMatrix | None = None

    @property
    def tables(self) -> int:
        return int(max(self.group_x.max(initial=-1), self.group_w.max(initial=-1))) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeping:
    """When a scenario counts as settled.

    sweeps: the limit; a table is calm when its change is ≤ absolute + relative × its norm after the first sweep
    (for MAX_RELATIVE: ≤ absolute + relative). A scenario is done when all tables are calm and the point repeats itself to
    `residual`, relative to its largest value; calm alone is never enough. damping: w ← (1 − damping) w + damping w_new.
    """

    sweeps: int = 20
    norm: ChangeNorm = ChangeNorm.L2
    absolute: float = 1e-3
    relative: float = 1e-2
    residual: float = 1e-9
    damping: float = 1.0


class FixedPoint(NamedTuple):
    """Fixed points of S scenarios.

    answer: of the linear block at the final w (outcome DONE, NOT_CONVERGED with the last point, CYCLE, or what stopped the
    block; objective without the coupling's own part); exchanged: w (S, e); changes: (S, sweeps − 1, tables), the
    change between sweeps k and k + 1, NaN after the last; first: (S, tables) norms after the first sweep; sweeps,
    period (0 = no cycle): (S,).
    """

    answer: KernelAnswer
    exchanged: Array
    changes: Array
    first: Array
    sweeps: Index
    period: Index

    @classmethod
    def blank(cls, batch: Batch, exchange: Exchange, sweeps: int) -> FixedPoint:
        """NaN everywhere, for the kernel to fill."""
        size = batch.size
        return cls(
            KernelAnswer.blank(size, batch.structure.n, batch.structure.m),
            np.full((size, exchange.offset.shape[1]), np.nan),
            np.full((size, max(sweeps - 1, 0), exchange.tables), np.nan),
            np.full((size, exchange.tables), np.nan),
            np.zeros(size, np.int64),
            np.zeros(size, np.int64),
        )


def unsupported_reason(batch: Batch) -> str | None:
    """Why this block is not for the fixed-point kernel; None when it is."""
    return simplex.unsupported_reason(batch)


def solve(
    batch: Batch,
    exchange: Exchange,
    sweeping: Sweeping | None = None,
    start: Array | None = None,
    basis: Basis | None = None,
) -> FixedPoint:
    """The fixed point of every scenario by block Gauss–Seidel, the linear block solved first in each sweep.

    start: w before the first sweep, (1|S, e); by default `exchange.offset` (w at x = 0). basis: where the first sweep
    starts; by default the pilot's at that w. Raises ImportError without numba, ValueError when the batch does not fit.
    Block Gauss–Seidel: Bertsekas & Tsitsiklis (1989), ch. 3; a fixed point here is a Nash point of the blocks and
    may depend on the start.
    """
    if (reason := unsupported_reason(batch)) is not None:
        raise ValueError(f"not for the fixed-point kernel: {reason}")
    rule = sweeping or Sweeping()
    n, m = batch.structure.n, batch.structure.m
    begin = exchange.offset if start is None else start
    if basis is None:
        basis = simplex.pilot(_at(batch, exchange, begin)) or Basis.slack(n, m)
    found = FixedPoint.blank(batch, exchange, rule.sweeps)
    answer = found.answer
    given = data(batch, geometric_scales(batch), basis.codes)
    cache.load("fixed_point").fixed_point(
        given, _coupling(exchange, n, m), _rule(exchange, rule, begin), found
    )
    cache.note("fixed_point")
    answer.objective[:] += batch.r[:, 0]
    return found


class Matrix(NamedTuple):
    """A sparse matrix by columns as compiled code takes it; values (1|S, nnz)."""

    start: Index
    row: Index
    values: Array


class ExchangeArrays(NamedTuple):
    """An `Exchange` as compiled code takes it: every part is there, empty where nothing depends on w."""

    offset: Array
    given: Matrix
    cost: Matrix
    lower: Matrix
    upper: Matrix
    column_lower: Matrix
    column_upper: Matrix


class SweepRule(NamedTuple):
    """Where the sweeps start and when they end: a `Sweeping`, the first w (1|S, e) and the groups of watched values."""

    start: Array
    group_x: Index
    group_w: Index
    norm: int
    absolute: float
    relative: float
    residual: float
    damping: float
    sweeps: int


def _coupling(exchange: Exchange, n: int, m: int) -> ExchangeArrays:
    e = exchange.offset.shape[1]
    parts = [linear or ScenarioMatrix.zero(rows, e) for linear, rows in _couplings(exchange, n, m)]
    return ExchangeArrays(contiguous(exchange.offset), _matrix(exchange.given), *(_matrix(p) for p in parts))


def _rule(exchange: Exchange, sweeping: Sweeping, begin: Array) -> SweepRule:
    groups = exchange.group_x.astype(np.int64), exchange.group_w.astype(np.int64)
    limits = float(sweeping.absolute), float(sweeping.relative), float(sweeping.residual)
    return SweepRule(
        contiguous(begin), *groups, int(sweeping.norm), *limits, float(sweeping.damping), sweeping.sweeps
    )


def _couplings(exchange: Exchange, n: int, m: int) -> tuple[tuple[ScenarioMatrix | None, int], ...]:
    return (
        (exchange.cost, n),
        (exchange.lower, m),
        (exchange.upper, m),
        (exchange.column_lower, n),
        (exchange.column_upper, n),
    )


def _matrix(linear: ScenarioMatrix) -> Matrix:
    pattern = linear.pattern
    return Matrix(
        pattern.indptr.astype(np.int64), pattern.indices.astype(np.int64), contiguous(linear.values)
    )


def _at(batch: Batch, exchange: Exchange, w: Array) -> Batch:
    """The linear block with w put in."""
    n, m = batch.structure.n, batch.structure.m
    arrays = (batch.q, batch.l, batch.u, batch.lb, batch.ub)
    q, l, u, lb, ub = (
        array if linear is None else array + _times(linear, w)
        for array, (linear, _) in zip(arrays, _couplings(exchange, n, m), strict=True)
    )
    return Batch(
        structure=batch.structure,
        size=batch.size,
        P=batch.P,
        q=q,
        r=batch.r,
        A=batch.A,
        l=l,
        u=u,
        lb=lb,
        ub=ub,
        F=batch.F,
        g=batch.g,
    )


def _times(linear: ScenarioMatrix, w: Array) -> Array:
    """M w for all scenarios, (1|S, rows)."""
    terms = linear.values * w[:, linear.pattern.columns()]
    by_row = np.zeros((linear.pattern.shape[0], terms.shape[0]))
    np.add.at(by_row, linear.pattern.indices, terms.T)
    return by_row.T
