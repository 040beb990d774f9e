"""Words along named sets: their numbers against numpy, their rows against CVXPY's compiler, and what they refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError
from saddlepoint.expr.facts import Facts, Side
from saddlepoint.expr.node import Nature, Operator
from saddlepoint.expr.refusals import ShapeMismatch
from saddlepoint.expr.words import RECORDS

HOURS, TECH = 5, 3
RNG = np.random.default_rng(3)
A = RNG.uniform(-1.0, 2.0, (TECH, HOURS)).round(2)
D = np.array([3.0, 9.0, 0.0, 7.0, 4.0])
GROUPS = np.array([0, 1, 1])

SETS: Mapping[str, Any] = {
    "Tech": {
        "filters": {"fuel": ["none", "gas"]},
        "aggregations": ["owner"],
        "items": {
            "pv": {"fuel": "none", "owner": "ann"},
            "gas": {"fuel": "gas", "owner": "bob"},
            "chp": {"fuel": "gas", "owner": "bob"},
        },
    },
    "Hours": {"items": f"1..{HOURS}"},
    "Later": {"copy_from": "Hours"},
    "Owners": {"groups": "Tech.owner"},
}


def table(kind: str, over: list[str], name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "coordinates": over, "variables_info": {name: more or None}}


def solve(expression: str, over: list[str], **options: Any) -> np.ndarray:
    """The numbers of an expression of data `a` (Tech, Hours) and `d` (Hours), as the solver finds them."""
    variables = {
        "given": table("exogenous", ["Tech", "Hours"], "a"),
        "need": table("exogenous", ["Hours"], "d"),
        "mine": table("endogenous", ["Tech", "Hours"], "x"),
        "level": table("endogenous", ["Hours"], "y"),
        "result": table("endogenous", over or ["One"], "r"),
    }
    sets = {**SETS, "One": {"items": ["one"]}}
    problem = {
        "objective": [options.pop("objective", "Minimize(0 * at(at(x, Tech=first), Hours=first))")],
        "expressions": [{"fix": "x == a"}, {"fix_y": "y == d"}, {"value": f"r == {expression}"}],
    }
    lab = saddlepoint.define(sets=sets, variables=variables, problem=problem, data={"given": A, "need": D})
    result = lab.solve(**options)
    assert list(result.certificates[""].to_pandas()["status"]) == ["optimal"]
    return result.table("result").to_pandas()["values"].to_numpy()


def shifted(k: int, fill: Any = 0.0) -> np.ndarray:
    out = np.empty_like(A)
    out[:, :k] = fill
    out[:, k:] = A[:, :-k]
    return out


GAS = np.array([False, True, True])
CASES: list[tuple[str, list[str], np.ndarray]] = [
    ("sum(x, over=Tech)", ["Hours"], A.sum(axis=0)),
    ("sum(x, over=(Tech, Hours))", [], A.sum(keepdims=True)),
    ("sum(x, over='Hours')", ["Tech"], A.sum(axis=1)),
    ("sum(x, over=[Tech, Hours])", [], A.sum(keepdims=True)),
    ("sum(x, over=Tech, where=Tech.fuel == 'gas')", ["Hours"], A[GAS].sum(axis=0)),
    ("sum(x, over=Tech, where=Tech in ('pv', 'chp'))", ["Hours"], A[[0, 2]].sum(axis=0)),
    ("sum(x, over=Hours, where=d > 3 and Hours != last)", ["Tech"], A[:, [1, 3]].sum(axis=1)),
    ("sum(x, over=Hours, where=not 2 <= position(Hours) <= 3)", ["Tech"], A[:, [0, 3, 4]].sum(axis=1)),
    (
        "sum(x, over=Tech, by=Owners)",
        ["Owners", "Hours"],
        np.stack([A[k == GROUPS].sum(axis=0) for k in (0, 1)]),
    ),
    ("mean(x, over=Hours)", ["Tech"], A.mean(axis=1)),
    ("mean(x, over=Hours, where=d > 3)", ["Tech"], A[:, [1, 3, 4]].mean(axis=1)),
    ("lag(x, Hours, first=0)", ["Tech", "Hours"], shifted(1)),
    ("lag(x, Hours, 2, first=7)", ["Tech", "Hours"], shifted(2, 7.0)),
    ("lag(x, Hours, first=at(y, Hours=last))", ["Tech", "Hours"], shifted(1, D[-1])),
    ("lag(x, Hours, cyclic=True)", ["Tech", "Hours"], np.roll(A, 1, axis=1)),
    ("lead(x, Hours, cyclic=True)", ["Tech", "Hours"], np.roll(A, -1, axis=1)),
    ("lead(x, Hours, last=-1)", ["Tech", "Hours"], np.hstack([A[:, 1:], np.full((TECH, 1), -1.0)])),
    ("rolling_sum(x, Hours, length=3, first=0)", ["Tech", "Hours"], A + shifted(1) + shifted(2)),
    (
        "rolling_sum(x, Hours, length=2, first=5)",
        ["Tech", "Hours"],
        A + shifted(1, 5.0),
    ),
    (
        "rolling_sum(x, Hours, length=3, cyclic=True)",
        ["Tech", "Hours"],
        A + np.roll(A, 1, axis=1) + np.roll(A, 2, axis=1),
    ),
    ("cumsum(x, over=Hours)", ["Tech", "Hours"], A.cumsum(axis=1)),
    ("diff(x, over=Hours, first=0)", ["Tech", "Hours"], A - shifted(1)),
    ("at(x, Tech='gas')", ["Hours"], A[1]),
    ("at(x, Tech=last, Hours=first)", [], A[2:, 0]),
    ("rename(x, Hours=Later)", ["Tech", "Later"], A),
    (
        "rename(sum(rename(x, Hours=Later) * d, over=Tech), Hours=Later, Later=Hours)",
        ["Hours", "Later"],
        np.outer(A.sum(axis=0), D).reshape(-1),
    ),
    ("sum(x, over=Tech, where=Tech.owner == Owners)", ["Owners", "Hours"], np.stack([A[0], A[1] + A[2]])),
    ("sum(x, over=Tech, where=Tech.owner != Owners)", ["Owners", "Hours"], np.stack([A[1] + A[2], A[0]])),
    ("sum(x, over=Tech, where=Owners == Tech.owner)", ["Owners", "Hours"], np.stack([A[0], A[1] + A[2]])),
    ("sum(x, over=Tech, where=Tech.owner == Tech.fuel)", ["Hours"], np.zeros(HOURS)),
    ("spread(sum(x, over=Tech, by=Owners), Tech)", ["Tech", "Hours"], np.stack([A[0], A[1] + A[2], A[1] + A[2]])),
    ("x * position(Hours) / size(Hours)", ["Tech", "Hours"], A * np.arange(1, 6) / 5),
    ("x * count(d > 3, over=Hours)", ["Tech", "Hours"], A * 3),
    ("x * any(d > 8, over=Hours) + all(d > 0, over=Hours)", ["Tech", "Hours"], A),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "over", "wanted"), CASES, ids=[c[0] for c in CASES])
def test_numbers_of_decisions(expression: str, over: list[str], wanted: np.ndarray) -> None:
    assert solve(expression, over) == pytest.approx(wanted.reshape(-1), abs=1e-7)


@pytest.mark.parametrize(("expression", "over", "wanted"), CASES, ids=[c[0] for c in CASES])
def test_numbers_of_data(expression: str, over: list[str], wanted: np.ndarray) -> None:
    of_data = expression.replace("(x", "(a").replace("x *", "a *").replace("(y", "(d")
    assert solve(of_data, over) == pytest.approx(wanted.reshape(-1), abs=1e-7)


CURVED: list[tuple[str, list[str], np.ndarray]] = [
    ("max(x, over=Hours)", ["Tech"], A.max(axis=1)),
    ("max(x, over=(Tech, Hours))", [], A.max(keepdims=True)),
    ("max(x, over=Tech, where=Tech.fuel == 'gas')", ["Hours"], A[GAS].max(axis=0)),
    ("norm1(x, over=Tech)", ["Hours"], np.abs(A).sum(axis=0)),
    ("norm2(x, over=Hours)", ["Tech"], np.sqrt((A**2).sum(axis=1))),
    ("sumsq(x, over=Hours, where=Hours != first)", ["Tech"], (A[:, 1:] ** 2).sum(axis=1)),
    ("norminf(x, over=Hours)", ["Tech"], np.abs(A).max(axis=1)),
]


@pytest.mark.parametrize(("expression", "over", "wanted"), CURVED, ids=[c[0] for c in CURVED])
def test_reductions_over_sets(expression: str, over: list[str], wanted: np.ndarray) -> None:
    """The least r with f(x) ≤ r is f(x)."""
    sets = {**SETS, "One": {"items": ["one"]}}
    variables = {
        "given": table("exogenous", ["Tech", "Hours"], "a"),
        "mine": table("endogenous", ["Tech", "Hours"], "x"),
        "result": table("endogenous", over or ["One"], "r"),
    }
    rows = [{"fix": "x == a"}, {"value": f"{expression} <= r"}]
    total = over[0] if over else "One"
    problem = {"objective": [f"Minimize(sum(r, over={total}))"], "expressions": rows}
    lab = saddlepoint.define(sets=sets, variables=variables, problem=problem, data={"given": A})
    result = lab.solve()
    assert list(result.certificates[""].to_pandas()["status"]) == ["optimal"]
    found = result.table("result").to_pandas()["values"].to_numpy()
    assert found == pytest.approx(wanted.reshape(-1), abs=1e-5)


SKIPPED: list[tuple[str, float]] = [
    ("sum(diff(x, over=Hours), over=(Tech, Hours))", float(np.diff(A).sum())),
    ("sumsq(x - lag(x, Hours, skip=True), over=(Tech, Hours))", float((np.diff(A) ** 2).sum())),
    ("sum(lead(x, Hours, skip=True) - x, over=(Tech, Hours))", float(np.diff(A).sum())),
    ("max(lag(x, Hours, skip=True) - x, over=(Tech, Hours))", float((-np.diff(A)).max())),
    ("min(rolling_sum(x, Hours, length=2, skip=True), over=(Tech, Hours))", float((A[:, 1:] + A[:, :-1]).min())),
    ("mean(diff(x, over=Hours), over=(Tech, Hours))", float(np.diff(A).mean())),
    ("sum(abs(diff(x, over=Hours)), over=(Tech, Hours), where=Tech.fuel == 'gas')", float(np.abs(np.diff(A[GAS])).sum())),
    ("sum(max(diff(x, over=Hours), over=Tech), over=Hours)", float(np.diff(A).max(axis=0).sum())),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "wanted"), SKIPPED, ids=[c[0] for c in SKIPPED])
def test_what_is_skipped_counts_for_nothing(expression: str, wanted: float) -> None:
    """In objectives, in relations and in reports alike."""
    variables = {
        "given": table("exogenous", ["Tech", "Hours"], "a"),
        "mine": table("endogenous", ["Tech", "Hours"], "x"),
        "result": table("endogenous", ["One"], "r"),
    }
    concave = expression.startswith("min")
    problem = {
        "objective": ["Maximize(sum(r, over=One))" if concave else "Minimize(sum(r, over=One))"],
        "expressions": [{"fix": "x == a"}, {"value": f"{expression} {'>=' if concave else '<='} r"}],
        "report": {"figure": expression, "of_data": expression.replace("(x", "(a").replace("- x", "- a")},
    }
    sets = {**SETS, "One": {"items": ["one"]}}
    result = saddlepoint.define(sets=sets, variables=variables, problem=problem, data={"given": A}).solve()
    assert result.objective[""][0] == pytest.approx(wanted, rel=1e-5)
    assert result.reports["figure"].to_pandas()["values"][0] == pytest.approx(wanted, rel=1e-5)
    problem["objective"], problem["expressions"] = (
        [f"{'Maximize' if concave else 'Minimize'}({expression})"],
        [{"fix": "x == a"}],
    )
    result = saddlepoint.define(sets=sets, variables=variables, problem=problem, data={"given": A}).solve()
    assert result.objective[""][0] == pytest.approx(wanted, rel=1e-5)


def test_a_repeated_objective_and_a_figure_leave_out_what_is_skipped() -> None:
    variables = {
        "given": table("exogenous", ["Tech", "Hours"], "a"),
        "mine": table("endogenous", ["Tech", "Hours"], "x"),
    }
    problem = {
        "objective": ["Minimize(square(diff(x, over=Hours)))"],
        "expressions": [{"fix": "x == a"}],
        "report": {"steps": "diff(x, over=Hours)"},
    }
    sets = {"Tech": SETS["Tech"], "Hours": SETS["Hours"]}
    result = saddlepoint.define(sets=sets, variables=variables, problem=problem, data={"given": A}).solve()
    assert result.objective[""][0] == pytest.approx((np.diff(A) ** 2).sum(), rel=1e-5)
    steps = result.reports["steps"].to_pandas().dropna()
    assert len(steps) == TECH * (HOURS - 1) and "1" not in set(steps["Hours"])


def dispatch(objective: str, rows: list[Any], **options: Any) -> Any:
    variables = {
        "cost": table("exogenous", ["Tech"], "c"),
        "need": table("exogenous", ["Hours"], "d"),
        "size": table("exogenous", ["Tech"], "k"),
        "plan": table("endogenous", ["Tech", "Hours"], "g", nonneg=True),
    }
    problem = {"objective": [objective], "expressions": rows}
    data = {"cost": [0.0, 5.0, 3.0], "need": D, "size": [3.0, 9.0, 4.0]}
    lab = saddlepoint.define(sets=SETS, variables=variables, problem=problem, data=data)
    return lab, lab.solve(**options)


ROWS: list[Any] = [
    {"served": "sum(g, over=Tech) == d"},
    {"limit": "g <= k"},
    {"ramp": "g - lag(g, Hours, skip=True) <= 4", "where": "Tech.fuel == 'gas'"},
    {"budget": "sum(g, over=Hours, where=Hours != first) <= 9", "where": "Tech == 'gas'"},
]


def test_prices_and_rows_of_a_restricted_relation() -> None:
    _, result = dispatch("Minimize(sum(c * g, over=(Tech, Hours)))", ROWS)
    assert result.table("plan").to_pandas()["values"].sum() == pytest.approx(D.sum())
    ramp = result.price("ramp").to_pandas()
    assert len(ramp) == 2 * (HOURS - 1)
    assert set(ramp["Tech"]) == {"gas", "chp"} and "1" not in set(ramp["Hours"])
    assert len(result.price("budget").to_pandas()) == 1
    served = result.price("served").to_pandas()["price"].to_numpy()
    assert served[1] == pytest.approx(5.0)


def test_cvxpy_compiles_the_same_problem() -> None:
    pytest.importorskip("cvxpy")
    from saddlepoint.compile.bind import bind
    from saddlepoint.compile.compile import compile_problem
    from saddlepoint.compile.numbers import Numbers
    from saddlepoint.model.flat_numbers import flat_numbers
    from saddlepoint.solve.label import label
    from saddlepoint.solve.solve import solve as solve_batch

    objective = "Minimize(sum(c * g, over=(Tech, Hours)) + 0.01 * sumsq(g - lag(g, Hours, cyclic=True), over=(Tech, Hours)))"
    lab, _ = dispatch(objective, [*ROWS, {"peak": "max(g, over=Hours) <= 6", "where": "Tech == 'gas'"}])
    model = lab.model
    found = []
    for route in (None, "cvxpy"):
        numbers = Numbers(
            flat_numbers(lab.inputs().tables.values()), model.problems[0].scenarios, np.arange(1), {}
        )
        program = compile_problem(model.problems[0], model, numbers, route)
        bound = bind(program, numbers)
        found.append(label(bound, solve_batch(bound.batch), np.arange(1)))
    native, through = found
    assert native.answered.all() and through.answered.all()
    np.testing.assert_allclose(native.objective, through.objective, rtol=1e-6)
    np.testing.assert_allclose(native.values["plan"], through.values["plan"], atol=1e-3)
    assert [(r.name, r.size) for r in native.program.rows] == [(r.name, r.size) for r in through.program.rows]


def test_a_condition_may_differ_between_scenarios() -> None:
    """A cap where demand exceeds 8: the first scenario has two such hours, the second one."""
    demand = np.array([[9.0, 9.0, 3.0], [9.0, 5.0, 3.0]])
    sets = {"Case": {"split_problem": True, "items": ["a", "b"]}, "Hours": {"items": "1..3"}}
    variables = {
        "need": table("exogenous", ["Case", "Hours"], "d"),
        "plan": table("endogenous", ["Case", "Hours"], "g", nonneg=True),
        "buy": table("endogenous", ["Case", "Hours"], "b", nonneg=True),
    }
    rows = [{"served": "g + b >= d"}, {"cap": "g <= 4", "where": "d > 8"}]
    problem = {"objective": ["Minimize(sum(g + 3 * b, over=Hours))"], "expressions": rows}
    lab = saddlepoint.define(sets=sets, variables=variables, problem=problem, data={"need": demand})
    result = lab.solve()
    plan = result.table("plan").to_pandas()["values"].to_numpy().reshape(2, 3)
    assert plan == pytest.approx(np.where(demand > 8, 4.0, demand))
    cap = result.price("cap").to_pandas()
    priced = cap.set_index(["Hours", "Case"])["price"]
    assert priced["1", "a"] == pytest.approx(-2.0) and priced["2", "a"] == pytest.approx(-2.0)
    assert priced["1", "b"] == pytest.approx(-2.0) and ("2", "b") not in priced.index


def test_sets_on_the_sides_of_a_matrix() -> None:
    """The same words where the set stands on rows or columns."""
    sets = {"Tech": SETS["Tech"], "Hours": SETS["Hours"]}
    variables = {
        "given": table("exogenous", ["Tech", "Hours"], "a", Tech={"dim": "rows"}, Hours={"dim": "cols"}),
        "mine": table("endogenous", ["Tech", "Hours"], "x", Tech={"dim": "rows"}, Hours={"dim": "cols"}),
        "sums": table("endogenous", ["Hours"], "s", Hours={"dim": "cols"}),
        "before": table("endogenous", ["Tech", "Hours"], "b", Tech={"dim": "rows"}, Hours={"dim": "cols"}),
    }
    rows = [
        {"fix": "x == a"},
        {"one": "s == sum(x, over=Tech, where=Tech.fuel == 'gas')"},
        {"two": "b == lag(x, Hours, first=2)"},
    ]
    problem = {"expressions": rows}
    result = saddlepoint.define(sets=sets, variables=variables, problem=problem, data={"given": A}).solve()
    assert result.table("sums").to_pandas()["values"].to_numpy() == pytest.approx(A[GAS].sum(axis=0))
    assert result.table("before").to_pandas()["values"].to_numpy() == pytest.approx(
        shifted(1, 2.0).reshape(-1)
    )


WRONG: list[tuple[str, str, str]] = [
    ("sum(g, over=Techs) <= 1", "E120", "Tech"),
    ("sum(d, over=Tech) <= sum(g, over=Tech)", "E122", "Hours"),
    ("g <= lag(g, Hours)", "E124", "first=0"),
    ("g <= lead(g, Hours)", "E124", "last=0"),
    ("at(g, Hours='99') <= 1", "E123", "item"),
    ("at(g, Hour='1') <= 1", "E111", "Hours"),
    ("sum(g, over=Tech, by=Hours) <= 1", "E125", "groups: Tech"),
    ("sum(g, over=Tech, where=Tech.fule == 'gas') <= 1", "E120", "fuel"),
    ("sum(g, over=Tech, where=Tech.fuel == 'gaz') <= 1", "E123", "gas"),
    ("sum(g, over=Tech, where=g > 1) <= 1", "E121", "decided"),
    ("sum(g, over=Tech, where=Tech > 'gas') <= 1", "E121", "position(Tech)"),
    ("sum(g, over=Tech, where=d > 'gas') <= 1", "E103", "not a number"),
    ("rename(g, Hours=Tech) <= 1", "E122", "already"),
    ("rename(rename(g, Hours=Later), Tech=Owners, Later=Owners) <= 1", "E122", "already"),
    ("rename(d, Hours=Owners) <= sum(g, over=Tech)", "E125", "different items"),
    ("spread(d, Tech) <= g", "E125", "groups Tech"),
    ("lag(g, Hours, steps=1.5, first=0) <= 1", "E208", "whole number"),
    ("lag(g, Hours, cyclic=1) <= 1", "E208", "True or False"),
    ("lag(g) <= 1", "E111", "over"),
    ("Hours <= g", "E105", "position(Hours)"),
    ("g <= max(k, over=Tech, where=d > 3)", "E201", "items of sets"),
    ("g <= max(k, over=Tech, where=Tech == 'pv' and Tech == 'gas')", "E126", "no item"),
    ("g[Hours - 1] <= 1", "E103", "lag"),
    ("sum(g, over=(Tech, Tech)) <= 1", "E122", "twice"),
    ("sum(g, over=()) <= 1", "E111", "names no set"),
    ("sum(g, ovr=Tech) <= 1", "E111", "over"),
    ("sum(g, where=Tech == 'pv') <= 1", "E111", "goes with over="),
    ("square(g, over=Tech) <= 1", "E111", "arguments only"),
    ("exists(d) * g <= 1", "E104", "under where:"),
    ("mult('g', d) <= 1", "E103", "not a number"),
    ("g <= lag(g, Hours, first=0, cyclic=True)", "E124", "Keep one"),
    ("g <= lag(g, Hours, skip=True, cyclic=True)", "E124", "Keep one"),
    ("g <= lag(g, Hours, steps=-1, first=0)", "E201", "lead"),
    ("g <= lag(diff(g, over=Hours), Hours, first=0)", "E129", "every item"),
    ("cumsum(diff(d, over=Hours), over=Hours) <= sum(g, over=Tech)", "E129", "every item"),
    ("g in d", "E103", "'in' is no relation"),
    ("g is d", "E103", "'is' is no relation"),
    ("g * g <= 1", "E204", "saddle bound"),
    ("g - lag(g, Hours, steps=k - 0.5, first=0) <= 4", "E301", "lag(g, Hours, steps=k - 0.5, first=0)"),
    ("rolling_sum(g, Hours, length=k - 3, first=0) <= 4", "E301", "one of them is 0"),
    ("k * g >= lead(g, Hours, steps=k - 0.5, skip=True)", "E301", "lead(g, Hours, steps=k - 0.5, skip=True)"),
]


@pytest.mark.parametrize(("row", "code", "says"), WRONG, ids=[w[0] for w in WRONG])
def test_what_is_wrong_is_named_with_a_remedy(row: str, code: str, says: str) -> None:
    with pytest.raises(SaddleError) as caught:
        dispatch("Minimize(sum(g, over=(Tech, Hours)))", [{"served": "sum(g, over=Tech) >= d"}, {"odd": row}])
    found = caught.value.diagnostics[0]
    assert found.code == code
    assert says in str(found)
    assert found.fix


@pytest.mark.parametrize(
    ("row", "plan"),
    [
        ("sum(x, over=Sites, by=Regions) <= 3", None),
        ("x <= spread(k, Sites)", None),
        ("sum(x, over=Sites, by=Regions, where=Sites.region != '') <= 3", [3.0, 9.0, 3.0]),
    ],
)
def test_items_without_a_group_are_named(row: str, plan: list[float] | None) -> None:
    """What a sum would not count, and where a limit would be 0, is said; a condition says that it is meant."""
    items = {"a": {"region": "north"}, "b": {"region": ""}, "c": {"region": "south"}}
    lab = saddlepoint.define(
        sets={"Sites": {"aggregations": ["region"], "items": items}, "Regions": {"groups": "Sites.region"}},
        variables={
            "most": table("exogenous", ["Regions"], "k"),
            "plan": table("endogenous", ["Sites"], "x", lower=0, upper=9),
        },
        problem={"objective": ["Maximize(sum(x, over=Sites))"], "expressions": [{"limit": row}]},
        data={"most": [1.0, 2.0]},
    )
    if plan is not None:
        assert lab.solve().table("plan").to_pandas()["values"].tolist() == pytest.approx(plan)
        return
    with pytest.raises(SaddleError, match="1 of 3 items of Sites have no group in Regions: b"):
        lab.solve()


def test_a_condition_over_another_set_is_refused() -> None:
    rows = [{"served": "sum(g, over=Tech) >= d", "where": "Tech == 'gas'"}]
    with pytest.raises(SaddleError, match="E122"):
        dispatch("Minimize(sum(g, over=(Tech, Hours)))", rows)


@pytest.mark.parametrize(
    ("word", "meant"), [("Maximise", "Maximize"), ("minimize", "Minimize"), ("Minimise", "Minimize")]
)
def test_an_objective_in_another_spelling_is_told_the_word(word: str, meant: str) -> None:
    with pytest.raises(SaddleError) as caught:
        dispatch(f"{word}(sum(g, over=(Tech, Hours)))", [{"served": "sum(g, over=Tech) >= d"}])
    found = caught.value.diagnostics[0]
    assert (found.code, found.fix) == ("E110", f"Write {meant}(…).")


@pytest.mark.parametrize("word", ["sum", "mean", "prod", "max"])
def test_a_condition_that_runs_over_a_set_twice_is_refused(word: str) -> None:
    """Of `a < c` the hours are the rows, from c, and what it is repeated over, from a: no one cell of a is meant."""
    lab = saddlepoint.define(
        sets={"Tech": SETS["Tech"], "Hours": SETS["Hours"]},
        variables={
            "plan": table("endogenous", ["Tech"], "x", Tech={"dim": "rows"}, nonneg=True),
            "one": table("exogenous", ["Hours", "Tech"], "a", Tech={"dim": "cols"}),
            "other": table("exogenous", ["Hours"], "c", Hours={"dim": "rows"}),
        },
        problem={
            "objective": ["Minimize(sum(x))"],
            "expressions": [f"sum(x) >= {word}(a, over=(Tech, Hours), where=a < c)"],
        },
    )
    with pytest.raises(SaddleError, match=r"E122.*the condition runs over Hours twice"):
        lab.check()
        _ = lab.model


def test_a_total_that_may_be_meant_once_is_a_warning() -> None:
    variables = {
        "plan": table("endogenous", ["Tech", "Hours"], "x", Tech={"dim": "rows"}, nonneg=True),
        "cap": table("exogenous", ["Tech"], "k", Tech={"dim": "rows"}),
    }
    sets = {"Tech": SETS["Tech"], "Hours": SETS["Hours"]}
    for row, count in (({"all": "sum(x) <= 30"}, 1), ({"all": "sum(x) <= 30", "each": "Hours"}, 0),
                       ({"all": "sum(x, over=(Tech, Hours)) <= 30"}, 0)):  # fmt: skip
        problem = {"objective": ["Maximize(sum(x))"], "expressions": [row, {"k": "x <= k"}]}
        lab = saddlepoint.define(
            sets=sets, variables=variables, problem=problem, data={"cap": [5.0, 6.0, 7.0]}
        )
        assert [w.code for w in lab.warnings].count("M028") == count
    with pytest.raises(SaddleError, match="M027"):
        problem = {"objective": ["Maximize(sum(x))"], "expressions": [{"k": "x <= k", "each": "Case"}]}
        saddlepoint.define(
            sets=sets, variables=variables, problem=problem, data={"cap": [5.0, 6.0, 7.0]}
        ).solve()


REDUCERS = [r for r in RECORDS if r.collapses is not None]


def test_which_words_make_one_number_of_a_matrix_is_what_their_shapes_say() -> None:
    """Of a column of three, with matrices and vectors of their own beside it: those whose matrices say over what they run are named."""
    column = Facts(rows=Side(3))
    options: dict[str, tuple[Any, ...]] = {
        "norm": (3,),
        "sum_largest": (2,),
        "sum_smallest": (2,),
        "huber": (1,),
    }
    found = set()
    for record in RECORDS:
        if record.arity[0] == 1 and record.nature is not Nature.DATA:
            try:
                facts = record.shape((column,), options.get(record.name, ()))
            except (ShapeMismatch, IndexError, TypeError, ValueError):
                continue
            found |= {record.name} if facts.is_scalar else set()
    assert found >= {"sum", "sumsq", "norm1", "max", "log_sum_exp"}
    assert found == {r.name for r in REDUCERS}


@pytest.mark.parametrize("record", REDUCERS, ids=lambda r: r.name)
def test_one_number_of_each_item_where_one_may_be_meant_is_a_warning(record: Operator) -> None:
    """Beside a number for all items, and in an objective; not where both come to the same, where sets are named, where it is said that each is meant."""
    variables = {"plan": table("endogenous", ["Tech", "Hours"], "x", Tech={"dim": "rows"}, nonneg=True)}
    sets = {"Tech": SETS["Tech"], "Hours": SETS["Hours"]}
    inner = {"norm": "x, 3", "sum_largest": "x, 2", "sum_smallest": "x, 2"}.get(record.name, "x")
    made = f"{record.name}({inner})"
    below = record.nature is not Nature.CONCAVE

    def warned(objective: str, **row: Any) -> list[str]:
        rows = [row] if row else []
        lab = saddlepoint.define(
            sets=sets,
            variables=variables,
            problem={"objective": [objective], "expressions": [*rows, {"k": "x <= 9"}]},
        )
        return [w.fix or "" for w in lab.warnings if w.code == "M028"]

    sense = "<=" if below else ">="
    same = record.collapses in ("most", "least")
    assert len(warned("Minimize(sum(x))", all=f"{made} {sense} 5")) == (0 if same else 1)
    assert len(warned("Minimize(sum(x))", all=f"5 {'>=' if below else '<='} {made}")) == (0 if same else 1)
    assert not warned("Minimize(sum(x))", all=f"{made} {sense} 5", each="Hours")
    goal = "Minimize" if below else "Maximize"
    said = warned(f"{goal}(2 * {made})")
    assert len(said) == (0 if record.collapses == "total" else 1)
    assert not warned(f"{goal}(sum({made}, over=Hours))")
    if said and "over=(Tech, Hours)" in said[0]:
        assert not warned(f"{goal}({record.name}(x, over=(Tech, Hours)))")


@pytest.mark.parametrize(
    ("written", "items"),
    [
        ("1..3", ["1", "2", "3"]),
        ("2030-01-31 22:00 .. 2030-02-01 01:00, 1h", ["2030-01-31 22:00", "2030-01-31 23:00", "2030-02-01 00:00", "2030-02-01 01:00"]),
        ("2030-01-30 .. 2030-02-02, 1d", ["2030-01-30", "2030-01-31", "2030-02-01", "2030-02-02"]),
        ("2030-11-01 .. 2031-02-01, 1month", ["2030-11-01", "2030-12-01", "2031-01-01", "2031-02-01"]),
        (["b", "a"], ["b", "a"]),
        ("only", ["only"]),
    ],
)  # fmt: skip
def test_items_in_the_settings(written: Any, items: list[str]) -> None:
    lab = saddlepoint.define(
        sets={"T": {"items": written}},
        variables={"plan": table("endogenous", ["T"], "x", nonneg=True)},
        problem={"objective": ["Minimize(sum(x, over=T))"], "expressions": ["x >= 1"]},
    )
    assert list(lab.solve().table("plan").to_pandas()["T"]) == items


@pytest.mark.parametrize(
    "written", ["3..1", "a..b", "2030-13-01 .. 2030-12-31, 1h", "1..9999999", "2030-01-01 .. 2031-01-01, 0h"]
)
def test_ranges_that_cannot_be_read(written: str) -> None:
    with pytest.raises(SaddleError, match="Y022"):
        saddlepoint.define(
            sets={"T": {"items": written}},
            variables={"plan": table("endogenous", ["T"], "x")},
            problem={"expressions": ["x >= 1"]},
        )
