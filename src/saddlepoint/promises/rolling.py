"""The level of every buffer at every origin, from what was known then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.uncertain import Buffer, find

ORDERED: Final = frozenset({"split-conformal", "cross-conformal", "weighted-conformal", "adaptive-conformal"})
"""Buffers that see the values as they came, in order of time; the others what the next value may be."""
CONFIDENCE: Final = 0.9


def levels_of(
    buffer: Buffer,
    pasts: Sequence[Array],
    likelies: Sequence[Array],
    promise: float,
    given: Mapping[str, Any],
) -> Array:
    """(T,) levels, NaN where the past does not suffice; pasts, likelies: what is known at each origin."""
    if buffer.kind == "sample" and "samples" in buffer.needs:
        seen = pasts if buffer.name in ORDERED else likelies
        return np.array([_of_values(buffer, values, promise, given) for values in seen])
    columns = _columns(buffer, likelies, given)
    if any(name not in columns for name in buffer.needs):
        return np.full(len(pasts), np.nan)
    p = np.full(len(pasts), promise)
    bad = np.zeros(len(pasts), dtype=bool)
    with np.errstate(all="ignore"):
        for requirement in buffer.requirements:
            bad |= ~np.asarray(requirement.holds(columns, p), dtype=bool)
        level = np.asarray(buffer.quantile(columns, p), dtype=np.float64)
    return np.where(bad | ~np.isfinite(level), np.nan, level)


def _of_values(buffer: Buffer, values: Array, promise: float, given: Mapping[str, Any]) -> float:
    columns = {
        "samples": values,
        **{k: np.asarray(float(v)) for k, v in given.items() if k in buffer.optional},
    }
    if "confidence" in buffer.needs:
        columns["confidence"] = np.asarray(float(given.get("confidence", CONFIDENCE)))
    p = np.asarray(promise)
    with np.errstate(all="ignore"):
        if not all(bool(np.all(r.holds(columns, p))) for r in buffer.requirements):
            return float("nan")
        return float(buffer.quantile(columns, p))


def _columns(buffer: Buffer, likelies: Sequence[Array], given: Mapping[str, Any]) -> dict[str, Array]:
    """Moments of each past; degrees of freedom by its size, of a Student-t by its fourth moment; the rest as given."""
    columns = {
        "mean": np.array([v.mean() for v in likelies]),
        "std": np.array([v.std(ddof=1) for v in likelies]),
        "confidence": np.full(len(likelies), float(given.get("confidence", CONFIDENCE))),
        "dof": np.array([len(v) - 1.0 for v in likelies]),
    }
    if buffer.name == "student-t" and "dof" not in given:
        columns["dof"] = np.array([tail_dof(v) for v in likelies])
    more = {k: np.full(len(likelies), float(v)) for k, v in given.items() if np.ndim(v) == 0}
    read = {*buffer.needs, *buffer.optional}
    return {k: v for k, v in {**columns, **more}.items() if k in read}


def tail_dof(values: Array) -> float:
    """Degrees of freedom of a Student-t with this kurtosis, between 2.5 and 100."""
    centred = values - values.mean()
    size = float(np.abs(centred).max(initial=0.0))
    if size == 0.0:
        return 100.0
    squares = np.square(centred / size)
    excess = float(np.square(squares).mean()) / float(squares.mean()) ** 2 - 3.0
    return float(np.clip(4.0 + 6.0 / excess, 2.5, 100.0)) if excess > 0.0625 else 100.0


def usable(names: Sequence[str], given: Mapping[str, Any], values: Array) -> dict[str, str]:
    """Buffers that cannot be tested on these values, with the reason: parameters that no past gives, laws of counts."""
    known = {"mean", "std", "dof", "confidence", "samples", *given}
    counts = bool((values == np.floor(values)).all() and (values >= 0.0).all())
    out: dict[str, str] = {}
    for name in names:
        lacks = [n for n in find(name).needs if n not in known]
        if lacks:
            out[name] = "needs " + ", ".join(lacks)
        elif find(name).whole and not counts:
            out[name] = "the values are no counts"
    return out
