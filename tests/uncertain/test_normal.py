"""The Normal law of our own beside scipy's, and that it does not need scipy."""

import subprocess
import sys

import numpy as np

from saddlepoint.uncertain import normal


def test_quantile_agrees_with_scipy() -> None:
    from scipy.special import ndtri

    p = np.concatenate(
        [10.0 ** -np.arange(1.0, 300.0), np.linspace(0.001, 0.999, 997), 1 - 10.0 ** -np.arange(1.0, 15.0)]
    )
    np.testing.assert_allclose(normal.quantile(p), ndtri(p), rtol=3e-15, atol=1e-15)
    np.testing.assert_allclose([float(normal.quantile(v)) for v in p], ndtri(p), rtol=3e-15, atol=1e-15)
    edges = normal.quantile(np.array([0.0, 1.0, -0.1, 1.1]))
    np.testing.assert_array_equal(edges, [-np.inf, np.inf, np.nan, np.nan])


def test_probability_agrees_with_scipy() -> None:
    from scipy.special import ndtr

    z = np.linspace(-37.0, 9.0, 1001)
    np.testing.assert_allclose(normal.probability(z), ndtr(z), rtol=1e-12)


def test_quantile_inverts_probability() -> None:
    z = np.linspace(-30.0, 5.0, 701)
    np.testing.assert_allclose(normal.quantile(normal.probability(z)), z, rtol=1e-9)


def test_the_normal_path_does_not_load_scipy() -> None:
    program = (
        "import sys; from saddlepoint.planning import Demand, Fleet, dispatch;"
        "dispatch(Fleet.random(5, 42), Demand(300, 30, 0.95)); dispatch(Fleet.random(5, 42), Demand(300, 30, .9, 'robust'));"
        "print([m for m in ('scipy', 'pandas', 'matplotlib', 'numba', 'pydantic') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
