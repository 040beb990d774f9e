"""The phases of one whole run inside one process, CPU seconds each: python -m benchmarks.phases FOLDER (prints JSON)."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PHASES = ("import", "read", "resolve", "load", "compile", "bind", "solve", "certify", "write", "run")


class Clock:
    """CPU seconds of each named phase."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Generator[None, None, None]:
        start = time.process_time()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.process_time() - start


def phases(folder: Path) -> dict[str, float]:
    """Phase → CPU seconds.

    read: settings, sets and input files; load: their numbers into the store; compile, bind, solve, certify: every
    problem once, outside a loop; write: the rest of a run after that; run: the whole of `Lab.run`, with loops.
    Solving includes certifying, which is measured once more alone.
    """
    clock = Clock()
    with clock.phase("import"):
        import saddlepoint
        import saddlepoint.lab
    with clock.phase("read"):
        lab = saddlepoint.open(folder)
        _ = lab.items
    with clock.phase("resolve"):
        _ = lab.model
    with clock.phase("load"):
        fetched = lab.load().fetched
    planned = lab.plan(fetched)
    for problem in planned.model.problems:
        _one(problem, planned, clock)
    with clock.phase("run"):
        lab.run()
    with clock.phase("write"):
        lab.save(lab.solve())
    return {name: clock.seconds[name] for name in PHASES if name in clock.seconds}


def _one(problem: Any, planned: Any, clock: Clock) -> None:
    from saddlepoint.compile.bind import bind
    from saddlepoint.solve.proof.certificate import check_claims
    from saddlepoint.solve.solve import solve
    from saddlepoint.study.running.programs import compiled_programs

    with clock.phase("compile"):
        program = next(made[1] for made in compiled_programs(planned) if made[0] is problem)
    with clock.phase("bind"):
        bound = bind(program, _numbers(problem, planned))
    with clock.phase("solve"):
        s = solve(bound.batch)
    with clock.phase("certify"):
        check_claims(bound.batch, s.x, s.y, s.z, s.w, s.status, s.bound)


def _numbers(problem: Any, planned: Any) -> Any:
    import numpy as np

    from saddlepoint.study.running.plan import numbers_of

    flat = {k: t.columns["values"] for k, t in planned.fetched.tables.items() if "values" in t.columns}
    undecided = (t for t in planned.model.tables.values() if t.spec.kind == "hybrid")
    flat |= {t.key: np.zeros(t.domain.size) for t in undecided}
    flat |= {k: t.columns["values"] for k, t in planned.fetched.initial.items()}
    return numbers_of(problem, planned, flat)


if __name__ == "__main__":
    print(json.dumps(phases(Path(sys.argv[1]))))
