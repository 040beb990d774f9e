"""The batch kernels beside every solver that is made for many small problems: `python -m benchmarks rivals [--quick]`.

CPU seconds of one process and one thread, the least of some runs, all in one run on the same batches. What a solver can keep (a compiled solver,
a factorised matrix, generated code, a basis) is prepared before the clock; what changes between scenarios is given again within it. *right*:
plans whose objective is within 1e-6 of the certified optimum and that break no relation by more than 1e-6 of its terms; beside it the largest of these errors.
A solver that cannot be imported is named as missing: `pip install --group rivals` has them; CVXPYgen needs a C compiler, too.
"""

from __future__ import annotations

import argparse
import contextlib
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")

import importlib
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import cones
from benchmarks.kernels import (
    cpu,
    cvxpy_problem,
    fleet,
    highs_of,
    linear_program,
    matrices,
    portfolio,
    product_mix,
)
from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels import cone, qp, simplex, warming, waterfill
from saddlepoint.solve.kernels.answer import KernelAnswer
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.proof.cones import violation
from saddlepoint.solve.solution import Status

RIGHT = 1e-6
INF, TINY = np.inf, 1e-300
Plans = np.ndarray
Run = Callable[[], Plans]
"""Solves the first scenarios again, all of them, and returns their plans (count, n)."""


@dataclass(frozen=True)
class Rival:
    """A solver. modules: what must be importable; programs: one of these must be there; prepare: a batch and a number of scenarios → what solves them;
    largest: n × m up to which it is asked; most: scenarios it is given."""

    name: str
    modules: tuple[str, ...]
    prepare: Callable[[Batch, int], Run]
    programs: tuple[str, ...] = ()
    takes: Callable[[Batch], bool] = lambda batch: not batch.structure.is_conic
    largest: int = 2_000
    most: int = 1_000

    @property
    def missing(self) -> str | None:
        """The first module or program that cannot be found, or None."""
        module = next((m for m in self.modules if importlib.util.find_spec(m) is None), None)
        if module is None and self.programs and not any(map(shutil.which, self.programs)):
            return f"no {self.programs[0]}"
        return module


def every(batch: Batch, name: str, count: int) -> np.ndarray:
    """The numbers of the first scenarios, contiguous (count, k)."""
    array = getattr(batch, name)
    return np.broadcast_to(array, (batch.size, array.shape[1]))[:count].copy()


def with_upper_sides(batch: Batch) -> Batch:
    """The batch with upper sides of its rows, as some rivals want them: where there are lower ones alone, of the negative rows."""
    if batch.structure.is_conic or np.isfinite(batch.u).any():
        return batch
    return replace(batch, A=-batch.A, l=-batch.u, u=-batch.l)


def matrix_varies(batch: Batch) -> bool:
    return batch.A.shape[0] > 1


def moreau(kind: str) -> Callable[[Batch, int], Run]:
    """Its batched solver, all scenarios in one call: Ax + s = b, s ≥ 0."""

    def prepare(batch: Batch, count: int) -> Run:
        import moreau
        from scipy.sparse import csr_array

        n, m = batch.structure.n, batch.structure.m
        P, A = matrices(batch, 0)
        boxed = [np.eye(n)] if np.isfinite(batch.ub).all() else []
        pattern = csr_array(np.vstack([np.ones((m, n)), np.eye(n), *boxed]))
        places = pattern.nonzero()
        own = count if matrix_varies(batch) else 1
        signed = [
            np.vstack([matrices(batch, s)[1] if own > 1 else A, -np.eye(n), *boxed]) for s in range(own)
        ]
        values = np.stack([matrix[places] for matrix in signed])
        sides = [every(batch, "u", count), -every(batch, "lb", count)] + [
            every(batch, "ub", count) for _ in boxed
        ]
        q, b = every(batch, "q", count), np.hstack(sides)
        curved = csr_array(P)
        solver = moreau.CompiledSolver(
            n=n,
            m=pattern.shape[0],
            P_row_offsets=curved.indptr.astype(int),
            P_col_indices=curved.indices.astype(int),
            A_row_offsets=pattern.indptr,
            A_col_indices=pattern.indices,
            cones=moreau.Cones(num_nonneg_cones=pattern.shape[0]),
            settings=moreau.Settings(batch_size=count, solver=kind, device="cpu"),
        )
        given = (np.tile(curved.data, (count, 1)), values) if own > 1 else (curved.data, values[0])

        def run() -> Plans:
            solver.setup(*given)
            return np.asarray(solver.solve(q, b).x)

        return run

    return prepare


