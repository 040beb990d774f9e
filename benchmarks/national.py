"""A national energy system: hours × regions × technologies with storage and lines, from formulas in named sets to HiGHS, beside linopy.

usage: python -m benchmarks national [--hours 8760] [--regions 20] [--technologies 30] [--linopy PYTHON] [--rounds 3]
The whole year has 5.3 million rows for 20 regions and 30 technologies. --linopy names an interpreter that has linopy (its own
environment); without it, linopy of this one is taken, or left out. CPU seconds (formulas to arrays, hand-over) and the growth of
peak memory, each in a fresh process and in turn; medians.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

KEPT = 0.9


@dataclass(frozen=True)
class Data:
    """available: (hours, regions, technologies); demand: (hours, regions); costs: (technologies,); lines as a ring with chords."""

    available: np.ndarray
    demand: np.ndarray
    running: np.ndarray
    building: np.ndarray
    ends: tuple[tuple[int, int], ...]
    line_cost: np.ndarray

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        return (*self.available.shape, len(self.ends))


def draw(hours: int, regions: int, technologies: int) -> Data:
    rng = np.random.default_rng(0)
    hour = np.arange(hours)[:, None, None]
    sun = np.sin(2 * np.pi * (hour / 24 + rng.uniform(0, 1, (regions, technologies))))
    available = np.clip(0.5 + 0.4 * sun + 0.15 * rng.standard_normal((hours, regions, technologies)), 0.02, 1)
    demand = rng.uniform(40, 120, regions) * (1 + 0.25 * np.sin(2 * np.pi * (hour[:, :, 0] - 8) / 24))
    ends = [(r, (r + 1) % regions) for r in range(regions)] if regions > 2 else [(0, regions - 1)]
    ends += [(r, (r + regions // 2) % regions) for r in range(regions // 4)]
    costs = rng.uniform(0, 90, technologies), rng.uniform(1e3, 2e5, technologies) * hours / 8760
    return Data(available, demand, *costs, tuple(ends), rng.uniform(1e2, 1e3, len(ends)))


VARIABLES = """
availability: {type: exogenous, coordinates: [Hours, Regions, Technologies], variables_info: {available: }}
demand: {type: exogenous, coordinates: [Hours, Regions], variables_info: {need: }}
running_cost: {type: exogenous, coordinates: [Technologies], variables_info: {running: }}
building_cost: {type: exogenous, coordinates: [Technologies], variables_info: {building: }}
line_cost: {type: exogenous, coordinates: [Lines], variables_info: {wire: }}
capacity: {type: endogenous, coordinates: [Regions, Technologies], variables_info: {cap: {nonneg: true}}}
generation: {type: endogenous, coordinates: [Hours, Regions, Technologies], variables_info: {gen: {nonneg: true}}}
store_size: {type: endogenous, coordinates: [Regions], variables_info: {store: {nonneg: true}}}
charging: {type: endogenous, coordinates: [Hours, Regions], variables_info: {charge: {nonneg: true}}}
discharging: {type: endogenous, coordinates: [Hours, Regions], variables_info: {discharge: {nonneg: true}}}
level: {type: endogenous, coordinates: [Hours, Regions], variables_info: {level: {nonneg: true}}}
flow: {type: endogenous, coordinates: [Hours, Lines], variables_info: {flow: }}
line_size: {type: endogenous, coordinates: [Lines], variables_info: {line: {nonneg: true}}}
shedding: {type: endogenous, coordinates: [Hours, Regions], variables_info: {shed: {nonneg: true}}}
"""
PROBLEM = """
objective:
    - Minimize(sum(running * gen, over=(Hours, Regions, Technologies)))
    - Minimize(sum(building * cap, over=(Regions, Technologies)))
    - Minimize(sum(50 * store, over=Regions))
    - Minimize(sum(wire * line, over=Lines))
    - Minimize(sum(3000 * shed, over=(Hours, Regions)))
expressions:
    - balance: sum(gen, over=Technologies) + discharge - charge + shed
               + sum(flow, over=Lines, where=Lines.bus1 == Regions) - sum(flow, over=Lines, where=Lines.bus0 == Regions) == need
    - output: gen <= available * cap
    - storage: level == lag(level, Hours, cyclic=True) + 0.9 * charge - discharge
    - full: level <= store
    - forwards: flow <= line
    - backwards: flow >= -line
