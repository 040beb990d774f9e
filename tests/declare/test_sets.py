"""The items of sets: from sets.xlsx and from memory, with the place of every mistake."""

import datetime
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint import declare
from saddlepoint.errors import DeclareError, FileError
from saddlepoint.files import Sheet, as_label, as_labels, write_workbook

SETS = """
Products:
    filters: {kind: [food, tool]}
    aggregations: [group]
Twins:
    copy_from: Products
Years: {split_problem: true}
"""
TABLES = "plan: {type: endogenous, coordinates: [Products], variables_info: {x: }}"
SPEC = declare.from_mapping(sets=SETS, variables=TABLES, problem="expressions: [x >= 0]").spec
PRODUCTS = ("_set_PRODUCTS", ("Products_Name", "Products_kind", "Products_agg_group"))
YEARS = Sheet("_set_YEARS", ("Years_Name",), ([2030, 2040.0, "2050"],))


def products(names: list[object], kinds: list[object], groups: list[object] | None = None) -> Sheet:
    return Sheet(*PRODUCTS, (names, kinds, groups or ["all"] * len(names)))


def read(folder: Path, *sheets: Sheet) -> declare.Reading:
    write_workbook(folder / "sets.xlsx", sheets)
    return declare.read_items(folder, SPEC)


def found(folder: Path, *sheets: Sheet) -> list[tuple[str, str]]:
    with pytest.raises(DeclareError) as caught:
        read(folder, *sheets)
    assert all(d.fix for d in caught.value.diagnostics)
    return [(d.code, str(d.mark)) for d in caught.value.diagnostics]


def test_items_labels_and_copies(tmp_path) -> None:
    reading = read(
        tmp_path, products(["NA", "007", " be er "], ["food", "tool", "food"], ["a", None, "b"]), YEARS
    )
    one, copy, years = reading.items
    assert one.names == ("NA", "007", "be er")
    assert one.filters == {"kind": ("food", "tool", "food")}
    assert one.aggregations == {"group": ("a", "", "b")}
    assert (copy.key, copy.names, copy.filters) == ("Twins", one.names, one.filters)
    assert years.names == ("2030", "2040", "2050")
    assert reading.warnings == ()


def test_blank_rows_are_skipped_and_tabs_found_whatever_their_case(tmp_path) -> None:
    sheet = Sheet("_SET_products", ("Products_Name", "Products_kind", "Products_agg_group"),
                  (["a", None, "b"], ["food", "", "tool"], ["g", None, "g"]))  # fmt: skip
    items = read(tmp_path, sheet, YEARS).items[0]
    assert items.names == ("a", "b")
    assert items.filters == {"kind": ("food", "tool")}


def test_each_mistake_at_its_cell(tmp_path) -> None:
    sheet = products(["a", "b", "a", None, "e"], ["food", "tols", "food", "food", "food"])
    assert found(tmp_path, sheet, YEARS) == [
        ("S005", "sets.xlsx, _set_PRODUCTS!A4"),
        ("S006", "sets.xlsx, _set_PRODUCTS!A5"),
        ("S007", "sets.xlsx, _set_PRODUCTS!B3"),
    ]


def test_a_wrong_label_offers_the_nearest_and_names_odd_letters(tmp_path) -> None:
    with pytest.raises(DeclareError) as caught:
        read(tmp_path, products(["a"], ["t\u043eol"]), YEARS)
    assert str(caught.value) == (
        "error S007: sets.xlsx, _set_PRODUCTS!B2: 't\u043eol' is no label of the filter 'kind' of 'Products'\n"
        "    t\u043eol\n"
        "    ^^^^\n"
        "  why: Allowed: food, tool. 't\u043eol' contains '\u043e' = CYRILLIC SMALL LETTER O.\n"
        "  fix: Did you mean 'tool'? New labels are declared in structure_sets. In a folder of CVXlab `lenient=True` passes it over."
    )


def test_a_label_unlike_the_declared_ones_is_a_warning(tmp_path) -> None:
    reading = read(tmp_path, products(["a", "b"], ["food", "other"]), YEARS)
    assert reading.items[0].filters["kind"] == ("food", "other")
    assert [(w.code, str(w.mark)) for w in reading.warnings] == [("S007", "sets.xlsx, _set_PRODUCTS!B3")]


