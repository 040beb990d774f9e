"""What binds has its price, however small beside others; inputs and queries show numbers as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli import saddle


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trillion pieces at 9e-7 each beside one at 10,000: the small price makes nearly all of the objective."""
    model = saddlepoint.Model("p")
    items = model.set("I", ["a", "b"])
    cap, worth = model.data("cap", items, [1e12, 1.0]), model.data("worth", items, [9e-7, 1e4])
    made = model.decide("made", items, lower=0)
    model.subject_to(big=made <= cap)
    model.maximise(saddlepoint.sum(worth * made, over=items))
    path = tmp_path_factory.mktemp("small") / "p"
    model.write(path)
    assert CliRunner().invoke(saddle, ["run", str(path)]).exit_code == 0
    return path


@pytest.mark.parametrize(
    "command", [["run"], ["show", "price_big"], ["show", "worth"], ["sql", "select price from price_big"]]
)
def test_a_small_number_that_counts_is_shown(folder: Path, command: list[str]) -> None:
    verb, *rest = command
    shown = CliRunner().invoke(saddle, [verb, str(folder), *rest])
    assert shown.exit_code == 0, shown.output
    assert "9e-07" in shown.output


def test_rounding_beside_large_numbers_is_shown_as_nothing() -> None:
    from saddlepoint.printing.grid import grid

    rows = [["a", 1e6, 3e-12]]
    assert grid(["I", "x"], [["a", 1e6], ["b", 3e-12]])[-1].split() == ["b", "0"]
    assert grid(["I", "x", "y"], rows, exact=True)[-1].split() == ["a", "1,000,000", "3e-12"]
