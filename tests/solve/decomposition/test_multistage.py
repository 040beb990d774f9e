"""Policies by cuts against the tree of all histories, and against published optima."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from saddlepoint.solve.decomposition.cuts import NoCut, depths
from saddlepoint.solve.decomposition.multistage import sddp
from saddlepoint.solve.decomposition.multistage.evaluate import evaluated
from saddlepoint.solve.decomposition.multistage.problem import MultistageProblem, PolicyAnswer, PolicyStage
from saddlepoint.solve.decomposition.multistage.sddp import begun, search_on
from saddlepoint.solve.decomposition.multistage.solve_policy import best_policy
from saddlepoint.solve.decomposition.multistage.stage_form import FutureCost, StageForm
from saddlepoint.solve.decomposition.multistage.stage_plans import StagePlans, stage_plans
from saddlepoint.solve.solution import Options

INF = np.inf


def stage(
    *, T: object, W: object, q: object, l: object, u: object, ub: object, passed_on: list[int], shares: object
) -> PolicyStage:
    """One stage, its columns at least 0."""
    upper = np.atleast_2d(np.asarray(ub, float))
    sides = {
        name: np.atleast_2d(np.asarray(a, float)) for name, a in (("q", q), ("l", l), ("u", u), ("ub", upper))
    }
    matrices = {
        name: a[None] if a.ndim == 2 else a for name, a in (("T", np.asarray(T)), ("W", np.asarray(W, float)))
    }
    return PolicyStage(
        **matrices, **sides, lb=np.zeros_like(upper), shares=np.asarray(shares, float), passed_on=np.asarray(passed_on, np.int64)
    )  # fmt: skip


def reservoirs(
    seed: int, stages: int, outcomes: int, *, varying: bool = False, tight: bool = False
) -> MultistageProblem:
    """Two reservoirs and two thermal units serve a demand; inflows, and with `varying` yields and costs too, are uncertain. tight: nothing may be missed, so
    that a stage may leave a later one without a plan."""
    rng = np.random.default_rng(seed)
    made: list[PolicyStage] = []
    for t in range(stages):
        r, come = (outcomes, 2) if t else (1, 0)
        n = 8 if tight else 9
        W, T = np.zeros((r if varying else 1, 3, n)), np.zeros((1, 3, come))
        for k in range(2):
            W[:, k, [k, 2 + k, 4 + k]] = 1.0
        T[0, :2] = -np.eye(2)[:, :come]
        W[:, 2, 2:4] = rng.uniform(0.8, 1.2, (len(W), 1)) if varying else 1.0
        W[:, 2, 6:] = 1.0
        inflow = rng.gamma(2.0, 2.0, (r, 2)) + (0 if t else 6)
        q = np.zeros((r if varying else 1, n))
        q[:, 6:8] = rng.uniform(5, 20, (len(q), 2))
        q[:, 8:] = 100.0
        ub = np.array([15.0, 15, 8, 8, INF, INF, 2, 2, INF])[:n]
        l = np.column_stack([inflow, np.full(r, 13.0 if tight else 12.0)])
        u = np.column_stack([inflow, np.full(r, INF)])
        made.append(
            stage(T=T, W=W, q=q, l=l, u=u, ub=ub, passed_on=[come, come + 1] if t < stages - 1 else [], shares=rng.dirichlet(np.full(r, 5.0)))
        )  # fmt: skip
    return MultistageProblem(stages=tuple(made), constant=3.0)


def both(problem: MultistageProblem) -> tuple[PolicyAnswer | None, PolicyAnswer | None]:
    tree, cuts = (best_policy(problem, Options(), route, paths=100, seed=0) for route in ("tree", "cuts"))
    return tree and tree[0], cuts and cuts[0]


@pytest.mark.parametrize(("seed", "varying"), [(0, False), (1, True), (2, False), (3, True)])
def test_cuts_find_the_optimum_of_the_tree_of_histories(seed: int, varying: bool) -> None:
    tree, cuts = both(reservoirs(seed, 4, 4, varying=varying))
    assert tree is not None and cuts is not None
    assert cuts.exact and cuts.paths == tree.paths == 64
    assert cuts.cost == pytest.approx(tree.cost, rel=1e-8) == pytest.approx(cuts.bound, rel=1e-8)
    assert tree.bound == pytest.approx(tree.cost, rel=1e-8)
    assert cuts.path_weights @ cuts.path_costs == pytest.approx(cuts.cost, rel=1e-12)


def test_states_that_leave_later_stages_without_a_plan_are_cut_off() -> None:
    seen = {False, True}
    for seed in range(11):
        tree, cuts = both(reservoirs(seed, 3, 3, tight=True))
        assert (tree is None) == (cuts is None)
        seen.discard(tree is None)
        if tree is not None and cuts is not None:
            assert cuts.cost == pytest.approx(tree.cost, rel=1e-8) == pytest.approx(cuts.bound, rel=1e-8)
    assert not seen


def _taker() -> PolicyStage:
    """A stage that takes exactly what comes, and can take 1,000."""
    return stage(T=[[-1.0]], W=[[1.0]], q=[1.0], l=[0.0], u=[0.0], ub=[1000.0], passed_on=[], shares=[1.0])


@pytest.mark.parametrize(("beyond", "none"), [(0.0, False), (1e-7, False), (1e-4, True)])
def test_a_state_beyond_its_bound_by_the_tolerance_of_plans_has_a_plan(beyond: float, none: bool) -> None:
    """Plans of the stage before hold to 1e-9 of their terms: to call so little infeasible would end the search without a cut."""
    if none:
        pytest.importorskip(
            "numba",
            reason="solvers give a plan within the tolerance where the kernel proves that there is none",
        )
    form = StageForm.of(_taker(), None)
    found = stage_plans(form, np.array([[1000.0 + beyond]]), np.zeros(1, np.int64), Options())
    assert found.none.tolist() == [none]


def test_a_cut_of_feasibility_exceeds_the_rounding_of_its_terms() -> None:
    form = StageForm.of(_taker(), None)
    batch = form.batch(np.array([[1000.0 + 1e-10], [1000.5]]), np.zeros(2, np.int64))
    assert depths(batch, np.ones((2, 1))).tolist() == pytest.approx([0.0, 0.5])


def test_the_bound_never_falls_and_lies_below_every_policy() -> None:
    problem = reservoirs(5, 6, 4)
    search = begun(problem, Options())
    search_on(search, np.random.default_rng(0), passes=12)
    assert all(b <= a + 1e-9 for b, a in zip(search.bounds, search.bounds[1:], strict=False))
    sampled = evaluated(search, 100, np.random.default_rng(1))
    assert sampled.exact and sampled.paths == 4**5
    assert sampled.bound <= sampled.cost + 1e-9


def test_a_stage_of_which_nothing_is_known_at_a_state_gives_no_cut_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The search goes on, and its bound stays one."""
    problem, rng = reservoirs(5, 6, 4), np.random.default_rng(3)
    plainly = begun(problem, Options())
    search_on(plainly, np.random.default_rng(0), passes=12)
    plain = sddp.stage_plans

    def sometimes(form: StageForm, x: np.ndarray, which: np.ndarray, options: Options) -> StagePlans:
        found = plain(form, x, which, options)
        return replace(found, unknown=np.arange(len(which)) < (rng.random() < 0.1), words="unknown")

    monkeypatch.setattr(sddp, "stage_plans", sometimes)
    search = begun(problem, Options())
    search_on(search, np.random.default_rng(0), passes=20)
    assert search.bound == pytest.approx(plainly.bound, rel=1e-3)
    with pytest.raises(NoCut, match="unknown"):
        for seed in range(30):
            evaluated(search, 10, np.random.default_rng(seed), most=0)