def test_truth_values_of_a_workbook_are_labels(tmp_path) -> None:
    sets = "t: {filters: {on: [true, false]}}"
    spec = declare.from_mapping(
        sets=sets,
        variables="x: {type: endogenous, coordinates: [t], variables_info: {x: }}",
        problem="expressions: [x >= 0]",
    ).spec
    write_workbook(tmp_path / "sets.xlsx", [Sheet("_set_T", ("t_Name", "t_on"), (["a", "b"], [True, False]))])
    reading = declare.read_items(tmp_path, spec)
    assert (reading.items[0].filters, reading.warnings) == ({"on": ("true", "false")}, ())


def test_missing_tabs_columns_and_items(tmp_path) -> None:
    assert found(tmp_path, products(["a"], ["food"]), Sheet("_set_YEAR", ("Years_Name",), (["1"],))) == [
        ("S002", "sets.xlsx")
    ]
    bad = Sheet("_set_PRODUCTS", ("Product_Name", "Products_agg_group"), (["a"], ["b"]))
    assert [code for code, _ in found(tmp_path, bad, YEARS)] == ["S003", "S004"]
    assert [code for code, _ in found(tmp_path, products([], []), YEARS)] == ["S009"]
    assert [code for code, _ in found(tmp_path, Sheet("_set_PRODUCTS", (), ()), YEARS)] == [
        "S003",
        "S004",
        "S004",
    ]


def test_no_workbook_of_sets(tmp_path) -> None:
    with pytest.raises(DeclareError) as caught:
        declare.read_items(tmp_path, SPEC)
    assert caught.value.diagnostics[0].code == "S001"
    (tmp_path / "sets.xlsx").write_text("no workbook")
    with pytest.raises(FileError) as file_error:
        declare.read_items(tmp_path, SPEC)
    assert file_error.value.diagnostics[0].code == "F020"


def test_what_is_ignored_is_said(tmp_path) -> None:
    whole = Sheet(
        "_set_PRODUCTS", ("id", *PRODUCTS[1], "Products_Aggregation"), ([1], ["a"], [None], ["g"], ["x"])
    )
    reading = read(tmp_path, whole, YEARS, Sheet("_set_TWINS", ("Twins_Name",), (["q"],)))
    assert [(w.code, str(w.mark), w.severity) for w in reading.warnings] == [
        ("S010", "sets.xlsx, _set_PRODUCTS!E1", "warning"),
        ("S008", "sets.xlsx, _set_PRODUCTS!C2", "warning"),
        ("S011", "sets.xlsx, _set_TWINS!A1", "warning"),
    ]
    assert reading.items[1].names == ("a",)


def test_error_values_and_formulas_are_no_items(tmp_path) -> None:
    import openpyxl

    read(tmp_path, products(["one", "two", "three"], ["food"] * 3), YEARS)
    book = openpyxl.load_workbook(tmp_path / "sets.xlsx")
    tab = book["_set_PRODUCTS"]
    tab["A2"], tab["A3"] = "#N/A", "=B2"
    assert (tab["A2"].data_type, tab["A3"].data_type) == ("e", "f")
    book.save(tmp_path / "sets.xlsx")
    with pytest.raises(DeclareError) as caught:
        declare.read_items(tmp_path, SPEC)
    assert [d.code for d in caught.value.diagnostics] == ["S012", "S012"]


def test_texts_that_look_like_formulas_or_errors_are_items(tmp_path) -> None:
    names = ["#N/A", "=A1", "=cmd|' /C calc'!A0", "+1", "-", "@x", "#1 item"]
    assert read(tmp_path, products(names, ["food"] * 7), YEARS).items[0].names == tuple(names)


def test_items_that_differ_only_in_case_are_told(tmp_path) -> None:
    reading = read(tmp_path, products(["gas", "Gas", "coal"], ["food"] * 3), YEARS)
    assert [(d.code, str(d.mark), d.severity) for d in reading.warnings] == [
        ("S013", "sets.xlsx, _set_PRODUCTS!A3", "warning")
    ]


