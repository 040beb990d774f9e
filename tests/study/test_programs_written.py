"""Compiled problems as MPS and LP files: another reader finds the same optimum, names, and sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import highspy
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.errors import FileError, UsageError
from saddlepoint.files.programs import read_program
from saddlepoint.files.written_programs import held_names


def lab(objective: Any, relations: list[Any], domain: str = "real") -> saddlepoint.Lab:
    decided: dict[str, Any] = {"type": "endogenous", "coordinates": ["Cases", "Tech"], "domain": domain}
    return saddlepoint.define(
        sets={
            "Tech": {"items": ["pv roof", "gas"]},
            "Cases": {"items": ["low", "high"], "split_problem": True},
        },
        variables={
            "gain": {"type": "exogenous", "coordinates": ["Tech"], "variables_info": {"a": {}}},
            "limit": {"type": "exogenous", "coordinates": ["Cases"], "variables_info": {"b": {}}},
            "output": {**decided, "variables_info": {"x": {"lower": 0, "upper": 7.5}}},
        },
        problem={"objective": objective, "expressions": relations},
        data={"gain": [3.0, 2.0], "limit": [9.5, 12.5]},
    )


SUM = {"total": "sum(x, over=Tech) <= b"}
MODELS = {
    "linear": lambda: lab(["Maximize(sum(a * x, over=Tech) + 1)"], [SUM]),
    "whole": lambda: lab(["Maximize(sum(a * x, over=Tech))"], [SUM], "integer"),
    "squares": lambda: lab(["Minimize(sum(square(x - a), over=Tech) - 4 * at(x, Tech='gas'))"], [SUM]),
}


@pytest.mark.parametrize("form", ["mps", "lp"])
@pytest.mark.parametrize("name", MODELS)
def test_another_reader_finds_the_same_optimum(name: str, form: Literal["mps", "lp"], tmp_path: Path) -> None:
    made = MODELS[name]()
    written = made.write_programs(form, tmp_path)
    answers = made.solve().objective[""]
    assert len(written) == len(answers) == 2
    for path, wanted in zip(written, answers, strict=True):
        program = read_program(path)
        assert program.columns == ("x(pv_roof)", "x(gas)") and program.rows == ("total",)
        assert program.maximise == (name != "squares") and program.whole.all() == (name == "whole")
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.readModel(str(path))
        highs.run()
        assert highs.getObjectiveValue() == pytest.approx(wanted, rel=1e-6)


def test_what_no_file_holds_is_refused_by_name(tmp_path: Path) -> None:
    cone = lab(["Minimize(sum(x, over=Tech))"], [{"round": "norm2(x, over=Tech) <= b"}])
    with pytest.raises(UsageError, match=r"X700.*second order.*: round"):
        cone.write_programs("mps", tmp_path)
    ranked = [
        {"first": "Minimize(sum(x, over=Tech))", "priority": 1},
        {"second": "Maximize(sum(a * x, over=Tech))", "priority": 2},
    ]
    with pytest.raises(UsageError, match="X701"):
        lab(ranked, [SUM]).write_programs("lp", tmp_path)
    assert not list(tmp_path.iterdir())


def test_files_that_exist_are_spared(tmp_path: Path) -> None:
    made = MODELS["linear"]()
    first = made.write_programs("mps", tmp_path)
    with pytest.raises(FileError, match="F042"):
        made.write_programs("mps", tmp_path)
    assert made.write_programs("mps", tmp_path, force=True) == first


def test_the_command(tmp_path: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(saddle, ["new", str(tmp_path / "m"), "--from", "backlog"]).exit_code == 0
    done = runner.invoke(saddle, ["export", str(tmp_path / "m"), "--to", "lp"])
    assert done.exit_code == 0, done.output
    (path,) = (tmp_path / "m" / "export").iterdir()
    assert "balance(bikes,1)" in read_program(path).rows


def test_names_are_held_and_differ() -> None:
    assert held_names(["a b", "a_b", "1x", "e5", "free", "größe"]) == [
        "a_b",
        "a_b~2",
        "_1x",
        "_e5",
        "_free",
        "gr__e",
    ]
