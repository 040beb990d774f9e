"""A Batch into a Solution: route, sessions over threads, certificates, and the next attempt where one fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from saddlepoint.algebra.structure import Batch
from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.solve.incumbents import Incumbents
from saddlepoint.solve.interfaces import Kernel, SolverRecord, joined_settings
from saddlepoint.solve.kept_limits import what_gives_way
from saddlepoint.solve.kernels.table import batch_kernels
from saddlepoint.solve.last_digit import ask_what_must_give_way, to_the_last_digit
from saddlepoint.solve.proof.convexity import check_convex
from saddlepoint.solve.proof.effort import bounded
from saddlepoint.solve.proof.flat_cones import without_flat_cones
from saddlepoint.solve.proof.formulas import Formulas
from saddlepoint.solve.proof.problem_size import LARGE, SMALL, is_small
from saddlepoint.solve.route.claims.exact_claims import exact_answer
from saddlepoint.solve.route.inspection.presolve import presolve, uncrossed
from saddlepoint.solve.route.inspection.validate import check_finite, ranges
from saddlepoint.solve.route.stages.attempt import attempt
from saddlepoint.solve.route.stages.choose import Route, Stage, choose, with_raised_costs
from saddlepoint.solve.route.stages.close_sides import hanging, near_problem, reconciled
from saddlepoint.solve.route.stages.solver_table import LP, problem_class
from saddlepoint.solve.route.stages.try_settings import try_settings
from saddlepoint.solve.route.units.scaling import in_wild_units
from saddlepoint.solve.route.units.walls import has_walls, without_walls
from saddlepoint.solve.solution import Method, Options, Solution, Status

ALONE = 50
"""Scenarios of one batch that are asked about alone, at most."""
_NO_SOLVER = "by inspection"
_EXACT = "rational arithmetic"


def solve(
    batch: Batch,
    options: Options | None = None,
    kernels: Sequence[Kernel] | None = None,
    formulas: Formulas | None = None,
    *,
    table: Sequence[SolverRecord] | None = None,
    exact: bool = False,
    gives: bool = True,
) -> Solution:
    """Solve all scenarios, certify every answer, and try the next solver where a certificate fails.

    kernels: batch kernels in order of preference (default: all), asked only when no solver is named; table: the solvers to
    choose from (default: all of `routes.records()`); formulas: those the batch was compiled from, which every plan must satisfy and
    from which a curved objective is told; exact: every curved answer is made exact, by Newton's method or on its active set;
    gives: whether sides a hair apart may give way, and columns be held at their bounds, where nobody answers. Scenarios are split over `options.workers` threads in
    runs of neighbours. Raises SolveError for unusable numbers (L101), curvature (L102) and solvers (L103 – L107, also where no solver is needed).
    """
    options = options or Options()
    with np.errstate(all="ignore"):  # what overflows is judged by the certificates
        batch = without_flat_cones(check_finite(batch, None if formulas is None else formulas.name))
        if batch.structure.is_integer:
            batch = _without_dust(batch)
            again = partial(
                solve,
                options=options,
                kernels=kernels,
                formulas=formulas,
                table=table,
                exact=exact,
                gives=gives,
            )
            if (found := _in_whole_bounds(batch, again, gives)) is not None:
                return found
        route = choose(batch.structure, batch.size, options, table)
        draft = _begun(batch, options, formulas, exact, gives and not options.exact)
        batch = uncrossed(batch, options.hair)
        if options.settings and not len(draft.open()):
            try_settings(batch.structure, route.stages[0], options)
        _ask_kernels(batch, draft, _kernels_for(options, kernels))
        _ask_solvers(batch, draft, route, options, exact)
        _ask_alone(batch, draft, route, options, exact)
        if gives and batch.structure.is_conic and not batch.structure.is_integer:
            _ask_with_columns_held(batch, draft, partial(solve, kernels=kernels, table=table, gives=False))
        _within_a_hair(draft)
        ours = options.solver is None and table is None
        if ours:
            _exactly_where_floats_fail(batch, draft)
        to_the_last_digit(draft, Method(_EXACT) if ours else None, partial(solve, gives=False))
        ask_what_must_give_way(draft)
        solution = draft.solution()
        if not options.exact:
            if not gives:
                return solution
            told, words = what_gives_way(draft.batch, solution, draft.gave)
            return replace(solution, certificates=told, messages=words)
        from saddlepoint.solve.route.claims.proven_exactly import prove_solution

        return prove_solution(batch, solution, options.time_limit)


def _without_dust(batch: Batch) -> Batch:
    from saddlepoint.solve.route.inspection.whole_bounds import without_dust

    return without_dust(batch)


def _in_whole_bounds(batch: Batch, solve_again: Callable[[Batch], Solution], gives: bool) -> Solution | None:
    from saddlepoint.solve.route.inspection.whole_bounds import has_odd_bounds, solved_in_whole_bounds

    if not has_odd_bounds(batch):
        return None
    found, gave = solved_in_whole_bounds(batch, solve_again)
    if not gives:
        return found
    told, words = what_gives_way(batch, found, gave)
    return replace(found, certificates=told, messages=words)


def _begun(batch: Batch, options: Options, formulas: Formulas | None, exact: bool, gives: bool) -> Incumbents:
    """What inspection alone settles of a batch that can be solved. SolveError L102, or that it cannot be proven exactly."""
    check_convex(batch)
    if options.exact:
        from saddlepoint.solve.route.polishing.exactly import check_exact

        check_exact(batch)
    draft = Incumbents.blank(batch, options, formulas, exact, gives)
    settled = presolve(uncrossed(batch, options.hair), options.hair)
    draft.offer(settled.where, settled.answers, Method(_NO_SOLVER), final=False)
    return draft


def _ask_kernels(batch: Batch, draft: Incumbents, kernels: Sequence[Kernel]) -> None:
    """Every kernel that takes the batch, about the scenarios that are still open."""
    for kernel in kernels:
        waiting = draft.open()
        if len(waiting) and kernel.fit(batch) is not None:
            answers, done = kernel.run(without_walls(batch.take(waiting)))
            found = np.flatnonzero(done & ~hanging(batch.take(waiting), answers, draft.options.hair))
            draft.offer(waiting[found], answers.take(found), Method(kernel.name), final=False)


def _ask_solvers(batch: Batch, draft: Incumbents, route: Route, options: Options, exact: bool) -> None:
    """One attempt after the other, each about the scenarios that are still open."""
    stages = stages_for(batch, route.stages)
    if not batch.structure.is_integer and draft.walled():
        stages = _opened(stages)
    for stage in stages:
        for waiting, limit in draft.waiting():
            asked = _asked(stage, route, options, limit)
            _attempt(batch, draft, stage, asked, waiting, exact, last=stage is stages[-1])


def _ask_alone(batch: Batch, draft: Incumbents, route: Route, options: Options, exact: bool) -> None:
    """The attempts once more about scenarios of a sweep that none settled, each alone: in units and with settings that suit it, which those of all
    may not."""
    if batch.size == 1 or batch.structure.is_integer:
        return
    for s in draft.uncertified()[:ALONE].tolist():
        one = batch.take(np.array([s]))
        stages = stages_for(one, route.stages)
        for stage in _opened(stages) if has_walls(one) else stages:
            left = draft.time.left(s)
            over = options.stop is not None and options.stop()
            if over or draft.best.certificates.verified[s] or (left is not None and left <= 0):
                break
            _attempt(batch, draft, stage, _asked(stage, route, options, left), np.array([s]), exact)


def _ask_with_columns_held(
    batch: Batch, draft: Incumbents, solve_again: Callable[[Batch, Options], Solution]
) -> None:
    """Small scenarios with cones that none settled, once more with the columns held that the best answer settles: what costs dust beside them is seen then."""
    if batch.structure.n + batch.structure.m > SMALL:
        return
    from saddlepoint.solve.route.stages.held_columns import hold_columns, with_costs_of_held

    for s in draft.uncertified()[:ALONE].tolist():
        at, left = np.array([s]), draft.time.left(s)
        over = draft.options.stop is not None and draft.options.stop()
        if over or (left is not None and left <= 0) or draft.best.status[s] != Status.OPTIMAL:
            continue
        one, best = batch.take(at), draft.best
        held = hold_columns(one, best.x[s], best.z[s])
        if held is None:
            continue
        with draft.time.of(at):
            found = solve_again(held.batch, replace(draft.options, time_limit=left))
            if found.certificates.verified[0] and found.status[0] == Status.OPTIMAL:
                answers = with_costs_of_held(one, held, found)
                draft.offer(at, answers, Method(found.method[0].solver, "columns held"))


def _asked(stage: Stage, route: Route, options: Options, left: float | None) -> Options:
    """The options of an attempt where `left` seconds are left: a user's settings are those of the first solver."""
    own = options.settings if stage.solver == route.stages[0].solver else {}
    return replace(options, settings=joined_settings(stage.settings, own), time_limit=stage.limit(left))


