"""Tables and sets: what is kept comes back, whatever the names, the order or the holes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saddlepoint.errors import StoreError
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store import catalogue, open_store, price_table, show_rows
from saddlepoint.store.identifiers import initial_table, reduced_cost_table
from saddlepoint.store.sets import SetRows, keep_sets, stored_sets
from saddlepoint.store.tables import forget_table, keep_table, read_table, table_names
from saddlepoint.store.totals import counts

ODD = [
    "select",
    "2nd line",
    'he said "hi"',
    "it's",
    "Größe",
    "名前",
    "a;drop table x",
    "values",
    "-- no",
    "%s",
    "?1",
    "id",
]
NAMES = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(str.strip),
)


def domain(*sizes: int) -> Domain:
    return Domain(tuple(Axis(f"S{k}", tuple(f"i{k}_{j}" for j in range(n))) for k, n in enumerate(sizes)))


def numbered(key: str, over: Domain) -> Table:
    return Table.of(key, over, np.arange(over.size, dtype=float).reshape(over.shape) * 0.1)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    names = draw(st.lists(NAMES, min_size=0, max_size=3, unique_by=str.casefold))
    axes = tuple(
        Axis(name, tuple(draw(st.lists(NAMES, min_size=1, max_size=5, unique=True)))) for name in names
    )
    over = Domain(axes)
    number = st.one_of(st.floats(allow_infinity=True), st.just(math.nan))
    values = np.array(draw(st.lists(number, min_size=over.size, max_size=over.size)))
    texts = np.array(
        draw(st.lists(st.sampled_from(["", *ODD]), min_size=over.size, max_size=over.size)), dtype=np.str_
    )
    used = draw(st.lists(st.sampled_from(range(over.size)), min_size=1, unique=True))
    rows = None if draw(st.booleans()) or len(used) == over.size else np.array(sorted(used))
    return Table(
        draw(NAMES),
        over,
        {"values": values, "kind": texts},
        rows=rows,
        unit=draw(st.sampled_from(["", "kWh/u"])),
    )


@given(tables())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_kept_comes_back(table: Table) -> None:
    with open_store(":memory:") as store:
        assert keep_table(store, table).kind == "new"
        back = read_table(store, table.key, table.domain, ("values", "kind"))
        assert back.unit == table.unit
        assert (back.rows is None) == (table.rows is None)
        used = np.arange(table.domain.size) if table.rows is None else table.rows
        np.testing.assert_array_equal(back.columns["values"][used], table.columns["values"][used])
        np.testing.assert_array_equal(back.columns["kind"][used], table.columns["kind"][used])
        if back.rows is not None:
            np.testing.assert_array_equal(back.rows, used)
            blank = np.setdiff1d(np.arange(table.domain.size), used)
            assert np.isnan(back.columns["values"][blank]).all()
            assert (back.columns["kind"][blank] == "").all()
        assert keep_table(store, table).kind == "same"


@pytest.mark.parametrize(
    "sizes",
    [
        (),
        (1,),
        (7,),
        (128,),
        (129,),
        (131, 2),
        (2, 131),
        (3, 300, 2),
        (2, 3, 5, 7),
        (257,),
        (5, 127, 3),
        (130, 1),
    ],
)
def test_rows_stand_in_the_order_of_the_domain_however_they_are_cut_into_blocks(
    sizes: tuple[int, ...],
) -> None:
    table = numbered("t", domain(*sizes))
    with open_store(":memory:") as store:
        keep_table(store, table)
        shown = show_rows(store, "t")
    assert shown.header == ("id", *(f"S{k}_Name" for k in range(len(sizes))), "values")
    expected = [(k + 1, *table.domain.coordinates(k), 0.1 * k) for k in range(table.domain.size)]
    assert [row[:-1] for row in shown.rows] == [row[:-1] for row in expected]
    np.testing.assert_array_equal([row[-1] for row in shown.rows], table.columns["values"])


def test_a_domain_without_cells_makes_an_empty_table() -> None:
    table = numbered("t", domain(3, 0))
    with open_store(":memory:") as store:
        keep_table(store, table)
        assert show_rows(store, "t").total == 0
        assert len(read_table(store, "t", table.domain)) == 0


def test_the_form_in_the_file_is_the_one_that_other_programs_read() -> None:
    over = Domain((Axis("Products", ("p 1", "p 2")), Axis("Hours", ("1", "2"))))
    values = np.array([1.0, np.nan, 2.5, 4.0])
    with open_store(":memory:") as store:
        keep_table(store, Table("Demand", over, {"values": values}))
        assert store.query('SELECT * FROM "demand"') == [
            (1, "p 1", "1", 1.0),
            (2, "p 1", "2", None),
            (3, "p 2", "1", 2.5),
            (4, "p 2", "2", 4.0),
        ]
        assert store.columns("Demand") == {
            "id": "INTEGER",
            "Products_Name": "TEXT",
            "Hours_Name": "TEXT",
            "values": "REAL",
        }
        with pytest.raises(StoreError, match=r"B014.*Products_Name"):
            store.execute('INSERT INTO "Demand" (Products_Name, Hours_Name) VALUES (?, ?)', ("p 1", "1"))


def test_keeping_again_says_what_changed() -> None:
    table = numbered("t", domain(4, 3))
    values = table.values.copy()
    values[2, 1], values[3, 2] = 99, np.nan
    with open_store(":memory:") as store:
        keep_table(store, table)
        change = keep_table(store, table.with_values(values))
        assert (change.kind, change.count) == ("values", 2)
        assert change.sample == (("i0_2", "i1_1"), ("i0_3", "i1_2"))
        np.testing.assert_array_equal(read_table(store, "t", table.domain).values, values)
        fewer = keep_table(store, replace(table.with_values(values), rows=np.array([0, 5])))
        assert (fewer.kind, fewer.count) == ("values", 10)
        assert show_rows(store, "t").total == 2
        assert keep_table(store, numbered("t", domain(4, 2))).kind == "form"
        assert keep_table(store, replace(numbered("t", domain(4, 2)), unit="MW")).kind == "same"
        assert read_table(store, "t", domain(4, 2)).unit == "MW"


def test_flaws_in_rows_are_all_found_and_located() -> None:
    with open_store(":memory:") as store:
        store.execute('CREATE TABLE t (id INTEGER PRIMARY KEY, S0_Name TEXT, "values" REAL)')
        for row in [("i0_0", 1), ("i0_O", 2), ("i0_0", 3), (None, 4), ("i0_2", "nan")]:
            store.execute('INSERT INTO t (S0_Name, "values") VALUES (?, ?)', row)
        with pytest.raises(StoreError) as caught:
            read_table(store, "t", domain(3))
    found = {(d.code, d.mark.cell) for d in caught.value.diagnostics}
    assert found >= {("B013", "t, row 2"), ("B013", "t, row 4"), ("B015", "t, row 5"), ("B014", "t, row 3")}
    assert "Did you mean 'i0_" in str(caught.value)


def test_many_flaws_are_counted_and_not_all_shown() -> None:
    with open_store(":memory:") as store:
        keep_table(store, numbered("t", domain(500)))
        other = Domain((Axis("S0", ("x",)),))
        with pytest.raises(StoreError, match="480 more") as caught:
            read_table(store, "t", other)
    assert len(caught.value.diagnostics) == 21


def test_a_missing_table_or_column_is_named_with_its_neighbours() -> None:
    with open_store(":memory:") as store:
        keep_table(store, numbered("demand", domain(2)))
        with pytest.raises(StoreError, match=r"B011.*\n.*Did you mean 'demand'"):
            read_table(store, "demnd", domain(2))
        with pytest.raises(StoreError, match=r"B012.*no column 'price'"):
            read_table(store, "demand", domain(2), ("price",))
        with pytest.raises(StoreError, match=r"B012.*coordinate 'S0_Name'"):
            read_table(store, "demand", Domain())
        with pytest.raises(StoreError, match=r"B012.*no column 'S1_Name'"):
            read_table(store, "demand", domain(2, 2))


def test_coordinates_in_another_order_are_no_permuted_answer() -> None:
    over = domain(2, 3)
    with open_store(":memory:") as store:
        keep_table(store, numbered("t", over))
        turned = Domain((over.axes[1], over.axes[0]))
        np.testing.assert_array_equal(read_table(store, "t", turned).values, numbered("t", over).values.T)


def test_rows_for_display_can_be_chosen_by_set_key_or_column() -> None:
    with open_store(":memory:") as store:
        keep_table(store, numbered("t", domain(4, 3)))
        assert show_rows(store, "t", {"S0": "i0_1", "s1_name": "i1_2"}).rows == ((6, "i0_1", "i1_2", 0.5),)
        shown = show_rows(store, "t", limit=2, offset=3)
        assert [row[0] for row in shown.rows] == [4, 5]
        assert shown.total == 12
        with pytest.raises(StoreError, match="B012"):
            show_rows(store, "t", {"Nothing": "x"})
        assert table_names(store) == ("t",)


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800"])
def test_a_name_that_sqlite_cannot_hold_is_refused(name: str) -> None:
    with open_store(":memory:") as store, pytest.raises(StoreError, match="B010"):
        keep_table(store, numbered(name, domain(2)))


def test_a_label_that_is_no_text_is_refused_and_nothing_is_written() -> None:
    with open_store(":memory:") as store:
        with pytest.raises(StoreError, match="B017"):
            keep_table(store, numbered("t", Domain((Axis("S", ("a", "\ud800")),))))
        assert table_names(store) == ()


def test_two_axes_equal_but_for_case_are_refused() -> None:
    over = Domain((Axis("Time", ("1",)), Axis("TIME", ("1",))))
    with (
        open_store(":memory:") as store,
        pytest.raises(StoreError, match=r"B010.*'Time_Name' and 'TIME_Name'"),
    ):
        keep_table(store, numbered("t", over))


def test_sets_come_back_with_filters_and_aggregations() -> None:
    products = SetRows("Products", ("p 1", "p 2"), {"kind": ("a", "")}, {"group": ("g", "g")})
    odd = SetRows('2 "x" é', ("NA", "007"))
    with open_store(":memory:") as store:
        assert all(change.changed for change in keep_sets(store, [products, odd]))
        assert stored_sets(store) == (products, odd)
        assert list(store.columns("_set_PRODUCTS")) == [
            "id",
            "Products_Name",
            "Products_kind",
            "Products_agg_group",
        ]
        assert store.has('_set_2 "X" É')
        assert not any(change.changed for change in keep_sets(store, [products, odd]))
        (change, _) = keep_sets(store, [replace(products, names=("p 2", "p 3")), odd])
        assert (change.added, change.removed) == (("p 3",), ("p 1",))
        keep_sets(store, [odd])
        assert stored_sets(store) == (odd,)


def test_set_keys_equal_but_for_case_are_refused() -> None:
    with open_store(":memory:") as store:
        with pytest.raises(StoreError, match="B010"):
            keep_sets(store, [SetRows("Time", ("1",)), SetRows("TIME", ("1",))])
        assert stored_sets(store) == ()


def test_a_filter_that_would_hide_the_names_is_refused() -> None:
    with open_store(":memory:") as store, pytest.raises(StoreError, match="B010"):
        keep_sets(store, [SetRows("T", ("1",), {"Name": ("x",)})])


@pytest.mark.parametrize("gone", [(), ("S0_Name = 'i0_1'",), ("S1_Name = 'i1_2'",), ("id = 3",), ("1",)])
def test_labels_are_counted_as_they_occur(gone: tuple[str, ...]) -> None:
    over = domain(2, 3)
    with open_store(":memory:") as store:
        keep_sets(store, [SetRows(axis.name, axis.items) for axis in over.axes])
        keep_table(store, numbered("use", over))
        for rows in gone:
            store.execute(f'DELETE FROM "use" WHERE {rows}')
        asked = store.query('SELECT count(DISTINCT S0_Name), count(DISTINCT S1_Name) FROM "use"')
        assert tuple(counts(store, "use").values()) == asked[0]
        one = counts(store, "use", {"S0": "i0_0"})
        assert one["S0"] == (gone != ("1",))


def test_a_column_without_numbers_is_null() -> None:
    over = domain(2, 3)
    none, some = np.full(6, np.nan), np.arange(6.0)
    table = Table("use", over, {"price": none, "slack": some, "price_left": none})
    with open_store(":memory:") as store:
        keep_table(store, table)
        assert store.query('SELECT price, slack, price_left FROM "use"') == [(None, v, None) for v in some]


def test_names_of_result_tables() -> None:
    results = [price_table("c1"), price_table("energy", "plan"), reduced_cost_table("x")]
    assert results == ["price_c1", "price_plan_energy", "reduced_cost_x"]


def test_starting_values_stand_beside_the_table_and_can_be_forgotten() -> None:
    table = numbered("plan", domain(2))
    name = initial_table("plan")
    with open_store(":memory:") as store:
        keep_table(store, table)
        keep_table(store, table.with_values(table.values + 1), name, "initial")
        assert table_names(store) == ("plan",)
        assert table_names(store, "initial") == ("_initial_plan",)
        assert read_table(store, "plan", table.domain, name=name).values[0] == 1
        assert forget_table(store, name)
        assert not forget_table(store, name)
        assert [info.name for info in catalogue(store)] == ["plan"]
