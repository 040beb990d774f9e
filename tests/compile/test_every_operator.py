"""Every operator on random data: our two compilers, its numeric value and its facts against CVXPY itself."""

from __future__ import annotations

import itertools
import warnings

import cvxpy as cp
import numpy as np
import pytest

from saddlepoint.expr.curvature import judged
from saddlepoint.expr.facts import Curvature, Sign
from saddlepoint.expr.value import sign_of, value
from saddlepoint.expr.words import RECORDS

SCENARIOS, REPEATS, I, J = 2, 2, 3, 4
SIDES = {"col": ("I",), "row": ("J",), "mat": ("I", "J")}
SIZES = {"I": I, "J": J}

CASES = {
    "add": ("mat", "c + x + b + 1", "min"),
    "negative": ("mat", "-(x - a)", "max"),
    "tran": ("mat", "tran(b) + tran(x)", "min"),
    "sum": ("mat", "sum(x, 0) + sum(mult(a, x), 1) + sum(x)", "min"),
    "diag": ("row", "diag(x) @ a2", "min"),
    "cumsum": ("mat", "mult(a, cumsum(x, 1)) - cumsum(x)", "min"),
    "mult": ("mat", "mult(b, x) + mult(x, c)", "min"),
    "times": ("mat", "2 * x * 0.5 + b * x", "max"),
    "matmul": ("mat", "tran(a) @ x @ tran(b)", "min"),
    "divide": ("mat", "x / b - x / 4 + divide(x, c)", "min"),
    "hstack": ("mat", "mult(hstack(x, c, a), hstack(a, c, a))", "min"),
    "vstack": ("mat", "mult(vstack(x, b, x), vstack(a, b, a))", "min"),
    "diff": ("mat", "mult(diff(x, 1), diff(a, 1)) - sum(diff(x))", "min"),
    "trace": ("mat", "trace(x @ tran(a))", "min"),
    "kron": ("col", "mult(kron(x, b), kron(c, b))", "min"),
    "square": ("mat", "b * square(x - a)", "min"),
    "sumsq": ("mat", "sumsq(x - c)", "min"),
    "quad_form": ("col", "quad_form(x - c, P)", "min"),
    "abs": ("row", "abs(x - 1.1) * b", "min"),
    "pos": ("mat", "pos(a - x) + 0.3 * x", "min"),
    "neg": ("mat", "neg(x - a) + 0.3 * x", "min"),
    "max": ("mat", "max(x - a) + max(a - x, 0) + max(c - x, 1)", "min"),
    "min": ("mat", "min(x - a) + min(a - x, 0) + min(c - x, 1)", "max"),
    "maximum": ("mat", "maximum(x, a, 2 * c - x)", "min"),
    "minimum": ("mat", "minimum(x, a, 2 * c - x)", "max"),
    "norm1": ("mat", "norm1(x - a)", "min"),
    "norm2": ("row", "norm2(x - b) + norm2(2 * x)", "min"),
    "norminf": ("mat", "norminf(x - a)", "min"),
    "sqrt": ("mat", "sqrt(x) - b * x", "max"),
    "huber": ("mat", "huber(2 * (x - a), 0.7)", "min"),
    "power": (
        "mat",
        "power(x, 1.5) + power(x, -0.7) + power(x - a, 4) + power(x, -1) + power(x, 3) - power(x, 0.3) - 2 * x ** 0.5",
        "min",
    ),
    "inv_pos": ("mat", "inv_pos(x) + b * x", "min"),
    "quad_over_lin": ("row", "quad_over_lin(x - b, sum(x))", "min"),
    "geo_mean": ("col", "geo_mean(x) - 0.1 * sum(x)", "max"),
    "harmonic_mean": ("col", "harmonic_mean(x) - 0.1 * sum(x)", "max"),
    "norm": ("col", "norm(x - c, 3) + norm(x, 2)", "min"),
    "sum_largest": ("mat", "sum_largest(x - a, 3)", "min"),
    "sum_smallest": ("mat", "sum_smallest(x - a, 5) - 0.5 * sum(x)", "max"),
    "log_sum_exp": ("mat", "log_sum_exp(a - x) + 0.2 * sum(x)", "min"),
    "logistic": ("mat", "logistic(x - a) - 0.5 * x", "min"),
    "rel_entr": ("mat", "rel_entr(x, b) - 2 * x", "min"),
    "kl_div": ("mat", "kl_div(x, b) - 0.5 * x", "min"),
    "exp": ("mat", "exp(x - a) - 1.5 * x", "min"),
    "log": ("mat", "log(x) - b * x", "max"),
    "log1p": ("mat", "log1p(x - 0.05 * a) - 0.5 * b * x", "max"),
    "entr": ("mat", "entr(x) + 0.1 * x", "max"),
}
"""Operator → (shape of x, formula, sense). a varies by scenario, b by repeat (row), c by scenario (column)."""

DATA_ONLY = {"pow", "minv", "shift", "annuity", "weib", "reciprocal", "matrix_root"}


def _vec(x):
    return cp.vec(x, order="F")


