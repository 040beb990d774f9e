"""Random declared models mean what an evaluator by labels says: objective, plan, slack, price, store.

SADDLEPOINT_LAWS=500 runs that many models instead of the few of every day.
"""

from __future__ import annotations

import os
from collections import Counter

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError

MANY = int(os.environ.get("SADDLEPOINT_LAWS", "24"))
pytestmark = pytest.mark.filterwarnings("ignore:(The problem includes|Solution may be)")


def rows_of(table):
    columns = {k.removesuffix("_Name"): v for k, v in table.label_columns().items()}
    count = len(next(iter(columns.values()))) if columns else 1
    return list(columns), [tuple(c[i] for c in columns.values()) for i in range(count)]


def told(table, column):
    keys, labels = rows_of(table)
    return keys, dict(zip(labels, np.asarray(table.column(column)).tolist(), strict=True))


def solved(story):
    """The result and the plan by table and labels; skips what the language refuses (sets in another order)."""
    try:
        result = saddlepoint.define(**story.declared(), data=story.sheets).solve()
    except SaddleError as error:
        assert {d.code for d in error.diagnostics} <= {"E202"}, str(error)
        pytest.skip("sets on one side in different orders are refused")
    plan = {}
    for key, table in result.tables.items():
        names, values = told(table, "values")
        assert names == story.tables[key][1]
        plan |= {(key, labels): v for labels, v in values.items()}
    return result, plan


@pytest.fixture(scope="module")
def seen():
    """What the random models of this process have been compared on; too few of a kind is a failure of the test itself."""
    count: Counter[str] = Counter()
    yield count
    if count["models"] >= 8:
        least = {"plans": 1.0, "slacks": 1.0, "rates": 0.25}
        lacking = {k: count[k] for k, share in least.items() if count[k] < share * count["models"]}
        assert not lacking, f"{count['models']} models gave only {lacking} comparisons"


@pytest.mark.parametrize("seed", range(MANY))
def test_a_random_model_means_what_its_labels_say(story, reader, seen, seed):
    one = story(seed)
    result, plan = solved(one)
    seen["models"] += 1
    for at in one.scenarios():
        keys, status = told(result.certificates[""], "status")
        here = tuple(at[k] for k in keys)
        _, objective = told(result.certificates[""], "objective")
        reference, value = reader(one, at).solve()
        if reference == "solver_error":
            continue
        assert (status[here], reference.removesuffix("_inaccurate")) == ("optimal", "optimal")
        sight = reader(one, at, plan)
        assert objective[here] == pytest.approx(value, rel=3e-6, abs=3e-6)
        assert float(np.asarray(sight.objective().value)) == pytest.approx(value, rel=3e-6, abs=3e-6)
        slacks = list(_slacks(one, result, sight, at))
        seen["plans"] += 1
        seen["slacks"] += len(slacks)
        seen["rates"] += _prices_are_derivatives(
            one, reader(one, at), value, slacks, np.random.default_rng(seed)
        )


def _slacks(one, result, sight, at):
    """(place, price, slack) of every row whose labels are clear; asserts that the plan is feasible, the slack right."""
    for k, (left, op, right) in enumerate(one.relations):
        table = result.price(f"c{k + 1}")
        keys, slack = told(table, "slack")
        _, price = told(table, "price")
        for j, repeat in enumerate(one.repeats(left, right)):
            gap = np.asarray(sight.value(right, repeat).value) - np.asarray(sight.value(left, repeat).value)
            room = -gap if op == ">=" else (gap if op == "<=" else -np.abs(gap))
            assert room.min() > -2e-5
            for x, y, labels in _labelled(one, left, right, gap.shape, {**at, **repeat}, keys):
                mine = -gap[x, y] if op != "<=" else gap[x, y]
                assert slack[labels] == pytest.approx(mine, abs=2e-5)
                yield (k, j, x, y), price[labels], mine


def _labelled(one, left, right, shape, at, keys):
    if any(k.endswith("_2") for k in keys):
        return
    for name in (n for n in _names(left, right) if one.tables[one.views[n].table][0] != "constant"):
        view = one.views[name]
        cells = one.cells(view, at)
        sets = one.tables[view.table][1]
        if (len(cells), len(cells[0])) == shape and set(keys) <= {*sets, *at}:
            for x in range(shape[0]):
                for y in range(shape[1]):
                    here = {**dict(zip(sets, cells[x][y], strict=True)), **at}
                    yield x, y, tuple(here[k] for k in keys)
            return


