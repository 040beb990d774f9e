"""A model in LaTeX: every problem once, every constraint by its name."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli.commands import saddle

BLENDING = Path(__file__).parents[2] / "examples" / "blending"


def test_every_constraint_of_a_model_stands_in_its_latex():
    shown = saddlepoint.open(BLENDING).latex()
    assert shown.splitlines()[2] == "\\min_{x} \\quad & c \\, x^{\\top} \\\\"
    assert all(f"\\text{{({name})}}" in shown for name in ("protein", "oil", "whole"))
    assert "\\mathbb{P}" in shown


def test_the_command_prints_it():
    shown = CliRunner().invoke(saddle, ["explain", str(BLENDING), "--latex"])
    assert shown.exit_code == 0
    assert shown.output == saddlepoint.open(BLENDING).latex()
