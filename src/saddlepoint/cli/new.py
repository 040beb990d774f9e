"""`saddle new`: a skeleton, or a copy of an example."""

from __future__ import annotations

from pathlib import Path

import click

from saddlepoint.cli.output import echo, print_rows


def _list_examples(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the names of the examples with what they are about, and end."""
    if asked and not context.resilient_parsing:
        _print_examples()
        context.exit()


def _print_examples() -> None:
    from saddlepoint.declare.examples import example_titles

    print_rows(("example", "about"), list(example_titles().items()))


@click.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--from", "example", metavar="EXAMPLE", help="Copy an example instead.")
@click.option(
    "--list",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_list_examples,
    help="List the examples, with what each is about.",
)
@click.option("--xlsx", is_flag=True, help="Settings as one workbook instead of three YAML files.")
@click.option("--force", is_flag=True, help="Overwrite settings files that exist.")
def command(folder: Path, example: str | None, xlsx: bool, force: bool) -> None:
    """Make a model folder: settings with every key explained, or a copy of an example.

    \b
    saddle new my_model
    saddle new my_plan --from production_planning
    saddle new --list
    """
    from saddlepoint.declare import write_skeleton
    from saddlepoint.declare.examples import copy_example

    if example == "?":
        _print_examples()
        return
    if example is None:
        for path in write_skeleton(folder, xlsx, force):
            echo(f"wrote {path}")
        echo(f"Next: fill them in, then saddle template {folder}")
        return
    copy_example(example, folder)
    if xlsx:
        _as_workbook(folder)
    echo(f"wrote {folder}, a copy of the example {example}")
    echo(f"Next: saddle {_verb(folder)} {folder}")


def _verb(folder: Path) -> str:
    """The command that answers an example: one of outcomes along stages has a policy and no one plan."""
    from saddlepoint.lab import Lab
    from saddlepoint.study.running.staged import needed_policy

    return "run" if needed_policy(Lab.open(folder).model) is None else "policy"


def _as_workbook(folder: Path) -> None:
    """Turn the YAML settings of a fresh copy into a workbook."""
    from saddlepoint.declare import read_settings, write_spec
    from saddlepoint.declare.read import settings_files
    from saddlepoint.files.atomic import remove

    for path in write_spec(folder, read_settings(folder, "yaml").spec, "xlsx"):
        echo(f"wrote {path}")
    remove(settings_files(folder, "yaml"))
