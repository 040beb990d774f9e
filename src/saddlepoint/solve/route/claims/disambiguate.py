"""Which of "infeasible" and "unbounded" is true, with proof: two auxiliary problems of one scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array
from saddlepoint.solve.adapters.highs import solve_highs
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.proof.certificate import fix_integers, measure, replace_bounds
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.farkas import Proof, farkas, ray
from saddlepoint.solve.route.claims.conic_claims import settle_conic
from saddlepoint.solve.route.claims.exact_claims import (
    elastic,
    exact_ray,
    exactly_infeasible,
    rounding_of,
    strained,
)
from saddlepoint.solve.route.claims.giving_way import broken_by, least_way
from saddlepoint.solve.route.polishing.polish import polish
from saddlepoint.solve.route.polishing.rounding import within_bounds
from saddlepoint.solve.route.units.scaling import Units, scale
from saddlepoint.solve.solution import Options, Solution, Status

STEEP = 1e6
"""Costs of columns that can only make a ray worse count no more than so many times the largest of those that can help."""

SHORTEST_SECONDS = 5.0
"""For the shortest ray, which may take as long as the problem."""
LARGE = 20_000
"""Rows and columns beyond which the shortest is not sought."""


def disambiguate(batch: Batch, options: Options) -> tuple[Status, Proof] | None:
    """Status and proof for a batch of one scenario, or None when neither can be proved.

    First a feasibility problem (no objective): no plan and a Farkas vector, or a plan; then the problem of the
    steepest ray. Linear constraints go to HiGHS, cones to `settle_conic`. Integrality is left out, so that only
    relaxations that are infeasible, or unbounded with an integer plan, are settled. All is done in balanced units, and in the
    problem's own where that proves nothing.
    """
    if batch.structure.is_conic:
        return settle_conic(batch, options)
    units = scale(batch)
    inner = units.apply(batch)
    calm = Options(time_limit=options.time_limit, tolerance=options.tolerance, exact=options.exact)
    deadline = Deadline.of(options)
    found = _proven(inner, calm)
    if found is not None:
        return found[0], _restored(found[1], units)
    return None if deadline.over() else _proven(batch, deadline.within(calm))


def _restored(proof: Proof, units: Units) -> Proof:
    """The proof of a scaled problem in the units of the original."""
    worth = float(units.objective[0, 0])
    return replace(
        proof,
        x=None if proof.x is None else proof.x * units.column[0] * worth,
        y=None if proof.y is None else proof.y * units.row[0] * worth,
        z=None if proof.z is None else proof.z / units.column[0],
        w=None if proof.w is None else proof.w * units.cone[0] * worth,
    )


def _proven(batch: Batch, calm: Options) -> tuple[Status, Proof] | None:
    deadline = Deadline.of(calm)
    feasible = find_plan(batch, calm)
    if feasible is None:
        return None
    status, proof = feasible
    if status is Status.INFEASIBLE:
        return status, proof
    direction = find_ray(batch, deadline.within(calm))
    return None if direction is None else (Status.UNBOUNDED, direction)


def is_endless(batch: Batch, options: Options) -> bool:
    """Whether one linear scenario has a proven ray and a plan, whole where it must be: then its costs have no end (Meyer 1974)."""
    limit = options.time_limit
    if limit is not None and limit <= 0:
        return False
    calm = Options(time_limit=limit, stop=options.stop)
    deadline = Deadline.of(calm)
    if find_ray(batch, calm) is None or deadline.over():
        return False
    found = find_plan(batch, deadline.within(calm))
    return found is not None and found[0] is Status.OPTIMAL


def find_plan(batch: Batch, options: Options) -> tuple[Status, Proof] | None:
    """A plan of one scenario regardless of cost (OPTIMAL), or the proof that there is none (INFEASIBLE)."""
    calm, deadline = _without_cost(batch), Deadline.of(options)
    answer = solve_highs(calm, options)
    near: Proof | None = None
    if answer.status[0] == Status.OPTIMAL:
        zeros = np.zeros_like(answer.y), np.zeros_like(answer.z), np.zeros_like(answer.w)
        for x in _exact(calm, answer):
            miss = measure(calm, x[None], *zeros).rel_prim[0]
            if miss <= rounding_of(batch) and not strained(batch, x[None], options.hair)[0]:
                return Status.OPTIMAL, Proof(True, x=x)
            near = Proof(True, x=x) if miss <= options.hair else near
    for y, w in ((answer.y[0], answer.w[0]), *_phase_one(batch, deadline.within(options))):
        proof = farkas(batch, np.nan_to_num(y), np.nan_to_num(w), options.hair)
        if proof.holds:
            return Status.INFEASIBLE, proof
    whole = batch.structure.integer if batch.structure.is_integer else None
    way = None if options.exact or deadline.over() else least_way(batch, deadline.within(options), whole)
    if way is not None:
        proof = farkas(batch, way.y, np.zeros(0), options.hair)
        if proof.holds:
            return Status.INFEASIBLE, proof
        near = Proof(True, x=way.x) if broken_by(batch, way.x) <= options.hair else near
    exact = exactly_infeasible(batch, options.hair)
    if exact is not None:
        return Status.INFEASIBLE, exact
    return None if near is None else (Status.OPTIMAL, near)


def _exact(calm: Batch, answer: Solution) -> Iterator[Array]:
    """The plan within its bounds, then made exact."""
    yield within_bounds(calm, answer.x)[0]
    found = polish(fix_integers(calm, answer.x), answer.x[0], answer.y[0], answer.z[0])
    if found is not None:
        yield found.x


def find_ray(batch: Batch, options: Options) -> Proof | None:
    """A direction that lowers the objective and leaves no constraint, checked: the steepest in a box, else the shortest of those that lower it by a given part,
    else, of small linear problems, one in rational arithmetic, where rows a hair apart leave what no solver's tolerance sees.

    The steepest moves all that helps, and what is small of it may be lost in a solver's tolerance; the shortest is one ray alone.
    """
    deadline = Deadline.of(options)
    small = batch.structure.m + batch.structure.n <= LARGE
    for made in (_steepest, *((_shortest,) if small else ()), _exact_ray):
        if deadline.over():
            return None
        x = made(batch, deadline.within(options))
        found = Proof(False) if x is None else ray(batch, x)
        if found.holds:
            return found
    return None


def _exact_ray(batch: Batch, options: Options) -> Array | None:
    """A direction found in rational arithmetic within the time limit, (n,)."""
    with bounded(options.time_limit):
        return exact_ray(batch)


def _steepest(batch: Batch, options: Options) -> Array | None:
    """The direction within the box −1 ≤ d ≤ 1 that lowers the objective most, (n,)."""
    lb = np.where(np.isfinite(batch.lb), 0.0, -1.0)
    ub = np.where(np.isfinite(batch.ub), 0.0, 1.0)
    a, values, l, u = _with_curvature(batch, _homogeneous(batch.l), _homogeneous(batch.u))
    helps = np.where(batch.q > 0, lb < 0, ub > 0)
    largest = float(np.abs(batch.q).max(initial=0.0, where=helps))
    q = np.clip(batch.q / largest, -STEEP, STEEP) if largest > 0 else batch.q
    answer = solve_highs(Batch.linear(a, values, q=q, r=batch.r, l=l, u=u, lb=lb, ub=ub), options)
    return answer.x[0] if answer.status[0] == Status.OPTIMAL else None


def _shortest(batch: Batch, options: Options) -> Array | None:
    """The direction p − m, (n,), of the least sum of p and m ≥ 0 in balanced units of all that lower the objective by a given
    part; costs are one more row, which has its part in these units."""
    n = batch.structure.n
    a, values, l, u = _with_curvature(batch, _homogeneous(batch.l), _homogeneous(batch.u))
    cost = np.flatnonzero(batch.q[0])
    rows = np.concatenate((a.indices, np.full(len(cost), a.shape[0])))
    columns, entries = np.concatenate((a.columns(), cost)), np.concatenate((values, batch.q[:, cost]), axis=1)
    order = np.lexsort((rows, columns))
    rows, columns, entries = rows[order], columns[order], entries[:, order]
    l, u = (np.broadcast_to(side, (1, a.shape[0])) for side in (l, u))
    lb, ub = (np.broadcast_to(side, (1, n)) for side in (batch.lb, batch.ub))
    down, ones = np.full((1, 1), -1.0), np.ones((1, 2 * n))
    problem = Batch.linear(
        Pattern.of(np.tile(rows, 2), np.concatenate((columns, columns + n)), (a.shape[0] + 1, 2 * n)),
        np.concatenate((entries, -entries), axis=1),
        q=ones,
        r=np.zeros((1, 1)),
        l=np.concatenate((l, down), axis=1),
        u=np.concatenate((u, down), axis=1),
        lb=np.zeros((1, 2 * n)),
        ub=np.where(np.isfinite(np.concatenate((ub, lb), axis=1)), 0.0, np.inf),
    )
    units = scale(problem)
    limit = SHORTEST_SECONDS if options.time_limit is None else min(SHORTEST_SECONDS, options.time_limit)
    brief = replace(options, time_limit=limit)
    answer = units.restore(solve_highs(replace(units.apply(problem), q=ones), brief))
    x = answer.x[0]
    return x[:n] - x[n:] if answer.status[0] == Status.OPTIMAL else None


def _without_cost(batch: Batch) -> Batch:
    n = batch.structure.n
    relaxed = replace_bounds(batch, batch.lb, batch.ub)
    structure = replace(relaxed.structure, P=Pattern.empty(n, n), integer=batch.structure.integer)
    return replace(relaxed, structure=structure, P=np.zeros((1, 0)), q=np.zeros((1, n)), r=np.zeros((1, 1)))


def _phase_one(batch: Batch, options: Options) -> list[tuple[Array, Array]]:
    """Multipliers of the least total violation of the rows: a Farkas vector where that is positive."""
    if batch.structure.m == 0:
        return []
    answer = solve_highs(elastic(batch), options)
    return [(answer.y[0], np.zeros(0))] if answer.status[0] == Status.OPTIMAL else []


def _homogeneous(side: Array) -> Array:
    return np.where(np.isfinite(side), 0.0, side)


def _with_curvature(batch: Batch, l: Array, u: Array) -> tuple[Pattern, Array, Array, Array]:
    """The rows of A and, below them, Pd = 0."""
    s = batch.structure
    if s.P.nnz == 0:
        return s.A, batch.A, l, u
    i, j = s.P.indices.astype(np.int64), s.P.columns()
    off = i != j
    rows = np.concatenate((s.A.indices.astype(np.int64), s.m + i, s.m + j[off]))
    columns = np.concatenate((s.A.columns(), j, i[off]))
    values = np.concatenate((batch.A[0], batch.P[0], batch.P[0][off]))
    largest = np.zeros(s.m + s.n)
    np.maximum.at(largest, rows, np.where(rows < s.m, 1.0, np.abs(values)))
    values = np.where(rows < s.m, values, values / np.where(largest > 0, largest, 1.0)[rows])
    order = np.lexsort((rows, columns))
    pattern = Pattern.of(rows[order], columns[order], (s.m + s.n, s.n))
    zero = np.zeros((1, s.n))
    return pattern, values[order][None], np.concatenate((l, zero), axis=1), np.concatenate((u, zero), axis=1)
