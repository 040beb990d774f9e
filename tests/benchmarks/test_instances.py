"""The command on sets of instances: what it calls right, wrong, feasible or refused; that it goes on where it was."""

import gzip
import json
from pathlib import Path

import pytest

from benchmarks.instances.__main__ import main
from benchmarks.instances.reference import Instance, verdict

OPTIMAL = {"status": "optimal", "verified": True, "objective": 10.1}


@pytest.mark.parametrize(
    ("status", "objective", "said", "expected"),
    [
        ("optimal", "10.1", OPTIMAL, "right"),
        ("optimal", "0.101e2", {**OPTIMAL, "objective": 17.1, "constant": 7.0}, "right"),
        ("optimal", "10.2", OPTIMAL, "WRONG"),
        ("optimal", "10.2", {"status": "unverified", "objective": 10.1, "feasible": True}, "feasible"),
        ("optimal", "10.2", {"status": "unverified", "objective": 10.1, "feasible": False}, "refused"),
        ("optimal", "10.2", {"status": "infeasible", "verified": True}, "WRONG"),
        ("optimal", "10.2", {"status": "infeasible", "verified": False}, "refused"),
        ("optimal", "10.2", {"status": "error"}, "refused"),
        ("infeasible", "", {"status": "infeasible", "verified": True}, "right"),
        ("infeasible", "", {"status": "infeasible", "verified": False}, "unproven"),
        ("infeasible", "", OPTIMAL, "WRONG"),
        ("unbounded", "", {"status": "infeasible", "verified": True}, "WRONG"),
        ("unbounded", "", {"status": "unverified"}, "refused"),
    ],
)
def test_verdicts(status, objective, said, expected) -> None:
    assert verdict(Instance("i", Path("i"), status, objective), said) == expected


MODEL = """NAME m
ROWS
 N cost
 G need
COLUMNS
 x cost 0.1 need 1
 y cost 0.3 need 3
RHS
 rhs need 1
ENDATA
"""


def test_a_set_is_gone_through_and_gone_on_with(tmp_path, capsys) -> None:
    (tmp_path / "m.mps.gz").write_bytes(gzip.compress(MODEL.encode()))
    (tmp_path / "broken.mps").write_text(MODEL.replace("0.1", "abc"))
    (tmp_path / "none.mps").write_text(MODEL.replace("ENDATA", "BOUNDS\n UP b x 0.2\n UP b y 0.2\nENDATA"))
    table = [
        "name,file,expected_status,reference_objective",
        "m,m.mps.gz,optimal,0.1",
        "b,broken.mps,optimal,0.1",
    ]
    (tmp_path / "reference.csv").write_text("\n".join([*table, "n,none.mps,infeasible,", ""]))
    keep = tmp_path / "kept.jsonl"
    assert main([str(tmp_path), "--keep", str(keep)]) == 0
    out = capsys.readouterr().out
    assert "2 right, 1 refused of 3" in out and "F061" in out
    lines = [json.loads(line) for line in keep.read_text().splitlines()]
    assert [line["name"] for line in lines] == ["m", "b", "n"]
    lines[0]["objective"] = 0.2
    keep.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main([str(tmp_path), "--keep", str(keep)]) == 1
    assert "1 right, 1 refused, 1 WRONG of 3" in capsys.readouterr().out
    assert main([str(tmp_path), "m", "--exact"]) == 0
    assert "off 0e+00" in capsys.readouterr().out
