"""The six models in linopy (0.10): one function each; the lines between `# model` and `return` say the model."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.six_models.numbers import array, number


def energy_storage(price: str = "low") -> Any:
    import linopy
    import pandas as pd

    tech, hours = pd.Index(["pv", "wind", "gas"], name="Tech"), pd.RangeIndex(1, 25, name="Hours")
    read = partial(array, "energy_storage")
    running, building = (read(t, {"Tech": tech}) for t in ("technology_cost", "investment_cost"))
    emission = read("emission_rate", {"Tech": tech}, 0.0)
    available = read("availability", {"Tech": tech, "Hours": hours}, 1.0)
    need = read("demand", {"Hours": hours})
    carbon = float(array("energy_storage", "carbon_price", {"Prices": ["low", "high"]}).sel(Prices=price))
    battery_cost, kept = (number("energy_storage", t) for t in ("battery", "efficiency"))
    # model
    m = linopy.Model()
    cap = m.add_variables(lower=0, upper=200, coords=[tech], name="cap")
    gen = m.add_variables(lower=0, coords=[tech, hours], name="gen")
    size = m.add_variables(lower=0, name="size")
    charge = m.add_variables(lower=0, coords=[hours], name="charge")
    discharge = m.add_variables(lower=0, coords=[hours], name="discharge")
    stored = m.add_variables(lower=0, coords=[hours], name="stored")
    m.add_constraints(gen.sum("Tech") + discharge - charge == need, name="balance")
    m.add_constraints(gen - available * cap <= 0, name="output")
    m.add_constraints(stored - stored.roll(Hours=1) - kept * charge + discharge == 0, name="battery")
    m.add_constraints(stored - size <= 0, name="full")
    m.add_objective(
        (building * cap).sum() + battery_cost * size + ((running + carbon * emission) * gen).sum()
    )
    return m


def unit_commitment() -> Any:
    import linopy
    import numpy as np
    import pandas as pd
    import xarray as xr

    units = pd.Index([f"u{k}" for k in range(1, 11)], name="Units")
    hours = pd.RangeIndex(1, 25, name="Hours")
    read = partial(array, "unit_commitment", coords={"Units": units})
    a, b, c = (read(t) for t in ("cost_fixed", "cost_linear", "cost_square"))
    most, least, up, down = (read(t) for t in ("load_max", "load_min", "hours_up", "hours_down"))
    hot, cold, warm, before = (read(t) for t in ("start_hot", "start_cold", "hours_warm", "hours_before"))
    need = array("unit_commitment", "demand", {"Hours": hours})
    # model
    m = linopy.Model()
    on = m.add_variables(binary=True, coords=[units, hours], name="on")
    start = m.add_variables(binary=True, coords=[units, hours], name="start")
    stop = m.add_variables(binary=True, coords=[units, hours], name="stop")
    start_cost = m.add_variables(lower=0, coords=[units, hours], name="start_cost")
    gen = m.add_variables(lower=0, coords=[units, hours], name="gen")
    fuel = m.add_variables(lower=0, coords=[units, hours], name="fuel")
    m.add_constraints(gen.sum("Units") == need, name="balance")
    m.add_constraints((most * on).sum("Units") >= 1.1 * need, name="reserve")
    m.add_constraints(gen - most * on <= 0, name="most")
    m.add_constraints(gen - least * on >= 0, name="least")
    load = least + (most - least) * xr.DataArray(
        np.arange(13) / 12, coords=[pd.RangeIndex(13, name="Points")]
    )
    m.add_constraints(fuel - (a - c * load**2) * on - (b + 2 * c * load) * gen >= 0, name="tangents")
    first = (before > 0) * (xr.DataArray(hours, coords=[hours]) == 1)
    m.add_constraints(on - on.shift(Hours=1) - start + stop == first, name="switches")
    t = xr.DataArray(hours, coords=[hours])
    s = xr.DataArray(np.arange(1, 25), coords=[pd.RangeIndex(1, 25, name="Earlier")])
    past = (s <= t) * 1.0
    started, stopped, ran = (x.rename({"Hours": "Earlier"}) for x in (1 * start, 1 * stop, 1 * on))
    m.add_constraints((past * (t - s < up) * started).sum("Earlier") - on <= 0, name="stays_up")
    m.add_constraints((past * (t - s < down) * stopped).sum("Earlier") + on <= 1, name="stays_down")
    m.add_constraints(on == 1, name="still_up", mask=(before > 0) & (t + before <= up))
    m.add_constraints(on == 0, name="still_down", mask=(before < 0) & (t - before <= down))
    m.add_constraints(start_cost - hot * start >= 0, name="hot_start")
    lately = (s < t) * (t - s <= down + warm + 1)
    long = t - 1 - before.clip(max=0) > down + warm
    idle = start - (lately * ran).sum("Earlier")
    m.add_constraints(start_cost - cold * idle >= 0, name="cold_start", mask=long.transpose("Units", "Hours"))
    m.add_objective(fuel.sum() + start_cost.sum())
    return m


def lot_sizing() -> Any:
    import linopy
    import pandas as pd

    plants = pd.Index(["east", "west"], name="Plants")
    products = pd.Index(["doors", "frames", "sills"], name="Products")
    markets = pd.Index(["Aosta", "Biella", "Como"], name="Markets")
    weeks = pd.RangeIndex(1, 7, name="Weeks")
    read, pair = partial(array, "lot_sizing"), {"Plants": plants, "Products": products}
    making, setup, per_piece, setting = (
        read(t, pair) for t in ("making_cost", "setup_cost", "lot_time", "setup_time")
    )
    hours, least_lot = read("hours", {"Plants": plants}), read("least_lot", {"Products": products})
    freight = read("freight", {"Plants": plants, "Markets": markets})
    need = read("demand", {"Markets": markets, "Products": products, "Weeks": weeks}, 0.0)
    # model
    m = linopy.Model()
    made = making.notnull()
    cells = made.expand_dims({"Weeks": weeks}).transpose("Plants", "Products", "Weeks")
    routes = (freight.notnull() & cells).transpose("Plants", "Markets", "Products", "Weeks")
    add = partial(m.add_variables, coords=[plants, products, weeks], mask=cells)
    make = add(lower=0, name="make")
    set_up = add(binary=True, name="set_up")
    kept = add(lower=0, upper=300, name="kept")
    ship = m.add_variables(lower=0, coords=[plants, markets, products, weeks], mask=routes, name="ship")
    m.add_constraints(
        kept.shift(Weeks=1) + make - ship.sum("Markets") - kept == 0, name="balance", mask=cells
    )
    m.add_constraints(ship.sum("Plants") == need, name="served")
    busy = per_piece.fillna(0) * make + setting.fillna(0) * set_up
    m.add_constraints(busy.sum("Products") <= hours, name="hours")
    m.add_constraints(per_piece.fillna(0) * make - hours * set_up <= 0, name="only_set_up", mask=cells)
    m.add_constraints(make - least_lot * set_up >= 0, name="least_lot", mask=cells)
    cost = making.fillna(0) * make + setup.fillna(0) * set_up + 0.3 * kept
    m.add_objective(cost.sum() + (freight.fillna(0) * ship).sum())
    return m


def distribution() -> Any:
    import linopy
    import pandas as pd
    import xarray as xr

    plants = pd.Index(["north", "south"], name="Plants")
    products = pd.Index(["bread", "cake"], name="Products")
    towns = pd.Index(["Alba", "Bra", "Cuneo"], name="Towns")
    weeks = pd.RangeIndex(1, 5, name="Weeks")
    read, pair = partial(array, "distribution"), {"Plants": plants, "Products": products}
    making, stock_0 = read("making_cost", pair), read("first_stock", pair, 0.0)
    route = read("route_cost", {"Plants": plants, "Towns": towns})
    need = read("demand", {"Towns": towns, "Products": products, "Weeks": weeks})
    oven = read("oven_hours", {"Plants": plants})
    # model
    m = linopy.Model()
    cells = making.notnull().expand_dims({"Weeks": weeks}).transpose("Plants", "Products", "Weeks")
    routes = (route.notnull() & cells).transpose("Plants", "Towns", "Products", "Weeks")
    make = m.add_variables(lower=0, coords=[plants, products, weeks], mask=cells, name="make")
    ship = m.add_variables(lower=0, coords=[plants, towns, products, weeks], mask=routes, name="ship")
    kept = m.add_variables(lower=0, upper=6, coords=[plants, products, weeks], mask=cells, name="kept")
    first = -stock_0 * (xr.DataArray(weeks, coords=[weeks]) == 1)
    flow = kept.shift(Weeks=1) + make - ship.sum("Towns") - kept
    m.add_constraints(flow == first, name="balance", mask=cells)
    m.add_constraints(ship.sum("Plants") >= need, name="served")
    m.add_constraints(make.sum("Products") <= oven, name="oven")
    m.add_constraints(kept.sel(Products="cake") <= 2, name="fresh", mask=cells.sel(Products="cake"))
    later = cells & (xr.DataArray(weeks, coords=[weeks]) > 1)
    m.add_constraints(make - make.shift(Weeks=1) <= 8, name="calm", mask=later)
    m.add_objective((making.fillna(0) * make).sum() + (route.fillna(0) * ship).sum() + 0.5 * kept.sum())
    return m


def backlog() -> Any:
    import linopy
    import pandas as pd
    import xarray as xr

    products, months = pd.Index(["bikes", "scooters"], name="Products"), pd.RangeIndex(1, 9, name="Months")
    read = partial(array, "backlog")
    making, keeping, owing, work = (
        read(t, {"Products": products}) for t in ("costs", "keeping_cost", "backlog_cost", "work")
    )
    need, hours = read("demand", {"Products": products, "Months": months}), read("hours", {"Months": months})
    stock_0 = read("first_stock", {"Products": products}, 0.0)
    # model
    m = linopy.Model()
    make = m.add_variables(lower=0, coords=[products, months], name="make")
    kept = m.add_variables(lower=0, coords=[products, months], name="kept")
    owed = m.add_variables(lower=0, coords=[products, months], name="owed")
    extra = m.add_variables(lower=0, upper=60, coords=[months], name="extra")
    first = stock_0 * (xr.DataArray(months, coords=[months]) == 1)
    change = kept - kept.shift(Months=1) - owed + owed.shift(Months=1)
    m.add_constraints(change - make == first - need, name="balance")
    m.add_constraints((work * make).sum("Products") - extra <= hours, name="hours")
    m.add_constraints(owed.isel(Months=-1) == 0, name="settled")
    m.add_objective((making * make + keeping * kept + owing * owed).sum() + 18 * extra.sum())
    return m


def portfolio(aim: str = "middle") -> Any:
    import linopy
    import pandas as pd
    import xarray as xr

    names = ["bonds", "property", "energy", "health", "tech"]
    assets = pd.Index(names, name="Assets")
    read = partial(array, "portfolio")
    mu, today = read("expected_return", {"Assets": assets}), read("held", {"Assets": assets}, 0.0)
    v = read("covariance", {"Assets": assets, "Others": names})
    target = float(read("least_return", {"Targets": ["calm", "middle", "bold"]}).sel(Targets=aim))
    sector = xr.DataArray(["safe", "safe", "shares", "shares", "shares"], coords=[assets], name="Sectors")
    most = read("sector_limit", {"Sectors": ["safe", "shares"]}, 1.0)
    # model
    m = linopy.Model()
    w = m.add_variables(lower=0, coords=[assets], name="w")
    more = m.add_variables(lower=0, coords=[assets], name="more")
    less = m.add_variables(lower=0, coords=[assets], name="less")
    m.add_constraints(w.sum() == 1, name="all_money")
    m.add_constraints((mu * w).sum() >= target, name="return")
    m.add_constraints((1 * w).groupby(sector).sum() <= most, name="sectors")
    m.add_constraints(w - more + less == today, name="moves")
    m.add_constraints(more.sum() + less.sum() <= 1.2, name="calm_trade")
    risk = 0
    for one in names:
        risk = risk + w.sel(Assets=one) * (
            (v.sel(Assets=one, drop=True).rename({"Others": "Assets"}) * w).sum()
        )
    m.add_objective(risk)
    return m


MODELS = (energy_storage, unit_commitment, lot_sizing, distribution, backlog, portfolio)


def optimum(name: str) -> float:
    model = next(f for f in MODELS if f.__name__ == name)()
    model.solve(solver_name="highs", output_flag=False, mip_rel_gap=1e-6)
    return float(model.objective.value)
