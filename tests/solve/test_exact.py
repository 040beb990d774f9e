"""Rational arithmetic: systems, vertices, and pivots from a basis that is not optimal."""

from fractions import Fraction

import numpy as np
import pytest

import saddlepoint
from saddlepoint.solve.adapters.highs_basis import optimal_basis
from saddlepoint.solve.proof import rational
from saddlepoint.solve.proof.exact import NotProven, exact_program, prove_optimum, shown, written
from saddlepoint.solve.proof.rational import Factorisation
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch, random_batch


def columns_of(matrix):
    return [[(i, v) for i, v in enumerate(column) if v] for column in zip(*matrix, strict=True)]


@pytest.mark.parametrize("flint", [True, False])
@pytest.mark.parametrize("n", [1, 2, 7, 30])
def test_systems_are_solved_exactly(n, flint, monkeypatch) -> None:
    if not flint:
        monkeypatch.setattr(rational, "whole_type", lambda: int)
    else:
        pytest.importorskip("flint")
    rng = np.random.default_rng(n)
    sizes = 10.0 ** rng.integers(-6, 7, n)
    matrix = [
        [
            Fraction(repr(float(v * s)))
            for v in rng.integers(-9, 10, n) / 7 * (rng.random(n) < 0.6) + (k == np.arange(n))
        ]
        for k, s in enumerate(sizes)
    ]
    right = [Fraction(int(v), 3) for v in rng.integers(-50, 50, n)]
    factor = Factorisation(columns_of(matrix), n)
    x, y = factor.solve(right), factor.solve_transposed(right)
    assert [sum(a * x[j] for j, a in enumerate(row)) for row in matrix] == right
    assert [sum(matrix[i][j] * y[i] for i in range(n)) for j in range(n)] == right


def test_a_singular_system_is_no_answer() -> None:
    one = Fraction(1)
    with pytest.raises(ArithmeticError):
        Factorisation(columns_of([[one, one], [one, one]]), 2).solve([one, Fraction(2)])


def test_a_hilbert_matrix() -> None:
    """Condition 1e13, beyond what a float solution shows; H x = H 1 has the solution 1."""
    n = 9
    matrix = [[Fraction(1, i + j + 1) for j in range(n)] for i in range(n)]
    found = Factorisation(columns_of(matrix), n).solve([sum(row) for row in matrix])
    assert [found[k] for k in range(n)] == [1] * n


def enumerated(program) -> Fraction:
    """The best vertex of a small program, of all choices of active sides, in fractions."""
    from itertools import combinations, product

    n, m = len(program.columns), program.rows
    rows = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)]
    dense = [[Fraction(0)] * n for _ in range(m)]
    for j, column in enumerate(program.columns):
        for i, a in column:
            dense[i][j] = a
    rows += dense
    sides = [[s for s in {program.low[k], program.high[k]} if s is not None] for k in range(n + m)]
    best = None
    for chosen in combinations(range(n + m), n):
        for values in product(*(sides[k] for k in chosen)):
            x = solved([rows[k] for k in chosen], list(values))
            if x is None:
                continue
            reach = [sum(a * v for a, v in zip(row, x, strict=True)) for row in rows]
            inside = all(
                (lo is None or lo <= v) and (hi is None or v <= hi)
                for v, lo, hi in zip(reach, program.low, program.high, strict=True)
            )
            if inside:
                value = sum(c * v for c, v in zip(program.c, x, strict=True))
                best = value if best is None or value < best else best
    assert best is not None
    return best


def solved(rows, right):
    """Gaussian elimination in fractions; None where singular."""
    n = len(rows)
    table = [[*row, b] for row, b in zip(rows, right, strict=True)]
    for k in range(n):
        pivot = next((i for i in range(k, n) if table[i][k]), None)
        if pivot is None:
            return None
        table[k], table[pivot] = table[pivot], table[k]
        table[k] = [v / table[k][k] for v in table[k]]
        for i in range(n):
            if i != k and table[i][k]:
                table[i] = [a - table[i][k] * b for a, b in zip(table[i], table[k], strict=True)]
    return [row[n] for row in table]


