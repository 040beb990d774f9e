"""python -m benchmarks outcomes [on PLACE] [10000 1000000 …]: two-stage problems of 10 products and 5 resources, rivals beside.

Ours: the L-shaped method, to a gap of 5e-7, every outcome certified at the end. Extensive: the same problem in HiGHS (interior point
without crossover), up to 10,000 outcomes. mpi-sppy (its extensive form, with HiGHS) is timed up to 1,000 outcomes where it can be imported. CPU seconds of one process, and of clock; demands are made
chunk by chunk, so memory does not grow with their number. on local:2 (or the address of a scheduler): the outcomes of each pass on a dask cluster, where they
are made and stay.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import sys
import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.solve.decomposition.l_shaped import l_shaped
from saddlepoint.solve.decomposition.master import dense_batch
from saddlepoint.solve.decomposition.two_stage import CHUNK, OutcomeChunk, Scatter, TwoStage, in_this_thread
from saddlepoint.study.running.remote import spreading

PRODUCTS, RESOURCES = 10, 5
SIZES = (1_000, 10_000, 100_000, 1_000_000)
EXTENSIVE = 10_000
"""Most outcomes that are solved as one problem."""
PYOMO = 1_000
"""The same by mpi-sppy."""


def problem(size: int, seed: int = 0, scatter: Scatter = in_this_thread) -> tuple[TwoStage, Batch, Batch]:
    """Resources bought before demand is known, products made after; the first stage, and one outcome without its demand."""
    rng = np.random.default_rng(seed)
    use = rng.uniform(0.1, 1, (RESOURCES, PRODUCTS))
    profit = use.sum(0) / RESOURCES * rng.uniform(0.8, 1.2, PRODUCTS) * 3
    cost = rng.uniform(0.3, 0.6, RESOURCES)
    base = rng.uniform(1, 5, PRODUCTS)
    m, n = RESOURCES, RESOURCES + PRODUCTS
    first = dense_batch(
        np.zeros((0, m)), q=cost, r=0.0, l=np.zeros(0), u=np.zeros(0), lb=np.zeros(m), ub=np.full(m, 100.0),
        integer=np.zeros(m, bool),
    )  # fmt: skip
    one = dense_batch(
        np.hstack([-np.eye(m), use]), q=np.concatenate([np.zeros(m), -profit]), r=0.0, l=np.full(m, -np.inf), u=np.zeros(m),
        lb=np.zeros(n), ub=np.full(n, np.inf), integer=np.zeros(n, bool),
    )  # fmt: skip

    starts = range(0, size, CHUNK)
    sizes = [min(CHUNK, size - start) for start in starts]
    sources = [partial(demands, one, base, k, count, size) for k, count in enumerate(sizes)]
    return TwoStage.of(first, sources, sizes, scatter), first, one


def demands(one: Batch, base: Array, k: int, count: int, size: int) -> OutcomeChunk:
    """Chunk k of so many outcomes, made where it is solved."""
    noise = np.random.default_rng((1, k)).standard_normal((count, PRODUCTS))
    ub = np.hstack([np.full((count, RESOURCES), np.inf), base * np.exp(0.4 * noise - 0.08)])
    return OutcomeChunk(replace(one, size=count, ub=ub), np.full(count, 1.0 / size))


def extensive(asked: TwoStage, first: Batch, one: Batch) -> tuple[float, float]:
    """The optimum of the whole problem, and CPU seconds, by HiGHS' interior point method."""
    import highspy
    from scipy import sparse

    demand = np.concatenate([c.batch.ub[:, RESOURCES:] for c in asked.chunks()])
    size = len(demand)
    use = np.zeros((RESOURCES, RESOURCES + PRODUCTS))
    use[one.structure.A.indices, one.structure.A.columns()] = one.A[0]
    whole = sparse.hstack(
        [
            sparse.csr_matrix(np.tile(-np.eye(RESOURCES), (size, 1))),
            sparse.kron(sparse.eye(size), use[:, RESOURCES:]),
        ]
    ).tocsc()
    highs: Any = highspy.Highs()
    for name, given in (("output_flag", False), ("solver", "ipx"), ("run_crossover", "off")):
        highs.setOptionValue(name, given)
    columns = RESOURCES + size * PRODUCTS
    cost = np.concatenate([first.q[0], np.tile(one.q[0, RESOURCES:] / size, size)])
    upper = np.concatenate([first.ub[0], demand.ravel()])
    rows = size * RESOURCES
    highs.passModel(
        columns, rows, whole.nnz, 1, 1, 0.0, cost, np.zeros(columns), upper, np.full(rows, -np.inf), np.zeros(rows),
        whole.indptr, whole.indices, whole.data, np.zeros(columns, np.int32),
    )  # fmt: skip
    began = time.process_time()
    highs.run()
    return float(highs.getInfo().objective_function_value), time.process_time() - began


