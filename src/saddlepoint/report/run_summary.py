"""What a run found, read back from the store: statuses, plans, prices, what binds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from saddlepoint.labels.column_units import main_unit, with_unit
from saddlepoint.model.model import Model, Problem
from saddlepoint.printing.grid import grid, number, numerals
from saddlepoint.records import dataclass
from saddlepoint.solve.solution import RESIDUALS, Status
from saddlepoint.store import (
    CatalogueEntry,
    Shown,
    Store,
    catalogue,
    coordinate,
    objective_ranges,
    price_table,
    report_table,
    run_outcomes,
    show_rows,
)
from saddlepoint.study.execute import LoopOutcome, Summary

MOST: Final = 30
"""Larger tables are left to `saddle show`."""
WIDEST: Final = 120
"""Tables of more characters in a line are left to `saddle show` too."""
NARROWEST: Final = 9
PLANNED: Final = tuple(s.word for s in (Status.OPTIMAL, Status.FIXED_POINT, Status.FEASIBLE))
"""Statuses that come with a plan; where no scenario has one, there are no tables to show."""

Row = tuple[Any, ...]
Labels = tuple[str, ...]


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
            yield f"Objective of {model.problem(key).title}: from {number(least)} to {number(most)}"
    tables = dict.fromkeys(t for p in model.problems for t in p.decides)
    yield f"Plans are in {', '.join(tables)}, prices in price_…: `lab.show('TABLE')`"


def _scenarios(model: Model, found: Sequence[Scenario]) -> Iterator[str]:
    several = len(model.problems) > 1
    header = [*model.scenarios.names, *(["problem"] if several else []), "status", "objective", "solver"]
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
    pivot = _pivot(store, model, info.name, kept, most)
    if pivot is None:
        return [f"{title}  (`lab.show('{info.name}')`)"]
    header, rows = pivot
    return [title, *grid(header, rows, "  ")]


def _pivot(
    store: Store, model: Model, name: str, kept: Sequence[Labels], most: int, marked: bool = False
) -> tuple[list[str], list[list[Any]]] | None:
    """A result table with the last coordinate across, scenarios and the other coordinates down; None if it is too large.

    marked: prices, with a star where the constraint binds.
    """
    shown = show_rows(store, name, None, most * 8 + 1)
    if shown.total > most * 8:
        return None
    axes = [coordinate(n) for n in model.scenarios.names]
    down = [shown.header.index(a) for a in axes if a in shown.header]
    others = [k for k, t in enumerate(shown.header) if t.endswith("_Name") and k not in down]
    aside = [] if marked else others[:-1]
    across = [k for k in others if k not in aside]
    value = shown.header.index("price" if marked else "values")
    binds = shown.header.index("binding") if marked else None
    wanted = {tuple(labels[axes.index(shown.header[k])] for k in down) for labels in kept}
    cells: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in shown.rows:
        place = tuple(str(row[k]) for k in down)
        if place in wanted:
            here = cells.setdefault((*place, *(str(row[k]) for k in aside)), {})
            cell = row[value] if binds is None else (row[value], row[binds])
            here[" / ".join(str(row[k]) for k in across)] = cell
    titles = list(dict.fromkeys(t for here in cells.values() for t in here))
    if len(titles) * len(cells) > most * 8 or not _fits(titles):
        return None
    header = [shown.header[k].removesuffix("_Name") for k in [*down, *aside]] + [t or name for t in titles]
    return header, [[*place, *(here.get(t) for t in titles)] for place, here in cells.items()]


def laid_out(shown: Shown, unit: str = "") -> tuple[list[str], list[list[Any]]]:
    """Header and rows of a table: numbers with the last coordinate across where all of them fit on a page.

    unit: as the catalogue says it, shown in the titles of the columns.
    """
    plain = shown.without("id")
    titles = [name.removesuffix("_Name") for name in plain.header]
    labels = [k for k, name in enumerate(plain.header) if name.endswith("_Name")]
    rows = [list(row) for row in plain.rows]
    alone = len(titles) == len(labels) + 1 and "values" in titles
    if len(labels) < 2 or not alone or shown.total > len(rows):
        return [with_unit(title, unit) for title in titles], rows
    *down, across = labels
    value = titles.index("values")
    columns = list(dict.fromkeys(str(row[across]) for row in rows))
    cells: dict[Labels, dict[str, Any]] = {}
    for row in rows:
        cells.setdefault(tuple(str(row[k]) for k in down), {})[str(row[across])] = row[value]
    if not _fits(columns):
        return [with_unit(title, unit) for title in titles], rows
    header = [*(titles[k] for k in down), *columns]
    return header, [[*place, *(here.get(t) for t in columns)] for place, here in cells.items()]


def _fits(titles: Sequence[str]) -> bool:
    """Whether columns with these titles stand beside each other on a page."""
    return sum(max(len(t), NARROWEST) + 2 for t in titles) <= WIDEST


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
        pivot = _pivot(store, model, name, kept, most)
        if pivot is None or pivot[0][-1] != name:
            note = f": {figure.description}" if figure.description else ""
            shown = [f"  (`lab.show('{name}')`)"] if pivot is None else list(grid(*pivot, "  "))
            tables.append([title + note, *shown])
            continue
        down = pivot[0][:-1]
        single[title] = {tuple(row[:-1]): row[-1] for row in pivot[1]}
    if single:
        places = dict.fromkeys(p for column in single.values() for p in column)
        rows = [[*place, *(column.get(place) for column in single.values())] for place in places]
        yield [
            "Report" + (f" of {problem.title}" if problem.key else ""),
            *grid([*down, *single], rows, "  "),
        ]
    yield from tables


def _starred(places: Sequence[Labels], cells: Sequence[tuple[float | None, Any] | None]) -> dict[Labels, Any]:
    """Prices as texts, with a star where the constraint binds."""
    texts = numerals([None if cell is None else cell[0] for cell in cells])
    return {
        place: None if cell is None or cell[0] is None else text + (" *" if cell[1] else "  ")
        for place, cell, text in zip(places, cells, texts, strict=True)
    }


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
    down: list[str] = []
    for constraint in problem.constraints:
        name = price_table(constraint.name, problem.key)
        pivot = _pivot(store, model, name, kept, most, marked=True) if name in known else None
        unit = main_unit(known[name].unit) if name in known else ""
        named = f"  {constraint.name}{f' [{unit}]' if unit else ''}  {constraint.text}"
        if pivot is None:
            legend.append(f"{named}  (`lab.show('{name}')`)")
            continue
        header, rows = pivot
        down = header[: _depth(header, model)]
        if not _fits([*columns, *(f"{constraint.name}[{t}]" for t in header[len(down) :])]):
            legend.append(f"{named}  (`lab.show('{name}')`)")
            continue
        for k in range(len(down), len(header)):
            title = constraint.name if header[k] == name else f"{constraint.name}[{header[k]}]"
            columns[title] = _starred([tuple(row[: len(down)]) for row in rows], [row[k] for row in rows])
        note = f"  ({constraint.description})" if constraint.description else ""
        legend.append(f"{named}{note}")
    if columns:
        places = dict.fromkeys(p for column in columns.values() for p in column)
        table = [[*place, *(column.get(place) for column in columns.values())] for place in places]
        title = f" of {problem.title}" if problem.key else ""
        fixed = "; integers fixed at the plan" if _has_integers(problem, model) else ""
        yield [f"Prices{title} (* binds{fixed})", *grid([*down, *columns], table, "  ", len(down)), *legend]
    elif legend:
        yield [f"Prices of {problem.title}", *legend]


def _has_integers(problem: Problem, model: Model) -> bool:
    return any(model.tables[t].spec.domain != "real" for t in problem.decides)


def _depth(header: Sequence[str], model: Model) -> int:
    return sum(1 for name in header if name in model.scenarios.names)


def _end(summary: Summary) -> Iterator[str]:
    if any(words.get(w) for words in summary.counts.values() for w in ("optimal", "fixed_point")):
        yield f"Certified: the largest residual of all answers is {summary.residual:.1e}."
    yield f"Run {summary.run} took {summary.seconds:.2f} s."
