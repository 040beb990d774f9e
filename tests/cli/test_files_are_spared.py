"""Nobody's files are harmed, whatever the command, the names in the model, or the links in its folder."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment

import saddlepoint
from saddlepoint.cli import saddle

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied("production_planning", tmp_path / "plan")


def copied(example: str, to: Path) -> Path:
    return Path(shutil.copytree(EXAMPLES / example, to, ignore=shutil.ignore_patterns("database.db*")))


def call(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(saddle, [str(a) for a in arguments])
    assert "unexpected" not in result.output and "Traceback" not in result.output, result.output
    return result.exit_code, result.output


def edit(database: Path, *statements: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def plain_model(folder: Path, table: str = "make", data: str = "a,1\nb,2\n") -> Path:
    """One decision per item, at least what the file `need.csv` says."""
    (folder / "input_data").mkdir(parents=True)
    (folder / "structure_sets.yml").write_text("K:\n")
    (folder / "structure_variables.yml").write_text(
        f'"{table}": {{type: endogenous, coordinates: [K], variables_info: {{x: {{K: {{dim: cols}}}}}}}}\n'
        "need: {type: exogenous, coordinates: [K], variables_info: {d: {K: {dim: cols}}}}\n"
    )
    (folder / "problem.yml").write_text("objective: [Minimize(sum(x))]\nexpressions: [x >= d]\n")
    (folder / "input_data" / "need.csv").write_text("K_Name,values\n" + data)
    book = Workbook()
    book.active.title = "_set_K"
    for row in ("K_Name", "a", "b"):
        book.active.append([row])
    book.save(folder / "sets.xlsx")
    return folder


def test_a_folder_results_of_the_users_own(folder: Path) -> None:
    pytest.importorskip("pyarrow")
    mine = folder / "results" / "thesis.docx"
    mine.parent.mkdir()
    mine.write_text("precious")
    code, said = call("run", folder, "--to", "parquet")
    assert (code, "F046" in said, "thesis.docx" in said) == (1, True, True)
    assert mine.read_text() == "precious"
    mine.rename(folder / "thesis.docx")
    assert call("run", folder, "--to", "parquet")[0] == 0
    mine.write_text("precious")
    assert call("run", folder, "--to", "parquet")[0] == 1
    assert mine.read_text() == "precious" and (folder / "results" / "production").is_dir()


def test_results_in_parquet_files_are_found_from_the_database(folder: Path) -> None:
    """The database holds none of them; who asks for one is told where it is."""
    pytest.importorskip("pyarrow")
    assert call("run", folder, "--to", "parquet")[0] == 0
    for command in ("show", "plot"):
        code, said = call(command, folder, "production")
        assert code == 2
        assert (
            "B011: database.db: there is no table 'production'; the folder results/production has it" in said
        )
        assert "run again without `--to parquet`" in said
    assert "Did you mean 'production'" in call("show", folder, "Production")[1]
    assert "to the folder results: production, " in call("show", folder)[1]
    assert call("run", folder)[0] == 0
    assert call("show", folder, "production")[0] == 0


def test_a_link_named_results(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "elsewhere").mkdir()
    (folder / "results").symlink_to(tmp_path / "elsewhere")
    for _ in range(2):
        code, said = call("run", folder, "--to", "parquet")
        assert (code, "F040" in said) == (1, True)
    (folder / "results").unlink()
    assert call("run", folder, "--to", "parquet")[0] == 0
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize(
    "name", ["../../../evil", "/tmp/evil-by-name", "con", "a/b", "..", "x" * 300, "ä" * 200, "-rf"]
)
def test_names_make_no_paths(tmp_path: Path, name: str) -> None:
    pytest.importorskip("pyarrow")
    folder = plain_model(tmp_path / "deep" / "deeper" / "m", name)
    before = {p for p in tmp_path.rglob("*") if folder not in p.parents}
    assert call("run", folder, "--to", "parquet")[0] == 0
    assert call("run", folder)[0] == 0
    for to in ("csv", "parquet", "xlsx"):
        assert call("export", folder, "--to", to, "--force")[0] == 0
    assert call("plot", folder, "--", name)[0] == 0
    assert {p for p in tmp_path.rglob("*") if folder not in p.parents} == before
    assert not Path("/tmp/evil-by-name").exists()
    found = [
        p
        for p in (folder / "results").iterdir()
        if p.is_dir() and not p.name.startswith(("_s", "price", "red"))
    ]
    assert len(found) == 1


def test_a_template_for_a_name_that_is_no_file_name_is_found_again(tmp_path: Path) -> None:
    folder = plain_model(tmp_path / "m")
    settings = folder / "structure_variables.yml"
    settings.write_text(settings.read_text().replace("need:", '"need/more":'))
    (folder / "input_data" / "need.csv").unlink()
    assert call("template", folder, "--layout", "csv")[0] == 0
    (path,) = (folder / "input_data").iterdir()
    path.write_text("K_Name,values\na,1\nb,2\n")
    assert call("run", folder)[0] == 0


@pytest.mark.parametrize("command", ["dispatch", "sweep", "buffers"])
def test_tables_and_pictures_overwrite_when_asked(tmp_path: Path, command: str) -> None:
    pytest.importorskip("matplotlib")
    asked = {
        "dispatch": ["--random", 3, "--mean", 100],
        "sweep": ["--random", 3, "--mean", "100"],
        "buffers": ["--mean", 100, "--std", 5],
    }[command]
    files = {"--xlsx": tmp_path / "keep.xlsx", "--plot": tmp_path / "keep.png"}
    if command == "buffers":
        del files["--plot"]
    for option, path in files.items():
        path.write_text("precious")
        code, said = call(command, *asked, option, path)
        assert (code, "F042" in said, path.read_text()) == (1, True, "precious")
        assert call(command, *asked, option, path, "--force")[0] == 0
        assert path.read_bytes()[:4] != b"prec"


def test_output_into_the_database_of_another_model(folder: Path, tmp_path: Path) -> None:
    other = copied("blending", tmp_path / "mixing")
    assert call("run", other)[0] == 0
    before = call("show", other, "mix")
    for _ in range(2):
        code, said = call("run", folder, "--output", other / "database.db")
        assert (code, "B020" in said, "'mixing'" in said) == (1, True, True)
        assert call("show", other, "mix") == before
    shutil.copy(other / "database.db", tmp_path / "part.db")
    assert "B020" in call("run", folder, "--output", tmp_path / "part.db")[1]
    edit(tmp_path / "part.db", "DELETE FROM _model")
    assert "B020" in call("run", folder, "--output", tmp_path / "part.db")[1]


def test_output_into_a_database_of_the_same_model(folder: Path, tmp_path: Path) -> None:
    twin = Path(shutil.copytree(folder, tmp_path / "twin"))
    part = tmp_path / "part.db"
    for place in (folder, twin, folder):
        assert call("run", place, "--output", part)[0] == 0
    problem = folder / "problem.yml"
    problem.write_text(problem.read_text() + "\n# another version of the same model\n")
    assert call("run", folder, "--output", part)[0] == 0
    assert not (folder / "database.db").exists()


@pytest.mark.parametrize("to", ["xlsx", "csv"])
def test_no_export_through_a_link_out_of_the_model(folder: Path, tmp_path: Path, to: str) -> None:
    call("run", folder)
    outside = tmp_path / "outside"
    outside.mkdir()
    (folder / "export").symlink_to(outside)
    (folder / "export.xlsx").symlink_to(outside / "book.xlsx")
    for asked in ([], ["--force"], ["-o", folder / "export" / "deeper"]):
        code, said = call("export", folder, "--to", to, *asked)
        assert (code, "F040" in said) == (1, True)
    assert "F040" in call("run", folder, "--output", folder / "export" / "part.db")[1]
    assert list(outside.iterdir()) == []
    assert call("export", folder, "--to", to, "-o", outside / "mine")[0] == 0


def test_an_export_does_not_overwrite_a_link_that_leads_nowhere(folder: Path, tmp_path: Path) -> None:
    call("run", folder)
    (tmp_path / "book.xlsx").symlink_to(tmp_path / "nowhere")
    assert "F042" in call("export", folder, "-o", tmp_path / "book.xlsx")[1]
    assert (tmp_path / "book.xlsx").is_symlink()


@pytest.mark.parametrize("command", [["run"], ["load"], ["merge"]])
def test_a_model_that_cannot_be_loaded_leaves_no_database(tmp_path: Path, command: list[str]) -> None:
    folder = plain_model(tmp_path / "m", data="a,1\nb,many\n")
    part = tmp_path / "part.db"
    call("run", plain_model(tmp_path / "good"), "--output", part)
    code, said = call(*command, folder, *([part] if command == ["merge"] else []))
    assert (code, "D006" in said) == (1, True)
    assert sorted(p.name for p in folder.iterdir() if p.name.endswith((".db", ".part", "-journal"))) == []


def test_a_database_of_zero_bytes(folder: Path) -> None:
    (folder / "database.db").touch()
    for command in ("run", "show", "history", "load"):
        code, said = call(command, folder)
        assert (code, "B021" in said) == (1, True)
    assert (folder / "database.db").read_bytes() == b""


@pytest.mark.parametrize(
    ("solver", "setting"),
    [
        ("highs", "log_file=x.log"),
        ("highs", "write_model_file=x.mps"),
        ("highs", "write_model_to_file=true"),
        ("clarabel", "dump_path=x"),
        ("osqp", "save_file=x"),
    ],
)
def test_solvers_write_no_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch, solver: str, setting: str
) -> None:
    pytest.importorskip({"highs": "highspy"}.get(solver, solver))
    monkeypatch.chdir(folder)
    before = {p.name for p in folder.iterdir()}
    code, said = call("run", ".", "--solver", solver, "--setting", setting)
    assert (code, "L108" in said) == (2, True)
    assert {p.name for p in folder.iterdir()} - before == {"database.db"}


def test_a_number_changed_inside_the_database(folder: Path) -> None:
    assert call("run", folder)[0] == 0
    database = folder / "database.db"
    before = call("show", folder, "production")
    edit(database, 'UPDATE products_data SET "values" = 17 WHERE id = 1')
    for command in (["run"], ["load"], ["explain"], ["merge", database]):
        code, said = call(command[0], folder, *command[1:])
        assert (code, "B022" in said, "products_data" in said, "--accept" in said) == (1, True, True, True)
    assert call("show", folder, "production") == before
    assert "products_data: 1 cells changed" in call("load", folder, "--force")[1]
    assert call("run", folder)[0] == 0
    assert call("show", folder, "production") == before


def test_a_number_changed_inside_the_database_and_accepted(folder: Path) -> None:
    lab = saddlepoint.open(folder)
    lab.run()
    edit(folder / "database.db", 'UPDATE products_data SET "values" = 17 WHERE id = 1')
    assert "products_data" in call("load", folder, "--accept")[1]
    assert call("run", folder)[0] == call("run", folder)[0] == 0
    runs = lab.history()
    assert runs[0].inputs_hash == runs[1].inputs_hash != runs[-1].inputs_hash
    book = folder / "input_data" / "input_data.xlsx"
    changed = load_workbook(book)
    changed["energy_avail"]["A1"].comment = Comment("seen", "me")
    changed.save(book)
    assert call("run", folder)[0] == 0
    with closing(sqlite3.connect(folder / "database.db")) as store:
        assert store.execute("SELECT count(*) FROM _tables WHERE accepted = 1").fetchall() == [(0,)]
        assert store.execute('SELECT "values" FROM products_data WHERE id = 1').fetchall() != [(17.0,)]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE products_data SET Products_Name = CASE id WHEN 1 THEN 'x' ELSE Products_Name END",
        "DELETE FROM energy_avail WHERE id = 1",
        'UPDATE energy_avail SET "values" = NULL WHERE id = 1',
        "UPDATE _tables SET content = 'ff' WHERE name = 'energy_avail'",
    ],
)
def test_other_ways_of_changing_an_input_are_seen(folder: Path, statement: str) -> None:
    assert call("run", folder)[0] == 0
    edit(folder / "database.db", statement)
    code, said = call("run", folder)
    assert code == 1 and ("B022" in said or "B013" in said), said
    assert call("load", folder, "--force")[0] == call("run", folder)[0] == 0


def test_what_is_ignored_is_named_by_every_run(tmp_path: Path) -> None:
    folder = plain_model(tmp_path / "m")
    inputs = folder / "input_data"
    (inputs / "need.csv").write_text("K_Name,Region,values\na,north,1\nb,south,2\n")
    (inputs / "need_south.csv").write_text("K_Name,values\na,1\n")
    (inputs / "make.csv").write_text("K_Name,values\na,1\n")
    for command in ("check", "run", "run", "load"):
        code, said = call(command, folder)
        assert code == 0 and all(name in said for name in ("'Region'", "'need_south'", "'make'")), said
    said = call("run", folder, "--json")[1]
    assert '"D012"' in said and '"D008"' in said
    for name in ("need_south.csv", "make.csv"):
        (inputs / name).unlink()
    said = call("run", folder)[1]
    assert "'Region'" in said and "need_south" not in said


def test_scenarios_of_earlier_runs_go_with_the_run_that_replaces_them(folder: Path) -> None:
    assert call("run", folder)[0] == 0
    (folder / "scenarios.yml").write_text(
        "overrides: {less: {table: energy_avail, multiply: 0.9}}\nruns: {tight: [less]}\n"
    )
    assert call("run", folder)[0] == 0
    assert call("export", folder, "--to", "csv")[0] == 0
    rows = (folder / "export" / "scenarios.csv").read_text().splitlines()
    assert len(rows) == 1 + 8
    (folder / "scenarios.yml").unlink()
    assert call("run", folder, "--scenario", "low,low")[0] == 0
    assert call("run", folder)[0] == 0
    assert call("export", folder, "--to", "csv", "--force")[0] == 0
    assert len((folder / "export" / "scenarios.csv").read_text().splitlines()) == 1 + 4
    assert len(saddlepoint.open(folder).history()) == 4


def test_compare_names_the_rows_of_one_side(folder: Path, tmp_path: Path) -> None:
    twin = Path(shutil.copytree(folder, tmp_path / "twin"))
    assert call("run", folder)[0] == call("run", twin)[0] == 0
    edit(twin / "database.db", "DELETE FROM production WHERE id IN (1, 2)")
    code, said = call("compare", folder, twin)
    assert code == 1 and "production: 2 rows only in the first" in said
    assert said.count(": only in the first\n") == 2
    assert "only in the second" in call("compare", twin, folder)[1]
    assert '"missing_rows"' in call("compare", folder, twin, "--json")[1]


def test_check_sees_a_database_that_a_run_could_not_use(folder: Path) -> None:
    database = folder / "database.db"
    database.write_text("no database at all")
    assert "B003" in call("check", folder)[1]
    database.write_text("")
    assert "B021" in call("check", folder)[1]
    database.unlink()
    edit(database, "CREATE TABLE bookmarks (url TEXT)")
    assert "B006" in call("check", folder)[1]
    database.unlink()
    call("run", folder)
    assert call("check", folder)[0] == 0
    edit(database, 'UPDATE products_data SET "values" = 17 WHERE id = 1')
    assert "B022" in call("check", folder)[1]
    edit(database, "CREATE TRIGGER t AFTER INSERT ON production BEGIN DELETE FROM production; END")
    assert "B009" in call("check", folder)[1]


def test_a_scenario_that_is_no_more_goes_with_a_run_of_some(tmp_path: Path) -> None:
    folder = plain_model(tmp_path / "m")
    (folder / "structure_sets.yml").write_text("K:\nC: {split_problem: true}\n")
    settings = folder / "structure_variables.yml"
    settings.write_text(settings.read_text().replace("[K]", "[K, C]"))

    def items(*cases: str) -> None:
        book = load_workbook(folder / "sets.xlsx")
        if "_set_C" in book:
            del book["_set_C"]
        sheet = book.create_sheet("_set_C")
        for row in ("C_Name", *cases):
            sheet.append([row])
        book.save(folder / "sets.xlsx")
        rows = [f"{k},{c},1" for k in "ab" for c in cases]
        (folder / "input_data" / "need.csv").write_text("\n".join(["K_Name,C_Name,values", *rows]) + "\n")

    items("one", "two", "three")
    assert call("run", folder)[0] == 0
    items("one", "zwei", "three")
    assert call("run", folder, "--scenario", "zwei")[0] == 0
    assert call("export", folder, "--to", "csv")[0] == 0
    for table, each in (("make", 2), ("scenarios", 1), ("price_c1", 2)):
        said = (folder / "export" / f"{table}.csv").read_text()
        assert (said.count("two"), said.count("zwei"), said.count("three")) == (0, each, each), said


def test_logs_and_leftovers_beside_the_database(tmp_path: Path) -> None:
    folder = copied("production_planning_nonlinear", tmp_path / "plan")
    mine = folder / "convergence_low-low.log"
    mine.write_text("my own notes")
    old, young, other = (
        folder / f".saddle-{name}.part" for name in ("abcd1234", "efgh5678", "precious-work")
    )
    for path in (old, young, other):
        path.write_text("half")
    for path in (old, other):
        os.utime(path, (0, 0))
    for _ in range(2):
        assert call("run", folder)[0] == 0
        assert mine.read_text() == "my own notes"
        assert (
            (folder / "convergence_low-low_saddlepoint.log").read_text().startswith("Convergence of scenario")
        )
    assert [path.exists() for path in (old, young, other)] == [False, True, True]
