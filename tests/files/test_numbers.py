"""Columns as numbers: what is a number, what is blank, what is neither."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saddlepoint.files import as_label, as_labels, cell_number, explain_letters, is_missing, to_floats
from saddlepoint.files.numbers import why_not_number

WRONG = ["1,5", "nan", "NaN", "inf", "1e999", True, False, "TRUE", "#N/A", "=A1*2", "x", "1_000", "1 000", "5%", "0x1",
         "\u0661", "1\u00a0000", math.nan, math.inf, 10**400, object(), "--1", "NA"]  # fmt: skip


@pytest.mark.parametrize(
    "cell",
    WRONG,
    ids=lambda cell: f"{type(cell).__name__}-{str(cell)[:12]}" if type(cell) is not object else "object",
)
@pytest.mark.parametrize("others", [[], [1.0, 2], ["1", "2.5"], ["", "3", 4.0], [None]], ids=str)
def test_wrong_cells_are_found_whatever_stands_beside(cell: object, others: list[object]) -> None:
    floats = to_floats([*others, cell])
    assert floats.wrong.tolist() == [len(others)]
    assert math.isnan(floats.values[-1])
    why, fix = why_not_number(cell)
    assert why.endswith(".") and fix.endswith(".")


def test_blanks_and_numbers() -> None:
    floats = to_floats([1, 2.5, "3", " 4e-1 ", "", None, "  ", "-.5", np.float64(7), np.int64(8)])
    np.testing.assert_array_equal(floats.values, [1, 2.5, 3, 0.4, math.nan, math.nan, math.nan, -0.5, 7, 8])
    assert floats.blank.tolist() == [4, 5, 6]
    assert floats.wrong.tolist() == []


@pytest.mark.parametrize(
    ("cell", "value"),
    [(Decimal("0.1"), 0.1), (Fraction(1, 3), 1 / 3), (Decimal("9007199254740993.1"), 9007199254740994.0),
     (Fraction(2**53 + 1, 1), 2.0**53), (np.float16(0.5), 0.5), (np.uint8(7), 7.0)],
)  # fmt: skip
def test_numbers_of_other_kinds_are_rounded_to_the_nearest(cell: object, value: float) -> None:
    assert to_floats([cell]).values.tolist() == [value]
    assert to_floats([cell, "2", None]).values[0] == value


def test_endless_and_missing_numbers_of_other_kinds() -> None:
    cells = [Decimal("inf"), -Decimal("inf"), Decimal("1e400"), Fraction(10**400), np.longdouble("1e400")]
    floats = to_floats(cells, endless=True)
    assert floats.values[:2].tolist() == [math.inf, -math.inf]
    assert floats.wrong.tolist() == [2, 3, 4]
    assert to_floats(cells).wrong.tolist() == [0, 1, 2, 3, 4]
    assert all(map(is_missing, (Decimal("nan"), Decimal("snan"), math.nan)))
    assert not any(map(is_missing, (Decimal(1), Fraction(1), 10**400)))


@pytest.mark.parametrize("cell", [object(), 1j, b"1", [1], len])
def test_what_no_number_can_be_is_told_by_its_type(cell: object) -> None:
    why, fix = why_not_number(cell)
    assert why == f"It is of the type {type(cell).__name__}."
    assert "Decimal or Fraction" in fix and "General" not in fix


def test_the_decimal_comma_is_mended() -> None:
    assert why_not_number("1.234,5") == ("It has a decimal comma.", "Write 1234.5.")


cells = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=4),
    st.floats(allow_nan=False).map(repr), st.sampled_from(["", " ", "nan", "1_0", "1,0"]),
)  # fmt: skip


@given(st.lists(cells, max_size=12))
def test_a_column_is_judged_as_its_cells_are(column: list[object]) -> None:
    floats = to_floats(column)
    np.testing.assert_array_equal(floats.values, [cell_number(cell) for cell in column])
    known = set(floats.blank.tolist()) | set(floats.wrong.tolist())
    assert known == set(np.flatnonzero(np.isnan(floats.values)).tolist())
    assert as_labels(column) == [as_label(cell) for cell in column]


@pytest.mark.parametrize(
    ("cell", "label"),
    [(2030.0, "2030"), (2030, "2030"), (0.1, "0.1"), ("  low ", "low"), (None, ""), (True, "TRUE"), (1e20, "1e+20"),
     ("007", "007"), (math.nan, ""), ("e\u0301", "\u00e9")],
)  # fmt: skip
def test_labels(cell: object, label: str) -> None:
    assert as_label(cell) == label


def test_look_alike_letters_are_named() -> None:
    assert explain_letters("l\u043ew") == "'l\u043ew' contains '\u043e' = CYRILLIC SMALL LETTER O."
    assert explain_letters("low") == ""


def test_a_control_character_beside_a_number_is_no_number() -> None:
    """Python strips it from a text and then refuses it in a number."""
    for cells in (["1", "2\x1d"], ["\x1e7"], ["2\x1f", ""]):
        assert len(to_floats(cells).wrong) == 1
