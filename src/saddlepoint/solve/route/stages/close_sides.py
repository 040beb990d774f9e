"""Claims that there is no plan which hang on sides a hair apart: within the certificate's tolerance there is one.

x₁ + x₂ = 1 beside x₁ + x₂ = 1 + 1e-7 has an exact Farkas vector and a plan within the tolerance of every row; which of the two a
solver finds is its own affair. The plan goes first, whoever was asked, unless the vector's value is more than DECISIVE of its terms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Event

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.adapters.highs import solve_highs
from saddlepoint.solve.proof.certificate import measure
from saddlepoint.solve.proof.exclusion import DECISIVE, exclusion
from saddlepoint.solve.proof.farkas import Proof, farkas
from saddlepoint.solve.route.claims.exact_claims import elastic, is_small, leaves_doubt, rounding_of
from saddlepoint.solve.route.stages.attempt import together
from saddlepoint.solve.route.units.scaling import scale
from saddlepoint.solve.solution import Options, Solution, Status

_CLOSED = (Status.INFEASIBLE, Status.INFEASIBLE_OR_UNBOUNDED)
_SILENT = (Status.ERROR, Status.LIMIT)
BROKEN = 1e-6
"""What the residuals of an optimum are to keep to."""
WHOLE_SECONDS = 5.0
"""For the plan of least violation in whole numbers."""
_TIGHT = {"primal_feasibility_tolerance": 1e-10}


def hanging(batch: Batch, answers: Solution, *, silent: bool = False) -> Mask:
    """(S,) the claims that there is no plan of which the answers hold no decisive Farkas vector.

    Not so where rational arithmetic decides (`leaves_doubt`), where sides cross, and of cones. silent: also small
    scenarios of which nothing was said, or a plan that does not hold; of integers plans without prices always.
    """
    closed = np.isin(answers.status, _CLOSED)
    if batch.structure.is_integer:
        closed |= (answers.status == Status.OPTIMAL) & ~np.isfinite(answers.y).all(axis=1)
    if silent and is_small(batch):
        closed |= np.isin(answers.status, _SILENT) | _broken(batch, answers)
    where = np.flatnonzero(closed)
    out = np.zeros(batch.size, np.bool_)
    if len(where):
        out[where] = _indecisive(batch.take(where), answers.y[where])
    return out


def stands(one: Batch, proof: Proof, options: Options) -> bool:
    """Whether a proof that one scenario has no plan goes before plans within the tolerance: decisive, or there is none."""
    if options.exact or proof.y is None or not _indecisive(one, proof.y[None])[0]:
        return True
    near = _nearest(one, options)
    return near is None or _misses(one, near[0]) > options.tolerance


def reconciled(
    batch: Batch,
    answers: Solution,
    where: Mask,
    options: Options,
    again: Callable[[Batch, int, Options], Solution],
) -> Solution:
    """The answers, in place of hanging claims (`where`) those to the problem whose sides give way to a plan within the tolerance.

    again: asks who made the claim about such a problem, of the scenario given, with the options given. Where there is no such plan the
    answer is given the Farkas vector of the least violation, if that is decisive.
    """
    for s in np.flatnonzero(where).tolist():
        at = np.array([s])
        one = batch.take(at)
        left = _left(options, float(answers.seconds[s]))
        near = None if left is None else _nearest(one, left)
        if left is None or near is None:
            continue
        x, y = near
        proof = farkas(one, y, np.zeros(0))
        if proof.holds and _decisive(one, y[None])[0]:
            answers.status[s], answers.x[s], answers.w[s] = Status.INFEASIBLE, np.nan, 0.0
            answers.y[s], answers.z[s] = proof.y, proof.z
            answers.messages[s] = Status.INFEASIBLE.sentence
        elif rounding_of(one) < _misses(one, x) <= options.tolerance:
            found = again(_given_way(one, x), s, left)
            if found.status[0] == Status.OPTIMAL:
                answers = answers.put(at, found)
    return answers


def _broken(batch: Batch, answers: Solution) -> Mask:
    """(S,) the optima that their residuals do not bear out."""
    found = measure(batch, answers.x, answers.y, answers.z, answers.w)
    return (answers.status == Status.OPTIMAL) & ~found.within(BROKEN)


def _indecisive(batch: Batch, y: Array) -> Mask:
    """(S,) where y is no decisive Farkas vector, of scenarios that are judged by it."""
    s = batch.structure
    if s.is_conic or s.m == 0:
        return np.zeros(batch.size, np.bool_)
    crossed = (batch.l > batch.u).any(axis=1) | (batch.lb > batch.ub).any(axis=1)
    out = ~(_decisive(batch, y) | crossed)
    for k in np.flatnonzero(out).tolist():
        out[k] = not leaves_doubt(batch.take(np.array([k])))
    return out


def _decisive(batch: Batch, y: Array) -> Mask:
    """(S,) whether the value of y (S, m) as a Farkas vector exceeds DECISIVE of the terms it is the sum of."""
    return exclusion(batch, np.nan_to_num(y)).exceeds(DECISIVE, stray=np.inf)


def _left(options: Options, spent: float) -> Options | None:
    """The options with what is left of a time limit; None where nothing is."""
    if options.time_limit is None:
        return options
    return replace(options, time_limit=options.time_limit - spent) if spent < options.time_limit else None


def _nearest(one: Batch, options: Options) -> tuple[Array, Array] | None:
    """The plan of least total violation of the rows in scaled units, within its bounds, and the multipliers of the rows; in whole numbers,
    without multipliers, where these numbers break sides that the others break by a hair."""
    found = _least_broken(one, options, np.zeros(one.structure.n, np.bool_))
    if found is None or not one.structure.is_integer:
        return found
    if rounding_of(one) < _misses(one, found[0]) <= options.tolerance:
        limit = options.time_limit
        limit = WHOLE_SECONDS if limit is None else min(limit, WHOLE_SECONDS)
        return _least_broken(one, replace(options, time_limit=limit), one.structure.integer)
    return found


def _least_broken(one: Batch, options: Options, whole: Mask) -> tuple[Array, Array] | None:
    units, s = scale(one), one.structure
    problem = elastic(units.apply(one))
    integer = np.concatenate((whole, np.zeros(2 * s.m, np.bool_)))
    problem = replace(problem, structure=replace(problem.structure, integer=integer))
    calm = Options(time_limit=options.time_limit, settings=_TIGHT)
    found = together([partial(solve_highs, problem, calm)], Event())[0]
    if found.status[0] != Status.OPTIMAL:
        return None
    x = np.clip(found.x[0, : s.n] * units.column[0], one.lb[0], one.ub[0])
    return np.where(whole, np.round(x), x), np.nan_to_num(found.y[0]) * units.row[0]


def _misses(one: Batch, x: Array) -> float:
    s = one.structure
    none = np.zeros((1, s.m)), np.zeros((1, s.n)), np.zeros((1, 0))
    return float(measure(one, x[None], *none).rel_prim[0])


def _given_way(one: Batch, x: Array) -> Batch:
    """The problem in which the sides that the plan x breaks lie where it is, equalities as equalities."""
    at = times(one.structure.A, one.A, x[None])
    same = one.l == one.u
    low, high = np.minimum(one.l, at), np.maximum(one.u, at)
    return replace(one, l=np.where(same, at, low), u=np.where(same, at, high))
