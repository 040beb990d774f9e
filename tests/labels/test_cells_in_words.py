"""Cells of a domain in words: neighbours as ranges, products as boxes, nothing lost."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.labels import Axis, Domain
from saddlepoint.labels.cells import boxes, in_words

DAYS = Axis("Days", ("Mon", "Tue", "Wed", "Thu", "Fri"))
SITES = Axis("Sites", ("north", "south"))
WEEK = Domain((DAYS, SITES))


def _at(*pairs: tuple[str, str]) -> np.ndarray:
    return np.array(sorted(DAYS.positions[d] * 2 + SITES.positions[s] for d, s in pairs))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (_at(("Mon", "north"), ("Tue", "north"), ("Wed", "north")), ["Mon … Wed, north"]),
        (np.arange(10), ["all 5 Days, {north, south}"]),
        (_at(("Mon", "north"), ("Fri", "south")), ["Mon, north", "Fri, south"]),
        (_at(("Mon", "north"), ("Wed", "north")), ["{Mon, Wed}, north"]),
    ],
)
def test_neighbours_are_ranges_and_products_are_boxes(cells: np.ndarray, words: list[str]) -> None:
    assert in_words(WEEK, cells) == words


def test_a_domain_without_axes_has_one_cell_without_a_name() -> None:
    assert in_words(Domain(()), np.array([0])) == [""]


def test_boxes_hold_the_cells_and_no_others() -> None:
    random = np.random.default_rng(5)
    domain = Domain((DAYS, SITES, Axis("Kind", ("a", "b", "c"))))
    for share in (0.1, 0.5, 0.9):
        cells = np.flatnonzero(random.random(domain.size) < share)
        held = [np.ravel_multi_index(np.ix_(*box), domain.shape).reshape(-1) for box in boxes(domain, cells)]
        assert np.array_equal(np.sort(np.concatenate(held)), cells)
