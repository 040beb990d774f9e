"""Convex quadratic optima in rational arithmetic: known values, every active set tried, and where floats give up."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from saddlepoint.solve.proof import complementary
from saddlepoint.solve.proof.exact import NotProven
from saddlepoint.solve.proof.exact_quadratic import exact_quadratic, prove_quadratic
from saddlepoint.solve.proof.independent import independent
from saddlepoint.solve.proof.semidefinite import semidefinite
from saddlepoint.solve.route.polishing.exactly import exact_optimum
from saddlepoint.solve.solution import Options, Status
from saddlepoint.solve.solve import solve
from saddlepoint.testing import batch
from tests.solve.conftest import make_batch, random_batch
from tests.solve.test_exact import solved

INF = np.inf

HS21 = ([0.0, 0.0], [[10.0, -1.0]], [10.0], [INF], [2.0, -50.0], [50.0, 50.0], np.diag([0.02, 2.0]))
HS35 = (
    [-8.0, -6.0, -4.0],
    [[1.0, 1.0, 2.0]],
    [-INF],
    [3.0],
    0.0,
    INF,
    np.array([[4.0, 2, 2], [2, 4, 0], [2, 0, 2]]),
)
HS76 = (
    [-1.0, -3.0, 1.0, -1.0],
    [[1.0, 2, 1, 1], [3, 1, 2, -1], [0, 1, 4, 0]],
    [-INF, -INF, 1.5],
    [5.0, 4.0, INF],
    0.0,
    INF,
    np.array([[2.0, 0, -1, 0], [0, 1, 0, 0], [-1, 0, 2, 1], [0, 0, 1, 1]]),
)


@pytest.mark.parametrize(
    ("problem", "best"),
    [(HS21, Fraction(4, 100)), (HS35, Fraction(1, 9) - 9), (HS76, Fraction(-103, 22))],
    ids=["HS21", "HS35", "HS76"],
)
def test_optima_of_hock_and_schittkowski(problem, best) -> None:
    """Hock & Schittkowski 1981, problems 21, 35 and 76, without their constants."""
    given = batch(*problem, False)
    found = solve(given, Options(exact=True))
    assert found.status[0] == Status.OPTIMAL
    assert Fraction(found.exact[0]) == best
    assert found.objective[0] == float(best)


def enumerated(program) -> Fraction:
    """The least value of all points that satisfy the optimality conditions of some active set."""
    p, n = program.linear, len(program.linear.columns)
    rows = [[Fraction(0)] * n for _ in range(p.rows)]
    for j, column in enumerate(p.columns):
        for i, a in column:
            rows[i][j] = a
    bent = [[dict(column).get(i, Fraction(0)) for i in range(n)] for column in program.curvature]
    normals = [[Fraction(int(i == j)) for j in range(n)] for i in range(n)] + rows
    values = set[Fraction]()
    choices = [[None, *(s for s in {p.low[k], p.high[k]} if s is not None)] for k in range(n + p.rows)]
    for chosen in itertools.product(*choices):
        held = [k for k, side in enumerate(chosen) if side is not None]
        top = [[*bent[j], *(-normals[k][j] for k in held)] for j in range(n)]
        table = top + [[*normals[k], *(Fraction(0) for _ in held)] for k in held]
        found = solved(table, [*(-c for c in p.c), *(chosen[k] for k in held)]) if len(held) <= n else None
        if found is None:
            continue
        x, reach = found[:n], [sum(a * v for a, v in zip(row, found[:n], strict=True)) for row in normals]
        inside = all(
            (lo is None or lo <= v) and (hi is None or v <= hi)
            for v, lo, hi in zip(reach, p.low, p.high, strict=True)
        )
        if inside:
            slope = [p.c[j] + sum(b * v for b, v in zip(bent[j], x, strict=True)) / 2 for j in range(n)]
            values.add(sum(a * b for a, b in zip(slope, x, strict=True)))
    return min(values)


@pytest.mark.parametrize("seed", range(4))
def test_the_exact_optimum_is_the_best_of_all_active_sets(seed) -> None:
    given = random_batch(seed, n=3, m=2, quadratic=True)
    program = exact_quadratic(given)
    curved = exact_optimum(given, None, solve(given)) if semidefinite(program.curvature) else None
    plan, prices, _ = complementary.by_pivots(program.linear, program.curvature)
    value = sum(c * v for c, v in zip(program.linear.c, plan, strict=True))
    value += sum(v * plan[i] * plan[j] for j, column in enumerate(program.curvature) for i, v in column) / 2
    assert value == enumerated(program)
    assert curved is None or curved.objective == value
    assert len(prices) == 2


@pytest.mark.parametrize("seed", range(6))
def test_any_active_set_leads_to_the_optimum(seed) -> None:
    rng = np.random.default_rng(seed)
    root = rng.integers(-3, 4, (5, 5)).astype(float)
    given = make_batch(
        rng.integers(-9, 9, 5).astype(float),
        rng.integers(-3, 4, (3, 5)).astype(float),
        u=rng.integers(0, 9, 3).astype(float),
        lb=np.zeros(5),
        ub=np.full(5, 4.0),
        P=root @ root.T,
    )
    program = exact_quadratic(given)
    right = exact_optimum(given, None, solve(given)).objective
    for _ in range(5):
        places = rng.choice([0, 1, 2], 8).tolist()
        found = prove_quadratic(program, places, [1.0] * 5, [False] * 8)
        assert found.objective == right


def test_repeated_rows_and_flat_directions() -> None:
    """(x + y)² with x + y ≥ 1 twice over: a line of plans, dependent rows, one optimum of ½."""
    given = make_batch([0.0, 0.0], [[1.0, 1.0], [2.0, 2.0]], l=[1.0, 2.0], P=np.ones((2, 2)))
    found = solve(given, Options(exact=True))
    assert found.exact[0] == "1/2"
    assert sum(found.x[0]) == 1.0


def test_curvature_that_is_convex_to_rounding_only_is_not_proven() -> None:
    """0.1·0.4 is not 0.2² as written with one digit less: an eigenvalue of −1e-17."""
    near = np.array([[0.1, 0.2], [0.2, 0.4 - 1e-16]])
    given = make_batch([1.0, 1.0], [[1.0, 1.0]], l=[1.0], lb=[0.0, 0.0], P=near)
    found = solve(given, Options(exact=True))
    assert found.status[0] == Status.UNVERIFIED
    assert "convex up to rounding" in found.messages[0]


def test_semidefinite_without_rounding() -> None:
    def cells(matrix):
        return [[(i, Fraction(v)) for i, v in enumerate(column) if v] for column in zip(*matrix, strict=True)]

    assert semidefinite(cells([[1, 2], [2, 4]])) is True
    assert semidefinite(cells([[1, 2], [2, Fraction(4) - Fraction(1, 10**30)]])) is False
    assert semidefinite(cells([[0, 1], [1, 5]])) is False
    assert semidefinite(cells([[0, 0], [0, 0]])) is True
    assert semidefinite(cells(np.ones((400, 400), int).tolist())) is True


def test_conditions_that_span_the_rest_are_kept_by_wish() -> None:
    one = Fraction(1)
    cells = [[(0, one), (2, one)], [(1, one * 10**12), (2, one)], [(0, one), (1, one)], []]
    assert independent(cells, [True, True, True, True]) == [0, 1, 2]
    twice = [[(2, one)], [(2, one)], [(0, one), (1, one)]]
    assert independent(twice, [False, True, True]) == [1, 2]
    assert independent(twice, [True, False, True]) == [0, 2]


def test_programs_without_an_optimum() -> None:
    """Infeasible, and without end along a direction of no curvature."""
    never = make_batch([0.0], [[1.0], [1.0]], l=[1.0, -INF], u=[INF, 0.5], P=np.eye(1))
    endless = make_batch([0.0, -1.0], [[1.0, 0.0]], l=[0.0], P=np.diag([1.0, 0.0]))
    for given in (never, endless):
        n, m = given.structure.n, given.structure.m
        with pytest.raises(NotProven):
            prove_quadratic(exact_quadratic(given), [1] * (n + m), [0.0] * n, [False] * (n + m))


def test_what_no_solver_certifies_is_settled_in_rational_arithmetic() -> None:
    """A free column of no use, a bound of 1e11 and a side of 4e-8 that holds nothing: interior points end anywhere."""
    given = make_batch(
        [-9.0, 0.0, 1.0, -1.0],
        [[0.0, 0.0, 0.0, 0.0]],
        u=[2.0**-44],
        lb=[0.0, -INF, 0.0, 1.0],
        ub=[INF, INF, 1e11, 4.0],
        P=np.diag([3.0, 0.0, 3.0, 0.0]),
    )
    found = solve(given)
    assert found.status[0] == Status.OPTIMAL
    assert found.objective[0] == -17.5


@pytest.mark.parametrize("seed", [0, 1])
def test_degenerate_plans_of_any_size_are_proven_by_other_prices(seed) -> None:
    """Sixty places, thirty rows twice: the prices of one independent set of sides have wrong signs; the optimum is known."""
    rng, places = np.random.default_rng(seed), 60
    routes = 3 * places
    source = np.concatenate([rng.choice(places, 3, replace=False) for _ in range(places)])
    sent = np.where(rng.random(routes) < 0.3, rng.integers(1, 5, routes), 0)
    A = np.zeros((2 * places, routes))
    A[source, np.arange(routes)] = A[places + np.repeat(np.arange(places), 3), np.arange(routes)] = 1
    there, price = A @ sent, np.r_[-rng.integers(0, 3, places), rng.integers(0, 3, places)]
    bent = rng.integers(0, 3, routes)
    cost = A.T @ price + np.where(sent == 0, rng.integers(0, 2, routes), 0) - bent * sent
    l = np.r_[np.full(places, -INF), there[places:], np.full(places // 2, -INF)]
    u = np.r_[there[:places], np.full(places, INF), there[: places // 2]]
    twice = np.vstack([A, A[: places // 2]])
    found = solve(
        batch(cost.astype(float), twice, l, u, 0.0, INF, np.diag(bent.astype(float)), False),
        Options(exact=True),
    )
    assert found.status[0] == Status.OPTIMAL
    assert Fraction(found.exact[0]) == Fraction(int(bent @ sent**2), 2) + int(cost @ sent)