def daqp(batch: Batch, count: int) -> Run:
    """Its compiled function, called for every scenario: it keeps nothing between calls."""
    import daqp

    P, _ = matrices(batch, 0)
    stack = [np.ascontiguousarray(matrices(batch, s)[1]) for s in range(count if matrix_varies(batch) else 1)]
    low = np.maximum(np.hstack([every(batch, "lb", count), every(batch, "l", count)]), -1e30)
    high = np.minimum(np.hstack([every(batch, "ub", count), every(batch, "u", count)]), 1e30)
    q, sense = every(batch, "q", count), np.zeros(low.shape[1], np.intc)

    def run() -> Plans:
        return np.stack(
            [
                daqp.solve(P, q[s], stack[s if len(stack) > 1 else 0], high[s], low[s], sense)[0]
                for s in range(count)
            ]
        )

    return run


def piqp(batch: Batch, count: int) -> Run:
    """One dense session with changed vectors, 1e-9."""
    import piqp

    P, A = matrices(batch, 0)
    solver = piqp.DenseSolver()
    solver.settings.eps_abs = solver.settings.eps_rel = 1e-9
    q, l, u, lb, ub = (every(batch, name, count) for name in ("q", "l", "u", "lb", "ub"))
    solver.setup(np.asfortranarray(P), q[0], None, None, np.asfortranarray(A), l[0], u[0], lb[0], ub[0])

    def run() -> Plans:
        out = np.empty_like(q)
        for s in range(count):
            if matrix_varies(batch):
                solver.update(c=q[s], G=np.asfortranarray(matrices(batch, s)[1]), h_l=l[s], h_u=u[s])
            else:
                solver.update(c=q[s], h_l=l[s], h_u=u[s])
            solver.solve()
            out[s] = solver.result.x
        return out

    return run


def proxqp(batch: Batch, count: int) -> Run:
    """One dense session with changed vectors, each scenario from the last one's answer, 1e-9."""
    from proxsuite import proxqp

    P, A = matrices(batch, 0)
    solver = proxqp.dense.QP(batch.structure.n, 0, batch.structure.m, True)
    solver.settings.eps_abs, solver.settings.eps_rel = 1e-9, 0.0
    q, l, u, lb, ub = (
        np.clip(every(batch, name, count), -1e20, 1e20) for name in ("q", "l", "u", "lb", "ub")
    )
    solver.init(P, q[0], None, None, A, l[0], u[0], lb[0], ub[0])
    solver.solve()  # without an answer to start from the next setting ends the process
    solver.settings.initial_guess = proxqp.InitialGuess.WARM_START_WITH_PREVIOUS_RESULT

    def run() -> Plans:
        out = np.empty_like(q)
        for s in range(count):
            C = matrices(batch, s)[1] if matrix_varies(batch) else None
            solver.update(g=q[s], C=C, l=l[s], u=u[s])
            solver.solve()
            out[s] = solver.results.x
        return out

    return run


def highs(batch: Batch, count: int) -> Run:
    """One HiGHS that goes on from basis to basis with changed numbers (a varying matrix is passed again)."""
    with quiet():
        h = highs_of(batch)
    n, m = batch.structure.n, batch.structure.m
    columns, rows = np.arange(n, dtype=np.int32), np.arange(m, dtype=np.int32)

    def run() -> Plans:
        out = np.empty((count, n))
        for s in range(count):
            if matrix_varies(batch):
                basis = h.getBasis()
                h.passModel(linear_program(batch, s))
                if basis.valid:
                    h.setBasis(basis)
            else:
                h.changeColsCost(n, columns, batch.row("q", s))
                h.changeRowsBounds(m, rows, batch.row("l", s), batch.row("u", s))
            h.run()
            out[s] = h.getSolution().col_value
        return out

    return run


def cvxpy(batch: Batch, count: int) -> Run:
    """CVXPY with Parameters, compiled once; the solvers that it chooses where no licensed one is installed."""
    problem, give = cvxpy_problem(batch)
    solver = "OSQP" if batch.structure.is_quadratic else "CLARABEL"

    def run() -> Plans:
        out = np.empty((count, batch.structure.n))
        for s in range(count):
            give(s)
            problem.solve(solver=solver)
            out[s] = problem.variables()[0].value
        return out

    return run


