"""What a rewritten constraint relies on, checked with the data of all scenarios and told by their labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from saddlepoint.arrays import Array, Index, distinct
from saddlepoint.errors import Diagnostic, ExpressionError, Mark
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Node, Variable
from saddlepoint.expr.operators.statistics import code_of
from saddlepoint.expr.operators.sums import CLOSED, summable_laws
from saddlepoint.expr.uncertain import is_statistic, rule_of
from saddlepoint.expr.value import Fetch, value
from saddlepoint.labels import Domain
from saddlepoint.model.fetch import all_cells
from saddlepoint.model.model import Constraint, Model
from saddlepoint.records import dataclass

HOPELESS = 1e-4
"""A probability of failure below this is beyond what data can tell of a distribution's tail."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The data of one problem: numbers of its variables, and the scenarios they belong to.

    fetch: numbers (S | 1, *shape); scenarios, which: labels of the S scenarios.
    """

    fetch: Fetch
    scenarios: Domain
    which: Index

    def of(self, node: Node) -> Array | None:
        """The numbers of a data node; None where it reads what another sub-problem decides."""
        if any(v.exchanged for v in node.variables):
            return None
        return value(node, self.fetch)

    def place(self, flat: int, facts: Facts) -> str:
        """Scenario and row of a flat position in an array (S, *facts.shape), in words."""
        scenario, cell = divmod(flat, max(1, math.prod(facts.shape)))
        words = list(self.scenarios.coordinates(int(self.which[scenario]))) if self.scenarios.axes else []
        index = np.unravel_index(cell, facts.shape)
        words += [r.axis.items[int(k)] for r, k in zip(facts.repeats, index, strict=False)]
        for side, k in ((facts.rows, index[-2]), (facts.cols, index[-1])):
            words += list(Domain(side.labels).coordinates(int(k))) if side.labels else []
        return ", ".join(words)


def check_level(level: Node, seen: Seen) -> Iterable[Diagnostic]:
    """A finding if a probability lies outside (0, 1) in some scenario or row."""
    p = seen.of(level)
    if p is None:
        return
    bad = np.flatnonzero(~((p > 0.0) & (p < 1.0)).reshape(-1))
    for flat in bad[:1].tolist():
        shown = p.reshape(-1)[flat]
        where = seen.place(flat, level.facts)
        more = f", and {len(bad) - 1} more" if len(bad) > 1 else ""
        yield Diagnostic(
            "R010",
            f"a probability of {shown:g} is outside (0, 1)" + (f" ({where}{more})" if where else ""),
            level.mark,
            why="certainty (0 or 1) has no finite buffer in most families",
            fix="Give a probability such as 0.95"
            + (f": {shown:g} % is {shown / 100:g}." if 1 < shown < 100 else "."),
        )


def check_value(node: Node, seen: Seen) -> Iterable[Diagnostic]:
    """What is wrong with the numbers of a statistic."""
    try:
        seen.of(node)
    except ExpressionError as error:
        yield from error.diagnostics


def check_pair(pair: tuple[Node, Node], mark: Mark, seen: Seen) -> Iterable[Diagnostic]:
    """Convexity: the upper level of an element must not lie below its lower level."""
    high, low = seen.of(pair[0]), seen.of(pair[1])
    if high is None or low is None:
        return
    bad = np.flatnonzero((high < low - 1e-12 * np.abs(low)).reshape(-1))
    if len(bad):
        yield _not_convex(seen.place(int(bad[0]), pair[0].facts), mark)


def check_factor(factor: Node, mark: Mark, seen: Seen) -> Iterable[Diagnostic]:
    """Convexity: the safety factor in front of a cone must not be negative."""
    k = seen.of(factor)
    if k is None:
        return
    bad = np.flatnonzero((k < 0.0).reshape(-1))
    if len(bad):
        yield _not_convex(seen.place(int(bad[0]), factor.facts), mark)


def _not_convex(where: str, mark: Mark) -> Diagnostic:
    return Diagnostic(
        "R011",
        "a probability below one half with decisions as coefficients is not convex"
        + (f" ({where})" if where else ""),
        mark,
        why="the row is mean + k·deviation, and k is negative there",
        fix="Give a probability of at least 0.5, or take the other relation at 1 − p as a bound.",
    )


def check_families(
    have: Iterable[Node], model: Model, flat: Mapping[str, Array], mark: Mark, form: str = "row"
) -> Iterable[Diagnostic]:
    """Only some assumptions say anything of a sum: a finding for rows of an uncertain table that make others.

    form: that of the rewritten row ("sum": any law will do; "cone": decisions multiply the parts).
    """
    for variable in _uncertain_ones(have):
        tied = variable.uncertainty.covariance is not None
        good = ("normal", "cantelli") if tied else (*CLOSED, *summable_laws()) if form == "sum" else CLOSED
        why = _WHY_TIED if tied else _WHY_NOT_SUMMED.get(form, "")
        yield from _families(variable, good, tied, why, model, flat, mark)


_WHY_NOT_SUMMED = {
    "cone": "; the quantile of a sum of known laws is computed where data multiply them, and here decisions do",
    "row": "; these rows have too many elements for the quantiles of their sums to be computed",
}
_WHY_TIED = "; a covariance says how much they move together, not the law of their sum"


def _uncertain_ones(have: Iterable[Node]) -> Iterable[Variable]:
    """The uncertain variables among leaves, and those to which adapting decisions among them react, each once."""
    found: dict[str, Variable] = {}
    for leaf in have:
        rule = rule_of(leaf)
        several = [leaf.the_variable] if rule is None else [whole for whole, _ in rule.seen.tables.values()]
        found |= {v.name: v for v in several if v.name not in found}
    return found.values()


def _families(
    variable: Variable,
    good: tuple[str, ...],
    tied: bool,
    more: str,
    model: Model,
    flat: Mapping[str, Array],
    mark: Mark,
) -> Iterable[Diagnostic]:
    from saddlepoint.uncertain import BUFFERS

    info = model.tables[variable.table]
    cells = distinct(all_cells(variable.cells, variable.strides, info))
    codes = flat[variable.table][cells]
    bad = ~np.isin(codes, [code_of(n) for n in good])
    for code in distinct(codes[bad]).tolist():
        name = BUFFERS[int(code)].name
        first = ", ".join(info.domain.coordinates(int(cells[codes == code][0])))
        how = "correlated" if tied else "independent"
        yield Diagnostic(
            "R009",
            f"a sum of {how} parts, one of them {name!r} (table {info.key!r}, row {first}), has no closed form",
            mark,
            why="several uncertain elements meet in one row, and the assumption does not pass from parts to their sum"
            + more,
            fix=f"Name one of {', '.join(good)} for them (cantelli holds for every distribution with these moments), "
            "or give the table draws (samples: <set>).",
        )


def with_overpay(constraint: Constraint, overpaid: tuple[Node, str] | None, seen: Seen) -> Constraint:
    """The constraint with a note of what its safe form costs more than another, over all scenarios."""
    if overpaid is None:
        return constraint
    node, other = overpaid
    try:
        found = seen.of(node)
    except ExpressionError:
        return constraint
    if found is None:
        return constraint
    least, most = float(found.min()), float(found.max())
    amount = f"{most:.6g}" if least == most else f"{least:.6g} to {most:.6g}"
    note = f"costs {amount} more than {other} would (Σ cost·level)"
    return replace(constraint, notes=(*constraint.notes, note))


def hopeless(level: Node, count: int, name: str, mark: Mark, seen: Seen) -> Iterable[Diagnostic]:
    """A warning where Bonferroni asks more of each relation than data can tell."""
    p = seen.of(level)
    if p is None or count < 2 or not p.size:
        return
    least = float((1.0 - p).min())
    if 0.0 < least < HOPELESS:
        yield Diagnostic(
            "R012",
            f"each of the {count} rows of {name!r} that hold together must hold with probability {1.0 - least:.8g}",
            mark,
            why=f"free of distribution that is a buffer of {math.sqrt((1.0 - least) / least):.0f} standard deviations; "
            "the bound of Bonferroni adds up the failures as if they never happened together",
            fix="State fewer relations together, a lower joint probability, or draws with cvar(…).",
            severity="warning",
        )


def statistics(nodes: Iterable[Node]) -> Iterable[Node]:
    """The statistics in expressions."""
    for top in nodes:
        yield from (n for n in top.walk() if is_statistic(n))
