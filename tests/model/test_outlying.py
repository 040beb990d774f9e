"""Numbers that stand apart from others that are alike: a factor between units, five digits too many, a wrong sign."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.arrays import Array
from saddlepoint.model.odd_signs import odd_signs
from saddlepoint.model.outlying import times_apart

HOURS = np.arange(24)
DEMAND = 50 + 20 * np.sin(HOURS / 4)
SUN = np.round(np.clip(np.sin((HOURS - 5) / 14 * np.pi), 0, 1) ** 2, 3)
PLANTS = np.array([[80.0, 95.0, 60.0, 130.0], [0.4, 0.55, 0.38, 0.6], [21000.0, 18000.0, 25000.0, 9000.0]])
"""Attributes (power, efficiency, cost) of four plants."""
SEVERAL = np.outer([1.0, 40.0, 0.02], DEMAND)
SOUND = [
    DEMAND,
    SUN,
    PLANTS,
    SEVERAL,
    np.array([5.0, 7.0]),
    np.array([5.0, 7.0, 400.0]),
    np.geomspace(1, 1e8, 9),
]


@pytest.mark.parametrize("table", SOUND, ids=str)
def test_sound_tables_have_none(table: Array) -> None:
    assert not np.isfinite(times_apart(table)).any()
    assert not odd_signs(table).any()


@pytest.mark.parametrize("table", [DEMAND, PLANTS, SEVERAL], ids=["demand", "plants", "several"])
@pytest.mark.parametrize("factor", [1e5, 1e3, 1e-3, 1e-5])
def test_one_number_in_another_unit_is_found_wherever_it_stands(table: Array, factor: float) -> None:
    for cell in range(table.size):
        wrong = table.copy()
        wrong.flat[cell] *= factor
        times = times_apart(wrong).reshape(-1)
        assert np.flatnonzero(np.isfinite(times)).tolist() == [cell]
        assert 0.2 < times[cell] / factor < 5


@pytest.mark.parametrize("table", [DEMAND, SUN, PLANTS, SEVERAL], ids=["demand", "sun", "plants", "several"])
def test_one_wrong_sign_is_found_wherever_it_stands(table: Array) -> None:
    for cell in np.flatnonzero(table):
        wrong = table.copy()
        wrong.flat[cell] *= -1
        for unit in (1.0, 2.0**900, 2.0**-900):
            assert np.flatnonzero(odd_signs(unit * wrong)).tolist() == [cell]


@pytest.mark.parametrize(
    "table",
    [
        np.array([90.0, -20, -30, -40]),  # what goes into a network comes out of it
        np.array([-1000.0, 300, 320, 310, 290, 300]),  # paid at first, earned later
        np.array([3.0, -0.2, 8, 40]),
        np.array([[-1.0, 1, 0], [0, -1, 1], [1, 0, -1]]),
        np.array([[-5.0, -6, -4, -5, -6], [2, 3, 2, 2, 3]]),
    ],
    ids=["network", "payments", "few", "incidence", "rows"],
)
def test_signs_that_are_meant(table: Array) -> None:
    assert not odd_signs(table).any()


def test_random_tables_have_few() -> None:
    rng = np.random.default_rng(1)
    told = [np.isfinite(times_apart(rng.lognormal(0, 1, (4, 6)))).any() for _ in range(300)]
    assert sum(told) <= 3


@pytest.mark.parametrize("factor", [1e4, 1e-5])
def test_one_short_line_of_equal_numbers_hides_no_other(factor: float) -> None:
    """A line of three equal numbers was taken for the table where no other line had as many."""
    table = np.full((6, 4), np.nan)
    table[0, :3] = 5.0
    table[1:, 0], table[1:, 1] = [4.0, 6.0, 5.5, 4.5, 5.0], [5.0, 4.0, 6.5, 5.0, 4.5]
    table[3, 3] = 5.0 * factor
    assert np.flatnonzero(np.isfinite(times_apart(table))).tolist() == [15]


@pytest.mark.parametrize("shape", [(4,), (6,), (12,), (24,), (4, 6)], ids=str)
@pytest.mark.parametrize("mean", [1.0, 2.0, 3.0])
def test_numbers_around_nothing_have_odd_signs_in_one_table_of_a_hundred_at_most(
    mean: float, shape: tuple[int, ...]
) -> None:
    """Normal(2, 1) had them in 25 to 30 of a hundred. 400 tables at 1 % have 12 or more with probability 1e-3."""
    rng = np.random.default_rng(7)
    assert sum(odd_signs(rng.normal(mean, 1, shape)).any() for _ in range(400)) < 12


@pytest.mark.parametrize(
    ("law", "size", "least"),
    [
        (lambda rng, n: rng.normal(5, 1, n), 8, 0.95),
        (lambda rng, n: rng.uniform(1, 4, n), 24, 0.85),
        (lambda rng, n: rng.lognormal(0, 1, n), 60, 0.9),
        (lambda rng, n: rng.lognormal(0, 2, n), 24, 0.85),
    ],
    ids=["Normal", "uniform", "lognormal", "wide"],
)
def test_a_wrong_sign_among_random_sizes_is_found(law, size: int, least: float) -> None:
    rng = np.random.default_rng(11)
    found = []
    for k in range(200):
        table = np.abs(law(rng, size))
        table[k % size] *= -1
        found.append(np.flatnonzero(odd_signs(table)).tolist() == [k % size])
    assert np.mean(found) >= least
