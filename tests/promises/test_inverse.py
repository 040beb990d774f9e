"""The curve over promises: its bounds hold for all promises at once, on histories whose law is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta

from saddlepoint.errors import PlanningError
from saddlepoint.promises import promise_curve

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
