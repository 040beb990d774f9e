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
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.exclusion import HELD, ROUNDED, crossed, exclusion
from saddlepoint.solve.proof.farkas import Proof, farkas
from saddlepoint.solve.route.claims.exact_claims import rounding_of
from saddlepoint.solve.route.claims.giving_way import (
    MORE,
    Way,
    broken_by,
    given_way,
    least_way,
    part_proven,
    sides_wider,
    wider,
)
from saddlepoint.solve.route.stages.attempt import together
from saddlepoint.solve.solution import BoundBy, Options, Solution, Status

_CLOSED = (Status.INFEASIBLE, Status.INFEASIBLE_OR_UNBOUNDED)
_SAID = (Status.OPTIMAL, Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED)


def hanging(batch: Batch, answers: Solution, hair: float) -> Mask:
    """(S,) the claims that there is no plan of which the answers hold no Farkas vector worth more than a hair.

    Not so of cones; of integers plans without prices as well, but no claims that a tree of ours has proven.
    """
    closed = np.isin(answers.status, _CLOSED)
    if batch.structure.is_integer:
        closed &= ~((answers.bound_by == BoundBy.OWN) & np.isposinf(answers.bound))
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
) -> tuple[Solution, Mask]:
    """The answers, in place of hanging claims (`where`) those to the problem whose sides give way to a plan within the tolerance;
    and (S,) of which claims there is such a plan.

    again: asks who made the claim about such a problem, of the scenario given, with the options given. Where there is no such plan the
    answer is given the Farkas vector that says so.
    """
    near = np.zeros(batch.size, np.bool_)
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
            near[s] = True
            found = again(given_way(one, way.x), s, left)
            if found.status[0] in _SAID:
                answers = answers.put(at, found)
    return answers, near


def proven_apart(one: Batch, options: Options) -> Proof | None:
    """The proof that one scenario has no plan within a hair; None where there is one, or no proof."""
    way = _way(one, options)
    found = None if way is None else farkas(one, way.y, np.zeros(0), options.hair)
    return found if found is not None and found.holds else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """The problem of one scenario whose sides give way. least: whether it is proven that all must, and by this part at least (but for `MORE` of it)."""

    batch: Batch
    least: bool


def near_problem(one: Batch, options: Options) -> Near | Proof | None:
    """The problem of one scenario whose sides give way by no more than a hair; the proof where they must by more; None where sides are not what is in the way.

    Where multipliers prove by which part all must give way for there to be a plan, all do: one problem, whoever is asked and in all units. Else rows and
    bounds give way to a plan that breaks them by more than rounding; where that is not it, with cones, all sides and cones by
    half a hair. With integers by the least part that leaves a plan in whole numbers, and their own bounds stay.
    """
    whole = one.structure.is_integer
    way = _way(one, options)
    if way is not None:
        proof = farkas(one, way.y, np.zeros(one.structure.F.shape[0]), options.hair)
        if proof.holds:
            return proof
        part = part_proven(one, way.y)
        if ROUNDED < part <= options.hair and not whole:
            return Near(batch=sides_wider(one, min(part * MORE, options.hair)), least=True)
        if _is_near(one, way.x, options) and not whole:
            return Near(batch=given_way(one, way.x), least=False)
    if whole:
        from saddlepoint.solve.route.integers.whole_way import whole_problem

        found = together([partial(whole_problem, one, options)], Event())[0]
        return None if found is None else Near(batch=found, least=True)
    return Near(batch=wider(one, 0.5 * options.hair), least=False) if one.structure.is_conic else None


def proven_part(one: Batch, options: Options) -> float:
    """The part by which all sides of one scenario must give way at least for there to be a plan, whole or not, as far as multipliers prove it; 0 where they prove nothing."""
    way = _way(one, options)
    return 0.0 if way is None else part_proven(one, way.y)


def _is_near(one: Batch, x: Array, options: Options) -> bool:
    return rounding_of(one) < broken_by(one, x) <= options.tolerance


def _left(options: Options, spent: float) -> Options | None:
    """The options with what is left of a time limit; None where nothing is."""
    if options.time_limit is None:
        return options
    return replace(options, time_limit=options.time_limit - spent) if spent < options.time_limit else None


def _way(one: Batch, options: Options) -> Way | None:
    """The least way of sides and bounds, in a thread that can be left."""
    return together([partial(least_way, one, options)], Event())[0]
