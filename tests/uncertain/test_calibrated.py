"""Positive laws with estimated parameters cover the next value with what they promise, averaged over histories."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from saddlepoint.errors import PlanningError
from saddlepoint.uncertain import find

LAWS = {
    "gamma-prediction": stats.gamma(2.0, scale=40.0),
    "lognormal-prediction": stats.lognorm(0.8, scale=np.exp(4.0)),
}


@pytest.mark.parametrize("count", [20, 50])
@pytest.mark.parametrize("name", LAWS)
def test_short_histories_are_covered_within_half_a_point(name: str, count: int) -> None:
    rows = LAWS[name].rvs((1500, count), random_state=count)
    levels = find(name).quantile({"samples": rows}, np.full(1500, 0.95))
    assert float(LAWS[name].cdf(levels).mean()) == pytest.approx(0.95, abs=0.005)
    plain = find(name.split("-", maxsplit=1)[0])
    moments = {"mean": rows.mean(axis=1), "std": rows.std(axis=1, ddof=1)}
    assert float(LAWS[name].cdf(plain.quantile(moments, np.full(1500, 0.95))).mean()) < 0.945


@pytest.mark.parametrize("name", LAWS)
def test_coverage_is_the_inverse(name: str) -> None:
    values = LAWS[name].rvs(40, random_state=3)
    buffer = find(name)
    for p in (0.6, 0.9, 0.95):
        level = buffer.effective(None, None, p, samples=values)
        assert float(buffer.coverage({"samples": values}, np.asarray(level))) == pytest.approx(p, abs=2e-3)


@pytest.mark.parametrize("name", LAWS)
def test_values_that_are_not_positive_are_refused(name: str) -> None:
    with pytest.raises(PlanningError) as told:
        find(name).effective(None, None, 0.95, samples=np.r_[0.0, np.arange(1.0, 20.0)])
    assert told.value.diagnostics[0].code == "U005"
