"""Columns that follow from one other column are taken out: products of such pairs become squares.

An equality c = a + b·x makes c·x the square a·x + b·x², whose hull in a box is a line and a parabola instead of four planes.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.problem import Bilinear

_STEEP = 1e6
"""Largest factor between two columns that are put into one."""
_WIDENED = 1e-12
"""What a bound keeps when it is carried over, relative."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregated:
    """A problem with fewer columns: x = shift + scale · x'[of], arrays (S, n) and positions (n,); x' = x[kept]."""

    problem: Bilinear
    kept: Index
    of: Index
    scale: Array
    shift: Array

    def whole(self, which: Index, x: Array) -> Array:
        """Points (N, n) of the problem as it was, of points x (N, n') of scenarios `which` (N,)."""
        return self.shift[which] + self.scale[which] * x[:, self.of]


@dataclass(frozen=True, slots=True)
class _Link:
    """Column `out` follows from column `other` by row `row`."""

    row: int
    out: int
    other: int


def aggregated(problem: Bilinear) -> Aggregated:
    """The problem without the columns of products that one other column decides, the same in all scenarios."""
    links = _links(problem)
    n = problem.q.shape[1]
    scale, shift, of = np.ones_like(problem.q), np.zeros_like(problem.q), np.arange(n)
    for link in links:
        own = problem.A[:, link.row, link.out]
        scale[:, link.out] = -problem.A[:, link.row, link.other] / own if link.other != link.out else 0.0
        shift[:, link.out] = problem.u[:, link.row] / own
        of[link.out] = link.other
    gone = np.zeros(n, bool)
    gone[[link.out for link in links]] = True
    for link in links:
        if link.other == link.out:
            of[link.out] = int(np.flatnonzero(~gone)[0])
    place = np.cumsum(~gone) - 1
    small = _substituted(problem, links, gone, (place[of], scale, shift))
    return Aggregated(problem=small, kept=np.flatnonzero(~gone), of=place[of], scale=scale, shift=shift)


def _links(problem: Bilinear) -> list[_Link]:
    used = (problem.A != 0).any(axis=0)
    plain = (
        ~(problem.B != 0).any(axis=(0, 2))
        & (problem.l == problem.u).all(axis=0)
        & np.isfinite(problem.u).all(axis=0)
    )
    n = problem.q.shape[1]
    pairs = {(int(a), int(b)) for a, b in zip(problem.left, problem.right, strict=True)}
    multiplied = {k for pair in pairs for k in pair}
    out: set[int] = set()
    others: set[int] = set()
    links: list[_Link] = []
    for row in np.flatnonzero(plain & (used.sum(axis=1) <= 2) & used.any(axis=1)).tolist():
        columns = np.flatnonzero(used[row]).tolist()
        for one in sorted(columns, key=lambda k: _weakest(problem.A[:, row, k])):
            other = next((k for k in columns if k != one), one)
            fits = (
                one in multiplied and one not in out | others and other not in out and (other != one or n > 1)
            )
            if fits and _divisible(problem.A[:, row, one], problem.A[:, row, other]):
                links.append(_Link(row, one, other))
                out.add(one)
                others.add(other)
                break
    return links if len(out) < n else []


def _weakest(own: Array) -> float:
    """The column with the largest coefficient is divided by least."""
    return -float(np.abs(own).min())


def _divisible(own: Array, other: Array) -> bool:
    return bool((own != 0).all() and (np.abs(other) <= _STEEP * np.abs(own)).all())


def _substituted(
    problem: Bilinear, links: list[_Link], gone: Mask, form: tuple[Index, Array, Array]
) -> Bilinear:
    """The problem in the columns that are left."""
    of, scale, shift = form
    kept = np.ones(problem.l.shape[1], bool)
    kept[[link.row for link in links]] = False
    A, B = problem.A[:, kept], problem.B[:, kept]
    l, u = problem.l[:, kept], problem.u[:, kept]
    n = int((~gone).sum())
    i, j = problem.left, problem.right
    # x_i x_j = (s_i + k_i x_a)(s_j + k_j x_b)
    lone = [(of[j], shift[:, i] * scale[:, j]), (of[i], shift[:, j] * scale[:, i])]
    q, new = _summed(problem.q * scale, of, n), _summed(A * scale[:, None, :], of, n)
    for column, factor in lone:
        q += _summed(problem.p * factor, column, n)
        new += _summed(B * factor[:, None, :], column, n)
    both = shift[:, i] * shift[:, j]
    r = problem.r + (problem.q * shift).sum(axis=1) + (problem.p * both).sum(axis=1)
    moved = np.einsum("smn,sn->sm", A, shift) + np.einsum("smk,sk->sm", B, both)
    left, right, p, products = _merged(
        of[i], of[j], problem.p * scale[:, i] * scale[:, j], B * (scale[:, i] * scale[:, j])[:, None, :]
    )
    lb, ub = _carried(problem, links, gone, form)
    return replace(
        problem,
        q=q,
        p=p,
        r=r,
        A=new,
        B=products,
        l=l - moved,
        u=u - moved,
        lb=lb,
        ub=ub,
        left=left,
        right=right,
    )


def _merged(a: Index, b: Index, p: Array, B: Array) -> tuple[Index, Index, Array, Array]:
    """Each pair of columns once, those without a coefficient not at all."""
    a, b = np.minimum(a, b), np.maximum(a, b)
    used = (p != 0).any(axis=0) | (B != 0).any(axis=(0, 1))
    pairs = sorted({(int(x), int(y)) for x, y in zip(a[used], b[used], strict=True)})
    place = {pair: k for k, pair in enumerate(pairs)}
    at = np.array([place[int(x), int(y)] for x, y in zip(a[used], b[used], strict=True)], dtype=np.int64)
    new_p, new_B = _summed(p[:, used], at, len(pairs)), _summed(B[:, :, used], at, len(pairs))
    left, right = (np.array([pair[k] for pair in pairs], dtype=np.int64) for k in (0, 1))
    return left, right, new_p, new_B


def _summed(numbers: Array, places: Index, count: int) -> Array:
    """Numbers (…, k) added up by the places (k,) that they go to: (…, count)."""
    ones = np.zeros((len(places), count))
    ones[np.arange(len(places)), places] = 1.0
    return numbers @ ones


def _carried(
    problem: Bilinear, links: list[_Link], gone: Mask, form: tuple[Index, Array, Array]
) -> tuple[Array, Array]:
    """Bounds of the columns that are left, with those of the columns that follow from them."""
    of, scale, shift = form
    low, high = problem.lb[:, ~gone].copy(), problem.ub[:, ~gone].copy()
    for link in links:
        k, c = of[link.out], link.out
        factor = scale[:, c]
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = [(problem.lb[:, c] - shift[:, c]) / factor, (problem.ub[:, c] - shift[:, c]) / factor]
        least, most = (np.where(factor > 0, ends[a], ends[b]) for a, b in ((0, 1), (1, 0)))
        still = (factor == 0) & ((problem.lb[:, c] > shift[:, c]) | (problem.ub[:, c] < shift[:, c]))
        least = np.where(factor == 0, np.where(still, np.inf, -np.inf), least)
        most = np.where(factor == 0, np.inf, most)
        low[:, k] = np.maximum(low[:, k], least - _WIDENED * np.abs(np.where(np.isfinite(least), least, 0.0)))
        high[:, k] = np.minimum(high[:, k], most + _WIDENED * np.abs(np.where(np.isfinite(most), most, 0.0)))
    return low, high
