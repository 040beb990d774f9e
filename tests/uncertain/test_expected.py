"""Expected sales, shortage and overage: closed forms against quadrature, sums and linear programmes."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.integrate
import scipy.stats

from saddlepoint.errors import PlanningError
from saddlepoint.uncertain import BUFFERS, Buffer, expected, find
from tests.uncertain.test_buffers import FULL, _columns, _moment_lp, _parts, _unimodal_parts

MU, SIGMA, NU = 300.0, 30.0, 5.0
LOG_S = math.sqrt(math.log1p((SIGMA / MU) ** 2))
LAWS = {
    "normal": scipy.stats.norm(MU, SIGMA),
    "student-t": scipy.stats.t(NU, MU, SIGMA * math.sqrt((NU - 2) / NU)),
    "lognormal": scipy.stats.lognorm(LOG_S, scale=MU * math.exp(-0.5 * LOG_S**2)),
    "gamma": scipy.stats.gamma((MU / SIGMA) ** 2, scale=SIGMA**2 / MU),
}
COUNTS = {
    "poisson": scipy.stats.poisson(MU),
    "negative-binomial": scipy.stats.nbinom(MU**2 / (SIGMA**2 - MU), MU / SIGMA**2),
}
LEVELS = (-10.0, 0.0, 150.0, 249.5, 300.0, 317.25, 349.35, 420.0, 900.0)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("level", LEVELS)
def test_laws_by_quadrature(name: str, level: float) -> None:
    found = expected(find(name), _columns(find(name)), level)
    top, law = 9_000.0, LAWS[name]
    known = np.unique(np.clip([level, 250.0, 300.0, 350.0, 500.0, 1_000.0, top], level, top))
    short = sum(
        scipy.integrate.quad(law.sf, a, b, epsabs=1e-12, epsrel=1e-13, limit=400)[0]
        for a, b in itertools.pairwise(known)
    )
    short += scipy.integrate.quad(law.sf, top, np.inf, epsabs=1e-13)[0]
    assert float(found.short) == pytest.approx(short, abs=1e-9)
    assert float(found.sold + found.short) == pytest.approx(MU, abs=1e-9)
    assert float(found.over) == pytest.approx(level - MU + short, abs=1e-9)
    assert float(found.cycle) == pytest.approx(law.cdf(level), abs=1e-9)


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize("level", LEVELS)
def test_counts_by_sums(name: str, level: float) -> None:
    found = expected(find(name), _columns(find(name)), level)
    k = np.arange(0, 4_000)
    short = math.fsum(np.maximum(k - level, 0.0) * COUNTS[name].pmf(k))
    assert float(found.short) == pytest.approx(short, abs=1e-9)


def test_fill_rate_is_above_cycle_service() -> None:
    found = expected(
        find("normal"), {"mean": np.array(300.0), "std": np.array(30.0)}, [300.0, 349.345608808544]
    )
    np.testing.assert_allclose(found.cycle, [0.5, 0.95], atol=1e-12)
    np.testing.assert_allclose(found.fill, [1 - 0.1 / math.sqrt(2 * math.pi), 1 - 0.1 * 0.0208924], atol=1e-7)


@pytest.mark.parametrize("name", ["cantelli", "symmetric", "unimodal-symmetric", "unimodal"])
@pytest.mark.parametrize("level", [-1.2, -0.4, 0.0, 0.3, 0.9, 2.5])
def test_worst_shortage_of_a_family_by_linear_programme(name: str, level: float) -> None:
    grid = np.linspace(-9.0, 9.0, 721)
    gain = np.maximum(grid - level, 0.0)
    groups = (
        [_unimodal_parts(grid, mode) for mode in np.searchsorted(grid, np.linspace(-1.7, 1.7, 23)).tolist()]
        if name == "unimodal"
        else [_parts(name, grid)]
    )
    worst = -np.inf
    for group in groups:
        parts = np.array(group)
        moments = [parts.sum(axis=1), parts @ grid, parts @ grid**2]
        worst = max(worst, _moment_lp(grid, moments, [1.0, 0.0, 1.0], parts @ gain))
    columns = {"mean": np.zeros(()), "std": np.ones(())}
    assert float(expected(find(name), columns, level).short) == pytest.approx(worst, abs=0.006)


@pytest.mark.parametrize("buffer", [b for b in BUFFERS if b.shortage and b.cvar], ids=lambda b: b.name)
def test_closed_forms_agree_with_the_tails(buffer: Buffer) -> None:
    from saddlepoint.uncertain.expected import _by_tails

    if buffer.whole:
        pytest.skip("the tails of whole numbers have kinks")
    levels = np.array([180.0, 290.0, 310.0, 349.0, 420.0])
    columns = _columns(buffer)
    searched = _by_tails(buffer, columns, levels)
    np.testing.assert_allclose(buffer.shortage(columns, levels), searched, rtol=1e-6, atol=1e-6)


def test_families_without_a_closed_form_bound_their_members() -> None:
    normal = float(expected(find("normal"), _columns(find("normal")), 340.0).short)
    for name in ("sub-gaussian", "moments", "wasserstein", "hoeffding", "bernstein"):
        assert float(expected(find(name), _columns(find(name)), 340.0).short) >= normal
    free = find("moments").columns(**{**FULL, "gamma1": 0.0, "gamma2": 1.0})
    cantelli = expected(find("cantelli"), _columns(find("cantelli")), 340.0).short
    assert float(expected(find("moments"), free, 340.0).short) == pytest.approx(float(cantelli), rel=1e-9)


def test_ranks_say_nothing_of_the_tail() -> None:
    with pytest.raises(PlanningError) as caught:
        expected(find("conformal"), {"samples": np.arange(30.0)}, 3.0)
    assert caught.value.diagnostics[0].code == "U007"
