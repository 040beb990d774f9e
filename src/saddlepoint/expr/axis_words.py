"""The table of words that work along named axes: one record each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from saddlepoint.expr.along import (
    all_hold,
    counted,
    mean_along,
    multiplied,
    picked,
    position,
    reduced_along,
    renamed,
    size,
    some_hold,
    spread,
    summed_along,
)
from saddlepoint.expr.named import Arguments, AxisWord, Takes
from saddlepoint.expr.node import Nature, Node, Operator
from saddlepoint.expr.operators.convex import CONVEX
from saddlepoint.expr.operators.extremes import EXTREMES
from saddlepoint.expr.outcomes import expected_value, tail, worst
from saddlepoint.expr.piecewise import curve
from saddlepoint.expr.shifts import cumulated, difference, rolling, shifted

_ALONG = {"x": Takes.EXPRESSION, "over": Takes.SET}
_OVER = {"x": Takes.EXPRESSION, "over": Takes.SETS, "where": Takes.CONDITION}
_HOLDS = {"condition": Takes.CONDITION, "over": Takes.SETS}
_ENDS = {"first": Takes.EXPRESSION, "cyclic": Takes.FLAG, "skip": Takes.FLAG}
_LATER = {"last": Takes.EXPRESSION, "cyclic": Takes.FLAG, "skip": Takes.FLAG}
_WORDS_OF_ENDS = "What stands there is said by first= (a number or an expression), cyclic=True, or skip=True."


def _word(
    name: str,
    takes: Mapping[str, Takes],
    needed: int,
    make: Callable[[Arguments], Node],
    doc: str,
    example: str,
    latex: Callable[[str, Arguments], str],
    nature: Nature = Nature.LINEAR,
    by_set: Takes | None = None,
    group: str = "axes",
) -> AxisWord:
    return AxisWord(
        name=name, arity=(needed, len(takes)), doc=doc, nature=nature, group=group, example=example,
        takes=takes, needed=needed, make=make, by_set=by_set, latex=latex,
    )  # fmt: skip


def _under(sign: str) -> Callable[[str, Arguments], str]:
    return lambda x, given: (
        f"{sign}_{{{', '.join(_set(k) for k in given.keys['over'])}{_choice(given)}{_ends(given)}}} {x}"
    )


def _choice(given: Arguments) -> str:
    """What a sum says beside its sets: the condition, the groups."""
    from saddlepoint.expr.show import latex

    asked = f" \\colon {latex(given.nodes['where'])}" if "where" in given.nodes else ""
    groups = f" \\to {_set(given.only('by'))}" if "by" in given.keys else ""
    return asked + groups


def _ends(given: Arguments) -> str:
    """What stands where there is no item."""
    from saddlepoint.expr.show import latex

    said = [
        f"\\text{{{name}}} = {latex(given.nodes[name])}" for name in ("first", "last") if name in given.nodes
    ]
    said += [f"\\text{{{flag}}}" for flag in sorted(given.flags)]
    return f";\\, {', '.join(said)}" if said else ""


def _set(key: str) -> str:
    return f"\\mathrm{{{key.replace('_', chr(92) + '_')}}}"


def _count(given: Arguments, name: str, otherwise: int) -> str:
    """A number of items as it is written: the number itself, or the name of the data."""
    node = given.nodes.get(name)
    if node is None:
        return str(given.numbers.get(name, otherwise))
    variable = node.variable
    return f"\\mathrm{{{variable.name}}}" if variable is not None else "k"


def _at_index(offset: str) -> Callable[[str, Arguments], str]:
    def latex(x: str, given: Arguments) -> str:
        steps = _count(given, "steps", 1)
        return f"{{{x}}}_{{{_set(given.only('over'))} {offset} {steps}{_ends(given)}}}"

    return latex


def _window(x: str, given: Arguments) -> str:
    key, count = _set(given.only("over")), _count(given, "length", 1)
    return f"\\sum_{{{key} - {count} + 1{_ends(given)}}}^{{{key}}} {x}"


def _by_points(x: str, given: Arguments) -> str:
    """A curve by the points that it goes through."""
    from saddlepoint.expr.show import latex

    points = ", ".join(latex(given.nodes[name]) for name in ("points", "values"))
    return f"\\operatorname{{piecewise}}_{{{_set(given.only('over'))}}}({x};\\, {points})"


def _renamed(x: str, given: Arguments) -> str:
    pairs = [_set(old) + " \\to " + _set(new) for old, new in given.renamed.items()]
    return f"{{{x}}}_{{{', '.join(pairs)}}}"


def _item(key: str, place: int, given: Arguments) -> str:
    label = given.sets[key].axis.items[place].replace("_", "\\_")
    return f"{_set(key)} = \\text{{{label}}}"


_REDUCTIONS: Mapping[str, Operator] = {
    r.name: r for r in (*CONVEX, *EXTREMES) if r.name in ("max", "min", "sumsq", "norm1", "norm2", "norminf")
}
_TEXTS = {
    "max": "the largest value",
    "min": "the smallest value",
    "sumsq": "the sum of squares",
    "norm1": "the sum of absolute values",
    "norm2": "the Euclidean norm",
    "norminf": "the largest absolute value",
}


def _tail(x: str, given: Arguments) -> str:
    from saddlepoint.expr.show import latex

    level = latex(given.nodes["p"])
    return f"\\operatorname{{CVaR}}_{{{level}}}^{{{_set(given.only('over'))}}}\\left({x}\\right)"


OVER: Mapping[str, AxisWord] = {
    "cvar": _word(
        "cvar",
        {"x": Takes.EXPRESSION, "p": Takes.EXPRESSION, "over": Takes.SET},
        3,
        tail,
        "Over outcomes: the mean of the worst (largest) 1 − p of the values; along a tree, of the totals of its paths.",
        "cvar(cost, 0.95, over=Outcomes)",
        _tail,
        Nature.CONVEX,
        group="outcomes",
    ),
    "sum": _word(
        "sum",
        {**_OVER, "by": Takes.SET},
        2,
        summed_along,
        "The sum over one or several sets; where= keeps some items, by= makes group sums along a grouping of the set.",
        "sum(x, over=Tech)",
        _under("\\sum"),
    ),
    "mean": _word(
        "mean",
        _OVER,
        2,
        mean_along,
        "The mean over sets.",
        "mean(x, over=Hours)",
        _under("\\operatorname{mean}"),
    ),
    **{
        name: _word(
            name,
            _OVER,
            2,
            reduced_along(record),
            f"Over one or several sets: {_TEXTS[name]}.",
            f"{name}(x, over=Hours)",
            _under(f"\\operatorname{{{name}}}"),
            record.nature,
        )
        for name, record in _REDUCTIONS.items()
    },
    "cumsum": _word(
        "cumsum",
        _ALONG,
        2,
        cumulated,
        "The running sum along a set.",
        "cumsum(x, over=Hours)",
        _under("\\operatorname{cumsum}"),
    ),
    "diff": _word(
        "diff",
        {**_ALONG, **_ENDS},
        2,
        difference,
        "Each value less the one before it; there is no row for the first item unless first= or cyclic=True is said.",
        "diff(x, over=Hours)",
        _under("\\Delta"),
    ),
}
"""Forms with over= of words that also work on matrices."""

AXIS_WORDS: Mapping[str, AxisWord] = {
    word.name: word
    for word in (
        _word(
            "lag",
            {**_ALONG, "steps": Takes.WHOLE, **_ENDS},
            2,
            shifted(1),
            "The value some items before along a set (steps=1, or data: lag(x, Hours, steps=delay, first=0)). "
            + _WORDS_OF_ENDS,
            "lag(x, Hours, first=0)",
            _at_index("-"),
        ),
        _word(
            "lead",
            {**_ALONG, "steps": Takes.WHOLE, **_LATER},
            2,
            shifted(-1),
            "The value some items after along a set (steps=1, or data). "
            + _WORDS_OF_ENDS.replace("first=", "last="),
            "lead(x, Hours, last=0)",
            _at_index("+"),
        ),
        _word(
            "rolling_sum",
            {**_ALONG, "length": Takes.WHOLE, **_ENDS},
            3,
            rolling,
            "The sum over the last items along a set, as many as length says (a number or data). "
            + _WORDS_OF_ENDS,
            "rolling_sum(x, Hours, length=3, first=0)",
            _window,
        ),
        _word(
            "at",
            {"x": Takes.EXPRESSION},
            1,
            picked,
            "The value at one item of a set ('label', first or last); the axis is gone.",
            "at(x, Hours=last)",
            lambda x, given: (
                f"{{{x}}}\\big|_{{{', '.join(_item(k, place, given) for k, place in given.items.items())}}}"
            ),
            by_set=Takes.ITEM,
        ),
        _word(
            "rename",
            {"x": Takes.EXPRESSION},
            1,
            renamed,
            "The same numbers under another set of the same items (made with copy_from); rename(x, A=B, B=A) is a transpose.",
            "rename(x, Sites=Destinations)",
            _renamed,
            by_set=Takes.SET,
        ),
        _word(
            "spread",
            _ALONG,
            2,
            spread,
            "What stands over groups, at each item of the set that is grouped.",
            "spread(price, Sites)",
            lambda x, given: f"{{{x}}}_{{{_set(given.only('over'))}}}",
        ),
        _word(
            "position",
            {"over": Takes.SET},
            1,
            position,
            "1, 2, … along the items of a set; data.",
            "position(Hours)",
            lambda x, given: f"\\operatorname{{position}}({_set(given.only('over'))})",
            Nature.DATA,
        ),
        _word(
            "size",
            {"over": Takes.SET},
            1,
            size,
            "The number of items of a set; data.",
            "size(Hours)",
            lambda x, given: f"|{_set(given.only('over'))}|",
            Nature.DATA,
        ),
        _word(
            "prod",
            _OVER,
            2,
            multiplied,
            "The product over one or several sets; data.",
            "prod(yield_, over=Steps)",
            _under("\\prod"),
            Nature.DATA,
        ),
        _word(
            "piecewise",
            {
                "x": Takes.EXPRESSION,
                "points": Takes.EXPRESSION,
                "values": Takes.EXPRESSION,
                "over": Takes.SET,
                "exact": Takes.FLAG,
            },
            4,
            curve,
            "The value at x of the line through (points, values) along a set; x stays between the first and the last point. "
            "It must be convex where a convex expression is needed (a cost to be minimised), concave where a concave one is; "
            "exact=True makes any curve exact by yes/no columns of its own.",
            "piecewise(x, points, costs, over=Segments)",
            _by_points,
            Nature.CONVEX,
        ),
        _word(
            "expect",
            _OVER,
            2,
            expected_value,
            "The expected value over outcomes, by their probabilities; along a tree, of the total of the path that comes true.",
            "expect(cost, over=Outcomes)",
            _under("\\operatorname{E}"),
            group="outcomes",
        ),
        _word(
            "worst",
            {"x": Takes.EXPRESSION, "over": Takes.SETS},
            2,
            worst,
            "The largest value over outcomes; along a tree, of the totals of its paths.",
            "worst(cost, over=Outcomes)",
            _under("\\max"),
            Nature.CONVEX,
            group="outcomes",
        ),
        _word(
            "count",
            _HOLDS,
            2,
            counted,
            "How many items satisfy a condition; data.",
            "count(demand > 0, over=Hours)",
            _under("\\#"),
            Nature.DATA,
        ),
        _word(
            "any",
            _HOLDS,
            2,
            some_hold,
            "1 where some item satisfies a condition, else 0; data.",
            "any(demand > 0, over=Hours)",
            _under("\\exists"),
            Nature.DATA,
        ),
        _word(
            "all",
            _HOLDS,
            2,
            all_hold,
            "1 where every item satisfies a condition, else 0; data.",
            "all(demand > 0, over=Hours)",
            _under("\\forall"),
            Nature.DATA,
        ),
    )
}
"""Words that exist along sets only."""
