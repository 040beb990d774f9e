"""The solvers that can be named: what each takes, where it comes from, how it is told to be exact."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from functools import partial
from typing import Final, get_args

from saddlepoint.algebra.structure import ConeKind, Structure
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs import settings_of_highs, solve_highs
from saddlepoint.solve.interfaces import Holds, OfSolvers, SolverRecord
from saddlepoint.solve.route.stages.lazy_solvers import (
    settings_of_clarabel,
    settings_of_cvxpy,
    settings_of_outer,
    settings_of_piqp,
    solve_clarabel,
    solve_cvxpy,
    solve_outer,
    solve_piqp,
)
from saddlepoint.solve.solution import Options


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverLine:
    """One line of the table of solvers: name, problem classes, installed or not, version, extra to install."""

    name: str
    classes: tuple[str, ...]
    installed: bool
    version: str
    extra: str


LP, QP, MILP = "LP", "QP", "MILP"
CONES, MIQP, MIXED_CONES = "cones", "MIQP", "mixed-integer cones"
_CVXPY: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "OSQP": ("osqp", "solvers", frozenset({LP, QP})),
    "SCS": ("scs", "solvers", frozenset({LP, QP, CONES})),
    "ECOS": ("ecos", "", frozenset({LP, QP, CONES})),
    "SCIPY": ("scipy", "cvxpy", frozenset({LP, MILP})),
    "HIGHS": ("highspy", "cvxpy", frozenset({LP, QP, MILP})),
    "CLARABEL": ("clarabel", "cvxpy", frozenset({LP, QP, CONES})),
    "PIQP": ("piqp", "solvers", frozenset({LP, QP})),
    "QOCO": ("qoco", "", frozenset({LP, QP})),
    "DAQP": ("daqp", "", frozenset({LP, QP})),
    "PROXQP": ("proxsuite", "", frozenset({QP})),  # of linear problems with plans it says that there are none
    "CVXOPT": ("cvxopt", "", frozenset({LP, QP, CONES})),
    "CBC": ("cylp", "", frozenset({MILP})),  # of a linear problem it tells no prices
    "GLPK": ("cvxopt", "", frozenset({LP})),
    "GLPK_MI": ("cvxopt", "", frozenset({MILP})),  # as CBC
    "SCIP": ("pyscipopt", "scip", frozenset({MILP, MIQP, MIXED_CONES})),
    "GUROBI": ("gurobipy", "", frozenset({LP, QP, CONES, MILP, MIQP, MIXED_CONES})),
    "MOSEK": ("mosek", "", frozenset({LP, QP, CONES, MILP, MIQP, MIXED_CONES})),
    "CPLEX": ("cplex", "", frozenset({LP, QP, CONES, MILP, MIQP, MIXED_CONES})),
    "XPRESS": ("xpress", "", frozenset({LP, QP, CONES, MILP, MIQP, MIXED_CONES})),
    "COPT": ("coptpy", "", frozenset({LP, QP, CONES, MILP, MIQP, MIXED_CONES})),
}
OWN = ("highs", "clarabel", "piqp")
_SQUARES: Final = frozenset({ConeKind.SECOND_ORDER, ConeKind.ROTATED})
_CURVES: Final = _SQUARES | {ConeKind.EXPONENTIAL}
_CONES: Final[Mapping[str, frozenset[ConeKind]]] = {
    "ECOS": _CURVES,
    "CVXOPT": _SQUARES,
    "SCIP": _SQUARES,
    "GUROBI": _SQUARES,
    "CPLEX": _SQUARES,
    "XPRESS": _SQUARES,
    "COPT": _CURVES,
}
"""The kinds of cones that solvers behind CVXPY know; those not named know all."""
_MIXED_CONES: Final = _CONES | {"COPT": _SQUARES}
"""The kinds that they know beside integers."""
_HOLDING: Final[Mapping[str, Holds]] = {
    "CLARABEL": "setup",
    "PIQP": "work",
    "PROXQP": "everything",
    "GLPK": "everything",
    "GLPK_MI": "everything",
}
"""Solvers behind CVXPY that keep the interpreter; the others that were tried let go of it."""
_ALL: Final = frozenset[OfSolvers]({"time_limit", "verbose"})
_TALK: Final = frozenset[OfSolvers]({"verbose"})
_TIMELESS: Final = frozenset({"CVXOPT", "DAQP", "ECOS", "PIQP", "PROXQP", "QOCO"})
"""Solvers behind CVXPY that can be told no time limit; the log of all of them is CVXPY's, at least."""
_TIGHT_HIGHS = {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}
_TIGHT_CLARABEL = {
    "tol_feas": 1e-10,
    "tol_gap_abs": 1e-10,
    "tol_gap_rel": 1e-10,
    "max_iter": 500,
    "tol_infeas_abs": 1e-12,
    "tol_infeas_rel": 1e-12,
}
_TIGHT_PIQP = {"eps_abs": 1e-9, "eps_rel": 1e-10, "max_iter": 1000}


