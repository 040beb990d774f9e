"""Named runs and draws as scenario coordinates: a model and its numbers, each with an axis more.

What differs between runs is data, so a run is one more split set (`Run`), and so is a draw of a sample (`Draw`). All
runs and draws are then compiled once and solved in one sweep. docs/design/scenarios.md says why.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from saddlepoint.arrays import Array, Index
from saddlepoint.declare.scenarios import BASE, Override, Scenarios, Where
from saddlepoint.declare.spec import SampleSpec, SetItems, SetSpec, Spec, TableSpec
from saddlepoint.errors import Diagnostic, Mark, StudyError, suggest
from saddlepoint.files import Sheet, as_labels, to_floats
from saddlepoint.labels import Domain, Table
from saddlepoint.model.fetch import Fetched
from saddlepoint.model.model import Model, TableInfo
from saddlepoint.study.scenarios.select import DRAW, GENERATED, RUN

Drawn = tuple[Array, Mark]
"""Points of the unit interval, (draws, cells), and the place of the sample."""


def plain_spec(spec: Spec, scenarios: Scenarios) -> Spec:
    """The spec in which sampled tables are data like any other, so that formulas may use them plainly; those that are drawn as outcomes run
    over them.

    StudyError K211 where a sampled table is not uncertain, K219 where it names a covariance.
    """
    drawn = {key: name for name, sample in _drawn(spec.sets) for key in sample.tables}
    samples = [sample for _, sample in _drawn(spec.sets)]
    samples += [] if scenarios.sample is None else [scenarios.sample]
    if not samples:
        return spec
    found = [finding for sample in samples for finding in _not_drawn(sample, spec.tables)]
    if found:
        raise StudyError(found)
    sampled = {key for sample in samples for key in sample.tables}
    tables = tuple(replace(t, kind="exogenous") if t.key in sampled else t for t in spec.tables)
    return replace(spec, tables=tuple(_with(t, drawn[t.key]) if t.key in drawn else t for t in tables))


def _drawn(sets: Iterable[SetSpec]) -> Iterator[tuple[str, SampleSpec]]:
    """The sets of outcomes that are draws, with their samples."""
    for one in sets:
        if one.sample is not None:
            yield one.key, one.sample


def _not_drawn(sample: SampleSpec, tables: Sequence[TableSpec]) -> Iterator[Diagnostic]:
    kinds = {t.key: t for t in tables if t.kind == "uncertain" and t.samples is None}
    for key in sample.tables:
        if key not in kinds:
            message = f"the sample names the table {key!r}, which is not an uncertain one with distributions"
            fix = suggest(key, kinds) if kinds else "Declare the table with `type: uncertain`."
            yield Diagnostic("K211", message, sample.mark, fix=fix)
        elif kinds[key].covariance is not None:
            message = f"the table {key!r} names a covariance, and draws are independent from cell to cell"
            why = "independent draws of dependent numbers would understate what can come together"
            fix = "Give the draws themselves, as an uncertain table with `samples`."
            yield Diagnostic("K219", message, sample.mark, why=why, fix=fix)


def as_given(model: Model, spec: Spec) -> Model:
    """The model with the tables as they stand in the input files: sampled tables hold distributions."""
    declared = {t.key: t for t in spec.tables}
    tables = {key: _as_declared(info, declared.get(key, info.spec)) for key, info in model.tables.items()}
    return replace(model, tables=tables)


def _as_declared(info: TableInfo, spec: TableSpec) -> TableInfo:
    """A table that is drawn over outcomes stands in the input files without them."""
    whole = len(info.domain.names) == len(spec.coordinates)
    return replace(info, spec=spec, domain=info.domain if whole else info.domain.only(spec.coordinates))


def widen_spec(
    spec: Spec, items: Sequence[SetItems], model: Model, scenarios: Scenarios
) -> tuple[Spec, tuple[SetItems, ...]] | None:
    """The spec and items with the sets `Run` and `Draw`, as far as there are runs and draws; None = neither.

    spec: as plain_spec returns it, resolved to `model`. The tables that differ have the set as a coordinate, and so
    have the decided tables that depend on them. StudyError K210–K213 with everything that does not fit the model.
    """
    found = list(_check(model, scenarios))
    if found:
        raise StudyError(found)
    added: list[tuple[str, tuple[str, ...], set[str]]] = []
    if scenarios.runs:
        touched = {c.table for run in scenarios.runs for c in changes_of(run.name, scenarios)}
        added.append((RUN, _run_names(scenarios), touched))
    if scenarios.sample is not None:
        names = tuple(f"draw_{k + 1}" for k in range(scenarios.sample.number))
        added.append((DRAW, names, set(scenarios.sample.tables)))
    if not added:
        return None
    sets, tables = spec.sets, spec.tables
    for key, _, touched in reversed(added):
        wider = _dependent(model, touched)
        sets = (SetSpec(key, split_problem=True), *sets)
        tables = tuple(_with(t, key) if t.key in wider else t for t in tables)
    new = tuple(SetItems(key, names) for key, names, _ in added)
    return replace(spec, sets=sets, tables=tables), (*new, *items)


def widen_numbers(wide: Model, fetched: Fetched, scenarios: Scenarios) -> Fetched:
    """The numbers of every run and every draw, over the tables' domains in the wider model; StudyError K214, K215."""
    _check_columns(fetched, scenarios)
    samples = [sample for _, sample in _drawn(info.spec for info in wide.sets.values())]
    samples += [] if scenarios.sample is None else [scenarios.sample]
    points = {key: made for sample in samples for key, made in _points(fetched, sample).items()}
    tables = {
        key: _wider(table, wide.tables[key].domain, scenarios, points.get(key))
        if key in wide.tables
        else table
        for key, table in fetched.tables.items()
    }
    initial = {
        key: _wider(table, wide.tables[key].domain, scenarios, None) for key, table in fetched.initial.items()
    }
    return replace(fetched, tables=tables, initial=initial)


