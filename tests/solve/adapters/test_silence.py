"""What a solver has to say is no part of our output, which may be read by a program."""

import os
import threading
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint.algebra.structure import Batch
from saddlepoint.declare.examples import copy_example
from saddlepoint.solve.adapters.silence import silent
from saddlepoint.solve.route.stages.solver_table import records
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from tests.solve.conftest import skip_without_licence

LINEAR = [r.name for r in records() if "LP" in r.classes and find_spec(r.package)]
WHOLE = [r.name for r in records() if "MILP" in r.classes and find_spec(r.package)]


@pytest.mark.parametrize("name", LINEAR)
def test_a_solver_of_plans_is_silent(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _silent(copy_example("production_planning", tmp_path / "m"), name, capfd)


@pytest.mark.parametrize("name", WHOLE)
def test_a_solver_of_integers_is_silent(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _silent(copy_example("lot_sizing", tmp_path / "m"), name, capfd)


def test_native_text_leads_nowhere_while_any_thread_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    inside, leave = threading.Event(), threading.Event()

    def talk() -> None:
        with silent():
            os.write(1, b"licence ")
            inside.set()
            assert leave.wait(10)

    other = threading.Thread(target=talk)
    other.start()
    assert inside.wait(10)
    with silent():
        os.write(1, b"banner ")
    os.write(1, b"still silent ")
    leave.set()
    other.join()
    os.write(1, b"result")
    assert capfd.readouterr() == ("result", "")


def test_solvers_are_there_to_be_silent() -> None:
    assert len(LINEAR) >= 5
    assert len(WHOLE) >= 3


def _silent(folder: Path, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    skip_without_licence(name)
    saddlepoint.open(folder).solve(solver=name)
    assert capfd.readouterr() == ("", "")


def test_piqp_says_nothing_of_rows_without_sides(
    make: Callable[..., Batch], capfd: pytest.CaptureFixture[str]
) -> None:
    rows = {"l": [[1.0, -np.inf], [-np.inf, 1.0]], "u": [[np.inf, np.inf], [np.inf, 1.0]]}
    batch = make([1.0, 1.0], [[1.0, 1.0], [1.0, -1.0]], **rows, P=[[2.0, 0.0], [0.0, 2.0]])
    answers = solve(batch, Options(solver="piqp"), kernels=())
    assert answers.x == pytest.approx(np.array([[0.5, 0.5], [1.0, 0.0]]), abs=1e-7)
    assert answers.y == pytest.approx(np.array([[2.0, 0.0], [0.0, 3.0]]), abs=1e-6)
    assert capfd.readouterr() == ("", "")
