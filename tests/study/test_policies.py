"""Outcomes along stages, as they are declared: against the tree of histories written by hand, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.cli.commands import saddle
from saddlepoint.declare.spec import SamplingMethod
from saddlepoint.errors import SaddleError
from saddlepoint.report.policy_text import means_by_stage, policy_text

INFLOW = np.array([[5.0, 5, 5], [1, 4, 9], [2, 3, 11], [0, 4, 6]])
SHARES = np.array([0.3, 0.5, 0.2])


def valley(two_back: bool = False, inflow: np.ndarray = INFLOW, summed: bool = True) -> saddlepoint.Model:
    """A reservoir over four months; a dam whose height is decided before all. two_back: snow that melts two months later."""
    m = saddlepoint.Model("valley")
    months = m.set("Months", range(4))
    rain = m.set("Rain", ["dry", "usual", "wet"], probability="likely", along=months)
    m.data("likely", rain, SHARES)
    into = m.data("inflow", months, rain, inflow)
    dam = m.decide("dam", lower=0, upper=20)
    stock, turbine = (
        m.decide("stock", months, rain, lower=0),
        m.decide("turbine", months, rain, lower=0, upper=7),
    )
    thermal, spill = m.decide("thermal", months, rain, lower=0), m.decide("spill", months, rain, lower=0)
    melt = 0.5 * call("lag", spill, months, 2, first=0) if two_back else 0
    m.subject_to(
        water=stock == call("lag", stock, months, first=4) + into + melt - turbine - spill,
        wall=stock <= dam,
        demand=turbine + thermal >= 6,
    )
    fuel = call("expect", 20 * thermal, over=rain)
    m.minimise((call("sum", fuel, over=months) if summed else fuel) + 3 * dam)
    return m


def test_warnings_about_the_model_are_told(caplog: pytest.LogCaptureFixture) -> None:
    valley(summed=False).lab.policy()
    assert "M025" in caplog.text and "3 * dam" in caplog.text


def by_hand(two_back: bool = False) -> saddlepoint.Model:
    """The same with every history a node of a tree."""
    names, parents, chance, inflow = [""], [""], [1.0], [INFLOW[0, 0]]
    for t in range(1, 4):
        for above in [n for n in names if len(n) == t - 1]:
            for r in range(3):
                names.append(f"{above}{r}")
                parents.append(above or "now")
                chance.append(chance[names.index(above)] * SHARES[r])
                inflow.append(INFLOW[t, r])
    m = saddlepoint.Model("tree")
    nodes = m.set("N", [n or "now" for n in names], parent=parents, probability="p")
    m.data("p", nodes, chance)
    into = m.data("inflow", nodes, inflow)
    dam = m.decide("dam", lower=0, upper=20)
    stock, turbine = m.decide("stock", nodes, lower=0), m.decide("turbine", nodes, lower=0, upper=7)
    thermal, spill = m.decide("thermal", nodes, lower=0), m.decide("spill", nodes, lower=0)
    melt = 0.5 * call("lag", spill, nodes, 2, first=0) if two_back else 0
    m.subject_to(
        water=stock == call("lag", stock, nodes, first=4) + into + melt - turbine - spill,
        wall=stock <= dam,
        demand=turbine + thermal >= 6,
    )
    m.minimise(call("expect", 20 * thermal, over=nodes) + 3 * dam)
    return m


@pytest.mark.parametrize("two_back", [False, True])
def test_both_routes_find_the_optimum_of_the_tree_written_by_hand(two_back: bool) -> None:
    want = float(by_hand(two_back).solve().objective[""][0])
    for route in ("tree", "cuts"):
        (found,) = valley(two_back).lab.policy(route=route)
        assert found.route == route and found.exact and found.paths == 27
        assert found.amount == pytest.approx(want, rel=1e-8) == pytest.approx(found.bound, rel=1e-8)
        assert found.weights.sum() == pytest.approx(1.0) and found.weights @ found.costs == pytest.approx(
            want
        )
        assert found.states == (2 + two_back * 2)


def test_worth_of_knowing_and_of_minding_is_that_of_the_tree_written_by_hand() -> None:
    (want,) = by_hand().lab.weigh()
    assert want.worth.perfect_information > 1 and want.worth.stochastic_solution > 1
    for route in ("tree", "cuts"):
        (found,) = valley().lab.policy(route=route, worth=True)
        assert found.worth is not None and found.worth.histories == 27
        assert found.worth.information_width == 0 == found.worth.solution_width
        for name in ("here_and_now", "wait_and_see", "mean", "of_mean"):
            assert getattr(found.worth.worth, name) == pytest.approx(getattr(want.worth, name), rel=1e-7)
    (sampled,) = valley().lab.policy(worth=True, paths=20)
    assert sampled.worth is not None and sampled.worth.histories == 20
    off = sampled.worth.worth.perfect_information - want.worth.perfect_information
    assert abs(off) < 2 * sampled.worth.information_width


def test_prices_say_what_one_more_unit_is_worth() -> None:
    """The water of the certain first month: its price is the slope of the optimum in the inflow."""
    (found,) = valley().lab.policy()
    price = found.prices["water"].columns["price"].reshape(4, 3)[0].sum()
    ends = []
    for step in (-1e-4, 1e-4):
        more = INFLOW.copy()
        more[0] += step
        ends.append(valley(inflow=more).lab.policy()[0].amount)
    assert (ends[1] - ends[0]) / 2e-4 == pytest.approx(price, rel=1e-4)
    means = means_by_stage(found)
    served = np.array(list(means["turbine"].values())) + np.array(list(means["thermal"].values()))
    assert (served >= 6 - 1e-9).all()


def test_command_and_explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    valley().write(tmp_path / "valley")
    for more in ([], ["--json", "--route", "cuts"]):
        with pytest.raises(SystemExit) as left:
            saddle.main(["policy", str(tmp_path / "valley"), *more])
        assert left.value.code == 0
        said = capsys.readouterr().out
        if more:
            (one,) = json.loads(said)["problems"]
            assert one["bound"] == pytest.approx(one["amount"]) and one["stage_problems"] > 20
        else:
            assert "5 stages of 1 to 3 outcomes (Rain along Months)" in said and "proven" in said
    assert "27 histories are one problem" in str(saddlepoint.open(tmp_path / "valley").explain())


def test_large_problems_are_sampled_and_say_so() -> None:
    m = saddlepoint.Model("long")
    months = m.set("M", range(20))
    rain = m.set("R", range(5), along=months)
    inflow = m.data("inflow", months, rain, np.random.default_rng(0).gamma(2, 2, (20, 5)))
    stock, thermal = (
        m.decide("stock", months, rain, lower=0, upper=9),
        m.decide("thermal", months, rain, lower=0),
    )
    turbine = m.decide("turbine", months, rain, lower=0)
    m.subject_to(
        water=stock <= call("lag", stock, months, first=4) + inflow - turbine, demand=turbine + thermal >= 4
    )
    m.maximise(call("expect", -7 * thermal, over=rain))
    (found,) = m.lab.policy(passes=4, paths=100)
    assert found.route == "cuts" and not found.exact and found.passes == 4
    assert found.half_width > 0 and found.amount - 5 * found.half_width < found.bound
    assert "± " in policy_text([found]) and "confidence interval" in policy_text([found])
    normal, drawn = found.confident_gap()
    gap = found.bound - found.amount
    assert gap < normal < gap + found.half_width and drawn == pytest.approx(
        normal, abs=0.2 * found.half_width
    )


SETS = "M: {items: 1..3}\n"
TABLES = "x: {type: endogenous, coordinates: [M, R], variables_info: {x: {lower: 0, upper: 9}}}\ny: {type: endogenous, coordinates: [R], variables_info: {y: {lower: 0}}}\n"
TWO = TABLES.splitlines()[0]
PLAIN = "R: {role: outcomes, along: M, items: [a, b]}"


@pytest.mark.parametrize(
    ("sets", "tables", "goal", "code"),
    [
        ("R: {along: M, items: [a, b]}", TWO, "expect(x, over=R)", "Y830"),
        ("R: {role: outcomes, items: [a], sample: {table: x, number: 2}}", TWO, "expect(x, over=R)", "Y831"),
        ("R: {role: outcomes, sample: {table: y, number: 2}}", TWO, "expect(x, over=R)", "K211"),
        ("R: {role: outcomes, along: Q, items: [a, b]}", TWO, "expect(x, over=R)", "M830"),
        ("R: {role: outcomes, along: R, items: [a, b]}", TWO, "expect(x, over=R)", "M830"),
        (PLAIN, TABLES, "expect(x, over=R)", "M831"),
        (PLAIN, TWO, "worst(x, over=R)", "E830"),
        (PLAIN, TWO, "cvar(x, 0.9, over=R)", "E830"),
    ],
)
def test_what_cannot_lie_along_stages_is_told(sets: str, tables: str, goal: str, code: str) -> None:
    with pytest.raises(SaddleError) as caught:
        saddlepoint.define(
            sets=SETS + sets, variables=tables, problem=f"objective: ['Minimize({goal})']"
        ).solve()
    assert code in {d.code for d in caught.value.diagnostics}


def _joined() -> saddlepoint.Model:
    m = saddlepoint.Model("m")
    months = m.set("M", range(2))
    rain = m.set("R", range(2), along=months)
    x = m.decide("x", months, rain, lower=0, upper=9)
    m.subject_to(mean=call("expect", x, over=rain) >= 1)
    m.minimise(call("expect", x, over=rain))
    return m


def test_what_has_no_policy_is_told() -> None:
    with pytest.raises(SaddleError, match="taken apart") as caught:
        _joined().lab.policy()
    assert caught.value.diagnostics[0].code == "K831"
    with pytest.raises(SaddleError) as caught:
        valley().solve()
    assert caught.value.diagnostics[0].code == "K832"
    plain = saddlepoint.Model("p")
    y = plain.decide("y", lower=1)
    plain.minimise(y)
    with pytest.raises(SaddleError) as caught:
        plain.lab.policy()
    assert caught.value.diagnostics[0].code == "K830"


def shop(number: int = 60, method: SamplingMethod = "latin", seed: int = 1) -> saddlepoint.Model:
    """One thing made before a normal demand is known: the best is its 60 % quantile."""
    m = saddlepoint.Model("shop")
    demand = m.uncertain("demand", distribution="normal", mean=60.0, std=15.0)
    weather = m.sample("Weather", demand, number=number, method=method, seed=seed)
    made, sold = m.decide("made", lower=0, upper=200), m.decide("sold", weather, lower=0)
    m.subject_to(market=sold <= demand, stock=sold <= made)
    m.maximise(call("expect", 10 * sold, over=weather) - 4 * made)
    return m


def test_draws_of_an_uncertain_table_are_outcomes(tmp_path: Path) -> None:
    run = shop(400).solve()
    assert run.table("made").columns["values"][0] == pytest.approx(63.8, abs=0.5)
    assert run.objective[""][0] == pytest.approx(302.05, rel=0.01)
    assert len(run.table("sold").columns["values"]) == 400
    m = shop()
    m.write(tmp_path / "shop")
    assert (
        "sample: {table: [demand], number: 60, method: latin, seed: 1}"
        in (tmp_path / "shop" / "structure_sets.yml").read_text()
    )
    lab = saddlepoint.open(tmp_path / "shop")
    want = m.solve()
    lab.run()
    assert lab.solve().objective[""] == pytest.approx(want.objective[""])
    (weighed,) = lab.weigh()
    sold = want.table("sold").columns["values"]
    assert weighed.costs == pytest.approx(10 * sold - 4 * want.table("made").columns["values"][0], abs=1e-6)
    assert shop(seed=2).solve().objective[""][0] != want.objective[""][0]


def test_draws_of_what_is_not_uncertain_are_refused() -> None:
    m = saddlepoint.Model("m")
    d = m.data("d", 3.0)
    w = m.sample("W", d, number=3)
    x = m.decide("x", w, lower=0)
    m.subject_to(need=x >= d)
    m.minimise(call("expect", x, over=w))
    with pytest.raises(SaddleError) as caught:
        m.solve()
    assert caught.value.diagnostics[0].code == "K211"


def test_stages_that_leave_nothing_to_each_other_and_a_time_limit() -> None:
    m = saddlepoint.Model("apart")
    months = m.set("M", range(3))
    rain = m.set("R", range(2), along=months)
    need = m.data("need", months, rain, [[1.0, 3], [2, 2], [0, 5]])
    x = m.decide("x", months, rain, lower=0)
    m.subject_to(need=x >= need)
    m.minimise(call("expect", x, over=rain))
    (found,) = m.lab.policy(route="cuts")
    assert found.amount == pytest.approx(2 + 2 + 2.5) == pytest.approx(found.bound)
    (ended,) = valley().lab.policy(route="cuts", time_limit=1e-9)
    assert ended.passes == 1 and -np.inf < ended.bound <= ended.amount + 1e-9
