"""CVXPY as a second compiler: the problem written for it, its cone form read back as terms of our own."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from saddlepoint.arrays import Objects
from saddlepoint.compile.cvxpy_reader import form_of
from saddlepoint.compile.cvxpy_writer import CvxpyWriter
from saddlepoint.compile.form import Form, Tables
from saddlepoint.compile.lifting import Datum
from saddlepoint.errors import CompileError
from saddlepoint.expr.node import Relation
from saddlepoint.model.model import Problem


def cvxpy_form(
    problem: Problem, relations: Sequence[Relation], tables: Tables, data: Mapping[int, Datum], fresh: int
) -> Form:
    """The problem compiled by CVXPY, as terms over our columns.

    Raises CompileError if cvxpy is missing, if CVXPY finds the problem not convex, or if its cone form has a cone or
    a dependence on the data that a Program cannot hold.
    """
    cp = load_cvxpy()
    draft = CvxpyWriter(cp=cp, tables=tables, data=data)
    goals = [o.goal.sense * _sum(draft.grid(o.goal.node)) for o in problem.objectives]
    differences = [draft.difference(r) for r in relations]
    stated = cp.Problem(cp.Minimize(sum(goals) if goals else cp.Constant(0.0)), draft.constraints)
    _check(stated, problem)
    return form_of(_cone_program(stated), draft, differences, relations, fresh)


def load_cvxpy() -> Any:
    """The module cvxpy; raises CompileError if it is not installed."""
    try:
        import cvxpy  # pyright: ignore[reportMissingTypeStubs]
    except ImportError:
        raise CompileError.of(
            "C103",
            "this problem is compiled through CVXPY, which is not installed",
            why="one of its operators has no graph form of its own, or route='cvxpy' was asked for",
            fix="Install the extra saddlepoint[cvxpy].",
        ) from None
    return cvxpy


def _sum(grid: Objects) -> Any:
    return sum(e.sum() for e in grid.flat)


def _check(stated: Any, problem: Problem) -> None:
    if not stated.is_dcp():
        bad = [str(c)[:200] for c in stated.constraints if not c.is_dcp()] or [str(stated.objective)[:200]]
        raise CompileError.of(
            "C101",
            f"CVXPY finds {problem.title} not convex",
            why="this part breaks its rules: " + bad[0],
            fix="Rewrite it with convex operators, or turn the relation.",
        )
    if not stated.is_dpp():
        raise CompileError.of(
            "C106",
            f"the cone form of {problem.title} is not affine in its data",
            why="CVXPY can compile once for many data only where each decision is multiplied by data once",
            fix="Give the product of data a variable of its own, or use an operator with a graph form.",
        )


def _cone_program(stated: Any) -> Any:
    """CVXPY's ParamConeProg: tensors of the cone form, affine in the parameters."""
    for parameter in stated.parameters():
        parameter.value = np.zeros(parameter.shape)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data, _, _ = stated.get_problem_data("CLARABEL")
    return data["param_prob"]
