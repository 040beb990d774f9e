"""Fleets from columns, frames and files; capacity, merit order, supply curve."""

from pathlib import Path

import numpy as np
import pytest

from saddlepoint.errors import PlanningError
from saddlepoint.files.sheet import Sheet
from saddlepoint.files.workbook import write_workbook
from saddlepoint.planning import Fleet, dispatch

COLUMNS = {
    "Machine": ["Unit A", "Unit B"],
    "alpha": [0.1, "0.2"],
    "beta": [2, 3.0],
    "fixed": [5, None],
    "min": [0, 10],
    "Capacity": [50, 60.0],
}


def _same(a: Fleet, b: Fleet) -> bool:
    pairs = [(getattr(a, n), getattr(b, n)) for n in ("alpha", "beta", "gamma", "lower", "upper")]
    return list(a.names) == list(b.names) and all(np.array_equal(x, y) for x, y in pairs)


def test_columns_frames_and_files_agree(tmp_path: Path) -> None:
    import pandas as pd
    import polars as pl

    fleet = Fleet.of_columns(COLUMNS)
    assert fleet.names == ("Unit A", "Unit B")
    np.testing.assert_array_equal(fleet.gamma, [5.0, 0.0])
    assert fleet.capacity == 110.0
    numbers = {k: [0.0 if v is None else float(v) for v in vs] for k, vs in list(COLUMNS.items())[1:]}
    frame = {"name": COLUMNS["Machine"], **numbers}
    assert _same(fleet, Fleet.of_columns(pd.DataFrame(frame)))
    assert _same(fleet, Fleet.of_columns(pl.DataFrame(frame)))
    (tmp_path / "fleet.csv").write_text(
        "Machine,alpha,beta,fixed,min,Capacity\nUnit A,0.1,2,5,0,50\nUnit B,0.2,3,,10,60\n", encoding="utf-8"
    )
    assert _same(fleet, Fleet.of_file(tmp_path / "fleet.csv"))
    sheet = Sheet("machines", tuple(frame), tuple(list(v) for v in frame.values()))
    write_workbook(tmp_path / "fleet.xlsx", [sheet])
    assert _same(fleet, Fleet.of_file(tmp_path / "fleet.xlsx"))
    assert _same(fleet, Fleet.of_file(str(tmp_path / "fleet.xlsx"), "machines"))
    assert _same(fleet, Fleet.of_columns(fleet.table()))


def test_findings_of_a_file_have_places(tmp_path: Path) -> None:
    file = tmp_path / "fleet.csv"
    file.write_text("name,alpha,beta,upper\nA,-0.1,2,50\nB,0.1,2,-3\nA,0.1,2,9\n", encoding="utf-8")
    with pytest.raises(PlanningError) as caught:
        Fleet.of_file(file)
    found = [(d.code, d.mark.line, d.mark.column) for d in caught.value.diagnostics]
    assert found == [("P003", 2, 2), ("P004", 3, 1), ("P007", 4, 1)]
    file.write_text("name,alpha,beta,upper\nA,0.1,x,\n", encoding="utf-8")
    with pytest.raises(PlanningError) as caught:
        Fleet.of_file(file)
    assert [(d.code, d.mark.line, d.mark.column) for d in caught.value.diagnostics] == [
        ("P005", 2, 3),
        ("P005", 2, 4),
    ]


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"betta": [1, 2]}, "unknown column 'betta'"),
        ({"u": [1, 2]}, "two columns mean 'upper'"),
        ({"beta": [True, 2.0]}, "beta is True, not a number"),
        ({"beta": [1.0]}, "columns differ in length"),
        ({"Machine": ["a", " "]}, "a machine has no name"),
    ],
)
def test_columns_that_do_not_fit(change: dict[str, list[object]], part: str) -> None:
    with pytest.raises(PlanningError, match=part):
        Fleet.of_columns({**COLUMNS, **change})


def test_missing_column_is_named() -> None:
    with pytest.raises(PlanningError, match="no column 'upper'"):
        Fleet.of_columns({"alpha": [0.1], "beta": [1.0]})
    with pytest.raises(PlanningError, match="cannot be read from a value of the type list"):
        Fleet.of_columns([1.0, 2.0])


def test_merit_order_and_supply() -> None:
    fleet = Fleet.of(
        [0.1, 0.0, 0.5], [5.0, 2.0, 1.0], 0.0, [0.0, 0.0, 4.0], [10.0, 20.0, 8.0], ["a", "b", "c"]
    )
    order = fleet.merit_order()
    assert order["machine"] == ["b", "a", "c"]
    np.testing.assert_allclose(order["first_marginal_cost"], [2.0, 5.0, 5.0])
    np.testing.assert_allclose(order["last_marginal_cost"], [2.0, 7.0, 9.0])
    np.testing.assert_allclose(order["cumulative"], [24.0, 34.0, 38.0])
    supply = fleet.supply
    np.testing.assert_allclose(
        supply.price_at([3.0, 10.0, 24.0, 25.2, 38.0]), [0.0, 2.0, 2.0, 5.2, 9.0], atol=1e-12
    )
    assert np.isnan(supply.price_at(38.1))
    left, right = supply.prices_at(np.array([3.0, 4.0, 10.0, 24.0, 30.0, 38.0]))
    np.testing.assert_allclose(left[:4], [0.0, 0.0, 2.0, 2.0])
    np.testing.assert_allclose(right[:4], [0.0, 2.0, 2.0, 5.0])
    assert left[4] == right[4]
    assert (left[5], right[5]) == (9.0, np.inf)


def test_a_fleet_describes_itself() -> None:
    text = str(Fleet.random(3, 1))
    assert text.splitlines()[0].split() == ["name", "alpha", "beta", "gamma", "lower", "upper"]
    assert text.splitlines()[-1].startswith("total capacity 2")
    assert len(text.splitlines()) == 6


def test_nothing_is_changed_by_a_call() -> None:
    alpha = np.array([0.1, 0.2])
    fleet = Fleet.of(alpha, [1.0, 2.0], upper=[5.0, 5.0])
    before = fleet.table()
    copies = {k: np.array(v) for k, v in before.items()}
    dispatch(fleet, 7.0)
    alpha[0] = -1.0
    assert fleet.alpha[0] == 0.1
    assert all(np.array_equal(np.array(v), copies[k]) for k, v in fleet.table().items())
