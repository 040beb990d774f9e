"""Numbers at rest: sets, tables, results and the history of runs in one SQLite file."""

from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import coordinate, price_table, report_table
from saddlepoint.store.opening import DATABASE, database_of, open_store
from saddlepoint.store.run_records import Outcomes, RunRecord
from saddlepoint.store.runs import count_outcomes, history, last_outcomes
from saddlepoint.store.staging import stage
from saddlepoint.store.stale import Inputs
from saddlepoint.store.tables import CatalogueEntry, Shown, catalogue, show_rows
from saddlepoint.store.totals import sums_by

__all__ = [
    "DATABASE",
    "CatalogueEntry",
    "Inputs",
    "Outcomes",
    "RunRecord",
    "Shown",
    "Store",
    "catalogue",
    "coordinate",
    "count_outcomes",
    "database_of",
    "history",
    "last_outcomes",
    "open_store",
    "price_table",
    "report_table",
    "show_rows",
    "stage",
    "sums_by",
]
