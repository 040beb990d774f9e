"""The curve over promises: its bounds hold for all promises at once, on histories whose law is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import beta, binomtest

from saddlepoint.errors import PlanningError
from saddlepoint.promises import backtest, promise_curve
from saddlepoint.promises.judges import limits
from saddlepoint.report.promise_curve_table import curve_text

A, B, TOP = 2.0, 5.0, 100.0
ASKED = (0.6, 0.8, 0.9, 0.95)
SHORT = 8.0


def truth(level: float) -> tuple[float, float]:
    """Probability of a miss and expected regret of a level, for demand TOP·Beta(A, B), unit cost 1 and shortage SHORT."""
    x = np.clip(level / TOP, 0.0, 1.0)
    miss = float(beta.sf(x, A, B))
    mean = TOP * A / (A + B)
    short = mean * float(beta.sf(x, A + 1.0, B)) - TOP * x * miss
    return miss, level - mean + SHORT * short


def test_bounds_hold_for_all_promises_at_once() -> None:
    rng = np.random.default_rng(4)
    broken_misses = broken_regret = 0
    told, true = [], []
    for _ in range(150):
        history = TOP * rng.beta(A, B, 70)
        found = promise_curve(
            history, promises=ASKED, start=30, shortage_cost=SHORT, pattern=False, confidence=0.9, upper=TOP
        )
        known = np.array([truth(level) for level in found.level])
        broken_misses += bool((known[:, 0] > found.missed_most).any())
        broken_regret += bool((known[:, 1] > found.regret_most).any())
        told.append(np.r_[found.missed_expected, found.regret_expected])
        true.append(known.T.reshape(-1))
        assert found.judges == 40
        assert (found.missed <= found.missed_expected).all()
        assert (found.regret <= found.regret_most).all()
    assert broken_misses <= 0.1 * 150
    assert broken_regret <= 0.1 * 150
    gap = np.array(told) - np.array(true)
    assert (gap.mean(axis=0) >= -3.0 * gap.std(axis=0) / np.sqrt(150)).all()


def test_a_trend_is_taken_out_of_the_rule() -> None:
    time = np.arange(160)
    values = 300.0 + time + np.random.default_rng(1).normal(0.0, 10.0, 160)
    found = promise_curve(values, "prediction", promises=(0.5, 0.95))
    assert found.level[0] == pytest.approx(460.0, abs=12.0)
    assert found.missed[1] <= 0.15
    assert np.isnan(found.regret_most).all()


def test_choices_on_the_curve() -> None:
    found = promise_curve(np.random.default_rng(2).gamma(9.0, 10.0, 400), pattern=False)
    assert found.regret[found.least_regret] == found.regret.min()
    place = found.least_promise(0.1)
    assert place is not None
    assert found.missed_most[place] <= 0.1 < found.missed_most[place - 1]
    assert found.least_promise(1e-6) is None


def test_refusals() -> None:
    with pytest.raises(PlanningError) as caught:
        promise_curve(np.arange(25.0), start=20)
    assert caught.value.diagnostics[0].code == "U545"
    with pytest.raises(PlanningError, match="can promise nothing"):
        promise_curve(np.arange(60.0), promises=(0.99,), start=20, pattern=False)


@pytest.mark.parametrize(
    ("given", "code", "told"),
    [
        ({"promise": 1.0}, "U545", "a promise of 1 is outside"),
        ({"promises": (1.0, 0.9)}, "U545", "a promise of 1 is outside"),
        ({"promises": (0.9, float("nan"))}, "U545", "a promise of nan is outside"),
        ({"promises": ()}, "U545", "no promise is asked for"),
        ({"confidence": 1.0}, "U545", "a confidence of 1 is outside"),
        ({"confidence": 2.0}, "U545", "a confidence of 2 is outside"),
        ({"lower": 100.0, "upper": 20.0}, "U782", "no demand lies between"),
        ({"start": 1}, "U545", "99 to judge after the first 1"),
        ({"start": 5, "pattern": True}, "U545", "95 to judge after the first 5"),
    ],
)
def test_what_cannot_be_asked_is_told(given: dict[str, Any], code: str, told: str) -> None:
    values = np.random.default_rng(2).gamma(9.0, 10.0, 100)
    asked: dict[str, Any] = {"pattern": False, **given}
    with pytest.raises(PlanningError, match=told) as caught:
        promise_curve(values, **asked)
    assert caught.value.diagnostics[0].code == code
    if given.keys() & {"promise", "lower", "start"}:
        with pytest.raises(PlanningError, match=told):
            backtest(values, **asked)


def test_why_regret_has_no_bound_is_said() -> None:
    values = np.random.default_rng(2).uniform(20.0, 90.0, 100)
    values[40] = 151.0
    asked: tuple[tuple[dict[str, Any], str], ...] = (
        ({"upper": 100.0}, "the value 151 (41) is above the limit 100"),
        ({"lower": 30.0, "upper": 200.0}, "is below the limit 30"),
        ({}, "it needs limits of demand"),
    )
    for given, why in asked:
        found = promise_curve(values, pattern=False, **given)
        assert why in found.no_regret_bound
        assert f"No bound on regret: {found.no_regret_bound}." in curve_text(found)
    assert promise_curve(values, pattern=False, upper=200.0).no_regret_bound == ""


def test_limits_are_those_of_a_binomial_test() -> None:
    hits = np.array([0, 1, 17, 39, 40])
    low, high = limits(hits, 40, 0.9)
    for k, n in enumerate(hits.tolist()):
        known = binomtest(n, 40).proportion_ci(0.9, method="exact")
        assert (low[k], high[k]) == pytest.approx((known.low, known.high), abs=1e-12)
