"""--json prints JSON, whatever a solver, its licence or a process of its own writes to the descriptors meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import os, subprocess, sys
import click
from saddlepoint.cli.folder import json_option
from saddlepoint.cli.output import echo, print_json

@click.command()
@json_option
def command(as_json):
    os.write(1, b"licence expires\\n")
    os.write(2, b"munmap_chunk(): invalid pointer\\n")
    subprocess.run([sys.executable, "-c", "import os; os.write(1, b'child'); os.write(2, b'child')"])
    echo("ours", err=True)
    print_json({"status": "\u00e9"})

command(standalone_mode=False)
os.write(1, b"after\\n")
print("again")
"""


def said(*words: str) -> subprocess.CompletedProcess[bytes]:
    """What a command with a noisy solver prints."""
    return subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, check=True)


def test_solvers_are_not_heard() -> None:
    heard = said("--json")
    text, _, after = heard.stdout.decode().partition("after\n")
    assert json.loads(text) == {"status": "\u00e9"}
    assert after == "again\n"
    assert heard.stderr == b"ours\n"


def test_they_are_otherwise() -> None:
    heard = said()
    assert heard.stdout.startswith(b"licence expires\nchild")
    assert b"munmap_chunk" in heard.stderr
