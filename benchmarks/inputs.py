"""Random formulas and damaged settings: whatever is written, the answer is a model or a finding, never a raw error.

python -m benchmarks inputs [--count N] [--seed S]
"""

from __future__ import annotations

import argparse
import random

import saddlepoint
from saddlepoint.errors import SaddleError
from saddlepoint.expr.words import OPERATORS

SETS = "H: {description: hours}\n"
TABLES = """
plan: {type: endogenous, coordinates: [H], variables_info: {x: {H: {dim: rows}, nonneg: true}}}
given: {type: exogenous, coordinates: [H], variables_info: {d: {H: {dim: rows}}, e: {H: {dim: cols}}}}
"""
WORDS = ("x", "d", "e", "1", "0", "-2.5", "1e20", "(x + d)", "tran(d)", "e @ x")
SIGNS = ("+", "-", "*", "@", "/", "**", "<=", ">=", "==")
DAMAGE = "[]{}:,#&*!|>%@`'\"\n\t -0x\x00\x1b\u202eé"


def formula(rng: random.Random, depth: int = 3) -> str:
    """A text in the grammar of formulas, meaningful or not."""
    if depth == 0 or rng.random() < 0.2:
        return rng.choice(WORDS)
    if rng.random() < 0.5:
        parts = [formula(rng, depth - 1) for _ in range(rng.randint(1, 3))]
        return f"{rng.choice(list(OPERATORS))}({', '.join(parts)})"
    return f"{formula(rng, depth - 1)} {rng.choice(SIGNS)} {formula(rng, depth - 1)}"


def damaged(rng: random.Random, text: str) -> str:
    """A text with one to four letters put in, taken out or exchanged."""
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(text) + 1)
        text = text[:place] + rng.choice((rng.choice(DAMAGE), "")) + text[place + rng.randint(0, 2) :]
    return text


def tried(seed: int) -> str | None:
    """What went wrong with one random input: the raw error and the input; None if nothing did."""
    rng = random.Random(seed)
    sets, tables, relation = SETS, TABLES, f"{formula(rng)} {rng.choice(SIGNS[-3:])} {formula(rng)}"
    if rng.random() < 0.4:
        sets, tables = damaged(rng, sets), damaged(rng, tables)
    try:
        lab = saddlepoint.define(
            sets=sets,
            variables=tables,
            problem={"objective": ["Minimize(sum(x))"], "expressions": [relation]},
            items={"H": ["a", "b", "c"]},
            data={"given": [1.0, 2.0, 3.0]},
        )
        lab.check()
    except SaddleError:
        return None
    except Exception as error:
        return f"{seed}: {type(error).__name__}: {error}\n{relation}\n{tables}"
    return None


def main() -> None:
    """Try many, print what failed."""
    parser = argparse.ArgumentParser("benchmarks inputs")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    found = [f for k in range(asked.seed, asked.seed + asked.count) if (f := tried(k)) is not None]
    print("\n\n".join(found[:20]))
    print(f"{asked.count} inputs, {len(found)} raw errors")


if __name__ == "__main__":
    main()
