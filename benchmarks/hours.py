"""Medium linear programs: hours of supply by units with ramps and one store, many scenarios of one structure."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern

INF = np.inf
LOSS = 0.92
"""What is left of a unit of energy on each way into and out of the store."""


def hours_with_storage(hours: int, units: int, size: int, seed: int = 0) -> Batch:
    """min cost of supply; demand, availability and costs vary by 10 % between `size` scenarios.

    Columns: supply (hours × units), then charge, release, level and unserved (hours each). Rows: the balance of each hour,
    the store of each hour (cyclic), ramps of all units.
    """
    rng = np.random.default_rng(seed)
    capacity, cost = rng.uniform(20, 100, units), rng.uniform(5, 80, units)
    supply, t = hours * units, np.arange(hours)
    charge, release, level, unserved = (supply + k * hours + t for k in range(4))
    ramps = 2 * hours + np.arange((hours - 1) * units)
    later = np.arange(units, supply)
    entries = (
        (np.repeat(t, units), np.arange(supply), 1.0),
        (t, release, 1.0),
        (t, unserved, 1.0),
        (t, charge, -1.0),
        (hours + t, level, 1.0),
        (hours + t, np.roll(level, 1), -1.0),
        (hours + t, charge, -LOSS),
        (hours + t, release, 1 / LOSS),
        (ramps, later, 1.0),
        (ramps, later - units, -1.0),
    )
    m, n = 2 * hours + len(ramps), supply + 4 * hours
    demand = (
        0.4 * capacity.sum() * (1 + 0.25 * np.sin(2 * np.pi * t / 24)) * rng.normal(1, 0.1, (size, hours))
    )
    ramp = np.tile(0.3 * capacity, (size, hours - 1))
    still = np.zeros((size, hours))
    ub = np.full((size, n), INF)
    ub[:, :supply] = np.tile(capacity, hours) * rng.uniform(0.5, 1.0, (size, supply))
    ub[:, charge] = ub[:, release] = capacity.sum() * 0.15
    ub[:, level] = capacity.sum() * 0.6
    q = np.zeros((size, n))
    q[:, :supply] = np.tile(cost * rng.normal(1, 0.1, (size, units)), hours)
    q[:, unserved], q[:, charge], q[:, release] = 1000.0, 0.1, 0.1
    pattern, values = by_columns(entries, m, n)
    return Batch.linear(
        pattern,
        values,
        size=size,
        q=q,
        r=np.zeros((1, 1)),
        l=np.hstack([demand, still, -ramp]),
        u=np.hstack([demand, still, ramp]),
        lb=np.zeros((1, n)),
        ub=ub,
    )


def by_columns(
    entries: tuple[tuple[np.ndarray, np.ndarray, float], ...], m: int, n: int
) -> tuple[Pattern, np.ndarray]:
    """The pattern of (rows, columns, number) groups, and their numbers (1, nnz) in its order."""
    rows, columns = (np.concatenate([entry[k] for entry in entries]) for k in range(2))
    numbers = np.concatenate([np.full(len(entry[0]), entry[2]) for entry in entries])
    order = np.lexsort((rows, columns))
    return Pattern.of(rows[order], columns[order], (m, n)), numbers[None, order]
