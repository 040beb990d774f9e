"""Elimination in whole numbers is exact, and tells what is singular from what is so but for a hair."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saddlepoint.solve.proof.effort import TooLong, bounded
from saddlepoint.solve.proof.elimination import eliminated
from saddlepoint.solve.proof.rational import Factorisation


def cells_of(rows: list[list[int]]) -> list[tuple[int, int, int]]:
    return [(j, i, v) for i, row in enumerate(rows) for j, v in enumerate(row) if v]


@st.composite
def systems(draw: st.DrawFn) -> tuple[list[list[int]], list[int]]:
    size = draw(st.integers(1, 5))
    entry = st.integers(-3, 3) | st.integers(-(10**30), 10**30)
    row = st.lists(entry, min_size=size, max_size=size)
    return draw(st.lists(row, min_size=size, max_size=size)), draw(row)


@given(systems())
def test_a_solution_solves_the_system_or_there_is_none(system: tuple[list[list[int]], list[int]]) -> None:
    rows, right = system
    try:
        values, common = eliminated(cells_of(rows), right)
    except ArithmeticError:
        assert determinant([[Fraction(v) for v in row] for row in rows]) == 0
        return
    assert common > 0
    for row, side in zip(rows, right, strict=True):
        assert sum(v * x for v, x in zip(row, values, strict=True)) == side * common


def determinant(rows: list[list[Fraction]]) -> Fraction:
    """By the first row."""
    if not rows:
        return Fraction(1)
    rest = [[row[:k] + row[k + 1 :] for row in rows[1:]] for k in range(len(rows))]
    return sum(((-1) ** k * v * determinant(rest[k]) for k, v in enumerate(rows[0]) if v), Fraction(0))


@pytest.mark.parametrize("bits", [60, 400])
def test_a_hair_that_floats_do_not_see_is_seen(bits: int) -> None:
    hair = Fraction(1, 2**bits)
    basis = Factorisation([[(0, Fraction(1)), (1, Fraction(3))], [(0, Fraction(1)), (1, 3 + hair)]], 2)
    found = basis.solve([Fraction(1), Fraction(4)])
    assert (found[0], found[1]) == (1 - 1 / hair, 1 / hair)
    found = basis.solve_transposed([Fraction(0), hair])
    assert (found[0], found[1]) == (-3, 1)


def test_elimination_heeds_the_effort_that_is_left() -> None:
    rows = [[10**40 + i * j for j in range(12)] for i in range(12)]
    for i in range(12):
        rows[i][i] += 7 * i + 1
    with bounded(words=100), pytest.raises(TooLong):
        eliminated(cells_of(rows), [1] * 12)
