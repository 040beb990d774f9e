"""What an operator adds to a problem: fresh columns, linear rows, cones (its epigraph or hypograph)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import KW_ONLY
from typing import Literal

import numpy as np

from saddlepoint.algebra.cells import renumber
from saddlepoint.algebra.structure import ConeKind
from saddlepoint.algebra.terms import Terms, add, columns
from saddlepoint.arrays import Index, Integers
from saddlepoint.records import dataclass

RelationSymbol = Literal["==", "<=", ">="]


@dataclass(frozen=True, slots=True)
class Rows:
    """Each cell of `terms` (+ `more`, − `less`: further summands of the same shape; `less` holds no column) ==, <= or >= 0."""

    terms: Terms
    symbol: RelationSymbol
    more: tuple[Terms, ...] = ()
    _: KW_ONLY
    less: tuple[Terms, ...] = ()


@dataclass(frozen=True, slots=True)
class Cones:
    """Each row of `terms`, an array of shape (N, k), lies in one cone of size k."""

    kind: ConeKind
    terms: Terms
    alpha: float = 0.5


@dataclass(frozen=True, slots=True)
class Graph:
    """An array of terms with what must hold for them.

    fresh: the first column still free; rows, cones and the new columns that must be whole accumulate from the leaves
    upwards.
    """

    value: Terms
    fresh: int
    rows: tuple[Rows, ...] = ()
    cones: tuple[Cones, ...] = ()
    _: KW_ONLY
    whole: tuple[Integers, ...] = ()

    @property
    def is_bare(self) -> bool:
        """Whether the array is all there is."""
        return not (self.rows or self.cones or self.whole)


def new_columns(shape: tuple[int, ...], fresh: int) -> tuple[Terms, int]:
    """An array of new columns, and the next free one."""
    size = math.prod(shape)
    return columns(shape, fresh + np.arange(size, dtype=np.int64)), fresh + size


def stack(parts: Sequence[Terms]) -> Terms:
    """Arrays of shape (N, k₁), (N, k₂), … side by side: (N, k₁ + k₂ + …)."""
    n = parts[0].shape[0]
    width = sum(p.shape[1] for p in parts)
    moved: list[Terms] = []
    start = 0
    for part in parts:
        k = part.shape[1]
        target: Index = np.arange(n)[:, None] * width + start + np.arange(k)
        moved.append(renumber(part, target, (n, width)))
        start += k
    return add(moved)


def single_cells(terms: Terms) -> Terms:
    """The array as a column of single cells: shape (size, 1)."""
    return terms.reshape((terms.size, 1))


def per_matrix(terms: Terms) -> Terms:
    """The last two axes flattened: shape (number of matrices, rows·cols)."""
    width = terms.shape[-1] * terms.shape[-2]
    return terms.reshape((math.prod(terms.shape[:-2]), width))
