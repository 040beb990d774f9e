"""A two-stage program in SMPS files as a model: sets of columns and rows, sparse tables, a set of outcomes."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from saddlepoint.arrays import Array, Index, Mask
from saddlepoint.building.expression import AxisSet, Expression, call
from saddlepoint.building.model import Model
from saddlepoint.files.smps import OBJECTIVE, RIGHT_SIDE, OutcomeNumbers, SmpsFile
from saddlepoint.records import dataclass

_SENSES: Final = (("equal", "=="), ("least", ">="), ("most", "<="))


@dataclass(frozen=True, slots=True)
class _Part:
    """The columns of one table: first or second stage, whole or not."""

    name: str
    columns: Index
    axis: AxisSet
    decision: Expression


@dataclass(frozen=True, slots=True)
class _Making:
    """The model in the making; outcomes: None where nothing is uncertain."""

    model: Model
    smps: SmpsFile
    numbers: OutcomeNumbers
    outcomes: AxisSet

    def table(
        self, name: str, sets: tuple[AxisSet, ...], where: Index, core: Array, places: Index
    ) -> Expression:
        """Data over sets, and over the outcomes where some number of it changes; where: (n, len(sets)) positions of the numbers
        core (n,); places: for each of them the place that changes, −1 where none does."""
        items = [self.model.items_of(s) for s in sets]
        varying = bool((places >= 0).any())
        axes = (*sets, self.outcomes) if varying else sets
        filled: dict[tuple[str, ...], float] = {}
        for at, value, place in zip(where.tolist(), core.tolist(), places.tolist(), strict=True):
            key = tuple(names[k] for names, k in zip(items, at, strict=True))
            if not varying:
                filled[key] = value
                continue
            column = np.full(len(self.numbers.labels), value) if place < 0 else self.numbers.values[:, place]
            filled |= {
                (*key, label): v for label, v in zip(self.numbers.labels, column.tolist(), strict=True)
            }
        return self.model.data(name, *axes, filled, default=0)


def model_of(smps: SmpsFile, numbers: OutcomeNumbers, name: str = "") -> Model:
    """The extensive form of an SMPS program, as a model that can be solved, changed and written to a folder."""
    model = Model(name or smps.core.name or "smps")
    outcomes = model.set("Outcomes", numbers.labels, probability="probability")
    model.data("probability", outcomes, numbers.probabilities)
    making = _Making(model, smps, numbers, outcomes)
    later = np.arange(len(smps.core.columns)) >= smps.first_columns
    parts = [
        made
        for name, second, whole in _KINDS
        if (made := _part(making, name, (later == second) & (smps.core.whole == whole), second)) is not None
    ]
    _rows(making, parts, slice(0, smps.first_rows), "First", False)
    _rows(making, parts, slice(smps.first_rows, len(smps.core.rows)), "Later", True)
    _objective(making, parts)
    return model


_KINDS: Final = (("x", False, False), ("x_whole", False, True), ("y", True, False), ("y_whole", True, True))


def _part(making: _Making, name: str, chosen: Mask, second: bool) -> _Part | None:
    core, columns = making.smps.core, np.flatnonzero(chosen)
    if not len(columns):
        return None
    axis = making.model.set(f"Columns_{name}", [core.columns[j] for j in columns])
    bounds = {
        side: _bound(making, f"{side}_{name}", axis, getattr(core, field)[columns], none)
        for side, field, none in (("lower", "lb", -np.inf), ("upper", "ub", np.inf))
    }
    sets = (axis, making.outcomes) if second else (axis,)
    domain = "integer" if core.whole[columns[0]] else "real"
    return _Part(name, columns, axis, making.model.decide(name, *sets, domain=domain, **bounds))


def _bound(making: _Making, name: str, axis: AxisSet, values: Array, none: float) -> Any:
    """A number, data with cells for what is limited, or None."""
    if (values == none).all():
        return None
    if (values == values[0]).all():
        return float(values[0])
    items = making.model.items_of(axis)
    filled = {item: v for item, v in zip(items, values.tolist(), strict=True) if np.isfinite(v)}
    return making.model.data(name, axis, filled, blank_fill=none)


def _rows(making: _Making, parts: list[_Part], kept: slice, name: str, second: bool) -> None:
    """The rows of a stage by their senses; a row with two different sides stands in two relations."""
    core = making.smps.core
    rows = np.arange(len(core.rows))[kept]
    if not len(rows):
        return
    l, u = core.l[rows], core.u[rows]
    holds = {"equal": l == u, "least": np.isfinite(l) & (l != u), "most": np.isfinite(u) & (l != u)}
    labels: dict[str, Any] = {word: ["yes" if h else "" for h in where] for word, where in holds.items()}
    axis = making.model.set(f"{name}Rows", [core.rows[i] for i in rows], **labels)
    left = [_product(making, part, rows, axis, name) for part in parts]
    sides: dict[str, Any] = {"equal": l, "least": l, "most": u}
    terms = [one for one in left if one is not None]
    if not terms:
        return
    total = terms[0]
    for one in terms[1:]:
        total = total + one
    for word, sign in _SENSES:
        if holds[word].any():
            side = _side(making, f"{name.lower()}_{word}", axis, rows, sides[word], holds[word])
            relation = {"==": total == side, ">=": total >= side, "<=": total <= side}[sign]
            where = None if holds[word].all() else getattr(axis, word) == "yes"
            stated: dict[str, Any] = {f"{name.lower()}_rows_{word}": relation}
            making.model.subject_to(where=where, **stated)


def _product(making: _Making, part: _Part, rows: Index, axis: AxisSet, name: str) -> Expression | None:
    """The sum over the columns of a part of coefficient times decision; None where there is no coefficient."""
    at, columns, values = making.smps.core.A
    inside = np.isin(at, rows) & np.isin(columns, part.columns)
    entries = {
        (int(i), int(j)): float(v)
        for i, j, v in zip(at[inside], columns[inside], values[inside], strict=True)
    }
    changing = np.flatnonzero(
        np.isin(making.numbers.rows, rows) & np.isin(making.numbers.columns, part.columns)
    )
    known = {(int(making.numbers.rows[p]), int(making.numbers.columns[p])): int(p) for p in changing}
    keys = list(dict.fromkeys([*entries, *known]))
    if not keys:
        return None
    where = np.array([(i - rows[0], int(np.searchsorted(part.columns, j))) for i, j in keys], np.int64)
    core = np.array([entries.get(key, 0.0) for key in keys])
    places = np.array([known.get(key, -1) for key in keys], np.int64)
    data = making.table(f"a_{name.lower()}_{part.name}", (axis, part.axis), where, core, places)
    return call("sum", data * part.decision, over=part.axis)


def _side(making: _Making, name: str, axis: AxisSet, rows: Index, core: Array, holds: Mask) -> Expression:
    chosen = np.flatnonzero(holds)
    places = np.full(len(chosen), -1, np.int64)
    for k, row in enumerate(rows[chosen].tolist()):
        found = np.flatnonzero((making.numbers.rows == row) & (making.numbers.columns == RIGHT_SIDE))
        places[k] = found[0] if len(found) else -1
    side = making.table(f"side_{name}", (axis,), chosen[:, None], core[chosen], places)
    away = np.where(places >= 0, core[chosen] - making.smps.right[rows[chosen]], 0.0)
    if not away.any():
        return side
    none = np.full(len(chosen), -1, np.int64)
    return side + making.table(f"width_{name}", (axis,), chosen[:, None], away, none)


def _objective(making: _Making, parts: list[_Part]) -> None:
    core, numbers = making.smps.core, making.numbers
    goal: Any = core.constant
    for part in parts:
        places = np.full(len(part.columns), -1, np.int64)
        for p in np.flatnonzero(
            (numbers.rows == OBJECTIVE) & np.isin(numbers.columns, part.columns)
        ).tolist():
            places[np.searchsorted(part.columns, numbers.columns[p])] = p
        if not core.c[part.columns].any() and (places < 0).all():
            continue
        where = np.arange(len(part.columns))[:, None]
        cost = making.table(f"cost_{part.name}", (part.axis,), where, core.c[part.columns], places)
        term = call("sum", cost * part.decision, over=part.axis)
        if part.name.startswith("y") or (places >= 0).any():
            term = call("expect", term, over=making.outcomes)
        goal = goal + term
    (making.model.maximise if core.maximise else making.model.minimise)(goal)
