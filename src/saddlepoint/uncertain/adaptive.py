"""Adaptive conformal buffers: the rank follows the misses of the past, so that a drifting series stays covered."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.uncertain.record import Buffer, Columns, Requirement
from saddlepoint.uncertain.samples import DRAWN, empirical_mean, empirical_std

RATE: Final = 0.02
MEMORY: Final = 50
LEAST: Final = 20
"""Fewer values say nothing of how the misses come."""
STEPS: Final = 300
"""How far back the rank is followed."""
TARGETS: Final[Array] = np.asarray(
    [*(np.arange(1, 200) / 200.0), *(1.0 - 0.005 / 2.0 ** np.arange(1, 12))], dtype=np.float64
)
"""Probabilities at which the rank is followed; one between two of them is served by the upper."""


def _memory(c: Columns) -> int:
    return int(np.max(c["memory"])) if "memory" in c else MEMORY


def _rate(c: Columns) -> float:
    return float(np.max(c["rate"])) if "rate" in c else RATE


def _at(window: Array, share: Array) -> Array:
    """Quantiles (…, g) of sorted values (…, w) at shares (…, g), straight between ranks and beyond the largest."""
    width = window.shape[-1]
    place = share * (width + 1.0)
    low = np.clip(np.floor(place), 1.0, width - 1.0).astype(np.int64)
    first = np.take_along_axis(window, low - 1, axis=-1)
    step = np.take_along_axis(window, low, axis=-1) - first
    inside = first + np.clip(place - low, 0.0, 1.0) * step
    reach = window[..., -1:] - window[..., width // 2 : width // 2 + 1]
    return inside + np.maximum(place - width, 0.0) * reach


def followed(samples: Array, targets: Array, memory: int = MEMORY, rate: float = RATE) -> Array:
    """The level for the value after the last, (…, g), for target probabilities (g,); samples (…, n), oldest first.

    After each value the share moves by rate·(missed − (1 − target)); the level is the quantile of the last `memory`
    values at that share. Source: I. Gibbs, E. Candès, NeurIPS 34 (2021), eq. 2.
    """
    count = samples.shape[-1]
    first = max(min(memory, count // 2), count - STEPS, 2)
    share = np.broadcast_to(targets, (*samples.shape[:-1], len(targets))).copy()
    for now in range(first, count):
        level = _at(np.sort(samples[..., max(0, now - memory) : now], axis=-1), share)
        missed = samples[..., now, None] > level
        share += rate * (missed - (1.0 - targets))
    return _at(np.sort(samples[..., max(0, count - memory) :], axis=-1), share)


def _levels(c: Columns) -> Array:
    """Levels at TARGETS, the highest so far at each: more reliability never asks for less."""
    return np.maximum.accumulate(followed(c["samples"], TARGETS, _memory(c), _rate(c)), axis=-1)


def _adaptive(c: Columns, p: Array) -> Array:
    place = np.minimum(np.searchsorted(TARGETS, np.asarray(p) - 1e-12), len(TARGETS) - 1)
    levels = _levels(c)
    shape = np.broadcast_shapes(levels.shape[:-1], place.shape)
    levels = np.broadcast_to(levels, (*shape, len(TARGETS)))
    index = np.broadcast_to(place, shape)[..., None]
    return np.take_along_axis(levels, index, axis=-1)[..., 0]


def _adaptive_coverage(c: Columns, level: Array) -> Array:
    reached = (_levels(c) <= np.asarray(level)[..., None]).sum(axis=-1)
    return np.where(reached > 0, TARGETS[np.maximum(reached - 1, 0)], 0.0)


def _one(c: Columns, name: str) -> bool:
    return name not in c or float(np.ptp(c[name])) == 0.0


ADAPTIVE_CONFORMAL: Final = Buffer(
    name="adaptive-conformal",
    title="Adaptive conformal",
    kind="sample",
    assumption="none on one value; over a long run the part of covered values tends to p. In order of time",
    formula="quantile of the last `memory` values at a share that grows by rate·p on a miss, falls by rate·(1 − p)",
    source="I. Gibbs, E. Candès, NeurIPS 34 (2021) 1660–1672, prop. 4.1",
    doc="For series that drift: misses raise the level, long peace lowers it.",
    needs=("samples",),
    optional=("memory", "rate"),
    quantile=_adaptive,
    coverage=_adaptive_coverage,
    requirements=(
        DRAWN,
        Requirement(
            lambda c, _: np.asarray(c["samples"].shape[-1] >= LEAST), f"too few samples: at least {LEAST}"
        ),
        Requirement(
            lambda c, _: np.asarray(_one(c, "memory") and _memory(c) >= 5),
            "`memory` must be one number, at least 5",
        ),
        Requirement(
            lambda c, _: np.asarray(_one(c, "rate") and 0.0 < _rate(c) < 1.0),
            "`rate` must be one number in (0, 1)",
        ),
        Requirement(lambda _, p: np.asarray(p) <= TARGETS[-1], f"p must be at most {TARGETS[-1]:.7g}"),
    ),
    aliases=("aci",),
    mean=empirical_mean,
    std=empirical_std,
)
