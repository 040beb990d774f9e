"""Plain keyword arguments → a Request, with every wrong name and value found at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from saddlepoint.errors import Diagnostic, UsageError, suggest
from saddlepoint.solve.solution import Options
from saddlepoint.study.coupling.coupling import Coupling
from saddlepoint.study.running.arguments import ARGUMENTS, names_of
from saddlepoint.study.running.plan import Request


def make_request(arguments: Mapping[str, Any]) -> Request:
    """A Request from the names of its own fields and of Options and Coupling; None = the default.

    Raises UsageError (X110 unknown name, X111 value of another kind or out of range).
    """
    given = {k: v for k, v in arguments.items() if v is not None}
    options, coupling = names_of(Options), names_of(Coupling)
    found = [
        Diagnostic("X110", f"there is no argument {name!r}", fix=suggest(name, list(ARGUMENTS)))
        for name in given
        if name not in ARGUMENTS
    ]
    found += [
        d for name, value in given.items() if name in ARGUMENTS for d in ARGUMENTS[name].findings(name, value)
    ]
    each = _each(given.get("each", {}), options, found)
    if found:
        raise UsageError(found)
    whole = Options(**{k: v for k, v in given.items() if k in options})
    scenarios = given.get("scenarios", ())
    chain = given.get("chain")
    return Request(
        scenarios=(scenarios,) if isinstance(scenarios, str) else tuple(scenarios),
        mode=given.get("mode") or ("sequential" if chain else None),
        chain=None if chain is None else tuple(str(k) for k in chain),
        options=whole,
        coupling=Coupling(**{k: _tuple(k, v) for k, v in given.items() if k in coupling}),
        chunk=given.get("chunk"),
        ranges=bool(given.get("ranges", False) or given.get("input_ranges", False)),
        input_ranges=bool(given.get("input_ranges", False)),
        kernels=tuple(given["kernels"]) if "kernels" in given else None,
        each={key: replace(whole, **own) for key, own in each.items()},
    )


def _each(
    given: Mapping[str, Any], options: tuple[str, ...], found: list[Diagnostic]
) -> Mapping[str, Mapping[str, Any]]:
    """Problem → its own options, None left out; X110, X111 for wrong ones."""
    kept: dict[str, dict[str, Any]] = {}
    for key, own in given.items():
        if not isinstance(own, Mapping):
            found.append(Diagnostic("X111", f"the options of {key!r} must be a mapping, not {own!r}"))
            continue
        for name, value in own.items():  # pyright: ignore[reportUnknownVariableType]
            if name not in options:
                found.append(
                    Diagnostic(
                        "X110", f"there is no option {name!r} of a problem", fix=suggest(str(name), options)
                    )  # pyright: ignore[reportUnknownArgumentType]
                )
            elif value is not None:
                found += ARGUMENTS[name].findings(name, value)  # pyright: ignore[reportUnknownArgumentType]
                kept.setdefault(str(key), {})[name] = value
    return kept


def _tuple(name: str, value: Any) -> Any:
    if name in ("check", "skip") and isinstance(value, str | Sequence):
        return (value,) if isinstance(value, str) else tuple(value)
    return value
