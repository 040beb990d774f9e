"""Plain tables: alignment, decimals, what terminals may not obey."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from saddlepoint.printing.grid import gap_text, grid, letters, number, percent, rounded_together
from saddlepoint.printing.letters import visible


def test_golden() -> None:
    shown = grid(("item", "x", "n"), [("a", 1.5, 3), ("äöü", None, 12), ("日本", -0.0, 7)], "  ")
    assert shown == [
        "  item    x   n",
        "  ----  ---  --",
        "  a     1.5   3",
        "  äöü     –  12",
        "  日本  0.0   7",
    ]


def test_whole_numbers_have_no_decimals_and_large_ones_stay_readable() -> None:
    assert grid(("v",), [(150.0,), (300.0,)])[2:] == ["150", "300"]
    assert grid(("v",), [(1e12 + 0.5,), (1.0,)])[2:] == ["1e+12", "    1"]
    assert grid(("v",), [(float("inf"),), (float("nan"),)])[2:] == ["∞", "–"]


def test_numbers_are_written_as_people_write_them() -> None:
    assert grid(("v",), [(35.4,), (1e-10,), (2.25,)])[2:] == ["35.40", " 0.00", " 2.25"]
    assert grid(("v",), [(3e-10,), (1e-10,)])[2:] == ["3e-10", "1e-10"]


def test_numbers_in_sentences() -> None:
    assert [number(v) for v in (0.0, 120.0, 1 / 3, 1e-9, 1e12, 1e15)] == [
        "0",
        "120",
        "0.333333",
        "1e-09",
        "1,000,000,000,000",
        "1e+15",
    ]


def test_thousands_stand_apart_where_a_column_has_tens_of_them() -> None:
    assert grid(("v",), [(9999.5,), (2.25,)])[2:] == ["9999.50", "   2.25"]
    assert grid(("v",), [(-12345.5,), (2.25,)])[2:] == ["-12,345.50", "      2.25"]
    assert grid(("n",), [(2030,), (7,)])[2:] == ["2030", "   7"]
    assert grid(("n",), [(20300,), (None,)])[2:] == ["20300", "    –"]
    assert [number(v) for v in (12345.5, -1e6)] == ["12,345.5", "-1,000,000"]


def test_texts_are_folded_to_the_width_of_a_terminal() -> None:
    shown = grid(("item", "meaning", "x"), [("a", "one two three four five six", 1.5)], " ", width=32)
    assert shown == [
        " item  meaning                 x",
        " ----  --------------------  ---",
        " a     one two three four    1.5",
        "       five six",
    ]


def test_numbers_that_do_not_fit_go_on_below_with_their_texts() -> None:
    shown = grid(("item", "first", "second", "third"), [("a", 1.0, 2.0, 3.0)], width=19)
    assert shown == [
        *("item  first  second", "----  -----  ------", "a         1       2", ""),
        *("item  third", "----  -----", "a         3"),
    ]


@given(st.lists(st.tuples(st.text(), st.floats(), st.text()), min_size=1, max_size=5), st.integers(60, 90))
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(
    rows: list[tuple[str, float, str]], room: int
) -> None:
    shown = grid(("a", "b", "c"), rows, width=room)
    assert all(letters(line) <= room for line in shown)
    kept = Counter("".join(shown[2:]).replace(" ", ""))
    whole = Counter("".join(grid(("a", "b", "c"), rows)[2:]).replace(" ", ""))
    assert kept == whole


def test_no_row() -> None:
    assert grid(("a", "bc"), []) == ["a  bc", "-  --"]


@given(st.lists(st.tuples(st.text(), st.floats()), max_size=5))
def test_lines_align_and_hold_no_control_character(rows: list[tuple[str, float]]) -> None:
    shown = grid(("text", "number"), rows)
    assert len(shown) == len(rows) + 2
    assert all(line.isprintable() for line in shown)
    assert all(letters(line) <= letters(shown[1]) for line in shown)


@given(st.text())
def test_visible_keeps_printable_text(text: str) -> None:
    assert visible(text).isprintable()
    assert not text.isprintable() or visible(text) == text


def test_estimates_are_rounded_together() -> None:
    assert rounded_together([272.361, 0.0312345, None, float("inf"), -5.4]) == [
        272.36,
        0.03,
        None,
        float("inf"),
        -5.4,
    ]
    assert rounded_together([0.00312345, 0.001]) == [0.0031234, 0.001]
    assert rounded_together([1234567.891, 2.5]) == [1234568.0, 2.0]
    assert rounded_together([0.0, None]) == [0.0, None]


def test_percentages_never_tell_all_of_what_is_not() -> None:
    told = {
        0.95: "95",
        0.999: "99.9",
        0.999999999: "99.9999999",
        1e-12: "1e-10",
        0.0: "0",
        1.0: "100",
        1 / 3: "33.3333",
    }
    assert {part: percent(part) for part in told} == told
    assert percent(0.99999, 4) == "99.999"


def test_a_gap_has_one_form() -> None:
    told = {
        0.0: "0 %",
        1e-8: "1e-06 %",
        3.16e-5: "0.0032 %",
        0.3151: "32 %",
        0.996: "99.6 %",
        1.0: "100 %",
        12.34: "1,234 %",
    }
    assert {gap: gap_text(gap) for gap in told} == told
