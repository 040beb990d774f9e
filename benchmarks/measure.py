"""CPU time, wall time and peak memory of a whole process, from its start to its end."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Usage:
    """One process. cpu: user and system seconds; wall: seconds; peak: MB of memory; output: what it printed."""

    cpu: float
    wall: float
    peak: float
    output: str = ""
    failed: bool = False


def measure(
    command: Sequence[str], folder: Path, extra: Mapping[str, str] | None = None, limit: float = 900
) -> Usage:
    """Run a command to its end (killed after `limit` seconds of wall time), one thread per library.

    The interpreter may keep compiled modules, as it does for every user, whatever this process is told.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment |= {"OMP_NUM_THREADS": "1", **(extra or {})}
    start = time.perf_counter()
    log = folder / "benchmark.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment)
        status, usage = _wait(process, start + limit)
    wall = time.perf_counter() - start
    text = log.read_text(encoding="utf-8", errors="replace")
    log.unlink()
    return Usage(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, text, status != 0)


def best(usages: Sequence[Usage]) -> Usage:
    """The one with the least CPU time: a busy machine only adds."""
    return min(usages, key=lambda usage: (usage.failed, usage.cpu))


def _wait(process: subprocess.Popen[bytes], deadline: float):
    while True:
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            process.returncode = status
            return status, usage
        if time.perf_counter() > deadline:
            process.kill()
            deadline = float("inf")
        time.sleep(0.005)
