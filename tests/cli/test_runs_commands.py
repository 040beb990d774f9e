"""Runs by name on the command line, what changed between them, and tables of any size."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import saddlepoint
import saddlepoint.errors
from saddlepoint.cli import saddle
from saddlepoint.cli.places import ResultPlace, place_of
from saddlepoint.declare.examples import copy_example


def _saddle(*words: object) -> Result:
    return CliRunner().invoke(saddle, [str(word) for word in words])


def _columns(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run 1 is kept as base; run 2 came after a dearer cost; nothing has changed since."""
    folder = copy_example("newsvendor", tmp_path_factory.mktemp("runs") / "plan")
    saddlepoint.open(folder).run(name="base", note="cheap paper")
    path = folder / "input_data" / "papers.csv"
    path.write_text(path.read_text().replace("weekly,cost,2", "weekly,cost,4"))
    saddlepoint.open(folder).run()
    return folder


def test_history_says_what_changed_and_what_was_found(plan: Path) -> None:
    runs = json.loads(_saddle("history", plan, "--json").stdout)["runs"]
    assert [(run["id"], run["name"], run["note"], run["kept"]) for run in runs] == [
        (2, "", "", False),
        (1, "base", "cheap paper", True),
    ]
    assert [run["changed"] for run in runs] == [["papers"], None]
    found = saddlepoint.open(plan).outcomes(1)
    for problem, between in runs[1]["objectives"].items():
        own = [o.objective for o in found if o.problem == problem and o.objective is not None]
        assert between == [min(own), max(own)]
    assert runs[1]["scenarios"] == {"optimal": len(found)}
    assert "papers" in _saddle("history", plan).stdout


def test_a_kept_run_is_shown_in_place_of_the_folder(plan: Path) -> None:
    lab = saddlepoint.open(plan)
    key = next(iter(lab.solve().tables))
    now, then = (
        json.loads(_saddle("show", place, key, "--json").stdout)["rows"] for place in (plan, f"{plan}@base")
    )
    assert then == [list(row) for row in lab.show(key, run="base").rows]
    assert now != then
    assert f"{key}  " in _saddle("runs", "show", plan, "base").stdout
    assert [run["name"] for run in json.loads(_saddle("runs", plan, "--json").stdout)["runs"]] == ["base"]


def test_a_kept_run_is_drawn(plan: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    key = next(iter(saddlepoint.open(plan).solve().tables))
    assert _saddle("plot", f"{plan}@base", key).exit_code == 0
    assert (plan / f"{key}_base.png").exists()
    drawn = [tmp_path / "now.svg", tmp_path / "then.svg"]
    for place, output in zip((plan, f"{plan}@base"), drawn, strict=True):
        assert _saddle("plot", place, key, "-o", output).exit_code == 0
    assert drawn[0].read_text() != drawn[1].read_text()
    assert _saddle("plot", f"{plan}@nope", key).exit_code == 1


def test_results_older_than_the_model_are_said_to_be_so(plan: Path) -> None:
    _saddle("runs", "restore", plan, "base")
    key = next(iter(saddlepoint.open(plan).model.problems[0].decides))
    shown = _saddle("show", plan, key)
    assert "before papers changed" in shown.stderr
    assert f"`saddle run {plan}`" in shown.stderr
    assert "older" in json.loads(_saddle("show", plan, key, "--json").stdout)["stale"]
    assert "stale" in _saddle("export", plan, "--to", "csv", "-o", plan / "out").stderr
    assert not _saddle("show", f"{plan}@base", key).stderr
    saddlepoint.open(plan).run()
    assert not _saddle("show", plan, key).stderr
    problem = plan / "problem.yml"
    text = problem.read_text()
    problem.write_text(text + "\n# a thought\n")
    assert "before problem.yml changed" in _saddle("show", plan, key).stderr
    problem.write_text(text)
    assert not _saddle("show", plan, key).stderr


def test_keep_and_drop(plan: Path) -> None:
    assert "kept as later" in _saddle("runs", "keep", plan, "later", "--note", "n").stdout
    assert _saddle("runs", "keep", plan, "12").exit_code == 1
    assert "saddle runs drop" in _saddle("runs", "keep", plan, "base").stderr
    assert "no longer kept" in _saddle("runs", "drop", plan, "later").stdout
    missing = _saddle("show", f"{plan}@later")
    assert "B481" in missing.stderr and "base" in missing.stderr
    assert _saddle("runs", "keep", plan).exit_code == 2


@pytest.mark.parametrize(
    ("text", "run", "scenario"),
    [
        ("plan", "", ""),
        ("plan@base", "base", ""),
        ("plan@base:low,high", "base", "low,high"),
        ("plan:low", "", "low"),
    ],
)
def test_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, run: str, scenario: str) -> None:
    (tmp_path / "plan").mkdir()
    (tmp_path / "a@b:c").mkdir()
    monkeypatch.chdir(tmp_path)
    assert place_of(text) == ResultPlace(Path("plan"), run, scenario)
    assert place_of("a@b:c") == ResultPlace(Path("a@b:c"))
    assert place_of("@base") == ResultPlace(Path(), "base")


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A year of hours by three technologies in two regions, as inputs."""
    folder = tmp_path_factory.mktemp("long") / "model.yml"
    hours = [f"h{k}" for k in range(200)]
    cells = "\n".join(
        f"    {h}: {{pv: {k % 24}, gas: {k}, wind: {-k if k == 7 else 0}}}" for k, h in enumerate(hours)
    )
    folder.write_text(
        f"""sets:
    Hours: {{items: [{", ".join(hours)}]}}
    Tech: {{aggregations: [fuel], items: {{pv: {{fuel: none}}, gas: {{fuel: gas}}, wind: {{fuel: none}}}}}}