def _diag(x):
    return cp.diag(_vec(x)) if 1 in x.shape else cp.reshape(cp.diag(x), (x.shape[0], 1), order="F")


NAMES = {
    "tran": cp.transpose,
    "mult": cp.multiply,
    "sumsq": cp.sum_squares,
    "sum": lambda x, axis=None: cp.sum(x, axis=axis, keepdims=True),
    "max": lambda x, axis=None: cp.max(x, axis=axis, keepdims=True),
    "min": lambda x, axis=None: cp.min(x, axis=axis, keepdims=True),
    "diag": _diag,
    "divide": lambda x, a: x / a,
    "diff": lambda x, axis=0: cp.diff(x, axis=axis),
    "hstack": lambda *a: cp.hstack(a),
    "vstack": lambda *a: cp.vstack(a),
    "norm1": lambda x: cp.norm1(_vec(x)),
    "norm2": lambda x: cp.norm2(_vec(x)),
    "norm": lambda x, p: cp.norm(_vec(x), p),
    "norminf": lambda x: cp.norm_inf(_vec(x)),
    "geo_mean": lambda x: cp.geo_mean(_vec(x)),
    "harmonic_mean": lambda x: cp.harmonic_mean(_vec(x)),
    "quad_form": lambda x, p: cp.quad_form(_vec(x), cp.psd_wrap(p)),
    "cumsum": lambda x, axis=0: cp.cumsum(x, axis=axis),
    "rel_entr": lambda x, y: cp.rel_entr(x, cp.multiply(np.ones(x.shape), y)),
    "kl_div": lambda x, y: cp.kl_div(x, cp.multiply(np.ones(x.shape), y)),
}


def reference(text, **values):
    """The formula as a cvxpy expression, read by Python and not by us."""
    import ast

    class Rewrite(ast.NodeTransformer):
        def visit_BinOp(self, node):
            self.generic_visit(node)
            if isinstance(node.op, ast.Mult):
                return ast.Call(ast.Name("mult", ast.Load()), [node.left, node.right], [])
            return node

    tree = ast.fix_missing_locations(Rewrite().visit(ast.parse(text, mode="eval")))
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    found = {n: values[n] if n in values else NAMES.get(n) or getattr(cp, n) for n in names}
    return eval(compile(tree, "formula", "eval"), {"__builtins__": {}}, found)


def numbers(kind):
    rng = np.random.default_rng(7)
    shape = tuple(SIZES[s] for s in SIDES[kind])
    p = rng.normal(size=(SCENARIOS, I, I))
    return {
        "a": rng.uniform(0.5, 2.5, (SCENARIOS, *shape)),
        "b": rng.uniform(0.5, 2.0, (REPEATS, J)),
        "c": rng.uniform(0.5, 2.0, (SCENARIOS, I)),
        "a2": rng.uniform(0.5, 2.5, (SCENARIOS, J, I)),
        "P": np.einsum("sij,skj->sik", p, p),
    }


TABLES = {
    "b": ("exogenous", {"T": None, "J": "cols"}),
    "c": ("exogenous", {"S": None, "I": "rows"}),
    "a2": ("exogenous", {"S": None, "J": "rows", "I": "cols"}),
    "P": ("exogenous", {"S": None, "I": "rows", "I2": "cols"}),
}
SETS = {"S": -SCENARIOS, "T": REPEATS, "I": I, "J": J, "I2": I}


def tables(kind, role="endogenous"):
    sides = {s: "rows" if s == "I" else "cols" for s in SIDES[kind]}
    return {
        "x": (role, {"S": None, "T": None, **sides}),
        "a": ("exogenous", {"S": None, **sides}),
        **TABLES,
    }


def shaped(kind):
    return (I if "I" in SIDES[kind] else 1, J if "J" in SIDES[kind] else 1)


def slices(kind, data, s, t):
    return {
        "a": data["a"][s].reshape(shaped(kind)),
        "b": data["b"][t].reshape(1, J),
        "c": data["c"][s].reshape(I, 1),
        "a2": data["a2"][s],
        "P": data["P"][s],
    }


def cvxpy_optimum(kind, text, sense, data):
    total = np.zeros(SCENARIOS)
    for s, t in itertools.product(range(SCENARIOS), range(REPEATS)):
        x = cp.Variable(shaped(kind))
        goal = cp.sum(reference(text, x=x, **slices(kind, data, s, t)))
        goal = cp.Minimize(goal) if sense == "min" else cp.Maximize(goal)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            total[s] += cp.Problem(goal, [x >= 0.1, x <= 3, cp.sum(x) >= 2]).solve(solver="CLARABEL")
    return total


def relations(sense, text):
    return f"{'Minimize' if sense == 'min' else 'Maximize'}(sum({text}))", [
        "x >= 0.1",
        "x <= 3",
        "sum(x) >= 2",
    ]


def test_every_operator_has_a_case():
    assert {r.name for r in RECORDS} == set(CASES) | DATA_ONLY
    assert all(
        f"{name}(" in CASES[name][1] or next(r for r in RECORDS if r.name == name).symbol for name in CASES
    )