def _names(*trees):
    return [
        n
        for t in trees
        for n in ([t[1]] if t[0] == "var" else _names(*(p for p in t[1:] if isinstance(p, tuple))))
    ]


def _prices_are_derivatives(one, at, value, rows, rng):
    """How many prices were compared with the difference quotients of the optimum: none with whole numbers."""
    if one.whole:
        return 0
    compared = 0
    some = [r for r in rows if abs(r[1]) > 1e-7]
    for place, price, _ in (some[i] for i in rng.permutation(len(some))[:2]):
        h = 1e-4
        up, down = at.solve(place, h), at.solve(place, -h)
        if not (up[0].startswith("optimal") and down[0].startswith("optimal")):
            continue
        ends = sorted([(up[1] - value) / h, (value - down[1]) / h])
        room = 3e-3 * (1 + abs(price))
        assert ends[0] - room <= price <= ends[1] + room
        compared += 1
    return compared


@pytest.fixture
def one_set():
    """Variables x and y over one set, and some formulas."""

    def make(goal, *expressions):
        variables = {
            f"t_{n}": {
                "type": "endogenous",
                "coordinates": ["I"],
                "variables_info": {n: {"I": {"dim": "rows"}}},
            }
            for n in "xy"
        }
        problem = {"objective": [goal], "expressions": list(expressions)}
        return saddlepoint.define(
            sets={"I": {}}, items={"I": ["a", "b"]}, variables=variables, problem=problem
        ).solve()

    return make


def test_slack_of_a_curved_constraint_is_that_of_the_curve(one_set):
    """The compiler's own column t, f(x) ≤ t ≤ b, may lie anywhere where nothing binds."""
    result = one_set("Minimize(sum(x))", "x == 3", "abs(x) <= 10", "square(x) <= 100", "10 >= abs(-x)")
    for name, slack in (("c2", 7.0), ("c3", 91.0), ("c4", 7.0)):
        table = result.price(name)
        np.testing.assert_allclose(table.columns["slack"], slack, atol=1e-6)
        assert not table.columns["binding"].any()


def test_a_row_whose_terms_cancel_binds(one_set):
    """x ≥ y at 80 by an interior-point method: the slack of 1e-8 is nothing beside 80, though the right-hand side is 0."""
    result = one_set("Minimize(sum(square(x - 40)) + sum(square(y - 120)) + sum(exp(0.01 * x)))", "x >= y")
    assert result.price("c1").columns["binding"].all()


def _chain(limit, loop=False):
    """A problem that is infeasible where limit < 1, and one or two that read what it decides."""
    plain = {"coordinates": ["I", "S"]}
    variables = {
        "first": {
            **plain,
            "type": {"a": "endogenous", "b": "exogenous"},
            "variables_info": {"x": {"I": {"dim": "rows"}}},
        },
        "second": {
            **plain,
            "type": {"b": "endogenous", "c": "exogenous"},
            "variables_info": {"y": {"I": {"dim": "rows"}}},
        },
        "third": {
            **plain,
            "type": {"c": "endogenous", "b": "exogenous"} if loop else "endogenous",
            "variables_info": {"z": {"I": {"dim": "rows"}}},
        },
        "limit": {
            "type": "exogenous",
            "coordinates": ["S"],
            "variables_info": {"k": {}},
        },
    }
    back = " + 0.1 * z" if loop else ""
    problem = {
        "a": {"objective": ["Minimize(sum(x))"], "expressions": ["x >= 1", "x <= k"]},
        "b": {"objective": ["Minimize(sum(y))"], "expressions": [f"y >= 2 * x / k{back}"]},
        "c": {"expressions": ["z == y + 1"]},
    }
    items = {"I": ["i", "j"], "S": ["low", "high", "more"]}
    sets = {"I": {}, "S": {"split_problem": True}}
    data = {"limit": limit}
    return saddlepoint.define(sets=sets, items=items, variables=variables, problem=problem, data=data)


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("chunk", [None, 1])
def test_a_scenario_without_answer_withholds_only_itself_from_those_who_read_it(loop, chunk):
    result = _chain([0.5, 2.0, 4.0], loop).solve(chunk=chunk)
    status = {k: t.columns["status"].tolist() for k, t in result.certificates.items()}
    good = "fixed_point" if loop else "optimal"
    assert status == {
        "a": ["infeasible", "optimal", "optimal"],
        "b": ["error", good, good],
        "c": ["error", good, good],
    }
    y = result.table("second").columns["values"].reshape(2, 3)
    assert np.isnan(y[:, 0]).all()
    step = 2 / np.array([2.0, 4.0])
    np.testing.assert_allclose(y[:, 1:], np.tile((step + 0.1) / 0.9 if loop else step, (2, 1)), rtol=1e-2)
    assert "no answer" in result.answers["b"].solution.messages[0]
    assert result.exit_code == 4


