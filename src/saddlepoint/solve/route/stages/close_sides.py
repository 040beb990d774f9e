"""Claims that there is no plan which hang on sides a hair apart, and plans that hide by how much sides are apart.

x₁ + x₂ = 1 beside x₁ + x₂ = 1 + 1e-7 has an exact Farkas vector and a plan within the tolerance of every row; which of the two a
solver finds is its own affair. One rule, in all units and whoever was asked (`giving_way.py`): there is no plan where all sides giving way by a hair of
themselves leave none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from threading import Event

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.proof.exclusion import HELD, crossed, exclusion
from saddlepoint.solve.proof.farkas import Proof, farkas
from saddlepoint.solve.route.claims.exact_claims import rounding_of
from saddlepoint.solve.route.claims.giving_way import Way, broken_by, given_way, least_way, wider
from saddlepoint.solve.route.stages.attempt import together
from saddlepoint.solve.solution import Options, Solution, Status

_CLOSED = (Status.INFEASIBLE, Status.INFEASIBLE_OR_UNBOUNDED)
_SAID = (Status.OPTIMAL, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)
WHOLE_SECONDS = 5.0
"""For the least way in whole numbers."""


def hanging(batch: Batch, answers: Solution, hair: float) -> Mask:
    """(S,) the claims that there is no plan of which the answers hold no Farkas vector worth more than a hair.

    Not so of cones; of integers plans without prices as well.
    """
    closed = np.isin(answers.status, _CLOSED)
    if batch.structure.is_integer:
        closed |= (answers.status == Status.OPTIMAL) & ~np.isfinite(answers.y).all(axis=1)
    where = np.flatnonzero(closed)
    out = np.zeros(batch.size, np.bool_)
    s = batch.structure
    if len(where) and s.m and not s.is_conic:
        part = batch.take(where)
        sums = exclusion(part, np.nan_to_num(answers.y[where]))
        apart = crossed(part.l, part.u, hair).any(axis=1) | crossed(part.lb, part.ub, hair).any(axis=1)
        out[where] = ~(sums.exceeds(max(hair, HELD), stray=np.inf) | apart)
    return out


def reconciled(
    batch: Batch,
    answers: Solution,
    where: Mask,
    options: Options,
    again: Callable[[Batch, int, Options], Solution],
) -> Solution:
    """The answers, in place of hanging claims (`where`) those to the problem whose sides give way to a plan within the tolerance.

    again: asks who made the claim about such a problem, of the scenario given, with the options given. Where there is no such plan the
    answer is given the Farkas vector that says so.
    """
    for s in np.flatnonzero(where).tolist():
        at = np.array([s])
        one = batch.take(at)
        left = _left(options, float(answers.seconds[s]))
        way = None if left is None else _way(one, left)
        if left is None or way is None:
            continue
        proof = farkas(one, way.y, np.zeros(0), options.hair)
        if proof.holds:
            answers.status[s], answers.x[s], answers.w[s] = Status.INFEASIBLE, np.nan, 0.0
            answers.y[s], answers.z[s] = proof.y, proof.z
            answers.messages[s] = Status.INFEASIBLE.sentence
        elif _is_near(one, way.x, options):
            found = again(given_way(one, way.x), s, left)
            if found.status[0] in _SAID:
                answers = answers.put(at, found)
    return answers


def apart(one: Batch, options: Options) -> Proof | None:
    """The proof that one scenario has no plan within a hair; None where there is one, or no proof."""
    way = _way(one, options)
    found = None if way is None else farkas(one, way.y, np.zeros(0), options.hair)
    return found if found is not None and found.holds else None


def near_problem(one: Batch, options: Options) -> Batch | None:
    """The problem of one scenario whose rows or bounds give way by more than rounding, as they must for a plan, and by no more than a hair; where that is not it, with
    cones, all sides and cones wider by half a hair. None where sides are not what is in the way."""
    way = _way(one, options)
    if way is not None and _is_near(one, way.x, options):
        return given_way(one, way.x)
    return wider(one, 0.5 * options.hair) if one.structure.is_conic else None


def _is_near(one: Batch, x: Array, options: Options) -> bool:
    return rounding_of(one) < broken_by(one, x) <= options.tolerance


def _left(options: Options, spent: float) -> Options | None:
    """The options with what is left of a time limit; None where nothing is."""
    if options.time_limit is None:
        return options
    return replace(options, time_limit=options.time_limit - spent) if spent < options.time_limit else None


def _way(one: Batch, options: Options) -> Way | None:
    """The least way of sides and bounds, in a thread that can be left; in whole numbers where these break sides that the others break by a hair."""
    found = together([partial(least_way, one, options)], Event())[0]
    if found is None or not one.structure.is_integer:
        return found
    if _is_near(one, found.x, options):
        limit = options.time_limit
        calm = replace(options, time_limit=WHOLE_SECONDS if limit is None else min(limit, WHOLE_SECONDS))
        return together([partial(least_way, one, calm, one.structure.integer)], Event())[0]
    return found
