"""Linear problems with products of two decisions: values that are known, and those of another solver."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import global_answers
from benchmarks.global_answers import coupled
from benchmarks.pooling import INSTANCES, pooling
from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Mask
from saddlepoint.solve.bilinear.aggregate import aggregated
from saddlepoint.solve.bilinear.boxes import narrowed
from saddlepoint.solve.bilinear.branch import GAP, branch_and_bound
from saddlepoint.solve.bilinear.complementary import Complementary, all_solutions
from saddlepoint.solve.bilinear.hot import solved_hot
from saddlepoint.solve.bilinear.linear import linear, linear_in_any_units
from saddlepoint.solve.bilinear.multiplied_rows import with_multiplied_rows
from saddlepoint.solve.bilinear.problem import Bilinear
from saddlepoint.solve.bilinear.proven import Solve
from saddlepoint.solve.bilinear.relaxation import Kinds, relaxed
from saddlepoint.solve.bilinear.second_route import searched
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.proof.weak_duality import safe_bound
from saddlepoint.solve.solution import Options


def haverly(limits: tuple[float, float], price: float) -> Bilinear:
    """Haverly's pooling problem (ACM SIGMAP Bulletin 25, 1978): columns f1, f2, y1, y2, z1, z2, p; minus the profit."""
    A, B = np.zeros((1, 6, 7)), np.zeros((1, 6, 2))
    A[0, 0, :4] = 1, 1, -1, -1
    A[0, 1, :2], B[0, 1] = (3, 1), (-1, -1)
    A[0, 2, [2, 4]] = A[0, 3, [3, 5]] = 1
    A[0, 4, [2, 4]], B[0, 4, 0] = (-2.5, -0.5), 1
    A[0, 5, [3, 5]], B[0, 5, 1] = (-1.5, 0.5), 1
    l = np.array([[0.0, 0, -np.inf, -np.inf, -np.inf, -np.inf]])
    u = np.array([[0.0, 0, *limits, 0, 0]])
    return Bilinear(
        q=np.array([[6.0, price, -9, -15, 1, -5, 0]]),
        p=np.zeros((1, 2)),
        r=np.zeros(1),
        A=A,
        B=B,
        l=l,
        u=u,
        lb=np.array([[0.0] * 6 + [1.0]]),
        ub=np.array([[300.0, 300, *limits, *limits, 3.0]]),
        left=np.array([6, 6]),
        right=np.array([2, 3]),
    )


def by_scip(problem: Bilinear, s: int) -> float:
    pytest.importorskip("pyscipopt", reason="SCIP (pyscipopt) is the other solver here")
    return global_answers.by_scip(problem, s)[0]


@pytest.mark.parametrize(
    ("limits", "price", "profit"), [((100, 200), 16, 400), ((600, 200), 16, 600), ((100, 200), 13, 750)]
)
def test_haverly(limits: tuple[float, float], price: float, profit: float) -> None:
    """The three published optima."""
    found = branch_and_bound(haverly(limits, price), linear)
    assert -found.value[0] == pytest.approx(profit, rel=1e-6)
    assert -found.bound[0] == pytest.approx(profit, rel=2e-6)
    assert found.gap[0] <= GAP * (1 + 1e-9)


@pytest.mark.parametrize(("n", "m", "count"), [(2, 2, 40), (10, 5, 3)])
def test_random_coupled_plans_beside_scip(n: int, m: int, count: int) -> None:
    problem = coupled(n, m, range(count))
    found = branch_and_bound(problem, linear)
    assert (found.gap <= GAP * (1 + 1e-9)).all()
    assert (problem.violation(found.x) <= 1e-7).all()
    np.testing.assert_allclose(problem.value(found.x), found.value)
    others = [by_scip(problem, s) for s in range(count)]
    np.testing.assert_allclose(found.value, others, rtol=3e-6)
    assert (found.bound <= np.array(others) + 1e-7 * np.abs(others)).all()


def test_the_same_scenario_has_the_same_answer_among_others() -> None:
    problem = coupled(3, 2, range(6))
    together = branch_and_bound(problem, linear)
    for s in range(6):
        alone = branch_and_bound(problem.take([s]), linear)
        np.testing.assert_allclose(alone.value[0], together.value[s], rtol=2e-6)


