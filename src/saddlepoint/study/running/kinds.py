"""What an argument of a run may hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from numbers import Integral, Real
from typing import Final, cast

import numpy as np

from saddlepoint.records import dataclass
from saddlepoint.solve.interfaces import Kernel


@dataclass(frozen=True, slots=True)
class Kind:
    """What an argument may hold. words: as messages call it; holds: whether a value is of it; fix: how to write one."""

    words: str
    holds: Callable[[object], bool]
    fix: str


def _whole(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Integral)


def _number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real)


def _several(value: object, each: Callable[[object], bool]) -> bool:
    return isinstance(value, Collection) and all(map(each, cast(Collection[object], value)))


def _text(value: object) -> bool:
    return isinstance(value, str)


def _keys(value: object) -> bool:
    return not _text(value) and _several(value, lambda v: _text(v) or _whole(v))


def _named_values(value: object) -> bool:
    return isinstance(value, Mapping) and all(map(_text, cast(Mapping[object, object], value)))


WHOLE: Final = Kind("a whole number", _whole, "write it without quotes and without a point: 3")
SEED: Final = Kind("a whole number from 0 on", lambda v: _whole(v) and cast(int, v) >= 0, "for example 0")
NUMBER: Final = Kind("a number", _number, "write it without quotes: 0.5")
YES_OR_NO: Final = Kind("True or False", lambda v: isinstance(v, bool | np.bool_), "write it without quotes")
TEXT: Final = Kind("a text", _text, "write it in quotes")
NAMES: Final = Kind(
    "a text or a list of texts", lambda v: _several(v, _text), "write names in quotes: 'a' or ['a', 'b']"
)
KEYS: Final = Kind("a list of keys of problems", _keys, "for example ['supply', 'demand']")
MAPPING: Final = Kind("a mapping of texts", _named_values, "for example {'presolve': 'off'}")
KERNELS: Final = Kind(
    "a list of kernels", lambda v: _several(v, lambda k: isinstance(k, Kernel)), "for example [], for none"
)
