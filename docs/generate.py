"""Writes the pages that follow from the code: reference/commands.md, reference/operators.md and reference/python.md.

python docs/generate.py            write them
python docs/generate.py pictures   draw docs/images as well
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

DOCS = Path(__file__).resolve().parent

PUBLIC = {
    "saddlepoint": ("open", "define", "certify", "backtest", "Lab"),
    "saddlepoint.solve.verdict": ("Verdict", "Miss"),
    "saddlepoint.study.results.result": ("Result",),
    "saddlepoint.study.execute": ("Summary",),
    "saddlepoint.study.frontier.trace": ("Frontier",),
    "saddlepoint.study.coupling.joint": ("JointBound",),
    "saddlepoint.study.adapting": ("AdaptingValue",),
    "saddlepoint.labels": ("Table", "Domain", "Axis"),
    "saddlepoint.solve.solution": ("Status", "Options"),
    "saddlepoint.study.coupling.coupling": ("Coupling",),
    "saddlepoint.planning": None,
    "saddlepoint.promises": (
        *("promise", "PromisedPlan", "demand_of", "Backtest", "JudgedBuffer"),
        *("promise_curve", "PromiseCurve"),
        *("joint", "joint_of_draws", "JointLevels"),
    ),
    "saddlepoint.uncertain": (
        *(
            "find",
            "names",
            "ladder",
            "expected",
            "Expected",
            "scenario_size",
            "violation_bound",
            "wait_and_judge",
            "newsvendor",
            "at_fill_rate",
            "profit",
            "Newsvendor",
            "UnitPrices",
        ),
        *("fit", "History", "Fit", "FittedLaw", "TimePattern", "Outlier"),
    ),
    "saddlepoint.cvxlab": None,
    "saddlepoint.errors": ("SaddleError", "Diagnostic", "Mark"),
}
"""Module → the names a person uses from it; None = all of __all__ but constants."""

HEADINGS = {
    "saddlepoint": "Open or define a model",
    "saddlepoint.solve.verdict": "Verdicts on programs in matrices",
    "saddlepoint.study.results.result": "Results in memory",
    "saddlepoint.study.execute": "Runs kept in a folder",
    "saddlepoint.study.frontier.trace": "Two objectives traded off",
    "saddlepoint.study.coupling.joint": "Coupled models, bounded",
    "saddlepoint.study.adapting": "What decisions gain by reacting",
    "saddlepoint.labels": "Tables",
    "saddlepoint.solve.solution": "Statuses and options",
    "saddlepoint.study.coupling.coupling": "Loops of sub-problems",
    "saddlepoint.planning": "Production under uncertain demand",
    "saddlepoint.promises": "Back-tests",
    "saddlepoint.uncertain": "Buffers and fits",
    "saddlepoint.cvxlab": "The names of CVXlab",
    "saddlepoint.errors": "Errors",
}


def main() -> None:
    for name, text in pages().items():
        (DOCS / name).write_text(text, encoding="utf-8")
    if "pictures" in sys.argv[1:]:
        draw(DOCS / "images" / "dispatch.png")
        gallery()


def pages() -> dict[str, str]:
    """Path below docs/ → text of the page."""
    from saddlepoint.expr.manual import operators_page

    return {
        "reference/commands.md": commands_page(),
        "reference/operators.md": operators_page(),
        "reference/python.md": python_page(),
    }


def draw(target: Path) -> None:
    """The picture of the README: one demand, two assumptions."""
    from saddlepoint.planning import Demand, Fleet, dispatch
    from saddlepoint.report.plots_planning import overview_picture
    from saddlepoint.report.plots_style import save

    fleet = Fleet.random(5, seed=42)
    answers = [dispatch(fleet, Demand(300, 30, 0.95, buffer)) for buffer in ("normal", "cantelli")]
    target.parent.mkdir(exist_ok=True)
    save(overview_picture(answers, "MWh", "EUR"), target)


GALLERY = (
    ("energy_storage", "generation"),
    ("energy_storage", "price_balance"),
    ("energy_storage", "capacity"),
    ("unit_commitment", "on"),
    ("dispatch", "production"),
    ("production_planning_nonlinear", "_convergence"),
    ("portfolio", "report_risk", "report_expected"),
)
"""Example and table of every picture of the guide."""


def gallery() -> None:
    """The pictures of guides/pictures.md, from the examples."""
    import tempfile

    import saddlepoint
    from saddlepoint.declare.examples import copy_example

    with tempfile.TemporaryDirectory() as room:
        for example, *tables in GALLERY:
            folder = Path(room) / example
            lab = saddlepoint.open(folder if folder.exists() else copy_example(example, folder))
            if not lab.database.exists():
                lab.run()
            made = folder / "picture.png"
            lab.plot(tables, made, force=True)
            (DOCS / "images" / f"{example}_{'_'.join(tables)}.png").write_bytes(made.read_bytes())
    _pictures_of_the_gallery()


def _pictures_of_the_gallery() -> None:
    """Those of gallery.md, drawn by the page itself."""
    import contextlib
    import io
    import re
    import shlex
    import tempfile

    from saddlepoint.cli import saddle

    blocks = re.findall(r"^<!-- python\n(.*?)^-->$|^```console\n(.*?)^```$", _gallery_text(), re.M | re.S)
    with tempfile.TemporaryDirectory() as room, contextlib.chdir(room):
        for hidden, commands in blocks:
            exec(hidden, {})
            for command in re.findall(r"^\$ saddle (.*)$", commands, re.M):
                with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
                    saddle.main(shlex.split(command), prog_name="saddle")
        target = DOCS / "images" / "gallery"
        target.mkdir(exist_ok=True)
        for made in sorted(Path("gallery").glob("*.png")):
            (target / made.name).write_bytes(made.read_bytes())


def _gallery_text() -> str:
    return (DOCS / "gallery.md").read_text(encoding="utf-8")


def commands_page() -> str:
    """Every command with its arguments and options."""
    from saddlepoint.cli import saddle

    lines = [
        "# Commands",
        "",
        "This page is generated (`python docs/generate.py`). `saddle COMMAND --help` says the same in the terminal.",
        "",
        _help(saddle),
        "",
    ]
    context = click.Context(saddle, info_name="saddle")
    for name in saddle.list_commands(context):
        found = saddle.get_command(context, name)
        assert found is not None
        lines += _command(found, f"saddle {name}", "##")
    return "\n".join(lines).rstrip() + "\n"


def _command(command: click.Command, name: str, level: str) -> Iterator[str]:
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    options = [p for p in command.params if isinstance(p, click.Option)]
    usage = [name, *(["[OPTIONS]"] if options else []), *(_usage(a) for a in arguments)]
    yield from (f"{level} {name}", "", f"    {' '.join(usage)}", "", _help(command), "")
    if options:
        yield from ("| option | meaning |", "|---|---|")
        yield from (f"| {_spelling(o)} | {_meaning(o)} |" for o in options)
        yield ""
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for sub in command.list_commands(context):
            found = command.get_command(context, sub)
            assert found is not None
            yield from _command(found, f"{name} {sub}", level + "#")


def _usage(argument: click.Argument) -> str:
    name = argument.metavar or (argument.name or "").upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _help(command: click.Command) -> str:
    """The help text: \\b begins lines that stand as they are."""
    parts = inspect.cleandoc(command.help or "").split("\n\n")
    shown = [
        "\n".join("    " + line for line in p.splitlines()[1:]) if p.startswith("\b") else " ".join(p.split())
        for p in parts
    ]
    return "\n\n".join(shown)


def _spelling(option: click.Option) -> str:
    names = ", ".join(f"`{o}`" for o in [*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    kind = option.type
    if isinstance(kind, click.Choice):
        return names + " " + " / ".join(f"`{c}`" for c in kind.choices)
    return f"{names} {option.metavar or _kind(option)}"


def _kind(option: click.Option) -> str:
    name = {"integer": "INTEGER", "integer range": "INTEGER", "float": "NUMBER", "float range": "NUMBER"}
    word = name.get(option.type.name, option.type.name.upper())
    return " ".join([word] * option.nargs) if option.nargs > 1 else word


def _meaning(option: click.Option) -> str:
    text = " ".join((option.help or "").split()).replace("|", "\\|").replace("*", "\\*")
    more = ["required"] if option.required else []
    if option.show_default and not option.required and not callable(option.default):
        default = option.default
        shown = ", ".join(map(str, default)) if isinstance(default, tuple | list) else str(default)
        more += (
            [f"default {shown}"]
            if shown not in ("", "None", "False") and "UNSET" not in shown.upper()
            else []
        )
    more += ["repeatable"] if option.multiple and "repeatable" not in text else []
    return text + (f" [{', '.join(more)}]" if more else "")


def python_page() -> str:
    """Every public name with its signature and what its docstring says."""
    lines = [
        "# Python",
        "",
        "This page is generated (`python docs/generate.py`). A guided tour is in [guides/python.md](../guides/python.md).",
        "",
    ]
    for module, names in PUBLIC.items():
        found = importlib.import_module(module)
        lines += [f"## {HEADINGS[module]}", "", f"`{module}`", ""]
        for name in names or [n for n in found.__all__ if not n.isupper()]:
            lines += _entry(name, getattr(found, name))
    lines += [*_run_table(), *_buffer_table()]
    return "\n".join(lines).rstrip() + "\n"


def _run_table() -> Iterator[str]:
    """The table of what `solve`, `run`, `plan` and `explain` can be told."""
    from saddlepoint.study.running.arguments import ARGUMENTS, DEFAULTS

    yield from (
        "## Arguments of a run",
        "",
        "Of `Lab.solve`, `run`, `plan` and `explain`, by name; on a command line: ",
    )
    yield from (
        "[saddle run](commands.md#saddle-run).",
        "",
        "| argument | is | default | meaning |",
        "|---|---|---|---|",
    )
    for name, argument in ARGUMENTS.items():
        kind = " / ".join(f"`{c}`" for c in argument.choices) or argument.kind.words
        kind += f", in {argument.unit}" if argument.unit else ", above 0" if argument.limits else ""
        kind += (
            f" and below {argument.limits.below:g}"
            if argument.limits and argument.limits.below < math.inf
            else ""
        )
        default = f"`{DEFAULTS[name]}`" if name in DEFAULTS else ""
        text = f"{argument.help} CVXlab: `{argument.cvxlab}`." if argument.cvxlab else argument.help
        yield f"| `{name}` | {kind} | {default} | {text} |"
    yield ""


def _buffer_table() -> Iterator[str]:
    """The parameters of buffers: of `Demand`, `sweep`, `ladder`, and columns of an uncertain table."""
    from saddlepoint.uncertain import PARAMETERS, readers

    yield from ("## Parameters of buffers", "", "| parameter | meaning | read by |", "|---|---|---|")
    for name, parameter in PARAMETERS.items():
        yield f"| `{name}` | {parameter.help} | {', '.join(readers(name)) or 'all'} |"


def _entry(name: str, thing: Any) -> Iterator[str]:
    yield from (f"### {name}{_signature(thing)}", "", _doc(thing), "")
    if not inspect.isclass(thing):
        return
    for key, part in _parts(thing).items():
        if key.startswith("_") or key in getattr(thing, "__members__", {}):
            continue
        inner = part.__func__ if isinstance(part, classmethod | staticmethod) else part
        if isinstance(inner, property) or type(inner).__name__ == "cached_property":
            yield f"* `{key}`{_dash(inner)}"
        elif inspect.isfunction(inner):
            yield f"* `{key}{_signature(inner)}`{_dash(inner)}"
    yield ""


def _parts(thing: type) -> dict[str, Any]:
    """What a class and its bases of ours define, the bases first."""
    ours = [
        base
        for base in reversed(thing.__mro__)
        if base.__module__.startswith(("saddlepoint.lab", "saddlepoint.cvxlab"))
    ]
    return {key: part for base in (ours or [thing]) for key, part in vars(base).items()}


def _signature(thing: Any) -> str:
    if inspect.isclass(thing) and dataclasses.is_dataclass(thing):
        kept = [f for f in dataclasses.fields(thing) if f.init and not f.name.startswith("_")]
        return "(" + ", ".join(f.name for f in kept) + ")"
    if inspect.isclass(thing):
        return ""
    parameters = inspect.signature(thing).parameters.values()
    kept = [_parameter(p) for p in parameters if p.name not in ("self", "cls")]
    starred = next((k for k, p in enumerate(parameters) if p.kind is p.KEYWORD_ONLY), None)
    bare = any(p.kind is p.VAR_POSITIONAL for p in parameters)
    if starred is not None and not bare:
        kept.insert(starred - sum(p.name in ("self", "cls") for p in parameters), "*")
    return f"({', '.join(kept)})"


def _parameter(parameter: inspect.Parameter) -> str:
    mark = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    plain = parameter.default is parameter.empty
    return f"{mark}{parameter.name}" + ("" if plain else f"={parameter.default!r}")


def _doc(thing: Any) -> str:
    text = inspect.getdoc(thing) or ""
    return "\n".join(line.rstrip() for line in text.splitlines())


def _dash(thing: Any) -> str:
    text = " ".join(_doc(thing).split())
    return f": {text}" if text else ""


if __name__ == "__main__":
    main()
