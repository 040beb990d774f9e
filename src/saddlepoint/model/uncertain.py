"""Uncertain tables: what stands beside their numbers (draws, weights, covariance, radius)."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import replace

from saddlepoint.declare.spec import TableSpec
from saddlepoint.errors import Diagnostic, suggest
from saddlepoint.expr.facts import Facts, Repeat
from saddlepoint.expr.node import Node, Uncertainty, UncertaintySet, Variable
from saddlepoint.expr.sets_of_values import SHAPES, SetKind, set_parts
from saddlepoint.model.model import SetInfo, TableInfo
from saddlepoint.model.views import plain_view


def named_beside(info: TableInfo) -> tuple[str, ...]:
    """The variables that an uncertain table names: weights, covariance, radius."""
    size = _size(info.spec)
    named = (
        info.spec.weights,
        info.spec.covariance,
        info.spec.radius,
        size if isinstance(size, str) else None,
    )
    return tuple(n for n in named if n is not None)


def _size(spec: TableSpec) -> str | float | None:
    """The size of a table's set of values: a number, or the name of data; None where it has none that can be read."""
    parts = None if spec.against is None else _set_parts(spec.against.text)
    if parts is None:
        return None
    match parts[1]:
        case None:
            return 1.0
        case ast.Constant(value=int() | float() as size):
            return float(size)
        case ast.Name(id=name):
            return name
        case _:
            return None


def _set_parts(text: str) -> tuple[SetKind, ast.expr | None] | None:
    try:
        return set_parts(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError):
        return None


def _set_findings(info: TableInfo, variables: Mapping[str, Variable]) -> Iterable[Diagnostic]:
    against = info.spec.against
    if against is None:
        return
    size = _size(info.spec)
    if size is None or (isinstance(size, str) and size not in variables):
        message = f"the set of table {info.key!r} cannot be read: {against.text!r}"
        fix = f"Write {SHAPES}, with a number or the name of data as size."
        yield Diagnostic("M783", message, info.spec.mark, fix=fix)
    elif info.spec.samples is not None:
        fix = "Delete `set`, or give the table distributions."
        yield Diagnostic("M783", f"table {info.key!r} has draws and a set of values", info.spec.mark, fix=fix)


def _against(info: TableInfo, variables: Mapping[str, Variable]) -> UncertaintySet | None:
    size = _size(info.spec)
    parts = None if info.spec.against is None else _set_parts(info.spec.against.text)
    if parts is None or size is None:
        return None
    mark = info.spec.mark
    if isinstance(size, str):
        return UncertaintySet(parts[0], Node(variables[size].facts, variable=variables[size], mark=mark))
    return UncertaintySet(parts[0], Node(Facts(), number=size, mark=mark))


def uncertainties(
    tables: Mapping[str, TableInfo], variables: Mapping[str, Variable], sets: Mapping[str, SetInfo]
) -> tuple[dict[str, Variable], list[Diagnostic]]:
    """The variables, those of uncertain tables with what their table tells of them; and what is wrong with that."""
    found: list[Diagnostic] = []
    out = dict(variables)
    for info in tables.values():
        if info.spec.kind != "uncertain":
            continue
        wrong = [*_draws_findings(info, sets), *_named_findings(info, variables, tables)]
        wrong += _set_findings(info, variables)
        found += wrong
        mine = [v for v in variables.values() if v.table == info.key]
        found += [d for v in mine if not wrong for d in _shape_findings(v, info, variables)]
        if not wrong:
            out |= {
                v.name: replace(v, uncertainty=_uncertainty(v, info, tables, variables, sets)) for v in mine
            }
    return out, found


def _draws_findings(info: TableInfo, sets: Mapping[str, SetInfo]) -> Iterable[Diagnostic]:
    key = info.spec.samples
    if key is None:
        return
    if key not in sets:
        yield Diagnostic(
            "R101",
            f"table {info.key!r} has samples over {key!r}, which is no set",
            info.spec.mark,
            fix=suggest(key, sets),
        )
    elif key not in info.domain:
        fix = f"Add {key} to its coordinates."
        yield Diagnostic(
            "R101", f"the draws {key!r} are no coordinate of table {info.key!r}", info.spec.mark, fix=fix
        )
    elif sets[key].split:
        why = "draws are weighed against each other within one problem; the items of a split set are problems of their own"
        yield Diagnostic(
            "R101",
            f"the draws {key!r} of table {info.key!r} are a split_problem set",
            info.spec.mark,
            why=why,
            fix="Remove split_problem, or solve one scenario per draw without `samples`.",
        )
    for one in info.spec.variables:
        if key in one.sets and (one.sets[key].dim in ("rows", "cols") or one.sets[key].filters):
            yield Diagnostic(
                "R101", f"variable {one.name!r} puts the draws {key!r} on a side or filters them", one.mark,
                fix=f"Leave {key} out of the variable.",
            )  # fmt: skip


