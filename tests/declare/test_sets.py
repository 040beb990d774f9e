"""The items of sets: from sets.xlsx and from memory, with the place of every mistake."""

from pathlib import Path

import pytest

from saddlepoint import declare
from saddlepoint.errors import DeclareError, FileError
from saddlepoint.files import Sheet, write_workbook

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
        "  fix: Did you mean 'tool'? New labels are declared in structure_sets."
    )


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
    sheet = products(["#N/A", "=A1", "#1 item"], ["food"] * 3)
    assert [code for code, _ in found(tmp_path, sheet, YEARS)] == ["S012", "S012"]


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
