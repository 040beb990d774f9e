"""How far plan and prices stay affine in a parameter: the interval of an optimal partition, by two linear problems.

An optimum divides columns and rows into those inside their bounds and those at one of them, which may have a price. On an interval of the
parameter the division stays (Berkelaar, Roos & Terlaky 1997, sec. 3); its ends are the least and the largest parameter for which there are plan and prices so
divided, whether these are unique or not. What is mixed of the two ends is optimal between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from saddlepoint.algebra.products import symmetric_times, times, transposed_times
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.solve.solve import solve

AT = 1e-7
"""Beside the terms of a slack or a reduced cost: what counts as none."""
SMALL = 1e-3
"""Of the largest number of the scenario: the least that a slack or reduced cost is compared with."""


@dataclass(frozen=True, slots=True)
class AffineLaw:
    """Between low and high plan and prices are start + s · step. start, step: x (n,), y (m,), z (n,) after another."""

    low: float
    high: float
    start: tuple[Array, Array, Array]
    step: tuple[Array, Array, Array]

    def at(self, s: float) -> tuple[Array, Array, Array]:
        """Plan, prices of rows, reduced costs."""
        x, y, z = (a + s * b for a, b in zip(self.start, self.step, strict=True))
        return x, y, z

    def within(self, low: float, high: float) -> AffineLaw:
        """The same law on a part."""
        return AffineLaw(low, high, self.start, self.step)


@dataclass(frozen=True, slots=True)
class _Division:
    """Of the columns and then the rows, (n + m,): held: at which side they stand (−1 lower, 1 upper, 0 inside); priced: those that may have a
    price."""

    held: Array
    priced: Mask


def laws(first: Batch, last: Batch, s: float, answer: Solution, options: Options) -> Iterator[AffineLaw]:
    """Laws of the piece around place s, from the answer there; first, last: the scenario at 0 and at 1, between which q, l and u
    move. What stands at a bound without a price is taken as held, then as free."""
    for division in _divisions(first, last, s, answer):
        found = _interval(first, last, division, options)
        if found is not None:
            yield found


def _divisions(first: Batch, last: Batch, s: float, answer: Solution) -> Iterator[_Division]:
    structure = first.structure
    mixed = ((1 - s) * first.q + s * last.q)[0]
    x, y = answer.x[:1], answer.y[:1]
    value = np.hstack([x, times(structure.A, first.A, x)])[0]
    reduced = np.hstack([answer.z[0], answer.y[0]])
    size = np.hstack([np.abs(x), times(structure.A, np.abs(first.A), np.abs(x))])[0]
    size += SMALL * np.abs(x).max(initial=0.0) + 1e-12
    worth = np.abs(mixed) + transposed_times(structure.A, np.abs(first.A), np.abs(y))[0]
    worth = np.append(worth + symmetric_times(structure.P, np.abs(first.P), np.abs(x))[0], np.abs(y[0]))
    worth += SMALL * max(np.abs(mixed).max(initial=0.0), np.abs(y).max(initial=0.0)) + 1e-12
    low, high = _sides(first, last, s)
    with np.errstate(invalid="ignore"):
        slack = np.minimum(value - low, high - value) / size
        nearer = np.where(value - low <= high - value, -1, 1)
    price = np.abs(reduced) / worth
    fixed, at, priced = low == high, slack <= AT, price > AT
    held = fixed | (priced & (slack <= np.maximum(price, AT)))
    doubtful = at & ~held
    if answer.basic[0].any():
        basic = answer.basic[0] & ~fixed
        yield _Division(np.where(basic, 0, nearer), ~basic)
    yield _Division(np.where(held | doubtful, nearer, 0), held | doubtful)
    if doubtful.any():
        yield _Division(np.where(held, nearer, 0), held)
        yield _Division(np.where(held | doubtful, nearer, 0), held)


def _sides(first: Batch, last: Batch, s: float) -> tuple[Array, Array]:
    """Lower and upper sides of columns and rows at one place."""
    ends: list[Array] = []
    for names in (("lb", "l"), ("ub", "u")):
        a, b = (np.concatenate([getattr(batch, name)[0] for name in names]) for batch in (first, last))
        with np.errstate(invalid="ignore"):
            ends.append(np.where(a == b, a, (1 - s) * a + s * b))
    return ends[0], ends[1]


def _interval(first: Batch, last: Batch, division: _Division, options: Options) -> AffineLaw | None:
    """The law of a division, between the least and the largest s in [0, 1]; None where there is none."""
    n, m = first.structure.n, first.structure.m
    batch, rows, columns = _stretch(first, last, division)
    answer = solve(batch, options)
    if not answer.answered.all():
        return None
    ends: list[tuple[Array, Array, Array]] = []
    for k in range(2):
        found = answer.x[k]
        y, z = np.zeros(m), np.zeros(n)
        y[rows] = found[1 + n : 1 + n + len(rows)]
        z[columns] = found[1 + n + len(rows) :]
        ends.append((found[1 : 1 + n], y, z))
    low, high = (float(np.clip(answer.x[k, 0], 0.0, 1.0)) for k in range(2))
    if high - low <= 0:
        return None
    step = tuple((b - a) / (high - low) for a, b in zip(*ends, strict=True))
    start = tuple(a - low * d for a, d in zip(ends[0], step, strict=True))
    return AffineLaw(low, high, (start[0], start[1], start[2]), (step[0], step[1], step[2]))


def _stretch(first: Batch, last: Batch, division: _Division) -> tuple[Batch, Index, Index]:
    """The two linear problems over (s, x, prices of rows, reduced costs): the least s, and −s; and which rows and columns have prices."""
    from scipy.sparse import block_array, csc_array

    n, m = first.structure.n, first.structure.m
    a = _matrix(first.structure.A, first.A[0])
    p = _symmetric(first)
    rows, columns = np.flatnonzero(division.priced[n:]), np.flatnonzero(division.priced[:n])
    ones = csc_array((np.ones(len(columns)), (columns, np.arange(len(columns)))), shape=(n, len(columns)))
    moving = [_moving(getattr(first, k)[0], getattr(last, k)[0]) for k in ("q", "l", "u")]
    held, state = division.held[:n], division.held[n:]
    matrix: Any = block_array(
        [
            [csc_array(moving[0][1][:, None]), p, -a[rows].T, -ones],
            [csc_array(-moving[1][1][:, None]), a, csc_array((m, len(rows))), csc_array((m, len(columns)))],
            [csc_array(-moving[2][1][:, None]), a, csc_array((m, len(rows))), csc_array((m, len(columns)))],
        ],
        format="csc",
    )
    none = np.full(m, np.inf)
    low, high = moving[1][0], moving[2][0]
    l = np.concatenate([-moving[0][0], low, np.where(state == 1, high, -none)])
    u = np.concatenate([-moving[0][0], np.where(state == -1, low, none), high])
    lb, ub = first.lb[0].copy(), first.ub[0].copy()
    lb[held == 1], ub[held == -1] = ub[held == 1], lb[held == -1]
    fixed = np.append(first.lb[0] == first.ub[0], (first.l[0] == first.u[0]) & (last.l[0] == last.u[0]))
    priced = np.append(rows + n, columns)
    kind, free = division.held[priced], fixed[priced]
    price_low = np.where(free | (kind == 1), -np.inf, 0.0)
    price_high = np.where(free | (kind == -1), np.inf, 0.0)
    pattern, values = _pattern(matrix)
    cost = np.zeros((2, matrix.shape[1]))
    cost[:, 0] = (1.0, -1.0)
    batch = Batch.linear(
        pattern,
        values[None],
        size=2,
        q=cost,
        r=np.zeros((1, 1)),
        l=l[None],
        u=u[None],
        lb=np.concatenate([[0.0], lb, price_low])[None],
        ub=np.concatenate([[1.0], ub, price_high])[None],
    )
    return batch, rows, columns


def _moving(start: Array, end: Array) -> tuple[Array, Array]:
    """Numbers at 0, and how far they move until 1."""
    with np.errstate(invalid="ignore"):
        return start, np.where(start == end, 0.0, end - start)


def _matrix(pattern: Pattern, values: Array) -> Any:
    from scipy.sparse import csc_array, csr_array

    made = csc_array((values.copy(), pattern.indices.copy(), pattern.indptr.copy()), shape=pattern.shape)
    return csr_array(made)


def _symmetric(batch: Batch) -> Any:
    from scipy.sparse import csr_array, triu

    n = batch.structure.n
    if not batch.structure.P.nnz:
        return csr_array((n, n))
    upper = _matrix(batch.structure.P, batch.P[0])
    return csr_array(upper + triu(upper, 1).T)


def _pattern(matrix: Any) -> tuple[Pattern, Array]:
    made = matrix.tocsc()
    made.sum_duplicates()
    made.eliminate_zeros()
    made.sort_indices()
    return Pattern(made.shape, made.indptr.astype(np.int32), made.indices.astype(np.int32)), made.data
