"""What solvers behind CVXPY are told: settings for exact answers, a time limit, a user's own; and which names they would pass over in silence."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from math import isfinite
from typing import Any, Final

from saddlepoint.solve.interfaces import REFUSING, joined_settings
from saddlepoint.solve.solution import Options

Settings = Mapping[str, Any]

_TIGHT: Final[Mapping[str, Settings]] = {
    "OSQP": {"eps_abs": 1e-9, "eps_rel": 1e-9, "max_iter": 200_000, "polishing": True},
    "SCS": {"eps_abs": 1e-9, "eps_rel": 1e-9, "max_iters": 200_000},
    "ECOS": {"abstol": 1e-10, "reltol": 1e-10, "feastol": 1e-10},
    "COPT": {"FeasTol": 1e-9, "DualTol": 1e-9},
    "PROXQP": {"eps_abs": 1e-10, "warm_start": False},
}
"""Settings without which a solver's "solved" is far from the 1e-6 that is asked (OSQP's own eps is 1e-3); PROXQP refuses what CVXPY
hands it of a problem that was solved before."""

TIME_LIMITS: Final[Mapping[str, Callable[[float], Settings]]] = {
    "CLARABEL": lambda t: {"time_limit": t},
    "OSQP": lambda t: {"time_limit": t},
    "SCS": lambda t: {"time_limit_secs": t},
    "HIGHS": lambda t: {"time_limit": t},
    "SCIPY": lambda t: {"scipy_options": {"time_limit": t}},
    "SCIP": lambda t: {"scip_params": {"limits/time": t}},
    "GUROBI": lambda t: {"TimeLimit": t},
    "CPLEX": lambda t: {"cplex_params": {"timelimit": t}},
    "MOSEK": lambda t: {"mosek_params": {"MSK_DPAR_OPTIMIZER_MAX_TIME": t}},
    "XPRESS": lambda t: {"timelimit": t},
    "COPT": lambda t: {"TimeLimit": t},
    "CBC": lambda t: {"maximumSeconds": t},
    "GLPK": lambda t: {"glpk": {"tm_lim": int(1000 * t)}},
    "GLPK_MI": lambda t: {"tm_lim": int(1000 * t)},
}
"""How a time limit is told to those solvers that can be told one."""

PASSED_OVER: Final = "Unrecognized options detected|Unknown solver options"
"""What SciPy warns of where it goes on without a setting that it does not know."""

LEAST: Final = 0.1
"""Seconds that a solver is given at least."""


def told(name: str, options: Options) -> dict[str, Any]:
    """All that a solver is told; groups of settings are joined, and what the user gives goes before the rest."""
    limited = options.time_limit is not None and isfinite(options.time_limit)
    limit = TIME_LIMITS.get(name) if limited else None
    return joined_settings(
        _TIGHT.get(name, {}), limit(max(LEAST, options.time_limit or 0.0)) if limit else {}, options.settings
    )


_REFUSALS: Final[Mapping[str, Collection[str]]] = {
    "OSQP": ("2", "Setup Error (Error Code 2)"),
    "SCS": ("Error parsing inputs",),
}
"""All that some solvers say where they refuse the value of a setting: the number of the error, or that of all that they are handed something is wrong."""
_OF_NO_NAME: Final = r"must be (real number|int|bool|str)|cannot be interpreted as an integer|too (big|large) to convert|out of range integral|settings?\b|option"
"""What is said of a value of a wrong kind or size without the name of what it was given for."""


def speaks_of_settings(name: str, error: Exception, given: Settings) -> bool:
    """Whether what a solver raised is about the value of a setting that was given, of a wrong kind or one that it does not accept: it names
    the setting or the value, or says so in other words. Numbers of ours that a solver does not take are no matter of settings."""
    if not given:
        return False
    if str(error).strip() in _REFUSALS.get(name, ()):
        return True
    raised = error if isinstance(error, REFUSING) else error.__context__
    if not isinstance(raised, REFUSING):
        return False
    said = str(raised)
    return (
        any(word in said for word in _words(given)) or re.search(_OF_NO_NAME, said, re.IGNORECASE) is not None
    )


def _words(given: Settings) -> Iterator[str]:
    """Names of settings, in groups as well, and values that are text."""
    for name, value in given.items():
        yield name
        if isinstance(value, Mapping):
            yield from _words(value)
        elif isinstance(value, str):
            yield value


def refused_in_silence(name: str, problem: Any) -> bool:
    """Whether PIQP refused the values of settings, of which CVXPY says no more than that it failed."""
    _, _, result = getattr(problem, "_solver_cache", {}).get(name, (None, None, None))
    return name == "PIQP" and result is not None and result.info.status.name == "PIQP_INVALID_SETTINGS"


def _names(of: object) -> frozenset[str]:
    return frozenset(name for name in dir(of) if not name.startswith("_"))


def _of_osqp() -> frozenset[str]:
    """Both spellings of what OSQP 1.0 renamed."""
    osqp: Any = importlib.import_module("osqp")
    return _names(osqp.OSQP().ext.OSQPSettings) | {"algebra", "polish", "warm_start"}


def _of_qoco() -> frozenset[str]:
    extension: Any = importlib.import_module("qoco.qoco_ext")
    return _names(extension.QOCOSettings) | {"algebra"}


def _of_xpress() -> frozenset[str]:
    xpress: Any = importlib.import_module("xpress")
    return _names(xpress.controls)


_CLP: Final = "dualTolerance primalTolerance maxNumIteration automaticScaling scaling infeasibilityCost optimizationDirection presolve"
_CBC: Final = (
    "allowableFractionGap allowableGap allowablePercentageGap integerTolerance logLevel maximumNodes maximumSeconds maximumSolutions "
    "numberThreads"
)
_CVXOPT: Final = "abstol reltol feastol maxiters max_iters refinement kktsolver use_correction"
_DAQP: Final = (
    "primal_tol dual_tol zero_tol pivot_tol progress_tol cycle_tol iter_limit fval_bound eps_prox eta_prox"
)
_GLPK: Final = (
    "msg_lev meth pricing r_test tol_bnd tol_dj tol_piv obj_ll obj_ul it_lim tm_lim out_frq out_dly presolve"
)
_GLPK_MI: Final = f"{_GLPK} br_tech bt_tech tol_int tol_obj pp_tech fp_heur gmi_cuts mir_cuts cov_cuts clq_cuts mip_gap binarize"
_PROXQP: Final = "backend eps_abs eps_rel max_iter rho mu_eq mu_in warm_start"
_SCS: Final = (
    "acceleration_interval acceleration_lookback adaptive_scale alpha cudss eps eps_abs eps_infeas eps_rel gpu linear_solver max_iters mkl normalize "
    "rho_x scale time_limit_secs use_indirect use_quad_obj warm_start"
)

_SILENT: Final[Mapping[str, str | Callable[[], frozenset[str]]]] = {
    "CBC": f"{_CLP} {_CBC}",
    "CVXOPT": _CVXOPT,
    "DAQP": _DAQP,
    "GLPK": "glpk",
    "GLPK_MI": _GLPK_MI,
    "OSQP": _of_osqp,
    "PROXQP": _PROXQP,
    "QOCO": _of_qoco,
    "SCS": _SCS,
    "XPRESS": _of_xpress,
}
"""The settings of solvers that pass over a name that they do not know, refuse it without saying which (SCS before 3.3), or only
in the middle of a run (OSQP); the others name it."""


def settings_of_cvxpy(name: str) -> frozenset[str] | None:
    """Names of the settings of a solver that would not say which others it does not know; None of one that does."""
    known = _SILENT.get(name)
    return frozenset(known.split()) if isinstance(known, str) else known() if known else None
