"""Positions told axis by axis against the same positions listed."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saddlepoint.labels.positions import Positions


@st.composite
def arrangements(draw: st.DrawFn) -> tuple[Positions, int]:
    """Places along axes of another array, in any order, some without a place, some of one axis repeated."""
    source = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    strides = np.cumprod([1, *source[::-1]])[-2::-1].tolist()
    steps = [
        (
            np.array(draw(st.lists(st.integers(-1, source[k] - 1), min_size=1, max_size=4)), np.int64),
            strides[k],
        )
        for k in draw(st.permutations(range(len(source))))
    ]
    if draw(st.booleans()):
        steps.insert(draw(st.integers(0, len(steps))), (np.zeros(draw(st.integers(1, 3)), np.int64), 0))
    return Positions(tuple(len(p) for p, _ in steps), tuple(steps)), int(np.prod(source))


@given(arrangements(), st.data())
def test_positions_as_listed(made: tuple[Positions, int], data: st.DataObject) -> None:
    positions, size = made
    listed = [
        -1 if any(p < 0 for p, _ in cell) else sum(p * step for p, step in cell)
        for cell in product(*([(int(p), step) for p in places] for places, step in positions.steps))
    ]
    assert positions.flat.tolist() == listed
    assert positions.at(np.arange(len(listed))).tolist() == listed
    assert (positions.count, positions.gaps) == (sum(k >= 0 for k in listed), -1 in listed)
    if positions.span is not None:
        assert listed == list(range(positions.span.start, positions.span.stop))
    sought = data.draw(st.lists(st.integers(0, size - 1), max_size=6))
    cells, which = positions.among(np.array(sought, np.int64))
    assert sorted(zip(cells.tolist(), which.tolist(), strict=True)) == [
        (cell, k) for cell, at in enumerate(listed) for k, wanted in enumerate(sought) if at == wanted
    ]
    assert cells.tolist() == sorted(cells.tolist())


def test_a_view_of_a_huge_table_meets_few_cells() -> None:
    """10¹² possible cells, columns exchanged, every second item: nothing of that size is ever made."""
    side = 1_000_000
    view = Positions((side // 2, side), ((np.arange(0, side, 2), 1), (np.arange(side), side)))
    cells, which = view.among(np.array([4, 3 * side + 7, 5 * side + 10], np.int64))
    assert which.tolist() == [0, 2]
    assert cells.tolist() == [2 * side, 5 * side + 5]
    assert view.at(cells).tolist() == [4, 5 * side + 10]
