"""An uncertain demand and the level that covers it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, replace
from typing import Any

import numpy as np

from saddlepoint.errors import NOWHERE, Diagnostic, PlanningError
from saddlepoint.records import dataclass
from saddlepoint.uncertain import Buffer, Parameters, find


@dataclass(frozen=True, slots=True, eq=False)
class Demand(Parameters):
    """A demand to be covered with probability `reliability`, under what the buffer assumes of it.

    mean, std: in units (from `samples` where those are given); reliability in (0, 1); buffer: a name or alias; the
    other fields are the parameters of buffers. level: D_eff, in units. PlanningError P001, U001–U006.
    """

    reliability: float = 0.95
    buffer: str = "normal"
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
        given = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "level"}
        shown = [f"{name}={value:g}" for name, value in given.items() if isinstance(value, int | float)]
        return f"{self.buffer}: " + ", ".join(shown)
