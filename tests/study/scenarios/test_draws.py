"""Points of the unit cube, and distributions drawn through them."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.errors import NOWHERE, StudyError
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.study.scenarios.draws import draw, unit_points


@pytest.mark.parametrize("method", ["random", "latin", "sobol"])
def test_points_are_inside_seeded_and_even(method) -> None:
    points = unit_points(256, 3, method, 7)
    assert points.shape == (256, 3) and (points > 0).all() and (points < 1).all()
    assert np.array_equal(points, unit_points(256, 3, method, 7))
    assert not np.array_equal(points, unit_points(256, 3, method, 8))
    assert abs(points.mean() - 0.5) < 0.05


def test_every_stratum_of_a_latin_hypercube_has_one_point() -> None:
    points = unit_points(50, 4, "latin", 1)
    assert np.array_equal(np.sort(np.floor(points * 50), axis=0), np.tile(np.arange(50)[:, None], 4))


def test_sobol_points_are_balanced() -> None:
    points = unit_points(64, 2, "sobol", 1)
    assert np.array_equal(np.bincount((points[:, 0] * 8).astype(int), minlength=8), np.full(8, 8))


def test_too_many_dimensions_for_sobol() -> None:
    with pytest.raises(StudyError, match="K215"):
        unit_points(2, 30_000, "sobol", 0)


def table(**columns: object) -> Table:
    domain = Domain((Axis("A", ("x", "y", "z")),))
    return Table("demand", domain, {k: np.array(v) for k, v in columns.items()})


def test_quantiles_of_the_distributions_of_the_cells() -> None:
    given = table(distribution=["normal", "", "lognormal"], mean=[3.0, np.nan, 5.0], std=[1.0, np.nan, 0.5])
    points = np.array([[0.5, 0.5, 0.5], [0.8413447460685429, 0.5, 0.1]])
    values = draw(given, points, NOWHERE)
    assert np.allclose(values[:, 0], [3.0, 4.0]) and np.isnan(values[:, 1]).all()
    assert np.isclose(values[0, 2], 5 / np.sqrt(1 + 0.01)) and values[1, 2] < values[0, 2]


def test_what_cannot_be_drawn_from() -> None:
    with pytest.raises(StudyError) as caught:
        draw(
            table(distribution=["normal", "cantelli", "no such"], mean=[1.0, 1.0, 1.0], std=[-1.0, 1.0, 1.0]),
            np.full((2, 3), 0.5),
            NOWHERE,
        )
    assert [d.code for d in caught.value.diagnostics] == ["K214"] * 3
