"""Chance constraints against closed forms, programs by hand (CVXPY) and simulation."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from scipy import stats

from saddlepoint.compile.bind import bind
from saddlepoint.compile.compile import compile_problem
from saddlepoint.expr.node import Chance
from saddlepoint.expr.value import value
from saddlepoint.lab import Lab
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.rewrite.chance import Inequality
from saddlepoint.rewrite.spread import elements, length
from saddlepoint.rewrite.variance import variance
from saddlepoint.solve.solve import solve
from saddlepoint.study.running.plan import numbers_of
from saddlepoint.uncertain import BUFFERS, find, wasserstein_quantile

Model = Callable[..., Lab]
ITEMS = ["i1", "i2", "i3"]
MEAN, STD = [10.0, 20.0, 30.0], [1.0, 2.0, 3.0]
K90, K95 = stats.norm.ppf(0.9), stats.norm.ppf(0.95)
DRAWS = [f"k{k}" for k in range(40)]


def uncertain(
    coordinates: list[str], name: str, more: dict[str, Any] | None = None, **dims: str
) -> dict[str, Any]:
    view = {key: {"dim": dim} for key, dim in dims.items()}
    return {"type": "uncertain", "coordinates": coordinates, "variables_info": {name: view}, **(more or {})}


def given(coordinates: list[str], name: str, **dims: str) -> dict[str, Any]:
    view = {key: {"dim": dim} for key, dim in dims.items()}
    return {"type": "exogenous", "coordinates": coordinates, "variables_info": {name: view}}


def rows(distribution: str | list[str] = "normal", **columns: list[float]) -> dict[str, list[Any]]:
    named = [distribution] * 3 if isinstance(distribution, str) else distribution
    return {"I": ITEMS, "distribution": named, "mean": MEAN, "std": STD, **columns}


def plan(lab: Lab) -> np.ndarray:
    result = lab.solve()
    assert result.exit_code == 0
    return result.table("plan").values


def becomes(lab: Lab) -> list[str]:
    return [x.split("becomes ")[1] for x in lab.explain().splitlines() if "becomes " in x]


@pytest.mark.parametrize(
    ("stated", "side", "form"),
    [
        ("chance(x >= D, 0.95)", "cols", "x >= quantile(D, 0.95)"),
        ("chance(D <= x, 0.95)", "cols", "quantile(D, 0.95) <= x"),
        ("chance(x - D >= 0, 0.95)", "cols", "x - quantile(D, 0.95) >= 0"),
        ("chance(2 * D - 3 <= 2 * x - 3, 0.95)", "cols", "2 * quantile(D, 0.95) - 3 <= 2 * x - 3"),
        ("chance(tran(x) >= D, 0.95)", "rows", "tran(x) >= quantile(D, 0.95)"),
        ("chance(x >= tran(D), 0.95)", "rows", "x >= tran(quantile(D, 0.95))"),
    ],
)
def test_one_element_in_a_row_is_its_quantile(model: Model, stated: str, side: str, form: str) -> None:
    lab = model([stated], tables={"d": uncertain(["I"], "D", I=side)}, data={"d": rows()})
    assert becomes(lab) == [form]
    assert plan(lab) == pytest.approx(np.array(MEAN) + K95 * np.array(STD), rel=1e-12)


def test_a_bound_from_above_takes_the_lower_level(model: Model) -> None:
    lab = model(
        ["chance(x <= D, 0.95)"],
        "Maximize(sum(x))",
        tables={"d": uncertain(["I"], "D", I="cols")},
        data={"d": rows(["normal", "lognormal", "cantelli"])},
    )
    assert becomes(lab) == ["x <= floor(D, 0.95)"]
    s = np.sqrt(np.log1p(0.01))
    wanted = [10 - K95, 20 * np.exp(-s * s / 2 - s * K95), 30 - 3 * np.sqrt(19.0)]
    assert plan(lab) == pytest.approx(wanted, rel=1e-10)


def test_every_law_and_family_as_a_scenario_of_one_program(model: Model) -> None:
    own = {
        "lower": 200.0,
        "upper": 420.0,
        "dof": 5.0,
        "radius": 2.0,
        "gamma1": 0.1,
        "gamma2": 1.2,
        "confidence": 0.9,
    }
    kinds = [b.name for b in BUFFERS if "samples" not in b.needs]
    columns: dict[str, Any] = {k: [v] * len(kinds) for k, v in own.items()}
    lab = model(
        ["chance(sum(x) >= D, 0.95)"],
        items={"Kinds": kinds},
        split=("Kinds",),
        tables={"d": uncertain(["Kinds"], "D")},
        data={
            "d": {
                "Kinds": kinds,
                "distribution": kinds,
                "mean": [300.0] * len(kinds),
                "std": [30.0] * len(kinds),
                **columns,
            }
        },
    )
    result = lab.solve()
    wanted = [
        find(k).effective(300.0, 30.0, 0.95, **{n: own[n] for n in find(k).needs if n in own}) for k in kinds
    ]
    assert len(kinds) >= 16
    assert result.objective[""] == pytest.approx(wanted, rel=1e-9)
    assert len(result.answers[""].solution.method.values) == 1


def test_factors_of_either_sign_take_the_side_they_need(model: Model) -> None:
    lab = model(
        ["chance(x >= mult(c, D) + 100, 0.9)"],
        tables={"d": uncertain(["I"], "D", I="cols"), "c": given(["I"], "c", I="cols")},
        data={
            "d": {"I": ITEMS, "distribution": ["support"] * 3, "mean": [50, 10, 10], "lower": [40, 5, 2], "upper": [100, 20, 30]},
            "c": [1.0, -2.0, 0.5],
        },
    )  # fmt: skip
    assert plan(lab) == pytest.approx([200.0, 90.0, 115.0])


def test_a_probability_per_row_and_scenario(model: Model) -> None:
    lab = model(
        ["chance(x >= D, p)"],
        items={"S": ["low", "high"]},
        split=("S",),
        tables={"d": uncertain(["I"], "D", I="cols"), "p": given(["I", "S"], "p", I="cols")},
        data={"d": rows(), "p": [[0.5, 0.9], [0.6, 0.95], [0.7, 0.99]]},
    )
    level = np.array([[0.5, 0.9], [0.6, 0.95], [0.7, 0.99]])
    wanted = np.array(MEAN)[:, None] + stats.norm.ppf(level) * np.array(STD)[:, None]
    assert plan(lab) == pytest.approx(wanted, rel=1e-12)


def test_a_sum_of_independent_elements(model: Model) -> None:
    lab = model(
        ["chance(sum(x) >= sum(D), 0.95)"], tables={"d": uncertain(["I"], "D", I="cols")}, data={"d": rows()}
    )
    assert plan(lab).sum() == pytest.approx(60 + K95 * np.sqrt(14.0))
    assert becomes(lab) == ["sum(x) >= sum(mean(D)) + mult(safety_factor(0.95), sqrt(sum(square(std(D)))))"]


@pytest.mark.parametrize(
    ("kinds", "k"),
    [
        (["normal"] * 3, K95),
        (["cantelli"] * 3, np.sqrt(19.0)),
        (["normal", "cantelli", "normal"], np.sqrt(19.0)),
        (["normal", "unimodal-symmetric", "normal"], np.sqrt(2 / (9 * 0.05))),
        (["symmetric", "unimodal-symmetric", "normal"], np.sqrt(10.0)),
        (["sub-gaussian", "normal", "normal"], np.sqrt(2 * np.log(20.0))),
        (["sub-gaussian", "symmetric", "normal"], np.sqrt(19.0)),
    ],
)
def test_the_widest_assumption_of_a_row_counts(model: Model, kinds: list[str], k: float) -> None:
    lab = model(
        ["chance(sum(x) >= sum(D), 0.95)"],
        tables={"d": uncertain(["I"], "D", I="cols")},
        data={"d": rows(kinds)},
    )
    assert plan(lab).sum() == pytest.approx(60 + k * np.sqrt(14.0), rel=1e-9)


def test_only_the_elements_that_a_row_meets_count(model: Model) -> None:
    lab = model(
        ["chance(tran(x) >= A @ D, 0.95)"],
        tables={"d": uncertain(["I"], "D", I="rows"), "a": given(["I", "J"], "A", I="cols", J="rows")},
        copies={"J": "I"},
        data={"d": rows(["normal", "normal", "cantelli"]), "a": [[1, 2, 0], [1, 0, 3], [0, 0, 1]]},
    )
    a = np.array([[1, 1, 0], [2, 0, 0], [0, 3, 1.0]])
    k = np.array([K95, K95, np.sqrt(19.0)])
    assert plan(lab) == pytest.approx(a @ MEAN + k * np.sqrt(a**2 @ np.square(STD)), rel=1e-9)


def test_two_tables_and_two_uses_of_one(model: Model) -> None:
    lab = model(
        ["chance(sum(x) >= D + E + 2 * D, 0.9)"],
        tables={"d": uncertain([], "D"), "e": uncertain([], "E")},
        data={
            n: {"distribution": ["normal"], "mean": [10.0], "std": [s]} for n, s in (("d", 1.0), ("e", 2.0))
        },
    )
    assert plan(lab).sum() == pytest.approx(40 + K90 * np.sqrt(9 + 4.0))


def test_an_expression_and_its_transpose_do_not_share_elements(model: Model) -> None:
    lab = model(
        ["chance(X >= D + tran(D), 0.9)"],
        "Minimize(sum(X))",
        copies={"J": "I"},
        tables={
            "plan": {"type": "endogenous", "coordinates": ["I", "J"], "variables_info": {"X": {"I": {"dim": "rows"}, "J": {"dim": "cols"}}}},
            "d": uncertain(["I", "J"], "D", I="rows", J="cols"),
        },
        data={"d": {"I": [i for i in ITEMS for _ in ITEMS], "J": ITEMS * 3, "distribution": ["normal"] * 9, "mean": [1.0] * 9, "std": [1.0] * 9}},
    )  # fmt: skip
    same = np.eye(3) * 2 + (1 - np.eye(3)) * np.sqrt(2.0)
    assert plan(lab) == pytest.approx(2 + K90 * same, rel=1e-9)


def cone(model: Model, kinds: list[str], mean: np.ndarray, std: np.ndarray, p: list[float]) -> Lab:
    return model(
        ["chance(a @ tran(x) <= b, p)"],
        "Maximize(sum(x))",
        items={"R": ["r1", "r2"]},
        tables={
            "d": uncertain(["R", "I"], "a", R="rows", I="cols"),
            "b": given(["R"], "b", R="rows"),
            "p": given(["R"], "p", R="rows"),
        },
        data={
            "d": {"R": ["r1"] * 3 + ["r2"] * 3, "I": ITEMS * 2, "distribution": kinds, "mean": mean.ravel(), "std": std.ravel()},
            "b": [10.0, 20.0],
            "p": p,
        },
    )  # fmt: skip


def test_uncertain_coefficients_are_a_cone_per_row(model: Model) -> None:
    rng = np.random.default_rng(0)
    mean, std = rng.uniform(1, 3, (2, 3)), rng.uniform(0.2, 0.6, (2, 3))
    result = cone(model, ["normal"] * 3 + ["cantelli"] * 3, mean, std, [0.9, 0.8]).solve()
    x, k = cp.Variable(3, nonneg=True), [K90, 2.0]
    held = [mean[i] @ x + k[i] * cp.norm(cp.multiply(std[i], x)) <= (10, 20)[i] for i in range(2)]
    wanted = cp.Problem(cp.Maximize(cp.sum(x)), held).solve(solver="CLARABEL")
    assert result.objective[""] == pytest.approx([wanted], rel=1e-7)
    assert result.price("c1").columns["price"] == pytest.approx([c.dual_value for c in held], abs=1e-6)
    drawn = rng.normal(mean[0], std[0], (200_000, 3)) @ result.table("plan").values
    assert (drawn <= 10).mean() == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / 200_000))


def test_a_covariance_ties_the_elements_of_a_row(model: Model) -> None:
    rng = np.random.default_rng(3)
    root = rng.normal(size=(3, 3))
    sigma, mean = 0.05 * root @ root.T, rng.uniform(1, 3, 3)
    tables = {
        "d": uncertain(["I"], "a", {"covariance": "S"}, I="cols"),
        "s": given(["I", "J"], "S", I="rows", J="cols"),
    }
    data = {"d": {"I": ITEMS, "distribution": ["normal"] * 3, "mean": mean}, "s": sigma}
    lab = model(
        ["chance(a @ tran(x) <= 10, 0.9)"], "Maximize(sum(x))", copies={"J": "I"}, tables=tables, data=data
    )
    x = cp.Variable(3, nonneg=True)
    hand = cp.Problem(
        cp.Maximize(cp.sum(x)),
        [mean @ x + K90 * cp.norm(np.linalg.cholesky(sigma).T @ x) <= 10],
    )
    assert plan(lab).sum() == pytest.approx(hand.solve(solver="CLARABEL"), rel=1e-7)
    lab = model(["chance(sum(x) >= sum(a), 0.9)"], copies={"J": "I"}, tables=tables, data=data)
    assert plan(lab).sum() == pytest.approx(mean.sum() + K90 * np.sqrt(sigma.sum()))
    lab = model(["chance(x >= a, 0.9)"], copies={"J": "I"}, tables=tables, data=data)
    assert plan(lab) == pytest.approx(mean + K90 * np.sqrt(np.diag(sigma)))


def test_one_coefficient_of_a_decision_is_exact_for_every_law(model: Model) -> None:
    own = {
        "plan": {"type": "endogenous", "coordinates": [], "variables_info": {"y": {}}},
        "d": uncertain([], "D"),
    }
    row = {"distribution": ["gamma"], "mean": [2.0], "std": [1.0]}
    lab = model(["chance(D * y <= 10, 0.9)"], "Maximize(y)", tables=own, data={"d": row})
    assert plan(lab) == pytest.approx(10 / stats.gamma.ppf(0.9, 4, scale=0.5), rel=1e-8)
    lab = model(["chance(D * y >= -10, 0.9)"], "Minimize(y)", tables=own, data={"d": row})
    assert plan(lab) == pytest.approx(-10 / stats.gamma.ppf(0.9, 4, scale=0.5), rel=1e-8)


def test_statistics_are_data(model: Model) -> None:
    lab = model(
        ["x >= mean(D) + 0.5 * std(D)", "sum(x) >= sum(quantile(D, 0.9)) + sum(cvar(D, 0.9))"],
        tables={"d": uncertain(["I"], "D", I="cols")},
        data={"d": rows()},
    )
    tail = stats.norm.pdf(K90) / 0.1
    assert plan(lab).sum() == pytest.approx(2 * 60 + (K90 + tail) * 6)
    lab = model(["x >= mean(2 * D - 1)"], tables={"d": uncertain(["I"], "D", I="cols")}, data={"d": rows()})
    assert plan(lab) == pytest.approx(2 * np.array(MEAN) - 1)


def sampled(
    model: Model, expressions: list[Any], objective: str = "Minimize(sum(x))", **more: str
) -> tuple[Lab, Any, Any]:
    rng = np.random.default_rng(0)
    draws, weights = rng.gamma(2, 1, (40, 3)), rng.uniform(0.5, 2, 40)
    tables = {
        "d": uncertain(["W", "I"], "D", {"samples": "W", **more}, I="cols"),
        "w": given(["W"], "w", W="rows"),
        "e": given([], "eps"),
    }
    lab = model(
        expressions, objective, items={"W": DRAWS}, tables=tables, data={"d": draws, "w": weights, "e": 0.05}
    )
    return lab, draws, weights / weights.sum()


def test_draws_of_one_element_are_an_order_statistic(model: Model) -> None:
    lab, draws, _ = sampled(model, ["chance(x >= D, 0.9)"])
    assert plan(lab) == pytest.approx(np.sort(draws, axis=0)[35])
    lab, draws, w = sampled(model, ["chance(sum(x) >= sum(D), 0.9)"], weights="w")
    total, order = draws.sum(axis=1), np.argsort(draws.sum(axis=1))
    assert plan(lab).sum() == pytest.approx(total[order][np.argmax(np.cumsum(w[order]) >= 0.9)])
    assert becomes(lab) == ["sum(x) >= quantile(sum(D), 0.9)"]


def tail(loss: Any, w: np.ndarray, t: Any, p: float) -> Any:
    return t + cp.sum(cp.multiply(w, cp.pos(loss - t))) / (1 - p)


def test_draws_that_decisions_multiply_are_rows_of_cvar(model: Model) -> None:
    lab, draws, w = sampled(model, ["chance(D @ tran(x) <= 10, 0.9)"], "Maximize(sum(x))", weights="w")
    result = lab.solve()
    x, t = cp.Variable(3, nonneg=True), cp.Variable()
    held = [tail(draws @ x, w, t, 0.9) <= 10]
    assert result.objective[""] == pytest.approx(
        [cp.Problem(cp.Maximize(cp.sum(x)), held).solve(solver="CLARABEL")], rel=1e-7
    )
    assert result.price("c1").columns["price"] == pytest.approx([held[0].dual_value], abs=1e-6)
    assert w @ (draws @ result.table("plan").values <= 10 + 1e-9) >= 0.9
    assert "LP, maximise" in lab.explain()


def test_cvar_and_mean_of_a_loss_in_the_objective(model: Model) -> None:
    goal = "Minimize(sum(x) + 5 * cvar(sum(pos(D - x)), 0.8) + mean(sum(pos(D - x))))"
    lab, draws, w = sampled(model, ["sum(x) <= 100"], goal, weights="w")
    x, t = cp.Variable((1, 3), nonneg=True), cp.Variable()
    loss = cp.sum(cp.pos(draws - np.ones((40, 1)) @ x), axis=1)
    hand = cp.Problem(cp.Minimize(cp.sum(x) + 5 * tail(loss, w, t, 0.8) + w @ loss))
    assert lab.solve().objective[""] == pytest.approx([hand.solve(solver="CLARABEL")], rel=1e-7)


def test_a_ball_around_draws(model: Model) -> None:
    lab, draws, _ = sampled(model, ["chance(x >= D, 0.9)"], radius="eps")
    assert plan(lab) == pytest.approx(
        [wasserstein_quantile(draws[:, i], 0.9, 0.05, 1) for i in range(3)], rel=1e-9
    )
    lab, draws, _ = sampled(model, ["chance(sum(x) >= sum(D), 0.9)"], radius="eps")
    assert plan(lab).sum() == pytest.approx(
        wasserstein_quantile(draws.sum(axis=1), 0.9, 0.05 * np.sqrt(3.0), 1)
    )
    lab, draws, _ = sampled(model, ["chance(D @ tran(x) <= 10, 0.9)"], "Maximize(sum(x))", radius="eps")
    x, t = cp.Variable(3, nonneg=True), cp.Variable()
    held = [tail(draws @ x, np.full(40, 1 / 40), t, 0.9) + 0.05 / 0.1 * cp.norm(x) <= 10]
    assert plan(lab).sum() == pytest.approx(
        cp.Problem(cp.Maximize(cp.sum(x)), held).solve(solver="CLARABEL"), rel=1e-7
    )


def promised(lab: Lab) -> list[str]:
    """What explain says below each rewritten relation, up to the reason."""
    lines = lab.explain().splitlines()
    return [after.strip().split(":")[0] for line, after in pairwise(lines) if "becomes " in line]


def test_explain_calls_exact_only_what_is_exact(model: Model) -> None:
    tables = {"d": uncertain(["I"], "D", I="cols"), "e": uncertain([], "E")}
    data = {"d": rows(), "e": {"distribution": ["normal"], "mean": [10.0], "std": [1.0]}}

    def said(relation: str) -> list[str]:
        return promised(model([relation], tables=tables, data=data))

    assert said("chance(x >= D, 0.9)") == ["exact"]
    assert said("chance(sum(x) >= sum(D), 0.9)") == ["exact for Normal, safe for the others"]
    assert said("chance(x >= D, 2 * x >= E, 0.9)") == ["safe", "safe"]


def test_rewritten_constraints_keep_names_and_axes_so_nothing_is_to_be_undone(model: Model) -> None:
    tables = {"d": uncertain(["I"], "D", I="cols")}
    stated = [
        {"most": "x <= 90"},
        {"served": "chance(x >= D, 0.9)"},
        {"both": "chance(x >= D, 2 * x >= D, 0.9)"},
    ]
    lab = model(stated, tables=tables, data={"d": rows()})
    planned = lab.plan(lab.inputs())
    made = planned.model.problems[0].constraints
    assert [c.name for c in made] == ["most", "served", "both_1", "both_2"]
    by_name = {c.name: c for c in lab.model.problems[0].constraints}
    for one in made:
        said = by_name[one.name.removesuffix("_1").removesuffix("_2")]
        first = said.relation.relations[0] if isinstance(said.relation, Chance) else said.relation
        assert not isinstance(one.relation, Chance)
        assert (one.relation.facts.shape, one.relation.facts.cols) == (first.facts.shape, first.facts.cols)
        assert one.mark == said.mark
    blocks = next(iter(lab.solve().answers.values())).program.rows
    assert [b.name for b in blocks] == [c.name for c in made]


def test_rows_that_hold_together_share_the_probability(model: Model) -> None:
    tables = {"d": uncertain(["I"], "D", I="cols"), "e": uncertain([], "E")}
    data = {"d": rows(), "e": {"distribution": ["normal"], "mean": [10.0], "std": [1.0]}}
    lab = model(["chance(x >= D, 2 * x >= E, 0.9)"], tables=tables, data=data)
    assert becomes(lab) == ["x >= quantile(D, 0.95)", "2 * x >= quantile(E, 0.95)"]
    assert plan(lab) == pytest.approx(np.array(MEAN) + K95 * np.array(STD))
    lab = model([{"both": "chance(x >= D, sum(x) >= E, 0.9)"}], tables=tables, data=data)
    assert becomes(lab) == ["x >= quantile(D, 0.975)", "sum(x) >= quantile(E, 0.975)"]
    result = lab.solve()
    assert result.price("both_1").columns["price"] == pytest.approx([1.0] * 3)
    assert result.price("both_2").columns["price"] == pytest.approx([0.0])
    rng = np.random.default_rng(5)
    d, e = rng.normal(MEAN, STD, (100_000, 3)), rng.normal(10, 1, 100_000)
    x = result.table("plan").values
    assert ((d <= x).all(axis=1) & (e <= x.sum())).mean() >= 0.9


def test_a_hopeless_joint_probability_is_told(model: Model) -> None:
    lab = model(
        ["chance(x >= D, sum(x) >= E, 0.9999)"],
        tables={"d": uncertain(["I"], "D", I="cols"), "e": uncertain([], "E")},
        data={"d": rows(), "e": {"distribution": ["normal"], "mean": [10.0], "std": [1.0]}},
    )
    said = lab.plan(lab.inputs()).announcements
    assert len(said) == 1
    assert "R012" in said[0] and "0.999975" in said[0] and "200 standard deviations" in said[0]


@pytest.mark.parametrize("name", ["cone", "mean"])
def test_the_cvxpy_route_says_the_same(model: Model, name: str) -> None:
    if name == "cone":
        rng = np.random.default_rng(0)
        mean, std = rng.uniform(1, 3, (2, 3)), rng.uniform(0.2, 0.6, (2, 3))
        lab = cone(model, ["normal"] * 3 + ["cantelli"] * 3, mean, std, [0.9, 0.8])
    else:
        lab, _, _ = sampled(
            model, ["sum(x) <= 100"], "Minimize(sum(x) + 3 * mean(sum(pos(D - x))))", weights="w"
        )
    planned = lab.plan(lab.inputs())
    problem = planned.model.problems[0]
    numbers = numbers_of(problem, planned, flat_numbers(planned.fetched.tables.values()))
    found = [
        solve(bind(compile_problem(problem, planned.model, numbers, route), numbers).batch).objective[0]
        for route in (None, "cvxpy")
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-6)


@pytest.mark.parametrize(
    ("row", "summed"),
    [
        ("sum(D)", True),
        ("cumsum(D, 1)", True),
        ("tran(cumsum(D, 1)) + tran(c)", True),
        ("D @ A", True),
        ("mult(c, D) @ A - 3", True),
        ("sum(D / c) + E", True),
        ("D + E", True),
        ("cumsum(cumsum(D, 1), 1)", False),
        ("sum(D @ A)", False),
        ("sum(D + E)", False),
        ("D @ A + D", False),
        ("diff(D, 1)", False),
    ],
)
def test_sums_of_squares_are_the_length_over_elements(model: Model, row: str, summed: bool) -> None:
    """Both ways to the deviation agree where the first one may be taken, and draws confirm the second."""
    lab = model(
        [f"chance(sum(x) >= {row}, 0.9)"],
        copies={"J": "I"},
        tables={
            "d": uncertain(["I"], "D", I="cols"), "e": uncertain([], "E"),
            "a": given(["I", "J"], "A", I="rows", J="cols"), "c": given(["I"], "c", I="cols"),
        },
        data={
            "d": rows(), "e": {"distribution": ["normal"], "mean": [5.0], "std": [2.0]},
            "a": [[1, 2, 0], [1, 0, 3], [0, -1, 1]], "c": [1.0, -2.0, 0.5],
        },
    )  # fmt: skip
    planned = lab.plan(lab.inputs())
    problem = planned.model.problems[0]
    numbers = numbers_of(problem, planned, flat_numbers(planned.fetched.tables.values()))
    stated = lab.model.problems[0].constraints[0].relation
    assert isinstance(stated, Chance)
    sides = Inequality(stated.relations[0])
    units = elements(sides)
    long = value(length(sides.part(lambda n: units[n.variable.name])), numbers.of).reshape(-1)
    squares = variance((sides.small, sides.large))
    assert (squares is not None) == summed
    if squares is not None:
        assert np.sqrt(value(squares, numbers.of)).reshape(-1) == pytest.approx(long, rel=1e-12)
    rng = np.random.default_rng(7)
    d, e = rng.normal(MEAN, STD, (50_000, 1, 3)), rng.normal(5, 2, (50_000, 1, 1))
    a, c = np.array([[1, 2, 0], [1, 0, 3], [0, -1, 1]]), np.array([[1.0, -2.0, 0.5]])
    names = {"D": d, "E": e, "A": a, "c": c, "tran": lambda m: np.swapaxes(m, -1, -2), "mult": np.multiply}
    names |= {
        "sum": lambda m: m.sum(axis=(-2, -1), keepdims=True),
        "cumsum": lambda m, k: np.cumsum(m, axis=-2 + k),
    }
    names |= {"diff": lambda m, k: np.diff(m, axis=-2 + k)}
    drawn = eval(row, {}, names).std(axis=0).reshape(-1)
    assert drawn == pytest.approx(long, rel=0.03)