def _attempt(
    batch: Batch,
    draft: Incumbents,
    stage: Stage,
    asked: Options,
    where: Index,
    exact: bool,
    *,
    last: bool = False,
) -> None:
    """What a stage says of the scenarios `where`, offered."""
    with draft.time.of(where):
        answers, near = _answers(stage, batch.take(where), asked, draft.best.x[where], exact)
        draft.offer(where, answers, stage.method, last=last, claims=not stage.open)
    _give_way(draft, where[near])


def _answers(stage: Stage, batch: Batch, asked: Options, before: Array, exact: bool) -> tuple[Solution, Mask]:
    """What a stage says, and where its claims hang on sides a hair apart (S,), what it says of the problem of a plan within tolerance."""
    answers = attempt(stage, batch, asked, before, exact)
    where = np.zeros(batch.size, np.bool_) if asked.exact else hanging(batch, answers, asked.hair)
    if batch.structure.is_integer or not where.any():
        return answers, where
    return reconciled(
        batch, answers, where, asked, lambda one, s, left: attempt(stage, one, left, before[[s]], exact)
    )


def _within_a_hair(draft: Incumbents) -> None:
    """Scenarios that nobody answered, as their sides may be a hair apart: all small ones, some of larger ones."""
    s = draft.batch.structure
    size = s.m + s.n
    if size <= LARGE and (s.m or not s.is_conic):
        where = draft.uncertified()
        _give_way(draft, where if size <= SMALL else where[:ALONE])


