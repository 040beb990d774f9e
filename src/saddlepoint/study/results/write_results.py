"""Answers into the store: plans, prices, reduced costs, statuses, the way to convergence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.labels import Domain, Table
from saddlepoint.model.flat_numbers import flat_numbers
from saddlepoint.solve.label import Answer
from saddlepoint.solve.solution import Status
from saddlepoint.store import price_table, report_table
from saddlepoint.store.identifiers import reduced_cost_table
from saddlepoint.store.run_records import ConvergenceRecords, ScenarioRecords
from saddlepoint.store.staging import Staged
from saddlepoint.study.coupling.coupling import Coupled
from saddlepoint.study.results.idle_cells import unread_tables, with_idle
from saddlepoint.study.results.reports import report_tables
from saddlepoint.study.running.plan import Plan
from saddlepoint.study.running.run import Piece
from saddlepoint.study.running.tables import plan_tables, price_tables, reduced_costs
from saddlepoint.study.scenarios.chunks import box, with_axes
from saddlepoint.study.scenarios.select import DRAW

if TYPE_CHECKING:
    from saddlepoint.solve.diagnosis.ranges import Ranges

DRAWS: Final = "_draws"
UNREAD: Final = "_unread"


def keep_piece(staged: Staged, plan: Plan, piece: Piece) -> None:
    """Stage everything a piece of a run found, as one chunk that a later run can resume. StoreError."""
    with staged.chunk(piece.name):
        for key, answer in piece.answers.items():
            scenarios = answer.program.scenarios
            for table in (*tables_of_answer(plan, key, answer, piece.ranges.get(key)), *piece.tables):
                staged.put(table, scenarios.names, with_axes(table.domain, scenarios))
            staged.scenarios(outcome_records(answer, piece.coupled))
        if piece.coupled is not None:
            staged.convergence(convergence(piece.coupled))


def keep_draws(staged: Staged, plan: Plan) -> None:
    """Stage the numbers that were drawn, as `_draws_<table>`, unless a killed run has done so already. StoreError."""
    if DRAWS in staged.done:
        return
    drawn = [t for t in plan.fetched.tables.values() if DRAW in t.domain]
    if drawn:
        with staged.chunk(DRAWS):
            for table in drawn:
                staged.put(replace(table, key=f"{DRAWS}_{table.key}"))


def keep_unread(staged: Staged, plan: Plan) -> None:
    """Stage blank tables for what no problem decides, unless a killed run has done so already. StoreError."""
    if UNREAD in staged.done:
        return
    unread = list(unread_tables(plan))
    if unread:
        with staged.chunk(UNREAD):
            for table in unread:
                staged.put(table)


def tables_of_answer(
    plan: Plan, problem: str, answer: Answer, ranges: Ranges | None = None
) -> Iterator[Table]:
    """Plans, reduced costs, prices and (where they were asked for) ranges of one problem, under the names that they are stored by."""
    place = box(answer.program.scenarios, answer.which)
    yield from with_idle(plan_tables(answer, plan.model, place), plan)
    for table in reduced_costs(answer, plan.model, place):
        yield replace(table, key=reduced_cost_table(table.key))
    for table in price_tables(answer, place):
        yield replace(table, key=price_table(table.key, problem))
    if ranges is not None:
        from saddlepoint.study.results.range_tables import range_tables

        yield from range_tables(problem, answer, ranges, plan.model, place)
    if plan.model.problem(problem).reports:
        flat = flat_numbers(plan.fetched.tables.values(), plan.model.defaults)
        for table in report_tables(answer, plan.model, flat, place):
            yield replace(table, key=report_table(table.key, problem))


_WORDS = np.array([s.word for s in Status])


def outcome_records(answer: Answer, coupled: Coupled | None = None) -> ScenarioRecords:
    """Statuses, objectives and certificates, as they are stored; coupled: the verdict on the loop to which the answer belongs."""
    solution, methods = answer.solution, answer.solution.method
    return ScenarioRecords(
        problem=answer.program.problem,
        domain=answer.program.scenarios,
        positions=answer.which,
        status=_WORDS[solution.status].tolist(),
        solver=np.array([m.solver for m in methods.values])[methods.codes].tolist(),
        route=np.array([str(m) for m in methods.values])[methods.codes].tolist(),
        numbers={
            "objective": answer.objective,
            **solution.effort,
            **solution.facts,
            **answer.bounds,
            **_of_loop(coupled),
        },
        exact=exact_objectives(answer),
    )


def _of_loop(coupled: Coupled | None) -> dict[str, Array]:
    """What is proven of the joint problem of a loop, where that was asked for."""
    if coupled is None or not (np.isfinite(coupled.proof.gap).any() or coupled.proof.unproven):
        return {}
    proof = coupled.proof
    return {
        "joint": coupled.joint,
        "joint_best": proof.best,
        "joint_bound": proof.bound,
        "joint_gap": proof.gap,
    }


def exact_objectives(answer: Answer) -> dict[int, str]:
    """Scenario → the optimum proven in rational arithmetic, in the user's sense, as a fraction."""
    proven = answer.solution.exact
    if not proven:
        return {}
    from saddlepoint.solve.proof.exact import negative_text

    return {s: negative_text(text) if answer.program.sense < 0 else text for s, text in proven.items()}


def convergence(coupled: Coupled) -> ConvergenceRecords:
    """The changes of all scenarios, tables and sweeps, one row each (sweep 1 is the change from 0 to 1)."""
    trace = coupled.trace
    scenario, sweep, table = np.nonzero(~np.isnan(trace.changes))
    answer = next(iter(coupled.answers.values()))
    domain: Domain = answer.program.scenarios
    return ConvergenceRecords(
        domain=domain,
        scenario=answer.which[scenario],
        iteration=sweep + 1,
        table=[trace.tables[k] for k in table.tolist()],
        change=trace.changes[scenario, sweep, table],
        threshold=trace.thresholds[scenario, table],
    )
