"""All words of the language: one record each, found by name or symbol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from saddlepoint.expr.axis_words import AXIS_WORDS
from saddlepoint.expr.node import Nature, Node, Operator, OperatorOptions, Word
from saddlepoint.expr.operators.convex import CONVEX, SUMSQ
from saddlepoint.expr.operators.datawise import DATAWISE
from saddlepoint.expr.operators.exponential import EXPONENTIAL
from saddlepoint.expr.operators.extremes import EXTREMES
from saddlepoint.expr.operators.layout import LAYOUT
from saddlepoint.expr.operators.linear import LINEAR, NEGATIVE, TRANSPOSE
from saddlepoint.expr.operators.powers import POW, POWERS
from saddlepoint.expr.operators.products import MULTIPLY, PRODUCTS
from saddlepoint.expr.operators.ranked import RANKED
from saddlepoint.expr.operators.statistics import CVAR, MEAN, QUANTILE, STD
from saddlepoint.expr.refusals import NothingUncertain
from saddlepoint.expr.uncertain import cvar, is_uncertain, mean_node, quantile_node, std


def _statistic(record: Operator, made: Callable[..., Node], nature: Nature, doc: str) -> Operator:
    """The word of a statistic: what its argument is made of decides which record stands for it."""

    def make(args: tuple[Node, ...], options: OperatorOptions) -> Node:
        if not is_uncertain(args[0]):
            raise NothingUncertain(
                f"{record.name} needs something uncertain",
                f"Name a variable of an uncertain table: {record.example}.",
            )
        return made(*args)

    level = {1: "the probability"} if record.arity[0] == 2 else {}
    return replace(record, make=make, nature=nature, doc=doc, data=level, uncertain=True)


STATISTICS = (
    _statistic(
        MEAN,
        mean_node,
        Nature.LINEAR,
        "mean(D): the mean of an uncertain variable, of what is affine in distributions, or of anything over draws.",
    ),
    _statistic(
        STD,
        std,
        Nature.DATA,
        "std(D): the standard deviation of an uncertain variable, or of data over draws.",
    ),
    _statistic(
        QUANTILE,
        quantile_node,
        Nature.DATA,
        "quantile(D, p): the least level that an uncertain variable, or data over draws, stays at or below with "
        "probability p.",
    ),
    _statistic(
        CVAR,
        cvar,
        Nature.CONVEX,
        "cvar(D, p): the mean of the worst 1 − p of an uncertain variable, or over draws of any convex loss.",
    ),
)

CHANCE = Word(
    name="chance",
    arity=(2, None),
    doc="chance(x >= D, p): the relations hold together with probability at least p; a constraint of its own. The rows of one "
    "relation have it each for itself, or all together with joint=equal, cheapest (failures added up, split where it costs least: "
    "cost= says what a unit of each level costs), independent, gaussian (by the covariance of the table) or "
    "vine; seen=H (times by entries) has gaussian and vine fitted to values that were observed together. Where data add up several "
    "parts of known laws, a row takes the quantile of their sum.",
    nature=Nature.CONSTRAINT,
    group="uncertain",
    example="chance(x >= D, p)",
)
ROBUST = Word(
    name="robust",
    arity=(1, None),
    doc="robust(x >= D, set=budget(3)): the relations hold for every value of what is uncertain in a set: box(r) (mean ± r reaches), "
    "budget(Γ) (at most Γ elements at an end), ellipsoid(Ω) (Ω standard deviations together); without set= in that of each "
    "table; a constraint of its own.",
    nature=Nature.CONSTRAINT,
    group="uncertain",
    example="robust(sum(D * x, over=P) <= b, set=budget(3))",
)
MINIMIZE = Word(
    name="Minimize",
    doc="The objective: the sum of all entries as small as possible; the expression must be convex.",
    nature=Nature.OBJECTIVE,
    group="objective",
    example="Minimize(sum(c * x))",
)
MAXIMIZE = Word(
    name="Maximize",
    doc="The objective: the sum of all entries as large as possible; the expression must be concave.",
    nature=Nature.OBJECTIVE,
    group="objective",
    example="Maximize(sum(p * x))",
)

RECORDS: tuple[Operator, ...] = (
    *LINEAR,
    *PRODUCTS,
    *LAYOUT,
    POW,
    *DATAWISE,
    *CONVEX,
    *EXTREMES,
    *POWERS,
    *RANKED,
    *EXPONENTIAL,
)
"""Operators that compute with matrices."""

WORDS: tuple[Word, ...] = (*RECORDS, *AXIS_WORDS.values(), *STATISTICS, CHANCE, ROBUST, MINIMIZE, MAXIMIZE)

OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {record.name: record for record in (*RECORDS, *STATISTICS)}
    | {"sum_squares": SUMSQ, "multiply": MULTIPLY, "transpose": TRANSPOSE}
)
"""Name → record of what may stand inside an expression, with CVXPY's names of sumsq, mult and tran."""

SYMBOLS: Mapping[str, Operator] = MappingProxyType(
    {r.symbol: r for r in RECORDS if r.symbol is not None and r is not NEGATIVE} | {"**": POW}
)
"""Infix symbol → record."""
