"""The starters without a published optimum, against programs written by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.truth.by_hand import ByHand, column
from tests.truth.test_published_models import solved


def lots(folder: Path) -> ByHand:
    making, setup, per, setting = (
        column(folder, t) for t in ("making_cost", "setup_cost", "lot_time", "setup_time")
    )
    hours, least, freight, need = (column(folder, t) for t in ("hours", "least_lot", "freight", "demand"))
    p, weeks = ByHand(), [str(w) for w in range(1, 7)]
    for s, k in making:
        for w in weeks:
            p.add(("make", s, k, w), making[s, k])
            p.add(("lot", s, k, w), setup[s, k], 0.0, 1.0, 1)
            p.add(("kept", s, k, w), 0.3, 0.0, 300.0)
            for (site, m), cost in freight.items():
                if site == s:
                    p.add(("ship", s, m, k, w), cost)
    names = list(p.place)
    for s, k in making:
        for j, w in enumerate(weeks):
            terms = {("make", s, k, w): 1.0, ("kept", s, k, w): -1.0}
            terms |= {n: -1.0 for n in names if n[0] == "ship" and (n[1], n[3], n[4]) == (s, k, w)}
            if j:
                terms["kept", s, k, weeks[j - 1]] = 1.0
            p.row(terms, 0.0, 0.0)
            p.row({("make", s, k, w): per[s, k], ("lot", s, k, w): -hours[s,]}, most=0.0)
            p.row({("make", s, k, w): 1.0, ("lot", s, k, w): -least[k,]}, 0.0)
    for (m, k, w), wanted in need.items():
        p.row({n: 1.0 for n in names if n[0] == "ship" and n[2:] == (m, k, w)}, wanted, wanted)
    for (s,), most in hours.items():
        for w in weeks:
            mine = [k for site, k in making if site == s]
            used = {("make", s, k, w): per[s, k] for k in mine}
            p.row(used | {("lot", s, k, w): setting[s, k] for k in mine}, most=most)
    return p


def backlog(folder: Path) -> ByHand:
    need, making, keeping, owing = (
        column(folder, t) for t in ("demand", "costs", "keeping_cost", "backlog_cost")
    )
    work, hours, first = (column(folder, t) for t in ("work", "hours", "first_stock"))
    p = ByHand()
    for (m,) in hours:
        p.add(("extra", m), 18.0, 0.0, 60.0)
        for (k,) in making:
            p.add(("make", k, m), making[k,])
            p.add(("kept", k, m), keeping[k,])
            p.add(("owed", k, m), owing[k,], 0.0, 0.0 if m == "8" else np.inf)
    for (m,), most in hours.items():
        p.row({**{("make", k, m): work[k,] for (k,) in work}, ("extra", m): -1.0}, most=most)
        for (k,) in making:
            terms = {("make", k, m): 1.0, ("kept", k, m): -1.0, ("owed", k, m): 1.0}
            if m != "1":
                before = str(int(m) - 1)
                terms |= {("kept", k, before): 1.0, ("owed", k, before): -1.0}
            p.row(terms, *[need[k, m] - (first.get((k,), 0.0) if m == "1" else 0.0)] * 2)
    return p


def workforce(folder: Path) -> ByHand:
    need, wage, most = (column(folder, t) for t in ("needed", "wage", "team_size"))
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    p = ByHand()
    for d in days:
        for s in ("early", "late", "night"):
            p.add(("missing", d, s), 400.0, integer=1)
        for t, s in wage:
            p.add(("begin", t, s, d), wage[t, s], integer=1)
    for (d, s), wanted in need.items():
        on = [days[(days.index(d) - j) % 7] for j in range(5)]
        p.row(
            {("missing", d, s): 1.0} | {("begin", t, s, b): 1.0 for t, x in wage if x == s for b in on},
            wanted,
        )
    for (t,), size in most.items():
        p.row({n: 1.0 for n in p.place if n[:2] == ("begin", t)}, most=size)
    for s in ("early", "late", "night"):
        p.row({("begin", "own", s, d): 1.0 for d in days}, 2.0)
    return p


def capacity(folder: Path) -> ByHand:
    """Costs are to be minimised: the starter's result with the other sign."""
    tables = ("demand", "likelihood", "profit", "use", "hire", "overtime_cost")
    demand, likely, profit, use, hire, over = (column(folder, t) for t in tables)
    p = ByHand()
    for (r,), cost in hire.items():
        p.add(("hours", r), cost, 0.0, 2000.0)
    for (w,), share in likely.items():
        for (k,), gain in profit.items():
            p.add(("make", k, w), -share * gain, 0.0, demand[k, w])
        for (r,), cost in over.items():
            p.add(("extra", r, w), share * cost, 0.0, 150.0)
            used = {("make", k, w): use[k, r] for (k,) in profit}
            p.row(used | {("hours", r): -1.0, ("extra", r, w): -1.0}, most=0.0)
    return p


def test_capacity_before_demand(tmp_path: Path) -> None:
    folder, result = solved("capacity", tmp_path)
    assert result.objective[""][0] == pytest.approx(-capacity(folder).solve()[0], rel=1e-7)
    hire = list(column(folder, "hire").values())
    assert result.reports["worth_of_an_hour"].columns["values"] == pytest.approx(hire, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "by_hand"), [("lot_sizing", lots), ("backlog", backlog), ("workforce", workforce)]
)
def test_starter(name: str, by_hand: Callable[[Path], ByHand], tmp_path: Path) -> None:
    folder, result = solved(name, tmp_path)
    assert result.objective[""][0] == pytest.approx(by_hand(folder).solve()[0], rel=1e-7)


def test_portfolio(tmp_path: Path) -> None:
    cp = pytest.importorskip("cvxpy")
    folder, result = solved("portfolio", tmp_path)
    mu, together, today = (column(folder, t) for t in ("expected_return", "covariance", "held"))
    names = [a for (a,) in mu]
    V = np.array([[together[a, b] for b in names] for a in names])
    held = np.array([today.get((a,), 0.0) for a in names])
    safe = np.array([a in ("bonds", "property") for a in names], float)
    for k, (_, target) in enumerate(column(folder, "least_return").items()):
        w = cp.Variable(5, nonneg=True)
        rows = [cp.sum(w) == 1, np.array(list(mu.values())) @ w >= target, cp.norm1(w - held) <= 1.2]
        rows += [safe @ w <= 1, (1 - safe) @ w <= column(folder, "sector_limit")["shares",]]
        wanted = cp.Problem(cp.Minimize(cp.quad_form(w, cp.psd_wrap(V))), rows).solve(solver=cp.CLARABEL)
        assert result.objective[""][k] == pytest.approx(wanted, rel=1e-6)
