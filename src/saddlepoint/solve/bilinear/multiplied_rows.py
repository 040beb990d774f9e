"""Linear rows multiplied by a column where all products of the two stand in the problem already: what every plan satisfies and the planes do not say.

With fractions q of which Σ q = 1, and products q·y, Σ q·y = y follows; so does (u − ax)(y − lb) ≥ 0 from ax ≤ u.
Source: Sherali & Alameddine, Journal of Global Optimization 2 (1992) 379–410; for pooling Sahinidis & Tawarmalani, ibid. 32 (2005) 259–280.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.bilinear.proven import Solve
from saddlepoint.solve.bilinear.relaxation import Kinds, relaxed

_ASKED = 20
"""Scenarios whose relaxations choose the rows."""
_ROUNDS = 6
_BROKEN = 1e-6
"""Part of its largest term by which a row must be broken to be added."""
_LOOKED_AT = 10_000_000
"""Numbers of the rows that are looked at, at most."""


@dataclass(frozen=True, slots=True)
class _Factors:
    """A row and a column that are multiplied. side: 0 an equation, 1 what is left to the upper side, −1 what is above the lower one; end: of the column, 1 what
    is above its least, −1 what is left to its largest value."""

    row: int
    column: int
    side: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class _MadeRows:
    """Rows l ≤ Ax + Bw ≤ u. A: (S, R, n); B: (S, R, K); l, u: (S, R)."""

    A: Array
    B: Array
    l: Array
    u: Array

    def broken(self, x: Array, w: Array) -> Mask:
        """(R,) which are broken by the point of any scenario; x: (S, n), w: (S, K)."""
        value = np.einsum("srn,sn->sr", self.A, x) + np.einsum("srk,sk->sr", self.B, w)
        terms = np.abs(self.A * x[:, None]).max(axis=2, initial=1e-9)
        terms = np.maximum(terms, np.abs(self.B * w[:, None]).max(axis=2, initial=0.0))
        return (np.maximum(self.l - value, value - self.u) > _BROKEN * terms).any(axis=0)


def with_multiplied_rows(
    problem: Bilinear, kinds: Kinds, which: Index, box: tuple[Array, Array], solve: Solve
) -> Bilinear:
    """The problem with those multiplied rows that the relaxations of its scenarios `which` in the box, low and high (S, n), break; the same plans."""
    place = _places(problem, kinds)
    left = _candidates(problem, place, box)
    asked = which[:_ASKED]
    n, K = problem.q.shape[1], len(problem.left)
    if not len(asked) or len(left) * len(asked) * (n + K) > _LOOKED_AT:
        return problem
    some, (low, high) = problem.take(asked), (end[asked] for end in box)
    chosen: list[_Factors] = []
    for _ in range(_ROUNDS):
        if not left:
            break
        x, _, answered = solve(relaxed(some, kinds, low, high))
        at = np.where(answered[:, None], x, 0.0)[:, :n]
        w = some.products(at)
        w[np.ix_(answered, kinds.planar)] = x[answered, n:]
        made = _multiplied(some, left, place, (low, high))
        broken = made.broken(at, w)
        if not broken.any():
            break
        # one equation after the other takes many rounds, and all of them are short
        equations = np.array([f.side == 0 for f in left])
        taken = broken | equations if broken[equations].any() else broken
        new = [f for f, wanted in zip(left, taken.tolist(), strict=True) if wanted]
        chosen += new
        left = [f for f, wanted in zip(left, taken.tolist(), strict=True) if not wanted]
        some = _added(some, _multiplied(some, new, place, (low, high)))
    return _added(problem, _multiplied(problem, chosen, place, box)) if chosen else problem


def _added(problem: Bilinear, rows: _MadeRows) -> Bilinear:
    parts = {
        name: np.concatenate([getattr(problem, name), getattr(rows, name)], axis=1)
        for name in ("A", "B", "l", "u")
    }
    return replace(problem, **parts)


def _places(problem: Bilinear, kinds: Kinds) -> Index:
    """(n, n) which planar product two columns make; −1 where they make none."""
    n = problem.q.shape[1]
    place = np.full((n, n), -1, np.int64)
    i, j = problem.left[kinds.planar], problem.right[kinds.planar]
    place[i, j] = place[j, i] = kinds.planar
    return place


def _candidates(problem: Bilinear, place: Index, box: tuple[Array, Array]) -> list[_Factors]:
    """Linear rows and columns that make products with every column of the row, wherever the sides they need are finite."""
    used = (problem.A != 0).any(axis=0)
    linear = ~(problem.B != 0).any(axis=(0, 2)) & used.any(axis=1)
    missing = used.astype(np.int64) @ (place < 0).astype(np.int64)
    equal: list[bool] = (problem.l == problem.u).all(axis=0).tolist()
    sides = {1: _known(problem.u), -1: _known(problem.l)}
    ends = {1: _known(box[0]), -1: _known(box[1])}
    found: list[_Factors] = []
    for row, column in np.argwhere((missing == 0) & linear[:, None]).tolist():
        if equal[row]:
            found.append(_Factors(row, column))
            continue
        found += [
            _Factors(row, column, side, end)
            for side in (1, -1)
            for end in (1, -1)
            if sides[side][row] and ends[end][column]
        ]
    return found


def _known(numbers: Array) -> list[bool]:
    """Which columns of numbers (S, k) are finite in all scenarios."""
    return [bool(np.isfinite(column).all()) for column in numbers.T]


def _multiplied(
    problem: Bilinear, factors: list[_Factors], place: Index, box: tuple[Array, Array]
) -> _MadeRows:
    S, n, K, R = problem.size, problem.q.shape[1], len(problem.left), len(factors)
    made = _MadeRows(np.zeros((S, R, n)), np.zeros((S, R, K)), np.zeros((S, R)), np.full((S, R), np.inf))
    for r, f in enumerate(factors):
        own = problem.A[:, f.row]
        at = np.flatnonzero((own != 0).any(axis=0))
        products = np.zeros((S, K))
        products[:, place[at, f.column]] = own[:, at]
        if f.side == 0:
            made.B[:, r], made.A[:, r, f.column], made.u[:, r] = products, -problem.u[:, f.row], 0.0
            continue
        # side · (s − ax) · end · (v − e) ≥ 0
        s = problem.u[:, f.row] if f.side > 0 else problem.l[:, f.row]
        e = box[0][:, f.column] if f.end > 0 else box[1][:, f.column]
        sign = f.side * f.end
        made.B[:, r], made.A[:, r] = -sign * products, sign * e[:, None] * own
        made.A[:, r, f.column] += sign * s
        made.l[:, r] = sign * s * e
    return made
