"""What must not grow with the square: running sums, differences, shifts, many expressions; and what must not be tried at all."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError
from saddlepoint.solve.solution import Status

TABLES = """
plan: {type: endogenous, coordinates: [H], variables_info: {x: {H: {dim: %s}, nonneg: true}}}
given: {type: exogenous, coordinates: [H], variables_info: {d: {H: {dim: %s}}}}
"""


def lab(expressions, n, objective="Minimize(sum(x))", side="rows", scenarios=None):
    return saddlepoint.define(
        sets={"H": {}},
        items={"H": [f"h{k}" for k in range(n)]},
        variables=TABLES % (side, side),
        problem={"objective": [objective], "expressions": expressions},
        data={"given": 1.0 + np.arange(n) % 7},
        scenarios=scenarios,
    )


def entries(expressions, n, side="rows") -> int:
    from saddlepoint.study.running.programs import compiled_programs

    one = lab(expressions, n, side=side)
    return sum(p.structure.A.nnz for _, p, _, _ in compiled_programs(one.plan(one.inputs())))


@pytest.mark.parametrize(
    ("form", "side"), [("cumsum(x, 0) >= d", "rows"), ("cumsum(x, 1) >= d", "cols"), ("diff(x) <= 5", "rows")]
)
def test_terms_grow_with_the_length(form: str, side: str) -> None:
    assert entries([form], 2_000, side) < 2.1 * entries([form], 1_000, side)


@pytest.mark.parametrize(("axis", "side"), [(0, "rows"), (1, "cols")])
def test_long_running_sums_have_the_answer_of_short_ones(
    axis: int, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer():
        result = lab([f"cumsum(x, {axis}) >= d", f"cumsum(2*x + 1, {axis}) <= 900"], 60, side=side).solve()
        (one,) = result.answers.values()
        return result.objective[""][0], one.price

    written = answer()
    monkeypatch.setattr("saddlepoint.expr.operators.linear.MOST_TERMS", 10)
    columns = answer()
    assert columns[0] == pytest.approx(written[0], abs=1e-7)
    assert columns[1].sum() == pytest.approx(written[1].sum(), abs=1e-6)


def calls(form: str, count: int) -> int:
    """How many Python functions reading, checking and compiling `count` expressions calls: no clock, the same each time."""
    made = 0

    def counted(frame, event, arg) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        lab([form.format(k=k) for k in range(count)], 2).check()
    except SaddleError as error:
        assert len(error.diagnostics) == count
    finally:
        sys.setprofile(before)
    return made


@pytest.mark.parametrize("form", ["sum(x) + {k} * x >= d", "abs(x - {k}) <= {k} + 5", "y{k} >= 1"])
def test_work_grows_with_the_number_of_expressions(form: str) -> None:
    """Twice as many expressions: the work added by the second half is that of the first."""
    calls(form, 5)
    few, some, many = (calls(form, n) for n in (50, 150, 350))
    assert many - some < 1.15 * 2 * (some - few)


def test_a_year_of_hours_is_solved() -> None:
    result = lab(["cumsum(x, 0) >= cumsum(d, 0)"], 8_760).solve()
    assert result.exit_code == 0
    assert result.objective[""][0] == pytest.approx(np.sum(1.0 + np.arange(8_760) % 7))


def test_more_scenarios_than_can_be_counted_are_refused() -> None:
    sets = {f"S{k}": {"split_problem": True} for k in range(62)}
    one = saddlepoint.define(
        sets={"H": {}, **sets},
        items={"H": ["a"], **{key: ["u", "v"] for key in sets}},
        variables=f"""
        plan: {{type: endogenous, coordinates: [H, {", ".join(sets)}], variables_info: {{x: {{H: {{dim: rows}}, nonneg: true}}}}}}
        """,
        problem={"objective": ["Minimize(sum(x))"], "expressions": ["x >= 1"]},
    )
    for ask in (one.solve, one.explain):
        with pytest.raises(SaddleError) as caught:
            ask()
        assert caught.value.diagnostics[0].code == "K220"
    assert [d.code for d in one.check()] == ["K220"]


def test_an_empty_list_of_scenarios_leaves_none() -> None:
    with pytest.raises(SaddleError) as caught:
        lab(["x >= d"], 2, scenarios="list: []").solve()
    assert caught.value.diagnostics[0].code == "K217"


@pytest.mark.parametrize("p", ["1e9", "1001", "0.5", "-1"])
def test_norms_that_cannot_be_computed_are_refused(p: str) -> None:
    with pytest.raises(SaddleError) as caught:
        lab([f"norm(x, {p}) <= 5"], 2).solve()
    assert caught.value.diagnostics[0].code == "E201"


def test_a_high_norm_of_data_does_not_overflow() -> None:
    assert lab(["x >= norm(1e5 * d, 900)"], 5).solve().table("plan").values == pytest.approx(5e5)


@pytest.mark.parametrize(
    ("goal", "relation"),
    [
        ("Minimize(sum(x))", "sum(power(x, 0.3)) >= -1"),
        ("Minimize(sum(x))", "sum(sqrt(x)) >= -1"),
        ("Minimize(sum(x))", "sumsq(x) <= 0"),
        ("Minimize(sum(x))", "geo_mean(x) >= -1"),
        ("Minimize(sum(x))", "sum(power(x, 1.5)) <= 3"),
        ("Minimize(sum(x))", "sum(rel_entr(x, d)) <= 1"),
        ("Minimize(sum(x))", "sum(kl_div(x, d)) <= 1"),
        ("Minimize(sum(x))", "sum(entr(x)) >= -1"),
        ("Minimize(sum(x))", "sum(sqrt(x)) >= 0"),
    ],
)
def test_the_edge_of_a_domain_is_no_error(goal: str, relation: str) -> None:
    result = lab([relation], 2, goal).solve()
    answer = next(iter(result.answers.values()))
    assert answer.solution.status.tolist() == [Status.OPTIMAL]
    assert np.isfinite(answer.slack).all()
