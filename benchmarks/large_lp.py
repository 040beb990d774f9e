"""One large LP, 8,760 hours × 50 technologies × 5 storages: from formulas to HiGHS, beside index arithmetic and rivals.

usage: python benchmarks/large_lp.py [floor | floor-object | saddlepoint | named | linopy | cvxpy | pyoframe | all | optimum | highs | solved] [technologies] [hours]
Prints CPU seconds (build, hand-over, together) and the growth of peak memory in MB; `all` runs each five times, in fresh
processes and in turn, and prints medians and ratios. floor: arrays by index arithmetic, handed over as arrays;
floor-object: the same through a HighsLp; saddlepoint: in matrices, named: in named axes. Tools that are not installed are left out.
optimum, highs: CPU seconds from the arrays to a certified optimum, and to that of HiGHS's simplex on one thread; solved: both in turn, four rounds.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass

os.environ.setdefault("OMP_NUM_THREADS", "1")

import highspy
import numpy as np

ETA, VOLL, HANDLING = 0.95, 3000.0, 0.01


@dataclass(frozen=True)
class Data:
    """available: (hours, technologies); cost: (technologies,); demand: (hours,); power, energy: (storages,)."""

    available: np.ndarray
    cost: np.ndarray
    demand: np.ndarray
    power: np.ndarray
    energy: np.ndarray

    @property
    def sizes(self) -> tuple[int, int, int]:
        return (*self.available.shape, len(self.power))


def draw(technologies: int, hours: int) -> Data:
    rng = np.random.default_rng(0)
    hour = np.arange(hours)
    sun = np.sin(2 * np.pi * (hour[:, None] / 24 + rng.uniform(0, 1, technologies)))
    available = np.clip(0.5 + 0.4 * sun + 0.15 * rng.standard_normal((hours, technologies)), 0.02, 1)
    available *= rng.uniform(50, 150, technologies)
    demand = 0.42 * available.mean(0).sum() * (1 + 0.25 * np.sin(2 * np.pi * (hour - 8) / 24))
    storages = max(1, technologies // 10)
    cost = rng.uniform(0, 90, technologies)
    return Data(available, cost, demand, np.full(storages, 60.0), np.full(storages, 360.0))


def index_arithmetic(d: Data):
    """The floor: the arrays written by hand."""
    import scipy.sparse as sp

    T, N, S = d.sizes
    t, before = np.arange(T), (np.arange(T) - 1) % T
    g = np.arange(T * N).reshape(T, N)
    charge, discharge, level = (T * N + k * T * S + np.arange(T * S).reshape(T, S) for k in range(3))
    shed = T * N + 3 * T * S + t
    balance = T + np.arange(T * S)
    row = [np.repeat(t, N), np.repeat(t, S), np.repeat(t, S), t, balance, balance, balance, balance]
    col = [g.ravel(), discharge.ravel(), charge.ravel(), shed, level.ravel(), level[before].ravel()]
    col += [charge.ravel(), discharge.ravel()]
    one, many = np.ones(T * S), np.ones(T * N)
    value = [many, one, -one, np.ones(T), one, -one, -ETA * one, one / ETA]
    where = (np.concatenate(row).astype(np.int32), np.concatenate(col).astype(np.int32))
    A = sp.csc_array(sp.coo_array((np.concatenate(value), where), shape=(T + T * S, T * N + 3 * T * S + T)))
    side = np.concatenate([d.demand, np.zeros(T * S)])
    upper = [d.available.ravel(), np.tile(d.power, 2 * T), np.tile(d.energy, T), np.full(T, np.inf)]
    cost = [np.tile(d.cost, T), np.full(2 * T * S, HANDLING), np.zeros(T * S), np.full(T, VOLL)]
    n = A.shape[1]
    return np.concatenate(cost), np.zeros(n), np.concatenate(upper), side, side, A.indptr, A.indices, A.data


FORMULAS = (
    "sum(g, 1) + sum(discharge, 1) - sum(charge, 1) + shed == demand",
    "level == (shift(hours, next) + shift(hours, wrap)) @ level + 0.95 * charge - discharge / 0.95",
    "g <= available",
    "charge <= power",
    "discharge <= power",
    "level <= energy",
)
GOAL = "Minimize(sum(g @ cost) + 0.01 * sum(charge + discharge) + 3000 * sum(shed))"


NAMED = (
    "sum(g, over=N) + sum(discharge, over=S) - sum(charge, over=S) + shed == demand",
    "level == lag(level, H, cyclic=True) + 0.95 * charge - discharge / 0.95",
    *FORMULAS[2:],
)
NAMED_GOALS = (
    "Minimize(sum(cost * g, over=(H, N)))",
    "Minimize(0.01 * sum(charge + discharge, over=(H, S)))",
    "Minimize(3000 * sum(shed, over=H))",
)


def declared(d: Data, named: bool = False):
    """The same model as sets, tables and formulas, with its numbers; named: without matrix sides."""
    from saddlepoint.compile.numbers import Numbers
    from saddlepoint.declare.spec import (
        FormulaSpec,
        ProblemSpec,
        SetItems,
        SetSpec,
        SetUse,
        Spec,
        TableSpec,
        VariableSpec,
    )
    from saddlepoint.model.resolve import resolve

    sizes = dict(zip("HNS", d.sizes, strict=True))
    tables: list[TableSpec] = []

    def table(name: str, kind, dims: dict, nonneg: bool = False, value: str | None = None) -> None:
        variable = VariableSpec(
            name,
            {} if named else {k: SetUse(v) for k, v in dims.items()},
            value=value,
            blank_fill=None,
            nonneg=nonneg,
        )
        tables.append(TableSpec(f"t_{name}", kind=kind, coordinates=tuple(dims), variables=(variable,)))

    table("g", "endogenous", {"H": "rows", "N": "cols"}, True)
    for name in ("charge", "discharge", "level"):
        table(name, "endogenous", {"H": "rows", "S": "cols"}, True)
    table("shed", "endogenous", {"H": "rows"}, True)
    table("available", "exogenous", {"H": "rows", "N": "cols"})
    table("demand", "exogenous", {"H": "rows"})
    table("cost", "exogenous", {"N": "rows"})
    for name in ("power", "energy"):
        table(name, "exogenous", {"S": "cols"})
    if not named:
        for name in ("next", "wrap"):
            table(name, "exogenous", {})
        table("hours", "constant", {"H": "rows"}, value="set_length")
    goals, formulas = (NAMED_GOALS, NAMED) if named else ((GOAL,), FORMULAS)
    problem = ProblemSpec(
        "", objectives=tuple(map(FormulaSpec, goals)), expressions=tuple(map(FormulaSpec, formulas))
    )
    items = [SetItems(k, tuple(f"{k}{i}" for i in range(n))) for k, n in sizes.items()]
    model = resolve(
        Spec(name="large", sets=tuple(SetSpec(k) for k in sizes), tables=tuple(tables), problems=(problem,)),
        items,
    )
    given = {
        "available": d.available,
        "demand": d.demand,
        "cost": d.cost,
        "power": d.power,
        "energy": d.energy,
    }
    given |= {"next": np.ones(1), "wrap": np.array([1.0 - d.sizes[0]])}
    flat = {f"t_{k}": np.ascontiguousarray(v).reshape(-1) for k, v in given.items()}
    return model, Numbers(flat, model.problems[0].scenarios, np.arange(1), {})


def bound(d: Data, named: bool = False):
    """Formulas → Batch."""
    from saddlepoint.compile.bind import bind
    from saddlepoint.compile.compile import compile_problem

    model, numbers = declared(d, named)
    return bind(compile_problem(model.problems[0], model, numbers), numbers).batch


def compiled(d: Data, named: bool = False):
    """Formulas → Batch → the arrays of HiGHS."""
    b = bound(d, named)
    A = b.structure.A
    return b.q[0], b.lb[0], b.ub[0], b.l[0], b.u[0], A.indptr, A.indices, b.A[0]


def hand_over(cost, lb, ub, lower, upper, start, index, value):
    """The arrays into HiGHS."""
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    none = np.zeros(len(cost), np.int32)
    m, n = len(lower), len(cost)
    highs.passModel(n, m, len(value), 1, 1, 0.0, cost, lb, ub, lower, upper, start, index, value, none)
    return highs


def by_linopy(d: Data):
    import linopy
    import pandas as pd
    import xarray as xr
    from linopy.io import to_highspy

    t, n, s = (pd.RangeIndex(k, name=name) for k, name in zip(d.sizes, "tns", strict=True))
    m = linopy.Model(force_dim_names=False)
    full = xr.DataArray(np.zeros((d.sizes[0], d.sizes[2])), coords=[t, s])
    g = m.add_variables(lower=0, upper=xr.DataArray(d.available, coords=[t, n]), name="g")
    charge, discharge = (
        m.add_variables(lower=0, upper=full + xr.DataArray(d.power, coords=[s]), name=k) for k in ("c", "d")
    )
    level = m.add_variables(lower=0, upper=full + xr.DataArray(d.energy, coords=[s]), name="l")
    shed = m.add_variables(lower=0, coords=[t], name="shed")
    m.add_constraints(
        g.sum("n") + discharge.sum("s") - charge.sum("s") + shed == xr.DataArray(d.demand, coords=[t])
    )
    m.add_constraints(level - level.roll(t=1) - ETA * charge + (1 / ETA) * discharge == 0)
    handling = (HANDLING * charge).sum() + (HANDLING * discharge).sum() + (VOLL * shed).sum()
    m.add_objective((g * xr.DataArray(d.cost, coords=[n])).sum() + handling)
    return to_highspy(m)


def by_cvxpy(d: Data):
    import cvxpy as cp

    T, N, S = d.sizes
    power, energy = (np.broadcast_to(limit, (T, S)) for limit in (d.power, d.energy))
    g = cp.Variable((T, N), bounds=[0, d.available])
    charge, discharge = (cp.Variable((T, S), bounds=[0, power]) for _ in range(2))
    level = cp.Variable((T, S), bounds=[0, energy])
    shed = cp.Variable(T, bounds=[0, None])
    before = cp.vstack([level[-1:], level[:-1]])
    balance = cp.sum(g, axis=1) + cp.sum(discharge, axis=1) - cp.sum(charge, axis=1) + shed
    stated = [balance == d.demand, level == before + ETA * charge - discharge / ETA]
    goal = cp.sum(g @ d.cost) + HANDLING * cp.sum(charge + discharge) + VOLL * cp.sum(shed)
    found = cp.Problem(cp.Minimize(goal), stated).get_problem_data(cp.HIGHS)[0]
    A = found["A"].tocsc()
    b = found["b"]
    lb, ub = found["lower_bounds"], found["upper_bounds"]
    return hand_over(found["c"], lb, ub, b, b, A.indptr, A.indices, A.data)


def by_pyoframe(d: Data):
    """pyoframe writes into HiGHS while it builds; it needs a HiGHS library, and takes that of highspy."""
    from pathlib import Path
    from types import SimpleNamespace

    import polars as pl
    import pyoframe as pf
    from pyoptinterface import highs as library

    if not library.is_library_loaded():
        library.load_library(str(next(Path(highspy.__file__).parent.glob("libhighs.so*"))))
    T, N, S = d.sizes
    hours, techs, stores = pf.Set(t=range(T)), pf.Set(n=range(N)), pf.Set(s=range(S))
    hour, tech = np.repeat(np.arange(T), N), np.tile(np.arange(N), T)
    most = pf.Param(pl.DataFrame({"t": hour, "n": tech, "v": d.available.ravel()}))
    demand = pf.Param(pl.DataFrame({"t": np.arange(T), "v": d.demand}))
    cost = pf.Param(pl.DataFrame({"n": np.arange(N), "v": d.cost}))
    m = pf.Model("highs")
    m.g = pf.Variable(hours, table=techs, lb=0, ub=most)
    m.charge = pf.Variable(hours, table=stores, lb=0, ub=float(d.power[0]))
    m.discharge = pf.Variable(hours, table=stores, lb=0, ub=float(d.power[0]))
    m.level = pf.Variable(hours, table=stores, lb=0, ub=float(d.energy[0]))
    m.shed = pf.Variable(hours, lb=0)
    m.balance = m.g.sum("n") + m.discharge.sum("s") - m.charge.sum("s") + m.shed == demand
    moved = ETA * m.charge.next("t", wrap_around=True) - (1 / ETA) * m.discharge.next("t", wrap_around=True)
    m.storage = m.level.next("t", wrap_around=True) == m.level + moved
    m.minimize = (m.g * cost).sum() + HANDLING * (m.charge.sum() + m.discharge.sum()) + VOLL * m.shed.sum()
    sizes = {"getNumRow": T + T * S, "getNumCol": T * (N + 3 * S + 1), "getNumNz": "?"}
    return SimpleNamespace(model=m, **{name: (lambda n=n: n) for name, n in sizes.items()})


def hand_over_object(cost, lb, ub, lower, upper, start, index, value):
    """The arrays into HiGHS through its own description of a model."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), len(lower)
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lb, ub
    lp.row_lower_, lp.row_upper_ = lower, upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = start, index, value
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.passModel(lp)
    return highs


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(tool: str, d: Data):
    """The model of one tool in HiGHS, and the CPU time when its arrays were there (None: it hands over itself)."""
    whole = {"linopy": by_linopy, "cvxpy": by_cvxpy, "pyoframe": by_pyoframe}.get(tool)
    if whole is not None:
        return whole(d), None
    arrays = compiled(d, tool == "named") if tool in ("saddlepoint", "named") else index_arithmetic(d)
    built = time.process_time()
    return (hand_over_object if tool == "floor-object" else hand_over)(*arrays), built


