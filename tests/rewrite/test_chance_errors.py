"""What is told of wrong uses of uncertain tables: code, sentence and place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from saddlepoint.errors import SaddleError
from saddlepoint.errors.codes import CODES
from saddlepoint.lab import Lab

Model = Callable[..., Lab]
ITEMS = ["i1", "i2", "i3"]
ROWS: dict[str, Any] = {
    "I": ITEMS,
    "distribution": ["normal"] * 3,
    "mean": [10.0, 20, 30],
    "std": [1.0, 2, 3],
}


def uncertain(
    coordinates: list[str], name: str = "D", more: dict[str, Any] | None = None, **dims: str
) -> dict[str, Any]:
    view = {key: {"dim": dim} for key, dim in dims.items()}
    return {"type": "uncertain", "coordinates": coordinates, "variables_info": {name: view}, **(more or {})}


def given(coordinates: list[str], name: str, **dims: str) -> dict[str, Any]:
    view = {key: {"dim": dim} for key, dim in dims.items()}
    return {"type": "exogenous", "coordinates": coordinates, "variables_info": {name: view}}


def findings(lab: Lab) -> list[tuple[str, str, str]]:
    """Code, sentence, and the marked part of the source."""
    with pytest.raises(SaddleError) as caught:
        lab.solve()
    marks = [d.mark for d in caught.value.diagnostics]
    assert all(d.code in CODES and d.fix for d in caught.value.diagnostics)
    return [
        (d.code, d.message, (m.text or "")[m.start : m.end])
        for d, m in zip(caught.value.diagnostics, marks, strict=True)
    ]


def simple(model: Model, stated: str, **columns: Any) -> Lab:
    data = {**ROWS, **columns}
    return model([stated], tables={"d": uncertain(["I"], I="cols")}, data={"d": data})


@pytest.mark.parametrize(
    ("stated", "code", "part"),
    [
        ("x >= D", "E210", "D"),
        ("chance(x == D, 0.9)", "R001", "x == D"),
        ("chance(x >= 2, 0.9)", "R002", "x >= 2"),
        ("chance(x >= D ** 2, 0.9)", "R003", "D ** 2"),
        ("chance(x >= square(D), 0.9)", "R003", "square(D)"),
        ("chance(x >= mult(D, D), 0.9)", "R003", "mult(D, D)"),
        ("chance(x / D >= 1, 0.9)", "R003", "D"),
        ("chance(x >= D, 95)", "R010", "95"),
        ("chance(x >= D, 1)", "R010", "1"),
        ("chance(x >= D, sum(x))", "E205", "sum(x)"),
        ("chance(x >= D)", "E111", "chance(x >= D)"),
        ("chance(D @ tran(x) <= 10, 0.3)", "R011", "chance(D @ tran(x) <= 10, 0.3)"),
        ("x >= quantile(D, 1.5)", "R010", "1.5"),
        ("x >= quantile(2 * D, 0.5)", "R007", "2 * D"),
        ("sum(x) >= mean(square(D))", "R007", "square(D)"),
        ("x >= mean(x)", "E211", "mean(x)"),
        ("sum(x) + chance(x >= D, 0.9) >= 0", "E110", "chance"),
    ],
)
def test_wrong_formulas_are_marked(model: Model, stated: str, code: str, part: str) -> None:
    assert [(c, p) for c, _, p in findings(simple(model, stated))] == [(code, part)]


def test_a_plain_use_names_the_ways_out(model: Model) -> None:
    with pytest.raises(
        SaddleError, match=r"Use chance\(… D …, p\), quantile\(D, p\), mean\(D\), std\(D\) or cvar"
    ):
        simple(model, "x >= D").solve()


def test_a_bad_probability_is_told_with_scenario_and_row(model: Model) -> None:
    lab = model(
        ["chance(x >= D, p)"],
        items={"S": ["low", "high"]},
        split=("S",),
        tables={"d": uncertain(["I"], I="cols"), "p": given(["I", "S"], "p", I="cols")},
        data={"d": ROWS, "p": [[0.9, 0.9], [0.9, 1.2], [0, 0.5]]},
    )
    assert findings(lab) == [("R010", "a probability of 0 is outside (0, 1) (low, i3, and 1 more)", "p")]


def test_the_probability_fits_the_rows(model: Model) -> None:
    tables = {"d": uncertain(["I"], I="cols"), "p": given(["I"], "p", I="cols")}
    lab = model(["chance(sum(x) >= sum(D), p)"], tables=tables, data={"d": ROWS, "p": [0.9, 0.8, 0.7]})
    wanted = "the probability is 1 by 3 (I); the rows of this relation are 1 by 1"
    assert findings(lab) == [("R008", wanted, "p")]
    lab = model(
        ["chance(x >= D, sum(x) >= sum(D), p)"], tables=tables, data={"d": ROWS, "p": [0.9, 0.8, 0.7]}
    )
    assert [f[0] for f in findings(lab)] == ["R014"]


def test_sums_name_the_law_that_does_not_pass_and_its_row(model: Model) -> None:
    lab = simple(model, "chance(sum(mult(x, D)) >= 9, 0.9)", distribution=["normal", "lognormal", "cantelli"])
    start = "a sum of independent parts, one of them 'lognormal' (table 'd', row i2), has no closed form"
    assert [f[:2] for f in findings(lab)] == [("R009", start)]


@pytest.mark.parametrize(
    ("columns", "wanted"),
    [
        ({"distribution": ["normal", "lognrmal", ""]}, [
            ("R104", "table 'd': the row i2 names no known distribution: 'lognrmal'"),
            ("R104", "table 'd': the row i3 has no distribution"),
        ]),
        ({"distribution": ["normal", "student-t", "normal"]}, [
            ("R105", "table 'd': the row i2 is 'student-t' and has no column 'dof' (degrees of freedom)")]),
        ({"distribution": ["normal", "student-t", "student-t"], "dof": [None, None, 1.0]}, [
            ("R105", "table 'd': the row i2 is 'student-t' and has no 'dof' (degrees of freedom)"),
            ("U005", "table 'd', row i3: student-t: `dof` must be above 2, or there is no variance"),
        ]),
        ({"std": [1.0, -2.0, 3.0]}, [("U003", "table 'd', row i2: a standard deviation of -2 is negative")]),
        ({"std": ["a", 2.0, 3.0]}, [("D006", "table 'd': 'a' is not a number")]),
        ({"distribution": ["empirical", "normal", "normal"]}, [
            ("R104", "table 'd': the row i1 names 'empirical', which needs draws")]),
    ],
)  # fmt: skip
def test_bad_rows_are_told_by_their_labels(model: Model, columns: dict[str, Any], wanted: list[Any]) -> None:
    assert [f[:2] for f in findings(simple(model, "chance(x >= D, 0.9)", **columns))] == wanted


def test_a_needless_column_is_a_warning(model: Model) -> None:
    lab = simple(model, "chance(x >= D, 0.9)", dof=[None, None, 2.0])
    assert [(d.code, d.severity) for d in lab.check()] == [("R106", "warning")]
    assert lab.solve().exit_code == 0


@pytest.mark.parametrize(
    ("more", "tables", "code"),
    [
        ({"samples": "W"}, {}, "R101"),
        ({"samples": "V"}, {}, "R101"),
        ({"covariance": "S"}, {}, "R102"),
        ({"covariance": "x"}, {}, "R102"),
        ({"covariance": "S"}, {"s": given(["I"], "S", I="cols")}, "R103"),
        ({"radius": "S"}, {"s": given([], "S")}, "R102"),
    ],
)
def test_what_stands_beside_a_table_is_checked(
    model: Model, more: dict[str, Any], tables: dict[str, Any], code: str
) -> None:
    lab = model(
        ["chance(x >= D, 0.9)"], items={"W": ["a", "b"]}, tables={"d": uncertain(["I"], "D", more, I="cols"), **tables},
        data={"d": ROWS},
    )  # fmt: skip
    assert [f[0] for f in findings(lab)] == [code]


def test_a_covariance_must_be_one(model: Model) -> None:
    lab = model(
        ["chance(sum(x) >= sum(D), 0.9)"],
        copies={"J": "I"},
        tables={
            "d": uncertain(["I"], "D", {"covariance": "S"}, I="cols"),
            "s": given(["I", "J"], "S", I="rows", J="cols"),
        },
        data={"d": ROWS, "s": [[1, 2, 0], [2, 1, 0], [0, 0, 1]]},
    )
    wanted = "the covariance is not positive semidefinite (an eigenvalue is -1)"
    assert [f[:2] for f in findings(lab)] == [("E301", wanted)]


def test_draws_do_not_mix_with_distributions(model: Model) -> None:
    tables = {"d": uncertain(["I", "W"], "D", {"samples": "W"}, I="cols"), "e": uncertain([], "E")}
    data = {"d": list(range(6)), "e": {"distribution": ["normal"], "mean": [1], "std": [1]}}
    lab = model(["chance(x >= D + E, 0.9)"], items={"W": ["a", "b"]}, tables=tables, data=data)
    assert [f[0] for f in findings(lab)] == ["R004"]


def test_two_names_for_the_same_cells(model: Model) -> None:
    table = uncertain(["I"], I="cols")
    table["variables_info"]["E"] = {"I": {"dim": "rows"}}
    lab = model(["chance(sum(x) >= sum(D) + sum(E), 0.9)"], tables={"d": table}, data={"d": ROWS})
    assert [f[:2] for f in findings(lab)] == [
        ("R005", "'E' and 'D' look at the same cells of the uncertain table 'd'")
    ]


def test_names_of_rewritten_relations_do_not_collide(model: Model) -> None:
    stated = [{"a": "chance(x >= D, sum(x) >= sum(D), 0.9)"}, {"a_1": "sum(x) <= 1000"}]
    lab = model(stated, tables={"d": uncertain(["I"], I="cols")}, data={"d": ROWS})
    assert [f[0] for f in findings(lab)] == ["R013"]
