"""Options that say what to solve and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

STARTS: Final = 8
"""Starts that --global tries if it is given no number."""

_SCENARIOS = (
    click.option(
        "--scenario",
        "chosen",
        multiple=True,
        metavar="LABELS",
        help="Only this scenario: labels such as low,high, or Set=label, or a run's name (repeatable).",
    ),
    click.option("--scenarios", "spans", multiple=True, metavar="A:B", help="Only places A to B − 1."),
)
_MODE = (
    click.option(
        "--coupled", "mode", flag_value="integrated", help="Sub-problems in a loop, to a fixed point."
    ),
    click.option("--sequential", "mode", flag_value="sequential", help="Sub-problems in a chain."),
    click.option("--parallel", "mode", flag_value="parallel", help="Each sub-problem alone."),
    click.option("--chain", metavar="A,B", help="Sub-problems in this order (implies --sequential)."),
)
_SOLVER = (
    click.option("--solver", help="A name that saddle solvers lists."),
    click.option(
        "--option", "pairs", multiple=True, metavar="K=V", help="A setting of the solver (repeatable)."
    ),
    click.option("--workers", type=click.IntRange(1), help="Threads."),
    click.option("--chunk", type=click.IntRange(1), help="Scenarios solved at once [default: by memory]."),
    click.option("--time-limit", type=float, metavar="SECONDS", help="Per scenario."),
    click.option(
        "--isolate", is_flag=True, help="Solve in processes of their own, safe from crashes and hangs."
    ),
    click.option("--memory-limit", type=float, metavar="MB", help="Of each process of --isolate."),
    click.option(
        "--exact", is_flag=True, help="Prove linear optima in rational arithmetic, without any rounding."
    ),
    click.option("--tolerance", type=float, help="Of the certificates [default: 1e-6]."),
)
_COUPLING = (
    click.option(
        "--norm",
        type=click.Choice(("max_relative", "max_absolute", "l1", "l2", "linf")),
        help="How the change of a table between two sweeps of a loop is measured [default: l2].",
    ),
    click.option("--relative-tolerance", type=float, help="Of the stopping test of loops [default: 0.01]."),
    click.option("--limit", type=click.IntRange(1), help="Sweeps of a loop after the first [default: 20]."),
    click.option(
        "--scheme",
        type=click.Choice(("gauss_seidel", "damped", "anderson", "auto")),
        help="How a loop goes on from sweep to sweep; auto: these in turn [default: gauss_seidel].",
    ),
    click.option(
        "--global",
        "starts",
        type=click.IntRange(1),
        metavar="[N]",
        is_flag=False,
        flag_value=STARTS,
        help=f"Start loops from N points [{STARTS}] and keep the best fixed point.",
    ),
    click.option("--seed", type=int, help="Of the random starts [default: 0]."),
)


def solving_options(command: Command) -> Command:
    """Everything that Request, Options and Coupling can be told."""
    for option in reversed((*_SCENARIOS, *_MODE, *_SOLVER, *_COUPLING)):
        command = option(command)
    return command


class SolvingCommand(click.Command):
    """A command whose --global takes a number only if a number follows, and that takes one mode."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        plain = [
            f"--global={STARTS}" if arg == "--global" and not _is_number(args[k + 1 : k + 2]) else arg
            for k, arg in enumerate(args)
        ]
        modes = sorted({"--coupled", "--sequential", "--parallel"}.intersection(args))
        if len(modes) > 1:
            raise click.UsageError(f"{' and '.join(modes)} exclude each other; give one of them.", ctx)
        return super().parse_args(ctx, plain)


def _is_number(following: list[str]) -> bool:
    return bool(following) and following[0].isdigit()


def solve_arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `Lab.solve` that the options stand for; what was not given is left out."""
    names = ("mode", "solver", "workers", "chunk", "time_limit", "tolerance", "norm", "relative_tolerance")
    names += ("limit", "scheme", "starts", "seed", "memory_limit")
    arguments: dict[str, Any] = {name: given[name] for name in names if given[name] is not None}
    if given["chosen"] or given["spans"]:
        arguments["scenarios"] = (*given["chosen"], *map(_span, given["spans"]))
    if given["chain"] is not None:
        arguments["chain"] = tuple(part.strip() for part in given["chain"].split(",") if part.strip())
    if given["pairs"]:
        arguments["settings"] = dict(map(_setting, given["pairs"]))
    if given["isolate"]:
        arguments["isolate"] = True
    if given["exact"]:
        arguments["exact"] = True
    return arguments


def _span(text: str) -> str:
    first, colon, last = text.partition(":")
    if not colon or not all(part.strip().isdigit() or not part.strip() for part in (first, last)):
        raise click.BadParameter(
            f"{text!r} is not A:B with positions counted from 0", param_hint="--scenarios"
        )
    return text


def _setting(pair: str) -> tuple[str, Any]:
    name, equals, text = pair.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter(f"{pair!r} is not K=V", param_hint="--option")
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
