"""Sets whose items form a tree, products of data, prices of promises, and cells that only some scenarios have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError

TREE = {
    "now": {},
    "wet": {"parent": "now"},
    "dry": {"parent": "now"},
    "wet wet": {"parent": "wet"},
    "wet dry": {"parent": "wet"},
    "dry dry": {"parent": "dry"},
}
INFLOW = np.array([5.0, 8.0, 1.0, 9.0, 2.0, 0.0])
CHANCE = np.array([1.0, 0.6, 0.4, 0.3, 0.3, 0.4])
COST = np.array([2.0, 1.0, 4.0, 1.0, 3.0, 9.0])


def reservoir(tree: dict[str, Any] = TREE, balance: str = "", nodes: Any = None) -> saddlepoint.Lab:
    """Water kept from a node of a scenario tree to each of its successors; 4 units are to be released in each node, or bought."""
    items = {"Nodes": {"items": nodes or tree}}

    def given(name: str) -> dict[str, Any]:
        return {"type": "exogenous", "coordinates": ["Nodes"], "variables_info": {name: None}}

    def decided(name: str) -> dict[str, Any]:
        return {"type": "endogenous", "coordinates": ["Nodes"], "variables_info": {name: {"nonneg": True}}}

    return saddlepoint.define(
        sets=items,
        variables={
            "inflow": given("w"), "chance_of": given("p"), "price_of": given("c"),
            "store": decided("s"), "bought": decided("b"), "spilt": decided("z"),
        },
        problem={
            "objective": ["Minimize(sum(p * c * b, over=Nodes))"],
            "expressions": [{"balance": balance or "s == lag(s, Nodes, first=0) + w - 4 + b - z"}, {"size": "s <= 3"}],
        },
        data={"inflow": INFLOW, "chance_of": CHANCE, "price_of": COST},
    )  # fmt: skip


def by_matrices() -> float:
    """The same as one linear programme over (s, b, z), written out."""
    optimize = pytest.importorskip("scipy.optimize")
    names = list(TREE)
    n = len(names)
    before = np.zeros((n, n))
    for k, name in enumerate(names):
        parent = TREE[name].get("parent")
        if parent:
            before[k, names.index(parent)] = 1.0
    equal = np.hstack([np.eye(n) - before, -np.eye(n), np.eye(n)])
    found = optimize.linprog(
        np.concatenate([np.zeros(n), CHANCE * COST, np.zeros(n)]),
        A_eq=equal, b_eq=INFLOW - 4.0, bounds=[(0, 3)] * n + [(0, None)] * 2 * n,
    )  # fmt: skip
    return float(found.fun)


def test_lag_follows_the_parent() -> None:
    result = reservoir().solve()
    assert float(result.objective[""][0]) == pytest.approx(by_matrices())
    assert by_matrices() > 0


def test_a_tree_in_sets_xlsx(tmp_path: Path) -> None:
    """The column <Set>_parent does what `parent:` does."""
    openpyxl = pytest.importorskip("openpyxl")
    from saddlepoint.declare.write import write_spec

    model = reservoir(nodes=list(TREE))
    folder = tmp_path / "m"
    folder.mkdir()
    write_spec(folder, model.settings.spec, "yaml")
    text = (folder / "structure_sets.yml").read_text("utf-8")
    (folder / "structure_sets.yml").write_text(
        "\n".join(x for x in text.splitlines() if "items" not in x), "utf-8"
    )
    book = openpyxl.Workbook()
    tab = book.active
    tab.title = "_set_NODES"
    tab.append(["Nodes_Name", "Nodes_parent"])
    for name, beside in TREE.items():
        tab.append([name, beside.get("parent")])
    book.save(folder / "sets.xlsx")
    (folder / "input_data").mkdir()
    for name, values in (("inflow", INFLOW), ("chance_of", CHANCE), ("price_of", COST)):
        rows = [f"{n},{v}" for n, v in zip(TREE, values, strict=True)]
        (folder / "input_data" / f"{name}.csv").write_text(
            "\n".join(["Nodes_Name,values", *rows]) + "\n", "utf-8"
        )
    assert float(saddlepoint.open(folder).solve().objective[""][0]) == pytest.approx(by_matrices())


@pytest.mark.parametrize(
    ("tree", "balance", "code"),
    [
        ({**TREE, "dry dry": {"parent": "drry"}}, "", "S070"),
        ({**TREE, "now": {"parent": "wet wet"}}, "", "S071"),
        (TREE, "s == lead(s, Nodes, last=0) + w - 4 + b - z", "E201"),
        (TREE, "s == lag(s, Nodes, cyclic=True) + w - 4 + b - z", "E201"),
        (TREE, "cumsum(s, over=Nodes) == w - 4 + b - z", "E201"),
    ],
)
def test_trees_that_are_none(tree: dict[str, Any], balance: str, code: str) -> None:
    with pytest.raises(SaddleError) as error:
        reservoir(tree, balance).solve()
    assert [d.code for d in error.value.diagnostics] == [code]


def test_product_of_data_over_a_set() -> None:
    """Three steps that each lose a part: 100 needed at the end are 100 / (0.9 · 0.8 · 0.5) at the start."""
    model = saddlepoint.define(
        sets={"Steps": {"items": "1..3"}},
        variables={
            "kept": {"type": "exogenous", "coordinates": ["Steps"], "variables_info": {"k": None}},
            "start": {"type": "endogenous", "coordinates": [], "variables_info": {"x": None}},
        },
        problem={
            "objective": ["Minimize(x)"],
            "expressions": [{"enough": "prod(k, over=Steps) * x >= 100"}],
            "report": {"without_last": "prod(k, over=Steps, where=Steps != last)"},
        },
        data={"kept": [0.9, 0.8, 0.5]},
    )
    result = model.solve()
    assert float(result.objective[""][0]) == pytest.approx(100 / 0.36)
    assert float(result.table("report_without_last").values) == pytest.approx(0.72)


def test_price_of_a_promise_in_a_report() -> None:
    """Normal demand: the price of the promise is what one more unit of its quantile costs."""
    pandas = pytest.importorskip("pandas")
    model = saddlepoint.define(
        sets={"Products": {"items": ["a", "b"]}},
        variables={
            "cost": {"type": "exogenous", "coordinates": ["Products"], "variables_info": {"c": None}},
            "demand": {"type": "uncertain", "coordinates": ["Products"], "variables_info": {"D": None}},
            "output": {"type": "endogenous", "coordinates": ["Products"], "variables_info": {"x": None}},
        },
        problem={
            "objective": ["Minimize(sum(c * x, over=Products))"],
            "expressions": [{"served": "chance(x >= D, 0.9)"}],
            "report": {"value": "sum(price(served) * x, over=Products)"},
        },
        data={
            "cost": [2.0, 3.0],
            "demand": pandas.DataFrame(
                {
                    "Products_Name": ["a", "b"],
                    "distribution": "normal",
                    "mean": [10.0, 20.0],
                    "std": [1.0, 2.0],
                }
            ),
        },
    )
    result = model.solve()
    assert float(result.table("report_value").values) == pytest.approx(float(result.objective[""][0]))


def _site_b_is_none_in_v(flow: dict[str, int] | None, expressions: list[dict[str, str]]) -> saddlepoint.Lab:
    """Flows f from sites a and b in the scenarios u and v, of which v has no flow from b; flow: what is declared of f."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {"Case_Name": ["u", "u", "v"], "Sites_Name": ["a", "b", "a"], "values": [1.0, 2.0, 3.0]}
    )
    return saddlepoint.define(
        sets={"Case": {"split_problem": True, "items": ["u", "v"]}, "Sites": {"items": ["a", "b"]}},
        variables={
            "cost": {"type": "exogenous", "coordinates": ["Case", "Sites"], "default": 0, "variables_info": {"c": None}},
            "flow": {"type": "endogenous", "coordinates": ["Case", "Sites"], "where": "c > 0", "variables_info": {"f": flow}},
        },
        problem={"objective": ["Minimize(sum(c * f, over=Sites))"], "expressions": expressions},
        data={"cost": frame},
    )  # fmt: skip


