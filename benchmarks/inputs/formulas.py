"""Random formulas in the whole grammar, meaningful or not: every operator, the words along sets, conditions, chances."""

from __future__ import annotations

import random
from collections.abc import Sequence

from benchmarks.inputs.worlds import SETS, World
from saddlepoint.expr.axis_words import AXIS_WORDS, OVER
from saddlepoint.expr.named import Takes
from saddlepoint.expr.words import OPERATORS

SIGNS = ("+", "-", "*", "@", "/", "**")
RELATIONS = ("<=", ">=", "==")
_KEYS = tuple(key if key.isidentifier() else repr(key) for key in SETS)
_ITEMS = ("'pv'", "'gas'", "'h1'", "'h4'", "'w2'", "'a b'", "first", "last", "'nobody'", "2")
_LABELS = ("'gas'", "'day'", "1")
_NUMBERS = ("0", "1", "2", "-1", "0.5", "3", "0.9", "10", "1e20", "1e-12", "1e308", "1e999", "-0.0", "2.5")
_ODD = (
    "x[H - 1]", "x.T", "(1, 2)", "'text'", "True", "None", "lambda: 1", "x if a else y", "[x for x in y]", "f'{x}'",
    "9**9**9", "x == y", "not x", "~x", "x // 2", "x % 2", "a and b", "T.fuel", "T", "H", "_", "x := 1", "...",
    "*x", "print(x)", "sum", "x(1)", "1j", "0x10", "1_000", "size()", "lag()", "b''", "é", "x\u202e", "{1: x}", "-(-x)",
)  # fmt: skip


