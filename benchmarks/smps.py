"""python -m benchmarks smps FOLDER [NAME …]: published two-stage programs in SMPS files, by every route.

FOLDER holds reference.csv (name, core, time, stoch, reference_objective) and data/. Each program is solved as one problem (extensive form), and by the L-shaped
method with one cut for all outcomes, with one for each group (64 at most), and with one for each outcome; with whole decisions after the outcome by the integer
L-shaped method. Of each: the optimum less the
published value, relative; whether it is certified (of the L-shaped method: a plan of every outcome, and a bound of our own multipliers within 1e-6); CPU seconds.

python -m benchmarks smps sampled CORE TIME STOCH [OUTCOMES] [SEED]: a program with too many outcomes to name: half of a sample decides, the others say how far that
may be from the best (Mak, Morton & Wood; bootstrap), and what the decision costs.

python -m benchmarks smps whole CORE TIME STOCH: every outcome, chunk by chunk, by the L-shaped method. Files of 20-term, ssn, storm and LandS: USC3DLAB/SD on GitHub, spInput/.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path
from typing import Final

import saddlepoint
from benchmarks.smps_stages import all_outcomes, drawn_outcomes
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index
from saddlepoint.building.smps import model_of
from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.compile.outcome_columns import node_columns
from saddlepoint.expr.outcomes import probabilities
from saddlepoint.expr.value import value
from saddlepoint.files.smps import outcomes_of, read_smps
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.solve.decomposition.kernel import apart
from saddlepoint.solve.decomposition.l_shaped import l_shaped
from saddlepoint.solve.decomposition.sample_gap import sample_gap
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from saddlepoint.study.running.plan import numbers_of

LITERATURE: Final = {
    "20term": 254311.55, "gbd": 1655.628, "lands": 225.624, "ssn": 9.913, "storm": 15498739.41,
}  # fmt: skip
"""What the best decisions cost, as J. Linderoth, A. Shapiro, S. Wright estimate it (Annals of OR 142 (2006) 215–241, table 4: upper bounds, Latin hypercubes of 5,000)."""
LONGEST: Final = 300.0
"""Seconds of one route."""
ROUTES: Final = ("extensive", "one cut", "grouped", "each its own")


def compiled(model: saddlepoint.Model) -> tuple[Batch, Index, Array]:
    """The extensive form, the outcome of every column, how likely each outcome is."""
    plan = model.lab.plan(model.lab.inputs())
    problem = plan.model.problems[0]
    numbers = numbers_of(problem, plan, flat_numbers(plan.fetched.tables.values(), plan.model.defaults))
    program = compile_problem(problem, plan.model, numbers)
    found = node_columns(program, plan.model)
    assert found is not None
    labels = found[1]
    key = next(k for k, s in plan.model.sets.items() if s.outcomes is not None)
    shares = value(probabilities(plan.model.sets[key].view), numbers.of)[0].reshape(-1)
    return bind(program, numbers).batch, labels, shares


def routes(batch: Batch, labels: Index, shares: Array) -> list[tuple[str, float, bool, float]]:
    """Of every route that takes the problem: name, optimum, whether it is certified, CPU seconds."""
    began = time.process_time()
    whole = solve(batch, Options(time_limit=LONGEST))
    found = [
        (ROUTES[0], float(whole.objective[0]), whole.status[0] == Status.OPTIMAL, time.process_time() - began)
    ]
    parts = apart(batch, 0, labels, shares)
    if isinstance(parts, str):
        return found
    count = len(shares)
    asked = dict(zip(ROUTES[1:], (1, 64, count), strict=True))
    if batch.structure.integer[labels >= 0].any():
        asked = {"integer cuts": count}
    for name, groups in asked.items():
        began = time.process_time()
        one = l_shaped(parts.problem, Options(time_limit=LONGEST), 2e-7, groups=groups)
        found.append((name, one.objective, one.status == Status.OPTIMAL, time.process_time() - began))
    return found


def published(folder: Path, names: list[str]) -> None:
    """A line for each program and route."""
    with (folder / "reference.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not names or row["name"] in names]
    print(
        f"{'program':16} {'outcomes':>8} {'published':>16} {'route':13} {'off':>9} {'certified':9} {'CPU s':>7}"
    )
    for row in rows:
        smps = read_smps(*(folder / "data" / row[key] for key in ("core", "time", "stoch")))
        numbers = outcomes_of(smps)
        known = float(row["reference_objective"])
        for route, optimum, certified, seconds in routes(*compiled(model_of(smps, numbers))):
            off = (optimum - known) / abs(known)
            print(
                f"{row['name']:16} {len(numbers.labels):>8} {known:>16.10g} {route:13} {off:>9.1e} {'yes' if certified else 'NO':9} {seconds:>7.2f}",
                flush=True,
            )


def sampled(files: list[str], count: int, seed: int) -> None:
    """One program with a sample of its outcomes: how far the decision of half of it may be from the best, and what it costs the other half."""
    began = time.process_time()
    name = Path(files[0]).stem
    smps = read_smps(*(Path(f) for f in files))
    gap = sample_gap(drawn_outcomes(smps, count, seed), Options())
    if gap is None:
        print(f"{name}: no gap from {count:,} outcomes")
        return
    known = next((f"; {n}: {v:,.10g}" for n, v in LITERATURE.items() if n.startswith(name.lower()[:4])), "")
    print(
        f"{name}, {smps.size:.2g} outcomes: decided by {count - gap.outcomes:,}, costs {gap.outcomes:,} others {gap.cost:,.8g} ± {gap.half_width:,.4g}; with "
        f"{gap.level:.0%} confidence at most {gap.upper:,.4g} from the best (mean gap {gap.estimate:,.4g}, {gap.replications} replications), by the bootstrap "
        f"{'-' if gap.resampled is None else f'{gap.resampled:,.4g}'}; {time.process_time() - began:.1f} s of CPU{known}",
        flush=True,
    )


def every_outcome(files: list[str]) -> None:
    """One program with all its outcomes, chunk by chunk."""
    smps = read_smps(*(Path(f) for f in files))
    began = time.process_time()
    found = l_shaped(all_outcomes(smps))
    print(
        f"{Path(files[0]).stem}, {smps.size:,} outcomes: {found.objective:,.10g}, bound {found.bound:,.10g}, {found.certified:,} certified, {found.passes} passes, "
        f"{time.process_time() - began:.1f} s of CPU"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["sampled"]:
        more = [int(a) for a in sys.argv[5:]]
        sampled(sys.argv[2:5], more[0] if more else 1000, more[1] if len(more) > 1 else 0)
    elif sys.argv[1:2] == ["whole"]:
        every_outcome(sys.argv[2:5])
    elif len(sys.argv) > 1:
        published(Path(sys.argv[1]), sys.argv[2:])
    else:
        print(__doc__)