def test_cells_of_one_scenario_have_no_row_in_another() -> None:
    model = _site_b_is_none_in_v(
        {"lower": 1},
        [{"all": "sum(f, over=Sites) >= 5"}, {"most": "f <= 9"}],
    )
    result = model.solve()
    for table in (
        result.table("flow"),
        result.reduced_cost("flow"),
        result.price("most"),
        result.price("f_lower"),
    ):
        assert len(table.to_pandas()) == 3
        assert not table.to_pandas().iloc[:, 2].isna().any()


def test_a_relation_that_fails_where_a_cell_does_not_exist_is_infeasible_there() -> None:
    """f >= 1 for every site, and site b is none in v: u is solved, v has no plan (a bound of the declaration is for cells
    that exist, a relation is for all)."""
    model = _site_b_is_none_in_v(
        None,
        [{"least": "f >= 1"}],
    )
    status = model.solve().certificates[""].to_pandas()["status"].tolist()
    assert status == ["optimal", "infeasible"]


def moved(formula: str, steps: list[Any], over: list[str]) -> np.ndarray:
    """The value of a formula in x (Units × Hours, fixed) and the data k, as the solver has it."""
    sets = {"Units": {"items": ["a", "b"]}, "Hours": {"items": "1..4"}}
    variables = {
        "mine": {"type": "endogenous", "coordinates": ["Units", "Hours"], "variables_info": {"x": None}},
        "made": {"type": "endogenous", "coordinates": ["Units", "Hours"], "variables_info": {"y": None}},
        "count": {"type": "exogenous", "coordinates": over, "variables_info": {"k": None}},
    }
    fixed = {"fix": "x == position(Hours) + 10 * position(Units)"}
    model = saddlepoint.define(
        sets=sets, variables=variables, data={"count": steps},
        problem={"objective": ["Minimize(0 * at(at(x, Units=first), Hours=first))"], "expressions": [fixed, {"moved": f"y == {formula}"}]},
    )  # fmt: skip
    return model.solve().table("made").values


