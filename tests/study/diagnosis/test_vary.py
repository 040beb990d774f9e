"""Curves of the optimum over one datum: points known by hand, and the same as solving at every point."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError, StudyError
from saddlepoint.lab import Lab

SETS = "Plants:\n"
TABLES = """
out: {type: endogenous, coordinates: [Plants], variables_info: {x: {Plants: {dim: cols}, nonneg: true}}}
cap: {type: exogenous, coordinates: [Plants], variables_info: {k: {Plants: {dim: cols}}}}
cost: {type: exogenous, coordinates: [Plants], variables_info: {c: {Plants: {dim: cols}}}}
need: {type: exogenous, coordinates: [], variables_info: {d: }}
"""
PROBLEM = "objective: [Minimize(x @ tran(c))]\nexpressions:\n  - sum(x) >= d\n  - x <= k"
ITEMS = {"Plants": ["a", "b", "c"]}


def _lab(**data: object) -> Lab:
    given = {"cap": [4.0, 6.0, 5.0], "cost": [1.0, 3.0, 7.0], "need": [8.0], **data}
    return saddlepoint.define(sets=SETS, variables=TABLES, problem=PROBLEM, items=ITEMS, data=given)


def test_merit_order_over_the_demand_ends_where_no_plan_is_left() -> None:
    (curve,) = _lab().vary("need", 0.0, 20.0)
    assert curve.at == pytest.approx([0, 4, 10, 15])
    assert curve.objective == pytest.approx([0, 4, 22, 57])
    assert curve.slope == pytest.approx([1, 3, 7])
    assert (curve.now, curve.complete) == (8.0, True)


def test_a_cost_bends_the_optimum_downwards() -> None:
    (curve,) = _lab().vary("cost[b]", 0.0, 10.0)
    assert curve.at == pytest.approx([0, 1, 7, 10])
    assert curve.slope == pytest.approx([6, 4, 0])
    assert curve.objective == pytest.approx([2, 8, 32, 32])


@pytest.mark.parametrize("seed", range(8))
def test_a_curve_is_what_solving_at_every_number_gives(seed: int) -> None:
    random = np.random.default_rng(seed)
    data = {"cap": random.integers(1, 9, 3) * 1.0, "cost": random.integers(1, 5, 3) * 1.0}
    datum, low, high = [("need", 0.0, 30.0), ("cap[b]", 0.0, 12.0), ("cost[c]", 0.0, 9.0)][seed % 3]
    (curve,) = _lab(**data).vary(datum, low, high)
    for t in np.linspace(curve.at[0], curve.at[-1], 9):
        now = {**data, "need": [8.0]}
        name, _, rest = datum.partition("[")
        column = np.array(now[name], dtype=float)
        column[ITEMS["Plants"].index(rest[:-1]) if rest else 0] = t
        solved = _lab(**{**now, name: column}).solve().objective[""][0]
        assert np.interp(t, curve.at, curve.objective) == pytest.approx(solved, abs=1e-7)


@pytest.mark.parametrize("ends", [(16.0, 20.0), (-9.0, -4.0), (30.0, 1e6)])
def test_plans_beyond_the_interval_are_no_part_of_the_curve(ends: tuple[float, float]) -> None:
    problem = PROBLEM.replace("sum(x) >= d", "sum(x) == d")
    lab = saddlepoint.define(
        sets=SETS,
        variables=TABLES,
        problem=problem,
        items=ITEMS,
        data={"cap": [4.0, 6.0, 5.0], "cost": [1.0, 3.0, 7.0], "need": [8.0]},
    )
    (curve,) = lab.vary("need", *ends)
    assert not curve.at.size and not curve.objective.size


def test_what_is_wrong_with_the_name_of_a_number_is_said() -> None:
    said = []
    for datum in ("cap[a", "out[a]"):
        with pytest.raises(StudyError) as error:
            _lab().vary(datum, 0.0, 1.0)
        said.append(str(error.value))
    assert "do not close" in said[0] and "cap[a]" in said[0]
    assert "decided" in said[1] and "cap, cost, need" in said[1]


@pytest.mark.parametrize(
    ("datum", "ends", "code"),
    [
        ("ned", (0, 1), "K502"),
        ("cap[a", (0, 1), "K502"),
        ("out[a]", (0, 1), "K502"),
        ("cap[z]", (0, 1), "K502"),
        ("cap", (0, 1), "K502"),
        ("need", (1, 1), "K504"),
        ("cap[*] + cost[q]", (0, 1), "K502"),
        ("2 * out[a]", (0, 1), "K502"),
    ],
)
def test_what_cannot_be_varied(datum: str, ends: tuple[float, float], code: str) -> None:
    with pytest.raises(StudyError) as error:
        _lab().vary(datum, *ends)
    assert [d.code for d in error.value.diagnostics] == [code]


def test_what_multiplies_decisions_is_refused(shop: Callable[..., Lab]) -> None:
    with pytest.raises(StudyError) as error:
        shop().vary("use[a]", 1.0, 2.0)
    assert [d.code for d in error.value.diagnostics] == ["K503"]


SQUARES = (
    "objective: [Minimize(x @ tran(c) + sumsq(x))]\nexpressions:\n  - cover: sum(x) >= d\n  - fits: x <= k"
)
TWICE = SQUARES + "\n  - again: sum(x) >= d\n  - twice: 2 * x <= 2 * k"


def _squares(problem: str = SQUARES, **data: object) -> Lab:
    given = {"cap": [4.0, 6.0, 5.0], "cost": [1.0, 3.0, 7.0], "need": [8.0], **data}
    return saddlepoint.define(sets=SETS, variables=TABLES, problem=problem, items=ITEMS, data=given)


def test_a_quadratic_curve_by_hand() -> None:
    """Marginal costs are c + 2 x: a alone to 1, then a and b in step to 5, with c until a is full at 4, b at 6, c at 5."""
    (curve,) = _squares().vary("need", 0.0, 15.0, of=["x", "price_cover"])
    assert curve.at == pytest.approx([0, 1, 5, 8, 14, 15])
    assert curve.slope[:2] == pytest.approx([1, 3]) and curve.slope_end[:2] == pytest.approx([3, 7])
    assert curve.objective[:3] == pytest.approx([0, 2, 22]) and curve.complete
    plan, price = curve.courses["out"].numbers, curve.courses["price_cover"].numbers
    assert plan[1, :, 0] == pytest.approx([1, 3]) and plan[1, :, 1] == pytest.approx([0, 2])
    assert price[:, 0, 0] == pytest.approx(curve.slope) and price[:, 1, 0] == pytest.approx(curve.slope_end)


@pytest.mark.parametrize("problem", [SQUARES, TWICE, PROBLEM])
@pytest.mark.parametrize(
    ("datum", "low", "high", "factor"),
    [
        ("need", 0.5, 16.0, False),
        ("cost[b]", -9.0, 9.0, False),
        ("cap[*]", 0.3, 2.0, True),
        ("need + 2 * cost[a] - cap[b]", -4.0, 5.0, False),
    ],
)
def test_a_curve_is_the_optimum_at_every_number(
    problem: str, datum: str, low: float, high: float, factor: bool
) -> None:
    """Also where rows stand twice (prices are not unique), and where costs and sides move together."""
    given = {"cap": np.array([4.0, 6.0, 5.0]), "cost": np.array([1.0, 3.0, 7.0]), "need": np.array([8.0])}
    (curve,) = _squares(problem).vary(datum, low, high, factor=factor)
    assert curve.complete
    for t in np.linspace(low, high, 6)[1:-1]:
        now = {name: numbers.copy() for name, numbers in given.items()}
        if factor:
            now["cap"] *= t
        elif "+" in datum:
            now["need"] += t
            now["cost"][0] += 2 * t
            now["cap"][1] -= t
        else:
            table, _, item = datum.partition("[")
            now[table]["abc".index(item[:-1]) if item else 0] = t
        solved = _squares(problem, **now).solve().objective[""][0]
        assert curve.value(np.array([t]))[0] == pytest.approx(solved, rel=1e-6, abs=1e-7, nan_ok=True)


def test_plans_and_prices_along_a_linear_curve() -> None:
    """Where sides move, prices stay on a piece and plans run; where costs move, the other way round."""
    (curve,) = _lab().vary("need", 0.0, 20.0, of=["out"])
    assert curve.courses["out"].numbers[1] == pytest.approx(np.array([[4, 0, 0], [4, 6, 0]]))
    problem = PROBLEM.replace("- sum(x) >= d", "- cover: sum(x) >= d")
    lab = _squares(problem)
    (curve,) = lab.vary("cost[b]", 0.0, 10.0, of=["out", "price_cover"])
    assert curve.courses["out"].numbers[:, 0, 1] == pytest.approx([6, 4, 0])
    assert curve.courses["price_cover"].numbers[1, :, 0] == pytest.approx([1, 7])


def test_what_is_not_decided_is_not_traced() -> None:
    with pytest.raises(StudyError) as error:
        _lab().vary("need", 0.0, 9.0, of=["oot"])
    assert [d.code for d in error.value.diagnostics] == ["K900"]


def test_weights_stand_before_cells_with_or_without_a_star() -> None:
    from saddlepoint.study.diagnosis.direction import read_direction

    model = saddlepoint.define(
        sets="Hours: {items: 1..2}",
        variables="d: {type: exogenous, coordinates: [Hours], variables_info: {d: }}\nx: {type: endogenous, coordinates: [Hours], variables_info: {x: }}",
        problem={"objective": ["Minimize(sum(x))"], "expressions": ["x >= log(d)"]},
        data={"d": [1, 2]},
    )  # fmt: skip
    for text in ("2 * d[1] + 3 * d[2]", "2 d[1] + 3 d[2]", "2*d[1] + 3*d[2]"):
        assert read_direction(text, model.model).weights["d"].tolist() == [2.0, 3.0]
    with pytest.raises(SaddleError, match=r"where d\[1\] is -1") as caught:
        model.vary("d[1]", -1.0, 5.0)
    assert "at -1 it has none" in caught.value.diagnostics[0].fix