def test_slopes_that_are_rounding_are_left_out_of_cuts() -> None:
    future = FutureCost(width=3)
    future.add(np.ones(1), np.array([[2.0, -1e-21, 1e-9]]), np.zeros((1, 3)))
    assert future.slope.tolist() == [[2.0, 0.0, 1e-9]]


def test_an_estimate_covers_the_expected_cost() -> None:
    """The interval of sampled histories against all of them: of 25 samples at most 4 miss (expected 1.25)."""
    problem = reservoirs(5, 4, 4)
    search = begun(problem, Options())
    search_on(search, np.random.default_rng(0), passes=6)
    exact = evaluated(search, 0, np.random.default_rng(0)).cost
    missed = 0
    for seed in range(25):
        found = evaluated(search, 200, np.random.default_rng(seed), most=0)
        assert not found.exact
        missed += abs(found.cost - exact) > found.half_width
    assert missed <= 4


def test_published_optima() -> None:
    """FAST, "hydro thermal" (L. Cambier, D. Scieur): −10; SDDP.jl states the same. Capacity expansion of three stages, problem 5.2 of A. Papavasiliou as in
    SDDP.jl (O. Dowson, L. Kapelevich): 406712.49."""
    rain = [
        stage(T=np.zeros((2, 0)), W=[[1, 1, 0], [0, 1, 1]], q=[0, 0, 5], l=[-INF, 6], u=[6, INF], ub=[8, INF, INF], passed_on=[0], shares=[1]),
        stage(T=[[-1.0], [0]], W=[[1, 1, 0], [0, 1, 1]], q=[0, 0, 5], l=[[-INF, 6]] * 2, u=[[2, INF], [10, INF]], ub=[8, INF, INF], passed_on=[], shares=[0.5, 0.5]),
    ]  # fmt: skip
    for found in both(MultistageProblem(stages=tuple(rain))):
        assert found is not None and found.cost == pytest.approx(10.0) == pytest.approx(found.bound)
    for found in both(_expansion()):
        assert found is not None and found.cost == pytest.approx(406712.49, abs=0.01)
        assert found.bound == pytest.approx(found.cost, rel=1e-9)