X = 10.0 * np.arange(1, 3)[:, None] + np.arange(1, 5)


@pytest.mark.parametrize(
    ("formula", "steps", "over", "want"),
    [
        ("lag(x, Hours, steps=k, first=7)", [1, 3], ["Units"], [[7, 11, 12, 13], [7, 7, 7, 21]]),
        ("lag(x, Hours, k, cyclic=True)", [0, 3], ["Units"], [X[0], np.roll(X[1], 3)]),
        ("lead(x, Hours, steps=k, last=0)", [1, 2, 0, 1], ["Hours"], [[12, 14, 13, 0], [22, 24, 23, 0]]),
        ("rolling_sum(x, Hours, length=k, first=0)", [2, 3], ["Units"], [[11, 23, 25, 27], [21, 43, 66, 69]]),
        ("rolling_sum(x, Hours, length=k, first=1)", [2, 3], ["Units"], [[12, 23, 25, 27], [23, 44, 66, 69]]),
    ],
)  # fmt: skip
def test_steps_and_lengths_may_be_data(formula: str, steps: list[Any], over: list[str], want: Any) -> None:
    np.testing.assert_allclose(moved(formula, steps, over), np.asarray(want, float), rtol=1e-9)


def test_rows_without_a_predecessor_are_skipped_where_data_say_so() -> None:
    sets = {"Units": {"items": ["a", "b"]}, "Hours": {"items": "1..4"}}
    model = saddlepoint.define(
        sets=sets,
        variables={
            "mine": {"type": "endogenous", "coordinates": ["Units", "Hours"], "variables_info": {"x": None}},
            "count": {"type": "exogenous", "coordinates": ["Units"], "variables_info": {"k": None}},
        },
        problem={
            "objective": ["Minimize(sum(x, over=(Units, Hours)))"],
            "expressions": [{"start": "x >= 1"}, {"grow": "x >= 2 * lag(x, Hours, steps=k, skip=True)"}],
        },
        data={"count": [1, 3]},
    )
    result = model.solve()
    np.testing.assert_allclose(result.table("mine").values, [[1, 2, 4, 8], [1, 1, 1, 2]], rtol=1e-9)
    assert len(result.price("grow").to_pandas()) == 4


@pytest.mark.parametrize(("steps", "code"), [([1.5, 1.0], "E301"), ([-1.0, 1.0], "E301")])
def test_steps_that_are_none(steps: list[Any], code: str) -> None:
    with pytest.raises(SaddleError) as error:
        moved("lag(x, Hours, steps=k, first=0)", steps, ["Units"])
    assert [d.code for d in error.value.diagnostics] == [code]
    with pytest.raises(SaddleError, match="first=0") as error:
        moved("lag(x, Hours, steps=k)", [1, 1], ["Units"])
    assert [d.code for d in error.value.diagnostics] == ["E124"]