def records() -> tuple[SolverRecord, ...]:
    """The table of solvers: ours first, then those that CVXPY reaches."""
    reached = (
        SolverRecord(
            name.lower() if name.lower() not in OWN else f"cvxpy:{name}",
            classes,
            package,
            extra=extra,
            adapter=partial(solve_cvxpy, name=name),
            known_settings=partial(settings_of_cvxpy, name),
            through_cvxpy=True,
            holds=_HOLDING.get(name, "nothing"),
            cones=_CONES.get(name, frozenset(ConeKind)),
            mixed_cones=_MIXED_CONES.get(name, frozenset(ConeKind)),
            heeds=_TALK if name in _TIMELESS else _ALL,
        )
        for name, (package, extra, classes) in _CVXPY.items()
    )
    return (*_own_records(), *reached)


def _own_records() -> tuple[SolverRecord, ...]:
    return (
        SolverRecord(
            "highs",
            frozenset({LP, QP, MILP}),
            "highspy",
            extra="",
            adapter=solve_highs,
            known_settings=settings_of_highs,
            heeds=_ALL,
            tight=_TIGHT_HIGHS,
        ),
        SolverRecord(
            "clarabel",
            frozenset({LP, QP, CONES}),
            "clarabel",
            extra="",
            adapter=solve_clarabel,
            known_settings=settings_of_clarabel,
            heeds=_ALL,
            tight=_TIGHT_CLARABEL,
            holds="setup",
        ),
        SolverRecord(
            "piqp",
            frozenset({LP, QP}),
            "piqp",
            extra="solvers",
            adapter=solve_piqp,
            known_settings=settings_of_piqp,
            heeds=_TALK,
            tight=_TIGHT_PIQP,
            holds="work",
        ),
        SolverRecord(
            "outer",
            frozenset({MIQP, MIXED_CONES}),
            "highspy",
            extra="",
            adapter=solve_outer,
            known_settings=settings_of_outer,
            heeds=_ALL,
        ),
    )


def solvers() -> tuple[SolverLine, ...]:
    """Every solver that can be named, with the classes of problems it takes and whether it is installed."""
    return tuple(
        SolverLine(
            name=r.name,
            classes=tuple(sorted(r.classes)),
            installed=is_installed(r),
            version=_version(r),
            extra=r.extra,
        )
        for r in records()
    )


def problem_class(structure: Structure) -> str:
    """ "LP", "QP", "cones", "MILP", "MIQP" or "mixed-integer cones"."""
    if structure.is_conic:
        return MIXED_CONES if structure.is_integer else CONES
    if structure.is_quadratic:
        return MIQP if structure.is_integer else QP
    return MILP if structure.is_integer else LP


def takes(record: SolverRecord, structure: Structure) -> bool:
    """Whether a solver takes problems of this class, with cones of these kinds."""
    return problem_class(structure) in record.classes and not unknown_cones(record, structure)


def unknown_cones(record: SolverRecord, structure: Structure) -> frozenset[ConeKind]:
    """The kinds of cones of a problem that a solver does not know."""
    known = record.mixed_cones if structure.is_integer else record.cones
    return frozenset(cone.kind for cone in structure.cones) - known


def unheeded(record: SolverRecord, options: Options) -> tuple[str, ...]:
    """The options that are given and that a solver does not heed; a time limit is kept from outside then."""
    usual = Options()
    return tuple(
        name
        for name in get_args(OfSolvers)
        if name not in record.heeds
        and name != "time_limit"
        and getattr(options, name) != getattr(usual, name)
    )


def described(kind: str) -> str:
    names = {LP: "a linear problem", QP: "a quadratic problem", CONES: "cones"}
    names |= {MILP: "a mixed-integer linear problem", MIQP: "a mixed-integer quadratic problem"}
    return names.get(kind, "mixed-integer cones")


def is_there(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def is_installed(record: SolverRecord) -> bool:
    return is_there(record.package) and (not record.through_cvxpy or is_there("cvxpy"))


def _version(record: SolverRecord) -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version(record.package)
    except importlib.metadata.PackageNotFoundError:
        return ""