def cvxpygen(batch: Batch, count: int) -> Run:
    """Code generated for the problem, compiled, called through its extension module: QOCO, OSQP to 1e-8 for quadratic problems
    (generated for those, QOCO ends the process)."""
    from cvxpygen import cpg

    problem, give = cvxpy_problem(batch)
    give(0)
    quadratic = batch.structure.is_quadratic
    folder = tempfile.mkdtemp(prefix="generated_")
    name = Path(folder).name
    sys.path.insert(0, folder)
    with contextlib.chdir(folder), quiet():
        cpg.generate_code(problem, code_dir=name, solver="OSQP" if quadratic else "QOCO", prefix="c")
        compiled: Any = importlib.import_module(f"{name}.cpg_solver").cpg_module
    names = [p.name() for p in problem.parameters()]
    values = []
    for s in range(count):
        give(s)
        numbers = [np.ravel(p.value, order="F").tolist() for p in problem.parameters()]
        values.append([v if len(v) > 1 else v[0] for v in numbers])

    def run() -> Plans:
        out = np.empty((count, batch.structure.n))
        if quadratic:
            compiled.set_solver_eps_abs(1e-8)
            compiled.set_solver_eps_rel(1e-8)
        new, par = compiled.c_cpg_updated(), compiled.c_cpg_params()
        for key in names:
            setattr(new, key, True)
        for s in range(count):
            for key, value in zip(names, values[s], strict=True):
                setattr(par, key, value)
            out[s] = compiled.solve(new, par).cpg_prim.x
        return out

    return run


class quiet:
    """What a compiler says is not our table."""

    def __enter__(self) -> None:
        self.kept = os.dup(1), os.dup(2)
        self.nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(self.nowhere, 1)
        os.dup2(self.nowhere, 2)

    def __exit__(self, *_: object) -> None:
        for place, old in zip((1, 2), self.kept, strict=True):
            os.dup2(old, place)
            os.close(old)
        os.close(self.nowhere)


def has_cones(batch: Batch) -> bool:
    return batch.structure.is_conic


RIVALS = (
    Rival("Moreau active set", ("moreau",), moreau("active_set"), most=10_000),
    Rival("Moreau IPM", ("moreau",), moreau("ipm"), most=2_000),
    Rival("DAQP", ("daqp",), daqp, largest=1_500),
    Rival("PIQP", ("piqp",), piqp),
    Rival("ProxQP", ("proxsuite",), proxqp, most=200),
    Rival(
        "HiGHS hot",
        ("highspy",),
        highs,
        (),
        lambda batch: not (batch.structure.is_quadratic or batch.structure.is_conic),
    ),
    Rival("CVXPYgen", ("cvxpygen", "qoco", "qocogen"), cvxpygen, ("cc", "gcc", "clang")),
    Rival("CVXPY", ("cvxpy",), cvxpy, most=30),
    Rival("Clarabel updated", ("clarabel",), cones.updated_clarabel, (), has_cones),
    Rival("Moreau IPM, cones", ("moreau",), cones.batched_moreau, (), has_cones, most=2_000),
)


def errors(batch: Batch, plans: Plans, best: np.ndarray) -> np.ndarray:
    """(count,) how far plans (count, n) are from the certified optima `best`, or from keeping the relations: the larger part."""
    count = len(plans)
    P, _ = matrices(batch, 0)
    stack = np.stack([matrices(batch, s)[1] for s in range(count if matrix_varies(batch) else 1)])
    activity = np.matmul(stack, plans[:, :, None])[:, :, 0]
    size = np.matmul(np.abs(stack), np.abs(plans)[:, :, None])[:, :, 0] + TINY
    outside = np.maximum(every(batch, "l", count) - activity, activity - every(batch, "u", count))
    beyond = np.maximum(every(batch, "lb", count) - plans, plans - every(batch, "ub", count))
    unit = np.abs(plans).max(axis=1) + TINY
    cost = (every(batch, "q", count) * plans).sum(axis=1) + 0.5 * ((plans @ P) * plans).sum(axis=1)
    parts = [
        np.abs(cost - best[:count]) / np.abs(best[:count]),
        (outside / size).max(axis=1, initial=0.0),
        beyond.max(axis=1) / unit,
    ]
    if batch.structure.is_conic:
        v = times(batch.structure.F, batch.F[:count], plans) + every(batch, "g", count)
        terms = times(batch.structure.F, np.abs(batch.F[:count]), np.abs(plans)) + np.abs(
            every(batch, "g", count)
        )
        parts.append(violation(batch.structure.cones, v, terms).max(axis=1))
    found: np.ndarray = np.nan_to_num(np.maximum.reduce(parts), nan=INF, posinf=INF)
    return found


def certified(batch: Batch, answer: KernelAnswer) -> float:
    """The share of the kernel's answers that pass our certificate."""
    status = np.where(answer.done, Status.OPTIMAL, Status.ERROR).astype(np.int8)
    return float(check_claims(batch, answer.x, answer.y, answer.z, answer.w, status).verified.mean())


