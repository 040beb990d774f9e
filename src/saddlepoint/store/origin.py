"""Whether CVXlab made the database of a folder."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from saddlepoint.errors import StoreError
from saddlepoint.store.connection import connect
from saddlepoint.store.migrations import is_ours

TAKEN: Final = "_cvxlab"
"""What the name of a database has more when it is kept as a copy."""


def made_by_cvxlab(path: Path) -> bool:
    """Whether the database at this place is CVXlab's, or was until it was taken over (its copy lies beside it)."""
    if any(path.parent.glob(f"{path.stem}{TAKEN}*{path.suffix}")):
        return True
    if not path.is_file():
        return False
    with suppress(StoreError), connect(path, readonly=True, wait=0.0) as store:
        if is_ours(store):
            return False
        from saddlepoint.store.import_cvxlab import looks_like_cvxlab

        return looks_like_cvxlab(store)
    return False
