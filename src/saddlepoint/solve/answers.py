"""What one solver says of the scenarios it was given, before anything is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from saddlepoint.algebra.structure import Batch
from saddlepoint.solve.solution import Options, Solution, Status

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

    def put(self, where: NDArray[np.int64], part: Answers) -> None:
        """Write the answers of a part of the scenarios at their places."""
        for name in ("status", "x", "y", "z", "w", "bound", "iterations", "seconds"):
            getattr(self, name)[where] = getattr(part, name)
        for s in where:
            self.messages.pop(int(s), None)
        self.messages.update({int(where[k]): text for k, text in part.messages.items()})


Adapter = Callable[[Batch, Options], Answers]
"""A solver: it takes a batch, keeps one session over its scenarios, and returns its words on them."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A batch kernel: `fit` gives the reason why it can take the batch, or None; `run` solves what it can.

    run returns a Solution (only rows where the mask is True are read) and the mask (S,) of finished scenarios.
    """

    name: str
    fit: Callable[[Batch], str | None]
    run: Callable[[Batch], tuple[Solution, NDArray[np.bool_]]]


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
