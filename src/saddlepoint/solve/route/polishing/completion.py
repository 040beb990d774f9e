"""What an answer leaves free, set to what it must be: heights of epigraphs at their boundaries, multipliers of constants at theirs.

In x·exp(s/x) ≤ 1 a solver's s may be 1e-11 off beside an x of e⁻¹⁰⁰, and no multiplier of the 1 it tells is exact to e⁻¹⁰⁰; s follows from x,
which no other row holds, and the multiplier from the two others of its cone, as the constant stands in no column's costs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.products import times
from saddlepoint.algebra.structure import Batch, Cone, ConeKind, Structure
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.proof.cones import starts
from saddlepoint.solve.solution import Solution

DEEP = 4
"""Cones on top of each other that are followed."""
Coordinate = Callable[[Array, float], Array]
"""The number of a block (…, k) at one place for which the block lies at the boundary of its cone, and alpha."""


def completed(batch: Batch, answers: Solution) -> Solution:
    """The answers with such numbers and multipliers; scenarios without a finite plan stay as they are."""
    s = batch.structure
    x, w = answers.x.copy(), answers.w.copy()
    own = _heights(s)
    constant = np.bincount(s.F.indices, minlength=s.F.shape[0]) == 0
    groups, links = _groups(s), _links(batch)
    with np.errstate(all="ignore"):
        for cone, at in groups:
            _price_heights(batch, cone, at, own, w)
        for _ in range(DEEP if len(links) else 0):
            _link(batch, links, x, w)
        for cone, at in groups:
            _complete_plan(batch, cone, at, own, x)
            _complete_prices(cone, at, constant, w)
    return replace(
        answers, x=np.where(np.isfinite(x), x, answers.x), w=np.where(np.isfinite(w), w, answers.w)
    )


def _groups(s: Structure) -> list[tuple[Cone, Index]]:
    """Every kind of cone with the first rows of those of that kind."""
    found: dict[Cone, list[int]] = {}
    for cone, row in zip(s.cones, starts(s.cones).tolist(), strict=True):
        found.setdefault(cone, []).append(row)
    return [(cone, np.array(rows)) for cone, rows in found.items()]


def _heights(s: Structure) -> Index:
    """(rows of F,) the entry of F of a row that is a multiple of one column alone which stands nowhere else, −1 for other rows."""
    columns = s.F.columns()
    used = np.bincount(columns, minlength=s.n) + np.bincount(s.A.columns(), minlength=s.n)
    used += np.bincount(s.P.columns(), minlength=s.n) + np.bincount(s.P.indices, minlength=s.n)
    alone = np.bincount(s.F.indices, minlength=s.F.shape[0]) == 1
    entry = np.flatnonzero(alone[s.F.indices] & (used[columns] == 1) & ~s.integer[columns])
    out = np.full(s.F.shape[0], -1)
    out[s.F.indices[entry]] = entry
    return out


def _links(batch: Batch) -> Index:
    """(k, 2) the entries of F of columns without bounds, costs and rows that stand in two cones: as p or q of one 2pq ≥ z², and as
    the z of another. Powers that are no squares are towers of such cones."""
    s = batch.structure
    place = np.full(s.F.shape[0], -1)
    for cone, at in zip(s.cones, starts(s.cones).tolist(), strict=True):
        if cone.kind is ConeKind.ROTATED and cone.size == 3:
            place[at : at + 3] = (0, 1, 2)
    columns, row = s.F.columns(), s.F.indices
    other = np.bincount(s.A.columns(), minlength=s.n) + np.bincount(s.P.columns(), minlength=s.n)
    other += np.bincount(s.P.indices, minlength=s.n)
    free = (batch.q == 0).all(axis=0) & np.isneginf(batch.lb).all(axis=0) & np.isposinf(batch.ub).all(axis=0)
    alone = np.bincount(row, minlength=s.F.shape[0])[row] == 1
    free &= (other == 0) & (np.bincount(columns, minlength=s.n) == 2) & ~s.integer
    fit = free[columns] & alone & (place[row] >= 0)
    upper, lower = np.flatnonzero(fit & (place[row] < 2)), np.flatnonzero(fit & (place[row] == 2))
    both = np.intersect1d(columns[upper], columns[lower])
    of_upper, of_lower = (
        dict(zip(columns[upper], upper, strict=True)),
        dict(zip(columns[lower], lower, strict=True)),
    )
    return np.array([(of_upper[j], of_lower[j]) for j in both], np.int64).reshape(-1, 2)


def _link(batch: Batch, links: Index, x: Array, w: Array) -> None:
    """Write such columns into x (S, n), at the boundary of the cone whose z they are, and the multipliers of both their rows into w."""
    s = batch.structure
    upper, lower = links[:, 0], links[:, 1]
    column = s.F.columns()[lower]
    row = s.F.indices.astype(np.int64)
    v = times(s.F, batch.F, x) + batch.g
    p, q, z = v[:, row[lower] - 2], v[:, row[lower] - 1], v[:, row[lower]]
    height = np.copysign(np.sqrt(2.0 * np.maximum(p, 0.0)) * np.sqrt(np.maximum(q, 0.0)), z)
    x[:, column] = (height - batch.g[:, row[lower]]) / batch.F[:, lower]
    at = _first_rows(s)[row[upper]]
    place = row[upper] - at
    other, last = w[:, at + 1 - place], w[:, at + 2]
    price = np.where(other > 0, 0.5 * last * (last / other), np.where(last == 0.0, 0.0, w[:, row[upper]]))
    w[:, row[upper]] = price
    w[:, row[lower]] = -batch.F[:, upper] * price / batch.F[:, lower]


def _first_rows(s: Structure) -> Index:
    """(rows of F,) the first row of the cone of every row."""
    return np.repeat(starts(s.cones), [cone.size for cone in s.cones])


def _heights_of(cone: Cone) -> dict[int, Coordinate]:
    """By place what may stand at the boundary of a cone, which need not have a third number: 2pq ≥ 0."""
    return {place: value for place, value in _HEIGHTS.get(cone.kind, {}).items() if place < cone.size}


def _complete_plan(batch: Batch, cone: Cone, at: Index, own: Index, x: Array) -> None:
    """Write the heights of the cones that begin at the rows `at` into the plans x (S, n)."""
    s = batch.structure
    for place, value in _heights_of(cone).items():
        here = at[own[at + place] >= 0]
        if not len(here):
            continue
        v = (times(s.F, batch.F, x) + batch.g)[:, here[:, None] + np.arange(cone.size)]
        entry = own[here + place]
        column = s.F.columns()[entry]
        found = (value(v, cone.alpha) - batch.g[:, here + place]) / batch.F[:, entry]
        inside = (found >= batch.lb[:, column]) & (found <= batch.ub[:, column])
        x[:, column] = np.where(inside, found, x[:, column])


def _price_heights(batch: Batch, cone: Cone, at: Index, own: Index, w: Array) -> None:
    """The multipliers of heights without bounds are their costs."""
    column = batch.structure.F.columns()
    for place in _heights_of(cone):
        here = at[own[at + place] >= 0]
        entry = own[here + place]
        j = column[entry]
        free = np.isneginf(batch.lb[:, j]) & np.isposinf(batch.ub[:, j])
        w[:, here + place] = np.where(free, batch.q[:, j] / batch.F[:, entry], w[:, here + place])


def _complete_prices(cone: Cone, at: Index, constant: Mask, w: Array) -> None:
    """Write the multipliers of the constants of these cones into w (S, rows of F)."""
    for place, value in _CONSTANTS.get(cone.kind, {}).items():
        here = at[constant[at + place]]
        if len(here):
            w[:, here + place] = value(w[:, here[:, None] + np.arange(cone.size)], cone.alpha)


def _exponent(v: Array, _alpha: float) -> Array:
    """x of y·exp(x/y) = z, 0 where y is."""
    y, z = v[..., 1], v[..., 2]
    return np.where((y > 0) & (z > 0), y * np.log(z / np.where(y > 0, y, 1.0)), np.where(z >= 0, 0.0, np.nan))


def _exponential(v: Array, _alpha: float) -> Array:
    """z of y·exp(x/y) = z."""
    return np.where(v[..., 1] > 0, v[..., 1] * np.exp(v[..., 0] / v[..., 1]), np.nan)


def _shrunk(place: int) -> Coordinate:
    """p or q of 2pq = ‖z‖²."""

    def value(v: Array, _alpha: float) -> Array:
        other = v[..., 1 - place]
        square = (v[..., 2:] ** 2).sum(axis=-1)
        return np.where(other > 0, 0.5 * square / other, np.where(square == 0.0, 0.0, np.nan))

    return value


def _root(v: Array, _alpha: float) -> Array:
    """z of 2pq = z², on the side on which it is; NaN where z has more than one number."""
    if v.shape[-1] > 3:
        return np.full(v.shape[:-1], np.nan)
    p, q = np.maximum(v[..., 0], 0.0), np.maximum(v[..., 1], 0.0)
    return np.copysign(np.sqrt(2.0 * p) * np.sqrt(q), v[..., 2])


def _product(v: Array, alpha: float) -> Array:
    """z of xᵅ·y¹⁻ᵅ = |z|, on the side on which it is."""
    x, y = np.maximum(v[..., 0], 0.0), np.maximum(v[..., 1], 0.0)
    return np.copysign(x**alpha * y ** (1.0 - alpha), v[..., 2])


def _factor(place: int) -> Coordinate:
    """x or y of xᵅ·y¹⁻ᵅ = |z|."""

    def value(v: Array, alpha: float) -> Array:
        part = (alpha, 1.0 - alpha)
        other, z = v[..., 1 - place], np.abs(v[..., 2])
        found = np.exp((np.log(z) - part[1 - place] * np.log(other)) / part[place])
        return np.where(z == 0.0, 0.0, np.where(other > 0, found, np.nan))

    return value


def _factor_price(place: int) -> Coordinate:
    """u or t of (u/α)ᵅ·(t/(1 − α))¹⁻ᵅ = |w|."""

    def value(w: Array, alpha: float) -> Array:
        part = np.array([alpha, 1.0 - alpha, 1.0])
        return _factor(place)(w / part, alpha) * part[place]

    return value


def _exponential_price(w: Array, _alpha: float) -> Array:
    """w of −u·exp(t/u − 1) = w."""
    u, t = w[..., 0], w[..., 1]
    return np.where(u < 0, -u * np.exp(t / u - 1.0), np.where(t >= 0, 0.0, np.nan))


def _scale_price(w: Array, _alpha: float) -> Array:
    """t of −u·exp(t/u − 1) = w."""
    u, last = w[..., 0], w[..., 2]
    return np.where((u < 0) & (last > 0), u * (1.0 + np.log(last / -u)), np.nan)


def boundary_factor(cone: Cone, place: int, v: Array) -> Array:
    """The first or second coordinate of rotated or power cones (S, size) for which they hold with equality, (S,); NaN or 0 where there is none."""
    return _HEIGHTS[cone.kind][place](v, cone.alpha)


_HEIGHTS: dict[ConeKind, dict[int, Coordinate]] = {
    ConeKind.EXPONENTIAL: {0: _exponent, 2: _exponential},
    ConeKind.POWER: {0: _factor(0), 1: _factor(1), 2: _product},
    ConeKind.ROTATED: {0: _shrunk(0), 1: _shrunk(1), 2: _root},
}
"""Coordinates that may stand at the boundary by themselves, as numbers of a plan …"""
_CONSTANTS: dict[ConeKind, dict[int, Coordinate]] = {
    ConeKind.EXPONENTIAL: {2: _exponential_price, 1: _scale_price},
    ConeKind.POWER: {0: _factor_price(0), 1: _factor_price(1)},
    ConeKind.ROTATED: {0: _shrunk(0), 1: _shrunk(1)},
}
"""… and as multipliers."""
