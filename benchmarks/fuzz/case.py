"""A model in matrices with its known answer: natural numbers, units, truth; the batch that is handed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from saddlepoint.algebra.structure import Batch, Cone, Pattern, Structure
from saddlepoint.arrays import Array, Mask

INF = np.inf


@dataclass(frozen=True)
class Numbers:
    """One scenario in natural units, dense: min ½xᵀPx + qᵀx + r, l ≤ Ax ≤ u, lb ≤ x ≤ ub, Fx + g in cones."""

    P: Array
    q: Array
    r: float
    A: Array
    l: Array
    u: Array
    lb: Array
    ub: Array
    F: Array
    g: Array


@dataclass(frozen=True)
class Units:
    """What one natural unit is called: a row's, a column's, a cone row's, the objective's."""

    rows: Array
    columns: Array
    blocks: Array
    objective: float = 1.0

    @classmethod
    def plain(cls, numbers: Numbers) -> Units:
        return cls(np.ones(len(numbers.l)), np.ones(len(numbers.q)), np.ones(len(numbers.g)))


@dataclass(frozen=True)
class Truth:
    """What must come out: status, objective in natural units (without r), and the witness it was made from.

    Witness of an optimum: plan x, prices y, z, w; of an infeasible one: y, z, w; of an unbounded one: x a feasible plan and z the ray.
    """

    status: str
    objective: float = np.nan
    x: Array = field(default_factory=lambda: np.zeros(0))
    y: Array = field(default_factory=lambda: np.zeros(0))
    z: Array = field(default_factory=lambda: np.zeros(0))
    w: Array = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class Scenario:
    numbers: Numbers
    units: Units
    truth: Truth


@dataclass(frozen=True)
class Case:
    """Scenarios of one structure. flavours: words for the report."""

    scenarios: tuple[Scenario, ...]
    integer: Mask
    cones: tuple[Cone, ...] = ()
    flavours: tuple[str, ...] = ()

    def batch(self) -> Batch:
        """The batch in the units of the scenarios; numbers that no scenario changes are shared."""
        given = [in_units(s.numbers, s.units) for s in self.scenarios]
        n, m = len(given[0].q), len(given[0].l)
        P, p = pattern([np.triu(x.P) for x in given], (n, n))
        A, a = pattern([x.A for x in given], (m, n))
        F, f = pattern([x.F for x in given], (len(given[0].g), n))
        vectors = {k: shared([getattr(x, k) for x in given]) for k in ("q", "l", "u", "lb", "ub", "g")}
        r = shared([np.array([x.r]) for x in given])
        return Batch(
            structure=Structure(P=P, A=A, F=F, cones=self.cones, integer=self.integer),
            size=len(given),
            P=p,
            r=r,
            A=a,
            F=f,
            **vectors,
        )

    def only(self, positions: Sequence[int]) -> Case:
        """The same model with these scenarios only."""
        return replace(self, scenarios=tuple(self.scenarios[k] for k in positions))

    def mapped(self, change: Callable[[Scenario], Scenario]) -> Case:
        """The same model with every scenario changed."""
        return replace(self, scenarios=tuple(change(s) for s in self.scenarios))


def in_units(numbers: Numbers, units: Units) -> Numbers:
    """Natural numbers as they are called: x_j = column unit × natural x_j, and so on."""
    R, C, B, O = units.rows, units.columns, units.blocks, units.objective
    return Numbers(
        O * numbers.P / np.outer(C, C),
        O * numbers.q / C,
        O * numbers.r,
        R[:, None] * numbers.A / C,
        R * numbers.l,
        R * numbers.u,
        C * numbers.lb,
        C * numbers.ub,
        B[:, None] * numbers.F / C,
        B * numbers.g,
    )


def pattern(matrices: Sequence[Array], shape: tuple[int, int]) -> tuple[Pattern, Array]:
    """The union of the non-zeros and their values, (1|S, nnz)."""
    there = np.zeros(shape, np.bool_)
    for matrix in matrices:
        there |= matrix != 0
    columns, rows = np.nonzero(there.T)
    indptr = np.searchsorted(columns, np.arange(shape[1] + 1)).astype(np.int32)
    values = [matrix[rows, columns] for matrix in matrices]
    return Pattern(shape, indptr, rows.astype(np.int32)), shared(values)


def shared(rows: Sequence[Array]) -> Array:
    """Rows as one array, a single row where all are equal."""
    stacked = np.array(rows, dtype=np.float64).reshape(len(rows), -1)
    return stacked[:1] if (stacked == stacked[:1]).all() else stacked