"""


def declared(d: Data):
    """Sets, tables and formulas, with their numbers, as `define` reads them."""
    import yaml

    import saddlepoint

    T, R, N, _ = d.sizes
    sets = {
        "Hours": {"items": f"1..{T}"},
        "Regions": {"items": [f"r{k}" for k in range(R)]},
        "Technologies": {"items": [f"t{k}" for k in range(N)]},
        "Lines": {
            "aggregations": ["bus0", "bus1"],
            "items": {f"l{k}": {"bus0": f"r{a}", "bus1": f"r{b}"} for k, (a, b) in enumerate(d.ends)},
        },
    }
    data = {
        "availability": d.available,
        "demand": d.demand,
        "running_cost": d.running,
        "building_cost": d.building,
        "line_cost": d.line_cost,
    }
    return saddlepoint.define(
        sets=sets, variables=yaml.safe_load(VARIABLES), problem=yaml.safe_load(PROBLEM), data=data
    )


def by_saddlepoint(d: Data):
    """Formulas → Batch → HiGHS."""
    from benchmarks.large_lp import hand_over
    from saddlepoint.compile.bind import bind
    from saddlepoint.compile.compile import compile_problem
    from saddlepoint.model.flat_numbers import flat_numbers
    from saddlepoint.study.running.plan import numbers_of

    lab = declared(d)
    plan = lab.plan(lab.inputs())
    problem = plan.model.problems[0]
    flat = flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    numbers = numbers_of(problem, plan, flat)
    b = bind(compile_problem(problem, plan.model, numbers), numbers).batch
    A = b.structure.A
    built = time.process_time()
    return hand_over(b.q[0], b.lb[0], b.ub[0], b.l[0], b.u[0], A.indptr, A.indices, b.A[0]), built


def by_linopy(d: Data):
    import linopy
    import pandas as pd
    import xarray as xr
    from linopy.io import to_highspy

    t, r, n, k = (pd.RangeIndex(size, name=name) for size, name in zip(d.sizes, "trnk", strict=True))
    m = linopy.Model(force_dim_names=False)
    gen = m.add_variables(lower=0, coords=[t, r, n], name="gen")
    cap = m.add_variables(lower=0, coords=[r, n], name="cap")
    store = m.add_variables(lower=0, coords=[r], name="store")
    charge, discharge, level, shed = (
        m.add_variables(lower=0, coords=[t, r], name=x) for x in ("charge", "discharge", "level", "shed")
    )
    flow, line = (
        m.add_variables(coords=[t, k], name="flow"),
        m.add_variables(lower=0, coords=[k], name="line"),
    )
    names = np.array(d.ends)
    balance = gen.sum("n") + discharge - charge + shed
    for sign, end in ((1, 1), (-1, 0)):
        at = xr.DataArray(names[:, end], coords=[k], name="r")
        balance = balance + sign * _at_regions(flow, at, r)
    m.add_constraints(balance == xr.DataArray(d.demand, coords=[t, r]), name="balance")
    m.add_constraints(gen - xr.DataArray(d.available, coords=[t, r, n]) * cap <= 0, name="output")
    m.add_constraints(level - level.roll(t=1) - KEPT * charge + discharge == 0, name="storage")
    m.add_constraints(level - store <= 0, name="full")
    m.add_constraints(flow - line <= 0, name="forwards")
    m.add_constraints(flow + line >= 0, name="backwards")
    goal = (gen * xr.DataArray(d.running, coords=[n])).sum() + (
        cap * xr.DataArray(d.building, coords=[n])
    ).sum()
    goal = (
        goal + (50 * store).sum() + (line * xr.DataArray(d.line_cost, coords=[k])).sum() + (3000 * shed).sum()
    )
    m.add_objective(goal)
    built = time.process_time()
    return to_highspy(m), built


def _at_regions(flow: Any, at: Any, regions: Any) -> Any:
    """Flows added up by the region at one end of their lines; regions at no end have none."""
    return flow.groupby(at).sum().reindex(r=regions)


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def one(tool: str, sizes: tuple[int, int, int], solve: bool) -> None:
    run = {"saddlepoint": by_saddlepoint, "linopy": by_linopy}[tool]
    run(draw(24, 3, 2))
    d = draw(*sizes)
    before, start = peak(), time.process_time()
    highs, built = run(d)
    end = time.process_time()
    found = f"{highs.getNumRow()}×{highs.getNumCol()}, {highs.getNumNz()} non-zeros"
    print(f"{tool} {built - start:.3f} {end - built:.3f} {peak() - before:.0f} | {found}", flush=True)
    if solve:
        highs.setOptionValue("output_flag", False)
        highs.run()
        print(f"# {tool}: optimum {highs.getObjectiveValue():.10g}")


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks national", description=__doc__)
    for name, size in (("hours", 8760), ("regions", 20), ("technologies", 30), ("rounds", 3)):
        parser.add_argument(f"--{name}", type=int, default=size)
    parser.add_argument("--linopy", default=sys.executable, help="an interpreter that has linopy")
    parser.add_argument("--tool", choices=("saddlepoint", "linopy"), help="one tool, in this process")
    parser.add_argument("--solve", action="store_true", help="also solve, to compare optima (small sizes)")
    asked = parser.parse_args()
    sizes = (asked.hours, asked.regions, asked.technologies)
    if asked.tool:
        return one(asked.tool, sizes, asked.solve)
    found: dict[str, list[list[float]]] = {"saddlepoint": [], "linopy": []}
    for _ in range(asked.rounds):
        for tool, python in (("saddlepoint", sys.executable), ("linopy", asked.linopy)):
            line = _fresh(python, tool, sizes, asked.solve)
            if line:
                found[tool].append([float(x) for x in line.split("|")[0].split()[1:]])
                print(line, flush=True)
    for tool, runs in found.items():
        if runs:
            build, hand, memory = (statistics.median(v) for v in zip(*runs, strict=True))
            print(
                f"{tool:12} build {build:7.2f} s  hand-over {hand:6.2f} s  together {build + hand:7.2f} s  +{memory:6.0f} MB"
            )
    return None


def _fresh(python: str, tool: str, sizes: tuple[int, int, int], solve: bool) -> str:
    root = Path(__file__).parents[1]
    command = [python, "-m", "benchmarks.national", "--tool", tool]
    for name, size in zip(("hours", "regions", "technologies"), sizes, strict=True):
        command += [f"--{name}", str(size)]
    paths = os.pathsep.join([str(root), str(root / "src"), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*command, *(["--solve"] if solve else [])],
        check=False, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    if done.returncode:
        print(f"# {tool}: {done.stderr.strip().splitlines()[-1]}", flush=True)
        return ""
    lines = done.stdout.splitlines()
    for line in lines:
        if line.startswith("#"):
            print(line, flush=True)
    return next(line for line in lines if line.startswith(f"{tool} "))


if __name__ == "__main__":
    main()
