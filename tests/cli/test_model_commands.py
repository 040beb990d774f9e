"""The commands on model folders, through the group as the console script calls it."""

import json
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from saddlepoint.cli import saddle
from saddlepoint.cli.commands import COMMANDS
from saddlepoint.declare.examples import example_titles
from saddlepoint.files import Sheet, read_csv, read_workbook, write_workbook

GOLDEN = Path(__file__).parents[1] / "data" / "golden"
BASE = [(0, 42.857143), (0, 42.857143), (120, 0), (155.172414, 10.344828)]
FIXED = [(0, 42.857143), (0, 42.857143), (120, 0), (176.470588, 0)]
UNIT = [(1, 2.628571), (1, 2.628571), (1.6, 2.2), (1.882353, 2.2)]
BEST = [(88.235294, 0), (88.235294, 0), (120, 0), (176.470588, 0)]
BEST_UNIT = [(1.441176, 2.2), (1.441176, 2.2), (1.6, 2.2), (1.882353, 2.2)]


def _saddle(*line: object) -> Result:
    return CliRunner().invoke(saddle, [str(part) for part in line])


def _json(*line: object, code: int = 0) -> dict[str, object]:
    shown = _saddle(*line, "--json")
    assert shown.exit_code == code, shown.output
    return json.loads(shown.stdout)


def _table(folder: Path, table: str, column: str = "values") -> list[tuple[float, ...]]:
    """The numbers of a stored table, one tuple per scenario in the model's order."""
    shown = _json("show", folder, table, "--limit", 0)
    header = shown["columns"]
    assert isinstance(header, list)
    axes = [k for k, t in enumerate(header) if t.startswith("Scenarios_")]
    cells: dict[tuple[str, ...], list[float]] = {}
    for row in shown["rows"]:  # type: ignore[attr-defined]
        cells.setdefault(tuple(row[k] for k in axes), []).append(row[header.index(column)])
    order = [(e, m) for e in ("low", "high") for m in ("low", "high")]
    return [tuple(cells[key]) for key in order]


def _equal(found: list[tuple[float, ...]], truth: list[tuple[float, ...]]) -> None:
    for one, other in zip(found, truth, strict=True):
        assert one == pytest.approx(other, abs=1e-6)


