"""Batch kernels beside their rivals: `python -m benchmarks.kernels [--quick]`.

CPU time (user + system) per scenario in µs, best of several runs, one thread; the compiled code is warm. σ = 10 % lognormal
variation between scenarios. Rivals solve the first scenarios only where they are slow. Every kernel answer of the
timed run is checked against HiGHS or the optimality conditions before a figure is printed.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks.hours import hours_with_storage
from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.solve.kernels import fixed_point, qp, simplex, sparse, warming, waterfill
from saddlepoint.solve.kernels.answer import KernelAnswer
from saddlepoint.solve.kernels.cache import KernelName

INF = np.inf
SIGMA = 0.1


@dataclass(frozen=True)
class Row:
    """One line of the table: a model, and CPU µs per scenario of each competitor."""

    model: str
    kernel: float
    done: float
    rivals: dict[str, float]

    def text(self) -> str:
        rivals = ", ".join(f"{name} {us:,.0f} ({us / self.kernel:,.1f}×)" for name, us in self.rivals.items())
        return f"| {self.model:<34} | {self.kernel:>9.2f} | {self.done:>6.1%} | {rivals} |"


def cpu(run: Callable[[], object], repeats: int = 5) -> float:
    """The least CPU seconds of some runs."""
    best = INF
    for _ in range(repeats):
        start = time.process_time()
        run()
        best = min(best, time.process_time() - start)
    return best


def full(rows: int, columns: int) -> Pattern:
    indptr = np.arange(columns + 1, dtype=np.int32) * rows
    return Pattern((rows, columns), indptr, np.tile(np.arange(rows, dtype=np.int32), columns))


def product_mix(n: int, m: int, size: int, varies: str, seed: int = 0) -> Batch:
    """max c·x, Ax ≤ b, x ≥ 0, dense positive A; varies: rhs, rhs+costs or all."""
    rng = np.random.default_rng(seed)
    A = rng.uniform(0.1, 1, (m, n))
    c = A.sum(0) / m * rng.uniform(0.8, 1.2, n)
    b = rng.uniform(5, 10, m)

    def vary(array: np.ndarray, on: bool) -> np.ndarray:
        return array[None] * np.exp(SIGMA * rng.standard_normal((size, *array.shape))) if on else array[None]

    stack = vary(A, varies == "all").transpose(0, 2, 1)
    values = np.ascontiguousarray(stack).reshape(len(stack), -1)
    q, u = -vary(c, varies != "rhs"), vary(b, True)
    return Batch.linear(
        full(m, n),
        values,
        size=size,
        q=q,
        r=np.zeros((1, 1)),
        l=np.full((1, m), -INF),
        u=u,
        lb=np.zeros((1, n)),
        ub=np.full((1, n), INF),
    )


def portfolio(n: int, m: int, size: int, seed: int = 0) -> Batch:
    """min ½xPx + qx, Ax ≤ u, 0 ≤ x ≤ 2, definite P; q and u vary."""
    rng = np.random.default_rng(seed)
    G, A = rng.standard_normal((n, n)), rng.standard_normal((m, n))
    P = G @ G.T / n + 0.1 * np.eye(n)
    heights = np.arange(1, n + 1)
    upper = Pattern(
        (n, n),
        np.concatenate([[0], np.cumsum(heights)]).astype(np.int32),
        np.concatenate([np.arange(h) for h in heights]).astype(np.int32),
    )
    q = -np.abs(rng.standard_normal(n)) * np.exp(SIGMA * rng.standard_normal((size, n)))
    u = rng.uniform(0.5, 1, m) * np.exp(SIGMA * rng.standard_normal((size, m)))
    return Batch.quadratic(
        upper,
        P[upper.indices, upper.columns()][None],
        full(m, n),
        A.T.reshape(1, -1),
        size=size,
        q=q,
        r=np.zeros((1, 1)),
        l=np.full((1, m), -INF),
        u=u,
        lb=np.zeros((1, n)),
        ub=np.full((1, n), 2.0),
    )


def fleet(n: int, size: int, own: bool, seed: int = 0) -> Batch:
    """min Σ αx² + βx, Σx ≥ D, 0 ≤ x ≤ cap; D varies, with `own` the costs, too."""
    rng = np.random.default_rng(seed)
    alpha, beta, cap = rng.uniform(0.01, 0.1, n), rng.uniform(5, 50, n), rng.uniform(10, 200, n)
    diagonal = Pattern((n, n), np.arange(n + 1, dtype=np.int32), np.arange(n, dtype=np.int32))
    q = beta * np.exp(SIGMA * rng.standard_normal((size, n))) if own else beta[None]
    demand = rng.uniform(0.2, 0.8, (size, 1)) * cap.sum()
    return Batch.quadratic(
        diagonal,
        2 * alpha[None],
        full(1, n),
        np.ones((1, n)),
        size=size,
        q=q,
        r=np.zeros((1, 1)),
        l=demand,
        u=np.full((1, 1), INF),
        lb=np.zeros((1, n)),
        ub=cap[None],
    )


def matrices(batch: Batch, s: int) -> tuple[np.ndarray, np.ndarray]:
    P, A = np.zeros(batch.structure.P.shape), np.zeros(batch.structure.A.shape)
    P[batch.structure.P.indices, batch.structure.P.columns()] = batch.row("P", s)
    A[batch.structure.A.indices, batch.structure.A.columns()] = batch.row("A", s)
    return np.triu(P) + np.triu(P, 1).T, A


def highs_of(batch: Batch) -> Any:
    """A quiet HiGHS holding scenario 0."""
    import highspy

    h = highspy.Highs()
    h.resetGlobalScheduler(True)  # else it refuses to run where anybody before had other threads
    for name, value in (("output_flag", False), ("presolve", "off"), ("solver", "simplex"), ("threads", 1)):
        h.setOptionValue(name, value)
    h.passModel(linear_program(batch, 0))
    return h


def linear_program(batch: Batch, s: int):
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = batch.structure.n, batch.structure.m
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = (batch.row(k, s) for k in ("q", "lb", "ub"))
    lp.row_lower_, lp.row_upper_ = batch.row("l", s), batch.row("u", s)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = batch.structure.A.indptr, batch.structure.A.indices
    lp.a_matrix_.value_ = batch.row("A", s)
    return lp


def hot_highs(batch: Batch, count: int) -> np.ndarray:
    """Objectives of the first scenarios by one HiGHS with changed numbers (a varying matrix is passed again)."""
    h = highs_of(batch)
    n, m = batch.structure.n, batch.structure.m
    columns, rows = np.arange(n, dtype=np.int32), np.arange(m, dtype=np.int32)
    out = np.empty(count)
    for s in range(count):
        if batch.A.shape[0] > 1:
            basis = h.getBasis()
            h.passModel(linear_program(batch, s))
            if basis.valid:
                h.setBasis(basis)
        else:
            if batch.q.shape[0] > 1:
                h.changeColsCost(n, columns, batch.q[s])
            if batch.ub.shape[0] > 1:
                h.changeColsBounds(n, columns, batch.row("lb", s), batch.row("ub", s))
            h.changeRowsBounds(m, rows, batch.row("l", s), batch.row("u", s))
        h.run()
        h.getSolution()
        out[s] = h.getInfo().objective_function_value
    return out


def cvxpy_problem(batch: Batch) -> tuple[Any, Callable[[int], None]]:
    """The problem in CVXPY with Parameters q, A (where it varies) and a side; and what gives them the numbers of a scenario."""
    import cvxpy as cp

    P, A = matrices(batch, 0)
    n, m = batch.structure.n, batch.structure.m
    upper, varies = bool(np.isfinite(batch.u).all()), batch.A.shape[0] > 1
    x, q, side = cp.Variable(n, name="x"), cp.Parameter(n, name="q"), cp.Parameter(m, name="side")
    matrix: Any = cp.Parameter((m, n), name="A") if varies else A
    constraints = [x >= batch.lb[0]]
    if np.isfinite(batch.ub).all():
        constraints.append(x <= batch.ub[0])
    constraints.append(matrix @ x <= side if upper else matrix @ x >= side)
    objective = q @ x + (0.5 * cp.quad_form(x, cp.psd_wrap(P)) if batch.structure.is_quadratic else 0)

    def give(s: int) -> None:
        q.value, side.value = batch.row("q", s), batch.row("u" if upper else "l", s)
        if varies:
            matrix.value = matrices(batch, s)[1]

    return cp.Problem(cp.Minimize(objective), constraints), give


def cvxpy_parameters(batch: Batch, count: int, solver: str) -> None:
    """The first scenarios by CVXPY, compiled once with Parameters."""
    problem, give = cvxpy_problem(batch)
    for s in range(count):
        give(s)
        problem.solve(solver=solver)


def piqp_update(batch: Batch, count: int) -> np.ndarray:
    """Objectives of the first scenarios by one dense PIQP session at 1e-9."""
    import piqp

    P, A = matrices(batch, 0)
    solver = piqp.DenseSolver()
    solver.settings.eps_abs = solver.settings.eps_rel = 1e-9
    bounds = (batch.row("lb", 0), batch.row("ub", 0))
    solver.setup(P, batch.row("q", 0), None, None, A, batch.row("l", 0), batch.row("u", 0), *bounds)
    out = np.empty(count)
    for s in range(count):
        solver.update(c=batch.row("q", s), h_l=batch.row("l", s), h_u=batch.row("u", s))
        solver.solve()
        out[s] = solver.result.info.primal_obj
    return out


def agree(answer: KernelAnswer, objective: np.ndarray, tolerance: float) -> None:
    done = answer.done[: len(objective)]
    gap = np.abs(answer.objective[: len(objective)] - objective)[done] / np.abs(objective[done])
    if gap.max(initial=0) > tolerance:
        raise SystemExit(f"a kernel answer is off by {gap.max():.1e}")


def linear_rows(quick: bool) -> list[Row]:
    rows: list[Row] = []
    sizes = ((2, 2, 10_000), (10, 5, 10_000), (20, 10, 2_000), (50, 20, 1_000), (400, 200, 10))
    for n, m, size in sizes:
        for varies in ("rhs", "rhs+costs", "all"):
            batch = product_mix(n, m, size, varies)
            answer = simplex.solve(batch)
            kernel = cpu(lambda batch=batch: simplex.solve(batch)) / size
            few = min(size, 200 if quick else 1_000)
            agree(answer, hot_highs(batch, few), 1e-9)
            rivals = {"highspy hot": cpu(lambda batch=batch, few=few: hot_highs(batch, few), 2) / few * 1e6}
            if n < 100:
                some = min(size, 20 if quick else 100)
                cvxpy_parameters(batch, 1, "HIGHS")
                seconds = cpu(lambda batch=batch, some=some: cvxpy_parameters(batch, some, "HIGHS"), 1)
                rivals["CVXPY Parameters"] = seconds / some * 1e6
            rows.append(Row(f"LP {n}×{m}, {varies} (S={size:,})", kernel * 1e6, answer.done.mean(), rivals))
            print(rows[-1].text(), flush=True)
    return rows


def medium_rows(quick: bool) -> list[Row]:
    rows: list[Row] = []
    for hours, units, size in ((24, 10, 1_000), (168, 20, 100)):
        batch = hours_with_storage(hours, units, size)
        answer = sparse.solve(batch)
        kernel = cpu(lambda batch=batch: sparse.solve(batch), 3) / size
        few = size // 5 if quick else size
        agree(answer, hot_highs(batch, few), 1e-9)
        rivals = {"highspy hot": cpu(lambda batch=batch, few=few: hot_highs(batch, few), 2) / few * 1e6}
        text = f"{hours} h × {units} units with storage (S={size:,})"
        rows.append(Row(text, kernel * 1e6, answer.done.mean(), rivals))
        print(rows[-1].text(), flush=True)
    return rows


def quadratic_rows(quick: bool) -> list[Row]:
    rows: list[Row] = []
    for n, m, size in ((5, 2, 10_000), (10, 5, 10_000), (30, 10, 1_000), (60, 20, 300)):
        batch = portfolio(n, m, size)
        answer = qp.solve(batch)
        kernel = cpu(lambda batch=batch: qp.solve(batch)) / size
        few = min(size, 200 if quick else 1_000)
        agree(answer, piqp_update(batch, few), 1e-6)
        some = 20 if quick else 100
        cvxpy_parameters(batch, 1, "CLARABEL")
        rivals = {
            "PIQP dense": cpu(lambda batch=batch, few=few: piqp_update(batch, few), 2) / few * 1e6,
            "CVXPY Clarabel": cpu(lambda batch=batch, some=some: cvxpy_parameters(batch, some, "CLARABEL"), 1)
            / some
            * 1e6,
        }
        rows.append(Row(f"QP {n}×{m}, rhs+costs (S={size:,})", kernel * 1e6, answer.done.mean(), rivals))
        print(rows[-1].text(), flush=True)
    return rows


def fleet_rows(quick: bool) -> list[Row]:
    rows: list[Row] = []
    for n, size, own in (
        (5, 100_000, False),
        (5, 10_000, True),
        (100, 10_000, False),
        (100, 10_000, True),
        (10_000, 100, False),
    ):
        batch = fleet(n, size, own)
        answer = waterfill.solve(batch)
        kernel = cpu(lambda batch=batch: waterfill.solve(batch)) / size
        rivals: dict[str, float] = {}
        if n <= 100:
            few = min(size, 100 if quick else 500)
            agree(answer, piqp_update(batch, few), 1e-6)
            rivals["PIQP dense"] = cpu(lambda batch=batch, few=few: piqp_update(batch, few), 2) / few * 1e6
            cvxpy_parameters(batch, 1, "OSQP")
            rivals["CVXPY OSQP"] = cpu(lambda batch=batch: cvxpy_parameters(batch, 20, "OSQP"), 1) / 20 * 1e6
        what = "demand+costs" if own else "demand"
        rows.append(Row(f"dispatch n={n:,}, {what} (S={size:,})", kernel * 1e6, answer.done.mean(), rivals))
        print(rows[-1].text(), flush=True)
    return rows


def coupled_highs(batch: Batch, c0: np.ndarray, slope: np.ndarray, count: int) -> np.ndarray:
    """Fixed points by a hot HiGHS and c = c0 + slope∘x by hand, to 1e-9."""
    h = highs_of(batch)
    n, m = batch.structure.n, batch.structure.m
    columns, rows = np.arange(n, dtype=np.int32), np.arange(m, dtype=np.int32)
    out, x = np.empty((count, n)), np.zeros(n)
    for s in range(count):
        h.changeRowsBounds(m, rows, batch.row("l", s), batch.row("u", s))
        c, old = c0[s], np.full(n, INF)
        for _ in range(50):
            h.changeColsCost(n, columns, -c)
            h.run()
            x = np.array(h.getSolution().col_value)
            c = c0[s] + slope[s] * x
            if np.abs(x - old).max() <= 1e-9 * max(1.0, np.abs(x).max()):
                break
            old = x
        out[s] = x
    return out


def coupled_rows(quick: bool) -> list[Row]:
    rows: list[Row] = []
    for n, m, size in ((2, 2, 10_000), (10, 5, 10_000)):
        batch = product_mix(n, m, size, "rhs")
        rng = np.random.default_rng(1)
        c0 = -batch.q * np.exp(SIGMA * rng.standard_normal((size, n)))
        slope = rng.uniform(-0.02, 0.05, n) * np.exp(SIGMA * rng.standard_normal((size, n)))
        arange = np.arange(n + 1, dtype=np.int32)
        diagonal = Pattern((n, n), arange, arange[:-1])
        exchange = fixed_point.Exchange(
            offset=c0,
            given=fixed_point.ScenarioMatrix(diagonal, slope),
            group_x=np.zeros(n, np.int64),
            group_w=np.ones(n, np.int64),
            cost=fixed_point.ScenarioMatrix(diagonal, -np.ones((1, n))),
        )
        free = replace(batch, size=size, q=np.zeros((1, n)))
        rule = fixed_point.Sweeping(sweeps=50)
        found = fixed_point.solve(free, exchange, rule)
        kernel = cpu(lambda free=free, e=exchange, r=rule: fixed_point.solve(free, e, r)) / size
        few = 100 if quick else 500
        other = coupled_highs(free, c0, slope, few)
        same = np.abs(found.answer.x[:few] - other).max(axis=1) <= 1e-6 * np.abs(other).max(axis=1)
        if not same[found.answer.done[:few]].all():
            raise SystemExit("a fixed point differs from the loop of HiGHS")
        seconds = cpu(lambda free=free, c=c0, sl=slope, few=few: coupled_highs(free, c, sl, few), 2)
        rows.append(
            Row(
                f"coupled {n}×{m} (S={size:,})",
                kernel * 1e6,
                found.answer.done.mean(),
                {"highspy hot, c by hand": seconds / few * 1e6},
            )
        )
        print(rows[-1].text(), flush=True)
    return rows


ROWS: dict[Callable[[bool], list[Row]], KernelName] = {
    linear_rows: "simplex",
    medium_rows: "sparse",
    quadratic_rows: "qp",
    fleet_rows: "waterfill",
    coupled_rows: "fixed_point",
}
"""The tables, and the kernel of each."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=[r.__name__ for r in ROWS], help="one of the tables")
    parser.add_argument("--quick", action="store_true", help="fewer scenarios for the rivals")
    asked = parser.parse_args()
    chosen = [rows for rows in ROWS if asked.only in (None, rows.__name__)]
    start = time.process_time()
    warming.warm_up((*(ROWS[rows] for rows in chosen), "known_bases", "lanes"))
    print(f"compiling or loading the kernels: {time.process_time() - start:.1f} s CPU\n")
    print("| model | kernel µs | done | rivals: µs per scenario (times the kernel's) |\n|---|---|---|---|")
    for rows in chosen:
        rows(asked.quick)


if __name__ == "__main__":
    main()
