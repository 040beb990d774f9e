"""Warnings of the last loading, kept so that every run can say them."""

from __future__ import annotations

from collections.abc import Sequence

from saddlepoint.errors import Diagnostic, Mark
from saddlepoint.store.connection import Store


def keep_notes(store: Store, found: Sequence[Diagnostic]) -> None:
    """Enter warnings in place of the earlier ones. StoreError."""
    with store.transaction():
        store.execute("DELETE FROM _notes")
        store.executemany(
            "INSERT INTO _notes (code, message, place, why, fix) VALUES (?, ?, ?, ?, ?)",
            ((d.code, d.message, str(d.mark), d.why, d.fix) for d in found),
        )


def read_notes(store: Store) -> tuple[Diagnostic, ...]:
    """The warnings, their places as text. StoreError."""
    rows = store.query("SELECT code, message, place, why, fix FROM _notes") if store.has("_notes") else []
    return tuple(
        Diagnostic(
            str(code), str(message), Mark(place or ""), why=why or "", fix=fix or "", severity="warning"
        )
        for code, message, place, why, fix in rows
    )
