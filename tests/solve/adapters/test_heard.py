"""What is written while something short is done, whoever writes it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from saddlepoint.solve.adapters.silence import heard


def test_python_and_what_is_native_are_heard_with_the_end(capfd: pytest.CaptureFixture[str]) -> None:
    def act() -> None:
        print("ours")
        os.write(2, b"native")
        raise ValueError("no")

    text, raised = heard(act)
    assert text == "ours\nnative"
    assert isinstance(raised, ValueError)
    print("after")
    assert capfd.readouterr() == ("after\n", "")


def test_nobody_waits_for_a_process_that_goes_on() -> None:
    """It holds the descriptors for as long as it lives: here until its stdin is closed."""
    begun: list[subprocess.Popen[bytes]] = []

    def act() -> None:
        os.write(1, b"heard")
        begun.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))

    assert heard(act) == ("heard", None)
    assert begun[0].poll() is None
    begun[0].kill()
    begun[0].communicate()


def test_more_than_a_pipe_holds_is_left_out() -> None:
    def act() -> None:
        for _ in range(100):
            os.write(1, b"x" * 4096)

    text, raised = heard(act)
    assert isinstance(raised, BlockingIOError)
    assert text == "x" * len(text) and len(text) >= 4096
