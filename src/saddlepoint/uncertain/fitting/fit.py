"""From a history to a law of its next value, and to the buffer that its promise can rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import PlanningError, extra
from saddlepoint.uncertain import normal
from saddlepoint.uncertain.buffers import find
from saddlepoint.uncertain.fitting.candidates import best, candidates
from saddlepoint.uncertain.fitting.pattern import SIGNIFICANT, pattern
from saddlepoint.uncertain.fitting.values import Fit, FittedLaw, History, Outlier, TimePattern

REFUTED: Final = 0.05
"""A law whose goodness of fit has a smaller p-value is not used."""
CLOSE: Final = 2.0
"""A Normal law that is behind by no more (AICc) is preferred: what its estimated moments cost is known exactly."""
SHORT: Final = 50
"""From fewer values the parameters of a skewed or heavy law are too uncertain to promise with."""
FIXED: Final = 500
"""From so many values on, parameters of a positive law are as good as known."""
_FAR: Final = 0.01
_HEAVY: Final = 2.5
"""Degrees of freedom of a Student-t below which one wild value is the likelier explanation."""


def fit(
    history: History | Sequence[float] | Array,
    season: int | None = None,
    promise: float = 0.95,
    seed: int = 0,
) -> Fit:
    """The laws that a history allows for its next value, and the buffer to promise with.

    history: values in order of time, oldest first, or a History; season: values per season (None: looked for, 1:
    none); promise: the probability that is to be promised, which decides how many values a rank needs; seed: of the
    bootstrap. Trend, season and memory are taken out where they are significant at 1 %; laws are fitted to what the
    next value may be. PlanningError U002 (a promise outside (0, 1)), U541, U542; UsageError X131 without statsmodels.
    """
    if not 0.0 < promise < 1.0:
        text = f"a promise of {promise:g} is outside (0, 1)"
        fix = "Give a probability such as 0.95."
        raise PlanningError.of("U002", text, fix=fix)
    given = history if isinstance(history, History) else History(values=np.asarray(history, dtype=np.float64))
    if season is not None:
        given = replace(given, season=season)
    with extra("fit"):
        import_module("statsmodels")
    taken = pattern(given)
    likely = taken.likely
    found = candidates(likely, counted=not taken.removed, seed=seed) if np.ptp(likely) > 0.0 else ()
    law = best(found, REFUTED, CLOSE) if taken.stable >= SIGNIFICANT else None
    light = next((c for c in found if c.law != "student-t"), None)
    outliers = _outliers(given, taken, light if law is None or _explains_all(law) else law)
    buffer, parameters, reason = _recommended(given, taken, found, law, promise)
    return Fit(
        history=given,
        pattern=taken,
        candidates=found,
        outliers=outliers,
        law=law,
        buffer=buffer,
        parameters=parameters,
        reason=reason,
        mean=float(likely.mean()),
        std=float(likely.std(ddof=1)),
    )


def _recommended(
    history: History, taken: TimePattern, found: Sequence[FittedLaw], law: FittedLaw | None, promise: float
) -> tuple[str, dict[str, Any], str]:
    likely, count = taken.likely, len(history)
    moments = {"mean": float(likely.mean()), "std": float(likely.std(ddof=1))}
    ranked = count >= promise / (1.0 - promise) - 1e-9
    if not found:
        same = "trend and season say every value" if taken.removed else "all values are the same"
        return "cantelli", moments, f"{same}; nothing scatters"
    if taken.stable < SIGNIFICANT:
        why = f"the level is not constant over time (CUSUM p = {taken.stable:.2g}), so no fixed law is"
        if count >= 20:
            return "adaptive-conformal", {"samples": history.values}, f"adaptive-conformal: {why}"
        return "cantelli", moments, f"cantelli: {why}, and {count} values are too few to follow the drift"
    if law is None:
        worst = max(found, key=lambda c: c.goodness)
        why = f"every law tried is refuted (the least {worst.law}, p = {worst.goodness:.2g})"
        return _free(ranked, likely, moments, why, promise)
    why = f"{law.law} {_standing(found, law)} (goodness of fit p = {law.goodness:.2g})"
    if law.law == "normal":
        dof = {"dof": float(taken.freedom)}
        return (
            "prediction",
            {**moments, **dof},
            f"prediction: {why}; the moments are estimates from {count} values",
        )
    if count < SHORT:
        return _free(ranked, likely, moments, f"{why}, but {count} values do not fix its tail", promise)
    if law.law in ("lognormal", "gamma") and count < FIXED:
        name = f"{law.law}-prediction"
        return name, {"samples": likely}, f"{name}: {why}; its parameters are estimates from {count} values"
    return law.law, dict(law.parameters), why


def _standing(found: Sequence[FittedLaw], law: FittedLaw) -> str:
    """How a law stands among its rivals."""
    ahead = [c for c in found if c.behind < law.behind]
    if not ahead:
        rival = next((f"; next is {c.law}, {c.behind:.1f} behind" for c in found if c is not law), "")
        return f"has the least AICc{rival}"
    if all(c.goodness < REFUTED for c in ahead):
        return f"is the best that is not refuted ({', '.join(c.law for c in ahead)} fit worse in shape)"
    return f"is {law.behind:.1f} behind {ahead[0].law}, and what its estimated moments cost is known exactly"


def _free(
    ranked: bool, likely: Array, moments: Mapping[str, float], why: str, promise: float
) -> tuple[str, dict[str, Any], str]:
    """A rank where there are values enough, the moments alone where not."""
    if ranked:
        return "conformal", {"samples": likely}, f"conformal: {why}; ranks need no law"
    few = f"{len(likely)} values are fewer than a rank needs at {promise:.15g}"
    return "cantelli", dict(moments), f"cantelli: {why}, and {few}"


def _outliers(history: History, taken: TimePattern, law: FittedLaw | None) -> tuple[Outlier, ...]:
    """Values whose score one of n exceeds in a hundredth of such histories, on a robust scale.

    law: the chosen one, else the best whose tail is not heavy, as a heavy tail explains every outlier away. With a season each
    value is judged by the others, for an outlier moves the mean of its season, and with it all other values there.
    """
    if law is None:
        return ()
    scores = _scores(taken, law)
    if taken.season > 1 and law.law != "student-t":
        far = _apart(scores, taken.season)
    else:
        limit = float(normal.quantile(1.0 - 0.5 * _FAR / len(scores)))
        scores = _on_robust_scale(scores, law)
        far = {int(k): float(scores[k]) for k in np.flatnonzero(np.abs(scores) > limit)}
    return tuple(
        Outlier(place=k, time=history.time(k), value=float(history.values[k]), score=score)
        for k, score in sorted(far.items())
    )


def _scores(taken: TimePattern, law: FittedLaw) -> Array:
    """What each value says of the next one, Normal where the law holds; (n,)."""
    if law.law in ("student-t", "normal"):
        return taken.likely
    columns = {k: np.asarray(v) for k, v in law.parameters.items()}
    return normal.quantile(np.clip(find(law.law).coverage(columns, taken.likely), 1e-15, 1.0 - 1e-15))


def _on_robust_scale(scores: Array, law: FittedLaw) -> Array:
    """Scores in median deviations about their median, of a Student-t in those of a Normal; 0 where most are the same."""
    from statsmodels.robust.scale import mad

    scale = float(mad(scores))
    if not scale > 0.0:
        return np.zeros(len(scores))
    scores = (scores - np.median(scores)) / scale
    if law.law != "student-t":
        return scores
    columns = {k: np.asarray(v) for k, v in law.parameters.items()} | {
        "mean": np.zeros(()),
        "std": np.ones(()),
    }
    reached = find("student-t").coverage(columns, scores * _wide(columns))
    return normal.quantile(np.clip(reached, 1e-15, 1.0 - 1e-15))


def _apart(scores: Array, season: int) -> dict[int, float]:
    """Place → score of the values that the others of their season do not explain, the farthest first, until none is left
    (B. Rosner, Technometrics 25 (1983) 165–172, on residuals that leave the value itself out)."""
    from scipy.stats import t as student

    left, found = np.ones(len(scores), np.bool_), dict[int, float]()
    if not np.ptp(scores) > 0.0:
        return found
    place = np.arange(len(scores)) % season
    for _ in range(len(scores) // 10):
        count = np.bincount(place, left, season)
        free = left.sum() - season - 1
        if count.min() < 2 or free < 1:
            break
        own = (count / (count - 1.0))[place]
        off = (scores - (np.bincount(place, left * scores, season) / count)[place]) * left
        rest = np.maximum(((off**2).sum() - off**2 * own) / free, (1e-9 * np.ptp(scores)) ** 2)
        apart = off * np.sqrt(own) / np.sqrt(rest)
        k = int(np.argmax(np.abs(apart)))
        if 2.0 * float(student.sf(abs(apart[k]), free)) * left.sum() >= _FAR:
            break
        found[k], left[k] = float(apart[k]), False
    return found


def _explains_all(law: FittedLaw) -> bool:
    """Whether a law's tail is so heavy that it has no variance to speak of, as one wild value makes it."""
    return law.law == "student-t" and float(law.parameters["dof"]) < _HEAVY


def _wide(columns: Mapping[str, Array]) -> float:
    """The Normal-consistent median deviation of a Student-t of unit variance."""
    level = find("student-t").quantile(
        {**columns, "mean": np.zeros(()), "std": np.ones(())}, np.asarray(0.75)
    )
    return float(level) / 0.6744897501960817
