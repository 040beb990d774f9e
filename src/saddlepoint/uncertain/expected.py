"""What a level means in units: expected sales, what is short and what is over, and the part of the volume served."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import PlanningError
from saddlepoint.records import dataclass
from saddlepoint.uncertain.record import Buffer, Columns


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Expected:
    """Expectations at a level x, in units; of a family of distributions the worst case of each.

    sold: E min(D, x); short: E(D − x)⁺; over: E(x − D)⁺; fill: sold/mean, the part of the volume that is served
    (NaN where the mean is 0); cycle: P(D ≤ x), the part of the periods without a shortage. Shapes as the level.
    """

    sold: Array
    short: Array
    over: Array
    fill: Array
    cycle: Array


def expected(buffer: Buffer, columns: Columns, level: object) -> Expected:
    """Sales, shortage, overage, fill rate and cycle service at a level, exact.

    columns: as `buffer.columns(…)` gives them. PlanningError U007 where the assumption bounds no mean of the tail.
    """
    x = np.asarray(level, dtype=np.float64)
    short = shortage(buffer, columns, x)
    mean = np.asarray(buffer.mean(columns), dtype=np.float64)
    sold = mean - short
    with np.errstate(divide="ignore", invalid="ignore"):
        fill = np.where(mean > 0.0, sold / mean, np.nan)
    return Expected(
        sold=sold, short=short, over=x - sold, fill=fill, cycle=np.asarray(buffer.coverage(columns, x))
    )


def shortage(buffer: Buffer, columns: Columns, level: Array) -> Array:
    """E(D − x)⁺ of a law or of observed values, its largest value over a family."""
    if buffer.shortage is not None:
        return np.asarray(buffer.shortage(columns, level), dtype=np.float64)
    if buffer.cvar is None:
        text = f"the distribution {buffer.name!r} has no expected shortage"
        why, fix = (
            f"It assumes: {buffer.assumption}.",
            "Name a law, a family of moments, or empirical samples.",
        )
        raise PlanningError.of("U007", text, why=why, fix=fix)
    return _by_tails(buffer, columns, level)


_STEPS: Final = 400
_ROUNDS: Final = 60
_GOLDEN: Final = 0.5 * (np.sqrt(5.0) - 1.0)


def _by_tails(buffer: Buffer, columns: Columns, level: Array) -> Array:
    """max over ε of ε·(CVaR(1 − ε) − x): a grid that crowds at both ends, then golden section.

    Source: R. T. Rockafellar, S. Uryasev, J. Banking & Finance 26 (2002) 1443–1471, th. 10, maximised over the family.
    """
    assert buffer.cvar is not None
    worst = buffer.cvar

    def gain(angle: Array) -> Array:
        tail = np.square(np.sin(angle))
        with np.errstate(all="ignore"):
            return np.nan_to_num(tail * (worst(columns, 1.0 - tail) - level), nan=-np.inf)

    angles = np.linspace(1e-6, 0.5 * np.pi - 1e-6, _STEPS)
    gains = np.stack([gain(np.asarray(a)) for a in angles])
    best = angles[np.argmax(gains, axis=0)]
    step = angles[1] - angles[0]
    low, high = np.maximum(best - step, angles[0]), np.minimum(best + step, angles[-1])
    for _ in range(_ROUNDS):
        near, far = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        left = gain(near) > gain(far)
        low, high = np.where(left, low, near), np.where(left, far, high)
    mean = np.asarray(buffer.mean(columns), dtype=np.float64)
    return np.maximum(gain(0.5 * (low + high)), np.maximum(mean - level, 0.0))
