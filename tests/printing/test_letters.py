"""What a stream cannot show is spelt in ASCII, and what a terminal would obey never reaches it."""

from __future__ import annotations

import codecs
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import saddlepoint.cli
from saddlepoint.printing.letters import spelt, visible, visible_lines

EXAMPLE = Path(__file__).parents[2] / "examples" / "production_planning"
COMMANDS = {
    "buffers": ["buffers", "--mean", "50", "--std", "5"],
    "dispatch": ["dispatch", "--random", "3", "--mean", "100"],
    "operators": ["operators"],
    "json": ["operators", "--json"],
    "help": ["buffers", "--help"],
    "wrong": ["buffers", "--mean", "five≥"],
    "finding": ["check", "no_such_folder_≥\udc80"],
}


def run(encoding: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from saddlepoint.cli import main; main()", *arguments]
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(command, capture_output=True, env=environment, check=False, timeout=120)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_no_command_fails_for_an_encoding(encoding: str) -> None:
    for name, arguments in COMMANDS.items():
        done = run(encoding, *arguments)
        said = (done.stdout + done.stderr).decode(encoding)
        assert "unexpected" not in said, (name, said)
        assert "Traceback" not in said, (name, said)
        assert said.strip(), name
        assert (done.returncode == 0) == (name not in ("wrong", "finding")), (name, said)


def test_letters_are_spelt() -> None:
    assert run("ascii", "operators").stdout.decode("ascii").count(">=") > 3
    assert [spelt(letter) for letter in "≥σé漢\udc80"] == [">=", "sigma", "e", "?", "?"]


def test_json_loses_no_letter_to_the_encoding() -> None:
    import json

    ours = json.loads(run("ascii", "operators", "--json").stdout.decode("ascii"))
    assert ours == json.loads(run("utf-8", "operators", "--json").stdout.decode("utf-8"))


def test_a_label_cannot_speak_to_the_terminal(tmp_path: Path) -> None:
    hostile = "\x1b]0;mine\x07\x1b[2J\u202em"
    fleet = tmp_path / "fleet.csv"
    fleet.write_text(f"name,alpha,beta,upper\n{hostile},0.1,2,400\n", encoding="utf-8")
    done = run("utf-8", "dispatch", "--fleet", str(fleet), "--mean", "300")
    said = done.stdout.decode() + done.stderr.decode()
    assert "mine" in said
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said)


def test_what_is_obeyed_is_replaced_and_lines_stay() -> None:
    assert visible("a\x1bb\nc") == "a\ufffdb\ufffdc"
    assert visible_lines("a\x1bb\n\tc\u2067") == "a\ufffdb\n\tc\ufffd"


def test_every_command_prints_through_one_function() -> None:
    folder = Path(saddlepoint.cli.__file__).parent
    others = [
        p.name for p in folder.glob("*.py") if p.name != "output.py" and "click.echo" in p.read_text("utf-8")
    ]
    assert others == []
    assert codecs.lookup("ascii")
