"""Views for SQL: plain names, items across, kept runs; made anew with their tables, while a user's own views stay."""

from pathlib import Path

import numpy as np
import pytest

from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store import RunRecord, Store, open_store, stage
from saddlepoint.store.kept import drop_kept
from saddlepoint.store.plain_views import best_across, plain_names, renew_views
from saddlepoint.store.sets import SetRows, keep_sets
from saddlepoint.store.tables import forget_table, keep_table

TECH = Axis("Tech", ("pv", "it's", "gas"))
HOURS = Axis("Hours", tuple(str(k) for k in range(1, 25)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "database.db"


def solve(store: Store, tech: Axis = TECH, name: str = "", value: float = 1.0) -> None:
    keep_sets(store, [SetRows("Tech", tech.items), SetRows("Hours", HOURS.items)])
    with stage(store, RunRecord("2026-01-02T03:04", "run", name=name)) as staged, staged.chunk():
        domain = Domain((tech, HOURS))
        staged.put(Table.of("gen", domain, value * np.arange(72.0)[: domain.size].reshape(domain.shape)))
        staged.put(Table.of("cost", Domain(), value))
        staged.finish(1.0, 0)


def views(store: Store) -> set[str]:
    return {name for (name,) in store.query("SELECT name FROM sqlite_master WHERE type = 'view'")}


def test_rows_with_plain_names_and_items_across(path: Path) -> None:
    with open_store(path) as store:
        solve(store)
        assert views(store) == {"view_gen", "wide_gen", "view_cost"}
        assert store.select("SELECT * FROM view_gen LIMIT 1") == (
            ("Tech", "Hours", "value"),
            [("pv", "1", 0.0)],
        )
        header, rows = store.select("SELECT * FROM wide_gen")
        assert header == ("Hours", "pv", "it's", "gas")
        assert rows == [(hour, k, k + 24.0, k + 48.0) for k, hour in enumerate(HOURS.items)]


def test_they_follow_tables_and_sets(path: Path) -> None:
    with open_store(path) as store:
        solve(store)
        solve(store, Axis("Tech", ("pv", "wind")))
        assert store.select("SELECT * FROM wide_gen")[0] == ("Hours", "pv", "wind")
        forget_table(store, "gen")
        renew_views(store)
        assert views(store) == {"view_cost"}


def test_kept_runs_stand_side_by_side_and_are_seen_as_they_were(path: Path) -> None:
    with open_store(path) as store:
        solve(store, name="base")
        solve(store, Axis("Tech", ("pv", "wind")), name="dear", value=2.0)
        rows = store.query("SELECT name, sum(value) FROM view_kept_gen WHERE Tech = 'pv' GROUP BY run")
        assert rows == [("base", 276.0), ("dear", 552.0)]
    with open_store(path, readonly=True, run="base") as store:
        assert store.select("SELECT * FROM wide_gen LIMIT 1")[0] == ("Hours", "pv", "it's", "gas")
        assert store.query("SELECT sum(value) FROM view_gen WHERE Tech = 'pv'") == [(276.0,)]
    with open_store(path) as store:
        drop_kept(store, "base")
        drop_kept(store, "dear")
        assert not any("kept" in name for name in views(store))


def test_a_users_views_and_tables_stay(path: Path) -> None:
    with open_store(path) as store:
        store.execute("CREATE VIEW view_gen AS SELECT 1 AS mine")
        store.execute("CREATE VIEW kept_gen AS SELECT 2 AS mine")
        store.execute("CREATE TABLE Wide_Gen (mine)")
        solve(store, name="base")
        store.execute("CREATE VIEW reading AS SELECT sum(value) AS total FROM view_cost")
        solve(store, value=3.0)
        assert store.query("SELECT mine FROM view_gen") == [(1,)]
        assert store.query("SELECT mine FROM kept_gen") == [(2,)]
        assert store.columns("Wide_Gen") == {"mine": ""}
        assert store.query("SELECT total FROM reading") == [(3.0,)]


def test_names_that_would_be_two_columns_stay_as_they_are(path: Path) -> None:
    assert plain_names(["Value_Name", "run", "Run_Name", "values"]) == {
        "Value_Name": "Value_Name",
        "run": "run",
        "Run_Name": "Run_Name",
        "values": "values",
    }
    case = Axis("Case", ("a", "A"))
    with open_store(path) as store:
        keep_sets(store, [SetRows("Case", case.items), SetRows("Hours", HOURS.items)])
        keep_table(store, Table.of("x", Domain((HOURS, case)), 1.0))
        renew_views(store)
        header, rows = store.select(
            "SELECT * FROM wide_x"
        )  # a and A would be one column: the hours stand across
        assert header == ("Case", *HOURS.items)
        assert [row[0] for row in rows] == ["a", "A"]


def test_the_last_set_of_few_items_stands_across() -> None:
    assert best_across({"Hours": 8760, "Tech": 5}) == ["Tech"]
    assert best_across({"Plants": 3, "Customers": 40})[0] == "Plants"
    assert best_across({"Tech": 30, "Hours": 24}) == ["Hours", "Tech"]
    assert best_across({"Hours": 8760, "Years": 1}) == []
    assert best_across({"Tech": 5}) == []
