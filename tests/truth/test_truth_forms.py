"""Small models whose optimum, plan and prices are known by hand: domains, curves, cones, views of tables, statuses."""

import numpy as np
import pytest

import saddlepoint

COLS = {"P": {"dim": "cols"}}
TWO = {"P": ["p0", "p1"]}


def words(run, key=""):
    return run.certificates[key].columns["status"].tolist()


def proved(run, *expected) -> None:
    """The statuses of the only problem, and certificates of at most 1e-6."""
    (table,) = run.certificates.values()
    assert table.columns["status"].tolist() == list(expected)
    for name in ("rel_prim", "rel_dual", "gap", "unc"):
        assert np.abs(table.columns[name]).max() <= 1e-6
    assert (table.columns["verified"] == 1).all()


def close(found, expected, tolerance=1e-7) -> None:
    np.testing.assert_allclose(found, expected, atol=tolerance)


def test_prices_of_every_kind_of_row(small) -> None:
    """max 3x₀ + 2x₁ with x₀ + x₁ ≤ 4, x₀ ≤ 3, x₁ = 0.5 + x₂ …: every price is d(objective)/d(right-hand side)."""
    tables = {"t": ("endogenous", {"x": COLS}, ("P",)), "w_t": ("exogenous", {"w": COLS}, ("P",))}
    data = {"w_t": [3.0, 2.0]}
    rows = [{"sum": "sum(x) <= 4"}, {"each": "x <= tran(tran(w))"}, {"sign": "x >= 0"}]
    most = small(TWO, tables, {"objective": ["Maximize(w @ tran(x))"], "expressions": rows}, data).solve()
    close(most.table("t").values, [3, 1])
    close(most.price("sum").columns["price"], [2])
    close(most.price("each").columns["price"], [1, 0])
    close(most.price("sign").columns["price"], [0, 0])
    assert most.price("each").columns["binding"].tolist() == [1, 0]
    rows = [{"need": "sum(x) >= 4"}, {"fixed": "x @ tran(w) == 9"}, {"sign": "x >= 0"}]
    least = small(TWO, tables, {"objective": ["Minimize(2 * sum(x))"], "expressions": rows}, data).solve()
    close(least.table("t").values, [1, 3])
    close(least.price("need").columns["price"], [2])
    close(least.price("fixed").columns["price"], [0])
    one = small(
        TWO, tables, {"objective": ["Minimize(w @ tran(x))"], "expressions": ["sum(x) == 5", "x >= 1"]}, data
    ).solve()
    close(one.table("t").values, [1, 4])
    close(one.price("c1").columns["price"], [2])
    close(one.price("c2").columns["price"], [1, 0])


def test_statuses_among_each_other(small) -> None:
    """max x with x ≤ top, x ≥ low, and no row at all where the weight of the cap is zero."""
    split = {"P": {"description": "plants"}, "S": {"description": "scenarios", "split_problem": True}}
    tables = {
        "t": ("endogenous", {"x": COLS}, ("P", "S")),
        "low_t": ("exogenous", {"low": COLS}, ("P", "S")),
        "cap_t": ("exogenous", {"cap": COLS}, ("P", "S")),
    }
    problem = {"objective": ["Maximize(sum(x))"], "expressions": ["mult(cap, x) <= 2", "x >= low"]}
    items = {"P": ["p0"], "S": ["fits", "too much", "no end", "also fits"]}
    data = {"low_t": [[0.0, 3.0, 0.0, 1.0]], "cap_t": [[1.0, 1.0, 0.0, 0.5]]}
    run = small(items, tables, problem, data, split).solve()
    proved(run, "optimal", "infeasible", "unbounded", "optimal")
    assert run.exit_code == 3
    close(run.table("t").values, [[2, np.nan, np.nan, 4]])
    close(run.price("c1").columns["price"], [1, np.nan, np.nan, 2])
    for chunk in (1, 3):
        proved(small(items, tables, problem, data, split).solve(chunk=chunk), *words(run))


