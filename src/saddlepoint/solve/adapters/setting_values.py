"""What settings take of solvers that pass over a wrong value in silence, or fail without a word on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class ValueKind:
    """Which values a setting takes. words: as messages say it; holds: whether a value is one."""

    words: str
    holds: Callable[[object], bool]


def number_from(least: float, most: float = math.inf, words: str = "") -> ValueKind:
    """A number between two, both included."""
    words = words or f"a number from {least:g} to {most:g}"
    return ValueKind(words, lambda value: _is_number(value) and least <= float(value) <= most)  # pyright: ignore[reportArgumentType]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _one_of(*words: str) -> ValueKind:
    return ValueKind("one of " + ", ".join(words), lambda value: value in words or callable(value))


_NUMBER: Final = number_from(-math.inf, words="a number")
_NOT_NEGATIVE: Final = number_from(0.0, words="a number of at least 0")
_POSITIVE: Final = number_from(math.ulp(0.0), words="a number above 0")
_COUNT: Final = ValueKind(
    "a whole number of at least 0", lambda value: _NOT_NEGATIVE.holds(value) and isinstance(value, int)
)
_TIMES: Final = ValueKind("a whole number above 0", lambda value: _COUNT.holds(value) and value != 0)
_YES_OR_NO: Final = ValueKind("true or false", lambda value: isinstance(value, bool) or value in (0, 1))
_GLPK_WORD: Final = ValueKind(
    "a word of GLPK, such as GLP_ON",
    lambda value: isinstance(value, str) and value.startswith("GLP_"),
)


def _each(takes: ValueKind, names: str) -> dict[str, ValueKind]:
    return dict.fromkeys(names.split(), takes)


_CLARABEL: Final = _each(
    _NOT_NEGATIVE,
    "tol_feas tol_gap_abs tol_gap_rel tol_infeas_abs tol_infeas_rel tol_ktratio reduced_tol_feas reduced_tol_gap_abs reduced_tol_gap_rel "
    "reduced_tol_infeas_abs reduced_tol_infeas_rel reduced_tol_ktratio time_limit",
)
_GLPK: Final = {
    **_each(_GLPK_WORD, "msg_lev meth pricing r_test presolve"),
    **_each(_COUNT, "it_lim tm_lim out_frq out_dly"),
    **_each(_NUMBER, "obj_ll obj_ul"),
    **_each(_POSITIVE, "tol_bnd tol_dj tol_piv"),
}
_GLPK_WHOLE: Final = {
    **_GLPK,
    **_each(_GLPK_WORD, "br_tech bt_tech pp_tech fp_heur gmi_cuts mir_cuts cov_cuts clq_cuts binarize"),
    **_each(_POSITIVE, "tol_int tol_obj"),
    "mip_gap": _NOT_NEGATIVE,
}
_VALUES: Final[Mapping[str, Mapping[str, ValueKind]]] = {
    "clarabel": _CLARABEL,
    "cvxpy:CLARABEL": _CLARABEL,
    "cvxopt": {
        **_each(_NUMBER, "abstol reltol"),
        "feastol": _POSITIVE,
        **_each(_TIMES, "maxiters max_iters"),
        "refinement": _COUNT,
        "use_correction": _YES_OR_NO,
        "kktsolver": _one_of("robust", "ldl", "ldl2", "qr", "chol", "chol2"),
    },
    "glpk": _GLPK,
    "glpk_mi": _GLPK_WHOLE,
    "outer": {"masters": _TIMES},
    "proxqp": {
        **_each(_NOT_NEGATIVE, "eps_abs eps_rel"),
        **_each(_POSITIVE, "rho mu_eq mu_in"),
        "max_iter": _TIMES,
        "warm_start": _YES_OR_NO,
        "backend": _one_of("dense", "sparse"),
    },
    "scipy": {
        **_each(_YES_OR_NO, "presolve disp"),
        **_each(_NOT_NEGATIVE, "time_limit mip_rel_gap"),
        **_each(
            _POSITIVE,
            "dual_feasibility_tolerance primal_feasibility_tolerance ipm_optimality_tolerance",
        ),
        **_each(_COUNT, "maxiter node_limit"),
        "simplex_dual_edge_weight_strategy": _one_of("dantzig", "devex", "steepest", "steepest-devex"),
    },
}


def values_of(solver: str) -> Mapping[str, ValueKind]:
    """Setting → what it takes, of a solver by its name in the table of solvers; the others refuse wrong values themselves."""
    return _VALUES.get(solver, {})
