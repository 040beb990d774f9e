"""The figures of a report: expressions of plans, data, prices and slacks, evaluated once the answers are there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from saddlepoint.arrays import Array, Mask
from saddlepoint.compile.numbers import Numbers
from saddlepoint.expr.named import spanning
from saddlepoint.expr.node import Node
from saddlepoint.expr.value import evaluate
from saddlepoint.labels import Domain, Table
from saddlepoint.model.model import Model
from saddlepoint.model.row_domain import row_domain
from saddlepoint.solve.label import Answer
from saddlepoint.study.running.tables import Located, everywhere, positions


def report_tables(
    answer: Answer, model: Model, flat: Mapping[str, Array], place: Located | None = None
) -> Iterator[Table]:
    """One table for each figure of the problem, NaN where a scenario has no answer or the figure no number.

    flat: the numbers of the input tables.
    """
    problem = model.problem(answer.program.problem)
    if not problem.reports:
        return
    numbers = Numbers(flat, answer.program.scenarios, answer.which, found_numbers(answer, model))
    for report in problem.reports:
        domain = row_domain(report.node.facts)
        values = evaluate(report.node, numbers.of)
        wide = np.broadcast_to(values, (len(answer.which), *report.node.facts.shape)).reshape(
            len(answer.which), -1
        )
        there = np.isfinite(wide) & _there(report.node, numbers)
        wide = np.where(answer.answered[:, None] & there, wide, np.nan)
        yield _table(
            report.name,
            domain,
            wide,
            place or everywhere(answer),
            report.unit,
            report.description or report.text,
        )


def _there(node: Node, numbers: Numbers) -> Mask:
    """(S | 1, cells) where a figure has a value (skip=True leaves some out)."""
    if node.present is None:
        return np.ones((1, 1), dtype=bool)
    holds = evaluate(spanning(node.present, node.facts), numbers.of)
    return np.broadcast_to(holds, (len(holds), *node.facts.shape)).reshape(len(holds), -1) != 0


def _table(name: str, domain: Domain, values: Array, place: Located, unit: str, description: str) -> Table:
    scenarios, which = place
    whole = domain * scenarios.without(domain.names)
    where = positions(domain, scenarios, whole, np.arange(domain.size), which)
    out = np.full(whole.size, np.nan)
    out[where] = values
    rows = None if where.size == whole.size else np.sort(where.reshape(-1))
    return Table(name, whole, {"values": out}, rows=rows, unit=unit, description=description)


def found_numbers(answer: Answer, model: Model) -> Mapping[str, Array]:
    """Plans, prices and slacks as tables over one scenario each: key → (S, cells); cells that do not exist are 0."""
    found = decided_numbers(answer, model)
    for block in answer.program.rows:
        for word, array in (("price", answer.price), ("slack", answer.slack)):
            whole = np.zeros((len(answer.which), block.domain.size))
            whole[:, block.cells] = np.nan_to_num(array[:, block.start : block.start + block.size])
            found[f"{word} {block.name}"] = whole
    return found


def decided_numbers(answer: Answer, model: Model) -> dict[str, Array]:
    """Plans alone, in the same form."""
    found: dict[str, Array] = {}
    for block in answer.program.columns:
        whole = np.zeros((len(answer.which), model.tables[block.table].rest.size))
        whole[:, block.cells] = np.nan_to_num(answer.values[block.table])
        found[block.table] = whole
    return found
