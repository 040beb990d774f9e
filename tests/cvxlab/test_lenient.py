"""What is odd is a warning in folders of CVXlab, and an error elsewhere."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import DeclareError, ModelError
from saddlepoint.store import open_store

SETS = "t:\n  filters: {kind: [base, peak]}\ns:\n  split_problem: true\nu:\n"
TABLES = """\
cost: {type: exogenous, coordinates: [s, t], variables_info: {c: {t: {dim: cols}}}}
M: {type: exogenous, coordinates: [t, u], variables_info: {M: {t: {dim: rows}, u: {dim: cols}}}}
dem: {type: exogenous, coordinates: [s], variables_info: {D: }}
x: {type: endogenous, coordinates: [s, t], variables_info: {x: {nonneg: true, t: {dim: cols}}}}
"""
OBJECTIVE = "objective:\n  - Minimize(c @ tran(x))\nexpressions:\n  - sum(x) >= D\n"


def _folder(tmp_path: Path, problem: str = OBJECTIVE, kinds: str = "base,peak", least: float = 3) -> Path:
    folder = tmp_path / "m"
    (folder / "input_data").mkdir(parents=True)
    (folder / "sets").mkdir()
    one, two = kinds.split(",")
    for name, text in {
        "structure_sets.yml": SETS,
        "structure_variables.yml": TABLES,
        "problem.yml": problem,
        "sets/t.csv": f"t_Name,t_kind\na,{one}\nb,{two}\n",
        "sets/s.csv": "s_Name\nlo\nhi\n",
        "sets/u.csv": "u_Name\np\nq\n",
        "input_data/cost.csv": f"s_Name,t_Name,values\nlo,a,2\nlo,b,3\nhi,a,2\nhi,b,{least}\n",
        "input_data/M.csv": "t_Name,u_Name,values\na,p,0\na,q,1\nb,p,1\nb,q,0\n",
        "input_data/dem.csv": "s_Name,values\nlo,10\nhi,20\n",
    }.items():
        (folder / name).write_text(text)
    return folder


def _codes(lab: saddlepoint.Lab) -> set[str]:
    return {d.code for d in lab.warnings} - {"M023"}


def test_matrices_meet_by_position(tmp_path: Path) -> None:
    """The columns p, q of M meet the items a, b of x: M exchanges them, so that b costs 2."""
    problem = OBJECTIVE.replace("c @ tran(x)", "c @ M @ tran(x)")
    folder = _folder(tmp_path, problem)
    with pytest.raises(ModelError, match=r"(?s)E202.*lenient"):
        _ = saddlepoint.open(folder).model
    lab = saddlepoint.open(folder, lenient=True)
    assert _codes(lab) == {"M460"}
    np.testing.assert_allclose(lab.solve().table("x").values, [[0, 10], [0, 20]], atol=1e-9)


def test_relations_of_data_are_checked(tmp_path: Path) -> None:
    folder = _folder(tmp_path, OBJECTIVE + "  - c >= 0\n", least=-1)
    with pytest.raises(ModelError, match="E209"):
        _ = saddlepoint.open(folder).model
    lab = saddlepoint.open(folder, lenient=True)
    assert _codes(lab) == {"M461"}
    summary = lab.run()
    assert summary.counts == {"": {"optimal": 1, "infeasible": 1}}
    assert "c2 'c >= 0' (b)" in summary.messages[0]
    assert summary.messages[0].startswith("hi")


def test_labels_close_to_declared_ones(tmp_path: Path) -> None:
    folder = _folder(tmp_path, kinds="base,peek")
    with pytest.raises(DeclareError, match="S007"):
        _ = saddlepoint.open(folder).model
    lab = saddlepoint.open(folder, lenient=True)
    assert _codes(lab) == {"S007"}
    assert lab.solve().is_solved


def test_both_forms_of_the_settings(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (other := tmp_path / "book").mkdir()
    saddlepoint.declare.write_spec(other, saddlepoint.open(folder).settings.spec, "xlsx")
    shutil.copy(other / "model_settings.xlsx", folder)
    with pytest.raises(DeclareError, match="Y002"):
        saddlepoint.open(folder)
    assert _codes(saddlepoint.open(folder, lenient=True)) == {"Y002"}


def test_a_folder_is_known_by_its_database(tmp_path: Path) -> None:
    folder = _folder(tmp_path, kinds="base,peek")
    with open_store(folder / "database.db"):
        pass
    assert not saddlepoint.open(folder).settings.spec.lenient
    (folder / "database.db").unlink()
    source = Path(__file__).parents[1] / "data" / "store" / "cvxlab_production_planning.db"
    shutil.copy(source, folder / "database.db")
    assert saddlepoint.open(folder).settings.spec.lenient
    with open_store(folder / "database.db"):
        pass
    assert saddlepoint.open(folder).settings.spec.lenient, "its copy lies beside it"


@pytest.mark.parametrize(
    ("goal", "best"),
    [
        ("Minimize(c @ tran(x)) + Minimize(3 * sum(x))", [50, 100]),
        ("2 * Minimize(c @ tran(x)) + Minimize(sum(x)) / 2", [45, 90]),
        ("Minimize(sum(c @ tran(x))) - Maximize(-sum(x)) * 4", [60, 120]),
        ("-Maximize(-(c @ tran(x)))", [20, 40]),
    ],
)
def test_objectives_are_added_and_scaled(tmp_path: Path, goal: str, best: list[float]) -> None:
    folder = _folder(tmp_path, OBJECTIVE.replace("Minimize(c @ tran(x))", goal))
    found = saddlepoint.open(folder).solve().objective[""]
    np.testing.assert_allclose(found, best, rtol=1e-9)


def test_objectives_of_both_senses_or_none_are_refused(tmp_path: Path) -> None:
    for k, (goal, code) in enumerate(
        {"Minimize(sum(x)) - Minimize(D)": "M022", "Minimize(sum(x)) + sum(x)": "E110"}.items()
    ):
        folder = _folder(tmp_path / str(k), OBJECTIVE.replace("Minimize(c @ tran(x))", goal))
        with pytest.raises(ModelError, match=code):
            _ = saddlepoint.open(folder).model


@pytest.mark.parametrize(
    "total", ["sum(M, -1)", "sum(M, 1, 1)", "tran(sum(tran(M), -2))", "tran(sum(tran(M), 0, 0))"]
)
def test_sums_with_axes_from_the_end(tmp_path: Path, total: str) -> None:
    folder = _folder(tmp_path, OBJECTIVE + f"  - tran(x) >= 4 * {total}\n")
    np.testing.assert_allclose(
        saddlepoint.open(folder).solve().table("x").values, [[6, 4], [16, 4]], atol=1e-9
    )


@pytest.mark.parametrize(
    "relation",
    [
        "mult(M, sum(M, 1, 0)) @ tran(x) >= 0",
        "tran(x) >= diag(M)",
        "tran(x) >= tran(tran(diag(M)))",
        "tran(x) >= M @ diag(M)",
        "tran(x) >= tran(c) * sum(diag(M))",
    ],
)
def test_what_has_one_dimension_is_ambiguous(tmp_path: Path, relation: str) -> None:
    """CVXPY makes a row of it beside a matrix, and beside a column a table of every row with every entry."""
    folder = _folder(tmp_path, OBJECTIVE + f"  - {relation}\n")
    with pytest.raises(ModelError, match="E390"):
        _ = saddlepoint.open(folder, lenient=True).model


@pytest.mark.parametrize(
    ("relation", "plan"),
    [
        ("tran(x) >= 3 * sum(diag(diag(M + 1)), 1)", [[7, 3], [17, 3]]),
        ("tran(x) >= tran(diag(M + 1))", [[9, 1], [19, 1]]),
        ("tran(x) >= mult(tran(c), sum(diag(M + 1)))", [[4, 6], [14, 6]]),
        ("x >= c @ diag(diag(M + 1))", [[7, 3], [17, 3]]),
        ("sum(x) >= c @ diag(M + 1)", [[10, 0], [20, 0]]),
    ],
)
def test_what_both_read_alike(tmp_path: Path, relation: str, plan: list[list[float]]) -> None:
    folder = _folder(tmp_path, OBJECTIVE + f"  - {relation}\n")
    found = saddlepoint.open(folder, lenient=True).solve().table("x").values
    np.testing.assert_allclose(found, plan, atol=1e-9)


def test_shapes_that_depend_on_a_constant(tmp_path: Path) -> None:
    """`tiled` repeats a matrix as often as the constant says; only the value of the constant tells the shape."""
    problem = OBJECTIVE + "  - tiled(M, n) @ tran(x) >= 0\n"
    folder = _folder(tmp_path, problem)
    (folder / "structure_variables.yml").write_text(
        TABLES
        + "n: {type: constant, coordinates: [u], variables_info: {n: {value: set_length, u: {dim: rows}}}}\n"
    )
    (folder / "user_defined_operators.py").write_text(
        "import numpy as np\n\n\ndef tiled(matrix, n):\n    return np.tile(matrix, (int(n[0][0]), 1))\n"
    )
    lab = saddlepoint.open(folder, trust=True, lenient=True)
    assert lab.model.problems[0].constraints[1].relation.facts.shape == (4, 1)
    assert lab.solve().is_solved
