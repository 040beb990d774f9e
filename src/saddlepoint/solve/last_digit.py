"""Certified plans of small problems that miss a row by more than rounding: made exact, or told of the problem whose sides give way.

Prices of rows a hair apart may be worth anything: a plan that misses one of them by 1e-10 of its terms may have twice the objective of one that keeps it, as no
multiplier of the row dropped says so, and there are as many such plans as routes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.incumbents import Incumbents
from saddlepoint.solve.judgement import that_miss
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.farkas import Proof
from saddlepoint.solve.route.claims.exact_claims import MEDIUM, WORDS, exact_answer, is_small
from saddlepoint.solve.route.stages.close_sides import near_problem
from saddlepoint.solve.solution import Method, Options, Solution

ALL_WORDS = 5 * WORDS
"""Words of numbers that the plans of one batch may be made exact with."""
BRIEFLY = WORDS / 10
"""The same of one plan of a problem that is not small, some second."""


NearSolve = Callable[[Batch, Options], Solution]
"""`solve`, of a problem whose sides do not give way once more."""


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
            left = draft.left(s)
            if left is None or left > 0:
                _settle(draft, s, replace(draft.options, time_limit=left), exact, solve)


def _settle(draft: Incumbents, s: int, options: Options, exact: Method | None, solve: NearSolve) -> None:
    at = np.array([s])
    one = draft.batch.take(at)
    words = math.inf if is_small(one) else BRIEFLY
    with bounded(options.time_limit, words), draft.on_time(at):
        near = near_problem(one, options) if draft.gives else None
        if isinstance(near, Proof):
            draft.refute(s, near, Method("highs"))
        elif near is not None and near.least:
            found = solve(near.batch, options)
            if found.certificates.verified[0]:
                draft.offer_near(s, near, found)
        elif (answer := exact_answer(one, draft.best.take(at))) is not None:
            draft.offer_exact(s, answer, exact)
