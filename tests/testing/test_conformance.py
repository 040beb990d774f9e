"""Every solver and operator of the package keeps the contracts of the conformance kit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from saddlepoint.expr.words import RECORDS
from saddlepoint.solve.route.stages.solver_table import records, solvers
from saddlepoint.testing import check_operator, check_solver, draws

OWN = ("highs", "clarabel", "piqp")
INSTALLED = [
    r for r in records() if r.name in OWN and any(s.name == r.name and s.installed for s in solvers())
]
ARGUMENTS = {"quad_form": None, "matmul": None, "divide": None}
TWO = {"add", "mult", "times", "maximum", "minimum", "rel_entr", "kl_div"}
CURVED = [r for r in RECORDS if r.nature in ("linear", "convex", "concave") and r.name not in ARGUMENTS]
VECTOR = {"norm2", "geo_mean", "harmonic_mean", "norm", "quad_over_lin"}
SQUARE = {"trace"}


@pytest.mark.parametrize("record", INSTALLED, ids=lambda r: r.name)
def test_solvers_answer_known_problems(record):
    assert check_solver(record) == {"highs": 10, "clarabel": 12, "piqp": 8}[record.name]


def test_a_solver_that_lies_is_caught():
    record = next(r for r in INSTALLED if r.name == "highs")

    def lying(batch, options):
        answers = record.adapter(batch, options)
        answers.x[:] = answers.y[:] = answers.z[:] = 0.0
        return answers

    with pytest.raises(AssertionError, match="highs, "):
        check_solver(replace(record, adapter=lying))


def _draw(record):
    shape = (4, 1) if record.name in VECTOR else (3, 3) if record.name in SQUARE else (3, 4)
    shapes = {"x": shape}
    if record.name in TWO:
        shapes["y"] = shape
    if record.name == "quad_over_lin":
        shapes["y"] = (1, 1)
    if record.arity[0] == 2 and "y" not in shapes:
        shapes["y"] = shape
    return draws(shapes)


@pytest.mark.parametrize("record", CURVED, ids=lambda r: r.name)
def test_operators_are_what_they_claim(record):
    options = {"power": (1.5,), "norm": (3,), "sum_largest": (2,), "sum_smallest": (2,), "huber": (1.0,)}
    check_operator(record, _draw(record), options.get(record.name))


def test_a_wrong_claim_is_caught():
    square = next(r for r in RECORDS if r.name == "square")
    with pytest.raises(AssertionError, match="not concave"):
        check_operator(replace(square, nature="concave"), draws({"x": (2, 2)}, -1, 1))
    with pytest.raises(AssertionError, match="not monotone"):
        check_operator(replace(square, monotone=lambda signs: (1,)), draws({"x": (2, 2)}, -1, 1))


def test_signs_of_mixed_arguments():
    for name in ("abs", "pos", "square", "max", "min", "norm1"):
        record = next(r for r in RECORDS if r.name == name)
        check_operator(record, lambda rng: (rng.normal(size=(1, 2, 3)),))
