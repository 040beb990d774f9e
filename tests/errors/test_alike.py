"""Findings that say the same of many cells are told once; those of formulas and settings each."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from saddlepoint.cli import saddle
from saddlepoint.errors import Diagnostic, FileError, Mark, merged_alike, rendered, suggest


def _cell(place: str, message: str = "no number", code: str = "D001") -> Diagnostic:
    return Diagnostic(code, message, Mark("data.xlsx", cell=place), why="It is text.")


def test_four_cells_are_one_finding_in_the_place_of_the_first() -> None:
    other = Diagnostic("D002", "twice", Mark("data.xlsx", cell="a!B1"))
    found = [_cell("a!A1"), other, *(_cell(f"{tab}!A{k}") for tab in "ab" for k in (2, 3, 4))]
    (first, others), (second, none) = merged_alike(found)
    assert (first, second, none) == (found[0], other, ())
    assert len(others) == 6
    assert rendered(first, others).splitlines()[-1] == "  6 more like it: A2, A3, A4, … b!A4"


@pytest.mark.parametrize("code", ["E101", "Y013"])
def test_findings_of_formulas_and_settings_stay_apart(code: str) -> None:
    found = [_cell(f"a!A{k}", code=code) for k in range(9)]
    assert merged_alike(found) == [(each, ()) for each in found]


def test_three_cells_are_told_one_by_one_and_the_text_of_an_error_has_all() -> None:
    found = [_cell(f"a!A{k}") for k in range(3)]
    assert merged_alike(found) == [(each, ()) for each in found]
    assert str(FileError(found)).count("It is text.") == 3
    assert "8 more like it" in str(FileError([_cell(f"a!A{k}") for k in range(9)]))


def test_a_history_with_decimal_commas_is_one_finding_that_quotes_the_line_as_it_is(tmp_path: Path) -> None:
    rows = [f"{k};{100 + k},5" for k in range(1, 131)]
    (tmp_path / "weeks.csv").write_text("\n".join(["Week;Demand", *rows]), encoding="utf-8")
    shown = CliRunner().invoke(saddle, ["fit", str(tmp_path / "weeks.csv"), "--time", "Week"])
    assert shown.exit_code == 1
    assert shown.stderr.count("error U542") == 1
    assert "1;101,5" in shown.stderr
    assert "129 more like it: line 3, line 4, line 5, … line 131" in shown.stderr
    assert "For the whole column" in shown.stderr


def test_of_many_names_those_that_hold_the_word_or_are_like_it_are_listed() -> None:
    known = ["a", "b", "c", "d", "e", "dual_tolerance", "g", "h", "log", "time_limit"]
    assert suggest("tol", known) == "Known: 'dual_tolerance', 'a', 'b', 'c', 'd', 'e', 'g', 'h', …."
    assert suggest("time", known).startswith("Known: 'time_limit', 'a', 'b', ")
    assert suggest("timelimit", known) == "Did you mean 'time_limit'?"
    assert suggest("tol", known[:8]) == "Known: 'a', 'b', 'c', 'd', 'e', 'dual_tolerance', 'g', 'h'."
