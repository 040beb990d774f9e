"""How far each number of the inputs may move: by hand, on random linear problems equal to what solving again finds, and as it is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import StudyError
from saddlepoint.report.ranges_text import ranges_text, shown_ranges
from saddlepoint.solve.solution import Options
from saddlepoint.solve.solve import solve
from saddlepoint.study.diagnosis.case import case_of
from saddlepoint.study.diagnosis.followed_cells import MANY, SEVERAL
from saddlepoint.study.diagnosis.input_ranges import CURVED, input_ranges

pytest.importorskip("numba")

SETS = "Plants:\nNeeds:\n"
TABLES = """
out: {type: endogenous, coordinates: [Plants], variables_info: {x: {Plants: {dim: cols}, nonneg: true}}}
cap: {type: exogenous, coordinates: [Plants], variables_info: {k: {Plants: {dim: cols}}}}
least: {type: exogenous, coordinates: [Plants], variables_info: {b: {Plants: {dim: cols}}}}
cost: {type: exogenous, coordinates: [Plants], variables_info: {c: {Plants: {dim: cols}}}}
use: {type: exogenous, coordinates: [Needs, Plants], variables_info: {a: {Needs: {dim: rows}, Plants: {dim: cols}}}}
need: {type: exogenous, coordinates: [Needs], variables_info: {d: {Needs: {dim: rows}}}}
"""
BOUNDED_TWICE = """
objective: [Minimize(x @ tran(c) + sum(k))]
expressions:
  - cover: a @ tran(x) >= 2 * d + 0.5 * sum(b)
  - fits: x <= k
  - at_least: x >= b
  - together: sum(x) <= sum(k) - 1
"""
EQUALITIES = """
objective: [Minimize(x @ tran(c))]
expressions:
  - cover: a @ tran(x) == d
  - fits: -2 * x >= -2 * k
  - fits_too: x <= 2 * b