def _check_columns(fetched: Fetched, scenarios: Scenarios) -> None:
    """K218 for changes of columns that a table does not have."""
    found: list[Diagnostic] = []
    for change in (c for changes in scenarios.overrides.values() for c in changes):
        table = fetched.tables.get(change.table)
        if table is None or change.column is None:
            continue
        numbers = [name for name in table.columns if name != "distribution"]
        if change.column not in numbers:
            message = f"table {change.table!r} has no numbers {change.column!r}"
            found.append(Diagnostic("K218", message, change.mark, fix=suggest(change.column, numbers)))
    if found:
        raise StudyError(found)


def changed(table: Table, changes: Collection[Override]) -> Table:
    """A table after some changes, in their order."""
    columns = dict(table.columns)
    for change in changes:
        name = change.column or ("values" if "values" in columns else "mean")
        column = columns[name].copy()
        if change.rows is not None:
            cells, numbers = _of_file(table, change.rows)
            column[cells] = numbers
            columns[name] = column
            continue
        cells = _cells(table.domain, change.where)
        if change.action == "set":
            column[cells] = change.number
        elif change.action == "add":
            column[cells] += change.number
        else:
            column[cells] *= change.number
        columns[name] = column
    return replace(table, columns=columns)


def idle_changes(fetched: Fetched, scenarios: Scenarios) -> Iterator[Diagnostic]:
    """A warning (K280) for every change of an override after which all numbers are what they were."""
    for name, changes in scenarios.overrides.items():
        for change in changes:
            table = fetched.tables.get(change.table)
            if table is None or _knows_no(change, table):
                continue
            column = table.columns[change.column or ("values" if "values" in table.columns else "mean")]
            cells = _cells(table.domain, change.where)
            after = changed(table, [change]).columns
            same = all(
                np.array_equal(after[key], table.columns[key], equal_nan=after[key].dtype.kind == "f")
                for key in after
            )
            if same:
                yield _idle(name, change, table, bool(np.isfinite(column[cells]).any()))


def _knows_no(change: Override, table: Table) -> bool:
    """Whether a change names a column, a set or an item that the table does not have (said elsewhere)."""
    if change.column is not None and change.column not in table.columns:
        return True
    axes = {a.name: a for a in table.domain.axes}
    return any(k not in axes or (axes[k].codes(v) < 0).any() for k, v in change.where.labels.items())


def _idle(name: str, change: Override, table: Table, numbers: bool) -> Diagnostic:
    held = np.flatnonzero(np.isfinite(table.columns[next(iter(table.columns))])) if not numbers else []
    near = "; ".join(", ".join(table.domain.coordinates(int(k))) for k in held[:3])
    why = "the numbers there are already so" if numbers else "the table has no row there"
    fix = (
        f"Choose a row of the table: {near}{', …' if len(held) > 3 else ''}."
        if near
        else "Check the number and the action."
    )
    message = f"the override {name!r} changes nothing in {change.table!r}"
    return Diagnostic("K280", message, change.mark, why=why, fix=fix, severity="warning")


