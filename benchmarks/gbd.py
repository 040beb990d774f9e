"""python -m benchmarks gbd: aircraft allotted to routes before demand is known, all 646,425 outcomes, exactly.

The problem of A. R. Ferguson and G. B. Dantzig (Management Science 3 (1956) 45–73) with the demands of the test problem gbd, as the examples of mpi-sppy print
them. As one outcome after another by the L-shaped method; beside it the same optimum by another road: what is missed on a route depends on
that route alone, so the 73 demands of single routes make one small problem.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from functools import partial
from typing import Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.solve.decomposition.l_shaped import l_shaped
from saddlepoint.solve.decomposition.master import dense_batch
from saddlepoint.solve.decomposition.two_stage import CHUNK, OutcomeChunk, TwoStage
from saddlepoint.solve.solve import solve

FLEET: Final = np.array([10.0, 19.0, 25.0, 15.0])
CARRIED: Final = np.array(
    [[16, 15, 28, 23, 81], [0, 10, 14, 15, 57], [0, 5, 0, 7, 29], [9, 11, 22, 17, 55]], float
)
"""Hundreds of passengers that an aircraft of each kind carries in a month on each route; 0: it cannot fly there."""
COST: Final = np.array(
    [[18, 21, 18, 16, 10], [0, 15, 16, 14, 9], [0, 10, 0, 9, 6], [17, 16, 17, 15, 10]], float
)
LOST: Final = np.array([13.0, 13.0, 7.0, 7.0, 1.0])
"""What a hundred passengers who are not carried would have paid."""
DEMANDS: Final = (
    (175, 185, 195, 200, 210, 220, 250, 270, 280, 290, 300, 305, 310, 312, 314),
    (40, 45, 50, 55, 134, 138, 142, 146, 150, 154, 158, 160, 162),
    (138, 140, 156, 158, 160, 162, 164, 170, 175, 180, 185, 188, 200, 205, 210, 220, 222),
    (5, 10, 30, 37, 50, 57, 80, 85, 100, 110, 300, 320, 340, 360, 380),
    (570, 580, 590, 600, 602, 604, 606, 610, 612, 614, 616, 618, 620),
)
PER_CENT: Final = (
    (4, 4, 4, 4, 4, 5, 35, 10, 5, 5, 4, 4, 4, 4, 4),
    (5, 5, 5, 5, 10, 10, 10, 10, 10, 10, 10, 5, 5),
    (5, 5, 2, 4, 10, 2, 2, 10, 10, 10, 10, 6, 6, 4, 4, 7, 3),
    (10, 10, 5, 5, 5, 5, 15, 15, 10, 10, 2, 2, 2, 2, 2),
    (3, 4, 3, 5, 5, 10, 10, 20, 10, 10, 10, 5, 5),
)
KINDS, ROUTES = CARRIED.shape
SIZES: Final = tuple(map(len, DEMANDS))


def fleet_rows(more: int) -> Array:
    """Aircraft of each kind at most as there are; `more` columns follow."""
    each = np.repeat(np.eye(KINDS), ROUTES, axis=1)
    return np.concatenate([each, np.zeros((KINDS, more))], axis=1)


def upper(more: int) -> Array:
    return np.concatenate([np.where(CARRIED > 0, np.inf, 0.0).ravel(), np.full(more, np.inf)])


def program(rows: Array, q: Array, l: Array, u: Array) -> Batch:
    more = len(q) - KINDS * ROUTES
    return dense_batch(
        rows, q=q, r=0.0, l=l, u=u, lb=np.zeros(len(q)), ub=upper(more), integer=np.zeros(len(q), bool)
    )


def one_by_one() -> TwoStage:
    """All outcomes, made chunk by chunk."""
    n = KINDS * ROUTES
    first = program(fleet_rows(0), COST.ravel(), np.full(KINDS, -np.inf), FLEET)
    served = np.hstack([np.eye(ROUTES) * CARRIED[k] for k in range(KINDS)])
    rows = np.hstack([served, np.eye(ROUTES)])
    q = np.concatenate([np.zeros(n), LOST])
    outcome = program(rows, q, np.zeros(ROUTES), np.full(ROUTES, np.inf))
    outcome = replace(outcome, lb=np.where(np.arange(n + ROUTES) < n, -np.inf, 0.0)[None])
    outcome = replace(outcome, ub=np.full((1, n + ROUTES), np.inf))
    total = math.prod(SIZES)
    starts = range(0, total, CHUNK)
    sizes = [min(CHUNK, total - start) for start in starts]
    sources = [partial(outcomes, outcome, start, size) for start, size in zip(starts, sizes, strict=True)]
    return TwoStage.of(first, sources, sizes)


def outcomes(outcome: Batch, start: int, size: int) -> OutcomeChunk:
    """Some of all combinations of demands."""
    codes = np.unravel_index(np.arange(start, start + size), SIZES)
    asked = [np.array(d, float)[c] for d, c in zip(DEMANDS, codes, strict=True)]
    shares = [np.array(p, float)[c] / 100 for p, c in zip(PER_CENT, codes, strict=True)]
    return OutcomeChunk(replace(outcome, size=size, l=np.stack(asked, axis=1)), np.prod(shares, axis=0))


def route_by_route() -> float:
    """The optimum by the demands of single routes."""
    count, n = sum(SIZES), KINDS * ROUTES
    route = np.repeat(np.arange(ROUTES), SIZES)
    share = np.concatenate([np.array(p) / 100 for p in PER_CENT])
    served = np.hstack([np.eye(ROUTES) * CARRIED[k] for k in range(KINDS)])[route]
    rows = np.vstack([fleet_rows(count), np.hstack([served, np.eye(count)])])
    low = np.concatenate([np.full(KINDS, -np.inf), *(np.array(d, float) for d in DEMANDS)])
    high = np.concatenate([FLEET, np.full(count, np.inf)])
    found = solve(program(rows, np.concatenate([COST.ravel(), share * LOST[route]]), low, high))
    assert found.answered[0] and n + count == rows.shape[1]
    return float(found.objective[0])


def main() -> None:
    """One line."""
    known = route_by_route()
    began = time.process_time()
    found = l_shaped(one_by_one())
    print(
        f"gbd, {math.prod(SIZES):,} outcomes: {found.objective:.6f}, bound {found.bound:.6f}, {found.certified:,} certified, {found.passes} passes, "
        f"{time.process_time() - began:.1f} s of CPU; route by route {known:.6f}"
    )


if __name__ == "__main__":
    main()
