"""The page of a report: whole, small, closed against what labels say, and a page that can be clicked, moved, read and printed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from saddlepoint.errors import StoreError

from .browsing import CONTRAST, UNNAMED, browser, cells, opened

__all__ = ["browser", "opened"]

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    'it\'s "quoted" & <b>bold</b>',
    "</script>",
    "{{7*7}}${8}",
)


def hostile(folder: Path) -> saddlepoint.Lab:
    """A model whose labels, names and descriptions would be markup if anything took them for it."""
    demand = {label: 10.0 + k for k, label in enumerate(HOSTILE)}
    lines = [
        "sets:",
        f"  Places: {{items: {json.dumps(HOSTILE)}, description: {json.dumps(HOSTILE[0])}}}",
        f"  Cases: {{split_problem: true, items: {json.dumps([HOSTILE[1], 'plain'])}}}",
        "tables:",
        f"  need: {{type: exogenous, coordinates: [Places], unit: {json.dumps('<i>t</i>')}, variables_info: {{d: }}}}",
        "  cost: {type: exogenous, coordinates: [Cases], variables_info: {c: }}",
        f"  made: {{type: endogenous, coordinates: [Cases, Places], description: {json.dumps(HOSTILE[1])}, variables_info: {{x: {{nonneg: true}}}}}}",
        "problem:",
        '  objective: ["Minimize(c * sum(x, over=Places))"]',
        '  expressions: [{balance: "x >= d"}]',
        f"  description: [cost, {json.dumps(HOSTILE[3])}]",
        f"data: {{need: {json.dumps(demand)}, cost: {json.dumps({HOSTILE[1]: 2, 'plain': 3})}}}",
    ]
    (folder / "hostile.yml").write_text("\n".join(lines) + "\n", "utf-8")
    lab = saddlepoint.open(folder / "hostile.yml")
    lab.run()
    lab.write_report(folder / "hostile.html")
    return lab


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    room = tmp_path_factory.mktemp("pages")
    lab = saddlepoint.open(copy_example("energy_storage", room / "plan"))
    lab.run()
    lab.write_report(room / "plan" / "report.html")
    hostile(room)
    return room


class Elements(HTMLParser):
    """The elements of a page as a browser takes them, with the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script" and self.scripts[-1][1] == "":
            self.scripts[-1] = (self.scripts[-1][0], data)


