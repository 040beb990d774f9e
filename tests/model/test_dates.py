"""Dates in the order of a country are read where one reading alone is an item of the set."""

from pathlib import Path

import pytest

import saddlepoint
from saddlepoint.errors import SaddleError
from saddlepoint.model.dates import date_readings

FILES = {
    "structure_sets.yml": "Days: {description: days}\n",
    "structure_variables.yml": "need: {type: exogenous, coordinates: [Days], variables_info: {d: {Days: {dim: rows}}}}\n"
    "made: {type: endogenous, coordinates: [Days], variables_info: {x: {Days: {dim: rows}, nonneg: true}}}\n",
    "problem.yml": "objective: [Minimize(sum(x))]\nexpressions: [x >= d]\n",
}


def lab(tmp_path: Path, items: str, rows: str):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    for folder, name, text in (
        ("sets", "Days", f"Days_Name\n{items}"),
        ("input_data", "need", f"Days_Name,values\n{rows}"),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.csv").write_text(text)
    return saddlepoint.open(tmp_path)


def test_what_a_date_may_mean() -> None:
    assert date_readings("01/02/2025") == ("2025-02-01", "2025-02-01 00:00", "2025-01-02", "2025-01-02 00:00")
    assert date_readings("13.02.2025 03:00") == ("2025-02-13 03:00",)
    assert date_readings("31/31/2025") == date_readings("2025-01-01") == date_readings("n/a") == ()


def test_one_reading_among_the_items_is_taken(tmp_path: Path) -> None:
    found = lab(tmp_path, "2025-02-13\n2025-02-14\n", "13/02/2025,3\n02/14/2025,4\n").solve()
    assert found.table("made").columns["values"].tolist() == [3, 4]


def test_two_readings_among_the_items_are_refused_with_both(tmp_path: Path) -> None:
    with pytest.raises(SaddleError) as caught:
        lab(tmp_path, "2025-01-02\n2025-02-01\n", "01/02/2025,3\n2025-02-01,4\n").solve()
    told = caught.value.diagnostics[0]
    assert told.code == "D003" and "It may mean '2025-02-01' or '2025-01-02'" in told.fix