def _of_file(table: Table, sheet: Sheet) -> tuple[Index, Array]:
    """Flat positions and numbers of a file's rows; StudyError K291 for a column, a label or a number that is wrong."""
    found: list[Diagnostic] = []
    flat = np.zeros(len(sheet), dtype=np.int64)
    for axis in table.domain.axes:
        place = sheet.index(f"{axis.name}_Name")
        place = sheet.index(axis.name) if place is None else place
        if place is None:
            found.append(
                Diagnostic(
                    "K291", f"the file has no column {axis.name!r}", sheet.mark(-1), fix=f"Add {axis.name}."
                )
            )
            continue
        labels = as_labels(sheet.columns[place])
        codes = axis.codes(labels)
        for row in np.flatnonzero(codes < 0)[:5].tolist():
            message = f"{labels[row]!r} is not an item of {axis.name!r}"
            found.append(
                Diagnostic("K291", message, sheet.mark(row, place), fix=suggest(labels[row], axis.items))
            )
        flat = flat * len(axis) + codes
    place = sheet.index("values")
    if place is None:
        found.append(Diagnostic("K291", "the file has no column 'values'", sheet.mark(-1), fix="Add values."))
    numbers = to_floats(sheet.columns[place]) if place is not None else None
    if numbers is not None:
        blank = np.flatnonzero(~np.isfinite(numbers.values))[:5].tolist()
        found += [
            Diagnostic("K291", "the cell is no number", sheet.mark(row, place or 0), fix="Write one.")
            for row in blank
        ]
    if found or numbers is None:
        raise StudyError(found)
    return flat, numbers.values


MOST = 100_000_000
"""Scenarios that the sets may make."""


def allowed(domain: Domain, scenarios: Scenarios) -> Index | None:
    """The scenarios that include, exclude and list leave, as increasing positions; None = all.

    StudyError K212, K213, K216, and K217 where none is left.
    """
    if domain.size > MOST:
        message = (
            f"the scenario sets make {domain.size:,} scenarios: {' × '.join(map(str, domain.shape[:8]))}"
        )
        why = f"At most {MOST:,} can be counted, even if scenarios.yml leaves few of them."
        fix = "Make one set of the combinations that are meant, or take split_problem from some of the sets."
        raise StudyError.of("K220", message, why=why, fix=fix)
    if not scenarios.include and not scenarios.exclude and scenarios.listed is None:
        return None
    everywhere = (*scenarios.include, *scenarios.exclude, *(scenarios.listed or ()))
    found = [d for where in everywhere for d in _check_where(where, domain, "a scenario set of this model")]
    found += [d for where in scenarios.listed or () for d in _incomplete(where, domain)]
    if found:
        raise StudyError(found)
    some = bool(scenarios.include) or scenarios.listed is not None
    keep = np.full(domain.size, not some)
    for where in (*scenarios.include, *(scenarios.listed or ())):
        keep[_cells(domain, where)] = True
    for where in scenarios.exclude:
        keep[_cells(domain, where)] = False
    if not keep.any():
        what = "include, list and exclude leave none of the scenarios"
        raise StudyError.of(
            "K217",
            what,
            everywhere[0].mark if everywhere else Mark("scenarios.yml"),
            fix="Exclude less, or list some.",
        )
    return np.flatnonzero(keep)


def _run_names(scenarios: Scenarios) -> tuple[str, ...]:
    return (BASE, *(run.name for run in scenarios.runs if run.name != BASE))


def _with(table: TableSpec, key: str) -> TableSpec:
    return replace(table, coordinates=(key, *table.coordinates))


def _dependent(model: Model, touched: set[str]) -> set[str]:
    """The touched tables, and all decided tables of the problems that read them, directly or through others."""
    wider, before = set(touched), -1
    while before != len(wider):
        before = len(wider)
        for problem in model.problems:
            if not wider.isdisjoint((*problem.reads, *problem.decides)):
                wider |= set(problem.decides)
    return wider


