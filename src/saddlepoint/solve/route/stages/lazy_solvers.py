"""Solvers that most problems never ask: each is loaded when it is called, not when the table of solvers is made."""

from __future__ import annotations

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.solution import Options, Solution


def solve_clarabel(batch: Batch, options: Options) -> Solution:
    """See `solve.adapters.clarabel`."""
    from saddlepoint.solve.adapters import clarabel

    return clarabel.solve_clarabel(batch, options)


def settings_of_clarabel() -> frozenset[str]:
    """See `solve.adapters.clarabel`."""
    from saddlepoint.solve.adapters import clarabel

    return clarabel.settings_of_clarabel()


def solve_piqp(batch: Batch, options: Options) -> Solution:
    """See `solve.adapters.piqp`."""
    from saddlepoint.solve.adapters import piqp

    return piqp.solve_piqp(batch, options)


def settings_of_piqp() -> frozenset[str]:
    """See `solve.adapters.piqp`."""
    from saddlepoint.solve.adapters import piqp

    return piqp.settings_of_piqp()


def solve_outer(batch: Batch, options: Options) -> Solution:
    """See `solve.route.integers.outer_approximation`."""
    from saddlepoint.solve.route.integers import outer_approximation

    return outer_approximation.solve_outer(batch, options)


def settings_of_outer() -> frozenset[str]:
    """See `solve.route.integers.outer_approximation`."""
    from saddlepoint.solve.route.integers import outer_approximation

    return outer_approximation.settings_of_outer()


def solve_cvxpy(batch: Batch, options: Options, name: str) -> Solution:
    """See `solve.adapters.cvxpy_matrix`."""
    from saddlepoint.solve.adapters import cvxpy_matrix

    return cvxpy_matrix.solve_cvxpy(batch, options, name)


def settings_of_cvxpy(name: str) -> frozenset[str] | None:
    """See `solve.adapters.cvxpy_settings`."""
    from saddlepoint.solve.adapters import cvxpy_settings

    return cvxpy_settings.settings_of_cvxpy(name)