def measure(tool: str, technologies: int, hours: int) -> None:
    d = draw(technologies, hours)
    run(tool, draw(10, 30))  # everything imported before the clock starts
    before, start = peak(), time.process_time()
    highs, built = run(tool, d)
    end = time.process_time()
    parts = "" if built is None else f"  build {built - start:.3f}  hand-over {end - built:.3f}"
    size = f"{highs.getNumRow()}×{highs.getNumCol()}, {highs.getNumNz()} non-zeros"
    print(f"{tool} {end - start:.3f} {peak() - before:.0f} | {size}{parts}", flush=True)


def measured(tool: str, *sizes: str) -> tuple[float, float, str] | None:
    """CPU seconds, MB and the rest of what a fresh process prints; None where the tool is missing."""
    done = subprocess.run(
        [sys.executable, __file__, tool, *sizes], check=False, capture_output=True, text=True
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith(f"{tool} ")]
    if not lines:
        return None
    figures, rest = lines[0].split("|")
    return float(figures.split()[1]), float(figures.split()[2]), rest.strip()


def compare(*sizes: str, rounds: int = 5) -> None:
    tools = ("floor", "floor-object", "saddlepoint", "named", "linopy", "cvxpy", "pyoframe")
    runs = [{tool: measured(tool, *sizes) for tool in tools} for _ in range(rounds)]
    floor = statistics.median(r["floor"][0] for r in runs if r["floor"])
    for tool in tools:
        found = [r[tool] for r in runs if r[tool]]
        if found:
            seconds = statistics.median(f[0] for f in found)
            memory = statistics.median(f[1] for f in found)
            print(
                f"{tool:12} {seconds:6.3f} s CPU  {seconds / floor:5.2f} × floor  +{memory:4.0f} MB  {found[-1][2]}"
            )


