"""The six models in GAMSPy (1.29): one function each; the lines between `# model` and `return` say the model."""

from __future__ import annotations

from typing import Any

from benchmarks.six_models.numbers import number, records


class Reader:
    """A container whose parameters take their rows from the starters."""

    def __init__(self, model: str) -> None:
        import gamspy as gp

        self.model, self.m = model, gp.Container()

    def set(self, name: str, items: Any) -> Any:
        import gamspy as gp

        return gp.Set(self.m, name, records=[str(item) for item in items])

    def data(self, table: str, over: Any) -> Any:
        import gamspy as gp

        return gp.Parameter(self.m, table, domain=over, records=records(self.model, table))


def energy_storage(price: str = "low") -> Any:
    import gamspy as gp

    r = Reader("energy_storage")
    m, tech, hours = r.m, r.set("Tech", ["pv", "wind", "gas"]), r.set("Hours", range(1, 25))
    running, building, emission = (
        r.data(t, tech) for t in ("technology_cost", "investment_cost", "emission_rate")
    )
    available, need = r.data("availability", [tech, hours]), r.data("demand", hours)
    carbon = {k[0]: v for *k, v in records("energy_storage", "carbon_price")}[price]
    battery_cost, keeps = (number("energy_storage", t) for t in ("battery", "efficiency"))
    given = {tuple(k) for *k, _ in records("energy_storage", "availability")}
    for one in tech.toList():
        for hour in hours.toList():
            if (one, hour) not in given:
                available[one, hour] = 1  # no default for absent rows but 0
    # model
    cap = gp.Variable(m, "cap", "positive", domain=tech)
    gen = gp.Variable(m, "gen", "positive", domain=[tech, hours])
    size = gp.Variable(m, "size", "positive")
    charge = gp.Variable(m, "charge", "positive", domain=hours)
    discharge = gp.Variable(m, "discharge", "positive", domain=hours)
    stored = gp.Variable(m, "stored", "positive", domain=hours)
    cap.up[tech] = 200
    balance = gp.Equation(m, "balance", domain=hours)
    balance[hours] = gp.Sum(tech, gen[tech, hours]) + discharge[hours] == need[hours] + charge[hours]
    output = gp.Equation(m, "output", domain=[tech, hours])
    output[tech, hours] = gen[tech, hours] <= available[tech, hours] * cap[tech]
    battery = gp.Equation(m, "battery", domain=hours)
    battery[hours] = (
        stored[hours] == stored[hours.lag(1, "circular")] + keeps * charge[hours] - discharge[hours]
    )
    full = gp.Equation(m, "full", domain=hours)
    full[hours] = stored[hours] <= size
    cost = gp.Sum(tech, building[tech] * cap[tech]) + battery_cost * size
    run = gp.Sum([tech, hours], (running[tech] + carbon * emission[tech]) * gen[tech, hours])
    return gp.Model(m, "energy", problem="LP", equations=m.getEquations(), sense="MIN", objective=cost + run)


