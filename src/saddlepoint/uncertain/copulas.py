"""How quantities come together: ranks of copulas that are fitted to values observed together."""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import PlanningError, extra

LEAST_SEEN: Final = 10
"""Times at which values were observed together; fewer tell nothing of how."""


def ranks_of_normal(correlation: Array, draws: int, seed: int) -> Array:
    """Ranks (draws, m) of a Gaussian copula with a correlation matrix, which may be singular."""
    from scipy.special import ndtr

    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = np.random.default_rng(seed).normal(size=(draws, len(correlation)))
    return np.asarray(ndtr(normal @ root.T), dtype=np.float64)


def ranks_seen(way: str, history: Array, draws: int, seed: int) -> Array:
    """Ranks (draws, m) of a `gaussian` or `vine` copula of a history (n, m).

    PlanningError U546 (fewer than 10 rows, a value that is no number); UsageError X131 for a vine without pyvinecopulib. Vines:
    J. Dissmann, E. C. Brechmann, C. Czado, D. Kurowicka, Comput. Stat. Data Anal. 59 (2013) 52–69.
    """
    seen = np.ascontiguousarray(history, dtype=np.float64)
    if seen.ndim != 2 or len(seen) < LEAST_SEEN or not np.isfinite(seen).all():
        text = (
            f"a copula cannot be fitted to values of {len(seen)} times"
            if np.isfinite(seen).all()
            else "a value seen together is no number"
        )
        fix = f"Give values that were observed together at {LEAST_SEEN} times or more."
        raise PlanningError.of("U546", text, fix=fix)
    return _ranks_seen(way, seen.tobytes(), seen.shape, draws, seed)


def vines_can_be_fitted() -> bool:
    """Whether pyvinecopulib is installed."""
    return find_spec("pyvinecopulib") is not None


def _correlation(scores: Array) -> Array:
    """Correlation (m, m) of Normal scores (n, m); 0 with a quantity that never changed."""
    std = scores.std(axis=0)
    normed = (scores - scores.mean(axis=0)) / np.where(std > 0.0, std, 1.0)
    found = normed.T @ normed / len(scores)
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


@lru_cache(maxsize=4)
def _ranks_seen(way: str, told: bytes, shape: tuple[int, ...], draws: int, seed: int) -> Array:
    """One fit serves every scenario, way and explanation that has the same values."""
    seen = np.frombuffer(told, dtype=np.float64).reshape(shape)
    if way == "gaussian":
        from scipy.special import ndtri
        from scipy.stats import rankdata

        ranks = rankdata(seen, axis=0) / (len(seen) + 1.0)
        return ranks_of_normal(_correlation(ndtri(ranks)), draws, seed)
    with extra("fit"):
        import pyvinecopulib as vine

    fitted: Any = vine.Vinecop.from_data(vine.to_pseudo_obs(seen))
    sample: Any = getattr(fitted, "sample", None) or fitted.simulate  # its name before pyvinecopulib 1.0
    return np.asarray(sample(draws, seeds=[seed + 1]), dtype=np.float64)
