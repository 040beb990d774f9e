"""Random formulas and damaged settings end in a model or a finding; the trial itself sees a raw error."""

import random
import sys

import pytest

import saddlepoint
from benchmarks.inputs import OPERATORS, damaged, formula, main, tried
from saddlepoint.errors import SaddleError


def test_no_raw_error_in_a_few_hundred_inputs() -> None:
    assert [found for seed in range(400) if (found := tried(seed)) is not None] == []


def test_the_inputs_are_not_all_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some pass, and those that do not fail for many different reasons."""
    codes: list[str] = []
    true_define = saddlepoint.define

    def define(**given):
        try:
            made = true_define(**given)
            codes.extend(d.code for d in made.check())
        except SaddleError as error:
            codes.extend(d.code for d in error.diagnostics)
            raise
        codes.append("passed")
        return made

    monkeypatch.setattr(saddlepoint, "define", define)
    assert all(tried(seed) is None for seed in range(150))
    assert "passed" in codes and len(set(codes)) > 8


def test_the_same_seed_is_the_same_input() -> None:
    assert formula(random.Random(5)) == formula(random.Random(5))
    written = "K: {description: hours}"
    assert damaged(random.Random(1), written) == damaged(random.Random(1), written) != written
    assert any(name in " ".join(formula(random.Random(k)) for k in range(50)) for name in OPERATORS)


def test_a_raw_error_is_told_and_counted(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def broken(**given):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(saddlepoint, "define", broken)
    monkeypatch.setattr(sys, "argv", ["inputs", "--count", "3", "--seed", "7"])
    main()
    said = capsys.readouterr().out
    assert "7: ZeroDivisionError: planted" in said and "3 inputs, 3 raw errors" in said
