"""How often a back-test speaks against a buffer, over many histories at once: by the same words as `saddlepoint.backtest`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.promise_bounds import log_densities, order_bound, power_bound
from benchmarks.promise_worlds import Array, World
from saddlepoint.arrays import Mask
from saddlepoint.promises.assumptions import FALSE_WORD, LINED, doubt_chance, steps_too_wide
from saddlepoint.promises.draws import p_of_draws
from saddlepoint.promises.drift import alarms
from saddlepoint.promises.exchangeable import p_of_order
from saddlepoint.promises.judges import limits
from saddlepoint.promises.lined import more_than_chance, row_misses
from saddlepoint.promises.named import NAMED
from saddlepoint.promises.sight import divergence, unseen_laws, unseen_orders, values_needed
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
ORDER_OF: Mapping[str, str] = {
    "memory, 0.7": "a memory of 0.7",
    "seasonal, 12": "a season of 12 as wide as the scatter",
}
"""World → the order, or a fainter one, of which a back-test says that it would not be shown."""
SEEN = 0.9
"""Part of the back-tests that are to speak where an assumption does not hold."""
LOOKED_AT = 50
"""Histories at most whose blind spots are read."""
CALLED: Mapping[str, str] = {
    "student-t, 3": "student-t with 3 degrees of freedom",
    "gamma, 2": "gamma",
    "gamma, 10": "gamma",
    "lognormal, 0.3": "lognormal",
    "pareto, 2.5": "pareto",
    "weibull, 1.5": "weibull",
    "two triangles": "two humps",
}
"""World → the name by which a back-test says that it would not be shown, where that is not the world's own."""


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


@dataclass(frozen=True)
class Spoken:
    """What back-tests say of a buffer in a world.

    speaks: part of the histories in which something speaks against it; told: part in which it speaks, or says that so many values
    would not show this world, by its name; needed: about how many values would (0 where not computed); bound: the most that any test speaks, 1
    where it is not known.
    """

    speaks: float
    told: float
    needed: int
    bound: float


def spoken(world: World, n: int, runs: int, seed: int) -> Iterator[tuple[str, Spoken]]:
    """(buffer, what back-tests of this many histories of n values say of it)."""
    values = np.asarray(world.draw(runs, n, np.random.default_rng(seed))[0])
    season = season_of(world)
    for name in TESTED:
        missed = row_misses(find(name), values, start_of(n), PROMISE, season)
        if missed is None and name in LINED:
            continue
        said = doubted_rows(name, values, season, 0 if missed is None else missed.shape[1])
        if missed is not None:
            said |= spoken_of(name, values, missed, ~said, season)
        speaks = float(said.mean())
        if holds(name, world) or speaks >= SEEN:
            yield name, Spoken(speaks, speaks, 0, 1.0)
            continue
        silent = np.flatnonzero(~said)[:LOOKED_AT]
        named = float(np.mean([unseen_in(name, values[k], world) for k in silent]))
        told = speaks + (1.0 - speaks) * named
        yield name, Spoken(speaks, told, needed_for(world, name), bound_of(world, name, n, seed))


def needed_for(world: World, name: str) -> int:
    """About how many values show this world; 0 where that is not known."""
    density = log_densities().get(world.name)
    if not world.exchangeable or density is None or not TESTED[name]:
        needs = {u.what: u.needed for u in unseen_orders(0, bool(TESTED[name]), name in LINED)}
        return needs.get(ORDER_OF.get(world.name, ""), 0)
    x = np.quantile(world.draw(200_000, 1, np.random.default_rng(1))[0], (np.arange(1_000) + 0.5) / 1_000)
    if TESTED[name] != "normal":
        x = x[x > 0.0]
    mean, variance, _ = divergence(TESTED[name], x, density(x[:, None]), PROMISE)
    return values_needed(mean, variance, CALLED.get(world.name, world.name) in NAMED)


def unseen_in(name: str, values: Array, world: World) -> bool:
    """Whether the back-test of a history names this order, or this law, as one that it is too short to show."""
    if not world.exchangeable:
        orders = unseen_orders(len(values), bool(TESTED[name]), name in LINED)
        return any(one.what == ORDER_OF.get(world.name) for one in orders)
    called = CALLED.get(world.name, world.name)
    return any(one.what == called for one in unseen_laws(TESTED[name], values, PROMISE))


def doubted_rows(name: str, values: Array, season: int, judges: int) -> Mask:
    """Rows whose order or shape speaks against a buffer that so many values judge."""
    false = doubt_chance(name, judges, PROMISE)
    if name in LINED:
        from saddlepoint.uncertain.fitting.terms import trend_columns

        base = np.linalg.qr(trend_columns(values.shape[1], season, True))[0]
        return p_of_order(values - (values @ base) @ base.T, season, True)[0] <= false
    law = TESTED[name]
    if law:
        return (p_of_draws(law, values)[0] <= false) | steps_too_wide(values, PROMISE).astype(np.bool_)
    return p_of_order(values)[0] <= false


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


def bound_of(world: World, name: str, n: int, seed: int) -> float:
    """The most that a back-test can speak in this world with the false words that it may have, 1 where that is not known."""
    density = log_densities().get(world.name)
    if density is None or n > 400 or name in LINED:
        return 1.0
    drawn = lambda rows, rng: np.asarray(world.draw(rows, n, rng)[0])  # noqa: E731
    if not TESTED[name]:
        return order_bound(drawn, density, FALSE_WORD, seed)
    season = season_of(world)
    missed = row_misses(find(name), drawn(1, np.random.default_rng(seed)), start_of(n), PROMISE, season)
    judges = 0 if missed is None else missed.shape[1]
    false = doubt_chance(name, judges, PROMISE)
    return power_bound(
        TESTED[name], world.name, drawn, n, false, lambda rows: _verdict(name, rows, season), seed
    )


def _verdict(name: str, rows: Array, season: int) -> Mask:
    """Where a buffer is called broken, or raises an alarm."""
    everywhere = np.ones(len(rows), bool)
    missed = row_misses(find(name), rows, start_of(rows.shape[1]), PROMISE, season)
    return ~everywhere if missed is None else spoken_of(name, rows, missed, everywhere, season)