@pytest.mark.parametrize("seed", range(8))
def test_the_exact_optimum_is_the_best_vertex(seed) -> None:
    batch = random_batch(seed, n=3, m=3)
    program = exact_program(batch)
    found = prove_optimum(program, optimal_basis(batch).tolist())
    assert found.objective == enumerated(program) and found.pivots == 0
    np.testing.assert_allclose(float(found.objective), np.dot(batch.q[0], found.x), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_pivots_go_on_from_any_basis(seed) -> None:
    """From the basis of the rows alone, and from a random one, to the same optimum."""
    batch = random_batch(seed, n=4, m=3)
    program = exact_program(batch)
    right = prove_optimum(program, optimal_basis(batch).tolist()).objective
    n, m = batch.structure.n, batch.structure.m
    slack = prove_optimum(program, [0] * n + [1] * m)
    assert slack.objective == right and slack.pivots > 0
    rng = np.random.default_rng(seed)
    for _ in range(20):
        places = rng.permutation([1] * m + [0] * (n - 1) + [2]).tolist()
        try:
            found = prove_optimum(program, places)
        except NotProven as error:
            assert "singular" in str(error)
            continue
        assert found.objective == right


def test_a_float_optimum_that_is_none() -> None:
    """x ≤ 1 and x ≤ 1 − 1e-14: floats take either; the exact optimum is the second."""
    batch = make_batch([-1.0], [[1.0], [1.0]], u=[1.0, 1 - 1e-14])
    program = exact_program(batch)
    found = prove_optimum(program, [1, 2, 1])
    assert found.objective == -(1 - Fraction(1, 10**14)) and found.pivots == 1


def test_programs_without_an_exact_optimum() -> None:
    never = make_batch([1.0], [[1.0], [1.0]], l=[1 + 1e-13, -np.inf], u=[np.inf, 1.0])
    with pytest.raises(NotProven, match="infeasible"):
        prove_optimum(exact_program(never), [1, 0, 1])
    endless = make_batch([-1.0], [[1.0]], l=[0.0])
    with pytest.raises(NotProven, match="unbounded"):
        prove_optimum(exact_program(endless), [0, 1])
    with pytest.raises(NotProven, match="no basis"):
        prove_optimum(exact_program(endless), [0, 0])


@pytest.mark.parametrize("gap", [1e-7, 1e-11])
def test_a_run_proves_that_no_plan_keeps_all_sides(gap) -> None:
    """x + y ≥ 1 beside ≤ 1 − gap: infeasible with numbers at their word, with an exact Farkas vector; the next scenario keeps its optimum."""
    batch = make_batch(
        [1.0, 2.0], [[1.0, 1.0], [1.0, 1.0]], l=[1, -np.inf], u=[[np.inf, 1 - gap], [np.inf, 1.0]]
    )
    found = solve(batch, Options(exact=True))
    assert [Status(k).word for k in found.status] == ["infeasible", "optimal"]
    assert found.certificates.verified.all() and found.exact == {1: "1"}
    y = found.y[0]
    assert y[0] > 0 > y[1] and abs(y.sum()) <= 1e-9 * y[0] and y @ [1, 1 - gap] == pytest.approx(1, rel=1e-4)


def test_costs_without_end_need_a_plan_at_their_word() -> None:
    """−0.011 (x + y) ≤ 0.00099 but for 4e-16 at x + y ≤ −0.09: floats see a plan, and costs that fall along z, where there is none."""
    rows = [[-0.011, -0.011, 0.0], [-0.011000000000000001, -0.011000000000000001, 0.0]]
    sides = {"l": [-0.99901, -0.99901], "u": [np.inf, 0.0009899999999999998]}
    bounds = {"lb": [-1.42, -0.67, -0.55], "ub": [-0.42, 0.33, np.inf]}
    cost = np.array([-0.7, -1.1, -0.19])
    found = solve(make_batch(cost, rows, **sides, **bounds), Options(exact=True))
    assert Status(int(found.status[0])).word == "infeasible" and found.certificates.verified[0]
    assert (
        saddlepoint.certify(cost, rows, **sides, **bounds, options=Options(exact=True)).word == "infeasible"
    )
    sides["u"] = [np.inf, 0.001]
    found = solve(make_batch(cost, rows, **sides, **bounds), Options(exact=True))
    assert Status(int(found.status[0])).word == "unbounded" and found.certificates.verified[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(120), "120"),
        (Fraction(-1, 10), "-0.1"),
        (Fraction(1, 3), "1/3 = 0.33333333333333333333333333333333…"),
        (Fraction(10**30, 3), "333333333333333333333333333333.33…"),
    ],
)
def test_how_exact_numbers_are_shown(value, text) -> None:
    assert shown(value) == text and Fraction(written(value)) == value


def test_numbers_of_many_digits_are_cut_off() -> None:
    text = written(Fraction(10**6000, 7))
    assert text.startswith("1.428571428571") and text.endswith("…")
