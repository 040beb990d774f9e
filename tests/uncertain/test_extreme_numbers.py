"""Buffers at sizes that no plan has: an answer or an error of its own, and never an endless search."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from saddlepoint.errors import PlanningError
from saddlepoint.uncertain import BUFFERS, find

SIZES = [1e-320, 1e-99, 1e-9, 0.5, 1e9, 1e15, 3e16, 1e17, 1e99, 1.7e308]
OTHERS = {"dof": 3.0, "gamma1": 0.1, "gamma2": 1.1, "confidence": 0.9, "parts": 5.0}


@pytest.mark.parametrize(
    "name", [b.name for b in (BUFFERS.values() if hasattr(BUFFERS, "values") else BUFFERS)]
)
def test_every_buffer_ends(name: str) -> None:
    buffer = find(name)
    for mean, std, p in itertools.product([0.0, -1e99, *SIZES], [0.0, *SIZES], [1e-300, 0.5, 1 - 1.2e-16]):
        draws = np.array([mean, mean / 2, 0.0])
        needed = {
            **OTHERS,
            "lower": mean - 1,
            "upper": mean + 1,
            "radius": std,
            "samples": draws,
            "weights": np.ones(3),
        }
        try:
            assert math.isfinite(buffer.effective(mean, std, p, **needed))
        except PlanningError as error:
            assert error.diagnostics[0].code.startswith("U")


@pytest.mark.parametrize("mean", [0.3, 7.0, 1e3, 1e9, 1e15])
@pytest.mark.parametrize("p", [1e-9, 0.1, 0.5, 0.95, 1 - 1e-9])
def test_the_poisson_quantile_is_the_least_that_suffices(mean: float, p: float) -> None:
    poisson = find("poisson")
    level = poisson.effective(mean, None, p)
    columns = poisson.columns(mean=mean)
    assert poisson.coverage(columns, np.asarray(level)) >= p
    assert level == 0.0 or poisson.coverage(columns, np.asarray(level - 1.0)) < p


def test_counts_beyond_whole_numbers_are_refused() -> None:
    for name in ("poisson", "negative-binomial"):
        with pytest.raises(PlanningError) as caught:
            find(name).effective(3e16, 1e17, 0.95)
        assert caught.value.diagnostics[0].code == "U005"
