"""In which scenarios prices may be one of several, and which scenarios have the same ends of them, by looking alone."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.products import symmetric_times
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask

ROUNDS = 50
"""Times that prices which a column holds are taken out."""
MOST_CELLS = 4_000_000
"""Numbers of sides looked at together."""


def movable_rows(batch: Batch, rows: Array, bounds: Array) -> Index:
    """(S,) how many active rows may have more than one price at given multipliers of the free columns.

    rows (S, m), bounds (S, n): which side is active, 0 none. A free column with one active row left holds the price of that row,
    which is then taken out, and so on; what stays may still have one price alone.
    """
    marks = _marks([rows, bounds] + ([batch.A] if len(batch.A) > 1 else []), len(rows))
    _, first, place = np.unique(marks, return_index=True, return_inverse=True)
    out = np.zeros(len(first), np.int64)
    step = max(1, MOST_CELLS // max(1, sum(batch.structure.A.shape)))
    for start in range(0, len(first), step):
        some = first[start : start + step]
        left = _unheld(batch.take(some), rows[some] != 0.0, bounds[some] == 0.0)
        out[start : start + step] = left.sum(axis=1)
    return out[place]


def face_marks(batch: Batch, x: Array, rows: Array, bounds: Array) -> Index:
    """(S,) numbers that are equal where active sides, costs q + Px and matrix are."""
    s = batch.structure
    parts = [rows, bounds]
    if len(batch.q) > 1 or s.is_quadratic:
        parts.append(batch.q + symmetric_times(s.P, batch.P, x))
    parts += [numbers for numbers in (batch.A, batch.F) if len(numbers) > 1]
    return _marks(parts, len(x))


def _unheld(batch: Batch, active: Mask, free: Mask) -> Mask:
    """The active rows (S, m) whose prices no free column holds alone, one after the other."""
    from scipy.sparse import csr_array

    s = batch.structure
    at = s.A.indices, s.A.columns()
    there = csr_array((np.ones(s.A.nnz), at), shape=s.A.shape)
    sure = csr_array(((batch.A != 0.0).all(axis=0).astype(np.float64), at), shape=s.A.shape)
    there = there if len(batch.A) > 1 else sure
    out, going = active.copy(), np.arange(len(active))
    for _ in range(ROUNDS):
        held = free[going] & ((there.T @ out[going].T.astype(np.float64)).T == 1.0)
        fresh = out[going] & ((sure @ held.T.astype(np.float64)).T > 0.0)
        moved = fresh.any(axis=1)
        if not moved.any():
            break
        out[going] &= ~fresh
        going = going[moved]
    return out


def _marks(parts: list[Array], size: int) -> Index:
    """(S,) a number of each scenario, equal where the bits of all its numbers (1|S, k) are equal (and hardly elsewhere)."""
    rng, total = np.random.default_rng(0), np.zeros(size, np.int64)
    for part in parts:
        factors = rng.integers(-(2**62), 2**62, part.shape[1]) | 1
        bits = np.ascontiguousarray(part + 0.0).view(np.int64)
        total += ((bits ^ (bits >> 31)) * factors).sum(axis=1)
    return total