def optimum(d: Data, certified: bool) -> tuple[float, float]:
    """CPU seconds from the arrays to the optimum, and its value: of ours with its certificate, or of HiGHS's simplex on one thread."""
    if certified:
        from saddlepoint.solve.solve import solve

        batch = bound(d)
        solve(bound(draw(10, 30)))  # everything imported before the clock starts
        start = time.process_time()
        found = solve(batch)
        assert found.certificates.verified[0]
        return time.process_time() - start, float(found.objective[0])
    arrays = compiled(d)
    start = time.process_time()
    highs = hand_over(*arrays)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("solver", "simplex")
    highs.run()
    return time.process_time() - start, highs.getInfo().objective_function_value


def solved(*sizes: str, rounds: int = 4) -> None:
    """Both in fresh processes and in turn."""
    for _ in range(rounds):
        runs = [measured(tool, *sizes) for tool in ("optimum", "highs")]
        (ours, _, value), (theirs, _, beside) = (run for run in runs if run)
        print(
            f"certified {ours:.3f} s CPU ({value})  HiGHS {theirs:.3f} ({beside})  {ours / theirs:.2f} of HiGHS"
        )


def main() -> None:
    tool = sys.argv[1] if len(sys.argv) > 1 else "all"
    sizes = sys.argv[2:] or ["50", "8760"]
    if tool == "all":
        compare(*sizes)
    elif tool == "solved":
        solved(*sizes)
    elif tool in ("optimum", "highs"):
        d, before = draw(*map(int, sizes)), peak()
        seconds, value = optimum(d, tool == "optimum")
        print(f"{tool} {seconds:.3f} {peak() - before:.0f} | {value:.9g}")
    else:
        measure(tool, int(sizes[0]), int(sizes[1]) if len(sizes) > 1 else 8760)


if __name__ == "__main__":
    main()
