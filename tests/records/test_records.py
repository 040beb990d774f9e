"""Our dataclasses behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import pickle
from dataclasses import KW_ONLY, field, fields, replace
from typing import Any

import numpy as np
import pytest

from saddlepoint.records import dataclass


def _classes(make: Any) -> dict[str, Any]:
    """The same classes, made by one of the two decorators."""

    @make(frozen=True, slots=True)
    class Point:
        """A point."""

        x: float
        y: float = 0.0
        _: KW_ONLY
        names: list[str] = field(default_factory=list)
        note: str = field(default="", compare=False, repr=False)

    @make(frozen=True, slots=True, kw_only=True)
    class Named(Point):
        """A point with a name."""

        name: str = "o"

        def __post_init__(self) -> None:
            if not self.name:
                raise ValueError("no name")

    @make(slots=True)
    class Tally:
        """A count."""

        count: int = 0
        _kept: dict[int, int] = field(default_factory=dict, init=False)
        _last: int | None = field(default=None, init=False)

    @make(frozen=True, slots=True, eq=False)
    class Alone:
        """Equal to itself only."""

        x: int = 0

    @make(frozen=True)
    class Nothing:
        """No field."""

    return {k: v for k, v in locals().items() if isinstance(v, type)}


OURS, THEIRS = _classes(dataclass), _classes(dataclasses.dataclass)


@pytest.mark.parametrize("name", OURS)
def test_a_class_is_made_as_by_the_standard_library(name: str) -> None:
    ours, theirs = OURS[name], THEIRS[name]
    assert dataclasses.is_dataclass(ours)
    assert [(f.name, f.init, f.kw_only) for f in fields(ours)] == [
        (f.name, f.init, f.kw_only) for f in fields(theirs)
    ]
    assert list(inspect.signature(ours).parameters) == list(inspect.signature(theirs).parameters)
    assert ours.__match_args__ == theirs.__match_args__
    assert getattr(ours, "__slots__", None) == getattr(theirs, "__slots__", None)


@pytest.mark.parametrize(
    ("name", "arguments", "named"),
    [
        ("Point", (1.0,), {}),
        ("Point", (1.0, 2.0), {"names": ["a"], "note": "n"}),
        ("Named", (1.0,), {"name": "p"}),
        ("Tally", (3,), {}),
        ("Alone", (), {}),
        ("Nothing", (), {}),
    ],
)
def test_values_behave_as_those_of_the_standard_library(name: str, arguments: Any, named: Any) -> None:
    a, b = OURS[name](*arguments, **named), OURS[name](*arguments, **named)
    c, d = THEIRS[name](*arguments, **named), THEIRS[name](*arguments, **named)
    assert repr(a).rsplit(".", 1)[-1] == repr(c).rsplit(".", 1)[-1]
    assert (a == b) is (c == d)
    assert a != c
    assert dataclasses.asdict(a) == dataclasses.asdict(c)
    assert (type(a).__hash__ is None) is (type(c).__hash__ is None)
    assert copy.deepcopy(a) is not a
    assert dataclasses.asdict(copy.deepcopy(a)) == dataclasses.asdict(a)


def test_what_is_not_compared_is_neither_shown_nor_hashed() -> None:
    plain, noted = OURS["Point"](1.0, names=()), OURS["Point"](1.0, names=(), note="n")
    assert plain == noted
    assert hash(plain) == hash(noted)
    assert "note" not in repr(noted)
    assert plain != OURS["Named"](1.0, names=())


def test_a_frozen_value_cannot_be_changed_and_is_replaced() -> None:
    point = OURS["Point"](1.0)
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        point.x = 2.0
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        del point.x
    assert replace(point, x=2.0).x == 2.0
    with pytest.raises(ValueError, match="no name"):
        OURS["Named"](1.0, name="")
    tally = OURS["Tally"]()
    tally.count += 1
    assert tally.count == 1
    assert OURS["Tally"]()._kept is not tally._kept


def test_wrong_arguments_are_refused() -> None:
    for arguments, named in [((), {}), ((1.0, 2.0, []), {}), ((1.0,), {"z": 1})]:
        with pytest.raises(TypeError):
            OURS["Point"](*arguments, **named)


@dataclass(frozen=True, slots=True)
class Sent:
    """A value that travels between processes."""

    x: int
    y: tuple[int, ...] = ()


def test_values_travel_between_processes() -> None:
    assert pickle.loads(pickle.dumps(Sent(1, (2, 3)))) == Sent(1, (2, 3))


def test_patterns_take_values_apart() -> None:
    match Sent(1, (2,)):
        case Sent(x, (y,)):
            assert (x, y) == (1, 2)
        case _:
            pytest.fail("no match")


@dataclass(frozen=True)
class Held:
    """A value of one field."""

    numbers: object


def test_a_value_of_one_field_is_compared_as_one_of_several() -> None:
    """What compares cell by cell is equal to itself, and a missing number too."""
    numbers = np.zeros(3)
    assert (Held(numbers) == Held(numbers)) is True
    assert Held(math.nan) == Held(math.nan)
