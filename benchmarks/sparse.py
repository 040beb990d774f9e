"""python -m benchmarks sparse: a sparse table of 10,000 existing cells, of 10,000 and of 1,000,000 possible ones.

Time and memory should follow the existing cells; each size runs in a process of its own, CPU seconds.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from typing import Any

import numpy as np

import saddlepoint
from saddlepoint.study.running.programs import compiled_programs

CELLS = 10_000
SIDES = (100, 1_000)


def model(side: int) -> saddlepoint.Lab:
    """A transport of CELLS routes between `side` and `side` places."""
    rng = np.random.default_rng(1)
    origin, target = np.divmod(np.sort(rng.choice(side * side, CELLS, replace=False)), side)
    names = {key: [f"{key.lower()}{k}" for k in range(side)] for key in ("From", "To")}
    routes = {
        "From_Name": np.array(names["From"])[origin].tolist(),
        "To_Name": np.array(names["To"])[target].tolist(),
        "values": rng.uniform(1.0, 2.0, CELLS).tolist(),
    }
    need = np.isin(np.arange(side), target).astype(float)
    variables: dict[str, Any] = {
        "cost": _table("exogenous", ["From", "To"], {"c": None}, default=0),
        "need": _table("exogenous", ["To"], {"d": None}),
        "flow": _table("endogenous", ["From", "To"], {"x": {"lower": 0, "upper": 5}}, where="exists(c)"),
    }
    return saddlepoint.define(
        sets={key: {"items": items} for key, items in names.items()},
        variables=variables,
        problem={
            "objective": ["Minimize(sum(c * x, over=(From, To)))"],
            "expressions": [{"serve": "sum(x, over=From) >= d", "where": "d > 0"}],
        },
        data={"cost": routes, "need": need},
    )


def _table(kind: str, over: list[str], info: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": over, "variables_info": info, **more}


def main(side: int) -> None:
    """The phases of one size."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    marks = [time.process_time()]
    lab = model(side)
    fetched = lab.inputs()
    marks.append(time.process_time())
    compiled_programs(lab.plan(fetched))
    marks.append(time.process_time())
    result = lab.solve()
    marks.append(time.process_time())
    result.table("flow").to_pandas()
    result.price("x_upper").to_pandas()
    marks.append(time.process_time())
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    phases = ("load", "compile", "compile and solve", "tables")
    shown = ", ".join(f"{n} {b - a:.2f} s" for n, a, b in zip(phases, marks, marks[1:], strict=False))
    print(f"{CELLS:,} of {side * side:,} cells: {shown}, {grown} MB")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(int(sys.argv[1]))
    else:
        for size in SIDES:
            subprocess.run([sys.executable, "-m", "benchmarks.sparse", str(size)], check=True)