def test_a_bound_holds_whatever_multipliers_are_given() -> None:
    problem = coupled(3, 2, range(5))
    low, high, _ = narrowed(problem, problem.lb, problem.ub, rounds=30)
    batch = relaxed(problem, Kinds.of(problem), low, high)
    x, y, solved = linear(batch)
    assert solved.all()
    least = np.einsum("sn,sn->s", batch.q, x) + batch.r[:, 0]
    np.testing.assert_allclose(safe_bound(batch, y), least, rtol=1e-7)
    rng = np.random.default_rng(1)
    for _ in range(20):
        assert (safe_bound(batch, y + rng.normal(size=y.shape)) <= least + 1e-9 * np.abs(least)).all()


@pytest.mark.parametrize("seed", range(2))
def test_no_plan_is_cut_off_whatever_multipliers_are_given(seed: int) -> None:
    """Multipliers that are off, and problems without an answer, cost boxes: what is proven stays true."""
    rng = np.random.default_rng(seed)

    def sloppy(batch: Batch) -> tuple[Array, Array, Mask]:
        x, y, answered = linear(batch)
        off, none = rng.random((2, len(y))) < 0.25
        y = np.where(off[:, None], y * rng.uniform(0.5, 1.5, y.shape), y)
        return x, np.where(none[:, None], 0.0, y), answered & ~none

    for problem in (coupled(3, 2, range(30)), pooling("haverly1"), pooling("rt2")):
        sure, found = branch_and_bound(problem, linear), branch_and_bound(problem, sloppy, nodes=300)
        close = 1e-6 * np.abs(sure.value)
        assert (found.bound <= sure.value + close).all()
        assert (found.value >= sure.bound - close).all()


def test_no_plan_and_no_ends() -> None:
    none = haverly((100, 200), 16)
    none.l[0, 2] = 201.0
    none.u[0, 2] = 202.0
    found = branch_and_bound(none, linear)
    assert np.isposinf(found.value[0])
    assert np.isposinf(found.bound[0])
    assert found.gap[0] == 0
    endless = haverly((100, 200), 16)
    endless.lb[0, 6], endless.ub[0, 6] = -np.inf, np.inf
    assert not branch_and_bound(endless, linear).bounded[0]


def test_a_limit_of_boxes_leaves_a_gap_that_is_said() -> None:
    problem = coupled(10, 5, range(1))
    whole, found = branch_and_bound(problem, linear), branch_and_bound(problem, linear, nodes=1)
    assert found.nodes[0] <= 3
    assert found.bound[0] <= whole.value[0]
    assert found.gap[0] > GAP or np.isnan(found.gap[0])


@pytest.mark.parametrize(
    "name", ["haverly1", "haverly2", "haverly3", "bental4", "foulds2", "foulds3", "adhya1"]
)
def test_published_pooling_problems(name: str) -> None:
    """The best values of the literature, and those of SCIP."""
    problem, published = pooling(name), INSTANCES[name]["optimum"]
    beside = by_scip(problem, 0)
    found = branch_and_bound(problem, linear)
    assert found.gap[0] <= GAP
    assert problem.violation(found.x)[0] <= 1e-7
    assert found.value[0] == pytest.approx(published, rel=1e-6)
    assert found.value[0] == pytest.approx(beside, rel=3e-6)


