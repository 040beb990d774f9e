"""How often a back-test speaks against a buffer, over many histories at once: by the same words as `saddlepoint.backtest`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from benchmarks.promise_bounds import log_densities, power_bound
from benchmarks.promise_worlds import Array, World
from saddlepoint.promises import exchangeable, shape
from saddlepoint.promises.assumptions import LINED, ORDER, SHAPE, steps_too_wide
from saddlepoint.promises.drift import FALSE, alarms
from saddlepoint.promises.judges import limits
from saddlepoint.uncertain import Buffer, find

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
NOMINAL = ORDER + SHAPE + 0.025 + FALSE
"""Chance of a false word: order, shape, broken (a 95 % limit), alarm."""


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
        doubted = doubted_rows(name, values, season_of(world))
        missed = misses_of(find(name), values, start_of(n), season_of(world))
        if missed is not None:
            doubted |= spoken_of(missed)
        if missed is None and name in LINED:
            continue
        family = "line" if name in LINED else law or "normal"
        yield name, float(doubted.mean()), 1.0 if holds(name, world) else bound_of(world, family, n, seed)


def doubted_rows(name: str, values: Array, season: int) -> Array:
    """Rows whose order or shape speaks against a buffer."""
    if name in LINED:
        from saddlepoint.uncertain.fitting.terms import columns

        base = np.linalg.qr(columns(values.shape[1], season, True))[0]
        return exchangeable.p_of_order(values - (values @ base) @ base.T, season, True)[0] <= ORDER
    found = exchangeable.p_of_order(values)[0] <= ORDER
    law = TESTED[name]
    if law:
        found |= (shape.p_of_shape(law, values)[0] <= SHAPE) | steps_too_wide(values, PROMISE)
    return found


def misses_of(buffer: Buffer, values: Array, start: int, season: int) -> Array | None:
    """(rows, T) misses from `start` on; None where the past never suffices. Rows that break a requirement have NaN levels, no miss."""
    p = np.full(len(values), PROMISE)
    out: list[Array] = []
    for now in range(start, values.shape[1]):
        past = values[:, :now]
        columns: dict[str, Any] = {
            "samples": past,
            "mean": past.mean(axis=1),
            "std": past.std(axis=1, ddof=1),
            "dof": np.full(len(past), now - 1.0),
        }
        read = {k: v for k, v in columns.items() if k in buffer.needs}
        if "season" in buffer.optional and season > 1:
            read["season"] = np.asarray(float(season))
        fit = [np.broadcast_to(r.holds(read, p), len(past)) for r in buffer.requirements]
        able = np.all(fit, axis=0) if fit else np.ones(len(past), bool)
        if not able.any():
            return None
        given = {k: v[able] if np.ndim(v) else v for k, v in read.items()}
        level = np.full(len(past), np.inf)
        level[able] = buffer.quantile(given, p[able])
        out.append(values[:, now] > level)
    return np.stack(out, axis=1)


def spoken_of(misses: Array) -> Array:
    """Rows that are called broken or raise an alarm."""
    count = misses.shape[1]
    hits = (~misses).sum(axis=1)
    broken = limits(np.arange(count + 1), count)[1] < PROMISE
    return broken[hits] | (alarms(misses, PROMISE) >= 0)


def bound_of(world: World, law: str, n: int, seed: int) -> float:
    """The most that a test of the size NOMINAL can speak in this world, 1 where the density is not known (steps, lumps)."""
    density = log_densities().get(world.name)
    if density is None or n > 400:
        return 1.0
    drawn = lambda rows, rng: np.asarray(world.draw(rows, n, rng)[0])  # noqa: E731
    return power_bound(law, drawn, density, n, NOMINAL, seed)
