"""A policy is stored as a run: shown, kept, listed and put on a page like the results of any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli.commands import saddle

VALLEY = """
sets:
    Months: {items: [m1, m2, m3, m4]}
    Rain: {role: outcomes, along: Months, items: [dry, wet]}
    Price: {split_problem: true, items: [low, high]}
tables:
    stock: {type: endogenous, coordinates: [Price, Months, Rain], unit: hm3, variables_info: {s: {lower: 0, upper: 12}}}
    turbine: {type: endogenous, coordinates: [Price, Months, Rain], unit: hm3, variables_info: {t: {lower: 0, upper: 7}}}
    thermal: {type: endogenous, coordinates: [Price, Months, Rain], unit: hm3, variables_info: {h: {lower: 0}}}
    spill: {type: endogenous, coordinates: [Price, Months, Rain], unit: hm3, variables_info: {v: {lower: 0}}}
    inflow: {type: exogenous, coordinates: [Rain], unit: hm3, variables_info: {f: }}
    fuel: {type: exogenous, coordinates: [Price], unit: EUR/hm3, variables_info: {c: }}
problem:
    objective: ["Minimize(expect(sum(c * h, over=Months), over=Rain))"]
    expressions:
        - water: s == lag(s, Months, first=4) + f - t - v
        - demand: t + h >= 6
data:
    fuel: {low: 20, high: 30}
    inflow: {dry: 1, wet: 9}
"""


@pytest.fixture
def valley(tmp_path: Path) -> Path:
    (tmp_path / "valley.yml").write_text(VALLEY, encoding="utf-8")
    return tmp_path / "valley.yml"


def test_it_is_shown_kept_and_listed_like_any_run(valley: Path) -> None:
    told = CliRunner().invoke(saddle, ["policy", str(valley), "--name", "base", "--note", "as it is"])
    assert told.exit_code == 0, told.output
    assert "Written to" in told.output
    lab = saddlepoint.open(valley)
    (run,) = lab.runs()
    assert (run.name, run.note, run.command, run.exit) == ("base", "as it is", "saddle policy", 0)
    low, high = lab.policy()
    assert high.amount == pytest.approx(1.5 * low.amount)
    header, rows = lab.show("_scenarios").header, lab.show("_scenarios").rows[-2:]
    found = [dict(zip(header, row, strict=True)) for row in rows]
    for one, policy in zip(found, (low, high), strict=True):
        assert one["status"] == "optimal" and one["half_width"] == 0.0 and one["histories"] == 16.0
        assert one["objective"] == pytest.approx(policy.amount) == pytest.approx(one["bound"])
        assert one["cost_least"] == policy.costs.min() and one["cost_greatest"] == policy.costs.max()
    stored = lab.show("stock").rows
    assert len(stored) == 2 * 4 * 2
    mean = low.tables["stock"].columns["values"]
    assert [row[-1] for row in stored if "low" in row] == pytest.approx(mean[np.isfinite(mean)].tolist())
    shown = CliRunner().invoke(saddle, ["history", str(valley)]).output
    assert "saddle policy" in shown and "EUR" in shown


def test_the_page_says_what_a_policy_is_and_how_sure_its_cost_is(valley: Path) -> None:
    lab = saddlepoint.open(valley)
    lab.policy(route="cuts", paths=12, passes=2, scenarios=["low"])
    html = lab.write_report(valley.parent / "page.html").read_text("utf-8")
    assert "This is a policy: what to decide in each stage once its outcome is known." in html
    assert "no policy is better than" in html and "low: " in html
    assert "has no certified optimal plan" not in html.split("<script")[0]
    again = saddlepoint.open(valley)
    again.policy(scenarios=["high"])
    assert len(again.show("stock").rows) == 16  # the other scenario is as it was


def test_the_history_has_what_the_policy_was_told_and_no_run_that_could_not_begin(valley: Path) -> None:
    asked = ["--route", "tree", "--passes", "7", "--policy-seed", "3", "--worth", "--seed", "2"]
    assert CliRunner().invoke(saddle, ["policy", str(valley), *asked]).exit_code == 0
    refused = CliRunner().invoke(saddle, ["run", str(valley)])
    assert refused.exit_code != 0 and "K832" in refused.output
    listed = CliRunner().invoke(saddle, ["history", str(valley)]).output
    assert "saddle policy --passes 7 --policy-seed 3 --route tree --seed 2 --worth" in listed
    assert "did not finish" not in listed


def test_the_example_names_its_command_and_costs_what_its_page_says(tmp_path: Path) -> None:
    made = CliRunner().invoke(saddle, ["new", str(tmp_path / "r"), "--from", "reservoir"])
    assert f"Next: saddle policy {tmp_path / 'r'}" in made.output
    (found,) = saddlepoint.open(tmp_path / "r").policy()
    assert found.amount == pytest.approx(106.749, abs=1e-3) == pytest.approx(found.bound)
    assert found.histories == 243
    assert "saddle policy reservoir" in (tmp_path / "r" / "README.md").read_text()
