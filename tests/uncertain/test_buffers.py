"""Buffers: published values, worst cases by linear programmes, inverses, simulation, refusals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.errors import DataError, PlanningError
from saddlepoint.errors.codes import CODES
from saddlepoint.expr.operators.statistics import COLUMNS
from saddlepoint.uncertain import (
    BUFFERS,
    Buffer,
    coverage_rows,
    cvar_rows,
    find,
    floor_rows,
    ladder,
    mean_rows,
    names,
    parameters,
    quantile_rows,
    std_rows,
    wasserstein_cvar,
    wasserstein_quantile,
)

# Parameters under which every buffer that has no samples can be applied.
FULL = {
    "mean": 300.0,
    "std": 30.0,
    "lower": 150.0,
    "upper": 600.0,
    "dof": 5.0,
    "radius": 4.0,
    "gamma1": 0.05,
    "gamma2": 1.3,
    "confidence": 0.9,
}
DRAWS = np.random.default_rng(1).gamma(20.0, 15.0, 400)
LEVELS = [0.05, 0.3, 0.5, 0.6, 0.7, 0.8, 5 / 6, 0.9, 0.95, 0.99, 0.999]
CONTINUOUS = [b for b in BUFFERS if not b.whole and b.kind != "sample"]


def _columns(buffer: Buffer) -> dict[str, np.ndarray]:
    return dict(buffer.columns(**FULL, samples=DRAWS))


def _ids(buffer: Buffer) -> str:
    return buffer.name


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("normal", 349.345608808544),
        ("unimodal-symmetric", 363.2455532033676),
        ("unimodal", 384.2614977317635),
        ("symmetric", 394.8683298050514),
        ("cantelli", 430.7669683062202),
        ("sub-gaussian", 373.4324049204245),
        ("student-t", 346.8254927503269),
        ("lognormal", 351.7369767143583),
        ("gamma", 350.9914033384874),
    ],
)
def test_published_ladder(name: str, level: float) -> None:
    found = {rung.buffer.name: rung.level for rung in ladder(300.0, 30.0, 0.95, dof=5)}
    assert found[name] == pytest.approx(level, abs=1e-9)


def test_other_branches() -> None:
    def k(name: str, p: float) -> float:
        return find(name).effective(0.0, 1.0, p)

    assert k("unimodal", 0.7) == pytest.approx(math.sqrt(3 * 0.7 / 1.9))
    assert k("unimodal", 5 / 6) == pytest.approx(math.sqrt(5 / 3))
    assert k("unimodal-symmetric", 0.7) == pytest.approx(math.sqrt(3) * 0.4)
    assert k("unimodal-symmetric", 5 / 6) == pytest.approx(2 / math.sqrt(3))
    assert k("unimodal-symmetric", 0.4) == 0.0
    assert k("symmetric", 0.5) == 0.0
    assert k("symmetric", 0.75) == pytest.approx(math.sqrt(2))
    assert find("moments").effective(0, 1, 0.9, gamma1=0.0, gamma2=1.0) == pytest.approx(3.0)
    assert find("wasserstein").effective(0, 1, 0.9, radius=0.0) == pytest.approx(3.0)


@pytest.mark.parametrize("buffer", CONTINUOUS, ids=_ids)
def test_coverage_is_the_inverse_of_the_level(buffer: Buffer) -> None:
    columns = _columns(buffer)
    for p in LEVELS:
        level = buffer.quantile(columns, np.asarray(p))
        reached = float(buffer.coverage(columns, level))
        flat = buffer.name in ("symmetric", "unimodal-symmetric") and p < 0.5
        capped = buffer.name in ("hoeffding", "bernstein", "support") and level >= 600.0
        if flat or capped:
            assert reached >= p
        else:
            assert reached == pytest.approx(p, abs=1e-9)


@pytest.mark.parametrize("buffer", BUFFERS, ids=_ids)
def test_level_rises_with_reliability_and_coverage_with_level(buffer: Buffer) -> None:
    columns = _columns(buffer)
    p = np.linspace(0.02, 0.99, 98)
    levels = buffer.quantile(columns, p)
    assert levels.shape == p.shape
    assert (np.diff(levels) >= -1e-9).all()
    reached = buffer.coverage(columns, np.linspace(100.0, 700.0, 200))
    assert ((reached >= 0.0) & (reached <= 1.0) & np.isfinite(reached)).all()
    assert (np.diff(reached) >= -1e-9).all()


@pytest.mark.parametrize("buffer", [b for b in BUFFERS if b.draw is not None], ids=_ids)
def test_laws_by_simulation(buffer: Buffer) -> None:
    columns, count = _columns(buffer), 400_000
    drawn = buffer.draw(columns, (count,), np.random.default_rng(7))
    assert buffer.std is not None
    mean, std = float(buffer.mean(columns)), float(buffer.std(columns))
    assert drawn.mean() == pytest.approx(mean, abs=5 * std / math.sqrt(count))
    assert drawn.std() == pytest.approx(std, rel=0.02)
    for p in (0.1, 0.5, 0.9, 0.99):
        level = float(buffer.quantile(columns, np.asarray(p)))
        share = (drawn <= level).mean()
        tolerance = 5 * math.sqrt(p * (1 - p) / count)
        assert share == pytest.approx(float(buffer.coverage(columns, np.asarray(level))), abs=tolerance)
        assert share >= p - tolerance
        if buffer.whole:
            assert float(buffer.coverage(columns, np.asarray(level - 1.0))) < p
        worst = np.sort(drawn)[-round((1 - p) * count) :]
        assert float(buffer.cvar(columns, np.asarray(p))) == pytest.approx(worst.mean(), rel=2e-3)


@pytest.mark.parametrize("buffer", [b for b in BUFFERS if b.cvar is not None], ids=_ids)
def test_cvar_is_the_mean_of_higher_quantiles(buffer: Buffer) -> None:
    columns = _columns(buffer)
    for p in (0.3, 0.6, 0.9, 0.97):
        nodes, weights = np.polynomial.legendre.leggauss(400)
        tail = 0.5 * (1 - p)
        grid = 1.0 - tail * 2 * (0.5 * (1 - nodes)) ** 2  # crowds where the quantile is steep
        scale = 2 * (0.5 * (1 - nodes)) * weights / 2
        average = float((buffer.quantile(columns, grid) * scale).sum())
        value = float(buffer.cvar(columns, np.asarray(p)))
        assert value >= float(buffer.quantile(columns, np.asarray(p))) - 1e-9
        if buffer.kind == "law":
            assert value == pytest.approx(average, rel=2e-3 if buffer.whole else 1e-4)
        elif buffer.kind == "ambiguity":
            assert value <= average * (1 + 1e-3) + 1e-6  # one distribution cannot be worst at every level


def _moment_lp(points: np.ndarray, rows: list[np.ndarray], right: list[float], gain: np.ndarray) -> float:
    """max Σ gain·w over w ≥ 0 with moment rows · w = right."""
    from scipy.optimize import linprog

    found = linprog(-gain, A_eq=np.array(rows), b_eq=right, bounds=(0, None), method="highs")
    assert found.status == 0, found.message
    return -found.fun


def _parts(name: str, grid: np.ndarray) -> list[np.ndarray]:
    """Extreme distributions on a grid: columns are probabilities of cells (points or uniform pieces)."""
    n = len(grid)
    if name == "cantelli":
        return list(np.eye(n))
    if name == "symmetric":
        points = np.eye(n)
        return list(0.5 * (points + points[::-1])[: n // 2 + 1])
    middle = n // 2
    if name == "unimodal-symmetric":
        pieces = []
        for k in range(middle + 1):
            piece = np.zeros(n)
            piece[middle - k : middle + k + 1] = 1.0 / (2 * k + 1)
            pieces.append(piece)
        return pieces
    raise ValueError(name)


def _unimodal_parts(grid: np.ndarray, mode: int) -> list[np.ndarray]:
    pieces = []
    for k in range(len(grid)):
        piece = np.zeros(len(grid))
        low, high = min(k, mode), max(k, mode)
        piece[low : high + 1] = 1.0 / (high - low + 1)
        pieces.append(piece)
    return pieces


@pytest.mark.parametrize("name", ["cantelli", "symmetric", "unimodal-symmetric"])
@pytest.mark.parametrize("p", [0.6, 0.8, 0.95])
def test_bound_is_the_worst_case_of_its_family(name: str, p: float) -> None:
    k = find(name).effective(0.0, 1.0, p)
    grid = np.linspace(-8.0, 8.0, 1601)
    for shift, expected in ((-0.03, True), (0.03, False)):
        parts = np.array(_parts(name, grid))
        moments = [parts.sum(axis=1), parts @ grid, parts @ grid**2]
        beyond = parts @ (grid > k + shift)
        worst = _moment_lp(grid, moments, [1.0, 0.0, 1.0], beyond)
        assert (worst >= (1.0 - p) * (1 - 1e-9)) == expected, (worst, k)


@pytest.mark.parametrize("p", [0.6, 0.75, 0.9, 0.97])
def test_unimodal_bound_is_the_worst_case_over_modes(p: float) -> None:
    k = find("unimodal").effective(0.0, 1.0, p)
    grid = np.linspace(-6.0, 10.0, 641)
    below = above = 0.0
    for mode in np.searchsorted(grid, np.linspace(-1.7, 1.7, 35)).tolist():
        parts = np.array(_unimodal_parts(grid, mode))
        moments = [parts.sum(axis=1), parts @ grid, parts @ grid**2]
        below = max(below, _moment_lp(grid, moments, [1.0, 0.0, 1.0], parts @ (grid > k - 0.08)))
        above = max(above, _moment_lp(grid, moments, [1.0, 0.0, 1.0], parts @ (grid > k + 0.08)))
    assert below >= 1.0 - p > above


@pytest.mark.parametrize("name", ["cantelli", "symmetric", "unimodal-symmetric"])
@pytest.mark.parametrize("p", [0.3, 0.6, 0.8, 0.95])
def test_cvar_is_the_worst_case_of_its_family(name: str, p: float) -> None:
    expected = float(find(name).cvar({"mean": np.zeros(()), "std": np.ones(())}, np.asarray(p)))
    grid = np.linspace(-9.0, 9.0, 901)
    parts = np.array(_parts(name, grid))
    moments = [parts.sum(axis=1), parts @ grid, parts @ grid**2]
    values = [
        t + _moment_lp(grid, moments, [1.0, 0.0, 1.0], parts @ np.maximum(grid - t, 0.0)) / (1 - p)
        for t in np.linspace(expected - 3.0, expected + 1.0, 41)
    ]
    assert min(values) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("p", [0.3, 0.5, 0.7, 0.95])
def test_unimodal_cvar_is_the_worst_case_over_modes(p: float) -> None:
    expected = float(find("unimodal").cvar({"mean": np.zeros(()), "std": np.ones(())}, np.asarray(p)))
    grid = np.linspace(-6.0, 10.0, 401)
    best = -np.inf
    for mode in np.searchsorted(grid, np.linspace(-1.6, 1.6, 17)).tolist():
        parts = np.array(_unimodal_parts(grid, mode))
        moments = [parts.sum(axis=1), parts @ grid, parts @ grid**2]
        values = [
            t + _moment_lp(grid, moments, [1.0, 0.0, 1.0], parts @ np.maximum(grid - t, 0.0)) / (1 - p)
            for t in np.linspace(expected - 2.5, expected + 0.5, 16)
        ]
        best = max(best, min(values))
    assert best == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(("gamma1", "gamma2"), [(0.0, 1.0), (0.04, 1.2), (0.5, 1.0), (1.0, 1.0)])
@pytest.mark.parametrize("p", [0.6, 0.9, 0.97])
def test_moments_with_errors_by_search(gamma1: float, gamma2: float, p: float) -> None:
    shift = np.linspace(-math.sqrt(gamma1), math.sqrt(gamma1), 20_001)
    worst = (shift + math.sqrt(p / (1 - p)) * np.sqrt(np.maximum(gamma2 - shift**2, 0.0))).max()
    assert find("moments").effective(0.0, 1.0, p, gamma1=gamma1, gamma2=gamma2) == pytest.approx(
        worst, abs=1e-6
    )


@pytest.mark.parametrize("p", [0.6, 0.9, 0.97])
def test_wasserstein_by_search(p: float) -> None:
    angle = np.linspace(0, 2 * math.pi, 200_001)
    worst = (10.0 + 0.7 * np.sin(angle) + math.sqrt(p / (1 - p)) * (2.0 + 0.7 * np.cos(angle))).max()
    assert find("wasserstein").effective(10.0, 2.0, p, radius=0.7) == pytest.approx(worst, abs=1e-8)


@pytest.mark.parametrize("p", [0.4, 0.8, 0.95])
def test_support_bound_by_linear_programme(p: float) -> None:
    level = find("support").effective(3.0, None, p, lower=1.0, upper=9.0)
    grid = np.linspace(1.0, 9.0, 1601)
    for shift, expected in ((-0.02, True), (0.02, False)):
        worst = _moment_lp(grid, [np.ones(1601), grid], [1.0, 3.0], 1.0 * (grid > level + shift))
        assert (worst >= 1 - p) == (expected and level + shift < 9.0 - 1e-9)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.05, 0.95), st.integers(1, 60), st.floats(0.02, 0.999))
def test_hoeffding_and_bernstein_cover_sums_of_coins(chance: float, parts: int, p: float) -> None:
    from scipy.special import bdtr

    mean, std = parts * chance, math.sqrt(parts * chance * (1 - chance))
    for name in ("hoeffding", "bernstein"):
        level = find(name).effective(mean, std, p, lower=0.0, upper=float(parts), parts=parts)
        assert bdtr(math.floor(level + 1e-9), parts, chance) >= p - 1e-9


@settings(max_examples=60, deadline=None)
@given(st.floats(0.001, 0.999))
def test_sub_gaussian_covers_what_is_sub_gaussian(p: float) -> None:
    level = find("sub-gaussian").effective(0.0, 1.0, p)
    assert level >= find("normal").effective(0.0, 1.0, p)
    assert level >= 1.0 or p <= 0.5  # a fair coin at ±1 has variance proxy 1


def test_order_statistic_keeps_its_confidence() -> None:
    rng = np.random.default_rng(3)
    samples = rng.exponential(1.0, (4000, 100))
    levels = find("order-statistic").effective(None, None, 0.9, samples=samples, confidence=0.95)
    kept = (1.0 - np.exp(-levels) >= 0.9).mean()
    assert 0.95 - 0.01 <= kept <= 0.985
    assert (
        find("order-statistic").effective(None, None, 0.95, samples=np.arange(59.0), confidence=0.95) == 58.0
    )
    with pytest.raises(PlanningError, match="too few samples"):
        find("order-statistic").effective(None, None, 0.95, samples=np.arange(58.0), confidence=0.95)


def test_tolerance_keeps_its_confidence() -> None:
    rng = np.random.default_rng(4)
    samples = rng.normal(10.0, 2.0, (20_000, 12))
    levels = find("tolerance").effective(
        samples.mean(axis=1), samples.std(axis=1, ddof=1), 0.9, dof=11, confidence=0.8
    )
    assert (levels >= 10.0 + 2.0 * 1.2815515655446004).mean() == pytest.approx(0.8, abs=0.012)


def test_empirical_quantile_and_weights() -> None:
    rule, samples = find("empirical"), np.array([4.0, 1.0, 3.0, 2.0])
    assert [rule.effective(None, None, p, samples=samples) for p in (0.1, 0.25, 0.26, 0.75, 0.9)] == [
        1,
        1,
        2,
        3,
        4,
    ]
    assert rule.effective(None, None, 0.5, samples=samples, weights=[6.0, 1.0, 1.0, 1.0]) == 4.0
    assert float(rule.cvar({"samples": samples}, np.asarray(0.5))) == 3.5
    both = rule.effective(None, None, [0.5, 0.75], samples=np.stack([samples, 10 * samples]))
    np.testing.assert_array_equal(both, [2.0, 30.0])


@pytest.mark.parametrize("order", [1, 2])
def test_wasserstein_ball_around_samples(order: int) -> None:
    from scipy.optimize import linprog

    samples, p, radius = np.array([1.0, 2.0, 4.0, 7.0]), 0.7, 0.5
    level = wasserstein_quantile(samples, p, radius, order)
    for target, expected in ((level - 1e-6, True), (level + 1e-6, False)):
        cost = np.maximum(target - samples, 0.0) ** order
        moved = linprog(cost, A_eq=[np.ones(4)], b_eq=[1 - p], bounds=[(0, 0.25)] * 4, method="highs")
        assert (moved.fun <= radius**order) == expected
    assert wasserstein_cvar(samples, p, radius, order) >= level
    assert wasserstein_cvar(samples, p, 0.0, order) == pytest.approx((7 * 0.25 + 4 * 0.05) / 0.3)


def test_rows_with_their_own_distributions() -> None:
    columns = {
        "distribution": np.array(["normal", "Robust", "student_t", "poisson", "normal", "support"]),
        "mean": np.array([300.0, 300.0, 300.0, 4.0, 10.0, 5.0]),
        "std": np.array([30.0, 30.0, 30.0, np.nan, 0.0, np.nan]),
        "dof": np.array([np.nan, np.nan, 5.0, np.nan, np.nan, np.nan]),
        "lower": np.array([np.nan] * 5 + [0.0]),
        "upper": np.array([np.nan] * 5 + [20.0]),
    }
    levels = quantile_rows(columns, 0.95)
    np.testing.assert_allclose(levels, [349.345608808544, 430.76696830622, 346.825492750327, 8.0, 10.0, 20.0])
    np.testing.assert_allclose(
        quantile_rows(columns, [0.5, 0.8, 0.5, 0.5, 0.9, 0.5]), [300, 360, 300, 4, 10, 10]
    )
    np.testing.assert_allclose(mean_rows(columns), columns["mean"])
    first = {k: v[:5] for k, v in columns.items()}
    np.testing.assert_allclose(std_rows(first), [30, 30, 30, 2, 0])
    assert (cvar_rows(columns, 0.95) >= levels).all()
    np.testing.assert_allclose(coverage_rows(columns, levels)[[0, 1, 2, 4]], [0.95, 0.95, 0.95, 1.0])
    with pytest.raises(DataError) as caught:
        std_rows(columns)
    assert [(d.code, d.mark.line) for d in caught.value.diagnostics] == [("U007", 6)]


def test_every_wrong_row_is_found_and_located() -> None:
    columns = {
        "distribution": np.array(["normal", "nromal", "lognormal", "gamma", "normal"]),
        "mean": np.array([1.0, 1.0, -2.0, 1.0, np.nan]),
        "std": np.array([-1.0, 1.0, 1.0, 1.0, 1.0]),
    }
    with pytest.raises(DataError) as caught:
        quantile_rows(columns, np.array([0.9, 0.9, 0.9, 1.5, 0.9]))
    found = sorted((d.mark.line, d.code) for d in caught.value.diagnostics)
    assert found == [(1, "U003"), (2, "U001"), (3, "U005"), (4, "U002"), (5, "U006")]
    assert "'normal'" in next(d.fix for d in caught.value.diagnostics if d.code == "U001")


@pytest.mark.parametrize(
    ("name", "given", "code"),
    [
        ("normal", {"p": 0.0}, "U002"),
        ("normal", {"std": -1.0}, "U003"),
        ("student-t", {}, "U004"),
        ("student-t", {"dof": 2.0}, "U005"),
        ("negative-binomial", {"std": 1.0}, "U005"),
        ("hoeffding", {"lower": 5.0, "upper": 4.0}, "U005"),
        ("hoeffding", {"lower": 20.0, "upper": 40.0}, "U005"),
        ("moments", {"gamma1": 0.5, "gamma2": 0.4}, "U005"),
        ("wasserstein", {"radius": -1.0}, "U005"),
        ("tolerance", {"dof": 5.0, "confidence": 1.0}, "U005"),
        ("empirical", {"samples": [1.0, math.nan]}, "U006"),
        ("empirical", {"samples": []}, "U005"),
        ("empirical", {"samples": [1.0, 2.0], "weights": [0.0, 0.0]}, "U005"),
    ],
)
def test_refusals(name: str, given: dict[str, object], code: str) -> None:
    arguments = {"mean": 10.0, "std": 2.0, "p": 0.9, **given}
    with pytest.raises(PlanningError) as caught:
        find(name).effective(**arguments)
    assert caught.value.diagnostics[0].code == code
    assert code in CODES


def test_unknown_buffer_names_the_nearest() -> None:
    with pytest.raises(PlanningError, match="Did you mean 'lognormal'"):
        find("log_normall")


def test_the_table_of_buffers_is_complete() -> None:
    assert len(BUFFERS) == 29
    assert len(set(names())) == sum(1 + len(b.aliases) for b in BUFFERS)
    for buffer in BUFFERS:
        assert all((buffer.title, buffer.assumption, buffer.formula, buffer.source, buffer.doc, buffer.needs))
    assert find("robust") is find("chebyshev") is find("Cantelli")


def test_arrays_broadcast() -> None:
    levels = find("cantelli").effective([100.0, 200.0], np.array([[1.0], [2.0]]), 0.8)
    np.testing.assert_allclose(levels, [[102.0, 202.0], [104.0, 204.0]])


def test_floors_are_reached_with_probability_p() -> None:
    kinds = ["normal", "gamma", "poisson", "cantelli", "symmetric", "support", "bernstein", "moments"]
    columns = {name: np.full(len(kinds), value) for name, value in FULL.items()}
    columns = {**columns, "distribution": np.array(kinds), "mean": np.full(len(kinds), 300.0)}
    floors = dict(zip(kinds, floor_rows(columns, 0.9), strict=True))
    assert floors["normal"] == pytest.approx(300 - 30 * 1.2815515655446004)
    assert floors["cantelli"] == pytest.approx(300 - 30 * 3.0)
    assert floors["symmetric"] == pytest.approx(300 - 30 * math.sqrt(5))
    assert floors["support"] == pytest.approx(max(150.0, 600 - 300 / 0.1))
    assert floors["moments"] == pytest.approx(
        600 - find("moments").effective(300, 30, 0.9, gamma1=0.05, gamma2=1.3)
    )
    assert floors["bernstein"] == pytest.approx(300 - (find("bernstein").effective(0, 30, 0.9, upper=150.0)))
    rng = np.random.default_rng(0)
    for name in ("gamma", "poisson"):
        drawn = find(name).draw(_columns(find(name)), (100_000,), rng)
        assert (drawn >= floors[name]).mean() >= 0.9 - 0.005
        assert (drawn >= floors[name] + 1).mean() <= 0.9 + 0.02
    wrong = {
        "distribution": np.array(["normal", "bernstein"]),
        "mean": np.ones(2),
        "std": np.array([-1.0, 1.0]),
    }
    with pytest.raises(DataError) as caught:
        floor_rows(wrong, 0.9)
    assert [(d.code, d.mark.line) for d in caught.value.diagnostics] == [("U003", 1), ("U004", 2)]
    assert "`lower`" in caught.value.diagnostics[1].message
    samples = {"distribution": np.array(["empirical"]), "samples": np.arange(1.0, 11.0)[None, :]}
    np.testing.assert_array_equal(floor_rows(samples, 0.9), [2.0])


@pytest.mark.parametrize("buffer", [b for b in BUFFERS if b.worst is not None], ids=_ids)
@pytest.mark.parametrize("level", [310.0, 330.0, 345.0, 380.0, 450.0])
def test_the_worst_case_is_attained(buffer: Buffer, level: float) -> None:
    columns, draws = _columns(buffer), 400_000
    assert buffer.worst is not None
    values = buffer.worst(columns, np.asarray(level), draws, np.random.default_rng(11))
    spread = values.std()
    assert values.mean() == pytest.approx(300.0, abs=5 * spread / math.sqrt(draws))
    if "std" in columns:
        assert spread == pytest.approx(30.0, rel=0.02)
    probability = float(buffer.coverage(columns, np.asarray(level)))
    margin = 5 * math.sqrt(probability * (1 - probability) / draws) + 1e-12
    assert (values <= level).mean() == pytest.approx(probability, abs=margin)


def test_the_columns_of_uncertain_tables_are_what_buffers_without_draws_read() -> None:
    """Written out where formulas read them, as a model without anything uncertain loads no buffer."""
    assert parameters(b for b in BUFFERS if "samples" not in b.needs) == COLUMNS
