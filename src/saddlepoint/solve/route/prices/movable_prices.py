"""In which scenarios prices may be one of several, and which scenarios have the same ends of them, by looking alone."""

from __future__ import annotations

import numpy as np

from saddlepoint.algebra.products import symmetric_times, times, transposed_times
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
    s = batch.structure
    step = max(1, MOST_CELLS // max(1, s.n + s.m + s.A.nnz))
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
    A = batch.structure.A
    sure = (batch.A != 0.0).all(axis=0, keepdims=True).astype(np.float64)
    there = np.ones((1, A.nnz)) if len(batch.A) > 1 else sure
    out, going = active.copy(), np.arange(len(active))
    for _ in range(ROUNDS):
        held = free[going] & (transposed_times(A, there, out[going].astype(np.float64)) == 1.0)
        fresh = out[going] & (times(A, sure, held.astype(np.float64)) > 0.0)
        moved = fresh.any(axis=1)
        if not moved.any():
            break
        out[going] &= ~fresh
        going = going[moved]
    return out


def _marks(parts: list[Array], size: int) -> Index:
    """(S,) a number of each scenario, equal where the bits of all its numbers (1|S, k) are equal (and hardly elsewhere)."""
    total, begun = np.zeros(size, np.int64), 0
    for part in parts:
        factors = _odd_numbers(begun, part.shape[1])
        begun += part.shape[1]
        bits = np.ascontiguousarray(part + 0.0).view(np.int64)
        total += ((bits ^ (bits >> 31)) * factors).sum(axis=1)
    return total


def _odd_numbers(begun: int, count: int) -> Index:
    """(count,) numbers from place `begun` of a sequence whose bits look random (Steele, Lea & Flood 2014, SplitMix64), made odd."""
    with np.errstate(over="ignore"):
        z = np.arange(begun + 1, begun + count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((z ^ (z >> np.uint64(31))) | np.uint64(1)).view(np.int64)
