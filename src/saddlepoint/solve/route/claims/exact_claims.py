"""Plans whose terms may hide that there is none, and what floats cannot decide of a small linear problem, decided in rational arithmetic."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch, Pattern, Structure
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.proof import compensated
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.farkas import Proof
from saddlepoint.solve.proof.problem_size import MEDIUM, SMALL, is_small
from saddlepoint.solve.route.units.scaling import scale
from saddlepoint.solve.route.units.walls import FAR, has_walls
from saddlepoint.solve.solution import Solution, Status

if TYPE_CHECKING:
    from saddlepoint.solve.proof.exact import Endless, ExactOptimum

WORDS = 2e7
"""Words of numbers that an answer or a claim in rational arithmetic may work on, some ten seconds."""
PASSED_ON = 3
"""Times that sizes are passed on from row to row."""
MEANT = 2.0**-49
"""Part of the terms of a proof that the rounding of the data themselves may be worth."""


def rounding_of(batch: Batch) -> float:
    """A plan that breaks no row or bound by more than this part of it is feasible beyond doubt.

    Never less than no proof could speak against, nor than sums of as many floats as a row has are off by.
    """
    s = batch.structure
    longest = int(np.bincount(s.A.indices, minlength=1).max())
    return max(MEANT, min(s.m + s.n, longest + 4) * 2.0**-51)


def strained(batch: Batch, x: Array, part: float) -> Mask:
    """(S,) whether a plan x (S, n) breaks a row by more than `part` of its side.

    Its terms may be so large that they excuse that, and hide that there is no plan. A row with a side of 0 is measured by the least that the sides
    of rows and columns, passed on by what they share, speak of in it; the same in all units.
    """
    s = batch.structure
    activity = times(s.A, batch.A, x)
    miss = np.maximum(0.0, np.maximum(batch.l - activity, activity - batch.u))
    side = np.abs(np.where(activity < batch.l, batch.l, batch.u))
    out = np.zeros(len(x), np.bool_)
    where = np.flatnonzero((miss > part * side).any(axis=1))
    if len(where):
        few = batch.take(where)
        known = np.where(side[where] > 0, side[where], _spoken_of(few))
        out[where] = (miss[where] > part * known).any(axis=1)
    return out


def _spoken_of(batch: Batch) -> Array:
    """The least size that sides speak of in every row, (S, m); inf where none does."""
    s = batch.structure
    everyone = np.arange(batch.size)[:, None]
    rows, columns, entries = s.A.indices, s.A.columns(), np.abs(batch.A)
    row = _least_size(batch.l, batch.u, (batch.size, s.m))
    column = _least_size(batch.lb, batch.ub, (batch.size, s.n))
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(PASSED_ON):
            np.minimum.at(column, (everyone, columns), np.where(entries > 0, row[:, rows] / entries, np.inf))
            passed = np.full_like(row, np.inf)
            np.minimum.at(
                passed, (everyone, rows), np.where(entries > 0, column[:, columns] * entries, np.inf)
            )
            row = np.where(np.isfinite(row), row, passed)
    return row


def _least_size(low: Array, high: Array, shape: tuple[int, int]) -> Array:
    sizes = [np.where(np.isfinite(v) & (v != 0), np.abs(v), np.inf) for v in (low, high)]
    return np.broadcast_to(np.minimum(*sizes), shape).copy()


def hidden_violation(batch: Batch, x: Array) -> float:
    """How far the plan x (n,) of one scenario breaks a row whose terms are a million times its sides and all others', relative
    to these: what such terms hide of a side of ordinary size; 0 where there is no such row."""
    s = batch.structure
    terms = np.abs(batch.A[0] * x[s.A.columns()])
    largest = np.zeros(s.m)
    np.maximum.at(largest, s.A.indices, terms)
    low, high = (np.where(np.isfinite(v), np.abs(v), 0.0) for v in (batch.l[0], batch.u[0]))
    side = np.maximum(low, high)
    side = np.where(side > 0, side, np.min(side, initial=np.inf, where=side > 0))
    activity, rest = compensated.compensated_times(s.A, batch.A[0], x)
    value = activity + rest
    miss = np.maximum(0.0, np.maximum(batch.l[0] - value, value - batch.u[0]))
    hidden = (largest > FAR * side) & (miss > rounding_of(batch) * largest)
    return float(np.max(miss / np.where(hidden, side, 1.0), initial=0.0, where=hidden))


def exactly_infeasible(batch: Batch, part: float = MEANT) -> Proof | None:
    """The proof in rational arithmetic that a small batch of one scenario has no plan (a batch of medium size where bounds are
    meant as none); None where it has, or is larger.

    The least total violation of the rows is found exactly; its multipliers are a Farkas vector where it is more than
    `part` of its terms, at least the rounding of the data. Costs do not matter.
    """
    s = batch.structure
    if s.is_conic or s.is_integer or s.m == 0 or s.m + s.n > (SMALL if not has_walls(batch) else MEDIUM):
        return None
    units = scale(batch)
    inner = units.apply(batch)
    with bounded(words=WORDS):
        found = _optimum(elastic(inner))
    if found is None or found.objective <= 0:
        return None
    m, n = batch.structure.m, batch.structure.n
    y, z = np.array(found.y), np.array(found.z[:n])
    terms = _terms(y, inner.l[0], inner.u[0]) + _terms(z, inner.lb[0], inner.ub[0])
    if not float(found.objective) > max(part, MEANT) * terms:
        return None
    value = float(found.objective)
    unit = float(units.objective[0, 0])
    y, z = y * units.row[0] * unit / value, z / (units.column[0] * value)
    return Proof(True, 0.0, 0.0, y=y[:m], z=z, w=np.zeros(batch.structure.F.shape[0]))


def exact_answer(batch: Batch, near: Solution) -> Solution | None:
    """The optimum of a small batch of one scenario in rational arithmetic, as floats, or, of a linear one, that costs fall without end, and the ray; None where there is neither,
    or no proof.

    near: the best answer in floats, whose active set a quadratic problem starts from.
    """
    from saddlepoint.solve.proof.exact import Endless

    with bounded(words=WORDS):
        found = _quadratic_optimum(batch, near) if batch.structure.is_quadratic else _outcome(batch)
    if found is None:
        return None
    if isinstance(found, Endless):
        out = Solution.blank(batch.structure, 1, Status.UNBOUNDED)
        out.x[0] = found.ray
        return out
    out = Solution.blank(batch.structure, 1, Status.OPTIMAL)
    out.x[0], out.y[0], out.z[0] = found.x, found.y, found.z
    return out


def exact_ray(batch: Batch) -> Array | None:
    """A direction (n,) along which costs of a small linear batch of one scenario fall without end, from a plan, found in rational arithmetic; None
    where there is none, or no proof."""
    from fractions import Fraction

    from saddlepoint.solve.adapters.highs_basis import optimal_basis
    from saddlepoint.solve.proof.exact import Endless, NotProven, exact_program, prove_optimum

    if not is_small(batch) or batch.structure.is_quadratic:
        return None
    calm = replace(batch, q=np.zeros_like(batch.q))
    program = exact_program(batch, number=Fraction)
    with bounded(words=WORDS):
        for places in (optimal_basis(scale(calm).apply(calm)), _slacks(batch)):
            try:
                if places is not None:
                    prove_optimum(program, places.tolist())
                    return None
            except Endless as found:
                return np.array(found.ray)
            except NotProven:
                continue
    return None


def _quadratic_optimum(batch: Batch, near: Solution) -> ExactOptimum | None:
    from fractions import Fraction

    from saddlepoint.solve.proof.exact_quadratic import exact_quadratic
    from saddlepoint.solve.route.polishing.exactly import optimum_near

    known = replace(near, **{k: np.nan_to_num(getattr(near, k), posinf=0.0, neginf=0.0) for k in "xyz"})
    try:
        return optimum_near(exact_quadratic(batch, number=Fraction), batch, known)
    except ArithmeticError:
        return None


def elastic(batch: Batch) -> Batch:
    """The problem of the least total violation of the rows of one scenario, whatever the costs."""
    s, m, n = batch.structure, batch.structure.m, batch.structure.n
    eye = np.arange(m, dtype=np.int32)
    indptr = np.concatenate((s.A.indptr, s.A.nnz + 1 + np.arange(2 * m))).astype(np.int32)
    columns = n + 2 * m
    a = Pattern((m, columns), indptr, np.concatenate((s.A.indices, eye, eye)).astype(np.int32))
    structure = Structure(
        P=Pattern.empty(columns, columns),
        A=a,
        F=Pattern.empty(0, columns),
        cones=(),
        integer=np.zeros(columns, np.bool_),
    )
    ones, none = np.ones((1, m)), np.zeros((1, 0))
    return Batch(
        structure=structure,
        size=1,
        P=none,
        q=np.concatenate((np.zeros((1, n)), ones, ones), axis=1),
        r=np.zeros((1, 1)),
        A=np.concatenate((batch.A, ones, -ones), axis=1),
        l=batch.l,
        u=batch.u,
        lb=np.concatenate((batch.lb, np.zeros((1, 2 * m))), axis=1),
        ub=np.concatenate((batch.ub, np.full((1, 2 * m), np.inf)), axis=1),
        F=none,
        g=none,
    )


def _optimum(batch: Batch) -> ExactOptimum | None:
    """The exact optimum of a problem whose costs have an end."""
    from saddlepoint.solve.proof.exact import Endless

    found = _outcome(batch)
    return None if isinstance(found, Endless) else found


def _outcome(batch: Batch) -> ExactOptimum | Endless | None:
    """The exact optimum, or the ray, from the first basis that leads to either: of the scaled problem, of the problem, all slacks."""
    from fractions import Fraction

    from saddlepoint.solve.adapters.highs_basis import optimal_basis
    from saddlepoint.solve.proof.exact import Endless, NotProven, exact_program, prove_optimum

    program = exact_program(batch, number=Fraction)
    for start in (
        lambda: optimal_basis(scale(batch).apply(batch)),
        lambda: optimal_basis(batch),
        lambda: _slacks(batch),
    ):
        places = start()
        if places is None:
            continue
        try:
            return prove_optimum(program, places.tolist())
        except Endless as endless:
            return endless
        except NotProven:
            continue
    return None


def _slacks(batch: Batch) -> Index:
    from saddlepoint.solve.proof.exact import BasisStatus

    n, m = batch.structure.n, batch.structure.m
    return np.concatenate((np.full(n, BasisStatus.LOWER), np.full(m, BasisStatus.BASIC)))


def _terms(y: Array, low: Array, high: Array) -> float:
    side = np.where(y > 0, low, high)
    return float(np.abs(y * np.where((y != 0) & np.isfinite(side), side, 0.0)).sum())
