"""What known bases of one matrix make of the numbers that move between scenarios: affine maps, in the kernel's scale.

Of every pair of a linear or quadratic problem, (x_j, z_j) of a column with z = Px + q − Aᵀy, (s_i, y_i) of a row with s = Ax, a basis makes one number known
(a side, or 0) and the other depends on those: on its critical region points and prices are affine in sides and costs (Gal 1995; Best 1996).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.kernels.answer import BASIC, UPPER
from saddlepoint.solve.kernels.form import contiguous

STRICT = 1e-9
"""Relative to the largest bound or cost: points and prices further than this from every limit are told from those on it."""
EXACT = 1e-11
"""What points may be off by at most for the sides, and again for the costs, relative to the largest of each in the kernel's scale."""
ROUNDING = 2.0**-53
ARRAYS = ("q", "lb", "ub", "l", "u")


class Vectors(NamedTuple):
    """Vectors of a batch, (1|S, ·)."""

    q: Array
    lb: Array
    ub: Array
    l: Array
    u: Array


class Maps(NamedTuple):
    """K known bases as maps of the P numbers that move, in the kernel's scale.

    place (5,): the first of the numbers of q, lb, ub, l, u that move, −1 where an array does not. scale, inverse (n + m,): from the kernel's unit of
    a column to the user's, from that of a price of a row to the user's; and back. lo, hi (n + m,): sides of all scenarios; lo_at, hi_at: which number is the side
    of every scenario's own, −1 where none is. still (2,): the largest of what does not move, sides and costs. fixed (n + m,): what is held by
    lo = hi. codes (K, n + m). value = base (K, n + m) + Σ factor · number over `terms` (K, n + m) terms, their number a multiple
    of 4; place_of, factor (K, n + m, ·); the number P is 0. cross (K, 2): what points may be off by per unit of cost, prices per
    unit of side. pricing (2,): from which to which number that moves prices
    are made of. curved: whether there is a P.
    """

    place: Index
    scale: Array
    inverse: Array
    lo: Array
    hi: Array
    lo_at: Index
    hi_at: Index
    still: Array
    fixed: Mask
    codes: NDArray[np.int8]
    base: Array
    terms: Index
    place_of: Index
    factor: Array
    cross: Array
    pricing: Index
    curved: bool


def numbers(batch: Batch) -> Vectors:
    return Vectors(*(contiguous(getattr(batch, name)) for name in ARRAYS))


def places(batch: Batch) -> tuple[Index, int]:
    """(5,) where the numbers of each array that moves begin, −1 where it does not; and how many move."""
    out, total = np.full(len(ARRAYS), -1), 0
    for k, name in enumerate(ARRAYS):
        array: Array = getattr(batch, name)
        if len(array) > 1:
            out[k] = total
            total += array.shape[1]
    return out, total


def pairs(batch: Batch, scales: tuple[Array, Array]) -> Array:
    """(n + m, n + m) what (z − q, s) are of (x, y): [[P, −Aᵀ], [A, 0]], scaled."""
    shape, (rows, columns) = batch.structure, scales
    n, A, P = shape.n, shape.A, shape.P
    out = np.zeros((n + shape.m, n + shape.m))
    at = A.columns()
    out[n + A.indices, at] = batch.A[0] * rows[A.indices] * columns[at]
    out[:n, n:] = -out[n:, :n].T
    if P.nnz:
        at = P.columns()
        out[P.indices, at] = batch.P[0] * columns[P.indices] * columns[at]
        out[at, P.indices] = out[P.indices, at]
    return out


