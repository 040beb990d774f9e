"""The order in which a person reads the tables of a model: what is decided, what follows, what it is worth, what was given."""

from __future__ import annotations

from saddlepoint.model.model import Model
from saddlepoint.store import price_table, report_table
from saddlepoint.store.identifiers import reduced_cost_table


def table_order(model: Model) -> tuple[str, ...]:
    """Names of the tables of the store: plans, figures, prices, reduced costs, inputs, each as the settings have them."""
    decided = [t for p in model.problems for t in p.decides]
    figures = [report_table(one.name, p.key) for p in model.problems for one in p.reports]
    prices = [price_table(one.name, p.key) for p in model.problems for one in p.constraints]
    reduced = [reduced_cost_table(t) for t in decided]
    given = [info.key for info in model.inputs]
    ranks = [t for t in model.tables if t in decided]
    return tuple(dict.fromkeys([*ranks, *decided, *figures, *prices, *reduced, *given, *model.tables]))
