"""The user's own operators and constants: loaded only when trusted."""

from __future__ import annotations

import pytest

import saddlepoint
from saddlepoint.errors import SaddleError

SETS = "Products:\n  description: products\n"
TABLES = """
production: {type: endogenous, coordinates: [Products], variables_info: {x: {Products: {dim: cols}}}}
prices: {type: exogenous, coordinates: [Products], variables_info: {c: {Products: {dim: cols}}}}
weights: {type: constant, coordinates: [Products], variables_info: {w: {value: ramp, Products: {dim: cols}}}}
"""
PROBLEM = """
objective: [Maximize(half(c) @ tran(x))]
expressions: [w @ tran(x) <= 12, x >= 0]
"""
OPERATORS = "import numpy as np\n\n\ndef half(a):\n    return np.asarray(a) / 2\n"
CONSTANTS = "import numpy as np\n\n\ndef ramp(dimension):\n    return np.arange(1.0, 1 + max(dimension)).reshape(dimension)\n"


@pytest.fixture
def folder(tmp_path):
    from saddlepoint.files import Sheet, write_workbook

    files = {"structure_sets.yml": SETS, "structure_variables.yml": TABLES, "problem.yml": PROBLEM}
    files |= {"user_defined_operators.py": OPERATORS, "user_defined_constants.py": CONSTANTS}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    write_workbook(tmp_path / "sets.xlsx", [Sheet("_set_PRODUCTS", ("Products_Name",), (["a", "b", "c"],))])
    (tmp_path / "input_data").mkdir()
    (tmp_path / "input_data" / "prices.csv").write_text("Products_Name,values\na,2\nb,6\nc,7\n")
    return tmp_path


def test_user_code_runs_when_trusted(folder):
    result = saddlepoint.open(folder, trust=True).solve()
    assert result.exit_code == 0
    assert result.objective[""][0] == pytest.approx(18.0)
    assert result.table("production").values == pytest.approx([0, 6, 0])


def test_the_model_itself_can_say_so(folder):
    (folder / "problem.yml").write_text("operators: trust\n" + PROBLEM)
    assert saddlepoint.open(folder).solve().objective[""][0] == pytest.approx(18.0)


def test_user_code_never_runs_silently(folder):
    (folder / "user_defined_operators.py").write_text("raise SystemExit('was run')\n")
    lab = saddlepoint.open(folder)
    with pytest.raises(SaddleError) as error:
        lab.solve()
    assert {d.code for d in error.value.diagnostics} <= {"E104", "M007"}
    assert [d.code for d in lab.language.warnings] == ["M024", "M024"]


def test_failing_user_code_is_located(folder):
    (folder / "user_defined_operators.py").write_text("x = 1\ny = 1 / 0\n")
    with pytest.raises(SaddleError, match=r"user_defined_operators.py:2.*ZeroDivisionError"):
        saddlepoint.open(folder, trust=True).solve()


def test_check_tells_that_user_code_was_left_out(folder):
    codes = [d.code for d in saddlepoint.open(folder).check()]
    assert codes[:2] == ["M024", "M024"]
    assert set(codes[2:]) <= {"E104", "M007"}
