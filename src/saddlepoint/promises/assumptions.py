"""What the values say against the assumption of a buffer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.uncertain import find
from saddlepoint.uncertain.fitting.candidates import goodness

REFUTED: Final = 0.01
FOLLOWING: Final = frozenset({"adaptive-conformal", "weighted-conformal"})
"""Buffers made for values that change over time."""
LINED: Final = frozenset({"split-conformal", "cross-conformal"})
"""Buffers that take a line and a season out themselves."""


def order_matters(values: Array) -> dict[str, float]:
    """p-values of tests that the order of values says nothing: trend (Kendall), memory (Ljung–Box), level (CUSUM)."""
    from scipy import stats
    from statsmodels.stats.diagnostic import acorr_ljungbox, breaks_cusumolsresid

    if float(np.ptp(values)) == 0.0:
        return {}
    tested: Any = stats.kendalltau(np.arange(len(values)), values)
    lags = max(1, min(12, len(values) // 4))
    centred = values - values.mean()
    return {
        "they have a trend": float(tested.pvalue),
        "one tells of the next": float(acorr_ljungbox(centred, lags=[1])["lb_pvalue"].iloc[0]),
        "they tell of later ones": float(acorr_ljungbox(centred, lags=[lags])["lb_pvalue"].iloc[0]),
        "their level moves": float(breaks_cusumolsresid(centred, ddof=1)[1]),
    }


def shapes(values: Array, laws: Mapping[str, Mapping[str, float]], seed: int = 0) -> dict[str, float]:
    """p-values of the goodness of fit of laws, with parameters fixed beside the moments by name."""
    rng = np.random.default_rng(seed)
    out: dict[str, float] = {}
    for law, fixed in laws.items():
        positive = find(law).name in ("lognormal", "gamma")
        out[law] = 0.0 if positive and not (values > 0.0).all() else goodness(law, values, fixed, rng)
    return out


def doubts(buffer: str, order: Mapping[str, float], shape: Mapping[str, float]) -> str:
    """What speaks against the assumption of a buffer at 1 %, all tests together; "" if nothing does."""
    found: list[str] = []
    tests = {k: p * len(order) for k, p in order.items()}
    if buffer not in FOLLOWING and tests:
        reason, p = min(tests.items(), key=lambda item: item[1])
        if p < REFUTED:
            what = "errors" if buffer in LINED else "values"
            found.append(f"{what} are not exchangeable: {reason} (p {_shown(p)})")
    if buffer in shape and shape[buffer] < REFUTED:
        found.append(f"the shape is refuted (p {_shown(shape[buffer])})")
    return "; ".join(found)


def _shown(p: float) -> str:
    return "< 0.001" if p < 1e-3 else f"= {p:.3f}"
