"""How often a back-test speaks against a buffer, over many histories at once: by the same words as `saddlepoint.backtest`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from benchmarks.promise_bounds import log_densities, power_bound
from benchmarks.promise_worlds import Array, World
from saddlepoint.arrays import Mask
from saddlepoint.promises.assumptions import DOUBT, LINED, steps_too_wide
from saddlepoint.promises.draws import p_of_draws
from saddlepoint.promises.drift import FALSE, alarms
from saddlepoint.promises.exchangeable import p_of_order
from saddlepoint.promises.judges import limits
from saddlepoint.promises.lined import more_than_chance, row_misses
from saddlepoint.uncertain import find

PROMISE = 0.95
ORIGINS = 200
"""Promises at most in a back-test: a longer history gives the rest of its values to the first of them."""
TESTED: Mapping[str, str] = {
    "prediction": "normal",
    "lognormal-prediction": "lognormal",
    "gamma-prediction": "gamma",
    "conformal": "",
    "cross-conformal": "",
}
"""Buffer → the law it assumes; "": values (errors about a line and a season) are exchangeable."""
NOMINAL = DOUBT + 0.025 + FALSE
"""Chance of a false word: doubt, broken (a 95 % limit), alarm."""


def season_of(world: World) -> int:
    """The season that is given to the buffers."""
    return 12 if world.name.startswith("seasonal") else 1


def holds(buffer: str, world: World) -> bool:
    """Whether the assumption of a buffer holds in a world."""
    if buffer in LINED:
        return not world.name.startswith("memory")
    law = TESTED[buffer]
    return world.exchangeable and law in ("", world.law)


def start_of(n: int) -> int:
    """Values before the first promise."""
    return 8 if n < 40 else max(n // 2, n - ORIGINS)


def speaks(world: World, n: int, runs: int, seed: int) -> Iterator[tuple[str, float, float]]:
    """(buffer, part of the histories in which the back-test says something, the most that any test could)."""
    values = np.asarray(world.draw(runs, n, np.random.default_rng(seed))[0])
    for name, law in TESTED.items():
        missed = row_misses(find(name), values, start_of(n), PROMISE, season_of(world))
        if missed is None and name in LINED:
            continue
        doubted = doubted_rows(name, values, season_of(world))
        if missed is not None:
            doubted |= spoken_of(name, values, missed, ~doubted, season_of(world))
        family, part = "line" if name in LINED else law or "normal", float(doubted.mean())
        known = holds(name, world) or part >= 0.9
        yield name, part, 1.0 if known else bound_of(world, family, n, seed)


def doubted_rows(name: str, values: Array, season: int) -> Mask:
    """Rows whose order or shape speaks against a buffer."""
    if name in LINED:
        from saddlepoint.uncertain.fitting.terms import columns

        base = np.linalg.qr(columns(values.shape[1], season, True))[0]
        return p_of_order(values - (values @ base) @ base.T, season, True)[0] <= DOUBT
    law = TESTED[name]
    if law:
        return (p_of_draws(law, values)[0] <= DOUBT) | steps_too_wide(values, PROMISE)
    return p_of_order(values)[0] <= DOUBT


def spoken_of(name: str, values: Array, misses: Mask, asked: Mask, season: int) -> Mask:
    """Rows that are called broken or raise an alarm, of those that are asked about."""
    count = misses.shape[1]
    broken = (limits(np.arange(count + 1), count)[1] < PROMISE)[(~misses).sum(axis=1)] & asked
    alarmed = (alarms(misses, PROMISE) >= 0) & asked
    if name in LINED:
        for k in np.flatnonzero(broken | alarmed).tolist():
            more, quiet = more_than_chance(find(name), values[k], misses[k], PROMISE, season, None)
            broken[k], alarmed[k] = broken[k] & more, alarmed[k] & quiet
    return broken | alarmed


def bound_of(world: World, law: str, n: int, seed: int) -> float:
    """The most that a test of the size NOMINAL can speak in this world, 1 where the density is not known (steps, lumps)."""
    density = log_densities().get(world.name)
    if density is None or n > 400:
        return 1.0
    drawn = lambda rows, rng: np.asarray(world.draw(rows, n, rng)[0])  # noqa: E731
    return power_bound(law, drawn, density, n, NOMINAL, seed)
