"""What a node knows of itself when it is made: shape with labels, and whether it is data only."""

from __future__ import annotations

import math
from dataclasses import KW_ONLY, field, replace
from enum import Enum

from saddlepoint.labels import Axis
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a matrix: its length and the sets it stands for; no sets = no labels.

    diagonal: the side of length one of what has one dimension in CVXPY and is a column by our rule, as a matrix's diagonal.
    positional: its items name the positions, and need not be those of another side of this length.
    """

    length: int = 1
    axes: tuple[Axis, ...] = ()
    diagonal: bool = field(default=False, compare=False)
    positional: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        return " × ".join(a.name for a in self.axes)

    @property
    def labels(self) -> tuple[Axis, ...]:
        """The axes whose items name the positions; none where the length is that of a filtered or reduced side."""
        return self.axes if math.prod(len(a) for a in self.axes) == self.length else ()

    def __str__(self) -> str:
        return f"{self.length} ({self.name})" if self.axes else str(self.length)


ONE = Side()


@dataclass(frozen=True, slots=True)
class Repeat:
    """An intra-problem set over whose items an expression is repeated; rank: its place among the model's sets."""

    rank: int
    axis: Axis


@dataclass(frozen=True, slots=True)
class Facts:
    """Shape and nature of a node.

    The array of a node has shape (*[len of each repeat], rows.length, cols.length). decision: some variable of
    it is decided in this problem; varying: its data differ between scenarios or are exchanged between problems.
    """

    repeats: tuple[Repeat, ...] = ()
    rows: Side = ONE
    cols: Side = ONE
    _: KW_ONLY
    decision: bool = False
    varying: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        return (*(len(r.axis) for r in self.repeats), self.rows.length, self.cols.length)

    @property
    def is_scalar(self) -> bool:
        return self.rows.length == 1 and self.cols.length == 1

    @property
    def is_vector(self) -> bool:
        return 1 in (self.rows.length, self.cols.length)

    def sized(self, rows: Side, cols: Side) -> Facts:
        return replace(self, rows=rows, cols=cols)

    def __str__(self) -> str:
        text = f"{self.rows} by {self.cols}"
        if self.repeats:
            text += " for each " + ", ".join(r.axis.name for r in self.repeats)
        return text


class Sign(Enum):
    """What is known of the sign of every entry."""

    ZERO = "zero"
    NONNEG = "nonnegative"
    NONPOS = "nonpositive"
    UNKNOWN = "unknown sign"

    def __neg__(self) -> Sign:
        return {Sign.NONNEG: Sign.NONPOS, Sign.NONPOS: Sign.NONNEG}.get(self, self)

    def __add__(self, other: Sign) -> Sign:
        if Sign.ZERO in (self, other):
            return other if self is Sign.ZERO else self
        return self if self is other else Sign.UNKNOWN

    def __mul__(self, other: Sign) -> Sign:
        if Sign.ZERO in (self, other):
            return Sign.ZERO
        if Sign.UNKNOWN in (self, other):
            return Sign.UNKNOWN
        return Sign.NONNEG if self is other else Sign.NONPOS


def unknown_sign(signs: tuple[Sign, ...]) -> Sign:
    """Nothing is known of the sign before the numbers are."""
    return Sign.UNKNOWN


def nonneg_sign(signs: tuple[Sign, ...]) -> Sign:
    """Every entry is at least 0."""
    return Sign.NONNEG


def first_sign(signs: tuple[Sign, ...]) -> Sign:
    """The sign of the first argument."""
    return signs[0]


class Curvature(Enum):
    """Disciplined convexity of every entry (Grant, Boyd & Ye 2006)."""

    CONSTANT = "constant"
    AFFINE = "affine"
    CONVEX = "convex"
    CONCAVE = "concave"
    UNKNOWN = "neither convex nor concave by the composition rules"

    @property
    def is_affine(self) -> bool:
        return self in (Curvature.CONSTANT, Curvature.AFFINE)

    @property
    def is_convex(self) -> bool:
        return self.is_affine or self is Curvature.CONVEX

    @property
    def is_concave(self) -> bool:
        return self.is_affine or self is Curvature.CONCAVE

    def __neg__(self) -> Curvature:
        return {Curvature.CONVEX: Curvature.CONCAVE, Curvature.CONCAVE: Curvature.CONVEX}.get(self, self)

    def __add__(self, other: Curvature) -> Curvature:
        if self is Curvature.CONSTANT:
            return other
        if other is Curvature.CONSTANT:
            return self
        if self.is_convex and other.is_convex:
            return Curvature.AFFINE if self.is_affine and other.is_affine else Curvature.CONVEX
        return Curvature.CONCAVE if self.is_concave and other.is_concave else Curvature.UNKNOWN
