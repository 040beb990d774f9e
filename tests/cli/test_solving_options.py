"""Options of runs on the command line follow from the table of arguments, whatever their defaults."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from saddlepoint.cli import solving
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
