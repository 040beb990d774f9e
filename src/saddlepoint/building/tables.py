"""The tables of a model in the making."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from saddlepoint.building.expression import Expression, here, taken_twice
from saddlepoint.building.statements import key_of
from saddlepoint.declare import SetItems, TableSpec, VariableSpec
from saddlepoint.declare.spec import SetUse, TableKind
from saddlepoint.errors import Mark, UsageError
from saddlepoint.records import dataclass


@dataclass(slots=True, eq=False)
class DraftTables:
    """Tables in the order in which they are named, with the numbers of those that are data."""

    specs: dict[str, TableSpec] = field(default_factory=dict)
    numbers: dict[str, object] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)

    def add(
        self, name: str, kind: TableKind, sets: Iterable[object], variable: Mapping[str, Any], **more: Any
    ) -> None:
        """A table with one variable, both of this name; UsageError X444 where the name is taken."""
        mark = here(name)
        self._check_new(name, mark)
        keys = tuple(map(key_of, sets))
        made = TableSpec(
            name, kind=kind, coordinates=keys, variables=(VariableSpec(name, mark=mark, **variable),), mark=mark,
            **more,
        )  # fmt: skip
        self.specs[name] = made

    def _check_new(self, name: str, mark: Mark) -> None:
        """UsageError X444 where data, a decision or a view has the name already."""
        before = next((v for spec in self.specs.values() for v in spec.variables if v.name == name), None)
        if before is not None:
            raise UsageError(taken_twice("data or decisions", name, mark, before.mark))

    def view(self, name: str, of: str, variable: Mapping[str, Any]) -> None:
        """Another variable of a table; UsageError X442 where there is none, X444 where the name is taken."""
        if of not in self.specs:
            raise UsageError.of(
                "X442", f"there is no table {of!r} to look at", here(name), fix="Name data or a decision."
            )
        self._check_new(name, here(name))
        one = VariableSpec(name, mark=here(name), **variable)
        self.specs[of] = replace(self.specs[of], variables=(*self.specs[of].variables, one))


def uses(rows: object, cols: object, only: Mapping[Any, Mapping[str, object]] | None) -> dict[str, SetUse]:
    """How a variable uses its sets: which stand on rows and columns, and which items of them are kept."""
    found: dict[str, SetUse] = {}
    for dim, given in (("rows", rows), ("cols", cols)):
        if given is not None:
            found[key_of(given)] = SetUse(dim)  # pyright: ignore[reportArgumentType]
    for given, filters in (only or {}).items():
        before = found.get(key_of(given), SetUse())
        kept = {k: (v,) if isinstance(v, str) else tuple(map(str, _listed(v))) for k, v in filters.items()}
        found[key_of(given)] = SetUse(before.dim, kept)
    return found


def _listed(value: object) -> Sequence[object]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, Expression) else [value]


def by_cell(sets: Sequence[SetItems], columns: Mapping[str, object]) -> dict[str, list[object]]:
    """Columns of a table: labels of its sets, and one cell each for what is given as a value, a mapping of labels, or in order."""
    shape = tuple(len(s.names) for s in sets)
    codes = np.indices(shape).reshape(len(shape), -1) if shape else np.zeros((0, 1), np.int64)
    labels = [[s.names[k] for k in row] for s, row in zip(sets, codes.tolist(), strict=True)]
    keys = list(zip(*labels, strict=True)) if labels else [()]
    out: dict[str, list[object]] = {f"{s.key}_Name": list(row) for s, row in zip(sets, labels, strict=True)}
    for name, given in columns.items():
        out[name] = _cells(name, given, keys)
    return out


def _cells(name: str, given: object, keys: Sequence[tuple[str, ...]]) -> list[object]:
    if hasattr(given, "to_dict"):
        given = given.to_dict()  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(given, Mapping):
        known = {tuple(map(str, k)) if isinstance(k, tuple) else (str(k),): v for k, v in given.items()}
        return [known.get(key) for key in keys]
    if isinstance(given, str | Expression) or not isinstance(given, Iterable):
        return [given] * len(keys)
    flat = np.asarray(given, dtype=object).reshape(-1).tolist()
    if len(flat) != len(keys):
        message = f"{name!r} has {len(flat)} values for {len(keys)} cells"
        raise UsageError.of(
            "X443", message, here(name), fix="Give one, one for each cell, or a mapping of labels."
        )
    return flat
