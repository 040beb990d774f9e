"""Several statistics as one test of exact size: the least of their p-values, ranked among those of simulated histories."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.records import dataclass

_ENTRIES = 1_000_000
"""Values simulated at once."""


def _draws(count: int) -> int:
    """Histories of a table: 10,000 short ones, 2,000 long ones."""
    return max(2_000, min(10_000, 2_000_000 // count))


@dataclass(frozen=True, slots=True, eq=False)
class NullTable:
    """Statistics of histories of which the assumption holds: ordered (k, m), and the least p-values of each, ordered (m,).

    weights: (k,) by which p-values are divided before the least is taken.
    """

    ordered: Array
    least: Array
    weights: Array

    @classmethod
    def of(
        cls,
        statistics: Callable[[Array], Array],
        draw: Callable[[int], Array],
        count: int,
        weights: Sequence[float] | None = None,
    ) -> NullTable:
        """statistics: rows (r, n) → (r, k); draw: r → rows of which the assumption holds; count: n."""
        many, step = _draws(count), max(1, _ENTRIES // count)
        parts = [statistics(draw(min(step, many - k))) for k in range(0, many, step)]
        found = np.concatenate(parts, axis=0)
        ordered = np.sort(found.T, axis=1)
        scale = np.ones(len(ordered)) if weights is None else np.asarray(weights, dtype=np.float64)
        return cls(ordered, np.sort((_above(ordered, found) / scale).min(axis=1) / (1.0 + many)), scale)

    def test(self, found: Array) -> tuple[Array, Index]:
        """(r, k) statistics → p-values (r,) of all of them together, and which of them says most.

        With m simulated histories, P(p ≤ α) ≤ α exactly where the histories are drawn as those of the table.
        """
        each = (1.0 + _above(self.ordered, found)) / (1.0 + len(self.least)) / self.weights
        below = np.searchsorted(self.least, each.min(axis=1) + 1e-12, side="right")
        return (1.0 + below) / (1.0 + len(self.least)), np.argmin(each, axis=1)


def _above(ordered: Array, found: Array) -> Array:
    """How many of the table are at or above each statistic; (r, k)."""
    count = ordered.shape[1]
    return np.stack(
        [count - np.searchsorted(row, found[:, k] - 1e-12) for k, row in enumerate(ordered)], axis=1
    ).astype(np.float64)
