"""Answers as labelled tables: plans, prices, reduced costs, outcomes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from saddlepoint.compile.program import ColumnBlock, RowBlock
from saddlepoint.labels import Domain, Table
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.solve.label import Answer

Index = NDArray[np.int64]
Floats = NDArray[np.float64]


def positions(rest: Domain, scenarios: Domain, domain: Domain, cells: Index, which: Index) -> Index:
    """Flat positions in `domain` (rest × scenarios in any order of axes) of cells by scenarios, shape (S, cells)."""
    strides = _strides(domain)
    return _offsets(which, scenarios, strides)[:, None] + _offsets(cells, rest, strides)[None, :]


def _strides(domain: Domain) -> dict[str, int]:
    strides: dict[str, int] = {}
    size = 1
    for axis in reversed(domain.axes):
        strides[axis.name] = size
        size *= len(axis)
    return strides


def _offsets(flat: Index, domain: Domain, strides: dict[str, int]) -> Index:
    if not domain.axes:
        return np.zeros(len(flat), dtype=np.int64)
    codes = np.unravel_index(flat, domain.shape)
    return np.sum([c * strides[n] for c, n in zip(codes, domain.names, strict=True)], axis=0)


def rest_to_table(
    values: Floats,
    block: ColumnBlock,
    info: TableInfo,
    scenarios: Domain,
    which: Index,
    column: str = "values",
) -> Table:
    """Numbers (S, cells of the block) as a Table over the table's own domain; rows: the cells that are decided."""
    own = scenarios.only(info.splits.names)
    where = positions(block.domain, own, info.domain, block.cells, which)
    out = np.full(info.domain.size, np.nan)
    out[where] = values
    return Table(
        info.key, info.domain, {column: out}, _rows(where, info.domain), info.spec.unit, info.spec.description
    )


def _rows(where: Index, domain: Domain) -> Index | None:
    return None if where.size == domain.size else np.sort(where.reshape(-1))


def table_to_rest(table: Table, info: TableInfo, scenarios: Domain) -> Floats:
    """A table's numbers by scenario: shape (scenarios, cells within one scenario)."""
    where = positions(info.rest, scenarios, info.domain, np.arange(info.rest.size), np.arange(scenarios.size))
    return table.columns["values"][where]


def plans(answer: Answer, model: Model) -> Iterator[Table]:
    """One table for each decided table."""
    for block in answer.program.columns:
        info = model.tables[block.table]
        yield rest_to_table(answer.values[block.table], block, info, answer.program.scenarios, answer.which)


def reduced_costs(answer: Answer, model: Model) -> Iterator[Table]:
    """One table for each decided table, with the column reduced_cost; its key is the table's."""
    for block in answer.program.columns:
        info = model.tables[block.table]
        yield rest_to_table(
            answer.reduced_cost[block.table],
            block,
            info,
            answer.program.scenarios,
            answer.which,
            "reduced_cost",
        )


def prices(answer: Answer) -> Iterator[Table]:
    """One table for each constraint: price, slack, binding; its key is the constraint's name."""
    for block in answer.program.rows:
        yield price_table(answer, block)


def price_table(answer: Answer, block: RowBlock) -> Table:
    """Prices and slacks of one constraint over its coordinates and the scenario's."""
    scenarios = answer.program.scenarios
    domain = block.domain * scenarios.without(block.domain.names)
    rows = slice(block.start, block.start + block.size)
    where = positions(block.domain, scenarios, domain, np.arange(block.size), answer.which)
    columns: dict[str, NDArray[np.float64]] = {}
    for name, array in (("price", answer.price), ("slack", answer.slack), ("binding", answer.binding)):
        out = np.full(domain.size, np.nan)
        out[where] = array[:, rows]
        columns[name] = out
    columns["binding"][where[~answer.answered]] = np.nan
    return Table(
        block.name, domain, columns, _rows(where, domain), description=block.description or block.text
    )