@pytest.mark.parametrize("name", CASES)
def test_both_compilers_find_cvxpys_optimum(case, name):
    kind, text, sense = CASES[name]
    data = numbers(kind)
    built = case(SETS, tables(kind), *relations(sense, text), data)
    expected = cvxpy_optimum(kind, text, sense, data)
    for route in (None, "cvxpy"):
        np.testing.assert_allclose(built.objective(route), expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("name", CASES)
def test_value_is_cvxpys_value(case, name):
    kind, text, _ = CASES[name]
    data = numbers(kind)
    data["x"] = np.random.default_rng(3).uniform(0.2, 2.0, (SCENARIOS, REPEATS, *shaped(kind)))
    sets = tables(kind, "exogenous")
    sets["z"] = ("endogenous", {"S": None, "T": None})
    built = case(SETS, sets, f"Minimize(sum({text}) + 0 * z)", ["z >= 0"], data)
    part = built.problem.objectives[0].goal.node.args[0].args[0]
    found = value(part, built.numbers.of)
    found = np.broadcast_to(found, (SCENARIOS, *part.facts.shape))
    for s, t in itertools.product(range(SCENARIOS), range(REPEATS)):
        x = cp.Variable(shaped(kind))
        x.value = data["x"][s, t].reshape(shaped(kind))
        wanted = reference(text, x=x, **slices(kind, data, s, t)).value
        mine = found[s, t] if found.ndim == 4 else found[s]
        np.testing.assert_allclose(mine, np.asarray(wanted).reshape(mine.shape), rtol=1e-9, atol=1e-9)


CURVATURE = {
    "CONSTANT": Curvature.CONSTANT,
    "AFFINE": Curvature.AFFINE,
    "CONVEX": Curvature.CONVEX,
    "CONCAVE": Curvature.CONCAVE,
    "UNKNOWN": Curvature.UNKNOWN,
}
SIGNS = {"NONNEGATIVE": Sign.NONNEG, "NONPOSITIVE": Sign.NONPOS, "ZERO": Sign.ZERO, "UNKNOWN": Sign.UNKNOWN}
COMPOSED = ["x", "-x", "y", "-y", "square(y)", "-square(y)", "sqrt(y)", "-sqrt(y)", "1 - x"]


def _call(name, inner):
    forms = {
        "negative": f"-({inner})",
        "add": f"({inner}) + ({inner})",
        "mult": f"mult(a, {inner})",
        "times": f"2 * ({inner})",
        "divide": f"({inner}) / a",
        "matmul": f"tran(a) @ ({inner})",
        "kron": f"kron(a, {inner})",
        "quad_form": f"quad_form({inner}, P)",
        "trace": f"trace(tran(a) @ ({inner}))",
        "quad_over_lin": f"quad_over_lin({inner}, sum({inner}))",
        "rel_entr": f"rel_entr({inner}, {inner})",
        "kl_div": f"kl_div({inner}, {inner})",
        "maximum": f"maximum({inner}, 0)",
        "minimum": f"minimum({inner}, 0)",
        "huber": f"huber({inner}, 1)",
        "norm": f"norm({inner}, 3)",
        "power": f"power({inner}, 3)",
        "sum_largest": f"sum_largest({inner}, 2)",
        "sum_smallest": f"sum_smallest({inner}, 2)",
    }
    return forms.get(name, f"{name}({inner})")


@pytest.mark.parametrize("name", sorted(CASES))
def test_facts_never_claim_more_than_cvxpy(case, name):
    """Curvature and sign of compositions: equal to CVXPY's, or weaker; never stronger."""
    data = numbers("col")
    for inner in COMPOSED:
        text = _call(name, inner)
        sides = {"S": None, "I": "rows"}
        sets = {
            "x": ("endogenous", sides),
            "y": ("endogenous", sides, {"nonneg": True}),
            "a": ("exogenous", sides),
        }
        sets |= TABLES
        built = case(SETS, sets, f"Minimize(sum({text}))", ["x >= 0", "y >= 0"], data)
        node = built.problem.objectives[0].goal.node.args[0]
        ours = judged(node, lambda n, numbers=built.numbers: sign_of(value(n, numbers.of)))
        x, y = cp.Variable((I, 1)), cp.Variable((I, 1), nonneg=True)
        theirs = reference(text, x=x, y=y, a=data["a"][0].reshape(I, 1), P=data["P"][0])
        curvature = CURVATURE[theirs.curvature]
        assert ours.curvature in (curvature, Curvature.UNKNOWN) or (
            curvature is Curvature.CONSTANT or (ours.curvature.is_affine and theirs.is_affine())
        ), (text, ours, theirs.curvature)
        assert curvature is Curvature.UNKNOWN or ours.curvature is not Curvature.UNKNOWN, (
            text,
            theirs.curvature,
        )
        sign = SIGNS[theirs.sign]
        assert ours.sign in (sign, Sign.UNKNOWN) or sign is Sign.ZERO, (text, ours, theirs.sign)