@pytest.mark.parametrize("name", ["foulds3", "bental5", "adhya4"])
def test_rows_multiplied_by_columns_are_found(name: str) -> None:
    """Without the rows that follow by multiplying: the same optimum, in few boxes (SCIP takes 50 s for foulds3)."""
    found = branch_and_bound(pooling(name, multiplied=False), linear, nodes=100)
    assert found.gap[0] <= GAP
    assert found.value[0] == pytest.approx(INSTANCES[name]["optimum"], rel=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_multiplied_rows_take_no_plan_away(seed: int) -> None:
    """Equations and inequalities of x and y, all products xᵢyⱼ: points that satisfy the rows satisfy those that are added, which are broken elsewhere."""
    rng = np.random.default_rng(seed)
    S, k = 3, 3
    n, left, right = 2 * k, np.repeat(np.arange(k), k), k + np.tile(np.arange(k), k)
    plans = rng.uniform(0.5, 1.5, (S, n))
    A = np.zeros((S, 3, n))
    A[:, :2, :k], A[:, 2, k:] = rng.uniform(-1, 1, (S, 2, k)), rng.uniform(-1, 1, (S, k))
    activity = np.einsum("smn,sn->sm", A, plans)
    room = np.array([0.0, 0.1, 0.2])
    problem = Bilinear(
        q=rng.normal(size=(S, n)),
        p=rng.normal(size=(S, k * k)),
        r=np.zeros(S),
        A=A,
        B=np.zeros((S, 3, k * k)),
        l=activity - room,
        u=activity + room,
        lb=np.zeros((S, n)),
        ub=np.full((S, n), 2.0),
        left=left,
        right=right,
    )
    box = problem.lb, problem.ub
    more = with_multiplied_rows(problem, Kinds.of(problem), np.arange(S), box, linear)
    assert more.l.shape[1] > 3
    assert (more.violation(plans) <= 1e-12).all()
    least = branch_and_bound(problem, linear).value
    for s in range(S):
        assert least[s] == pytest.approx(by_scip(problem, s), rel=3e-6, abs=1e-6)


def test_scip_is_asked_where_a_gap_is_left() -> None:
    """After one box of adhya4 the best plan is not known: SCIP's is taken in, and that it finds no better one is told; the bound stays ours."""
    pytest.importorskip("pyscipopt", reason="SCIP (pyscipopt) is the second route")
    problem = pooling("adhya4", multiplied=False)
    alone = branch_and_bound(problem, linear, nodes=1)
    found = searched(problem, Deadline.of(Options()), nodes=1)
    assert alone.value[0] > -870
    assert found.value[0] == pytest.approx(INSTANCES["adhya4"]["optimum"], rel=1e-6)
    assert problem.violation(found.x)[0] <= 1e-7
    assert found.bound[0] <= found.value[0] and found.gap[0] > GAP
    assert not found.confirmed[0]
    again = searched(problem, Deadline.of(Options()), found.x, nodes=1)
    assert again.confirmed[0]
    over = searched(problem, Deadline.of(Options(time_limit=0.0)), nodes=1)
    assert not over.confirmed[0]


def test_another_plan_that_is_as_good_is_told() -> None:
    """The largest x² in [0, 1] is at one place, in [−1, 1] at two."""
    one = _square(np.array([[0.0]]), np.array([[1.0]]))
    two = _square(np.array([[-1.0]]), np.array([[1.0]]))
    for problem, several in ((one, False), (two, True)):
        found = branch_and_bound(problem, linear)
        assert found.value[0] == pytest.approx(-1.0)
        assert found.tied(problem)[0] == several


def test_the_twin_of_a_best_plan_is_told() -> None:
    """Two products with the same numbers: a plan that makes more of one is as good with the two exchanged."""
    one = coupled(2, 2, range(60))
    A, l, u = one.A.copy(), one.l.copy(), one.u.copy()
    A[:, :2, 1], A[:, 3, 1] = A[:, :2, 0], A[:, 2, 0]
    l[:, 3], u[:, 3] = l[:, 2], u[:, 2]
    problem = replace(one, A=A, l=l, u=u)
    found = branch_and_bound(problem, linear)
    twins = np.abs(found.x[:, 0] - found.x[:, 1]) > 1e-3 * np.abs(found.x).max(axis=1)
    assert twins.sum() > 20
    assert found.tied(problem)[twins].all()


def _square(low: Array, high: Array) -> Bilinear:
    """Minimise −x² between two numbers."""
    none = np.zeros((1, 0))
    return Bilinear(
        q=np.zeros((1, 1)),
        p=-np.ones((1, 1)),
        r=np.zeros(1),
        A=np.zeros((1, 0, 1)),
        B=np.zeros((1, 0, 1)),
        l=none,
        u=none,
        lb=low,
        ub=high,
        left=np.array([0]),
        right=np.array([0]),
    )


def test_a_column_that_follows_from_another_is_taken_out() -> None:
    """c = a + kx: the product c·x is the square a·x + kx², and a point is worth the same in both problems."""
    problem = coupled(3, 2, range(4))
    small = aggregated(problem)
    assert small.problem.q.shape[1] == 3
    assert (small.problem.left == small.problem.right).all()
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 2, (4, 3))
    np.testing.assert_allclose(small.problem.value(x), problem.value(small.whole(np.arange(4), x)))