DAYS = [datetime.datetime(2030, 1, d) for d in (1, 2)]
HOURS = [datetime.datetime(2030, 1, 1, h) for h in (0, 1)]
FORMS = [
    lambda stamp: stamp,
    lambda stamp: stamp.isoformat(),
    str,
    lambda stamp: f"{stamp:%Y-%m-%dT%H:%M}",
    lambda stamp: np.datetime64(stamp, "ns"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("other", FORMS)
def test_equal_instants_meet_in_every_form(form, other) -> None:
    for stamps, shown in (
        (DAYS, ("2030-01-01", "2030-01-02")),
        (HOURS, ("2030-01-01 00:00", "2030-01-01 01:00")),
    ):
        lab = saddlepoint.define(
            sets={"T": {}},
            items={"T": [form(s) for s in stamps]},
            variables="""
            plan: {type: endogenous, coordinates: [T], variables_info: {x: {T: {dim: rows}}}}
            given: {type: exogenous, coordinates: [T], variables_info: {d: {T: {dim: rows}}}}
            """,
            problem={"expressions": ["x == d"]},
            data={"given": {other(stamp): k + 1.0 for k, stamp in enumerate(stamps)}},
        )
        assert lab.items.items[0].names == shown
        assert lab.solve().table("plan").values.tolist() == [1.0, 2.0]


def test_seconds_and_offsets_stay_and_other_texts_are_not_touched() -> None:
    assert as_label("2030-01-01T00:00:30.500") == "2030-01-01 00:00:30.5"
    assert as_label("2030-01-01T00:00Z") == "2030-01-01 00:00+00:00"
    assert as_label("2030-01-01 00:00:00+0100") == "2030-01-01 00:00+01:00"
    for text in ("01/02/2030 00:00:00", "2030-1-1 00:00:00", "T:2030-01-01T00:00", "2030-01-01T00:00 (peak)"):
        assert as_label(text) == text
    assert as_labels(["a", "2030-01-01T05:00:00"]) == ["a", "2030-01-01 05:00"]


def test_long_and_odd_set_keys_have_a_tab(tmp_path) -> None:
    key = "Very long key / of [a set] with odd letters"
    spec = declare.from_mapping(sets={key: None}, variables=TABLES, problem="expressions: [x >= 0]").spec
    declare.write_sets(tmp_path, spec, declare.from_mapping(
        sets={key: None}, variables=TABLES, problem="expressions: [x >= 0]", items={key: ["select", "it's; --", "日本"]},
    ).items)  # fmt: skip
    assert declare.read_items(tmp_path, spec).items[0].names == ("select", "it's; --", "日本")


def memory(items: dict[str, object]) -> declare.Reading:
    return declare.from_mapping(sets=SETS, variables=TABLES, problem="expressions: [x >= 0]", items=items)


def test_items_from_memory() -> None:
    columns = {
        "Products_Name": ["a", "b"],
        "Products_kind": ["food", "tool"],
        "Products_agg_group": ["g", "g"],
    }
    import pandas as pd

    rows = [{name: cells[k] for name, cells in columns.items()} for k in range(2)]
    years = range(2030, 2032)
    one = memory({"Products": columns, "Years": years})
    assert one.items[2].names == ("2030", "2031")
    for other in (pd.DataFrame(columns), rows):
        again = memory({"Products": other, "Years": pd.Series([2030, 2031])})
        assert [i.names for i in again.items] == [i.names for i in one.items]
        assert again.items[1].filters == {"kind": ("food", "tool")}


@pytest.mark.parametrize(
    ("code", "items"),
    [
        ("S014", {"Product": ["a"], "Years": [1]}),
        ("S015", {"Products": "ab", "Years": [1]}),
        ("S015", {"Products": {"Products_Name": ["a"], "Products_kind": []}, "Years": [1]}),
        ("S002", {"Years": [1]}),
        ("S004", {"Products": ["a"], "Years": [1]}),
    ],
)
def test_wrong_items_from_memory(code: str, items: dict[str, object]) -> None:
    with pytest.raises(DeclareError) as caught:
        memory(items)
    assert code in {d.code for d in caught.value.diagnostics}
