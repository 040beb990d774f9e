"""The way to an exact optimum: a float basis first, then rational arithmetic from it."""

from __future__ import annotations

from saddlepoint.algebra.structure import Batch
from saddlepoint.errors import Diagnostic, SolveError
from saddlepoint.solve.adapters.highs_basis import optimal_basis
from saddlepoint.solve.proof.exact import ExactOptimum, NotProven, exact_program, prove
from saddlepoint.solve.route.scaling import scaled
from saddlepoint.solve.route.validate import ranges


def check_exact(batch: Batch) -> None:
    """SolveError L120 where exact arithmetic is asked for what is not linear."""
    s = batch.structure
    if s.is_integer or s.is_conic or s.is_quadratic:
        what = "whole numbers" if s.is_integer else "cones" if s.is_conic else "a quadratic objective"
        fix = "Leave --exact out: the answer is certified in floating point all the same."
        message = f"exact arithmetic is for linear problems; this one has {what}"
        raise SolveError(Diagnostic("L120", message, fix=fix))


def exact_optimum(batch: Batch, time_limit: float | None = None) -> ExactOptimum:
    """The proven optimum of a linear batch of one scenario; NotProven says why there is none."""
    part = scaled(batch)[0] if ranges(batch).needs_scaling else batch
    places = optimal_basis(part, 0, time_limit)
    if places is None:
        raise NotProven("HiGHS' simplex gave no optimal basis to start from")
    return prove(exact_program(batch), places.tolist())
