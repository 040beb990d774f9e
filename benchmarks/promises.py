"""Whether promises are kept: coverage of buffers from n values, over laws whose next value is known.

python -m benchmarks promises [--replications 1000] [--sizes 20 50 200 1000] [--backtests 100] [--json]

Coverage is the probability, given each history, that the next value is at or below the level, averaged over histories (no second
sampling error); `kept` is the part of histories in which it is at least p, which is what a confidence promises. The second table says
how often a back-test speaks up (broken, alarm, or assumption in doubt) where an assumption holds and where it does not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saddlepoint.uncertain import find

Array = NDArray[np.float64]
PROMISE = 0.95
CONFIDENCE = 0.9
CHUNK = 50


@dataclass(frozen=True)
class World:
    """A way in which histories come: (rows, n, rng) → values (rows, n) and, of levels (rows,), P(next ≤ level)."""

    name: str
    exchangeable: bool
    law: str
    draw: Callable[[int, int, np.random.Generator], tuple[Array, Callable[[Array], Array]]]


def _independent(
    draw: Callable[[np.random.Generator, tuple[int, int]], Array], cdf: Callable[[Array], Array]
):
    return lambda rows, n, rng: (draw(rng, (rows, n)), cdf)


def _humps(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return np.where(rng.random(shape) < 0.6, rng.normal(100.0, 10.0, shape), rng.normal(200.0, 15.0, shape))


def _lumps(rng: np.random.Generator, shape: tuple[int, int]) -> Array:
    return np.where(rng.random(shape) < 0.6, 0.0, rng.gamma(2.0, 10.0, shape))


def _seasonal(rows: int, n: int, rng: np.random.Generator) -> tuple[Array, Callable[[Array], Array]]:
    from scipy.stats import norm

    mean = 100.0 + 30.0 * np.sin(2.0 * np.pi * (np.arange(n + 1) + rng.integers(0, 12, (rows, 1))) / 12.0)
    return rng.normal(mean[:, :-1], 10.0), lambda level: norm.cdf(level, mean[:, -1], 10.0)


def _remembering(rows: int, n: int, rng: np.random.Generator) -> tuple[Array, Callable[[Array], Array]]:
    from scipy.signal import lfilter
    from scipy.stats import norm

    values = 100.0 + lfilter([1.0], [1.0, -0.7], rng.normal(0.0, 10.0, (rows, n + 100)), axis=1)[:, 100:]
    last = values[:, -1]
    return values, lambda level: norm.cdf(level, 100.0 + 0.7 * (last - 100.0), 10.0)


def _drifting(rows: int, n: int, rng: np.random.Generator) -> tuple[Array, Callable[[Array], Array]]:
    from scipy.stats import norm

    mean = 100.0 + 60.0 * np.arange(n + 1) / n
    return rng.normal(mean[:-1], 10.0, (rows, n)), lambda level: norm.cdf(level, mean[-1], 10.0)


def worlds() -> tuple[World, ...]:
    """Twelve ways: heavy, skewed, bimodal, intermittent, counted, seasonal, remembering, drifting."""
    from scipy import stats

    humps = lambda x: 0.6 * stats.norm.cdf(x, 100.0, 10.0) + 0.4 * stats.norm.cdf(x, 200.0, 15.0)  # noqa: E731
    lumps = lambda x: np.where(x < 0.0, 0.0, 0.6 + 0.4 * stats.gamma.cdf(x, 2.0, scale=10.0))  # noqa: E731
    return (
        World("normal", True, "normal", _independent(lambda r, s: r.normal(100.0, 15.0, s), lambda x: stats.norm.cdf(x, 100.0, 15.0))),
        World("student-t, 3", True, "student-t", _independent(lambda r, s: 100.0 + 10.0 * r.standard_t(3.0, s), lambda x: stats.t.cdf(x, 3.0, 100.0, 10.0))),
        World("lognormal", True, "lognormal", _independent(lambda r, s: r.lognormal(4.0, 0.8, s), lambda x: stats.lognorm.cdf(x, 0.8, scale=np.exp(4.0)))),
        World("gamma, 2", True, "gamma", _independent(lambda r, s: r.gamma(2.0, 40.0, s), lambda x: stats.gamma.cdf(x, 2.0, scale=40.0))),
        World("pareto, 2.5", True, "", _independent(lambda r, s: 50.0 * (1.0 + r.pareto(2.5, s)), lambda x: stats.pareto.cdf(x, 2.5, scale=50.0))),
        World("uniform", True, "", _independent(lambda r, s: r.uniform(50.0, 150.0, s), lambda x: stats.uniform.cdf(x, 50.0, 100.0))),
        World("two humps", True, "", _independent(_humps, humps)),
        World("intermittent", True, "", _independent(_lumps, lumps)),
        World("poisson, 4", True, "poisson", _independent(lambda r, s: r.poisson(4.0, s).astype(float), lambda x: stats.poisson.cdf(x, 4.0))),
        World("seasonal, 12", False, "", _seasonal),
        World("memory, 0.7", False, "", _remembering),
        World("drift", False, "", _drifting),
    )  # fmt: skip


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


TESTED = {"prediction": "normal", "lognormal": "lognormal", "gamma": "gamma", "conformal": None}
"""Buffer → the law it assumes; None: values are exchangeable."""


def holds(buffer: str, world: World) -> bool:
    """Whether the assumption of a buffer holds in a world."""
    law = TESTED[buffer]
    return world.exchangeable and (law is None or world.law == law)


def speaks(world: World, n: int, runs: int, seed: int) -> Iterator[tuple[str, float]]:
    """(buffer, part of the back-tests that say something against it)."""
    from saddlepoint.promises import backtest

    rng = np.random.default_rng(seed)
    heard: dict[str, list[bool]] = {}
    for _ in range(runs):
        values = world.draw(1, n, rng)[0][0]
        found = backtest(values, PROMISE, tuple(TESTED), start=n // 2, pattern=False)
        for one in found.judged:
            heard.setdefault(one.buffer, []).append(bool(one.word == "broken" or one.since or one.doubt))
    for name, said in heard.items():
        yield name, float(np.mean(said))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("benchmarks promises", description=__doc__)
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 50, 200, 1000])
    parser.add_argument("--backtests", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="one line of JSON per figure")
    asked = parser.parse_args(arguments)
    for n in asked.sizes:
        _table(asked, n)
    for n in asked.sizes:
        if n >= 40 and asked.backtests:
            _said(asked, n)
    return 0


def _table(asked: argparse.Namespace, n: int) -> None:
    chosen = worlds()
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
            f"\nn = {n}: part of {asked.backtests} back-tests that speak against a buffer, in % (* where its assumption holds)"
        )
        print(f"{'':14}" + "".join(f"{name:>14}" for name in TESTED))
    for k, world in enumerate(worlds()):
        found = dict(speaks(world, n, asked.backtests, asked.seed + 89 * k + n))
        if asked.json:
            for name, part in found.items():
                line = {
                    "n": n,
                    "world": world.name,
                    "buffer": name,
                    "holds": holds(name, world),
                    "speaks": part,
                }
                print(json.dumps(line), flush=True)
            continue
        cells = [
            f"{100 * found[b]:.0f}{'*' if holds(b, world) else ' '}" if b in found else "– " for b in TESTED
        ]
        print(f"{world.name:14}" + "".join(f"{c:>14}" for c in cells), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
