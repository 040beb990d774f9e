"""Terms against numpy: every operation commutes with putting numbers into columns and slots."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.cells import broadcast, gather, match, spread_to, total, transpose
from saddlepoint.algebra.term_products import matmul, multiply
from saddlepoint.algebra.terms import Terms, add, columns, constant, data, negative

COLUMNS, SLOTS = 40, 90
rng0 = np.random.default_rng(0)
X, D = rng0.normal(size=COLUMNS), rng0.normal(size=SLOTS)


def put(terms: Terms) -> np.ndarray:
    """The array of numbers at the point X with the data D."""
    value = terms.coef.copy()
    if terms.slots is not None:
        value = value * np.where(terms.slots >= 0, D[terms.slots], 1.0).prod(axis=1)
    for col in (terms.col, terms.second):
        if col is not None:
            value = value * np.where(col >= 0, X[col], 1.0)
    return np.bincount(terms.row, weights=value, minlength=terms.size).reshape(terms.shape)


def made(kind: str, shape: tuple[int, ...], rng: np.random.Generator) -> Terms:
    size = int(np.prod(shape))
    if kind == "numbers":
        return constant(rng.normal(size=shape) * (rng.random(shape) > 0.4))
    if kind == "full":
        return constant(rng.normal(size=shape))
    if kind == "slots":
        return data(shape, 0, rng.random(size) > 0.3)
    if kind == "columns":
        return columns(shape, rng.integers(0, COLUMNS, size))
    both = [columns(shape, rng.integers(0, COLUMNS, size)), constant(rng.normal(size=shape))]
    return add([gather(both[0], rng.integers(-1, size, shape), shape), both[1]])


CONSTANT = st.sampled_from(["numbers", "full", "slots"])
ANY = st.sampled_from(["numbers", "full", "slots", "columns", "affine"])
SIDE = st.integers(1, 3)
SEED = st.integers(0, 10**6)


@settings(max_examples=200, deadline=None)
@given(
    ANY, ANY, SIDE, SIDE, SIDE, st.sampled_from([(), (1,), (2,), (2, 3)]), st.sampled_from([0, 1, 2]), SEED
)
def test_matrix_product(kl, kr, rows, inner, cols, batch, which, seed):
    rng = np.random.default_rng(seed)
    lead = tuple(1 for _ in batch)
    left = made(kl, (*(lead if which == 1 else batch), rows, inner), rng)
    right = made(kr, (*(lead if which == 2 else batch), inner, cols), rng)
    result = matmul(left, right)
    np.testing.assert_allclose(put(result), put(left) @ put(right), atol=1e-9)
    check_rowwise(result)


@settings(max_examples=200, deadline=None)
@given(ANY, ANY, st.lists(st.tuples(SIDE, st.booleans(), st.booleans()), min_size=2, max_size=4), SEED)
def test_product_by_broadcasting(kl, kr, sides, seed):
    rng = np.random.default_rng(seed)
    left = made(kl, tuple(1 if a else n for n, a, _ in sides), rng)
    right = made(kr, tuple(1 if b else n for n, _, b in sides), rng)
    result = multiply(left, right)
    np.testing.assert_allclose(put(result), put(left) * put(right), atol=1e-9)
    check_rowwise(result)


@settings(max_examples=100, deadline=None)
@given(ANY, SIDE, SIDE, SIDE, st.sampled_from([(0,), (1,), (2,), (1, 2), (0, 1, 2)]), SEED)
def test_sums_transposes_and_repeats(kind, a, b, c, axes, seed):
    rng = np.random.default_rng(seed)
    terms = made(kind, (a, b, c), rng)
    np.testing.assert_allclose(put(total(terms, axes)), put(terms).sum(axis=axes, keepdims=True), atol=1e-12)
    np.testing.assert_allclose(put(transpose(terms)), np.swapaxes(put(terms), -1, -2))
    np.testing.assert_allclose(put(negative(terms)), -put(terms))
    thin = made(kind, (1, b, 1), rng)
    np.testing.assert_allclose(put(broadcast(thin, (a, b, c))), np.broadcast_to(put(thin), (a, b, c)))
    for result in (total(terms, axes), transpose(terms), broadcast(thin, (a, b, c))):
        check_rowwise(result)


def check_rowwise(terms: Terms) -> None:
    if terms.rowwise:
        assert terms.row.tolist() == list(range(terms.size))


@pytest.mark.parametrize("seed", range(3))
def test_a_few_cells_of_a_repeated_array_are_those_of_the_whole(seed: int) -> None:
    """Gathering some cells, with terms in few of many cells and in many of few, is gathering after repeating."""
    rng = np.random.default_rng(seed)
    shape = (7, 11, 5)
    for source in ((7, 1, 1), (1, 11, 5), (7, 11, 1), (1, 1, 1), shape):
        for share in (0.02, 0.9):
            values = np.where(rng.random(source) < share, rng.uniform(1, 2, source), 0.0)
            terms = constant(values)
            cells = np.sort(rng.choice(np.prod(shape), 9, replace=False)).astype(np.int64)
            whole = gather(broadcast(terms, shape), cells, (9,))
            few = spread_to(terms, shape, cells)
            for one in (whole, few):
                found = np.zeros(9)
                np.add.at(found, one.row, one.coef)
                assert found == pytest.approx(np.broadcast_to(values, shape).reshape(-1)[cells])


def test_places_are_sought_one_by_one_where_there_are_many() -> None:
    rng = np.random.default_rng(0)
    sought, keys = rng.integers(0, 50, 40), np.append(rng.integers(0, 50, 30), -1)
    for size in (50, 100_000):
        i, j = match(keys, sought, size)
        assert sorted(zip(i.tolist(), j.tolist(), strict=True)) == [
            (a, b) for a in range(len(keys)) for b in range(len(sought)) if keys[a] == sought[b]
        ]
