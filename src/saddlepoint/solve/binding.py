"""Which relations bind: whose slack is what rounding and a solver's tolerance leave of nothing.

A slack is shown as 0 where its relation binds, and nowhere else. A price and a slack cannot both be there (complementary slackness), so
of the two, each beside the sizes of its own kind, the smaller is what is left of nothing (the indicator of El-Bakry, Tapia and
Zhang 1994, A study of indicators for identifying zero variables in interior-point methods, SIAM Review 36).
"""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.arrays import Array, Mask
from saddlepoint.compile.bind import BoundProgram

BINDING = 1e-6
"""No slack above this part of the largest numbers beside it is what a tolerance leaves."""
ROUNDING = 1e-12
"""A slack below this part of the terms of its own row is rounding, whatever its price."""


def binding_rows(
    bound: BoundProgram, x: Array, activity: Array, rhs: Array, slack: Array, price: Array
) -> Mask:
    """(S, user's rows) whether they bind at the plans x (S, n).

    activity, slack, price: (S, rows), the left side without its constant, what is left to the right side, the multiplier;
    rhs: (1|S, rows). Where there are no prices (NaN), the slack alone decides; equalities bind wherever they hold.
    """
    size = np.abs(slack)
    own = np.maximum(np.abs(activity), np.where(np.isfinite(rhs), np.abs(rhs), 0.0))
    own = np.maximum(own, _terms(bound, x, size, own))
    worth = np.abs(price)
    share = np.divide(
        worth, worth.max(axis=1, initial=0.0, keepdims=True), out=np.zeros_like(worth), where=worth > 0
    )
    program = bound.program
    equal = (program.has_lower & program.has_upper)[: slack.shape[1]]
    share = np.where(equal | np.isnan(price), BINDING, np.minimum(share, BINDING))
    held = (size <= ROUNDING * own) | (size <= share * _of_relation(bound, own))
    everywhere = np.maximum(np.abs(x).max(axis=1, initial=0.0), own.max(axis=1, initial=0.0))
    return held | (worth > BINDING * worth.max(axis=1, initial=0.0, keepdims=True)) & (
        size <= BINDING * everywhere[:, None]
    )


def _of_relation(bound: BoundProgram, own: Array) -> Array:
    """The largest of the numbers of a relation in each scenario, at all of its rows."""
    out = np.zeros_like(own)
    for block in bound.program.rows:
        part = slice(block.start, block.start + block.size)
        if block.size:
            out[:, part] = own[:, part].max(axis=1, keepdims=True)
    return out


def _terms(bound: BoundProgram, x: Array, slack: Array, own: Array) -> Array:
    """The sums of the sizes of the rows' terms, which may cancel (as in x − y ≥ 0); 0 where no slack is small beside them."""
    program = bound.program
    rows = program.row_of[: slack.shape[1]]
    solver = np.flatnonzero(rows >= 0)
    entries = np.abs(bound.batch.A)
    if not solver.size or not entries.size:
        return np.zeros_like(own)
    most = entries.max() * np.abs(x).max(axis=1, keepdims=True)
    here = slack[:, solver]
    if not ((here <= BINDING * most) & (here > ROUNDING * own[:, solver])).any():
        return np.zeros_like(own)
    out = np.zeros_like(own)
    out[:, solver] = times(program.structure.A, entries, np.abs(x))[:, rows[solver]]
    return out
