"""The user's own operators and constants: loaded only when trusted."""

from __future__ import annotations

import contextlib

import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.declare import write_spec
from saddlepoint.errors import SaddleError
from saddlepoint.model.language import trust

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


@pytest.fixture(autouse=True)
def own_settings(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("SADDLEPOINT_CONFIG_DIR", str(tmp_path_factory.mktemp("config")))


@pytest.mark.parametrize("form", ["yaml", "xlsx"])
def test_a_folder_cannot_trust_itself(folder, form):
    (folder / "problem.yml").write_text("operators: trust\n" + PROBLEM)
    (folder / "user_defined_operators.py").write_text(
        f"open({str(folder / 'ran')!r}, 'w').close()\n" + OPERATORS
    )
    if form == "xlsx":
        spec = saddlepoint.open(folder).settings.spec
        write_spec(folder, spec, "xlsx")
        for name in ("structure_sets.yml", "structure_variables.yml", "problem.yml"):
            (folder / name).unlink()
    for ask in ("check", "solve", "run", "explain", "template", "load"):
        lab = saddlepoint.open(folder)
        with contextlib.suppress(SaddleError):
            getattr(lab, ask)()
        assert [d.code for d in lab.language.warnings] == ["M024", "M024"], ask
    assert "cannot permit" in lab.language.warnings[0].why
    assert not (folder / "ran").exists()


def test_trust_is_the_users_and_ends_with_the_content(folder):
    (folder / "problem.yml").write_text("operators: trust\n" + PROBLEM)
    told = CliRunner().invoke(saddle, ["trust", str(folder)])
    assert told.exit_code == 0, told.output
    assert "user_defined_operators.py, user_defined_constants.py" in told.output
    assert saddlepoint.open(folder).solve().objective[""][0] == pytest.approx(18.0)
    (folder / "user_defined_operators.py").write_text(OPERATORS + "# another letter\n")
    with pytest.raises(SaddleError):
        saddlepoint.open(folder).solve()
    assert saddlepoint.open(folder).language.warnings[0].code == "M024"


def test_a_broken_list_trusts_nothing(folder):
    place = trust(folder)[1]
    assert place is not None
    assert saddlepoint.open(folder).language.warnings == ()
    for broken in ("[]", "{", "null", '"' + place.read_text()[5:30] + '"'):
        place.write_text(broken)
        assert len(saddlepoint.open(folder).language.warnings) == 2


def test_a_folder_without_programs_has_nothing_to_trust(tmp_path):
    told = CliRunner().invoke(saddle, ["trust", str(tmp_path)])
    assert (told.exit_code, "nothing to trust" in told.output) == (0, True)
    assert CliRunner().invoke(saddle, ["trust", str(tmp_path / "no")]).exit_code == 1


@pytest.mark.parametrize(
    "last", ["raise SystemExit('was run')", "import nothing_of_this_name", "y = 1 / 0", "def f(:"]
)
def test_trusted_code_that_fails_is_an_error_of_its_own(folder, last):
    (folder / "user_defined_operators.py").write_text(OPERATORS + last + "\n")
    with pytest.raises(SaddleError) as error:
        saddlepoint.open(folder, trust=True).solve()
    assert [d.code for d in error.value.diagnostics] == ["E213"]


def test_user_code_never_runs_silently(folder):
    (folder / "user_defined_operators.py").write_text("raise SystemExit('was run')\n")
    lab = saddlepoint.open(folder)
    with pytest.raises(SaddleError) as error:
        lab.solve()
    codes = {d.code for d in error.value.diagnostics}
    assert "M024" in codes, "the refusal says that the file was not loaded"
    assert codes <= {"E104", "M007", "M024"}
    assert [d.code for d in lab.language.warnings] == ["M024", "M024"]


def test_failing_user_code_is_located(folder):
    (folder / "user_defined_operators.py").write_text("x = 1\ny = 1 / 0\n")
    with pytest.raises(SaddleError, match=r"user_defined_operators.py:2.*ZeroDivisionError"):
        saddlepoint.open(folder, trust=True).solve()


def test_check_tells_that_user_code_was_left_out(folder):
    codes = [d.code for d in saddlepoint.open(folder).check()]
    assert codes[:2] == ["M024", "M024"]
    assert set(codes[2:]) <= {"E104", "M007"}
