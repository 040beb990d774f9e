"""`saddle completion`: commands and options completed by the shell."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from saddlepoint.cli.output import echo

_VARIABLE: Final = "_SADDLE_COMPLETE"
_PLACES: Final = {
    "bash": ".local/share/bash-completion/completions/saddle",
    "zsh": ".local/share/zsh/site-functions/_saddle",
    "fish": ".config/fish/completions/saddle.fish",
}
_THEN: Final = {
    "bash": "bash reads it where the package bash-completion is installed",
    "zsh": "zsh reads it if ~/.zshrc says: fpath+=(~/.local/share/zsh/site-functions); autoload -Uz compinit; compinit",
    "fish": "fish reads it by itself",
}


@click.command("completion")
@click.argument("shell", metavar="[bash|zsh|fish]", type=click.Choice(tuple(_PLACES)), required=False)
@click.option("--install", is_flag=True, help="Write it to a file of its own, where the shell looks.")
@click.pass_context
def command(context: click.Context, shell: str | None, install: bool) -> None:
    """Print the script that completes commands and options with the Tab key, or install it.

    \b
    eval "$(saddle completion bash)"      for this shell; the same line in ~/.bashrc: for all
    saddle completion bash --install      ~/.local/share/bash-completion/completions/saddle
    saddle completion zsh --install       ~/.local/share/zsh/site-functions/_saddle
    saddle completion fish --install      ~/.config/fish/completions/saddle.fish

    Without a shell it is the one that $SHELL names. No file of yours is changed.
    """
    from saddlepoint.files.atomic import write_text

    shell = shell or _own_shell(context)
    script = _script(context.find_root().command, shell)
    if not install:
        echo(script)
        return
    place = Path.home() / _PLACES[shell]
    write_text(place, script)
    echo(f"wrote {place}; {_THEN[shell]}")


def _own_shell(context: click.Context) -> str:
    name = Path(os.environ.get("SHELL", "")).name
    if name not in _PLACES:
        raise click.UsageError("Which shell? saddle completion bash, zsh or fish", context)
    return name


def _script(root: click.Command, shell: str) -> str:
    from click.shell_completion import ShellComplete, get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    return ShellComplete.source(kind(root, {}, "saddle", _VARIABLE))