@pytest.fixture(params=["yaml", "xlsx"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    more = ["--xlsx"] if request.param == "xlsx" else []
    assert _saddle("new", tmp_path / "base", "--from", "production_planning", *more).exit_code == 0
    assert (tmp_path / "base" / "model_settings.xlsx").exists() == (request.param == "xlsx")
    return tmp_path / "base"


@pytest.fixture(params=["yaml", "xlsx"])
def nonlinear(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    more = ["--xlsx"] if request.param == "xlsx" else []
    assert _saddle("new", tmp_path / "nl", "--from", "production_planning_nonlinear", *more).exit_code == 0
    return tmp_path / "nl"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """The base model from YAML."""
    assert _saddle("new", tmp_path / "plain", "--from", "production_planning").exit_code == 0
    return tmp_path / "plain"


def _mask(text: str, folder: Path) -> str:
    """The text without what differs between runs."""
    text = text.replace(str(folder.resolve()), "DIR")
    text = re.sub(r"residual of all answers is \S+\.", "residual of all answers is R.", text)
    return re.sub(r"took [0-9.]+ s", "took T s", text)


def _golden(name: str, text: str) -> None:
    assert text == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_base_model_has_the_published_plans_and_prices(base: Path) -> None:
    shown = _json("run", base)
    assert shown["counts"] == {"": {"optimal": 4}}
    assert shown["largest_residual"] <= 1e-6  # type: ignore[operator]
    objectives = [one["objective"] for one in shown["scenarios"]]  # type: ignore[attr-defined]
    assert objectives == pytest.approx([94.285714, 94.285714, 120.0, 177.931034], abs=1e-6)
    _equal(_table(base, "production"), BASE)
    energy, material = _table(base, "price_c1", "price"), _table(base, "price_c2", "price")
    assert (energy[3][0], material[3][0]) == pytest.approx((10 / 29, 24 / 29), abs=1e-6)
    assert [bool(b) for (b,) in _table(base, "price_c1", "binding")] == [True, True, False, True]
    assert [bool(b) for (b,) in _table(base, "price_c2", "binding")] == [False, False, True, True]


def test_nonlinear_model_has_consistent_fixed_points_and_logs(nonlinear: Path) -> None:
    shown = _json("run", nonlinear)
    assert shown["counts"] == {"production": {"fixed_point": 4}, "profit": {"fixed_point": 4}}
    assert [j["objective"] for j in shown["joint"]] == pytest.approx(  # type: ignore[attr-defined]
        [112.653061, 112.653061, 192.0, 332.179931], abs=1e-6
    )
    _equal(_table(nonlinear, "production"), FIXED)
    _equal(_table(nonlinear, "profit"), UNIT)
    log = (nonlinear / "convergence_high-high.log").read_text()
    for number in ("1.556e+00", "2.368e+01*", "3.009e-02", "1.485e-01*"):
        assert number in log
    assert {p.name for p in nonlinear.glob("*.log")} == {
        f"convergence_{e}-{m}.log" for e in ("low", "high") for m in ("low", "high")
    }


@pytest.mark.parametrize("option", [["--global"], ["--global", "8"], ["--global=8"]])
def test_global_finds_the_best_fixed_points(plain: Path, tmp_path: Path, option: list[str]) -> None:
    folder = tmp_path / "nl"
    _saddle("new", folder, "--from", "production_planning_nonlinear")
    shown = _json("run", *option, folder)
    assert [j["objective"] for j in shown["joint"]] == pytest.approx(  # type: ignore[attr-defined]
        [127.162630, 127.162630, 192.0, 332.179931], abs=1e-6
    )
    _equal(_table(folder, "production"), BEST)
    _equal(_table(folder, "profit"), BEST_UNIT)
    text = _saddle("run", folder, *option).output
    assert "different fixed points" in text or "fixed points seen" in text


def test_run_summary_of_the_base_model(plain: Path) -> None:
    shown = _saddle("run", plain)
    assert shown.exit_code == 0
    _golden("run_production_planning", _mask(shown.output, plain))


def test_run_summary_of_a_loop(tmp_path: Path) -> None:
    folder = tmp_path / "nonlinear"
    _saddle("new", folder, "--from", "production_planning_nonlinear")
    _golden("run_production_planning_nonlinear", _mask(_saddle("run", folder).output, folder))


def test_a_run_without_a_plan_prints_no_empty_tables(plain: Path) -> None:
    text = (plain / "problem.yml").read_text(encoding="utf-8")
    (plain / "problem.yml").write_text(text.replace("- x >= 0", "- x >= 1000000"), encoding="utf-8")
    shown = _saddle("run", plain)
    assert shown.exit_code == 3
    assert "infeasible" in shown.output
    assert "Prices" not in shown.output and "production: products" not in shown.output


def test_a_table_is_laid_out_as_in_a_run(plain: Path) -> None:
    _saddle("run", plain)
    head, _, first, *rest = _saddle("show", plain, "production").output.splitlines()
    assert head.split() == ["Products", "Scenarios_energy", "low", "high"]
    assert first.split() == ["product_1", "low", "0.000000", "0.000000"] and len(rest) == 3


def test_a_choice_of_scenarios_where_there_are_none(tmp_path: Path) -> None:
    _saddle("new", tmp_path / "m", "--from", "distribution")
    shown = _saddle("run", tmp_path / "m", "--scenario", "low")
    assert shown.exit_code == 2
    assert "this model has no scenarios to choose from" in shown.stderr


def test_remedies_name_the_command_with_its_folder(plain: Path) -> None:
    shown = _saddle("run", plain, "--exact", "--solver", "nothing")
    assert shown.exit_code == 2
    assert "`" not in shown.stderr or "DIR" not in shown.stderr


def test_explain(plain: Path) -> None:
    shown = _saddle("explain", plain)
    assert shown.exit_code == 0
    _golden("explain_production_planning", shown.output)


def test_check_finds_nothing_wrong_and_then_everything(plain: Path) -> None:
    assert _saddle("check", plain).output == "plain: nothing is wrong\n"
    problem = plain / "problem.yml"
    problem.write_text(problem.read_text().replace("tran(x) - E", "tran(y) - EE"))
    shown = _saddle("check", plain)
    assert shown.exit_code == 1
    assert "problem.yml:5" in shown.output
    assert "fix: Known: 'x'" in shown.output
    found = _json("check", plain, code=1)
    assert found["errors"] == 1
    assert all(f["code"].startswith("E") for f in found["findings"])  # type: ignore[attr-defined]


def test_examples_are_listed_with_what_they_are_about(tmp_path: Path) -> None:
    listed = _saddle("new", "--list").output.splitlines()[2:]
    assert [line.split()[0] for line in listed] == list(example_titles())
    assert all(len(line.split()) > 1 for line in listed)
    assert any(line.split(maxsplit=1)[1] == "Unit commitment: ten units, a day" for line in listed)


def test_a_new_folder_is_filled_step_by_step(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert _saddle("new", folder).exit_code == 0
    assert _saddle("check", folder).exit_code == 1
    example = tmp_path / "example"
    _saddle("new", example, "--from", "production_planning")
    for name in ("structure_sets.yml", "structure_variables.yml", "problem.yml"):
        (folder / name).write_text((example / name).read_text())
    shown = _saddle("template", folder)
    assert "sets.xlsx" in shown.output
    (folder / "sets.xlsx").write_bytes((example / "sets.xlsx").read_bytes())
    shown = _saddle("template", folder, "--layout", "csv")
    assert shown.exit_code == 0, shown.output
    energy = folder / "input_data" / "energy_avail.csv"
    assert read_csv(energy).column("Scenarios_energy_Name") == ["low", "high"]
    blank = _saddle("run", folder)
    assert blank.exit_code == 1
    assert "D00" in blank.output
    again = _saddle("template", folder)
    assert again.exit_code == 0
    assert "Nothing is missing" in again.output
    for table, numbers in {
        "energy_avail": [150, 300],
        "material_avail": [60, 90],
        "products_data": [1, 1.7, 0.5, 2.2, 3.5, 1.2],
    }.items():
        path = folder / "input_data" / f"{table}.csv"
        lines = path.read_text().splitlines()
        path.write_text(
            "\n".join(
                [lines[0], *(f"{line.rstrip(',')},{n}" for line, n in zip(lines[1:], numbers, strict=True))]
            )
        )
    assert _saddle("run", folder).exit_code == 0
    _equal(_table(folder, "production"), BASE)


def test_load_says_what_changed(plain: Path) -> None:
    assert "products_data: new" in _saddle("load", plain).output
    assert _saddle("load", plain).output == "Nothing has changed since the last load.\n"
    book = plain / "input_data" / "input_data.xlsx"
    sheets = read_workbook(book)
    energy = sheets["energy_avail"]
    cells = [[300.0 if c == 150 else c for c in column] for column in energy.columns]
    others = [s for s in sheets.values() if s.name != "energy_avail"]
    write_workbook(book, [*others, Sheet("energy_avail", energy.header, tuple(cells))])
    shown = _json("load", plain)
    assert [c["table"] for c in shown["changes"] if c["change"] == "values"] == ["energy_avail"]  # type: ignore[attr-defined]
    assert _saddle("run", plain).exit_code == 0
    assert _table(plain, "production")[0] == pytest.approx((120, 0), abs=1e-6)


def test_some_scenarios_replace_only_their_rows(plain: Path) -> None:
    _saddle("run", plain)
    with sqlite3.connect(plain / "database.db") as db:
        db.execute('UPDATE production SET "values" = -1')
    db.close()
    shown = _json("run", plain, "--scenario", "Scenarios_energy=high", "--scenarios", "0:1")
    assert [tuple(s["scenario"].values()) for s in shown["scenarios"]] == [  # type: ignore[attr-defined]
        ("low", "low"),
        ("high", "low"),
        ("high", "high"),
    ]
    found = _table(plain, "production")
    assert found[1] == (-1, -1)
    _equal([found[k] for k in (0, 2, 3)], [BASE[k] for k in (0, 2, 3)])
    text = _saddle("run", plain, "--scenario", "low,high").output
    assert "155.17" not in text


def test_infeasible_scenarios_end_with_3_and_have_no_numbers(plain: Path) -> None:
    problem = plain / "problem.yml"
    problem.write_text(problem.read_text().replace("    - x >= 0", "    - x >= 30"))
    shown = _saddle("run", plain)
    assert shown.exit_code == 3, shown.output
    assert "3 infeasible" in shown.output or "infeasible" in shown.output
    assert _table(plain, "production")[0] == (None, None)
    words = {s["status"] for s in _json("run", plain, code=3)["scenarios"]}  # type: ignore[attr-defined]
    assert "infeasible" in words


def test_a_loop_that_does_not_converge_ends_with_4(tmp_path: Path) -> None:
    folder = tmp_path / "nl"
    _saddle("new", folder, "--from", "production_planning_nonlinear")
    problem = folder / "problem.yml"
    problem.write_text(
        problem.read_text().replace("c - c_s @ diag(x) - c_0 == 0", "c + 4 * c_s @ diag(x) - c_0 == 0")
    )
    shown = _saddle("run", folder, "--limit", 5, "--scheme", "gauss_seidel")
    assert shown.exit_code == 4, shown.output
    assert "optimal" not in shown.output.split("Scenarios\n")[1].split("\n\n")[0]


def test_show_lists_and_filters(plain: Path) -> None:
    _saddle("run", plain)
    listed = _json("show", plain)["tables"]
    assert {t["table"]: t["kind"] for t in listed}["production"] == "result"  # type: ignore[attr-defined]
    shown = _saddle("show", plain, "production", "--where", "Products=product_1", "--limit", 2)
    assert "2 more rows" in shown.output
    assert "product_2" not in shown.output
    assert _saddle("show", plain / "database.db", "production").exit_code == 0


def test_history_and_scenarios(plain: Path) -> None:
    _saddle("run", plain, "--solver", "highs")
    runs = _json("history", plain)["runs"]
    assert runs[0]["command"] == "saddle run"  # type: ignore[index]
    assert runs[0]["options"] == {"solver": "highs"}  # type: ignore[index]
    assert runs[0]["exit"] == 0  # type: ignore[index]
    assert "saddle run" in _saddle("history", plain).output
    listed = _json("scenarios", "list", plain)
    assert listed["scenarios"] == [["low", "low"], ["low", "high"], ["high", "low"], ["high", "high"]]
    assert "Scenarios_energy" in _saddle("scenarios", "list", plain).output


def test_show_says_which_label_stands_in_no_row(plain: Path) -> None:
    _saddle("run", plain)
    shown = _saddle(
        "show", plain, "production", "--where", "Products=product_1", "--where", "Scenarios_energy=lw"
    )
    assert "No row has Scenarios_energy=lw. Did you mean 'low'?" in shown.output
    assert "product_1" not in shown.output


def test_global_without_a_loop_says_that_it_has_no_effect(plain: Path) -> None:
    said = "`--global N` has no effect"
    assert said in _saddle("run", plain, "--global").output
    assert said not in _saddle("run", plain).output


@pytest.mark.parametrize("target", ["xlsx", "csv", "parquet"])
def test_export_holds_the_same_as_the_store(plain: Path, tmp_path: Path, target: str) -> None:
    if target == "parquet":
        pytest.importorskip("pyarrow")
    _saddle("run", plain)
    output = tmp_path / ("out.xlsx" if target == "xlsx" else "out")
    shown = _saddle("export", plain, "--to", target, "--output", output)
    assert shown.exit_code == 0, shown.output
    assert _saddle("compare", plain, output).output.startswith("The same: ")
    again = _saddle("export", plain, "--to", target, "--output", output)
    assert again.exit_code == 1
    assert again.output.count("F042") == 1
    assert _saddle("export", plain, "--to", target, "--output", output, "--force").exit_code == 0


def test_exported_names_are_no_formulas(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    _saddle("new", folder, "--from", "production_planning")
    for path in (folder / "sets.xlsx", folder / "input_data" / "input_data.xlsx"):
        sheets = [
            Sheet(
                s.name,
                s.header,
                tuple([["@product_1", c][c != "product_1"] for c in column] for column in s.columns),
            )
            for s in read_workbook(path).values()
        ]
        write_workbook(path, sheets)
    assert _saddle("run", folder).exit_code == 0
    _saddle("export", folder, "--to", "csv")
    assert "'@product_1" in (folder / "export" / "production.csv").read_text()
    _saddle("export", folder)
    assert "@product_1" in read_workbook(folder / "export.xlsx")["production"].column("Products")
    with (folder / "export.xlsx").open("rb") as file:
        from zipfile import ZipFile

        parts = ZipFile(file)
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())
        parts.close()
    for place in (folder / "export", folder / "export.xlsx"):
        assert _saddle("compare", folder, place).exit_code == 0


def test_compare_finds_what_differs(plain: Path, tmp_path: Path) -> None:
    _saddle("run", plain)
    other = tmp_path / "other.db"
    other.write_bytes((plain / "database.db").read_bytes())
    assert _saddle("compare", plain, other).exit_code == 0
    with sqlite3.connect(other) as db:
        db.execute('UPDATE production SET "values" = "values" + 1 WHERE id = 4')
        db.execute("DELETE FROM energy_avail WHERE id = 1")
        db.execute("UPDATE _scenarios SET status = 'limit' WHERE Scenarios_energy_Name = 'high'")
    db.close()
    shown = _saddle("compare", plain, other)
    assert shown.exit_code == 1
    assert "production: 1 cell differs, by up to 1" in shown.output
    assert "energy_avail: 1 row only in the first" in shown.output
    assert "'optimal' and 'limit'" in shown.output
    assert "  low / low, status" not in shown.output and "\n  high / low, status: " in shown.output
    found = _json("compare", plain, other, code=1)
    assert {d["table"] for d in found["differences"]} == {"production", "energy_avail", "scenarios"}  # type: ignore[attr-defined]
    assert _saddle("compare", plain, other, "--absolute", "2").output.count("production") == 0


def test_solvers_and_operators() -> None:
    names = {line["name"]: line["installed"] for line in _json("solvers")["solvers"]}  # type: ignore[attr-defined]
    assert names["highs"]
    assert "highs" in _saddle("solvers").output
    records = {record["name"] for record in _json("operators")["operators"]}  # type: ignore[attr-defined]
    assert {"tran", "diag", "shift", "square"} <= records
    assert "shift" in _saddle("operators").output
    assert "arguments" in _saddle("operators", "shift").output
    wrong = _saddle("operators", "shfit")
    assert wrong.exit_code == 2
    assert "'shift'" in wrong.output


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (["run", "{tmp}/missing"], 1, ["F001", "no such folder"]),
        (["run", "{dir}/sets.xlsx"], 1, ["F001", "this is a file, and a model is a folder"]),
        (["run", "{tmp}"], 1, ["Y003", "saddle new"]),
        (["check", "{tmp}/missing"], 1, ["F001"]),
        (["show", "{tmp}/missing"], 1, ["F001"]),
        (["show", "{dir}"], 1, ["B001", "saddle run"]),
        (["history", "{dir}"], 1, ["B001"]),
        (["export", "{dir}"], 1, ["B001"]),
        (["run", "{dir}", "--scenario", "lw,high"], 2, ["K104", "'low'"]),
        (["run", "{dir}", "--scenario", "low"], 2, ["K102", "Scenarios_energy, Scenarios_material"]),
        (["run", "{dir}", "--scenario", "Energy=low"], 2, ["K101"]),
        (["run", "{dir}", "--scenarios", "7:9"], 2, ["K103"]),
        (["run", "{dir}", "--scenarios", "three"], 2, ["A:B"]),
        (["run", "{dir}", "--solver", "hihgs"], 2, ["L103", "'highs'"]),
        (["run", "{dir}", "--solver", "gurobi"], 2, ["L104", "gurobi"]),
        (["run", "{dir}", "--option", "no_such=1"], 2, ["L106"]),
        (["run", "{dir}", "--setting", "no_such"], 2, ["K=V"]),
        (
            ["run", "{dir}", "--option", "a=1", "--setting", "a=2"],
            2,
            ["a is given as 1 and as 2; give it once"],
        ),
        (["run", "{dir}", "--tolerance", "-1"], 2, ["X111"]),
        (["run", "{dir}", "--workers", "0"], 2, ["workers"]),
        (["run", "{dir}", "--norm", "l7"], 2, ["max_relative"]),
        (["run", "{dir}", "--chain", "a,b"], 2, ["K105"]),
        (["run", "{dir}", "--settings", "toml"], 2, ["yaml"]),
        (["run", "{dir}", "--settings", "xlsx"], 1, ["Y001", "model_settings.xlsx"]),
        (["new", "{dir}"], 1, ["F042", "problem.yml"]),
        (["new", "{dir}", "--from", "production_planning"], 1, ["F042"]),
        (["new", "{tmp}/x", "--from", "production_planing"], 2, ["X104", "'production_planning'"]),
        (["compare", "{dir}", "{tmp}/missing"], 2, ["X106"]),
        (["show", "{dir}", "production", "--where", "nonsense"], 2, ["SET=LABEL"]),
        (["rnu", "{dir}"], 2, ["'run'"]),
        (["run", "{dir}", "--no-such"], 2, ["--no-such"]),
    ],
)
@pytest.mark.usefixtures("without_gurobi")
def test_wrong_use_is_told_in_plain_words(
    plain: Path, tmp_path: Path, line: list[str], code: int, words: list[str]
) -> None:
    shown = _saddle(*(part.format(tmp=tmp_path, dir=plain) for part in line))
    assert shown.exit_code == code, shown.output
    for word in words:
        assert word in shown.output
    assert "Traceback" not in shown.output
    assert not (plain / "database.db").exists() or line[0] != "show"


def test_names_of_tables_are_proposed(plain: Path) -> None:
    _saddle("run", plain)
    for line in (["show", plain, "prodution"], ["export", plain, "--table", "prodution"]):
        shown = _saddle(*line)
        assert shown.exit_code == 2
        assert "'production'" in shown.output


def test_unexpected_errors_say_how_to_report(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from saddlepoint.lab import Lab

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by nothing")

    monkeypatch.setattr(Lab, "check", broken)
    shown = _saddle("check", plain)
    assert shown.exit_code == 1
    assert shown.output.startswith("unexpected error: ZeroDivisionError: by nothing\n")
    assert "SADDLE_DEBUG=1" in shown.output
    assert "Traceback" not in shown.output
    monkeypatch.setenv("SADDLE_DEBUG", "1")
    assert "Traceback" in _saddle("check", plain).output


def test_an_interrupt_ends_with_130(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _saddle("run", plain)
    before = (plain / "database.db").read_bytes()

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("saddlepoint.lab.solving.execute", interrupted)
    shown = _saddle("run", plain)
    assert shown.exit_code == 130
    assert (plain / "database.db").read_bytes() == before


def test_every_command_is_listed_and_helps() -> None:
    shown = _saddle("--help")
    assert shown.exit_code == 0
    for name, line in COMMANDS.items():
        assert name in shown.output
        assert line in shown.output
        assert _saddle(name, "--help").output.startswith(f"Usage: saddle {name}")


def test_many_scenarios_are_summed_up(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    _saddle("new", folder, "--from", "production_planning")
    sheets = read_workbook(folder / "sets.xlsx")
    items = [f"e{k}" for k in range(40)]
    tab = "_set_SCENARIOS_ENERGY"
    sheets[tab] = Sheet(tab, ("Scenarios_energy_Name",), (list(items),))
    write_workbook(folder / "sets.xlsx", list(sheets.values()))
    book = folder / "input_data" / "input_data.xlsx"
    inputs = read_workbook(book)
    header = ("Scenarios_energy_Name", "values")
    inputs["energy_avail"] = Sheet("energy_avail", header, (list(items), [100.0 + k for k in range(40)]))
    write_workbook(book, list(inputs.values()))
    shown = _saddle("run", folder)
    assert shown.exit_code == 0
    assert "The problem: 80 optimal" in shown.output
    assert "Objective of the problem: from 62.857143 to " in shown.output
    assert f"saddle show {folder} TABLE" in shown.output
    assert len(shown.output.splitlines()) < 15


def test_a_plan_of_any_size_is_shown(tmp_path: Path) -> None:
    """48 numbers with the scenarios across; 144 in parts of the last set; prices that are too many as ranges of the scenarios that were run."""
    _saddle("new", tmp_path / "m", "--from", "energy_storage")
    text = _saddle("run", tmp_path / "m", "--full").stdout
    parts = {part.splitlines()[0]: part.splitlines()[1:] for part in text.split("\n\n")}
    assert parts["charging [MW]"][0].split() == ["Hours", "low", "high"] and len(parts["charging [MW]"]) == 26
    assert parts["generation [MW]"][0].split()[:3] == ["Prices", "Tech", "1"]
    assert all(len(line) <= 120 for line in text.splitlines() if str(tmp_path) not in line)
    low = _saddle("run", tmp_path / "m", "--scenario", "low").stdout
    many = low.split("in a line for each")[1].splitlines()
    (output,) = (line.split() for line in many if line.split()[:1] == ["output"])
    assert output[2:4] == ["72", "55"]
    shown = _saddle("show", tmp_path / "m", "charging").stdout.splitlines()
    assert shown[1].split() == ["Hours", "low", "high"]


def test_a_plan_too_large_for_a_page_is_shown_in_sums(tmp_path: Path) -> None:
    hours = ", ".join(f"h{k:04d}" for k in range(500))
    needs = ", ".join(f"h{k:04d}: 8" for k in range(500))
    text = f"""
sets:
    Hours: {{items: [{hours}]}}
    Plants: {{items: [coal, gas]}}
tables:
    output: {{type: endogenous, coordinates: [Hours, Plants], unit: MWh, variables_info: {{x: {{lower: 0, upper: 6}}}}}}
    need: {{type: exogenous, coordinates: [Hours], variables_info: {{d: }}}}
    cost: {{type: exogenous, coordinates: [Plants], variables_info: {{c: }}}}
problem:
    objective: ["Minimize(sum(c * x, over=(Hours, Plants)))"]
    expressions: [met: "sum(x, over=Plants) >= d"]
data:
    cost: {{coal: 1, gas: 2}}
    need: {{{needs}}}
"""
    (tmp_path / "model.yml").write_text(text, encoding="utf-8")
    shown = _saddle("run", tmp_path / "model.yml").stdout
    assert "output [MWh]: 1,000 rows (500 Hours × 2 Plants), 1,000 not 0, total 4000, from 2 to 6" in shown
    assert (
        "  Plants  values\n  ------  ------\n  coal      3000\n  gas       1000\n  summed over Hours;"
        in shown
    )
    assert "summed over Hours" in shown