"""


def lab_of(problem: str, plants: int, needs: int, **data: Any) -> Any:
    items = {"Plants": [f"p{k}" for k in range(plants)], "Needs": [f"n{k}" for k in range(needs)]}
    return saddlepoint.define(sets=SETS, variables=TABLES, problem=problem, items=items, data=data)


def random_lab(seed: int) -> Any:
    """With a known plan; of odd seeds in whole numbers, degenerate in many ways."""
    rng = np.random.default_rng(seed)
    plants, needs = int(rng.integers(2, 5)), int(rng.integers(1, 4))

    def draw(*shape: int) -> Any:
        return rng.integers(0, 4, shape).astype(float) if seed % 2 else 3 * rng.random(shape)

    a, x, more = draw(needs, plants), draw(plants), draw(plants) * (rng.random(plants) < 0.6)
    data = {"use": a, "cost": draw(plants), "cap": x + more}
    if seed // 2 % 2:
        return lab_of(EQUALITIES, plants, needs, least=(x + more) / 2, need=a @ x, **data)
    b = np.minimum(x, draw(plants))
    data["cap"] = data["cap"] + 0.5
    return lab_of(BOUNDED_TWICE, plants, needs, least=b, need=(a @ x - 0.5 * b.sum()) / 2, **data)


@pytest.mark.parametrize("seed", range(12))
def test_inputs_hold_as_far_as_solving_again_finds(seed: int) -> None:
    result = random_lab(seed).solve()
    key, answer = next(iter(result.answers.items()))
    assert answer.answered[0]
    case = case_of(result.plan, key, answer.which, result)
    checked = 0
    for table, found in input_ranges(case, answer).items():
        for k in np.flatnonzero(~np.isnan(found.slope_left[0])).tolist():
            sides = (-1, found.low, found.slope_left), (1, found.high, found.slope_right)
            for sign, end, slope in sides:
                holds = check_slope if table == "use" else check
                holds(case, table, k, answer.objective[0], sign, float(end[0, k]), float(slope[0, k]))
                checked += 1
    assert checked >= 10


def check(
    case: Any, table: str, k: int, optimum: float, sign: int, end: float, slope: float, far: float = 20.0
) -> None:
    values = case.values(table)
    reach = min(abs(end - values[k]), far)
    steps = sign * np.array([reach / 2, reach * (1 - 1e-9), reach + 0.05])
    moved = np.repeat(values[None], 3, axis=0)
    moved[:, k] += steps
    again = solve(case.changed({table: moved}).batch, Options())
    found = np.where(again.answered, again.objective, np.inf)
    if np.isinf(slope):
        assert reach == 0 and np.isinf(found[2]), (table, k, sign)
        return
    assert reach > 0, (table, k, sign)
    np.testing.assert_allclose(found[:2], optimum + slope * steps[:2], atol=1e-6)
    assert reach >= far or abs(found[2] - optimum - slope * steps[2]) > 1e-7, (table, k, sign)


def check_slope(case: Any, table: str, k: int, optimum: float, sign: int, end: float, slope: float) -> None:
    """Of a cell that multiplies decisions: the slope at its value, from places near it (as near as its curvature asks, as far as
    rounding); ends of bases are checked in tests/solve/diagnosis/test_basis_paths.py."""
    values = case.values(table)
    reach = abs(end - values[k])
    sizes = np.array([1e-3, 1e-4, 1e-5]) if not reach else np.minimum([1e-3, 1e-4, 1e-5], reach / 5)
    steps = sign * np.outer(sizes, [1.0, 2.0, 4.0])
    moved = np.repeat(values[None], steps.size, axis=0)
    moved[:, k] += steps.ravel()
    again = solve(case.changed({table: moved}).batch, Options())
    found = np.where(again.answered, again.objective, np.inf).reshape(steps.shape)
    if np.isinf(slope):
        assert end == values[k] and np.isinf(found[0]).all(), (table, k, sign)
        return
    assert (end - values[k]) * sign > 0, (table, k, sign)
    slopes = ((found - optimum) / steps) @ np.array([8.0, -6.0, 1.0]) / 3
    assert np.isclose(slopes, slope, rtol=1e-3, atol=1e-3).any(), (table, k, sign, slopes, slope)


MERIT = "objective: [Minimize(x @ tran(c))]\nexpressions:\n  - cover: sum(x) >= sum(d)\n  - fits: x <= k"
THREE = {"cap": [4.0, 6.0, 5.0], "cost": [1.0, 3.0, 7.0], "least": [0.0] * 3, "use": [[1.0] * 3]}


def test_merit_order_by_hand() -> None:
    """Needs of 8: 4 of the cheapest, 4 of the next."""
    found = lab_of(MERIT, 3, 1, need=[8.0], **THREE).ranges(input_ranges=True)

    def row(table: str, *columns: str) -> list[list[float]]:
        return [np.ravel(found[f"range_input_{table}"].column(c)).tolist() for c in columns]

    assert row("need", "value", "low", "high", "slope_left", "exact") == [[8], [4], [10], [3], [1]]
    assert row("cap", "low", "high") == [[2, 4, 0], [8, np.inf, np.inf]]
    assert row("cap", "slope_left", "slope_right") == [[-2, 0, 0]] * 2
    assert row("cost", "low", "high") == [[-np.inf, 1, 3], [3, 7, np.inf]]
    assert row("cost", "slope_right") == [[4, 4, 0]]
    assert not any("use" in name or "least" in name for name in found)


LEFT_OUT = [
    (["sum(x) >= sum(d) + power(sum(c), 2) - power(sum(c), 2)"], "cost", CURVED),
    (["sum(b) * x >= 1", "sum(b) * sum(x) >= 12"], "least", SEVERAL),
]


@pytest.mark.parametrize(("relations", "table", "why"), LEFT_OUT)
def test_what_is_not_told_is_named(relations: list[str], table: str, why: str) -> None:
    goal = "x @ tran(c)"
    lines = "\n".join(f"  - cover{k}: {one}" for k, one in enumerate(relations))
    problem = f"objective: [Minimize({goal})]\nexpressions:\n{lines}\n  - fits: x <= k"
    data = THREE | {"least": [0.5, 0.5, 1.0]}
    result = lab_of(problem, 3, 1, need=[8.0], **data).solve()
    key, answer = next(iter(result.answers.items()))
    found = input_ranges(case_of(result.plan, key, answer.which, result), answer)
    assert {t: {w: int(m.sum()) for w, m in one.left.items()} for t, one in found.items() if one.left} == {
        table: {why: 3}
    }


def told_of(result: Any) -> Any:
    key, answer = next(iter(result.answers.items()))
    return input_ranges(case_of(result.plan, key, answer.which, result), answer)


def test_products_by_hand() -> None:
    """min x₁ + 3x₂ + 7x₃, x ≤ (4, 6, 5), a₁x₁ + x₂ + x₃ ≥ 8: x₂ = 8 − 4a₁ (so 0.5 ≤ a₁ ≤ 2), and x₁ is worth it from a₁ = 1/3 on."""
    problem = (
        "objective: [Minimize(x @ tran(c))]\nexpressions:\n  - cover: d <= a @ tran(x)\n  - fits: x <= k"
    )
    found = told_of(lab_of(problem, 3, 1, need=[8.0], **THREE).solve())["use"]
    assert not found.left
    np.testing.assert_allclose(found.low[0], [0.5, 2 / 3, -np.inf])
    np.testing.assert_allclose(found.high[0], [2.0, 3.0, 7 / 3])
    np.testing.assert_allclose(found.slope_left[0], [-12.0, -12.0, 0.0])


def test_costs_and_sides_at_once_by_hand() -> None:
    """min c₁x₁ + 3x₂ + 7x₃, x ≤ (4, 6, 5), Σx ≥ 7.99 + c₁/100: x₂ = 3.99 + c₁/100, x₁ is worth it up to c₁ = 3; below c₁ = −399 x₂ is 0."""
    relation = "sum(x) >= sum(d) + 0.01 * sum(c)"
    problem = f"objective: [Minimize(x @ tran(c))]\nexpressions:\n  - cover: {relation}\n  - fits: x <= k"
    found = told_of(lab_of(problem, 3, 1, need=[8.0 - 0.11], **THREE).solve())["cost"]
    assert (found.low[0, 0], found.high[0, 0]) == pytest.approx((1 - 400.0, 3.0))
    assert found.slope_left[0, 0] == pytest.approx(4 + 0.03)


def test_cells_beyond_the_effort_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saddlepoint.study.diagnosis.followed_cells.NUMBERS", 1)
    problem = (
        "objective: [Minimize(x @ tran(c))]\nexpressions:\n  - cover: d <= a @ tran(x)\n  - fits: x <= k"
    )
    found = told_of(lab_of(problem, 3, 1, need=[8.0], **THREE).solve())["use"]
    assert found.left[MANY].tolist() == [False, True, True]
    assert np.isnan(found.low[0]).tolist() == [False, True, True]


MODEL = """
sets:
    Plants: {items: [coal, gas]}
    Cases: {split_problem: true, items: [low, high]}
