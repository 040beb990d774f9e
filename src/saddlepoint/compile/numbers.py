"""Numbers of data variables for chosen scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.expr.node import Variable
from saddlepoint.labels import Domain
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a problem reads: flat numbers of its tables, for some scenarios.

    flat: table key → numbers in the order of the table's domain. scenarios: the problem's scenario domain; which:
    flat positions in it, shape (S,). current: hybrid table → its numbers for these scenarios, shape
    (S, cells within one scenario), where they are exchanged rather than stored.
    """

    flat: Mapping[str, Array]
    scenarios: Domain
    which: Index
    current: Mapping[str, Array]

    @property
    def size(self) -> int:
        return len(self.which)

    def codes(self) -> Mapping[str, Index]:
        """Split set → item position of every scenario, shape (S,)."""
        if not self.scenarios.axes:
            return {}
        codes = np.unravel_index(self.which, self.scenarios.shape)
        return dict(zip(self.scenarios.names, codes, strict=True))

    def of(self, variable: Variable) -> Array:
        """The numbers of one variable, shape (S | 1, *facts.shape); they may be the table's own: not to be changed."""
        if variable.table in self.current:
            return self.current[variable.table][:, variable.place.array]
        flat = self.flat[variable.table]
        if not variable.strides:
            values = variable.cells.of(flat)
            return np.broadcast_to(values, values.shape)
        codes = self.codes()
        offset = np.zeros(self.size, dtype=np.int64)
        for name, stride in variable.strides:
            offset += codes[name] * stride
        cells = variable.cells.array
        return flat[offset.reshape((-1,) + (1,) * cells.ndim) + cells]

    def take(self, part: Index) -> Numbers:
        """The same for some of the scenarios (positions in `which`)."""
        current = {key: values[part] for key, values in self.current.items()}
        return replace(self, which=self.which[part], current=current)

    def exchange(self, current: Mapping[str, Array]) -> Numbers:
        """The same with newer numbers of hybrid tables."""
        return replace(self, current={**self.current, **current})
