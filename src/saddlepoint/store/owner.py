"""Which model a database belongs to, so that the results of another one do not take the place of its own."""

from __future__ import annotations

from collections.abc import Collection

from saddlepoint.errors import Mark, StoreError
from saddlepoint.store.connection import Store
from saddlepoint.store.runs import loaded_hashes
from saddlepoint.store.tables import catalogue


def note_owner(store: Store, model: str) -> None:
    """Enter the name of the model whose inputs the database holds, in place of an earlier one. StoreError."""
    if owner(store) != model:
        with store.transaction():
            store.execute("DELETE FROM _model")
            store.execute("INSERT INTO _model (name) VALUES (?)", (model,))


def owner(store: Store) -> str:
    """The name of the model whose inputs the database holds; "" if none was entered. StoreError."""
    rows = store.query("SELECT name FROM _model") if store.has("_model") else []
    return str(rows[0][0]) if rows else ""


def refuse_other(
    store: Store, model: str, settings_hash: str, tables: Collection[str], place: str = ""
) -> None:
    """StoreError B020 if the database belongs to another model than this one.

    model, settings_hash, tables: of this one; place: the name of another model folder whose own database this is. A
    database made from the same settings is this model's, wherever it lies.
    """
    loaded = loaded_hashes(store)[0]
    if not loaded or loaded == settings_hash:
        return
    known, named = {info.name for info in catalogue(store) if info.kind == "input"}, owner(store)
    strange = sorted(known - set(tables)) if not named else []
    if not place and (named == model or not (named or strange)):
        return
    whose = f"the model {place or named!r}" if place or named else f"a model with {', '.join(strange[:3])}"
    raise StoreError.of(
        "B020",
        f"the database belongs to {whose}.",
        Mark(store.name),
        why=f"The results of {model!r} would take the place of those that it holds.",
        fix="Give another file (`database=PLACE`), or move this one away.",
    )
