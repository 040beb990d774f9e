"""Big-M: coefficients of yes-or-no variables that are larger than any plan needs, found and made as small as they may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram
from saddlepoint.compile.program import Program
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.infeasibility import column_block, place, row_block
from saddlepoint.solve.proof.integer_bound import IntegerProgram, tightened
from saddlepoint.solve.route.integers.row_reach import row_reach
from saddlepoint.solve.solution import Solution

MOST_SCENARIOS, MOST_NAMED = 100, 3
MOST_LINEAR = 20
"""Coefficients of one scenario whose rows are limited by linear problems, where bounds alone do not limit them enough."""
LARGE = 1e6
"""A coefficient so many times the largest of the continuous variables in its row is a big-M."""
ROOM = 1e-6
"""Relative room left above the tightest value, for rounding."""
WORTH = 0.5
"""A coefficient is replaced where its size falls below this part."""


@dataclass(frozen=True, slots=True)
class BigM:
    """One coefficient: its row and column, its size, and the least size that cuts off no plan at most as costly as
    the one at hand; NaN where no bound limits the row."""

    row: int
    column: int
    size: float
    least: float


def large_coefficients(batch: Batch, cutoff: float) -> list[BigM]:
    """The big-Ms of one scenario; cutoff: the cost of a plan at hand (without r), inf where there is none."""
    large, values = _large(batch), batch.A[0]
    if not len(large):
        return []
    new, _, _ = _least(batch, cutoff, large[:MOST_NAMED], linear=MOST_LINEAR, tightest=True)
    row, column = batch.structure.A.indices, batch.structure.A.columns()
    least = np.where(new != values, np.abs(new), np.nan)
    return [BigM(int(row[k]), int(column[k]), abs(float(values[k])), float(least[k])) for k in large.tolist()]


def big_m_notes(bound: BoundProgram, solution: Solution) -> Mapping[int, str]:
    """Scenario → the big-Ms by the user's names and the sizes that would do, for the first scenarios that have some."""
    program, said = bound.program, dict[int, str]()
    row_of = {int(i): k for k, i in enumerate(program.row_of) if i >= 0}
    for s in range(min(solution.size, MOST_SCENARIOS)):
        one = bound.batch.take(np.array([s]))
        cost = float(solution.objective[s] - one.r[0, 0])
        found = large_coefficients(one, cost + 1e-6 * abs(cost) if np.isfinite(cost) else np.inf)
        lines = [_named(program, row_of, big) for big in found[:MOST_NAMED]]
        if lines:
            before = f"{solution.messages[s]}; " if s in solution.messages else ""
            said[s] = before + "; ".join(lines)
    return said


def _named(program: Program, row_of: Mapping[int, int], big: BigM) -> str:
    k, where = row_of.get(big.row, -1), f"row {big.row}"
    block = row_block(program, k) if k >= 0 else None
    if block is not None:
        where = place(block.name, block.domain.coordinates(int(block.cells[k - block.start])))
    column = column_block(program, big.column)
    what = f"column {big.column}"
    if column is not None:
        what = place(column[0].table, column[0].domain.coordinates(column[1]))
    return f"{where} has the big-M {big.size:.3g} beside {what}, which hides what solvers may be off by; {_remedy(big.least)}"


def _remedy(least: float) -> str:
    if np.isnan(least):
        return "bound the row's other variables"
    return f"{least:.4g} would do, give that" if least > 0 else "the row holds without it, leave it out"


def strengthened(batch: Batch, cutoff: float, *, brief: bool = False) -> Batch:
    """One scenario with its big-Ms as small as they may be: every plan of at most that cost stays one.

    Coefficient tightening of a row that is slack at one value of the variable (Savelsbergh 1994), with the activity
    bounds that the cost allows. brief: by bounds alone, without linear problems.
    """
    large = _large(batch)
    if not len(large):
        return batch
    values, l, u = _least(batch, cutoff, large, linear=0 if brief else MOST_LINEAR)
    return replace(batch, A=values[None], l=l[None], u=u[None])


def _large(batch: Batch) -> Index:
    """The entries of yes-or-no variables that dwarf the continuous ones of their rows, one a row."""
    s, size = batch.structure, np.abs(batch.A[0])
    row, column = s.A.indices.astype(np.int64), s.A.columns()
    yes_no = s.integer & (batch.lb[0] >= 0) & (batch.ub[0] <= 1)
    other = np.zeros(s.m)
    np.maximum.at(other, row, np.where(s.integer[column], 0.0, size))
    large = np.flatnonzero(yes_no[column] & (other[row] > 0) & (size >= LARGE * other[row]))
    return large[np.unique(row[large], return_index=True)[1]]


def _suffices(rest: float, side: float, coefficient: float) -> bool:
    """Whether bounds alone replace a coefficient by one that is no big-M."""
    needed = rest - side if coefficient < 0 else coefficient - (side - rest)
    return needed < abs(coefficient) / LARGE


def _least(
    batch: Batch, cutoff: float, large: Index, *, linear: int, tightest: bool = False
) -> tuple[Array, Array, Array]:
    problem = IntegerProgram.of(batch)
    lb, ub = tightened(problem, problem.lb, problem.ub, cutoff)
    values, l, u = batch.A[0].copy(), batch.l[0].copy(), batch.u[0].copy()
    if (lb > ub).any():
        return values, l, u
    one_sided = np.isfinite(l) != np.isfinite(u)
    sign = np.where(np.isfinite(u), 1.0, -1.0)
    a = values * sign[problem.row]
    with np.errstate(invalid="ignore"):
        most = a * np.where(a > 0, ub[problem.column], lb[problem.column])
    for k in large.tolist():
        i, j = int(problem.row[k]), int(problem.column[k])
        if not one_sided[i] or problem.lb[j] != 0 or problem.ub[j] != 1:
            continue
        others = problem.row == i
        others[k] = False
        rest, side = float(most[others].sum()), float(u[i] if sign[i] > 0 else -l[i])
        if linear > 0 and (tightest or not _suffices(rest, side, a[k])):
            linear -= 1
            relaxed = 1.0 if a[k] < 0 else 0.0
            way = float(sign[i])
            reach = row_reach(problem, lb, ub, row=i, column=j, at=relaxed, sign=way, cutoff=cutoff)
            rest = min(rest, reach)
        if not np.isfinite(rest):
            continue
        rest += ROOM * max(abs(rest), abs(side))
        if a[k] < 0 and max(rest - side, 0.0) < WORTH * -a[k]:
            values[k] = -sign[i] * max(rest - side, 0.0)
        elif a[k] > 0 and rest < side and 0 < a[k] - (side - rest) < WORTH * a[k]:
            values[k] = sign[i] * (a[k] - (side - rest))
            l[i], u[i] = (l[i], rest) if sign[i] > 0 else (-rest, u[i])
    return values, l, u
