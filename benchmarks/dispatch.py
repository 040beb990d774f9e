"""Separable dispatch beside a general solver: python -m benchmarks.dispatch [--quick]

One fleet, many demands. Ours sorts the breakpoints once and searches; the rivals solve one quadratic programme per
demand: CVXPY with OSQP rebuilt for each (as the published notebook does) and PIQP set up once and updated. CPU seconds
of this process; rivals are timed on few demands and given per demand.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from saddlepoint.planning import Demand, Fleet, dispatch, plans


def _cpu(call: Callable[[], Any], repeat: int = 1) -> tuple[float, Any]:
    best, answer = float("inf"), None
    for _ in range(repeat):
        start = time.process_time()
        answer = call()
        best = min(best, time.process_time() - start)
    return best, answer


def fleet_of(n: int, seed: int = 0) -> Fleet:
    rng = np.random.default_rng(seed)
    return Fleet.of(rng.uniform(0.01, 0.1, n), rng.uniform(5, 50, n), 0.0, 0.0, rng.uniform(10, 200, n))


def by_cvxpy(fleet: Fleet, demands: np.ndarray) -> np.ndarray:
    import cvxpy as cp

    plan = np.empty((len(demands), len(fleet)))
    for k, demand in enumerate(demands):
        x = cp.Variable(len(fleet))
        cost = cp.Minimize(fleet.alpha @ cp.square(x) + fleet.beta @ x)
        cp.Problem(cost, [cp.sum(x) >= demand, x >= 0, x <= fleet.upper]).solve(solver="OSQP")
        plan[k] = x.value
    return plan


def by_piqp(fleet: Fleet, demands: np.ndarray) -> np.ndarray:
    import piqp
    import scipy.sparse as sp

    n = len(fleet)
    plan = np.empty((len(demands), n))
    rows = sp.csc_matrix(np.ones((1, n)))
    curvature = sp.diags(2.0 * fleet.alpha, format="csc")
    solver = piqp.SparseSolver()
    solver.setup(curvature, fleet.beta, None, None, rows, demands[:1], None, np.zeros(n), fleet.upper)
    for k, demand in enumerate(demands):
        solver.update(h_l=np.array([demand]))
        solver.solve()
        plan[k] = solver.result.x
    return plan


def many(n: int, count: int, rivals: int) -> None:
    fleet = fleet_of(n)
    demands = np.random.default_rng(1).uniform(0.2, 0.8, count) * fleet.capacity
    setup, _ = _cpu(lambda: fleet_of(n).supply)
    ours, answer = _cpu(lambda: plans(fleet, demands), 3)
    prices, _ = _cpu(lambda: plans(fleet, demands, plan=False, certificate=False), 3)
    worst = answer.certificate.worst.max()
    each = ours / count * 1e6
    print(f"{n} machines, {count} demands: set-up {setup * 1e3:.2f} ms; prices and costs {prices:.4f} s;")
    print(f"  plans and certificate {ours:.3f} s = {each:.2f} µs each, worst residual {worst:.1e}")
    plans(fleet, demands[:2], engine="numba")
    compiled, again = _cpu(lambda: plans(fleet, demands, engine="numba"), 3)
    print(f"  compiled (numba): {compiled:.3f} s, worst residual {again.certificate.worst.max():.1e}")
    for name, rival in (("CVXPY + OSQP, rebuilt", by_cvxpy), ("PIQP, updated", by_piqp)):
        rival(fleet, demands[:1])
        seconds, plan = _cpu(lambda rival=rival: rival(fleet, demands[:rivals]))
        gap = fleet.costs(plan).sum(axis=1) / answer.cost[:rivals] - 1.0
        per = seconds / rivals * 1e6
        short = (demands[:rivals] - plan.sum(axis=1)).max()
        print(
            f"  {name}: {per:,.0f} µs each, {per / each:,.0f} × ours; cost {gap.min():+.1e} … {gap.max():+.1e}, short by {short:.1e}"
        )


def main(quick: bool) -> None:
    fleet, demand = Fleet.random(5, 42), Demand(300.0, 30.0, 0.95)
    dispatch(fleet, demand)
    repeat = 200 if quick else 5000
    seconds, _ = _cpu(lambda: [dispatch(fleet, demand) for _ in range(repeat)])
    print(f"5 machines, 1 demand: {seconds / repeat * 1e6:.0f} µs per call of dispatch, certificate included")
    seconds, _ = _cpu(lambda: [dispatch(fleet, Demand(300.0, 30.0, 0.95)) for _ in range(repeat)])
    print(f"  with a new Demand each time: {seconds / repeat * 1e6:.0f} µs")
    many(5, 1000 if quick else 100_000, 20)
    many(100, 1000 if quick else 100_000, 20)
    size = 10_000 if quick else 1_000_000
    making, large = _cpu(lambda: fleet_of(size))
    seconds, answer = _cpu(lambda: dispatch(large, 0.5 * large.upper.sum()))
    worst = answer.certificate.worst.max()
    print(
        f"{size} machines, 1 demand: {seconds:.3f} s (making the fleet {making:.3f} s), worst residual {worst:.1e}"
    )


if __name__ == "__main__":
    main("--quick" in sys.argv)
