"""One attempt at a batch: in its units, in threads that can be left, judged where it is integer."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from saddlepoint.algebra.columnar import concat
from saddlepoint.algebra.structure import Batch, Structure
from saddlepoint.arrays import Array
from saddlepoint.solve.interfaces import Adapter, refused_setting
from saddlepoint.solve.route.stages.choose import Stage
from saddlepoint.solve.route.stages.holding import holds_long, is_short
from saddlepoint.solve.route.stages.lazy_solvers import solve_outer
from saddlepoint.solve.route.units.scaling import Units, scale
from saddlepoint.solve.route.units.walls import without_far_bounds
from saddlepoint.solve.solution import Options, Solution

if TYPE_CHECKING:
    from saddlepoint.solve.route.units.balance import Balance

T = TypeVar("T")

PATIENCE = 1.2
"""Seconds that native solvers get to notice that they are to stop; then they are left to themselves."""


def attempt(stage: Stage, batch: Batch, options: Options, before: Array, exact: bool) -> Solution:
    """What one stage says of every scenario, split over `options.workers` threads in runs of neighbours.

    Every thread is new: HiGHS keeps its number of threads per thread of the caller, so ours and a user's own do not
    meet. An integer problem is scaled and judged scenario by scenario (`solve_integers`). before: (S, n), the best
    plans so far, whose sizes a balanced stage takes for its units; exact: answers with cones are made exact.
    """
    s, stop, enough = batch.structure, threading.Event(), options.stop
    options = replace(options, isolate=_is_apart(stage, s, options))
    batch = without_far_bounds(batch) if stage.open else batch
    units = _units(stage, batch, before)
    part = batch if units is None else units.apply(batch)
    either = stop.is_set if enough is None else lambda: stop.is_set() or enough()
    found = together(_works(_work(stage, s, options), part, replace(options, stop=either)), stop)
    answers = found[0] if len(found) == 1 else concat(found)
    answers = answers if units is None else units.restore(answers)
    if not (s.is_conic and (stage.balanced or exact)):
        return answers
    from saddlepoint.solve.proof.effort import bounded
    from saddlepoint.solve.route.polishing.polish_cones import made_exact

    with bounded(None if options.time_limit is None else options.time_limit * batch.size):
        return made_exact(batch, answers)


def _is_apart(stage: Stage, s: Structure, options: Options) -> bool:
    """Whether a process of its own is asked for, or needed: the solver may abort, hears no interruption, or no time limit of a problem that takes long."""
    late = options.time_limit is not None and not stage.keeps_time and not is_short(s)
    return options.apart or stage.apart or late or holds_long(stage.holds, s)


def _work(stage: Stage, s: Structure, options: Options) -> Adapter:
    """What a thread does with its scenarios."""
    if s.is_integer:
        return partial(_curved if s.is_quadratic or s.is_conic else _integer, stage)
    return partial(_isolated, stage.adapter) if options.isolate else stage.adapter


def _works(work: Adapter, batch: Batch, options: Options) -> list[Callable[[], Solution]]:
    """The work on every run of neighbours, one for each thread."""
    workers = max(1, min(options.workers, batch.size))
    if workers == 1:
        return [partial(work, batch, options)]
    runs = np.array_split(np.arange(batch.size), workers)
    return [partial(work, batch.take(run), options) for run in runs]


def _units(stage: Stage, batch: Batch, before: Array) -> Units | Balance | None:
    """In which units a stage works; None for those of the batch, or where every scenario of integers gets its own."""
    if batch.structure.is_integer and not (batch.structure.is_quadratic or batch.structure.is_conic):
        return None
    if stage.balanced:
        from saddlepoint.solve.route.units.sizes import balance

        return balance(batch, before if stage.balanced == "answer" else None)
    return scale(batch) if stage.scaled or batch.structure.is_integer else None


def together(works: Sequence[Callable[[], T]], stop: threading.Event) -> list[T]:
    """The results of all works, each in a thread of its own; an interruption sets `stop` and does not wait for long.

    Raises what the first work that failed raised.
    """
    results: dict[int, T] = {}
    errors: list[BaseException] = []

    def body(k: int) -> None:
        try:
            with np.errstate(all="ignore"):
                results[k] = works[k]()
        except BaseException as error:
            errors.append(error)
        finally:
            done[k].set()

    done = [threading.Event() for _ in works]
    threads = [
        threading.Thread(target=contextvars.copy_context().run, args=(body, k), daemon=True)
        for k in range(len(works))
    ]
    for thread in threads:
        thread.start()
    try:
        for one in done:
            one.wait()
    except BaseException:
        stop.set()
        deadline = time.monotonic() + PATIENCE
        for one in done:
            one.wait(max(0.0, deadline - time.monotonic()))
        raise
    if errors:
        raise errors[0]
    return [results[k] for k in range(len(works))]


def ask(adapter: Adapter, batch: Batch, options: Options) -> Solution:
    """The adapter's answers, from a process of its own where it is to run apart."""
    return _isolated(adapter, batch, options) if options.isolate else adapter(batch, options)


def _isolated(adapter: Adapter, batch: Batch, options: Options) -> Solution:
    from saddlepoint.solve.adapters.isolate import solve_isolated

    limit = options.time_limit or options.settings.get("time_limit")
    if not isinstance(limit, int | float | None):
        raise refused_setting(options.solver or "the solver", "time_limit", limit)
    return solve_isolated(adapter, batch, replace(options, stop=None, tell=None, time_limit=limit))


def _curved(stage: Stage, batch: Batch, options: Options) -> Solution:
    batch = _without_constant(batch)
    if stage.adapter is solve_outer:
        return ask(stage.adapter, batch, options)
    from saddlepoint.solve.route.integers.outer_approximation import SECONDS, check_curved

    began = time.perf_counter()
    limit = SECONDS if options.time_limit is None else options.time_limit
    answers = ask(stage.adapter, batch, replace(options, time_limit=limit))
    left = max(0.0, limit * batch.size - (time.perf_counter() - began))
    return check_curved(batch, answers, replace(options, time_limit=left))


def _without_constant(batch: Batch) -> Batch:
    """The batch without the constant of its objective, beside which plan and bound of costs that are dust would be the same; bounds are those of the rest
    until the Solution is made."""
    return replace(batch, r=np.zeros((1, 1)))


def _telling(options: Options, worth: float, constant: float) -> Options:
    """Options that tell of a problem in other units (1 / worth of its objective) and without its constant as of the problem itself."""
    tell = options.tell
    if tell is None:
        return options
    return replace(options, tell=lambda plan, bound: tell(plan / worth + constant, bound / worth + constant))


def _integer(stage: Stage, batch: Batch, options: Options) -> Solution:
    from saddlepoint.solve.route.integers.solve_integers import LATER, NODES, TREES, solve_integers, units_of

    answers, nodes = list[Solution](), 0
    for s in range(batch.size):
        given = batch.take(np.array([s]))
        one = _without_constant(given)
        units = units_of(one)
        part = units.apply(one)
        most = LATER if nodes >= TREES else NODES
        worth = float(units.objective[0, 0])
        found = solve_integers(
            stage.adapter, part, _telling(options, worth, float(given.r[0, 0])), ask, worth, most
        )
        nodes += int(found.iterations[0])
        answers.append(units.restore(found))
    return concat(answers)
