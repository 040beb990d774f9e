"""The batch kernels beside every solver that is made for many small problems: `python -m benchmarks rivals [--quick]`.

CPU seconds of one process and one thread, the least of some runs, all in one run on the same batches. What a solver can keep (a compiled solver,
a factorised matrix, generated code, a basis) is prepared before the clock; what changes between scenarios is given again within it. *right*:
plans whose objective is within 1e-6 of the certified optimum and that break no relation by more than 1e-6 of its terms; beside it the largest of these errors.
A solver that cannot be imported is named as missing: `pip install --group rivals` has them; CVXPYgen needs a C compiler, too.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAYON_NUM_THREADS", "1")

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks import cones
from benchmarks.kernels import cpu, fleet, matrices, portfolio, product_mix
from benchmarks.rival_solvers import RIVALS, Plans, Rival, every, matrix_varies, with_upper_sides
from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.kernels import cone, qp, simplex, warming, waterfill
from saddlepoint.solve.kernels.answer import KernelAnswer
from saddlepoint.solve.proof.certificate import check_claims
from saddlepoint.solve.proof.cones import violation
from saddlepoint.solve.solution import Status

RIGHT = 1e-6
INF, TINY = np.inf, 1e-300


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
