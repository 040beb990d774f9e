"""Variables as views of tables: which set stands on which side, and which cells of the table that means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from saddlepoint.algebra.cells import broadcast
from saddlepoint.algebra.terms import Terms
from saddlepoint.arrays import Index
from saddlepoint.declare.spec import SetUse, VariableSpec
from saddlepoint.errors import Diagnostic, suggest
from saddlepoint.expr.facts import Facts, Repeat, Side
from saddlepoint.expr.node import Variable
from saddlepoint.labels import Axis, Domain
from saddlepoint.labels.positions import Positions
from saddlepoint.model.constants import CONSTANTS, Maker
from saddlepoint.model.model import SetInfo, TableInfo
from saddlepoint.records import dataclass


@dataclass(frozen=True, slots=True)
class _Used:
    """One coordinate of a table as a variable sees it: positions kept, and the side they stand on."""

    info: SetInfo
    axis: Axis
    positions: Index
    side: str

    @property
    def picks_one(self) -> bool:
        return len(self.positions) == 1 and len(self.info.axis) > 1


def view(
    table: TableInfo,
    spec: VariableSpec,
    sets: Mapping[str, SetInfo],
    constants: Mapping[str, tuple[Maker, str]] = CONSTANTS,
) -> tuple[Variable | None, list[Diagnostic]]:
    """The variable that a spec declares on a table, or None with what is wrong."""
    used, found = _coordinates(table, spec, sets)
    if found:
        return None, found
    variable = _view(table, spec, used)
    if table.spec.kind != "constant":
        return variable, []
    return _constant(variable, spec, constants)


def plain_view(
    name: str | None,
    tables: Mapping[str, TableInfo],
    variables: Mapping[str, Variable],
    sets: Mapping[str, SetInfo],
) -> Variable | None:
    """The table of a variable with all its sets as repeats, on whatever side the user's variable has them; None where there is none."""
    if name is None or name not in variables:
        return None
    made, _ = view(tables[variables[name].table], VariableSpec(name), sets)
    return made


def _coordinates(
    table: TableInfo, spec: VariableSpec, sets: Mapping[str, SetInfo]
) -> tuple[list[_Used], list[Diagnostic]]:
    found = [
        Diagnostic(
            "M002",
            f"variable {spec.name!r} uses the set {key!r}, which is not a coordinate of table {table.key!r}",
            use.mark if use.mark.source else spec.mark,
            fix=suggest(key, table.domain.names),
        )
        for key, use in spec.sets.items()
        if key not in table.domain
    ]
    used: list[_Used] = []
    for axis in table.domain.axes:
        use = spec.sets.get(axis.name, SetUse())
        info = sets[axis.name]
        positions, problems = _filtered(info, use, spec)
        side, wrong = _side(info, use, spec)
        found += [*problems, *wrong]
        kept = axis if len(positions) == len(axis) else axis.take(positions.tolist())
        used.append(_Used(info, kept, positions, side))
    return used, found


def _filtered(info: SetInfo, use: SetUse, spec: VariableSpec) -> tuple[Index, list[Diagnostic]]:
    mark = use.mark if use.mark.source else spec.mark
    keep = np.ones(len(info.axis), dtype=bool)
    found: list[Diagnostic] = []
    for name, labels in use.filters.items():
        have = info.items.filters.get(name) or info.items.aggregations.get(name)
        if have is None:
            names = [*info.items.filters, *info.items.aggregations]
            found.append(
                Diagnostic(
                    "M004",
                    f"the set {info.spec.key!r} has no filter {name!r}",
                    mark,
                    fix=suggest(name, names),
                )
            )
            continue
        known = {*have, *info.spec.filters.get(name, ())}
        unknown = [label for label in labels if label not in known]
        found += [
            Diagnostic(
                "M005",
                f"no item of {info.spec.key!r} has the label {label!r} in the filter {name!r}",
                mark,
                fix=suggest(label, sorted(known)),
            )
            for label in unknown
        ]
        keep &= np.fromiter((label in labels for label in have), dtype=bool, count=len(have))
        if not labels:
            found.append(
                Diagnostic(
                    "M006",
                    f"the filter {name!r} of variable {spec.name!r} names no label of {info.spec.key!r}",
                    mark,
                    fix="Name labels, or drop the filter.",
                )
            )
    return np.flatnonzero(keep), found


