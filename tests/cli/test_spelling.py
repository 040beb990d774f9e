"""The library speaks Python; the command line says the same with its commands and options, all of which exist."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import click
import pytest

import saddlepoint
from saddlepoint.cli import saddle
from saddlepoint.cli.commands import COMMANDS
from saddlepoint.cli.spelling import COMMAND, as_typed, remember_folder
from saddlepoint.lab import Lab

SOURCE = Path(saddlepoint.__file__).parent
SAID = re.compile(r"`(?:lab\.\w+\([^`()]*\)|\w+=[^`\s]+)`")


def _texts(path: Path) -> list[str]:
    """The texts of a file that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and id(n) not in alone]
    return [node.value for node in found if isinstance(node.value, str)]


@pytest.fixture(scope="module")
def library() -> list[str]:
    """The texts of every file of the package but those of the command line."""
    files = [path for path in SOURCE.rglob("*.py") if not {"cli", "examples"} & {*path.parts}]
    return [text for path in files for text in _texts(path)]


def test_no_option_of_the_command_line_is_spelt_in_the_library(library: list[str]) -> None:
    assert [text for text in library if re.search(r"(?<![\w-])--[a-z]", text)] == []


def test_what_remedies_name_exists_in_python_and_on_the_command_line(library: list[str]) -> None:
    context = click.Context(saddle, info_name="saddle")
    spelt = [found.strip("`") for text in library for found in SAID.findall(text) if "{" not in found]
    verbs = [re.match(r"lab\.(\w+)", each) for each in spelt]
    named = {verb.group(1) for verb in verbs if verb}
    assert {"load", "run", "template", "export"} <= named
    typed_as = {name: COMMAND.get(name, name).split()[0] for name in named - {"chosen"}}
    assert [n for n, command in typed_as.items() if not hasattr(Lab, n) or command not in COMMANDS] == []
    options = {
        option
        for name in COMMANDS
        if (command := saddle.get_command(context, name)) is not None
        for parameter in command.params
        for option in parameter.opts
    }
    typed = {part for each in spelt for part in as_typed(f"`{each}`").strip("`").split() if part[:1] == "-"}
    assert {"--global", "--coupled", "--exact", "--force"} <= typed
    assert typed - options == set()


def test_commands_that_remedies_name_can_be_typed(library: list[str]) -> None:
    """click takes every verb with its arguments, but for folders and files that are not here: `saddle export DIR csv results` was said, which none takes."""
    calls = {found for text in library for found in SAID.findall(text) if found.startswith("`lab.")}
    for call in sorted(each for each in calls if "{" not in each and "…" not in each):
        words = ["8" if word == "N" else word for word in shlex.split(as_typed(call).strip("`"))[1:]]
        command = saddle.get_command(click.Context(saddle), words[0])
        assert command is not None, call
        try:
            command.make_context(words[0], words[1:])
        except click.BadParameter as refused:
            assert "not exist" in refused.message, (call, words)


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ("Say `starts=8`.", "Say `--global 8`."),
        ("`mode='integrated'`", "`--coupled`"),
        ("`lab.load(force=True)`", "`saddle load 'my plan' --force`"),
        ("(`lab.show('production')`)", "(`saddle show 'my plan' production`)"),
        ("`lab.export('csv', 'results')`", "`saddle export 'my plan' --to csv --output results`"),
        ("`lab.keep('base')`", "`saddle runs keep 'my plan' base`"),
        ("`exact=True` or `chunk=N`", "`--exact` or `--chunk N`"),
        ("`x = 1` and `split_problem: true` stay", "`x = 1` and `split_problem: true` stay"),
    ],
)
def test_each_is_spelt_as_one_types_it(said: str, typed: str) -> None:
    with click.Context(saddle) as context:
        remember_folder(context, "my plan")
        assert as_typed(said) == typed
