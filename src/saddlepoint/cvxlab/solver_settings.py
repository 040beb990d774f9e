"""Solvers, settings and verbosity as CVXPY takes them, for all problems or by their keys, as ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from saddlepoint.errors import Diagnostic, UsageError, suggest

COMPILING: Final = frozenset(
    {
        *("warm_start", "ignore_dpp", "enforce_dpp", "canon_backend", "gp", "qcp", "requires_grad", "method"),
        *("ignore_solver_settings", "solver_path"),
    }
)
"""Arguments of cvxpy.Problem.solve that say how to compile or where to start: both are our own affair."""
_SCIPY: Final = {
    "maxiter": "simplex_iteration_limit",
    "time_limit": "time_limit",
    "mip_rel_gap": "mip_rel_gap",
    "primal_feasibility_tolerance": "primal_feasibility_tolerance",
    "dual_feasibility_tolerance": "dual_feasibility_tolerance",
    "ipm_optimality_tolerance": "ipm_optimality_tolerance",
}
"""Options of scipy.optimize.linprog, whose methods are HiGHS's, by HiGHS's names."""
_METHODS: Final = {"highs-ds": "simplex", "highs-ipm": "ipm"}

Asked = Mapping[str, Any]


def solver_options(
    solver: object, verbose: object, louder: object, settings: Asked | None, problems: Sequence[str]
) -> dict[str, Any]:
    """The arguments solver, settings, verbose and each of a run; UsageError X460 for keys that are no problems.

    problems: their keys; a dictionary of solvers or verbosity, or of dictionaries of settings, is read by them.
    """
    by_key = {
        "solver": _mapping(solver),
        "verbose": _mapping(verbose),
        "settings": _grouped(settings, problems),
    }
    _refuse_unknown(by_key, problems)
    every: Asked = {
        "solver": None if by_key["solver"] else solver,
        "verbose": (None if by_key["verbose"] else verbose) or louder,
        "settings": None if by_key["settings"] else settings,
    }
    each: dict[str, Asked] = {}
    for key in problems:
        own = {name: given[key] for name, given in by_key.items() if given and given.get(key) is not None}
        if own:
            each[key] = as_ours({**every, **own})
    return {**as_ours(every), "each": each or None}


def as_ours(asked: Asked) -> dict[str, Any]:
    """solver, settings and verbose in our words; what tells CVXPY how to compile is left out, None where nothing is said."""
    given = {k: v for k, v in dict(asked["settings"] or {}).items() if k not in COMPILING}
    solver = given.pop("solver", None) or asked["solver"]
    verbose = given.pop("verbose", None) or asked["verbose"]
    scipy = _mapping(given.pop("scipy_options", None))
    if scipy:
        given |= {_SCIPY[k]: v for k, v in scipy.items() if k in _SCIPY}
        if (method := str(scipy.get("method"))) in _METHODS:
            given["solver"] = _METHODS[method]
        solver = "highs" if solver is None or str(solver).upper() == "SCIPY" else solver
    for group in [name for name in given if name.endswith("_options") and _mapping(given[name])]:
        given |= given.pop(group)
    return {
        "solver": None if solver is None else str(solver),
        "settings": given or None,
        "verbose": bool(verbose) or None,
    }


def _mapping(given: object) -> Asked:
    return dict(given) if isinstance(given, Mapping) else {}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _grouped(settings: Asked | None, problems: Sequence[str]) -> Asked:
    """The settings by problem, if that is how they are given; none if they are those of all problems."""
    given = settings or {}
    every = all(value is None or isinstance(value, Mapping) for value in given.values())
    return given if every and any(key in problems for key in given) else {}


def _refuse_unknown(by_key: Mapping[str, Asked], problems: Sequence[str]) -> None:
    found = [
        Diagnostic(
            "X460", f"{name} names a problem {key!r}, which does not exist", fix=suggest(str(key), problems)
        )
        for name, given in by_key.items()
        for key in given
        if key not in problems
    ]
    if found:
        raise UsageError(found)
