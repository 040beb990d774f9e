"""Numbers that stand apart from others that are alike: a factor between units, five digits too many, a wrong sign."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.arrays import Array
from saddlepoint.model.outlying import odd_signs, times_apart

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
        assert np.flatnonzero(odd_signs(wrong)).tolist() == [cell]


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
