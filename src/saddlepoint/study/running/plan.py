"""What to solve and how: a request resolved against a model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

import numpy as np

from saddlepoint.arrays import Array, Index, distinct
from saddlepoint.compile.numbers import Numbers
from saddlepoint.compile.program import Program
from saddlepoint.errors import Diagnostic, StudyError, suggest
from saddlepoint.model.fetch import Fetched
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.model.model import Model, Problem
from saddlepoint.records import dataclass
from saddlepoint.rewrite.check import Seen
from saddlepoint.rewrite.rewrite import rewrite
from saddlepoint.solve.interfaces import Kernel
from saddlepoint.solve.kernels.table import batch_kernels
from saddlepoint.solve.solution import Options
from saddlepoint.study.coupling.coupling import Coupling
from saddlepoint.study.coupling.order import Mode, Order, order
from saddlepoint.study.running.spread import Spread
from saddlepoint.study.scenarios.select import project, select

if TYPE_CHECKING:
    from saddlepoint.solve.decomposition.passes import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to solve and how.

    scenarios: choices as in study.scenarios.select.select (none = all); mode, chain: as in study.coupling.order; chunk: scenarios
    solved at once (None = as memory allows); ranges: whether to find how far prices and plans hold; input_ranges: how far the
    numbers of inputs may move, too; kernels: batch kernels to try before a solver (None = all); each: problem → options of its
    own; expected: scenarios of the whole study of which this run is a part (they pay for compiling kernels); searching: told how
    far a
    long integer search is: the objective of the best plan so far, and the bound.
    """

    scenarios: tuple[str, ...] = ()
    mode: Mode | None = None
    chain: tuple[str, ...] | None = None
    options: Options = field(default_factory=Options)
    coupling: Coupling = field(default_factory=Coupling)
    chunk: int | None = None
    ranges: bool = False
    input_ranges: bool = False
    kernels: tuple[Kernel, ...] | None = None
    each: Mapping[str, Options] = field(default_factory=dict[str, Options])
    expected: int = 0
    searching: Callable[[float, float], None] | None = field(default=None, repr=False, compare=False)
    enough: Callable[[], bool] | None = field(default=None, repr=False, compare=False)

    def options_of(self, problem: str) -> Options:
        """The options of a sub-problem: its own where some are given for it."""
        return self.each.get(problem, self.options)

    def telling_options(self, problem: Problem) -> Options:
        """The same, with whom to tell of a long search, in the user's sense, and whom to ask whether the best plan so far is enough."""
        options, told = self.options_of(problem.key), self.searching
        options = options if self.enough is None else replace(options, stop=self.enough)
        if told is None:
            return options
        sense = float(problem.sense or 1)
        return replace(options, tell=lambda plan, bound: told(sense * plan, sense * bound))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A request resolved against a model: the order of groups, and the chosen scenarios (positions, shape (S,)).

    study: how many scenarios there are to choose from (fewer than the product where scenarios.yml says so).
    """

    model: Model
    fetched: Fetched
    request: Request
    order: Order
    which: Index
    study: int

    @property
    def announcements(self) -> tuple[str, ...]:
        """What to tell before the run: the mode, and that a loop's fixed point may be local."""
        said = [] if len(self.model.problems) < 2 else [f"Mode: {self.order.reason}."]
        looped = any(g.loop for g in self.order.groups)
        multiplied = any(p.products for p in self.model.problems)
        if multiplied and self.request.coupling.starts > 1:
            said.append(
                "Decisions are multiplied: the best plan is found with a proof of how good any can be; there are no prices."
            )
        if self.request.coupling.starts > 1 and not looped and not multiplied:
            said.append("`starts=N` has no effect: no sub-problems form a loop, so there is one start only.")
        if looped:
            more = (
                ""
                if self.request.coupling.starts > 1
                else "; `starts=8` tries several starts and proves a bound"
            )
            said.append(
                "Decisions of one sub-problem are data of another: a product of two decisions is not convex, and the "
                f"fixed point found may be a local one that depends on the start{more}."
            )
        said += [f"Warning {d.code}: {d.message}; {d.why}." for d in self.model.warnings if d.code == "R012"]
        return tuple(said)

    @property
    def is_partial(self) -> bool:
        """Whether only some of the scenarios to choose from are solved."""
        return len(self.which) < self.study


