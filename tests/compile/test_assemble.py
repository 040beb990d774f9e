"""Patterns placed by counting, against dense arrays filled entry by entry."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.uniform import span
from saddlepoint.compile.assemble import Entries, matrix, vector
from saddlepoint.compile.bind import numbers_at

SLOTS = 7
DATA = np.random.default_rng(1).normal(size=(3, SLOTS))


def drawn(rng: np.random.Generator, rows: int, cols: int) -> Entries:
    """Entries in one of the orders that terms have: columns that follow each other, or any, also twice."""
    if rng.random() < 0.4:
        first = int(rng.integers(0, cols))
        col = np.arange(first, int(rng.integers(first, cols + 1)))
    else:
        col = rng.integers(0, cols, int(rng.integers(0, 3 * cols)))
    count = len(col)
    row = rng.integers(0, rows, count)
    slots = rng.integers(-1, SLOTS, (count, int(rng.integers(1, 3)))) if rng.random() < 0.5 else None
    coef = np.broadcast_to(np.float64(2.0), (count,)) if rng.random() < 0.3 else rng.normal(size=count)
    return Entries(span(col), coef, slots, row)


def worth(part: Entries) -> np.ndarray:
    """The numbers of the entries in every scenario, shape (3, entries)."""
    value = np.broadcast_to(part.coef, (3, len(part.coef)))
    if part.slots is None:
        return value
    return value * np.where(part.slots >= 0, DATA[:, part.slots], 1.0).prod(axis=2)


def listed(places: object) -> np.ndarray:
    return np.arange(places.start, places.stop) if isinstance(places, slice) else np.asarray(places)


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 6), st.integers(1, 8), st.integers(0, 5), st.integers(0, 10**6))
def test_matrix_of_entries(rows, cols, count, seed):
    rng = np.random.default_rng(seed)
    parts = [drawn(rng, rows, cols) for _ in range(count)]
    wanted = np.zeros((3, rows, cols))
    there = np.zeros((rows, cols), dtype=bool)
    for part in parts:
        for s in range(3):
            np.add.at(wanted[s], (listed(part.row), listed(part.at)), worth(part)[s])
        there[listed(part.row), listed(part.at)] = True
    pattern, values = matrix(parts, rows, cols)
    numbers = np.broadcast_to(numbers_at(values, DATA), (3, pattern.nnz))
    found = np.zeros((3, rows, cols))
    found[:, pattern.indices, pattern.columns()] = numbers
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    assert pattern.nnz == there.sum()
    assert (pattern.indptr.dtype, pattern.indices.dtype) == (np.int32, np.int32)
    for c in range(cols):
        assert (np.diff(pattern.indices[pattern.indptr[c] : pattern.indptr[c + 1]]) > 0).all()


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 8), st.integers(0, 5), st.integers(0, 10**6))
def test_vector_of_entries(size, count, seed):
    rng = np.random.default_rng(seed)
    parts = [drawn(rng, 1, size) for _ in range(count)]
    wanted = np.zeros((3, size))
    for part in parts:
        for s in range(3):
            np.add.at(wanted[s], listed(part.at), worth(part)[s])
    made = vector(size, parts)
    np.testing.assert_allclose(np.broadcast_to(numbers_at(made, DATA), (3, size)), wanted, atol=1e-12)
    other = numbers_at(vector(size, [], parts), DATA)
    np.testing.assert_allclose(np.broadcast_to(other, (3, size)), -wanted, atol=1e-12)
    assert not np.signbit(other[other == 0.0]).any()
