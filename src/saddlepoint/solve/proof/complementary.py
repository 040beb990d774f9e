"""Small convex quadratic programs by complementary pivots in rational arithmetic: they always end, whatever is degenerate.

Source: Lemke, Bimatrix equilibrium points and mathematical programming, Management Sci. 11 (1965); lexicographic ties:
Cottle, Pang & Stone, The Linear Complementarity Problem (1992), §4.9.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from saddlepoint.records import dataclass
from saddlepoint.solve.proof.effort import spend
from saddlepoint.solve.proof.exact import ExactProgram, SparseColumns
from saddlepoint.solve.proof.rational import rational_type

LARGEST: Final = 80
"""Columns and sides together up to which a program is solved by pivots."""
MOST_PIVOTS: Final = 2_000


def by_pivots(
    program: ExactProgram, curvature: SparseColumns
) -> tuple[list[Fraction], list[Fraction], int] | None:
    """Plan, prices of the rows and the number of pivots; None where it is too large, or has no plan or no finite optimum."""
    form = _Complementarity.of(program)
    if form is None or len(form.columns) + len(form.sides) > LARGEST:
        return None
    found = _lemke(*form.problem(curvature))
    if found is None:
        return None
    values, pivots = found
    return *form.restored(values), pivots


@dataclass(frozen=True, slots=True, kw_only=True)
class _Complementarity:
    """x = shift + sum of sign · u over columns with u ≥ 0; sides: (column or row, sign) of every s · value ≥ s · side."""

    program: ExactProgram
    columns: list[tuple[int, int]]
    shift: list[Fraction]
    sides: list[tuple[int, int, Fraction]]

    @classmethod
    def of(cls, p: ExactProgram) -> _Complementarity | None:
        n = len(p.columns)
        columns, sides = list[tuple[int, int]](), list[tuple[int, int, Fraction]]()
        shift = [Fraction(0)] * n
        for k, (low, high) in enumerate(zip(p.low, p.high, strict=True)):
            if low is not None and high is not None and low > high:
                return None
            if k >= n:
                sides += [(k, 1, low)] if low is not None else []
                sides += [(k, -1, high)] if high is not None else []
            elif low is not None:
                shift[k] = low
                columns.append((k, 1))
                sides += [(k, -1, high)] if high is not None else []
            elif high is not None:
                shift[k] = high
                columns.append((k, -1))
            else:
                columns += [(k, 1), (k, -1)]
        return cls(program=p, columns=columns, shift=shift, sides=sides)

    def problem(self, curvature: SparseColumns) -> tuple[list[list[Fraction]], list[Fraction]]:
        """M and q of the complementarity problem w = Mu + q, u ≥ 0, w ≥ 0, uᵀw = 0."""
        p, n = self.program, len(self.program.columns)
        bent = [dict(column) for column in curvature]
        rows = [dict[int, Fraction]() for _ in range(p.rows)]
        for j, column in enumerate(p.columns):
            for i, a in column:
                rows[i][j] = a
        zero = Fraction(0)
        edges = [({k: Fraction(1)} if k < n else rows[k - n], sign, side) for k, sign, side in self.sides]
        table = [
            [
                *(bent[j].get(k, zero) * s * t for k, t in self.columns),
                *(-row.get(j, zero) * s * sign for row, sign, _ in edges),
            ]
            for j, s in self.columns
        ]
        nothing = [zero] * len(edges)
        table += [
            [*(row.get(j, zero) * s * sign for j, s in self.columns), *nothing] for row, sign, _ in edges
        ]
        right = [
            s * (p.c[j] + sum((v * self.shift[k] for k, v in bent[j].items()), zero)) for j, s in self.columns
        ]
        right += [
            sign * (sum((a * self.shift[j] for j, a in row.items()), zero) - side)
            for row, sign, side in edges
        ]
        return table, right

    def restored(self, values: list[Fraction]) -> tuple[list[Fraction], list[Fraction]]:
        """Plan and prices of the rows."""
        n = len(self.program.columns)
        x, y = list(self.shift), [Fraction(0)] * self.program.rows
        for (j, sign), value in zip(self.columns, values, strict=False):
            x[j] += sign * value
        for (k, sign, _), value in zip(self.sides, values[len(self.columns) :], strict=True):
            if k >= n:
                y[k - n] += sign * value
        return x, y


def _lemke(matrix: list[list[Fraction]], right: list[Fraction]) -> tuple[list[Fraction], int] | None:
    """u of the complementarity problem and the number of pivots; None where the path ends in a ray."""
    size = len(right)
    if all(v >= 0 for v in right):
        return [Fraction(0)] * size, 0
    number = rational_type()
    one, zero, extra, last = number(Fraction(1)), number(Fraction(0)), 2 * size, 2 * size + 1
    table = [
        [*(one if i == k else zero for k in range(size)), *(number(-v) for v in row), -one, number(right[i])]
        for i, row in enumerate(matrix)
    ]
    basis = list(range(size))
    leaves = min(range(size), key=lambda i: _key(table[i], one, size))
    out = _pivot(table, basis, leaves, extra)
    for pivots in range(1, MOST_PIVOTS):
        spend(len(table) * len(table[0]))
        enters = out + size if out < size else out - size
        found = [i for i in range(size) if table[i][enters] > 0]
        if not found:
            return None
        leaves = min(found, key=lambda i: _key(table[i], table[i][enters], size))
        least = table[leaves][last] / table[leaves][enters]
        done = [i for i in found if basis[i] == extra and table[i][last] / table[i][enters] == least]
        out = _pivot(table, basis, done[0] if done else leaves, enters)
        if out == extra:
            values = [Fraction(0)] * size
            for i, b in enumerate(basis):
                if size <= b < extra:
                    values[b - size] = _fraction(table[i][last])
            return values, pivots
    return None


def _key(row: list[Any], by: Any, size: int) -> list[Any]:
    """What ties are broken by: the right-hand side, then the columns of the slacks."""
    return [row[-1] / by, *(v / by for v in row[:size])]


def _pivot(table: list[list[Any]], basis: list[int], i: int, enters: int) -> int:
    by = table[i][enters]
    table[i] = [v / by for v in table[i]]
    own = table[i]
    for k, row in enumerate(table):
        if k != i and row[enters] != 0:
            times = row[enters]
            table[k] = [a - times * b if b else a for a, b in zip(row, own, strict=True)]
    out, basis[i] = basis[i], enters
    return out


def _fraction(value: Any) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(int(value.p), int(value.q))
