"""What solvers behind CVXPY are told: settings for exact answers, a time limit, a user's own; and which names they would pass over in silence."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from math import isfinite
from typing import Any, Final

from saddlepoint.solve.adapters.setting_values import number_from
from saddlepoint.solve.interfaces import joined_settings, refused_setting
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

GROUPS: Final[Mapping[str, str]] = {
    "SCIPY": "scipy_options",
    "SCIP": "scip_params",
    "CPLEX": "cplex_params",
    "MOSEK": "mosek_params",
    "GLPK": "glpk",
}
"""Where CVXPY wants the settings of a solver in a group; those that are given beside it join it."""
_BESIDE: Final[Mapping[str, Collection[str]]] = {
    "CPLEX": ("reoptimize",),
    "MOSEK": ("accept_unknown", "bfs", "eps"),
}
"""Settings of these solvers that CVXPY itself wants outside the group."""

PASSED_OVER: Final = "Unrecognized options detected|Unknown solver options"
"""What SciPy warns of where it goes on without a setting that it does not know."""

LEAST: Final = 0.1
"""Seconds that a solver is given at least."""


def told(name: str, options: Options) -> dict[str, Any]:
    """All that a solver is told; groups of settings are joined, and what the user gives goes before the rest. SolveError L107."""
    limited = options.time_limit is not None and isfinite(options.time_limit)
    limit = TIME_LIMITS.get(name) if limited else None
    return joined_settings(
        _TIGHT.get(name, {}),
        limit(max(LEAST, options.time_limit or 0.0)) if limit else {},
        grouped_settings(name, options),
    )


def grouped_settings(name: str, options: Options) -> Settings:
    """The settings that are given, in the group where CVXPY wants one. SolveError L107 where the group is none."""
    group = GROUPS.get(name)
    if group is None:
        return options.settings
    beside = {k: v for k, v in options.settings.items() if k in _BESIDE.get(name, ())}
    inner = {k: v for k, v in options.settings.items() if k != group and k not in beside}
    whole = options.settings.get(group, {})
    if not isinstance(whole, Mapping):
        why = "it is a group of settings, which can be given one by one by their own names"
        raise refused_setting(options.solver or name.lower(), group, whole, why)
    return {**beside, group: {**whole, **inner}} if whole or inner else beside


def refuse_out_of_range(options: Options) -> None:
    """What COPT would bring into its range in silence. SolveError L107."""
    coptpy: Any = importlib.import_module("coptpy")
    model = coptpy.Envr().createModel("")
    for name, value in options.settings.items():
        try:
            _, _, _, least, most = model.getParamInfo(name)
        except (AttributeError, coptpy.CoptError):  # a name that it does not have, of which it speaks itself
            continue
        if isinstance(value, int | float) and not least <= value <= most:
            why = f"it takes {number_from(least, most).words}"
            raise refused_setting(options.solver or "copt", name, value, why)


_REFUSALS: Final[Mapping[str, Collection[str]]] = {
    "OSQP": ("2", "Setup Error (Error Code 2)"),
    "QOCO": ("Setup Error (Error Code 2)",),
    "SCS": ("Error parsing inputs",),
}
"""All that some solvers say where they refuse the value of a setting: the number of the error, or that of all that they are handed something is wrong."""
_OF_NO_NAME: Final = (
    r"must be (an? )?(real number|int|bool|str|positive|nonnegative)|integer is required|cannot be interpreted as an integer|"
    r"too (big|large) to convert|out of range integral|settings?\b|option|(given|set|unknown|invalid) (\w+ )?parameter|point control"
)
"""What is said of a value of a wrong kind or size without the name of what it was given for."""


def speaks_of_settings(name: str, error: Exception, given: Settings) -> bool:
    """Whether what a solver raised is about the value of a setting that was given, of a wrong kind or one that it does not accept: it names
    the setting or the value, or says so in other words. Numbers of ours that a solver does not take are no matter of settings."""
    if not given:
        return False
    if str(error).strip() in _REFUSALS.get(name, ()):
        return True
    raised = error.__context__ if type(error).__name__ == "SolverError" else error
    if raised is None:
        return False
    said = str(raised)
    return (
        any(word in said for word in _words(given)) or re.search(_OF_NO_NAME, said, re.IGNORECASE) is not None
    )


PRINTING: Final = frozenset({"OSQP", "QOCO", "SCIP"})
"""Solvers that print why they refuse the value of a setting, and raise less."""
_MARKED: Final = re.compile(r"(?:\[.*?\] *)?(?:ERROR\b[^:]*: *)?(.*)")


def reason_told(heard: str) -> str:
    """What a solver printed of a value that it refuses, without its marks: the first line that says it."""
    lines = [
        found[1].strip(" .") for line in heard.splitlines() if (found := _MARKED.fullmatch(line.strip()))
    ]
    return next((line for line in lines if re.search("must be", line, re.IGNORECASE)), "")


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


def _of_scip() -> frozenset[str]:
    """With the group as CVXPY names it."""
    pyscipopt: Any = importlib.import_module("pyscipopt")
    return frozenset(pyscipopt.Model().getParams()) | {GROUPS["SCIP"]}


def _of_our_own(name: str) -> frozenset[str]:
    """What our own adapter of the solver knows, but for what CVXPY keeps to itself."""
    adapter = importlib.import_module(f"saddlepoint.solve.adapters.{name.lower()}")
    return getattr(adapter, f"settings_of_{name.lower()}")() - {"solver", "verbose"}


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
_SCIPY: Final = (
    "scipy_options method disp presolve time_limit mip_rel_gap maxiter dual_feasibility_tolerance primal_feasibility_tolerance "
    "ipm_optimality_tolerance simplex_dual_edge_weight_strategy node_limit"
)
_SCS: Final = (
    "acceleration_interval acceleration_lookback adaptive_scale alpha cudss eps eps_abs eps_infeas eps_rel gpu linear_solver max_iters mkl normalize "
    "rho_x scale time_limit_secs use_indirect use_quad_obj warm_start"
)

_KNOWN: Final[Mapping[str, str | Callable[[], frozenset[str]]]] = {
    "CBC": f"{_CLP} {_CBC}",
    "CLARABEL": partial(_of_our_own, "CLARABEL"),
    "CVXOPT": _CVXOPT,
    "DAQP": _DAQP,
    "GLPK": f"glpk {_GLPK}",
    "GLPK_MI": _GLPK_MI,
    "HIGHS": partial(_of_our_own, "HIGHS"),
    "OSQP": _of_osqp,
    "PIQP": partial(_of_our_own, "PIQP"),
    "PROXQP": _PROXQP,
    "QOCO": _of_qoco,
    "SCIP": _of_scip,
    "SCIPY": _SCIPY,
    "SCS": _SCS,
    "XPRESS": _of_xpress,
}
"""The settings of solvers whose names can be asked for, and of those that pass over a name that they do not know, refuse it without saying which
(SCS before 3.3), or only in the middle of a run (OSQP); the others name it."""


def settings_of_cvxpy(name: str) -> frozenset[str] | None:
    """Names of the settings of a solver, where they are known here; None where it says itself which it does not know."""
    known = _KNOWN.get(name)
    return frozenset(known.split()) if isinstance(known, str) else known() if known else None
