"""The manual page of the operators, written from their records."""

from __future__ import annotations

from collections.abc import Mapping

from saddlepoint.expr.axis_words import OVER
from saddlepoint.expr.named import AxisWord
from saddlepoint.expr.node import Nature, Operator, Word
from saddlepoint.expr.words import OPERATORS, WORDS

_TITLES: Mapping[str, str] = {
    "algebra": "Algebra",
    "axes": "Along named sets",
    "outcomes": "Over outcomes",
    "convex": "Convex functions",
    "concave": "Concave functions",
    "data": "Operators of data",
    "uncertain": "Uncertainty",
    "objective": "Objectives",
    "user": "Operators of the user",
}

_HEAD = """\
# Operators

This page is written from the table of operators (`python docs/generate.py`); do not edit it.

Every variable is a matrix: its `rows` set by its `cols` set, repeated over its intra-problem sets. Shapes align by
position: lengths must agree, and a side of length 1 is repeated. Sets that stand on no side align by name, and a formula
holds for each of their items; the words under "Along named sets" add, shift, select and group along them. Infix signs are `+ - * / @ **`; relations are `==`,
`<=`, `>=`. A convex expression may be minimised or stand on the smaller side of a relation, a concave one may be
maximised or stand on the larger side. The direction says how the value moves with each argument; where it follows the
argument's sign, compositions are accepted under that sign only. "Form" says who compiles an operator of decisions:
our own graph form, or CVXPY (then the extra `saddlepoint[cvxpy]` is needed).
"""


def operators_page() -> str:
    """The page in Markdown."""
    groups = dict.fromkeys([*_TITLES, *(r.group for r in WORDS)])
    parts = [_HEAD]
    for group in groups:
        members = [r for r in WORDS if r.group == group]
        if members:
            parts.append(f"## {_TITLES.get(group, group.capitalize())}\n")
            parts += [_entry(r) for r in members]
    return "\n".join(parts)


def _entry(record: Word) -> str:
    sign = f" (`{record.symbol}`)" if record.symbol else ""
    lines = [f"### {record.name}{sign}", "", f"{record.doc}", ""]
    lines.append(f"* Example: `{record.example}`")
    others = sorted(k for k, v in OPERATORS.items() if v is record and k != record.name)
    if others:
        lines.append(f"* Also called: {', '.join(f'`{k}`' for k in others)}")
    if record.options:
        defaults = (f"`{k}` = {'all' if v is None else v}" for k, v in record.options.items())
        lines.append(f"* Options: {', '.join(defaults)}")
    along = OVER.get(record.name)
    if along is not None:
        lines.append(f"* Along sets: `{along.example}`. {along.doc} Arguments: {_takes(along)}")
    if isinstance(record, AxisWord):
        lines.append(f"* Arguments: {_takes(record)}")
    lines.append(f"* Nature: {_nature(record)}")
    return "\n".join([*lines, ""])


def _takes(word: AxisWord) -> str:
    shown = [f"`{name}` {kind.value}" for name, kind in word.takes.items()]
    shown += [f"`<set>=` {word.by_set.value}"] if word.by_set is not None else []
    return "; ".join(shown)


def _nature(record: Word) -> str:
    words = {
        Nature.LINEAR: "linear in all arguments together",
        Nature.BILINEAR: "linear in each argument; at most one of them is decided",
        Nature.DATA: "of data only, evaluated before the problem is compiled",
        Nature.EXACT: "exact, by decisions that are 0 or 1; of affine arguments",
        Nature.FOREIGN: "judged by CVXPY",
        Nature.CONSTRAINT: "a constraint; its relations must be linear in what is uncertain",
        Nature.OBJECTIVE: "an objective",
    }
    text = words.get(record.nature, record.nature.value)
    if not isinstance(record, Operator) or record.nature in (Nature.DATA, Nature.FOREIGN):
        return text
    return f"{text}; form: {'own' if record.graph is not None or record.uncertain else 'CVXPY'}"
