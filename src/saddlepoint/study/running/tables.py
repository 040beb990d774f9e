"""Answers as labelled tables: plans, prices, reduced costs, outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.compile.program import ColumnBlock, RowBlock
from saddlepoint.labels import Domain, Table
from saddlepoint.labels.by_row import columns_at
from saddlepoint.labels.column_units import joined_units
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.solve.label import Answer
from saddlepoint.study.scenarios.chunks import with_axes


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
    values: Array,
    block: ColumnBlock,
    info: TableInfo,
    scenarios: Domain,
    which: Index,
    column: str = "values",
    lacking: Mask | None = None,
    unit: str | None = None,
) -> Table:
    """As `columns_to_rest`, of one column."""
    return columns_to_rest({column: values}, block, info, scenarios, which, lacking, unit)


def columns_to_rest(
    columns: Mapping[str, Array | Mask],
    block: ColumnBlock,
    info: TableInfo,
    scenarios: Domain,
    which: Index,
    lacking: Mask | None = None,
    unit: str | None = None,
) -> Table:
    """Columns of numbers (S, cells of the block) as a Table over the table's domain within `scenarios`; rows: the decided cells.

    lacking: (S, cells) those that do not exist in a scenario, which have no row; None = all exist; unit: None = the table's.
    """
    domain = with_axes(info.domain, scenarios)
    where = positions(block.domain, scenarios.only(info.splits.names), domain, block.cells, which)
    return Table(
        info.key,
        domain,
        columns_at(domain.size, where, columns),
        rows=_rows(where, domain, lacking),
        unit=info.spec.unit if unit is None else unit,
        description=info.spec.description,
    )


def _rows(where: Index, domain: Domain, lacking: Mask | None = None) -> Index | None:
    if lacking is not None and lacking.any():
        return np.sort(where[~lacking])
    return None if where.size == domain.size else np.sort(where.reshape(-1))


def _lacking(numbers: Array, answer: Answer, sparse: bool) -> Mask | None:
    """Where numbers (S, cells) of answered scenarios are no numbers: those cells and rows do not exist there."""
    return np.isnan(numbers) & answer.answered[:, None] if sparse else None


def table_to_rest(table: Table, info: TableInfo, scenarios: Domain) -> Array:
    """A table's numbers by scenario: shape (scenarios, cells within one scenario)."""
    where = positions(info.rest, scenarios, info.domain, np.arange(info.rest.size), np.arange(scenarios.size))
    return table.columns["values"][where]


Located = tuple[Domain, Index]
"""Where the scenarios of an answer stand: a part of their domain, and their positions in it."""


def everywhere(answer: Answer) -> Located:
    """The scenarios of an answer in the whole domain of its problem."""
    return answer.program.scenarios, answer.which


def plan_tables(answer: Answer, model: Model, place: Located | None = None) -> Iterator[Table]:
    """One table for each decided table."""
    scenarios, which = place or everywhere(answer)
    for block in answer.program.columns:
        numbers, info = answer.values[block.table], model.tables[block.table]
        gone = _lacking(numbers, answer, answer.program.absences is not None)
        yield rest_to_table(numbers, block, info, scenarios, which, lacking=gone)


def reduced_costs(answer: Answer, model: Model, place: Located | None = None) -> Iterator[Table]:
    """One table for each decided table, with the column reduced_cost; its key is the table's."""
    scenarios, which = place or everywhere(answer)
    for block in answer.program.columns:
        numbers, info = answer.reduced_cost[block.table], model.tables[block.table]
        gone = _lacking(answer.values[block.table], answer, answer.program.absences is not None)
        yield rest_to_table(numbers, block, info, scenarios, which, "reduced_cost", gone, block.cost_unit)


def price_tables(answer: Answer, place: Located | None = None) -> Iterator[Table]:
    """One table for each constraint, over its coordinates and the scenario's: price, slack, binding, one-sided prices.

    Its key is the constraint's name. price_left, price_right: where several prices are right, those as the right-hand side
    falls and grows; else blank.
    """
    known = np.where(np.isnan(answer.price), np.nan, answer.binding)
    parts: dict[str, Array | Mask] = {"price": answer.price, "slack": answer.slack, "binding": known}
    parts |= {"price_left": answer.price_left, "price_right": answer.price_right}
    for block in answer.program.rows:
        units = joined_units(block.price_unit, {"slack": block.unit})
        yield row_table(answer, block, parts, place, units)


def row_table(
    answer: Answer, block: RowBlock, parts: Mapping[str, Array | Mask], place: Located | None, unit: str
) -> Table:
    """Columns (S, user's rows) of one constraint over its coordinates and the scenario's; what a scenario lacks has no row."""
    scenarios, which = place or everywhere(answer)
    domain = block.domain * scenarios.without(block.domain.names)
    rows = slice(block.start, block.start + block.size)
    where = positions(block.domain, scenarios, domain, block.cells, which)
    columns = columns_at(domain.size, where, {n: a[:, rows] for n, a in parts.items()})
    sparse = answer.program.presence is not None or answer.program.absences is not None
    gone = _lacking(answer.slack[:, rows], answer, sparse)
    return Table(
        block.name,
        domain,
        columns,
        rows=_rows(where, domain, gone),
        unit=unit,
        description=block.description or block.text,
    )
