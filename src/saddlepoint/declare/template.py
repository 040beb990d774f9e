"""Files to fill in, made or brought up to date: what is there stays, and a copy of every file that changes is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from saddlepoint.declare.data import BOOK, INPUTS, input_files, input_places
from saddlepoint.declare.items import titles_of
from saddlepoint.declare.set_files import SETS, set_csv_files, set_sheets
from saddlepoint.declare.skeleton import FileLayout, sets_sheets, write_inputs
from saddlepoint.declare.spec import Spec
from saddlepoint.files import Sheet, inside, write_csv, write_workbook
from saddlepoint.files.backup import keep_copy, set_aside
from saddlepoint.files.extend import Extension, extend_workbook
from saddlepoint.records import dataclass


class Additions(Protocol):
    """What a table lacks: see `model.blanks.Growth`."""

    @property
    def table(self) -> str: ...
    @property
    def sheet(self) -> Sheet | None: ...
    @property
    def blank(self) -> Sheet: ...
    @property
    def titles(self) -> Mapping[int, object]: ...
    @property
    def rows(self) -> Sequence[Mapping[int, object]]: ...


@dataclass(frozen=True, slots=True)
class Templated:
    """A file that was written. added: tab or table → how many rows and columns it got; backup: the copy of what was there
    before."""

    path: Path
    added: Mapping[str, int]
    backup: Path | None = None


def template_sets(folder: Path, spec: Spec) -> tuple[Templated, ...]:
    """Make sets.xlsx, or add the tabs and columns that it lacks; nothing where all is there. FileError."""
    path, own = inside(folder, SETS), set_csv_files(folder, spec)
    wanted = sets_sheets(replace(spec, sets=tuple(s for s in spec.sets if s.key not in own)))
    if not path.exists():
        if not wanted:
            return ()
        write_workbook(path, wanted, force=False)
        return (Templated(path, {sheet.name: 0 for sheet in wanted}),)
    there = set_sheets(folder, spec)
    keys = [each for each in spec.sets if each.needs_items and each.key not in own]
    new = [sheet for each, sheet in zip(keys, wanted, strict=True) if each.key not in there]
    wider = [_columns(there[each.key], titles_of(each)) for each in keys if each.key in there]
    wider = [each for each in wider if each.titles]
    if not new and not wider:
        return ()
    backup = keep_copy(folder, path)
    extend_workbook(path, wider, new)
    added = {sheet.name: 0 for sheet in new} | {each.tab: len(each.titles) for each in wider}
    return (Templated(path, added, backup),)


def _columns(sheet: Sheet, wanted: Sequence[str]) -> Extension:
    lacking = [title for title in wanted if sheet.index(title) is None]
    return _extended_by(sheet, dict(enumerate(lacking, len(sheet.header))))


def _extended_by(
    sheet: Sheet, titles: Mapping[int, object], rows: Sequence[Mapping[int, object]] = ()
) -> Extension:
    """What a tab gets, by the columns of its Sheet."""
    shift = sheet.first_column
    return Extension(
        tab=sheet.name,
        header=sheet.first_row - 1,
        first=sheet.first_row + len(sheet),
        titles={shift + k: title for k, title in titles.items()},
        rows=[{shift + k: cell for k, cell in row.items()} for row in rows],
    )


def template_inputs(
    folder: Path, lacking: Sequence[Additions], layout: FileLayout | None = None, force: bool = False
) -> tuple[Templated, ...]:
    """Make the input files, or add the rows, columns and tabs that they lack; FileError.

    layout: of tables that have no file yet (None = like those that are there); force: all tables are made anew, and the files
    that held them are moved to the folder `backup`.
    """
    blank = [each.blank for each in lacking if each.sheet is None]
    layout = layout or _layout(folder)
    moved: dict[Path, Path] = {}
    if force:
        places = [
            place for found in input_places(folder, [b.name for b in blank]).values() for place in found
        ]
        moved = {path: set_aside(folder, path) for path in dict.fromkeys(path for path, _ in places)}
    done = _extended(
        folder, [each for each in lacking if each.sheet is not None], blank if layout == "workbook" else []
    )
    if any(each.path.name.casefold() == BOOK and blank for each in done) and layout == "workbook":
        return done
    made = write_inputs(folder, blank, layout) if blank else ()
    sizes = {sheet.name: len(sheet) for sheet in blank}
    kept = next(iter(moved.values()), None)
    if layout == "workbook":
        return (*done, *(Templated(path, sizes, kept) for path in made))
    each_size = zip(made, sizes.items(), strict=True)
    return (*done, *(Templated(path, {name: size}, kept) for path, (name, size) in each_size))


def _layout(folder: Path) -> FileLayout:
    """That of the files which are there."""
    files = input_files(folder)
    if not files or any(path.name.casefold() == BOOK for path in files):
        return "workbook"
    return "csv" if all(path.suffix.casefold() == ".csv" for path in files) else "workbooks"


def _extended(folder: Path, lacking: Sequence[Additions], blank: Sequence[Sheet]) -> tuple[Templated, ...]:
    """The files that hold tables, with what these lack; blank: tabs for the workbook of all tables, if that exists."""
    places = input_places(folder, [each.table for each in lacking])
    files: dict[Path, list[Additions]] = {}
    for each in lacking:
        files.setdefault(places[each.table][0][0], []).append(each)
    book = next((path for path in input_files(folder) if path.name.casefold() == BOOK), None)
    if book is not None and blank:
        files.setdefault(inside(folder, f"{INPUTS}/{book.name}"), [])
    return tuple(
        _extend(folder, path, each, blank if path.name.casefold() == BOOK else ())
        for path, each in files.items()
    )


def _extend(folder: Path, path: Path, lacking: Sequence[Additions], blank: Sequence[Sheet]) -> Templated:
    backup = keep_copy(folder, path)
    if path.suffix.casefold() == ".csv":
        write_csv(path, _longer(lacking[0]), guard=False)
    else:
        extend_workbook(
            path,
            [_extended_by(each.sheet, each.titles, each.rows) for each in lacking if each.sheet is not None],
            blank,
        )
    added = {each.table: len(each.titles) + len(each.rows) for each in lacking}
    return Templated(path, added | {sheet.name: len(sheet) for sheet in blank}, backup)


def _longer(each: Additions) -> Sheet:
    sheet = each.sheet
    assert sheet is not None
    header = (*sheet.header, *map(str, each.titles.values()))
    blank: list[object] = [""] * len(sheet)
    columns = [*sheet.columns, *([*blank] for _ in each.titles)]
    longer = tuple([*cells, *(row.get(k, "") for row in each.rows)] for k, cells in enumerate(columns))
    return Sheet(sheet.name, header, longer, source=sheet.source)
