"""Which solver takes a problem, why, and who is next when its answer fails the check."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, field, replace
from functools import partial
from typing import Any, Final, Literal

from saddlepoint.algebra.structure import Structure
from saddlepoint.errors import Diagnostic, SolveError, suggest
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs import settings_of_highs, solve_highs
from saddlepoint.solve.answers import Adapter, Holds, SolverRecord
from saddlepoint.solve.route.stages.late import (
    settings_of_clarabel,
    settings_of_outer,
    settings_of_piqp,
    solve_clarabel,
    solve_cvxpy,
    solve_outer,
    solve_piqp,
)
from saddlepoint.solve.solution import Method, Options

PIQP_SIZE = 5_000
"""Largest rows + columns that go to PIQP unasked: it is fastest, but may run for minutes on large problems."""


HIGHS_QP_SECONDS = 10.0
"""Time that HiGHS gets for a quadratic problem as the last resort; it may be hopeless there."""

_FILES: Final = re.compile(
    r"file|folder|dump|(^|_|/)(path|dir|write|save)(_|$)|dir$|directory", re.IGNORECASE
)
"""Names of settings that name files."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One attempt: a solver, on the problem as it is, scaled, or with its cones balanced too, with its own settings.

    balanced: in units that data suggest, or those of the best answer so far; apart: in a process of its own, as the
    solver may abort (HiGHS does, on convex quadratic problems of three variables); open: without bounds that are walls; holds: as
    the solver's record says.
    """

    solver: str
    adapter: Adapter
    _: KW_ONLY
    scaled: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    manner: str = ""
    balanced: Literal["", "data", "answer"] = ""
    apart: bool = False
    open: bool = False
    holds: Holds = "nothing"

    @property
    def method(self) -> Method:
        return Method(self.solver, self.manner)


@dataclass(frozen=True, slots=True)
class Route:
    """The attempts in order and the reason for the first, a sentence for `saddle explain`."""

    name: str
    reason: str
    stages: tuple[Stage, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SolverLine:
    """One line of the table of solvers: name, problem classes, installed or not, version, extra to install."""

    name: str
    classes: tuple[str, ...]
    installed: bool
    version: str
    extra: str


_LP, _QP, _MILP = "LP", "QP", "MILP"
_CONES, _MIQP, _MICONES = "cones", "MIQP", "mixed-integer cones"
_CVXPY: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "OSQP": ("osqp", "solvers", frozenset({_LP, _QP})),
    "SCS": ("scs", "solvers", frozenset({_LP, _QP, _CONES})),
    "ECOS": ("ecos", "", frozenset({_LP, _QP, _CONES})),
    "SCIPY": ("scipy", "cvxpy", frozenset({_LP, _MILP})),
    "HIGHS": ("highspy", "cvxpy", frozenset({_LP, _QP, _MILP})),
    "CLARABEL": ("clarabel", "cvxpy", frozenset({_LP, _QP, _CONES})),
    "PIQP": ("piqp", "solvers", frozenset({_LP, _QP})),
    "QOCO": ("qoco", "", frozenset({_LP, _QP})),
    "DAQP": ("daqp", "", frozenset({_LP, _QP})),
    "PROXQP": ("proxsuite", "", frozenset({_LP, _QP})),
    "CVXOPT": ("cvxopt", "", frozenset({_LP, _QP, _CONES})),
    "CBC": ("cylp", "", frozenset({_LP, _MILP})),
    "GLPK": ("cvxopt", "", frozenset({_LP})),
    "GLPK_MI": ("cvxopt", "", frozenset({_LP, _MILP})),
    "SCIP": ("pyscipopt", "scip", frozenset({_MILP, _MIQP, _MICONES})),
    "GUROBI": ("gurobipy", "", frozenset({_LP, _QP, _CONES, _MILP, _MIQP, _MICONES})),
    "MOSEK": ("mosek", "", frozenset({_LP, _QP, _CONES, _MILP, _MIQP, _MICONES})),
    "CPLEX": ("cplex", "", frozenset({_LP, _QP, _CONES, _MILP, _MIQP, _MICONES})),
    "XPRESS": ("xpress", "", frozenset({_LP, _QP, _CONES, _MILP, _MIQP, _MICONES})),
    "COPT": ("coptpy", "", frozenset({_LP, _QP, _CONES, _MILP, _MIQP, _MICONES})),
}
_OWN = ("highs", "clarabel", "piqp")
_HOLDING: Final[Mapping[str, Holds]] = {
    "CLARABEL": "setup",
    "PIQP": "work",
    "PROXQP": "everything",
    "GLPK": "everything",
    "GLPK_MI": "everything",
}
"""Solvers behind CVXPY that keep the interpreter; the others that were tried let go of it."""
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
            name.lower() if name.lower() not in _OWN else f"cvxpy:{name}",
            classes,
            package,
            extra=extra,
            adapter=partial(solve_cvxpy, name=name),
            through_cvxpy=True,
            holds=_HOLDING.get(name, "nothing"),
        )
        for name, (package, extra, classes) in _CVXPY.items()
    )
    return (*_own_records(), *reached)


def _own_records() -> tuple[SolverRecord, ...]:
    return (
        SolverRecord(
            "highs",
            frozenset({_LP, _QP, _MILP}),
            "highspy",
            extra="",
            adapter=solve_highs,
            known_settings=settings_of_highs,
            tight=_TIGHT_HIGHS,
        ),
        SolverRecord(
            "clarabel",
            frozenset({_LP, _QP, _CONES}),
            "clarabel",
            extra="",
            adapter=solve_clarabel,
            known_settings=settings_of_clarabel,
            tight=_TIGHT_CLARABEL,
            holds="setup",
        ),
        SolverRecord(
            "piqp",
            frozenset({_LP, _QP}),
            "piqp",
            extra="solvers",
            adapter=solve_piqp,
            known_settings=settings_of_piqp,
            tight=_TIGHT_PIQP,
            holds="work",
        ),
        SolverRecord(
            "outer",
            frozenset({_MIQP, _MICONES}),
            "highspy",
            extra="",
            adapter=solve_outer,
            known_settings=settings_of_outer,
        ),
    )


def solvers() -> tuple[SolverLine, ...]:
    """Every solver that can be named, with the classes of problems it takes and whether it is installed."""
    return tuple(
        SolverLine(
            name=r.name,
            classes=tuple(sorted(r.classes)),
            installed=_installed(r),
            version=_version(r),
            extra=r.extra,
        )
        for r in records()
    )


def problem_class(structure: Structure) -> str:
    """ "LP", "QP", "cones", "MILP", "MIQP" or "mixed-integer cones"."""
    if structure.is_conic:
        return _MICONES if structure.is_integer else _CONES
    if structure.is_quadratic:
        return _MIQP if structure.is_integer else _QP
    return _MILP if structure.is_integer else _LP


def choose(
    structure: Structure, size: int, options: Options, table: Sequence[SolverRecord] | None = None
) -> Route:
    """The route of a batch of `size` scenarios, by structure or by the solver that the options name.

    Raises SolveError: L103 unknown solver, L104 not installed, L105 not fit for the class, L106 unknown setting.
    """
    table = records() if table is None else table
    kind = problem_class(structure)
    if options.solver is not None:
        record, extra = _named(options.solver, table)
        _check_record(record, kind, table)
        _check_settings(record, options.settings)
        stages = _stages((record,), extra)
        stages = _with_balance(stages) if kind == _CONES else stages
        stages = _apart(stages) if kind == _QP and _may_abort(record) else stages
        return Route(record.name, f"{record.name}: asked for by name", stages)
    order, reason = _order(structure, kind, options)
    known = {record.name: record for record in table}
    usable = [known[name] for name in order if name in known and _installed(known[name])]
    if not usable:
        raise SolveError(_unfit(f"no installed solver takes {_described(kind)}", kind, table))
    _check_settings(usable[0], options.settings)
    many = f"; {size} scenarios in one session, told only what changes" if size > 1 else ""
    stages = _stages(tuple(usable), {})
    if kind == _CONES:
        stages = _with_balance(stages)
    if kind == _MILP:
        stages = _integer_stages(usable[0])
    if kind == _QP:
        last = tuple(
            _brief(stage) for stage in _apart(stages) if stage.solver == "highs" and not stage.manner
        )
        stages = (*(stage for stage in stages if stage.solver != "highs"), *last)
    return Route(usable[0].name, f"{usable[0].name}: {reason}{many}", stages)


def _order(structure: Structure, kind: str, options: Options) -> tuple[tuple[str, ...], str]:
    if kind == _LP:
        return ("highs", "clarabel"), "linear, HiGHS restarts from the last basis"
    if kind == _MILP:
        return ("highs",), "mixed-integer linear"
    if kind == _CONES:
        return ("clarabel", "scs"), "cones, by interior points"
    if kind == _QP:
        small = structure.n + structure.m <= PIQP_SIZE and options.time_limit is None
        if small and importlib.util.find_spec("piqp") is not None:
            return ("piqp", "clarabel", "highs"), "convex quadratic of moderate size"
        return ("clarabel", "piqp", "highs"), "convex quadratic"
    return ("outer", "scip"), "mixed-integer and curved, by outer approximation with linear masters"


def _stages(order: tuple[SolverRecord, ...], extra: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Every solver as it is, then with tight tolerances, then on the scaled problem."""
    plain = [Stage(r.name, r.adapter, scaled=False, settings=extra, holds=r.holds) for r in order]
    tight = [
        replace(stage, settings={**r.tight, **extra}, manner="tight")
        for r, stage in zip(order, plain, strict=True)
        if r.tight
    ]
    rescaled = [
        replace(stage, scaled=True, settings={**(r.tight or {}), **extra}, manner="scaled")
        for r, stage in zip(order, plain, strict=True)
    ]
    return (*plain, *tight, *rescaled)