def maps(batch: Batch, scales: tuple[Array, Array], codes: NDArray[np.int8], fixed: Mask) -> Maps:
    """The maps of known bases, codes (K, n + m); those that are singular, inexact or stand on sides that do not exist are left out."""
    n, curved = batch.structure.n, batch.structure.is_quadratic
    place, moving = places(batch)
    sides = SharedSides.of(batch, scales, place)
    at_start = pairs(batch, scales)
    turned = pivoted(at_start, codes, n)
    if not curved:
        # sides make no prices, costs no points
        basic = codes == BASIC
        turned = np.where(basic[:, :, None] ^ basic[:, None, :], turned, 0.0)
    off = errors(at_start, turned, codes, n)
    keep = np.flatnonzero(sides.stand(codes) & (off[:, 0, 0] <= EXACT) & (off[:, 1, 1] <= EXACT))
    codes = np.ascontiguousarray(codes[keep])
    base, moved = affine(sides, place, moving, turned[keep], codes)
    which, factor, terms = listed(moved)
    return Maps(
        place=place,
        scale=np.concatenate([scales[1], scales[0]]),
        inverse=np.concatenate([1.0 / scales[1], scales[0]]),
        lo=sides.lo,
        hi=sides.hi,
        lo_at=sides.lo_at,
        hi_at=sides.hi_at,
        still=sides.still,
        fixed=fixed,
        codes=codes,
        base=base,
        terms=terms,
        place_of=which,
        factor=factor,
        cross=np.ascontiguousarray(np.stack([off[keep, 0, 1], off[keep, 1, 0]], axis=1)),
        pricing=np.array([0, moving if curved else n * (place[0] >= 0)]),
        curved=curved,
    )


class SharedSides(NamedTuple):
    """Sides and costs of all scenarios in the kernel's scale, as in Maps."""

    lo: Array
    hi: Array
    lo_at: Index
    hi_at: Index
    cost: Array
    still: Array

    @classmethod
    def of(cls, batch: Batch, scales: tuple[Array, Array], place: Index) -> SharedSides:
        rows, columns = scales
        cost = batch.q[0] * columns
        lo = np.concatenate([batch.lb[0] / columns, batch.l[0] * rows])
        hi = np.concatenate([batch.ub[0] / columns, batch.u[0] * rows])
        at = [np.arange(len(rows if k > 2 else columns)) + place[k] for k in range(5)]
        at = [a if place[k] >= 0 else np.full(len(a), -1) for k, a in enumerate(at)]
        lo_at, hi_at = np.concatenate([at[1], at[3]]), np.concatenate([at[2], at[4]])
        known = np.abs(np.concatenate([lo[lo_at < 0], hi[hi_at < 0]]))
        still = [
            float(known[known < np.inf].max(initial=0.0)),
            float(np.abs(cost).max(initial=0.0)) if place[0] < 0 else 0.0,
        ]
        crossed = (lo_at < 0) & (hi_at < 0) & ~((lo <= hi) & (lo < np.inf) & (hi > -np.inf))
        if crossed.any() or np.isnan(known).any():
            still[0] = np.inf
        return cls(lo, hi, lo_at, hi_at, cost, np.array(still))

    def held(self, codes: NDArray[np.int8]) -> tuple[Array, Index]:
        """(K, n + m) the side of every variable that a basis holds, and the place of that number, −1 where it does not move."""
        upper = codes == UPPER
        return np.where(upper, self.hi, self.lo), np.where(upper, self.hi_at, self.lo_at)

    def stand(self, codes: NDArray[np.int8]) -> Mask:
        """(K,) whether there are the sides that a basis stands on, as far as they do not move."""
        side, at = self.held(codes)
        there: Mask = ((codes == BASIC) | (at >= 0) | np.isfinite(side)).all(axis=1)
        return there