def hyperbola(k: float, least: float = 1.0, most: float = np.inf) -> Bilinear:
    """min (x + y)/k, xy ≥ least·k², x + y ≤ most·k, 0 ≤ x, y ≤ 10k: 2√least, whatever the unit k."""
    return Bilinear(
        q=np.full((1, 2), 1 / k),
        p=np.zeros((1, 1)),
        r=np.zeros(1),
        A=np.array([[[0.0, 0.0], [1.0, 1.0]]]),
        B=np.array([[[1.0], [0.0]]]),
        l=np.array([[least * k * k, -np.inf]]),
        u=np.array([[np.inf, most * k]]),
        lb=np.zeros((1, 2)),
        ub=np.full((1, 2), 10 * k),
        left=np.array([0]),
        right=np.array([1]),
    )


UNITS = (1e-12, 1e-9, 1e-8, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e9)


@pytest.mark.parametrize("k", UNITS)
def test_the_unit_of_a_problem_does_not_change_its_answer(k: float) -> None:
    found = branch_and_bound(hyperbola(k), linear)
    assert found.value[0] == pytest.approx(2.0, rel=1e-6)
    assert 2.0 * (1 - 3 * GAP) <= found.bound[0] <= 2.0 * (1 + GAP)
    assert found.gap[0] <= GAP
    np.testing.assert_allclose(found.x[0] / k, [1, 1], rtol=1e-2)


@pytest.mark.parametrize("k", UNITS)
def test_without_a_plan_in_one_unit_without_a_plan_in_all(k: float) -> None:
    found = branch_and_bound(hyperbola(k, 0.5, 1.0), linear)
    assert np.isposinf(found.value[0])
    assert np.isposinf(found.bound[0])


@pytest.mark.parametrize("k", [1e-150, 1e-30, 1e-18, 1e-14, 1e-10, 1.0, 1e9])
def test_small_objectives_and_rows_count(k: float) -> None:
    """Objective and row of products in the unit k: the gap is one of the objective, a violation one of the row."""
    same = hyperbola(1.0)
    found = branch_and_bound(replace(same, q=same.q * k, B=same.B * k, l=np.array([[k, -np.inf]])), linear)
    assert found.value[0] == pytest.approx(2 * k, rel=1e-6)
    assert found.bound[0] == pytest.approx(2 * k, rel=3 * GAP)
    assert found.gap[0] <= GAP


@pytest.mark.parametrize("least", [1.0, 200.0])
@pytest.mark.filterwarnings("error")
def test_better_without_end(least: float) -> None:
    """min x + y − z, z ≥ x: without end where there is a plan, without a plan (xy ≤ 100) where there is none."""
    h = hyperbola(1.0, least)
    endless = replace(
        h,
        q=np.array([[1.0, 1.0, -1.0]]),
        A=np.array([[[0.0, 0, 0], [-1.0, 0, 1.0]]]),
        l=np.array([[least, 0.0]]),
        u=np.full((1, 2), np.inf),
        lb=np.zeros((1, 3)),
        ub=np.array([[10.0, 10.0, np.inf]]),
    )
    found = branch_and_bound(endless, linear)
    assert found.endless[0] == (least == 1.0)
    assert found.value[0] == found.bound[0] == (-np.inf if least == 1.0 else np.inf)


@pytest.mark.parametrize("solve", [linear_in_any_units, solved_hot])
@pytest.mark.parametrize("k", [1e-6, 1e-8, 1e-10])
def test_a_plan_that_is_small_beside_its_bounds(k: float, solve: Solve) -> None:
    """min x + y, xy ≥ k², with bounds of 1: 2k, and not 0 because k² is small; without the kernel too."""
    problem = replace(hyperbola(k), q=np.ones((1, 2)), ub=np.ones((1, 2)))
    found = branch_and_bound(problem, solve)
    assert found.value[0] == pytest.approx(2 * k, rel=1e-5)
    assert found.gap[0] <= GAP


