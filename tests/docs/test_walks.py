"""The walks of docs/design/architecture.md are those that a run takes: one number from its cell to the printed price, one choice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from saddlepoint.cli import saddle
from saddlepoint.files import Sheet, write_workbook
from tests.docs.walk import Visit, visits

PAGE = (Path(__file__).parents[2] / "docs" / "design" / "architecture.md").read_text("utf-8")
PROFIT, USE = 3.1234567, 1.3
PRICE = PROFIT / USE
BESIDE = {"Incumbents"}
"""What works with the price beside its way: the draft that the Solution is taken from."""
MOST = 42
"""So many functions may hand the price back: one more has to be worth it."""
SETS = "Products:\n  items: [a, b]\nEnergy:\n  split_problem: true\n  items: [low, high]\n"
VARIABLES = """
production:
  type: endogenous
  coordinates: [Products, Energy]
  variables_info: {x: {Products: {dim: cols}}}
profit:
  type: exogenous
  coordinates: [Products]
  variables_info: {c: {Products: {dim: cols}}}
use:
  type: exogenous
  coordinates: [Products]
  variables_info: {e: {Products: {dim: cols}}}
avail:
  type: exogenous
  coordinates: [Energy]
  variables_info: {E: }
"""
PROBLEM = "objective: [Maximize(c @ tran(x))]\nexpressions: [e @ tran(x) <= E, x >= 0, x <= 10]\n"


def _rows(walk: str) -> list[tuple[str, ...]]:
    """The rows of one table of the page: file, function, form."""
    _, _, rest = PAGE.partition(f"<!-- walk: {walk} -->\n")
    return re.findall(
        r"^\| \d+ \| `([\w/.]+)` \| `([\w.]+)` \| ([^|]+) \|$", rest.split("\n\n")[0], re.MULTILINE
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("walk") / "shop"
    (made / "input_data").mkdir(parents=True)
    for name, text in (("structure_sets", SETS), ("structure_variables", VARIABLES), ("problem", PROBLEM)):
        (made / f"{name}.yml").write_text(text)
    inputs = {"profit": ("Products", "ab", [PROFIT, 2.0]), "use": ("Products", "ab", [USE, 1.0])}
    inputs["avail"] = ("Energy", ("low", "high"), [5.0, 30.0])
    for name, (over, labels, values) in inputs.items():
        sheet = Sheet(name, (f"{over}_Name", "values"), (list(labels), values))
        write_workbook(made / "input_data" / f"{name}.xlsx", [sheet], False)
    return made


def _lacking(passed: Sequence[tuple[str, ...]], rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The rows that the walk does not pass, each after the row before it."""
    at, lacking = 0, []
    for row in rows:
        if row in passed[at:]:
            at = passed.index(row, at) + 1
        else:
            lacking.append(row)
    return lacking


def _walked(folder: Path, number: float, text: str) -> tuple[list[Visit], list[tuple[str, str]]]:
    def run() -> None:
        command = ["run", str(folder), "--scenario", "low"]
        assert CliRunner().invoke(saddle, command, catch_exceptions=False).exit_code == 0

    return visits(run, number, text)


def test_the_walks_of_a_cell_and_of_a_choice(folder: Path) -> None:
    seen, calls = _walked(folder, PROFIT, "3.1234567")
    assert _lacking([visit[:3] for visit in seen], _rows("in")) == []
    assert _lacking(calls, [row[:2] for row in _rows("choice")]) == []


def test_the_walk_of_a_price(folder: Path) -> None:
    """Every record that holds it stands on the page: a new form does not come in unseen."""
    seen, _ = _walked(folder, PRICE, f"{PRICE:.6f}")
    rows = _rows("back")
    assert _lacking([visit[:3] for visit in seen], rows) == []
    records = {visit.form for visit in seen if visit.form[0].isupper()}
    assert records - {form for *_, form in rows} == BESIDE
    handing = {visit[:2] for visit in seen if visit.returned and not visit.function.endswith(">")}
    assert 20 < len(handing) <= MOST, sorted(handing)
    assert f"{MOST} functions hand the price back" in PAGE


@pytest.mark.parametrize("walk", ["in", "back", "choice"])
def test_hops_are_counted(walk: str) -> None:
    rows = _rows(walk)
    files, forms = {file for file, *_ in rows}, {form for *_, form in rows}
    assert len(rows) >= 5
    assert f"({walk}: {len(rows)} hops, {len(files)} files, {len(forms)} forms)" in PAGE
