"""Which numbers of the data move together, and how fast: one cell, a sum of cells, or all of them by a factor."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Literal

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.errors import StudyError, suggest
from saddlepoint.labels import Axis, Domain
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.records import dataclass
from saddlepoint.study.diagnosis.case import Parametrised
from saddlepoint.study.scenarios.select import project

VaryMode = Literal["number", "added", "factor"]
"""What runs along a curve: the number of one cell, what is added to several, or what they are multiplied by."""
ALL: Final = "*"
_CELL: Final = re.compile(r"([^\[\]]+?)\s*(?:\[(.*)\])?")
_WEIGHT: Final = re.compile(r"\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*(?:\*|(?<=\s)(?=\w))\s*(?![\],])")
_SUM: Final = re.compile(r"\s([+-])\s(?![^\[\]]*\])")


@dataclass(frozen=True, slots=True, kw_only=True)
class DataDirection:
    """name: as written; weights: table → what one unit of the parameter adds to each of its cells (cells of the table,), or by
    what share of the number it changes them, if factor; single: whether it is one cell, whose number is the parameter itself;
    unit: of the parameter."""

    name: str
    weights: Mapping[str, Array]
    single: bool
    factor: bool
    unit: str

    @property
    def mode(self) -> VaryMode:
        """What the parameter is."""
        return "number" if self.single else "factor" if self.factor else "added"

    @property
    def now(self) -> float | None:
        """The parameter of the data as they are; None of a single cell, where the scenario says it."""
        return None if self.single else 1.0 if self.factor else 0.0


@dataclass(frozen=True, slots=True)
class DataPath:
    """The numbers of the tables that move, of one scenario: start + t · rate, each (cells within the scenario,); now: t as they are."""

    start: Mapping[str, Array]
    rate: Mapping[str, Array]
    now: float

    def at(self, t: Array) -> Mapping[str, Array]:
        """Table → (K, cells) for K parameters."""
        return {key: self.start[key] + t[:, None] * self.rate[key] for key in self.start}


def read_direction(text: str, model: Model, factor: bool = False) -> DataDirection:
    """`table[label, …]`, `*` for every item of a set, several joined by ` + ` and ` - `, each with a number in front if wanted.

    factor: the parameter multiplies the numbers. StudyError K502 (no such cell).
    """
    pieces = _SUM.split(" " + text.strip())
    weights: dict[str, Array] = {}
    named: list[str] = []
    cells = 0
    for sign, piece in zip(["+", *pieces[1::2]], pieces[::2], strict=True):
        found = _WEIGHT.match(piece)
        size = float(found[1]) if found is not None else 1.0
        table, part, name = _cells(piece[found.end() :] if found else piece.strip(), model)
        own = weights.setdefault(table, np.zeros(model.tables[table].domain.size))
        own[part] += size if sign == "+" else -size
        cells += 2 if ALL in name else len(part)
        told = f"{found[1]} * {name}" if found else name
        named.append(f" {sign} {told}" if named or sign == "-" else told)
    single = cells == 1 and not factor and sum(float(own.sum()) for own in weights.values()) == 1.0
    units = {model.tables[table].spec.unit for table in weights}
    unit = units.pop() if len(units) == 1 and not factor else ""
    return DataDirection(
        name="".join(named).strip(), weights=weights, single=single, factor=factor, unit=unit
    )


def path_of(direction: DataDirection, case: Parametrised, k: int) -> DataPath | None:
    """The data of the case's k-th scenario along a direction; None where none of its numbers move."""
    start: dict[str, Array] = {}
    rate: dict[str, Array] = {}
    now = direction.now
    for table, weights in direction.weights.items():
        if table not in case.sources:
            continue
        mine, values = weights[case.places(table, k)], case.values(table, k)
        if not mine.any():
            continue
        if direction.single:
            now = float(values @ mine)
        rate[table] = values * mine if direction.factor else mine
        still = values * mine * (direction.single or direction.factor)
        start[table] = values - still
    return DataPath(start, rate, now) if rate and now is not None else None


def scenarios_within(direction: DataDirection, which: Index, scenarios: Domain, model: Model) -> Index:
    """The scenarios (flat positions, of `which`) in which some number of the direction lies."""
    hit = np.zeros(len(which), np.bool_)
    for table, weights in direction.weights.items():
        hit |= _reads(model.tables[table], np.flatnonzero(weights), which, scenarios)
    return which[hit]


def _reads(info: TableInfo, cells: Index, which: Index, scenarios: Domain) -> Mask:
    splits = scenarios.only(info.splits.names)
    if not splits.axes:
        return np.ones(len(which), np.bool_)
    codes = dict(zip(info.domain.names, np.unravel_index(cells, info.domain.shape), strict=True))
    own: list[Index] = []
    for axis in splits.axes:
        mine = info.domain.axes[info.domain.names.index(axis.name)]
        place = np.array([axis.positions.get(label, -1) for label in mine.items])
        own.append(place[codes[axis.name]])
    there = np.all([part >= 0 for part in own], axis=0)
    flat = np.unique(np.ravel_multi_index([part[there] for part in own], splits.shape))
    return np.isin(project(which, scenarios, splits), flat)


def _cells(datum: str, model: Model) -> tuple[str, Index, str]:
    """Table, flat cells and full name of `table[label, …]`."""
    found = _CELL.fullmatch(datum.strip())
    if found is None and "[" in datum:
        table, _, labels = datum.strip().partition("[")
        fix = f"Write {table}[{labels.strip('[] ')}]."
        raise StudyError.of("K502", f"the brackets of {datum!r} do not close", fix=fix)
    table = found[1].strip() if found is not None else datum
    _check_table(table, model)
    info = model.tables[table]
    labels = [part.strip() for part in ((found[2] if found else "") or "").split(",") if part.strip()]
    axes = info.domain.axes
    if len(labels) != len(axes):
        sets = ", ".join(a.name for a in axes) or "no sets"
        fix = f"Write {table}[{', '.join(a.name for a in axes)}] with an item of each, or * for all of them."
        raise StudyError.of(
            "K502", f"{datum!r} names {_items(len(labels))}; {table!r} is over {sets}", fix=fix
        )
    codes = [_codes(label, axis) for label, axis in zip(labels, axes, strict=True)]
    if not axes:
        return table, np.zeros(1, np.int64), table
    flat = np.ravel_multi_index(np.ix_(*codes), info.domain.shape).reshape(-1)
    return table, flat, f"{table}[{', '.join(labels)}]"


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count or 'no'} items"


def _codes(label: str, axis: Axis) -> Index:
    if label == ALL:
        return np.arange(len(axis))
    if label not in axis.positions:
        message = f"{label!r} is not an item of {axis.name!r}"
        raise StudyError.of("K502", message, fix=suggest(label, axis.items))
    return np.array([axis.positions[label]])


def _check_table(table: str, model: Model) -> None:
    known = [t.key for t in model.inputs if not t.distributed]
    if table in model.tables and table not in known:
        why = "It is decided, or it holds distributions."
        fix = f"Input tables: {', '.join(known)}." if known else ""
        raise StudyError.of("K502", f"{table!r} is no input table of numbers", why=why, fix=fix)
    if table not in known:
        raise StudyError.of("K502", f"{table!r} is no table of numbers", fix=suggest(table, known))
