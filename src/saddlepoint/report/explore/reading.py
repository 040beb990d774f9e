"""What the page's server holds of large tables: read once in the background, while the page says how far it is."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

from saddlepoint.errors import SaddleError
from saddlepoint.records import dataclass
from saddlepoint.store import Store
from saddlepoint.store.encoded import EncodedColumns, Told

OpenStore = Callable[[], AbstractContextManager[Store]]
MOST: Final = 6
"""Tables that are held; the one asked for longest ago goes first."""
PATIENCE: Final = 0.1
"""Seconds that a question waits for a table to be read before it says how far the reading is."""


@dataclass(slots=True, kw_only=True)
class BeingRead:
    """A table that is read, or was: what of it is held, or why it could not be."""

    done: int = 0
    held: EncodedColumns | None = None
    failed: SaddleError | None = None


class StillReadingError(Exception):
    """The table that a question needs is not held yet. done: rows that are read."""

    def __init__(self, done: int) -> None:
        super().__init__(done)
        self.done = done


class Readings:
    """The tables that are held, by what makes their rows what they are; they are read one after the other."""

    def __init__(self, open_store: OpenStore) -> None:
        self._open, self._lock, self._one = open_store, threading.Lock(), threading.Lock()
        self._found: dict[tuple[Any, ...], tuple[BeingRead, threading.Thread]] = {}

    def held(self, key: tuple[Any, ...], read: Callable[[Store, Told], EncodedColumns]) -> EncodedColumns:
        """What is held under a key, read by `read` if nothing is. StillReadingError after PATIENCE seconds; StoreError of the reading."""
        reading, thread = self.begin(key, read)
        thread.join(PATIENCE)
        if reading.failed is not None:
            with self._lock:
                self._found.pop(key, None)
            raise reading.failed
        if reading.held is None:
            raise StillReadingError(reading.done)
        return reading.held

    def begin(
        self, key: tuple[Any, ...], read: Callable[[Store, Told], EncodedColumns]
    ) -> tuple[BeingRead, threading.Thread]:
        """Start to read what will be asked for, unless it is read or being read."""
        with self._lock:
            reading, thread = self._found.pop(key, None) or self._begun(read)
            self._found[key] = reading, thread
            for old in list(self._found)[:-MOST]:
                del self._found[old]
        return reading, thread

    def _begun(self, read: Callable[[Store, Told], EncodedColumns]) -> tuple[BeingRead, threading.Thread]:
        reading = BeingRead()
        thread = threading.Thread(target=self._read, args=(reading, read), daemon=True)
        thread.start()
        return reading, thread

    def _read(self, reading: BeingRead, read: Callable[[Store, Told], EncodedColumns]) -> None:
        def tell(done: int) -> None:
            reading.done = done

        try:
            with self._one, self._open() as store, store.snapshot():
                reading.held = read(store, tell)
        except SaddleError as error:
            reading.failed = error
