"""dispatch, sweep and buffers from the command line."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from saddlepoint.cli import buffers, dispatch, sweep
from saddlepoint.errors import PlanningError
from saddlepoint.files.excel import read_workbook

REFERENCE = json.loads((Path(__file__).parents[1] / "data" / "dispatch.json").read_text())


def _run(command: object, line: str, *more: str) -> Result:
    return CliRunner().invoke(command, [*line.split(), *more])  # type: ignore[arg-type]


def test_dispatch_as_json_has_the_reference_numbers() -> None:
    shown = _run(dispatch.command, "--random 6 --seed 7 --mean 350 --std 40 --coverage --value --json")
    assert shown.exit_code == 0
    for answer, name in zip(json.loads(shown.output)["answers"], ("normal", "robust"), strict=True):
        truth = REFERENCE["n6seed7"][name]
        assert answer["buffer"] == name
        assert answer["D_eff"] == pytest.approx(truth["D_eff"], abs=1e-9)
        assert answer["cost"] == pytest.approx(truth["cost"], abs=1e-8)
        assert answer["price"] == pytest.approx(truth["lam"], abs=1e-9)
        assert answer["machines"]["production"] == pytest.approx(truth["x"], abs=1e-9)
        assert answer["certified"]
        assert answer["coverage"]["lines"][0]["probability"] == pytest.approx(0.95)
        assert answer["value"]["mean"] == pytest.approx(truth["lam"])


def test_dispatch_as_text() -> None:
    shown = _run(dispatch.command, "--random 5 --seed 42 --mean 300 --std 30 --buffer normal,cantelli")
    assert shown.exit_code == 0
    for number in ("349.345609", "4305.677985", "21.665572", "430.766968", "6336.458883", "28.619564"):
        assert number in shown.output
    assert shown.output.count("certified: all optimality conditions hold") == 2


def test_dispatch_from_a_file_with_workbook_and_picture(tmp_path: Path) -> None:
    fleet = tmp_path / "fleet.csv"
    fleet.write_text(
        "name,alpha,beta,gamma,lower,upper\n"
        "Unit 1,0.001562,7.92,561,150,600\nUnit 2,0.00194,7.85,310,100,400\nUnit 3,0.00482,7.97,78,50,200\n"
    )
    out = ("--xlsx", str(tmp_path / "o.xlsx"), "--plot", str(tmp_path / "o.png"), "--picture", "plan")
    shown = _run(dispatch.command, "--mean 850 --buffer normal --fleet", str(fleet), *out)
    assert shown.exit_code == 0, shown.output
    assert "8194.356121" in shown.output
    assert (tmp_path / "o.png").stat().st_size > 5000
    sheets = read_workbook(tmp_path / "o.xlsx")
    assert list(sheets) == ["summary", "plan normal"]
    assert sheets["plan normal"].column("production") == pytest.approx([393.169837, 334.603755, 122.226408])


def test_a_strict_tolerance_fails_with_code_4() -> None:
    assert _run(dispatch.command, "--random 5 --mean 300 --tolerance 0").exit_code == 4


@pytest.mark.parametrize(
    "line",
    [
        "--mean 300",
        "--random 5 --fleet x.csv --mean 300",
        "--random 5",
        "--random 5 --mean 300 --buffer ,",
    ],
)
def test_wrong_usage(line: str) -> None:
    assert _run(dispatch.command, line).exit_code == 2


def test_input_errors_reach_the_caller() -> None:
    for line in (
        "--random 5 --mean 900",
        "--random 5 --mean 9 --buffer nromal",
        "--random 5 --mean 9 --std -1",
    ):
        assert isinstance(_run(dispatch.command, line).exception, PlanningError)


def test_sweep_has_the_reference_numbers(tmp_path: Path) -> None:
    out = ("--xlsx", str(tmp_path / "o.xlsx"), "--plot", str(tmp_path / "o.svg"))
    shown = _run(sweep.command, "--random 5 --seed 42 --std 30 --json", *out)
    table = json.loads(shown.output)
    for k, row in enumerate(REFERENCE["n5seed42"]["sweep"]):
        found = [
            table[c][k] for c in ("mean_demand", "normal_D_eff", "normal_cost", "robust_D_eff", "robust_cost")
        ]
        assert found == pytest.approx(row, abs=1e-8)
    assert len(table["mean_demand"]) == 6
    assert read_workbook(tmp_path / "o.xlsx")["sweep"].column("robust_cost") == pytest.approx(
        table["robust_cost"]
    )
    text = _run(sweep.command, "--random 5 --seed 42 --std 30")
    assert "6336.458883" in text.output
    assert "3 rows do not fit" in text.output
    grid = _run(sweep.command, "--random 5 --mean 50:100:25 --std 5,10 --reliability 0.9,0.95 --json")
    assert len(json.loads(grid.output)["std"]) == 12
    for line in (
        "--random 5 --mean 5:1:1",
        "--random 5 --mean a",
        "--random 5 --step 0",
        "--random 5 --mean 1:9",
    ):
        assert _run(sweep.command, line).exit_code == 2


def test_buffers() -> None:
    shown = _run(buffers.command, "--mean 300 --std 30 --reliability .95 --dof 5")
    for number in ("346.83", "349.35", "350.99", "351.74", "363.25", "373.43", "384.26", "394.87", "430.77"):
        assert number in shown.output
    rows = json.loads(_run(buffers.command, "--mean 300 --std 30 --json").output)
    assert len(rows) == 29
    assert {r["buffer"]: r["D_eff"] for r in rows}["student-t"] is None
    assert "Cantelli" in _run(buffers.command, "--mean 300 --std 30 --explain robust").output


def test_samples_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "samples.csv"
    file.write_text("values\n" + "\n".join(str(k) for k in range(1, 101)) + "\n")
    shown = _run(
        dispatch.command, "--random 5 --buffer empirical --reliability 0.9 --json --samples", str(file)
    )
    assert json.loads(shown.output)["answers"][0]["D_eff"] == 90.0
    file.write_text("values\n1\nx\n")
    shown = _run(dispatch.command, "--random 5 --buffer empirical --samples", str(file))
    assert "samples.csv:3:1" in str(shown.exception)
