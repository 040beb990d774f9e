"""What a run found, read back from the store: statuses, plans, prices, what binds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.labels.column_units import main_unit
from saddlepoint.model.model import Model, Problem
from saddlepoint.model.price_units import objective_unit
from saddlepoint.printing.grid import grid, number, numerals, without_rounding
from saddlepoint.records import dataclass
from saddlepoint.report.pivots import Labels, fits, pivot, too_large
from saddlepoint.solve.solution import RESIDUALS, Status
from saddlepoint.store import (
    CatalogueEntry,
    Store,
    catalogue,
    coordinate,
    objective_ranges,
    price_table,
    report_table,
    run_outcomes,
)
from saddlepoint.study.execute import LoopOutcome, Summary

MOST: Final = 30
"""Larger tables are left to `saddle show`."""
PLANNED: Final = tuple(s.word for s in (Status.OPTIMAL, Status.FIXED_POINT, Status.FEASIBLE))
"""Statuses that come with a plan; where no scenario has one, there are no tables to show."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """The outcome of one problem in one scenario; labels in the order of the model's scenario sets ("" = not its)."""

    problem: str
    labels: Labels
    status: str
    objective: float | None
    solver: str
    iterations: int
    residual: float | None
    exact: str | None = None


def outcomes(store: Store, model: Model, run: int, most: int | None = None) -> list[Scenario]:
    """The outcomes of a run, in its order; at most `most` of them. StoreError."""
    header, rows = run_outcomes(store, run, most)
    at = {name: k for k, name in enumerate(header)}
    places = [at.get(coordinate(name)) for name in model.scenarios.names]
    return [_outcome(row, at, places) for row in rows]


def _outcome(row: Row, at: Mapping[str, int], places: Sequence[int | None]) -> Scenario:
    labels = tuple("" if k is None or row[k] is None else str(row[k]) for k in places)
    residuals = [abs(row[at[n]]) for n in RESIDUALS if row[at[n]] is not None]
    return Scenario(
        problem=row[at["problem"]],
        labels=labels,
        status=row[at["status"]],
        objective=row[at["objective"]],
        solver=row[at["solver"]],
        iterations=row[at["iterations"]],
        residual=max(residuals, default=None),
        exact=row[at["exact"]] if "exact" in at else None,
    )


def run_summary(store: Store, model: Model, summary: Summary, most: int = MOST) -> str:
    """A finished run in words and tables; tables of more than `most` rows are named only. StoreError."""
    with store.snapshot():
        found = outcomes(store, model, summary.run, most * max(1, len(model.problems)) + 1)
        lines = [*_statuses(model, summary), *_loops(summary)]
        if len(found) <= most * len(model.problems):
            kept = dict.fromkeys(one.labels for one in found if one.status in PLANNED)
            lines += ["", *_scenarios(model, found)]
            parts = _results(store, model, list(kept), most) if kept else ()
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
        words.get(s.word)
        for key, words in summary.counts.items()
        for s in (Status.INFEASIBLE, Status.UNBOUNDED)
        if not model.problem(key).products
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
        asked = bool(loop.proof.known.any() or loop.proof.unproven)
        yield (
            "A fixed point is optimal for every sub-problem at the same values; it may be a local one, and it depends on "
            "the start" + ("." if many or asked else "; `starts=8` tries several starts and proves a bound.")
        )
        yield from proof_sentences(loop.joint, loop.proof)


def _joints(loop: LoopOutcome) -> Iterator[str]:
    """One line per scenario, or the range over many."""
    known = [float(joint) for joint in loop.joint if not math.isnan(joint)]
    proof = loop.proof
    if len(loop.joint) > MOST:
        if known:
            yield f"  from {number(min(known))} to {number(max(known))} over {len(known)} scenarios"
        if proof.known.any():
            yield f"  proven in {int(proof.known.sum())} scenarios, with a gap of {np.nanmax(proof.gap):.1e} at most"
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
                    None if np.isnan(proof.best[s]) else f"{proof.gap[s]:.1e}",
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
    found = objective_ranges(store, run)
    for key, least, most in found:
        if model.problem(key).objectives and least is not None:
            unit = objective_unit(model)
            span = f"from {number(least)} to {number(most)}" + (f" {unit}" if unit else "")
            yield f"Objective of {model.problem(key).title}: {span}"
    tables = dict.fromkeys(t for p in model.problems for t in p.decides)
    yield f"Plans are in {', '.join(tables)}, prices in price_…: `lab.show('TABLE')`"


def _scenarios(model: Model, found: Sequence[Scenario]) -> Iterator[str]:
    several = len(model.problems) > 1
    unit = objective_unit(model)
    aim = f"objective [{unit}]" if unit else "objective"
    header = [*model.scenarios.names, *(["problem"] if several else []), "status", aim, "solver"]
    proven = any(one.exact for one in found)
    header += ["exact objective"] if proven else []
    yield "Scenarios"
    rows: list[list[Any]] = []
    for one in found:
        objective = one.objective if model.problem(one.problem).objectives else None
        key = [one.problem] if several else []
        exact = [_exact(one.exact)] if proven else []
        rows.append([*one.labels, *key, one.status.replace("_", " "), objective, one.solver, *exact])
    yield from grid(header, rows, "  ")


def _exact(text: str | None) -> str:
    """A stored exact optimum for people."""
    if not text or text.endswith("…"):
        return text or ""
    from fractions import Fraction

    from saddlepoint.solve.proof.exact import shown

    return shown(Fraction(text))


