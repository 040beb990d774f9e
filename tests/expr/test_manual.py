"""The manual page of the operators is complete."""

from __future__ import annotations

import pytest

from saddlepoint.expr.manual import operators_page
from saddlepoint.expr.words import WORDS


@pytest.mark.parametrize("record", WORDS, ids=lambda r: r.name)
def test_records_document_themselves(record):
    assert record.doc.endswith(".")
    assert record.example
    assert f"### {record.name}" in operators_page()
