"""How far prices and plans hold, as labelled tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from saddlepoint.errors import StudyError
from saddlepoint.labels import Table
from saddlepoint.labels.column_units import joined_units
from saddlepoint.model.model import Model
from saddlepoint.solve.diagnosis.ranges import Ranges
from saddlepoint.solve.label import Answer
from saddlepoint.store.identifiers import cost_range_table, price_range_table
from saddlepoint.study.running.tables import Located, columns_to_rest, everywhere, row_table

PRICE_COLUMNS = {
    "right_side": "side",
    "low": "side_low",
    "high": "side_high",
    "price_left": "price_left",
    "price_right": "price_right",
    "exact": "side_exact",
}
COST_COLUMNS = {
    "cost": "cost",
    "low": "cost_low",
    "high": "cost_high",
    "plan_left": "plan_left",
    "plan_right": "plan_right",
    "exact": "cost_exact",
}


def range_tables(
    problem: str, answer: Answer, ranges: Ranges, model: Model, place: Located | None = None
) -> Iterator[Table]:
    """All of them, under the names that they are stored by."""
    for table in price_ranges(answer, ranges, place):
        yield replace(table, key=price_range_table(table.key, problem))
    for table in cost_ranges(answer, ranges, model, place):
        yield replace(table, key=cost_range_table(table.key))


def price_ranges(answer: Answer, ranges: Ranges, place: Located | None = None) -> Iterator[Table]:
    """One table for each constraint: its right-hand side, and from where to where the price on either side holds."""
    parts = {name: getattr(ranges, field) for name, field in PRICE_COLUMNS.items()}
    for block in answer.program.rows:
        yield row_table(
            answer,
            block,
            parts,
            place,
            joined_units(block.unit, {"price_left, price_right": block.price_unit}),
        )


def cost_ranges(
    answer: Answer, ranges: Ranges, model: Model, place: Located | None = None
) -> Iterator[Table]:
    """One table for each decided table: the cost of every decision, and from where to where the amount on either side holds."""
    scenarios, which = place or everywhere(answer)
    for block in answer.program.columns:
        cells = slice(block.start, block.start + len(block.cells))
        parts = {name: getattr(ranges, field)[:, cells] for name, field in COST_COLUMNS.items()}
        unit = joined_units(block.cost_unit, {"plan_left, plan_right": block.unit})
        yield columns_to_rest(parts, block, model.tables[block.table], scenarios, which, unit=unit)


def check_ranges(found: Mapping[str, Ranges]) -> None:
    """StudyError K740 where no problem that has answers is linear."""
    if not found:
        why = "ranges follow from an optimal basis, which problems with squares, cones, integers or products of decisions, in loops or with priorities do not have"
        fix = (
            "`saddle vary` traces a number of a quadratic problem, runs in scenarios.yml solve others again."
        )
        raise StudyError.of("K740", "no problem of this model has ranges", why=f"{why}.", fix=fix)
