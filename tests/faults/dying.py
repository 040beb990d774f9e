"""A process that dies before the n-th operation on a file: kill -9 between any two steps."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

OPERATIONS = ("open", "mkdir", "rmdir", "unlink", "rename", "replace", "link", "fsync", "chmod")
"""What os offers that changes names or makes bytes safe; pathlib, tempfile and shutil call these."""
STATEMENTS = ("execute", "executemany", "query")
"""What a Store offers that runs SQL."""


def arm(step: int) -> None:
    """Let this process die, with nothing flushed or cleaned up, before its operation number `step` (from 0)."""
    count_down(step, lambda: os._exit(9), [os])


def count_down(step: int, die: Callable[[], object], owners: Sequence[Any]) -> Callable[[], int]:
    """Call `die` before operation number `step` (from 0) of these owners, os or classes; tells how many there were."""
    count = 0

    def dying(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            if count == step:
                die()
            count += 1
            return original(*arguments, **options)

        return call

    for owner in owners:
        for name in OPERATIONS if owner is os else STATEMENTS:
            setattr(owner, name, dying(getattr(owner, name)))
    return lambda: count


def forked(act: Callable[[], object]) -> int:
    """Do something in a process of its own, which has all that this one has loaded; its exit code, −9 if it was killed."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            act()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def died_at(step: int, act: Callable[[], object]) -> bool:
    """Do something in a process of its own that dies at a step; whether it came to its end before."""

    def armed() -> None:
        arm(step)
        act()

    status = forked(armed)
    assert status in (0, 9), status
    return status == 0
