"""Where results are: a folder, database or export, perhaps with the kept run and the scenario that are meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from saddlepoint.cli.output import echo
from saddlepoint.cli.spelling import as_typed, remember_folder
from saddlepoint.records import dataclass

if TYPE_CHECKING:
    from saddlepoint.store import Store


@dataclass(frozen=True, slots=True)
class ResultPlace:
    """`FOLDER@RUN:SCENARIO`: run, scenario: "" where none is named."""

    path: Path
    run: str = ""
    scenario: str = ""

    def store(self) -> Store:
        """The database of the place, for reading, as of its run; FileError F001, StoreError."""
        from saddlepoint.errors import FileError, Mark
        from saddlepoint.store import database_of, open_store

        if not self.path.exists():
            fix = "Check the path; a kept run is written FOLDER@NAME."
            raise FileError.of("F001", "there is no such folder", Mark(str(self.path)), fix=fix)
        return open_store(database_of(self.path), readonly=True, run=self.run or None)


def place_of(text: str) -> ResultPlace:
    """A place as a person writes it: `my_plan`, `my_plan@base`, `@base` (here), `my_plan@base:low,high`, `my_plan:low`."""
    if Path(text).exists():
        return ResultPlace(Path(text))
    head, at, tail = text.partition("@")
    if at and (not head or Path(head).exists()):
        run, _, scenario = tail.partition(":")
        return ResultPlace(Path(head or "."), run, scenario)
    head, colon, scenario = text.partition(":")
    return ResultPlace(Path(head), "", scenario) if colon and Path(head).exists() else ResultPlace(Path(text))


def remember_place(context: click.Context, _: click.Parameter, text: str | None) -> ResultPlace | None:
    """The place, its folder noted for what the command says."""
    if text is None:
        return None
    place = place_of(text)
    remember_folder(context, place.path)
    return place


def tell_stale(place: ResultPlace, store: Store) -> str:
    """Say on stderr that the results are older than the model, if they are; the sentence, "" if they fit. StoreError."""
    if place.run:
        return ""
    from saddlepoint.declare import is_model
    from saddlepoint.store.stale import stale

    found = stale(store)
    if place.path.is_dir() and is_model(place.path):
        from saddlepoint.model.load import files_now

        found = stale(store, files_now(place.path, store))
    if found is None:
        return ""
    said = as_typed(found.sentence)
    echo(f" {said}", err=True, label="stale:", colour="yellow")
    return said
