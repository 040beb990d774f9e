"""Wrong signs that leave a plan: told by `check --data`, one of them also by a run; silent where signs are meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.declare.examples import copy_example, example_titles
from saddlepoint.lab import Lab
from saddlepoint.model.lone_signs import lone_sign


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copy_example("distribution", tmp_path / "d")


def _turn(folder: Path, *lines: str) -> None:
    """Give some lines of the demand a minus sign."""
    table = folder / "input_data" / "demand.csv"
    text = table.read_text()
    for line in lines:
        assert line in text
        place, value = line.rsplit(",", 1)
        text = text.replace(line, f"{place},-{value}")
    table.write_text(text)


def _codes(folder: Path) -> list[tuple[str, str]]:
    return [(d.code, d.message) for d in Lab.open(folder).check(data=True)]


def test_one_wrong_sign_is_told_by_check_and_by_run(folder: Path) -> None:
    _turn(folder, "Cuneo,bread,1,10")
    said = "demand[Cuneo, bread, 1] is -10, the only number below 0 beside 23 of the other sign: is its sign right?"
    assert _codes(folder) == [("K913", said)]
    (found,) = Lab.open(folder).check(data=True)
    assert (found.severity, found.mark.source, found.mark.line) == ("warning", "input_data/demand.csv", 10)
    run = CliRunner().invoke(saddle, ["run", str(folder)])
    assert run.exit_code == 0
    assert run.output.count(said) == 1


def test_two_wrong_signs_are_told_by_what_they_do(folder: Path) -> None:
    """Rows of several decisions and rows of one, which are bounds of it."""
    _turn(folder, "Cuneo,bread,1,10", "Bra,bread,1,7")
    ((code, message),) = _codes(folder)
    assert code == "K914"
    assert message == (
        "served[bread, 1, Bra] asks for at least -7, which always holds; 22 others ask for more than 0; 1 more of the relation like it"
    )


@pytest.mark.parametrize(
    ("numbers", "cell"),
    [
        ([8, 3, -5, 9, 4, 7], 2),
        ([-8, -3, 5, -9, -4, -7], 2),
        ([8, 3, -5, 9, 4], None),
        ([8, 3, -5, -9, 4, 7, 8], None),
        ([80, 30, -0.5, 90, 40, 70], None),
        ([8, 3, -50, 9, 4, 7], None),
        ([8, 0, 0, -5, 9, 4, 7, 3], 3),
    ],
)
def test_the_one_number_of_a_sign(numbers: list[float], cell: int | None) -> None:
    assert lone_sign(np.array(numbers, float)) == cell


@pytest.mark.parametrize("example", example_titles())
def test_nothing_is_said_of_the_examples(example: str, tmp_path: Path) -> None:
    assert Lab.open(copy_example(example, tmp_path / example)).check(data=True) == ()


def test_a_stock_that_covers_the_first_demands_is_no_wrong_sign() -> None:
    """Sides below 0 that a formula makes of numbers above 0; the same sides out of numbers below 0 are asked about."""

    def told(need: list[float], stock: float) -> list[str]:
        lab = saddlepoint.define(
            sets="Months:\n",
            variables="make: {type: endogenous, coordinates: [Months], variables_info: {x: {nonneg: true}}}\n"
            "need: {type: exogenous, coordinates: [Months], variables_info: {d: }}\n"
            "stock: {type: exogenous, variables_info: {s: }}",
            problem={
                "objective": ["Minimize(sum(x, over=Months))"],
                "expressions": ["cover: cumsum(x, over=Months) >= d - s"],
            },
            items={"Months": [str(k) for k in range(1, 25)]},
            data={"need": need, "stock": stock},
        )
        return [d.code for d in lab.check(data=True)]

    rising = [5.0 * k for k in range(1, 25)]
    assert told(rising, 12.0) == []
    assert told([-7.0, -2.0, *rising[2:]], 0.0) == ["K914"]