tables:
    load: {{type: exogenous, coordinates: [Hours, Tech], unit: MW, variables_info: {{l: {{Hours: {{dim: rows}}, Tech: {{dim: cols}}}}}}}}
    gen: {{type: endogenous, coordinates: [Hours, Tech], variables_info: {{g: {{Hours: {{dim: rows}}, Tech: {{dim: cols}}}}}}}}
problem: {{objective: Minimize(sum(g)), expressions: ["g >= l"]}}
data:
  load:
{cells}
"""
    )
    saddlepoint.open(folder).run()
    return folder


def test_a_long_table_is_summed_up(long: Path) -> None:
    shown = _saddle("show", long, "load").stdout
    assert "load [MW]: 600 rows (200 Hours × 3 Tech)" in shown
    gas, pv = sum(range(200)), sum(k % 24 for k in range(200))
    assert f"total {gas + pv - 7:,}" in shown
    assert ["gas", f"{gas:,}"] in _columns(shown)
    assert ["h199", "gas", "199"] in _columns(shown)
    assert ["h0", "0", "0", "0"] in _columns(shown)
    assert max(map(len, shown.splitlines())) <= 120
    assert "--limit 0 shows all" in shown
    assert len(_saddle("show", long, "load", "--limit", 0).stdout.splitlines()) == 203
    prices = _saddle("show", long, "price_c1").stdout
    assert "600 bind" in prices and "total" not in prices


def test_sums_by_sets_and_groups(long: Path) -> None:
    gas, pv = sum(range(200)), sum(k % 24 for k in range(200))
    assert _columns(_saddle("show", long, "load", "--by", "Tech.fuel").stdout)[2:] == [
        ["none", f"{pv - 7:,}"],
        ["gas", f"{gas:,}"],
    ]
    both = ("--where", "Hours=h1", "--where", "Hours=h2", "--where", "Tech=gas")
    assert json.loads(_saddle("show", long, "load", *both, "--json").stdout)["rows"] == [
        [5, "h1", "gas", 1],
        [8, "h2", "gas", 2],
    ]
    assert _columns(_saddle("show", long, "load", "--by", "Tech", *both).stdout)[-1] == ["gas", "3"]
    for wrong in ("Nowhere", "Tech.colour"):
        assert "B012" in _saddle("show", long, "load", "--by", wrong).stderr


def test_runs_and_scenarios_are_compared(plan: Path) -> None:
    shown = _saddle("compare", f"{plan}@base", plan)
    assert shown.exit_code == 1
    assert shown.stdout.startswith("scenarios: ")
    assert "%)" in shown.stdout.split("\n")[1]
    assert "papers: " in shown.stdout
    assert _saddle("compare", f"{plan}@base", f"{plan}@base").exit_code == 0


def test_two_scenarios_of_one_folder(tmp_path: Path) -> None:
    folder = copy_example("production_planning", tmp_path / "plan")
    saddlepoint.open(folder).run()
    same = _saddle("compare", f"{folder}:low,low", f"{folder}:low,high", "--json")
    assert {d["table"] for d in json.loads(same.stdout)["differences"]} <= {"price_c2", "material_avail"}
    found = _saddle("compare", f"{folder}:low,low", f"{folder}:high,low").stdout
    assert "objective: 94.285714 and 120: +25.714286 (+27.27%)" in found
    assert "X480" in _saddle("compare", f"{folder}:low,nothing", folder).stderr


def test_sql_is_answered_and_writes_nothing(plan: Path) -> None:
    asked = _saddle("sql", plan, "select count(*) as runs from _runs where kept = 1", "--json")
    assert json.loads(asked.stdout) == {"columns": ["runs"], "rows": [[1]]}
    assert "would write" in _saddle("sql", plan, "delete from _runs").stderr
    for statement, told in {
        "selct 1": "syntax error",
        "select * from paper": "Did you mean 'papers'",
        "drop table papers": "would write",
        "select 1; select 2": "one statement",
        "select absent from papers": "no such column",
    }.items():
        said = _saddle("sql", plan, statement)
        assert "B640" in said.stderr and told in said.stderr and "report" not in said.stderr
        assert said.exit_code == 1


@pytest.mark.parametrize("word", ["keep", "drop", "restore", "show"])
def test_no_database_is_made_by_looking_for_a_run(word: str, tmp_path: Path) -> None:
    folder = copy_example("newsvendor", tmp_path / "new")
    said = _saddle("runs", word, folder, "base")
    assert said.exit_code == 1
    assert "B001" in said.stderr
    assert not (folder / "database.db").exists()


@pytest.mark.parametrize("words", [("show", "papers"), ("plot", "papers"), ("sql", "select 1")])
def test_what_reads_all_scenarios_takes_no_single_one(words: tuple[str, str], plan: Path) -> None:
    said = _saddle(words[0], f"{plan}:low,low", words[1])
    assert said.exit_code == 2
    assert "not low,low alone" in said.stderr


def test_a_wrong_word_is_no_folder(plan: Path) -> None:
    said = _saddle("runs", "forget", plan)
    assert said.exit_code == 2
    assert "'forget' is none of list, keep, drop, restore, show" in said.stderr


def test_an_unknown_table_is_answered_with_those_of_the_model(plan: Path) -> None:
    said = _saddle("show", plan, "zzz").stderr
    assert "Known: 'papers'" in said or "'papers'" in said.split("Known:")[1].split("'_")[0]


def test_tables_of_variables_and_parts_of_tables(tmp_path: Path) -> None:
    result = saddlepoint.open(copy_example("production_planning", tmp_path / "plan")).solve()
    table = result.table("x")
    assert table.key == "production"
    part = table.slice({"Products": ["product_2"], "Scenarios_energy": "high"})
    assert part.domain.shape == (1, 2)
    assert part.values[0].tolist() == pytest.approx([0.0, 300 / 29])
    for wrong in ({"Product": "product_1"}, {"Products": "product_3"}, {"Products": ["product_1", 1]}):
        with pytest.raises(saddlepoint.errors.UsageError, match="X481"):
            table.slice(wrong)  # type: ignore[arg-type]


def test_a_front_without_points_is_not_called_whole(tmp_path: Path) -> None:
    model = """
sets: {}
tables:
    out: {type: endogenous, coordinates: [], variables_info: {x: {lower: 0, upper: 4}}}
    need: {type: exogenous, coordinates: [], variables_info: {d: }}
problem:
    objective:
        - cost: Minimize(x)
        - less: Minimize(-2 * x)
    expressions: [served: x >= d]
data: {need: 9}
"""
    (tmp_path / "model.yml").write_text(model)
    said = _saddle("frontier", tmp_path / "model.yml")
    assert said.exit_code == 3
    assert "no front" in said.stdout and "All corners" not in said.stdout