def test_the_page_is_small_and_asks_for_nothing(pages: Path) -> None:
    text = (pages / "plan" / "report.html").read_text("utf-8")
    assert len(text.encode()) < 6e6
    page = Elements(text)
    asked = [
        (tag, k, v)
        for tag, attrs in page.tags
        for k, v in attrs.items()
        if k in ("src", "href", "action", "srcset") and v
    ]
    assert [a for a in asked if not a[2].startswith(("#", "data:"))] == []
    policy = next(
        attrs["content"]
        for tag, attrs in page.tags
        if tag == "meta" and attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    run = [body for attrs, body in page.scripts if "type" not in attrs]
    hashes = {base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in run}
    assert len(run) >= 10
    assert hashes == set(re.findall(r"'sha256-([^']+)'", policy))


def test_the_page_holds_the_numbers_of_the_database(pages: Path) -> None:
    page = Elements((pages / "plan" / "report.html").read_text("utf-8"))
    data = json.loads(next(body for attrs, body in page.scripts if attrs.get("id") == "data"))
    packed = next(body for attrs, body in page.scripts if attrs.get("id") == "numbers")
    numbers = np.frombuffer(gzip.decompress(base64.b64decode(packed)))
    table = next(t for t in data["tables"] if t["name"] == "generation")
    first, length = table["columns"]["values"]
    stored = saddlepoint.open(pages / "plan").show("generation")
    assert table["axes"] == ["Prices", "Tech", "Hours"]
    np.testing.assert_array_equal(numbers[first : first + length], [row[-1] for row in stored.rows])


def test_outcomes_stand_in_the_order_of_their_sets_after_a_partial_run(tmp_path: Path) -> None:
    lab = saddlepoint.open(copy_example("production_planning", tmp_path / "plan"))
    lab.run()
    lab.run(scenarios=["Scenarios_energy=low"])
    lab.write_report(tmp_path / "page.html")
    page = Elements((tmp_path / "page.html").read_text("utf-8"))
    data = json.loads(next(body for attrs, body in page.scripts if attrs.get("id") == "data"))
    found = data["outcomes"]["columns"]
    assert list(zip(found["Scenarios_energy"], found["Scenarios_material"], strict=True)) == [
        ("low", "low"), ("low", "high"), ("high", "low"), ("high", "high"),
    ]  # fmt: skip


def test_hostile_labels_are_text(pages: Path) -> None:
    page = Elements((pages / "hostile.html").read_text("utf-8"))
    assert not [
        tag for tag, attrs in page.tags if tag in ("img", "b", "i") or any(k.startswith("on") for k in attrs)
    ]
    assert not any(
        "alert(1)" in body or "alert(2)" in body for attrs, body in page.scripts if "type" not in attrs
    )
    data = json.loads(next(body for attrs, body in page.scripts if attrs.get("id") == "data"))
    assert next(s for s in data["sets"] if s["name"] == "Places")["items"] == list(HOSTILE)


def test_a_click_narrows_everything(pages: Path, opened: Any) -> None:
    tab = opened(pages / "plan" / "report.html")
    assert tab.inner_text("#choice-said") == "all 2 scenarios"
    assert len(cells(tab, "#scenario-table")) == 2
    before = tab.inner_text("#summary-cards")
    tab.click('#scenario-table button:text-is("high")')
    assert "1 of 2" in tab.inner_text("#choice-said")
    assert [row[1] for row in cells(tab, "#scenario-table")] == ["high"]
    assert tab.inner_text("#summary-cards") != before
    for section in ("#plans", "#prices"):
        assert all("high" in row and "low" not in row for row in cells(tab, section))
    tab.click(".chip")
    assert len(cells(tab, "#scenario-table")) == 2
    tab.click("#binding-table .tabulator-row >> nth=0 >> button")
    assert "binds" in tab.inner_text("#choice")
    tab.click("text=Choose all")
    tab.select_option("#plans-which", "report_used")
    assert "used" in tab.inner_text("#plans figure ~ *, #plans .cells") or cells(tab, "#plans")
    tab.click("#mathematics button.numbers >> nth=0")
    rows = cells(tab, "#compare")
    assert [r[0] for r in rows[:2]] == ["objective [EUR]", "emissions [t]"]


def test_a_slider_solves_again(pages: Path, opened: Any) -> None:
    tab = opened(pages / "plan" / "report.html")
    lab = saddlepoint.open(pages / "plan")
    here = tab.get_attribute("#living", "data-objective")
    assert float(here) == pytest.approx(float(lab.solve().objective[""][0]), rel=1e-9)
    labels = tab.eval_on_selector_all(".slider label", "all => all.map(e => e.textContent)")
    slider = f"#slider-{labels.index('demand')}"
    tab.eval_on_selector(slider, "e => { e.value = 120; e.dispatchEvent(new Event('input')); }")
    assert tab.get_attribute("#living", "data-status") == "optimal"
    assert float(tab.get_attribute("#living", "data-objective")) > float(here)
    battery = f"#slider-{labels.index('battery')}"  # at 110 % a plan has a number of 1e-15 beside a relation of zeros
    tab.eval_on_selector(slider, "e => { e.value = 100; e.dispatchEvent(new Event('input')); }")
    tab.eval_on_selector(battery, "e => { e.value = 110; e.dispatchEvent(new Event('input')); }")
    assert tab.get_attribute("#living", "data-status") == "optimal"
    tab.eval_on_selector(battery, "e => { e.value = 100; e.dispatchEvent(new Event('input')); }")
    tab.eval_on_selector(slider, "e => { e.value = 120; e.dispatchEvent(new Event('input')); }")
    tab.focus(slider)
    tab.keyboard.press("ArrowRight")
    assert "121 %" in tab.inner_text(f".slider:has({slider}) output")
    tab.click("text=Objective over the slider moved last")
    assert tab.query_selector("#living svg") is not None


def test_hostile_labels_do_nothing_in_a_browser(pages: Path, opened: Any) -> None:
    tab = opened(pages / "hostile.html")
    for table in ("made", "need"):
        tab.select_option("#plans-which", table)
        shown = tab.inner_text("#plans")
        assert HOSTILE[0] in shown
    tab.locator("#plans .cells button", has_text=HOSTILE[4]).first.click()
    assert HOSTILE[4] in tab.inner_text("#choice")
    assert tab.eval_on_selector_all("img, script[src], #plans b, #plans i", "all => all.length") == 0


def test_keyboard_and_contrast(pages: Path, opened: Any) -> None:
    tab = opened(pages / "plan" / "report.html")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(40):
        tab.keyboard.press("Tab")
        reached.add(
            tab.evaluate(
                "document.activeElement.closest('section, nav, #choice')?.id || document.activeElement.tagName"
            )
        )
    assert {"choice", "scenarios"} <= reached
    tab.focus("#scenario-table button.link")
    tab.keyboard.press("Enter")
    assert "1 of 2" in tab.inner_text("#choice-said")
    assert tab.evaluate(UNNAMED) == []
    assert tab.evaluate(CONTRAST) == []


def test_a_picture_to_click_in(pages: Path, opened: Any) -> None:
    lab = saddlepoint.open(pages / "plan")
    assert lab.plot("generation", pages / "plan" / "one.html") == "page"
    tab = opened(pages / "plan" / "one.html")
    assert tab.eval_on_selector_all("#plans svg", "all => all.length") >= 2
    tab.locator(".legend button", has_text="wind").click()
    assert {row[1] for row in cells(tab, "#plans")} == {"wind"}


@pytest.mark.parametrize("held", [False, True])
def test_the_page_prints_whole_as_soon_as_it_has_loaded(pages: Path, browser: Any, held: bool) -> None:
    """held: timers wait for the page, as on a busy machine; no table on the screen is built then."""
    tab = browser.new_page()
    if held:
        tab.add_init_script("window.setTimeout = () => 0")
    tab.add_init_script(
        "addEventListener('load', () => { window.filled = document.querySelectorAll('#plans svg').length; "
        "dispatchEvent(new Event('beforeprint')); window.printed = document.querySelectorAll('.paper tbody tr').length; })"
    )
    tab.goto((pages / "plan" / "report.html").as_uri())
    assert tab.evaluate("window.filled") > 0
    assert tab.evaluate("window.printed") > 60
    tab.close()


def test_the_page_prints(pages: Path, opened: Any) -> None:
    tab = opened(pages / "plan" / "report.html")
    made = tab.pdf(format="A4")
    assert made.startswith(b"%PDF")
    assert len(made) > 50_000
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    assert not tab.locator("#living").is_visible()  # nothing was tried
    assert not tab.locator(".tabulator").first.is_visible()
    parts = tab.eval_on_selector_all(
        "#plans .paper table", "ts => ts.map(t => [...t.querySelectorAll('th')].map(h => h.textContent))"
    )
    hours = [title for part in parts for title in part if title not in ("Prices", "Tech")]
    assert len(parts) > 1 and hours == [str(k) for k in range(1, 25)]  # every hour, in parts of the page
    wide = "ts => ts.map(t => t.getBoundingClientRect().width)"
    assert max(tab.eval_on_selector_all(".paper table", wide)) <= 1.1 * 794  # A4 at 96 dots per inch
    assert tab.locator("#binding-table .paper tbody tr").count() == 60
    assert tab.locator("#binding-table .paper", has_text="The first 60 of").count() == 1
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert tab.locator(".paper").count() == 0


def test_what_was_tried_is_printed(pages: Path, opened: Any) -> None:
    tab = opened(pages / "plan" / "report.html")
    slider = tab.locator(".slider", has_text="demand").first.locator("input")
    slider.evaluate("s => { s.value = 110; s.dispatchEvent(new Event('input')) }")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    tab.emulate_media(media="print")
    living = tab.locator("#living")
    assert living.is_visible()
    assert "Moved: demand" in living.inner_text() and "110 %" in living.inner_text()
    changes = living.locator(".paper").first.locator("tbody tr td:last-child").all_inner_texts()
    assert 0 < len(changes) <= 40 and changes[0] != "0"


def data_of(path: Path) -> dict[str, Any]:
    page = Elements(path.read_text("utf-8"))
    found: dict[str, Any] = json.loads(
        next(body for attrs, body in page.scripts if attrs.get("id") == "data")
    )
    return found


def test_kept_runs_are_there_to_compare_and_stale_results_are_said(tmp_path: Path, opened: Any) -> None:
    lab = saddlepoint.open(copy_example("energy_storage", tmp_path / "plan"))
    lab.run(name="base", note="before the tax")
    before = float(lab.solve().objective[""][0])
    costs = tmp_path / "plan" / "input_data" / "carbon_price.csv"
    costs.write_text(costs.read_text("utf-8").replace("low,25", "low,50"), "utf-8")
    lab.write_report(tmp_path / "plan" / "old.html")
    assert (
        "carbon_price"
        in (tmp_path / "plan" / "old.html").read_text("utf-8").split('role="note"')[1].split("</p>")[0]
    )
    lab.run()
    lab.write_report(tmp_path / "plan" / "new.html")
    assert 'role="note"' not in (tmp_path / "plan" / "new.html").read_text("utf-8")
    lab.keep("taxed")  # what is kept of the run on the page is not compared with it
    lab.write_report(tmp_path / "plan" / "new.html", force=True)
    (kept,) = data_of(tmp_path / "plan" / "new.html")["kept"]
    assert (kept["name"], kept["note"], kept["outcomes"]["size"]) == ("base", "before the tax", 2)
    old = lab.write_report(tmp_path / "plan" / "base.html", run="base", against=["taxed"])
    assert "kept as &#x27;base&#x27;. before the tax" in old.read_text("utf-8")
    shown = data_of(old)
    assert [one["name"] for one in shown["kept"]] == ["taxed"]
    assert shown["outcomes"]["columns"]["objective"][0] == pytest.approx(before, rel=1e-9)
    assert shown["living"] is not None  # with the inputs of that run
    with pytest.raises(StoreError, match="B481"):
        lab.write_report(tmp_path / "plan" / "x.html", against=["nobody"])
    tab = opened(tmp_path / "plan" / "new.html")
    assert [tab.input_value("#compare-one"), tab.input_value("#compare-other")] == ["run base · low", "low"]
    runs = cells(tab, "#compare-runs")
    assert [row[0] for row in runs] == ["low", "high", "run base · low", "run base · high"]
    now = float(lab.solve().objective[""][0])
    assert float(runs[2][2].replace("\u2009", "")) == pytest.approx(now - before, rel=1e-4)
    rows = cells(tab, "#compare-cells")
    assert float(rows[0][2].replace("\u2009", "")) == pytest.approx(before, rel=1e-5)
    assert [row[0] for row in rows] == [
        "objective [EUR]",
        "emissions [t]",
        "mean price [EUR/MWh]",
        "renewable share",
    ]


def test_models_in_one_file_and_answers_without_plan(tmp_path: Path, opened: Any) -> None:
    (tmp_path / "m.yml").write_text(
        "sets: {C: {split_problem: true, items: [a, b]}}\ntables:\n  d: {type: exogenous, coordinates: [C], variables_info: {d: }}\n"
        "  x: {type: endogenous, coordinates: [C], variables_info: {x: {nonneg: true, upper: 5}}}\n"
        'problem: {objective: ["Minimize(x)"], expressions: [{need: "x >= d"}]}\ndata: {d: {a: 3, b: 9}}\n', "utf-8",
    )  # fmt: skip
    lab = saddlepoint.open(tmp_path / "m.yml")
    lab.run()
    lab.write_report(tmp_path / "m.html")
    tab = opened(tmp_path / "m.html")
    assert "1 optimal" in tab.inner_text("#summary-cards")
    assert "1 infeasible" in tab.inner_text("#summary-cards")
    assert "has no certified optimal plan" in tab.inner_text("#summary-warning")
    assert not tab.is_visible("#compare")  # one scenario alone has a plan
    told = tab.inner_text("#reasons")
    for part in (
        "b: infeasible",
        "No plan satisfies all of these together",
        "need\t\tx >= d",
        "lower d by 4, from 9 to 5",
    ):
        assert part in told
    tab.select_option("#living-scenario", "1")
    assert "no plan" in tab.inner_text("#living .verdict")


def test_a_page_without_any_plan_shows_why_and_the_inputs(tmp_path: Path, opened: Any) -> None:
    (tmp_path / "m.yml").write_text(
        "sets: {}\ntables:\n  d: {type: exogenous, coordinates: [], unit: <b>t</b>, variables_info: {d: }}\n"
        "  x: {type: endogenous, coordinates: [], variables_info: {x: {nonneg: true, upper: 5}}}\n"
        'problem: {objective: ["Minimize(x)"], expressions: ["x >= d"], description: [cost, "<i>enough</i>"]}\ndata: {d: 9}\n', "utf-8",
    )  # fmt: skip
    lab = saddlepoint.open(tmp_path / "m.yml")
    lab.run()
    tab = opened(lab.write_report(tmp_path / "m.html", living=False))
    told = tab.inner_text("#reasons")
    for part in ("c1\t\tx >= d\t<i>enough</i>\td", "lower d by 4 <b>t</b>, from 9 to 5"):
        assert part in told
    shown = {key for key in ("prices", "binding", "compare", "plans") if tab.is_visible(f"#{key}")}
    assert shown == {"plans"} and tab.inner_text("#plans-title") == "Inputs"
    assert "–" in tab.inner_text("#summary-cards")
    text = (tmp_path / "m.yml").read_text("utf-8").replace("d: 9", "d: 8")
    (tmp_path / "m.yml").write_text(text, "utf-8")
    old = saddlepoint.open(tmp_path / "m.yml").write_report(tmp_path / "old.html", living=False)
    assert "saddle diagnose</code> says why" in old.read_text(
        "utf-8"
    )  # of other inputs than those of the run


def test_rounding_is_shown_as_nothing_and_kept(tmp_path: Path, opened: Any) -> None:
    lab = saddlepoint.open(copy_example("energy_storage", tmp_path / "plan"))
    lab.run()
    with lab.store() as store, store.transaction():
        store.execute("update price_balance set price = 6.8e-13 where Hours_Name = '1'")
    path = lab.write_report(tmp_path / "plan.html", living=False)
    tab = opened(path)
    tab.select_option("#prices-which", "price_balance")
    assert [row[2] for row in cells(tab, "#prices") if row[0] == "1"] == ["0", "0"]
    assert 6.8e-13 in {cell for row in lab.show("price_balance").rows for cell in row}


def test_bars_of_nothing_have_no_length(tmp_path: Path, opened: Any) -> None:
    (tmp_path / "m.yml").write_text(
        "sets: {P: {items: [a, b]}, C: {split_problem: true, items: [low, high]}}\ntables:\n"
        "  plan: {type: endogenous, coordinates: [P, C], variables_info: {x: {P: {dim: rows}, nonneg: true}}}\n"
        'problem: {objective: ["Minimize(sum(x))"], expressions: [{room: "x <= 1"}]}\n',
        "utf-8",
    )
    lab = saddlepoint.open(tmp_path / "m.yml")
    lab.run()
    tab = opened(lab.write_report(tmp_path / "m.html", living=False))
    read = "(bars) => bars.map((bar) => bar.getBBox().width)"
    for section in ("#scenarios", "#plans", "#prices"):
        widths = tab.eval_on_selector_all(f"{section} svg [aria-label=bar] rect", read)
        assert widths and not any(widths), section


def test_a_page_of_a_model_with_a_policy_leads_to_it(tmp_path: Path) -> None:
    (tmp_path / "m.yml").write_text(
        "sets: {M: {items: 1..3}, R: {role: outcomes, along: M, items: [dry, wet]}}\ntables:\n"
        "  rain: {type: exogenous, coordinates: [M, R], variables_info: {rain: }}\n"
        "  x: {type: endogenous, coordinates: [M, R], variables_info: {x: {lower: 0}}}\n"
        'problem: {objective: ["Minimize(expect(x, over=R))"], expressions: [{need: "x + rain >= 3"}]}\n'
        "data: {rain: {1: {dry: 0, wet: 1}, 2: {dry: 0, wet: 1}, 3: {dry: 0, wet: 1}}}\n", "utf-8",
    )  # fmt: skip
    lab = saddlepoint.open(tmp_path / "m.yml")
    lab.load()
    path = lab.write_report(tmp_path / "m.html")
    assert "a policy and no one plan: saddle policy" in data_of(path)["unsolved"]
    assert "A price at an outcome (R) says" in path.read_text("utf-8")
    assert next(s for s in data_of(path)["sets"] if s["name"] == "R")["kind"] == "outcome"
    assert 'id="living"' not in path.read_text("utf-8")


def test_a_page_of_a_run_of_one_scenario_solves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows that scenario as it was found, and says who tells why it has no plan; the others are as the run before left them."""
    folder = copy_example("production_planning", tmp_path / "plan")
    lab = saddlepoint.open(folder)
    lab.run()
    problem = folder / "problem.yml"
    problem.write_text(problem.read_text("utf-8").replace("x >= 0", "x >= 1000"), "utf-8")
    lab = saddlepoint.open(folder)
    assert lab.run(scenarios=["Scenarios_energy=low"]).exit_code == 3

    def solved(*_: object, **__: object) -> None:
        raise AssertionError("a page has solved the model")

    monkeypatch.setattr("saddlepoint.study.running.run.solve", solved)
    path = lab.write_report(tmp_path / "page.html", living=False)
    html = path.read_text("utf-8")
    assert "2 scenarios have no plan or no finite optimum" in html
    assert "saddle diagnose" in html
    assert "There is a plan if you do one of these" not in html
    told = data_of(path)["outcomes"]
    assert sorted(told["columns"]["status"]) == ["infeasible", "infeasible", "optimal", "optimal"]


def test_a_table_that_is_too_large_stands_there_in_sums(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from saddlepoint.report.page import content

    lab = saddlepoint.open(copy_example("energy_storage", tmp_path / "plan"))
    lab.run()
    monkeypatch.setattr(content, "MOST_NUMBERS", 250)
    monkeypatch.setattr(content, "MOST_SUMMED", 60)
    path = lab.write_report(tmp_path / "plan.html", living=False)
    data, text = data_of(path), path.read_text("utf-8")
    found = {t["name"]: t for t in data["tables"]}
    name = next(n for n in found if n.startswith("generation"))
    assert name == "generation, sums over Hours" and "In sums" in text
    assert {n for n, t in found.items() if t["summed"]} == {n for n in found if n.partition(", ")[2]}
    packed = next(body for attrs, body in Elements(text).scripts if attrs.get("id") == "numbers")
    numbers = np.frombuffer(gzip.decompress(base64.b64decode(packed)))
    start, length = found[name]["columns"]["values"]
    with lab.store(readonly=True) as store:
        _, rows = store.select("select sum(value) from view_generation")
    assert numbers[start : start + length].sum() == pytest.approx(rows[0][0])
