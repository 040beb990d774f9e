"""A bound program whose data move along a line: what moves of it, and as a problem whose moving bounds are rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.arrays import Array, Index
from saddlepoint.compile.bind import BoundProgram, bounds_without
from saddlepoint.records import dataclass
from saddlepoint.solve.diagnosis.parametric import MovingBatch
from saddlepoint.solve.label import row_multipliers
from saddlepoint.solve.solution import Solution

ROUNDING = 1e-11
"""Beside the largest numbers of an array: how far from a line its numbers may be."""


@dataclass(frozen=True, slots=True)
class Movement:
    """What of a program moves along a line: sides and costs affinely (sides, costs: (·,) by how much per unit of the parameter), the constant too if
    straight. None of the rest moves."""

    sides: Array
    costs: Array
    constant: float
    straight: bool

    @property
    def is_piecewise_linear(self) -> bool:
        """Whether the minimum of a linear problem is piecewise linear over it."""
        return self.straight and not (self.sides.any() and self.costs.any())


def movement(bound: BoundProgram, at: Array) -> Movement | None:
    """What moves in the scenarios of a bound program, which are places `at` (K,) of a line; None where something moves that is neither costs nor
    sides, or not affinely. K ≥ 5."""
    batch = bound.batch
    if any(not _constant(getattr(batch, name)) for name in ("A", "P", "F", "g")):
        return None
    if bound.absent is not None and (bound.absent != bound.absent[:1]).any():
        return None
    if not (_affine(batch.q, at) and _affine(bound.rhs, at)):
        return None
    moved = _rate(bound.rhs, at) != 0
    if any(not _constant(side) for side in bounds_without(bound, moved & (bound.program.row_of < 0))):
        return None
    straight = _affine(batch.r, at)
    if not straight and not _quadratic(batch.r[:, 0], at):
        return None
    return Movement(_rate(bound.rhs, at), _rate(batch.q, at), float(_rate(batch.r, at)[0]), straight)


def _constant(numbers: Array) -> bool:
    return len(numbers) == 1 or bool((numbers == numbers[:1]).all())


def _rate(numbers: Array, at: Array) -> Array:
    """How fast each number moves, between the first place and the last."""
    first, last = numbers[0], numbers[-1]
    with np.errstate(invalid="ignore"):
        return np.where(first == last, 0.0, (last - first) / (at[-1] - at[0]))


def _affine(numbers: Array, at: Array) -> bool:
    if _constant(numbers):
        return True
    moving = numbers[:, (numbers != numbers[:1]).any(axis=0)]
    if not np.isfinite(moving).all():
        return False
    size = np.abs(numbers[np.isfinite(numbers)]).max(initial=0.0)
    share = ((at - at[0]) / (at[-1] - at[0]))[:, None]
    line = moving[:1] + share * (moving[-1:] - moving[:1])
    return bool((np.abs(moving - line) <= ROUNDING * size).all())


def _quadratic(numbers: Array, at: Array) -> bool:
    share = (at - at[0]) / (at[-1] - at[0])
    found = np.polynomial.polynomial.polyfit(share, numbers, 2)
    off = np.abs(np.polynomial.polynomial.polyval(share, found) - numbers)
    return bool((off <= ROUNDING * np.abs(numbers).max(initial=0.0)).all())


@dataclass(frozen=True, slots=True)
class Unfolded:
    """A bound program at both ends of a line as a MovingBatch, its single rows that move among the rows: `rows` (k,), the user's, the last k."""

    moving: MovingBatch
    rows: Index


def unfolded_problem(first: BoundProgram, middle: BoundProgram, last: BoundProgram) -> Unfolded:
    """first, middle, last: one scenario at the ends and in the middle of the line."""
    moved = (first.rhs != last.rhs)[0] & (first.program.row_of < 0)
    rows = np.flatnonzero(moved)
    ends = [with_rows(bound, rows) for bound in (first, last)]
    r = tuple(float(bound.batch.r[0, 0]) for bound in (first, middle, last))
    return Unfolded(MovingBatch(ends[0], ends[1], (r[0], r[1], r[2])), rows)


def with_rows(bound: BoundProgram, rows: Index) -> Batch:
    """The scenario with some of the single rows as rows of A, and no longer as bounds."""
    from scipy.sparse import csc_array, vstack

    program, batch, s = bound.program, bound.batch.take(np.zeros(1, np.int64)), bound.batch.structure
    mask = np.zeros(len(program.row_of), np.bool_)
    mask[rows] = True
    lower, upper = bounds_without(bound, mask)
    own = csc_array(
        (program.scale[rows], (np.arange(len(rows)), program.col_of[rows])), shape=(len(rows), s.n)
    )
    pattern = s.A
    numbered: Any = csc_array(
        (np.arange(pattern.nnz, dtype=np.float64), pattern.indices, pattern.indptr), shape=pattern.shape
    )
    after: Any = csc_array(
        (np.arange(own.nnz) + float(pattern.nnz), own.indices, own.indptr), shape=own.shape
    )
    made: Any = vstack([numbered, after], format="csc")
    made.sort_indices()
    values = np.append(batch.A[0], own.data)[made.data.astype(np.int64)]
    gone = np.zeros(len(rows), np.bool_) if bound.absent is None else bound.absent[0, rows]
    rhs = bound.rhs[0, rows]
    low = np.where(program.has_lower[rows] & ~gone, rhs, -np.inf)
    high = np.where(program.has_upper[rows] & ~gone, rhs, np.inf)
    a = Pattern(made.shape, made.indptr.astype(np.int32), made.indices.astype(np.int32))
    structure = Structure(P=s.P, A=a, F=s.F, cones=s.cones, integer=s.integer)
    sides = {"l": np.append(batch.l[0], low)[None], "u": np.append(batch.u[0], high)[None]}
    return replace(batch, structure=structure, A=values[None], lb=lower, ub=upper, **sides)


def all_multipliers(
    bound: BoundProgram, unfold: Unfolded, x: Array, y: Array, z: Array
) -> tuple[Array, Array]:
    """Of a point of an unfolded problem: multipliers of all rows (R,), and what remains on implicit bounds (n,)."""
    program = bound.program
    m = program.structure.m
    mask = np.zeros(len(program.row_of), np.bool_)
    mask[unfold.rows] = True
    lower, upper = bounds_without(bound, mask)
    solution = replace(Solution.blank(program.structure, 1), x=x[None], y=y[None, :m], z=z[None])
    out, left = row_multipliers(replace(bound, batch=replace(bound.batch, lb=lower, ub=upper)), solution)
    out[0, unfold.rows] = y[m:]
    return out[0], left[0]