def _points(fetched: Fetched, sample: SampleSpec) -> dict[str, Drawn]:
    """Sampled table → points of the unit interval, shape (draws, cells), and where the sample stands; 0.5 where a cell has no
    distribution."""
    known = [fetched.tables[key] for key in sample.tables if key in fetched.tables]
    used = [np.flatnonzero(t.columns["distribution"] != "") for t in known]
    from saddlepoint.study.scenarios.draws import unit_points

    points = unit_points(sample.number, sum(map(len, used)), sample.method, sample.seed)
    out: dict[str, Drawn] = {}
    start = 0
    for table, cells in zip(known, used, strict=True):
        own = np.full((sample.number, table.domain.size), 0.5)
        own[:, cells] = points[:, start : start + len(cells)]
        start += len(cells)
        out[table.key] = own, sample.mark
    return out


def _wider(table: Table, domain: Domain, scenarios: Scenarios, points: Drawn | None) -> Table:
    """A table over its wider domain: (runs, draws, own cells), the draws as `values`."""
    if domain.names == table.domain.names and points is None:
        return table
    variants = [table]
    if RUN in domain:
        variants = [changed(table, changes_of(run, scenarios, table.key)) for run in domain.axis(RUN).items]
    if points is not None:
        from saddlepoint.study.scenarios.draws import draw

        columns: dict[str, Any] = {"values": np.stack([draw(v, *points) for v in variants])}
    else:
        columns = {name: np.stack([v.columns[name] for v in variants]) for name in table.columns}
    repeats = domain.size // next(iter(columns.values())).size
    flat = {
        name: np.tile(column, (1, repeats) if points is None else 1).reshape(-1)
        for name, column in columns.items()
    }
    return replace(table, domain=domain, columns=flat, rows=None)


def changes_of(run: str, scenarios: Scenarios, table: str | None = None) -> tuple[Override, ...]:
    """The changes that a run makes (to one table), in the order in which they are applied."""
    names = next((r.overrides for r in scenarios.runs if r.name == run), ())
    every = (change for name in names for change in scenarios.overrides[name])
    return tuple(change for change in every if table in (None, change.table))


def _cells(domain: Domain, where: Where) -> Index:
    """Flat positions of the cells that fit partial coordinates."""
    flat = np.zeros(1, dtype=np.int64)
    for axis in domain.axes:
        labels = where.labels.get(axis.name)
        codes = np.arange(len(axis)) if labels is None else axis.codes(labels)
        flat = (flat[:, None] * len(axis) + codes).reshape(-1)
    return flat


def _check(model: Model, scenarios: Scenarios) -> Iterator[Diagnostic]:
    added = ([RUN] if scenarios.runs else []) + ([DRAW] if scenarios.sample is not None else [])
    folded = {key.casefold(): info for key, info in model.sets.items()}
    for key in added:
        if key.casefold() in folded:
            taken = folded[key.casefold()].spec
            why = f"{key!r} is the name of the set that scenarios.yml adds."
            message = f"a model with runs or samples cannot have a set {taken.key!r}"
            yield Diagnostic("K210", message, taken.mark, why=why, fix="Rename the set.")
    inputs = {t.key: t for t in model.inputs if t.spec.kind != "hybrid"}
    for changes in scenarios.overrides.values():
        for change in changes:
            if change.table not in inputs:
                message = f"{change.table!r} is no input table of this model"
                yield Diagnostic("K211", message, change.mark, fix=suggest(change.table, inputs))
            else:
                domain = inputs[change.table].domain
                yield from _check_where(change.where, domain, f"a coordinate of table {change.table!r}")


def _check_where(where: Where, domain: Domain, what: str) -> Iterator[Diagnostic]:
    for name, labels in where.labels.items():
        if name not in domain:
            fix = suggest(name, domain.names) if domain.names else "Leave it out: there is none."
            yield Diagnostic("K212", f"{name!r} is not {what}", where.mark, fix=fix)
            continue
        axis = domain.axis(name)
        for label in labels:
            if label not in axis.positions:
                message = f"{label!r} is not an item of {name!r}"
                yield Diagnostic("K213", message, where.mark, fix=suggest(label, axis.items))


def _incomplete(where: Where, domain: Domain) -> Iterator[Diagnostic]:
    missing = [name for name in domain.names if name not in where.labels and name not in GENERATED]
    if missing:
        message = f"a scenario of the list has no label of {', '.join(map(repr, missing))}"
        fix = "Give one label of every split set, or use include for partial coordinates."
        yield Diagnostic("K216", message, where.mark, fix=fix)
