"""A process that dies before the n-th operation on a file: kill -9 between any two steps."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

OPERATIONS = ("open", "mkdir", "rmdir", "unlink", "rename", "replace", "link", "fsync", "chmod")
"""What os offers that changes names or makes bytes safe; pathlib, tempfile and shutil call these."""


def arm(step: int) -> None:
    """Let this process die, with nothing flushed or cleaned up, before its operation number `step` (from 0)."""
    count = 0

    def dying(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            if count == step:
                os._exit(9)
            count += 1
            return original(*arguments, **options)

        return call

    for name in OPERATIONS:
        setattr(os, name, dying(getattr(os, name)))


def died_at(step: int, act: Callable[[], object]) -> bool:
    """Do something in a process of its own that dies at a step; whether it came to its end before."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            arm(step)
            act()
            code = 0
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, 9), status
    return status == 0
