"""Equalities d apart have an exact Farkas vector and, below 1e-6, a plan within the tolerance: one rule whoever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saddlepoint.algebra.structure import Batch, Cone, ConeKind
from saddlepoint.solve.route.claims.giving_way import broken_by, part_proven
from saddlepoint.solve.route.polishing.nudge import nudged
from saddlepoint.solve.route.stages.solver_table import solvers
from saddlepoint.solve.solution import Options, Solution, Status
from saddlepoint.solve.solve import solve
from tests.solve.conftest import make_batch, skip_without_licence

GAPS = (1e-5, 1e-7, 1e-9, 1e-11, 1e-13)
ROUGH = {"scs", "ecos", "cvxopt", "qoco", "proxqp"}
"""First-order steps, whose last digits come slowly, and methods that stay inside, of which rows a hair apart have none: they may end without a certified answer."""
CLASSES = {s.name: s.classes for s in solvers() if s.installed and {"LP", "QP"} & {*s.classes}}


def models(d: float, curvature: np.ndarray | None) -> Iterator[Batch]:
    """Rows of two columns, rows of one column, a bound beside a row; one scenario each."""
    one, both = [1.0, 0.0], [1.0, 1.0]
    cost, inf, P = [1.0, 2.0], np.inf, curvature
    yield make_batch(cost, [both, both], [1.0, 1 + d], [1.0, 1 + d], P=P)
    yield make_batch(cost, [one, one, both], [1.0, 1 + d, 3.0], [1.0, 1 + d, inf], P=P)
    yield make_batch(cost, [one, both], [-inf, 3.0], [1.0, inf], lb=[1 + d, 0.0], P=P)


def answers(d: float, options: Options, curvature: np.ndarray | None) -> list[tuple[Status, bool]]:
    found = [solve(batch, options) for batch in models(d, curvature)]
    return [(Status(int(f.status[0])), bool(f.certificates.verified[0])) for f in found]


@pytest.mark.parametrize(
    ("solver", "d"),
    [(solver, d) for solver in (None, "highs", "clarabel", "piqp") for d in GAPS]
    + [(solver, 1e-7) for solver in CLASSES if not solver.startswith("cvxpy:")],
)
def test_the_plan_within_the_tolerance_goes_first(solver: str | None, d: float) -> None:
    skip_without_licence(solver)
    classes = CLASSES.get(solver or "", ("LP", "QP"))
    word = Status.INFEASIBLE if d > 1e-6 else Status.OPTIMAL
    for kind, curvature in (("LP", None), ("QP", np.diag([2.0, 1.0]))):
        if kind in classes:
            found = answers(d, Options(solver=solver), curvature)
            rough = {(Status.UNVERIFIED, False), (Status.LIMIT, False)} if solver in ROUGH else set()
            assert set(found) - rough == {(word, True)}, kind


FORMS = ("rows", "row beside bound", "bounds", "one row", "through a row of 0", "walls", "no end")


def form(name: str, low: float, high: float) -> dict[str, Any]:
    """Two sides that leave no plan by as much as `low` lies above `high`; what is asked of two columns, with costs that a plan bounds but in "no end"."""
    inf = np.inf
    return {
        "rows": {"q": [1, 2], "A": [[1, 1], [1, 1]], "l": [low, high], "u": [low, high]},
        "row beside bound": {
            "q": [1, 2],
            "A": [[1, 0], [1, 1]],
            "l": [-inf, 2 * low],
            "u": [high, inf],
            "lb": [low, 0],
        },
        "bounds": {"q": [1, 2], "A": [[1, 1]], "l": [low], "u": [inf], "lb": [low, 0], "ub": [high, inf]},
        "one row": {"q": [1, 2], "A": [[1, 1], [1, -1]], "l": [low, -inf], "u": [high, high]},
        "through a row of 0": {
            "q": [1, 2],
            "A": [[1, -1]],
            "l": [0],
            "u": [0],
            "lb": [low, -inf],
            "ub": [inf, high],
        },
        "walls": {
            "q": [3, 1],
            "A": [[1, 1]],
            "l": [-inf],
            "u": [high * 1e-12],
            "lb": [low, -high],
            "ub": [inf, high],
        },
        "no end": {
            "q": [1, -1],
            "A": [[1, 0], [1, 0]],
            "l": [low, -inf],
            "u": [inf, high],
            "lb": [-inf, -inf],
        },
    }[name]


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(FORMS),
    apart=st.one_of(st.floats(-14, -6.5), st.floats(-5.4, -2)),
    size=st.floats(-9, 13),
    base=st.sampled_from([2.0, 10.0]),
    powers=st.lists(st.integers(-6, 6), min_size=5, max_size=5),
    curved=st.booleans(),
)
def test_the_word_is_the_same_in_all_units(
    name: str, apart: float, size: float, base: float, powers: list[int], curved: bool
) -> None:
    """Units of rows, columns and costs, whatever they are, decide nothing; nor does in what form sides are a hair apart."""
    asked = form(name, 10**size * (1 + 10**apart), 10**size)
    A = np.array(asked["A"], float)
    row, column, cost = np.split(base ** np.array(powers, float), [2, 4])
    row = row[: len(A)]
    curvature = np.diag([2.0, 1.0]) if curved and name != "no end" else np.zeros((2, 2))
    batch = make_batch(
        cost * np.array(asked["q"]) / column,
        row[:, None] * A / column,
        row * np.array(asked["l"]),
        row * np.array(asked["u"]),
        column * np.array(asked.get("lb", [0, 0])),
        column * np.array(asked.get("ub", [np.inf, np.inf])),
        P=cost * curvature / np.outer(column, column),
    )
    found = solve(batch)
    plan = Status.UNBOUNDED if name == "no end" else Status.OPTIMAL
    assert Status(int(found.status[0])) is (plan if apart < -6 else Status.INFEASIBLE), found.messages
    assert found.certificates.verified[0]


def test_sides_that_cross_by_a_hair_meet_and_exact_takes_them_at_their_word() -> None:
    for apart, word in ((1e-12, Status.OPTIMAL), (1e-7, Status.OPTIMAL), (1e-5, Status.INFEASIBLE)):
        low, high = [1.0 + apart, -np.inf], [1.0, 9.0]
        rows = make_batch([1.0, 2.0], [[1.0, 1.0], [1.0, -1.0]], low, high)
        columns = make_batch([1.0, 2.0], [[1.0, 1.0]], [1.0], [np.inf], [1.0 + apart, 0.0], [1.0, np.inf])
        for batch in (rows, columns):
            assert solve(batch).status[0] == word
            assert solve(batch, Options(exact=True)).status[0] == Status.INFEASIBLE
    whole = make_batch(
        [1.0, 1.0], [[1.0, 1.0]], [3.5], [np.inf], [2.0 + 1e-8, 0.0], [2.0, 9.0], integer=[1, 1]
    )
    assert solve(whole).x[0].tolist() == [2.0, 2.0]


CONES = {
    "rows": (Cone(ConeKind.SECOND_ORDER, 3), [[0, 0, 1], [1, 0, 0], [0, 1, 0]], lambda a: [0, 0, 0]),
    "ball": (Cone(ConeKind.SECOND_ORDER, 3), [[0, 0, 0], [1, 0, 0], [0, 1, 0]], lambda a: [a, 0, 0]),
    "square": (Cone(ConeKind.ROTATED, 3), [[0, 0, 0], [0, 0, 0], [1, 0, 0]], lambda a: [a * a, 0.5, 0]),
}


@pytest.mark.parametrize("name", CONES)
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("apart", [1e-10, 3e-8, 3e-7, 3e-6, 1e-4])
def test_cones_a_hair_apart(name: str, size: float, apart: float) -> None:
    """Rows beside a cone, and the edge of a cone beside a row."""
    cone, F, constant = CONES[name]
    low = size * (1 + apart)
    sides = (
        {"A": [[1, 1, 0]] * 2, "l": [size, low], "u": [size, low]}
        if name == "rows"
        else {"A": [[1, 0, 0]], "l": [low]}
    )
    found = solve(make_batch([1.0, 2.0, 1.0], **sides, F=F, g=constant(size), cones=(cone,)))
    assert found.status[0] == (Status.INFEASIBLE if apart > 1e-6 else Status.OPTIMAL)
    assert found.certificates.verified[0]


def test_scenarios_of_a_sweep_are_judged_one_by_one() -> None:
    gaps = np.array([0.0, 1e-7, 1e-3, 1e-9])
    sides = np.stack([np.ones(4), 1 + gaps], axis=1)
    batch = make_batch([1.0, 2.0], [[1.0, 1.0], [1.0, 1.0]], sides, sides)
    found = solve(batch)
    assert found.certificates.verified.all()
    assert [Status(int(s)) for s in found.status] == [
        Status.OPTIMAL,
        Status.OPTIMAL,
        Status.INFEASIBLE,
        Status.OPTIMAL,
    ]


def transport(
    k: int, over: float, cost: np.ndarray, base: float, powers: np.ndarray, constant: float
) -> Batch:
    """k sources of one, k sinks of one but the first, which asks for 1 + over; units of rows and columns are powers of `base`."""
    A = np.vstack([np.kron(np.eye(k), np.ones(k)), np.kron(np.ones(k), np.eye(k))])
    row, column = base ** powers[: 2 * k], base ** powers[2 * k :]
    none = np.full(k, np.inf)
    low, high = np.r_[-none, 1 + over, np.ones(k - 1)], np.r_[np.ones(k), none]
    return make_batch(
        cost.ravel() / column,
        row[:, None] * A / column,
        row * low,
        row * high,
        lb=np.zeros(k * k),
        r=constant,
    )


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    k=st.integers(2, 7),
    part=st.sampled_from([3e-11, 1e-8, 3e-7, 9e-7, 1.1e-6, 1e-4]),
    price=st.sampled_from([1e-6, 1.0, 1e6]),
    constant=st.booleans(),
    base=st.sampled_from([2.0, 10.0]),
    seed=st.integers(0, 999),
)
def test_where_all_sides_must_give_way_the_optimum_is_that_of_the_least_part(
    k: int, part: float, price: float, constant: bool, base: float, seed: int
) -> None:
    """Demands over supply by `over`: all sides give way by t = over / (2k + over), and t less than k + over is carried, at one price, however little that leaves of the costs beside
    a constant; where supply that costs nothing may give way alone, it may be all."""
    over = 2 * k * part / (1 - part)
    powers = np.random.default_rng(seed).integers(-4, 5, 2 * k + k * k).astype(float)
    fixed = -price * k if constant else 0.0
    found = solve(transport(k, over, np.full((k, k), price), base, powers, fixed))
    assert found.certificates.verified[0], found.messages
    if part > 1e-6:
        assert Status(int(found.status[0])) is Status.INFEASIBLE
        return
    assert Status(int(found.status[0])) is Status.OPTIMAL
    assert found.certificates.rel_prim[0] <= 1e-6
    least, most = (price * (k + over) * way + fixed for way in (1 - part, 1.0))
    room = 1e-6 * abs(least) + 0.02 * price * k * part
    assert least - room <= found.objective[0] <= (least if 0 in found.messages else most) + room


@pytest.mark.parametrize("part", [1e-8, 9e-7, 3e-6])
def test_whole_numbers_beside_sides_that_must_give_way(part: float) -> None:
    """A transport whose price is hidden beside a constant, and a whole number of its own, whose bound stays."""
    k, over = 3, 6 * part / (1 - part)
    plain = transport(k, over, np.ones((k, k)), 2.0, np.zeros(2 * k + k * k), 0.0)
    A = np.zeros((2 * k, k * k + 1))
    A[plain.structure.A.indices, plain.structure.A.columns()] = plain.A[0]
    whole = np.r_[np.zeros(k * k), 1.0]
    batch = make_batch(
        np.r_[np.ones(k * k), -1.0],
        A,
        plain.l[0],
        plain.u[0],
        lb=np.zeros(len(whole)),
        ub=np.r_[np.full(k * k, np.inf), 3.0],
        integer=whole,
    )
    found = solve(batch)
    assert found.certificates.verified[0], found.messages
    assert found.status[0] == (Status.INFEASIBLE if part > 1e-6 else Status.OPTIMAL)
    if part < 1e-6:
        assert found.x[0, -1] == 3.0
        assert found.objective[0] == pytest.approx((k + over) * (1 - part) - 3.0, abs=0.02 * k * part)


def test_a_problem_with_plans_does_not_give_way() -> None:
    """Where a plan keeps all sides, none that breaks some of them for a better objective is an answer, however little it breaks."""
    k = 3
    exact = transport(k, 0.0, np.ones((k, k)), 2.0, np.zeros(2 * k + k * k), -3.0)
    found = solve(exact)
    assert found.objective[0] == pytest.approx(0.0, abs=1e-12)
    assert 0 not in found.messages
    assert part_proven(exact, np.r_[-np.ones(k), np.ones(k)]) == 0.0
    apart = transport(k, 6e-7, np.ones((k, k)), 2.0, np.zeros(2 * k + k * k), 0.0)
    assert part_proven(apart, np.r_[-np.ones(k), np.ones(k)]) == pytest.approx(1e-7, rel=1e-5)


@pytest.mark.parametrize("curvature", [None, np.diag([2.0, 2.0])])
def test_bounds_that_cross_by_a_hair_beside_an_objective_of_nothing(curvature: np.ndarray | None) -> None:
    """Half-way between them is a plan, but what it misses is worth all of the objective: both give way by the least part."""
    value = 3.0 if curvature is None else 8.0
    batch = make_batch([1, 1], r=-value, lb=[1 + 4e-7, 2 + 8e-7], ub=[1, 2], P=curvature)
    for solver in (None, "highs", "clarabel"):
        found = solve(batch, Options(solver=solver))
        assert found.status[0] == Status.OPTIMAL and found.certificates.verified[0]
        assert found.certificates.gives_way[0] == pytest.approx(2e-7, rel=0.02)


def whole(apart: float, which: tuple[int, ...]) -> Batch:
    """Two equalities and a row that ask for what a plan of whole numbers, [30, 0, 20], misses by `apart` alone; ranges have no end."""
    inf = np.inf
    rows = [[0, 2, -2], [-2, 2, 2], [2, -2, -2]]
    low, high = [-40, -20, -inf], [-40, -20, 20 - apart]
    return make_batch([3, -2, -3], rows, low, high, [0, 0, -inf], [inf] * 3, integer=which)


@pytest.mark.parametrize("which", [(1, 1, 1), (1, 0, 0), (1, 0, 1), (0, 1, 1)])
@pytest.mark.parametrize("apart", [1e-8, 2.5e-7])
def test_whole_numbers_have_the_plan_within_the_tolerance(which: tuple[int, ...], apart: float) -> None:
    for solver in [None, *(s for s in ("highs", "scip") if s in CLASSES)]:
        found = solve(whole(apart, which), Options(solver=solver))
        assert Status(int(found.status[0])) is Status.OPTIMAL, (solver, found.messages)
        assert found.certificates.verified[0]
        assert found.x[0] == pytest.approx([30, 0, 20], abs=1e-6)
        assert found.objective[0] == pytest.approx(30, rel=1e-6)


def test_whole_numbers_have_none_where_sides_are_further_apart() -> None:
    """Proven by a tree of the problem whose sides all give way by a hair; so is what no sums of whole numbers meet."""
    odd = make_batch([1, 1], [[2, 2]], [3], [3], integer=[1, 1])
    for batch in (whole(1e-3, (1, 1, 1)), odd):
        found = solve(batch)
        assert Status(int(found.status[0])) is Status.INFEASIBLE
        assert found.certificates.verified[0]


def test_costs_a_hair_apart_have_no_end_whoever_is_asked() -> None:
    """2.0e-3 / 200 and 3.0e-3 / 300 differ by 1.6e-7: prices miss one of the costs by that, and along both there is no end."""
    batch = make_batch(
        [2e-3, -3e-3], [[-199.9999354504343, 299.9999509290704]], [200], [200], [-np.inf] * 2, [2, np.inf]
    )
    for solver in [None, *(s for s in ("highs", "clarabel", "piqp") if s in CLASSES)]:
        found = solve(batch, Options(solver=solver))
        assert Status(int(found.status[0])) is Status.UNBOUNDED, (solver, found.x, found.certificates)
        assert found.certificates.verified[0]


@pytest.mark.parametrize("apart", [1e-7, 1e-9, 1e-10, 1e-11])
@pytest.mark.parametrize("curved", [False, True])
def test_rows_a_hair_apart_with_a_plan_have_one_optimum(apart: float, curved: bool) -> None:
    """x + y = 1 beside x + (1 + apart) y = 1 + 2 apart holds at (−1, 2) alone; without the second row, missed by 1e-10 of it, costs are −4 for −1, and ½ for 5."""
    hair = (1.0 + apart) - 1.0
    sides = [1.0, 1.0 + 2 * hair]
    P, q = (2 * np.eye(2), [0.0, 0.0]) if curved else (None, [1.0, 0.0])
    one = make_batch(q, [[1.0, 1.0], [1.0, 1.0 + hair]], sides, sides, lb=[-5.0, -5.0], ub=[5.0, 5.0], P=P)
    optimum = 5.0 if curved else -1.0
    many = replace(one, size=40, q=np.tile(one.q, (40, 1)), A=np.tile(one.A, (40, 1)))
    for found in (solve(one), solve(many)):
        assert found.certificates.verified.all()
        assert found.objective == pytest.approx(optimum, rel=1e-5)
    for solver in ("clarabel",) if curved else ("clarabel", "highs"):
        named = solve(one, Options(solver=solver))
        assert not named.certificates.verified[0] or named.objective[0] == pytest.approx(optimum, rel=1e-5)


@pytest.mark.parametrize("solver", [None, "highs", "clarabel"])
def test_an_objective_of_a_hair_is_told_of_the_problem_whose_sides_give_way(solver: str | None) -> None:
    """x = 1 beside x = 1 + 1e-7, costs x − 1: both sides give way by half of it, so they are not 0."""
    batch = make_batch(
        [1.0], [[1.0], [1.0]], [1.0, 1.0 + 1e-7], [1.0, 1.0 + 1e-7], lb=[-5.0], ub=[5.0], r=-1.0
    )
    found = solve(batch, Options(solver=solver))
    assert found.certificates.verified[0]
    assert found.objective[0] == pytest.approx(5e-8, rel=0.02)
    assert found.certificates.gives_way[0] == pytest.approx(5e-8, rel=0.02)


@pytest.mark.parametrize(("pairs", "curved"), [(40, False), (40, True), (150, False)])
def test_one_pair_of_rows_a_hair_apart_among_many_is_seen(pairs: int, curved: bool) -> None:
    """The same pair beside others with coefficients 1 and 1.5, whose plan is (−1, 2) as well."""
    q = np.zeros(2 * pairs) if curved else np.tile([1.0, 0.0], pairs)
    A, sides = np.zeros((2 * pairs, 2 * pairs)), np.ones(2 * pairs)
    for k in range(pairs):
        apart = 2.0**-33 if k == 3 else 0.5
        A[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = [[1.0, 1.0], [1.0, 1.0 + apart]]
        sides[2 * k + 1] = 1.0 + 2 * apart
    box = np.full(2 * pairs, 5.0)
    found = solve(
        make_batch(q, A, sides, sides, lb=-box, ub=box, P=2 * np.eye(2 * pairs) if curved else None)
    )
    assert found.certificates.verified[0]
    assert found.objective[0] == pytest.approx(5.0 * pairs if curved else -pairs, rel=1e-9)


@pytest.mark.parametrize("apart", [1e-8, 1e-10, 1e-11])
@pytest.mark.parametrize("curved", [False, True])
def test_costs_a_hair_apart_are_worth_the_way_to_a_far_bound(apart: float, curved: bool) -> None:
    """min (1 + apart) x + y with x + y = 1 is 1 + apart x, least at the far bound of x, where it is a tenth less than at a near one; prices miss it by a hair at both."""
    hair = (1.0 + apart) - 1.0
    far = -0.1 / hair
    one = make_batch(
        [1.0 + hair, 1.0, 0.0],
        [[1.0, 1.0, 0.0]],
        [1.0],
        [1.0],
        lb=[far, -np.inf, 0.0],
        ub=[2.0, np.inf, 9.0],
        P=np.diag([0.0, 0.0, 1.0]) if curved else None,
    )
    many = replace(one, size=40, q=np.tile(one.q, (40, 1)), A=np.tile(one.A, (40, 1)))
    for found in (solve(one), solve(many)):
        assert found.certificates.verified.all()
        assert found.objective == pytest.approx(0.9, rel=1e-5)
    named = solve(one, Options(solver="clarabel"))
    assert not named.certificates.verified[0] or named.objective[0] == pytest.approx(0.9, rel=1e-5)


@pytest.mark.parametrize("low", [0.0, -np.inf])
def test_costs_a_hair_apart_are_worth_the_way_along_columns_without_end(low: float) -> None:
    """min z + y - (1 + h) x with x = y and z >= 1 is 1 - h x, and a row lets x go to 1/h: prices miss the costs of a column without end by h, which is worth all of the objective."""
    hair = 2.0**-33
    one = make_batch(
        [-1 - hair, 1.0, 1.0],
        [[1.0, -1.0, 0.0], [1.0, hair - 1, 0.0], [1.0, -1.0, 1.0]],
        [0.0, -np.inf, 1.0],
        [0.0, 1.0, np.inf],
        lb=[low, low, -np.inf],
    )
    many = replace(one, size=40, q=np.tile(one.q, (40, 1)), A=np.tile(one.A, (40, 1)))
    for found in (solve(one), solve(many)):
        assert found.certificates.verified.all()
        assert found.objective == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("apart", [0.5, 1e-10])
def test_a_plan_off_its_rows_is_moved_onto_them_but_for_rows_a_hair_apart(apart: float) -> None:
    box = np.full(2, 5.0)
    batch = make_batch(
        [1.0, 0.0],
        [[1.0, 1.0], [1.0, 1.0 + apart]],
        [1.0, 1 + 2 * apart],
        [1.0, 1 + 2 * apart],
        lb=-box,
        ub=box,
    )
    rough = Solution.blank(batch.structure, 1, Status.OPTIMAL)
    rough.x[0], rough.y[0], rough.z[0] = (
        [-1.0 + 3e-11, 2.0 + 1e-11] if apart == 0.5 else [-4.0, 5.0],
        [1.0, 0.0],
        0.0,
    )
    made = nudged(batch, rough)[0]
    off = broken_by(batch, made.x[0])
    assert off < 1e-15 if apart == 0.5 else off > 1e-12


def test_no_dense_system_of_many_rows_is_made() -> None:
    """Plans of larger problems stay as they are: the system of a week of hours would take longer than a solver."""
    n = 600
    batch = make_batch(np.ones(n), np.eye(n), np.ones(n), np.ones(n), lb=np.zeros(n), ub=np.full(n, 9.0))
    rough = Solution.blank(batch.structure, 1, Status.OPTIMAL)
    rough.x[0], rough.y[0] = 1.0 + 1e-10, 1.0
    assert nudged(batch, rough)[0] is rough
