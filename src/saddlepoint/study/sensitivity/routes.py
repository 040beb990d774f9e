"""Who solved the runs of an analysis: compiled kernels take 10⁵ of them in seconds, a solver's session takes longer."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import field

import numpy as np

from saddlepoint.records import dataclass
from saddlepoint.solve.kernels.table import uncompiled
from saddlepoint.solve.label import Answer
from saddlepoint.study.running.run import Piece


@dataclass(slots=True)
class Routes:
    """solved: solver or kernel → problems solved; uncompiled: kernels that would take such problems but are not compiled yet."""

    solved: dict[str, int] = field(default_factory=dict[str, int])
    uncompiled: dict[str, None] = field(default_factory=dict[str, None])

    def noting(self, pieces: Iterable[Piece]) -> Generator[Piece]:
        """The pieces, each noted as it passes."""
        for piece in pieces:
            for answer in piece.answers.values():
                self._note(answer)
            yield piece

    def _note(self, answer: Answer) -> None:
        methods = answer.solution.method
        counts = np.bincount(methods.codes, minlength=len(methods.values)).tolist()
        for method, count in zip(methods.values, counts, strict=True):
            self.solved[method.solver] = self.solved.get(method.solver, 0) + count
        waiting = uncompiled(answer.program.structure)
        if not any(name in self.solved for name in waiting):
            self.uncompiled |= dict.fromkeys(waiting)
