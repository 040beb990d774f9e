"""Certified plans of small problems that miss a row by more than rounding: made exact, or told of the problem whose sides give way.

Prices of rows a hair apart may be worth anything: a plan that misses one of them by 1e-10 of its terms may have twice the objective of one that keeps it, as no
multiplier of the row dropped says so, and there are as many such plans as routes.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from saddlepoint.solve.incumbents import Incumbents, NearSolve
from saddlepoint.solve.judgement import that_miss
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.problem_size import MEDIUM, is_small
from saddlepoint.solve.route.claims.exact_claims import WORDS, exact_answer
from saddlepoint.solve.route.stages.close_sides import near_problem
from saddlepoint.solve.solution import Method, Options

ALL_WORDS = 5 * WORDS
"""Words of numbers that the plans of one batch may be made exact with."""
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
