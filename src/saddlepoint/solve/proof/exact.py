"""The optimum of a linear program proven in rational arithmetic, from a basis that floats found.

The basis is solved exactly; where it is not optimal to the last digit, exact simplex pivots go on from there. Source: Koch, The final
NETLIB-LP results, Oper. Res. Lett. 32 (2004); Dhiflaoui et al., Certifying and repairing solutions to large LPs, SODA (2003).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import field
from enum import IntEnum
from fractions import Fraction
from typing import Any, Final

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.records import dataclass
from saddlepoint.solve.proof.effort import spend
from saddlepoint.solve.proof.rational import Factorisation, Quotients, whole_type

SparseColumns = list[list[tuple[int, Fraction]]]
"""Of every column its (row, value)."""

MOST_PIVOTS: Final = 500
"""Exact pivots from the float basis before it is given up."""


class BasisStatus(IntEnum):
    """Where a column or row of a basis stands: at its lower or upper side, at zero without sides, or basic."""

    LOWER = 0
    BASIC = 1
    UPPER = 2
    FREE = 3


class NotProven(ArithmeticError):
    """No exact optimum; the text says why."""


class Endless(NotProven):
    """There is no optimum: costs fall without end along `ray`, the nearest floats of a direction from a plan, one for each column."""

    def __init__(self, ray: list[float]) -> None:
        super().__init__("the program is unbounded in exact arithmetic")
        self.ray = ray


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactProgram:
    """min cᵀx + constant, l ≤ Ax ≤ u, lb ≤ x ≤ ub in rationals; columns: (row, value) of each; None = no side."""

    c: list[Fraction]
    columns: SparseColumns
    low: list[Fraction | None]
    high: list[Fraction | None]
    rows: int
    constant: Fraction = Fraction(0)

    @property
    def size(self) -> int:
        """Columns and rows: the first n numbers of low and high are columns' bounds, the others rows' sides."""
        return len(self.columns) + self.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactOptimum:
    """A vertex whose optimality is proven without rounding.

    objective: exact; x, y, z: the nearest floats of plan, prices and reduced costs; pivots: exact ones after the float
    basis; digits: decimal digits of the largest denominator.
    """

    objective: Fraction
    x: list[float]
    y: list[float]
    z: list[float]
    pivots: int
    digits: int


def exact_program(
    batch: Batch, s: int = 0, number: Callable[[float], Fraction] | None = None
) -> ExactProgram:
    """Scenario s of a linear batch as rationals; number: what a float stands for, by default the shortest decimal that is
    read as it (0.1 is 1/10)."""
    number = number or as_written
    st = batch.structure
    columns: SparseColumns = [[] for _ in range(st.n)]
    values, starts = batch.row("A", s), st.A.indptr
    for j in range(st.n):
        for k in range(int(starts[j]), int(starts[j + 1])):
            if values[k]:
                columns[j].append((int(st.A.indices[k]), number(values[k])))
    low, high = (
        [
            *np.broadcast_to(batch.row(of_column, s), st.n).tolist(),
            *np.broadcast_to(batch.row(of_row, s), st.m).tolist(),
        ]
        for of_column, of_row in (("lb", "l"), ("ub", "u"))
    )
    return ExactProgram(
        c=[number(v) for v in batch.row("q", s).tolist()],
        columns=columns,
        low=[_side(v, number) for v in low],
        high=[_side(v, number) for v in high],
        rows=st.m,
        constant=number(batch.row("r", s)[0]),
    )


def _side(value: float, number: Callable[[float], Fraction]) -> Fraction | None:
    return number(value) if math.isfinite(value) else None


def as_written(value: float) -> Fraction:
    """The shortest decimal that is read as this float."""
    return Fraction(repr(float(value)))


def prove_optimum(program: ExactProgram, places: Sequence[int]) -> ExactOptimum:
    """The exact optimum from a basis; places: Place of every column, then of every row. NotProven says why not."""
    simplex = _Simplex(program, [BasisStatus(p) for p in places])
    try:
        return simplex.run()
    except NotProven:
        raise
    except ArithmeticError as error:
        raise NotProven(str(error)) from error


@dataclass(slots=True)
class _Simplex:
    """Exact simplex steps; `program` stays, `places` changes."""

    program: ExactProgram
    places: list[BasisStatus]
    shift: dict[int, Fraction] = field(default_factory=dict[int, Fraction])
    pivots: int = 0

    def run(self) -> ExactOptimum:
        self._settle_places()
        while True:
            basic = [k for k, p in enumerate(self.places) if p is BasisStatus.BASIC]
            factor = Factorisation([self._column(k) for k in basic], self.program.rows)
            x = factor.solve(self._right())
            y = factor.solve_transposed([self._cost(k) for k in basic])
            outside = self._outside(basic, x)
            wrong = self._wrong(y)
            if not outside and not wrong:
                if not self.shift:
                    return self._optimum(basic, x, y)
                self.shift.clear()
                continue
            self.pivots += 1
            spend(len(self.places))
            if self.pivots > MOST_PIVOTS:
                raise NotProven(f"more than {MOST_PIVOTS} exact pivots")
            if not outside:
                self._primal_step(basic, factor, x, wrong)
            elif wrong:
                self._mend_costs(wrong)
                self.pivots -= 1
            else:
                self._dual_step(basic, factor, y, outside)

    def _settle_places(self) -> None:
        """Nonbasic at a side that is there; as many basic as rows."""
        p = self.program
        for k, place in enumerate(self.places):
            low, high = p.low[k], p.high[k]
            if place is BasisStatus.BASIC:
                continue
            if place is BasisStatus.LOWER and low is None:
                self.places[k] = BasisStatus.FREE if high is None else BasisStatus.UPPER
            elif place is BasisStatus.UPPER and high is None:
                self.places[k] = BasisStatus.FREE if low is None else BasisStatus.LOWER
            elif place is BasisStatus.FREE and (low is not None or high is not None):
                self.places[k] = BasisStatus.LOWER if low is not None else BasisStatus.UPPER
        if sum(place is BasisStatus.BASIC for place in self.places) != p.rows:
            raise NotProven("the solver gave no basis of as many columns as rows")

    def _column(self, k: int) -> list[tuple[int, Fraction]]:
        n = len(self.program.columns)
        return self.program.columns[k] if k < n else [(k - n, Fraction(-1))]

    def _cost(self, k: int) -> Fraction:
        own = self.program.c[k] if k < len(self.program.columns) else Fraction(0)
        return own + self.shift.get(k, 0)

    def _value(self, k: int) -> Fraction:
        """The value of a nonbasic column."""
        side = self.program.high[k] if self.places[k] is BasisStatus.UPPER else self.program.low[k]
        return Fraction(0) if self.places[k] is BasisStatus.FREE or side is None else side

    def _right(self) -> list[Fraction]:
        right = [Fraction(0)] * self.program.rows
        for k, place in enumerate(self.places):
            if place is not BasisStatus.BASIC and (value := self._value(k)):
                for i, a in self._column(k):
                    right[i] -= a * value
        return right

    def _outside(self, basic: list[int], x: Quotients) -> list[tuple[int, bool]]:
        """Positions in the basis whose value is outside its sides, and whether below."""
        found = list[tuple[int, bool]]()
        for position, k in enumerate(basic):
            low, high = self.program.low[k], self.program.high[k]
            value, d = x.values[position], x.denominator
            if low is not None and value * low.denominator < d * low.numerator:
                found.append((position, True))
            elif high is not None and value * high.denominator > d * high.numerator:
                found.append((position, False))
        return found

    def _reduced(self, k: int, y: Quotients) -> tuple[Any, int]:
        """The reduced cost of k as numerator over (factor × y's denominator); the factor."""
        column, cost = self._column(k), self._cost(k)
        factor = math.lcm(cost.denominator, *(a.denominator for _, a in column))
        value = y.denominator * int(cost * factor)
        for i, a in column:
            value -= y.values[i] * int(a * factor)
        return value, factor

    def _wrong(self, y: Quotients) -> list[tuple[int, Any, int]]:
        """Nonbasic columns whose reduced cost has the wrong sign, with it."""
        found = list[tuple[int, Any, int]]()
        for k, place in enumerate(self.places):
            low, high = self.program.low[k], self.program.high[k]
            if place is BasisStatus.BASIC or (low is not None and low == high):
                continue
            value, factor = self._reduced(k, y)
            if (
                (place is BasisStatus.LOWER and value < 0)
                or (place is BasisStatus.UPPER and value > 0)
                or (place is BasisStatus.FREE and value != 0)
            ):
                found.append((k, value, factor))
        return found

    def _mend_costs(self, wrong: list[tuple[int, Any, int]]) -> None:
        """Flip what has another side; shift the cost of the rest until its reduced cost is zero."""
        for k, _, _ in wrong:
            low, high = self.program.low[k], self.program.high[k]
            if low is not None and high is not None:
                self.places[k] = (
                    BasisStatus.UPPER if self.places[k] is BasisStatus.LOWER else BasisStatus.LOWER
                )
        basic = [k for k, p in enumerate(self.places) if p is BasisStatus.BASIC]
        factor = Factorisation([self._column(k) for k in basic], self.program.rows)
        y = factor.solve_transposed([self._cost(k) for k in basic])
        for k, value, scale in self._wrong(y):
            off = Fraction(int(value), int(y.denominator) * scale)
            self.shift[k] = self.shift.get(k, Fraction(0)) - off

    def _primal_step(
        self, basic: list[int], factor: Factorisation, x: Quotients, wrong: list[tuple[int, Any, int]]
    ) -> None:
        """One column enters; the first basic one that meets a side leaves (Bland's rule)."""
        k, value, _ = wrong[0]
        up = value < 0
        move = factor.solve(_dense(self._column(k), self.program.rows))
        best: Fraction | None = None
        leaves, at = -1, BasisStatus.LOWER
        low, high = self.program.low[k], self.program.high[k]
        if low is not None and high is not None:
            best, at = high - low, BasisStatus.UPPER if up else BasisStatus.LOWER
        for position, b in enumerate(basic):
            slope = move[position] if move.values[position] else Fraction(0)
            rate = -slope if up else slope
            side = self.program.low[b] if rate < 0 else self.program.high[b]
            if rate == 0 or side is None:
                continue
            step = (side - x[position]) / rate
            if best is None or step < best or (step == best and leaves >= 0 and b < basic[leaves]):
                best, leaves, at = step, position, BasisStatus.LOWER if rate < 0 else BasisStatus.UPPER
        if best is None:
            raise Endless(self._ray(basic, move, k, up))
        if leaves < 0:
            self.places[k] = at
            return
        self.places[basic[leaves]], self.places[k] = at, BasisStatus.BASIC

    def _ray(self, basic: list[int], move: Quotients, k: int, up: bool) -> list[float]:
        """The direction of the columns as k moves by one."""
        ray = [0.0] * len(self.program.c)
        sign = 1.0 if up else -1.0
        for b, value in ((k, 1.0), *((b, -v) for b, v in zip(basic, move.floats(), strict=True))):
            if b < len(ray):
                ray[b] = sign * value
        return ray

    def _dual_step(
        self, basic: list[int], factor: Factorisation, y: Quotients, outside: list[tuple[int, bool]]
    ) -> None:
        """The basic column that is outside leaves to its side; the one with the least ratio of costs enters."""
        position, below = outside[0]
        unit = [Fraction(0)] * self.program.rows
        unit[position] = Fraction(1)
        row = factor.solve_transposed(unit)
        best: Fraction | None = None
        enters, size = -1, Fraction(0)
        for k, place in enumerate(self.places):
            low, high = self.program.low[k], self.program.high[k]
            if place is BasisStatus.BASIC or (low is not None and low == high):
                continue
            alpha = sum((a * row[i] for i, a in self._column(k) if row.values[i]), Fraction(0))
            rate = -alpha if below else alpha
            helps = (
                (place is BasisStatus.LOWER and rate > 0)
                or (place is BasisStatus.UPPER and rate < 0)
                or (place is BasisStatus.FREE and rate != 0)
            )
            if not helps:
                continue
            value, scale = self._reduced(k, y)
            ratio = abs(Fraction(int(value), int(y.denominator) * scale) / alpha)
            if best is None or ratio < best or (ratio == best and abs(alpha) > size):
                best, enters, size = ratio, k, abs(alpha)
        if enters < 0:
            raise NotProven("the program is infeasible in exact arithmetic")
        self.places[basic[position]] = BasisStatus.LOWER if below else BasisStatus.UPPER
        self.places[enters] = BasisStatus.BASIC

    def _optimum(self, basic: list[int], x: Quotients, y: Quotients) -> ExactOptimum:
        p, n = self.program, len(self.program.columns)
        scale = math.lcm(*(c.denominator for c in p.c)) if p.c else 1
        inside = whole_type()(0)
        plan = [
            0.0 if place is BasisStatus.BASIC else float(self._value(k))
            for k, place in enumerate(self.places[:n])
        ]
        for position, (k, value) in enumerate(zip(basic, x.floats(), strict=True)):
            if k < n:
                plan[k] = value
                inside += x.values[position] * int(p.c[k] * scale)
        rest = sum(
            (p.c[k] * self._value(k) for k in range(n) if self.places[k] is not BasisStatus.BASIC),
            Fraction(0),
        )
        objective = Fraction(int(inside), int(x.denominator) * scale) + rest + p.constant
        z = list[float]()
        for k in range(n):
            value, factor = self._reduced(k, y)
            z.append(
                0.0 if self.places[k] is BasisStatus.BASIC else int(value) / (int(y.denominator) * factor)
            )
        bits = max(int(x.denominator).bit_length(), int(y.denominator).bit_length())
        return ExactOptimum(
            objective=objective,
            x=plan,
            y=y.floats(),
            z=z,
            pivots=self.pivots,
            digits=math.ceil(bits * math.log10(2)),
        )


def _dense(column: list[tuple[int, Fraction]], size: int) -> list[Fraction]:
    out = [Fraction(0)] * size
    for i, a in column:
        out[i] = a
    return out


MOST_DIGITS: Final = 4000
"""Digits of a numerator or denominator beyond which a number is written as a decimal, cut off."""


def written(value: Fraction) -> str:
    """An exact number in full: "5", "-1/10"; beyond some thousand digits a decimal that ends in …"""
    longest = max(abs(value.numerator), value.denominator)
    return str(value) if longest.bit_length() < MOST_DIGITS * math.log2(10) else f"{_decimal(value, 100)}…"


def negative_text(text: str) -> str:
    """The negative of a number as `written`."""
    return text.removeprefix("-") if text.startswith("-") else "0" if text == "0" else f"-{text}"


def shown(value: Fraction, digits: int = 32) -> str:
    """An exact number for people: as it is if it is a short decimal, else to so many digits, behind a short fraction."""
    text = _decimal(value, digits)
    if Fraction(text) == value:
        return text
    short = max(abs(value.numerator), value.denominator) < 10**18
    return f"{value} = {text}…" if short else f"{text}…"


def _decimal(value: Fraction, digits: int) -> str:
    from decimal import Context, Decimal

    context = Context(prec=digits)
    found = context.divide(Decimal(value.numerator), Decimal(value.denominator)).normalize(context)
    return f"{found:f}" if -20 < found.adjusted() < 20 else str(found)