class Writer:
    """Writes formulas of one world from one stream of chances; wild: the share of parts that are put together blindly."""

    def __init__(self, rng: random.Random, world: World, wild: float = 0.12) -> None:
        self.rng, self.world, self.wild = rng, world, wild

    def relation(self) -> str:
        """A relation, or sometimes a chance, a chain of relations or none."""
        rng, depth = self.rng, self.rng.randint(1, 3)
        if self.world.uncertain and rng.random() < 0.6:
            return self._chance(depth)
        left, right = self.expression(depth), self.expression(rng.randint(0, 2))
        text = f"{left} {rng.choice(RELATIONS)} {right}"
        if rng.random() < 0.02:
            text += rng.choice([" <= 3", " < 1", " != 2", ")", " #", "\n", " and x >= 0"])
        return text

    def objective(self) -> str:
        """An objective of a random expression."""
        return f"{self.rng.choice(['Minimize', 'Maximize'])}({self.expression(self.rng.randint(1, 3))})"

    def expression(self, depth: int) -> str:
        """An expression at most this deep."""
        rng = self.rng
        if depth <= 0 or rng.random() < 0.15:
            return self._leaf()
        chance = rng.random()
        if chance < 0.3:
            return f"({self.expression(depth - 1)} {rng.choice(SIGNS)} {self.expression(depth - 1)})"
        if chance < 0.35:
            return f"-{self.expression(depth - 1)}"
        return self._along(depth) if chance < 0.65 else self._operator(depth)

    def _leaf(self) -> str:
        rng = self.rng
        if rng.random() < self.wild / 4:
            return rng.choice(_ODD)
        return rng.choice(self.world.names) if rng.random() < 0.75 else rng.choice(_NUMBERS)

    def _operator(self, depth: int) -> str:
        rng = self.rng
        name = rng.choice(list(OPERATORS))
        record = OPERATORS[name]
        least, most = record.arity
        count = rng.randint(least, most if most is not None else least + 2)
        if rng.random() < self.wild:
            count = rng.randint(0, 4)
        parts = [self.data(depth - 1) if k in record.data and rng.random() > self.wild else self.expression(depth - 1) for k in range(count)]  # fmt: skip
        if record.uncertain and self.world.uncertain and parts and rng.random() < 0.8:
            parts[0] = self._drawn(depth - 1)
        for option in record.options:
            if rng.random() < 0.5:
                value = rng.choice((*_NUMBERS, "0", "1", "2", "3"))
                parts.append(f"{option}={value}" if rng.random() < 0.5 else value)
        if rng.random() < self.wild / 2:
            parts.append(f"{rng.choice(['over', 'where', 'by', 'axis', 'p', 'first'])}={self._odd(depth)}")
        return f"{name}({', '.join(parts)})"

    def data(self, depth: int) -> str:
        """An expression that is mostly of data."""
        rng = self.rng
        if depth <= 0 or rng.random() < 0.7:
            return rng.choice((*self.world.given, "0.9", "2", "0.5"))
        return f"({self.data(depth - 1)} {rng.choice(SIGNS)} {self.data(depth - 1)})"

    def _drawn(self, depth: int) -> str:
        name = self.rng.choice(self.world.uncertain)
        return (
            name if self.rng.random() < 0.6 else f"({self.expression(depth)} {self.rng.choice('+-*')} {name})"
        )

    def _along(self, depth: int) -> str:
        rng = self.rng
        name, word = rng.choice([*OVER.items(), *AXIS_WORDS.items()])
        parts: list[str] = []
        for place, (argument, kind) in enumerate(word.takes.items()):
            asked = place < word.needed if rng.random() > self.wild else rng.random() < 0.5
            if not asked and rng.random() < 0.65:
                continue
            value = self._argument(kind, depth)
            named = (place >= 1 and rng.random() < 0.7) or argument in ("over", "where", "by")
            parts.append(f"{argument}={value}" if named else value)
        if word.by_set is not None:
            parts += [
                f"{self._set(False)}={self._argument(word.by_set, depth)}"
                for _ in range(rng.choice([1, 1, 1, 2, 0]))
            ]
        return f"{name}({', '.join(parts)})"

    def _argument(self, kind: Takes, depth: int) -> str:
        rng = self.rng
        if rng.random() < self.wild / 2:
            return self._odd(depth)
        match kind:
            case Takes.EXPRESSION:
                return self.expression(depth - 1)
            case Takes.CONDITION:
                return self.condition(depth)
            case Takes.SET:
                return self._set()
            case Takes.SETS:
                several = [self._set() for _ in range(rng.randint(1, 2))]
                return several[0] if len(several) == 1 else f"({', '.join(several)})"
            case Takes.WHOLE:
                return rng.choice(["1", "2", "3", "0", "-1", "100", "1000000000000", "1.5", "a"])
            case Takes.FLAG:
                return rng.choice(["True", "True", "False", "1"])
            case _:
                return rng.choice(_ITEMS)

    def condition(self, depth: int) -> str:
        """What where= may ask."""
        rng = self.rng
        chance = rng.random()
        if chance < 0.2 and depth > 0:
            return f"{self.condition(depth - 1)} {rng.choice(['and', 'or'])} {self.condition(depth - 1)}"
        if chance < 0.27:
            return f"not {self.condition(depth - 1)}"
        if chance < 0.55:
            return f"{self._set()} {rng.choice(['==', '!=', '<', '>='])} {rng.choice(_ITEMS)}"
        if chance < 0.65:
            return (
                f"{self._set()} {rng.choice(['in', 'not in'])} ({rng.choice(_ITEMS)}, {rng.choice(_ITEMS)})"
            )
        if chance < 0.75:
            return f"{rng.choice(['T.fuel', 'H.part', 'T.nothing', 'W.fuel'])} {rng.choice(['==', '!='])} {rng.choice(_LABELS)}"
        if chance < 0.8:
            return f"exists({rng.choice((*self.world.names, *self.world.tables, 'nothing'))})"
        return f"{self.data(1)} {rng.choice(['<', '<=', '>', '==', '!='])} {self.data(1)}"

    def _chance(self, depth: int) -> str:
        rng = self.rng
        sides = [self._drawn(depth - 1), self.expression(depth - 1)]
        rng.shuffle(sides)
        level = rng.choice(["0.9", "0.9", "0.95", "0.5", self.data(0), "0", "1", "2", self.expression(1)])
        more = f", {self.expression(1)} >= {self._drawn(0)}" if rng.random() < 0.15 else ""
        return f"chance({sides[0]} {rng.choice(RELATIONS[:2])} {sides[1]}{more}, {level})"

    def _set(self, unknown: bool = True) -> str:
        if unknown and self.rng.random() < self.wild / 3:
            return self.rng.choice(["Nobody", "x", "'T '", "(T,)", "S"])
        keys: Sequence[str] = _KEYS if unknown else [k for k in _KEYS if k.isidentifier()]
        return self.rng.choice(keys)

    def _odd(self, depth: int) -> str:
        return self.rng.choice(
            [self.expression(depth - 1), self.rng.choice(_ODD), self._set(), self.rng.choice(_ITEMS)]
        )
