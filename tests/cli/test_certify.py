"""`saddle certify`: words, exit codes, JSON."""

import json

import pytest
from click.testing import CliRunner, Result

from saddlepoint.cli import saddle

MODEL = """NAME blend
OBJSENSE
 MAX
ROWS
 N profit
 L steel
 L hours
COLUMNS
 bolts profit 3 steel 1
 bolts hours 2
 nuts profit 2 steel 1
 nuts hours 1
RHS
 rhs steel 4 hours 6.1
ENDATA
"""


def certify(*line: str) -> Result:
    return CliRunner().invoke(saddle, ["certify", *line])


@pytest.mark.parametrize(
    ("plan", "code", "words"),
    [
        (None, 0, "Optimal: proven."),
        ("bolts 2.1\nnuts 1.9\n", 0, "Our own prices prove it."),
        ("bolts 2.1\nnuts 1.9\nsteel 1\nhours 1\n", 0, "Its own prices prove it."),
        ("bolts 2\nnuts 1.9\n", 4, "the gap is 0.0306"),
        ("bolts,2.2\nnuts,1.9\n", 4, "row hours: 6.3 > 6.1"),
        ("nuts 4\n", 4, "does not name 1 column; it counts as 0"),
        ("bolts x\n", 1, "F061"),
        ("screws 1\n", 1, "F067"),
    ],
)
def test_verdicts(tmp_path, plan, code, words) -> None:
    (tmp_path / "m.mps").write_text(MODEL)
    arguments = [str(tmp_path / "m.mps")]
    if plan is not None:
        (tmp_path / "plan").write_text(plan)
        arguments.append(str(tmp_path / "plan"))
    found = certify(*arguments)
    assert found.exit_code == code, found
    assert words in found.output


def test_json_and_exact(tmp_path) -> None:
    (tmp_path / "m.mps").write_text(MODEL)
    found = certify(str(tmp_path / "m.mps"), "--exact", "--json")
    said = json.loads(found.stdout)
    assert found.exit_code == 0, found.stdout
    assert said["verdict"] == "optimal" and said["exact"] == "101/10"
    assert said["plan"] == {"bolts": 2.1, "nuts": 1.9} and said["prices"] == {"steel": 1.0, "hours": 1.0}


def test_options_are_said_as_they_are_typed(tmp_path) -> None:
    (tmp_path / "hair.lp").write_text("min\n x\nsubject to\n low: x >= 1\nbounds\n x <= 0.9999999\nend\n")
    found = certify(str(tmp_path / "hair.lp"), "--exact")
    assert found.exit_code == 3
    assert "Without `--exact` there is a plan within the tolerance" in found.output


def test_models_without_an_optimum(tmp_path) -> None:
    (tmp_path / "m.mps").write_text(MODEL.replace(" L steel", " G steel").replace("steel 4", "steel 400"))
    found = certify(str(tmp_path / "m.mps"))
    assert found.exit_code == 3 and "exclude each other: " in found.stdout and "hours" in found.stdout
