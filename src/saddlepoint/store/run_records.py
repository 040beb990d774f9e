"""What is kept of a run: the run itself, the outcomes of its scenarios, its way to convergence, as records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, field
from typing import Any

from numpy.typing import NDArray

from saddlepoint.arrays import Array, Index
from saddlepoint.labels import Domain
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class InputHashes:
    """What a run was made from: hashes of the settings files and of the input files by name, and of the input tables by key."""

    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run.

    started: ISO 8601, UTC; seconds: wall time; exit: exit code, None = did not finish; name, note: what a person called it;
    kept: whether its inputs and results are kept beside the current ones; contents: what it was made from, by part.
    """

    started: str
    command: str
    _: KW_ONLY
    options: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    settings_hash: str = ""
    inputs_hash: str = ""
    seconds: float | None = None
    exit: int | None = None
    id: int | None = None
    name: str = ""
    note: str = ""
    kept: bool = False
    contents: InputHashes = field(default_factory=InputHashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRecords:
    """The outcome of one problem in n scenarios.

    domain: the scenario axes; positions: flat positions of the n scenarios; status, solver, route: words, a single one
    stands for all; numbers: column → array of shape (n,), NaN = none; exact: scenario → the optimum proven in rational
    arithmetic, as text. A column that the table lacks is added to it.
    """

    problem: str
    domain: Domain
    positions: Index
    status: str | Sequence[str]
    solver: str | Sequence[str]
    route: str | Sequence[str]
    numbers: Mapping[str, NDArray[Any]]
    exact: Mapping[int, str] = field(default_factory=dict[int, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvergenceRecords:
    """n changes of tables between sweeps, one row each; scenario: flat position in domain; all of shape (n,)."""

    domain: Domain
    scenario: Index
    iteration: Index
    table: str | Sequence[str]
    change: Array
    threshold: Array


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """How many scenarios of a problem have a status in one run; residual: the largest number of their certificates;
    gap: that of the gaps to a bound; besides: the largest of the others."""

    problem: str
    status: str
    count: int
    residual: float
    gap: float = 0.0
    besides: float = 0.0
