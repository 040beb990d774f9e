"""The Wasserstein ball around observed values, its radius chosen by validation."""

from __future__ import annotations

from typing import Final

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.uncertain.conformal import covers_next, rank
from saddlepoint.uncertain.record import Buffer, Columns, Requirement
from saddlepoint.uncertain.samples import DRAWN, empirical_cvar, empirical_mean, empirical_std, pick

FOLDS: Final = 5
VALIDATED: Final = (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99)
"""Levels at which held-out values are to be covered, as far as there are values enough."""


def _tail(values: Array, p: Array) -> Array:
    """Mass of the worst 1 − p on values that fall, (…, n) or (n,): 1/n each until 1 − p is used up."""
    count = values.shape[-1]
    before = np.arange(count) / count
    return np.clip(1.0 - np.asarray(p)[..., None] - before, 0.0, 1.0 / count)


def _needed(values: Array, held: Mask, p: float) -> Array:
    """For held values of rows that fall, (r, m): the least radius at which the ball about the others covers each with p.

    values: (r, n), each row from the largest to the least; held: (r, n), equally many in each row. The worst 1 − p of the others' mass
    below a value is raised to it.
    """
    count = values.shape[1] - int(held[0].sum())
    before = np.cumsum(~held, axis=1)
    mass = np.clip((1.0 - p) - (before - 1.0) / count, 0.0, 1.0 / count) * ~held
    raised = (1.0 - p) - np.minimum(before / count, 1.0 - p)
    moment = np.cumsum(mass * values, axis=1)
    cost = raised * values - (moment[:, -1:] - moment)
    return np.maximum(cost[held].reshape(len(values), -1), 0.0)


def validated_radius(samples: Array) -> Array:
    """One radius per row of samples (…, n): held-out fifths are covered at every level of VALIDATED."""
    count = samples.shape[-1]
    rows = samples.reshape(-1, count)
    order = np.argsort(-rows, axis=1)
    values = np.take_along_axis(rows, order, axis=1)
    values -= values[:, count // 2, None].copy()
    folds = order % min(FOLDS, count)
    found = np.zeros(len(rows))
    for p in VALIDATED:
        if not covers_next(count, np.asarray(p)):
            continue
        each = [_needed(values, folds == fold, p) for fold in range(min(FOLDS, count))]
        needed = np.sort(np.concatenate(each, axis=1), axis=1)
        found = np.maximum(found, pick(needed, rank(count, np.asarray(p)) - 1.0))
    return found.reshape(samples.shape[:-1])


def _radius(c: Columns) -> Array:
    return c["radius"] if "radius" in c else validated_radius(c["samples"])


def _quantile(c: Columns, p: Array) -> Array:
    """The level to which the worst 1 − p of the mass can be raised at a cost of the radius, by bisection."""
    values = -np.sort(-c["samples"], axis=-1)
    p, radius = np.broadcast_arrays(np.asarray(p, dtype=np.float64), _radius(c))
    mass = _tail(values, p)
    low = pick(values, np.clip(np.ceil((1.0 - p) * values.shape[-1] - 1e-9), 1.0, values.shape[-1]) - 1.0)
    high = values[..., 0] + radius / (1.0 - p)
    for _ in range(80):
        middle = 0.5 * (low + high)
        spent = (mass * np.maximum(middle[..., None] - values, 0.0)).sum(axis=-1)
        low, high = np.where(spent <= radius, middle, low), np.where(spent <= radius, high, middle)
    return low


def _coverage(c: Columns, level: Array) -> Array:
    """1 − the most mass that the radius raises above the level, the nearest first."""
    values = -np.sort(-c["samples"], axis=-1)
    count = values.shape[-1]
    gap = np.maximum(np.asarray(level)[..., None] - values, 0.0)
    cost = np.cumsum(gap, axis=-1) / count
    radius = np.broadcast_to(_radius(c), gap.shape[:-1])
    whole = (cost <= radius[..., None]).sum(axis=-1)
    next_ = np.minimum(whole, count - 1)[..., None]
    spent = np.where(
        whole > 0, np.take_along_axis(cost, np.maximum(whole - 1, 0)[..., None], -1)[..., 0], 0.0
    )
    wide = np.take_along_axis(gap, next_, -1)[..., 0]
    part = np.divide(radius - spent, wide, out=np.zeros(gap.shape[:-1]), where=wide > 0.0)
    return np.clip(1.0 - np.minimum(whole / count + np.where(whole < count, part, 0.0), 1.0), 0.0, 1.0)


WASSERSTEIN_SAMPLES: Final = Buffer(
    name="wasserstein-samples",
    title="Wasserstein ball around samples",
    kind="sample",
    assumption="the law lies within `radius` of the observed values; without one, the radius is validated",
    formula="worst p-quantile within the type-1 ball; radius: held-out fifths are covered at levels from ½ up",
    source="P. Mohajerin Esfahani, D. Kuhn, Math. Programming 171 (2018) 115–166, §7.2.2 (validation)",
    doc="The data, and every law that is near them: reaches beyond the largest value seen.",
    needs=("samples",),
    optional=("radius",),
    quantile=_quantile,
    coverage=_coverage,
    requirements=(
        DRAWN,
        Requirement(
            lambda c, _: np.asarray(c["samples"].shape[-1] >= 2), "there must be two samples or more"
        ),
        Requirement(lambda c, _: c.get("radius", np.zeros(())) >= 0.0, "`radius` must be at least 0"),
    ),
    cvar=lambda c, p: empirical_cvar({"samples": c["samples"]}, p) + _radius(c) / (1.0 - p),
    mean=empirical_mean,
    std=empirical_std,
)
