"""What the values say against the assumption of a buffer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.promises import draws, exchangeable, shape
from saddlepoint.promises.drift import FALSE
from saddlepoint.promises.judges import CONFIDENCE, limits
from saddlepoint.promises.rolling import tail_dof
from saddlepoint.records import dataclass
from saddlepoint.uncertain import find, normal
from saddlepoint.uncertain.fitting.candidates import goodness
from saddlepoint.uncertain.fitting.terms import TimeTerms, all_alike

FALSE_WORD: Final = 0.09
"""Chance that anything is said against a buffer whose assumption holds: a doubt, `broken`, an alarm."""
DOUBT: Final = FALSE_WORD - FALSE - 0.5 * (1.0 - CONFIDENCE)
"""The least of it that is left to doubts: that the order says something, or that values are no draws of a law."""
STEP: Final = 0.01
"""A step of the values that moves what a level covers by more than this is none of a law without steps."""
FOLLOWING: Final = frozenset({"adaptive-conformal", "weighted-conformal"})
"""Buffers made for values that change over time."""
LINED: Final = frozenset({"split-conformal", "cross-conformal"})
"""Buffers that take a line and a season out themselves."""
LAW_OF: Final[Mapping[str, str]] = {
    **dict.fromkeys(("normal", "prediction", "tolerance"), "normal"),
    **dict.fromkeys(("lognormal", "lognormal-prediction"), "lognormal"),
    **dict.fromkeys(("gamma", "gamma-prediction"), "gamma"),
    **{name: name for name in ("student-t", "poisson", "negative-binomial")},
}
"""Buffer → the law that it takes the values for."""
NOT_POSITIVE: Final = "some are not positive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """What speaks most against an assumption, with its p-value; of_order: whether it is the order of the values."""

    p: float
    reason: str
    of_order: bool = False

    def __str__(self) -> str:
        return f"{self.reason} (p {'< 0.001' if self.p < 1e-3 else f'= {self.p:.3f}'})"


def order_objection(values: Array, terms: TimeTerms) -> Objection | None:
    """What the order of values says, or of what the terms leave of them; None where they are all the same."""
    left = values if terms.plain else terms.errors(values)
    if all_alike(left, values):
        return None
    p, which = exchangeable.p_of_order(left[None, :], terms.season, terms.trend)
    return Objection(p=float(p[0]), reason=exchangeable.REASONS[int(which[0])], of_order=True)


def law_objections(
    values: Array, laws: Iterable[str], promise: float, terms: TimeTerms | None = None
) -> dict[str, Objection]:
    """What speaks against each law by name: that values (of which terms may leave errors) are independent draws of it."""
    rng = np.random.default_rng(0)
    left = values if terms is None or terms.plain else terms.errors(values) + values.mean()
    step = steps_too_wide(left[None, :], promise)[0]
    return {law: _law_objection(law, left, bool(step), terms, rng) for law in dict.fromkeys(laws)}


def _law_objection(
    law: str, left: Array, step: bool, terms: TimeTerms | None, rng: np.random.Generator
) -> Objection:
    if step and not find(law).whole:
        return Objection(p=0.0, reason=f"they come in steps of {shape.step_of(left):.4g}")
    if law not in shape.LAWS:
        fixed = {"dof": tail_dof(left)} if law == "student-t" else {}
        return Objection(p=goodness(law, left, fixed, rng), reason="the values do not follow it")
    season, trend = (1, False) if terms is None else (terms.season, terms.trend)
    p, which = draws.p_of_draws(law, left[None, :], season, trend)
    if law != "normal" and not (left > 0.0).all():
        return Objection(p=0.0, reason=NOT_POSITIVE)
    most = int(which[0])
    return Objection(
        p=float(p[0]), reason=draws.reasons_against(law)[most], of_order=draws.of_order(law, most)
    )


def steps_too_wide(rows: Array, promise: float) -> Array:
    """Whether values come in steps so wide that half of one moves what a level covers by more than STEP; (r,)."""
    density = float(normal.density(normal.quantile(np.asarray(promise))))
    steps = np.array([shape.step_of(row) for row in rows])
    std = np.maximum(rows.std(axis=1), 1e-300)
    return 0.5 * steps / std * density > STEP


def doubt_chance(buffer: str, judges: int, promise: float) -> float:
    """The chance of a false doubt: what a verdict on so many values and an alarm leave of FALSE_WORD.

    A verdict comes in steps of one miss, so `broken` is less often false than its limits allow; of none that judges, never. Misses
    of LINED buffers come together: they have DOUBT.
    """
    if buffer in LINED:
        return DOUBT
    if judges == 0:
        return FALSE_WORD
    from scipy.special import bdtr

    most = int((limits(np.arange(judges + 1), judges)[1] < promise).sum()) - 1
    broken = 0.0 if most < 0 else float(bdtr(most, judges, promise))
    return FALSE_WORD - FALSE - broken


def doubts(buffer: str, order: Objection | None, laws: Mapping[str, Objection], false: float = DOUBT) -> str:
    """What speaks against the assumption of a buffer, all at a chance of `false` of being wrong; "" if nothing does."""
    law = laws.get(LAW_OF.get(buffer, ""))
    together = law is not None and LAW_OF[buffer] in shape.LAWS
    chance = false if law is None or together else 0.5 * false
    found = [] if together or order is None or buffer in FOLLOWING else [order]
    found += [] if law is None else [law]
    return "; ".join(_told(buffer, one) for one in found if one.p <= chance)


def _told(buffer: str, one: Objection) -> str:
    if one.of_order:
        return f"{'errors' if buffer in LINED else 'values'} are not exchangeable: {one}"
    return f"the values are not {LAW_OF[buffer]}: {one}"
