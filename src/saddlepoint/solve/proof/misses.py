"""Which rows, bounds and whole numbers a plan breaks, by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A row or bound that a plan breaks: kind is "row", "bound" or "whole number"; relative: to the row's own terms and side."""

    kind: str
    name: str
    value: float
    side: float
    relative: float

    def __str__(self) -> str:
        digits = 9 if f"{self.value:.9g}" != f"{self.side:.9g}" else 17
        if self.kind == "whole number":
            return f"{self.name} = {self.value:.{digits}g} is no whole number"
        sign = "<" if self.value < self.side else ">"
        row, equals = ("row ", ":") if self.kind == "row" else ("", " =")
        what = f"{row}{self.name}{equals} {self.value:.{digits}g} {sign} {self.side:.{digits}g}"
        return f"{what}, off by {abs(self.value - self.side):.3g} ({self.relative:.1e} of its size)"


def rows_broken(
    batch: Batch, x: Array, columns: Sequence[str], rows: Sequence[str], tolerance: float
) -> tuple[Miss, ...]:
    """Every row, bound and integrality that x (n,) breaks by more than the tolerance, relative to its own size.

    A row's size: its largest term and side; a column's: its number and bound, and what its rows could hold of it.
    """
    s = batch.structure
    terms = batch.row("A", 0) * x[s.A.columns()]
    value = np.zeros(s.m, np.longdouble)
    np.add.at(value, s.A.indices, terms.astype(np.longdouble))
    size = np.zeros(s.m)
    np.maximum.at(size, s.A.indices, np.abs(terms))
    for side in (batch.row("l", 0), batch.row("u", 0)):
        size = np.maximum(size, np.where(np.isfinite(side), np.abs(side), 0.0))
    own = np.abs(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        holds = np.where(batch.row("A", 0) != 0, size[s.A.indices] / np.abs(batch.row("A", 0)), 0.0)
    np.maximum.at(own, s.A.columns(), holds)
    found = [
        *_outside("row", value.astype(float), batch.row("l", 0), batch.row("u", 0), size, rows, tolerance),
        *_outside("bound", x, batch.row("lb", 0), batch.row("ub", 0), own, columns, tolerance),
    ]
    off = np.where(s.integer, np.abs(x - np.round(x)), 0.0)
    found += [
        Miss(
            kind="whole number",
            name=columns[j],
            value=float(x[j]),
            side=float(np.round(x[j])),
            relative=float(off[j]),
        )
        for j in np.flatnonzero(off > tolerance).tolist()
    ]
    return tuple(sorted(found, key=lambda m: -m.relative))


def _outside(
    kind: str, value: Array, low: Array, high: Array, size: Array, names: Sequence[str], tolerance: float
) -> list[Miss]:
    side = np.where(value < low, low, high)
    miss = np.maximum(0.0, np.maximum(low - value, value - high))
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.maximum(size, np.where(np.isfinite(side), np.abs(side), 0.0))
        relative = np.where(miss > 0, miss / np.where(scale > 0, scale, 1.0), 0.0)
    return [
        Miss(
            kind=kind, name=names[i], value=float(value[i]), side=float(side[i]), relative=float(relative[i])
        )
        for i in np.flatnonzero(relative > tolerance).tolist()
    ]
