"""What a notebook shows of a lab, a result, a table, a run: small, escaped, true."""

from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.printing.html import html_table

MOST = 6_000
EVIL = "<script>alert('&\"')</script>"


def test_a_table_of_any_size_is_small_and_says_its_size() -> None:
    domain = Domain((Axis("h", tuple(f"h{k}" for k in range(8760))), Axis("u", tuple(map(str, range(300))))))
    table = Table.of("gen", domain, np.arange(domain.size).reshape(domain.shape), unit="MW")
    shown = table._repr_html_()
    assert len(shown) < MOST
    assert "gen [MW]: 2,628,000 rows of 8,760 h × 300 u" in shown
    assert "… and 2,627,990 more rows" in shown
    assert len(repr(table)) < 200


def test_the_rows_in_use_are_shown_with_their_labels() -> None:
    domain = Domain((Axis("a", ("x", "y", "z")),))
    table = Table("t", domain, {"values": np.array([1.0, np.nan, 1234.5])}, rows=np.array([2]))
    shown = table._repr_html_()
    assert "<td>z</td>" in shown
    assert "<td>x</td>" not in shown
    assert "more rows" not in shown


def test_labels_units_and_titles_are_escaped() -> None:
    table = Table.of(EVIL[:30], Domain((Axis(EVIL[:20], (EVIL,)),)), [1.0], unit=EVIL)
    assert "<script" not in table._repr_html_()
    assert "&lt;script" in table._repr_html_()
    assert "<script" not in html_table(EVIL, (EVIL,), [(EVIL,)], 1)
    assert len(html_table("a" * 10**6, ["b" * 10**6] * 100, [["c" * 10**6] * 100] * 100, 100)) < 4 * MOST


def test_a_lab_its_runs_and_results(tmp_path: Path) -> None:
    lab = saddlepoint.open(copy_example("production_planning", tmp_path / "plan"))
    shown = {"lab": lab._repr_html_()}
    result = lab.solve()
    shown["result"] = result._repr_html_()
    shown["run"] = lab.run(name="base")._repr_html_()
    shown["stored"] = lab.result("base")._repr_html_()
    assert all(0 < len(text) < MOST for text in shown.values())
    assert "<td>production</td>" in shown["lab"]
    assert "every answer is certified" in shown["result"]
    assert "optimal: 4" in shown["stored"]
    assert '<td>optimal</td><td style="text-align:right">4</td>' in shown["run"]
    assert len(repr(result)) < 500
    (objective,) = result.objective.values()
    from saddlepoint.printing.grid import number

    assert number(float(f"{objective.max():.9g}")) in shown["result"]


def test_a_lab_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    folder = copy_example("production_planning", tmp_path / "plan")
    (folder / "sets.xlsx").unlink()
    shown = saddlepoint.open(folder)._repr_html_()
    assert "cannot be read" in shown
    assert "sets.xlsx" in shown


@pytest.mark.parametrize("cell", [None, float("nan")])
def test_no_number_is_a_blank_cell(cell: object) -> None:
    assert "<td></td>" in html_table("t", ("a",), [(cell,)], 1)


def test_tables_leave_out_what_is_rounding() -> None:
    domain = Domain((Axis("h", tuple(map(str, range(20)))),))
    price, slack, binding = np.zeros(20), np.full(20, 5.0), np.zeros(20)
    price[:3], price[19] = (-1.2e-8, 3e-7, 1e-14), 400.0
    slack[:3], binding[1:3] = (2e-13, 1.4e-14, 1e-5), 1.0
    shown = Table("price_balance", domain, {"price": price, "slack": slack, "binding": binding})._repr_html_()
    lines = [line.split("</td>") for line in shown.split("<tr>")[2:5]]
    numbers = [[cell.rpartition(">")[2] for cell in line[:4]] for line in lines]
    assert numbers == [["0", "0", "0", "0"], ["1", "3e-07", "0", "1"], ["2", "0", "0", "1"]]
    plan = Table.of("made", domain, np.where(np.arange(20) == 19, 1e4, 1e-12))._repr_html_()
    assert "e-" not in plan
    assert "1e-12" in Table.of("made", domain, np.full(20, 1e-12))._repr_html_()
