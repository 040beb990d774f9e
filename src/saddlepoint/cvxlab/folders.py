"""Model folders made and filled under CVXlab's names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from inspect import signature
from pathlib import Path
from typing import Any, Final, Literal

from saddlepoint import declare
from saddlepoint.cvxlab.exceptions import as_cvxlab
from saddlepoint.cvxlab.logging import LOG, ignored
from saddlepoint.declare.read import WORKBOOK, is_model
from saddlepoint.declare.set_files import SETS
from saddlepoint.declare.workbook import NOTES, SKIP, active_rows
from saddlepoint.errors import FileError, Mark, UsageError
from saddlepoint.files import Sheet, read_workbook, write_workbook
from saddlepoint.files.atomic import write_text
from saddlepoint.files.paths import clear_folder

TEMPLATES: Final = {
    "user_defined_operators.py": '"""Operators of your own, one record each (see the reference page on operators)."""\n',
    "user_defined_constants.py": '"""Constants of your own: functions of a shape that return an array."""\n',
}


@as_cvxlab
def create_model_dir(
    model_dir_name: str = "model",
    main_dir_path: str | Path | None = None,
    force_overwrite: bool = False,
    settings_file_type: Literal["yml", "xlsx"] = "yml",
    include_user_defined_templates: bool = False,
    **others: Any,
) -> None:
    """Make a model folder with blank settings; FileError, UsageError X111, X461.

    A folder that exists is kept; with force_overwrite a model folder is cleared first, of everything that it holds.
    """
    form = others.pop("template_file_type", settings_file_type)
    ignored(others, "create_model_dir", signature(create_model_dir).parameters)
    if form not in ("yml", "xlsx"):
        raise UsageError.of("X111", f"settings_file_type cannot be {form!r}", fix="Give 'yml' or 'xlsx'.")
    folder = Path(main_dir_path or Path.cwd()) / model_dir_name
    if force_overwrite and folder.is_dir():
        _clear(folder)
    try:
        declare.write_skeleton(folder, xlsx=form == "xlsx", force=force_overwrite)
        LOG.info("made the model folder %s", folder)
    except FileError as error:
        kept(error, folder)
    if include_user_defined_templates:
        copy_user_defined_templates(folder)


def _clear(folder: Path) -> None:
    """Remove all that a model folder holds; UsageError X461 if it holds other things and no model."""
    held = sorted(path.name for path in folder.iterdir())
    if held and not is_model(folder):
        raise UsageError.of(
            "X461",
            f"the folder {folder.name!r} is not cleared: it holds {', '.join(held[:3])}, and no settings of a model",
            Mark(str(folder)),
            fix="Check the path; empty the folder yourself if you mean it.",
        )
    clear_folder(folder)
    LOG.warning("cleared the model folder %s (%d files and folders)", folder, len(held))


@as_cvxlab
def copy_user_defined_templates(path_destination: str | Path | None = None) -> None:
    """Write the templates of user-defined operators and constants; those that exist are kept. FileError."""
    folder = Path(path_destination or Path.cwd())
    for name, text in TEMPLATES.items():
        if (folder / name).exists():
            LOG.warning("%s exists and is kept", folder / name)
        else:
            write_text(folder / name, text, force=False)


@as_cvxlab
def copy_utility_files(path_destination: str | Path | None = None, **others: Any) -> None:
    """CVXlab 1.0's name of `copy_user_defined_templates`."""
    ignored(others, "copy_utility_files")
    copy_user_defined_templates(path_destination)


def _tabs_for(name: str, sheets: Mapping[str, Sheet]) -> list[Sheet]:
    """The tabs of a workbook that go into a file, without the columns that stay behind."""
    mine = [s for tab, s in sheets.items() if tab.casefold().startswith("_set_") == (name == SETS)]
    return [_transferred(sheet, ("id", NOTES) if name == SETS else (SKIP, NOTES)) for sheet in mine]


@as_cvxlab
def transfer_setup_info_xlsx(
    source_file_name: str,
    source_dir_path: str | Path,
    destination_dir_path: str | Path,
    update: Literal["settings", "sets", "all"] = "all",
    force_overwrite: bool = False,
) -> None:
    """Copy the tabs of settings and of sets from one workbook into model_settings.xlsx and sets.xlsx of a folder.

    update: which of the two; a file that exists is kept unless force_overwrite. As in CVXlab the columns `notes`, `skip`
    (settings) and `id` (sets) stay behind, and rows of settings with anything under `skip`. FileError, UsageError X111.
    """
    if update not in ("settings", "sets", "all"):
        raise UsageError.of("X111", f"update cannot be {update!r}", fix="Give 'settings', 'sets' or 'all'.")
    source, target = Path(source_dir_path) / source_file_name, Path(destination_dir_path)
    if not source.is_file():
        raise FileError.of("F001", "there is no such file", Mark(str(source)), fix="Check the path.")
    sheets = read_workbook(source)
    wanted = {WORKBOOK: update in ("settings", "all"), SETS: update in ("sets", "all")}
    for name in [name for name, chosen in wanted.items() if chosen]:
        mine = _tabs_for(name, sheets)
        if (target / name).exists() and not force_overwrite:
            LOG.warning("%s exists and is kept; force_overwrite=True replaces it", target / name)
        elif mine:
            write_workbook(target / name, mine, force_overwrite)
            LOG.info("wrote %s", target / name)


def _transferred(sheet: Sheet, dropped: Collection[str]) -> Sheet:
    """A tab without the dropped columns and, of settings, without the rows that are marked `skip`."""
    rows = active_rows(sheet) if SKIP in dropped else range(len(sheet))
    kept = [k for k, title in enumerate(sheet.header) if title.casefold() not in dropped]
    columns = tuple([sheet.columns[k][row] for row in rows] for k in kept)
    return Sheet(sheet.name, tuple(sheet.header[k] for k in kept), columns)


def kept(error: FileError, folder: Path) -> None:
    """Say that files exist and are kept; any other error goes on."""
    if any(each.code != "F042" for each in error.diagnostics):
        raise error
    names = ", ".join(str(each.mark) for each in error.diagnostics)
    LOG.warning("%s: %s exists and is kept; force_overwrite=True replaces it", folder, names)
