"""Scenarios in which a sub-problem has no answer, and what that means for the sub-problems that read it.

Their decisions are unknown, so those who read them cannot be solved there: the scenario is withheld, with a message, and
the other scenarios go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.columnar import Notes
from saddlepoint.arrays import Array, Mask
from saddlepoint.compile.numbers import Numbers
from saddlepoint.model.model import Model
from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import Status
from saddlepoint.study.coupling.coupling import Coupled


def without_gaps(values: Array, gaps: Mask) -> Array:
    """The numbers with something harmless in the gaps, so that the other scenarios can be compiled."""
    known = values[~gaps & np.isfinite(values)]
    return np.where(gaps, known.mean() if len(known) else 0.0, values)


def dependents(answers: Iterable[Answer], model: Model, gaps: Mapping[str, Array]) -> Mask:
    """(S,) whether some of these answers (of the same scenarios) reads a gap; gaps: table → flat, 1 where one is."""
    out = np.zeros(0, dtype=bool)
    for answer in answers:
        problem = model.problem(answer.program.problem)
        numbers = Numbers(gaps, answer.program.scenarios, answer.which, {})
        out = out if len(out) else np.zeros(len(answer.which), dtype=bool)
        for variable in problem.variables.values():
            if variable.role == "data" and variable.table in gaps:
                read = numbers.of(variable)
                out |= read.reshape(len(read), -1).any(axis=1)
    return out


def mask(answer: Answer, rows: Mask, message: str) -> Answer:
    """The answer with these scenarios taken back: status error, no numbers."""
    solution = answer.solution
    uncertified = replace(
        solution,
        status=np.where(rows, np.int8(Status.ERROR), solution.status).astype(np.int8),
        certificates=solution.certificates.erased(rows),
        messages=_noted(solution.messages, rows, message),
    )
    return replace(answer.erased(rows), solution=uncertified)


def mask_loop(coupled: Coupled, rows: Mask, message: str) -> Coupled:
    """The verdict on a loop with these scenarios taken back."""
    return replace(
        coupled,
        answers={k: mask(a, rows, message) for k, a in coupled.answers.items()},
        joint=np.where(rows, np.nan, coupled.joint),
        found=np.where(rows, 0, coupled.found),
        notes=_noted(coupled.notes, rows, message),
        proof=coupled.proof.erased(rows),
    )


def _noted(notes: Notes, rows: Mask, message: str) -> Notes:
    return Notes({**notes, **dict.fromkeys(np.flatnonzero(rows).tolist(), message)})
