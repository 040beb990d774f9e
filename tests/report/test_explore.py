"""`saddle explore`: answers are those of plain SQL, and nobody else gets any."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.errors import SaddleError
from saddlepoint.report.explore.overview import explore_overview
from saddlepoint.report.explore.reading import Readings, StillReadingError
from saddlepoint.report.explore.server import ExploreServer
from saddlepoint.store import Store, browse, open_store
from saddlepoint.store.encoded import EncodedColumns, Told

from .browsing import CONTRAST, UNNAMED, browser, cells, opened, until

__all__ = ["browser", "opened"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> saddlepoint.Lab:
    made = saddlepoint.open(copy_example("energy_storage", tmp_path_factory.mktemp("explore") / "plan"))
    made.run()
    return made


@pytest.fixture(scope="module")
def server(lab: saddlepoint.Lab) -> Iterator[ExploreServer]:
    with lab.explore() as made:
        threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield made
        made.shutdown()


def asked(
    server: ExploreServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, Any, dict[str, str]]:
    line = HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    own = {"Host": f"127.0.0.1:{server.server_port}", "X-Saddlepoint-Token": server.token}
    line.request(method, path, headers={k: v for k, v in {**own, **headers}.items() if v})
    answer = line.getresponse()
    body = answer.read()
    line.close()
    return (
        answer.status,
        body if answer.getheader("Content-Type", "").startswith("text") else json.loads(body),
        dict(answer.getheaders()),
    )


def test_a_browser_that_goes_away_is_no_error(
    server: ExploreServer, capfd: pytest.CaptureFixture[str]
) -> None:
    at_once = struct.pack("ii", 1, 0)
    for said in (b"", b"GET /api/overview HTTP/1.1\r\nHost: 127.0.0.1"):
        line = socket.create_connection(("127.0.0.1", server.server_port))
        line.sendall(said)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        line.close()
    assert asked(server, "/api/overview")[0] == 200
    assert "Traceback" not in capfd.readouterr().err


def test_only_the_owner_of_the_address_gets_an_answer(server: ExploreServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    assert asked(server, "/api/overview")[0] == 200
    for headers in (
        {"X-Saddlepoint-Token": ""},
        {"X-Saddlepoint-Token": server.token[:-1]},
        {"Host": "evil.example"},
        {"Host": f"evil.example:{server.server_port}"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ):
        status, said, _ = asked(server, "/api/overview", **headers)
        assert (status, "sets" in said) == (403, False), headers
        status, said, _ = asked(server, "/api/run", "POST", **headers)
        assert status == 403, headers
    assert not server.running.going
    assert server.running.exit is None
    assert asked(server, f"/?token={server.token}", "POST", **{"X-Saddlepoint-Token": ""})[0] == 403
    for path in ("/api/nothing", "/../database.db", "/api/table/../../etc/passwd"):
        assert asked(server, path)[0] == 404
    status, _, headers = asked(server, f"/?token={server.token}", **{"X-Saddlepoint-Token": ""})
    assert status == 200
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")
    assert asked(server, "/", **{"X-Saddlepoint-Token": ""})[0] == 403


def test_the_connection_cannot_write(server: ExploreServer) -> None:
    with server.open_store() as store, pytest.raises(SaddleError):
        store.execute("DELETE FROM _scenarios")


def test_answers_are_those_of_plain_sql(lab: saddlepoint.Lab) -> None:
    with lab.store(readonly=True) as store:
        told = explore_overview(store, ())
        run = told["run"]["id"]
        assert told["scenario_sets"] == ["Prices"]
        outcomes = browse.hold_outcomes(store, run)
        assert [(s["status"], s["count"]) for s in browse.count_statuses(outcomes)] == [("optimal", 2)]
        found = browse.scenarios(store, outcomes, {"Prices": ["high"], "Hours": ["1"]}, "", 0, 10)
        assert found["total"] == 1
        assert found["rows"][0][found["columns"].index("Prices_Name")] == "high"
        ordered = browse.scenarios(store, outcomes, {}, "-objective", 0, 10)
        values = [row[ordered["columns"].index("objective")] for row in ordered["rows"]]
        assert values == sorted(values, reverse=True)
        spread = browse.distribution(outcomes, {})
        assert sum(n for _, _, n in spread["bins"]) == 2
        held = browse.hold_table(store, "generation")
        part = browse.browse_rows(store, "generation", held, {"Tech": ["pv", "gas"], "Prices": ["low"]})
        plain = store.query(
            "SELECT \"values\" FROM generation WHERE Prices_Name = 'low' AND Tech_Name IN ('pv', 'gas') ORDER BY id"
        )
        assert [row[-1] for row in part["rows"]] == [v for (v,) in plain]
        assert part["part"] == "all"
        for hostile in ("x' OR 1=1 --", '"; DROP TABLE generation; --', "%", ""):
            assert browse.browse_rows(store, "generation", held, {"Tech": [hostile]})["total"] == 0
        for name in ("_runs", "sqlite_master", 'x"; DROP TABLE generation; --'):
            with pytest.raises(SaddleError, match="no table"):
                browse.browse_rows(store, name, None, {})


def test_many_outcomes_are_counted_as_sql_counts_them_and_pages_keep_their_order(tmp_path: Path) -> None:
    with open_store(tmp_path / "many.db") as store:
        store.execute('ALTER TABLE _scenarios ADD COLUMN "Prices_Name" TEXT')
        values = [
            (run, "optimal" if k % 10 else "infeasible", (k * 37) % 100 if k % 10 else None, str(k % 7))
            for run in (1, 2)
            for k in range(100)
        ]
        command = (
            "INSERT INTO _scenarios (run, problem, status, objective, Prices_Name) VALUES (?, '', ?, ?, ?)"
        )
        store.executemany(command, values)
        told: list[int] = []
        held = browse.hold_outcomes(store, 2, told.append)
        assert (len(held), told[-1]) == (100, 100)
        counted = {s["status"]: (s["count"], s["low"], s["high"]) for s in browse.count_statuses(held)}
        assert counted == {"infeasible": (10, None, None), "optimal": (90, 1, 99)}
        chosen = {"Prices": ["3", "5"]}
        which = "FROM _scenarios WHERE run = 2 AND Prices_Name IN ('3', '5')"
        label, objective = (
            list(store.columns("_scenarios")).index(n) - 1 for n in ("Prices_Name", "objective")
        )
        page = browse.scenarios(store, held, chosen, "", 4, 6)
        assert page["total"] == store.query(f"SELECT count(*) {which}")[0][0]
        assert [row[label] for row in page["rows"]] == ["3", "5", "3", "5", "3", "5"]
        for order, words in {"objective": "", "-objective": "DESC"}.items():
            found = browse.scenarios(store, held, chosen, order, 2, 5)["rows"]
            plain = f"SELECT objective {which} AND objective IS NOT NULL ORDER BY objective {words} LIMIT 5 OFFSET 2"
            assert [row[objective] for row in found] == [v for (v,) in store.query(plain)]
        spread = browse.distribution(held, chosen)
        for low, high, count in spread["bins"]:
            within = f"objective >= {low!r} AND objective {'<=' if high == spread['high'] else '<'} {high!r}"
            assert store.query(f"SELECT count(*) {which} AND {within}")[0][0] == count
        assert sum(n for _, _, n in spread["bins"]) == store.query(f"SELECT count(objective) {which}")[0][0]
        with pytest.raises(SaddleError, match="no order"):
            browse.scenarios(store, held, {}, "rowid; DROP", 0, 1)


def test_large_tables_are_shown_in_part(lab: saddlepoint.Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"MOST_ROWS": 30, "EVEN": 12}.items():
        monkeypatch.setattr(browse, name, value)
    with lab.store(readonly=True) as store:
        whole = browse.browse_rows(store, "generation", None, {})
        assert (whole["part"], len(whole["rows"]), whole["total"]) == ("even", 12, 144)
        held = browse.hold_table(store, "generation")
        part = browse.browse_rows(store, "generation", held, {"Tech": ["pv"]})
        assert (part["part"], len(part["rows"]), part["total"]) == ("even", 12, 48)
        hours = store.query("SELECT DISTINCT Hours_Name FROM generation WHERE Tech_Name = 'pv' ORDER BY id")
        assert part["rows"][0][part["columns"].index("Hours_Name")] == hours[0][0]
        assert part["rows"][-1][part["columns"].index("Hours_Name")] == hours[-1][0]


def test_a_table_that_is_being_read_says_how_far_it_is_and_then_answers(lab: saddlepoint.Lab) -> None:
    going, readings = threading.Event(), Readings(partial(lab.store, True))

    def slowly(store: Store, tell: Told) -> EncodedColumns:
        tell(7)
        going.wait(30)
        return browse.hold_table(store, "generation", tell)

    with pytest.raises(StillReadingError) as reading:
        readings.held(("generation",), slowly)
    assert reading.value.done == 7
    going.set()
    for _ in range(300):
        try:
            assert len(readings.held(("generation",), slowly)) == 144
            break
        except StillReadingError:
            continue
    else:
        pytest.fail("it is never read")

    def fails(store: Store, tell: Told) -> EncodedColumns:
        return browse.hold_table(store, "no such table", tell)

    for _ in range(2):
        with pytest.raises(SaddleError, match="no table"):
            readings.held(("other",), fails)


def test_a_taken_port_is_told(lab: saddlepoint.Lab, server: ExploreServer) -> None:
    with pytest.raises(SaddleError, match="cannot be used"):
        lab.explore(server.server_port)


def test_the_page_asks_sql_and_starts_a_run(lab: saddlepoint.Lab, server: ExploreServer, opened: Any) -> None:
    tab = opened(server.address)
    assert len(cells(tab, "#scenario-table")) == 2
    shown = tab.inner_text("#scenario-table")
    assert "objective [EUR]" in shown and "e-1" in shown and "yes" in shown  # residuals are no zeros
    assert tab.inner_text("#scenario-count").startswith("2 scenarios")
    tab.click('#scenario-table button:text-is("high")')
    until(
        tab,
        "!document.body.dataset.busy && document.querySelectorAll('#scenario-table .tabulator-row').length === 1",
    )
    tab.select_option("#table-which", "generation")
    until(tab, "document.querySelector('#table-about').textContent.includes('72 rows')")
    assert {row[0] for row in cells(tab, "#table-cells")} == {"high"}
    assert tab.eval_on_selector_all("#table-picture svg", "all => all.length") >= 1
    before = lab.history(1)[0].id
    tab.click("#start")
    until(tab, "document.querySelector('#run').textContent.includes('Done')")
    newest = lab.history(1)[0]
    assert newest.id is not None
    assert before is not None
    assert newest.id > before
    assert newest.command == "saddle explore"
    until(tab, f"document.querySelector('#said').textContent.includes('Run {newest.id} ')")


def test_explore_by_keyboard_and_its_contrast(lab: saddlepoint.Lab, opened: Any) -> None:
    with lab.explore() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        tab = opened(server.address)
        answered = "!document.body.dataset.busy && !document.activeElement.matches('body')"
        reached = []
        while len(reached) < 60 and (not reached or reached[-1] != "BODY"):
            tab.keyboard.press("Tab")
            reached.append(
                tab.evaluate(
                    "(e => e.closest('#choice, #run, .controls, #table-picture, .cells')?.id || e.className || e.tagName)(document.activeElement)"
                )
            )
        assert reached[0] == "skip"
        order = [
            "choice", "run", "scenario-controls", "scenario-table", "table-controls", "table-picture", "table-cells",
        ]  # fmt: skip
        assert [place for place in dict.fromkeys(reached) if place in order] == order
        assert tab.evaluate(UNNAMED) == []
        assert tab.evaluate(CONTRAST) == []

        title = "#scenario-table [role=columnheader]:has-text('objective')"
        tab.focus(title)
        for key, direction in (("Enter", "ascending"), (" ", "descending")):
            tab.keyboard.press(key)
            until(tab, f"document.activeElement.getAttribute('aria-sort') === '{direction}'")
        assert [row[0] for row in cells(tab, "#scenario-table")] == ["high", "low"]

        tab.focus("#scenario-controls button:has-text('Further')")
        assert tab.evaluate("document.activeElement.getAttribute('aria-disabled')") == "true"
        tab.keyboard.press("Enter")
        assert len(cells(tab, "#scenario-table")) == 2

        tab.focus("#scenario-table button.link")
        chosen = tab.evaluate("document.activeElement.textContent")
        tab.keyboard.press("Enter")
        until(tab, answered)
        assert [row[0] for row in cells(tab, "#scenario-table")] == [chosen]
        assert tab.evaluate("document.activeElement.textContent") == chosen
        assert tab.evaluate(CONTRAST) == []
        tab.focus("#choice .chip")
        tab.keyboard.press("Enter")
        until(tab, answered)
        assert tab.evaluate("document.activeElement.closest('#choice') !== null")
        assert len(cells(tab, "#scenario-table")) == 2

        tab.focus("#choice input")
        tab.keyboard.type("nowhere")
        tab.keyboard.press("Enter")
        assert "has no item nowhere" in tab.evaluate("document.activeElement.validationMessage")
        assert tab.locator("#choice .chip").count() == 0
        server.shutdown()