def _give_way(draft: Incumbents, where: Index) -> None:
    """Of the scenarios `where`, those without an answer: the problem whose sides give way is solved, and judged by the sides as
    they are, or, where all must give way, as it is."""
    if not draft.gives:
        return
    for s in where[~draft.best.certificates.verified[where]].tolist():
        at, left = np.array([s]), draft.time.left(s)
        if left is not None and left <= 0:
            continue
        asked, one = replace(draft.options, time_limit=left), draft.batch.take(at)
        with draft.time.of(at):
            near = near_problem(one, asked)
            small = one.structure.m + one.structure.n <= SMALL
            draft.settle_near(s, near, asked, partial(solve, gives=False), whenever=small)


def _exactly_where_floats_fail(batch: Batch, draft: Incumbents) -> None:
    """Small linear and quadratic scenarios that nobody's answer settled, in rational arithmetic."""
    if not is_small(batch):
        return
    for s in draft.uncertified().tolist():
        at, left = np.array([s]), draft.time.left(s)
        if left is not None and left <= 0:
            continue
        with bounded(left) as effort, draft.time.of(at):
            answer = exact_answer(batch.take(at), draft.best.take(at))
        if effort.ended:
            draft.given_up.add(s)
        if answer is not None:
            draft.offer_exact(s, answer, Method(_EXACT))


def stages_for(batch: Batch, stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages, HiGHS' ones on the scaled problem where it would drop or refuse an entry; integers always scaled; in
    wild units what is scaled (of cones, what is balanced) comes first, but the last resort stays last."""
    if batch.structure.is_integer and not (batch.structure.is_quadratic or batch.structure.is_conic):
        return tuple(replace(stage, scaled=True) for stage in stages)
    if ranges(batch).needs_scaling:
        stages = tuple(
            replace(stage, scaled=True, manner="scaled") if stage.solver == "highs" else stage
            for stage in stages
        )
    if batch.structure.is_integer:
        return stages
    if problem_class(batch.structure) == LP:
        stages = with_raised_costs(stages, *ranges(batch).cost)
    if not in_wild_units(batch):
        return stages
    conic = batch.structure.is_conic

    def late(stage: Stage) -> tuple[bool, bool]:
        return stage.seconds is not None, not (stage.balanced if conic else stage.scaled)

    return tuple(sorted(stages, key=late))


def _opened(stages: tuple[Stage, ...]) -> tuple[Stage, ...]:
    """The stages, before them the first of each manner on the problem without walls."""
    usual = [stage for stage in stages if stage.manner != "tight" and not stage.apart]
    return (*(replace(stage, open=True) for stage in usual), *stages)


def route(batch: Batch, options: Options | None = None, kernels: Sequence[Kernel] | None = None) -> Route:
    """How `solve` will go about a batch, with the reason, for `saddle explain`; SolveError as there."""
    options = options or Options()
    chosen = choose(batch.structure, batch.size, options)
    s = batch.structure
    if s.m == 0 and not s.is_conic and not s.is_quadratic:
        return replace(chosen, name=_NO_SOLVER, reason=f"{_NO_SOLVER}: bounds alone decide every variable")
    for kernel in _kernels_for(options, kernels):
        why = kernel.fit(batch)
        if why is not None:
            return replace(
                chosen, name=kernel.name, reason=f"{kernel.name}: {why}; what it leaves goes to {chosen.name}"
            )
    return chosen


def _kernels_for(options: Options, kernels: Sequence[Kernel] | None) -> Sequence[Kernel]:
    """No kernels where a solver or its settings are asked for."""
    if options.names_solvers:
        return ()
    return batch_kernels(options.workers) if kernels is None else kernels
