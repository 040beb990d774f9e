"""Random formulas end in a model or a finding with a place; the trial itself sees raw errors, hangs and findings without one."""

from __future__ import annotations

import pytest

from benchmarks.inputs import models
from benchmarks.inputs.__main__ import main, report
from benchmarks.inputs.judge import Trial, patience
from saddlepoint.errors import Diagnostic, ExpressionError, Mark
from saddlepoint.lab import Lab


def test_formulas_end_in_a_model_or_a_finding() -> None:
    trials = [models.tried(seed) for seed in range(250)]
    assert [t.faults for t in trials if t.faults] == []
    assert len(set().union(*(t.codes for t in trials))) > 20
    assert sum("solve" in t.passed for t in trials) > 2


def test_the_same_seed_is_the_same_input() -> None:
    assert models.show(5) == models.show(5) != models.show(6)


@pytest.mark.parametrize("seed", [35329, 48196, 52619, 57851, 78141, 82331, 91044, 92033, 7726798])
def test_what_once_failed(seed: int) -> None:
    assert models.tried(seed).faults == []


def test_a_raw_error_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Lab) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(Lab, "check", broken)
    assert "check: ZeroDivisionError: planted" in models.tried(1).faults[0]


def test_findings_need_a_code_and_a_place() -> None:
    trial = Trial()
    trial.judge("check", [Diagnostic("E201", "shapes do not fit", Mark("problem.yml", 3))])
    assert not trial.faults
    trial.judge("check", [Diagnostic("E201", "shapes do not fit"), Diagnostic("Z999", "what", Mark("a", 1))])
    assert "E201 has no place" in trial.faults[0] and "'Z999' is not registered" in trial.faults[1]
    assert (
        trial.stage("x", lambda: (_ for _ in ()).throw(ExpressionError(Diagnostic("E101", "", Mark("a")))))
        is None
    )
    assert "E101 says" in trial.faults[2]


def test_what_takes_too_long_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(self: Lab) -> None:
        while True:
            pass

    monkeypatch.setattr(Lab, "check", endless)
    monkeypatch.setattr(models, "patience", lambda: patience(0.05))
    assert models.tried(1).faults == ["takes too long"]


def test_the_command_counts_and_says_how_to_see_an_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert report("formulas", range(3), 5) == 0
    assert main(["--show", "formulas:2"]) == 0
    said = capsys.readouterr().out
    assert "formulas: 3 inputs" in said and "plan_x:" in said and "Trial(" in said
