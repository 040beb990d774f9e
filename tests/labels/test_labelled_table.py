"""Tables: slices, rows in use, and what they are in other libraries."""

import sys

import numpy as np
import pytest

from saddlepoint.errors import UsageError
from saddlepoint.labels import Axis, Domain, Table

DOMAIN = Domain((Axis("year", ("y1", "y2")), Axis("good", ("a", "b", "c"))))
TABLE = Table.of("stock", DOMAIN, [[1, 2, 3], [4, 5, 6]], unit="t")


def test_slice_drops_the_axis_and_keeps_the_order():
    part = TABLE.slice({"year": "y2"})
    assert part.domain.names == ("good",)
    assert part.values.tolist() == [4, 5, 6]


def test_slice_keeps_the_rows_in_use():
    used = Table("stock", DOMAIN, TABLE.columns, rows=np.array([0, 4, 5]))
    part = used.slice({"year": "y2"})
    assert part.label_columns() == {"good": ["b", "c"]} and part.column("values").tolist() == [5, 6]


def test_frames_hold_the_same_rows():
    used = Table("stock", DOMAIN, TABLE.columns, rows=np.array([1, 3]))
    rows = [("y1", "b", 2.0), ("y2", "a", 4.0)]
    assert list(used.to_pandas().itertuples(index=False, name=None)) == rows
    assert used.to_polars().rows() == rows


def test_a_dataset_has_axes_and_unit():
    made = TABLE.to_xarray()
    assert float(made["values"].sel(year="y2", good="c")) == 6 and made["values"].attrs == {"unit": "t"}


@pytest.mark.parametrize("package", ["pandas", "polars", "xarray"])
def test_a_missing_package_names_its_extra(monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match="X131") as caught:
        getattr(TABLE, f"to_{package}")()
    assert package in str(caught.value) and "saddlepoint[frames]" in str(caught.value)


def test_pictures_name_their_extra(monkeypatch):
    from saddlepoint.report.plots_style import figure

    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError, match=r"saddlepoint\[plots\]"):
        figure()


def test_a_slice_takes_numbers_and_keywords_and_names_what_is_neither():
    table = Table("t", Domain((Axis("Hours", ("1", "2", "3")),)), {"values": np.array([1.0, 2.0, 3.0])})
    assert table.slice(Hours=2).columns["values"].tolist() == [2.0]
    assert table.slice({"Hours": [1, 3.0]}).columns["values"].tolist() == [1.0, 3.0]
    for wrong in (None, True, [None], 1.5, "4"):
        with pytest.raises(UsageError, match="X481"):
            table.slice(Hours=wrong)
    with pytest.raises(UsageError, match="says no set of 't'"):
        table.slice(5)  # pyright: ignore[reportArgumentType]
