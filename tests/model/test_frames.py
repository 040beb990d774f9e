"""Data in memory: labels count wherever they stand, NaN is a blank cell."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr

import saddlepoint
from saddlepoint.errors import SaddleError

LABELS = [("b", "v"), ("a", "u"), ("b", "u"), ("a", "v")]
NUMBERS = [4.0, 1.0, 3.0, 2.0]
LONG = {"P": [p for p, _ in LABELS], "Q": [q for _, q in LABELS], "values": NUMBERS}
LEVELS = pd.MultiIndex.from_tuples(LABELS, names=["P", "Q"])
TURNED = pd.DataFrame([[4.0, 2.0], [3.0, 1.0]], index=["v", "u"], columns=["b", "a"])
VARIABLES = """
    x_t: {type: endogenous, coordinates: [P, Q], variables_info: {x: {P: {dim: rows}, Q: {dim: cols}}}}
    d_t: {type: exogenous, coordinates: [P, Q], variables_info: {D: {P: {dim: rows}, Q: {dim: cols}}}}
    k_t: {type: exogenous, coordinates: [], variables_info: {k: }}
"""


def _solved(data, number=1.0):
    """The data of d_t as the model reads them, times the number."""
    lab = saddlepoint.define(
        sets={"P": {}, "Q": {}},
        items={"P": ["a", "b"], "Q": ["u", "v"]},
        variables=VARIABLES,
        problem={"expressions": ["x == k * D"]},
        data={"d_t": data, "k_t": number},
    )
    return lab.solve().table("x_t").values


@pytest.mark.parametrize(
    "data",
    [
        pytest.param([[1, 2], [3, 4]], id="nested lists"),
        pytest.param(np.array([1.0, 2, 3, 4]), id="array"),
        pytest.param(LONG, id="columns"),
        pytest.param(pd.DataFrame(LONG), id="frame"),
        pytest.param(pd.DataFrame(LONG).sort_values("values"), id="sorted frame"),
        pytest.param(pd.DataFrame(LONG).set_index(["P", "Q"]), id="indexed frame"),
        pytest.param(pd.DataFrame(LONG).set_index("Q"), id="half indexed frame"),
        pytest.param(pl.DataFrame(LONG), id="polars"),
        pytest.param(pd.Series(NUMBERS, LEVELS), id="series with levels"),
        pytest.param(pd.Series(NUMBERS, LEVELS).swaplevel(), id="series with turned levels"),
        pytest.param(pd.Series([1.0, 2, 3, 4]), id="series without labels"),
        pytest.param(TURNED.T, id="wide frame"),
        pytest.param(TURNED.rename_axis(index="Q", columns="P"), id="turned wide frame"),
        pytest.param(TURNED.rename_axis(index="Q"), id="half named wide frame"),
        pytest.param(dict(zip(LABELS, NUMBERS, strict=True)), id="mapping of tuples"),
        pytest.param({"b": {"v": 4, "u": 3}, "a": {"u": 1, "v": 2}}, id="nested mapping"),
        pytest.param(xr.DataArray(TURNED.rename_axis(index="Q", columns="P")), id="xarray"),
        pytest.param(xr.DataArray([[1, 2], [3, 4]], dims=["P", "Q"]), id="xarray without labels"),
        pytest.param([[Decimal(1), Fraction(2)], [Fraction(3), Decimal(4)]], id="decimals and fractions"),
        pytest.param(
            pl.DataFrame({**LONG, "values": list(map(Decimal, NUMBERS))}), id="polars with decimals"
        ),
    ],
)
def test_labels_are_followed(data):
    assert _solved(data).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("number", [2, {"values": [2]}, pd.DataFrame({"values": [2]}), pd.Series([2])])
def test_one_number(number):
    assert _solved([1, 2, 3, 4], number).tolist() == [[2, 4], [6, 8]]


@pytest.mark.parametrize(
    "data",
    [
        [[1, float("nan")], [3, 4]],
        pd.DataFrame({**LONG, "values": pd.array([4, 1, 3, None], dtype="Int64")}),
        pl.DataFrame({**LONG, "values": [4.0, 1.0, 3.0, None]}),
        {("a", "u"): 1, ("b", "u"): 3, ("b", "v"): 4},
    ],
)
def test_what_is_missing_is_blank(data):
    with pytest.raises(SaddleError, match=r"table 'd_t' has no value for a, v\n") as raised:
        _solved(data)
    assert [d.code for d in raised.value.diagnostics] == ["D005"]


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        ({("a", "w"): 1}, "D003", "'w' is not an item of 'Q'"),
        ({"a": 1}, "D011", "the key ('a',) has 1 label"),
        (pd.Series(NUMBERS, LEVELS.set_names(["P", "R"])), "D011", "the levels of the index are P, R"),
        (pd.Series([1.0, 2, 3, 4]).iloc[::-1], "D011", "the levels of the index are None"),
        ([1, 2, 3], "D011", "4 cells (P × Q); 3 are given"),
    ],
)
def test_what_does_not_fit_is_said(data, code, said):
    with pytest.raises(SaddleError) as raised:
        _solved(data)
    assert raised.value.diagnostics[0].code == code
    assert said in raised.value.diagnostics[0].message


def test_uncertain_tables_follow_the_index_too():
    lab = saddlepoint.define(
        sets={"P": {}},
        items={"P": ["a", "b"]},
        variables="""
            x_t: {type: endogenous, coordinates: P, variables_info: {x: {P: {dim: rows}}}}
            d_t: {type: uncertain, coordinates: P, variables_info: {D: {P: {dim: rows}}}}
        """,
        problem={"objective": ["Minimize(sum(x))"], "expressions": ["chance(x >= D, 0.5)"]},
        data={
            "d_t": pd.DataFrame(
                {"distribution": ["normal", "normal"], "mean": [7, 5], "std": [1, 1]},
                index=pd.Index(["b", "a"], name="P"),
            )
        },
    )
    assert lab.solve().table("x_t").values == pytest.approx([5, 7])


def test_blanks_in_long_columns() -> None:
    from saddlepoint.model.frames import _blanked

    assert _blanked([1.0, float("nan"), 2.0]) == [1.0, None, 2.0]
    assert _blanked([1, None, float("nan"), "x", np.float64("nan")]) == [1, None, None, "x", None]
    assert _blanked(["a", 1]) == ["a", 1]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT, np.datetime64("NaT"), ""])
def test_a_missing_name_is_no_item(missing: object) -> None:
    plan = {"type": "endogenous", "coordinates": ["P"], "variables_info": {"x": {"P": {"dim": "rows"}}}}
    lab = saddlepoint.define(
        sets={"P": {}},
        items={"P": [missing, "b"]},
        variables={"x_t": plan},
        problem={"objective": ["Minimize(sum(x))"], "expressions": ["x >= 1"]},
    )
    assert lab.solve().table("x_t").domain.axes[0].items == ("b",)


@pytest.mark.parametrize("given", [5, "text", [1, 2], np.array([1, 2]), object()])
def test_items_and_data_are_mappings(given) -> None:
    told = {"items": ("S015", "items"), "data": ("D010", "data")}
    usual = {"items": {"P": ["a", "b"], "Q": ["u", "v"]}, "data": {"d_t": [1, 2, 3, 4], "k_t": 1}}
    for name, (code, source) in told.items():
        with pytest.raises(
            SaddleError, match=f"the {name} cannot be of the type {type(given).__name__}"
        ) as raised:
            saddlepoint.define(
                sets={"P": {}, "Q": {}},
                variables=VARIABLES,
                problem={"expressions": ["x == k * D"]},
                **{**usual, name: given},
            ).solve()
        assert [(d.code, d.mark.source) for d in raised.value.diagnostics] == [(code, source)]


def test_a_key_that_is_no_text_is_proposed_for() -> None:
    with pytest.raises(SaddleError, match=r"S014: items: there is no set 1\n  fix: Known: "):
        saddlepoint.define(
            sets={"P": {}, "Q": {}},
            variables=VARIABLES,
            problem={"expressions": ["x == k * D"]},
            items={1: ["a"]},
        )
