"""What one solver says of the scenarios it was given, before anything is checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch
from saddlepoint.errors import Diagnostic, SaddleError, SolveError
from saddlepoint.solve.solution import Options, Status

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Answers:
    """One solver's words on S scenarios: the arrays of a Solution, unchecked, NaN where it gave nothing.

    The adapter that makes it fills its arrays; nobody else writes into them.
    """

    status: NDArray[np.int8]
    x: Array
    y: Array
    z: Array
    w: Array
    bound: Array
    iterations: NDArray[np.int64]
    seconds: Array
    messages: dict[int, str]

    @classmethod
    def blank(cls, batch: Batch, status: Status = Status.ERROR) -> Answers:
        size, s = batch.size, batch.structure
        return cls(
            np.full(size, status, np.int8),
            np.full((size, s.n), np.nan),
            np.full((size, s.m), np.nan),
            np.full((size, s.n), np.nan),
            np.full((size, s.F.shape[0]), np.nan),
            np.full(size, np.nan),
            np.zeros(size, np.int64),
            np.zeros(size),
            {},
        )

    def rows(self, where: NDArray[np.int64]) -> Answers:
        """The answers to these scenarios only, in this order."""
        place = {int(s): k for k, s in enumerate(where)} if self.messages else {}
        return Answers(
            self.status[where],
            self.x[where],
            self.y[where],
            self.z[where],
            self.w[where],
            self.bound[where],
            self.iterations[where],
            self.seconds[where],
            {place[s]: text for s, text in self.messages.items() if s in place},
        )

    def put(self, where: NDArray[np.int64], part: Answers) -> None:
        """Write the answers of a part of the scenarios at their places."""
        for name in ("status", "x", "y", "z", "w", "bound", "iterations", "seconds"):
            getattr(self, name)[where] = getattr(part, name)
        if self.messages:
            for s in where:
                self.messages.pop(int(s), None)
        self.messages.update({int(where[k]): text for k, text in part.messages.items()})


class Session(Protocol):
    """One native solver kept over the scenarios of a batch."""

    def solve(self, s: int, out: Answers) -> None:
        """Solve scenario s and write its answer into row s of `out`."""
        ...


def in_turn(batch: Batch, start: Callable[[], Session]) -> Answers:
    """Solve every scenario in order with one session; a new one is started after a solver raised an exception."""
    out = Answers.blank(batch)
    session = start()
    for s in range(batch.size):
        began = time.perf_counter()
        try:
            session.solve(s, out)
        except (KeyboardInterrupt, SystemExit, SaddleError):
            raise
        except BaseException as error:  # a panic of a Rust solver is not an Exception
            out.status[s], out.messages[s] = Status.ERROR, f"{type(error).__name__}: {error}"
            session = start()
        out.seconds[s] = time.perf_counter() - began
    return out


def refused(solver: str, name: str, value: object) -> SolveError:
    """The error for a setting whose value the solver does not accept."""
    return SolveError(
        Diagnostic(
            "L107", f"{solver} refuses the setting {name} = {value!r}", fix="give a value of the right kind"
        )
    )


Adapter = Callable[[Batch, Options], Answers]
"""A solver: it takes a batch, keeps one session over its scenarios, and returns its words on them."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A batch kernel: `fit` gives the reason why it can take the batch, or None; `run` solves what it can.

    run returns Answers (only rows where the mask is True are read) and the mask (S,) of finished scenarios;
    what it finished is certified like any solver's answer, the rest goes to the route's solvers.
    """

    name: str
    fit: Callable[[Batch], str | None]
    run: Callable[[Batch], tuple[Answers, NDArray[np.bool_]]]


@dataclass(frozen=True, slots=True)
class SolverRecord:
    """One solver of the table: what it can take, what it needs, and how it is called.

    classes: of "LP", "MILP", "QP", "cones", "MIQP", "mixed-integer cones"; package: the distribution that
    holds it; extra: the extra of this package that installs it, "" if it always is installed.
    """

    name: str
    classes: frozenset[str]
    package: str
    extra: str
    adapter: Adapter
    known_settings: Callable[[], frozenset[str]] | None = None
    tight: Mapping[str, float] | None = None