@pytest.mark.parametrize(
    ("domain", "plan", "value"),
    [("integer", [1, 2], 14), ("boolean", [1, 1], 9), (None, [11 / 3, 0], 44 / 3)],
)
def test_domains(domain, plan, value) -> None:
    """max 4x₀ + 5x₁ with 3x₀ + 4x₁ ≤ 11: over whole numbers the grid has one best point, (1, 2)."""
    grid = sorted((4 * a + 5 * b, a, b) for a in range(4) for b in range(4) if 3 * a + 4 * b <= 11)
    assert grid[-1] == (14, 1, 2) and grid[-2][0] < 14
    variables = {
        "t": {"type": "endogenous", "coordinates": ["P"], "variables_info": {"x": {**COLS, "nonneg": True}}},
        "w_t": {"type": "exogenous", "coordinates": ["P"], "variables_info": {"w": COLS}},
        "u_t": {"type": "exogenous", "coordinates": ["P"], "variables_info": {"u": COLS}},
    }
    if domain:
        variables["t"]["domain"] = domain
    run = saddlepoint.define(
        sets={"P": {}},
        variables=variables,
        problem={"objective": ["Maximize(w @ tran(x))"], "expressions": ["u @ tran(x) <= 11"]},
        items=TWO,
        data={"w_t": [4.0, 5.0], "u_t": [3.0, 4.0]},
    ).solve()
    assert words(run) == ["optimal"]
    close(run.objective[""], [value])
    close(run.table("t").values, plan)


def test_a_quadratic_programme(small) -> None:
    """min x₀² + 2x₁² with x₀ + x₁ ≥ 3: x = (2, 1), price 4; a cap x₀ ≤ 1 gives (1, 2), prices 8 and −6."""
    tables = {"t": ("endogenous", {"x": COLS}, ("P",)), "w_t": ("exogenous", {"w": COLS}, ("P",))}
    goal = {"objective": ["Minimize(sum(mult(w, square(x))))"]}
    run = small(TWO, tables, {**goal, "expressions": ["sum(x) >= 3"]}, {"w_t": [1.0, 2.0]}).solve()
    proved(run, "optimal")
    close(run.table("t").values, [2, 1], 1e-6)
    close(run.price("c1").columns["price"], [4], 1e-5)
    close(run.objective[""], [6], 1e-6)
    tables["u_t"] = ("exogenous", {"u": COLS}, ("P",))
    rows = ["sum(x) >= 3", "x <= u"]
    run = small(TWO, tables, {**goal, "expressions": rows}, {"w_t": [1.0, 2.0], "u_t": [1.0, 9.0]}).solve()
    close(run.table("t").values, [1, 2], 1e-6)
    close(run.price("c1").columns["price"], [8], 1e-5)
    close(run.price("c2").columns["price"], [-6, 0], 1e-5)


def test_a_second_order_cone(small) -> None:
    """max 3x₀ + 4x₁ with ‖x‖ ≤ 2: x = 2·(3, 4)/5, optimum 10, price of the radius 5; min ‖x − a‖ with x₀ ≤ 1."""
    tables = {"t": ("endogenous", {"x": COLS}, ("P",)), "w_t": ("exogenous", {"w": COLS}, ("P",))}
    problem = {"objective": ["Maximize(w @ tran(x))"], "expressions": ["norm2(x) <= 2"]}
    run = small(TWO, tables, problem, {"w_t": [3.0, 4.0]}).solve()
    proved(run, "optimal")
    close(run.table("t").values, [1.2, 1.6], 1e-6)
    close(run.price("c1").columns["price"], [5], 1e-5)
    near = {"objective": ["Minimize(norm2(x - w))"], "expressions": ["sum(x) <= 3"]}
    run = small(TWO, tables, near, {"w_t": [3.0, 4.0]}).solve()
    close(run.table("t").values, [1, 2], 1e-5)
    close(run.objective[""], [np.sqrt(8)], 1e-6)
    close(run.price("c1").columns["price"], [-1 / np.sqrt(2)], 1e-5)


def test_intra_sets_repeat_rows_and_reuse_what_lacks_them(small) -> None:
    """For each region and year the cheapest of two plants, its use of a cap that has no year."""
    items = {"P": ["p0", "p1"], "R": ["r0", "r1", "r2"], "Y": ["y0", "y1"]}
    tables = {
        "t": ("endogenous", {"x": {"P": {"dim": "cols"}}}, ("P", "R", "Y")),
        "k_t": ("exogenous", {"k": {"P": {"dim": "rows"}}}, ("P", "R")),
        "d_t": ("exogenous", {"d": None}, ("R", "Y")),
        "u_t": ("exogenous", {"u": {"P": {"dim": "cols"}}}, ("P",)),
    }
    rng = np.random.default_rng(5)
    k, d, u = rng.uniform(1, 9, (2, 3)), rng.uniform(1, 7, (3, 2)), np.array([4.0, 5.0])
    problem = {"objective": ["Minimize(x @ k)"], "expressions": ["sum(x) >= d", "x <= u", "x >= 0"]}
    run = small(items, tables, problem, {"k_t": k, "d_t": d, "u_t": u}).solve()
    cheap, plan = k.argmin(axis=0), np.zeros((2, 3, 2))
    price = np.zeros((3, 2))
    for r in range(3):
        for y in range(2):
            first = min(d[r, y], u[cheap[r]])
            plan[cheap[r], r, y], plan[1 - cheap[r], r, y] = first, d[r, y] - first
            price[r, y] = k[cheap[r] if d[r, y] < u[cheap[r]] else 1 - cheap[r], r]
    close(run.table("t").values, plan)
    close(run.objective[""], [(plan * k[:, :, None]).sum()])
    close(run.price("c1").columns["price"].reshape(3, 2), price)


