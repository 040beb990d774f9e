"""Runs: staged, swapped at once, resumed, recorded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from saddlepoint.errors import StoreError
from saddlepoint.labels import Axis, Domain, Table
from saddlepoint.store import (
    RunRecord,
    Store,
    catalogue,
    history,
    last_outcomes,
    open_store,
    show_rows,
    stage,
)
from saddlepoint.store.leftovers import leftovers
from saddlepoint.store.run_records import ConvergenceRecords, ScenarioRecords
from saddlepoint.store.tables import keep_table, read_table, table_names

PRODUCTS = Axis("Products", ("a", "b", "c"))
CASES = Axis("Cases", tuple(f"case {k}" for k in range(10)))
FIRST = Domain((CASES, PRODUCTS))
LAST = Domain((PRODUCTS, CASES))
RUN = RunRecord(
    "2026-01-02T03:04:05Z",
    "run",
    options={"solver": "highs"},
    versions={"saddlepoint": "0.1"},
    settings_hash="s",
    inputs_hash="i",
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "database.db"


def numbers(over: Domain, add: float = 0.0, key: str = "plan") -> Table:
    return Table.of(key, over, np.arange(over.size).reshape(over.shape) + add)


def part(over: Domain, cases: Sequence[int], add: float = 0.0) -> Table:
    whole = numbers(over, add)
    axis = over.position("Cases")
    domain = Domain(tuple(a.take(cases) if a.name == "Cases" else a for a in over.axes))
    return Table.of("plan", domain, np.take(whole.values, cases, axis=axis))


def outcomes(status: str, cases: Sequence[int]) -> ScenarioRecords:
    n = len(cases)
    some = np.arange(n, dtype=float)
    return ScenarioRecords(
        problem="",
        domain=Domain((CASES,)),
        positions=np.array(cases),
        status=[status] * n,
        solver="highs",
        route="batch",
        numbers={
            "objective": np.where(some == 1, np.nan, some),
            "iterations": np.arange(n),
            "seconds": some,
            "rel_prim": some,
            "rel_dual": some,
            "gap": -some,
            "unc": some,
            "verified": some > 0,
        },
    )


def plan(store: Store, over: Domain = LAST) -> np.ndarray:
    return read_table(store, "plan", over).values


def test_a_run_replaces_results_and_retires_those_it_does_not_write(path: Path) -> None:
    with open_store(path) as store:
        keep_table(store, numbers(LAST, key="input"))
        with stage(store, RUN) as staged:
            staged.put(numbers(LAST))
            staged.put(numbers(LAST, key="price_old"))
            assert table_names(store) == ("input",)
        with stage(store, RUN) as staged:
            staged.put(numbers(LAST, 100))
            np.testing.assert_array_equal(plan(store), numbers(LAST).values)
            staged.finish(1.5, 3)
        np.testing.assert_array_equal(plan(store), numbers(LAST, 100).values)
        assert set(table_names(store)) == {"input", "plan"}
        assert {info.name: (info.kind, info.run) for info in catalogue(store)} == {
            "input": ("input", None),
            "plan": ("result", 2),
        }
        assert [(run.id, run.seconds, run.exit) for run in history(store)] == [(2, 1.5, 3), (1, None, 0)]
        assert history(store, 1)[0].options == {"solver": "highs"}
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("over", [FIRST, LAST])
@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 1, 0, 3, 2)])
def test_chunks_of_scenarios_stand_in_the_order_of_the_whole(
    path: Path, over: Domain, order: Sequence[int]
) -> None:
    with open_store(path) as store:
        with stage(store, RUN) as staged:
            for k in order:
                with staged.chunk(f"{k}"):
                    staged.put(part(over, [2 * k, 2 * k + 1]), ["Cases"], within=over)
        assert [row[-1] for row in show_rows(store, "plan").rows] == list(range(30))
        np.testing.assert_array_equal(plan(store, over), numbers(over).values)


def test_a_partial_run_replaces_only_its_own_rows(path: Path) -> None:
    with open_store(path) as store:
        with stage(store, RUN) as staged:
            staged.put(numbers(LAST), ["Cases"])
            staged.put(numbers(LAST, key="price_c1"), ["Cases"])
        with stage(store, RUN, partial=True) as staged:
            staged.put(part(LAST, [7, 2], add=0.5), ["Cases"], within=LAST)
        expected = numbers(LAST).values.copy()
        expected[:, [2, 7]] += 0.5
        np.testing.assert_array_equal(plan(store), expected)
        assert [row[0] for row in show_rows(store, "plan").rows] == list(range(1, 31))
        assert store.has("price_c1")


def test_a_partial_run_keeps_rows_that_lack_columns_that_a_later_version_writes(path: Path) -> None:
    whole = part(LAST, [7, 2], add=0.5)
    more = Table("plan", whole.domain, {**whole.columns, "later": np.ones(whole.domain.size)})
    with open_store(path) as store:
        with stage(store, RUN) as staged:
            staged.put(numbers(LAST), ["Cases"])
        with stage(store, RUN, partial=True) as staged:
            staged.put(more, ["Cases"], within=LAST)
        rows = store.query('SELECT count(*), count("later") FROM "plan"')
        assert [tuple(row) for row in rows] == [(30, 6)]


def test_a_partial_run_after_the_sets_have_grown(path: Path) -> None:
    wider = Domain((Axis("Products", ("new", "a", "b", "c")), CASES))
    with open_store(path) as store:
        with stage(store, RUN) as staged:
            staged.put(numbers(LAST), ["Cases"])
        with stage(store, RUN, partial=True) as staged:
            staged.put(part(wider, [3]), ["Cases"], within=wider)
        found = plan(store, wider)
        np.testing.assert_array_equal(found[:, 3], numbers(wider).values[:, 3])
        np.testing.assert_array_equal(found[1:, 4], numbers(LAST).values[:, 4])
        assert np.isnan(found[0, 4])


def test_a_partial_run_drops_rows_that_its_scenarios_no_longer_use(path: Path) -> None:
    with open_store(path) as store:
        with stage(store, RUN) as staged:
            staged.put(numbers(LAST), ["Cases"])
        fewer = Table("plan", LAST, numbers(LAST).columns, rows=np.array([3]))
        with stage(store, RUN, partial=True) as staged:
            staged.put(fewer, ["Cases"], within=LAST)
        assert show_rows(store, "plan", {"Cases": "case 3"}).total == 1
        assert show_rows(store, "plan", {"Cases": "case 4"}).total == 3


def test_a_partial_run_of_another_form_replaces_the_table(path: Path) -> None:
    with open_store(path) as store:
        with stage(store, RUN) as staged:
            staged.put(numbers(LAST), ["Cases"])
        with stage(store, RUN, partial=True) as staged:
            staged.put(numbers(Domain((CASES,))), ["Cases"])
        assert show_rows(store, "plan").total == 10


def test_an_error_leaves_the_old_results_and_no_trace(path: Path) -> None:
    with open_store(path) as store:
        with stage(store, RUN) as staged:
            staged.put(numbers(LAST))
        with pytest.raises(ZeroDivisionError), stage(store, RUN) as staged:
            staged.put(numbers(LAST, 9))
            staged.scenarios(outcomes("optimal", [0]))
            raise ZeroDivisionError
        np.testing.assert_array_equal(plan(store), numbers(LAST).values)
        assert not [name for name in store.names() if name.startswith("_staged_")]
        assert store.query("SELECT count(*) FROM _scenarios") == [(0,)]
        assert history(store)[0].exit is None
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_same_cell_twice_is_an_error_and_changes_nothing(path: Path) -> None:
    with open_store(path) as store:
        with pytest.raises(StoreError, match="B014"), stage(store, RUN) as staged:
            staged.put(part(LAST, [1]))
            staged.put(part(LAST, [1]))
        assert table_names(store) == ()


@pytest.mark.parametrize("where", ["file", "memory"])
def test_finished_chunks_are_resumed(path: Path, where: str) -> None:
    with open_store(path if where == "file" else ":memory:") as store:
        with pytest.raises(KeyboardInterrupt), stage(store, RUN) as staged:
            for name, cases in (("first", [0, 1, 2, 3]), ("second", [4, 5])):
                with staged.chunk(name):
                    staged.put(part(FIRST, cases), ["Cases"], within=FIRST)
                    staged.scenarios(outcomes("optimal", cases))
                    if name == "second":
                        raise KeyboardInterrupt
        ((leftover),) = leftovers(store)
        assert (leftover.run.id, leftover.chunks) == (1, {"first"})
        with stage(store, RUN, resume=True) as staged:
            assert (staged.run, staged.done) == (1, {"first"})
            with staged.chunk("rest"):
                staged.put(part(FIRST, range(4, 10)), ["Cases"], within=FIRST)
                staged.scenarios(outcomes("optimal", range(4, 10)))
        np.testing.assert_array_equal(plan(store, FIRST), numbers(FIRST).values)
        assert len(last_outcomes(store)[1]) == 10
        assert leftovers(store) == ()


def test_a_run_with_other_inputs_does_not_resume(path: Path) -> None:
    with open_store(path) as store:
        with pytest.raises(KeyboardInterrupt), stage(store, RUN) as staged, staged.chunk("one"):
            staged.put(part(FIRST, [0]), ["Cases"], within=FIRST)
            store.execute("INSERT INTO _chunks VALUES (1, 'zero')")
            raise KeyboardInterrupt
        with pytest.raises(KeyboardInterrupt), stage(store, RUN) as staged:
            with staged.chunk("one"):
                staged.put(part(FIRST, [0], 99), ["Cases"], within=FIRST)
            raise KeyboardInterrupt
        other = RunRecord(
            RUN.started,
            RUN.command,
            options=RUN.options,
            versions=RUN.versions,
            settings_hash="s",
            inputs_hash="other inputs",
        )
        with stage(store, other, resume=True) as staged:
            assert staged.done == frozenset()
            staged.put(numbers(FIRST))
        np.testing.assert_array_equal(plan(store, FIRST), numbers(FIRST).values)
        assert leftovers(store) == ()


def test_scenarios_are_recorded_run_by_run_and_the_last_outcome_is_found(path: Path) -> None:
    with open_store(path) as store:
        with stage(store, RUN) as staged:
            staged.scenarios(outcomes("optimal", [0, 1, 2]))
        with stage(store, RUN, partial=True) as staged:
            staged.scenarios(outcomes("infeasible", [1]))
        assert store.query(
            "SELECT run, problem, Cases_Name, status, objective, solver, iterations, verified FROM _scenarios ORDER BY rowid"
        ) == [
            (1, "", "case 0", "optimal", 0.0, "highs", 0, 0),
            (1, "", "case 1", "optimal", None, "highs", 1, 1),
            (1, "", "case 2", "optimal", 2.0, "highs", 2, 1),
            (2, "", "case 1", "infeasible", 0.0, "highs", 0, 0),
        ]
        header, rows = last_outcomes(store)
        status, case = header.index("status"), header.index("Cases_Name")
        assert {row[case]: row[status] for row in rows} == {
            "case 0": "optimal",
            "case 1": "infeasible",
            "case 2": "optimal",
        }
        assert len(history(store)) == 2


def test_convergence_is_recorded(path: Path) -> None:
    records = ConvergenceRecords(
        domain=Domain((CASES,)),
        scenario=np.array([3, 3]),
        iteration=np.array([1, 2]),
        table="plan",
        change=np.array([23.68, 0.0]),
        threshold=np.array([1.556, 1.556]),
    )
    with open_store(path) as store:
        with stage(store, RUN) as staged:
            staged.convergence(records)
        assert store.query(
            'SELECT run, Cases_Name, iteration, "table", change, threshold FROM _convergence'
        ) == [
            (1, "case 3", 1, "plan", 23.68, 1.556),
            (1, "case 3", 2, "plan", 0.0, 1.556),
        ]


def test_a_view_on_a_result_survives_the_swap(path: Path) -> None:
    with open_store(path) as store:
        for add in (0, 1):
            with stage(store, RUN) as staged:
                staged.put(numbers(LAST, add))
            store.execute('CREATE VIEW IF NOT EXISTS total AS SELECT sum("values") FROM plan')
        assert store.query("SELECT * FROM total") == [(sum(range(1, 31)),)]
