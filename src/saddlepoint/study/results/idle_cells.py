"""Cells of decided tables that no formula decides: of hybrid tables they hold their input, in folders of CVXlab they are there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Index, Mask
from saddlepoint.labels import Domain, Table
from saddlepoint.model.seen_cells import blank_table, seen_cells
from saddlepoint.store.staging import flat_places
from saddlepoint.study.running.plan import Plan


def with_idle(tables: Iterable[Table], plan: Plan) -> Iterator[Table]:
    """Decided tables with rows for the cells that are not decided, in the scenarios that they have."""
    for table in tables:
        yield table if table.rows is None else _filled(table, table.rows, plan)


def unread_tables(plan: Plan) -> Iterator[Table]:
    """In folders of CVXlab, the endogenous tables that no problem decides: all blank."""
    if not plan.model.lenient:
        return
    decided = {key for problem in plan.model.problems for key in problem.decides}
    for info in plan.model.tables.values():
        if info.spec.kind in ("endogenous", "hybrid") and info.key not in decided:
            yield blank_table(plan.model, info)


def _filled(table: Table, rows: Index, plan: Plan) -> Table:
    info = plan.model.tables.get(table.key)
    if info is None or info.spec.where is not None:
        return table
    given = plan.fetched.initial.get(table.key)
    if given is None and not plan.model.lenient:
        return table
    whole = flat_places(replace(table, rows=None), info.domain)
    values = np.full(len(whole), np.nan) if given is None else given.columns["values"][whole]
    wanted = seen_cells(plan.model, info)[whole] & (~np.isnan(values) | plan.model.lenient)
    idle = wanted & _of_scenarios(table.domain, info.splits.names, rows)
    idle[rows] = False
    if not idle.any():
        return table
    columns = dict(table.columns)
    columns["values"] = np.where(idle, values, columns["values"])
    every = np.union1d(rows, np.flatnonzero(idle))
    return replace(table, columns=columns, rows=None if len(every) == table.domain.size else every)


def _of_scenarios(domain: Domain, splits: Iterable[str], rows: Index) -> Mask:
    """The cells that lie in a scenario of some row."""
    names = list(splits)
    if not names or not domain.axes:
        return np.ones(domain.size, dtype=bool)
    codes = np.unravel_index(np.arange(domain.size), domain.shape)
    kept = [domain.position(name) for name in names]
    scenario = np.ravel_multi_index([codes[k] for k in kept], [domain.shape[k] for k in kept])
    return np.isin(scenario, scenario[rows])
