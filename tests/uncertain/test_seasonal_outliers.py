"""An outlier of a seasonal history moves the mean of its season, and is named for that alone."""

from __future__ import annotations

import numpy as np
import pytest

from saddlepoint.uncertain.fitting.fit import fit


@pytest.mark.parametrize("scatter", [1.0, 0.0])
def test_an_outlier_of_a_season_is_named_and_not_its_neighbours(scatter: float) -> None:
    rng = np.random.default_rng(1)
    values = 100 + 20 * np.sin(np.arange(60) / 6 * np.pi) + scatter * rng.normal(size=60)
    assert fit(values, season=12).outliers == ()
    values[30], values[40] = 160.0, 150.0
    assert [o.place for o in fit(values, season=12).outliers] == [30, 40]
