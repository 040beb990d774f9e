"""A way to make a scenario feasible, and what a person wishes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Final, Literal

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.labels import Domain
from saddlepoint.records import dataclass

NO_UNIT: Final = ("", "-", "1", "%", "p.u.")
"""Units of what may be a share; numbers with another unit are none, whatever their size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Cells of one table (or column of a distribution) that move by one amount each, or all by one factor.

    cells: flat positions within one scenario, in `domain`; before, after: (k,) their numbers; shared: whether the table has these
    numbers in all scenarios.
    """

    table: str
    column: str
    domain: Domain
    cells: Index
    before: Array
    after: Array
    unit: str = ""
    shared: bool = True

    @property
    def amounts(self) -> Array:
        return self.after - self.before

    @property
    def parts(self) -> Array:
        """The amounts beside the numbers before, NaN where these are 0."""
        with np.errstate(all="ignore"):
            return np.where(self.before != 0, self.amounts / np.abs(self.before), np.nan)

    @property
    def passes_one(self) -> bool:
        """Whether numbers without a unit that lie between 0 and 1, as shares and efficiencies do, grow beyond 1."""
        share = self.unit in NO_UNIT and bool(((self.before > 0) & (self.before < 1)).all())
        return share and bool((self.after > 1).any())


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """One way to make a scenario feasible. kind: cell by cell, or one factor for a table; least: whether no smaller change of these
    data does it (before rounding); verified: whether the scenario was solved with the changed data and has a certified plan;
    objective: what it is then, NaN where it was not asked; size: the sum of the changes, each beside its number, weighted;
    unlikely: by which repairs are ordered, the likeliest first (`study/diagnosis/suspects.py`)."""

    changes: tuple[Change, ...]
    kind: Literal["cells", "factor"]
    least: bool
    verified: bool
    objective: float
    size: float
    unlikely: float

    @property
    def passes_one(self) -> bool:
        """Whether a change makes a share of something more than all of it, if it is a share."""
        return any(change.passes_one for change in self.changes)

    @property
    def order(self) -> tuple[bool, float]:
        """The likeliest first; last what makes a share more than all of it."""
        return self.passes_one, self.unlikely

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(c.table for c in self.changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairWishes:
    """What may be changed. protected: tables that stay; only: tables that may be changed (empty = all); weights: table → how dear a
    change is (1 = as the others)."""

    protected: Collection[str] = ()
    only: Collection[str] = ()
    weights: Mapping[str, float] = field(default_factory=dict[str, float])

    def allow(self, table: str) -> bool:
        return table not in self.protected and (not self.only or table in self.only)
