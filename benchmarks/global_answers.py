"""Proven global answers beside SCIP: coupled models whose unit profits change with the plan, and pooling problems of the literature.

python -m benchmarks global_answers [--count 40] [--timed 1000] [--pools 14]

For each size the best plans and bounds of `count` random models, SCIP's with the same gap, and whether they agree to 3e-6; then the time of a sweep of
`timed` models. CPU seconds. The exit code is 1 where an answer is not certified or differs.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import Any

import numpy as np

from benchmarks.pooling import INSTANCES, pooling
from saddlepoint.arrays import Array
from saddlepoint.solve.bilinear.branch import GAP, branch_and_bound
from saddlepoint.solve.bilinear.linear import linear
from saddlepoint.solve.bilinear.problem import Bilinear

SIZES = ((2, 2), (10, 5), (50, 20))
PLAIN = ("bental5", "adhya4", "rt2")
"""Pooling problems that are solved in the q-formulation as well."""


def coupled(n: int, m: int, seeds: range) -> Bilinear:
    """Random plans whose unit profits change with the plan: max c·x, Ax ≤ b, x ≥ 0, c = c0 + kx (k of both signs)."""
    S, rows = len(seeds), m + n
    A, l, u = np.zeros((S, rows, 2 * n)), np.full((S, rows), -np.inf), np.zeros((S, rows))
    for s, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        uses = rng.uniform(0.1, 1, (m, n))
        A[s, :m, :n], A[s, m:, n:] = uses, np.eye(n)
        l[s, m:] = u[s, m:] = uses.sum(0) / m * rng.uniform(0.8, 1.2, n)
        u[s, :m] = rng.uniform(5, 10, m)
        A[s, m:, :n] = -np.diag(rng.uniform(-0.02, 0.05, n))
    free = np.full(n, -np.inf)
    return Bilinear(
        q=np.zeros((S, 2 * n)),
        p=-np.ones((S, n)),
        r=np.zeros(S),
        A=A,
        B=np.zeros((S, rows, n)),
        l=l,
        u=u,
        lb=np.tile(np.r_[np.zeros(n), free], (S, 1)),
        ub=np.full((S, 2 * n), np.inf),
        left=np.arange(n),
        right=n + np.arange(n),
    )


def by_scip(problem: Bilinear, s: int) -> tuple[float, float]:
    """SCIP's best value and its CPU seconds."""
    import pyscipopt as scip

    model: Any = scip.Model()
    model.hideOutput()
    model.setParam("limits/gap", GAP)
    model.setParam("limits/time", 120)
    n = problem.q.shape[1]
    ends = [[None if np.isinf(v) else float(v) for v in side[s]] for side in (problem.lb, problem.ub)]
    x = [model.addVar(lb=a, ub=b) for a, b in zip(*ends, strict=True)]
    w = [x[i] * x[j] for i, j in zip(problem.left, problem.right, strict=True)]

    def summed(row: Array, products: Array) -> Any:
        parts = [float(row[k]) * x[k] for k in range(n) if row[k]]
        return scip.quicksum(parts + [float(c) * v for c, v in zip(products, w, strict=True) if c])

    for row, products, low, high in zip(problem.A[s], problem.B[s], problem.l[s], problem.u[s], strict=True):
        if np.isfinite(low):
            model.addCons(summed(row, products) >= float(low))
        if np.isfinite(high):
            model.addCons(summed(row, products) <= float(high))
    value = model.addVar(lb=None)
    model.addCons(value >= summed(problem.q[s], problem.p[s]) + float(problem.r[s]))
    model.setObjective(value, "minimize")
    begun = time.process_time()
    model.optimize()
    return float(model.getObjVal()), time.process_time() - begun


def compared(name: str, problem: Bilinear) -> bool:
    """A line on some models; whether all are certified and SCIP's."""
    begun = time.process_time()
    found = branch_and_bound(problem, linear)
    ours = time.process_time() - begun
    others = [by_scip(problem, s) for s in range(problem.size)]
    values = np.array([value for value, _ in others])
    theirs = sum(seconds for _, seconds in others)
    size = np.maximum(np.abs(values), 1e-9)
    proven = (found.gap <= GAP) & (problem.violation(found.x) <= 1e-7)
    agree = (np.abs(found.value - values) <= 3e-6 * size) & (found.bound <= values + 3e-6 * size)
    print(
        f"  {name:10}{problem.size:>7}{ours / problem.size * 1e3:>12.2f}{theirs / problem.size * 1e3:>12.2f}{found.nodes.mean():>9.0f}"
        f"{100 * proven.mean():>10.1f} %{100 * agree.mean():>9.1f} %",
        flush=True,
    )
    return bool(proven.all() and agree.all())


def kernels_warm() -> None:
    """Let the kernels be loaded, or compiled, before the clock runs."""
    branch_and_bound(coupled(3, 2, range(600)), linear)


def timed(n: int, m: int, count: int) -> bool:
    """A line on many models without SCIP."""
    problem = coupled(n, m, range(count))
    begun = time.process_time()
    found = branch_and_bound(problem, linear)
    took = time.process_time() - begun
    proven = found.gap <= GAP
    print(
        f"  {f'{n} x {m}':10}{count:>7}{took / count * 1e3:>12.2f}{'-':>12}{found.nodes.mean():>9.0f}{100 * proven.mean():>10.1f} %",
        flush=True,
    )
    return bool(proven.all())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("benchmarks global_answers", description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--timed", type=int, default=1_000)
    parser.add_argument("--pools", type=int, default=len(INSTANCES))
    asked = parser.parse_args(arguments)
    print(
        f"  {'model':10}{'number':>7}{'ms each':>12}{'SCIP ms':>12}{'boxes':>9}{'certified':>12}{'as SCIP':>11}"
    )
    kernels_warm()
    right = True
    for n, m in SIZES:
        right &= compared(f"{n} x {m}", coupled(n, m, range(asked.count)))
    for name in list(INSTANCES)[: asked.pools]:
        right &= compared(name, pooling(name))
    for name in [k for k in PLAIN if k in list(INSTANCES)[: asked.pools]]:
        right &= compared(f"{name} q", pooling(name, multiplied=False))
    for n, m in SIZES[:2]:
        right &= timed(n, m, asked.timed)
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