def affine(
    sides: SharedSides, place: Index, moving: int, turned: Array, codes: NDArray[np.int8]
) -> tuple[Array, Array]:
    """What all pairs are, (K, n + m), where every number that moves is 0, and of each of those (K, n + m, P + 1); the last one is none."""
    n, basic = len(sides.cost), codes == BASIC
    side, at = sides.held(codes)
    base = contiguous(np.einsum("kij,kj->ki", turned, np.where(basic | (at >= 0), 0.0, side)))
    moved = np.zeros((*turned.shape[:2], moving + 1))
    costs = np.where(basic[:, None, :n], -turned[:, :, :n], 0.0)
    every = np.arange(n)
    costs[:, every, every] += ~basic[:, :n]
    if place[0] >= 0:
        moved[:, :, place[0] : place[0] + n] = costs
    else:
        base += costs @ sides.cost
    for own, chosen in ((sides.lo_at, codes != UPPER), (sides.hi_at, codes == UPPER)):
        v = np.flatnonzero(own >= 0)
        moved[:, :, own[v]] = turned[:, :, v] * (chosen & ~basic)[:, None, v]
    return base, moved


def exchanged(codes: NDArray[np.int8], n: int) -> Mask:
    """(K, n + m) the pairs whose known number is not x_j or y_i: basic columns, rows that are held."""
    out = codes == BASIC
    out[:, n:] = ~out[:, n:]
    return out


def pivoted(at_start: Array, codes: NDArray[np.int8], n: int) -> Array:
    """(K, N, N) what the dependent numbers of all pairs are of the known ones, by a principal pivot of those exchanged
    (Cottle, Pang & Stone 1992, § 2.3). NaN where it is singular."""
    turned, eye = exchanged(codes, n)[:, None, :], np.eye(len(at_start))
    left, right = np.where(turned, -at_start, eye), np.where(turned, -eye, at_start)
    try:
        return np.linalg.solve(left, right).astype(np.float64)
    except np.linalg.LinAlgError:
        return np.stack([_alone(a, b) for a, b in zip(left, right, strict=True)])


def _alone(left: Array, right: Array) -> Array:
    try:
        return np.linalg.solve(left, right).astype(np.float64)
    except np.linalg.LinAlgError:
        return np.full_like(right, np.nan)


def errors(at_start: Array, turned: Array, codes: NDArray[np.int8], n: int) -> Array:
    """(K, 2, 2) what activities and prices are off by at most, (points, prices) per unit of (side, cost).

    With M = `turned` of what is known, u, the pairs err by E u with E = E_α + E_β M − M₀ (E_β + E_α M); what the rounding of the products adds is at most
    (2N + 8) ulp of |M₀| |M| |u| (Higham 2002, § 3.1).
    """
    swapped, basic, eye = exchanged(codes, n)[:, :, None], codes == BASIC, np.eye(len(at_start))
    first, second = np.where(swapped, turned, eye), np.where(swapped, eye, turned)
    size = np.abs(second) + np.abs(at_start) @ np.abs(first)
    off = np.abs(second - at_start @ first) + (2 * len(at_start) + 8) * ROUNDING * size
    by_side = np.where(basic[:, None, :], 0.0, off).sum(axis=2)
    by_cost = np.where(basic[:, None, :n], off[:, :, :n], 0.0).sum(axis=2)
    kinds = [
        [by[:, part].max(axis=1, initial=0.0) for by in (by_side, by_cost)]
        for part in (slice(n, None), slice(n))
    ]
    return np.array(kinds, float).transpose(2, 0, 1)


def listed(G: Array) -> tuple[Index, Array, Index]:
    """The entries of G (K, N, P + 1) that are not 0 as lists: places, factors (K, N, ·), how many (K, N), rounded up to multiples of 4."""
    there = G != 0.0
    count = (there.sum(axis=2) + 3) // 4 * 4
    longest = int(count.max(initial=0))
    order = np.argsort(~there, axis=2, kind="stable")[:, :, :longest]
    pad = longest - order.shape[2]
    factor = np.take_along_axis(G, order, axis=2)
    which = np.where(factor != 0.0, order, G.shape[2] - 1)
    if pad > 0:
        factor = np.pad(factor, ((0, 0), (0, 0), (0, pad)))
        which = np.pad(which, ((0, 0), (0, 0), (0, pad)), constant_values=G.shape[2] - 1)
    return np.ascontiguousarray(which), np.ascontiguousarray(factor), count