def _with_balance(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """After the first stage, the same solver on the balanced problem, in units from the data, then from the answer."""
    tight = next((s for s in stages if s.manner == "tight"), stages[0])
    balanced = replace(stages[0], settings=tight.settings, manner="balanced", balanced="data")
    again = replace(balanced, manner="balanced again", balanced="answer")
    return (stages[0], balanced, again, *stages[1:])


def _integer_stages(record: SolverRecord) -> tuple[Stage, ...]:
    """HiGHS with tight tolerances, and without its presolve where that answer does not hold."""
    tight = record.tight or {}
    again = Stage(
        record.name, record.adapter, scaled=True, settings={**tight, "presolve": "off"}, manner="no presolve"
    )
    return Stage(record.name, record.adapter, scaled=True, settings=tight), again


def _may_abort(record: SolverRecord) -> bool:
    """Whether the solver is the quadratic one of HiGHS."""
    return record.adapter is solve_highs or (record.through_cvxpy and record.package == "highspy")


def _apart(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    return tuple(replace(stage, apart=True) for stage in stages)


def _brief(stage: Stage) -> Stage:
    return replace(stage, settings={**stage.settings, "time_limit": HIGHS_QP_SECONDS})


def _named(name: str, table: Sequence[SolverRecord]) -> tuple[SolverRecord, Mapping[str, Any]]:
    by_name = {record.name.casefold(): record for record in table}
    wanted = name.casefold()
    found = by_name.get(wanted) or by_name.get(wanted.removeprefix("cvxpy:"))
    if found is not None and (wanted in by_name or found.name not in _OWN):
        return found, {}
    if wanted.startswith("scipy:") and "scipy" in by_name:
        return by_name["scipy"], {"scipy_options": {"method": wanted.removeprefix("scipy:")}}
    raise SolveError(
        Diagnostic("L103", f"there is no solver {name!r}", fix=suggest(name, [r.name for r in table]))
    )


def _check_record(record: SolverRecord, kind: str, table: Sequence[SolverRecord]) -> None:
    if kind not in record.classes:
        raise SolveError(_unfit(f"{record.name} cannot take {_described(kind)}", kind, table))
    if not _installed(record):
        extra = record.extra or ("cvxpy" if record.through_cvxpy else "")
        missing = record.package if not _there(record.package) else "cvxpy"
        wanted = [f'"saddlepoint[{extra}]"'] if extra else []
        wanted += [] if record.extra else [missing]
        fix = f"Install it: pip install {' '.join(wanted)}."
        raise SolveError(
            Diagnostic(
                "L104", f"the solver {record.name} needs the package {missing}, not installed", fix=fix
            )
        )


def _check_settings(record: SolverRecord, settings: Mapping[str, Any]) -> None:
    _refuse_files(record.name, settings)
    if not settings or record.known_settings is None:
        return
    known = record.known_settings()
    findings = [
        Diagnostic("L106", f"{record.name} has no setting {name!r}", fix=suggest(name, sorted(known)))
        for name in settings
        if name not in known
    ]
    if findings:
        raise SolveError(findings)


def _refuse_files(solver: str, settings: Mapping[str, Any]) -> None:
    """L108 for settings with which a solver would read or write files, those in groups of settings too."""
    nested = [item for value in settings.values() if isinstance(value, Mapping) for item in value.items()]
    found = [
        Diagnostic(
            "L108",
            f"the setting {name!r} of {solver} names files, and solvers open none here",
            why="The file would be written wherever the name says, over whatever is there.",
            fix="Leave it out: `verbose=True` prints the solver's log, `lab.export('csv', 'results')` writes results.",
        )
        for name, value in (*settings.items(), *nested)
        if _FILES.search(str(name)) and (isinstance(value, bool | str) or value is None)
    ]
    if found:
        raise SolveError(found)


def _unfit(message: str, kind: str, table: Sequence[SolverRecord]) -> Diagnostic:
    fit = [r.name for r in table if kind in r.classes]
    here = [r.name for r in table if kind in r.classes and _installed(r)]
    fix = (
        f"Name one that is installed and fits: {', '.join(here)}."
        if here
        else f"Install one of: {', '.join(fit)}."
    )
    return Diagnostic("L105", message, fix=fix)


def _described(kind: str) -> str:
    names = {_LP: "a linear problem", _QP: "a quadratic problem", _CONES: "cones"}
    names |= {_MILP: "a mixed-integer linear problem", _MIQP: "a mixed-integer quadratic problem"}
    return names.get(kind, "mixed-integer cones")


def _there(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _installed(record: SolverRecord) -> bool:
    return _there(record.package) and (not record.through_cvxpy or _there("cvxpy"))


def _version(record: SolverRecord) -> str:
    import importlib.metadata

    try:
        return importlib.metadata.version(record.package)
    except importlib.metadata.PackageNotFoundError:
        return ""
