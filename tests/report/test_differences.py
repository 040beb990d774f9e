"""Comparisons as a workbook, and one tolerance for both."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from saddlepoint.cli.commands import saddle
from saddlepoint.files import read_workbook


def _folder(path: Path, rows: dict[str, float]) -> Path:
    path.mkdir()
    lines = ["Plants_Name,values", *(f"{name},{value}" for name, value in rows.items())]
    (path / "gen.csv").write_text("\n".join(lines) + "\n")
    return path


def test_every_difference_is_in_the_workbook(tmp_path: Path) -> None:
    first = _folder(tmp_path / "a", {f"p{k}": 100.0 for k in range(20)} | {"old": 1.0})
    second = _folder(tmp_path / "b", {f"p{k}": 100.0 + k for k in range(20)} | {"new": 2.0})
    book = tmp_path / "d.xlsx"
    line = ["compare", str(first), str(second), "--xlsx", str(book)]
    assert CliRunner().invoke(saddle, line).exit_code == 1
    sheets = read_workbook(book)
    assert [cells[0] for cells in sheets["tables"].columns] == ["gen", "cells", 1, 1, 19, 19]
    cells = sheets["cells"]
    assert len(cells) == 19 + 2
    assert [c for c in cells.column("difference") if c != ""] == [float(k) for k in range(1, 20)]
    assert cells.column("of the first")[4] == pytest.approx(0.05)
    assert (cells.column("row")[-2:], cells.column("second")[-2:]) == (["old", "new"], ["absent", "there"])
    again = CliRunner().invoke(saddle, line)
    assert "F042" in again.output + again.stderr
    assert CliRunner().invoke(saddle, [*line, "--force"]).exit_code == 1


@pytest.mark.parametrize(("tolerance", "code"), [("0.05", 0), ("0.01", 1)])
def test_one_tolerance_sets_both(tmp_path: Path, tolerance: str, code: int) -> None:
    first = _folder(tmp_path / "a", {"x": 100.0, "y": 0.0})
    second = _folder(tmp_path / "b", {"x": 104.0, "y": 0.04})
    assert (
        CliRunner().invoke(saddle, ["compare", str(first), str(second), "--tolerance", tolerance]).exit_code
        == code
    )