def test_two_sets_on_one_axis_and_a_set_on_both(small) -> None:
    """Transport: rows = cell (region × product), cols likewise by a copied set; x[i, j] moves, cost by distance."""
    sets = {"R": {}, "Q": {}, "To": {"copy_from": "R"}}
    items = {"R": ["a", "b", "c"], "Q": ["coal", "ore"]}
    rng = np.random.default_rng(3)
    cost = rng.uniform(1, 9, (3, 2, 3))
    supply, need = np.array([[9.0, 4], [6, 8], [3, 7]]), np.array([6.0, 5.0, 7.0])
    rows = {"R": {"dim": "rows"}, "Q": {"dim": "rows"}}
    tables = {
        "t": ("endogenous", {"x": {**rows, "To": {"dim": "cols"}, "nonneg": True}}, ("R", "Q", "To")),
        "cost_t": ("exogenous", {"k": {**rows, "To": {"dim": "cols"}}}, ("R", "Q", "To")),
        "supply_t": ("exogenous", {"s": rows}, ("R", "Q")),
        "need_t": ("exogenous", {"n": {"To": {"dim": "cols"}}}, ("To",)),
    }
    problem = {
        "objective": ["Minimize(sum(mult(k, x)))"],
        "expressions": ["sum(x, 1) <= s", "sum(x, 0) >= n"],
    }
    run = small(items, tables, problem, {"cost_t": cost, "supply_t": supply, "need_t": need}, sets).solve()
    from scipy.optimize import linprog

    out, into = np.kron(np.eye(6), np.ones((1, 3))), np.kron(np.ones((1, 6)), np.eye(3))
    found = linprog(cost.reshape(-1), A_ub=np.vstack([out, -into]), b_ub=[*supply.reshape(-1), *-need])
    close(run.objective[""], [found.fun])
    close(run.table("t").values.reshape(-1), found.x)
    close(run.price("c1").columns["price"], found.ineqlin.marginals[:6])
    close(run.price("c2").columns["price"], -found.ineqlin.marginals[6:])
    close(run.reduced_cost("t").columns["reduced_cost"], found.lower.marginals)


def test_filters_views_blanks_and_constants(small) -> None:
    """Two variables look at one table by filters, blanks of the data are filled, `sum_vector` adds up."""
    sets = {"A": {"filters": {"kind": ["cheap", "dear"]}}, "T": {}}
    items = {"A": {"A_Name": ["a0", "a1", "a2"], "A_kind": ["cheap", "dear", "cheap"]}, "T": ["t0", "t1"]}
    cheap = {"A": {"dim": "cols", "filters": {"kind": "cheap"}}, "T": {"dim": "rows"}}
    dear = {"A": {"dim": "cols", "filters": {"kind": ["dear"]}}, "T": {"dim": "rows"}}
    both = {"A": {"dim": "cols"}, "T": {"dim": "rows"}}
    tables = {
        "t": ("endogenous", {"x": {**both, "nonneg": True}, "xc": cheap, "xd": dear}, ("A", "T")),
        "cap_t": (
            "exogenous",
            {"cap": {**cheap, "blank_fill": 2.0}, "most": {**dear, "blank_fill": 50.0}},
            ("A", "T"),
        ),
        "need_t": ("exogenous", {"need": {"T": {"dim": "rows"}}}, ("T",)),
        "one_t": ("constant", {"one": {"value": "sum_vector", "A": {"dim": "rows"}}}, ("A",)),
    }
    problem = {
        "objective": ["Minimize(sum(xc) + 5 * sum(xd))"],
        "expressions": [{"cover": "x @ one >= need"}, {"limit": "xc <= cap"}, {"roof": "xd <= most"}],
    }
    cap = {"A_Name": ["a0", "a2"], "T_Name": ["t0", "t1"], "values": [1.5, 4.0]}
    run = small(items, tables, problem, {"cap_t": cap, "need_t": [3.0, 10.0]}, sets).solve()
    plan = run.table("t").values
    close(plan.sum(axis=0), [3, 10])
    close(plan[1], [0, 4])
    close(run.objective[""], [3 + 6 + 20])
    close(run.price("cover").columns["price"], [1, 5])
    assert len(run.price("limit")) == 4 and len(run.price("roof")) == 2
