"""A model in one file is a place like a folder, for every verb that reads results; and the trap of lists in YAML."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from saddlepoint.cli import saddle

MODEL = """\
sets:
  Tech: {items: [pv, gas]}
  Hours: {items: 1..2}
tables:
  demand: {coordinates: [Hours], type: exogenous, variables_info: {d: {}}}
  cost: {coordinates: [Tech], type: exogenous, variables_info: {c: {}}}
  gen: {coordinates: [Tech, Hours], type: endogenous, variables_info: {g: {lower: 0}}}
problem:
  objective:
    - Minimize(sum(c * g, over=(Tech, Hours)))
  expressions:
    - balance: sum(g, over=Tech) >= d
data:
  demand: {1: 5, 2: 7}
  cost: {pv: 10, gas: 50}
"""


def said(*line: str) -> Result:
    return CliRunner().invoke(saddle, line)


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "model.yml").write_text(MODEL)
    return str(tmp_path / "model.yml")


def test_results_of_one_file(model: str) -> None:
    assert said("run", model).exit_code == 0
    shown = said("show", model, "gen")
    assert shown.exit_code == 0 and "pv" in shown.output and "7" in shown.output
    assert "gen" in said("show", model).output
    assert said("history", model).exit_code == 0
    same = said("compare", model, model.replace(".yml", ".db"))
    assert same.exit_code == 0, same.output


def test_exports_of_one_file_lie_beside_it(model: str) -> None:
    said("run", model)
    folder = Path(model).parent
    for more, name in (
        ((), "model_export.xlsx"),
        (("--to", "csv"), "model_export/gen.csv"),
        (("--to", "lp"), "model_export/model.lp"),
    ):
        found = said("export", model, *more)
        assert found.exit_code == 0 and (folder / name).is_file(), found.output
    inside = said("export", model, "--to", "mps", "-o", model)
    assert inside.exit_code == 1 and "is a file" in inside.output


def test_a_hint_names_the_one_file(model: str) -> None:
    Path(model).write_text(MODEL.replace("  cost: {pv: 10, gas: 50}\n", ""))
    found = said("check", model)
    assert found.exit_code == 1 and "D001" in found.output
    assert "data: {cost: …}" in " ".join(found.output.split())


def test_a_list_between_brackets_parts_at_commas(model: str) -> None:
    text = MODEL.replace("objective:\n    - Minimize", "objective: [Minimize").replace(
        "Hours)))", "Hours)))]", 1
    )
    Path(model).write_text(text)
    found = said("check", model)
    assert found.exit_code == 1
    assert "Write the formula in quotes" in found.output
    Path(model).write_text(MODEL.replace("Hours)))", "Hours))", 1))
    assert "each ( needs its )" in said("check", model).output


def test_numbers_without_their_tables_are_refused(model: str) -> None:
    text = MODEL.split("data:", maxsplit=1)[0]
    Path(model).write_text(text + "data: [5, 7]\n")
    found = said("run", model)
    assert found.exit_code == 1
    assert "Y010" in found.output and "model.yml:13:7" in found.output


def test_one_program_goes_into_the_file_that_is_named(model: str, tmp_path: Path) -> None:
    found = said("export", model, "-o", str(tmp_path / "plan.mps"))
    assert found.exit_code == 0 and (tmp_path / "plan.mps").is_file(), found.output
    two = Path(model)
    two.write_text(
        MODEL.replace("{items: 1..2}", "{items: 1..2, split_problem: true}").replace(
            "over=(Tech, Hours)", "over=Tech"
        )
    )
    several = said("export", model, "-o", str(tmp_path / "other.lp"))
    assert several.exit_code == 2 and "X900" in several.output and not (tmp_path / "other.lp").exists()


def test_what_is_wrong_in_data_is_named_without_lines_that_there_are_not(model: str) -> None:
    Path(model).write_text(MODEL.replace("gas: 50", "gaz: 50"))
    assert "D003: data['cost']: table 'cost': 'gaz' is not an item" in said("check", model).output


def test_a_question_with_the_name_of_a_set_is_led_to_its_view(model: str) -> None:
    said("run", model)
    assert "view_TABLE" in said("sql", model, "select Tech from gen").output
    assert said("sql", model, "select Tech, sum(value) from view_gen group by 1").exit_code == 0


def test_the_examples_are_listed() -> None:
    found = said("new", "--list")
    assert found.exit_code == 0 and "energy_storage" in found.output.split()
