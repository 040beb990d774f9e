"""Energy models of others in our language: OSeMOSYS in full, and networks of PyPSA, at their published optima."""

from __future__ import annotations

import lzma
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import saddlepoint
from saddlepoint.declare.examples import copy_example
from tests.truth.mathprog import read_data

DATA = Path(__file__).parents[1] / "data" / "published"


def checked(lab: saddlepoint.Lab, optimum: float, digits: float) -> saddlepoint.study.results.Result:
    result = lab.solve()
    proof = result.certificates[""].to_pandas()
    assert result.exit_code == 0 and proof["verified"].all()
    assert (proof[["rel_prim", "rel_dual", "unc"]] < 1e-8).all().all() and abs(proof["gap"][0]) < 1e-8
    assert result.objective[""][0] == pytest.approx(optimum, rel=digits)
    return result


def test_utopia(tmp_path: Path) -> None:
    result = checked(saddlepoint.open(copy_example("osemosys", tmp_path / "m")), 29446.862688149962, 1e-9)
    built = result.table("NewCapacity").to_pandas()
    total = built.groupby("Technologies")["values"].sum()
    published = {
        "E01": 2.279801,
        "E31": 0.11,
        "RHE": 46.867723,
        "RHO": 46.135248,
        "RL1": 34.30399,
        "SRE": 0.1,
        "TXD": 17.79,
    }
    assert {t: total[t] for t in published} == pytest.approx(published, abs=1e-5)


NAMES = {
    "Regions": "REGION", "Technologies": "TECHNOLOGY", "Fuels": "FUEL", "Emissions": "EMISSION",
    "Modes": "MODE_OF_OPERATION", "Years": "YEAR", "Slices": "TIMESLICE", "Seasons": "SEASON",
    "Daytypes": "DAYTYPE", "Brackets": "DAILYTIMEBRACKET", "Stores": "STORAGE",
}  # fmt: skip


def test_simplicity(tmp_path: Path) -> None:
    """The settings of the example; sets, numbers and defaults from the published file."""
    given = read_data(lzma.decompress((DATA / "simplicity.txt.xz").read_bytes()).decode())
    folder = copy_example("osemosys", tmp_path / "m")
    sets, tables, problem = (
        yaml.safe_load((folder / f"{name}.yml").read_text())
        for name in ("structure_sets", "structure_variables", "problem")
    )
    for name, theirs in NAMES.items():
        sets[name]["items"] = given.sets[theirs]
    inputs = {name: table for name, table in tables.items() if table["type"] == "exogenous"}
    for name in inputs.keys() & given.defaults.keys():
        tables[name]["default"] = given.defaults[name]
    assert set(given.cells) - set(tables) == set()
    data = {name: given.cells[name] for name in inputs if given.cells.get(name)}
    lab = saddlepoint.define(sets=sets, variables=tables, problem=problem, data=data)
    checked(lab, 4483.969322295584, 1e-7)


def network(case: str) -> tuple[saddlepoint.Lab, dict[str, Any]]:
    """The model of networks.yml on the tables of a case."""
    pd = pytest.importorskip("pandas")
    texts = dict.fromkeys(("name", "bus", "bus0", "bus1", "t", "unit", "cyclic_state_of_charge"), str)
    f = {file.stem: pd.read_csv(file, dtype=texts) for file in (DATA / case).glob("*.csv")}
    model = yaml.safe_load((DATA / "networks.yml").read_text())
    parts = {key: f[key].set_index("name") for key in ("generators", "lines", "links", "storage") if key in f}
    g, lines, links = (parts[key] for key in ("generators", "lines", "links"))
    moments = list(f["load"]["t"].unique())
    sets: dict[str, Any] = {
        "Snapshots": {"items": moments},
        "Buses": {"items": list(f["buses"]["name"]) if "buses" in f else sorted(f["load"]["bus"].unique())},
        "Generators": _items(g, {"bus": "bus", "carrier": "carrier"}),
        "Carriers": {"groups": "Generators.carrier"},
        "Lines": _items(lines, {"bus0": "bus0", "bus1": "bus1"}),
        "Links": _items(links, {"bus0": "bus0", "bus1": "bus1"}),
    }
    most = _series(f["p_max_pu"])
    if "p_max_pu" in g:
        most = {(t, n): most.get((t, n), g["p_max_pu"][n]) for t in moments for n in g.index}
    emission = f["carriers"].set_index("name")["co2_emissions"].to_dict()
    data = {
        "weights": _series(f["snapshots"]) if "snapshots" in f else {},
        "loads": _series(f["load"]),
        "generator_max": most,
        "generator_min": g["p_min_pu"].to_dict() if "p_min_pu" in g else {},
        "generator_nom_min": _free(g, "p_nom_min", "p_nom"),
        "generator_marginal": g["marginal_cost"].to_dict(),
        "generator_efficiency": g["efficiency"].to_dict(),
        "carrier_emission": {c: emission[c] for c in g["carrier"].unique()},
        "co2_limit": float(f["scalars"]["value"][0]),
        "line_reactance": lines["x"].to_dict(),
        "line_resistance": lines["r"].to_dict() if "r" in lines else {},
        "link_min": links["p_min_pu"].to_dict(),
        "link_max": links["p_max_pu"].to_dict(),
    }
    for name, frame, size in (("generator", g, "p_nom"), ("line", lines, "s_nom"), ("link", links, "p_nom")):
        data |= {f"{name}_capital": _free(frame, "capital_cost", size), f"{name}_given": _given(frame, size)}
    if "storage" in parts:
        _add_storage(model, sets, data, parts["storage"], f)
    data = {k: v for k, v in data.items() if v != {}}
    declared = {"variables": model["variables"], "problem": model["problem"]}
    return saddlepoint.define(sets=sets, data=data, **declared), f


