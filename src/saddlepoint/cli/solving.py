"""Options that say what to solve and how: those of the table of a run, in the spelling of a command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import click

from saddlepoint.cli.spelling import comma_list
from saddlepoint.study.running.arguments import ARGUMENTS, DEFAULTS, Argument
from saddlepoint.study.running.kinds import KERNELS, KEYS, MAPPING, NAMES, NUMBER, SEED, WHOLE, YES_OR_NO

Command = TypeVar("Command", bound=Callable[..., Any])
Decorator = Callable[[Any], Any]

STARTS: Final = 8
"""Starts that --global tries if it is given no number."""
MODES: Final = {"integrated": "--coupled", "sequential": "--sequential", "parallel": "--parallel"}
_MODE_HELP: Final = {
    "integrated": "Sub-problems in a loop, to a fixed point.",
    "sequential": "Sub-problems in a chain.",
    "parallel": "Each sub-problem alone.",
}


def _scenarios(argument: Argument) -> Sequence[Decorator]:
    labels = f"{argument.help.rstrip('.').replace(', A:B,', ',')} (repeatable)."
    places = "Only places A to B − 1 (repeatable)."
    return (
        click.option("--scenario", "chosen", multiple=True, metavar="LABELS", help=labels),
        click.option("--scenarios", "spans", multiple=True, metavar="A:B", help=places),
    )


def _mode(argument: Argument) -> Sequence[Decorator]:
    return [
        click.option(MODES[mode], "mode", flag_value=mode, help=_MODE_HELP[mode])
        for mode in sorted(argument.choices)
    ]


def _settings(argument: Argument) -> Sequence[Decorator]:
    text = "A setting of the solver (repeatable)."
    return (click.option("--setting", "--option", "pairs", multiple=True, metavar="K=V", help=text),)


def _starts(argument: Argument) -> Sequence[Decorator]:
    count = click.IntRange(1)
    text = f"Start loops from N points [{STARTS}], keep the best fixed point, prove a bound; solve products of decisions."
    return (
        click.option(
            "--global", "starts", type=count, metavar="[N]", is_flag=False, flag_value=STARTS, help=text
        ),
    )


_SPECIAL: Final[Mapping[str, Callable[[Argument], Sequence[Decorator]]]] = {
    "scenarios": _scenarios,
    "mode": _mode,
    "settings": _settings,
    "starts": _starts,
}
"""Options that have a spelling of their own; the others are spelt as they are called."""


def _plain(name: str, argument: Argument) -> Sequence[Decorator]:
    """The option of a command line for an argument of a run; none where a text cannot hold its value."""
    if argument.kind in (KERNELS, MAPPING):
        return ()
    default = DEFAULTS.get(name)
    text = argument.help if default in (None, False) else f"{argument.help.rstrip('.')} [default: {default}]."
    spelling = ("-v", f"--{name}") if name == "verbose" else (f"--{name.replace('_', '-')}",)
    if argument.kind is YES_OR_NO:
        if default is True:
            both = f"{spelling[0]}/--no-{spelling[0].removeprefix('--')}"
            return (click.option(both, name, default=None, help=text),)
        return (click.option(*spelling, name, is_flag=True, help=text),)
    if argument.kind in (NAMES, KEYS):
        return (click.option(*spelling, name, metavar="A,B", help=text),)
    kinds = {WHOLE: click.IntRange(1), SEED: click.IntRange(0), NUMBER: click.FLOAT}
    kind = click.Choice(argument.choices) if argument.choices else kinds.get(argument.kind, click.STRING)
    return (click.option(*spelling, name, type=kind, metavar=argument.unit.upper() or None, help=text),)


def solving_options(command: Command) -> Command:
    """Everything that a run can be told."""
    made = [
        d
        for name, o in ARGUMENTS.items()
        for d in (_SPECIAL[name](o) if name in _SPECIAL else _plain(name, o))
    ]
    for option in reversed(made):
        command = option(command)
    return command


class SolvingCommand(click.Command):
    """A command whose --global takes a number only if a number follows, and that takes one mode."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        plain = [
            f"--global={STARTS}" if arg == "--global" and not _is_number(args[k + 1 : k + 2]) else arg
            for k, arg in enumerate(args)
        ]
        modes = sorted(set(MODES.values()).intersection(args))
        if len(modes) > 1:
            raise click.UsageError(f"{' and '.join(modes)} exclude each other; give one of them.", ctx)
        return super().parse_args(ctx, plain)


def _is_number(following: list[str]) -> bool:
    return bool(following) and following[0].isdigit()


def solve_arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `Lab.solve` that the options stand for; what was not given is left out."""
    whole = {
        "scenarios": (*given["chosen"], *map(_span, given["spans"])),
        "settings": _settings_of(given["pairs"]),
    }
    read: dict[str, Any] = {name: whole.get(name, given.get(name)) for name in ARGUMENTS}
    asked = {
        name: value
        for name, value in read.items()
        if value not in (None, (), {}) and (value is not False or DEFAULTS.get(name) is True)
    }
    return {
        name: comma_list(value) if ARGUMENTS[name].kind in (NAMES, KEYS) and isinstance(value, str) else value
        for name, value in asked.items()
    }


def _span(text: str) -> str:
    first, colon, last = text.partition(":")
    if not colon or not all(part.strip().isdigit() or not part.strip() for part in (first, last)):
        raise click.BadParameter(
            f"{text!r} is not A:B with positions counted from 0", param_hint="--scenarios"
        )
    return text


def _settings_of(pairs: Sequence[str]) -> dict[str, Any]:
    """The settings that were given; click.BadParameter where one is given twice with different values."""
    found: dict[str, Any] = {}
    for name, value in map(_setting, pairs):
        if name in found and found[name] != value:
            both = f"{name} is given as {found[name]} and as {value}; give it once"
            raise click.BadParameter(both, param_hint="--setting")
        found[name] = value
    return found


def _setting(pair: str) -> tuple[str, Any]:
    name, equals, text = pair.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter(f"{pair!r} is not K=V", param_hint="--setting")
    return name.strip(), _value(text.strip())


def _value(text: str) -> Any:
    """A setting as the number or truth value it looks like, else as text."""
    if text.casefold() in ("true", "false"):
        return text.casefold() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
