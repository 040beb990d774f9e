"""One line from a history to a plan: fit, buffer, dispatch and back-test agree with their parts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from saddlepoint.planning import Demand, Fleet, dispatch
from saddlepoint.promises import demand_of, promise
from saddlepoint.uncertain import BUFFERS, fit

pytest.importorskip("statsmodels", reason="the extra `fit` is not installed")


def test_the_plan_is_that_of_the_fit() -> None:
    values = np.random.default_rng(1).normal(300.0, 20.0, 80)
    fleet = Fleet.random(6, seed=7)
    made = promise(fleet, values, 0.9)
    assert made.fit.buffer == "prediction"
    by_hand = Demand(values.mean(), values.std(ddof=1), 0.9, "prediction", dof=79.0)
    assert made.dispatch.level == pytest.approx(by_hand.level, rel=1e-12)
    assert made.dispatch.cost == pytest.approx(dispatch(fleet, by_hand).cost, rel=1e-12)
    assert made.expected is not None
    assert float(made.expected.cycle) == pytest.approx(0.9, abs=0.01)
    assert made.tested is not None
    assert made.tested.judged[0].buffer == "prediction"


def test_nearly_certain_is_not_told_as_certain() -> None:
    from saddlepoint.report.promise_text import promise_text

    values = np.random.default_rng(1).normal(300.0, 20.0, 80)
    told = promise_text([promise(Fleet.random(6, seed=7), values, 0.999999999)])
    assert "Promise: 99.9999999 % by prediction" in told
    assert " 100 %" not in told.replace("–100 %", "")
    assert "100.00" not in told


def test_every_buffer_that_a_history_feeds_makes_a_demand() -> None:
    found = fit(np.random.default_rng(2).gamma(9.0, 10.0, 120))
    fed = {"mean", "std", "dof", "confidence", "samples"}
    names = [b.name for b in BUFFERS if set(b.needs) <= fed and not b.whole]
    assert len(names) > 15
    for name in names:
        assert demand_of(found, 0.9, name).level > found.mean


def test_command_in_one_line(tmp_path: Path) -> None:
    from saddlepoint.cli.dispatch import command

    rng = np.random.default_rng(4)
    rows = [f"{k + 1},{v:.2f}" for k, v in enumerate(rng.normal(300.0, 15.0, 60))]
    (tmp_path / "demand.csv").write_text("\n".join(["week,demand", *rows]))
    line = ["--random", "5", "--seed", "42", "--history", str(tmp_path / "demand.csv"), "--promise", "0.95"]
    said = CliRunner().invoke(command, [*line, "--plot", str(tmp_path / "plan.png")])
    assert said.exit_code == 0, said.output
    for part in (
        "Recommended: prediction",
        "Promise: 95 % by prediction",
        "promised 95 %, reached",
        "price λ",
    ):
        assert part in said.output
    assert {p.name for p in tmp_path.glob("*.png")} == {"plan.png", "plan_fit.png", "plan_backtest.png"}
    told = json.loads(CliRunner().invoke(command, [*line, "--json", "--buffer", "conformal,cantelli"]).output)
    assert [a["buffer"] for a in told["answers"]] == ["conformal", "cantelli"]
    assert told["answers"][0]["backtest"]["origins"] == 30
    said = CliRunner().invoke(command, [*line, "--mean", "300"])
    assert said.exit_code == 2
