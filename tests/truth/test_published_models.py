"""Models of the literature in our language: their published optima, and programs written by hand beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import saddlepoint
from saddlepoint.declare.examples import copy_example
from tests.truth.by_hand import ByHand, column


def solved(name: str, room: Path) -> tuple[Path, saddlepoint.study.results.Result]:
    folder = copy_example(name, room / name)
    lab = saddlepoint.open(folder)
    assert not lab.check()
    result = lab.solve()
    assert result.exit_code == 0
    assert result.certificates[""].to_pandas()["verified"].all()
    return folder, result


def food(folder: Path) -> ByHand:
    price, hard = column(folder, "oil_price"), column(folder, "hardness")
    months, oils = ["jan", "feb", "mar", "apr", "may", "jun"], [o for (o,) in hard]
    p = ByHand()
    for m in months:
        for o in oils:
            p.add(("buy", m, o), price[m, o])
            p.add(("use", m, o), -150.0)
            p.add(("kept", m, o), 5.0, 500.0 if m == "jun" else 0.0, 500.0 if m == "jun" else 1000.0)
            p.add(("in", m, o), 0.0, 0.0, 1.0, 1)
    for k, m in enumerate(months):
        for o in oils:
            terms = {("kept", m, o): 1.0, ("buy", m, o): -1.0, ("use", m, o): 1.0}
            if k:
                terms["kept", months[k - 1], o] = -1.0
            p.row(terms, *[0.0 if k else 500.0] * 2)
            line = 200.0 if o.startswith("V") else 250.0
            p.row({("use", m, o): 1.0, ("in", m, o): -line}, most=0.0)
            p.row({("use", m, o): 1.0, ("in", m, o): -20.0}, 0.0)
            if o.startswith("V"):
                p.row({("in", m, o): 1.0, ("in", m, "OIL3"): -1.0}, most=0.0)
        p.row({("use", m, o): 1.0 for o in oils if o.startswith("V")}, most=200.0)
        p.row({("use", m, o): 1.0 for o in oils if o.startswith("O")}, most=250.0)
        p.row({("use", m, o): hard[o,] - 3.0 for o in oils}, 0.0)
        p.row({("use", m, o): hard[o,] - 6.0 for o in oils}, most=0.0)
        p.row({("in", m, o): 1.0 for o in oils}, most=3.0)
    return p


def mining(folder: Path) -> ByHand:
    royalty, most = column(folder, "royalty"), column(folder, "output_limit")
    quality, wanted = column(folder, "ore_quality"), column(folder, "blend_quality")
    p, mines, years = ByHand(), "1234", "12345"
    for k, y in enumerate(years):
        for m in mines:
            p.add(("ore", m, y), -10.0 / 1.1**k)
            p.add(("works", m, y), 0.0, 0.0, 1.0, 1)
            p.add(("open", m, y), royalty[m,] / 1.1**k, 0.0, 1.0, 1)
    for k, y in enumerate(years):
        p.row({("works", m, y): 1.0 for m in mines}, most=3.0)
        p.row({("ore", m, y): quality[m,] - wanted[y,] for m in mines}, 0.0, 0.0)
        for m in mines:
            p.row({("ore", m, y): 1.0, ("works", m, y): -most[m,]}, most=0.0)
            p.row({("works", m, y): 1.0, ("open", m, y): -1.0}, most=0.0)
            if k:
                p.row({("open", m, y): 1.0, ("open", m, years[k - 1]): -1.0}, most=0.0)
    return p


@pytest.mark.parametrize(
    ("name", "published", "digits", "by_hand"),
    [("food_manufacture", 100_279.0, 1.0, food), ("mining", 146.84, 0.03, mining)],
)
def test_williams(
    name: str, published: float, digits: float, by_hand: Callable[[Path], ByHand], tmp_path: Path
) -> None:
    folder, result = solved(name, tmp_path)
    assert result.objective[""][0] == pytest.approx(published, abs=digits)
    assert result.objective[""][0] == pytest.approx(-by_hand(folder).solve()[0], rel=1e-6)


KAZARLIS = 563_937.69
"""The optimum with exact quadratic costs, e.g. M. Carrión and J. M. Arroyo, IEEE Trans. Power Syst. 21 (2006), table III."""


def commitment(folder: Path) -> ByHand:
    """Costs by off-time as one row for each possible length of the stop."""
    unit = {
        n: {u: v for (u,), v in column(folder, n).items()}
        for n in (
            "load_max", "load_min", "cost_fixed", "cost_linear", "cost_square", "hours_up", "hours_down",
            "start_hot", "start_cold", "hours_warm", "hours_before",
        )
    }  # fmt: skip
    need = list(column(folder, "demand").values())
    p, hours = ByHand(), range(24)
    for u in unit["load_max"]:
        for t in hours:
            p.add(("on", u, t), 0.0, 0.0, 1.0, 1)
            p.add(("up", u, t), 0.0, 0.0, 1.0)
            p.add(("gen", u, t), 0.0)
            p.add(("fuel", u, t), 1.0)
            p.add(("first", u, t), 1.0)
    for u, most in unit["load_max"].items():
        least, before = unit["load_min"][u], int(unit["hours_before"][u])
        a, b, c = (unit[f"cost_{k}"][u] for k in ("fixed", "linear", "square"))
        up, down = int(unit["hours_up"][u]), int(unit["hours_down"][u])
        for t in hours:
            p.row({("gen", u, t): 1.0, ("on", u, t): -most}, most=0.0)
            p.row({("gen", u, t): 1.0, ("on", u, t): -least}, 0.0)
            for g in np.linspace(least, most, 13):
                p.row({("fuel", u, t): 1.0, ("gen", u, t): -b - 2 * c * g, ("on", u, t): c * g * g - a}, 0.0)
            was = float(before > 0) if t == 0 else 0.0
            last = {("on", u, t - 1): 1.0} if t else {}
            p.row({("up", u, t): 1.0, ("on", u, t): -1.0, **last}, -was)
            p.row(
                {("up", u, s): 1.0 for s in range(max(0, t - up + 1), t + 1)} | {("on", u, t): -1.0}, most=0.0
            )
            if t >= down:
                terms = {("up", u, s): 1.0 for s in range(t - down + 1, t + 1)}
                p.row(terms | {("on", u, t - down): 1.0}, most=1.0)
            elif before > 0:
                p.row({("up", u, s): 1.0 for s in range(t + 1)}, most=0.0)
            elif t < down + before:
                p.row({("on", u, t): 1.0}, most=0.0)
            if before > 0 and t < up - before:
                p.row({("on", u, t): 1.0}, 1.0)
            p.row({("first", u, t): 1.0, ("up", u, t): -unit["start_hot"][u]}, 0.0)
            length = down + int(unit["hours_warm"][u]) + 1
            if t >= length or t - min(before, 0) >= length:
                cold = unit["start_cold"][u]
                recent = {("on", u, s): cold for s in range(max(0, t - length), t)}
                p.row({("first", u, t): 1.0, ("up", u, t): -cold, **recent}, 0.0)
    for t in hours:
        p.row({("gen", u, t): 1.0 for u in unit["load_max"]}, need[t], need[t])
        p.row({("on", u, t): most for u, most in unit["load_max"].items()}, 1.1 * need[t])
    return p


def test_unit_commitment(tmp_path: Path) -> None:
    pytest.importorskip("pyscipopt")
    folder, result = solved("unit_commitment", tmp_path)
    exact = result.reports["exact_cost"].to_pandas()["values"][0]
    assert exact == pytest.approx(KAZARLIS, abs=0.01)
    assert result.objective[""][0] <= KAZARLIS  # tangents lie below the curve
    assert result.objective[""][0] == pytest.approx(commitment(folder).solve()[0], rel=1e-6)


def test_input_output(tmp_path: Path) -> None:
    """The worked example of R. E. Miller and P. D. Blair, Input–Output Analysis, section 3.3: first column of the inverse."""
    folder, result = solved("input_output", tmp_path)
    frame = result.table("output").to_pandas().pivot(index=["Regions", "Sectors"], columns="Cases")["values"]
    made = column(folder, "observed_output")
    assert [frame.loc[k, "observed"] for k in made] == pytest.approx(list(made.values()), rel=1e-9)
    assert len(frame) == 5
    more = [(frame.loc[k, "more"] - frame.loc[k, "observed"]) / 100 for k in made]
    assert more == pytest.approx([1.4234, 0.6346, 0.6383, 0.2672, 0.1468], abs=6e-5)
    sold = column(folder, "flows")
    a = np.array([[sold[(*i, *j)] / made[j] for j in made] for i in made])
    assert more == pytest.approx(np.linalg.inv(np.eye(5) - a)[:, 0], rel=1e-9)
