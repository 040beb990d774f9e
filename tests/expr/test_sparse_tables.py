"""Tables whose cells exist only where a condition holds, absent data, and bounds that a declaration states."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError

ROUTES = [("u", "a", "p", 1.0), ("u", "b", "q", 2.0), ("u", "c", "p", 3.0), ("u", "c", "q", 9.0),
          ("v", "a", "p", 1.0), ("v", "b", "p", 2.0), ("v", "c", "q", 3.0)]  # fmt: skip
COLUMNS = ("Case_Name", "Sites_Name", "Towns_Name", "values")


def routes(rows: list[tuple[Any, ...]] = ROUTES) -> dict[str, list[Any]]:
    return {name: [row[k] for row in rows] for k, name in enumerate(COLUMNS)}


def transport(rows: list[Any] | None = None, goal: str = "", **flow: Any) -> saddlepoint.Lab:
    """Sites a, b, c serve towns p and q where a route exists; the routes differ between the cases u and v."""
    pandas = pytest.importorskip("pandas")
    sets = {
        "Case": {"split_problem": True, "items": ["u", "v"]},
        "Sites": {"items": ["a", "b", "c"]},
        "Towns": {"items": ["p", "q"]},
    }
    over = ["Case", "Sites", "Towns"]
    variables = {
        "distance": {
            "type": "exogenous",
            "coordinates": over,
            "default": 0,
            "variables_info": {"dist": None},
        },
        "supply": {"type": "exogenous", "coordinates": ["Sites"], "variables_info": {"s": None}},
        "need": {"type": "exogenous", "coordinates": ["Towns"], "variables_info": {"d": None}},
        "flow": {
            "type": "endogenous",
            "coordinates": over,
            "variables_info": {"f": {"nonneg": True}},
            **flow,
        },
    }
    stated = [{"served": "sum(f, over=Sites) >= d"}, {"cap": "sum(f, over=Towns) <= s"}, *(rows or [])]
    problem = {"objective": [goal or "Minimize(sum(dist * f, over=(Sites, Towns)))"], "expressions": stated}
    data = {"distance": pandas.DataFrame(routes()), "supply": [5.0, 6.0, 7.0], "need": [8.0, 4.0]}
    return saddlepoint.define(sets=sets, variables=variables, problem=problem, data=data)


def plan(result: Any) -> dict[tuple[str, ...], float]:
    frame = result.table("flow").to_pandas().dropna()
    return {tuple(row[:3]): row[3] for row in frame.itertuples(index=False)}


@pytest.mark.parametrize(
    "where", ["dist", "exists(dist)", "distance", "exists(distance)", "dist > 0", "not dist == 0"]
)
def test_cells_exist_where_a_route_does(where: str) -> None:
    """u: a → p 5, c → p 3, b → q 4 at 1, 3, 2; v: a → p 5, b → p 3, c → q 4 at 1, 2, 3."""
    result = transport(where=where).solve()
    assert result.certificates[""].to_pandas()["objective"].tolist() == pytest.approx([22.0, 23.0])
    found = plan(result)
    assert set(found) == {row[:3] for row in ROUTES}
    assert found["u", "c", "p"] == pytest.approx(3.0) and found["v", "b", "p"] == pytest.approx(3.0)


def test_without_a_condition_absent_routes_cost_nothing() -> None:
    """u: b → p 6 and a → q 4 for nothing, a → p 1, c → p 1 · 3; v: c → p 7 and b → q 4 for nothing, a → p 1."""
    assert transport().solve().certificates[""].to_pandas()["objective"].tolist() == pytest.approx([4.0, 1.0])


def test_absent_cells_are_zero_in_curved_formulas_and_through_cvxpy() -> None:
    pytest.importorskip("cvxpy")
    from saddlepoint.compile.bind import bind
    from saddlepoint.compile.compile import compile_problem
    from saddlepoint.compile.numbers import Numbers
    from saddlepoint.model.flat_numbers import flat_numbers
    from saddlepoint.solve.label import label
    from saddlepoint.solve.solve import solve

    goal = "Minimize(sum(dist * f, over=(Sites, Towns)) + sumsq(f - 1, over=(Sites, Towns)))"
    lab = transport([{"most": "norm2(f, over=Towns) <= 5"}], goal, where="dist")
    model, found = lab.model, []
    for route in (None, "cvxpy"):
        flat = flat_numbers(lab.inputs().tables.values(), model.defaults)
        numbers = Numbers(flat, model.problems[0].scenarios, np.arange(2), {})
        bound = bind(compile_problem(model.problems[0], model, numbers, route), numbers)
        found.append(label(bound, solve(bound.batch), np.arange(2)))
    native, through = found
    assert native.answered.all() and through.answered.all()
    np.testing.assert_allclose(native.objective, through.objective, rtol=1e-6)
    np.testing.assert_allclose(native.values["flow"], through.values["flow"], atol=1e-3)
    x = np.nan_to_num(native.values["flow"])
    dist = {(c, s, t): v for c, s, t, v in ROUTES}
    cells = [(s, t) for s, t in [("a", "p"), ("b", "p"), ("b", "q"), ("c", "p"), ("c", "q")]]
    for k, case in enumerate("uv"):
        costs = np.array([dist.get((case, *cell), 0.0) for cell in cells])
        whole = np.zeros(6)
        whole[: len(cells)] = x[k]
        assert native.objective[k] == pytest.approx(costs @ x[k] + ((whole - 1) ** 2).sum(), rel=1e-6)


def test_the_cells_survive_a_folder(tmp_path: Any) -> None:
    """Written, loaded, solved, shown: the same cells, from the store too."""
    from click.testing import CliRunner

    from saddlepoint.cli.commands import saddle

    folder = tmp_path / "m"
    (folder / "input_data").mkdir(parents=True)
    (folder / "structure_sets.yml").write_text("Sites: {items: [a, b]}\nTowns: {items: [p, q]}\n")
    (folder / "structure_variables.yml").write_text(
        "distance: {type: exogenous, coordinates: [Sites, Towns], default: 0, variables_info: {dist: }}\n"
        "flow: {type: endogenous, coordinates: [Sites, Towns], where: dist, variables_info: {f: {upper: 9, nonneg: true}}}\n"
    )
    (folder / "problem.yml").write_text(
        "objective: ['Minimize(sum(dist * f, over=(Sites, Towns)))']\n"
        "expressions:\n    - served: sum(f, over=Sites) >= 4\n"
    )
    (folder / "input_data" / "distance.csv").write_text("Sites_Name,Towns_Name,values\na,p,1\nb,p,2\nb,q,3\n")
    for _ in range(2):
        run = CliRunner().invoke(saddle, ["run", str(folder)])
        assert run.exit_code == 0, run.output
        with saddlepoint.open(folder).store(readonly=True) as store:
            rows = store.query('SELECT Sites_Name, Towns_Name, "values" FROM flow ORDER BY 1, 2')
        assert [tuple(r) for r in rows] == [("a", "p", 4.0), ("b", "p", 0.0), ("b", "q", 4.0)]


def bounded(**rules: Any) -> Any:
    pandas = pytest.importorskip("pandas")
    sets = {"Hours": {"items": "1..4"}, "Tech": {"items": ["a", "b"]}}
    variables = {
        "cap": {"type": "exogenous", "coordinates": ["Tech"], "variables_info": {"k": None}},
        "cost": {"type": "exogenous", "coordinates": ["Tech"], "variables_info": {"c": None}},
        "need": {"type": "exogenous", "coordinates": ["Hours"], "variables_info": {"d": None}},
        "done": {
            "type": "exogenous",
            "coordinates": ["Tech", "Hours"],
            "default": 0,
            "variables_info": {"g0": None},
        },
        "plan": {"type": "endogenous", "coordinates": ["Tech", "Hours"], "variables_info": {"g": rules}},
    }
    problem = {
        "objective": ["Minimize(sum(c * g, over=(Tech, Hours)))"],
        "expressions": [{"served": "sum(g, over=Tech) == d"}],
    }
    done = pandas.DataFrame({"Tech_Name": ["b"], "Hours_Name": ["1"], "values": [2.5]})
    data = {"cap": [3.0, 9.0], "cost": [1.0, 2.0], "need": [5.0, 4.0, 3.0, 6.0], "done": done}
    return saddlepoint.define(sets=sets, variables=variables, problem=problem, data=data).solve()


def test_bounds_of_a_declaration_are_priced_relations() -> None:
    result = bounded(lower=0.5, upper="k", fix="g0")
    found = result.table("plan").to_pandas()["values"].to_numpy()
    assert found == pytest.approx([2.5, 3.0, 2.5, 3.0, 2.5, 1.0, 0.5, 3.0])
    upper = result.price("g_upper").to_pandas().set_index(["Hours", "Tech"])["price"]
    assert upper["2", "a"] == pytest.approx(-1.0) and upper["1", "a"] == pytest.approx(0.0)
    fixed = result.price("g_fix").to_pandas()
    assert fixed[["Tech", "Hours"]].to_numpy().tolist() == [["b", "1"]] and fixed["price"][
        0
    ] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("flow", "code"),
    [
        ({"where": "s"}, "E127"),
        ({"where": "f > 0"}, "E121"),
        ({"where": "dist +"}, "E102"),
        ({"where": "Sites"}, "E121"),
        ({"where": "dist * 2"}, "E121"),
        ({"where": "exists(1)"}, "E111"),
        ({"default": 3}, "Y035"),
    ],
)
def test_conditions_that_cannot_be_asked(flow: dict[str, Any], code: str) -> None:
    with pytest.raises(SaddleError) as caught:
        transport(**flow).solve()
    assert caught.value.diagnostics[0].code == code and caught.value.diagnostics[0].fix


def test_fix_needs_a_table_that_may_lack_rows() -> None:
    with pytest.raises(SaddleError, match="E127"):
        bounded(fix="k")


@pytest.mark.parametrize(
    ("fix", "expected"), [(2.5, [2.5, 2.5]), ("2 * g0 + 1", [0.0, 7.0]), (0, [0.0, 0.0])]
)
def test_a_decision_is_fixed_to_a_number_or_to_sums_of_data_where_all_are_there(
    fix: float | str, expected: list[float]
) -> None:
    m = saddlepoint.Model()
    tech = m.set("Tech", ["a", "b"])
    m.data("g0", tech, {"b": 3.0}, default=0)
    made = m.decide(
        "made", tech, lower=0, fix=saddlepoint.building.Expression(fix) if isinstance(fix, str) else fix
    )
    m.minimise(saddlepoint.sum(made, over=tech))
    assert m.solve().table("made").columns["values"].tolist() == expected
