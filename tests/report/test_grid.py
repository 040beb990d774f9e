"""Plain tables: alignment, decimals, what terminals may not obey."""

from hypothesis import given
from hypothesis import strategies as st

from saddlepoint.report.grid import grid, number, visible, width


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
    assert [number(v) for v in (0.0, 120.0, 1 / 3, 1e-9, 1e12)] == ["0", "120", "0.333333", "1e-09", "1e+12"]


def test_no_row() -> None:
    assert grid(("a", "bc"), []) == ["a  bc", "-  --"]


@given(st.lists(st.tuples(st.text(), st.floats()), max_size=5))
def test_lines_align_and_hold_no_control_character(rows: list[tuple[str, float]]) -> None:
    shown = grid(("text", "number"), rows)
    assert len(shown) == len(rows) + 2
    assert all(line.isprintable() for line in shown)
    assert all(width(line) <= width(shown[1]) for line in shown)


@given(st.text())
def test_visible_keeps_printable_text(text: str) -> None:
    assert visible(text).isprintable()
    assert not text.isprintable() or visible(text) == text
