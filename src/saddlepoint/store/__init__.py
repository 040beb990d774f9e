"""Numbers at rest: sets, tables, results and the history of runs in one SQLite file."""

from saddlepoint.store.connection import Store
from saddlepoint.store.contents import altered, content
from saddlepoint.store.faults import damaged
from saddlepoint.store.identifiers import (
    coordinate,
    initial_table,
    price_table,
    reduced_cost_table,
    report_table,
    reserved,
    set_table,
)
from saddlepoint.store.kept import drop_kept, find_kept, keep_current, kept_runs
from saddlepoint.store.lease import hold
from saddlepoint.store.leftovers import Leftover, clean, leftovers
from saddlepoint.store.notes import keep_notes, read_notes
from saddlepoint.store.opening import DATABASE, MODEL_FILE, database_of, open_store, refuse_triggers
from saddlepoint.store.origin import made_by_cvxlab
from saddlepoint.store.owner import note_owner, refuse_other
from saddlepoint.store.plain_views import best_across, renew_views
from saddlepoint.store.restore import restore_kept
from saddlepoint.store.run_records import (
    ConvergenceRecords,
    InputHashes,
    Outcomes,
    RunRecord,
    ScenarioRecords,
)
from saddlepoint.store.runs import (
    count_outcomes,
    forget_details,
    history,
    joint_gaps,
    last_convergence,
    last_outcomes,
    loaded_hashes,
    note_loaded,
    objective_ranges,
    outcome_count,
    run_objectives,
    run_outcomes,
)
from saddlepoint.store.sets import SetChange, SetRows, keep_sets, read_sets
from saddlepoint.store.staging import Staged, places, stage
from saddlepoint.store.stale import AT_REST, Inputs, Stale, changes, loaded_inputs, mark_stale, stale
from saddlepoint.store.tables import (
    CatalogueEntry,
    RowFilter,
    Shown,
    TableChange,
    catalogue,
    forget_table,
    has_numbers,
    keep_table,
    note,
    read_table,
    show_rows,
    table_names,
)
from saddlepoint.store.totals import Totals, adds_up, counts, largest, largest_size, measure, sums_by, totals

__all__ = [
    "AT_REST",
    "DATABASE",
    "MODEL_FILE",
    "CatalogueEntry",
    "ConvergenceRecords",
    "InputHashes",
    "Inputs",
    "Leftover",
    "Outcomes",
    "RowFilter",
    "RunRecord",
    "ScenarioRecords",
    "SetChange",
    "SetRows",
    "Shown",
    "Staged",
    "Stale",
    "Store",
    "TableChange",
    "Totals",
    "adds_up",
    "altered",
    "best_across",
    "catalogue",
    "changes",
    "clean",
    "content",
    "coordinate",
    "count_outcomes",
    "counts",
    "damaged",
    "database_of",
    "drop_kept",
    "find_kept",
    "forget_details",
    "forget_table",
    "has_numbers",
    "history",
    "hold",
    "initial_table",
    "joint_gaps",
    "keep_current",
    "keep_notes",
    "keep_sets",
    "keep_table",
    "kept_runs",
    "largest",
    "largest_size",
    "last_convergence",
    "last_outcomes",
    "leftovers",
    "loaded_hashes",
    "loaded_inputs",
    "made_by_cvxlab",
    "mark_stale",
    "measure",
    "note",
    "note_loaded",
    "note_owner",
    "objective_ranges",
    "open_store",
    "outcome_count",
    "places",
    "price_table",
    "read_notes",
    "read_sets",
    "read_table",
    "reduced_cost_table",
    "refuse_other",
    "refuse_triggers",
    "renew_views",
    "report_table",
    "reserved",
    "restore_kept",
    "run_objectives",
    "run_outcomes",
    "set_table",
    "show_rows",
    "stage",
    "stale",
    "sums_by",
    "table_names",
    "totals",
]
