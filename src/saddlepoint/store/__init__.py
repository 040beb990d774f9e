"""Numbers at rest: sets, tables, results and the history of runs in one SQLite file."""

from saddlepoint.store.connection import Store
from saddlepoint.store.identifiers import (
    coordinate,
    initial_table,
    price_table,
    reduced_cost_table,
    reserved,
    set_table,
)
from saddlepoint.store.import_cvxlab import Adoption
from saddlepoint.store.opening import open_store
from saddlepoint.store.runs import (
    ConvergenceRecords,
    Outcomes,
    RunRecord,
    ScenarioRecords,
    forget_details,
    history,
    last_outcomes,
    loaded_hashes,
)
from saddlepoint.store.sets import SetChange, SetRows, keep_sets, read_sets
from saddlepoint.store.staging import Leftover, Staged, clean, leftovers, places, stage
from saddlepoint.store.tables import (
    Change,
    Shown,
    TableInfo,
    catalogue,
    forget_table,
    keep_table,
    read_table,
    show_rows,
    table_names,
)

__all__ = [
    "Adoption",
    "Change",
    "ConvergenceRecords",
    "Leftover",
    "Outcomes",
    "RunRecord",
    "ScenarioRecords",
    "SetChange",
    "SetRows",
    "Shown",
    "Staged",
    "Store",
    "TableInfo",
    "catalogue",
    "clean",
    "coordinate",
    "forget_details",
    "forget_table",
    "history",
    "initial_table",
    "keep_sets",
    "keep_table",
    "last_outcomes",
    "leftovers",
    "loaded_hashes",
    "open_store",
    "places",
    "price_table",
    "read_sets",
    "read_table",
    "reduced_cost_table",
    "reserved",
    "set_table",
    "show_rows",
    "stage",
    "table_names",
]
