"""What a batch kernel hands back: arrays over scenarios, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.records import dataclass


class Outcome(IntEnum):
    """What a kernel made of one scenario; everything but DONE goes to a solver or to the proof of the claim."""

    DONE = 0
    INFEASIBLE = 1
    UNBOUNDED = 2
    LIMIT = 3
    INACCURATE = 4
    NOT_CONVEX = 5
    CROSSED = 6
    NOT_CONVERGED = 7
    CYCLE = 8

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES: Mapping[Outcome, str] = {
    Outcome.DONE: "Done: a vertex or face with prices of the right sign.",
    Outcome.INFEASIBLE: "No point satisfies all rows and bounds; (y, z) is a Farkas vector.",
    Outcome.UNBOUNDED: "The objective falls without end along x.",
    Outcome.LIMIT: "The limit of pivots was reached.",
    Outcome.INACCURATE: "The residuals on the original data stayed too large, or the data are not finite.",
    Outcome.NOT_CONVEX: "The quadratic form has a negative eigenvalue.",
    Outcome.CROSSED: "A lower side lies above its upper side.",
    Outcome.NOT_CONVERGED: "The exchanged values still moved at the last sweep.",
    Outcome.CYCLE: "The sweeps repeat a sequence of points.",
}

LOWER, BASIC, UPPER, ZERO = 0, 1, 2, 3
FIXED = 4
"""Beside them, while a kernel works: a variable that is not basic and whose sides are one. It never enters; its multiplier is free."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Status of every column (n,) and row (m,), int8: LOWER 0, BASIC 1, UPPER 2, ZERO 3 (the codes of HiGHS).

    A basic row is one whose activity lies between its sides. For quadratic problems BASIC says "between its
    bounds" and the number of basic entries is free; for linear ones it is m.
    """

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    @classmethod
    def slack(cls, n: int, m: int) -> Basis:
        """The basis of all rows: columns at a bound, every row free."""
        return cls(np.zeros(n, np.int8), np.ones(m, np.int8))

    @property
    def codes(self) -> NDArray[np.int8]:
        """Columns, then rows, length n + m."""
        return np.concatenate([self.columns, self.rows]).astype(np.int8)


class KernelAnswer(NamedTuple):
    """Answers of a kernel to S scenarios, always of the minimisation, signs as in `Solution`.

    x: (S, n); y: (S, m); z: (S, n); objective, iterations (pivots), outcome (int8, values of Outcome): (S,);
    basis: int8 (S, n + m), codes of columns then rows; w: (S, rows of cones). An INFEASIBLE scenario holds its Farkas vector in (y, z, w)
    and an UNBOUNDED one its ray in x; where there is nothing the numbers are NaN. A named tuple, because compiled
    code takes those.
    """

    x: Array
    y: Array
    z: Array
    objective: Array
    iterations: Index
    outcome: NDArray[np.int8]
    basis: NDArray[np.int8]
    w: Array

    @classmethod
    def blank(cls, size: int, n: int, m: int, rows: int = 0) -> KernelAnswer:
        """NaN everywhere, for a kernel to fill."""
        return cls(
            x=np.full((size, n), np.nan),
            y=np.full((size, m), np.nan),
            z=np.full((size, n), np.nan),
            objective=np.full(size, np.nan),
            iterations=np.zeros(size, np.int64),
            outcome=np.full(size, Outcome.LIMIT, np.int8),
            basis=np.zeros((size, n + m), np.int8),
            w=np.full((size, rows), np.nan),
        )

    def part(self, scenarios: slice) -> KernelAnswer:
        """The answers of some scenarios, as views: what is written into them is written here."""
        return KernelAnswer(
            x=self.x[scenarios],
            y=self.y[scenarios],
            z=self.z[scenarios],
            objective=self.objective[scenarios],
            iterations=self.iterations[scenarios],
            outcome=self.outcome[scenarios],
            basis=self.basis[scenarios],
            w=self.w[scenarios],
        )

    @property
    def done(self) -> Mask:
        """Which scenarios are solved, (S,)."""
        return self.outcome == Outcome.DONE

    def basis_of(self, scenario: int) -> Basis:
        """The final basis of one scenario, to start others from."""
        n = self.x.shape[1]
        return Basis(self.basis[scenario, :n].copy(), self.basis[scenario, n:].copy())