def _side(info: SetInfo, use: SetUse, spec: VariableSpec) -> tuple[str, list[Diagnostic]]:
    side = use.dim or ("inter" if info.split else "intra")
    if info.split == (side == "inter"):
        return side, []
    kind = "a split_problem set" if info.split else "not a split_problem set"
    return side, [
        Diagnostic(
            "M019",
            f"variable {spec.name!r} puts {info.spec.key!r} on {side}, but it is {kind}",
            use.mark if use.mark.source else spec.mark,
            fix="Give every other set rows, cols or intra, and a split_problem set, which selects the scenario, no dim.",
        )
    ]


def _view(table: TableInfo, spec: VariableSpec, used: Sequence[_Used]) -> Variable:
    strides, within = strides_of(table.domain), strides_of(table.rest)
    intra = sorted((u for u in used if u.side == "intra"), key=lambda u: u.info.rank)
    rows = [u for u in used if u.side == "rows"]
    cols = [u for u in used if u.side == "cols"]
    facts = Facts(
        tuple(Repeat(u.info.rank, u.axis) for u in intra if not u.picks_one),
        _side_of(rows),
        _side_of(cols),
        varying=bool(table.splits.axes),
    )
    order = [*intra, *rows, *cols]
    cells = _positions(order, strides, facts.shape)
    return Variable(
        name=spec.name,
        table=table.key,
        facts=facts,
        role="constant" if table.spec.kind == "constant" else "data",
        cells=cells,
        place=cells if not table.splits.axes else _positions(order, within, facts.shape),
        strides=tuple((name, strides[name]) for name in table.splits.names),
        nonneg=spec.nonneg,
        integer=table.spec.domain in ("integer", "boolean"),
        boolean=table.spec.domain == "boolean",
        blank_fill=spec.blank_fill,
        uncertain=table.spec.kind == "uncertain",
        may_lack=table.spec.default is not None,
        unit=spec.unit or table.spec.unit,
    )


def _side_of(used: Sequence[_Used]) -> Side:
    length = 1
    for u in used:
        length *= len(u.positions)
    return Side(length, tuple(u.axis for u in used if not u.picks_one))


def strides_of(domain: Domain) -> dict[str, int]:
    """Set → by how much the flat position grows with one step along it."""
    found: dict[str, int] = {}
    size = domain.size
    for axis in domain.axes:
        size //= max(1, len(axis))
        found[axis.name] = size
    return found


def _positions(order: Sequence[_Used], strides: Mapping[str, int], shape: tuple[int, ...]) -> Positions:
    return Positions(shape, tuple((used.positions, strides[used.axis.name]) for used in order))


def _constant(
    variable: Variable, spec: VariableSpec, constants: Mapping[str, tuple[Maker, str]]
) -> tuple[Variable | None, list[Diagnostic]]:
    if spec.value is None or spec.value not in constants:
        name = spec.value or ""
        return None, [
            Diagnostic(
                "M007",
                f"variable {spec.name!r} of a constant table needs 'value', the name of a constant"
                if not name
                else f"there is no constant {name!r}",
                spec.mark,
                fix=suggest(name, constants),
            )
        ]
    maker, what = constants[spec.value]
    made = maker(variable.facts)
    if made is None:
        return None, [
            Diagnostic(
                "M020",
                f"the constant {spec.value!r} is {what}; variable {spec.name!r} has the shape {variable.facts}",
                spec.mark,
                fix="Put one set on rows or on cols.",
            )
        ]
    values, facts = made
    if isinstance(values, Terms):
        shape = (*variable.facts.shape[:-2], *values.shape)
        return replace(variable, facts=facts, sparse=broadcast(values, shape)), []
    full = np.broadcast_to(np.asarray(values, dtype=np.float64), (*variable.facts.shape[:-2], *values.shape))
    return replace(variable, facts=facts, values=np.ascontiguousarray(full)), []
