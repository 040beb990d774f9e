"""Joint promises against what they claim: simulation with ten million draws in flat memory, and exact integer programs on small draws.

python -m benchmarks joint [--draws 10000000] [--history 2000]

Three products (Normal, gamma, lognormal) in three worlds: independent, a Gaussian copula, a Student-t copula with common extremes. Each way
promises 95 % for all together from a history of the world; the simulation says what it reached. Then the same draws by enumeration, by a
program with big-M rows, and by `joint_of_draws`. The exit code is 1 where a claim fails.
"""

from __future__ import annotations

import argparse
import itertools
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from saddlepoint.planning import Demand
from saddlepoint.promises import joint, joint_of_draws

Array = NDArray[np.float64]
PROMISE = 0.95
PRICES = np.array([1.0, 4.0, 2.0])
CHUNK = 200_000
TIED = np.array([[1.0, 0.6, 0.3], [0.6, 1.0, 0.5], [0.3, 0.5, 1.0]])
DEMANDS = (
    Demand(300.0, 30.0, buffer="normal"),
    Demand(100.0, 25.0, buffer="gamma"),
    Demand(60.0, 20.0, buffer="lognormal"),
)
WIDTH = float(np.sqrt(np.log1p((20.0 / 60.0) ** 2)))


def independent(count: int, rng: np.random.Generator) -> Array:
    """Draws (count, 3) by numpy's own generators."""
    return np.column_stack(
        [
            rng.normal(300.0, 30.0, count),
            rng.gamma(16.0, 6.25, count),
            rng.lognormal(np.log(60.0) - 0.5 * WIDTH**2, WIDTH, count),
        ]
    )


def _of_scores(scores: Array) -> Array:
    """Values of Normal scores (count, 3)."""
    from scipy import special

    ranks = special.ndtr(scores[:, 1])
    return np.column_stack(
        [
            300.0 + 30.0 * scores[:, 0],
            6.25 * special.gammaincinv(16.0, ranks),
            np.exp(np.log(60.0) - 0.5 * WIDTH**2 + WIDTH * scores[:, 2]),
        ]
    )


def gaussian(count: int, rng: np.random.Generator) -> Array:
    """Draws with a Gaussian copula."""
    return _of_scores(rng.normal(size=(count, 3)) @ np.linalg.cholesky(TIED).T)


def extremes(count: int, rng: np.random.Generator) -> Array:
    """Draws with a Student-t copula of 3 degrees of freedom: extremes come together."""
    from scipy import special

    normal = rng.normal(size=(count, 3)) @ np.linalg.cholesky(TIED).T
    ranks = special.stdtr(3.0, normal / np.sqrt(rng.chisquare(3.0, (count, 1)) / 3.0))
    return _of_scores(special.ndtri(np.clip(ranks, 1e-15, 1.0 - 1e-15)))


WORLDS: dict[str, Callable[[int, np.random.Generator], Array]] = {
    "independent": independent,
    "gaussian copula": gaussian,
    "student-t copula": extremes,
}
APPROXIMATE = 0.005
"""How far a copula that is fitted to the history may be off."""


def promised(draw: Callable[[int, np.random.Generator], Array], count: int) -> Iterator[Any]:
    """The levels of every way, from a history of a world."""
    history = draw(count, np.random.default_rng(11))
    for way in ("equal", "bonferroni", "independent", "gaussian", "vine"):
        tied = history if way in ("gaussian", "vine") else None
        yield joint(DEMANDS, PROMISE, way, PRICES, history=tied)
    yield joint_of_draws(history[:300], PROMISE, PRICES)


def reached(draw: Callable[[int, np.random.Generator], Array], levels: Array, count: int) -> Array:
    """The part of `count` draws that each row of levels covers, a chunk at a time."""
    rng, hits = np.random.default_rng(12), np.zeros(len(levels), dtype=np.int64)
    for start in range(0, count, CHUNK):
        values = draw(min(CHUNK, count - start), rng)
        hits += [int((values <= level).all(axis=1).sum()) for level in levels]
    return hits / count


