"""Chunks of scenarios on the workers of a dask cluster: the same functions, the same values, the same results.

A task gets values (the bound arrays of a chunk; for loops the problems with their numbers) and returns values; a
worker needs Saddlepoint installed and nothing else, no file and no state. What a lost worker had is computed again by
another one.
"""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from saddlepoint.errors import NOWHERE, StudyError, UsageError, extra
from saddlepoint.records import dataclass
from saddlepoint.study.running.spread import HERE, Spread

if TYPE_CHECKING:
    from saddlepoint.solve.decomposition.two_stage import ChunkMap, ChunkSource, Scatter

AHEAD: Final = 2
"""Chunks in flight for each thread of the cluster: enough that none waits, few enough for flat memory."""


@contextmanager
def spreading(where: str | None) -> Generator[Spread]:
    """Where chunks are solved: None = here; "local" or "local:N" = a cluster of N processes on this machine, which
    speak TLS with a certificate of this run; else the address of a scheduler, which is believed as it is. "dask" and "dask:"
    before it are allowed.

    UsageError X131 (dask is not installed), X132 (no such place); StudyError K120 while spreading (workers die).
    """
    if where is None:
        yield HERE
        return
    place = where.removeprefix("dask").removeprefix(":") or "local"
    with _client(place) as client:
        yield _Cluster(client)


@dataclass(frozen=True, slots=True)
class _Cluster:
    """The workers of a cluster."""

    client: Any

    def __call__(self, function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        return _results(self.client, function, arguments)

    def scatter(self, workers: int) -> Scatter:
        """Every part is made on a worker and stays there; one that is lost with its worker is made again by another."""
        return partial(_held, self.client)


def _held(client: Any, sources: Sequence[ChunkSource]) -> ChunkMap:
    parts = [client.submit(make, pure=False) for make in sources]
    return lambda function, arguments: _results(
        client, function, ((part, *given) for part, given in zip(parts, arguments, strict=False))
    )


_ONE_THREAD: Final[Mapping[str, Any]] = {
    "threads_per_worker": 1,
    "host": "127.0.0.1",
    "dashboard_address": None,
    "worker_dashboard_address": None,
    # any free port, until `dask_setup` closes it
    "scheduler_kwargs": {"dashboard": False, "dashboard_address": "127.0.0.1:0"},
}
"""Processes of this machine that nobody else reaches."""

_NO_PAGES: Final[Mapping[str, Any]] = {
    f"distributed.{server}.{key}": value
    for server in ("scheduler", "worker")
    for key, value in (("http.routes", []), ("preload", [__name__]))
}
"""dask serves pages over plain HTTP even without a dashboard: none are served, and every server begins with `dask_setup`."""


def dask_setup(server: Any) -> None:
    """What dask calls as a scheduler or a worker begins: its port for pages, which other users could read, is closed."""
    server.http_server.stop()


@contextmanager
def _client(place: str) -> Generator[Any]:
    with extra("dask"):
        from distributed import Client, LocalCluster, Security
    name, colon, number = place.partition(":")
    if name != "local":
        with _connected(Client, place) as client:
            yield client
        return
    if colon and not (number.isdigit() and int(number)):
        raise UsageError.of("X132", f"{place!r} is not local:N", fix="Give a number of processes.")
    with extra("dask"):
        importlib.import_module("cryptography")
        config: Any = importlib.import_module("dask.config")
    # whoever can speak to a scheduler runs code as its owner: a certificate made for this run keeps other users out
    own = {"protocol": "tls://", "security": Security.temporary()}
    make: Any = partial(LocalCluster, n_workers=int(number) if number else None, **_ONE_THREAD)
    with config.set(_NO_PAGES), make(**own) as cluster, Client(cluster) as client:
        yield client


def _connected(client: Callable[..., Any], address: str) -> Any:
    try:
        return client(address, timeout="10s")
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
        fix = "Give the address that dask scheduler prints, such as tcp://host:8786."
        raise UsageError.of(
            "X132", f"there is no scheduler at {address!r}", NOWHERE, why=why, fix=fix
        ) from error


def _results(
    client: Any, function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]
) -> Iterator[Any]:
    ahead = AHEAD * max(1, sum(client.nthreads().values()))
    waiting: deque[Any] = deque()
    for given in arguments:
        waiting.append(client.submit(function, *given, pure=False))
        if len(waiting) > ahead:
            yield _result(waiting.popleft())
    while waiting:
        yield _result(waiting.popleft())


def _result(future: Any) -> Any:
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as error:
        why = "The chunk killed every worker that tried it, most often for lack of memory."
        fix = "Give smaller chunks (`chunk=N`) or workers with more memory; `resume=True` goes on from here."
        raise StudyError.of("K120", "workers of the cluster died", NOWHERE, why=why, fix=fix) from error
