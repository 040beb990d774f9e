"""Buffers that hold from n observations: exact ranks, forecasts left out one by one, radii, scenario bounds."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.optimize
import scipy.stats

from saddlepoint.errors import PlanningError
from saddlepoint.uncertain import find, scenario_size, violation_bound, wait_and_judge
from saddlepoint.uncertain.adaptive import followed
from saddlepoint.uncertain.balls import validated_radius
from saddlepoint.uncertain.conformal import design
from saddlepoint.uncertain.samples import pick_ranked


def level(name: str, samples: np.ndarray, p: float = 0.9, **more: float) -> np.ndarray:
    return np.asarray(find(name).effective(None, None, p, samples=samples, **more))


def test_conformal_covers_the_next_of_every_order() -> None:
    values = np.array([3.0, 1.0, 8.0, 5.0, 2.0])
    kept = [
        order[-1] <= level("conformal", np.array(order[:-1]), 0.8) for order in itertools.permutations(values)
    ]
    assert np.mean(kept) == 0.8
    with pytest.raises(PlanningError, match="p/\\(1 − p\\)"):
        level("conformal", np.arange(18.0), 0.95)
    assert level("conformal", np.arange(19.0), 0.95) == 18.0


@pytest.mark.parametrize("season", [1, 4])
def test_cross_conformal_leaves_every_value_out_and_counts_the_end_of_the_line_in(season: int) -> None:
    rng = np.random.default_rng(season)
    n = 37
    values = rng.gamma(2.0, 3.0, n) + np.arange(n) * 0.7
    rows = design(n, season)
    others = []
    for i in range(n):
        keep = np.arange(n) != i
        solved = np.linalg.lstsq(rows[:-1][keep], values[keep], rcond=None)[0]
        others.append(rows[-1] @ solved + values[i] - rows[i] @ solved)
    inverse = np.linalg.inv(rows[:-1].T @ rows[:-1])
    fitted = np.linalg.lstsq(rows[:-1], values, rcond=None)[0]
    known = 1.0 - np.einsum("ij,jk,ik->i", rows[:-1], inverse, rows[:-1])
    ahead = np.sqrt((1.0 + rows[-1] @ inverse @ rows[-1]) / known)
    others = np.maximum(others, rows[-1] @ fitted + ahead * (values - rows[:-1] @ fitted))
    expected = np.sort(others)[int(np.ceil(0.9 * (n + 1))) - 1]
    assert level("cross-conformal", values, season=season) == pytest.approx(expected, rel=1e-10)


def test_split_conformal_calibrates_on_other_seasons() -> None:
    values = np.arange(48.0) * 2.0 + np.tile([5.0, -5.0, 0.0, 1.0], 12)
    assert level("split-conformal", values, season=4) == pytest.approx(96.0 + 5.0, abs=1e-9)
    with pytest.raises(PlanningError, match="three seasons"):
        level("split-conformal", values, season=30)
    with pytest.raises(PlanningError, match="half that calibrates"):
        level("split-conformal", values[:30], 0.95)


def test_weights_that_do_not_fade_are_ranks() -> None:
    draws = np.random.default_rng(5).normal(size=99)
    assert level("weighted-conformal", draws, memory=1e12) == level("conformal", draws)
    fresh = np.r_[np.zeros(200), np.ones(100)]
    assert level("weighted-conformal", fresh, 0.8, memory=25) == 1.0
    with pytest.raises(PlanningError, match="memory"):
        level("weighted-conformal", draws, 0.95, memory=10)


def test_adaptive_conformal_follows_its_own_recursion() -> None:
    rng = np.random.default_rng(6)
    draws = rng.normal(size=120)
    share, memory, rate = 0.9, 50, 0.05
    for now in range(50, 120):
        window = np.sort(draws[now - memory : now])
        place = share * 51
        if place > 50:
            at = window[-1] + (place - 50) * (window[-1] - window[25])
        else:
            at = np.interp(place, np.arange(1, 51), window)
        share += rate * (float(draws[now] > at) - 0.1)
    window = np.sort(draws[-50:])
    place = share * 51
    expected = np.interp(place, np.arange(1, 51), window) if place <= 50 else None
    found = followed(draws, np.array([0.9]), memory, rate)[0]
    assert expected is None or found == pytest.approx(expected, abs=1e-12)


def test_adaptive_conformal_keeps_what_ranks_break() -> None:
    rng = np.random.default_rng(7)
    drifting = np.cumsum(np.full(260, 0.15)) + rng.normal(size=(60, 260))
    now = drifting[:, -1]
    past = drifting[:, :-1]
    assert (now <= level("conformal", past)).mean() < 0.75
    assert (now <= level("adaptive-conformal", past)).mean() >= 0.9


@pytest.mark.parametrize("p", [0.6, 0.9, 0.97])
def test_ball_around_samples_by_linear_programme(p: float) -> None:
    samples, radius = np.array([1.0, 2.0, 4.0, 7.0, 7.5]), 0.4
    found = float(level("wasserstein-samples", samples, p, radius=radius))
    for target, fits in ((found - 1e-6, True), (found + 1e-6, False)):
        cost = np.maximum(target - samples, 0.0)
        moved = scipy.optimize.linprog(cost, A_eq=[np.ones(5)], b_eq=[1 - p], bounds=[(0, 0.2)] * 5)
        assert (moved.fun <= radius) == fits
    columns = {"samples": samples, "radius": np.array(radius)}
    assert float(find("wasserstein-samples").coverage(columns, np.array(found))) == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("count", [2, 7, 41])
def test_validated_radius_by_its_definition(count: int) -> None:
    """The least radius of each held value for each level, one after the other, by the mass that must be raised to it."""
    samples = np.round(np.random.default_rng(count).gamma(2.0, 5.0, (3, count)), 1)
    folds = np.arange(count) % min(5, count)
    for row, found in zip(samples, validated_radius(samples), strict=True):
        radius = 0.0
        for p in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975, 0.99):
            if (count + 1.0) * p > count + 1e-9:
                continue
            needed = []
            for k, held in enumerate(row):
                others = np.sort(row[folds != folds[k]])[::-1]
                mass = np.clip(1.0 - p - np.arange(len(others)) / len(others), 0.0, 1.0 / len(others))
                needed.append(float(mass @ np.maximum(held - others, 0.0)))
            rank = min(max(int(np.ceil((count + 1.0) * p - 1e-9)), 1), count)
            radius = max(radius, sorted(needed)[rank - 1])
        assert found == pytest.approx(radius, rel=1e-9, abs=1e-12)


def test_ranks_are_those_of_sorted_values() -> None:
    rows = np.round(np.random.default_rng(3).normal(size=(4, 30)), 1)
    for place in (
        np.asarray(7.0),
        np.full(4, 28.0),
        np.array([0.0, 3.0, 29.0, 12.0]),
        np.array([[1.0], [5.0]]),
    ):
        index = np.broadcast_to(place, np.broadcast_shapes(place.shape, (4,))).astype(int)
        sorted_rows = np.broadcast_to(np.sort(rows, axis=1), (*index.shape, 30))
        expected = np.take_along_axis(sorted_rows, index[..., None], axis=-1)[..., 0]
        np.testing.assert_array_equal(pick_ranked(rows, place), expected)


def test_validated_radius_covers_what_was_held_out() -> None:
    samples = np.random.default_rng(8).gamma(3.0, 10.0, 60)
    radius = float(validated_radius(samples))
    folds, kept = np.arange(60) % 5, 0
    for fold in range(5):
        at = level("wasserstein-samples", samples[folds != fold], 0.95, radius=radius)
        kept += int((samples[folds == fold] <= at + 1e-9).sum())
    assert kept >= np.ceil(0.95 * 61)
    shrunk = [
        level("wasserstein-samples", samples[folds != f], p, radius=0.98 * radius)
        for p in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975)
        for f in range(5)
    ]
    short = [
        sum(int((samples[folds == f] <= shrunk[5 * k + f]).sum()) for f in range(5)) < np.ceil(p * 61)
        for k, p in enumerate((0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975))
    ]
    assert any(short), "a smaller radius covers as much"


def test_scenario_is_the_order_statistic_for_one_decision() -> None:
    draws = np.random.default_rng(9).normal(size=300)
    one = level("order-statistic", draws, 0.95, confidence=0.9)
    assert level("scenario", draws, 0.95, confidence=0.9) == one
    assert level("scenario", draws, 0.95, confidence=0.9, decisions=5) > one
    with pytest.raises(PlanningError, match="too few samples"):
        level("scenario", draws[:60], 0.95, confidence=0.9, decisions=5)


def test_scenario_sizes_are_the_least() -> None:
    assert scenario_size(0.95, 0.95) == 59
    for decisions in (1, 3, 10):
        n = scenario_size(0.9, 0.99, decisions)
        tail = scipy.stats.binom(n, 0.1).cdf(decisions - 1), scipy.stats.binom(n - 1, 0.1).cdf(decisions - 1)
        assert tail[0] <= 0.01 < tail[1]
        assert violation_bound(n, 0.99, decisions) <= 0.1 < violation_bound(n - 1, 0.99, decisions)
    assert violation_bound(5, 0.9, decisions=8) == 1.0


def test_wait_and_judge_solves_its_equation() -> None:
    from math import comb

    n, beta = 60, 1e-3
    before = 0.0
    for k in (0, 1, 4, 20, 59):
        bound = wait_and_judge(n, k, 1 - beta)
        t = 1.0 - bound
        left = beta / (n + 1) * sum(comb(m, k) * t ** (m - k) for m in range(k, n + 1))
        assert left == pytest.approx(comb(n, k) * t ** (n - k), rel=1e-6)
        assert bound > before
        before = bound
    assert wait_and_judge(n, n, 0.9) == 1.0
    with pytest.raises(PlanningError) as caught:
        wait_and_judge(5, 6, 0.9)
    assert caught.value.diagnostics[0].code == "U540"


def test_prediction_covers_the_next_normal_value() -> None:
    samples = np.random.default_rng(10).normal(10.0, 2.0, (40_000, 8))
    at = find("prediction").effective(samples[:, :7].mean(1), samples[:, :7].std(1, ddof=1), 0.9, dof=6)
    assert (samples[:, 7] <= at).mean() == pytest.approx(0.9, abs=0.006)