def by_mpi_sppy(asked: TwoStage, first: Batch, one: Batch) -> tuple[float, float]:
    """The optimum of the whole problem, and CPU seconds, by mpi-sppy's extensive form with HiGHS; without MPI."""
    import importlib

    pyo: Any = importlib.import_module("pyomo.environ")
    sputils: Any = importlib.import_module("mpisppy.utils.sputils")
    form: Any = importlib.import_module("mpisppy.opt.ef").ExtensiveForm
    demand = np.concatenate([c.batch.ub[:, RESOURCES:] for c in asked.chunks()]).tolist()
    use = np.zeros((RESOURCES, RESOURCES + PRODUCTS))
    use[one.structure.A.indices, one.structure.A.columns()] = one.A[0]
    need, cost, profit = use[:, RESOURCES:].tolist(), first.q[0].tolist(), one.q[0, RESOURCES:].tolist()

    def outcome(name: str, **_: Any) -> Any:
        model = pyo.ConcreteModel()
        model.x = pyo.Var(range(RESOURCES), bounds=(0, 100))
        most = demand[int(name[4:])]
        model.y = pyo.Var(range(PRODUCTS), bounds=lambda _, j: (0, most[j]))
        room = [sum(need[i][j] * model.y[j] for j in range(PRODUCTS)) <= model.x[i] for i in range(RESOURCES)]
        model.room = pyo.Constraint(range(RESOURCES), rule=lambda _, i: room[i])
        model.bought = pyo.Expression(expr=sum(cost[i] * model.x[i] for i in range(RESOURCES)))
        income = sum(profit[j] * model.y[j] for j in range(PRODUCTS))
        model.cost = pyo.Objective(expr=model.bought + income)
        sputils.attach_root_node(model, model.bought, [model.x])
        model._mpisppy_probability = 1 / len(demand)
        return model

    began = time.process_time()
    whole = form({"solver": "appsi_highs"}, [f"scen{k}" for k in range(len(demand))], outcome)
    whole.solve_extensive_form()
    return float(whole.get_objective_value()), time.process_time() - began


def main(sizes: list[int], place: str | None = None) -> None:
    """One line for each size."""
    rival = "found" if importlib.util.find_spec("mpisppy") else "missing (pip install mpi-sppy 'pyomo>=6.8')"
    print(f"mpi-sppy: {rival}; outcomes {'here' if place is None else f'on {place}'}")
    print(
        f"{'outcomes':>10} {'cost':>12} {'gap':>8} {'certified':>9} {'passes':>6} {'CPU s':>7} {'clock s':>7} {'MB':>6} {'HiGHS extensive':>24}"
    )
    l_shaped(problem(1000)[0])
    with spreading(place) as spread:
        for size in sizes:
            print(line(size, spread.scatter(1)), flush=True)


def line(size: int, scatter: Scatter) -> str:
    """The text for one size."""
    asked, first, one = problem(size, scatter=scatter)
    began, clock = time.process_time(), time.perf_counter()
    found = l_shaped(asked)
    spent, waited = time.process_time() - began, time.perf_counter() - clock
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    beside = "-"
    if size <= EXTENSIVE:
        cost, seconds = extensive(asked, first, one)
        beside = f"{cost:.8g} in {seconds:.1f} s"
    if size <= PYOMO and importlib.util.find_spec("mpisppy"):
        cost, seconds = by_mpi_sppy(asked, first, one)
        beside += f"; mpi-sppy {cost:.8g} in {seconds:.1f} s"
    share = f"{found.certified / size:.0%}"
    return (
        f"{size:>10,} {found.objective:>12.8g} {found.gap:>8.1e} {share:>9} {found.passes:>6} {spent:>7.1f} {waited:>7.1f} {memory:>6.0f} "
        f"{beside:>24}"
    )


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    given = sys.argv[1:]
    where = given[1] if given[:1] == ["on"] else None
    main([int(float(a)) for a in given[2 * (where is not None) :]] or list(SIZES), where)
