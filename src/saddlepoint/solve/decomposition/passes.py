"""Passes over all outcomes, chunk by chunk and wherever these are; each is written down, so that a killed search goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from itertools import repeat
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index, Integers
from saddlepoint.records import dataclass
from saddlepoint.solve.decomposition.cuts import (
    MOST_FEASIBILITY_CUTS,
    ChunkCuts,
    Cut,
    Pass,
    PassQuery,
    chunk_cuts,
    keys,
    multipliers,
    pilot_basis,
)
from saddlepoint.solve.decomposition.two_stage import OutcomeChunk, TwoStage, of_chunks, recourse_problems
from saddlepoint.solve.interfaces import Deadline
from saddlepoint.solve.kernels.answer import Basis
from saddlepoint.solve.kernels.table import pays
from saddlepoint.solve.solution import Options

_PASSES: Final = 30
"""Passes that a problem takes, roughly."""
_SAMPLED: Final = 8
"""Chunks of which a sample is made."""
_PILOTS: Final = 512
"""Outcomes whose multipliers say where groups are parted."""


class Journal(Protocol):
    """What a search has found so far, kept where a killed process leaves it."""

    def steps(self) -> Iterable[Mapping[str, NDArray[Any]]]:
        """What was written down, in order."""
        ...

    def add(self, step: Mapping[str, NDArray[Any]]) -> None:
        """Write down one more step."""
        ...


Journals = Callable[[str], Journal]
"""The journal of a part of a search, by its name."""


def lateness(options: Options) -> Callable[[], bool]:
    """Asks whether the time limit is over, or a stop was asked for; from now on."""
    return Deadline.of(options).over


@dataclass(slots=True, kw_only=True)
class Passes:
    """Passes over a problem. groups: cuts of a pass at most. The state: the basis from which the kernel starts, the groups (edges between
    them, the labels of every chunk's outcomes), and how many passes there were."""

    problem: TwoStage
    options: Options
    groups: int
    journal: Journal | None = None
    basis: Basis | None = None
    edges: Array | None = None
    labels: list[Integers] | None = None
    count: int = 0
    deadline: Deadline = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = Deadline.of(self.options)

    def at(self, x: Array) -> Pass:
        """One pass: all outcomes at x. Raises NoCut."""
        if self.labels is None:
            self._begin(x)
        self.count += 1
        edges = None if self.groups >= self.problem.size else self.edges
        asked = PassQuery(x=x, options=self.deadline.within(self.options), basis=self.basis, edges=edges)
        known = repeat(None) if self.labels is None else self.labels
        given = ((asked, start, some) for start, some in zip(self.problem.starts, known, strict=False))
        sums, labels, lacking = np.zeros((0, len(x) + 1)), list[Integers](), list[Cut]()
        for part in self.problem.each(chunk_cuts, given):
            found: ChunkCuts = part
            sums = _added(sums, found.sums)
            labels.append(found.labels)
            lacking += found.lacking
        if lacking:
            worst = sorted(lacking, key=lambda cut: -cut.value)[:MOST_FEASIBILITY_CUTS]
            return self._kept(x, Pass(np.inf, tuple(worst)), None)
        new = labels if self.labels is None else None
        self.labels = labels if self.labels is None else self.labels
        cuts = tuple(Cut(group=k, value=float(r[0]), slope=r[1:], at=x) for k, r in enumerate(sums))
        return self._kept(x, Pass(float(sums[:, 0].sum()), cuts), new)

    @property
    def group_of(self) -> Index:
        """(S,) the group of every outcome."""
        return np.concatenate([np.zeros(0, np.int64), *(self.labels or ())]).astype(np.int64)

    def recalled(self) -> list[tuple[Array, Pass]]:
        """The passes written down by a search before this one, and where they were made."""
        found: list[tuple[Array, Pass]] = []
        for step in self.journal.steps() if self.journal is not None else ():
            found.append((step["x"], _read(step)))
            if "labels" in step:
                self.labels = np.split(step["labels"], np.cumsum(self.problem.sizes)[:-1])
        if found:
            self._begin(found[0][0])
            self.count = len(found)
        return found

    def _begin(self, x: Array) -> None:
        """The basis of the mean outcome (None where the kernel is not for these problems, or too few to be compiled for), and where the groups
        are parted."""
        first = self.problem.sources[0]()
        batch = recourse_problems(first, x)
        if self.count == 0 and pays("simplex", batch, _PASSES * self.problem.size):
            self.basis = pilot_basis(batch)
        some = np.unique(np.linspace(0, batch.size - 1, min(_PILOTS, batch.size)).astype(np.int64))
        y, _ = multipliers(batch.take(some), self.basis, self.deadline.within(self.options))
        self.edges = np.unique(np.quantile(keys(y), np.linspace(0, 1, self.groups + 1)[1:-1]))

    def _kept(self, x: Array, found: Pass, labels: list[Integers] | None) -> Pass:
        if self.journal is not None:
            more = {} if labels is None else {"labels": np.concatenate(labels)}
            self.journal.add({"x": x, **_written(found), **more})
        return found


def _added(total: Array, more: Array) -> Array:
    if len(more) > len(total):
        total = np.concatenate([total, np.zeros((len(more) - len(total), total.shape[1]))])
    total[: len(more)] += more
    return total


def _written(found: Pass) -> dict[str, NDArray[Any]]:
    cuts = found.cuts
    out = {
        "cost": np.array([found.cost]),
        "group": np.array([cut.group for cut in cuts]),
        "value": np.array([cut.value for cut in cuts]),
        "slope": np.array([cut.slope for cut in cuts]),
    }
    if cuts and cuts[0].group < 0:
        out |= {
            "outcome": np.array([cut.outcome for cut in cuts]),
            "farkas": np.array([cut.farkas for cut in cuts]),
        }
    return out


def _read(step: Mapping[str, NDArray[Any]]) -> Pass:
    count = len(step["value"])
    outcome = step.get("outcome", np.full(count, -1)).tolist()
    farkas = step.get("farkas")
    cuts = tuple(
        Cut(
            group=int(step["group"][k]), value=float(step["value"][k]), slope=step["slope"][k], at=step["x"],
            outcome=outcome[k], farkas=None if farkas is None else farkas[k],
        )
        for k in range(count)
    )  # fmt: skip
    return Pass(float(step["cost"][0]), cuts)


def sampled(problem: TwoStage, most: int) -> TwoStage:
    """The same problem with some outcomes of some chunks far apart (outcomes may come in an order), as likely as all together."""
    chosen = np.unique(np.linspace(0, len(problem.sources) - 1, _SAMPLED).astype(np.int64)).tolist()
    parts: list[OutcomeChunk] = []
    for k in chosen:
        chunk, each = problem.sources[k](), most // len(chosen)
        rows = np.unique(np.linspace(0, chunk.batch.size - 1, min(each, chunk.batch.size)).astype(np.int64))
        parts.append(OutcomeChunk(chunk.batch.take(rows), chunk.shares[rows]))
    whole = sum(float(part.shares.sum()) for part in parts)
    return of_chunks(problem.first, [replace(part, shares=part.shares / whole) for part in parts])