def _add_storage(model: dict[str, Any], sets: dict[str, Any], data: dict[str, Any], s: Any, f: Any) -> None:
    more = yaml.safe_load((DATA / "storage.yml").read_text())
    sets["Stores"] = _items(s, {"bus": "bus", "cyclic": "cyclic_state_of_charge"})
    model["variables"] |= more["variables"]
    problem = model["problem"]
    made, load = problem["expressions"][0]["balance"].rsplit("==", 1)
    problem["expressions"][0] = {"balance": f"{made}{more['balance']} =={load}"}
    problem["objective"] += more["objective"]
    problem["expressions"] += more["expressions"]
    columns = {
        "marginal": "marginal_cost", "hours": "max_hours", "in": "efficiency_store", "out": "efficiency_dispatch",
        "loss": "standing_loss",
    }  # fmt: skip
    data |= {f"storage_{name}": s[theirs].to_dict() for name, theirs in columns.items()}
    data |= {"storage_given": _given(s, "p_nom"), "storage_capital": _free(s, "capital_cost", "p_nom")}
    data |= {"inflow": _series(f["inflow"]), "level_given": _series(f["soc_set"])}


def _items(frame: Any, columns: dict[str, str]) -> dict[str, Any]:
    rows = {n: {ours: str(frame.loc[n, theirs]) for ours, theirs in columns.items()} for n in frame.index}
    return {"aggregations": list(columns), "items": rows}


def _series(frame: Any) -> dict[Any, float]:
    rows: Iterable[tuple[Any, ...]] = frame.itertuples(index=False)
    return {r[0] if len(r) == 2 else tuple(r[:-1]): r[-1] for r in rows}


def _free(frame: Any, column: str, size: str) -> dict[str, float]:
    flag = f"{size}_extendable"
    return (frame[column][frame[flag]] if flag in frame else frame[column]).to_dict()


def _given(frame: Any, size: str) -> dict[str, float]:
    flag = f"{size}_extendable"
    return frame[size][~frame[flag]].to_dict() if flag in frame else {}


