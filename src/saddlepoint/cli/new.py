"""`saddle new`: a skeleton, or a copy of an example."""

from __future__ import annotations

from pathlib import Path

import click

from saddlepoint.cli.output import echo


def _list_examples(context: click.Context, _: click.Parameter, asked: bool) -> None:
    """Print the names of the examples and end."""
    if asked and not context.resilient_parsing:
        from saddlepoint.declare.examples import example_names

        echo("\n".join(example_names()))
        context.exit()


@click.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--from", "example", metavar="EXAMPLE", help="Copy an example instead.")
@click.option(
    "--list",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_list_examples,
    help="List the examples.",
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
    from saddlepoint.declare.examples import copy_example, example_names

    if example == "?":
        echo("\n".join(example_names()))
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
    echo(f"Next: saddle run {folder}")


def _as_workbook(folder: Path) -> None:
    """Turn the YAML settings of a fresh copy into a workbook."""
    from saddlepoint.declare import read_settings, write_spec
    from saddlepoint.declare.read import settings_files
    from saddlepoint.files.atomic import remove

    for path in write_spec(folder, read_settings(folder, "yaml").spec, "xlsx"):
        echo(f"wrote {path}")
    remove(settings_files(folder, "yaml"))
