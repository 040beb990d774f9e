"""Overrides that take their numbers from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

import saddlepoint
from saddlepoint.errors import SaddleError


def _folder(place: Path, rows: str) -> Path:
    (place / "structure_sets.yml").write_text("H: {items: 1..3}\n")
    (place / "structure_variables.yml").write_text(
        "d: {type: exogenous, coordinates: [H], variables_info: {d: }}\nx: {type: endogenous, coordinates: [H], variables_info: {x: }}\n"
    )
    (place / "problem.yml").write_text("objective: Minimize(sum(x))\nexpressions: [x >= d]\n")
    (place / "input_data").mkdir()
    (place / "input_data" / "d.csv").write_text("H_Name,values\n1,1\n2,2\n3,3\n")
    (place / "high.csv").write_text(rows)
    (place / "scenarios.yml").write_text(
        "overrides: {high: {table: d, from: high.csv}}\nruns: {high: [high]}\n"
    )
    return place


def test_rows_of_the_file_take_the_place_of_the_tables_own(tmp_path: Path) -> None:
    run = saddlepoint.open(_folder(tmp_path, "H,values\n3,30\n1,10\n")).solve()
    assert run.objective[""].tolist() == [6, 42]


@pytest.mark.parametrize("rows", ["H,values\n4,1\n", "H,values\n1,x\n", "H,value\n1,1\n", "G,values\n1,1\n"])
def test_a_file_that_does_not_fit_is_located(tmp_path: Path, rows: str) -> None:
    with pytest.raises(SaddleError) as wrong:
        saddlepoint.open(_folder(tmp_path, rows)).solve()
    assert {(d.code, d.mark.source) for d in wrong.value.diagnostics} == {("K291", "high.csv")}
