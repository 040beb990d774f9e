"""Trend, season and memory of a history, each only where it is significant."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import extra
from saddlepoint.uncertain.fitting.terms import TimeTerms, all_alike, trend_columns
from saddlepoint.uncertain.fitting.values import History, TimePattern

SIGNIFICANT: Final = 0.01
ROUNDS: Final = 3
"""Seasons that a history must hold for one to be looked for."""
PERIODS: Final = (4, 7, 12, 24, 52)
"""Seasons that are looked for where none is named: quarters, days of a week, months, hours, weeks."""


def pattern(history: History, significance: float = SIGNIFICANT) -> TimePattern:
    """The pattern of a history, by least squares.

    Season: F-test of its effects beside a line (over several periods: Bonferroni). Trend: t-test with errors robust
    to autocorrelation (Newey–West). Memory: Ljung–Box over ten lags, then the coefficient of an AR(1). Constancy:
    CUSUM of the errors (Brown, Durbin, Evans 1975). All by statsmodels.
    """
    with extra("fit"):
        import statsmodels.api as sm
        from statsmodels.stats.diagnostic import acorr_ljungbox, breaks_cusumolsresid

    values, count = history.values, len(history)
    if float(np.ptp(values)) == 0.0:
        return _constant(values)
    season, season_p = _season(sm, history, significance)
    line = sm.OLS(values, trend_columns(count, season, True)).fit(
        cov_type="HAC", cov_kwds={"maxlags": max(1, math.floor(4 * (count / 100) ** (2 / 9)))}
    )
    trend = bool(line.pvalues[0] < significance)
    rows = trend_columns(count, season, trend)
    plain = sm.OLS(values, rows).fit()
    ahead = trend_columns(count + 1, season, trend, count)[-1]
    used, errors = rows.shape[1], np.asarray(plain.resid)
    exact = all_alike(errors, values)
    errors = np.zeros(count) if exact else errors
    memory_p = (
        float("nan")
        if exact
        else float(acorr_ljungbox(errors, lags=[min(10, count // 4)])["lb_pvalue"].iloc[0])
    )
    memory = _memory(errors) if memory_p < significance else 0.0
    forecast = float(ahead @ plain.params) + memory * float(errors[-1])
    fitted = np.asarray(plain.fittedvalues) + memory * np.r_[0.0, errors[:-1]]
    left = errors if exact else values - fitted
    if memory:
        used, left = used + 1, np.r_[left[0] * math.sqrt(max(1.0 - memory**2, 1e-6)), left[1:]]
    places = np.asarray(plain.params)[int(trend) :]
    return TimePattern(
        slope=float(plain.params[0]) / max(count - 1, 1) if trend else 0.0,
        slope_error=float(line.bse[0]) / max(count - 1, 1),
        slope_p=float(line.pvalues[0]),
        season=season,
        effects=places - places.mean(),
        season_p=season_p,
        memory=memory,
        memory_p=memory_p,
        fitted=fitted,
        errors=left,
        forecast=forecast,
        freedom=max(count - used, 1),
        reach=1.0 + float(ahead @ plain.normalized_cov_params @ ahead),
        stable=1.0 if exact else float(breaks_cusumolsresid(left, ddof=used)[1]),
    )


def terms_of(history: History) -> TimeTerms:
    """The terms that are significant in a history."""
    found = pattern(history)
    return TimeTerms(season=found.season, trend=found.slope != 0.0, memory=found.memory != 0.0)


def _constant(values: Array) -> TimePattern:
    nan, zeros = float("nan"), np.zeros(len(values))
    return TimePattern(
        slope=0.0, slope_error=nan, slope_p=nan, season=1, effects=np.zeros(1), season_p=nan, memory=0.0,
        memory_p=nan, fitted=values.copy(), errors=zeros, forecast=float(values[0]), freedom=len(values) - 1,
        reach=1.0, stable=1.0,
    )  # fmt: skip


def _season(sm: Any, history: History, significance: float) -> tuple[int, float]:
    """The season and the p-value of its effects; 1 where none is significant."""
    count = len(history)
    wanted = PERIODS if history.season is None else (history.season,)
    tried = [m for m in wanted if 1 < m <= count // ROUNDS]
    values = history.values / np.abs(history.values).max()
    plain = sm.OLS(values, trend_columns(count, 1, True)).fit()
    found = [(_of_effects(sm.OLS(values, trend_columns(count, m, True)).fit(), plain), m) for m in tried]
    if not found:
        return 1, float("nan")
    p, best = min(found)
    p = min(1.0, p * len(tried))
    return (best if p < significance else 1), p


def _of_effects(full: Any, plain: Any) -> float:
    """The p-value of effects of a season; a fit that leaves nothing has no F, and shows them where the line alone leaves something."""
    if float(full.ssr) > 0.0:
        return float(full.compare_f_test(plain)[1])
    return 1.0 if all_alike(np.asarray(plain.resid), np.asarray(plain.model.endog)) else 0.0


def _memory(errors: Array) -> float:
    """Coefficient of an AR(1) through 0."""
    from statsmodels.tsa.ar_model import AutoReg

    return float(np.clip(AutoReg(errors, lags=1, trend="n").fit().params[0], -0.99, 0.99))