def kept(way: str, world: str, part: float, error: float) -> bool:
    """Whether a way reached what it claims in this world, to within four standard errors."""
    if way in ("equal", "bonferroni"):
        return part >= PROMISE - 4.0 * error
    if way == "independent":
        return abs(part - PROMISE) <= 4.0 * error if world == "independent" else True
    if way == "gaussian" and world == "student-t copula":
        return True
    return abs(part - PROMISE) <= APPROXIMATE + 4.0 * error if way in ("gaussian", "vine") else True


def simulated(count: int, history: int) -> bool:
    """The first table; whether every claim held."""
    right = True
    for world, draw in WORLDS.items():
        found = list(promised(draw, history))
        parts = reached(draw, np.array([one.levels for one in found]), count)
        error = float(np.sqrt(PROMISE * (1.0 - PROMISE) / count))
        print(f"\n{world}: {count:,} draws, promised {100 * PROMISE:g} % (± {400 * error:.3f} points)")
        print(f"  {'way':12}{'degree':>13}{'reached':>11}{'cost':>10}{'overpaid':>10}  claim")
        for one, part in zip(found, parts.tolist(), strict=True):
            held = kept(one.way, world, part, error)
            right &= held
            print(
                f"  {one.way:12}{one.degree:>13}{100 * part:>10.3f} {one.cost:>10.3f}{one.overpaid:>10.3f}  "
                + ("holds" if held else "FAILS")
            )
    return right


def by_enumeration(draws: Array, left: int) -> float:
    """The least cost over every choice of `left` draws that are not covered."""
    choices = itertools.combinations(range(len(draws)), left)
    return min(float(PRICES @ np.delete(draws, out, axis=0).max(axis=0)) for out in choices)


def by_big_m(draws: Array, left: int) -> float:
    """The least cost of x ≥ d − M·z, Σ z ≤ left, z in {0, 1}."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    count, width = draws.shape
    most = draws.max(axis=0) - draws.min(axis=0)
    rows = np.vstack([np.column_stack([np.eye(width), np.zeros((width, count))]) for _ in range(count)])
    for k in range(count):
        rows[k * width : (k + 1) * width, width + k] = most
    few = np.r_[np.zeros(width), np.ones(count)][None, :]
    found = milp(
        np.r_[PRICES, np.zeros(count)],
        constraints=[LinearConstraint(rows, lb=draws.reshape(-1)), LinearConstraint(few, ub=left)],
        bounds=Bounds(0.0, np.r_[np.full(width, np.inf), np.ones(count)]),
        integrality=np.r_[np.zeros(width), np.ones(count)],
        options={"mip_rel_gap": 1e-10},
    )
    return float(found.fun)


def exact() -> bool:
    """The second table; whether all three agree and the safe ways are not below."""
    right = True
    print(
        "\nsmall draws: least cost exactly, and what safe ways on the same draws pay (world: gaussian copula)"
    )
    print(f"  {'N':>4}{'p':>6}{'enumerated':>13}{'big-M':>12}{'ours':>12}{'equal':>12}{'split':>12}  claim")
    for count, p in ((12, 0.75), (20, 0.85), (24, 0.875), (40, 0.9), (60, 0.9), (100, 0.95)):
        draws = gaussian(count, np.random.default_rng(count))
        left = count - int(np.ceil(p * count - 1e-9))
        ours = joint_of_draws(draws, p, PRICES)
        listed = by_enumeration(draws, left) if left <= 3 else float("nan")
        other = by_big_m(draws, left)
        each = [Demand(samples=draws[:, k], buffer="empirical") for k in range(3)]
        safe = [joint(each, p, way, PRICES).cost for way in ("equal", "bonferroni")]
        agree = abs(ours.cost - other) <= 1e-6 * other and not abs(ours.cost - listed) > 1e-6 * other
        held = agree and ours.joint >= p - 1e-12 and min(safe) >= ours.cost - 1e-6
        right &= held
        print(
            f"  {count:>4}{p:>6g}{listed:>13.4f}{other:>12.4f}{ours.cost:>12.4f}{safe[0]:>12.4f}{safe[1]:>12.4f}  "
            + ("holds" if held else "FAILS")
        )
    return right


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("benchmarks joint", description=__doc__)
    parser.add_argument("--draws", type=int, default=10_000_000)
    parser.add_argument("--history", type=int, default=2_000)
    asked = parser.parse_args(arguments)
    right = exact() & simulated(asked.draws, asked.history)
    print(f"\nlargest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