def test_a_chain_whose_first_problem_is_infeasible_everywhere_is_no_crash():
    result = _chain([0.5, 0.5, 0.5]).solve()
    assert set(result.certificates["c"].columns["status"]) == {"error"}


def test_a_priced_bound_at_zero_binds_though_all_its_rows_are_zero(one_set):
    result = one_set("Minimize(sum(exp(x)) + sum(square(y - 3)))", "x >= 0", "y <= 5")
    assert result.price("c1").columns["price"] == pytest.approx([1.0, 1.0], abs=1e-4)
    assert result.price("c1").columns["binding"].all()
    assert not result.price("c2").columns["binding"].any()


def _small(unit, goal="Minimize(sum(square(x)))"):
    variables = {
        "t": {"type": "endogenous", "coordinates": ["I"], "variables_info": {"x": {"I": {"dim": "rows"}}}},
        "d": {"type": "exogenous", "coordinates": [], "variables_info": {"k": {}}},
        "c": {"type": "exogenous", "coordinates": ["I"], "variables_info": {"c": {"I": {"dim": "rows"}}}},
    }
    problem = {"objective": [goal], "expressions": ["sum(x) >= k", "x <= k"]}
    data = {"d": unit, "c": [1.0, 2.0]}
    items = {"I": ["a", "b"]}
    return saddlepoint.define(sets={"I": {}}, items=items, variables=variables, problem=problem, data=data)


@pytest.mark.parametrize("unit", [1e-8, 1e-4, 1.0, 1e4, 1e8])
def test_a_plan_does_not_depend_on_the_unit_of_the_right_hand_side(unit):
    """A quadratic problem whose numbers are 1e-8 accepted a plan a hundred times too large."""
    result = _small(unit, "Minimize(sum(mult(c, square(x))))").solve()
    assert result.certificates[""].columns["status"].tolist() == ["optimal"]
    np.testing.assert_allclose(result.table("t").columns["values"] / unit, [2 / 3, 1 / 3], rtol=1e-4)


def test_nonneg_of_a_variable_that_no_formula_names_holds_for_its_table():
    """As in CVXlab: `nonneg` is said of the table's cells, by whichever of its variables."""
    about = {"x": {"I": {"dim": "rows"}, "nonneg": True}, "across": {"I": {"dim": "cols"}}}
    variables = {"t": {"type": "endogenous", "coordinates": ["I"], "variables_info": about}}
    problem = {"objective": ["Minimize(sum(across))"], "expressions": ["across >= -3"]}
    lab = saddlepoint.define(sets={"I": {}}, items={"I": ["a", "b"]}, variables=variables, problem=problem)
    np.testing.assert_allclose(lab.solve().table("t").columns["values"], [0, 0])


def test_a_diverging_scenario_is_a_status_and_leaves_the_others_alone():
    """Numbers beyond what solvers take ended the whole run with L101."""
    both = {"coordinates": ["I", "S"]}
    view = {"I": {"dim": "rows"}}
    variables = {
        "first": {**both, "type": {"a": "endogenous", "b": "exogenous"}, "variables_info": {"x": view}},
        "second": {**both, "type": {"b": "endogenous", "a": "exogenous"}, "variables_info": {"y": view}},
        "factor": {"type": "exogenous", "coordinates": ["S"], "variables_info": {"k": {}}},
    }
    problem = {
        "a": {"objective": ["Minimize(sum(square(x - k * y)))"], "expressions": ["x >= -1"]},
        "b": {"expressions": ["y == x + 1"]},
    }
    sets = {"I": {}, "S": {"split_problem": True}}
    items = {"I": ["i", "j"], "S": ["tame", "wild"]}
    data = {"factor": [0.3, 9.0]}
    lab = saddlepoint.define(sets=sets, items=items, variables=variables, problem=problem, data=data)
    status = lab.solve(limit=60).certificates["a"].columns["status"].tolist()
    assert status == ["fixed_point", "not_converged"]
