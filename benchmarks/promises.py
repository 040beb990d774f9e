"""Whether promises are kept: coverage of buffers from n values, over laws whose next value is known.

python -m benchmarks promises [--replications 1000] [--sizes 20 50 200 1000] [--backtests 1000] [--seed 0] [--fresh]
    [--bounds] [--json]

Coverage is the probability, given each history, that the next value is at or below the level, averaged over histories (no second
sampling error); `kept` is the part of histories in which it is at least p, which is what a confidence promises. The second table says
how often a back-test speaks up (broken, alarm, or assumption in doubt) where an assumption holds and where it does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from benchmarks.promise_power import NOMINAL, SEEN, TESTED, Spoken, holds, spoken
from benchmarks.promise_worlds import World, fresh_worlds, worlds
from saddlepoint.uncertain import find

Array = NDArray[np.float64]
PROMISE = 0.95
CONFIDENCE = 0.9
CHUNK = 50


BUFFERS = (
    *("normal", "prediction", "tolerance", "student-t", "lognormal", "gamma", "cantelli", "empirical"),
    *("lognormal-prediction", "gamma-prediction"),
    *("conformal", "order-statistic", "scenario", "split-conformal", "cross-conformal"),
    *("weighted-conformal", "adaptive-conformal", "wasserstein-samples"),
)


def levels(name: str, values: Array, season: int) -> Array | None:
    """(rows,) levels of a buffer; None where so few values do not suffice or the assumption excludes them."""
    from saddlepoint.promises.rolling import tail_dof

    buffer, n = find(name), values.shape[1]
    columns = {
        "mean": values.mean(axis=1),
        "std": values.std(axis=1, ddof=1),
        "dof": np.full(len(values), n - 1.0),
        "samples": values,
        "confidence": np.full(len(values), CONFIDENCE),
    }
    if name == "student-t":
        columns["dof"] = np.array([tail_dof(v) for v in values])
    if name.split("-", maxsplit=1)[0] in ("lognormal", "gamma") and not (values.min(axis=1) > 0.0).all():
        return None
    read = {k: v for k, v in columns.items() if k in (*buffer.needs, *buffer.optional)}
    if "season" in buffer.optional and season > 1:
        read["season"] = np.asarray(float(season))
    p = np.full(len(values), PROMISE)
    if not all(bool(np.all(r.holds(read, p))) for r in buffer.requirements):
        return None
    return buffer.quantile(read, p)


def coverage(world: World, n: int, rows: int, seed: int) -> Iterator[tuple[str, float, float]]:
    """(buffer, mean coverage, part of histories covered with p at least) of every buffer."""
    rng = np.random.default_rng(seed)
    found: dict[str, list[Array]] = {}
    for start in range(0, rows, CHUNK):
        values, cdf = world.draw(min(CHUNK, rows - start), n, rng)
        for name in BUFFERS:
            level = levels(name, values, 12 if world.name.startswith("seasonal") else 1)
            if level is not None:
                found.setdefault(name, []).append(cdf(level))
    for name, parts in found.items():
        reached = np.concatenate(parts)
        yield name, float(reached.mean()), float((reached >= PROMISE - 1e-12).mean())


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("benchmarks promises", description=__doc__)
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 50, 200, 1000])
    parser.add_argument("--backtests", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--fresh", action="store_true", help="six laws on which nothing was tuned, for the twelve"
    )
    parser.add_argument("--bounds", action="store_true", help="also the bound of Neyman and Pearson (slow)")
    parser.add_argument("--json", action="store_true", help="one line of JSON per figure")
    asked = parser.parse_args(arguments)
    for n in asked.sizes:
        if asked.replications:
            _table(asked, n)
    for n in asked.sizes:
        if asked.backtests:
            _said(asked, n)
    return 0


def _table(asked: argparse.Namespace, n: int) -> None:
    chosen = fresh_worlds() if asked.fresh else worlds()
    if not asked.json:
        print(
            f"\nn = {n}: coverage in %, {asked.replications} histories, promised {100 * PROMISE:g} (kept in % of the histories)"
        )
        print(f"{'':14}" + "".join(f"{name[:16]:>18}" for name in BUFFERS))
    for k, world in enumerate(chosen):
        found = {
            b: (c, kept) for b, c, kept in coverage(world, n, asked.replications, asked.seed + 97 * k + n)
        }
        if asked.json:
            for name, (reached, kept) in found.items():
                line = {"n": n, "world": world.name, "buffer": name, "coverage": reached, "kept": kept}
                print(json.dumps(line), flush=True)
            continue
        cells = [f"{100 * found[b][0]:.1f} ({100 * found[b][1]:.0f})" if b in found else "–" for b in BUFFERS]
        print(f"{world.name:14}" + "".join(f"{c:>18}" for c in cells), flush=True)


def _said(asked: argparse.Namespace, n: int) -> None:
    if not asked.json:
        print(
            f"\nn = {n}: part of {asked.backtests} back-tests that speak against a buffer, in % (* where its assumption holds: at most"
            f" {100 * NOMINAL:g}; t: speaks, or says that n values would not show it; N: about so many would; b: no test speaks more often)"
        )
        print(f"{'':14}" + "".join(f"{name:>27}" for name in TESTED))
    missed: list[str] = []
    for k, world in enumerate(fresh_worlds() if asked.fresh else worlds()):
        found = dict(spoken(world, n, asked.backtests, asked.seed + 89 * k + n, asked.bounds))
        if asked.json:
            for name, one in found.items():
                line = {
                    "n": n,
                    "world": world.name,
                    "buffer": name,
                    "holds": holds(name, world),
                    **asdict(one),
                }
                print(json.dumps(line), flush=True)
            continue
        wrong = {name: one for name, one in found.items() if not holds(name, world) and one.speaks < SEEN}
        missed += [
            f"{name} in {world.name} (speaks {100 * one.speaks:.0f}, tells {100 * one.told:.0f}, bound {100 * one.bound:.0f} %)"
            for name, one in wrong.items()
            if one.told < SEEN
        ]
        print(f"{world.name:14}" + "".join(f"{_cell(name, world, found):>27}" for name in TESTED), flush=True)
    if not asked.json:
        print(
            "Neither shown nor said to be out of sight in 90 %: " + ("; ".join(missed) or "none"), flush=True
        )


def _cell(name: str, world: World, found: dict[str, Spoken]) -> str:
    if name not in found:
        return "– "
    one = found[name]
    if holds(name, world):
        return f"{100 * one.speaks:.1f}*"
    if one.speaks >= SEEN:
        return f"{100 * one.speaks:.0f} "
    bound = f" b {100 * one.bound:.0f}" if one.bound < 1.0 else ""
    return f"{100 * one.speaks:.0f} (t {100 * one.told:.0f} N {one.needed}{bound}) "


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
