"""Where pieces of work are done: here, or on the machines of a cluster (study.running.remote)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import starmap
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from saddlepoint.solve.decomposition.two_stage import Scatter


class Spread(Protocol):
    """Applies a function to every tuple of arguments and gives the results in their order, as they are asked for."""

    def __call__(
        self, function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]
    ) -> Iterator[Any]: ...

    def scatter(self, workers: int) -> Scatter:
        """Puts parts of one problem where they are solved and stay; workers: threads, where that is here."""
        ...


class _Here:
    """In this process."""

    def __call__(self, function: Callable[..., Any], arguments: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        return starmap(function, arguments)

    def scatter(self, workers: int) -> Scatter:
        from saddlepoint.solve.decomposition.two_stage import threads

        return threads(workers)


HERE: Final = _Here()
