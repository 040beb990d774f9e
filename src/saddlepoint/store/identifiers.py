"""Names of tables and columns: how they are made from keys, which are ours, and how they are quoted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from saddlepoint.errors import Diagnostic, Mark, StoreError

PRICE: Final = "price_"
REDUCED_COST: Final = "reduced_cost_"
PRICE_RANGE: Final = "range_price_"
COST_RANGE: Final = "range_cost_"
INPUT_RANGE: Final = "range_input_"
REPORT: Final = "report_"
INITIAL: Final = "_initial_"
SET: Final = "_set_"


def quote(name: str) -> str:
    """The name as an SQL identifier; StoreError if SQLite cannot hold it."""
    if not name or "\0" in name or not _encodable(name):
        raise StoreError.of(
            "B010",
            f"{name!r} cannot name a table or column.",
            why="A name in SQLite is text without NUL characters and has at least one character.",
            fix="Rename the set, table or constraint.",
        )
    return '"' + name.replace('"', '""') + '"'


def coordinate(set_key: str) -> str:
    """The column that holds the labels of a set."""
    return f"{set_key}_Name"


def set_table(set_key: str) -> str:
    """The table that holds the items of a set."""
    return SET + set_key.upper()


def initial_table(table_key: str) -> str:
    """The table that holds the starting values of a hybrid table, as given in the input files."""
    return INITIAL + table_key


def price_table(constraint: str, problem: str = "") -> str:
    """The table that holds the prices of a constraint; problem "" is the unnamed one."""
    return f"{PRICE}{problem}_{constraint}" if problem else PRICE + constraint


def report_table(figure: str, problem: str = "") -> str:
    """The table that holds a figure of the report; problem "" is the unnamed one."""
    return f"{REPORT}{problem}_{figure}" if problem else REPORT + figure


def reduced_cost_table(table_key: str) -> str:
    """The table that holds the reduced costs of an endogenous table."""
    return REDUCED_COST + table_key


def price_range_table(constraint: str, problem: str = "") -> str:
    """The table that holds how far the prices of a constraint hold; problem "" is the unnamed one."""
    return f"{PRICE_RANGE}{problem}_{constraint}" if problem else PRICE_RANGE + constraint


def cost_range_table(table_key: str) -> str:
    """The table that holds how far the plans of an endogenous table hold as a cost moves."""
    return COST_RANGE + table_key


def input_range_table(table_key: str, problem: str = "") -> str:
    """The table of how far the numbers of an input table may move in a problem."""
    return f"{INPUT_RANGE}{problem}_{table_key}" if problem else INPUT_RANGE + table_key


_FOLDED: Final = {c: c + 32 for c in range(ord("A"), ord("Z") + 1)}


def fold(name: str) -> str:
    """The form under which SQLite takes two names for the same (only A–Z are folded)."""
    return name.lower() if name.isascii() else name.translate(_FOLDED)


def checked_names(names: Sequence[str], owner: str) -> Sequence[str]:
    """The names themselves; StoreError if SQLite would take two of them for the same."""
    first: dict[str, str] = {}
    found: list[Diagnostic] = []
    for name in names:
        if fold(name) in first:
            found.append(_clash(first[fold(name)], name, owner))
        first.setdefault(fold(name), name)
    if found:
        raise StoreError(found)
    return names


def _clash(one: str, other: str, owner: str) -> Diagnostic:
    return Diagnostic(
        "B010",
        f"{one!r} and {other!r} would be the same name in SQLite.",
        Mark(owner),
        why="SQLite does not tell upper from lower case in the names of tables and columns.",
        fix="Rename one of the two.",
    )


def _encodable(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
