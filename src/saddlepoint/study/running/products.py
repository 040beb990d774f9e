"""Problems that multiply decisions, solved with proof."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Mask
from saddlepoint.compile.program import Multiplied, Program
from saddlepoint.errors import NOWHERE, Diagnostic, SolveError, StudyError
from saddlepoint.solve.bilinear.answer import solve_products
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.solution import Options, Solution
from saddlepoint.study.coupling.joint import endless_factor


def solved_with_proof(
    program: Program, batch: Batch, options: Options, _kernels: Sequence[Kernel], _formulas: Formulas | None
) -> Solution:
    """The best plans of a chunk. StudyError K850 (whole numbers or cones beside products), K851 (a factor without bounds); SolveError L109."""
    products = program.products
    assert products is not None
    if unheeded := [
        name for name in ("solver", "settings", "isolate", "memory_limit", "exact") if getattr(options, name)
    ]:
        raise SolveError([_unheeded(name) for name in unheeded])
    structure = batch.structure
    if structure.is_integer or structure.is_conic:
        raise StudyError(_unfit("integer decisions" if structure.is_integer else "cones"))
    solution, found = solve_products(batch, products, options)
    if not found.bounded.all():
        raise StudyError(_endless(program, products, batch, found.bounded))
    return solution


def _unheeded(name: str) -> Diagnostic:
    return Diagnostic(
        "L109",
        f"the search for the best plan of a problem with products of two decisions does not heed the option {name}",
        why="It is a search of its own, which chooses the solvers of its parts.",
        fix="Leave it out, or give it to the other sub-problems alone (`each`).",
    )


def _unfit(what: str) -> Diagnostic:
    return Diagnostic(
        "K850",
        f"products of two decisions stand beside {what}",
        why="The search for the best plan divides continuous ranges, with linear relations beside the products.",
        fix="Leave these out, or decide one factor in a sub-problem of its own (a hybrid table) and solve both coupled.",
    )


def _endless(program: Program, products: Multiplied, batch: Batch, bounded: Mask) -> Diagnostic:
    """Names the decisions whose cells have no end, of those that are multiplied."""
    factors = np.unique(np.concatenate([products.left, products.right]))
    open_ = factors[~(np.isfinite(batch.lb[:, factors]) & np.isfinite(batch.ub[:, factors])).all(axis=0)]
    blocks = [b for b in program.columns if ((open_ >= b.start) & (open_ < b.start + b.size)).any()]
    named = ", ".join(repr(b.table) for b in blocks) or "a factor"
    first = next((b.variable or b.table for b in blocks), "x")
    mark = next((b.mark for b in blocks if b.mark is not None), NOWHERE)
    example = f"`{first}: {{lower: 0, upper: 100}}`"
    fix = (
        f"Give it lower and upper at the variable, or relations that keep it between two numbers: {example}."
    )
    return endless_factor(named, fix, mark=mark)
