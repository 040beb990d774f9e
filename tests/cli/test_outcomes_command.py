"""`saddle outcomes`: the worth of information against problems solved one by one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint import call
from saddlepoint.building.expression import Expression
from saddlepoint.cli.commands import saddle
from saddlepoint.errors import StudyError
from saddlepoint.report.outcome_text import outcome_text

DEMAND, SHARES = np.array([100.0, 60.0, 20.0]), np.array([0.3, 0.5, 0.2])


def shop(count: int = 3) -> saddlepoint.Model:
    m = saddlepoint.Model("shop")
    rng = np.random.default_rng(2)
    shares = SHARES if count == 3 else np.full(count, 1 / count)
    o = m.set("O", [f"w{k}" for k in range(count)], probability="p")
    m.data("p", o, shares)
    d = m.data("d", o, DEMAND if count == 3 else rng.uniform(20, 100, count))
    made, sold = m.decide("made", lower=0, upper=200), m.decide("sold", o, lower=0)
    m.subject_to(market=sold <= d, stock=sold <= made)
    m.maximise(call("expect", 10 * sold, over=o) - 4 * made)
    return m


def test_worth_of_information_and_of_minding_outcomes() -> None:
    (one,) = shop().lab.weigh()
    assert one.worth.perfect_information == pytest.approx(6 * (SHARES @ DEMAND) - 280, rel=1e-5)
    of_mean = 10 * (SHARES @ np.minimum(64, DEMAND)) - 4 * 64
    assert one.worth.stochastic_solution == pytest.approx(280 - of_mean, rel=1e-5)
    assert one.costs == pytest.approx(10 * np.minimum(60, DEMAND) - 240, rel=1e-5)
    assert one.quantile(0.05) == pytest.approx(-40, rel=1e-5) and one.quantile(0.5) == pytest.approx(
        360, rel=1e-5
    )


def test_command_prints_and_writes_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop().write(tmp_path / "shop")
    for more in ([], ["--json"]):
        with pytest.raises(SystemExit) as left:
            saddle.main(["outcomes", str(tmp_path / "shop"), *more])
        assert left.value.code == 0
        said = capsys.readouterr().out
        if more:
            assert json.loads(said)["problems"][0]["evpi"] == pytest.approx(104, rel=1e-5)
        else:
            assert "EVPI" in said and "VSS" in said and "median 360" in said


def test_a_sample_says_how_far_the_decision_may_be_off() -> None:
    (one,) = shop(400).lab.weigh(sample=True)
    assert one.sampled is not None
    assert -1e-6 <= one.sampled.estimate < one.sampled.upper < 60
    (few,) = shop().lab.weigh(sample=True)
    assert few.sampled is None


def test_models_that_cannot_be_weighed_say_why() -> None:
    m = saddlepoint.Model("m")
    o = m.set("O", range(3), outcomes=True)
    x = m.decide("x", o, lower=0, upper=9)
    m.subject_to(mean=call("expect", x, over=o) >= 1)
    m.minimise(call("expect", x, over=o))
    with pytest.raises(StudyError, match="joins decisions of several outcomes") as caught:
        m.lab.weigh()
    assert caught.value.diagnostics[0].code == "K801"
    plain = saddlepoint.Model("p")
    y = plain.decide("y", lower=1)
    plain.minimise(y)
    with pytest.raises(StudyError) as caught:
        plain.lab.weigh()
    assert caught.value.diagnostics[0].code == "K800"


def test_a_decision_for_the_mean_that_leaves_an_outcome_without_a_plan() -> None:
    m = saddlepoint.Model("needed")
    o = m.set("O", ["low", "high"], outcomes=True)
    need = m.data("need", o, [1.0, 3.0])
    made, kept = m.decide("made", lower=0, upper=9), m.decide("kept", o, lower=0)
    m.subject_to(cover=made >= need + kept)
    m.minimise(made + call("expect", kept, over=o))
    found = m.lab.weigh()
    assert found[0].worth.of_mean == np.inf
    said = outcome_text(found)
    assert "inf " not in said and "leaves some outcome without a plan" in said


def test_what_has_no_plan_is_said_so() -> None:
    m = saddlepoint.Model("short")
    o = m.set("O", ["low", "high"], outcomes=True)
    made, kept = m.decide("made", lower=0, upper=9), m.decide("kept", o, lower=0)
    m.subject_to(most=made >= 20, cover=kept >= made)
    m.minimise(call("expect", kept, over=o))
    with pytest.raises(StudyError) as caught:
        m.lab.weigh()
    assert caught.value.diagnostics[0].code == "K820"


def test_a_set_of_outcomes_without_items() -> None:
    m = saddlepoint.Model("none")
    o = m.set("O", [], outcomes=True)
    x, y = m.decide("x", lower=1, upper=2), m.decide("y", o, lower=0)
    m.minimise(x + call("expect", y, over=o))
    assert m.solve().objective[""] == pytest.approx(1.0)


INTO = {"now": 3.0, "w": 7, "d": 2, "ww": 6, "wd": 1, "dw": 9, "dd": 0}
CHANCE = {"now": 1.0, "w": 0.4, "d": 0.6, "ww": 0.1, "wd": 0.3, "dw": 0.3, "dd": 0.3}


def valley(nodes: dict[str, str], into: dict[str, float], chance: dict[str, float]) -> saddlepoint.Model:
    """A reservoir over a tree: node → parent. The gate of the dam is decided before all."""
    m = saddlepoint.Model("valley")
    n = m.set("N", list(nodes), parent=list(nodes.values()), probability="p")
    m.data("p", n, list(chance.values()))
    water = m.data("water", n, list(into.values()))
    gate = m.decide("gate", lower=0, upper=6)
    stock, turbine = m.decide("stock", n, lower=0, upper=8), m.decide("turbine", n, lower=0)
    m.subject_to(balance=stock <= call("lag", stock, n, first=4) + water - turbine, through=turbine <= gate)
    m.minimise(gate + call("expect", 9 * call("pos", 5 - turbine), over=n))
    return m


def test_a_tree_is_weighed_along_its_histories() -> None:
    """EVPI and VSS against every history, and the mean one, as models of their own."""
    tree = {"now": "", "w": "now", "d": "now", "ww": "w", "wd": "w", "dw": "d", "dd": "d"}
    m = valley(tree, INTO, CHANCE)
    (one,) = m.lab.weigh()
    run = m.solve()
    assert one.outcomes == ("ww", "wd", "dw", "dd")
    assert (
        one.shares @ one.costs == pytest.approx(run.objective[""][0]) == pytest.approx(one.worth.here_and_now)
    )

    def path(numbers: list[float]) -> saddlepoint.Model:
        names = ["now", "b", "c"]
        return valley(
            dict(zip(names, ["", "now", "b"], strict=True)),
            dict(zip(names, numbers, strict=True)),
            dict.fromkeys(names, 1.0),
        )

    seen = 0.0
    for leaf in one.outcomes:
        seen += CHANCE[leaf] * path([INTO["now"], INTO[leaf[0]], INTO[leaf]]).solve().objective[""][0]
    assert one.worth.wait_and_see == pytest.approx(seen)
    means = [
        sum(CHANCE[k] * INTO[k] for k in keys) for keys in (["now"], ["w", "d"], ["ww", "wd", "dw", "dd"])
    ]
    mean = path(means).solve()
    assert one.worth.mean == pytest.approx(mean.objective[""][0])
    assert one.worth.perfect_information > 0.1
    held = valley(tree, INTO, CHANCE)
    for name in ("gate", "stock", "turbine"):
        first = mean.table(name).columns["values"][0]
        held.subject_to(
            **{
                f"held_{name}": (
                    call("at", Expression(name), N="now") if name != "gate" else Expression(name)
                )
                == first
            }
        )
    assert one.worth.of_mean == pytest.approx(held.solve().objective[""][0])
    assert one.worth.stochastic_solution > 0.1
