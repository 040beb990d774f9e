"""What all scenarios of a problem share: sparsity patterns, cones, integrality."""

from __future__ import annotations

from enum import Enum
from typing import ClassVar

import numpy as np

from saddlepoint.algebra.columnar import Columnar
from saddlepoint.arrays import Array, Index, Int32, Integers, Mask
from saddlepoint.records import dataclass


class ConeKind(Enum):
    """Cones on affine rows, in the field's names.

    SECOND_ORDER: v₁ ≥ ‖v₂…‖₂. ROTATED: 2 v₁ v₂ ≥ ‖v₃…‖₂², v₁, v₂ ≥ 0. EXPONENTIAL: y·exp(x/y) ≤ z for (x, y, z), y > 0
    (Clarabel's and SCS's order).
    POWER: x^α y^(1−α) ≥ |z| for (x, y, z).
    """

    SECOND_ORDER = "second_order"
    ROTATED = "rotated_second_order"
    EXPONENTIAL = "exponential"
    POWER = "power"


@dataclass(frozen=True, slots=True)
class Cone:
    """One cone over `size` consecutive rows of the conic part; alpha only for the power cone."""

    kind: ConeKind
    size: int
    alpha: float = 0.5


@dataclass(frozen=True, slots=True)
class Pattern:
    """Positions of the non-zeros of a matrix, by columns (CSC), row indices increasing within a column.

    shape: (rows, columns); indptr: int32, length columns + 1; indices: int32, length nnz.
    """

    shape: tuple[int, int]
    indptr: Int32
    indices: Int32

    @property
    def nnz(self) -> int:
        return len(self.indices)

    @classmethod
    def empty(cls, rows: int, columns: int) -> Pattern:
        return cls((rows, columns), np.zeros(columns + 1, np.int32), np.zeros(0, np.int32))

    @classmethod
    def of(cls, rows: Integers, columns: Index, shape: tuple[int, int]) -> Pattern:
        """The pattern of entries (nnz,) that stand column by column, their rows increasing within a column."""
        ends = np.cumsum(np.bincount(columns, minlength=shape[1]))
        return cls(shape, np.concatenate([[0], ends]).astype(np.int32), rows.astype(np.int32))

    def columns(self) -> Index:
        """The column of every non-zero, length nnz."""
        return np.repeat(np.arange(self.shape[1], dtype=np.int64), np.diff(self.indptr))


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """The shape of  min ½xᵀPx + qᵀx + r  s.t.  l ≤ Ax ≤ u,  Fx + g ∈ K,  lb ≤ x ≤ ub.

    P holds the upper triangle (row ≤ column) of a symmetric matrix. The rows of F follow `cones` in order;
    their sizes add up to F.shape[0]. integer: bool, length n (True = integral; booleans are integers with
    bounds 0 and 1).
    """

    P: Pattern
    A: Pattern
    F: Pattern
    cones: tuple[Cone, ...]
    integer: Mask

    @property
    def n(self) -> int:
        return self.A.shape[1]

    @property
    def m(self) -> int:
        return self.A.shape[0]

    @property
    def is_integer(self) -> bool:
        return bool(self.integer.any())

    @property
    def is_quadratic(self) -> bool:
        return self.P.nnz > 0

    @property
    def is_conic(self) -> bool:
        return bool(self.cones)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Columnar):
    """One Structure with the numbers of S scenarios; always a minimisation.

    Every array is float64 with two dimensions: (S, ·) where the numbers differ between scenarios, (1, ·) where
    they are shared. P, A, F: values of the non-zeros in the order of the pattern; q: (·, n); r: (·, 1);
    l, u: (·, m), ±inf where there is no side; lb, ub: (·, n); g: (·, rows of F).
    """

    SHARES: ClassVar[bool] = True

    structure: Structure
    size: int
    P: Array
    q: Array
    r: Array
    A: Array
    l: Array
    u: Array
    lb: Array
    ub: Array
    F: Array
    g: Array

    @classmethod
    def linear(
        cls, pattern: Pattern, A: Array, *, size: int = 1, integer: Mask | None = None, **arrays: Array
    ) -> Batch:
        """Problems without curvature and cones; arrays: q, r, l, u, lb, ub. integer: by default no column is."""
        none = Pattern.empty(pattern.shape[1], pattern.shape[1])
        return cls.quadratic(none, np.zeros((1, 0)), pattern, A, size=size, integer=integer, **arrays)

    @classmethod
    def quadratic(
        cls,
        upper: Pattern,
        P: Array,
        pattern: Pattern,
        A: Array,
        *,
        size: int = 1,
        integer: Mask | None = None,
        **arrays: Array,
    ) -> Batch:
        """Problems without cones; upper, P: the upper triangle of the curvature; the others as in `linear`."""
        n, none = pattern.shape[1], np.zeros((1, 0))
        whole = np.zeros(n, np.bool_) if integer is None else integer
        structure = Structure(P=upper, A=pattern, F=Pattern.empty(0, n), cones=(), integer=whole)
        return cls(structure=structure, size=size, P=P, A=A, F=none, g=none, **arrays)

    def row(self, name: str, scenario: int) -> Array:
        """The numbers of one array for one scenario (a view)."""
        array: Array = getattr(self, name)
        return array[0 if array.shape[0] == 1 else scenario]
