"""Dataclasses, made in a quarter of the time: a small run makes two hundred of them, and would spend a quarter of itself on it.

The standard library writes and compiles six methods for every class. Here only `__init__` is written for the class; what compares,
shows, hashes and protects is written once, over the fields. `fields`, `replace`, `is_dataclass` and patterns work as ever.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "excerpt"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        *, frozen: bool = False, slots: bool = False, kw_only: bool = False, eq: bool = True
    ) -> Callable[[type], type]:
        """As `dataclasses.dataclass`, with these of its arguments."""

        def made(cls: type) -> type:
            if cls.__doc__ is None:
                cls.__doc__ = cls.__name__  # else dataclasses would work out a signature
            cls = dataclasses.dataclass(
                init=False, repr=False, eq=False, frozen=False, slots=slots, kw_only=kw_only
            )(cls)
            found = dataclasses.fields(cls)
            given = {"__repr__": _shown, "__init__": _constructor(cls, found, frozen)}
            if frozen:
                given |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
            if frozen and slots:
                given |= {"__getstate__": _state, "__setstate__": _restore}
            if eq:
                given |= _comparison([f.name for f in found if f.compare], frozen)
            for name, method in given.items():
                if name not in cls.__dict__:
                    setattr(cls, name, method)
            return cls

        return made


def excerpt(record: object, *names: str) -> dict[str, Any]:
    """Some attributes of a record by name, as plain data shows them."""
    return {name: getattr(record, name) for name in names}


def _constructor(cls: type, found: tuple[dataclasses.Field[Any], ...], frozen: bool) -> Callable[..., None]:
    """The `__init__` of a class with these fields; of a frozen one it fills slots past `__setattr__`."""
    here: dict[str, Any] = {"_put": object.__setattr__, "_NEW": dataclasses.MISSING}
    slotted = "__slots__" in cls.__dict__
    plain, named, body = [], [], []
    for f in found:
        value = _value(f, here)
        if f.init:
            (named if f.kw_only else plain).append(f.name + _default(f))
        elif value == f.name:
            continue  # nothing is known of it before it is set
        if frozen and slotted:
            here[f"_put_{f.name}"] = getattr(cls, f.name).__set__
            body.append(f"_put_{f.name}(self, {value})")
            continue
        body.append(f"_put(self, {f.name!r}, {value})" if frozen else f"self.{f.name} = {value}")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    arguments = ", ".join(["self", *plain, *(["*", *named] if named else [])])
    exec(f"def __init__({arguments}):\n " + "\n ".join(body or ["pass"]), here)
    made = here["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = {f.name: f.type for f in found if f.init} | {"return": None}
    return made


def _value(f: dataclasses.Field[Any], here: dict[str, Any]) -> str:
    """What a field is set to, as text; the default is put where that text finds it."""
    if f.default_factory is not dataclasses.MISSING:
        here[f"_new_{f.name}"] = f.default_factory
        return f"_new_{f.name}() if {f.name} is _NEW else {f.name}" if f.init else f"_new_{f.name}()"
    if f.default is dataclasses.MISSING:
        return f.name
    here[f"_of_{f.name}"] = f.default
    return f.name if f.init else f"_of_{f.name}"


def _default(f: dataclasses.Field[Any]) -> str:
    if f.default is not dataclasses.MISSING:
        return f"=_of_{f.name}"
    return "" if f.default_factory is dataclasses.MISSING else "=_NEW"


def _comparison(names: list[str], frozen: bool) -> dict[str, Any]:
    """`__eq__` and `__hash__` over these fields."""
    found = attrgetter(*names) if names else type
    key: Callable[[object], object] = (lambda self: (found(self),)) if len(names) == 1 else found

    def equal(self: object, other: object) -> bool:
        if self is other:
            return True
        return key(self) == key(other) if type(self) is type(other) else NotImplemented

    def hashed(self: object) -> int:
        return hash(key(self))

    return {"__eq__": equal, "__hash__": hashed if frozen else None}


def _shown(self: Any) -> str:
    parts = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
    return f"{type(self).__qualname__}({', '.join(parts)})"


def _refuse_to_set(self: object, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, f.name) for f in dataclasses.fields(self)]


def _restore(self: Any, state: list[Any]) -> None:
    for f, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, f.name, value)
