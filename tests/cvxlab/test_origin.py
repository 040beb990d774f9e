"""A folder of CVXlab is known by how its files are laid out; what it may say is then a warning, and a choice overrides it."""

import shutil
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

import saddlepoint
from saddlepoint.cli.commands import saddle
from saddlepoint.declare import laid_out_by_cvxlab
from saddlepoint.errors import DeclareError, ModelError
from saddlepoint.files import Sheet, first_text, maker, write_workbook

SETS = "t:\n  filters: {kind: [base, peak]}\n"
TABLES = """\
cost: {type: exogenous, coordinates: [t], variables_info: {c: {t: {dim: cols}}}}
x: {type: endogenous, coordinates: [t], variables_info: {x: {nonneg: true, t: {dim: cols}}}}
"""
PROBLEM = "objective: [Minimize(c @ tran(x))]\nexpressions: [sum(x) >= 5]\n"


def _by(program: str, path: Path) -> None:
    """Write into a workbook that this program made it, as other writers do."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    core = parts["docProps/core.xml"]
    parts["docProps/core.xml"] = core.replace(
        b"<dc:creator></dc:creator>", f"<dc:creator>{program}</dc:creator>".encode()
    ).replace(b"<dc:creator/>", f"<dc:creator>{program}</dc:creator>".encode())
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)


def _folder(tmp_path: Path, program: str = "openpyxl", kind: str = "peek", ids: bool = True) -> Path:
    folder = tmp_path / "m"
    (folder / "input_data").mkdir(parents=True)
    for name, text in {"structure_sets": SETS, "structure_variables": TABLES, "problem": PROBLEM}.items():
        (folder / f"{name}.yml").write_text(text)
    write_workbook(
        folder / "sets.xlsx", [Sheet("_set_T", ("t_Name", "t_kind"), (["a", "b"], ["base", kind]))]
    )
    columns: dict[str, list[object]] = {"id": [1, 2], "t_Name": ["a", "b"], "values": [2.0, 3.0]}
    kept = {name: cells for name, cells in columns.items() if ids or name != "id"}
    write_workbook(
        folder / "input_data" / "input_data.xlsx", [Sheet("cost", tuple(kept), tuple(kept.values()))]
    )
    for path in (folder / "sets.xlsx", folder / "input_data" / "input_data.xlsx"):
        _by(program, path)
    return folder


def test_its_files_tell(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    assert maker(folder / "sets.xlsx") == "openpyxl"
    assert first_text(folder / "input_data" / "input_data.xlsx") == "id"
    assert laid_out_by_cvxlab(folder)
    lab = saddlepoint.open(folder)
    assert {d.code for d in lab.warnings} == {"S007"}
    assert lab.run().counts == {"": {"optimal": 1}}
    assert laid_out_by_cvxlab(folder), "also after a run has made a database of its own"
    assert saddlepoint.open(folder).settings.spec.lenient


def test_a_choice_overrides_it(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    with pytest.raises(DeclareError, match=r"(?s)S007.*lenient=True"):
        _ = saddlepoint.open(folder, lenient=False).model
    refused = CliRunner().invoke(saddle, ["check", str(folder), "--strict"])
    assert refused.exit_code == 1
    assert "--lenient" in refused.output
    assert CliRunner().invoke(saddle, ["check", str(folder)]).exit_code == 0


@pytest.mark.parametrize(("program", "ids"), [("Someone", True), ("openpyxl", False)])
def test_other_folders_are_read_strictly(tmp_path: Path, program: str, ids: bool) -> None:
    folder = _folder(tmp_path, program, ids=ids)
    assert not laid_out_by_cvxlab(folder)
    with pytest.raises(DeclareError, match="S007"):
        _ = saddlepoint.open(folder).model


def test_files_that_cannot_be_looked_into_tell_nothing(tmp_path: Path) -> None:
    folder = _folder(tmp_path, kind="peak")
    (folder / "sets.xlsx").write_bytes(b"PK\x03\x04 torn")
    assert not laid_out_by_cvxlab(folder)
    assert first_text(folder / "nowhere.csv") == maker(folder / "nowhere.xlsx") == ""
    shutil.rmtree(folder / "input_data")
    assert not laid_out_by_cvxlab(folder)


def test_input_files_may_be_csv(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "input_data" / "input_data.xlsx").unlink()
    (folder / "input_data" / "cost.csv").write_text("id,t_Name,values\n1,a,2\n2,b,3\n")
    assert laid_out_by_cvxlab(folder)


REPEATED = """\
cost: {type: exogenous, coordinates: [t], variables_info: {c: {t: {dim: intra, filters: {kind: [base, peak]}}}}}
x: {type: endogenous, coordinates: [t], variables_info: {x: {nonneg: true, t: {dim: intra}}}}
"""


@pytest.mark.parametrize(("labels", "wrong"), [(["base", "peak", "x"], True), (["base", "x", "x"], False)])
def test_variables_repeated_over_other_items(tmp_path: Path, labels: list[str], wrong: bool) -> None:
    """Of two items against three both readings are named, as CVXlab refuses it, too; one item is used for each of three."""
    folder = _folder(tmp_path)
    write_workbook(
        folder / "sets.xlsx", [Sheet("_set_T", ("t_Name", "t_kind"), (["a", "b", "d"], labels))], True
    )
    write_workbook(
        folder / "input_data" / "input_data.xlsx",
        [Sheet("cost", ("t_Name", "values"), (["a", "b", "d"], [2.0, 3.0, 5.0]))],
        True,
    )
    (folder / "structure_variables.yml").write_text(REPEATED)
    (folder / "problem.yml").write_text("objective: [Minimize(c * x)]\nexpressions: [x >= 5]\n")
    lab = saddlepoint.open(folder)
    if not wrong:
        assert lab.solve().objective[""].tolist() == [30.0]
        return
    with pytest.raises(ModelError, match=r"E202.*a, b, and a, b, d") as caught:
        _ = lab.model
    for reading in ("the items that both have", "all of them with 0"):
        assert reading in str(caught.value)