def _named_findings(
    info: TableInfo, variables: Mapping[str, Variable], tables: Mapping[str, TableInfo]
) -> Iterable[Diagnostic]:
    for word, name in (
        ("weights", info.spec.weights),
        ("covariance", info.spec.covariance),
        ("radius", info.spec.radius),
    ):
        if name is not None:
            yield from _named_flaw(info, word, name, variables, tables)


def _named_flaw(
    info: TableInfo, word: str, name: str, variables: Mapping[str, Variable], tables: Mapping[str, TableInfo]
) -> Iterable[Diagnostic]:
    if name not in variables:
        yield Diagnostic(
            "R102", f"table {info.key!r} names {name!r} as {word}, which is no variable", info.spec.mark,
            fix=suggest(name, variables),
        )  # fmt: skip
    elif tables[variables[name].table].spec.kind != "exogenous":
        kind = tables[variables[name].table].spec.kind
        yield Diagnostic(
            "R102", f"the {word} {name!r} of table {info.key!r} must be data; its table is {kind}", info.spec.mark,
            fix="Name a variable of an exogenous table.",
        )  # fmt: skip
    elif word in ("weights", "radius") and info.spec.samples is None:
        yield Diagnostic(
            "R102", f"table {info.key!r} has {word} but no samples", info.spec.mark,
            fix="Name the set whose items are draws (samples: <set>); distributions have a column `radius`.",
        )  # fmt: skip


def _shape_findings(
    variable: Variable, info: TableInfo, variables: Mapping[str, Variable]
) -> Iterable[Diagnostic]:
    spec, facts = info.spec, variable.facts
    if spec.weights is not None:
        own = {r.rank for r in facts.repeats}
        of = variables[spec.weights]
        table = {a for a, _ in of.strides}
        free = [r.axis.name for r in of.facts.repeats if r.rank not in own] or [
            a.name
            for s in (of.facts.rows, of.facts.cols)
            for a in s.axes
            if a.name != spec.samples and a.name not in table
        ]
        if free:
            yield Diagnostic(
                "R103", f"the weights {spec.weights!r} depend on {', '.join(free)}, on which draws of {variable.name!r} do not",
                info.spec.mark, fix=f"Give the weights the coordinates {spec.samples} and split sets only.",
            )  # fmt: skip
    if spec.radius is not None and not variables[spec.radius].facts.is_scalar:
        yield Diagnostic(
            "R103", f"the radius {spec.radius!r} must be one number (per repeat and scenario), not {variables[spec.radius].facts}",
            info.spec.mark, fix="Put none of its sets on rows or cols.",
        )  # fmt: skip
    if spec.covariance is not None:
        of = variables[spec.covariance].facts
        n = facts.cols.length if facts.cols.length > 1 or facts.rows.length == 1 else facts.rows.length
        if of.rows.length != of.cols.length or of.rows.length != n:
            yield Diagnostic(
                "R103", f"the covariance {spec.covariance!r} is {of}; the entries of {variable.name!r} in a row need {n} by {n}",
                info.spec.mark, fix="Name a table over the set and its copy (copy_from), one on rows and one on cols.",
            )  # fmt: skip


def _uncertainty(
    variable: Variable,
    info: TableInfo,
    tables: Mapping[str, TableInfo],
    variables: Mapping[str, Variable],
    sets: Mapping[str, SetInfo],
) -> Uncertainty:
    spec = info.spec
    repeat = None
    if spec.samples is not None:
        repeat = next((r for r in variable.facts.repeats if r.axis.name == spec.samples), None)
        repeat = repeat or Repeat(sets[spec.samples].rank, sets[spec.samples].axis)
    covariance = None if spec.covariance is None else variables[spec.covariance]
    radius = None if spec.radius is None else variables[spec.radius]
    named = spec.weights or (sets[spec.samples].spec.probability if spec.samples is not None else None)
    return Uncertainty(
        draws=repeat,
        weights=plain_view(named, tables, variables, sets),
        covariance=covariance,
        radius=radius,
        against=_against(info, variables),
    )
