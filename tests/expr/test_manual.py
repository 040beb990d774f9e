"""The manual page of the operators is up to date and complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from saddlepoint.expr.manual import operators_page
from saddlepoint.expr.words import WORDS

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "operators.md"


def test_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == operators_page(), (
        "run python -m saddlepoint.expr.manual > " + PAGE.name
    )


@pytest.mark.parametrize("record", WORDS, ids=lambda r: r.name)
def test_records_document_themselves(record):
    assert record.doc.endswith(".")
    assert record.example
    assert f"### {record.name}" in operators_page()
