"""What a fit takes and gives: a history, the pattern in it, candidate laws, outliers, a recommendation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.errors import PlanningError
from saddlepoint.records import dataclass

LEAST: Final = 8
"""Fewer values than this are no history."""
LEAST_JUDGED: Final = 32
"""Values with which a back-test needs no further choices: 20 to begin with, 12 that judge."""
LARGEST: Final = 1e153
"""Of values, and of one over them."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class History:
    """Observed values of one quantity in order of time, oldest first.

    values: (n,); times: their labels, or none; name: of the quantity; season: values per season, None = look for one;
    source: the file, for provenance; remark: what a reader of its numbers should know, or "". PlanningError U541 (fewer than
    LEAST values), U542 (a value is not finite, or its square has no float).
    """

    values: Array
    times: tuple[str, ...] = ()
    name: str = "demand"
    season: int | None = None
    source: str = ""
    remark: str = ""

    def __post_init__(self) -> None:
        if self.values.ndim != 1 or len(self.values) < LEAST:
            text = f"the history of {self.name!r} has {self.values.size} values; {LEAST} are the least"
            fix = (
                f"Give {LEAST} values or more for a fit, {LEAST_JUDGED} for a back-test; where rows of several quantities "
                "stand below each other, name the column that tells them apart (`by=COLUMN`)."
            )
            raise PlanningError.of("U541", text, fix=fix)
        odd = np.flatnonzero(~np.isfinite(self.values))
        if len(odd):
            text = f"value {int(odd[0]) + 1} of the history of {self.name!r} is not a finite number"
            fix = "Fill the gap or leave the period out."
            raise PlanningError.of("U542", text, fix=fix)
        size = np.abs(self.values)
        wild = np.flatnonzero((size > LARGEST) | ((size > 0) & (size < 1 / LARGEST)))
        if len(wild):
            text = f"value {int(wild[0]) + 1} of the history of {self.name!r} is {self.values[wild[0]]:g}"
            why = (
                f"squares of numbers beyond {LARGEST:g}, or below {1 / LARGEST:g}, are none that 64 bits hold"
            )
            fix = "Give the values in another unit."
            raise PlanningError.of("U542", text, why=why, fix=fix)

    def __len__(self) -> int:
        return len(self.values)

    def time(self, place: int) -> str:
        """The label of a value, its number where there are no labels."""
        return self.times[place] if self.times else str(place + 1)

    def until(self, count: int) -> History:
        """The first `count` values."""
        return replace(self, values=self.values[:count], times=self.times[:count])


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TimePattern:
    """What of a history follows from time: a straight line, a season, the error before.

    slope: units per period, 0 where none is significant; season: values per season, 1 = none; effects: (season,) about
    their mean; memory: how much of an error carries over to the next value (AR(1)), 0 where none; the p-values are
    those of the tests that decided (NaN where not tested). fitted, errors: (n,), errors with the first one as it is
    found; forecast: of the next value; reach: 1 + its leverage; freedom: number of values less what was estimated;
    stable: p-value of constancy over time (CUSUM of the errors).
    """

    slope: float
    slope_error: float
    slope_p: float
    season: int
    effects: Array
    season_p: float
    memory: float
    memory_p: float
    fitted: Array
    errors: Array
    forecast: float
    freedom: int
    reach: float
    stable: float

    @property
    def removed(self) -> bool:
        """Whether anything was taken out."""
        return self.slope != 0.0 or self.season > 1 or self.memory != 0.0

    @property
    def likely(self) -> Array:
        """What the next value may be: the forecast plus each error, widened by what the fit used up; (n,)."""
        errors = self.errors - (self.errors.mean() if self.removed else 0.0)
        wide = np.sqrt(self.reach * len(errors) / self.freedom) if self.removed else 1.0
        return self.forecast + wide * errors


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedLaw:
    """One law fitted by maximum likelihood.

    parameters, errors: by name (`mean`, `std`, `dof`), with standard errors (NaN where the likelihood is flat there);
    aicc: Akaike's criterion for small samples; behind: how far it is above the best; goodness: p-value of
    Anderson–Darling (Cramér–von Mises for counts) under the law with estimated parameters, by parametric bootstrap.
    """

    law: str
    parameters: Mapping[str, float]
    errors: Mapping[str, float]
    aicc: float
    behind: float
    goodness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlier:
    """A value that its law would bring less than once in a hundred such histories.

    place: from 0; score: in robust standard deviations of a Normal scale.
    """

    place: int
    time: str
    value: float
    score: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit:
    """What is known of the next value of a history.

    candidates: the best first; law: the chosen one, None where every law is refuted; buffer, parameters: what to
    promise with, as `Demand` takes it; reason: why, in a sentence; mean, std: of the next value.
    """

    history: History
    pattern: TimePattern
    candidates: tuple[FittedLaw, ...]
    outliers: tuple[Outlier, ...]
    law: FittedLaw | None
    buffer: str
    parameters: Mapping[str, Any]
    reason: str
    mean: float
    std: float

    def row(self) -> dict[str, Any]:
        """The row of an uncertain table: distribution and its numbers; Cantelli's moments where no law holds."""
        if self.law is None:
            return {"distribution": "cantelli", "mean": self.mean, "std": self.std}
        return {"distribution": self.law.law, **self.law.parameters}

    def provenance(self) -> dict[str, Any]:
        """Where the row comes from: source, size, span, tests, law and rivals."""
        history, pattern = self.history, self.pattern
        return {
            "name": history.name,
            "source": history.source,
            **({"remark": history.remark} if history.remark else {}),
            "values": len(history),
            "first": history.time(0),
            "last": history.time(len(history) - 1),
            "slope": pattern.slope,
            "season": pattern.season,
            "memory": pattern.memory,
            "stable_p": pattern.stable,
            "candidates": {c.law: {"aicc": c.aicc, "goodness_p": c.goodness} for c in self.candidates},
            "outliers": [o.time for o in self.outliers],
            "buffer": self.buffer,
            "reason": self.reason,
            **self.row(),
        }
