"""Units as planners write them: "EUR/MWh", "1000 t CO2/year". A word that nobody knows is a unit of its own.

A general library is not used: it takes a second to start, reads `u` as atomic masses and `ton` as American ones, knows no
currency, and refuses a number before a unit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from saddlepoint.records import dataclass

_LENGTH, _MASS, _TIME, _POWER = "m", "kg", "h", "W"
_PREFIXES: Final[Mapping[str, float]] = {
    "m": 1e-3,
    "c": 1e-2,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
}
_LARGE: Final[Mapping[str, float]] = {"k": 3.0, "M": 6.0, "G": 9.0, "T": 12.0, "P": 15.0}
"""Prefixes that a unit is shown with, and their digits."""
_SAME: Final = 1e-9
"""Digits by which a size may be off a prefix by rounding."""
_PREFIXED: Final[Mapping[str, tuple[float, Mapping[str, float]]]] = {
    "W": (1.0, {_POWER: 1}),
    "Wh": (1.0, {_POWER: 1, _TIME: 1}),
    "J": (1 / 3600, {_POWER: 1, _TIME: 1}),
    "g": (1e-3, {_MASS: 1}),
    "t": (1e3, {_MASS: 1}),
    "m": (1.0, {_LENGTH: 1}),
    "l": (1e-3, {_LENGTH: 3}),
    "L": (1e-3, {_LENGTH: 3}),
    **{
        money: (1.0, {money: 1})
        for money in ("EUR", "USD", "GBP", "CHF", "JPY", "SEK", "NOK", "DKK", "CAD", "AUD")
    },
}
_PLAIN: Final[Mapping[str, tuple[float, Mapping[str, float]]]] = {
    **dict.fromkeys(("h", "hr", "hour", "hours"), (1.0, {_TIME: 1})),
    **dict.fromkeys(("min", "minute", "minutes"), (1 / 60, {_TIME: 1})),
    **dict.fromkeys(("s", "sec", "second", "seconds"), (1 / 3600, {_TIME: 1})),
    **dict.fromkeys(("d", "day", "days"), (24.0, {_TIME: 1})),
    **dict.fromkeys(("week", "weeks"), (168.0, {_TIME: 1})),
    **dict.fromkeys(("a", "y", "yr", "year", "years"), (1.0, {"year": 1})),
    **dict.fromkeys(("month", "months"), (1 / 12, {"year": 1})),
    **dict.fromkeys(("tonne", "tonnes"), (1e3, {_MASS: 1})),
    "kton": (1e6, {_MASS: 1}),
    "ha": (1e4, {_LENGTH: 2}),
    "€": (1.0, {"EUR": 1}),
    "$": (1.0, {"USD": 1}),
    "%": (0.01, {}),
    **dict.fromkeys(("percent",), (0.01, {})),
    **dict.fromkeys(("-", "p.u.", "pu"), (1.0, {})),
    **dict.fromkeys(("thousand",), (1e3, {})),
    **dict.fromkeys(("million", "Mio", "Mio.", "mn"), (1e6, {})),
    **dict.fromkeys(("billion", "bn"), (1e9, {})),
}
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<sign>\*\*|[*/·^()])|(?P<word>[^\W\d_][\w.]*|[%€$\-]))"
)
_RAISED: Final = re.compile(r"(.*?[^\d\W])(\d|[²³])")


@dataclass(frozen=True, slots=True)
class Unit:
    """factor × product of base units to their powers. strange: words of it that the table does not know."""

    factor: float = 1.0
    powers: tuple[tuple[str, float], ...] = ()
    strange: frozenset[str] = frozenset()

    def __mul__(self, other: Unit) -> Unit:
        return _made(self.factor * other.factor, (*self.powers, *other.powers), self.strange | other.strange)

    def __pow__(self, exponent: float) -> Unit:
        return _made(self.factor**exponent, ((k, p * exponent) for k, p in self.powers), self.strange)

    def __truediv__(self, other: Unit) -> Unit:
        return self * other**-1

    def __str__(self) -> str:
        """As a planner would write it: `GW`, `EUR/MWh`; in base units where no prefix says it: `168 h`."""
        powers, factor = _with_energy(self.powers), self.factor
        above, below = ([_raised(k, p) for k, p in _side(powers, sign)] for sign in (1, -1))
        size = math.log10(factor)
        of_size = [(above, k, word, p, size / p) for k, (word, p) in enumerate(_side(powers, 1))]
        of_size += [(below, k, word, p, -size / p) for k, (word, p) in enumerate(_side(powers, -1))]
        for words, k, word, power, digits in of_size:
            larger = _larger(word, digits)
            if larger is not None:
                words[k], factor = _raised(larger, power), 1.0
                break
        shown = "·".join(above) or "1"
        shown = "/".join([shown, *below])
        return shown if factor == 1.0 else f"{factor:g} {shown}"


def _side(powers: Iterable[tuple[str, float]], sign: int) -> list[tuple[str, float]]:
    """The powers above (sign 1) or below (−1) the line, positive."""
    return [(word, sign * power) for word, power in powers if sign * power > 0]


def _larger(word: str, digits: float) -> str | None:
    """The word for a unit larger by so many digits, where one is usual: kg and 3 are t, W and 9 are GW."""
    if word == _MASS:
        return "t" if math.isclose(digits, 3.0, abs_tol=_SAME) else None
    prefix = next((sign for sign in _LARGE if math.isclose(digits, _LARGE[sign], abs_tol=_SAME)), None)
    return f"{prefix}{word}" if prefix and word in _PREFIXED else None


def _with_energy(powers: tuple[tuple[str, float], ...]) -> list[tuple[str, float]]:
    """The powers, with watts times hours as one word."""
    left = dict(powers)
    power, time = left.get(_POWER, 0.0), left.get(_TIME, 0.0)
    if power == 0.0 or power != time:
        return list(powers)
    return [("Wh", power), *((k, p) for k, p in powers if k not in (_POWER, _TIME))]


def _raised(word: str, power: float) -> str:
    return word if power == 1 else f"{word}^{power:g}"


def _made(factor: float, powers: Iterable[tuple[str, float]], strange: frozenset[str]) -> Unit:
    total: dict[str, float] = {}
    for word, power in powers:
        total[word] = total.get(word, 0.0) + power
    return Unit(factor, tuple(sorted((k, p) for k, p in total.items() if abs(p) > 1e-12)), strange)


def unit_of(text: str) -> Unit | None:
    """The unit that a text says; None where it is no unit at all (a sentence)."""
    tokens = _tokens(text.strip())
    if not tokens:
        return None
    try:
        unit, rest = _product(tokens)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    return unit if not rest and moderate(unit.factor) else None


def moderate(factor: float) -> bool:
    """Whether products and quotients of two such factors stay within floats."""
    return 1e-150 < factor < 1e150


def factor_between(given: str, wanted: str) -> float | None:
    """By what numbers in one unit are multiplied to be in another; None where that is not so."""
    first, second = unit_of(given), unit_of(wanted)
    if first is None or second is None or first.powers != second.powers:
        return None
    return first.factor / second.factor


def words_of(text: str) -> tuple[str, ...]:
    """The words of a unit: of `EUR/MWh` EUR and MWh."""
    return tuple(token for token in _tokens(text.strip()) if token[0].isalpha() or token[0] in "%€$")


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            return []
        tokens.append(found[0].strip())
        place = found.end()
    return tokens


def _product(tokens: list[str]) -> tuple[Unit, list[str]]:
    """Factors with *, · or a space between them, and /, from left to right."""
    unit, tokens = _factor(tokens)
    while tokens and tokens[0] != ")":
        divide = tokens[0] == "/"
        other, tokens = _factor(tokens[1:] if tokens[0] in ("*", "·", "/") else tokens)
        unit = unit / other if divide else unit * other
    return unit, tokens


def _factor(tokens: list[str]) -> tuple[Unit, list[str]]:
    if not tokens:
        raise ValueError("a unit is missing")
    head, *rest = tokens
    if head == "(":
        unit, rest = _product(rest)
        if not rest or rest[0] != ")":
            raise ValueError("a parenthesis is open")
        rest = rest[1:]
    elif head[0].isdigit():
        unit = Unit(float(head))
    elif head in ("*", "/", "^", "**", "·", ")"):
        raise ValueError(f"{head} stands where a unit belongs")
    else:
        unit = _word(head)
    if rest and rest[0] in ("^", "**"):
        sign = -1.0 if len(rest) > 1 and rest[1] == "-" else 1.0
        exponent = rest[2 if sign < 0 else 1]
        return unit ** (sign * float(exponent)), rest[3 if sign < 0 else 2 :]
    return unit, rest


def _word(word: str) -> Unit:
    raised = _RAISED.fullmatch(word)
    if raised is not None and _known(raised[1]) is not None:
        return _word(raised[1]) ** {"²": 2.0, "³": 3.0}.get(
            raised[2], float(raised[2]) if raised[2].isdigit() else 1.0
        )
    return _known(word) or Unit(1.0, ((word, 1.0),), frozenset({word}))


def _known(word: str) -> Unit | None:
    entry = _PLAIN.get(word) or _PREFIXED.get(word)
    if entry is not None:
        return _made(entry[0], entry[1].items(), frozenset())
    for start, factor in _PREFIXES.items():
        rest = _PREFIXED.get(word.removeprefix(start)) if word.startswith(start) else None
        if rest is not None:
            return _made(factor * rest[0], rest[1].items(), frozenset())
    return None
