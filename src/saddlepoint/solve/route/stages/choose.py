"""Which solver takes a problem, why, and who is next when its answer fails the check."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, field, replace
from typing import Any, Final, Literal

from saddlepoint.algebra.structure import Structure
from saddlepoint.errors import Diagnostic, SolveError, suggest
from saddlepoint.records import dataclass
from saddlepoint.solve.adapters.highs import solve_highs, solve_highs_linear
from saddlepoint.solve.adapters.setting_values import values_of
from saddlepoint.solve.interfaces import Adapter, Holds, SolverRecord, each_setting, refused_setting
from saddlepoint.solve.route.stages.solver_table import (
    CONES,
    LP,
    MILP,
    OWN,
    QP,
    described,
    is_installed,
    is_there,
    problem_class,
    records,
    takes,
    unheeded,
    unknown_cones,
)
from saddlepoint.solve.solution import Method, Options

PIQP_SIZE = 5_000
"""Largest rows + columns that go to PIQP unasked: it is fastest, but may run for minutes on large problems."""


SEEN, UNSEEN = 1e-5, 1e-9
"""Beside 1e-7, the tolerance of reduced costs of HiGHS: smaller costs may drown in it; still smaller ones do."""
RAISED = 1e12
"""Largest cost that is raised so: rounding of others that are as large stays below the tolerance."""
HIGHEST = 1000
"""Largest power of 2 of all: costs near the end of floats would need one that is none."""

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
    solver may abort (HiGHS does, on convex quadratic problems of three variables); open: without bounds that are walls; holds,
    keeps_time: as the solver's record says.
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
    keeps_time: bool = True
    seconds: float | None = None

    def limit(self, left: float | None) -> float | None:
        """The seconds of this attempt where `left` are left (None: no limit)."""
        limits = [limit for limit in (left, self.seconds) if limit is not None]
        return min(limits, default=None)

    @property
    def method(self) -> Method:
        return Method(self.solver, self.manner)


@dataclass(frozen=True, slots=True)
class Route:
    """The attempts in order and the reason for the first, a sentence for `saddle explain`."""

    name: str
    reason: str
    stages: tuple[Stage, ...]


def choose(
    structure: Structure, size: int, options: Options, table: Sequence[SolverRecord] | None = None
) -> Route:
    """The route of a batch of `size` scenarios, by structure or by the solver that the options name.

    Raises SolveError: L103 unknown solver, L104 not installed, L105 not fit for the class, L106 unknown setting, L107 a value
    that a setting does not take, L109 an option that it does not heed.
    """
    table = records() if table is None else table
    kind = problem_class(structure)
    if options.solver is not None:
        record, extra = _named(options.solver, table)
        _check_record(record, structure, table)
        _check_settings(record, options.settings)
        if unheeded(record, options):
            raise SolveError(_unheeded(record, options, table))
        stages = _stages((record,), extra)
        stages = _with_balance(stages) if kind == CONES else stages
        stages = _apart(stages) if kind == QP and _may_abort(record) else stages
        return Route(record.name, f"{record.name}: asked for by name", stages)
    order, reason = _order(structure, kind, options)
    known = {record.name: record for record in table}
    fit = [
        known[name]
        for name in order
        if name in known and is_installed(known[name]) and takes(known[name], structure)
    ]
    if not fit:
        raise SolveError(_unfit(f"no installed solver takes {described(kind)}", structure, table))
    usable = [record for record in fit if not unheeded(record, options)]
    if not usable:
        raise SolveError(_unheeded(fit[0], options, table))
    _check_settings(usable[0], options.settings)
    many = f"; {size} scenarios in one session, told only what changes" if size > 1 else ""
    stages = _stages(tuple(usable), {})
    if kind == CONES:
        stages = _with_balance(stages)
    if kind == MILP:
        stages = _integer_stages(usable[0])
    if kind == QP:
        last = tuple(
            _brief(stage) for stage in _apart(stages) if stage.solver == "highs" and not stage.manner
        )
        vertex = tuple(
            replace(
                stage,
                adapter=solve_highs_linear,
                scaled=True,
                apart=False,
                manner="linear costs",
            )
            for stage in last
        )
        stages = (*(stage for stage in stages if stage.solver != "highs"), *vertex, *last)
    return Route(usable[0].name, f"{usable[0].name}: {reason}{many}", stages)


def _order(structure: Structure, kind: str, options: Options) -> tuple[tuple[str, ...], str]:
    if kind == LP:
        return ("highs", "clarabel"), "linear, HiGHS restarts from the last basis"
    if kind == MILP:
        return ("highs",), "mixed-integer linear"
    if kind == CONES:
        return ("clarabel", "scs"), "cones, by interior points"
    if kind == QP:
        small = structure.n + structure.m <= PIQP_SIZE and options.time_limit is None
        if small and is_there("piqp"):
            return ("piqp", "clarabel", "highs"), "convex quadratic of moderate size"
        return ("clarabel", "piqp", "highs"), "convex quadratic"
    return ("outer", "scip"), "mixed-integer and curved, by outer approximation with linear masters"


def _stages(order: tuple[SolverRecord, ...], extra: Mapping[str, Any]) -> tuple[Stage, ...]:
    """Every solver as it is, then with tight tolerances, then on the scaled problem."""
    plain = [
        Stage(r.name, r.adapter, settings=extra, holds=r.holds, keeps_time="time_limit" in r.heeds)
        for r in order
    ]
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


def with_raised_costs(stages: tuple[Stage, ...], least: float, largest: float) -> tuple[Stage, ...]:
    """Beside the first stage of a linear problem HiGHS with costs times a power of 2, where its tolerance of reduced costs, which is absolute, would
    not see the least of them (of a rare outcome, say): before it where the cost is far below, else after it."""
    first = stages[0]
    exponent = 0
    if least > 0:
        room = math.floor(math.log2(RAISED) - math.log2(largest))
        exponent = min(math.ceil(-math.log2(least)), room, HIGHEST)
    if first.solver != "highs" or first.settings or least >= SEEN or exponent <= 0:
        return stages
    raised = replace(first, settings={"user_objective_scale": exponent}, manner="raised costs")
    return (raised, *stages) if least < UNSEEN else (first, raised, *stages[1:])


def _may_abort(record: SolverRecord) -> bool:
    """Whether the solver is the quadratic one of HiGHS."""
    return record.adapter is solve_highs or (record.through_cvxpy and record.package == "highspy")


def _apart(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    return tuple(replace(stage, apart=True) for stage in stages)


def _brief(stage: Stage) -> Stage:
    return replace(stage, seconds=HIGHS_QP_SECONDS)


def _named(name: str, table: Sequence[SolverRecord]) -> tuple[SolverRecord, Mapping[str, Any]]:
    by_name = {record.name.casefold(): record for record in table}
    wanted = name.casefold()
    found = by_name.get(wanted) or by_name.get(wanted.removeprefix("cvxpy:"))
    if found is not None and (wanted in by_name or found.name not in OWN):
        return found, {}
    if wanted.startswith("scipy:") and "scipy" in by_name:
        return by_name["scipy"], {"scipy_options": {"method": wanted.removeprefix("scipy:")}}
    raise SolveError.of("L103", f"there is no solver {name!r}", fix=suggest(name, [r.name for r in table]))


def _check_record(record: SolverRecord, structure: Structure, table: Sequence[SolverRecord]) -> None:
    if (kind := problem_class(structure)) not in record.classes:
        raise SolveError(_unfit(f"{record.name} cannot take {described(kind)}", structure, table))
    if unknown := unknown_cones(record, structure):
        kinds = " and ".join(sorted(one.value.replace("_", " ") for one in unknown))
        beside = " beside integers" if structure.is_integer else ""
        raise SolveError(_unfit(f"{record.name} knows no {kinds} cones{beside}", structure, table))
    if not is_installed(record):
        extra = record.extra or ("cvxpy" if record.through_cvxpy else "")
        missing = record.package if not is_there(record.package) else "cvxpy"
        wanted = [f'"saddlepoint[{extra}]"'] if extra else []
        wanted += [] if record.extra else [missing]
        fix = f"Install it: pip install {' '.join(wanted)}."
        raise SolveError.of(
            "L104", f"the solver {record.name} needs the package {missing}, not installed", fix=fix
        )


def _check_settings(record: SolverRecord, settings: Mapping[str, Any]) -> None:
    _refuse_files(record.name, settings)
    if settings and record.known_settings is not None:
        _refuse_unknown(record.name, settings, record.known_settings())
    values = values_of(record.name)
    for name, value in each_setting(settings):
        if isinstance(value, float) and math.isnan(value):
            raise refused_setting(record.name, name, value, "it takes no NaN")
        if name in values and not values[name].holds(value):
            raise refused_setting(record.name, name, value, f"it takes {values[name].words}")


def _refuse_unknown(solver: str, settings: Mapping[str, Any], known: frozenset[str] | None) -> None:
    if known is None:
        return
    findings = [
        Diagnostic("L106", f"{solver} has no setting {name!r}", fix=suggest(name, sorted(known)))
        for name, value in settings.items()
        for name in (value if name in known and isinstance(value, Mapping) else (name,))
        if name not in known
    ]
    if findings:
        raise SolveError(findings)


def _unheeded(record: SolverRecord, options: Options, table: Sequence[SolverRecord]) -> list[Diagnostic]:
    """L109 for every option that is given and that a solver does not heed."""
    heeding = {name: [r.name for r in table if name in r.heeds] for name in unheeded(record, options)}
    return [
        Diagnostic(
            "L109",
            f"{record.name} does not heed the option {name}",
            fix=f"Leave it out, or name one of: {', '.join(others)}." if others else "Leave it out.",
        )
        for name, others in heeding.items()
    ]


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


def _unfit(message: str, structure: Structure, table: Sequence[SolverRecord]) -> Diagnostic:
    fit = [r.name for r in table if takes(r, structure)]
    here = [r.name for r in table if r.name in fit and is_installed(r)]
    fix = (
        f"Name one that is installed and fits: {', '.join(here)}."
        if here
        else f"Install one of: {', '.join(fit)}."
    )
    return Diagnostic("L105", message, fix=fix)