def test_a_row_at_its_side_whose_terms_are_rounding_is_at_its_side() -> None:
    """v₁ ≥ 0 with the price v₂ = 1 > 0: v₁ = 0, which a solver may tell as 4e-16, the only term of its row."""
    pair = np.zeros(1, np.int64)
    problem = Complementary(
        M=np.eye(2)[None],
        l=np.array([[0.0, 1.0]]),
        u=np.array([[np.inf, 1.0]]),
        lb=np.zeros((1, 2)),
        ub=np.full((1, 2), 5.0),
        first=pair,
        second=pair + 1,
        told=2,
    )

    def nearly(batch: Batch) -> tuple[Array, Array, Mask]:
        x, y, done = linear(batch)
        return x + np.array([4e-16, 0.0]), y, done

    (found,) = all_solutions(problem, nearly)
    assert found.complete
    np.testing.assert_allclose(found.points, [[0.0, 1.0]], atol=1e-15)


def test_a_search_for_all_solutions_that_runs_out_of_time_is_not_complete() -> None:
    """5 ≥ v ≥ −1, v ≥ 0, and one of the two lower sides binds: v = 0."""
    one, pair = np.ones((1, 1)), np.zeros(1, np.int64)
    problem = Complementary(
        M=one[None], l=-one, u=np.inf * one, lb=0.0 * one, ub=5.0 * one, first=pair, second=pair, told=1
    )
    (found,) = all_solutions(problem, linear)
    assert found.complete and found.points.tolist() == [[0.0]]
    (none,) = all_solutions(problem, linear, over=lambda: True)
    assert not none.complete and len(none.points) == 0


@pytest.mark.parametrize("constant", [0.0, -0.3])
@pytest.mark.parametrize("seed", range(79, 85))
def test_terms_that_cannot_be_negative_come_to_nothing_exactly(seed: int, constant: float) -> None:
    """Products of nonnegative decisions, one of each pair nothing in a plan of two rows: the bound is the constant by signs, as no sum of floats would be."""
    rng = np.random.default_rng(seed)
    high = rng.uniform(0.5, 5, (1, 6))
    plan = np.where(rng.random((1, 6)) < 0.5, 0.0, high * rng.random((1, 6)))
    plan[:, :3] = np.where(plan[:, 3:] > 0, 0.0, plan[:, :3])
    A = rng.normal(size=(1, 2, 6))
    side = np.einsum("smn,sn->sm", A, plan)
    problem = Bilinear(
        q=np.zeros((1, 6)),
        p=rng.uniform(0.1, 2, (1, 3)) * 10.0 ** rng.integers(-3, 4),
        r=np.array([constant]),
        A=A,
        B=np.zeros((1, 2, 3)),
        l=side,
        u=side,
        lb=np.zeros((1, 6)),
        ub=high,
        left=np.array([0, 1, 2]),
        right=np.array([3, 4, 5]),
    )
    found = branch_and_bound(problem, linear, plan)
    assert (found.value[0], found.bound[0], found.gap[0]) == (constant, constant, 0.0)
    falling = replace(problem, p=-problem.p)
    assert branch_and_bound(falling, linear, plan).bound[0] < constant or not plan.any()


@pytest.mark.parametrize(("far", "cost"), [(1e5, 1e-5), (1e7, 1.0), (1e8, 150.0)])
def test_a_value_that_is_small_beside_what_the_bounds_allow_is_not_nothing(far: float, cost: float) -> None:
    """Minimise x·y − cost·z·w with 0 ≤ x, y ≤ far and 0 ≤ z, w ≤ 1: the optimum is −cost, whatever x·y could come to."""
    problem = Bilinear(
        q=np.zeros((1, 4)),
        p=np.array([[1.0, -cost]]),
        r=np.zeros(1),
        A=np.ones((1, 1, 4)),
        B=np.zeros((1, 1, 2)),
        l=np.full((1, 1), -np.inf),
        u=np.full((1, 1), 2e9),
        lb=np.zeros((1, 4)),
        ub=np.array([[far, far, 1.0, 1.0]]),
        left=np.array([0, 2]),
        right=np.array([1, 3]),
    )
    found = branch_and_bound(problem, linear)
    assert found.bound[0] <= -cost * (1 - 1e-9)
    assert found.value[0] == pytest.approx(-cost) or found.gap[0] > 1e-6