def unit_commitment() -> Any:
    import gamspy as gp

    r = Reader("unit_commitment")
    m, i, t = r.m, r.set("Units", [f"u{k}" for k in range(1, 11)]), r.set("Hours", range(1, 25))
    s, k = gp.Alias(m, "Earlier", t), r.set("Points", range(13))
    a, b, c = (r.data(x, i) for x in ("cost_fixed", "cost_linear", "cost_square"))
    most, least, up, down = (r.data(x, i) for x in ("load_max", "load_min", "hours_up", "hours_down"))
    hot, cold, warm, before = (
        r.data(x, i) for x in ("start_hot", "start_cold", "hours_warm", "hours_before")
    )
    need = r.data("demand", t)
    # model
    on = gp.Variable(m, "on", "binary", domain=[i, t])
    start = gp.Variable(m, "start", "binary", domain=[i, t])
    stop = gp.Variable(m, "stop", "binary", domain=[i, t])
    start_cost = gp.Variable(m, "start_cost", "positive", domain=[i, t])
    gen = gp.Variable(m, "gen", "positive", domain=[i, t])
    fuel = gp.Variable(m, "fuel", "positive", domain=[i, t])
    load = gp.Parameter(m, "load", domain=[i, k])
    load[i, k] = least[i] + (most[i] - least[i]) * (gp.Ord(k) - 1) / 12
    balance = gp.Equation(m, "balance", domain=t)
    balance[t] = gp.Sum(i, gen[i, t]) == need[t]
    reserve = gp.Equation(m, "reserve", domain=t)
    reserve[t] = gp.Sum(i, most[i] * on[i, t]) >= 1.1 * need[t]
    above = gp.Equation(m, "above", domain=[i, t])
    above[i, t] = gen[i, t] <= most[i] * on[i, t]
    below = gp.Equation(m, "below", domain=[i, t])
    below[i, t] = gen[i, t] >= least[i] * on[i, t]
    tangents = gp.Equation(m, "tangents", domain=[i, t, k])
    slope = b[i] + 2 * c[i] * load[i, k]
    tangents[i, t, k] = fuel[i, t] >= (a[i] - c[i] * load[i, k] ** 2) * on[i, t] + slope * gen[i, t]
    switches = gp.Equation(m, "switches", domain=[i, t])
    first = gp.Number(1).where[(before[i] > 0) & (gp.Ord(t) == 1)]
    switches[i, t] = on[i, t] - on[i, t.lag(1)] - first == start[i, t] - stop[i, t]
    stays_up = gp.Equation(m, "stays_up", domain=[i, t])
    past = (gp.Ord(s) <= gp.Ord(t)) & (gp.Ord(t) - gp.Ord(s) < up[i])
    stays_up[i, t] = gp.Sum(s.where[past], start[i, s]) <= on[i, t]
    stays_down = gp.Equation(m, "stays_down", domain=[i, t])
    gone = (gp.Ord(s) <= gp.Ord(t)) & (gp.Ord(t) - gp.Ord(s) < down[i])
    stays_down[i, t] = gp.Sum(s.where[gone], stop[i, s]) <= 1 - on[i, t]
    on.fx[i, t].where[(before[i] > 0) & (gp.Ord(t) + before[i] <= up[i])] = 1
    on.fx[i, t].where[(before[i] < 0) & (gp.Ord(t) - before[i] <= down[i])] = 0
    hot_start = gp.Equation(m, "hot_start", domain=[i, t])
    hot_start[i, t] = start_cost[i, t] >= hot[i] * start[i, t]
    cold_start = gp.Equation(m, "cold_start", domain=[i, t])
    lately = (gp.Ord(s) < gp.Ord(t)) & (gp.Ord(t) - gp.Ord(s) <= down[i] + warm[i] + 1)
    long = gp.Ord(t) - 1 - gp.math.Min(before[i], 0) > down[i] + warm[i]
    idle = start[i, t] - gp.Sum(s.where[lately], on[i, s])
    cold_start[i, t].where[long] = start_cost[i, t] >= cold[i] * idle
    cost = gp.Sum([i, t], fuel[i, t] + start_cost[i, t])
    return gp.Model(m, "commit", problem="MIP", equations=m.getEquations(), sense="MIN", objective=cost)


