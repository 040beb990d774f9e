"""Regimes in words: how many scenarios, what binds, its prices, and the plan as formulas in the data that vary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from saddlepoint.labels.cells import in_words
from saddlepoint.study.diagnosis.regimes import Binding, PlanFormula, Regime, Regimes

MOST_REGIMES: Final = 10
MOST_FORMULAS: Final = 8
"""Formulas of each regime that are shown; the JSON form has all."""
MOST_DATA: Final = 6
"""Data whose range in a regime is shown."""


def regimes_text(found: Sequence[Regimes], most: int = MOST_REGIMES) -> Iterator[str]:
    """All problems, the regimes with most scenarios first."""
    for one in found:
        head = f"{one.problem}: " if one.problem else ""
        count, kinds = one.count, len(one.regimes)
        yield f"{head}{_many(count, 'scenario')}: {_many(kinds, 'regime')}"
        for k, regime in enumerate(one.regimes[:most]):
            yield ""
            yield from _regime(one, k, regime)
        if kinds > most:
            rest = sum(len(r.scenarios) for r in one.regimes[most:])
            yield f"… and {_many(kinds - most, 'regime')} of {_many(rest, 'scenario')}"
        if one.without:
            yield f"left out, as without a certified answer with a basis: {_many(one.without, 'scenario')}"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _regime(one: Regimes, k: int, regime: Regime) -> Iterator[str]:
    size = len(regime.scenarios)
    first = [", ".join(one.scenarios.coordinates(int(s))) for s in regime.scenarios[:3]]
    named = "; ".join(t for t in first if t)
    more = ", …" if size > 3 else ""
    part = 100 * size / max(1, one.count)
    yield f"Regime {k + 1}: {_many(size, 'scenario')} ({part:.3g} %){f', such as {named}{more}' if named else ''}"
    for binding in regime.binding:
        yield f"  binds {_binding(binding)}"
    if not regime.binding:
        yield "  nothing binds at a price"
    for name, low, high in list(zip(one.data, regime.low.tolist(), regime.high.tolist(), strict=True))[
        :MOST_DATA
    ]:
        yield f"  {name}: {low:.6g} … {high:.6g}" if low != high else f"  {name}: {low:.6g}"
    if len(one.data) > MOST_DATA:
        yield f"  … and {len(one.data) - MOST_DATA} data more that vary"
    yield from _formulas(one, regime)


def _binding(binding: Binding) -> str:
    where = "; ".join(t for t in in_words(binding.domain, binding.cells) if t)
    low, high = float(binding.price_low.min()), float(binding.price_high.max())
    price = f"{low:.6g}" if low == high else f"{low:.6g} … {high:.6g}"
    return f"{binding.name}{f' ({where})' if where else ''}, price {price}"


def _formulas(one: Regimes, regime: Regime) -> Iterator[str]:
    if regime.formulas is None:
        yield "  the plan is no affine function of these data (they multiply decisions)"
        return
    told = [line for f in regime.formulas for line in formula_lines(f, one.data)]
    yield from (f"  {line}" for line in told[:MOST_FORMULAS])
    if len(told) > MOST_FORMULAS:
        yield f"  … and {len(told) - MOST_FORMULAS} formulas more"
    yield f"  as it is in all of them: {_many(regime.fixed, 'decision')}"


def formula_lines(formula: PlanFormula, data: Sequence[str]) -> Iterator[str]:
    """`table[labels] = 3 + 0.5 demand[peak]`, one line for each cell."""
    for cell, constant, slopes in zip(
        formula.cells.tolist(), formula.constant.tolist(), formula.coefficients.tolist(), strict=True
    ):
        name = formula.domain.called(formula.table, cell)
        terms = [(slope, what) for slope, what in zip(slopes, data, strict=True) if slope]
        size = max([abs(constant), *(abs(slope) for slope, _ in terms)])
        parts = [] if abs(constant) <= 1e-9 * size else [f"{constant:.6g}"]
        for slope, what in terms:
            factor = "" if abs(slope) == 1 else f"{abs(slope):.6g} "
            sign = ("− " if slope < 0 else "+ ") if parts else ("−" if slope < 0 else "")
            parts.append(f"{sign}{factor}{what}")
        yield f"{name} = {' '.join(parts) or '0'}"


def regimes_data(found: Sequence[Regimes]) -> dict[str, Any]:
    """Regimes as plain data, for JSON."""
    return {
        "problems": [
            {
                "problem": one.problem,
                "scenarios": one.count,
                "without": one.without,
                "data": list(one.data),
                "regimes": [_regime_data(one, r) for r in one.regimes],
            }
            for one in found
        ]
    }


def _regime_data(one: Regimes, regime: Regime) -> dict[str, Any]:
    formulas = regime.formulas
    return {
        "scenarios": [list(one.scenarios.coordinates(int(s))) for s in regime.scenarios],
        "low": regime.low,
        "high": regime.high,
        "binding": [
            {
                "name": b.name,
                "cells": [b.domain.named(int(c)) for c in b.cells],
                "price_low": b.price_low,
                "price_high": b.price_high,
            }
            for b in regime.binding
        ],
        "formulas": None if formulas is None else [t for f in formulas for t in formula_lines(f, one.data)],
        "fixed": regime.fixed,
    }
