"""CVXlab's arguments of a run as ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from saddlepoint.cvxlab.logging import ignored
from saddlepoint.cvxlab.solver_settings import solver_options
from saddlepoint.errors import Diagnostic, UsageError
from saddlepoint.study.running.arguments import ARGUMENTS

ScenarioChoice = Sequence[int] | int | None

_RENAMED: Final = {argument.cvxlab: name for name, argument in ARGUMENTS.items() if argument.cvxlab}
_ALL_TABLES: Final = ("all_endogenous", "hybrid_only")
"""Words of convergence_tables_to_check that stand for what is checked anyway."""
_QUIET: Final = {"convergence_monitoring": True, "keep_previous_iteration_db": False}
"""Arguments whose usual values need no word: convergence is always watched, and nothing is kept between sweeps."""
_BEFORE: Final = (
    *("integrated_problems", "verbose"),
    *("convergence_tables", "numerical_tolerance_max", "numerical_tolerance_avg"),
)
"""CVXlab 1.0's arguments of a run; those of the last line have no effect."""


def cvxlab_arguments(
    mode: str | None,
    scenarios: ScenarioChoice,
    solver: object,
    verbose: object,
    settings: Mapping[str, Any] | None,
    chain: Sequence[str | int] | None,
    others: Mapping[str, Any],
    problems: Sequence[str],
    known: Iterable[str],
) -> dict[str, Any]:
    """The arguments of `Lab.solve`; None where not given. Unknown ones are warned of; UsageError X460, X720.

    problems: the keys of the problems; dictionaries by these keys are options of single problems. known: the names of the
    arguments of `run_model`.
    """
    rest = dict(others)
    integrated = rest.pop("integrated_problems", None)
    if mode is None:
        mode = "integrated" if integrated else "parallel"
    louder = rest.pop("verbose", None)
    arguments: dict[str, Any] = {
        "mode": mode,
        "scenarios": scenarios,
        "chain": [str(key) for key in chain] if chain and mode == "sequential" else None,
        **solver_options(solver, verbose, louder, settings, problems),
    }
    arguments |= {ours: rest.pop(theirs, None) for theirs, ours in _RENAMED.items()}
    if arguments["check"] in _ALL_TABLES:
        arguments["check"] = None
    unread = [name for name, value in rest.items() if _QUIET.get(name, not value) != value]
    ignored(unread, "run_model", [*known, *_BEFORE])
    return {name: value for name, value in arguments.items() if value is not None}


def choices(keys: ScenarioChoice, size: int) -> tuple[str, ...]:
    """Scenario keys as choices of positions; UsageError X107."""
    listed = [keys] if isinstance(keys, int) else list(keys or ())
    wrong = [k for k in listed if not 0 <= int(k) < size]
    if wrong:
        fix = f"Give scenario keys from 0 to {size - 1}."
        raise UsageError([Diagnostic("X107", f"there is no scenario {k}", fix=fix) for k in wrong])
    return tuple(f"{int(k)}:{int(k) + 1}" for k in listed)
