"""What the library says in Python's spelling, as one types it on a command line.

A remedy names a verb or an argument between backquotes: `lab.load(force=True)`, `starts=8`. A Python user reads just
that; here it becomes `saddle load my_plan --force`, `--global 8`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import click

from saddlepoint.errors import Diagnostic

_CALL: Final = re.compile(r"`lab\.(\w+)\(([^`()]*)\)`")
_ARGUMENT: Final = re.compile(r"`(\w+)=([^`\s]+)`")
_PLACED: Final = re.compile(r"`saddle ([a-z ]+?) DIR\b")
_SPECIAL: Final = {
    "mode='integrated'": "--coupled",
    "mode='sequential'": "--sequential",
    "mode='parallel'": "--parallel",
    "verbose=True": "-v",
}
_NAMES: Final = {"starts": "--global", "database": "--output", "scenarios": "--scenario"}
COMMAND: Final = {
    "weigh": "outcomes",
    "keep": "runs keep",
    "drop": "runs drop",
    "restore": "runs restore",
    "runs": "runs list",
}
"""Verb → what the command line says for it, where that is not the verb."""
_IN_PLACE: Final = {"export": ("--to", "--output")}
"""Verb → the options that its arguments without a name are, where the command line has no places for them."""
_PLACE: Final = "saddlepoint.folder"


def remember_folder(context: click.Context, folder: object) -> None:
    """Note the folder that a command works on, for what it says."""
    context.meta[_PLACE] = str(folder)


def as_typed(text: str) -> str:
    """The text with verbs and arguments as the command line has them."""
    context = click.get_current_context(silent=True)
    folder = context.meta.get(_PLACE, "DIR") if context is not None else "DIR"
    named = _PLACED.sub(lambda found: f"`saddle {found[1]} {_quoted(folder)}", text)
    return _ARGUMENT.sub(_option, _CALL.sub(lambda found: _command(found, folder), named))


def typed(finding: Diagnostic) -> Diagnostic:
    """A finding whose sentences are those of the command line."""
    from dataclasses import replace

    said = {name: as_typed(getattr(finding, name)) for name in ("message", "why", "fix")}
    return replace(finding, **said)


def _command(found: re.Match[str], folder: str) -> str:
    verb, given = found.groups()
    shown: list[str] = []
    options = iter(_IN_PLACE.get(verb, ()))
    for part in comma_list(given):
        placed = part.strip("[]'")
        shown += [as_option(part)] if "=" in part else [*filter(None, [next(options, "")]), placed]
    return f"`{' '.join(['saddle', COMMAND.get(verb, verb), _quoted(folder), *shown])}`"


def _option(found: re.Match[str]) -> str:
    return f"`{as_option(found.group(0).strip('`'))}`"


def as_option(argument: str) -> str:
    """An argument as Python has it (`starts=8`) as the command line has it (`--global 8`)."""
    if argument in _SPECIAL:
        return _SPECIAL[argument]
    name, _, value = argument.partition("=")
    option = _NAMES.get(name, f"--{name.replace('_', '-')}")
    return option if value == "True" else f"{option} {value.strip(chr(39))}"


def comma_list(text: str) -> tuple[str, ...]:
    """The parts of a list with commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def where_of(pairs: Sequence[str], several: bool = False) -> dict[str, list[str]]:
    """Set → the labels that --where SET=LABEL names for it; several: a comma parts labels. click.BadParameter."""
    chosen: dict[str, list[str]] = {}
    for pair in pairs:
        name, equals, labels = pair.partition("=")
        if not equals or not name.strip():
            raise click.BadParameter(f"{pair!r} is not SET=LABEL", param_hint="--where")
        named = labels.split(",") if several else [labels]
        chosen.setdefault(name.strip(), []).extend(label.strip() for label in named)
    return chosen


def _quoted(folder: str) -> str:
    import shlex

    return shlex.quote(folder)
