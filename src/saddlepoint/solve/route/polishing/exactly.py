"""The way to an exact optimum: a float basis first, then rational arithmetic from it."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.errors import SolveError
from saddlepoint.solve.adapters.highs_basis import optimal_basis
from saddlepoint.solve.proof.exact import (
    BasisStatus,
    ExactOptimum,
    ExactProgram,
    NotProven,
    exact_program,
    prove_optimum,
)
from saddlepoint.solve.proof.exact_quadratic import ExactQuadratic, exact_quadratic, prove_quadratic
from saddlepoint.solve.proof.semidefinite import semidefinite
from saddlepoint.solve.route.inspection.validate import ranges
from saddlepoint.solve.route.polishing.polish import active_sides
from saddlepoint.solve.route.units.scaling import scale
from saddlepoint.solve.solution import Solution


def check_exact(batch: Batch) -> None:
    """SolveError L120 where exact arithmetic is asked for what is neither linear nor quadratic."""
    s = batch.structure
    if s.is_integer or s.is_conic:
        what = "whole numbers" if s.is_integer else "cones"
        fix = "Leave `exact=True` out: the answer is certified in floating point all the same."
        message = f"exact arithmetic is for linear and quadratic problems; this one has {what}"
        raise SolveError.of("L120", message, fix=fix)


def exact_optimum(
    batch: Batch, time_limit: float | None = None, near: Solution | None = None
) -> ExactOptimum:
    """The proven optimum of a batch of one scenario; NotProven says why there is none.

    near: an answer in floats, whose active set a quadratic problem starts from.
    """
    if batch.structure.is_quadratic:
        return _quadratic_optimum(batch, near)
    part = scale(batch).apply(batch) if ranges(batch).needs_scaling else batch
    places = optimal_basis(part, 0, time_limit)
    if places is None:
        raise NotProven("HiGHS' simplex gave no optimal basis to start from")
    return prove_optimum(exact_program(batch), places.tolist())


def _quadratic_optimum(batch: Batch, near: Solution | None) -> ExactOptimum:
    if near is None or not np.isfinite(near.x).all():
        raise NotProven("there is no plan in floats to start from")
    program = exact_quadratic(batch)
    convex = semidefinite(program.curvature)
    if convex is None:
        raise NotProven("the quadratic costs are too many to tell exactly whether they are convex")
    if not convex:
        raise NotProven("the quadratic costs as they are written are convex up to rounding only")
    return optimum_near(program, batch, near)


def optimum_near(program: ExactQuadratic, batch: Batch, near: Solution) -> ExactOptimum:
    """The exact optimum from the active set of an answer in floats."""
    rows, columns = active_sides(batch, near.x[0], near.y[0], near.z[0])
    side = np.concatenate((columns, rows))
    places = np.select([side < 0, side > 0], [BasisStatus.LOWER, BasisStatus.UPPER], BasisStatus.BASIC)
    prices = np.concatenate((near.z[0], near.y[0]))
    priced = (prices != 0).tolist()
    return prove_quadratic(program, places.tolist(), near.x[0].tolist(), priced, _float_basis)


def _float_basis(program: ExactProgram) -> list[int] | None:
    """A basis of a linear program of rationals, from HiGHS in floats."""
    row = np.array([i for column in program.columns for i, _ in column], np.int64)
    column = np.repeat(np.arange(len(program.columns)), [len(c) for c in program.columns])
    value = np.array([float(v) for c in program.columns for _, v in c])
    n = len(program.columns)
    low = np.array([-np.inf if v is None else float(v) for v in program.low])
    high = np.array([np.inf if v is None else float(v) for v in program.high])
    batch = Batch.linear(
        Pattern.of(row, column, (program.rows, n)),
        value[None],
        size=1,
        q=np.array([[float(v) for v in program.c]]),
        r=np.zeros((1, 1)),
        l=low[None, n:],
        u=high[None, n:],
        lb=low[None, :n],
        ub=high[None, :n],
    )
    places = optimal_basis(scale(batch).apply(batch) if ranges(batch).needs_scaling else batch)
    return None if places is None else places.tolist()
