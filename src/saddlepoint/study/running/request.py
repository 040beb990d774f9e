"""Plain keyword arguments → a Request, with every wrong name and value found at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, get_args

from saddlepoint.errors import Diagnostic, UsageError, suggest
from saddlepoint.solve.solution import Options
from saddlepoint.study.coupling.coupling import Coupling, Scheme
from saddlepoint.study.coupling.norms import NORMS
from saddlepoint.study.coupling.order import Mode
from saddlepoint.study.running.plan import Request

_OWN = ("scenarios", "mode", "chain", "chunk", "kernels")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "mode": get_args(Mode),
    "scheme": get_args(Scheme),
    "norm": tuple(NORMS),
}
_POSITIVE = (
    "workers",
    "limit",
    "starts",
    "chunk",
    "time_limit",
    "memory_limit",
    "relative_tolerance",
    "damping",
    "memory",
    "tolerance",
)


def make_request(arguments: Mapping[str, Any]) -> Request:
    """A Request from the names of its own fields and of Options and Coupling; None = the default.

    Raises UsageError (X110 unknown name, X111 value out of range).
    """
    given = {k: v for k, v in arguments.items() if v is not None}
    options, coupling = _names(Options), _names(Coupling)
    known = [*_OWN, *options, *coupling]
    found = [
        Diagnostic("X110", f"there is no argument {name!r}", fix=suggest(name, known))
        for name in given
        if name not in known
    ]
    found += [d for name, value in given.items() for d in _range(name, value)]
    if found:
        raise UsageError(found)
    scenarios = given.get("scenarios", ())
    chain = given.get("chain")
    return Request(
        scenarios=(scenarios,) if isinstance(scenarios, str) else tuple(scenarios),
        mode=given.get("mode") or ("sequential" if chain else None),
        chain=None if chain is None else tuple(str(k) for k in chain),
        options=Options(**{k: v for k, v in given.items() if k in options}),
        coupling=Coupling(**{k: _tuple(k, v) for k, v in given.items() if k in coupling}),
        chunk=given.get("chunk"),
        kernels=tuple(given["kernels"]) if "kernels" in given else None,
    )


def _names(kind: type[Options] | type[Coupling]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind) if f.name != "stop")


def _tuple(name: str, value: Any) -> Any:
    if name in ("check", "skip") and isinstance(value, str | Sequence):
        return (value,) if isinstance(value, str) else tuple(value)
    return value


def _range(name: str, value: object) -> list[Diagnostic]:
    choices = _CHOICES.get(name)
    if choices is not None and value not in choices:
        return [Diagnostic("X111", f"{value!r} is no {name}", fix=suggest(str(value), choices))]
    if name in _POSITIVE and not (isinstance(value, int | float) and value > 0):
        return [
            Diagnostic(
                "X111", f"{name} must be a positive number, not {value!r}", fix="give a number above 0"
            )
        ]
    if name == "tolerance" and isinstance(value, int | float) and value >= 1:
        why = "such a certificate would call any answer right"
        return [Diagnostic("X111", f"tolerance must be below 1, not {value!r}", why=why, fix="1e-6 is usual")]
    return []
