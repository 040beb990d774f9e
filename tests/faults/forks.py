"""Commands in processes of their own: each is the fork of one that has loaded the package, and ends as any process does."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

SERVER = """
import gc, json, os, socket, sys
import highspy, saddlepoint.cli.commands, saddlepoint.lab, saddlepoint.solve.adapters.highs, saddlepoint.study.execute
gc.freeze()
with socket.socket(fileno=int(sys.argv[1])) as door:
    while True:
        asked, given, *_ = socket.recv_fds(door, 1 << 16, 1)
        if not asked:
            sys.exit()
        if (child := os.fork()) == 0:
            break
        os.close(*given)
        door.send(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
for stream in (1, 2):
    os.dup2(*given, stream)
told = json.loads(asked)
os.environ.update(told["environment"])
sys.argv[:] = told["arguments"]
exec(told["code"], {"__name__": "__main__"})
"""

PATIENCE = 120.0
"""Seconds after which a silent child counts as hung."""


class Forks:
    """A process that waits to be forked."""

    def __init__(self, door: socket.socket) -> None:
        self._door = door

    def call(self, code: str, arguments: Sequence[object], **environment: str) -> tuple[int, str]:
        """Run code with these arguments (the first is the name of the program); its exit code and what it said."""
        told = {"code": code, "arguments": [*map(str, arguments)], "environment": environment}
        reading, writing = os.pipe()
        socket.send_fds(self._door, [json.dumps(told).encode()], [writing])
        os.close(writing)
        said = _until_closed(reading)
        answer = self._door.recv(64)
        assert answer, f"the process that is forked has ended: {said}"
        return int(answer), said


def _until_closed(reading: int) -> str:
    """All that is written to a pipe; TimeoutError where nothing comes for PATIENCE."""
    parts: list[bytes] = []
    with os.fdopen(reading, "rb", buffering=0) as stream:
        while select.select([stream], [], [], PATIENCE)[0]:
            part = stream.read(65536)
            if not part:
                return b"".join(parts).decode("utf-8")
            parts.append(part)
    raise TimeoutError(b"".join(parts).decode("utf-8", "replace"))


@contextmanager
def forks(*prefix: str) -> Generator[Forks]:
    """Start it, with a command before it that takes rights away."""
    ours, theirs = socket.socketpair()
    command = [*prefix, sys.executable, "-c", SERVER, str(theirs.fileno())]
    # pipes from the start: what is written to is known to be no file that can be wound back
    pipe = subprocess.PIPE
    with ours, subprocess.Popen(command, pass_fds=[theirs.fileno()], stdout=pipe, stderr=pipe) as process:
        theirs.close()
        ours.settimeout(PATIENCE)
        try:
            yield Forks(ours)
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            process.wait(30)
