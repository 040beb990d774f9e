"""chance, quantile, cvar over draws: every operator × a level that is constant, per scenario, or on a named axis."""

from __future__ import annotations

import numpy as np
import pytest

import saddlepoint
from saddlepoint.errors import SaddleError

DRAWS = np.arange(10.0).reshape(2, 5)
LEVELS = [0.5, 0.6, 0.9]
TABLES = """
order: {type: endogenous, coordinates: [M, S, A], variables_info: {q: {M: {dim: rows}, nonneg: true}}}
demand: {type: uncertain, samples: W, radius: r, coordinates: [M, W], variables_info: {D: {M: {dim: rows}}}}
radii: {type: exogenous, coordinates: [S], variables_info: {r: }}
fixed: {type: exogenous, coordinates: [], variables_info: {one: }}
level: {type: exogenous, coordinates: [S], variables_info: {p: }}
named: {type: exogenous, coordinates: [A], variables_info: {u: }}
entry: {type: exogenous, coordinates: [M, S], variables_info: {v: {M: {dim: rows}}}}
"""
FORMS = {
    "chance": "chance(q >= D, {})",
    "chance of sums": "chance(sum(q) >= sum(D), {})",
    "quantile": "q >= quantile(D, {})",
    "cvar": "q >= cvar(D, {})",
}


def solved(form: str, level: str, radius: bool):
    tables = TABLES if radius else TABLES.replace(" radius: r,", "").replace("radii: {", "unused: {")
    lab = saddlepoint.define(
        sets={"M": {}, "W": {}, "A": {}, "S": {"split_problem": True}},
        items={"M": ["m1", "m2"], "W": list("abcde"), "A": ["x", "y"], "S": ["s1", "s2", "s3"]},
        variables=tables,
        problem={"objective": ["Minimize(sum(q))"], "expressions": [FORMS[form].format(level)]},
        data={
            "demand": DRAWS,
            "radii" if radius else "unused": [0.0, 0.0, 0.0],
            "fixed": 0.9,
            "level": LEVELS,
            "named": [0.5, 0.9],
            "entry": np.array([LEVELS, LEVELS[::-1]]),
        },
    )
    return lab.solve()


def least(form: str, p: np.ndarray) -> np.ndarray:
    """The least order per month, scenario and item, worked out draw by draw; p: (2, 3, 2)."""
    draws = DRAWS.sum(axis=0, keepdims=True) if "sums" in form else DRAWS
    out = np.empty((len(draws), 3, 2))
    for (m, s, a), _ in np.ndenumerate(out):
        values = np.sort(draws[m])
        place = int(np.ceil(5 * p[m, s, a] - 1e-9)) - 1
        out[m, s, a] = values[place]
        if form == "cvar":
            out[m, s, a] += np.maximum(values - values[place], 0).mean() / (1 - p[m, s, a])
    return out


@pytest.mark.parametrize("radius", [False, True])
@pytest.mark.parametrize("level", ["0.9", "one", "p", "u", "v"])
@pytest.mark.parametrize("form", list(FORMS))
def test_a_level_may_vary_with_anything(form: str, level: str, radius: bool) -> None:
    if "sums" in form and level == "v":
        pytest.skip("a sum has one row")
    if radius and form not in ("chance", "quantile"):
        pytest.skip("a ball belongs to rows that are linear in the draws")
    p = {
        "0.9": np.full((2, 3, 2), 0.9),
        "one": np.full((2, 3, 2), 0.9),
        "p": np.broadcast_to(np.array(LEVELS)[None, :, None], (2, 3, 2)),
        "u": np.broadcast_to(np.array([0.5, 0.9]), (2, 3, 2)),
        "v": np.broadcast_to(np.array([LEVELS, LEVELS[::-1]])[:, :, None], (2, 3, 2)),
    }[level]
    want = least(form, p)
    try:
        result = solved(form, level, radius)
    except SaddleError as error:
        assert radius, error
        assert all(d.fix or d.why for d in error.diagnostics)
        return
    got = result.table("order").values
    assert result.exit_code == 0
    if "sums" in form:
        got = got.sum(axis=0, keepdims=True)
    elif level != "u":
        got, want = got[:, :, :1], want[:, :, :1]
    assert np.broadcast_to(got, want.shape) == pytest.approx(want)