def _results(store: Store, model: Model, kept: Sequence[Labels], most: int) -> Iterator[list[str]]:
    """Plans, then prices, of every problem, for the scenarios that were run."""
    known = {info.name: info for info in catalogue(store)}
    for key in dict.fromkeys(t for p in model.problems for t in p.decides):
        if key in known:
            yield _plan(store, model, known[key], kept, most)
    for problem in model.problems:
        yield from _figures(store, model, problem, known, kept, most)
    for problem in model.problems:
        yield from _prices(store, model, problem, known, kept, most)


def _plan(store: Store, model: Model, info: CatalogueEntry, kept: Sequence[Labels], most: int) -> list[str]:
    unit = f" [{main_unit(info.unit)}]" if info.unit else ""
    title = f"{info.name}{unit}" + (f": {info.description}" if info.description else "")
    wide = pivot(store, model, info.name, kept, most)
    if wide is None:
        return [f"{title}: {too_large(store, info.name)}"]
    header, rows = wide
    return [title, *grid(header, rows, "  ")]


def _figures(
    store: Store,
    model: Model,
    problem: Problem,
    known: Mapping[str, CatalogueEntry],
    kept: Sequence[Labels],
    most: int,
) -> Iterator[list[str]]:
    """The figures of the report: those of one number together, then a table for each of the others."""
    single: dict[str, dict[Labels, Any]] = {}
    tables: list[list[str]] = []
    down: list[str] = []
    for figure in problem.reports:
        name = report_table(figure.name, problem.key)
        if name not in known:
            continue
        title = figure.name + (f" [{figure.unit}]" if figure.unit else "")
        wide = pivot(store, model, name, kept, most)
        if wide is None or wide[0][-1] != name:
            note = f": {figure.description}" if figure.description else ""
            shown = [f"  {too_large(store, name)}"] if wide is None else list(grid(*wide, "  "))
            tables.append([title + note, *shown])
            continue
        down = wide[0][:-1]
        single[title] = {tuple(row[:-1]): row[-1] for row in wide[1]}
    if single:
        places = dict.fromkeys(p for column in single.values() for p in column)
        rows = [[*place, *(column.get(place) for column in single.values())] for place in places]
        yield [
            "Report" + (f" of {problem.title}" if problem.key else ""),
            *grid([*down, *single], rows, "  "),
        ]
    yield from tables


def _starred(columns: Mapping[str, Mapping[Labels, Any]]) -> dict[str, dict[Labels, Any]]:
    """Prices as texts, with a star where the constraint binds; what is rounding beside the largest of all is 0."""
    cells = [cell or (None, 0) for column in columns.values() for cell in column.values()]
    quiet = iter(without_rounding([price for price, _ in cells], [binds for _, binds in cells]))
    found: dict[str, dict[Labels, Any]] = {}
    for title, column in columns.items():
        prices = [next(quiet) for _ in column]
        marked = zip(column.items(), prices, numerals(prices, exact=True), strict=True)
        found[title] = {
            place: None if price is None else text + (" *" if cell[1] else "  ")
            for (place, cell), price, text in marked
        }
    return found


def _prices(
    store: Store,
    model: Model,
    problem: Problem,
    known: Mapping[str, CatalogueEntry],
    kept: Sequence[Labels],
    most: int,
) -> Iterator[list[str]]:
    """All prices of one problem as one table; a star where the constraint binds."""
    if not problem.objectives:
        return
    columns: dict[str, dict[Labels, Any]] = {}
    legend: list[str] = []
    left_out: list[str] = []
    down: list[str] = []
    for constraint in problem.constraints:
        name = price_table(constraint.name, problem.key)
        wide = pivot(store, model, name, kept, most, marked=True) if name in known else None
        unit = main_unit(known[name].unit) if name in known else ""
        named = f"  {constraint.name}{f' [{unit}]' if unit else ''}  {constraint.text}"
        if wide is None:
            left_out.append(f"{named}: {too_large(store, name)}" if name in known else named)
            continue
        header, rows = wide
        down = header[: _depth(header, model)]
        if not fits([*columns, *(f"{constraint.name}[{t}]" for t in header[len(down) :])]):
            left_out.append(f"{named}: {too_large(store, name)}")
            continue
        for k in range(len(down), len(header)):
            title = constraint.name if header[k] == name else f"{constraint.name}[{header[k]}]"
            columns[title] = {tuple(row[: len(down)]): row[k] for row in rows}
        note = f"  ({constraint.description})" if constraint.description else ""
        legend.append(f"{named}{note}")
    title = f" of {problem.title}" if problem.key else ""
    columns = _starred(columns)
    if columns:
        places = dict.fromkeys(p for column in columns.values() for p in column)
        table = [[*place, *(column.get(place) for column in columns.values())] for place in places]
        fixed = "; integers fixed at the plan" if _has_integers(problem, model) else ""
        yield [f"Prices{title} (* binds{fixed})", *grid([*down, *columns], table, "  ", len(down)), *legend]
    if left_out:
        count = f"{len(left_out)} of {len(problem.constraints)} relations" if columns else "all of them"
        yield [f"Prices{title}, not shown here: {count}", *left_out]


def _has_integers(problem: Problem, model: Model) -> bool:
    return any(model.tables[t].spec.domain != "real" for t in problem.decides)


def _depth(header: Sequence[str], model: Model) -> int:
    return sum(1 for name in header if name in model.scenarios.names)


def _end(summary: Summary) -> Iterator[str]:
    if any(words.get(w) for words in summary.counts.values() for w in ("optimal", "fixed_point")):
        yield f"Certified: the largest residual of all answers is {summary.residual:.1e}."
    yield f"Run {summary.run} took {summary.seconds:.2f} s."
