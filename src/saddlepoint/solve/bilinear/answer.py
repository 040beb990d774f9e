"""The answers of a compiled problem some of whose columns stand for products of two others."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.columnar import Coded
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Index, Mask
from saddlepoint.compile.program import Multiplied
from saddlepoint.solve.bilinear.branch import NODES
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.bilinear.proven import Proven
from saddlepoint.solve.bilinear.relaxation import matrices
from saddlepoint.solve.bilinear.second_route import searched
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.proof.certificate import INTEGER_GAP
from saddlepoint.solve.solution import BoundBy, Certificates, Method, Options, Solution, Status

_METHOD = Method("branch and bound")
CONFIRMED = "SCIP finds no better plan either, which is no proof of ours"
AS_GOOD = "another plan was met that is as good, to the gap"


def deadline_of(options: Options, scenarios: int) -> Deadline:
    """When the time of so many scenarios is over, from now on, or the run is to stop."""
    limit = None if options.time_limit is None else options.time_limit * scenarios
    return Deadline.of(replace(options, time_limit=limit))


def solve_products(
    batch: Batch, products: Multiplied, options: Options, nodes: int = NODES
) -> tuple[Solution, Proven]:
    """The best plans of a linear batch with products, each with a bound on the cost of every plan; it has no prices.

    OPTIMAL where plan and bound meet within INTEGER_GAP, FEASIBLE with a plan otherwise, INFEASIBLE where it is proven that there is none, UNBOUNDED where plans get
    better without end.
    """
    begin = time.perf_counter()
    problem, own = _bilinear(batch, products)
    found = searched(problem, deadline_of(options, batch.size), nodes=nodes)
    return _solution(batch, products, problem, (own, found), time.perf_counter() - begin), found


def _bilinear(batch: Batch, products: Multiplied) -> tuple[Bilinear, Index]:
    """The problem without the columns of products, and those that are left."""
    S, n = batch.size, batch.structure.n
    own = np.setdiff1d(np.arange(n), products.columns)
    place = np.zeros(n, np.int64)
    place[own] = np.arange(len(own))
    wide = {
        k: np.broadcast_to(getattr(batch, k), (S, getattr(batch, k).shape[1]))
        for k in ("q", "r", "l", "u", "lb", "ub")
    }
    A, w = matrices(batch), products.columns
    held = np.flatnonzero((np.isfinite(wide["lb"][:, w]) | np.isfinite(wide["ub"][:, w])).any(axis=0))
    B = np.zeros((S, A.shape[1] + len(held), len(w)))
    B[:, : A.shape[1]] = A[:, :, w]
    B[:, A.shape[1] + np.arange(len(held)), held] = 1.0
    return Bilinear(
        q=wide["q"][:, own],
        p=wide["q"][:, w],
        r=wide["r"][:, 0],
        A=np.concatenate([A[:, :, own], np.zeros((S, len(held), len(own)))], axis=1),
        B=B,
        l=np.concatenate([wide["l"], wide["lb"][:, w[held]]], axis=1),
        u=np.concatenate([wide["u"], wide["ub"][:, w[held]]], axis=1),
        lb=wide["lb"][:, own],
        ub=wide["ub"][:, own],
        left=place[products.left],
        right=place[products.right],
    ), own


def _solution(
    batch: Batch, products: Multiplied, problem: Bilinear, search: tuple[Index, Proven], seconds: float
) -> Solution:
    own, found = search
    S = batch.size
    planned = np.isfinite(found.value)
    none = np.isposinf(found.value) & np.isposinf(found.bound)
    settled = planned & (found.gap <= INTEGER_GAP)
    status = np.select(
        [settled, planned, none, found.endless],
        [Status.OPTIMAL, Status.FEASIBLE, Status.INFEASIBLE, Status.UNBOUNDED],
        Status.LIMIT,
    )
    x = np.full((S, batch.structure.n), np.nan)
    x[:, own] = found.x
    x[:, products.columns] = found.x[:, problem.left] * found.x[:, problem.right]
    made = Solution.blank(batch.structure, S)
    made.status[:] = status.astype(np.int8)
    made.x[:], made.objective[:] = x, np.where(planned, found.value, np.nan)
    made.bound[:] = np.where(np.isfinite(found.bound), found.bound, np.nan)
    made.bound_by[:] = np.where(np.isfinite(found.bound), BoundBy.OWN, BoundBy.NONE)
    made.iterations[:], made.seconds[:] = found.nodes, seconds / max(1, S)
    certificates = _certificates(found, planned, settled | none | found.endless)
    for s in np.flatnonzero(none).tolist():
        made.messages[s] = f"no plan: proven of all boxes looked at ({int(found.nodes[s]):,})"
    for s in np.flatnonzero(found.tied(problem)).tolist():
        made.messages[s] = AS_GOOD
    for s in np.flatnonzero(found.confirmed & planned).tolist():
        made.messages[s] = "; ".join((*((made.messages[s],) if s in made.messages else ()), CONFIRMED))
    return replace(made, method=Coded.all(S, _METHOD), certificates=certificates)


def _certificates(found: Proven, planned: Mask, verified: Mask) -> Certificates:
    """Violations of rows, bounds and products, and the gap between plan and bound; of multipliers nothing is asked."""
    zero = np.where(planned, 0.0, np.nan)
    return Certificates(
        rel_prim=np.where(planned, found.off, np.nan),
        rel_dual=zero,
        gap=np.where(planned, found.gap, np.nan),
        unc=zero,
        gives_way=zero,
        verified=verified.astype(np.bool_),
    )
