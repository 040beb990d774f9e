"""What a solver has to say is no part of our output, which may be read by a program."""

from importlib.util import find_spec
from pathlib import Path

import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.solve.route.stages.solver_table import records

LINEAR = [r.name for r in records() if "LP" in r.classes and find_spec(r.package)]
WHOLE = [r.name for r in records() if "MILP" in r.classes and find_spec(r.package)]


@pytest.mark.parametrize("name", LINEAR)
def test_a_solver_of_plans_is_silent(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _silent(copy_example("production_planning", tmp_path / "m"), name, capfd)


@pytest.mark.parametrize("name", WHOLE)
def test_a_solver_of_integers_is_silent(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _silent(copy_example("lot_sizing", tmp_path / "m"), name, capfd)


def test_solvers_are_there_to_be_silent() -> None:
    assert len(LINEAR) >= 5
    assert len(WHOLE) >= 3


def _silent(folder: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    saddlepoint.open(folder).solve(solver=name)
    assert capfd.readouterr() == ("", "")
