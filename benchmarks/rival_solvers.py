"""Solvers that are made for many small problems, each as a function that prepares what it can keep and returns what solves the scenarios again."""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import cones
from benchmarks.kernels import cvxpy_problem, highs_of, linear_program, matrices
from saddlepoint.algebra.structure import Batch

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
