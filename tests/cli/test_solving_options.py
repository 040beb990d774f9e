"""Options of runs on the command line follow from the table of arguments, whatever their defaults."""

from __future__ import annotations

import math
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint import call
from saddlepoint.cli import solving
from saddlepoint.cli.progress import search_lines
from saddlepoint.study.running.arguments import DEFAULTS


@pytest.mark.parametrize(
    ("default", "typed", "asked"),
    [
        (True, [], {}),
        (True, ["--no-exact"], {"exact": False}),
        (True, ["--exact"], {"exact": True}),
        (False, [], {}),
        (False, ["--exact"], {"exact": True}),
    ],
)
def test_what_is_on_can_be_switched_off(
    monkeypatch: pytest.MonkeyPatch, default: bool, typed: list[str], asked: dict[str, bool]
) -> None:
    monkeypatch.setattr(solving, "DEFAULTS", {**DEFAULTS, "exact": default})
    heard: dict[str, object] = {}

    @click.command()
    @solving.solving_options
    def command(**given: object) -> None:
        heard.update(solving.solve_arguments(given))

    result = CliRunner().invoke(command, typed, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert heard == asked


def test_a_long_search_tells_of_its_plan_bound_and_gap_ever_more_rarely(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = iter([0.0, 1.0, 6.0, 6.0, 7.0, 9.0, 9.0])
    tell = search_lines(lambda: next(now))
    tell(math.inf, -math.inf)  # after 1 s: too early
    tell(-1305.0, -1300.0)
    tell(-1305.0, -1302.0)  # after 7 s: too soon after the first line
    tell(math.inf, 12.0)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "6 s: the objective of the best plan so far is -1305, bound -1300, gap 0.383 %"
    assert lines[1].startswith("`--time-limit 60` ends a search")
    assert lines[2:] == ["9 s: no plan found yet, bound 12"]
    now = iter([0.0, 6.0, 6.0])
    search_lines(lambda: next(now), limited=True)(math.inf, 12.0)
    assert capsys.readouterr().err.splitlines()[1] == "Ctrl-C keeps nothing."


def test_the_objective_that_is_told_of_a_search_is_the_users(tmp_path: Path) -> None:
    """In the sense and the unit of the model, though the search minimises in units of its own: every plan told is one, every bound holds."""
    told: list[tuple[float, float]] = []
    rng = np.random.default_rng(4)
    m = saddlepoint.Model("sack")
    things, rows = m.set("Things", range(35)), m.set("Rows", range(5))
    take = m.decide("take", things, domain="boolean")
    size = m.data("size", rows, things, rng.integers(50, 999, (5, 35)).astype(float))
    worth = m.data("worth", things, 1000.0 * rng.integers(300, 700, 35))
    m.subject_to(room=call("sum", size * take, over=things) <= 8_000)
    m.maximise(call("sum", worth * take))
    m.write(tmp_path / "sack")
    lab = saddlepoint.open(tmp_path / "sack")
    summary = lab.run(searching=lambda plan, bound: told.append((plan, bound)), solver="highs")
    (best,) = (one.objective for one in lab.outcomes(summary.run))
    assert best is not None and told
    assert all(plan <= best * (1 + 1e-9) or math.isinf(plan) for plan, _ in told)
    assert all(bound >= best * (1 - 1e-9) for _, bound in told)
