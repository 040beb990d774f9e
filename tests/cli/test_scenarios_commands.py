"""saddle scenarios list, show, diff; saddle run --scenario RUN."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from saddlepoint.cli import saddle

MODEL = Path(__file__).parents[1] / "data" / "models" / "production_planning"
TEXT = """
include:
  - Scenarios_energy: high
overrides:
  dry: {table: energy_avail, multiply: 0.5}
runs:
  drought: [dry]
  nothing: []
"""


@pytest.fixture
def plan(tmp_path: Path) -> str:
    folder = shutil.copytree(MODEL, tmp_path / "plan")
    (folder / "scenarios.yml").write_text(TEXT)
    return str(folder)


def call(*arguments: str) -> Result:
    return CliRunner().invoke(saddle, list(arguments))


def test_list(plan: str) -> None:
    lines = call("scenarios", "list", plan).output.split("\n")
    assert lines[0].split() == ["place", "Run", "Scenarios_energy", "Scenarios_material"]
    assert lines[2].split() == ["0", "base", "high", "low"] and lines[5].split() == [
        "3",
        "drought",
        "high",
        "high",
    ]
    found = json.loads(call("scenarios", "list", plan, "--json", "--limit", "1").output)
    assert found == {
        "sets": ["Run", "Scenarios_energy", "Scenarios_material"],
        "scenarios": [["base", "high", "low"]],
        "total": 6,
    }


def test_show_and_diff(plan: str) -> None:
    shown = json.loads(call("scenarios", "show", plan, "drought", "--json").output)
    assert shown["header"] == ["table", "column", "cell", "base", "drought"]
    assert [row[0] for row in shown["rows"]] == ["energy_avail"] * 2
    assert all(row[4] == row[3] / 2 for row in shown["rows"])
    assert call("scenarios", "show", plan, "nothing").output == "'nothing' changes nothing.\n"
    assert call("scenarios", "diff", plan, "base", "nothing").output == "They read the same numbers.\n"
    one = call("scenarios", "diff", plan, "drought", "base", "--limit", "1").output
    assert "… 1 more" in one
    belongs = json.loads(call("scenarios", "show", plan, "Scenarios_energy=high", "--json").output)
    assert [row[0] for row in belongs["rows"]] == ["energy_avail"] * 3


def test_choices_that_are_wrong(plan: str) -> None:
    for arguments in (
        ("scenarios", "show", plan, "drougth"),
        ("scenarios", "diff", plan, "base", "Scenarios_energy=high"),
        ("scenarios", "diff", plan, "base", "Run=drout"),
        ("run", plan, "--scenario", "low,low"),
    ):
        assert call(*arguments).exit_code == 2, arguments


def test_a_run_by_its_name_replaces_its_rows_only(plan: str) -> None:
    assert call("run", plan).exit_code == 0
    before = json.loads(call("show", plan, "production", "--json", "--limit", "0").stdout)
    text = TEXT.replace("0.5", "0.4")
    (Path(plan) / "scenarios.yml").write_text(text)
    assert call("run", plan, "--scenario", "drought").exit_code == 0
    after = json.loads(call("show", plan, "production", "--json", "--limit", "0").stdout)
    changed = [(a, b) for a, b in zip(before["rows"], after["rows"], strict=True) if a != b]
    assert changed and all("drought" in map(str, a) for a, _ in changed)
