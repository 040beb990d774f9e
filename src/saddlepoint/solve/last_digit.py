"""Certified plans of small problems that miss a row by more than rounding: made exact, or told of the problem whose sides give way.

Prices of rows a hair apart may be worth anything: a plan that misses one of them by 1e-10 of its terms may have twice the objective of one that keeps it, as no
multiplier of the row dropped says so, and there are as many such plans as routes.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.incumbents import Incumbents, NearSolve
from saddlepoint.solve.judgement import MET, that_miss
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.exclusion import ROUNDED
from saddlepoint.solve.proof.problem_size import LARGE, MEDIUM, SMALL, is_small
from saddlepoint.solve.route.claims.exact_claims import WORDS, exact_answer
from saddlepoint.solve.route.stages.close_sides import near_problem, proven_part
from saddlepoint.solve.solution import Method, Options, Status

ALL_WORDS = 5 * WORDS
"""Words of numbers that the plans of one batch may be made exact with."""
ALONE = 50
"""Scenarios of one batch that are asked about what must give way, at most."""
SECONDS = 10.0
"""Seconds that one of them is asked for, at most."""
BRIEFLY = WORDS / 10
"""The same of one plan of a problem that is not small, some second."""


def to_the_last_digit(draft: Incumbents, exact: Method | None, solve: NearSolve) -> None:
    """Settle what misses. exact: the method that exact optima are put down to; None where a solver was asked for by name, whose plans must then hold at
    the exact prices."""
    if draft.batch.structure.m + draft.batch.structure.n > MEDIUM:
        return
    with bounded(words=ALL_WORDS):
        asked = np.flatnonzero(~draft.keeps)
        best = draft.best.take(asked)
        missed = that_miss(draft.batch.take(asked), best, best.certificates)
        for s in asked[missed].tolist():
            left = draft.time.left(s)
            if left is None or left > 0:
                _settle(draft, s, replace(draft.options, time_limit=left), exact, solve)


def _settle(draft: Incumbents, s: int, options: Options, exact: Method | None, solve: NearSolve) -> None:
    at = np.array([s])
    one = draft.batch.take(at)
    words = math.inf if is_small(one) else BRIEFLY
    with bounded(options.time_limit, words), draft.time.of(at):
        near = near_problem(one, options) if draft.gives else None
        if draft.settle_near(s, near, options, solve):
            return
        if (answer := exact_answer(one, draft.best.take(at))) is not None:
            draft.offer_exact(s, answer, exact)
        elif draft.gives and _none_exactly(one):
            draft.gave[s] = True


def _none_exactly(one: Batch) -> bool:
    from saddlepoint.solve.route.claims.proven_exactly import no_plan_exactly

    with bounded(words=WORDS):
        return no_plan_exactly(one) is not None


def ask_what_must_give_way(draft: Incumbents) -> None:
    """Of certified plans that miss a limit by more than `MET`, or limits that were made to give way: whether multipliers, or of small problems
    rational arithmetic, prove that none keeps all of them, whole or not."""
    s, found = draft.batch.structure, draft.best.certificates
    size = s.m + s.n
    if not draft.gives or s.is_conic or size > LARGE:
        return
    missed = found.rel_prim > MET
    missed[[k for k, proven in draft.gave.items() if not proven]] = True
    missed &= found.verified & (draft.best.status == Status.OPTIMAL)
    for k in np.flatnonzero(missed)[:ALONE].tolist():
        left = draft.time.left(k)
        if draft.gave.get(k, False) or (left is not None and left <= 0):
            continue
        at = np.array([k])
        limit = SECONDS if left is None else min(SECONDS, left)
        one, options = draft.batch.take(at), replace(draft.options, time_limit=limit)
        with bounded(limit, BRIEFLY), draft.time.of(at):
            if proven_part(one, options) > ROUNDED or (size <= SMALL and _none_exactly(one)):
                draft.gave[k] = True
