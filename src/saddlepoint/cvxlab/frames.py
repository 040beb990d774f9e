"""Variables, sets and scenarios as pandas data frames; UsageError X131 without pandas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from saddlepoint.arrays import Array
from saddlepoint.compile.numbers import Numbers
from saddlepoint.errors import UsageError, extra, suggest
from saddlepoint.expr.facts import Side
from saddlepoint.expr.node import Variable
from saddlepoint.labels import Axis
from saddlepoint.model.model import Model


def _pandas() -> Any:
    with extra("frames"):
        import pandas
    return pandas


def scenarios_frame(model: Model) -> Any:
    """One row per scenario: a column `<Set>_Name` per split set, and `info` with the labels; the index is the key."""
    pd = _pandas()
    domain = model.scenarios
    columns: dict[str, Any] = {f"{name}_Name": domain.labels(name) for name in domain.names}
    info = [list(domain.coordinates(k)) for k in range(domain.size)]
    return pd.DataFrame({**columns, "info": info})


def set_frame(model: Model, name: str) -> Any:
    """The items of a set with their filter and aggregation labels; UsageError X108."""
    pd = _pandas()
    if name not in model.sets:
        raise UsageError.of("X108", f"there is no set {name!r}", fix=suggest(name, model.sets))
    items = model.sets[name].items
    columns: dict[str, Any] = {f"{name}_Name": items.names}
    columns |= {f"{name}_{key}": labels for key, labels in items.filters.items()}
    columns |= {f"{name}_agg_{key}": labels for key, labels in items.aggregations.items()}
    return pd.DataFrame(columns)


def variable_frame(
    model: Model, name: str, flat: Mapping[str, Array], scenario: int | None = None, intra: int | None = None
) -> Any:
    """A variable as a matrix with its labels.

    flat: table key → numbers in the table's order. scenario: position among the model's scenarios, intra: position
    among the variable's intra-problem items; None = all of them, below each other under their labels. UsageError
    X107, X108.
    """
    variable = found_variable(model, name)
    if variable.values is not None:
        return _matrix(model, variable, np.broadcast_to(variable.values, variable.facts.shape)[..., :, :])
    if variable.table not in flat:
        fix = "Load the data or run the model first."
        raise UsageError.of("X108", f"variable {name!r} has no numbers yet", fix=fix)
    which = np.arange(model.scenarios.size) if scenario is None else np.array([scenario])
    _in_range(scenario, model.scenarios.size, "scenario_key")
    numbers = Numbers(flat, model.scenarios, which, {}).of(variable).copy()
    repeats = variable.facts.repeats
    count = int(np.prod([len(r.axis) for r in repeats], dtype=np.int64))
    _in_range(intra, count, "intra_problem_key")
    parts = numbers.reshape(len(numbers), count, *variable.facts.shape[-2:])
    if intra is not None:
        parts = parts[:, intra : intra + 1]
    return _stacked(model, variable, parts, intra)


def found_variable(model: Model, name: str) -> Variable:
    """The variable of this name; UsageError X108."""
    if name not in model.variables:
        raise UsageError.of("X108", f"there is no variable {name!r}", fix=suggest(name, model.variables))
    return model.variables[name]


def _in_range(given: int | None, size: int, what: str) -> None:
    if given is not None and not 0 <= given < size:
        fix = f"Give keys from 0 to {size - 1}."
        raise UsageError.of("X107", f"{what} {given} is out of range", fix=fix)


def _stacked(model: Model, variable: Variable, parts: Array, intra: int | None) -> Any:
    """One matrix, or all of them under the labels of scenario and intra-problem items."""
    pd = _pandas()
    if parts.shape[:2] == (1, 1):
        return _matrix(model, variable, parts[0, 0])
    splits = [name for name in model.scenarios.names if name in dict(variable.strides)]
    axes = [r.axis for r in variable.facts.repeats] if intra is None else []
    frames: dict[tuple[str, ...], Any] = {}
    for s in range(len(parts)):
        scenario = model.scenarios.coordinates(s) if len(parts) > 1 else ()
        mine = tuple(i for n, i in zip(model.scenarios.names, scenario, strict=False) if n in splits)
        for k in range(parts.shape[1]):
            frames.setdefault((*mine, *_labels(axes, k)), _matrix(model, variable, parts[s, k]))
    names: Any = [f"{n}_Name" for n in (*(splits if len(parts) > 1 else ()), *(axis.name for axis in axes))]
    return pd.concat(frames, names=names) if names else next(iter(frames.values()))


def _labels(axes: list[Axis], position: int) -> tuple[str, ...]:
    if not axes:
        return ()
    index = np.unravel_index(position, [len(axis) for axis in axes])
    return tuple(axis.items[int(k)] for axis, k in zip(axes, index, strict=True))


def _matrix(model: Model, variable: Variable, numbers: Array) -> Any:
    pd = _pandas()
    facts = variable.facts
    rows, columns = _index(model, variable, facts.rows, "rows"), _index(model, variable, facts.cols, "cols")
    return pd.DataFrame(np.array(numbers), index=rows, columns=columns)


def _index(model: Model, variable: Variable, side: Side, dim: str) -> Any:
    """The labels of one side of a matrix."""
    pd = _pandas()
    if len(side.labels) > 1:
        names = [f"{axis.name}_Name" for axis in side.labels]
        return pd.MultiIndex.from_product([axis.items for axis in side.labels], names=names)
    if side.labels:
        return pd.Index(side.labels[0].items, name=f"{side.labels[0].name}_Name")
    chosen = _chosen(model, variable, dim) if side.length == 1 else None
    return pd.RangeIndex(side.length) if chosen is None else pd.Index([chosen[1]], name=f"{chosen[0]}_Name")


def _chosen(model: Model, variable: Variable, dim: str) -> tuple[str, str] | None:
    """The set on a side of length one and the item that its filter leaves."""
    info = model.tables[variable.table]
    spec = next((v for v in info.spec.variables if v.name == variable.name), None)
    sets = [] if spec is None else [key for key, use in spec.sets.items() if use.dim == dim]
    if len(sets) != 1 or variable.values is not None:
        return None
    return sets[0], info.domain.coordinates(variable.cells.first)[info.domain.position(sets[0])]
