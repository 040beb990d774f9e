"""Real model folders are read as they are, in both forms of the settings."""

import dataclasses
import shutil
from pathlib import Path

import pytest

from saddlepoint import declare
from saddlepoint.errors import NOWHERE, DeclareError, FileError

MODELS = Path(__file__).parents[1] / "data" / "models"
FOLDERS = sorted(path.name for path in MODELS.iterdir() if path.is_dir())


def bare(value):
    """A declared value without its places."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        pairs = {f.name: bare(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return (type(value).__name__, {**pairs, "mark": None} if "mark" in pairs else pairs)
    if isinstance(value, tuple):
        return tuple(map(bare, value))
    return {k: bare(v) for k, v in value.items()} if isinstance(value, dict) else value


def copied(name: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(MODELS / name, tmp_path / name))


def read(folder: Path, settings: declare.FileFormat | None = None) -> declare.Reading:
    """Settings and items together, as a lab reads them."""
    declared = declare.read_settings(folder, settings)
    items = declare.read_items(folder, declared.spec)
    return dataclasses.replace(items, warnings=declared.warnings + items.warnings)


@pytest.mark.parametrize("name", FOLDERS)
def test_real_folders_load_without_a_warning(name: str) -> None:
    reading = read(MODELS / name)
    assert reading.warnings == ()
    assert reading.spec.name == name
    assert [each.key for each in reading.items] == [each.key for each in reading.spec.sets]
    assert all(each.mark != NOWHERE for each in (*reading.spec.sets, *reading.spec.tables, *reading.items))


def test_the_published_model_is_read_as_it_is_written() -> None:
    reading = read(MODELS / "production_planning_nonlinear")
    spec = reading.spec
    assert [each.key for each in spec.sets if each.split_problem] == [
        "Scenarios_energy",
        "Scenarios_material",
    ]
    assert spec.sets[1].filters == {"type": ("profit_initial", "profit_slope", "energy", "material")}
    production = spec.tables[0]
    assert (production.kind, production.roles) == (
        "hybrid",
        {"production": "endogenous", "profit": "exogenous"},
    )
    assert production.coordinates == ("Products", "Scenarios_energy", "Scenarios_material")
    slope = spec.tables[2].variables[1]
    assert (slope.name, slope.sets["Attributes"].filters) == ("c_s", {"type": ("profit_slope",)})
    assert [problem.key for problem in spec.problems] == ["production", "profit"]
    first = spec.problems[0]
    assert [(f.text, f.description) for f in (*first.objectives, *first.expressions)] == [
        ("Maximize(c @ tran(x))", "maximization of total profit"),
        ("e @ tran(x) - E <= 0", "energy use less than endowment"),
        ("m @ tran(x) - M <= 0", "material use less than endowment"),
        ("x >= 0", "positive products supply"),
    ]
    mark = first.expressions[0].mark
    assert (mark.line, mark.text and mark.text[mark.start : mark.end]) == (7, "e @ tran(x) - E <= 0")
    assert reading.items[1].filters == {"type": ("profit_initial", "profit_slope", "energy", "material")}


def test_both_forms_say_the_same() -> None:
    one = read(MODELS / "production_planning_nonlinear")
    two = read(MODELS / "production_planning_nonlinear_xlsx")
    assert bare(one.spec.tables[0].variables) == bare(two.spec.tables[0].variables)
    assert bare(one.spec.problems) == bare(two.spec.problems)
    assert bare(one.items) == bare(two.items)
    assert str(two.spec.problems[0].expressions[0].mark) == "model_settings.xlsx, problem!C3"
    assert str(two.spec.tables[2].variables[1].mark) == "model_settings.xlsx, structure_variables!F5"


def code(caught: pytest.ExceptionInfo) -> list[str]:
    return [d.code for d in caught.value.diagnostics]


def test_which_form(tmp_path) -> None:
    folder = copied("production_planning_nonlinear", tmp_path)
    shutil.copy(MODELS / "production_planning_nonlinear_xlsx" / "model_settings.xlsx", folder)
    with pytest.raises(DeclareError) as caught:
        read(folder)
    assert code(caught) == ["Y002"]
    assert "settings='yaml'" in str(caught.value)
    assert bare(read(folder, "yaml").spec.problems) == bare(read(folder, "xlsx").spec.problems)
    (folder / "problem.yml").unlink()
    with pytest.raises(DeclareError) as caught:
        read(folder, "yaml")
    assert code(caught) == ["Y001"]
    assert str(caught.value).startswith("error Y001: problem.yml: problem.yml is missing")


def test_a_form_that_there_is_not() -> None:
    with pytest.raises(DeclareError) as caught:
        read(MODELS / "a_lp_4", "xls")  # pyright: ignore[reportArgumentType]
    assert (code(caught), caught.value.diagnostics[0].fix) == (["Y014"], "Did you mean 'xlsx'?")


def test_no_model_folder(tmp_path) -> None:
    with pytest.raises(DeclareError) as caught:
        read(tmp_path)
    assert code(caught) == ["Y003"]
    with pytest.raises(FileError) as caught:
        read(tmp_path / "none")
    assert code(caught) == ["F001"]


def test_broken_files_are_reported_together(tmp_path) -> None:
    folder = copied("production_planning", tmp_path)
    (folder / "problem.yml").write_text("a: [")
    (folder / "structure_sets.yml").write_text("a: 1\na: 2")
    with pytest.raises(FileError) as caught:
        read(folder)
    assert code(caught) == ["F011", "F010"]


def test_inputs_of_each_layout(tmp_path) -> None:
    book = declare.read_inputs(MODELS / "a_int_4", ["profit", "energy_avail", "none"])
    assert list(book) == ["profit", "energy_avail"]
    assert book["profit"].column("values")[:2] == [1.0, 1.0]
    assert str(book["profit"].mark(0, 4)) == "input_data/input_data.xlsx, profit!E2"
    files = declare.read_inputs(MODELS / "c_rows_24", ["demand_t", "availability_t"])
    assert len(files["availability_t"]) == 120
    assert str(files["demand_t"].mark(0)) == "input_data/demand_t.csv:2:1"
    folder = copied("a_int_4", tmp_path)
    declare.write_inputs(folder, tuple(book.values()), "workbooks")
    with pytest.raises(FileError) as caught:
        declare.read_inputs(folder, ["profit", "energy_avail"])
    assert code(caught) == ["F044", "F044"]
    (folder / "input_data" / "input_data.xlsx").unlink()
    again = declare.read_inputs(folder, ["PROFIT"])
    assert again["PROFIT"].columns == book["profit"].columns


def test_hashes_tell_what_changed(tmp_path) -> None:
    folder = copied("c_rows_24", tmp_path)
    inputs, settings = declare.input_hash(folder), declare.settings_hash(folder)
    path = folder / "input_data" / "cost_t.csv"
    path.write_text(path.read_text().replace("pv,0.0", "pv,0.5"))
    (folder / "input_data" / "~$cost_t.xlsx").write_text("lock")
    assert declare.settings_hash(folder) == settings
    assert declare.input_hash(folder) != inputs
    (folder / "problem.yml").write_text("objective: Minimize(sum(q @ k))")
    assert declare.settings_hash(folder) != settings
