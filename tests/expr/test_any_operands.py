"""Operators on operands of every kind, at every place of a model: an answer, or a finding with a remedy, and never a raw exception."""

from __future__ import annotations

from itertools import islice

import pytest

from benchmarks.operands import attempt, formulas, patterns

ONCE_RAW = [
    ("sum(g, over=Tech) in x", "alone", "E103"),
    ("lag(y, Hours, skip=True) + e", "define", "optimal"),
    ("kron(0, xr)", ">=", "infeasible"),
    ("quad_form(e, s)", "min", "E201"),
    ("geo_mean(d0)", "min", "E302"),
]
"""What each of these came to once was an exception of Python or a warning of numpy."""


@pytest.mark.parametrize(("text", "place", "expected"), ONCE_RAW, ids=[t for t, _, _ in ONCE_RAW])
def test_what_once_was_raw(text: str, place: str, expected: str) -> None:
    assert attempt(text, place) == expected


def test_any_operands() -> None:
    """A sample of what `python -m benchmarks operands` tries without end."""
    found = {attempt(text, place) for text, place in islice(formulas(5), 90)}
    assert {"optimal", "E103", "E205"} <= found and len(found) > 15


def test_every_word_is_tried() -> None:
    from saddlepoint.expr.words import WORDS

    tried = " ".join(patterns())
    assert [
        word.name
        for word in WORDS
        if word.name + "(" not in tried and f"% {getattr(word, 'symbol', None)} %" not in tried
    ] == []
