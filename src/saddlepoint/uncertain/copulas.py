"""How quantities come together: ranks of copulas that are fitted to values observed together."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import extra


def ranks_of_normal(correlation: Array, draws: int, seed: int) -> Array:
    """Ranks (draws, m) of a Gaussian copula with a correlation matrix, which may be singular."""
    from scipy.special import ndtr

    values, vectors = np.linalg.eigh(correlation)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = np.random.default_rng(seed).normal(size=(draws, len(correlation)))
    return np.asarray(ndtr(normal @ root.T), dtype=np.float64)


def ranks_seen(way: str, history: Array, draws: int, seed: int) -> Array:
    """Ranks (draws, m) of a `gaussian` or `vine` copula of a history (n, m); UsageError X131 without pyvinecopulib.

    Vines: J. Dissmann, E. C. Brechmann, C. Czado, D. Kurowicka, Comput. Stat. Data Anal. 59 (2013) 52–69.
    """
    seen = np.ascontiguousarray(history, dtype=np.float64)
    return _ranks_seen(way, seen.tobytes(), seen.shape, draws, seed)


@lru_cache(maxsize=4)
def _ranks_seen(way: str, told: bytes, shape: tuple[int, ...], draws: int, seed: int) -> Array:
    """One fit serves every scenario, way and explanation that has the same values."""
    seen = np.frombuffer(told, dtype=np.float64).reshape(shape)
    if way == "gaussian":
        from scipy.special import ndtri
        from scipy.stats import rankdata

        ranks = rankdata(seen, axis=0) / (len(seen) + 1.0)
        return ranks_of_normal(np.corrcoef(ndtri(ranks), rowvar=False), draws, seed)
    with extra("fit"):
        import pyvinecopulib as vine

    fitted: Any = vine.Vinecop.from_data(vine.to_pseudo_obs(seen))
    sample: Any = getattr(fitted, "sample", None) or fitted.simulate  # its name before pyvinecopulib 1.0
    return np.asarray(sample(draws, seeds=[seed + 1]), dtype=np.float64)
