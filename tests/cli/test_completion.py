"""Tab completion: the script runs in a shell, completes commands and options, and is installed beside the user's files."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from saddlepoint.cli.commands import COMMANDS, saddle


def _saddle(*arguments: str, **environment: str) -> tuple[int, str]:
    shown = CliRunner().invoke(saddle, arguments, env=environment, prog_name="saddle")
    return shown.exit_code, shown.output


def _completed(words: str, place: int) -> list[str]:
    asked = {"_SADDLE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(place)}
    return [line.split(",", 1)[1] for line in _saddle(**asked)[1].splitlines()]


def test_commands_and_options_are_completed() -> None:
    assert _completed("saddle ru", 1) == ["run", "runs"]
    assert set(_completed("saddle ", 1)) >= set(COMMANDS)
    assert _completed("saddle export --t", 2) == ["--trust", "--to", "--table"]
    assert _completed("saddle export --to p", 3) == ["parquet"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_installed_in_a_file_of_its_own(shell: str, tmp_path: Path) -> None:
    code, printed = _saddle("completion", shell)
    assert code == 0
    assert f"{shell}_complete" in printed
    code, said = _saddle("completion", "--install", HOME=str(tmp_path), SHELL=f"/usr/bin/{shell}")
    assert code == 0, said
    (written,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert written.read_text().strip() == printed.strip()
    assert written.name in said


def test_an_unknown_shell_is_asked_for() -> None:
    code, said = _saddle("completion", SHELL="/bin/tcsh")
    assert code == 2
    assert "Which shell?" in said


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_takes_the_script(tmp_path: Path) -> None:
    command = tmp_path / "saddle"
    command.write_text(f"#!{sys.executable}\nfrom saddlepoint.cli import main\nmain()\n")
    command.chmod(0o755)
    script = (
        f"{_saddle('completion', 'bash')[1]}\n"
        'COMP_WORDS=(saddle comp); COMP_CWORD=1; _saddle_completion saddle; echo "${COMPREPLY[*]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.stdout.strip().splitlines()[-1] == "compare completion", done.stderr
