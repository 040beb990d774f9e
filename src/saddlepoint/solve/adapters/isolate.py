"""Native solvers in a process of their own: a crash or a hang is the status of one scenario."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import Any

import numpy as np

from saddlepoint.algebra.columnar import concat
from saddlepoint.algebra.structure import Batch
from saddlepoint.errors import SolveError
from saddlepoint.solve.interfaces import Adapter
from saddlepoint.solve.solution import Options, Solution, Status

GRACE = 2.0
"""Seconds beyond the time limit that a solver has to notice it by itself."""
PARENT_DEATH_SIGNAL = 1
"""PR_SET_PDEATHSIG of Linux' prctl: a signal when the parent ends, even while native code holds the interpreter."""
LAST_WORDS = 4096
"""Bytes of what the process prints that are kept."""
START = 60.0
"""Seconds that the process has to start and import."""


def solve_isolated(adapter: Adapter, batch: Batch, options: Options) -> Solution:
    """Solve scenario by scenario in one child process, which is started again when it dies or overruns.

    The adapter must be importable by name in the child. A dead child (also one that took more than
    options.memory_limit) gives ERROR, with the last words of it, an overrun LIMIT. What solvers print there is
    printed here only if options.verbose.
    """
    found: list[Solution] = []
    child: _Child | None = None
    try:
        for s in range(batch.size):
            one = batch.take(np.array([s]))
            began = time.perf_counter()
            child = child or _Child(options.memory_limit, options.verbose)
            answer = child.ask((adapter, one, options), options.time_limit)
            if not isinstance(answer, Solution):
                status, message = answer
                answer = Solution.blank(batch.structure, 1, status)
                answer.messages[0] = message
                answer.seconds[0] = time.perf_counter() - began
            found.append(answer)
            if not child.alive:
                child.end()
                child = None
    finally:
        if child is not None:
            child.end()
    return concat(found) if found else Solution.blank(batch.structure, 0)


class _Child:
    """One child process and the threads that read its answers and, unless it may print, what it prints."""

    def __init__(self, memory: float | None = None, prints: bool = False) -> None:
        command = [
            sys.executable,
            "-P",
            "-c",
            f"from saddlepoint.solve.adapters.isolate import serve; serve({memory!r}, {os.getpid()})",
        ]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if prints else subprocess.PIPE,
            env=environment,
        )
        self._printed = b""
        self._said: queue.Queue[Any] = queue.Queue()
        self._readers = [
            threading.Thread(target=work, daemon=True)
            for work in (self._listen, *(() if prints else (self._overhear,)))
        ]
        for reader in self._readers:
            reader.start()
        self.alive = True
        self._started = False

    def ask(self, work: Any, limit: float | None) -> Solution | tuple[Status, str]:
        """The answers to one piece of work, or the status and message of a child that failed; a SolveError of the child is raised here."""
        try:
            if not self._started and self._receive(START) is None:
                return self._dead()
            self._started = True
        except queue.Empty:
            self.alive = False
            return Status.ERROR, f"the solver's process did not start within {START:g} s"
        try:
            pickle.dump(work, self._process.stdin)  # pyright: ignore[reportArgumentType]
            self._process.stdin.flush()  # pyright: ignore[reportOptionalMemberAccess]
        except (BrokenPipeError, OSError):
            return self._dead()
        try:
            said = self._receive(None if limit is None else limit + GRACE)
        except queue.Empty:
            self.alive = False
            return Status.LIMIT, f"the solver did not stop at the time limit of {limit:g} s and was ended"
        if said is None:
            return self._dead()
        if isinstance(said, SolveError):
            raise said
        return said if isinstance(said, Solution) else (Status.ERROR, str(said))

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join(GRACE)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            with suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()

    def _receive(self, timeout: float | None) -> Any:
        return self._said.get(timeout=timeout)

    def _listen(self) -> None:
        while True:
            try:
                self._said.put(pickle.load(self._process.stdout))  # pyright: ignore[reportArgumentType]
            except (EOFError, OSError, ValueError, pickle.UnpicklingError):
                self._said.put(None)
                return

    def _overhear(self) -> None:
        """Keep the end of what is printed: the solver's words where it aborts."""
        with suppress(OSError, ValueError):
            while part := os.read(self._process.stderr.fileno(), LAST_WORDS):  # pyright: ignore[reportOptionalMemberAccess]
                self._printed = (self._printed + part)[-LAST_WORDS:]

    def _dead(self) -> tuple[Status, str]:
        self.alive = False
        code = self._process.wait()
        for reader in self._readers:
            reader.join(GRACE)
        lines = [line.strip() for line in self._printed.decode(errors="replace").splitlines() if line.strip()]
        words = f": {lines[-1]}" if lines else ""
        return Status.ERROR, f"the solver's process ended by itself (exit code {code}){words}"


def serve(memory: float | None = None, parent: int = 0) -> None:
    """The child's loop: read work, solve, write answers; what solvers print goes to standard error.

    parent: the process that started this one, with which it ends; an interruption is its business.

    memory: MB of address space the process may take, where the system can limit it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with(parent)
    _limit_memory(memory)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _say(answers, "ready")
    while True:
        try:
            adapter, batch, options = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            _say(answers, adapter(batch, options))
        except SolveError as error:
            _say(answers, error)
        except Exception as error:
            _say(answers, f"{type(error).__name__}: {error}")


def _end_with(parent: int) -> None:
    """End this process when its parent ends, however that ends."""
    if not parent:
        return
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _limit_memory(memory: float | None) -> None:
    if memory is None:
        return
    try:
        import resource
    except ImportError:
        return
    most = int(memory * 2**20)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _say(answers: Any, value: object) -> None:
    pickle.dump(value, answers)
    answers.flush()