def lot_sizing() -> Any:
    import gamspy as gp

    r = Reader("lot_sizing")
    m, i, j = r.m, r.set("Plants", ["east", "west"]), r.set("Products", ["doors", "frames", "sills"])
    k, t = r.set("Markets", ["Aosta", "Biella", "Como"]), r.set("Weeks", range(1, 7))
    making, setup, per_piece, setting = (
        r.data(x, [i, j]) for x in ("making_cost", "setup_cost", "lot_time", "setup_time")
    )
    hours, least_lot = r.data("hours", i), r.data("least_lot", j)
    freight, need = r.data("freight", [i, k]), r.data("demand", [k, j, t])
    # model
    make = gp.Variable(m, "make", "positive", domain=[i, j, t])
    set_up = gp.Variable(m, "set_up", "binary", domain=[i, j, t])
    kept = gp.Variable(m, "kept", "positive", domain=[i, j, t])
    ship = gp.Variable(m, "ship", "positive", domain=[i, k, j, t])
    kept.up[i, j, t] = 300
    ways = gp.Sum(k.where[freight[i, k]], ship[i, k, j, t])
    balance = gp.Equation(m, "balance", domain=[i, j, t])
    balance[i, j, t].where[making[i, j]] = kept[i, j, t.lag(1)] + make[i, j, t] == ways + kept[i, j, t]
    served = gp.Equation(m, "served", domain=[k, j, t])
    served[k, j, t] = gp.Sum(i.where[making[i, j] * freight[i, k]], ship[i, k, j, t]) == need[k, j, t]
    busy = per_piece[i, j] * make[i, j, t] + setting[i, j] * set_up[i, j, t]
    limit = gp.Equation(m, "limit", domain=[i, t])
    limit[i, t] = gp.Sum(j.where[making[i, j]], busy) <= hours[i]
    only = gp.Equation(m, "only", domain=[i, j, t])
    only[i, j, t].where[making[i, j]] = per_piece[i, j] * make[i, j, t] <= hours[i] * set_up[i, j, t]
    lot = gp.Equation(m, "lot", domain=[i, j, t])
    lot[i, j, t].where[making[i, j]] = make[i, j, t] >= least_lot[j] * set_up[i, j, t]
    each = making[i, j] * make[i, j, t] + setup[i, j] * set_up[i, j, t] + 0.3 * kept[i, j, t]
    cost = gp.Sum(gp.Domain(i, j, t).where[making[i, j]], each)
    cost += gp.Sum(gp.Domain(i, k, j, t).where[making[i, j]], freight[i, k] * ship[i, k, j, t])
    return gp.Model(m, "lots", problem="MIP", equations=m.getEquations(), sense="MIN", objective=cost)


def distribution() -> Any:
    import gamspy as gp

    r = Reader("distribution")
    m, i, j = r.m, r.set("Plants", ["north", "south"]), r.set("Products", ["bread", "cake"])
    k, t = r.set("Towns", ["Alba", "Bra", "Cuneo"]), r.set("Weeks", range(1, 5))
    making, stock_0 = r.data("making_cost", [i, j]), r.data("first_stock", [i, j])
    route, need, most = r.data("route_cost", [i, k]), r.data("demand", [k, j, t]), r.data("oven_hours", i)
    # model
    make = gp.Variable(m, "make", "positive", domain=[i, j, t])
    ship = gp.Variable(m, "ship", "positive", domain=[i, k, j, t])
    kept = gp.Variable(m, "kept", "positive", domain=[i, j, t])
    kept.up[i, j, t] = 6
    kept.up[i, "cake", t] = 2
    first = stock_0[i, j].where[gp.Ord(t) == 1]
    ways = gp.Sum(k.where[route[i, k]], ship[i, k, j, t])
    balance = gp.Equation(m, "balance", domain=[i, j, t])
    balance[i, j, t].where[making[i, j]] = (
        kept[i, j, t.lag(1)] + first + make[i, j, t] == ways + kept[i, j, t]
    )
    served = gp.Equation(m, "served", domain=[k, j, t])
    served[k, j, t] = gp.Sum(i.where[making[i, j] * route[i, k]], ship[i, k, j, t]) >= need[k, j, t]
    oven = gp.Equation(m, "oven", domain=[i, t])
    oven[i, t] = gp.Sum(j.where[making[i, j]], make[i, j, t]) <= most[i]
    calm = gp.Equation(m, "calm", domain=[i, j, t])
    calm[i, j, t].where[making[i, j] & (gp.Ord(t) > 1)] = make[i, j, t] - make[i, j, t.lag(1)] <= 8
    cost = gp.Sum(gp.Domain(i, j, t).where[making[i, j]], making[i, j] * make[i, j, t] + 0.5 * kept[i, j, t])
    cost += gp.Sum(gp.Domain(i, k, j, t).where[making[i, j]], route[i, k] * ship[i, k, j, t])
    return gp.Model(m, "trip", problem="LP", equations=m.getEquations(), sense="MIN", objective=cost)


