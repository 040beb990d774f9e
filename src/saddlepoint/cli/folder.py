"""The model folder that a command works on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from saddlepoint.cli.json_output import keep_to_ourselves
from saddlepoint.cli.output import echo
from saddlepoint.cli.spelling import remember_folder

if TYPE_CHECKING:
    from saddlepoint.lab import Lab

Command = TypeVar("Command", bound=Callable[..., Any])

json_option = click.option(
    "--json", "as_json", is_flag=True, callback=keep_to_ourselves, help="Print JSON for a program to read."
)


def note_folder(context: click.Context, _: click.Parameter, folder: Path) -> Path:
    """The folder, noted for what the command says."""
    remember_folder(context, folder)
    return folder


def folder_argument(command: Command) -> Command:
    """DIR, and which form of the settings to read if it holds both."""
    place = click.Path(path_type=Path)
    given = click.argument("folder", metavar="[DIR]", default=".", type=place, callback=note_folder)
    return given(settings_option(command))


def path_beside(place: Path, name: str) -> Path:
    """Where a file about a model goes unless told: into its folder, or beside its one file."""
    return place.parent / f"{place.stem}_{name}" if place.is_file() else place / name


def settings_option(command: Command) -> Command:
    """--settings: which form to read; --trust: whether the user's own operators may be loaded; --lenient: as CVXlab, or not."""
    kinds = click.Choice(("yaml", "xlsx"))
    trust = click.option(
        "--trust",
        is_flag=True,
        expose_value=False,
        callback=_remember("trust"),
        help="Run the folder's user_defined_*.py, this once.",
    )
    lenient = click.option(
        "--lenient/--strict",
        default=None,
        expose_value=False,
        callback=_remember("lenient"),
        help="Whether to read the folder as CVXlab does: what is odd is a warning, matrices align by position.",
    )
    return click.option("--settings", type=kinds, help="Form of the settings to read, if there are both.")(
        trust(lenient(command))
    )


def _remember(word: str) -> Callable[[click.Context, click.Parameter, bool | None], None]:
    def note(context: click.Context, _: click.Parameter, given: bool | None) -> None:
        context.meta[f"saddlepoint.{word}"] = given

    return note


def open_lab(
    folder: Path,
    settings: Any = None,
    command: str = "saddle",
    database: Path | None = None,
    source: Any = "files",
) -> Lab:
    """The lab of a folder; database: another place than database.db in it; source: of inputs. FileError, DeclareError."""
    from saddlepoint.lab import Lab

    context = click.get_current_context(silent=True)
    trust = context is not None and bool(context.meta.get("saddlepoint.trust"))
    lenient = None if context is None else context.meta.get("saddlepoint.lenient")
    return Lab.open(folder, settings, command, database, trust, source, lenient)


def tell_adoption(lab: Lab) -> None:
    """Say so if the database was CVXlab's and has been taken over; StoreError."""
    if not lab.database.exists():
        return
    with lab.store() as store:
        adopted = store.adopted
    if adopted is None:
        return
    echo(f"The database was written by CVXlab and has been taken over; it is kept as {adopted.copy.name}.")
    for table, why in adopted.left.items():
        echo(f"  left as it was: {table}: {why}")