def _expansion() -> MultistageProblem:
    """Columns: capacity (4), output of technology and block (4 × 3), additions (4), what is missed."""
    build, run = np.array([16.0, 5, 32, 2]), np.array([25.0, 80, 6.5, 160])
    hours = np.array([8760.0, 7000, 1500]) / 8760
    demands = np.diff([[0, 3919, 7329, 10315], [0, 7086, 9004, 11169]], axis=1)
    W = np.zeros((12, 21))
    W[:4, :4], W[:4, 16:20] = np.eye(4), -np.eye(4)
    for i in range(4):
        W[4 + i, 4 + 3 * i : 7 + 3 * i] = 1.0
    for j in range(3):
        W[8 + j, 4 + j : 16 : 3], W[8 + j, 20] = 1.0, 1.0
    W[11, 16:20] = 1.0
    q = np.concatenate([np.zeros(4), np.outer(run, hours).reshape(-1), build, [1e5]])
    made: list[PolicyStage] = []
    for t in range(3):
        come = 4 if t else 0
        need = demands if t else np.zeros((1, 3))
        r = len(need)
        T = np.zeros((12, come))
        T[:4], T[4:8] = -np.eye(4)[:, :come], -np.eye(4)[:, :come]
        l = np.hstack([np.zeros((r, 4)), np.full((r, 4), -INF), need, np.full((r, 1), -INF)])
        u = np.hstack([np.zeros((r, 8)), np.full((r, 3), INF), np.full((r, 1), 0.0 if t == 2 else INF)])
        made.append(
            stage(T=T, W=W, q=q, l=l, u=u, ub=np.full(21, INF), passed_on=[come + k for k in range(4)] if t < 2 else [], shares=[0.9, 0.1] if t else [1.0])
        )  # fmt: skip
    return MultistageProblem(stages=tuple(made))
