"""The optimum of a convex quadratic program proven in rational arithmetic, from the active set that floats found.

The optimality conditions of the active set are solved exactly; sides and signs that do not hold correct the set, and
small programs whose set does not settle are solved by complementary pivots (`complementary.py`). Source: Kunisch & Rendl, An
infeasible active set method, SIAM J. Optim. 14 (2003); Gärtner & Schönherr, An efficient, exact, and generic quadratic
programming solver, SoCG (2000).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from fractions import Fraction
from functools import cached_property
from typing import Final

from saddlepoint.algebra.structure import Batch
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.complementary import by_pivots
from saddlepoint.solve.proof.effort import TooLong
from saddlepoint.solve.proof.exact import (
    BasisStatus,
    ExactOptimum,
    ExactProgram,
    NotProven,
    SparseColumns,
    as_written,
    exact_program,
    prove_optimum,
)
from saddlepoint.solve.proof.independent import LARGEST, independent, independent_apart
from saddlepoint.solve.proof.rational import Factorisation

MOST_CORRECTIONS: Final = 60
"""Corrections of the active set before it is given up."""


@dataclass(frozen=True)
class ExactQuadratic:
    """A linear program with ½xᵀPx in its costs; curvature: (row, value) of every column of P, both triangles."""

    linear: ExactProgram
    curvature: SparseColumns

    @cached_property
    def by_rows(self) -> SparseColumns:
        """(column, value) of every row."""
        out: SparseColumns = [[] for _ in range(self.linear.rows)]
        for j, column in enumerate(self.linear.columns):
            for i, a in column:
                out[i].append((j, a))
        return out


def exact_quadratic(
    batch: Batch, s: int = 0, number: Callable[[float], Fraction] | None = None
) -> ExactQuadratic:
    """Scenario s of a batch without cones as rationals; number: what a float stands for, as in `exact_program`."""
    number = number or as_written
    p = batch.structure.P
    out: SparseColumns = [[] for _ in range(batch.structure.n)]
    for i, j, v in zip(p.indices.tolist(), p.columns().tolist(), batch.row("P", s).tolist(), strict=True):
        if v:
            out[j].append((i, number(v)))
            if i != j:
                out[i].append((j, number(v)))
    return ExactQuadratic(exact_program(batch, s, number), out)


@dataclass(frozen=True, slots=True)
class ExactPoint:
    """Rationals over one positive denominator: plan x, prices y."""

    x: list[int]
    y: list[int]
    denominator: int


FloatBasis = Callable[[ExactProgram], Sequence[int] | None]
"""A feasible basis of a linear program in floats, if there is one."""


def prove_quadratic(
    program: ExactQuadratic,
    places: Sequence[int],
    plan: Sequence[float],
    priced: Sequence[bool],
    basis: FloatBasis | None = None,
) -> ExactOptimum:
    """The exact optimum from an active set; NotProven says why not.

    places: of every column, then of every row: at its lower or upper side, or BASIC between them; plan: (n,) floats, taken
    where the conditions leave a column open; priced: which columns and rows have a price, kept where sides depend on each other;
    basis: asked where they leave prices of wrong signs, which a linear program over all that hold there may mend.
    """
    search = _ActiveSet(program=program, places=[BasisStatus(p) for p in places], plan=plan, priced=priced)
    try:
        return search.run()
    except ArithmeticError as error:
        if basis is not None and search.inside is not None:
            priced_there = _with_other_prices(program, search.inside, search.corrections, basis)
            if priced_there is not None:
                return priced_there
        found = by_pivots(program.linear, program.curvature)
        if found is None:
            apart = None if isinstance(error, TooLong) else _of_conditions_apart(search, places)
            if apart is not None:
                return apart
            raise error if isinstance(error, NotProven) else NotProven(str(error)) from error
        x, y, pivots = found
        wrong = _faults(program, _over_one(x, y))
        if wrong:
            raise NotProven("complementary pivots left the conditions open") from error
        return _optimum(program, _over_one(x, y), search.corrections + pivots)


def _of_conditions_apart(search: _ActiveSet, places: Sequence[int]) -> ExactOptimum | None:
    """The same where conditions a hair apart are two."""
    finer = replace(search, places=[BasisStatus(p) for p in places], apart=True, seen=set(), inside=None)
    try:
        return finer.run()
    except ArithmeticError:
        return None


@dataclass(slots=True, kw_only=True)
class _ActiveSet:
    """An active set that is corrected until its point is an optimum."""

    program: ExactQuadratic
    places: list[BasisStatus]
    plan: Sequence[float]
    priced: Sequence[bool]
    apart: bool = False
    corrections: int = 0
    seen: set[bytes] = field(default_factory=set[bytes])
    inside: ExactPoint | None = None

    def run(self) -> ExactOptimum:
        self._settle_places()
        while True:
            point, open_ends = self._point()
            wrong = _faults(self.program, point)
            if not wrong:
                return _optimum(self.program, point, self.corrections)
            if self.inside is None and all(place is BasisStatus.BASIC for _, place in wrong):
                self.inside = point
            if any(k in open_ends for k, _ in wrong):
                raise NotProven("sides that depend on each other do not settle")
            self.corrections += 1
            if self.corrections > MOST_CORRECTIONS:
                raise NotProven(f"the active set does not settle in {MOST_CORRECTIONS} corrections")
            self._correct(wrong)

    def _settle_places(self) -> None:
        """At a side that is there; equal sides always hold."""
        p = self.program.linear
        for k, place in enumerate(self.places):
            low, high = p.low[k], p.high[k]
            if low is not None and low == high:
                self.places[k] = BasisStatus.LOWER
            elif (place is BasisStatus.LOWER and low is None) or (
                place is BasisStatus.UPPER and high is None
            ):
                self.places[k] = BasisStatus.BASIC

    def _correct(self, wrong: list[tuple[int, BasisStatus]]) -> None:
        """All that is wrong at once; one at a time once a set has come again."""
        state = bytes(self.places)
        again = state in self.seen
        self.seen.add(state)
        for k, place in wrong[:1] if again else wrong:
            self.places[k] = place

    def _point(self) -> tuple[ExactPoint, set[int]]:
        """The point of the active set, and what its conditions leave open: columns kept where they are, rows without price."""
        n = len(self.program.linear.columns)
        free = [k for k in range(n) if self.places[k] is BasisStatus.BASIC]
        active = [k for k in range(n, len(self.places)) if self.places[k] is not BasisStatus.BASIC]
        both = free + active
        if len(both) <= LARGEST:
            conditions, wanted = _conditions(self.program, free, active), [self.priced[k] for k in both]
            kept = (
                independent_apart(conditions, wanted, len(free))
                if self.apart
                else independent(conditions, wanted)
            )
            both = [both[p] for p in kept]
        point = self._solved([k for k in both if k < n], [k for k in both if k >= n])
        return point, {*free, *active}.difference(both)

    def _value(self, k: int) -> Fraction:
        """Where a column that is not solved for stands, or the side of a row."""
        p, place = self.program.linear, self.places[k]
        side = p.low[k] if place is BasisStatus.LOWER else p.high[k] if place is BasisStatus.UPPER else None
        if side is not None:
            return side
        value = Fraction(float(self.plan[k]))
        low, high = p.low[k], p.high[k]
        value = value if low is None else max(value, low)
        return value if high is None else min(value, high)

    def _solved(self, free: list[int], active: list[int]) -> ExactPoint:
        p, n = self.program.linear, len(self.program.linear.columns)
        inside = set(free)
        still = {k: v for k in range(n) if k not in inside and (v := self._value(k))}
        right = [
            -p.c[k] - sum((v * still[i] for i, v in self.program.curvature[k] if i in still), Fraction(0))
            for k in free
        ]
        right += [
            self._value(k)
            - sum((a * still[j] for j, a in self.program.by_rows[k - n] if j in still), Fraction(0))
            for k in active
        ]
        conditions = _conditions(self.program, free, active)
        found = Factorisation(conditions, len(conditions)).solve(right)
        factor = math.lcm(*(v.denominator for v in still.values())) if still else 1
        common = int(found.denominator) * factor
        x, y = [0] * n, [0] * p.rows
        for k, v in still.items():
            x[k] = v.numerator * (common // v.denominator)
        for position, k in enumerate(free + active):
            value = int(found.values[position]) * factor
            if k < n:
                x[k] = value
            else:
                y[k - n] = -value
        return ExactPoint(x, y, common)


def _conditions(program: ExactQuadratic, free: list[int], active: list[int]) -> SparseColumns:
    """The symmetric matrix of the conditions of free columns and active rows, by columns."""
    n = len(program.linear.columns)
    at = {k: position for position, k in enumerate(free + active)}
    out: SparseColumns = []
    for k in free:
        curved = [(at[i], v) for i, v in program.curvature[k] if i in at]
        out.append(curved + [(at[n + i], a) for i, a in program.linear.columns[k] if n + i in at])
    out.extend([(at[j], a) for j, a in program.by_rows[k - n] if j in at] for k in active)
    return out


def _faults(program: ExactQuadratic, point: ExactPoint) -> list[tuple[int, BasisStatus]]:
    """Columns and rows outside a side, or with a price that no side explains, and where they should stand."""
    prices = [*_reduced(program, point), *((v, 1) for v in point.y)]
    found = list[tuple[int, BasisStatus]]()
    for k, ((to_low, to_high), (price, _)) in enumerate(zip(_rooms(program, point), prices, strict=True)):
        if to_low is not None and to_low < 0:
            found.append((k, BasisStatus.LOWER))
        elif to_high is not None and to_high < 0:
            found.append((k, BasisStatus.UPPER))
        elif (price > 0 and to_low != 0) or (price < 0 and to_high != 0):
            found.append((k, BasisStatus.BASIC))
    return found


def _with_other_prices(
    program: ExactQuadratic, point: ExactPoint, corrections: int, basis: FloatBasis
) -> ExactOptimum | None:
    """The plan of a point as the optimum, by prices of all sides that hold there; None where it breaks some or has no such prices.

    At a degenerate plan the prices of one independent set of sides may have wrong signs, and those of another not: they are a vertex of
    Aᵀy + z = q + Px, y and z of the signs that the sides allow.
    """
    p, n = program.linear, len(program.linear.columns)
    room = _rooms(program, point)
    if any(v is not None and v < 0 for pair in room for v in pair):
        return None
    held = [k for k, (low, high) in enumerate(room) if low == 0 or high == 0]
    plain = ExactPoint(point.x, [0] * p.rows, point.denominator)
    slopes = [Fraction(value, factor * point.denominator) for value, factor in _reduced(program, plain)]
    zero = Fraction(0)
    prices = ExactProgram(
        c=[zero] * len(held),
        columns=[[(k, Fraction(1))] if k < n else program.by_rows[k - n] for k in held],
        low=[*(None if room[k][1] == 0 else zero for k in held), *slopes],
        high=[*(None if room[k][0] == 0 else zero for k in held), *slopes],
        rows=n,
    )
    places = basis(prices)
    if places is None:
        return None
    try:
        found = prove_optimum(prices, places)
    except ArithmeticError:
        return None
    value = dict(zip(held, found.x, strict=True))
    made = _optimum(program, plain, corrections + found.pivots)
    y = [value.get(k, 0.0) for k in range(n, n + p.rows)]
    return replace(made, y=y, z=[value.get(k, 0.0) for k in range(n)], digits=max(made.digits, found.digits))


def _rooms(program: ExactQuadratic, point: ExactPoint) -> list[tuple[int | None, int | None]]:
    """Of every column and row how far it is from its lower and upper side, times a positive number; None without one."""
    p = program.linear
    values = [*((v, 1) for v in point.x), *_activities(program, point)]
    out = list[tuple[int | None, int | None]]()
    for k, (value, scale) in enumerate(values):
        low, high, whole = p.low[k], p.high[k], scale * point.denominator
        out.append(
            (
                None if low is None else value * low.denominator - whole * low.numerator,
                None if high is None else whole * high.numerator - value * high.denominator,
            )
        )
    return out


def _activities(program: ExactQuadratic, point: ExactPoint) -> list[tuple[int, int]]:
    """Of every row, as a numerator over (factor × the point's denominator); the factor."""
    out = list[tuple[int, int]]()
    for row in program.by_rows:
        factor = math.lcm(*(a.denominator for _, a in row)) if row else 1
        out.append((sum(a.numerator * (factor // a.denominator) * point.x[j] for j, a in row), factor))
    return out


def _reduced(program: ExactQuadratic, point: ExactPoint) -> list[tuple[int, int]]:
    """The reduced cost q + Px − Aᵀy of every column, as `_activities`."""
    out = list[tuple[int, int]]()
    for cost, curved, column in zip(program.linear.c, program.curvature, program.linear.columns, strict=True):
        factor = math.lcm(cost.denominator, *(v.denominator for _, v in (*curved, *column)))
        value = cost.numerator * (factor // cost.denominator) * point.denominator
        value += sum(v.numerator * (factor // v.denominator) * point.x[i] for i, v in curved)
        value -= sum(a.numerator * (factor // a.denominator) * point.y[i] for i, a in column)
        out.append((value, factor))
    return out


def _over_one(x: list[Fraction], y: list[Fraction]) -> ExactPoint:
    common = math.lcm(*(v.denominator for v in (*x, *y))) if x or y else 1
    whole = [v.numerator * (common // v.denominator) for v in (*x, *y)]
    return ExactPoint(whole[: len(x)], whole[len(x) :], common)


def _optimum(program: ExactQuadratic, point: ExactPoint, corrections: int) -> ExactOptimum:
    """The point as an optimum: ½xᵀPx + qᵀx is ½(qᵀx + (q + Px)ᵀx)."""
    p, d = program.linear, point.denominator
    total = Fraction(0)
    slopes = list[Fraction]()
    for j, value in enumerate(point.x):
        bent = sum((v * point.x[i] for i, v in program.curvature[j]), Fraction(0)) / d
        slopes.append(p.c[j] + bent)
        total += (p.c[j] + bent / 2) * Fraction(value, d) if value else 0
    z = [
        float(slope - sum((a * point.y[i] for i, a in column if point.y[i]), Fraction(0)) / d)
        for slope, column in zip(slopes, p.columns, strict=True)
    ]
    return ExactOptimum(
        objective=total + p.constant,
        x=[v / d for v in point.x],
        y=[v / d for v in point.y],
        z=z,
        pivots=corrections,
        digits=math.ceil(d.bit_length() * math.log10(2)),
    )