def plan(
    model: Model, fetched: Fetched, request: Request | None = None, allowed: Index | None = None
) -> Plan:
    """Resolve a request; allowed: the scenarios to choose from (None = all).

    The plan's model is the rewritten one: no chance constraint is left in it. Raises StudyError, RewriteError.
    """
    request = request or Request()
    _check_names(model, request)
    which = select(model.scenarios, request.scenarios, allowed)
    study = model.scenarios.size if allowed is None else len(allowed)
    stated = Plan(
        model=model,
        fetched=fetched,
        request=request,
        order=order(model, request.mode, request.chain),
        which=which,
        study=study,
    )
    flat = flat_numbers(fetched.tables.values(), model.defaults)
    return replace(stated, model=rewrite(model, flat, lambda problem: _seen(problem, stated, flat)))


def _check_names(model: Model, request: Request) -> None:
    """StudyError K460, K461 for tables of the stopping test and problems with options that the model does not have."""
    decided = [table for problem in model.problems for table in problem.decides]
    watched = [*(request.coupling.check or ()), *request.coupling.skip]
    keys = [problem.key for problem in model.problems]
    found = [
        Diagnostic("K460", f"no problem decides a table {table!r}", fix=suggest(table, decided))
        for table in watched
        if table not in decided
    ]
    found += [
        Diagnostic("K461", f"there is no problem {key!r}", fix=suggest(key, keys))
        for key in request.each
        if key not in keys
    ]
    if found:
        raise StudyError(found)


def _seen(problem: Problem, plan: Plan, flat: Mapping[str, Array]) -> Seen:
    numbers = Numbers(flat, problem.scenarios, own_scenarios(problem, plan), {})
    return Seen(numbers.of, problem.scenarios, numbers.which)


def numbers_of(problem: Problem, plan: Plan, flat: Mapping[str, Array]) -> Numbers:
    """What a problem reads in the chosen scenarios (each of its own scenarios once)."""
    missing = [t for t in problem.reads if t not in flat and plan.model.tables[t].spec.kind == "hybrid"]
    if missing:
        raise StudyError.of(
            "K107",
            f"{problem.title} reads {', '.join(map(repr, missing))}, which no problem has decided yet and no input gives",
            plan.model.tables[missing[0]].spec.mark,
            fix="Give initial values in the input files, or solve the sub-problems coupled (`mode='integrated'`) or in sequence (`mode='sequential'`).",
        )
    which = own_scenarios(problem, plan)
    return Numbers(flat, problem.scenarios, which, free_levels(problem, len(which)))


def known_numbers(plan: Plan) -> dict[str, Array]:
    """Table → its numbers as they are given: inputs, and starting values of what sub-problems exchange."""
    flat: dict[str, Array] = flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
    for key, table in plan.fetched.initial.items():
        flat.setdefault(key, table.columns["values"])
    return flat


def free_levels(problem: Problem, size: int) -> Mapping[str, Array]:
    """The levels of the objectives that come first, before any is known: none binds."""
    return {rank.level.table: np.full((size, 1), rank.sense * np.inf) for rank in problem.ranks}


def own_scenarios(problem: Problem, plan: Plan) -> Index:
    """The chosen scenarios as positions in a problem's own scenario domain, each once, in order."""
    if len(plan.which) == plan.model.scenarios.size:
        return np.arange(problem.scenarios.size)
    return distinct(project(plan.which, plan.model.scenarios, problem.scenarios))


@dataclass(frozen=True, slots=True)
class SearchResources:
    """What a search over outcomes may use. spread: where they are solved; steps: where its passes are written down."""

    spread: Spread
    steps: Callable[[str], Journal] | None


def kernels_for(
    program: Program, model: Model, request: Request, size: int, resources: SearchResources | None = None
) -> Sequence[Kernel]:
    """The kernels asked for, else all; before them that for decisions under outcomes, where a compiled problem has such.

    resources: of that kernel; without them it can be sent elsewhere."""
    known = kernels_of(request, size)
    if request.kernels is not None or not any(s.outcomes is not None for s in model.sets.values()):
        return known
    from saddlepoint.compile.outcome_columns import node_columns
    from saddlepoint.solve.decomposition.kernel import outcome_kernel
    from saddlepoint.solve.decomposition.nested.kernel import tree_kernel

    found = node_columns(program, model)
    if found is None:
        return known
    _, labels, parents = found
    if (parents >= 0).any():
        return (tree_kernel(labels, parents, request.options), *known)
    scatter = None if resources is None else resources.spread.scatter(request.options.workers)
    steps = None if resources is None else resources.steps
    return (outcome_kernel(labels, request.options, scatter=scatter, steps=steps), *known)


def kernels_of(request: Request, size: int) -> Sequence[Kernel]:
    """The kernels asked for, else all, which are told how many scenarios there are besides those of their chunk."""
    expected = max(size, request.expected)
    return batch_kernels(request.options.workers, expected) if request.kernels is None else request.kernels
