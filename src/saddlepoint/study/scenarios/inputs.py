"""What scenarios read: the numbers of one, the differences of two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from saddlepoint.errors import StudyError
from saddlepoint.labels import Domain, Table
from saddlepoint.records import dataclass
from saddlepoint.study.scenarios.select import labels_of


@dataclass(frozen=True, slots=True, kw_only=True)
class InputDifference:
    """One cell that two scenarios read differently; labels: its coordinates beside those of the scenarios."""

    table: str
    column: str
    labels: Mapping[str, str]
    first: float | str
    second: float | str


@dataclass(frozen=True, slots=True)
class InputCell:
    """One cell that belongs to a scenario."""

    table: str
    column: str
    labels: Mapping[str, str]
    number: float | str


def scenario_inputs(
    domain: Domain, tables: Iterable[Table], first: str, second: str
) -> Iterator[InputDifference]:
    """The cells of input tables that two runs, or two scenarios, read differently.

    first, second: choices as in study.scenarios.select.select, without ranges. StudyError K101, K102, K104, K110.
    """
    one, other = labels_of(domain, first), labels_of(domain, second)
    if one.keys() != other.keys():
        message = f"{first!r} and {second!r} do not fix the same scenario sets"
        fix = f"Name two of the same sets: {first!r} fixes {_names(one)}, {second!r} fixes {_names(other)}."
        raise StudyError.of("K110", message, fix=fix)
    for table in tables:
        a, b = table.slice(_own(one, table)), table.slice(_own(other, table))
        for name in a.columns:
            for k in np.flatnonzero(_differ(a.columns[name], b.columns[name])).tolist():
                cell = a.domain.named(k)
                yield InputDifference(
                    table=table.key,
                    column=name,
                    labels=cell,
                    first=a.columns[name][k].item(),
                    second=b.columns[name][k].item(),
                )


def readings(domain: Domain, tables: Iterable[Table], choice: str) -> Iterator[InputCell]:
    """The cells of input tables that depend on the sets which a choice fixes; StudyError K101, K102, K104."""
    labels = labels_of(domain, choice)
    for table in tables:
        own = _own(labels, table)
        if not own:
            continue
        part = table.slice(own)
        for name, column in part.columns.items():
            for k in range(part.domain.size):
                cell = part.domain.named(k)
                yield InputCell(table.key, name, cell, column[k].item())


def _own(labels: Mapping[str, str], table: Table) -> dict[str, str]:
    return {name: label for name, label in labels.items() if name in table.domain}


def _differ(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a != b) if a.dtype.kind == "U" else (a != b) & ~(np.isnan(a) & np.isnan(b))


def _names(labels: Mapping[str, str]) -> str:
    return ", ".join(labels) or "none"