def by_cvxpy(f: dict[str, Any]) -> float:
    """The same network in matrices; Kirchhoff's voltage law as sums around cycles."""
    cp = pytest.importorskip("cvxpy")
    g, lines, links = (f[k].set_index("name") for k in ("generators", "lines", "links"))
    buses = list(f["buses"]["name"]) if "buses" in f else sorted(f["load"]["bus"].unique())
    moments = list(f["load"]["t"].unique())
    w = f["snapshots"]["weight"].to_numpy() if "snapshots" in f else np.ones(len(moments))
    at = {b: k for k, b in enumerate(buses)}

    def stands(column: Any) -> np.ndarray:
        return np.array([[float(b == own) for own in column] for b in buses])

    def wide(name: str, key: str, columns: list[str], fill: Any) -> np.ndarray:
        found = {(r[0], r[1]): r[2] for r in f[name].itertuples(index=False)}
        return np.array([[found.get((t, c), fill[c]) for c in columns] for t in moments]).T

    def column(v: Any) -> Any:
        return cp.reshape(v, (v.size, 1), order="C")

    def sized(frame: Any, size: str) -> tuple[Any, list[Any], Any]:
        cap = cp.Variable(len(frame), nonneg=True)
        flag = f"{size}_extendable"
        free = frame[flag].to_numpy() if flag in frame else np.ones(len(frame), bool)
        rows = [cap[k] == frame[size].iloc[k] for k in np.flatnonzero(~free)]
        return cap, rows, (frame["capital_cost"].to_numpy() * free) @ cap

    G, rows, cost = sized(g, "p_nom")
    S, more, extra = sized(lines, "s_nom")
    L, again, third = sized(links, "p_nom")
    rows, cost = rows + more + again, cost + extra + third
    T = len(moments)
    gen, flow, sent = cp.Variable((len(g), T)), cp.Variable((len(lines), T)), cp.Variable((len(links), T))
    free = g["p_nom_extendable"].to_numpy() if "p_nom_extendable" in g else np.ones(len(g), bool)
    rows += [g["p_nom_min"].to_numpy() * free <= G]
    fill = g["p_max_pu"] if "p_max_pu" in g else dict.fromkeys(g.index, 1.0)
    most = wide("p_max_pu", "gen", list(g.index), fill)
    least = g["p_min_pu"].to_numpy() if "p_min_pu" in g else np.zeros(len(g))
    rows += [gen <= cp.multiply(most, column(G)), gen >= column(cp.multiply(least, G))]
    rows += [cp.abs(flow) <= column(S)]
    rows += [sent <= column(cp.multiply(links["p_max_pu"].to_numpy(), L))]
    rows += [sent >= column(cp.multiply(links["p_min_pu"].to_numpy(), L))]
    balance = stands(g["bus"]) @ gen + (stands(lines["bus1"]) - stands(lines["bus0"])) @ flow
    balance += (stands(links["bus1"]) - stands(links["bus0"])) @ sent
    load = wide("load", "bus", buses, dict.fromkeys(buses, 0.0))
    incidence = stands(lines["bus0"]) - stands(lines["bus1"])
    _, size, v = np.linalg.svd(incidence)
    cycles = v[int((size > 1e-9).sum()) :]
    z = (lines["x"] + (lines.get("r", 0.0))).to_numpy()
    rows += [(cycles * z) @ flow == 0] if len(cycles) else []
    emission = f["carriers"].set_index("name")["co2_emissions"]
    rate = np.array([emission[c] for c in g["carrier"]]) / g["efficiency"].to_numpy()
    rows += [rate @ gen @ w <= f["scalars"]["value"][0]]
    cost += g["marginal_cost"].to_numpy() @ gen @ w
    if "storage" in f:
        s = f["storage"].set_index("name")
        C, own, price = sized(s, "p_nom")
        put, take, level, spill = (cp.Variable((len(s), T), nonneg=True) for _ in range(4))
        inflow = wide("inflow", "unit", list(s.index), dict.fromkeys(s.index, 0.0))
        rows += [
            *own,
            put <= column(C),
            take <= column(C),
            level <= column(cp.multiply(s["max_hours"].to_numpy(), C)),
        ]
        rows += [spill <= inflow]
        rows += [
            level[list(s.index).index(r[1]), moments.index(r[0])] == r[2]
            for r in f["soc_set"].itertuples(index=False)
        ]
        for k, name in enumerate(s.index):
            for t in range(T):
                wraps = s.loc[name, "cyclic_state_of_charge"] == "True"
                before = level[k, t - 1] if t or wraps else 0.0
                moved = (
                    s.loc[name, "efficiency_store"] * put[k, t]
                    - take[k, t] / s.loc[name, "efficiency_dispatch"]
                )
                kept = (1 - s.loc[name, "standing_loss"]) ** w[t]
                rows.append(level[k, t] == kept * before + w[t] * (moved + inflow[k, t] - spill[k, t]))
        balance += stands(s["bus"]) @ (take - put)
        cost += price + s["marginal_cost"].to_numpy() @ take @ w
    assert len(at) == load.shape[0]
    rows += [balance == load]
    return cp.Problem(cp.Minimize(cost), rows).solve(solver=cp.HIGHS)


@pytest.mark.parametrize(
    ("case", "optimum"), [("ac_dc_meshed", 18441021.47773), ("storage_hvdc", 15881838.605836188)]
)
def test_networks(case: str, optimum: float) -> None:
    lab, frames = network(case)
    result = checked(lab, optimum, 1e-9)
    assert result.objective[""][0] == pytest.approx(by_cvxpy(frames), rel=1e-6)
