"""Whole runs into the store against scipy's HiGHS on matrices built by hand from the same numbers."""

import numpy as np
import pytest
from scipy.optimize import linprog

import saddlepoint
from benchmarks import families

C0, SLOPE, ENERGY, MATERIAL = (np.array(row) for row in zip(*families.PER_PRODUCT, strict=True))


def planned(c, left):
    """max c·x, energy and material within `left`, x ≥ 0: plan, profit, prices."""
    found = linprog(-c, A_ub=[ENERGY, MATERIAL], b_ub=left, method="highs")
    return found.x, -found.fun, -found.ineqlin.marginals


def lefts(scenarios):
    low, high = families.near_square(scenarios)
    return [(e, m) for e in np.linspace(100, 400, low) for m in np.linspace(40, 120, high)]


@pytest.mark.parametrize("scenarios", [1, 12, 35])
def test_product_mix(scenarios, folder, column, certified) -> None:
    path = folder(f"a_lp_{scenarios}")
    assert saddlepoint.open(path).run().exit_code == 0
    plans, profits, prices = (
        np.array(part) for part in zip(*(planned(C0, left) for left in lefts(scenarios)), strict=True)
    )
    np.testing.assert_allclose(column(path, "production").reshape(2, -1).T, plans, atol=1e-7)
    np.testing.assert_allclose(column(path, "_scenarios", "objective", "rowid"), profits, rtol=1e-9)
    np.testing.assert_allclose(column(path, "price_c1", "price"), prices[:, 0], atol=1e-7)
    np.testing.assert_allclose(column(path, "price_c2", "price"), prices[:, 1], atol=1e-7)
    used = np.array([left[0] for left in lefts(scenarios)]) - plans @ ENERGY
    np.testing.assert_allclose(column(path, "price_c1", "slack"), used, atol=1e-7)
    certified(path, "optimal")


def fixed_point(left):
    """The loop by hand, from c₀: plan and unit profits that reproduce each other."""
    c, before = C0, None
    for _ in range(100):
        x, _, prices = planned(c, left)
        if before is not None and np.abs(x - before).max() < 1e-10:
            return x, c, prices
        before, c = x, C0 + SLOPE * x
    raise AssertionError("the loop by hand does not end")


@pytest.mark.parametrize("scenarios", [4, 30])
def test_profits_that_grow_with_output(scenarios, folder, column, certified) -> None:
    path = folder(f"a_int_{scenarios}")
    assert saddlepoint.open(path).run().exit_code == 0
    x, c, prices = (
        np.array(part) for part in zip(*(fixed_point(left) for left in lefts(scenarios)), strict=True)
    )
    np.testing.assert_allclose(column(path, "production").reshape(2, -1).T, x, atol=1e-7)
    np.testing.assert_allclose(column(path, "profit").reshape(2, -1).T, c, atol=1e-7)
    np.testing.assert_allclose(column(path, "price_production_c1", "price"), prices[:, 0], atol=1e-7)
    certified(path, "fixed_point")
    assert saddlepoint.open(path).run().exit_code == 0
    np.testing.assert_allclose(column(path, "production").reshape(2, -1).T, x, atol=1e-7)


def test_initial_values_make_no_difference_to_a_start_without_them(folder, column, tmp_path) -> None:
    given, blank = folder("a_int_6"), tmp_path / "blank"
    family = families.a_int(6)
    rest = {k: v for k, v in family.inputs.items() if k not in ("production", "profit")}
    families.write(families.Family(family.settings, family.sets, rest, family.layout), blank)
    for path in (given, blank):
        saddlepoint.open(path).run()
    np.testing.assert_allclose(column(given, "production"), column(blank, "production"), atol=1e-9)


@pytest.mark.parametrize("name", ["b_40", "b_40_csv"])
def test_one_dense_problem(name, folder, column, certified) -> None:
    path = folder(name)
    assert saddlepoint.open(path).run().exit_code == 0
    numbers = {key: np.array(list(table.values)) for key, table in families.b(40).inputs.items()}
    use = numbers["coefficients"].reshape(families.RESOURCES, 40)
    found = linprog(-numbers["profit"], A_ub=use, b_ub=numbers["availability"], method="highs")
    np.testing.assert_allclose(column(path, "production"), found.x, atol=1e-7)
    np.testing.assert_allclose(column(path, "price_c1", "price"), -found.ineqlin.marginals, atol=1e-7)
    # x ≥ 0 is the user's own row, so it has the price of the bound
    np.testing.assert_allclose(column(path, "price_c2", "price"), -found.lower.marginals, atol=1e-7)
    np.testing.assert_allclose(column(path, "_scenarios", "objective", "rowid"), [-found.fun], rtol=1e-9)
    certified(path, "optimal")


def dispatched(hours):
    """All hours in one problem, columns technology by technology: plan (5, hours), cost, prices (hours,)."""
    shares, demand = families.availability(hours)
    import scipy.sparse as sp

    rows = -sp.kron(np.ones((1, 5)), sp.identity(hours), format="csr")
    upper = (np.array(families.CAPACITIES)[:, None] * shares).reshape(-1)
    bounds = np.stack([np.zeros(5 * hours), upper], axis=1)
    cost = np.repeat(families.COSTS, hours)
    found = linprog(cost, A_ub=rows, b_ub=-demand, bounds=bounds, method="highs")
    return found.x.reshape(5, hours), found.fun, -found.ineqlin.marginals


@pytest.mark.parametrize("name", ["c_intra_48", "c_rows_48", "c_intra_1000", "c_rows_2000"])
def test_dispatch_by_the_hour(name, folder, column, certified) -> None:
    path = folder(name)
    assert saddlepoint.open(path).run().exit_code == 0
    plan, cost, prices = dispatched(int(name.rpartition("_")[2]))
    np.testing.assert_allclose(column(path, "supply_t").reshape(plan.shape), plan, atol=1e-6)
    np.testing.assert_allclose(column(path, "price_c1", "price"), prices, atol=1e-7)
    np.testing.assert_allclose(column(path, "_scenarios", "objective", "rowid"), [cost], rtol=1e-9)
    certified(path, "optimal")


@pytest.mark.parametrize("chunk", [1, 2, 5, 7])
@pytest.mark.parametrize("name", ["a_lp_12", "a_int_12"])
def test_chunks_change_nothing(name, chunk, folder, column) -> None:
    """The rows of every table are those of a run in one piece, in the same order."""
    path = folder(name)
    lab = saddlepoint.open(path)
    keys = ("production", "reduced_cost_production")
    lab.run()
    whole = [column(path, key, "values" if k == 0 else "reduced_cost") for k, key in enumerate(keys)]
    labels = column(path, "production", "Scenarios_material_Name")
    lab.run(chunk=chunk)
    parts = [column(path, key, "values" if k == 0 else "reduced_cost") for k, key in enumerate(keys)]
    np.testing.assert_allclose(parts, whole, atol=1e-9)
    assert (column(path, "production", "Scenarios_material_Name") == labels).all()
    assert (column(path, "production", "id") == np.arange(1, 25)).all()


def test_a_part_of_the_scenarios_replaces_only_its_rows(folder, column) -> None:
    path = folder("a_lp_12")
    lab = saddlepoint.open(path)
    lab.run()
    whole, prices = column(path, "production"), column(path, "price_c1", "price")
    lab.run(scenarios="3:8", chunk=2)
    np.testing.assert_allclose(column(path, "production"), whole, atol=1e-9)
    np.testing.assert_allclose(column(path, "price_c1", "price"), prices, atol=1e-9)
    assert len(column(path, "_scenarios", "status", "rowid")) == 17
