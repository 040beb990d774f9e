"""What a promised level costs against what came."""

from __future__ import annotations

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.planning import Fleet


class Prices:
    """Money for what is produced and for what is short: of a fleet, or per unit."""

    def __init__(self, fleet: Fleet | None, unit: float, short: float) -> None:
        self._fleet, self._unit, self._short = fleet, unit, short

    @classmethod
    def of(cls, fleet: Fleet | None, unit: float, short: float | None, promise: float, mean: float) -> Prices:
        """Prices of a fleet (its marginal cost at the mean demand), or of one unit."""
        if fleet is not None:
            unit = float(fleet.supply.price_at([float(np.clip(mean, 0.0, fleet.capacity))])[0])
        return cls(fleet, unit, unit / (1.0 - promise) if short is None else short)

    def cost(self, level: Array, actual: Array) -> Array:
        """Production up to the level (to capacity where that is less), and what is short of the actual demand."""
        made = np.maximum(level, 0.0)
        if self._fleet is None:
            spent = self._unit * made
        else:
            made = np.minimum(made, self._fleet.capacity)
            spent = np.asarray(self._fleet.supply.cost_at(made)) + self._fleet.fixed_cost
        return spent + self._short * np.maximum(actual - made, 0.0)
