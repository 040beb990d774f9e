"""What a new model folder holds, and blanks to fill: settings, sets, input tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from saddlepoint.declare.data import BOOK, INPUTS
from saddlepoint.declare.items import parent_column, set_tab, titles_of
from saddlepoint.declare.problems import TOP_KEYS
from saddlepoint.declare.read import WORKBOOK
from saddlepoint.declare.schema import SET_KEYS, TABLE_KEYS, USE_KEYS, VARIABLE_KEYS
from saddlepoint.declare.set_files import SETS
from saddlepoint.declare.spec import SetItems, Spec
from saddlepoint.declare.workbook import VARIABLE_UNIT
from saddlepoint.files import Sheet, distinct_names, inside, write_csv, write_workbook
from saddlepoint.files.atomic import write_text
from saddlepoint.files.paths import refuse_taken

FileLayout = Literal["workbook", "workbooks", "csv"]

_SETS_EXAMPLE: Final = """\
# Products:
#     description: what is made
#
# Scenarios:
#     description: what may happen
#     split_problem: true
"""
_VARIABLES_EXAMPLE: Final = """\
# production:
#     type: endogenous
#     coordinates: [Products, Scenarios]
#     variables_info:
#         x:
#             Products: {dim: cols}
#
# profit:
#     type: exogenous
#     coordinates: [Products]
#     variables_info:
#         c:
#             Products: {dim: cols}
"""
_PROBLEM_EXAMPLE: Final = """\
# objective:
#     - Maximize(c @ tran(x))
#
# expressions:
#     - energy: e @ tran(x) <= E
#     - x >= 0
#
# description:
#     - total profit
#     - energy use within what is available
"""


def skeleton_texts() -> dict[str, str]:
    """File name → text of the three YAML files of a new model: an example and every key, as comments."""
    variables = [
        *_explained("Keys of a table", TABLE_KEYS),
        *_explained("Keys of a variable, beside the keys of the sets", VARIABLE_KEYS),
        *_explained("Keys of a set below a variable", USE_KEYS),
    ]
    return {
        "structure_sets.yml": _page(
            "The sets: lists of items", _SETS_EXAMPLE, _explained("Keys of a set", SET_KEYS)
        ),
        "structure_variables.yml": _page("The tables and their variables", _VARIABLES_EXAMPLE, variables),
        "problem.yml": _page("The problem", _PROBLEM_EXAMPLE, _explained("Keys of a problem", TOP_KEYS)),
    }


def skeleton_sheets() -> tuple[Sheet, ...]:
    """The tabs of a blank model_settings.xlsx."""
    table_keys = [key for key in TABLE_KEYS if key not in {"integer", "variables_info"}]
    variable_keys = [VARIABLE_UNIT if key == "unit" else key for key in VARIABLE_KEYS]
    return (
        _blank("structure_sets", ("set_key", *SET_KEYS)),
        _blank("structure_variables", ("table_key", *table_keys, "variables_info", *variable_keys)),
        _blank("problem", ("problem_key", *TOP_KEYS)),
    )


def write_skeleton(folder: Path, xlsx: bool = False, force: bool = False) -> tuple[Path, ...]:
    """Make a new model folder; FileError F041, F042 (a settings file exists)."""
    texts = {} if xlsx else {folder / name: text for name, text in skeleton_texts().items()}
    paths = (folder / WORKBOOK,) if xlsx else tuple(texts)
    refuse_taken(paths, force)
    for path, text in texts.items():
        write_text(path, text, force)
    if xlsx:
        write_workbook(paths[0], skeleton_sheets(), force)
    return paths


def sets_sheets(spec: Spec, items: Sequence[SetItems] = ()) -> tuple[Sheet, ...]:
    """The tabs of sets.xlsx, one per set that is no copy: blank, or with the items that are known."""
    known = {each.key: each for each in items}
    sheets: list[Sheet] = []
    for each in spec.sets:
        if each.needs_items:
            columns = titles_of(each)
            mine = known.get(each.key)
            labels = () if mine is None else (mine.names, *mine.filters.values(), *mine.aggregations.values())
            cells: list[list[object]] = [list(column) for column in labels] or [[] for _ in columns]
            if mine is not None and mine.parents is not None:
                columns = (*columns, parent_column(each.key))
                cells.append([mine.names[k] if k >= 0 else "" for k in mine.parents])
            sheets.append(Sheet(set_tab(each.key), columns, tuple(cells)))
    return tuple(sheets)


def write_sets(folder: Path, spec: Spec, items: Sequence[SetItems] = ()) -> Path:
    """Write sets.xlsx, blank or with items; FileError F041, F042 (exists)."""
    path = folder / SETS
    refuse_taken((path,))
    write_workbook(path, sets_sheets(spec, items), force=False)
    return path


def write_inputs(
    folder: Path, sheets: Sequence[Sheet], layout: FileLayout = "workbook", force: bool = False
) -> tuple[Path, ...]:
    """Write input tables (one Sheet each, its name the table's key); FileError F041, F042 (a file exists), F043.

    layout: one workbook with a tab per table, one workbook per table, or one CSV file per table.
    """
    inputs = inside(folder, INPUTS)
    if layout == "workbook":
        refuse_taken((inputs / BOOK,), force)
        write_workbook(inputs / BOOK, sheets, force)
        return (inputs / BOOK,)
    ending = ".csv" if layout == "csv" else ".xlsx"
    names = distinct_names(sheet.name for sheet in sheets)
    paths = {inputs / f"{names[sheet.name]}{ending}": sheet for sheet in sheets}
    refuse_taken(paths, force)
    for path, sheet in paths.items():
        if layout == "csv":
            write_csv(path, sheet, guard=False, force=force)
        else:
            write_workbook(path, (sheet,), force)
    return tuple(paths)


def _blank(name: str, columns: tuple[str, ...]) -> Sheet:
    return Sheet(name, columns, tuple([] for _ in columns))


def _explained(title: str, keys: Mapping[str, str]) -> list[str]:
    width = max(map(len, keys))
    return ["#", f"# {title}:", *(f"#     {key:<{width}}  {doc}" for key, doc in keys.items())]


def _page(title: str, example: str, keys: list[str]) -> str:
    return "\n".join([f"# {title}. Remove the leading # to use the example.", *keys, "", example])