tables:
    output: {type: endogenous, coordinates: [Cases, Plants], variables_info: {x: {lower: 0}}}
    demand: {type: exogenous, coordinates: [Cases], variables_info: {d: }}
    capacity: {type: exogenous, coordinates: [Plants], variables_info: {k: }}
    price: {type: exogenous, coordinates: [Plants], variables_info: {c: }}
    yields: {type: exogenous, coordinates: [Plants], variables_info: {y: }}
problem:
    objective: ["Minimize(sum(c * x, over=Plants))"]
    expressions:
        - covered: sum(y * x, over=Plants) >= d
        - fits: x <= k
data:
    demand: {low: 3, high: 7}
    capacity: {coal: 5, gas: 9}
    price: {coal: 1, gas: 4}
    yields: {coal: 1, gas: 1}
"""


def test_each_scenario_has_its_own_in_the_database(tmp_path: Path) -> None:
    path = tmp_path / "model.yml"
    path.write_text(MODEL, encoding="utf-8")
    lab = saddlepoint.open(path)
    assert not any("of its cells" in line for line in lab.run(input_ranges=True).messages)
    with lab.store(readonly=True) as store:
        tables = {f"{one.kind.prefix}{one.of}": one for one in shown_ranges(store)}
        text = "\n".join(ranges_text(list(tables.values())))
    assert "demand: input (table range_input_demand)" in text
    found = tables["range_input_capacity"]
    columns = [found.column(name) for name in ("Cases_Name", "low", "high", "slope_left")]
    assert [row[1:] for row in zip(*columns, strict=True) if row[0] == "high"] == [
        (0.0, 7.0, -3.0),
        (2.0, np.inf, 0.0),
    ]


def test_without_numba_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saddlepoint.study.diagnosis.input_ranges.available", lambda: False)
    with pytest.raises(StudyError, match="need numba") as told:
        lab_of(MERIT, 3, 1, need=[8.0], **THREE).ranges(input_ranges=True)
    assert told.value.diagnostics[0].code == "K907"


@pytest.mark.parametrize(("at", "cost"), [(0.0, 1.0), (1.0, 1.0), (1.0, 5.0)])
def test_bounds_that_meet_part_as_one_of_them_moves_outwards(at: float, cost: float) -> None:
    """min cost·x + 2y, x + y ≥ 3, lo ≤ x ≤ hi, lo = hi: outwards x is free and goes where it is cheaper, up to 3; inwards there is no plan."""
    m = saddlepoint.Model("meet")
    low, high = m.data("lo", at), m.data("hi", at)
    x, y = m.decide("x", lower=low, upper=high), m.decide("y", lower=0)
    m.minimise(cost * x + 2 * y)
    m.subject_to(need=x + y >= 3)
    found = m.lab.ranges(input_ranges=True)
    told = {name: found[f"range_input_{name}"].columns for name in ("lo", "hi")}
    ends = {k: (c["low"][0], c["slope_left"][0], c["high"][0], c["slope_right"][0]) for k, c in told.items()}
    gain = cost - 2.0
    up = (3.0, gain) if gain < 0 else (np.inf, 0.0)
    down = (-np.inf, max(gain, 0.0))
    assert ends == {"lo": (*down, at, np.inf), "hi": (at, -np.inf, *up)}


def test_of_several_relations_that_meet_the_one_that_can_holds_the_decision() -> None:
    """min −x, x ≥ lo, 2x ≥ half, x = held, all at 1: only the equality keeps x from growing; below 1 there is no plan, at 6 x ends."""
    m = saddlepoint.Model("several")
    lo, half, held = m.data("lo", 1.0), m.data("half", 2.0), m.data("held", 1.0)
    x, y = m.decide("x", lower=0, upper=6), m.decide("y", lower=0)
    m.minimise(y - x)
    m.subject_to(least=x >= lo, twice=2 * x >= half, fixed=x == held, need=x + y >= 0)
    found = m.lab.ranges(input_ranges=True)

    def told(name: str) -> tuple[float, ...]:
        columns = found[f"range_input_{name}"].columns
        return tuple(columns[c][0] for c in ("low", "slope_left", "high", "slope_right"))

    assert told("lo") == (-np.inf, 0.0, 1.0, np.inf)
    assert told("half") == (-np.inf, 0.0, 2.0, np.inf)
    assert told("held") == (1.0, -np.inf, 6.0, -1.0)
