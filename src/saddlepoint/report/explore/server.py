"""The server of the page: this machine only, one token, one host, a connection that cannot write.

The server is the standard library's: one reader, six short questions, nothing uploaded. A framework would bring more code than it saves.
"""

from __future__ import annotations

import hmac
import json
import secrets
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from saddlepoint.errors import SaddleError, StoreError, UsageError
from saddlepoint.records import dataclass, excerpt
from saddlepoint.report.explore.explore_page import explore_page
from saddlepoint.report.explore.overview import explore_overview
from saddlepoint.report.explore.reading import OpenStore, Readings, StillReadingError
from saddlepoint.store import Store, browse
from saddlepoint.store.encoded import Chosen, EncodedColumns, Told

ADDRESS: Final = "127.0.0.1"
MOST_BODY: Final = 10_000
Start = Callable[[Callable[[int, int], None]], int]
"""Solves the model, telling how many scenarios of how many are done; its exit code."""


@dataclass(slots=True, kw_only=True)
class Running:
    """A run that the page started: how far it is, and whether it still goes."""

    done: int = 0
    total: int = 0
    lines: list[str] = field(default_factory=list[str])
    going: bool = False
    exit: int | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, start: Start) -> bool:
        """Start a run in a thread of its own; False if one is going."""
        with self.lock:
            if self.going:
                return False
            self.going, self.exit, self.lines, self.done, self.total = True, None, [], 0, 0
        threading.Thread(target=self._work, args=(start,), daemon=True).start()
        return True

    def _work(self, start: Start) -> None:
        try:
            self.exit = start(self._tell)
        except SaddleError as error:
            self.lines += [f"{d.code}: {d.message}" for d in error.diagnostics[:5]]
            self.exit = 1
        except Exception as error:
            self.lines.append(f"unexpected error: {type(error).__name__}")
            self.exit = 1
        finally:
            self.going = False

    def _tell(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def told(self) -> dict[str, Any]:
        """How far it is."""
        return {**excerpt(self, "going", "exit", "done", "total"), "lines": self.lines[-20:]}


class ExploreServer(ThreadingHTTPServer):
    """The page of one database. address: where it is; token: what every request must bring; outcomes, words: as of `explore_server`."""

    daemon_threads = True
    allow_reuse_address = False

    def __init__(
        self,
        port: int,
        name: str,
        open_store: OpenStore,
        start: Start | None,
        *,
        outcomes: Collection[str],
        words: Mapping[str, str],
        token: str | None = None,
    ) -> None:
        self.token = token or secrets.token_urlsafe(24)
        self.name, self.open_store, self.start, self.running = name, open_store, start, Running()
        self.outcomes, self.words = outcomes, words
        self.readings = Readings(open_store)
        super().__init__((ADDRESS, port), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that goes away is no error; all else is told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    @property
    def address(self) -> str:
        """The address to open, with the token."""
        return f"http://{ADDRESS}:{self.server_port}/?token={self.token}"

    def allows(self, host: str) -> bool:
        """Whether a request names this server: a page elsewhere whose name was turned to this address does not."""
        return host in (f"{ADDRESS}:{self.server_port}", f"localhost:{self.server_port}")


class _Handler(BaseHTTPRequestHandler):
    server: ExploreServer  # pyright: ignore[reportIncompatibleVariableOverride]
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "saddlepoint", ""
    timeout = 60

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not printed: they hold the token."""

    def do_GET(self) -> None:
        """The page, or an answer to one of its questions."""
        url = urlsplit(self.path)
        asked = {key: values[-1] for key, values in parse_qs(url.query).items()}
        if not self._trusted(asked.get("token", "")):
            return
        if url.path == "/":
            page, policy = explore_page(
                self.server.name,
                self.server.token,
                words=self.server.words,
                can_run=self.server.start is not None,
            )
            self._send(200, page.encode(), "text/html; charset=utf-8", policy)
            return
        answer = _QUESTIONS.get(url.path)
        if answer is None:
            self._tell(404, {"error": "there is nothing here"})
            return
        try:
            self._tell(200, answer(self.server, asked))
        except StillReadingError as reading:
            self._tell(200, {"reading": reading.done})
        except (SaddleError, ValueError, TypeError, AttributeError) as error:
            known = (
                error.diagnostics[0].message
                if isinstance(error, SaddleError)
                else "the question cannot be read"
            )
            self._tell(503 if isinstance(error, StoreError) else 400, {"error": known})

    def do_POST(self) -> None:
        """Start a run."""
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MOST_BODY:
            self.close_connection = True
            self._tell(413, {"error": "too long"})
            return
        self.rfile.read(int(length))
        if not self._trusted("") or urlsplit(self.path).path != "/api/run" or self.server.start is None:
            if self.server.allows(self.headers.get("Host", "")):
                self._tell(404, {"error": "there is nothing here"})
            return
        begun = self.server.running.begin(self.server.start)
        self._tell(202 if begun else 409, self.server.running.told())

    def _trusted(self, token: str) -> bool:
        """Whether the request names this machine, comes from our own page, and has the token; else it is refused."""
        origin = self.headers.get("Origin")
        own = origin is None or self.server.allows(origin.removeprefix("http://"))
        given = self.headers.get("X-Saddlepoint-Token") or token
        known = hmac.compare_digest(given.encode("utf-8", "replace"), self.server.token.encode())
        if self.server.allows(self.headers.get("Host", "")) and own and known:
            return True
        self._tell(403, {"error": "open the address that saddle explore printed"})
        return False

    def _tell(self, code: int, content: Any) -> None:
        self._send(code, json.dumps(content, ensure_ascii=False).encode(), "application/json; charset=utf-8")

    def _send(self, code: int, body: bytes, kind: str, policy: str = "default-src 'none'") -> None:
        self.send_response(code)
        headers = {
            "Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": f"{policy}; frame-ancestors 'none'", "Referrer-Policy": "no-referrer",
            "Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
        }  # fmt: skip
        for name, value in headers.items():
            self.send_header(name, value)
        with suppress(ConnectionError):  # whoever asked has gone
            self.end_headers()
            self.wfile.write(body)


def _where(asked: dict[str, str]) -> Chosen:
    found = json.loads(asked.get("where", "{}"))
    return {str(key): [str(label) for label in labels][:1000] for key, labels in found.items()}


def _outcomes(server: ExploreServer, store: Store, asked: dict[str, str]) -> EncodedColumns:
    """The outcomes of the run that is asked for."""
    run = int(asked.get("run") or 0)
    key = browse.told_apart(store, run)
    return server.readings.held(key, lambda own, tell: browse.hold_outcomes(own, run, tell))


def _overview(server: ExploreServer, asked: dict[str, str]) -> Any:
    with server.open_store() as store:
        return explore_overview(store, server.outcomes)


def _statuses(server: ExploreServer, asked: dict[str, str]) -> Any:
    with server.open_store() as store:
        return browse.count_statuses(_outcomes(server, store, asked))


def _scenarios(server: ExploreServer, asked: dict[str, str]) -> Any:
    offset, limit = max(0, int(asked.get("offset", 0))), min(1000, max(1, int(asked.get("limit", 200))))
    with server.open_store() as store:
        held = _outcomes(server, store, asked)
        return browse.scenarios(store, held, _where(asked), asked.get("order", ""), offset, limit)


def _distribution(server: ExploreServer, asked: dict[str, str]) -> Any:
    with server.open_store() as store:
        return browse.distribution(_outcomes(server, store, asked), _where(asked))


def _table(server: ExploreServer, asked: dict[str, str]) -> Any:
    name, where = asked.get("name", ""), _where(asked)
    with server.open_store() as store:
        info, held = browse.known_table(store, name), None
        key = (name, info.run, info.content)

        def read(own: Store, tell: Told) -> EncodedColumns:
            return browse.hold_table(own, name, tell)

        if any(where.values()):
            held = server.readings.held(key, read)
        elif browse.count_rows(store, name) > browse.MOST_ROWS:
            server.readings.begin(key, read)
        return browse.browse_rows(store, name, held, where)


def _progress(server: ExploreServer, asked: dict[str, str]) -> Any:
    return server.running.told()


_QUESTIONS: Final[dict[str, Callable[[ExploreServer, dict[str, str]], Any]]] = {
    "/api/overview": _overview,
    "/api/statuses": _statuses,
    "/api/scenarios": _scenarios,
    "/api/distribution": _distribution,
    "/api/table": _table,
    "/api/progress": _progress,
}


def explore_server(
    port: int,
    name: str,
    open_store: OpenStore,
    start: Start | None,
    *,
    outcomes: Collection[str] = (),
    words: Mapping[str, str],
) -> ExploreServer:
    """A server on this machine, ready to be run with `serve_forever`. UsageError X528 if the port is taken.

    port: 0 = a free one; open_store: opens the database for reading; start: what solves the model, None if nothing may;
    outcomes: the sets whose items are outcomes; words: what one answer of a run is called (`counted`), the unit of objectives
    (`objective`).
    """
    try:
        return ExploreServer(port, name, open_store, start, outcomes=outcomes, words=words)
    except OSError as error:
        said = f"port {port} cannot be used: {error.strerror or error}"
        raise UsageError.of("X528", said, fix="Choose another port, or none.") from error