def backlog() -> Any:
    import gamspy as gp

    r = Reader("backlog")
    m, j, t = r.m, r.set("Products", ["bikes", "scooters"]), r.set("Months", range(1, 9))
    making, keeping, owing, work, stock_0 = (
        r.data(x, j) for x in ("costs", "keeping_cost", "backlog_cost", "work", "first_stock")
    )
    need, most = r.data("demand", [j, t]), r.data("hours", t)
    # model
    make = gp.Variable(m, "make", "positive", domain=[j, t])
    kept = gp.Variable(m, "kept", "positive", domain=[j, t])
    owed = gp.Variable(m, "owed", "positive", domain=[j, t])
    extra = gp.Variable(m, "extra", "positive", domain=t)
    extra.up[t] = 60
    owed.fx[j, t].where[gp.Ord(t) == gp.Card(t)] = 0
    balance = gp.Equation(m, "balance", domain=[j, t])
    before = kept[j, t.lag(1)] - owed[j, t.lag(1)] + stock_0[j].where[gp.Ord(t) == 1]
    balance[j, t] = kept[j, t] - owed[j, t] == before + make[j, t] - need[j, t]
    hours = gp.Equation(m, "limit", domain=t)
    hours[t] = gp.Sum(j, work[j] * make[j, t]) <= most[t] + extra[t]
    each = making[j] * make[j, t] + keeping[j] * kept[j, t] + owing[j] * owed[j, t]
    cost = gp.Sum([j, t], each) + 18 * gp.Sum(t, extra[t])
    return gp.Model(m, "owing", problem="LP", equations=m.getEquations(), sense="MIN", objective=cost)


def portfolio(aim: str = "middle") -> Any:
    import gamspy as gp

    r = Reader("portfolio")
    m, i = r.m, r.set("Assets", ["bonds", "property", "energy", "health", "tech"])
    j, g = gp.Alias(m, "Others", i), r.set("Sectors", ["safe", "shares"])
    shares = [("bonds", "safe"), ("property", "safe"), *((x, "shares") for x in ("energy", "health", "tech"))]
    of = gp.Set(m, "of", domain=[i, g], records=shares)
    mu, today, v = r.data("expected_return", i), r.data("held", i), r.data("covariance", [i, j])
    target = {k[0]: x for *k, x in records("portfolio", "least_return")}[aim]
    most = r.data("sector_limit", g)
    most["safe"] = 1  # no default for absent rows but 0
    # model
    w = gp.Variable(m, "w", "positive", domain=i)
    more = gp.Variable(m, "more", "positive", domain=i)
    less = gp.Variable(m, "less", "positive", domain=i)
    money = gp.Equation(m, "money")
    money[...] = gp.Sum(i, w[i]) == 1
    earned = gp.Equation(m, "earned")
    earned[...] = gp.Sum(i, mu[i] * w[i]) >= target
    sectors = gp.Equation(m, "sectors", domain=g)
    sectors[g] = gp.Sum(i.where[of[i, g]], w[i]) <= most[g]
    moves = gp.Equation(m, "moves", domain=i)
    moves[i] = w[i] - more[i] + less[i] == today[i]
    calm = gp.Equation(m, "calm")
    calm[...] = gp.Sum(i, more[i] + less[i]) <= 1.2
    risk = gp.Sum([i, j], w[i] * v[i, j] * w[j])
    return gp.Model(m, "risk", problem="QCP", equations=m.getEquations(), sense="MIN", objective=risk)


MODELS = (energy_storage, unit_commitment, lot_sizing, distribution, backlog, portfolio)


def optimum(name: str) -> float:
    import gamspy as gp

    model = next(f for f in MODELS if f.__name__ == name)()
    model.solve(options=gp.Options(relative_optimality_gap=1e-6))
    return float(model.objective_value)
