"""The data part of GNU MathProg: sets, and parameters as tables with slices and defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

Key = tuple[str, ...]


@dataclass(frozen=True)
class MathProgData:
    """Items of each set, given cells of each parameter, and what the others hold."""

    sets: dict[str, list[str]] = field(default_factory=dict)
    cells: dict[str, dict[Key, float]] = field(default_factory=dict)
    defaults: dict[str, float] = field(default_factory=dict)


def read_data(text: str) -> MathProgData:
    """Read statements `set NAME := …;` and `param NAME default d := [slice]: columns := rows;`."""
    data = MathProgData()
    for statement in re.sub(r"#[^\n]*", "", text).split(";"):
        words = re.findall(r"\[[^\]]*\]|:=|:|[^\s:]+", statement)
        if words[:1] == ["set"]:
            data.sets[words[1]] = words[words.index(":=") + 1 :]
        elif words[:1] == ["param"] and words[1] != "ResultsPath":
            rest = words[2:]
            if rest[:1] == ["default"]:
                data.defaults[words[1]], rest = float(rest[1]), rest[2:]
            data.cells[words[1]] = dict(_cells(rest))
    return data


def _cells(words: list[str]) -> Iterator[tuple[Key, float]]:
    pattern, columns, k = ["*", "*"], list[str](), 0
    while k < len(words):
        if words[k].startswith("["):
            pattern, k = [part.strip() for part in words[k][1:-1].split(",")], k + 1
        elif words[k] == ":":
            end = words.index(":=", k)
            columns, k = words[k + 1 : end], end + 1
        elif words[k] == ":=":
            k += 1
        else:
            row, values = words[k], words[k + 1 : k + 1 + len(columns)]
            for column, value in zip(columns, values, strict=True):
                found = iter((row, column))
                yield tuple(next(found) if part == "*" else part for part in pattern), float(value)
            k += 1 + len(columns)
