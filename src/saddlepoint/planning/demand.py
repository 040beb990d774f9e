"""An uncertain demand and the level that covers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from typing import Any

import numpy as np

from saddlepoint.errors import NOWHERE, Diagnostic, PlanningError
from saddlepoint.uncertain import PARAMETERS, Buffer, find


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """A demand to be covered with probability `reliability`, under what the buffer assumes of it.

    mean, std: in units (from `samples` where those are given); reliability in (0, 1); buffer: a name or alias; the
    other fields are the parameters of `uncertain.PARAMETERS`. level: D_eff, in units. PlanningError P001, U001–U006.
    """

    mean: float | None = None
    std: float | None = None
    reliability: float = 0.95
    buffer: str = "normal"
    _: KW_ONLY
    lower: float | None = None
    upper: float | None = None
    dof: float | None = None
    radius: float | None = None
    gamma1: float | None = None
    gamma2: float | None = None
    confidence: float | None = None
    parts: float | None = None
    season: float | None = None
    memory: float | None = None
    rate: float | None = None
    decisions: float | None = None
    samples: Any = None
    weights: Any = None
    level: float = field(init=False)

    def __post_init__(self) -> None:
        level = self.rule.effective(p=self.reliability, **self._checked())
        object.__setattr__(self, "level", level)

    def _checked(self) -> dict[str, Any]:
        given = self.parameters()
        if self.mean is not None and self.mean < 0.0:
            text = f"a mean demand of {self.mean:g} is negative"
            columns = self.rule.columns(**given)
            found = self.rule.findings(columns, np.asarray(self.reliability, dtype=np.float64))
            raise PlanningError([Diagnostic("P001", text, NOWHERE, why="", fix="Give μ ≥ 0."), *found])
        return given

    def parameters(self) -> dict[str, Any]:
        """Every parameter by name, None where it was not given."""
        return {name: getattr(self, name) for name in PARAMETERS}

    @property
    def rule(self) -> Buffer:
        """The record of the buffer."""
        return find(self.buffer)

    def columns(self) -> Mapping[str, Any]:
        """The parameters that the buffer reads, as arrays."""
        return self.rule.columns(**self.parameters())

    def coverage(self, level: float) -> float:
        """The probability guaranteed at a level under the assumption."""
        return float(self.rule.coverage(self.columns(), np.asarray(level, dtype=np.float64)))

    def but(self, **changes: Any) -> Demand:
        """The same demand with other numbers or another buffer."""
        return replace(self, **changes)

    def __str__(self) -> str:
        shown = [f"{f.name}={getattr(self, f.name):g}" for f in fields(self) if _is_number(self, f.name)]
        return f"{self.buffer}: " + ", ".join(shown)


def _is_number(demand: Demand, name: str) -> bool:
    return name != "level" and isinstance(getattr(demand, name), int | float)
