"""What the values say against the assumption of a buffer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.promises import exchangeable, shape
from saddlepoint.promises.rolling import tail_dof
from saddlepoint.records import dataclass
from saddlepoint.uncertain import find, normal
from saddlepoint.uncertain.fitting.candidates import goodness
from saddlepoint.uncertain.fitting.terms import TimeTerms

ORDER: Final = 0.01
SHAPE: Final = 0.05
"""Chances with which an assumption that holds is doubted: that the order says nothing, and that the law is the one named."""
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
    """What speaks most against an assumption, with its p-value."""

    p: float
    reason: str

    def __str__(self) -> str:
        return f"{self.reason} (p {'< 0.001' if self.p < 1e-3 else f'= {self.p:.3f}'})"


def order_objection(values: Array, terms: TimeTerms) -> Objection | None:
    """What the order of values says, or of what the terms leave of them; None where they are all the same."""
    left = values if terms.plain else terms.errors(values)
    if float(np.ptp(left)) == 0.0:
        return None
    p, which = exchangeable.p_of_order(left[None, :], terms.season, terms.trend)
    return Objection(p=float(p[0]), reason=exchangeable.REASONS[int(which[0])])


def shape_objections(
    values: Array, laws: Iterable[str], promise: float, seed: int = 0
) -> dict[str, Objection]:
    """What speaks against each law by name."""
    out: dict[str, Objection] = {}
    rng = np.random.default_rng(seed)
    step = steps_too_wide(values[None, :], promise)[0]
    for law in dict.fromkeys(laws):
        whole = find(law).whole
        if step and not whole:
            out[law] = Objection(p=0.0, reason=f"they come in steps of {shape.step_of(values):.4g}")
        elif law in shape.LAWS:
            p, which = shape.p_of_shape(law, values[None, :])
            bad = law != "normal" and not (values > 0.0).all()
            out[law] = Objection(p=float(p[0]), reason=NOT_POSITIVE if bad else shape.REASONS[int(which[0])])
        else:
            fixed = {"dof": tail_dof(values)} if law == "student-t" else {}
            out[law] = Objection(p=goodness(law, values, fixed, rng), reason=shape.REASONS[0])
    return out


def steps_too_wide(rows: Array, promise: float) -> Array:
    """Whether values come in steps so wide that half of one moves what a level covers by more than STEP; (r,)."""
    density = float(normal.density(normal.quantile(np.asarray(promise))))
    steps = np.array([shape.step_of(row) for row in rows])
    std = np.maximum(rows.std(axis=1), 1e-300)
    return 0.5 * steps / std * density > STEP


def doubts(buffer: str, order: Objection | None, laws: Mapping[str, Objection]) -> str:
    """What speaks against the assumption of a buffer, each at its chance of being wrong; "" if nothing does."""
    found: list[str] = []
    if buffer not in FOLLOWING and order is not None and order.p <= ORDER:
        what = "errors" if buffer in LINED else "values"
        found.append(f"{what} are not exchangeable: {order}")
    law = LAW_OF.get(buffer, "")
    if law in laws and laws[law].p <= SHAPE:
        found.append(f"the values are not {law}: {laws[law]}")
    return "; ".join(found)
