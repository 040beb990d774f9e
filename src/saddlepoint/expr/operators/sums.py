"""What a sum of independent uncertain parts asks for: its quantile, or a safety factor that holds for the sum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from saddlepoint.arrays import Array, distinct
from saddlepoint.expr import shapes
from saddlepoint.expr.facts import Facts
from saddlepoint.expr.node import Arrays, Nature, Operator, OperatorOptions, named
from saddlepoint.expr.operators.datawise import ValueProblem
from saddlepoint.expr.operators.draws import refuse_level
from saddlepoint.expr.operators.statistics import COLUMNS
from saddlepoint.records import dataclass

if TYPE_CHECKING:
    from saddlepoint.uncertain.sums import Part

CLOSED: Final = ("normal", "unimodal-symmetric", "symmetric", "sub-gaussian", "cantelli")
"""Assumptions that hold for a sum of independent parts if they hold for each part; the last for any parts."""
_NOTHING: Final = 1e-13


def summable_laws() -> tuple[str, ...]:
    """The distributions that are known whole: the quantile of a sum of any of them can be computed, by convolution."""
    from saddlepoint.uncertain import BUFFERS

    return tuple(b.name for b in BUFFERS if b.kind == "law")


class NoClosedForm(ValueProblem):
    """A row adds a law to an assumption that says nothing of the sum."""

    code = "R009"


class TooFine(ValueProblem):
    """The quantile of a sum was not reached to its accuracy."""

    code = "R860"


def _safety_value(args: Arrays, options: OperatorOptions) -> Array:
    """The factor k of μ + kσ for the widest of the assumptions present in each row.

    args: level, then for each assumption of CLOSED whether it is present.
    """
    from saddlepoint.uncertain import find
    from saddlepoint.uncertain.normal import quantile as normal_quantile

    shape = np.broadcast_shapes(*(a.shape for a in args))
    p = np.broadcast_to(args[0], shape)
    refuse_level(p)
    has = [np.broadcast_to(a, shape) > 0.0 for a in args[1:]]
    _, gauss, symmetric, sub, cantelli = has
    widest = np.where(
        cantelli | (sub & (gauss | symmetric)), 4, np.where(sub, 3, np.where(symmetric, 2, gauss))
    )
    out = np.array(normal_quantile(np.ascontiguousarray(p)), dtype=np.float64).reshape(shape)
    unit = {"mean": np.zeros(()), "std": np.ones(())}
    for place in distinct(widest[widest > 0]).tolist():
        rows = widest == place
        out[rows] = find(CLOSED[place]).quantile(unit, p[rows])
    return out


SAFETY_FACTOR = Operator(
    name="safety_factor",
    doc="How many standard deviations above its mean a row must be covered.",
    shape=shapes.elementwise,
    value=_safety_value,
    nature=Nature.DATA,
    latex=named("k"),
    group="uncertain",
)


@dataclass(frozen=True, slots=True)
class _Term:
    """One element of a row: the code of its distribution, what it is multiplied with, its parameters (None: blank)."""

    code: int
    factor: float
    parameters: tuple[float | None, ...]

    def part(self) -> Part:
        from saddlepoint.uncertain import BUFFERS
        from saddlepoint.uncertain.sums import Part

        buffer = BUFFERS[self.code]
        have = dict(zip(COLUMNS, self.parameters, strict=True))
        used = {n: np.asarray(have[n]) for n in (*buffer.needs, *buffer.optional) if have.get(n) is not None}
        return Part(buffer, used, self.factor)


def _sum_facts(facts: tuple[Facts, ...], options: OperatorOptions) -> Facts:
    """Those of the sum and the level."""
    whole = shapes.elementwise(facts[:2])
    return replace(whole, decision=False, varying=any(f.varying for f in facts))


def _sum_value(args: Arrays, options: OperatorOptions) -> Array:
    """args: the sum itself (shown only), level, factors and places of the elements, then codes and columns per variable.

    options: the axis of the elements, and all axes that the result lacks.
    """
    place = int(options[0] or 0) + 1
    lost = tuple(int(k) + 1 for k in str(options[1]).split(","))
    refuse_level(args[1])
    p = np.squeeze(args[1], axis=lost)
    others = tuple(k - (k > place) for k in lost if k != place)
    factors, places = (
        np.squeeze(np.moveaxis(a, place, -1), axis=others) for a in np.broadcast_arrays(args[2], args[3])
    )
    lead = np.broadcast_shapes(p.shape[1:], factors.shape[1:-1])
    count = max(len(a) for a in args)
    out = np.empty((count, *lead))
    for s in range(count):
        elements = _elements(args[4:], s)
        a, e = (np.broadcast_to(_of(x, s), (*lead, x.shape[-1])) for x in (factors, places))
        for cell in np.ndindex(*lead):
            level = float(np.broadcast_to(_of(p, s), lead)[cell])
            out[(s, *cell)] = _level_of_sum(_terms(a[cell], e[cell], elements), level)
    return out


def _of(array: Array, scenario: int) -> Array:
    return np.asarray(array[min(scenario, len(array) - 1)])


def _elements(args: Sequence[Array], scenario: int) -> Array:
    """Codes and columns of all elements of all variables, (1 + columns, elements)."""
    per = 1 + len(COLUMNS)
    tables = [args[k : k + per] for k in range(0, len(args), per)]
    return np.concatenate([np.stack([_of(a, scenario).reshape(-1) for a in t]) for t in tables], axis=1)


def _terms(factors: Array, places: Array, elements: Array) -> tuple[_Term, ...]:
    """The elements of one row; place·factor comes from the same expression as factor, so their quotient is the place."""
    size = np.abs(factors)
    here = np.flatnonzero(size > _NOTHING * size.max(initial=0.0))
    found: list[_Term] = []
    for k in here.tolist():
        code, *numbers = elements[:, round(float(places[k] / factors[k])) - 1].tolist()
        own = tuple(None if np.isnan(x) else x for x in numbers)
        found.append(_Term(int(code), float(factors[k]), own))
    return tuple(found)


@lru_cache(maxsize=4096)
def _level_of_sum(terms: tuple[_Term, ...], p: float) -> float:
    parts = [term.part() for term in terms]
    names = {part.buffer.name for part in parts}
    if names <= {*summable_laws()}:
        from saddlepoint.uncertain.sums import NotReached, quantile_of_sum

        try:
            return quantile_of_sum(parts, p)
        except NotReached:
            raise _too_fine(names) from None
    if names <= {*CLOSED}:
        has = [np.asarray(float(name in names)) for name in CLOSED]
        k = float(_safety_value((np.asarray(p), *has), ()))
        return sum(part.mean for part in parts) + k * float(np.hypot.reduce([part.std for part in parts]))
    raise _no_closed_form(names)


def _too_fine(names: set[str]) -> TooFine:
    return TooFine(
        f"the quantile of a sum of {', '.join(sorted(names))} was not reached to 1e-8",
        "Counts need factors with a common step, and a part that scatters several times its mean or hardly at all needs too fine a "
        "grid beside others. Round the factors, name cantelli for all of them, or give the table draws (samples: <set>).",
    )


def _no_closed_form(names: set[str]) -> NoClosedForm:
    summed = summable_laws()
    known = ", ".join(repr(n) for n in sorted(names & {*summed}))
    others = ", ".join(repr(n) for n in sorted(names - {*summed}))
    return NoClosedForm(
        f"a row adds {known or others} to {others}, and nothing is known of their sum"
        if known
        else f"nothing is known of a sum of {others}",
        f"Name laws for all of them ({', '.join(summed)}), or one of {', '.join(CLOSED)} (cantelli holds for every "
        "distribution with these moments), or give the table draws (samples: <set>).",
    )


QUANTILE_OF_SUM = Operator(
    name="quantile",
    degree=1,
    arity=(2, 2),
    doc="The least level that a sum of independent parts of known laws stays at or below with probability p.",
    shape=_sum_facts,
    value=_sum_value,
    nature=Nature.DATA,
    reduces=True,
    group="uncertain",
    example="quantile(sum(D), p)",
)
