"""Where a gap is left SCIP is asked for a better plan, if it is installed: the search begins again from its plan, which is judged
as any other, and what SCIP says of bounds is told, but is no proof of ours."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.program import Multiplied
from saddlepoint.solve.adapters.isolate import solve_isolated
from saddlepoint.solve.adapters.scip import scip_is_here, solve_scip_below
from saddlepoint.solve.bilinear.branch import GAP, NODES, branch_and_bound
from saddlepoint.solve.bilinear.linear import linear
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.bilinear.proven import Proven
from saddlepoint.solve.bilinear.relaxation import convex_batch
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.solution import Options, Status

SECONDS = 30.0
"""What SCIP has for all scenarios together, where no limit leaves less."""


def searched(problem: Bilinear, deadline: Deadline, start: Array | None = None, nodes: int = NODES) -> Proven:
    """The least value of every scenario, with a bound that holds; where our own search leaves a gap, once more from SCIP's plan if that is better.

    start: (S, n) plans known already, NaN without one.
    """
    found = branch_and_bound(problem, linear, start, nodes=nodes, over=deadline.over)
    open_ = found.bounded & ~found.endless & ~(found.gap <= 2 * GAP)
    which = np.flatnonzero(open_)
    if not len(which) or deadline.over() or not scip_is_here():
        return found
    known = np.where(np.isfinite(found.value[which]), np.abs(found.value[which]), 0.0)
    worth = found.value[which] - GAP * known
    plans, none = _by_scip(problem.take(which), worth, deadline)
    found.confirmed[which[none]] = True
    there: Mask = np.all(np.isfinite(plans), axis=1)
    value = problem.take(which).value(np.where(there[:, None], plans, 0.0))
    better = np.flatnonzero(there & (value < worth))
    if not len(better):
        return found
    again = branch_and_bound(
        problem.take(which[better]), linear, plans[better], nodes=nodes, over=deadline.over
    )
    return _with(found, which[better], again)


def _by_scip(problem: Bilinear, values: Array, deadline: Deadline) -> tuple[Array, Mask]:
    """Plans (S, n) that cost less than the values by SCIP's word, NaN without one; (S,) whether there are none, by its word."""
    S, n = problem.q.shape
    K = len(problem.left)
    products = Multiplied(problem.left, problem.right, n + np.arange(K))
    wide = np.full((S, K), np.inf)
    batch = convex_batch(
        np.concatenate([problem.A, problem.B], axis=2),
        np.concatenate([problem.q, problem.p], axis=1),
        problem.r,
        None,
        (problem.l, problem.u),
        (np.concatenate([problem.lb, -wide], axis=1), np.concatenate([problem.ub, wide], axis=1)),
    )
    plans, none = np.full((S, n), np.nan), np.zeros(S, np.bool_)
    until = Deadline.of(Options(), usual=SECONDS)
    until = replace(until, until=min(until.until, deadline.until), stop=deadline.stop)
    for s in range(S):
        if until.over():
            break
        below = float(values[s] - problem.r[s]) if np.isfinite(values[s]) else 1e99
        adapter = partial(solve_scip_below, cutoff=below, products=products)
        word = solve_isolated(adapter, batch.take(np.array([s])), Options(time_limit=until.left))
        if word.status[0] == Status.OPTIMAL:
            plans[s] = word.x[0, :n]
        none[s] = word.status[0] == Status.INFEASIBLE
    return plans, none


def _with(found: Proven, which: Index, again: Proven) -> Proven:
    """What was found, with what a second search found better of scenarios `which`."""
    better = np.flatnonzero(again.value < found.value[which])
    again.nodes[:] += found.nodes[which]
    for each in fields(Proven):
        getattr(found, each.name)[which[better]] = getattr(again, each.name)[better]
    return found
