"""Answers of solvers proven in rational arithmetic: an optimum, or that no plan keeps every side to the last digit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.columnar import Notes
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.proof.exact import ExactOptimum, NotProven, written
from saddlepoint.solve.proof.farkas import Proof, farkas
from saddlepoint.solve.route.claims.exact_claims import elastic
from saddlepoint.solve.route.polishing.exactly import exact_optimum
from saddlepoint.solve.solution import BoundBy, Solution, Status


def no_plan_exactly(batch: Batch, time_limit: float | None = None) -> Proof | None:
    """The proof that no plan of a batch of one scenario keeps every row and bound to the last digit, its numbers as they are written; None where
    that is not shown.

    Sides that cross prove it by themselves; else the least sum of missed rows, an exact optimum above 0, whose prices are a Farkas vector.
    """
    m, n, w = batch.structure.m, batch.structure.n, np.zeros(batch.structure.F.shape[0])
    crossed = farkas(batch, np.zeros(m), w, hair=0.0)
    if crossed.holds:
        return crossed
    try:
        found = exact_optimum(elastic(batch), time_limit)
    except NotProven:
        return None
    if found.objective <= 0:
        return None
    value = float(found.objective)
    return Proof(True, 0.0, 0.0, y=np.array(found.y) / value, z=np.array(found.z[:n]) / value, w=w)


def prove_solution(batch: Batch, solution: Solution, time_limit: float | None = None) -> Solution:
    """The solution with every optimum proven exactly, its numbers the nearest floats, or proven to be of a problem without plan; what cannot be
    proven is unverified. Costs without end stay so unless an optimum, or that there is no plan, is proven."""
    asked = (Status.OPTIMAL, Status.UNVERIFIED, Status.UNBOUNDED)
    for s in np.flatnonzero(np.isin(solution.status, asked)).tolist():
        at = np.array([s])
        one = batch.take(at)
        try:
            part = _proven(one, solution.take(at), exact_optimum(one, time_limit, solution.take(at)))
        except NotProven as error:
            why = f"not proven in rational arithmetic: {error}"
            proof = no_plan_exactly(one, time_limit)
            if proof is None and solution.status[s] == Status.UNBOUNDED:
                continue
            part = (
                _unproven(solution.take(at), why) if proof is None else _none(one, solution.take(at), proof)
            )
        solution = solution.put(at, part)
    return solution


def _proven(batch: Batch, answer: Solution, found: ExactOptimum) -> Solution:
    """One answer with the exact numbers, rounded; it is verified whatever rounding leaves in the residuals."""
    status = np.array([Status.OPTIMAL], np.int8)
    x, y, z = (np.array([v]) for v in (found.x, found.y, found.z))
    c = check_claims(batch, x, y, z, answer.w, status)
    objective = np.array([float(found.objective)])
    return replace(
        answer,
        status=status,
        x=x,
        y=y,
        z=z,
        objective=objective,
        bound=objective,
        bound_by=np.array([BoundBy.OWN], np.int8),
        certificates=replace(c, verified=np.ones(1, np.bool_)),
        messages=Notes(),
        exact=Notes({0: written(found.objective)}),
    )


def _none(batch: Batch, answer: Solution, proof: Proof) -> Solution:
    """One answer that is none: no plan keeps every side to the last digit."""
    blank = Solution.blank(batch.structure, 1, Status.INFEASIBLE)
    zero = np.zeros(1)
    c = replace(
        blank.certificates, rel_prim=zero, rel_dual=zero, gap=zero, unc=zero, verified=np.ones(1, np.bool_)
    )
    return replace(
        answer,
        status=blank.status,
        x=blank.x,
        **{name: np.atleast_2d(getattr(proof, name)) for name in "yzw"},
        objective=blank.objective,
        bound=blank.bound,
        bound_by=blank.bound_by,
        certificates=c,
        messages=Notes({0: Status.INFEASIBLE.sentence}),
    )


def _unproven(answer: Solution, why: str) -> Solution:
    status = np.array([Status.UNVERIFIED], np.int8)
    doubted = replace(answer.certificates, verified=np.zeros(1, np.bool_))
    return replace(answer, status=status, certificates=doubted, messages=Notes({0: why}))
