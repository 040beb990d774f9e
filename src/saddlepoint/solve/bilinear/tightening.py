"""Boxes made smaller by what is known of the best plan: nothing is cut off that is better than it.

Source: Ryoo & Sahinidis, Journal of Global Optimization 8 (1996) 107–138; Gleixner et al., ibid. 67 (2017) 731–757.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.algebra.structure import Batch, Pattern
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.bilinear.proven import Solve
from saddlepoint.solve.bilinear.relaxation import compact, matrices
from saddlepoint.solve.bilinear.safety import lower_bound, proves_empty
from saddlepoint.solve.proof.weak_duality import transposed_product

_MARGIN = 1e-9
_STEEP = 1e-9
"""A reduced cost below this, relative to the largest, moves no bound."""
_TOGETHER = 20_000
"""Linear problems of one batch, at most."""
_ENTRIES = 20_000_000
"""Numbers of one batch, at most."""


def by_reduced_costs(
    flat: Batch, y: Array, bound: Array, cutoff: Array, low: Array, high: Array
) -> tuple[Array, Array]:
    """Boxes (S, n) without the part in which the multipliers y of the linear problems prove that nothing is below the cutoff."""
    n = low.shape[1]
    d = np.nan_to_num((flat.q - transposed_product(flat, y))[:, :n])
    room = (cutoff - bound)[:, None]
    usable = np.isfinite(room) & (room >= 0)
    steep = np.abs(d) > _STEEP * np.maximum(np.abs(d).max(axis=1, keepdims=True), 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(usable & steep, room / np.abs(d), np.inf)
        reach = reach + _MARGIN * np.maximum(1.0, np.maximum(np.abs(low), np.abs(high)))
        new_high = np.where(d > 0, np.minimum(high, low + reach), high)
        new_low = np.where(d < 0, np.maximum(low, high - reach), low)
    return np.where(np.isnan(new_low), low, new_low), np.where(np.isnan(new_high), high, new_high)


def by_optimisation(
    flat: Batch, cutoff: Array, box: tuple[Array, Array], wanted: Mask, solve: Solve
) -> tuple[Array, Array, Mask]:
    """Boxes (S, n) cut to the least and largest value that each wanted (S, n) column has in the linear problems below the cutoff; (S,) whether
    nothing is left."""
    low, high = box[0].copy(), box[1].copy()
    n = low.shape[1]
    scenario, column = np.nonzero(wanted & (high > low))
    empty = np.zeros(len(low), bool)
    rows = below_cutoff(flat, cutoff)
    together = int(np.clip(_ENTRIES // (rows.A.shape[1] + rows.structure.n), 2, _TOGETHER)) // 2
    for start in range(0, len(scenario), together):
        s, j = (part[start : start + together] for part in (scenario, column))
        s, j, sign = np.tile(s, 2), np.tile(j, 2), np.repeat([1.0, -1.0], len(s))
        q = np.zeros((len(s), flat.structure.n))
        q[np.arange(len(s)), j] = sign
        asked = replace(rows.take(s), q=q, r=np.zeros((1, 1)))
        _, y, answered = solve(asked)
        least = lower_bound(asked, y)
        barren = ~answered & proves_empty(asked, y)
        empty[s[barren]] = True
        least = np.where(np.isfinite(least) & answered, least, -np.inf)
        least -= _MARGIN * np.maximum(1.0, np.abs(np.where(np.isfinite(least), least, 0.0)))
        up = sign > 0
        np.maximum.at(low, (s[up], j[up]), least[up])
        np.minimum.at(high, (s[~up], j[~up]), -least[~up])
    crossed = low > high
    middle = 0.5 * (low + high)
    return np.where(crossed, middle, low)[:, :n], np.where(crossed, middle, high)[:, :n], empty


def below_cutoff(flat: Batch, cutoff: Array) -> Batch:
    """The linear problems with their objective as a row, at most the cutoff (S,)."""
    A = matrices(flat)
    S, n = flat.size, flat.structure.n
    q = np.broadcast_to(flat.q, (S, n))
    limit = np.broadcast_to(cutoff - flat.r[:, 0], (S,))
    whole = np.concatenate([A, np.where(np.isfinite(limit), 1.0, 0.0)[:, None, None] * q[:, None, :]], axis=1)
    columns, rows = np.nonzero((whole != 0).any(axis=0).T)
    ends = {
        name: np.broadcast_to(getattr(flat, name), (S, getattr(flat, name).shape[1])) for name in ("l", "u")
    }
    side = np.where(
        np.isfinite(limit),
        limit + _MARGIN * np.maximum(1.0, np.abs(np.where(np.isfinite(limit), limit, 0.0))),
        np.inf,
    )
    return Batch.linear(
        Pattern.of(rows, columns, (whole.shape[1], n)),
        compact(whole[:, rows, columns]),
        size=S,
        q=compact(q),
        r=np.zeros((1, 1)),
        l=np.concatenate([ends["l"], np.full((S, 1), -np.inf)], axis=1),
        u=np.concatenate([ends["u"], side[:, None]], axis=1),
        lb=compact(np.broadcast_to(flat.lb, (S, n))),
        ub=compact(np.broadcast_to(flat.ub, (S, n))),
    )
