"""What a run found, read back from the store: statuses, plans, prices, what binds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.labels.column_units import name_and_unit
from saddlepoint.model.model import Model
from saddlepoint.model.price_units import objective_unit, objective_units
from saddlepoint.printing.grid import gap_text, grid, number
from saddlepoint.records import dataclass
from saddlepoint.report.overview import headline
from saddlepoint.report.pivots import PAGE, Labels
from saddlepoint.report.result_tables import result_tables
from saddlepoint.solve.solution import RESIDUALS, Status
from saddlepoint.store import Store, coordinate, show_rows
from saddlepoint.store.runs import objective_ranges, run_outcomes
from saddlepoint.study.execute import LoopOutcome, Summary

MOST: Final = 30
"""Scenarios that are listed."""
SUMMED: Final = 100_000
"""Rows of a table of many scenarios whose sums are told; to sum more takes longer than a small run."""
DUST: Final = 1e-9
"""Gaps up to here are none."""
PLANNED: Final = tuple(s.word for s in (Status.OPTIMAL, Status.FIXED_POINT, Status.FEASIBLE))
"""Statuses that come with a plan; where no scenario has one, there are no tables to show."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The outcome of one problem in one scenario; labels in the order of the model's scenario sets ("" = not its).

    residual: the largest of its certificate, without gap, the part of the objective between a plan of integers or products and
    its bound (None of others); bound: no plan is better than it.
    """

    problem: str
    labels: Labels
    status: str
    objective: float | None
    solver: str
    iterations: int
    residual: float | None
    exact: str | None = None
    bound: float | None = None
    gap: float | None = None


def outcomes(store: Store, model: Model, run: int, most: int | None = None) -> list[Scenario]:
    """The outcomes of a run, in its order; at most `most` of them. StoreError."""
    header, rows = run_outcomes(store, run, most)
    at = {name: k for k, name in enumerate(header)}
    places = [at.get(coordinate(name)) for name in model.scenarios.names]
    searched = {
        p.key
        for p in model.problems
        if p.products or any(model.tables[t].spec.domain != "real" for t in p.decides)
    }
    return [_outcome(row, at, places, row[at["problem"]] in searched) for row in rows]


def _outcome(row: Row, at: Mapping[str, int], places: Sequence[int | None], searched: bool) -> Scenario:
    labels = tuple("" if k is None or row[k] is None else str(row[k]) for k in places)
    names = [n for n in RESIDUALS if not (searched and n == "gap")]
    residuals = [abs(row[at[n]]) for n in names if row[at[n]] is not None]
    return Scenario(
        problem=row[at["problem"]],
        labels=labels,
        status=row[at["status"]],
        objective=row[at["objective"]],
        solver=row[at["solver"]],
        iterations=row[at["iterations"]],
        residual=max(residuals, default=None),
        exact=row[at["exact"]] if "exact" in at else None,
        bound=row[at["bound"]] if searched and "bound" in at else None,
        gap=row[at["gap"]] if searched else None,
    )


def run_summary(
    store: Store, model: Model, summary: Summary, width: int | None = None, full: bool = False
) -> str:
    """A finished run in words and tables: what fits on a page whole, what is larger in sums. StoreError.

    width: columns of the terminal (None = none: a page, whose lines are not folded); full: every table that fits on a page.
    """
    most, page = MOST, width or PAGE
    with store.snapshot():
        found = outcomes(store, model, summary.run, most * max(1, len(model.problems)) + 1)
        lines = [*_statuses(model, summary), *_loops(summary)]
        if len(found) <= most * len(model.problems):
            kept = dict.fromkeys(one.labels for one in found if one.status in PLANNED)
            lines += ["", *_scenarios(model, found, width)]
            parts = result_tables(store, model, list(kept), page, full) if kept else ()
            lines += [line for part in parts for line in ("", *part)]
        else:
            lines += ["", *_ranges(store, model, summary.run)]
    return "\n".join([*lines, "", *_end(summary)]) + "\n"


def _statuses(model: Model, summary: Summary) -> Iterator[str]:
    for key, words in summary.counts.items():
        counts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in words.items())
        title = model.problem(key).title
        yield f"{title[0].upper()}{title[1:]}: {counts}"
    yield from (f"  {message}" for message in summary.messages)
    if any(
        words.get(s.word) for words in summary.counts.values() for s in (Status.INFEASIBLE, Status.UNBOUNDED)
    ):
        yield "  What would help: `lab.diagnose()`"


def _loops(summary: Summary) -> Iterator[str]:
    """The joint objective of loops with what is proven of it, and that a fixed point may be a local one."""
    from saddlepoint.report.bound_text import proof_sentences

    for loop in summary.loops:
        many = [f"{n} different fixed points were seen" for n in {int(k) for k in loop.found} if n > 1]
        yield ""
        yield f"Joint objective of {', '.join(loop.problems)}" + (" (the best of those seen)" if many else "")
        yield from _joints(loop)
        yield _of_fixed_points(loop, bool(many))
        yield from proof_sentences(loop.joint, loop.proof)


def _of_fixed_points(loop: LoopOutcome, many: bool) -> str:
    """What a fixed point is, and whether those told are proven to be the best."""
    from saddlepoint.report.bound_text import no_better_plan

    means = "A fixed point is optimal for every sub-problem at the same values; "
    if no_better_plan(loop.joint, loop.proof):
        return f"{means}no plan of all together is better than these, proven to the gap."
    asked = many or bool(loop.proof.known.any() or loop.proof.unproven)
    more = "." if asked else "; `starts=8` tries several starts and proves a bound."
    return f"{means}it may be a local one, and it depends on the start{more}"


def _joints(loop: LoopOutcome) -> Iterator[str]:
    """One line per scenario, or the range over many."""
    known = [float(joint) for joint in loop.joint if not math.isnan(joint)]
    proof = loop.proof
    if len(loop.joint) > MOST:
        if known:
            yield f"  from {number(min(known))} to {number(max(known))} over {len(known)} scenarios"
        if proof.known.any():
            yield f"  proven in {int(proof.known.sum())} scenarios, with a gap of {gap_text(float(np.nanmax(proof.gap)))} at most"
        return
    proven = bool(proof.known.any())
    rows = [
        (
            *loop.scenarios.coordinates(int(w)),
            float(loop.joint[s]),
            int(loop.found[s]),
            *(
                (
                    float(proof.best[s]),
                    float(proof.bound[s]),
                    None if np.isnan(proof.best[s]) else gap_text(float(proof.gap[s])),
                )
                if proven
                else ()
            ),
        )
        for s, w in enumerate(loop.which)
    ]
    more = ("joint optimum", "bound", "gap") if proven else ()
    yield from grid(
        (*loop.scenarios.names, "joint", "fixed points seen", *more), rows, "  ", len(loop.scenarios.names)
    )


def _ranges(store: Store, model: Model, run: int) -> Iterator[str]:
    """What is said of many scenarios: the range of the objectives, and where the tables are."""
    found, units = objective_ranges(store, run), objective_units(model)
    for key, least, most in found:
        if model.problem(key).objectives and least is not None:
            unit = units[key]
            span = f"from {number(least)} to {number(most)}" + (f" {unit}" if unit else "")
            yield f"Objective of {model.problem(key).title}: {span}"
    tables = dict.fromkeys(t for p in model.problems for t in p.decides)
    for name in tables:
        if store.has(name) and show_rows(store, name, None, 0).total <= SUMMED:
            yield headline(store, name)
    yield f"Plans are in {', '.join(tables)}, prices in price_…: `lab.show('TABLE')`"


def _scenarios(model: Model, found: Sequence[Scenario], width: int | None) -> Iterator[str]:
    several = len(model.problems) > 1
    units = objective_units(model)
    unit = objective_unit(units)
    differ = not unit and any(units.values())
    aim = name_and_unit("objective", unit)
    header = [*model.scenarios.names, *(["problem"] if several else []), "status", aim]
    header += [*(["unit"] if differ else []), "solver"]
    proven = any(one.exact for one in found)
    header += ["exact objective"] if proven else []
    apart = any(one.gap is not None and one.gap > DUST for one in found)
    header += ["bound", "gap"] if apart else []
    yield "Scenarios"
    rows: list[list[Any]] = []
    for one in found:
        objective = one.objective if model.problem(one.problem).objectives else None
        key = [one.problem] if several else []
        exact = [_exact(one.exact)] if proven else []
        of = [units.get(one.problem, "")] if differ else []
        between = [one.bound, None if one.gap is None else gap_text(one.gap)] if apart else []
        word = one.status.replace("_", " ")
        rows.append([*one.labels, *key, word, objective, *of, one.solver, *exact, *between])
    yield from grid(header, rows, "  ", width=width)


def _exact(text: str | None) -> str:
    """A stored exact optimum for people."""
    if not text or text.endswith("…"):
        return text or ""
    from fractions import Fraction

    from saddlepoint.solve.proof.exact import shown

    return shown(Fraction(text))


def _end(summary: Summary) -> Iterator[str]:
    gap = f"the largest gap to the bound of all plans is {gap_text(summary.gap)}"
    if any(words.get(w) for words in summary.counts.values() for w in ("optimal", "fixed_point")):
        more = f"; {gap}" if summary.gap > DUST else ""
        yield f"Certified: the largest residual of all answers is {summary.residual:.1e}{more}."
    elif summary.gap > DUST:
        yield f"Not proven to be optimal: {gap}."
    yield f"Run {summary.run} took {summary.seconds:.2f} s."
