"""A problem as arrays: what is fixed, what data change, and how to read the answer back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from saddlepoint.algebra.structure import Structure
from saddlepoint.arrays import Array, Index, Int32, Integers, Mask
from saddlepoint.errors import Mark
from saddlepoint.expr.asked_for import AskedWhere
from saddlepoint.expr.facts import Sign
from saddlepoint.expr.node import Goal, Node, Relation
from saddlepoint.labels import Domain
from saddlepoint.printing.sentences import relation_called
from saddlepoint.records import dataclass

Places = Integers | slice
"""Positions in an array, as a slice where they follow each other."""


def listed(places: Places) -> Integers:
    """The places one by one."""
    return np.arange(places.start, places.stop, dtype=np.int32) if isinstance(places, slice) else places


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifted:
    """A data-only part of a formula that gets its numbers at bind.

    first: its first slot; size: number of slots, one per cell; possible: flat mask of the cells that the pattern
    has room for (the others were zero in every scenario); tables: the tables it reads; sign: what the problem's
    convexity relies on, or None; asked: where its numbers are asked for, None = everywhere.
    """

    node: Node
    first: int
    size: int
    possible: Mask
    tables: frozenset[str]
    sign: Sign | None = None
    asked: AskedWhere | None = None


@dataclass(frozen=True, slots=True)
class Varying:
    """An array of numbers of which data change some: base, plus coef · Π data[slots] added at `at`.

    base: (k,); at: (t,) increasing; coef: (t,); slots: (t, d), −1 = no factor.
    """

    base: Array
    at: Index
    coef: Array
    slots: Index

    @property
    def is_constant(self) -> bool:
        return not len(self.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnBlock:
    """The columns of one decided table: columns start … start + size − 1 stand for its cells.

    domain: the table's domain within one scenario; places: flat positions in it, increasing, None where every cell has one;
    cost_unit: that of the objective over `unit`, "" where it does not follow; variable: its name in formulas, mark: where it is declared.
    """

    table: str
    domain: Domain
    start: int
    size: int
    places: Index | None = None
    unit: str = ""
    description: str = ""
    cost_unit: str = ""
    variable: str = ""
    mark: Mark | None = None

    @property
    def cells(self) -> Index:
        """The flat position in the domain of every column, shape (size,)."""
        return np.arange(self.size) if self.places is None else self.places


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBlock:
    """The rows of one constraint: rows start … start + size − 1 stand for cells of `domain`, in order.

    places: flat positions of these cells, None where every cell has a row; unit: of its sides; price_unit: of its price.
    """

    name: str
    domain: Domain
    start: int
    size: int
    symbol: str
    text: str = ""
    description: str = ""
    mark: Mark | None = None
    places: Index | None = None
    unit: str = ""
    price_unit: str = ""

    @property
    def cells(self) -> Index:
        """The flat position in the domain of every row, shape (size,)."""
        return np.arange(self.size) if self.places is None else self.places

    @property
    def called(self) -> str:
        """The name for a sentence: with the formula where the name alone says nothing ("c5 'cap <= 70'")."""
        return relation_called(self.name, self.text)


@dataclass(frozen=True, slots=True)
class Curved:
    """A constraint that is not affine, from row `start` on.

    data: its data-only parts, each with its numbers (1, *shape), or None and the first slot of its numbers.
    """

    relation: Relation
    start: int
    data: tuple[tuple[Node, Array | None, int], ...]
    places: Index | None = None


@dataclass(frozen=True, slots=True)
class CurvedGoal:
    """An objective of a problem that has a curved one. data: as of Curved."""

    goal: Goal
    data: tuple[tuple[Node, Array | None, int], ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """Rows that bound one column each, every column at most once: value / scale of row rows[k] bounds cols[k]."""

    rows: Places
    cols: Places


@dataclass(frozen=True, slots=True)
class Multiplied:
    """Columns that stand for products: columns[k] is the product of the columns left[k] and right[k]."""

    left: Index
    right: Index
    columns: Index


@dataclass(frozen=True, kw_only=True)
class Program:
    """One problem compiled once for all its scenarios.

    The user's rows (and those that operators added) are numbered 0 … R − 1. solver: those that the solver has, in its order;
    each of the others bounds a single column, with the coefficient scale: (R,). rhs: (R,) the constant side; has_lower,
    has_upper: (R,). lower, upper: layers of bounding rows; lb, ub: (n,) implicit bounds (nonneg, boolean). P, q, r, A, F, g:
    numbers of the Structure. sense: +1 minimise, −1 maximise (then the numbers are of
    the negated objective), 0 none. auxiliary: number of columns that operators added, the last ones. curved: the
    constraints that are not affine; goals: the objectives, where one is curved. presence: (R,) the data slot that is 0 in
    scenarios in which the row does not exist, −1 for rows of all scenarios; None where every row is. absences: (n,) the same for
    columns. products: columns that stand for products of
    two others, which no row says; None without. Without slots, as a cached property needs a place.
    """

    problem: str
    structure: Structure
    P: Varying
    q: Varying
    r: Varying
    A: Varying
    F: Varying
    g: Varying
    rhs: Varying
    has_lower: Mask
    has_upper: Mask
    solver: Places
    scale: Array
    lower: tuple[Layer, ...]
    upper: tuple[Layer, ...]
    lb: Array
    ub: Array
    columns: tuple[ColumnBlock, ...]
    rows: tuple[RowBlock, ...]
    auxiliary: int
    lifted: tuple[Lifted, ...]
    slots: int
    sense: int
    scenarios: Domain
    notes: tuple[str, ...] = ()
    curved: tuple[Curved, ...] = ()
    goals: tuple[CurvedGoal, ...] = ()
    presence: Index | None = None
    absences: Index | None = None
    products: Multiplied | None = None

    @cached_property
    def row_of(self) -> Int32:
        """(R,) the solver's row, −1 for a row that bounds a single column."""
        out = np.full(len(self.scale), -1, np.int32)
        out[self.solver] = np.arange(self.structure.m, dtype=np.int32)
        return out

    @cached_property
    def col_of(self) -> Int32:
        """(R,) the column that a row bounds, −1 for the solver's rows."""
        out = np.full(len(self.scale), -1, np.int32)
        for layer in (*self.lower, *self.upper):
            out[layer.rows] = listed(layer.cols)
        return out

    @property
    def kind(self) -> str:
        """The class of the problem, in the field's abbreviation."""
        s = self.structure
        cones = {c.kind.value for c in s.cones}
        name = "LP"
        if self.products is not None:
            name = "bilinear"
        elif cones:
            name = "SOCP" if cones <= {"second_order", "rotated_second_order"} else "conic"
        elif s.is_quadratic:
            name = "QP"
        if self.sense == 0 and name == "LP":
            name = "equalities" if bool((self.has_lower & self.has_upper).all()) else "feasibility"
        return ("MI" + name if name != "LP" else "MILP") if s.is_integer else name

    @property
    def tables(self) -> Mapping[str, ColumnBlock]:
        return {block.table: block for block in self.columns}