@dataclass(frozen=True)
class Line:
    """One solver on one model: µs of CPU per scenario, how often it was right and how wrong at most; or why there is no figure."""

    model: str
    solver: str
    us: float | None
    share: float | None
    times: float | None
    note: str = ""
    error: float = 0.0

    def text(self) -> str:
        if self.us is None:
            return f"| {self.model:<28} | {self.solver:<18} | {self.note} | | |"
        wrong = f", {self.error:.0e}" if self.error else ""
        return f"| {self.model:<28} | {self.solver:<18} | {self.us:,.2f} | {self.times:,.1f} × | {self.share:.1%} {self.note}{wrong} |"


def lines(
    model: str, batch: Batch, solve: Callable[[Batch], KernelAnswer], repeats: int, quick: bool
) -> Iterator[Line]:
    """Ours, then every rival, on one batch."""
    answer = solve(batch)
    ours = cpu(lambda: solve(batch), repeats) / batch.size * 1e6
    yield Line(model, "saddlepoint", ours, certified(batch, answer), 1.0, "certified")
    for rival in RIVALS:
        yield line(rival, model, with_upper_sides(batch), answer.objective, ours, quick)


def line(rival: Rival, model: str, batch: Batch, best: np.ndarray, ours: float, quick: bool) -> Line:
    """One rival on one batch; what it cannot do is said."""
    if (gone := rival.missing) is not None:
        return Line(model, rival.name, None, None, None, f"not installed ({gone})")
    if not rival.takes(batch) or batch.structure.n * batch.structure.m > rival.largest:
        return Line(model, rival.name, None, None, None, "not for this problem")
    count = min(batch.size, rival.most, 20 if quick else rival.most)
    kind, found = apart(lambda: measured(rival, batch, count, best, 1 if quick else 3))
    if kind == "failed":
        return Line(model, rival.name, None, None, None, str(found)[:120])
    us, wrong = found
    return Line(model, rival.name, us, float((wrong <= RIGHT).mean()), us / ours, "right", float(wrong.max()))


def measured(
    rival: Rival, batch: Batch, count: int, best: np.ndarray, repeats: int
) -> tuple[float, np.ndarray]:
    """µs per scenario and the errors of the answers."""
    run = rival.prepare(batch, count)
    plans = run()
    return cpu(run, repeats) / count * 1e6, errors(batch, plans, best)


def apart(work: Callable[[], Any]) -> tuple[str, Any]:
    """What a child process finds, ("found", …) or ("failed", why): some solvers end their process."""
    here, there = Pipe(duplex=False)
    child = get_context("fork").Process(target=_tell, args=(work, there))
    child.start()
    there.close()
    try:
        return here.recv()
    except EOFError:
        return "failed", "ended its process"
    finally:
        child.join()


def _tell(work: Callable[[], Any], there: Connection) -> None:
    try:
        there.send(("found", work()))
    except Exception as error:
        there.send(("failed", f"{type(error).__name__}: {error}"))


def models(quick: bool) -> Iterator[tuple[str, Batch, Callable[[Batch], KernelAnswer]]]:
    """Linear problems by what varies, then quadratic ones, then cones (promises kept with a probability)."""
    for n, m, size, varies in (
        (10, 5, 10_000, "rhs"),
        (10, 5, 10_000, "rhs+costs"),
        (10, 5, 10_000, "all"),
        (20, 10, 2_000, "rhs+costs"),
        (50, 20, 1_000, "rhs+costs"),
        (50, 20, 1_000, "all"),
    ):
        size = 64 if quick else size
        yield f"LP {n}×{m}, {varies}", product_mix(n, m, size, varies), simplex.solve
    for n, m, size in ((10, 5, 10_000), (30, 10, 1_000), (40, 20, 1_000), (60, 20, 300)):
        yield f"QP {n}×{m}", portfolio(n, m, 64 if quick else size), qp.solve
    for n, size, own in ((10, 10_000, False), (100, 1_000, True)):
        what = "demand+costs" if own else "demand"
        yield f"dispatch n = {n}, {what}", fleet(n, 64 if quick else size, own), waterfill.solve
    for n, size, varies in ((10, 10_000, "demand"), (10, 10_000, "reliability"), (30, 1_000, "reliability")):
        yield f"SOCP n = {n}, {varies}", cones.promises(n, 64 if quick else size, varies), cone.solve


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks rivals", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="64 scenarios of each model, once")
    parser.add_argument("--only", default="", help="models whose name begins with this, as 'LP 10×5'")
    asked = parser.parse_args()
    warming.warm_up(("simplex", "lanes", "qp", "known_bases", "waterfill", "cone"))
    print("| model | solver | µs | beside ours | share |\n|---|---|---|---|---|")
    for model, batch, solve in models(asked.quick):
        if model.startswith(asked.only):
            for found in lines(model, batch, solve, 1 if asked.quick else 5, asked.quick):
                print(found.text(), flush=True)


if __name__ == "__main__":
    main()
