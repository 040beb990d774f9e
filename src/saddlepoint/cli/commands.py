"""The table of commands, each loaded when it is called; how errors end the process."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from saddlepoint.cli.interrupts import INTERRUPTED, ended, say_interrupted
from saddlepoint.cli.output import downgrade_letters, echo
from saddlepoint.version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

COMMANDS: Final = {
    "new": "Make a model folder: a skeleton to fill, or an example.",
    "import": "Make a model folder of SMPS files.",
    "check": "Find everything that is wrong before solving.",
    "trust": "Allow a folder's own Python files to be run.",
    "template": "Write files to fill in, or add what they lack.",
    "load": "Bring the database up to date with the input files.",
    "run": "Load what changed, solve, write plans and prices.",
    "merge": "Put parts of a run, made one by one, together.",
    "show": "Print a table of the database, or list them.",
    "sql": "Ask the database in SQL, for reading only.",
    "certify": "Judge a solution of an MPS, QPS or LP file, or solve it.",
    "bound": "Prove how good a coupled model can get.",
    "frontier": "Trace the trade-off between two objectives.",
    "outcomes": "Weigh decisions under outcomes: EVPI, VSS, risks.",
    "policy": "Plan stage by stage under outcomes: bound, cost.",
    "sensitivity": "Say which inputs drive the results.",
    "diagnose": "Say why there is no plan, and what would help.",
    "ranges": "Say how far every price and every plan holds.",
    "regimes": "Group the scenarios of a sweep by what binds in them.",
    "vary": "Trace the optimum over numbers of the data, exactly.",
    "why": "Say which difference of the data moves the optimum.",
    "adapting": "What decisions gain by reacting to what is seen.",
    "explain": "Describe the compiled problems: sizes, route, reason.",
    "math": "Write the mathematics of a model: Markdown or HTML.",
    "report": "Write the results as one page that needs no network.",
    "explore": "Look into any number of scenarios in a local page.",
    "plot": "Draw a table: the picture that fits its sets.",
    "export": "Write tables to a workbook, CSV or Parquet files.",
    "compare": "Compare folders, databases, exports, runs, scenarios.",
    "history": "List the runs of a folder, and what changed.",
    "runs": "Keep results under names; list, show, drop, restore.",
    "scenarios": "List the scenarios of a folder.",
    "solvers": "List the solvers: what they take, whether installed.",
    "operators": "List the operators of the expression language.",
    "completion": "Complete commands with the Tab key in your shell.",
    "fit": "Laws that past values allow for the next one.",
    "backtest": "Whether promises on past values would have been kept.",
    "dispatch": "Cheapest plan of a fleet that covers uncertain demand.",
    "sweep": "Cheapest costs over mean demand, scatter, reliability.",
    "newsvendor": "How much to order when demand is uncertain.",
    "buffers": "What to add to mean demand, under every assumption.",
}
"""Command → one line for `saddle --help`; its module has the same name."""

ASKED: Final = frozenset(
    {
        *("K101", "K102", "K103", "K104", "K105", "K106", "K109", "K110"),
        *("L103", "L104", "L106", "L107", "L108", "L109", "L120", "B011"),
    }
)
"""Findings on what the command line asks for; with UsageError they give the exit code 2."""

_PLACES: Final = frozenset({errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENOTDIR})
"""What the system says of a path that cannot be used."""

_REPORT: Final = "This is a defect of Saddlepoint; please report it with the command and the model."


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(f"saddlepoint.cli.{cmd_name}").command
        return found

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands that begin so, without importing any, and the options of `saddle` itself."""
        from click.shell_completion import CompletionItem

        found = [
            CompletionItem(name, help=line) for name, line in COMMANDS.items() if name.startswith(incomplete)
        ]
        return (
            found if incomplete and found else [*found, *click.Command.shell_complete(self, ctx, incomplete)]
        )

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from saddlepoint.errors import suggest

            raise click.UsageError(f"There is no command {args[0]!r}. {suggest(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Errors are told while it is known which folder the command works on."""
        from saddlepoint.errors import SaddleError

        try:
            return super().invoke(ctx)
        except SaddleError as error:
            return _failed(error)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command line and leave the process with its exit code."""
        extra["standalone_mode"] = False
        downgrade_letters()
        words = extra.get("args") or (args[0] if args else None) or sys.argv[1:]
        sys.exit(_guarded(super().main, words[0] if words else "", *args, **extra))


_GOES_ON = {
    "run": "; --resume goes on with this run",
    "sensitivity": "; the same command goes on where it stopped",
}
"""How commands that were interrupted go on, where they can."""


def _guarded(call: Any, command: str, *args: Any, **extra: Any) -> int:
    """The exit code of a command line: 0–4 as documented, 130 when interrupted; errors are printed."""
    try:
        code = call(*args, **extra)
    except (Exception, KeyboardInterrupt) as error:
        if ended() or isinstance(error, click.Abort | KeyboardInterrupt):
            say_interrupted(_GOES_ON.get(command, ""))
            return INTERRUPTED
        return _said(error)
    ended()
    return code if isinstance(code, int) else 0


def _said(error: Exception) -> int:
    """The exit code of an error, which is printed."""
    if isinstance(error, click.ClickException):
        error.show(sys.stderr)
        return 2 if isinstance(error, click.UsageError) else 1
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return _exhausted(error) if isinstance(error, OSError | MemoryError) else _failed(error)


def _exhausted(error: OSError | MemoryError) -> int:
    """What the machine refuses: a full disk below a redirected output, no memory."""
    if isinstance(error, OSError) and error.errno in _PLACES:
        from pathlib import Path

        from saddlepoint.errors import FileError
        from saddlepoint.files.paths import unusable

        return _failed(FileError(unusable(Path(str(error.filename or ".")), error)))
    if isinstance(error, OSError) and error.errno not in (
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EMFILE,
    ):
        return _failed(error)
    from saddlepoint.errors import FileError, SolveError

    if isinstance(error, OSError):
        said, fix = (
            error.strerror or str(error),
            "Free some space, or write elsewhere; run the command again.",
        )
        return _failed(FileError.of("F041", f"the output cannot be written: {said}", fix=fix))
    said, fix = (
        str(error) or "the machine has no more",
        "Solve fewer scenarios at once (--chunk), or a smaller case.",
    )
    return _failed(SolveError.of("X133", f"the memory does not suffice: {said}", fix=fix))


def _failed(error: Exception) -> int:
    from saddlepoint.errors import SaddleError, UsageError

    if isinstance(error, SaddleError):
        from saddlepoint.cli.output import print_findings

        print_findings(error.diagnostics)
        asked = isinstance(error, UsageError) or {d.code for d in error.diagnostics} <= ASKED
        return 2 if asked else 1
    if os.environ.get("SADDLE_DEBUG"):
        import traceback

        traceback.print_exception(error)
    text = " ".join(str(error).split())[:300]
    echo(f"unexpected error: {type(error).__name__}: {text}", err=True)
    echo(f"{_REPORT} SADDLE_DEBUG=1 shows where it happened.", err=True)
    return 1


@click.command(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="saddle")
def saddle() -> None:
    """A laboratory for planning with convex optimisation: declarative models, certified answers, prices.

    \b
    saddle new my_plan --from production_planning
    saddle run my_plan
    saddle show my_plan production

    Exit codes: 0 every scenario has a certified answer; 1 an error in the input; 2 wrong use; 3 some scenario is
    infeasible or unbounded; 4 not converged, not certified, or not proven best; 130 interrupted.
    """
