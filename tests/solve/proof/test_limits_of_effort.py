# pyright: basic
"""What is done after the solvers keeps to the time limit and to a bound of effort, and extreme numbers make no noise."""

import sys
import time
import warnings

import numpy as np
import pytest

from saddlepoint.solve.proof.effort import TooLong, bounded, spend
from saddlepoint.solve.proof.sizes import column_terms, row_terms
from saddlepoint.solve.route.claims import exact_claims
from saddlepoint.solve.route.polishing import polish as polishing
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from saddlepoint.testing import batch
from tests.solve.conftest import pattern_of

solving = sys.modules["saddlepoint.solve.solve"]


def tiny_costs(scale, m=30, n=50):
    rng = np.random.default_rng(0)
    rows = rng.normal(0, 1, (m, n)) * (rng.random((m, n)) < 0.1)
    x = rng.normal(0, 1, n)
    return batch(rng.normal(0, 1, n) * scale, rows, rows @ x, rows @ x + 1, x - 1, x + 1)


def test_rational_arithmetic_that_would_take_too_long_is_given_up_and_said(monkeypatch) -> None:
    monkeypatch.setattr(exact_claims, "WORDS", 1_000.0)
    monkeypatch.setattr(solving, "with_raised_costs", lambda stages, *costs: stages)
    found = solve(tiny_costs(1e-250), kernels=())
    assert found.status[0] == Status.UNVERIFIED and not found.certificates.verified[0]
    assert "would have taken too long" in found.messages[0]


def test_rational_arithmetic_has_the_time_that_is_left(monkeypatch) -> None:
    allowed = []
    asked = exact_claims.bounded

    def seen(seconds=None, words=np.inf):
        allowed.append(spend_until())
        return asked(seconds, words)

    def spend_until():
        from saddlepoint.solve.proof.effort import _current

        now = _current.get()
        return None if now is None else now.until - time.perf_counter()

    monkeypatch.setattr(exact_claims, "bounded", seen)
    monkeypatch.setattr(solving, "with_raised_costs", lambda stages, *costs: stages)
    monkeypatch.setattr(exact_claims, "WORDS", 1_000.0)
    solve(tiny_costs(1e-250), Options(time_limit=50.0), kernels=())
    assert allowed and all(left is not None and left < 50.0 for left in allowed)


def test_effort_ends_by_words_and_by_time_and_the_narrower_holds() -> None:
    with bounded(words=10) as outer:
        spend(4)
        with bounded(words=100) as inner, pytest.raises(TooLong):
            spend(7)
        assert inner.ended
    assert outer.ended
    with bounded(seconds=-1.0), pytest.raises(TooLong):
        spend(1)
    spend(10**9)


@pytest.mark.parametrize("scale", [1e-310, 5e-324])
@pytest.mark.parametrize("what", ["costs", "sides", "one cost"])
def test_numbers_at_the_end_of_floats_make_no_noise(scale, what) -> None:
    cost, side = np.array([1.0, 2.0]), np.array([1.0, 5.0])
    cost = cost * scale if what == "costs" else cost * [1.0, scale] if what == "one cost" else cost
    top, need = (side * scale, 3 * scale) if what == "sides" else (side, 3.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solve(batch(cost, np.ones((1, 2)), need, np.inf, 0.0, top), kernels=())


def test_sizes_of_terms_of_many_matrices_and_one_vector() -> None:
    """As where coefficients change by scenario and constants do not."""
    values, pattern = (
        np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]]),
        pattern_of(np.array([[1, 1], [0, 1]]))[0],
    )
    one = np.array([[10.0, 1.0]])
    both = np.ones(2, np.bool_)
    np.testing.assert_allclose(column_terms(pattern, values, one, both), [[10.0, 20.0], [40.0, 50.0]])
    np.testing.assert_allclose(row_terms(pattern, values, one, both), [[10.0, 3.0], [40.0, 6.0]])


def wrong_set(n=300):
    """A quadratic problem of more than a dense factorisation's size, and a plan whose active set takes two rounds to mend."""
    problem = batch(np.linspace(-1.0, 2.0, n), np.ones((1, n)), [-np.inf], [n], 0, np.inf, np.eye(n))
    return problem, np.ones(n), np.zeros(1), np.zeros(n)


def test_factorisations_keep_to_the_time_around_them(monkeypatch) -> None:
    """None is begun when the time is over, nor where the last one took more than is left."""
    assert polishing.polish(*wrong_set()) is not None
    args = wrong_set()
    with bounded(0.0):
        assert polishing.polish(*args) is None
    rounds, whole = [], polishing._solve
    monkeypatch.setattr(polishing, "_solve", lambda *given: rounds.append(1) or whole(*given))
    for clock, most in (([10.0, 9.9, 4.0, 1.0], 1), ([10.0, 9.9, 9.0, 8.0, 7.0, 6.0], 9)):
        rounds.clear()
        left = iter(clock)
        monkeypatch.setattr(polishing, "seconds_left", lambda left=left: next(left))
        found = polishing.polish(*args)
        assert (found is None) == (most == 1) and 1 <= len(rounds) <= most
