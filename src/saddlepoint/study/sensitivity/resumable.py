"""An analysis of a lab's model, its finished parts and its indices kept in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from saddlepoint.declare.spec import SetItems, Spec
from saddlepoint.model.fetch import Fetched
from saddlepoint.store import Store
from saddlepoint.store.contents import content
from saddlepoint.store.sensitivity import KeptRuns, keep_indices
from saddlepoint.study.coupling.coupling import Progress
from saddlepoint.study.running.plan import Request
from saddlepoint.study.sensitivity.analyse import Question, Resolve, Sensitivity, sensitivity


def analysed(
    spec: Spec,
    items: Sequence[SetItems],
    fetched: Fetched,
    resolve: Resolve,
    asked: Question,
    request: Request,
    store: Store | None = None,
    settings_hash: str = "",
    progress: Progress | None = None,
) -> Sensitivity:
    """As `sensitivity`; store: where finished runs are taken from, and everything is kept (None: nowhere). StoreError."""
    kept = None if store is None else KeptRuns(store, _key(asked, request, fetched, settings_hash))
    found = sensitivity(spec, items, fetched, resolve, asked, request, kept, progress)
    if store is not None:
        keep_indices(store, found.scenarios, asked.method, found.table)
    return found


def _key(asked: Question, request: Request, fetched: Fetched, settings_hash: str) -> str:
    """A hash of all that the numbers of the runs depend on."""
    whole = hashlib.sha256(settings_hash.encode())
    spread = sorted((asked.spread or {}).items())
    whole.update(
        repr((replace(asked, spread=None), spread, request.scenarios, request.mode, request.options)).encode()
    )
    for kind in (fetched.tables, fetched.initial):
        for key in sorted(kind):
            whole.update(f"{key}\0{content(kind[key])}\n".encode())
    return whole.hexdigest()
